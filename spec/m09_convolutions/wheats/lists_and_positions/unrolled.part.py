"""The same convolution as one matrix product: windows become columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..m06_autograd import Function
from .sizes import Pair, conv2d_output_size, conv2d_shape, pair


def positions(shape: tuple[int, ...], kernel_size: Pair, stride: Pair, padding: Pair, dilation: Pair) -> np.ndarray:
    """For each number of a column of one image, its place in the padded image as a flat list."""
    (kh, kw), (sy, sx), (py, px), (dy, dx) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    _, channels, height, width = shape
    down, across = conv2d_output_size(height, kh, sy, py, dy), conv2d_output_size(width, kw, sx, px, dx)
    rows = dy * np.arange(kh)[:, None] + sy * np.arange(down)
    columns = dx * np.arange(kw)[:, None] + sx * np.arange(across)
    flat = rows[None, :, None, :, None] * (width + 2 * px) + columns[None, None, :, None, :]
    flat = flat + (height + 2 * py) * (width + 2 * px) * np.arange(channels)[:, None, None, None, None]
    return flat.reshape(channels * kh * kw, down * across)


def im2col(x: np.ndarray, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> np.ndarray:
    if x.ndim != 4:
        raise ValueError(f"not four axes: {x.shape}")
    (kh, kw), (sy, sx), (py, px), (dy, dx) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    n, channels, height, width = x.shape
    down, across = conv2d_output_size(height, kh, sy, py, dy), conv2d_output_size(width, kw, sx, px, dx)
    padded = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)))
    columns = np.empty((n, channels, kh, kw, down, across), x.dtype)
    for u in range(kh):
        for v in range(kw):
            top, left = u * dy, v * dx
            columns[:, :, u, v] = padded[:, :, top : top + sy * down : sy, left : left + sx * across : sx]
    return columns.reshape(n, channels * kh * kw, down * across)


def col2im(
    columns: np.ndarray,
    shape: tuple[int, int, int, int],
    kernel_size: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> np.ndarray:
    where = positions(shape, kernel_size, stride, padding, dilation)
    (py, px), (n, channels, height, width) = pair(padding), shape
    flat = np.zeros((n, channels * (height + 2 * py) * (width + 2 * px)), columns.dtype)
    np.add.at(flat, (slice(None), where), columns)
    padded = flat.reshape(n, channels, height + 2 * py, width + 2 * px)
    return padded[:, :, py : py + height, px : px + width].copy()


class UnrolledConv2d(Function):
    @staticmethod
    def forward(ctx: Any, x: np.ndarray, w: np.ndarray, b: np.ndarray | None, *settings: Any) -> np.ndarray:
        stride, padding, dilation, groups = settings
        shape = n, o, down, across = conv2d_shape(x.shape, w.shape, None if b is None else b.shape, *settings)
        columns = im2col(x, w.shape[2:], stride, padding, dilation).reshape(
            n, groups, math.prod(w.shape[1:]), down * across
        )
        ctx.save_for_backward(x, w, columns)
        ctx.settings = settings
        y = np.zeros((n, groups, o // groups, down * across), x.dtype)
        for group in range(groups):
            part = w[group * (o // groups) : (group + 1) * (o // groups)]
            y[:, group] = part.reshape(len(part), -1) @ columns[:, group]
        return y.reshape(shape) + (0 if b is None else b[None, :, None, None])

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        x, w, columns = ctx.saved_tensors
        stride, padding, dilation, groups = ctx.settings
        n, o, down, across = grad.shape
        rows = grad.reshape(n, groups, o // groups, down * across)
        weights = w.reshape(groups, o // groups, columns.shape[2])
        grad_w = np.einsum("ngol,ngkl->gok", rows, columns, optimize=True).reshape(w.shape).astype(w.dtype)
        back = (weights.transpose(0, 2, 1) @ rows).reshape(n, groups * columns.shape[2], down * across)
        return col2im(back, x.shape, w.shape[2:], stride, padding, dilation), grad_w, grad.sum((0, 2, 3)), *[None] * 4
