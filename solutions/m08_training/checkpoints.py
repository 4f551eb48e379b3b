"""Checkpoints: the whole state of a training in one file, that nothing can leave half-written."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..m03_layers import Module

# ------------------------------------------------------------ what there is to save


def state_of(part: Any) -> Any:
    """All that `part` needs to go on elsewhere exactly as it would here, as plain data.

    What a part is decides what its state is:

    - a Module: its `state_dict()`, and the state of every numpy.random.Generator that is an attribute of it or of a
      module below it, such as the `rng` of each Dropout.
    - anything else that has `state_dict`: an optimizer, a Scheduler, an EarlyStopping, a Trainer.
    - a numpy.random.Generator: `bit_generator.state`.
    - anything else whose attribute `rng` is a Generator: the state of that. So it is with a DataLoader.
    - all else is taken as plain data itself.

    >>> state_of([1, 2.5]), sorted(state_of(np.random.default_rng(0)))
    ([1, 2.5], ['bit_generator', 'has_uint32', 'state', 'uinteger'])
    """
    # BEGIN SOLUTION
    if isinstance(part, Module):
        generators = {name: generator.bit_generator.state for name, generator in generators_of(part).items()}
        return {"arrays": part.state_dict(), "generators": generators}
    if hasattr(part, "state_dict"):
        return part.state_dict()
    if isinstance(part, np.random.Generator):
        return part.bit_generator.state
    if isinstance(getattr(part, "rng", None), np.random.Generator):
        return part.rng.bit_generator.state
    return part
    # END SOLUTION


def generators_of(model: Module) -> dict[str, np.random.Generator]:
    """Every Generator that is an attribute of `model` or of a module below it, by its path ("1.rng").

    >>> from ..m03_layers import Dropout, Sequential
    >>> list(generators_of(Sequential(Dropout(0.5), Dropout(0.1))))
    ['0.rng', '1.rng']
    """
    # BEGIN SOLUTION
    return {
        f"{path}.{name}" if path else name: value
        for path, module in model.named_modules()
        for name, value in vars(module).items()
        if isinstance(value, np.random.Generator)
    }
    # END SOLUTION


def put_back(part: Any, state: Any) -> None:
    """Give `part` a state that `state_of` took, of itself or of another one like it.

    Raises:
        ValueError, KeyError, TypeError, …: the state does not fit; the part may then be changed half-way.
    """
    # BEGIN SOLUTION
    if isinstance(part, Module):
        generators = generators_of(part)
        if generators.keys() != state["generators"].keys():
            raise ValueError(f"generators {list(generators)} in the model, {list(state['generators'])} in the state")
        part.load_state_dict(state["arrays"])
        for name, generator in generators.items():
            generator.bit_generator.state = state["generators"][name]
    elif hasattr(part, "load_state_dict"):
        part.load_state_dict(state)
    elif isinstance(part, np.random.Generator):
        part.bit_generator.state = state
    else:
        part.rng.bit_generator.state = state
    # END SOLUTION


# ------------------------------------------------------------------------ the file


def encoded(value: Any, arrays: list[np.ndarray], where: str) -> Any:
    """`value` in words of JSON, from which `decoded` makes an equal one; its arrays are appended to `arrays`.

    Raises:
        TypeError: something in it is no plain data; the message says where, and names its type.
    """
    # BEGIN SOLUTION
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf":
        arrays.append(np.asarray(value))
        return {"array" if isinstance(value, np.ndarray) else "number": len(arrays) - 1}
    if isinstance(value, list):
        return [encoded(item, arrays, f"{where}[{place}]") for place, item in enumerate(value)]
    if isinstance(value, tuple):
        return {"tuple": [encoded(item, arrays, f"{where}[{place}]") for place, item in enumerate(value)]}
    if isinstance(value, dict) and all(type(key) in (int, str) for key in value):
        # JSON's own objects would turn the key 0 into "0".
        return {"dict": [[key, encoded(item, arrays, f"{where}[{key!r}]")] for key, item in value.items()]}
    raise TypeError(f"{where} is a {type(value).__name__}, which a checkpoint cannot hold")
    # END SOLUTION


def decoded(node: Any, arrays: list[np.ndarray]) -> Any:
    """The value that `encoded` turned into `node`."""
    # BEGIN SOLUTION
    if isinstance(node, list):
        return [decoded(item, arrays) for item in node]
    if not isinstance(node, dict):
        return node
    ((kind, content),) = node.items()
    if kind == "array":
        return arrays[content]
    if kind == "number":
        return arrays[content][()]
    if kind == "tuple":
        return tuple(decoded(item, arrays) for item in content)
    return {key: decoded(item, arrays) for key, item in content}
    # END SOLUTION


def save_checkpoint(path: str | os.PathLike, **parts: Any) -> None:
    """Write the state of every part into one file, by the name under which it is given.

        save_checkpoint("run.npz", trainer=trainer, loader=loader, note="third try")

    The file is exactly `path`, and a .npz file whatever its name ends in: any program may open it with
    np.load(path, allow_pickle=False), and finds each array of the states as an entry of its own dtype and shape. How
    the rest is kept is up to you, but nothing is pickled.

    Whenever the program may be killed, in the middle of this too, there is a whole checkpoint at `path`: the one from
    before, or the new one. (If there was none before: none, or the new one.) Other files may be left beside it then, and
    disturb neither loading nor the next save; a save that comes to its end leaves none. If saving fails, the error is
    raised, and the one from before is still there.

    Args:
        path: in a folder that exists. A file that is there is replaced.
        parts: see `state_of`. Plain data is: None, bool, int of any size, float (inf and NaN too), str, NumPy arrays
            and numbers of kind bool, integer or float, and lists, tuples and dicts of these. A dict's keys are str or
            int.
    Raises:
        TypeError: something in a state is no plain data (a Tensor, a function, …); its type is named.

    Source: torch.save, without pickle; Pillai et al. 2014, All file systems are not created equal.
    """
    # BEGIN SOLUTION
    arrays: list[np.ndarray] = []
    states = encoded({name: state_of(part) for name, part in parts.items()}, arrays, "the checkpoint")
    text = json.dumps({"format": "kata checkpoint 1", "parts": states}).encode()
    entries = {f"array{place}": array for place, array in enumerate(arrays)}
    partial = Path(f"{os.fspath(path)}.partial")  # in the same folder: only there is a rename one step
    try:
        with open(partial, "wb") as file:
            np.savez(file, parts=np.frombuffer(text, np.uint8), **entries)
            file.flush()
            os.fsync(file.fileno())  # the content before the name, should the machine lose its power
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    # END SOLUTION


def read_checkpoint(path: str | os.PathLike) -> dict[str, Any]:
    """The states in the file, by name: equal to what was saved, in type, dtype, shape and order, and all of it new.

    Reading executes nothing, whatever the file holds.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no checkpoint, or one that is cut off or damaged; the file is named.
    """
    # BEGIN SOLUTION
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as entries:
                found = json.loads(entries["parts"].tobytes())
                if found["format"] != "kata checkpoint 1":
                    raise ValueError(f"its format is {found['format']!r}")
                return decoded(found["parts"], [entries[f"array{place}"] for place in range(len(entries.files) - 1)])
        except Exception as error:  # a damaged file makes the libraries that read it raise nearly anything
            raise ValueError(f"{os.fspath(path)} is no checkpoint, or a damaged one: {error}") from error
    # END SOLUTION


def load_checkpoint(path: str | os.PathLike, **parts: Any) -> dict[str, Any]:
    """Put the states in the file back into the parts of the same names.

        note = load_checkpoint("run.npz", trainer=trainer, loader=loader)["note"]

    It is all or nothing: whatever is wrong, with the file or with any part, every part is afterwards as it was before.

    Args:
        parts: things of the same kinds as those saved, see `state_of`, but no plain data.
    Returns:
        What the file holds under other names, as plain data. Without parts that is everything, to be looked at.
    Raises:
        FileNotFoundError: there is no such file.
        TypeError: one of the parts is plain data; its type is named.
        ValueError: the file is no checkpoint, is damaged, lacks one of the parts, or a state in it does not fit its
            part. The message names the file, and the part if there is one to blame.

    >>> import tempfile
    >>> once, again = np.random.default_rng(1), np.random.default_rng(2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/run.npz", rng=once, epoch=3, best=(0.25, np.arange(3)))
    ...     rest = load_checkpoint(f"{folder}/run.npz", rng=again)
    >>> rest
    {'epoch': 3, 'best': (0.25, array([0, 1, 2]))}
    >>> once.random() == again.random()
    True
    """
    # BEGIN SOLUTION
    states = read_checkpoint(path)
    for name, part in parts.items():
        if state_of(part) is part:
            raise TypeError(f"{name!r} is a {type(part).__name__}, which has no state that could be put back")
        if name not in states:
            raise ValueError(f"{os.fspath(path)} has no part {name!r}; it has {', '.join(states) or 'none'}")
    before = {name: copy.deepcopy(state_of(part)) for name, part in parts.items()}  # some hand out their own arrays
    try:
        for name, part in parts.items():
            put_back(part, states[name])
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        for other, state in before.items():
            put_back(parts[other], state)
        raise ValueError(f"{os.fspath(path)}: the state of {name!r} does not fit: {error}") from error
    return {name: state for name, state in states.items() if name not in parts}
    # END SOLUTION
