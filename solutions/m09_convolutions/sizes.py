"""How large the result is, and what does not fit."""

from __future__ import annotations

Pair = int | tuple[int, int]
"""A number for height and width alike, or one for each: (height, width)."""


def pair(value: Pair) -> tuple[int, int]:
    """(height, width). Given.

    >>> pair(3), pair((1, 2))
    ((3, 3), (1, 2))
    """
    height, width = value if isinstance(value, tuple | list) else (value, value)
    return int(height), int(width)


def conv2d_output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """At how many places a window fits, along one axis.

    The axis has `size` numbers, and `padding` more at each end. The window looks at `kernel` of them, the next one
    `dilation` further each time. It starts at the first number and moves by `stride` as long as all it looks at is there.

    Raises:
        ValueError: kernel, stride or dilation is less than 1, or padding less than 0: the message says which, and its
            value. Or the window does not fit at all: the message says how long the padded axis is, and how many numbers
            the window spans.

    >>> conv2d_output_size(32, 5), conv2d_output_size(32, 5, padding=2), conv2d_output_size(8, 3, stride=2)
    (28, 32, 3)
    """
    # BEGIN SOLUTION
    for name, value, least in (
        ("kernel", kernel, 1), ("stride", stride, 1), ("dilation", dilation, 1), ("padding", padding, 0)
    ):  # fmt: skip
        if value < least:
            raise ValueError(f"{name} must be {least} or more, not {value}")
    padded, span = size + 2 * padding, dilation * (kernel - 1) + 1
    if span > padded:
        raise ValueError(f"a window that spans {span} does not fit into {padded} (with padding)")
    return (padded - span) // stride + 1
    # END SOLUTION


def conv2d_shape(
    x_shape: tuple[int, ...],
    w_shape: tuple[int, ...],
    b_shape: tuple[int, ...] | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> tuple[int, int, int, int]:
    """The shape of a convolution's result, or an error that says what does not fit.

    Args:
        x_shape: (n, c, height, width); n may be 0.
        w_shape: (o, c / groups, kernel height, kernel width).
        b_shape: (o,), or None for no bias.
        stride, padding, dilation: as in `conv2d_output_size`, for both axes or (height, width).
        groups: into how many groups the c channels and the o results are cut; a result sees its own group only.
    Returns:
        (n, o, places down, places across).
    Raises:
        ValueError: in this order: x or w does not have four axes (the shape is named); groups is less than 1 or does not
            divide c and o (the message says groups, its value and the number); w is not made for c / groups channels
            (both shapes are named); the bias is not (o,) (its shape is named); or what `conv2d_output_size` raises.

    >>> conv2d_shape((128, 3, 32, 32), (32, 3, 5, 5))
    (128, 32, 28, 28)
    """
    # BEGIN SOLUTION
    x_shape, w_shape = tuple(x_shape), tuple(w_shape)
    if len(x_shape) != 4 or len(w_shape) != 4:
        raise ValueError(f"a convolution takes four axes, not x of shape {x_shape} and a weight of shape {w_shape}")
    channels, outputs = x_shape[1], w_shape[0]
    for number, what in ((channels, "channels"), (outputs, "results")):
        if groups < 1 or number % groups:
            raise ValueError(f"groups={groups} does not divide {number} {what}")
    if w_shape[1] * groups != channels:
        raise ValueError(f"x of shape {x_shape} does not fit a weight of shape {w_shape} with groups={groups}")
    if b_shape is not None and tuple(b_shape) != (outputs,):
        raise ValueError(f"a bias of shape {tuple(b_shape)} does not fit a weight of shape {w_shape}")
    settings = zip(x_shape[2:], w_shape[2:], pair(stride), pair(padding), pair(dilation), strict=True)
    down, across = (conv2d_output_size(*axis) for axis in settings)
    return x_shape[0], outputs, down, across
    # END SOLUTION
