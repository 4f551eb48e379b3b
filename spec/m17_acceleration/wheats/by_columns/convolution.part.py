"""Eight images at a time, their columns filled by a loop over the window; the gradient of x comes window position by position."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m06_autograd import Function
from ..m09_convolutions import conv2d_shape
from .buffers import workspace

FEW = 8


class FastConv2d(Function):
    @staticmethod
    def forward(ctx: Any, x: np.ndarray, w: np.ndarray, b: np.ndarray | None, *settings: Any) -> np.ndarray:
        n, o, down, across = conv2d_shape(x.shape, w.shape, None if b is None else b.shape, *settings)
        ctx.save_for_backward(x, w)
        ctx.settings = settings
        groups = settings[3]
        rows = w.reshape(groups, o // groups, w[0].size)
        y = np.empty((n, groups, o // groups, down * across), x.dtype)
        with workspace().borrow((FEW, groups, w[0].size, down * across), x.dtype) as columns:
            for at in range(0, n, FEW):
                filled = fill_columns(columns, x[at : at + FEW], w.shape, down, across, *settings)
                y[at : at + FEW] = rows @ filled
        y = y.reshape(n, o, down, across)
        return y if b is None else y + b[:, None, None]

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        x, w = ctx.saved_tensors
        groups = ctx.settings[3]
        n, o, down, across = grad.shape
        needs_x, needs_w, needs_b = ctx.needs_input_grad[:3]
        grad_x, grad_w = np.zeros_like(x), np.zeros((groups, o // groups, w[0].size), w.dtype)
        pulled = grad.reshape(n, groups, o // groups, down * across)
        split = w.reshape(groups, o // groups, w.shape[1], *w.shape[2:])
        with workspace().borrow((FEW, groups, w[0].size, down * across), x.dtype) as columns:
            for at in range(0, n, FEW):
                few = slice(at, at + FEW)
                if needs_w:
                    filled = fill_columns(columns, x[few], w.shape, down, across, *ctx.settings)
                    grad_w += (pulled[few] @ filled.swapaxes(2, 3)).sum(axis=0)
                if needs_x:
                    for u, v, there, here in overlaps(x.shape[2:], w.shape, down, across, *ctx.settings):
                        part = split[..., u, v].swapaxes(1, 2) @ pulled[few]
                        grad_x[few][:, :, *there] += part.reshape(len(part), -1, down, across)[:, :, *here]
        return (
            grad_x if needs_x else None,
            grad_w.reshape(w.shape) if needs_w else None,
            grad.sum(axis=(0, 2, 3)) if needs_b else None,
            *[None] * 4,
        )


def overlaps(size, w_shape, down, across, stride, padding, dilation, groups):
    """For each position in the window: pixels of the image that are read there, and at which places of the result."""
    axes = []
    for side, kernel, places, s, p, d in zip(
        size,
        w_shape[2:],
        (down, across),
        *(np.broadcast_to(each, 2).tolist() for each in (stride, padding, dilation)),
        strict=True,
    ):
        found = []
        for u in range(kernel):
            first = max(0, -(-(p - u * d) // s))
            last = min(places - 1, (side - 1 + p - u * d) // s)
            there = slice(first * s + u * d - p, last * s + u * d - p + 1, s)
            found.append((there, slice(first, last + 1)) if first <= last else (slice(0, 0), slice(0, 0)))
        axes.append(found)
    for u, (rows, tops) in enumerate(axes[0]):
        for v, (columns, lefts) in enumerate(axes[1]):
            yield u, v, (rows, columns), (tops, lefts)


def fill_columns(columns, images, w_shape, down, across, *settings):
    columns = columns[: len(images)]
    if settings[1] not in (0, (0, 0)):
        columns[...] = 0.0
    windows = columns.reshape(*images.shape[:2], *w_shape[2:], down, across)
    for u, v, there, here in overlaps(images.shape[2:], w_shape, down, across, *settings):
        windows[:, :, u, v, *here] = images[:, :, *there]
    return columns
