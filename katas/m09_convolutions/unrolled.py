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
    raise NotImplementedError("m09: im2col")


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
    raise NotImplementedError("m09: col2im")


class UnrolledConv2d(Function):
    """The convolution over `im2col`, with its gradients."""

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, w: np.ndarray, b: np.ndarray | None, *settings: Any) -> np.ndarray:
        """The result; `settings` are stride, padding, dilation and groups."""
        raise NotImplementedError("m09: UnrolledConv2d.forward")

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for each argument of `forward`, None for the settings and for what needs none."""
        raise NotImplementedError("m09: UnrolledConv2d.backward")


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
    raise NotImplementedError("m09: conv2d_im2col")
