"""Pooling: one number for a window."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module
from ..m06_autograd import Function
from .sizes import Pair, conv2d_output_size, pair
from .unrolled import col2im, im2col


def pool_shape(x_shape: tuple[int, ...], kernel_size: Pair, stride: Pair, padding: Pair) -> tuple[int, int, int, int]:
    """The shape of a pooled batch of images, or an error that says what does not fit.

    Args:
        x_shape: (n, c, height, width).
        kernel_size, stride, padding: of the window, for both axes or (height, width).
    Returns:
        (n, c, places down, places across).
    Raises:
        ValueError: x does not have four axes (its shape is named); the padding is more than half of the kernel, so that
            a window might see nothing but padding (the message says padding, and its value); or what
            `conv2d_output_size` raises.

    >>> pool_shape((2, 3, 7, 8), 2, 2, 0)
    (2, 3, 3, 4)
    """
    # BEGIN SOLUTION
    if len(x_shape) != 4:
        raise ValueError(f"pooling takes (n, c, height, width), not shape {tuple(x_shape)}")
    sizes = []
    for size, kernel, step, edge in zip(x_shape[2:], pair(kernel_size), pair(stride), pair(padding), strict=True):
        sizes.append(conv2d_output_size(size, kernel, step, edge))
        if 2 * edge > kernel:
            raise ValueError(f"a padding of {edge} is more than half of a kernel of {kernel}")
    return (*x_shape[:2], *sizes)
    # END SOLUTION


class MaxPool(Function):
    """The largest number of each window."""

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, kernel: Any, stride: Any, padding: Any) -> np.ndarray:
        """The result, (n, c, places down, places across)."""
        # BEGIN SOLUTION
        n, channels, down, across = pool_shape(x.shape, kernel, stride, padding)
        (py, px), (height, width) = pair(padding), x.shape[2:]
        # Padding never wins, whatever the numbers are.
        padded = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)), constant_values=-np.inf)
        count = pair(kernel)[0] * pair(kernel)[1]
        windows = im2col(padded, kernel, stride).reshape(n, channels, count, down * across)
        winner = windows.argmax(axis=2)[:, :, None]  # the first, where several are equal
        ctx.chosen = np.arange(count)[:, None] == winner
        ctx.fold = (n, channels, height, width), kernel, stride, padding
        return windows.max(axis=2).reshape(n, channels, down, across)
        # END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for x, None for the others."""
        # BEGIN SOLUTION
        n, channels, down, across = grad.shape
        windows = np.where(ctx.chosen, grad.reshape(n, channels, 1, down * across), 0)
        columns = windows.reshape(n, channels * ctx.chosen.shape[2], down * across)
        return col2im(columns, *ctx.fold), None, None, None
        # END SOLUTION


class AvgPool(Function):
    """The mean of each window."""

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, kernel: Any, stride: Any, padding: Any) -> np.ndarray:
        """The result, (n, c, places down, places across)."""
        # BEGIN SOLUTION
        shape = pool_shape(x.shape, kernel, stride, padding)
        count = pair(kernel)[0] * pair(kernel)[1]
        ctx.count, ctx.fold = count, (x.shape, kernel, stride, padding)
        columns = im2col(x, kernel, stride, padding)
        return columns.reshape(*shape[:2], count, shape[2] * shape[3]).mean(axis=2).reshape(shape)
        # END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for x, None for the others."""
        # BEGIN SOLUTION
        n, channels, down, across = grad.shape
        each = (grad / ctx.count).reshape(n, channels, 1, down * across)
        columns = np.repeat(each, ctx.count, axis=2).reshape(n, channels * ctx.count, down * across)
        return col2im(columns, *ctx.fold), None, None, None
        # END SOLUTION


class Pool2d(Module):
    """What the two pooling layers share. Given."""

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0) -> None:
        """A stride that is not given is the kernel size: windows side by side."""
        super().__init__()
        self.kernel_size, self.padding = pair(kernel_size), pair(padding)
        self.stride = self.kernel_size if stride is None else pair(stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxPool2d(Pool2d):
    """The largest number of each window, in each channel of each image.

    Args:
        kernel_size, stride, padding: for both axes or (height, width); stride is kernel_size if not given. Padding never
            wins, not even over negative numbers; it is at most half of the kernel size.

    The gradient of a window goes to its largest number; where several are equally large, to the first of them, row by
    row. A number that wins in several windows gets the sum.

    >>> MaxPool2d(2)(Tensor(np.arange(16.0).reshape(1, 1, 4, 4))).data
    array([[[[ 5.,  7.],
             [13., 15.]]]])

    Source: torch.nn.MaxPool2d.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, places down, places across) from x (n, c, height, width). ValueError as `pool_shape`."""
        # BEGIN SOLUTION
        return MaxPool.apply(x, self.kernel_size, self.stride, self.padding)
        # END SOLUTION


class AvgPool2d(Pool2d):
    """The mean of each window, in each channel of each image.

    Args:
        kernel_size, stride, padding: as in `MaxPool2d`. Padding counts as zeros that are part of the mean, as in PyTorch.

    >>> AvgPool2d(2)(Tensor(np.arange(16.0).reshape(1, 1, 4, 4))).data
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])

    Source: torch.nn.AvgPool2d.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, places down, places across) from x (n, c, height, width). ValueError as `pool_shape`."""
        # BEGIN SOLUTION
        return AvgPool.apply(x, self.kernel_size, self.stride, self.padding)
        # END SOLUTION


class GlobalAvgPool(Module):
    """The mean of each channel of each image: (n, c, height, width) to (n, c), whatever the image's size.

    >>> GlobalAvgPool()(Tensor(np.arange(8.0).reshape(1, 2, 2, 2))).data
    array([[1.5, 5.5]])

    Source: Lin, Chen and Yan 2013, Network In Network; torch.nn.AdaptiveAvgPool2d(1), flattened.
    """

    def forward(self, x: Tensor) -> Tensor:
        """The means.

        Raises:
            ValueError: x does not have four axes; its shape is named.
        """
        # BEGIN SOLUTION
        if x.ndim != 4:
            raise ValueError(f"GlobalAvgPool takes (n, c, height, width), not shape {x.shape}")
        return x.mean(axis=(2, 3))
        # END SOLUTION
