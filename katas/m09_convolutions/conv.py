"""The layer, on a kernel that can be exchanged."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module, Parameter
from .explicit import conv2d_explicit
from .sizes import Pair, pair

Rng = np.random.Generator | int | None


class Conv2d(Module):
    """A convolution with weights of its own.

    Args:
        in_channels, out_channels: channels of the input, and of the result.
        kernel_size, stride, padding, dilation: for both axes, or (height, width).
        groups: into how many groups the channels are cut.
        bias: with False there is none, and the attribute `bias` is None.
        rng: a numpy.random.Generator, a seed, or None.

    Attributes:
        weight: Parameter (out_channels, in_channels / groups, kernel height, kernel width), float32, registered first.
        bias: Parameter (out_channels,), float32, or None.
        stride, padding, dilation: pairs; groups: a number.
        kernel: what computes the layer, called as kernel(x, weight, bias, stride, padding, dilation, groups). It is looked
            up at every call: `Conv2d.kernel = conv2d_im2col` changes all layers at once, those that are there already,
            too; `layer.kernel = …` changes one. Any function of Tensors that keeps their gradients will do.

    First values of weight and bias are uniform between -1/√fan_in and 1/√fan_in; fan_in is how many numbers one window
    holds: in_channels / groups · kernel height · kernel width.

    Raises:
        ValueError: groups is less than 1 or does not divide in_channels and out_channels; the message says groups, and its value.

    >>> Conv2d(3, 8, 3, padding=1, rng=0)(Tensor(np.zeros((2, 3, 5, 5), "float32"))).shape
    (2, 8, 5, 5)

    Source: torch.nn.Conv2d.
    """

    kernel: ClassVar[Callable[..., Tensor]] = staticmethod(conv2d_explicit)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        rng: Rng = None,
    ) -> None:
        """See the class."""
        raise NotImplementedError("m09: Conv2d.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """The convolution of x (n, in_channels, height, width), by the kernel. ValueError as `conv2d_shape`."""
        raise NotImplementedError("m09: Conv2d.forward")

    def extra_repr(self) -> str:
        return f"weight={self.weight.shape}, stride={self.stride}, padding={self.padding}, groups={self.groups}"
