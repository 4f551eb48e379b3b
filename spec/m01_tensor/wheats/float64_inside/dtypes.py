"""Another way: dtypes in groups of equal say, arrays that keep their layout, floats computed in float64."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

KINDS = {"b": 0, "u": 1, "i": 1, "f": 2}
DEFAULTS = ["bool", "int64", "float32"]


@functools.cache
def tensor_class() -> Any:
    from .tensor import Tensor

    return Tensor


def wrap(array: Any) -> Any:
    result = object.__new__(tensor_class())
    result.data = np.asarray(array)
    return result


def unwrap(value: Any) -> Any:
    return value.data if isinstance(value, tensor_class()) else value


def compute(function: Callable, *arrays: Any, **options: Any) -> Any:
    with np.errstate(all="ignore"):
        return wrap(function(*arrays, **options))


def in_float64(function: Callable, *arrays: np.ndarray, **options: Any) -> Any:
    """function(*arrays) with floats computed in float64, and rounded to the arrays' dtype at the end."""
    dtype = arrays[0].dtype
    if dtype.kind != "f":
        return compute(function, *arrays, **options)
    with np.errstate(all="ignore"):
        wide = function(*(x.astype(np.float64, copy=False) for x in arrays), **options)
        return wrap(np.asarray(wide).astype(dtype, copy=False))


def kind_of(dtype: Any) -> int:
    kind = KINDS.get(np.dtype(dtype).kind)
    if kind is None:
        raise TypeError(f"no numbers: {dtype}")
    return kind


def as_array(data: Any, dtype: Any = None) -> np.ndarray:
    array = np.array(unwrap(data))
    kind = kind_of(array.dtype)
    if dtype is None and not isinstance(data, tensor_class() | np.ndarray | np.generic):
        leaves, python = [data], True
        while leaves and python:
            leaf = leaves.pop()
            python = isinstance(leaf, bool | int | float | list | tuple | range) and not isinstance(leaf, np.generic)
            leaves.extend(leaf if isinstance(leaf, list | tuple) else [])
        dtype = DEFAULTS[kind] if python else None
    if dtype is not None:
        kind_of(dtype)
        array = array.astype(dtype, copy=False)
    return array


def result_dtype(*values: Any) -> np.dtype:
    groups: dict[int, list[str]] = {2: [], 1: [], 0: []}
    for value in map(unwrap, values):
        if isinstance(value, np.ndarray):
            groups[2 if value.ndim else 1].append(value.dtype.name)
        elif isinstance(value, bool | int | float | np.generic):
            groups[0].append(DEFAULTS[kind_of(np.asarray(value).dtype)])
        else:
            raise TypeError(f"{type(value).__name__} is no operand")
    found = ""
    for say in (2, 1, 0):  # PyTorch's own way of telling it: a weaker group counts only if its kind is higher
        if groups[say]:
            best = max(groups[say], key=kind_of)
            best = functools.reduce(np.promote_types, [d for d in groups[say] if kind_of(d) == kind_of(best)])
            if not found or kind_of(best) > kind_of(found):
                found = best
    return np.dtype(found)


def operands(*values: Any, floating: bool = False) -> tuple[np.ndarray, ...]:
    dtype = result_dtype(*values)
    if floating and dtype.kind != "f":
        dtype = np.dtype("float32")
    return tuple(np.asarray(unwrap(value)).astype(dtype, copy=False) for value in values)
