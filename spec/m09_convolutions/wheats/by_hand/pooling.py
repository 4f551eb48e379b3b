"""Pooling: one number for a window."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module
from ..m06_autograd import Function
from .sizes import Pair, conv2d_output_size, pair


def pool_shape(x_shape: tuple[int, ...], kernel_size: Pair, stride: Pair, padding: Pair) -> tuple[int, int, int, int]:
    """The shape of a pooled batch of images, or an error that says what does not fit.

    Args:
        x_shape: (n, c, height, width).
        kernel_size, stride, padding: of the window, for both axes or (height, width).
    Returns:
        (n, c, places down, places across).
    Raises:
        ValueError: x does not have four axes (its shape is named); the padding is more than half of the kernel, so
            that a window might see nothing but padding (it is named); or what `conv2d_output_size` raises.

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
        # END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for x, None for the others."""
        # BEGIN SOLUTION
        winner, whole, size, (kh, kw), (sy, sx), (py, px) = ctx.all
        padded = np.zeros(whole, grad.dtype)
        for u in range(kh):
            for v in range(kw):
                down, across = grad.shape[2:]
                part = padded[:, :, u : u + sy * (down - 1) + 1 : sy, v : v + sx * (across - 1) + 1 : sx]
                part += grad * (winner == u * kw + v)
        return padded[:, :, py : py + size[2], px : px + size[3]], None, None, None
        # END SOLUTION


class AvgPool(Function):
    """The mean of each window."""

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, kernel: Any, stride: Any, padding: Any) -> np.ndarray:
        """The result, (n, c, places down, places across)."""
        # BEGIN SOLUTION
        shape = pool_shape(x.shape, kernel, stride, padding)
        (kh, kw), (sy, sx), (py, px) = pair(kernel), pair(stride), pair(padding)
        padded = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)))
        total = np.zeros(shape, x.dtype)
        for u in range(kh):
            for v in range(kw):
                total += padded[:, :, u : u + sy * (shape[2] - 1) + 1 : sy, v : v + sx * (shape[3] - 1) + 1 : sx]
        ctx.all = padded.shape, x.shape, (kh, kw), (sy, sx), (py, px)
        return total / (kh * kw)
        # END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for x, None for the others."""
        # BEGIN SOLUTION
        whole, size, (kh, kw), (sy, sx), (py, px) = ctx.all
        padded = np.zeros(whole, grad.dtype)
        down, across = grad.shape[2:]
        for u in range(kh):
            for v in range(kw):
                padded[:, :, u : u + sy * (down - 1) + 1 : sy, v : v + sx * (across - 1) + 1 : sx] += grad
        return padded[:, :, py : py + size[2], px : px + size[3]] / (kh * kw), None, None, None
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
            raise ValueError(f"not (n, c, height, width): {x.shape}")
        n, channels, height, width = x.shape
        return x.sum(3).sum(2) / (height * width)
        # END SOLUTION
