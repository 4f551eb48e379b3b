"""Plain data as bytes: msgpack, arrays as raw bytes, exact types, never pickle.

Plain data is None, bool, int, float, str, bytes, list, tuple, dict, slice, Ellipsis, NumPy scalars and arrays of
numbers and booleans. Anything else, a subclass included, is refused where it is sent: an object that is equal to everything stays
on its own side of the pipe. Strides of arrays survive, so that a transposed argument arrives transposed.
"""

import functools
import math
from collections.abc import Iterable
from typing import Any

import msgpack
import numpy as np

ARRAY, SCALAR, TUPLE, SLICE, ELLIPSIS, BIG = 1, 2, 3, 4, 5, 6
KINDS = "biuf"
MAX_BYTES = 64 * 1024 * 1024
MAX_NDIM = 16
MAX_DEPTH = 32
MAX_ITEMS = 1 << 20
"""Lists, dicts, arrays and items of lists in one message: a byte of the message may be eighty in memory."""
UNCOUNTED = 1 << 16
"""Bytes of a message that holds too few of them to be counted."""


class NotPlain(TypeError):
    """A value that is not plain data, or too large; the message says what and where."""


class Malformed(ValueError):
    """Bytes that no `pack` wrote."""


def pack(value: Any) -> bytes:
    """`value` as bytes. Raises NotPlain."""
    try:
        return _packed(_out(value, 0))
    except _Refused as refused:
        raise NotPlain(f"the result{refused.path} {refused.reason}") from None


_packed = functools.partial(msgpack.packb, use_bin_type=True, strict_types=True)
"""What holds nothing but text, bytes, numbers of 64 bits, lists and what `_out` made of the rest, as bytes."""


class _Refused(Exception):
    """A value that is not plain, and the way to it, put together on the way out."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.reason, self.path = reason, path

    def inside(self, key: Any) -> "_Refused":
        return _Refused(self.reason, f"[{key!r}]{self.path}")


def unpack(data: bytes) -> Any:
    """The value of bytes that `pack` wrote; arrays are fresh and writable. Raises Malformed."""
    return _unpacked(data, _Budget() if len(data) > UNCOUNTED else None, 0)


class _Budget:
    """Counts what a message holds."""

    def __init__(self) -> None:
        self.left = MAX_ITEMS

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise Malformed(f"a message of more than {MAX_ITEMS:,} items")

    def items(self, value: Any) -> Any:
        self.spend(1 + len(value))
        return value


def _unpacked(data: bytes, budget: _Budget | None, depth: int) -> Any:
    if depth > 2 * MAX_DEPTH:  # a value is at most two levels of bytes
        raise Malformed("a message that is nested too deep")
    counted = {} if budget is None else {"list_hook": budget.items, "object_hook": budget.items}
    try:
        return msgpack.unpackb(
            data,
            ext_hook=functools.partial(_in, budget, depth),
            raw=False,
            strict_map_key=False,
            max_ext_len=MAX_BYTES + 4096,
            max_bin_len=MAX_BYTES,
            max_str_len=MAX_BYTES,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
            **counted,
        )
    except Malformed:
        raise
    except Exception as error:  # msgpack raises a dozen kinds
        raise Malformed(f"{type(error).__name__}: {error}") from None


AS_IT_IS = frozenset({type(None), bool, float, str, bytes})


def _out(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind in AS_IT_IS:
        return value
    if kind is int:
        return value if -(1 << 63) <= value < 1 << 63 else msgpack.ExtType(BIG, str(value)[:4000].encode())
    if kind is np.ndarray:
        return msgpack.ExtType(ARRAY, _array_out(value))
    if depth > MAX_DEPTH:
        raise _Refused(f"is nested more than {MAX_DEPTH} deep")
    if kind is list:
        return _items(value, depth)
    if kind is tuple:
        return msgpack.ExtType(TUPLE, _packed(_items(value, depth)))
    if kind is dict:
        return dict(zip(map(_key, value), _items(value.values(), depth, value), strict=True))
    if isinstance(value, np.generic) and kind.__module__ == "numpy" and value.dtype.kind in KINDS:
        return msgpack.ExtType(SCALAR, _packed([value.dtype.str, value.tobytes()]))
    if kind is slice:
        return msgpack.ExtType(SLICE, _packed(_items((value.start, value.stop, value.step), depth)))
    if value is Ellipsis:
        return msgpack.ExtType(ELLIPSIS, b"")
    raise _Refused(f"is a {kind.__module__}.{kind.__qualname__}, not plain data (numbers, text, lists, NumPy arrays)")


def _items(values: Iterable, depth: int, keys: Iterable | None = None) -> list:
    """Each of the values; `keys` are their names, if they have any beside their positions."""
    sent: list[Any] = []
    try:
        for value in values:
            sent.append(_out(value, depth + 1))
    except _Refused as refused:
        raise refused.inside(len(sent) if keys is None else list(keys)[len(sent)]) from None
    return sent


def _key(key: Any) -> Any:
    if type(key) not in (str, int):
        raise _Refused(f"has a key that is a {type(key).__qualname__}, not text or a whole number")
    return key


def _array_out(x: np.ndarray) -> bytes:
    if x.dtype.kind not in KINDS:
        raise _Refused(f"is an array of {x.dtype}, not of numbers")
    if x.ndim > MAX_NDIM:
        raise _Refused(f"is an array of {x.ndim} axes, more than {MAX_NDIM}")
    if x.nbytes > MAX_BYTES:
        raise _Refused(f"is an array of shape {x.shape}, {x.nbytes / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:,.0f} MB")
    order, flipped, gapped = list(range(x.ndim)), [], False
    if not x.flags.c_contiguous:
        if 0 in x.strides and x.size > 1:
            x = x.copy()  # a stretched array would be one buffer for many elements
        order.sort(key=lambda axis: -abs(x.strides[axis]))
        flipped = [axis for axis in range(x.ndim) if x.strides[axis] < 0]
    shape = list(x.shape)
    if flipped:
        x = np.flip(x, tuple(flipped))
    if order != sorted(order):
        x = x.transpose(order)
    if not x.flags.c_contiguous:
        gapped, x = True, np.ascontiguousarray(x)
    return _packed([x.dtype.str, shape, order, flipped, gapped, x.tobytes()])


def _in(budget: _Budget | None, depth: int, code: int, data: bytes) -> Any:
    if budget is not None:
        budget.spend(8)
    if code == ARRAY:
        return _array_in(_fields(data, 6, budget, depth))
    if code == SCALAR:
        dtype, raw = _fields(data, 2, budget, depth)
        return np.frombuffer(raw, _dtype(dtype), 1)[0]
    if code == TUPLE:
        return tuple(_unpacked(data, budget, depth + 1))
    if code == SLICE:
        return slice(*_fields(data, 3, budget, depth))
    if code == ELLIPSIS:
        return ...
    if code == BIG:
        return int(data)
    raise Malformed(f"an unknown kind of value ({code})")


def _fields(data: bytes, count: int, budget: _Budget | None, depth: int) -> list:
    fields = _unpacked(data, budget, depth + 1)
    if type(fields) is not list or len(fields) != count:
        raise Malformed("a value with the wrong number of fields")
    return fields


def _dtype(name: Any) -> np.dtype:
    dtype = np.dtype(name if type(name) is str and len(name) < 8 else "O")
    if dtype.kind not in KINDS or dtype.itemsize > 16:
        raise Malformed(f"an array of {dtype}")
    return dtype


def _array_in(fields: list) -> np.ndarray:
    name, shape, order, flipped, gapped, raw = fields
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
    x = base if order == sorted(order) else base.transpose(np.argsort(order))
    return np.flip(x, tuple(flipped)) if flipped else x
