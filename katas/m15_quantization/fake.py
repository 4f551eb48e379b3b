"""What 8 bits would do to floats, on floats: for looking at it, and for training with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import Function
from .affine import dequantize, quantize


class FakeQuantize(Function):
    """To 8 bits and back, as an operation with a gradient.

    Rounding is a staircase: its gradient is 0 wherever there is one, and nothing could be learnt through it. So the way back
    takes it for a straight line: the gradient passes where the rounded number, zero point included, is between -128 and 127,
    and is 0 where that had to be cut off.
    """

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, scale: Any, zero_point: Any, axis: int | None) -> np.ndarray:
        """The floats that are left of x, in x's dtype."""
        raise NotImplementedError("m15: FakeQuantize.forward")

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> Any:
        """The gradient of x; the other arguments have none."""
        raise NotImplementedError("m15: FakeQuantize.backward")


def fake_quantize(x: Tensor, scale: Any, zero_point: Any, axis: int | None = None) -> Tensor:
    """`quantize`, then `dequantize`, as one operation on Tensors with a gradient. Given; see FakeQuantize.

    Args:
        x: floats of any shape.
        scale, zero_point, axis: as in `quantize`. They are plain numbers or arrays, and get no gradient.
    Returns:
        A Tensor of x's shape and dtype.
    Raises:
        As `quantize`.

    >>> from ..m06_autograd import enable_autograd; enable_autograd()
    >>> fake_quantize(Tensor([0.1, 0.3, 99.0]), 0.5, 0)
    Tensor([ 0.   0.5 63.5])

    Source: torch.fake_quantize_per_tensor_affine and torch.fake_quantize_per_channel_affine. The straight line: Bengio,
    Léonard and Courville 2013, arXiv 1308.3432.
    """
    return FakeQuantize.apply(x, scale, zero_point, axis)
