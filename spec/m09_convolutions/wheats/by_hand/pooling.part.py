"""Pooling: one number for a window."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module
from ..m06_autograd import Function
from .sizes import pair


class MaxPool(Function):
    @staticmethod
    def forward(ctx: Any, x: np.ndarray, kernel: Any, stride: Any, padding: Any) -> np.ndarray:
        shape = pool_shape(x.shape, kernel, stride, padding)
        (kh, kw), (sy, sx), (py, px) = pair(kernel), pair(stride), pair(padding)
        padded = np.full((*x.shape[:2], x.shape[2] + 2 * py, x.shape[3] + 2 * px), -np.inf, x.dtype)
        padded[:, :, py : py + x.shape[2], px : px + x.shape[3]] = x
        best, winner = np.full(shape, -np.inf, x.dtype), np.zeros(shape, int)
        for u in range(kh):
            for v in range(kw):
                seen = padded[:, :, u : u + sy * (shape[2] - 1) + 1 : sy, v : v + sx * (shape[3] - 1) + 1 : sx]
                better = seen > best
                best = np.where(better, seen, best)
                winner = np.where(better, u * kw + v, winner)
        ctx.all = winner, padded.shape, x.shape, (kh, kw), (sy, sx), (py, px)
        return best

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        winner, whole, size, (kh, kw), (sy, sx), (py, px) = ctx.all
        padded = np.zeros(whole, grad.dtype)
        for u in range(kh):
            for v in range(kw):
                down, across = grad.shape[2:]
                part = padded[:, :, u : u + sy * (down - 1) + 1 : sy, v : v + sx * (across - 1) + 1 : sx]
                part += grad * (winner == u * kw + v)
        return padded[:, :, py : py + size[2], px : px + size[3]], None, None, None


class AvgPool(Function):
    @staticmethod
    def forward(ctx: Any, x: np.ndarray, kernel: Any, stride: Any, padding: Any) -> np.ndarray:
        shape = pool_shape(x.shape, kernel, stride, padding)
        (kh, kw), (sy, sx), (py, px) = pair(kernel), pair(stride), pair(padding)
        padded = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)))
        total = np.zeros(shape, x.dtype)
        for u in range(kh):
            for v in range(kw):
                total += padded[:, :, u : u + sy * (shape[2] - 1) + 1 : sy, v : v + sx * (shape[3] - 1) + 1 : sx]
        ctx.all = padded.shape, x.shape, (kh, kw), (sy, sx), (py, px)
        return total / (kh * kw)

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        whole, size, (kh, kw), (sy, sx), (py, px) = ctx.all
        padded = np.zeros(whole, grad.dtype)
        down, across = grad.shape[2:]
        for u in range(kh):
            for v in range(kw):
                padded[:, :, u : u + sy * (down - 1) + 1 : sy, v : v + sx * (across - 1) + 1 : sx] += grad
        return padded[:, :, py : py + size[2], px : px + size[3]] / (kh * kw), None, None, None


class GlobalAvgPool(Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4:
            raise ValueError(f"not (n, c, height, width): {x.shape}")
        n, channels, height, width = x.shape
        return x.sum(3).sum(2) / (height * width)
