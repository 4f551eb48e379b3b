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
    # BEGIN SOLUTION
    if not keepdims:
        reduced = np.expand_dims(reduced, tuple(range(len(shape))) if axis is None else axis)
    return np.broadcast_to(reduced, shape)
    # END SOLUTION


@rule("sum")
def sum_rule(out: np.ndarray, x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> tuple[Pull]:
    """Sum along `axis`. Keeps no array, only x's shape."""
    # BEGIN SOLUTION
    shape = x.shape
    return (lambda grad: spread(grad, shape, axis, keepdims),)
    # END SOLUTION


@rule("mean")
def mean_rule(out: np.ndarray, x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> tuple[Pull]:
    """Mean along `axis`. Keeps no array."""
    # BEGIN SOLUTION
    shape, count = x.shape, x.size // max(out.size, 1)
    return (lambda grad: spread(np.divide(grad, count), shape, axis, keepdims),)
    # END SOLUTION


@rule("max")
def max_rule(out: np.ndarray, x: np.ndarray, axis: Axis = None, keepdims: bool = False) -> tuple[Pull]:
    """Largest element along `axis`. Elements that are equally large share the gradient evenly."""

    # BEGIN SOLUTION
    def pull(grad: np.ndarray) -> np.ndarray:
        winners = x == spread(out, x.shape, axis, keepdims)
        return np.where(winners, spread(grad, x.shape, axis, keepdims), 0) / winners.sum(axis, keepdims=True)

    return (pull,)
    # END SOLUTION


@rule("var")
def var_rule(
    out: np.ndarray, x: np.ndarray, axis: Axis = None, keepdims: bool = False, correction: int = 1
) -> tuple[Pull]:
    """Variance along `axis`: Σ(x − mean)² / max(0, n − correction), as in kata 1."""

    # BEGIN SOLUTION
    def pull(grad: np.ndarray) -> np.ndarray:
        # The mean depends on x as well, but Σ(x − mean) is 0, and takes that part with it.
        count = x.size // max(out.size, 1)
        deviation = x - np.divide(x.sum(axis, keepdims=True), count)
        return spread(grad, x.shape, axis, keepdims) * np.divide(2 * deviation, max(0, count - correction))

    return (pull,)
    # END SOLUTION


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
    # BEGIN SOLUTION
    x_axes, other_axes = x.ndim, other.ndim
    by_columns = other_axes == 2 and other.flags.f_contiguous and not other.flags.c_contiguous

    def wrt_x(grad: np.ndarray) -> np.ndarray:
        if other_axes == 1:
            return grad[..., None] * other
        if x_axes == 1:
            return (grad[..., None, :] @ other.swapaxes(-1, -2))[..., 0, :]
        return grad @ other.swapaxes(-1, -2)

    def wrt_other(grad: np.ndarray) -> np.ndarray:
        if x_axes == 1:
            return x * grad if other_axes == 1 else x[:, None] * grad[..., None, :]
        if other_axes == 1:
            return (x.swapaxes(-1, -2) @ grad[..., None])[..., 0]
        if other_axes == 2:
            # All rows of all matrices at once: no stack of gradients is made only to be added up.
            rows = math.prod(x.shape[:-1])
            flat, grad = x.reshape(rows, x.shape[-1]), grad.reshape(rows, grad.shape[-1])
            # In other's own layout: x @ w.T then gives w a gradient that lies in memory as w does.
            return (grad.T @ flat).T if by_columns else flat.T @ grad
        return x.swapaxes(-1, -2) @ grad

    return wrt_x, wrt_other
    # END SOLUTION


def _array_matmul(out: np.ndarray, x: np.ndarray, other: Any) -> tuple[Pull, Pull]:
    return reflected(matmul_rule)(out, x, np.asarray(other))


# array @ x, as a method of x. Given.
RULES["__rmatmul__"] = _array_matmul
