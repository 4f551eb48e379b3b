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
    # BEGIN SOLUTION
    return sum(parameter.size for parameter in model.parameters())
    # END SOLUTION


def product_flops(a_shape: Shape, b_shape: Shape) -> int:
    """Operations of a @ b: a multiplication and an addition are two.

    Shapes are those of NumPy's matmul: one axis or more, leading axes broadcast. Any side may be 0.
    They go together; nothing else is asked for.

    >>> product_flops((2, 3), (3, 4)), product_flops((5, 1, 2, 3), (6, 3, 4)), product_flops((3,), (3,))
    (48, 1440, 6)
    """
    # BEGIN SOLUTION
    rows, columns = a_shape[-2:-1], b_shape[-1:] if len(b_shape) > 1 else ()
    batch = _broadcast(a_shape[:-2], b_shape[:-2])
    return 2 * math.prod(batch) * math.prod(rows) * a_shape[-1] * math.prod(columns)
    # END SOLUTION


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
    # BEGIN SOLUTION
    return 2 * math.prod(out_shape) * math.prod(weight_shape[1:])
    # END SOLUTION


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
        # BEGIN SOLUTION
        self.counts = {"matmul": 0, "conv2d": 0}
        self._listening = False  # to what is called inside something that counts as a whole
        self._restore: list[tuple[type, str, Any]] = []
        # END SOLUTION

    @property
    def total(self) -> int:
        """The sum of `counts`. Given."""
        return sum(self.counts.values())

    def __enter__(self) -> FlopCounter:
        """Begin to count. Returns the counter itself."""
        # BEGIN SOLUTION

        # Each number of a product takes as many of both as the inner side is long.
        def product(out: Any, a: Any) -> int:
            return 2 * out.size * a.shape[-1]

        def reflected(out: Any, b: Any) -> int:
            return 2 * out.size * (b.shape[0] if b.ndim == 1 else b.shape[-2])

        def convolution(out: Any, layer: Any) -> int:
            return conv2d_flops(layer.weight.shape, out.shape)

        for name in ("matmul", "__matmul__", "matmul_explicit"):
            self._listen(Tensor, name, "matmul", product)
        self._listen(Tensor, "__rmatmul__", "matmul", reflected)
        self._listen(Conv2d, "forward", "conv2d", convolution)
        self._listening = True
        return self
        # END SOLUTION

    def __exit__(self, *error: Any) -> None:
        """Stop counting, and put everything back. An exception goes on to the caller."""
        # BEGIN SOLUTION
        self._listening = False
        while self._restore:
            owner, name, method = self._restore.pop()
            if method is None:
                delattr(owner, name)
            else:
                setattr(owner, name, method)
        # END SOLUTION

    def _listen(self, owner: type, name: str, kind: str, flops: Callable[[Any, Any], int]) -> None:
        """Add flops(result, self) to counts[kind] with every call of the method `owner.name`."""
        # BEGIN SOLUTION
        method = getattr(owner, name)
        self._restore.append((owner, name, vars(owner).get(name)))

        @functools.wraps(method)
        def counted(this: Any, *args: Any, **named: Any) -> Any:
            if not self._listening:
                return method(this, *args, **named)
            self._listening = False
            try:
                out = method(this, *args, **named)
            finally:
                self._listening = True
            if out is not NotImplemented:
                self.counts[kind] += flops(out, this)
            return out

        setattr(owner, name, counted)
        # END SOLUTION


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
    # BEGIN SOLUTION
    with FlopCounter() as counter:
        model(*args)
    return counter.total
    # END SOLUTION
