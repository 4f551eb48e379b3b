"""Formulas about convolutions, on plain numbers: work them out, then see them held against layers that really run."""

from __future__ import annotations


def conv2d_macs(
    n: int, channels: int, size: int, outputs: int, kernel: int, stride: int = 1, padding: int = 0, groups: int = 1
) -> int:
    """Multiply-accumulates of a convolution of n square images: one for each time round the innermost loop.

    Args:
        n, channels, size: images, channels of each, and their height, which is their width.
        outputs, kernel, stride, padding, groups: of the convolution; kernels are square. Products with padding count, too.

    >>> conv2d_macs(128, 3, 32, outputs=32, kernel=5)
    240844800
    """
    raise NotImplementedError("m09: conv2d_macs")


def conv2d_parameters(in_channels: int, out_channels: int, kernel: int, groups: int = 1, bias: bool = True) -> int:
    """How many numbers a Conv2d learns. The image's size is not among the arguments.

    >>> conv2d_parameters(3, 32, 3)
    896
    """
    raise NotImplementedError("m09: conv2d_parameters")


def dense_parameters(channels: int, size: int, outputs: int) -> int:
    """How many numbers a Linear with bias learns that sees a whole square image at once.

    >>> dense_parameters(3, 32, outputs=32)
    98336
    """
    raise NotImplementedError("m09: dense_parameters")


def im2col_bytes(
    n: int, channels: int, size: int, kernel: int, stride: int = 1, padding: int = 0, itemsize: int = 4
) -> int:
    """Bytes of the columns that im2col makes of n square images.

    >>> im2col_bytes(128, 3, 32, kernel=5)   # of images of 1.6 MB
    30105600
    """
    raise NotImplementedError("m09: im2col_bytes")


def receptive_field(layers: list[tuple[int, int]]) -> int:
    """How many numbers of an axis of the image one number of the result depends on, far from the edges.

    Args:
        layers: (kernel, stride) of each convolution or pooling layer, the first one first.

    >>> receptive_field([(3, 1), (3, 1)]), receptive_field([(3, 1), (2, 2), (3, 1)])
    (5, 8)
    """
    raise NotImplementedError("m09: receptive_field")


def running_share(momentum: float, batches: int) -> float:
    """How much of a running average comes from batches: 0 at first, when all of it is its first value, and then nearer to 1.

    >>> running_share(0.5, 2)
    0.75
    """
    raise NotImplementedError("m09: running_share")
