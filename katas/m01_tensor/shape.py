"""Operations that rearrange: the same numbers under another shape, most of them without moving a byte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .dtypes import operands, unwrap, wrap

if TYPE_CHECKING:
    from .tensor import Tensor


def as_shape(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape meant by f(2, 3) and by f((2, 3)) alike. Given.

    >>> as_shape((2, 3)), as_shape(((2, 3),)), as_shape(([2, 3],)), as_shape(())
    ((2, 3), (2, 3), (2, 3), ())
    """
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        return tuple(sizes[0])
    return tuple(sizes)


class Shape:
    """The part of Tensor that moves axes around.

    An array is a buffer and a way to walk through it: a shape, and a stride (how many bytes to the
    next element) for each axis. Most of what stands here only changes the way of walking. Such a result
    is a new Tensor that *shares memory* with self: what is written through one is seen through the other.
    """

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements, in the same order (last axis fastest), under another shape.

        Shares memory whenever the new shape can be walked with strides; copies otherwise.

        Args:
            shape: the new shape, as reshape(2, 3) or reshape((2, 3)); one entry may be -1, which
                stands for whatever the others leave.
        Raises:
            ValueError: the sizes do not match (the new shape is named), or -1 stands twice.

        >>> from . import arange
        >>> arange(6).reshape(2, -1)
        Tensor([[0 1 2]
                [3 4 5]])
        """
        raise NotImplementedError("m01: Shape.reshape")

    def transpose(self, axis0: int, axis1: int) -> Tensor:
        """self with two axes swapped; shares memory. (As in PyTorch: NumPy's transpose is `permute`.)

        >>> from . import zeros
        >>> zeros(2, 3, 4).transpose(0, -1).shape
        (4, 3, 2)
        """
        raise NotImplementedError("m01: Shape.transpose")

    def permute(self, *axes: Any) -> Tensor:
        """self with its axes in another order; shares memory. Axis i of the result is axis axes[i] of self.

        Raises:
            ValueError: `axes` does not hold every axis exactly once.
            IndexError: an axis is not there.

        >>> from . import zeros
        >>> zeros(2, 3, 4).permute(1, 2, 0).shape
        (3, 4, 2)
        """
        raise NotImplementedError("m01: Shape.permute")

    @property
    def T(self) -> Tensor:
        """self with its axes in reverse order: the transpose of a matrix. Shares memory. Given."""
        return self.permute(*reversed(range(self.data.ndim)))

    def flatten(self, start_axis: int = 0, end_axis: int = -1) -> Tensor:
        """self with the axes from `start_axis` to `end_axis` (included) made one.

        Shares memory where `reshape` does. A Tensor of shape () becomes one of shape (1,).

        Raises:
            IndexError: an axis is not there; it is named.
            ValueError: start_axis comes after end_axis.

        >>> from . import zeros
        >>> zeros(2, 3, 4).flatten().shape, zeros(2, 3, 4).flatten(1).shape, zeros(2, 3, 4).flatten(0, 1).shape
        ((24,), (2, 12), (6, 4))
        """
        raise NotImplementedError("m01: Shape.flatten")

    def squeeze(self, axis: int | tuple[int, ...] | None = None) -> Tensor:
        """self without axes of length 1: all of them, or those named. Shares memory.

        As in PyTorch, an axis that is named but not of length 1 stays.

        Raises:
            IndexError: an axis is not there; it is named.

        >>> from . import zeros
        >>> zeros(1, 3, 1).squeeze().shape, zeros(1, 3, 1).squeeze(0).shape, zeros(1, 3, 1).squeeze(1).shape
        ((3,), (3, 1), (1, 3, 1))
        """
        raise NotImplementedError("m01: Shape.squeeze")

    def unsqueeze(self, axis: int) -> Tensor:
        """self with a new axis of length 1 at position `axis` of the result. Shares memory.

        Raises:
            IndexError: `axis` is outside -ndim-1 … ndim; it is named.

        >>> from . import zeros
        >>> zeros(2, 3).unsqueeze(0).shape, zeros(2, 3).unsqueeze(-1).shape
        ((1, 2, 3), (2, 3, 1))
        """
        raise NotImplementedError("m01: Shape.unsqueeze")

    def expand(self, *shape: Any) -> Tensor:
        """self stretched to `shape` by broadcasting. Shares memory: nothing is copied, however large the result.

        Many elements of the result may be one and the same number in memory, so the result is not for
        writing: NumPy refuses it.

        Args:
            shape: the new shape; axes are added at the left, axes of length 1 stretched; -1 leaves an axis as it is.
        Raises:
            ValueError: self does not stretch to `shape`; both are named.

        >>> from . import Tensor
        >>> Tensor([[1], [2]]).expand(-1, 3)
        Tensor([[1 1 1]
                [2 2 2]])
        """
        raise NotImplementedError("m01: Shape.expand")

    # -------------------------------------------------------------- indexing

    def __getitem__(self, index: Any) -> Tensor:
        """The elements at `index`, as in NumPy.

        Integers, slices, None and ... give a Tensor that shares memory with self, down to a single element
        (a Tensor of shape ()). Lists, arrays and Tensors of integers or of bool pick elements: a copy.
        (NumPy takes Tensors in an index, since they have `__array__`.)

        Raises:
            IndexError: a position is not there (it is named), or an index is not a whole number.

        >>> from . import arange
        >>> x = arange(6).reshape(2, 3)
        >>> x[1], x[:, 0], x[x > 3], x[-1, 2]
        (Tensor([3 4 5]), Tensor([0 3]), Tensor([4 5]), Tensor(5))
        """
        raise NotImplementedError("m01: Shape.__getitem__")

    def __setitem__(self, index: Any, value: Any) -> None:
        """Write `value` (a number, array or Tensor, broadcast and converted to self's dtype) at `index`.

        Every Tensor that shares this memory sees it.

        Raises:
            IndexError: as in `__getitem__`.
            ValueError: the value does not broadcast to the elements at `index`.

        >>> from . import zeros
        >>> x = zeros(2, 3)
        >>> x[:, 1] = 7
        >>> x
        Tensor([[0. 7. 0.]
                [0. 7. 0.]])
        """
        raise NotImplementedError("m01: Shape.__setitem__")

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory without gaps, in the order in which `reshape` reads them.

        >>> from . import zeros
        >>> zeros(2, 3).is_contiguous(), zeros(2, 3).T.is_contiguous()
        (True, False)
        """
        raise NotImplementedError("m01: Shape.is_contiguous")

    # --------------------------------------------------------------- joining

    @staticmethod
    def cat(tensors: Sequence[Any], axis: int = 0) -> Tensor:
        """The tensors one after another along an axis that they have; a copy, in their common dtype.

        Raises:
            ValueError: there is no tensor, one has no axes, or the other axes differ.
            IndexError: the axis is not there; it is named.

        >>> from . import Tensor, zeros
        >>> Tensor.cat([zeros(2, 3), zeros(1, 3)]).shape
        (3, 3)
        """
        raise NotImplementedError("m01: Shape.cat")

    @staticmethod
    def stack(tensors: Sequence[Any], axis: int = 0) -> Tensor:
        """The tensors, all of one shape, along a new axis at position `axis`; a copy, in their common dtype.

        Raises:
            ValueError: there is no tensor, or the shapes differ.
            IndexError: the axis is not there; it is named.

        >>> from . import Tensor, zeros
        >>> Tensor.stack([zeros(2, 3), zeros(2, 3)], axis=-1).shape
        (2, 3, 2)
        """
        raise NotImplementedError("m01: Shape.stack")
