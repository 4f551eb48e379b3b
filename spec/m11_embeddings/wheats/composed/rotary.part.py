"""Another way: rotations as complex numbers, and the layer composed of Tensor operations."""

from __future__ import annotations

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module
from .positions import check_sequence, position_angles


def rotate_pairs(x: np.ndarray, angles: np.ndarray) -> np.ndarray:
    first, second = x[..., 0::2].astype("float64"), x[..., 1::2].astype("float64")
    turned = (first + 1j * second) * np.exp(1j * angles)
    return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape).astype(x.dtype)


class RotaryEmbedding(Module):
    def forward(self, x: Tensor, offset: int = 0) -> Tensor:
        n = check_sequence(x, self.dim, offset)
        angles = position_angles(np.arange(offset, offset + n), self.dim, self.base)
        cos, sin = Tensor(np.cos(angles), dtype=x.dtype), Tensor(np.sin(angles), dtype=x.dtype)
        first, second = x[..., 0::2], x[..., 1::2]
        turned = Tensor.stack([first * cos - second * sin, first * sin + second * cos], axis=-1)
        return turned.reshape(*x.shape)
