"""A layer and its activation in one operation: fewer arrays, fewer journeys."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import Function

ROOT, CUBE = math.sqrt(2 / math.pi), 0.044715
"""gelu(z) = ½ · z · (1 + tanh(ROOT · (z + CUBE · z³))), in its tanh form."""


class LinearGelu(Function):
    """gelu(x @ wᵀ + b) as one differentiable operation."""

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, w: np.ndarray, b: np.ndarray | None) -> np.ndarray:
        """The result, from x (…, in), w (out, in) and b (out,) or None."""
        # BEGIN SOLUTION
        z = x @ w.T
        if b is not None:
            z += b
        ctx.save_for_backward(x, w, z)
        y = curve(z)
        y += 1.0
        y *= z
        y *= 0.5
        return y
        # END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """The gradients of x, w and b; None for what needs none."""
        # BEGIN SOLUTION
        x, w, z = ctx.saved_tensors
        needs_x, needs_w, needs_b = ctx.needs_input_grad
        t = curve(z)
        # ½ (1 + t) + ½ z (1 - t²) ROOT (1 + 3 CUBE z²), times grad, in three arrays.
        slope = z * z
        slope *= 3 * CUBE
        slope += 1.0
        slope *= z
        slope *= ROOT
        slope *= 1.0 - t * t
        slope += t
        slope += 1.0
        slope *= 0.5
        slope *= grad
        flat = slope.reshape(math.prod(slope.shape[:-1]), w.shape[0])
        rows = x.reshape(flat.shape[0], x.shape[-1])
        return (
            slope @ w if needs_x else None,
            flat.T @ rows if needs_w else None,
            flat.sum(axis=0) if needs_b else None,
        )
        # END SOLUTION


def curve(z: np.ndarray) -> np.ndarray:
    """tanh(ROOT · (z + CUBE · z³)), a new array. Yours to use, to change, or to leave."""
    # BEGIN SOLUTION
    t = z * z
    t *= CUBE
    t += 1.0
    t *= z
    t *= ROOT
    return np.tanh(t, out=t)
    # END SOLUTION


def linear_gelu(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
    """gelu(x @ wᵀ + b), with gradients for x, w and b, as one operation.

    Composed of Tensor operations this is some ten arrays of the result's size, each written and read again, and most of them kept
    for the way back. As one operation it is a product and a loop over arrays that are there already.

    Args:
        x: (…, in). Leading axes may be none, or empty.
        w: (out, in), as in Linear; both are 1 or more.
        b: (out,), or None.
    Returns:
        (…, out), in the dtype of x, which is that of w and b. `gelu` is that of m02, in its tanh form: each entry is accurate to
        rounding errors of the sum of products that it is made of, for sums up to 1e4, in float32, too.
    Raises:
        ValueError: w does not have two axes, or x's last axis does not fit it (both shapes are named); b is not (out,) (its
            shape is named).

    >>> linear_gelu(Tensor([[1.0, 2.0]]), Tensor([[1.0, 1.0], [0.0, -9.0]]), Tensor([-3.0, 0.0])).data
    array([[ 0., -0.]], dtype=float32)

    Cost: beside the result at most four arrays of its size at once on the way there (one is enough). At most two of them (one
    is enough) are kept for the way back. At most twice the time of NumPy, one operation after the other.
    Source: Chen et al. 2018, TVM, arXiv 1802.04799, on what fusing operations saves.
    """
    # BEGIN SOLUTION
    if w.ndim != 2 or not x.ndim or x.shape[-1] != w.shape[1]:
        raise ValueError(f"x of shape {x.shape} does not fit a weight of shape {w.shape}")
    if b is not None and b.shape != (w.shape[0],):
        raise ValueError(f"a bias of shape {b.shape} does not fit a weight of shape {w.shape}")
    return LinearGelu.apply(x, w, b)
    # END SOLUTION
