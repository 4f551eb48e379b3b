"""Which dtype a result has: the rules that keep float32 from turning into float64 behind your back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .tensor import Tensor

KINDS = "bif"
"""Booleans, integers, floats: each kind can hold the ones before it."""

DEFAULT = {"b": np.dtype(np.bool_), "i": np.dtype(np.int64), "f": np.dtype(np.float32)}
"""What a Python bool, int and float become, by kind."""


@functools.cache
def tensor_class() -> type[Tensor]:
    """The class Tensor. Given: tensor.py imports this file, so this file must not import it before it is asked to."""
    from .tensor import Tensor

    return Tensor


def wrap(array: Any) -> Tensor:
    """A Tensor around `array` itself, without the copy that `Tensor(array)` makes. Given."""
    kind = tensor_class()
    result = kind.__new__(kind)
    result.data = np.asarray(array)  # NumPy gives np.float32(3.0) where an array of shape () is meant
    return result


def unwrap(value: Any) -> Any:
    """The array inside a Tensor; anything else as it is. Given."""
    return value.data if isinstance(value, tensor_class()) else value


def compute(function: Callable, *arrays: Any, **options: Any) -> Tensor:
    """The result of a NumPy function as a new Tensor. Given.

    As in PyTorch, there is no warning where floats have no finite answer: 1/0 is inf and 0/0 is nan.

    >>> compute(np.sqrt, np.array([4.0, -1.0], np.float32))
    Tensor([ 2. nan])
    """
    with np.errstate(all="ignore"):
        return wrap(function(*arrays, **options))


def kind_of(dtype: np.dtype) -> str:
    """'b' for bool, 'i' for every integer, 'f' for every float; TypeError for anything else. Given.

    >>> kind_of(np.dtype("uint8"))
    'i'
    """
    if dtype.kind not in "biuf":
        raise TypeError(f"a Tensor holds floats, integers or booleans, not {dtype}")
    return "i" if dtype.kind == "u" else dtype.kind


def as_array(data: Any, dtype: Any = None) -> np.ndarray:
    """Copy `data` into a new array: what the constructor of Tensor keeps.

    Args:
        data: a number, a (nested) list or tuple of numbers, a NumPy array, or a Tensor.
        dtype: a NumPy dtype or its name; None chooses it as PyTorch does: arrays, NumPy scalars and
            Tensors keep theirs, Python floats become float32, Python ints int64, Python bools bool, and an
            empty list float32.
    Returns:
        A new array. It shares no memory with `data`, whatever `data` is.
    Raises:
        TypeError: `data` or `dtype` is neither of floats, nor of integers, nor of booleans.
        ValueError: the rows of a nested list differ in length.

    >>> as_array([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    >>> as_array(np.array([1.0, 2.0])).dtype, as_array([1, 2]).dtype, as_array([True], dtype="float64").dtype
    (dtype('float64'), dtype('int64'), dtype('float64'))

    Source: torch.tensor.
    """
    # BEGIN SOLUTION
    array = np.array(unwrap(data))
    kind = kind_of(array.dtype)
    if dtype is not None:
        kind_of(np.dtype(dtype))
        return array.astype(dtype)
    leaf = data
    while isinstance(leaf, list | tuple) and len(leaf):
        leaf = leaf[0]
    if unwrap(leaf) is leaf and not isinstance(leaf, np.ndarray | np.generic):  # all of it is Python's
        return array.astype(DEFAULT[kind])
    return array
    # END SOLUTION


def result_dtype(*values: Any) -> np.dtype:
    """The dtype of an operation on `values`, by PyTorch's rules and not NumPy's.

    Two questions decide. Which kind is the result: bool < integer < float, the highest among all
    values wins. And who chooses the dtype within that kind: of the values *of that kind*, those with
    the most say, where tensors with axes have more say than tensors of shape (), which have more say
    than Python numbers. If several are left, the wider dtype wins (np.promote_types).

    So float32 with int64 stays float32 (NumPy says float64), and no Python number widens a tensor of
    its own kind. A Python number on its own counts as bool, int64 or float32; a NumPy scalar like
    np.float64(0.5) counts as the Python number that it equals.

    Args:
        values: one or more Tensors, NumPy arrays and Python numbers.
    Raises:
        TypeError: a value is none of these.

    >>> row, steps, half = np.ones(3, np.float32), np.arange(3), np.array(0.5)   # half: float64, shape ()
    >>> result_dtype(row, steps), result_dtype(row, half), result_dtype(steps, half), result_dtype(steps, 0.5)
    (dtype('float32'), dtype('float32'), dtype('float64'), dtype('float32'))

    Source: the "type promotion" section of PyTorch's tensor attributes page.
    """
    # BEGIN SOLUTION
    result, highest = DEFAULT["b"], (-1, -1)
    for value in map(unwrap, values):
        if isinstance(value, np.ndarray):
            dtype, say = value.dtype, min(value.ndim, 1)
        elif isinstance(value, bool | int | float | np.generic):
            dtype, say = DEFAULT[kind_of(np.result_type(value))], -1
        else:
            raise TypeError(f"expected a Tensor, an array or a number, not {type(value).__name__} {value!r}")
        rank = KINDS.index(kind_of(dtype)), say
        if rank > highest:
            result, highest = dtype, rank
        elif rank == highest:
            result = np.promote_types(result, dtype)
    return result
    # END SOLUTION


def operands(*values: Any, floating: bool = False) -> tuple[np.ndarray, ...]:
    """`values` as arrays of their common dtype, ready for a NumPy function.

    Args:
        values: Tensors, NumPy arrays and Python numbers.
        floating: with True, a common dtype that is no float becomes float32: what `/` and `exp` need.
    Returns:
        One array for each value, all of one dtype; their shapes are untouched, and so are the values given.
    Raises:
        TypeError: a value is neither a Tensor, nor an array, nor a number.

    >>> a, b = operands(np.ones(2, np.float32), 2.0)
    >>> a.dtype, b.dtype, b.shape
    (dtype('float32'), dtype('float32'), ())
    >>> operands(np.arange(2), floating=True)
    (array([0., 1.], dtype=float32),)
    """
    # BEGIN SOLUTION
    dtype = result_dtype(*values)
    if floating and kind_of(dtype) != "f":
        dtype = DEFAULT["f"]
    return tuple(np.asarray(unwrap(value), dtype=dtype) for value in values)
    # END SOLUTION
