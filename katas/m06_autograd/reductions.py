"""The rules of sums, means, maxima, variances, and products of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .rules import RULES, Pull, reflected, rule

Axis = int | tuple[int, ...] | None


def spread(reduced: np.ndarray, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> np.ndarray:
    """The way back of a reduction: each entry of `reduced` at every place of `shape` that it was made from.

    Args:
        reduced: what a reduction of an array of `shape` along `axis`, with `keepdims`, has the shape of.
    Returns:
        Array of `shape`; it need not own its memory.

    >>> spread(np.array([1.0, 2.0]), (2, 3), axis=1, keepdims=False)
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    raise NotImplementedError("m06: spread")


@rule("sum")
def sum_rule(out: np.ndarray, x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> tuple[Pull]:
    """Sum along `axis`. Keeps no array, only x's shape."""
    raise NotImplementedError("m06: sum_rule")


@rule("mean")
def mean_rule(out: np.ndarray, x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> tuple[Pull]:
    """Mean along `axis`. Keeps no array."""
    raise NotImplementedError("m06: mean_rule")


@rule("max")
def max_rule(out: np.ndarray, x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> tuple[Pull]:
    """Largest element along `axis`. Elements that are equally large share the gradient evenly."""

    raise NotImplementedError("m06: max_rule")


@rule("var")
def var_rule(
    out: np.ndarray, x: np.ndarray, axis: Axis = None, keepdims: bool = False, correction: int = 1
) -> tuple[Pull]:
    """Variance along `axis`: Σ(x − mean)² / max(0, n − correction), as in kata 1."""

    raise NotImplementedError("m06: var_rule")


# ------------------------------------------------------------------ products of matrices


@rule("matmul", "__matmul__", "matmul_explicit")
def matmul_rule(out: np.ndarray, x: np.ndarray, other: np.ndarray) -> tuple[Pull, Pull]:
    """x @ other: matrices, stacks of matrices that broadcast, and operands with a single axis.

    (n, k) @ (k, m) → (n, m). A single axis counts as a row on the left and as a column on the right, and is gone in the
    result. The gradient of a stack that was broadcast may come with all its copies; adding them up early takes
    less memory.

    >>> wrt_x, wrt_other = matmul_rule(np.zeros((1, 2)), np.ones((1, 3)), np.arange(6.0).reshape(3, 2))
    >>> wrt_x(np.array([[1.0, 10.0]])), wrt_other(np.array([[1.0, 10.0]])).shape
    (array([[10., 32., 54.]]), (3, 2))

    Cost: one matrix product of the same size for each operand that needs a gradient, and nothing for the other one.
    """
    raise NotImplementedError("m06: matmul_rule")


def _array_matmul(out: np.ndarray, x: np.ndarray, other: Any) -> tuple[Pull, Pull]:
    return reflected(matmul_rule)(out, x, np.asarray(other))


# array @ x, as a method of x. Given.
RULES["__rmatmul__"] = _array_matmul
