"""Plain data as bytes: msgpack, arrays as raw bytes, exact types, never pickle.

Plain data is None, bool, int, float, str, bytes, list, tuple, dict, slice, Ellipsis, NumPy scalars and arrays of
numbers and booleans. Anything else, a subclass included, is refused where it is sent: an object that is equal to everything stays
on its own side of the pipe. Strides of arrays survive, so that a transposed argument arrives transposed.
"""

import math
from typing import Any

import msgpack
import numpy as np

ARRAY, SCALAR, TUPLE, SLICE, ELLIPSIS, BIG = 1, 2, 3, 4, 5, 6
KINDS = "biuf"
MAX_BYTES = 64 * 1024 * 1024
MAX_NDIM = 16
MAX_DEPTH = 32


class NotPlain(TypeError):
    """A value that is not plain data, or too large; the message says what and where."""


class Malformed(ValueError):
    """Bytes that no `pack` wrote."""


def pack(value: Any) -> bytes:
    """`value` as bytes. Raises NotPlain."""
    return msgpack.packb(_out(value, "the result", 0), use_bin_type=True, strict_types=True)


def unpack(data: bytes) -> Any:
    """The value of bytes that `pack` wrote; arrays are fresh and writable. Raises Malformed."""
    try:
        return msgpack.unpackb(
            data,
            ext_hook=_in,
            raw=False,
            strict_map_key=False,
            max_ext_len=MAX_BYTES + 4096,
            max_bin_len=MAX_BYTES,
            max_str_len=MAX_BYTES,
        )
    except Malformed:
        raise
    except Exception as error:  # msgpack raises a dozen kinds
        raise Malformed(f"{type(error).__name__}: {error}") from None


def _out(value: Any, where: str, depth: int) -> Any:
    kind = type(value)
    if value is None or kind in (bool, float, str, bytes):
        return value
    if kind is int:
        return value if -(1 << 63) <= value < 1 << 63 else msgpack.ExtType(BIG, str(value)[:4000].encode())
    if depth > MAX_DEPTH:
        raise NotPlain(f"{where} is nested more than {MAX_DEPTH} deep")
    if kind is list:
        return [_out(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]
    if kind is tuple:
        return msgpack.ExtType(TUPLE, pack([_out(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]))
    if kind is dict:
        return {_key(key, where): _out(item, f"{where}[{key!r}]", depth + 1) for key, item in value.items()}
    if kind is np.ndarray:
        return msgpack.ExtType(ARRAY, _array_out(value, where))
    if isinstance(value, np.generic) and kind.__module__ == "numpy" and value.dtype.kind in KINDS:
        return msgpack.ExtType(SCALAR, pack([value.dtype.str, value.tobytes()]))
    if isinstance(value, msgpack.ExtType):
        return value  # a tuple inside a tuple, already packed
    if kind is slice:
        return msgpack.ExtType(SLICE, pack([value.start, value.stop, value.step]))
    if value is Ellipsis:
        return msgpack.ExtType(ELLIPSIS, b"")
    raise NotPlain(
        f"{where} is a {kind.__module__}.{kind.__qualname__}, not plain data (numbers, text, lists, NumPy arrays)"
    )


def _key(key: Any, where: str) -> Any:
    if type(key) not in (str, int):
        raise NotPlain(f"a key of {where} is a {type(key).__qualname__}, not text or a whole number")
    return key


def _array_out(x: np.ndarray, where: str) -> bytes:
    if x.dtype.kind not in KINDS:
        raise NotPlain(f"{where} is an array of {x.dtype}, not of numbers")
    if x.ndim > MAX_NDIM:
        raise NotPlain(f"{where} is an array of {x.ndim} axes, more than {MAX_NDIM}")
    if x.nbytes > MAX_BYTES:
        raise NotPlain(
            f"{where} is an array of shape {x.shape}, {x.nbytes / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:,.0f} MB"
        )
    if 0 in x.strides and x.size > 1:
        x = x.copy()  # a stretched array would be one buffer for many elements
    order = sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis]))
    flipped = [axis for axis in range(x.ndim) if x.strides[axis] < 0]
    base = x[tuple(slice(None, None, -1) if axis in flipped else slice(None) for axis in range(x.ndim))].transpose(
        order
    )
    gapped = not base.flags.c_contiguous
    return pack([x.dtype.str, list(x.shape), order, flipped, gapped, np.ascontiguousarray(base).tobytes()])


def _in(code: int, data: bytes) -> Any:
    if code == ARRAY:
        return _array_in(data)
    if code == SCALAR:
        dtype, raw = _fields(data, 2)
        return np.frombuffer(raw, _dtype(dtype), 1)[0]
    if code == TUPLE:
        return tuple(unpack(data))
    if code == SLICE:
        return slice(*_fields(data, 3))
    if code == ELLIPSIS:
        return ...
    if code == BIG:
        return int(data)
    raise Malformed(f"an unknown kind of value ({code})")


def _fields(data: bytes, count: int) -> list:
    fields = unpack(data)
    if type(fields) is not list or len(fields) != count:
        raise Malformed("a value with the wrong number of fields")
    return fields


def _dtype(name: Any) -> np.dtype:
    dtype = np.dtype(name if type(name) is str and len(name) < 8 else "O")
    if dtype.kind not in KINDS or dtype.itemsize > 16:
        raise Malformed(f"an array of {dtype}")
    return dtype


def _array_in(data: bytes) -> np.ndarray:
    name, shape, order, flipped, gapped, raw = _fields(data, 6)
    dtype = _dtype(name)
    whole = [shape, order, flipped]
    if any(type(part) is not list or any(type(n) is not int or n < 0 for n in part) for part in whole):
        raise Malformed("an array with an impossible shape")
    if len(shape) > MAX_NDIM or sorted(order) != list(range(len(shape))) or any(a >= len(shape) for a in flipped):
        raise Malformed("an array with impossible axes")
    if type(raw) is not bytes or math.prod(shape) * dtype.itemsize != len(raw):
        raise Malformed(f"an array of shape {shape} with {len(raw)} bytes")
    base = np.frombuffer(raw, dtype).reshape([shape[axis] for axis in order])
    if gapped and base.ndim:
        wide = np.zeros((*base.shape[:-1], 2 * base.shape[-1]), dtype)
        wide[..., ::2] = base
        base = wide[..., ::2]
    else:
        base = base.copy()
    x = base.transpose(np.argsort(order)) if order else base
    for axis in flipped:
        x = np.flip(x, axis)
    return x
