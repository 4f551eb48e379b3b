"""What a model has and does, counted: parameters, and floating-point operations (FLOPs)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from ..m01_tensor import Tensor
from ..m03_layers import Module
from ..m09_convolutions import Conv2d

Shape = tuple[int, ...]


def count_parameters(model: Module) -> int:
    """How many numbers a model's Parameters hold: one that has several names counts once, buffers do not count.

    >>> from ..m03_layers import Linear
    >>> count_parameters(Linear(3, 2))
    8
    """
    raise NotImplementedError("m14: count_parameters")


def product_flops(a_shape: Shape, b_shape: Shape) -> int:
    """Operations of a @ b: a multiplication and an addition are two.

    Shapes are those of NumPy's matmul: one axis or more, leading axes broadcast. Any side may be 0.
    They go together; nothing else is asked for.

    >>> product_flops((2, 3), (3, 4)), product_flops((5, 1, 2, 3), (6, 3, 4)), product_flops((3,), (3,))
    (48, 1440, 6)
    """
    raise NotImplementedError("m14: product_flops")


def _broadcast(a: Shape, b: Shape) -> Shape:
    """The shape that two broadcast to. Given."""
    longest = max(len(a), len(b))
    pairs = zip((1,) * (longest - len(a)) + tuple(a), (1,) * (longest - len(b)) + tuple(b), strict=True)
    return tuple(y if x == 1 else x for x, y in pairs)


def conv2d_flops(weight_shape: Shape, out_shape: Shape) -> int:
    """Operations of a convolution without its bias: a multiplication and an addition are two.

    Args:
        weight_shape: (out_channels, in_channels / groups, kernel height, kernel width).
        out_shape: (n, out_channels, out height, out width), of the result. n may be 0.

    Zeros of the padding are multiplied like other numbers. Stride, dilation and groups have left their mark on the shapes.

    >>> conv2d_flops((8, 3, 5, 5), (1, 8, 28, 28))
    940800
    """
    raise NotImplementedError("m14: conv2d_flops")


class FlopCounter:
    """Counts the operations of all matrix products and convolutions that run inside a `with` block.

    What counts:
        every product of Tensors: `@` in either direction, `matmul`, `matmul_explicit`, wherever it is called, as
            `product_flops`; one product counts once, also where one of these methods calls another.
        every call of a Conv2d (and of subclasses that leave forward to it) as `conv2d_flops`, whatever its kernel is:
            products inside are part of it, and do not count again.
    All else is 0: additions of biases, activations, softmax, norms, pooling, loss functions, lookups in tables; backward passes;
    products of plain arrays; products and convolutions that raise.

    When the block is left, also by an exception, Tensor and all classes of layers are as they were before, and what runs
    afterwards does not count. A counter can be used again: it goes on counting. Several can be nested: each counts
    what runs inside its own block.

    Attributes:
        counts: {"matmul": operations, "conv2d": operations}; 0 at the beginning.
        total: their sum, at any time.

    >>> with FlopCounter() as counter:
    ...     y = Tensor([[1.0, 2.0, 3.0]]) @ Tensor([[1.0], [2.0], [3.0]])
    >>> counter.counts, counter.total
    ({'matmul': 6, 'conv2d': 0}, 6)

    Source: torch.utils.flop_counter.FlopCounterMode.
    """

    counts: dict[str, int]

    def __init__(self) -> None:
        """See the class."""
        raise NotImplementedError("m14: FlopCounter.__init__")

    @property
    def total(self) -> int:
        """The sum of `counts`. Given."""
        return sum(self.counts.values())

    def __enter__(self) -> FlopCounter:
        """Begin to count. Returns the counter itself."""
        raise NotImplementedError("m14: FlopCounter.__enter__")

    def __exit__(self, *error: Any) -> None:
        """Stop counting, and put everything back. An exception goes on to the caller."""
        raise NotImplementedError("m14: FlopCounter.__exit__")

    def _listen(self, owner: type, name: str, kind: str, flops: Callable[[Any, Any], int]) -> None:
        """Add flops(result, self) to counts[kind] with every call of the method `owner.name`."""
        raise NotImplementedError("m14: FlopCounter._listen")


def count_flops(model: Callable[..., Any], *args: Any) -> int:
    """Operations of the matrix products and convolutions in model(*args), which runs once.

    Args:
        model: a Module, or any other callable.
        args: what it is called with.
    Returns:
        The total of a FlopCounter. What PyTorch's FlopCounterMode counts for the same model, but for a product whose right side
        has one axis: matrix @ vector and vector @ vector, which that does not see.

    >>> from ..m03_layers import Linear
    >>> count_flops(Linear(3, 2), Tensor([[1.0, 2.0, 3.0]]))
    12
    """
    raise NotImplementedError("m14: count_flops")
