"""A convolution that keeps its columns small, and makes them once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..m01_tensor import Tensor
from ..m06_autograd import Function
from ..m09_convolutions import conv2d_shape
from .buffers import workspace

Pair = int | tuple[int, int]
"""A number for height and width alike, or one for each: (height, width)."""

CHUNK_BYTES = 2**19
"""Columns of about so many bytes are made at a time: a size that a core's own cache holds. Given."""


def pair(value: Pair) -> tuple[int, int]:
    """(height, width). Given.

    >>> pair(3), pair((1, 2))
    ((3, 3), (1, 2))
    """
    height, width = value if isinstance(value, tuple | list) else (value, value)
    return int(height), int(width)


class FastConv2d(Function):
    """The convolution over the columns of a few images at a time, with its gradients."""

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, w: np.ndarray, b: np.ndarray | None, *settings: Any) -> np.ndarray:
        """The result; `settings` are stride, padding, dilation and groups."""
        # BEGIN SOLUTION
        shape = conv2d_shape(x.shape, w.shape, None if b is None else b.shape, *settings)
        ctx.save_for_backward(x, w)
        ctx.settings = settings
        _, o, down, across = shape
        groups = settings[3]
        y = np.empty(shape, x.dtype)
        rows = w.reshape(groups, o // groups, math.prod(w.shape[1:]))
        windows = windows_of(x, w.shape, *settings)
        for part, columns, _ in chunks(x, w.shape, *settings):
            columns[...] = windows[part]
            product = y[part].reshape(-1, groups, o // groups, down * across)
            np.matmul(rows, columns.reshape(len(product), groups, rows.shape[2], down * across), out=product)
        if b is not None:
            y += b.reshape(-1, 1, 1)
        return y
        # END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for each argument of `forward`, None for the settings and for what needs none."""
        # BEGIN SOLUTION
        x, w = ctx.saved_tensors
        (sy, sx), (py, px), (dy, dx) = (pair(setting) for setting in ctx.settings[:3])
        groups = ctx.settings[3]
        _, o, down, across = grad.shape
        height, width = x.shape[2:]
        _, _, kh, kw = w.shape
        needs_x, needs_w, needs_b = ctx.needs_input_grad[:3]
        rows = w.reshape(groups, o // groups, math.prod(w.shape[1:]))
        grad_x = np.empty_like(x) if needs_x else None
        grad_w = np.zeros(rows.shape, w.dtype) if needs_w else None
        windows = windows_of(x, w.shape, *ctx.settings) if needs_w else None
        for part, columns, padded in chunks(x, w.shape, *ctx.settings, padded=needs_x):
            pulled = np.ascontiguousarray(grad[part]).reshape(-1, groups, o // groups, down * across)
            flat = columns.reshape(len(pulled), groups, rows.shape[2], down * across)
            if needs_w:
                columns[...] = windows[part]
                grad_w += (pulled @ flat.swapaxes(2, 3)).sum(axis=0)
            if needs_x:
                np.matmul(rows.swapaxes(1, 2), pulled, out=flat)
                padded[...] = 0.0
                for u in range(kh):
                    for v in range(kw):
                        down_there = slice(u * dy, u * dy + sy * (down - 1) + 1, sy)
                        over_there = slice(v * dx, v * dx + sx * (across - 1) + 1, sx)
                        padded[:, :, down_there, over_there] += columns[:, :, u, v]
                grad_x[part] = padded[:, :, py : py + height, px : px + width]
        grad_b = grad.sum(axis=(0, 2, 3)) if needs_b else None
        return grad_x, None if grad_w is None else grad_w.reshape(w.shape), grad_b, None, None, None, None
        # END SOLUTION


def chunks(
    x: np.ndarray,
    w_shape: tuple[int, ...],
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    groups: int,
    padded: bool = False,
) -> Iterator[tuple[slice, np.ndarray, Any]]:
    """For a few images at a time: which ones, a buffer for their columns (images, c, kernel height, kernel width, places down,
    places across) and, if `padded`, one for the padded images. Yours to use, to change, or to leave."""
    # BEGIN SOLUTION
    n, channels, height, width = x.shape
    _, _, down, across = conv2d_shape(x.shape, w_shape, None, stride, padding, dilation, groups)
    each = (channels, *w_shape[2:], down, across)
    (py, px) = pair(padding)
    size = max(1, min(n, CHUNK_BYTES // (math.prod(each) * x.itemsize)))
    frame = (size, channels, height + 2 * py, width + 2 * px) if padded else (0,)
    with workspace().borrow((size, *each), x.dtype) as columns, workspace().borrow(frame, x.dtype) as images:
        for start in range(0, n, size):
            part = slice(start, min(start + size, n))
            yield part, columns[: part.stop - start], images[: part.stop - start]
    # END SOLUTION


def windows_of(
    x: np.ndarray, w_shape: tuple[int, ...], stride: Pair, padding: Pair, dilation: Pair, groups: int
) -> np.ndarray:
    """All windows of all images, as a view (images, c, kernel height, kernel width, places down, places across) of the padded
    images. Yours to use, to change, or to leave."""
    # BEGIN SOLUTION
    (sy, sx), (py, px), (dy, dx) = pair(stride), pair(padding), pair(dilation)
    _, _, kh, kw = w_shape
    if py or px:
        x = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)))
    windows = sliding_window_view(x, (dy * (kh - 1) + 1, dx * (kw - 1) + 1), axis=(2, 3))
    return windows[:, :, ::sy, ::sx, ::dy, ::dx].transpose(0, 1, 4, 5, 2, 3)
    # END SOLUTION


def conv2d_fast(
    x: Tensor,
    w: Tensor,
    b: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """The convolution of Tensors, for a few images at a time, with gradients for x, w and b: the same as `conv2d_im2col`, in
    a fraction of its memory, and in about its time.

    Columns of a whole batch are dozens of times larger than the batch: they go out to new memory and come back. The columns of
    an image or two stay in the cache, and their buffer serves the next ones. Buffers come from `workspace()` and are given back:
    a second call of the same sizes makes no new ones, and after a call none is live.

    Args, shapes and errors are those of `conv2d_im2col`. A batch may be empty.

    >>> y = conv2d_fast(Tensor(np.ones((2, 3, 5, 5))), Tensor(np.ones((4, 3, 3, 3))), padding=1)
    >>> y.shape, y.data.min(), y.data.max()
    ((2, 4, 5, 5), np.float64(12.0), np.float64(27.0))

    Cost: beside the result, memory for a few columns, not for those of the batch: for many images, less than half of what
    `conv2d_im2col` would make, there and on the way back (where the gradients come on top). From the second call on, less new
    memory than the columns of one image, beside the result: copies that `einsum` or a reshape makes count as well.
    """
    # BEGIN SOLUTION
    return FastConv2d.apply(x, w, b, stride, padding, dilation, groups)
    # END SOLUTION
