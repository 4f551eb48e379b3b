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
        raise NotImplementedError("m17: LinearGelu.forward")

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """The gradients of x, w and b; None for what needs none."""
        raise NotImplementedError("m17: LinearGelu.backward")


def curve(z: np.ndarray) -> np.ndarray:
    """tanh(ROOT · (z + CUBE · z³)), a new array. Yours to use, to change, or to leave."""
    raise NotImplementedError("m17: curve")


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
    raise NotImplementedError("m17: linear_gelu")
