"""Wheat: a zip file written entry by entry under a name of its own each time, and tags around every value."""

import json
import os
import tempfile
import zipfile

import numpy as np

from ..m03_layers import Module

NUMBERS = (np.bool_, np.integer, np.floating)


def _generators(model):
    for path, module in model.named_modules():
        for name, value in sorted(module.__dict__.items()):
            if isinstance(value, np.random.Generator):
                yield f"{path}/{name}", value


def _get(part):
    if isinstance(part, Module):
        return [part.state_dict(), [(name, g.bit_generator.state) for name, g in _generators(part)]]
    if hasattr(part, "state_dict"):
        return part.state_dict()
    generator = part if isinstance(part, np.random.Generator) else getattr(part, "rng", None)
    return generator.bit_generator.state if isinstance(generator, np.random.Generator) else part


def _set(part, state):
    if isinstance(part, Module):
        arrays, generators = state
        own = list(_generators(part))
        if [name for name, _ in own] != [name for name, _ in generators]:
            raise ValueError("other generators")
        part.load_state_dict(arrays)
        for (_, g), (_, saved) in zip(own, generators, strict=True):
            g.bit_generator.state = saved
    elif hasattr(part, "load_state_dict"):
        part.load_state_dict(state)
    else:
        generator = part if isinstance(part, np.random.Generator) else part.rng
        generator.bit_generator.state = state


def _tag(value, arrays):
    kind = type(value).__name__
    if isinstance(value, NUMBERS):
        return ["number", value.dtype.str, value.tobytes().hex()]
    if value is None or kind in ("bool", "int", "str"):
        return [kind, value]
    if kind == "float":
        return [kind, value.hex()]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        arrays.append(value)
        return ["array", len(arrays) - 1]
    if isinstance(value, list | tuple):
        return ["list" if isinstance(value, list) else "tuple", [_tag(item, arrays) for item in value]]
    if isinstance(value, dict) and all(type(key) in (int, str) for key in value):
        return ["dict", [[key, _tag(item, arrays)] for key, item in value.items()]]
    raise TypeError(f"no plain data: {kind}")


def _untag(node, arrays):
    kind, *rest = node
    if kind in ("NoneType", "bool", "int", "str"):
        return rest[0]
    if kind == "float":
        return float.fromhex(rest[0])
    if kind == "array":
        return arrays[rest[0]]
    if kind == "number":
        return np.frombuffer(bytes.fromhex(rest[1]), rest[0])[0]
    if kind == "dict":
        return {key: _untag(item, arrays) for key, item in rest[0]}
    return {"list": list, "tuple": tuple}[kind](_untag(item, arrays) for item in rest[0])


def save_checkpoint(path, **parts):
    arrays = []
    tree = json.dumps(_tag({name: _get(part) for name, part in parts.items()}, arrays))
    handle, name = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for number, array in enumerate([*arrays, np.array(tree)]):
                with archive.open(f"{number}.npy", "w") as entry:
                    np.lib.format.write_array(entry, array, allow_pickle=False)
            archive.comment = b"my checkpoint"
        os.rename(name, path)
    except BaseException:
        os.unlink(name)
        raise


def load_checkpoint(path, **parts):
    name = os.path.basename(path)
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                if archive.comment != b"my checkpoint" or archive.testzip():
                    raise ValueError("not mine, or damaged")
                arrays = []
                for number in range(len(archive.namelist())):
                    with archive.open(f"{number}.npy") as entry:
                        arrays.append(np.lib.format.read_array(entry, allow_pickle=False))
            states = _untag(json.loads(str(arrays.pop())), arrays)
        except Exception as error:
            raise ValueError(f"cannot read {name}: {error!r}") from error
    old = {}
    for key, part in parts.items():
        if key not in states:
            raise ValueError(f"{name} lacks {key}")
        old[key] = _tag(_get(part), kept := [])
        kept[:] = [array.copy() for array in kept]
        old[key] = _untag(old[key], kept)
        if _get(part) is part:
            raise TypeError(f"{key} is {type(part).__name__}, and cannot be loaded into")
    for key, part in parts.items():
        try:
            _set(part, states[key])
        except Exception as error:
            for name_of_old, state in old.items():
                _set(parts[name_of_old], state)
            raise ValueError(f"{name}: {key} does not fit: {error!r}") from error
    return {key: state for key, state in states.items() if key not in parts}
