"""The Tensor: an array of numbers that knows its shape and dtype, and all that can be done with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .dtypes import as_array, compute, operands, unwrap
from .elementwise import Elementwise
from .reductions import Reductions
from .shape import Shape

# fmt: off
DIFFERENTIABLE = (
    "__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__",
    "__pow__", "__rpow__", "__neg__", "exp", "log", "sqrt", "tanh", "abs", "clip", "maximum", "where",
    "sum", "mean", "max", "var", "matmul", "__matmul__", "__rmatmul__", "matmul_explicit",
    "reshape", "transpose", "permute", "flatten", "squeeze", "unsqueeze", "expand", "__getitem__",
    "cat", "stack", "astype",
)
# fmt: on
"""The operations whose results change smoothly with their operands. Given; nothing in this kata uses it."""


class Tensor(Elementwise, Reductions, Shape):
    """An n-dimensional array of floats, integers or booleans.

    Attributes:
        data: the NumPy array that holds the numbers.

    >>> t = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    >>> t.shape, t.ndim, t.size, t.dtype
    ((2, 3), 2, 6, dtype('float32'))
    """

    data: np.ndarray

    __array_ufunc__ = None  # array + Tensor is then Tensor.__radd__'s business, and np.exp(Tensor) a TypeError

    def __init__(self, data: Any, dtype: Any = None) -> None:
        """Copy `data` into a new Tensor; see `as_array` for what data may be, and for the dtype.

        >>> Tensor([1, 2]).dtype, Tensor(2.5).shape, Tensor([1, 2], dtype="float64").data
        (dtype('int64'), (), array([1., 2.]))
        """
        raise NotImplementedError("m01: Tensor.__init__")

    # ------------------------------------------------------- what it is like

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis; () for a single number."""
        raise NotImplementedError("m01: Tensor.shape")

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        raise NotImplementedError("m01: Tensor.ndim")

    @property
    def size(self) -> int:
        """How many elements there are: the product of the shape."""
        raise NotImplementedError("m01: Tensor.size")

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the elements, as NumPy's np.dtype."""
        raise NotImplementedError("m01: Tensor.dtype")

    def memory_footprint(self) -> int:
        """Bytes that the elements take: size × bytes per element, whoever shares the memory.

        >>> Tensor([[1.0, 2.0, 3.0]]).memory_footprint()
        12
        """
        raise NotImplementedError("m01: Tensor.memory_footprint")

    def __len__(self) -> int:
        """The length of the first axis; TypeError for a Tensor of shape ()."""
        raise NotImplementedError("m01: Tensor.__len__")

    def __repr__(self) -> str:
        """Values, and the dtype unless it is float32, int64 or bool. Given."""
        values = np.array2string(self.data, separator=" ", prefix="Tensor(")
        usual = self.data.dtype in (np.float32, np.int64, np.bool_)
        return f"Tensor({values})" if usual else f"Tensor({values}, dtype={self.data.dtype})"

    # ------------------------------------------------------------- ways out

    def numpy(self) -> np.ndarray:
        """The elements as a NumPy array that shares memory with this Tensor."""
        raise NotImplementedError("m01: Tensor.numpy")

    def item(self) -> bool | int | float:
        """The only element, as a Python number.

        Raises:
            ValueError: there is not exactly one element; the shape is named.

        >>> Tensor([[2.5]]).item()
        2.5
        """
        raise NotImplementedError("m01: Tensor.item")

    def astype(self, dtype: Any) -> Tensor:
        """A copy with elements of `dtype`, even if that is the dtype already; floats lose their decimals as integers.

        Raises:
            TypeError: `dtype` is neither of floats, nor of integers, nor of booleans.

        >>> Tensor([1.7, -1.7]).astype("int64")
        Tensor([ 1 -1])
        """
        raise NotImplementedError("m01: Tensor.astype")

    # Given: a Tensor with one element works as a number, and one with a first axis in a for loop.

    def __bool__(self) -> bool:
        return bool(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __abs__(self) -> Tensor:
        return self.abs()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.data, dtype, copy=copy)

    # -------------------------------------------------------------- in place

    # A name that ends in _ changes the Tensor itself, as in PyTorch. All of these return self, keep the
    # dtype, and are seen by every Tensor that shares the memory. Values that do not broadcast to self's
    # shape are a ValueError.

    def copy_(self, source: Any) -> Tensor:
        """Write `source` (a Tensor, array or number, broadcast) over self, converted to self's dtype.

        The two may overlap: t[1:].copy_(t[:-1]) moves by one.

        >>> t = Tensor([1.0, 2.0, 3.0])
        >>> t[1:].copy_(t[:-1])
        Tensor([1. 2.])
        >>> t
        Tensor([1. 1. 2.])
        """
        raise NotImplementedError("m01: Tensor.copy_")

    def add_(self, other: Any) -> Tensor:
        """self + other, written to self.

        Raises:
            TypeError: self's dtype is of a lower kind than the result (an int64 Tensor and 0.5).

        >>> Tensor([1.0, 2.0]).add_(0.5)
        Tensor([1.5 2.5])
        """
        raise NotImplementedError("m01: Tensor.add_")

    def mul_(self, other: Any) -> Tensor:
        """self * other, written to self.

        Raises:
            TypeError: self's dtype is of a lower kind than the result (an int64 Tensor and 0.5).
        """
        raise NotImplementedError("m01: Tensor.mul_")

    def zero_(self) -> Tensor:
        """Write 0 over self."""
        raise NotImplementedError("m01: Tensor.zero_")


# The same as free functions. Given: each looks its method up on Tensor when it is called.


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """See Tensor.where."""
    return Tensor.where(condition, a, b)


def maximum(a: Any, b: Any) -> Tensor:
    """See Tensor.maximum."""
    return Tensor.maximum(a, b)


def cat(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """See Tensor.cat."""
    return Tensor.cat(tensors, axis)


def stack(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """See Tensor.stack."""
    return Tensor.stack(tensors, axis)
