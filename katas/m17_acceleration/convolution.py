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
        raise NotImplementedError("m17: FastConv2d.forward")

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for each argument of `forward`, None for the settings and for what needs none."""
        raise NotImplementedError("m17: FastConv2d.backward")


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
    raise NotImplementedError("m17: chunks")


def windows_of(
    x: np.ndarray, w_shape: tuple[int, ...], stride: Pair, padding: Pair, dilation: Pair, groups: int
) -> np.ndarray:
    """All windows of all images, as a view (images, c, kernel height, kernel width, places down, places across) of the padded
    images. Yours to use, to change, or to leave."""
    raise NotImplementedError("m17: windows_of")


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
    raise NotImplementedError("m17: conv2d_fast")
