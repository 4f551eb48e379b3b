"""The straight line on the way back, found by where the float itself lies."""

from __future__ import annotations

from typing import Any

import numpy as np

from .affine import QMAX, QMIN, along_axis


class FakeQuantize(Function):
    @staticmethod
    def forward(ctx: Any, x: np.ndarray, scale: Any, zero_point: Any, axis: int | None) -> np.ndarray:
        ctx.save_for_backward(x)
        ctx.line = scale, zero_point, axis
        return dequantize(quantize(x, scale, zero_point, axis), scale, zero_point, axis, x.dtype)

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> Any:
        (x,), (scale, zero_point, axis) = ctx.saved_tensors, ctx.line
        steps = x / along_axis(scale, x.shape, axis).astype("float64")
        zero = along_axis(zero_point, x.shape, axis).astype("float64")
        inside = (np.rint(steps) + zero > QMIN - 1) & (np.rint(steps) + zero < QMAX + 1)
        return np.where(inside, grad, np.zeros_like(grad)), None, None, None
