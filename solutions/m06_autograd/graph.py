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
        # BEGIN SOLUTION
        if not RECORDING.on:
            return method(*args, **named)
        RECORDING.on = False
        try:
            result = method(*args, **named)
        finally:
            RECORDING.on = True
        if not isinstance(result, Tensor) or result.data.dtype.kind != "f":
            return result
        node = node_of(rule, result, args, named)
        if node is None:
            return result
        if any(result is value for value in (*args, *named.values())):
            result = wrap(result.data)
        result.requires_grad, result.made_by = True, node
        return result
        # END SOLUTION

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
    # BEGIN SOLUTION
    found = {start} if isinstance(start, Node) else set()
    waiting = list(found)
    while waiting:
        node = waiting.pop()
        if node.pull is None:
            raise RuntimeError(
                "backward a second time: the graph was freed after the first. Say backward(retain_graph=True) "
                "the first time to keep it, or compute the result anew"
            )
        if changed_since(node.clock, node.saved):
            raise RuntimeError(
                "a value that backward needs has been changed in place since it was used "
                "(add_, mul_, copy_, zero_ or an assignment t[...] = …): change a copy, or change it after backward"
            )
        for source in node.sources:
            if isinstance(source, Node) and source not in found:
                found.add(source)
                waiting.append(source)
    # A result is newer than what it was computed from, so newest first is an order that is always possible.
    return sorted(found, key=lambda node: node.number, reverse=True)
    # END SOLUTION


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
    # BEGIN SOLUTION
    if not needs_gradient(self):
        raise RuntimeError(
            "backward of a Tensor that needs no gradient: nothing that it was computed from has requires_grad=True, "
            "or it was computed under no_grad()"
        )
    if gradient is None:
        if self.data.size != 1:
            raise ValueError(f"backward of a Tensor of shape {self.data.shape} needs the gradient of what comes after")
        gradient = np.ones(self.data.shape)
    seed = np.asarray(as_arrays(gradient), dtype=self.data.dtype)
    if seed.shape != self.data.shape:
        raise ValueError(f"a gradient of shape {seed.shape} for a Tensor of shape {self.data.shape}")

    start = self.made_by or self
    order = backward_order(start)[::-1]
    gradients: dict[Node | Tensor, np.ndarray] = {start: seed}
    with np.errstate(all="ignore"):  # 1/0 is inf, as it is forwards
        while order:
            node = order.pop()
            grad = gradients.pop(node, None)  # None where all that used the result were due nothing
            parts = () if grad is None else zip(node.sources, node.kinds, node.pull(grad), strict=True)
            for source, (shape, dtype), part in parts:
                if part is None:
                    continue
                part = unbroadcast(np.asarray(part), shape)
                part = part if part.dtype == dtype else part.astype(dtype)
                # Never +=: the array may be the gradient of another operand as well, or a view of it.
                gradients[source] = np.asarray(gradients[source] + part) if source in gradients else part
            if not retain_graph:
                node.release()
    for leaf, grad in gradients.items():
        leaf.grad = np.array(grad, order="C") if leaf.grad is None else np.asarray(leaf.grad + grad)
    # END SOLUTION


def detach(self: Tensor) -> Tensor:
    """A new Tensor that shares memory with self and has no history: requires_grad is False.

    >>> from .autograd import enable_autograd; enable_autograd()
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x.detach()).sum().backward()   # the second factor counts as a constant
    >>> x.grad
    array([1., 2.], dtype=float32)
    """
    # BEGIN SOLUTION
    return wrap(self.data)
    # END SOLUTION


def zero_grad(self: Tensor) -> None:
    """Forget the gradient: `grad` is None again."""
    # BEGIN SOLUTION
    self.grad = None
    # END SOLUTION
