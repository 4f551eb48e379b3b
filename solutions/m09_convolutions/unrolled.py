"""The same convolution as one matrix product: windows become columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..m01_tensor import Tensor
from ..m06_autograd import Function
from .sizes import Pair, conv2d_output_size, conv2d_shape, pair


def im2col(x: np.ndarray, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> np.ndarray:
    """Every window of the images, as a column.

    Args:
        x: (n, c, height, width).
        kernel_size, stride, padding, dilation: of the window, for both axes or (height, width).
    Returns:
        (n, c · kernel height · kernel width, places), a new array of x's dtype. A column lists a window channel by
        channel, row by row; the columns stand in the order of the places, row by row.
    Raises:
        ValueError: x does not have four axes (its shape is named), or what `conv2d_output_size` raises.

    >>> im2col(np.arange(9.0).reshape(1, 1, 3, 3), 2)
    array([[[0., 1., 3., 4.],
            [1., 2., 4., 5.],
            [3., 4., 6., 7.],
            [4., 5., 7., 8.]]])

    Cost: copies each number up to kernel height · kernel width times; no loop over places.
    Source: torch.nn.functional.unfold; Chellapilla, Puri and Simard 2006.
    """
    # BEGIN SOLUTION
    if x.ndim != 4:
        raise ValueError(f"im2col takes (n, c, height, width), not shape {x.shape}")
    (kh, kw), (sy, sx), (py, px), (dy, dx) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    n, channels, height, width = x.shape
    down, across = conv2d_output_size(height, kh, sy, py, dy), conv2d_output_size(width, kw, sx, px, dx)
    padded = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)))
    windows = sliding_window_view(padded, (dy * (kh - 1) + 1, dx * (kw - 1) + 1), axis=(2, 3))
    windows = windows[:, :, ::sy, ::sx, ::dy, ::dx]  # (n, c, down, across, kh, kw), still a view
    columns = np.empty((n, channels, kh, kw, down, across), x.dtype)
    columns[...] = windows.transpose(0, 1, 4, 5, 2, 3)
    return columns.reshape(n, channels * kh * kw, down * across)
    # END SOLUTION


def col2im(
    columns: np.ndarray,
    shape: tuple[int, int, int, int],
    kernel_size: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> np.ndarray:
    """The way back from `im2col`: each number of the columns is added where im2col would have read it.

    Not the inverse: a pixel that many windows see gets the sum of what all of them hold; one that none sees is 0.

    Args:
        columns: (n, c · kernel height · kernel width, places), as from `im2col`.
        shape: of the images, (n, c, height, width).
    Returns:
        Array of `shape`, in the dtype of columns.

    >>> col2im(np.ones((1, 4, 4)), (1, 1, 3, 3), 2)
    array([[[[1., 2., 1.],
             [2., 4., 2.],
             [1., 2., 1.]]]])

    Cost: an addition for each number; no loop over places.
    Source: torch.nn.functional.fold.
    """
    # BEGIN SOLUTION
    (kh, kw), (sy, sx), (py, px), (dy, dx) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    n, channels, height, width = shape
    down, across = conv2d_output_size(height, kh, sy, py, dy), conv2d_output_size(width, kw, sx, px, dx)
    windows = columns.reshape(n, channels, kh, kw, down, across)
    padded = np.zeros((n, channels, height + 2 * py, width + 2 * px), columns.dtype)
    for u in range(kh):
        for v in range(kw):
            rows = slice(u * dy, u * dy + sy * (down - 1) + 1, sy)
            across_ = slice(v * dx, v * dx + sx * (across - 1) + 1, sx)
            padded[:, :, rows, across_] += windows[:, :, u, v]
    return padded[:, :, py : py + height, px : px + width]
    # END SOLUTION


class UnrolledConv2d(Function):
    """The convolution over `im2col`, with its gradients."""

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, w: np.ndarray, b: np.ndarray | None, *settings: Any) -> np.ndarray:
        """The result; `settings` are stride, padding, dilation and groups."""
        # BEGIN SOLUTION
        stride, padding, dilation, groups = settings
        shape = conv2d_shape(x.shape, w.shape, None if b is None else b.shape, *settings)
        ctx.save_for_backward(x, w)  # not the columns: they are many times larger, and quickly made again
        ctx.settings = settings
        n, o, down, across = shape
        columns = im2col(x, w.shape[2:], stride, padding, dilation)
        columns = columns.reshape(n, groups, math.prod(w.shape[1:]), down * across)
        y = (w.reshape(groups, o // groups, -1) @ columns).reshape(shape)
        return y if b is None else y + b.reshape(-1, 1, 1)
        # END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for each argument of `forward`, None for the settings and for what needs none."""
        # BEGIN SOLUTION
        x, w = ctx.saved_tensors
        stride, padding, dilation, groups = ctx.settings
        n, o, down, across = grad.shape
        needs_x, needs_w, needs_b = ctx.needs_input_grad[:3]
        rows = grad.reshape(n, groups, o // groups, down * across)
        grad_x = grad_w = grad_b = None
        if needs_x:
            columns = w.reshape(groups, o // groups, -1).swapaxes(1, 2) @ rows
            columns = columns.reshape(n, groups * math.prod(w.shape[1:]), down * across)
            grad_x = col2im(columns, x.shape, w.shape[2:], stride, padding, dilation)
        if needs_w:
            columns = im2col(x, w.shape[2:], stride, padding, dilation)
            columns = columns.reshape(n, groups, math.prod(w.shape[1:]), down * across)
            grad_w = (rows @ columns.swapaxes(2, 3)).sum(axis=0).reshape(w.shape)
        if needs_b:
            grad_b = grad.sum(axis=(0, 2, 3))
        return grad_x, grad_w, grad_b, None, None, None, None
        # END SOLUTION


def conv2d_im2col(
    x: Tensor,
    w: Tensor,
    b: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """The convolution of Tensors as matrix products, with gradients for x, w and b: the same as `conv2d_explicit`, sooner.

    Args, shapes and errors are those of `conv2d_explicit`.

    >>> y = conv2d_im2col(Tensor(np.ones((2, 3, 5, 5))), Tensor(np.ones((4, 3, 3, 3))), padding=1)
    >>> y.shape, y.data.min(), y.data.max()
    ((2, 4, 5, 5), np.float64(12.0), np.float64(27.0))

    Cost: as many multiply-accumulates as `conv2d_explicit`, in one product for each image and group.
    """
    # BEGIN SOLUTION
    return UnrolledConv2d.apply(x, w, b, stride, padding, dilation, groups)
    # END SOLUTION
