"""The graph of what was computed from what, and the walk back through it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from .recording import RECORDING, Changes, as_arrays, changed_since, needs_gradient, wrap
from .rules import Rule, unbroadcast

# ------------------------------------------------------------------ recording


class Node:
    """One operation that was recorded: what its result was computed from, and how a gradient gets there. Given.

    Attributes:
        sources: one for each operand that needs a gradient: the Node that made it, or the Tensor itself if it is a
            leaf, that is, if no recorded operation made it.
        kinds: shape and dtype of each of these operands.
        pull: gradient of the result → gradients of these operands, in order; None for an operand means that it gets
            nothing. `pull` is None once the graph is freed.
        saved: the arrays that `pull` will look at.
        number: counts up. What an operation uses was made before it, and has a lower number.
        clock: how many changes in place there had been, in all memory, when it was recorded.
    """

    __slots__ = ("clock", "kinds", "number", "pull", "saved", "sources")
    counter = itertools.count()

    def __init__(
        self, operands: Sequence[Tensor], pull: Callable[[np.ndarray], Iterable[Any]], saved: Sequence[Any]
    ) -> None:
        self.sources = [t.made_by or t for t in operands]
        self.kinds = [(t.data.shape, t.data.dtype) for t in operands]
        self.pull: Callable[[np.ndarray], Iterable[Any]] | None = pull
        self.saved = saved
        self.number = next(Node.counter)
        self.clock = Changes.clock

    def release(self) -> None:
        """Forget everything, so that memory is free again."""
        self.sources, self.kinds, self.pull, self.saved = [], [], None, ()


def node_of(rule: Rule, result: Tensor, args: tuple[Any, ...], named: dict[str, Any]) -> Node | None:
    """The Node of a method that was called with `args` and `named`; None if no operand needs a gradient. Given."""
    for value in (*args, *named.values()) if named else args:
        if needs_gradient(value) or (type(value) in (list, tuple) and any(map(needs_gradient, value))):
            break
    else:
        return None
    arrays = [as_arrays(value) for value in args]
    pulls = rule(result.data, *arrays, **{name: as_arrays(value) for name, value in named.items()})
    pairs = list(zip(args, pulls, strict=False))
    if named:
        parameters = rule.__code__.co_varnames[1 : rule.__code__.co_argcount]
        pairs += [(named[name], pull) for name, pull in zip(parameters, pulls, strict=False) if name in named]
    operands: list[Tensor] = []
    chosen: list[Callable] = []
    for value, pull in pairs:
        if type(pull) is list:
            pairs += zip(value, pull, strict=True)
        elif needs_gradient(value):
            operands.append(value)
            chosen.append(pull)
    held = [cell.cell_contents for pull in chosen for cell in getattr(pull, "__closure__", None) or ()]
    return Node(operands, lambda grad: [pull(grad) for pull in chosen], held)


def recorded(method: Callable, rule: Rule) -> Callable:
    """`method`, an operation of Tensor, as an operation that is recorded.

    The operation returned computes its result by calling `method`, your own code from kata 1, and by nothing else.
    If recording is on and an operand needs a gradient, the result, when it holds floats, gets `requires_grad = True`
    and `made_by`, its Node.

    While `method` runs, nothing is recorded: `mean` may well be written with `sum` and `/`, and is still one
    operation. However it ends, even by an exception, recording is afterwards what it was.

    What `method` returns is given back as it is, if it is no Tensor (NotImplemented, for example). If it is one of
    the operands itself, the operation returns a new Tensor that shares its memory: results are never leaves.
    """

    @functools.wraps(method)
    def operation(*args: Any, **named: Any) -> Any:
        raise NotImplementedError("m06: recorded.operation")

    return operation


# ------------------------------------------------------------------ the way back


def backward_order(start: Node | Tensor) -> list[Node]:
    """The Nodes that a gradient passes on its way from `start`, a Node or a leaf, in the order in which to visit them.

    Each Node comes once, and after every Node that used its result: only then is its gradient complete.
    A leaf as `start` gives an empty list.

    Raises:
        RuntimeError: a Node on the way is freed already, or an array that it needs has changed in place (task 7).

    Cost: proportional to the number of Nodes and sources (and a sort), however many paths there are. A chain of
    50,000 Nodes is no deeper for Python's stack than one of 5.
    """
    raise NotImplementedError("m06: backward_order")


def backward(self: Tensor, gradient: Any = None, retain_graph: bool = False) -> None:
    """Add the gradient of self with respect to every leaf it was computed from to that leaf's `grad`.

    A leaf is a Tensor with requires_grad that was made and not computed. Its `grad` is None at first, then a NumPy
    array of its shape and dtype, which shares memory with nothing else. Every call adds to what is there. Only leaves
    that self depends on get one, and no Tensor on the way does.

    Args:
        gradient: of whatever comes after self, with respect to self: a Tensor, array or number of exactly self's
            shape. None stands for 1, if self has a single element. It does not change.
        retain_graph: with False, what was kept for the way back is freed, and a second pass through it is an error.
    Raises:
        RuntimeError: self does not need a gradient; the graph was freed before; or a value that is needed has been
            changed in place since. No `grad` has changed then.
        ValueError: gradient is None and self has more or fewer elements than one (its shape is named), or has
            another shape than self (both are named).

    >>> from .autograd import enable_autograd; enable_autograd()
    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4., 6.], dtype=float32)

    Source: torch.Tensor.backward.
    """
    raise NotImplementedError("m06: backward")


def detach(self: Tensor) -> Tensor:
    """A new Tensor that shares memory with self and has no history: requires_grad is False.

    >>> from .autograd import enable_autograd; enable_autograd()
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x.detach()).sum().backward()   # the second factor counts as a constant
    >>> x.grad
    array([1., 2.], dtype=float32)
    """
    raise NotImplementedError("m06: detach")


def zero_grad(self: Tensor) -> None:
    """Forget the gradient: `grad` is None again."""
    raise NotImplementedError("m06: zero_grad")
