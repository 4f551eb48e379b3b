"""Integers of 32 bits from end to end, and inputs that are centred before they are multiplied."""

from __future__ import annotations

import numpy as np

from .affine import dequantize


def int8_matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.dtype != "int8" or b.dtype != "int8":
        raise TypeError(f"int8 is wanted, not {a.dtype} and {b.dtype}")
    if not a.ndim or b.ndim != 2 or a.shape[-1] != len(b):
        raise ValueError(f"{a.shape} times {b.shape}")
    return np.einsum("...k,km->...m", a, b, dtype="int32", casting="safe")


class QuantizedLinear(Module):
    def accumulate(self, q: np.ndarray) -> np.ndarray:
        if q.dtype != np.int8:
            raise TypeError(f"int8 is wanted, not {q.dtype}")
        if q.ndim == 0 or q.shape[-1] != self.weight.data.shape[1]:
            raise ValueError(f"{q.shape} does not end in {self.weight.data.shape[1]}")
        centred = q.astype(np.int32) - self.input_zero_point.data
        return centred @ self.weight.data.T.astype(np.int32)

    def forward(self, x: Tensor) -> Tensor:
        """On floats, which hold the same whole numbers."""
        inputs = self.weight.data.shape[-1]
        if x.ndim == 0 or x.shape[-1] != inputs:
            raise ValueError(f"{x.shape} does not end in {inputs}")
        line = self.input_scale.data, self.input_zero_point.data
        x_left = dequantize(quantize(x.data, *line), *line, dtype=x.dtype)
        w_left = (self.weight.data * self.weight_scale.data.reshape(-1, 1)).astype(x.dtype)
        y = x_left @ w_left.T
        if self.bias is not None:
            y = y + self.bias.data
        return Tensor(y.astype(x.dtype))
