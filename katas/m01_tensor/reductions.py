"""Operations that make many numbers into fewer: sums, means, maxima, variances, and products of matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .dtypes import compute, operands, wrap

if TYPE_CHECKING:
    from .tensor import Tensor

Axis = int | tuple[int, ...] | None
"""One axis, several axes, or None for all of them; negative ones count from the end."""


def count_along(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements each entry of a reduction along `axis` stands for. Given.

    >>> count_along((2, 3, 4), (0, -1)), count_along((2, 3, 4), None)
    (8, 24)
    """
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return math.prod(shape[a] for a in axes)


class Reductions:
    """The part of Tensor that adds up.

    Wherever there is an `axis`: None reduces all axes to a Tensor of shape (), an int one axis, a tuple
    several; negative ones count from the end. `keepdims=True` keeps each reduced axis with length 1,
    so that the result broadcasts against self. An axis that is not there is an IndexError that names it.
    """

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Sum along `axis`. Integers and booleans give int64, floats keep their dtype; an empty sum is 0.

        >>> from . import Tensor
        >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> x.sum(), x.sum(axis=0), x.sum(axis=-1, keepdims=True).shape
        (Tensor(10.), Tensor([4. 6.]), (2, 1))
        """
        raise NotImplementedError("m01: Reductions.sum")

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Mean along `axis`. Integers and booleans give float32, as `/` does; the mean of nothing is nan.

        >>> from . import Tensor
        >>> Tensor([[1, 2], [4, 8]]).mean(axis=0)
        Tensor([2.5 5. ])
        """
        raise NotImplementedError("m01: Reductions.mean")

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Largest element along `axis`; nan wins. The dtype stays. (PyTorch calls it amax.)

        Raises:
            ValueError: the maximum of nothing, that is, a reduced axis has length 0.
        """
        raise NotImplementedError("m01: Reductions.max")

    def var(self, axis: Axis = None, keepdims: bool = False, correction: int = 1) -> Tensor:
        """Variance along `axis`: Σ(x − mean)² / max(n − correction, 0).

        It stays accurate when the mean is large against the spread. Integers and booleans give float32.

        Args:
            correction: 1 estimates the variance of the population from a sample, as PyTorch does unless
                told otherwise; 0 is the variance of the values themselves, as in NumPy.
                Where nothing is left to divide by, the result is nan or inf, as dividing by 0 says.

        >>> from . import Tensor
        >>> Tensor([1.0, 2.0, 3.0]).var(), Tensor([1.0, 3.0]).var(correction=0)
        (Tensor(1.), Tensor(1.))

        Source: torch.var.
        """
        raise NotImplementedError("m01: Reductions.var")

    # -------------------------------------------------------- matrix products

    def matmul(self, other: Any) -> Tensor:
        """Matrix product, as `@`.

        Two axes and two axes: (n, k) @ (k, m) → (n, m). One axis counts as a row on the left and as a
        column on the right, and that axis is gone afterwards: (k,) @ (k, m) → (m,), (n, k) @ (k,) → (n,),
        (k,) @ (k,) → (). More axes: all but the last two are broadcast, (b, n, k) @ (k, m) → (b, n, m).

        Raises:
            ValueError: the inner lengths differ, the leading axes do not broadcast, or an operand has
                no axes; the message names both shapes.

        >>> from . import Tensor
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).matmul(Tensor([10.0, 1.0]))
        Tensor([12. 34.])

        Cost: 2·n·k·m floating-point operations a matrix.
        """
        raise NotImplementedError("m01: Reductions.matmul")

    def __matmul__(self, other: Any) -> Tensor:
        """self @ other. Given."""
        return self.matmul(other)

    def __rmatmul__(self, other: Any) -> Tensor:
        """array @ self. Given."""
        return wrap(other).matmul(self)

    def matmul_explicit(self, other: Any) -> Tensor:
        """The same product of two matrices, written out: three nested loops over single numbers.

        No slices, no NumPy function on whole rows: this is the definition, to read and to measure
        against. `matmul` is the one to use.

        Args:
            other: (k, m), where self is (n, k).
        Returns:
            (n, m), in the common dtype.
        Raises:
            ValueError: an operand does not have two axes, or the inner lengths differ; names both shapes.

        >>> from . import Tensor
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).matmul_explicit(Tensor([[10.0], [1.0]]))
        Tensor([[12.]
                [34.]])

        Cost: n·k·m passes through the innermost loop, each some hundred times dearer than in `matmul`.
        """
        raise NotImplementedError("m01: Reductions.matmul_explicit")
