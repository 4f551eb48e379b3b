"""An honest alternative: results know their operands, rules run on the way back, and visitors are counted (Kahn 1962)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from .recording import RECORDING, Changes, as_arrays, changed_since, needs_gradient, wrap
from .rules import Rule, unbroadcast


class Node:
    """What a result was computed from. `pull` gives the gradients of `operands`, in order."""

    def __init__(self, operands: list[Tensor], pull: Callable, saved: Any) -> None:
        self.operands, self.pull, self.saved, self.clock = list(operands), pull, list(saved), Changes.clock


def pairs_of(rule: Rule, pulls: tuple, args: tuple, named: dict[str, Any]) -> list[tuple[Tensor, Callable]]:
    names = rule.__code__.co_varnames[1 : rule.__code__.co_argcount]
    by_place = dict(enumerate(args)) | {names.index(name): value for name, value in named.items() if name in names}
    found = []
    for place, pull in enumerate(pulls):
        value = by_place.get(place)
        found += list(zip(value, pull, strict=True)) if isinstance(pull, list) else [(value, pull)]
    return [(value, pull) for value, pull in found if needs_gradient(value)]


def tensors_in(values: Any) -> list[Tensor]:
    found = []
    for value in values:
        found += tensors_in(value) if isinstance(value, list | tuple) else [value] if needs_gradient(value) else []
    return found


def recorded(method: Callable, rule: Rule) -> Callable:
    @functools.wraps(method)
    def operation(*args: Any, **named: Any) -> Any:
        before = RECORDING.on
        RECORDING.on = False
        try:
            result = method(*args, **named)
        finally:
            RECORDING.on = before
        operands = tensors_in((*args, *named.values())) if before and isinstance(result, Tensor) else []
        if not operands or result.data.dtype.kind != "f":
            return result
        if any(result is operand for operand in operands):
            result = wrap(result.data)
        out, arrays = result.data, as_arrays(args)
        named_arrays = {name: as_arrays(value) for name, value in named.items()}

        # Which values a rule looks at is found out by running it once; on the way back it runs again.
        looked_at = []
        for _, pull in pairs_of(rule, rule(out, *arrays, **named_arrays), args, named):
            looked_at += [cell.cell_contents for cell in pull.__closure__ or ()]

        def pull(grad: np.ndarray) -> list[np.ndarray]:
            return [back(grad) for _, back in pairs_of(rule, rule(out, *arrays, **named_arrays), args, named)]

        ordered = [value for value, _ in pairs_of(rule, rule(out, *arrays, **named_arrays), args, named)]
        result.requires_grad = True
        result.made_by = Node(ordered, pull, looked_at)
        return result

    return operation


def uses_of(start: Tensor) -> dict[int, int]:
    """How often each Tensor is an operand, over the graph below `start`."""
    uses, waiting, seen = {id(start): 0}, [start], {id(start)}
    while waiting:
        node = waiting.pop().made_by
        if node is None:
            continue
        if node.pull is None:
            raise RuntimeError("this graph was walked and freed: say retain_graph=True the first time")
        if changed_since(node.clock, node.saved):
            raise RuntimeError("a value that backward needs was changed in place")
        for operand in node.operands:
            uses[id(operand)] = uses.get(id(operand), 0) + 1
            if id(operand) not in seen:
                seen.add(id(operand))
                waiting.append(operand)
    return uses


def backward(self: Tensor, gradient: Any = None, retain_graph: bool = False) -> None:
    if not needs_gradient(self):
        raise RuntimeError("nothing here needs a gradient")
    if gradient is None and self.data.size != 1:
        raise ValueError(f"a result of shape {self.shape} needs a gradient to start with")
    gradient = np.ones(self.shape) if gradient is None else as_arrays(gradient)
    if np.shape(gradient) != self.shape:
        raise ValueError(f"the gradient has shape {np.shape(gradient)}, the Tensor {self.shape}")
    uses = uses_of(self)
    totals = {id(self): np.array(gradient, self.dtype)}
    ready = [self]
    with np.errstate(all="ignore"):
        while ready:
            tensor = ready.pop()
            total, node = totals.pop(id(tensor), None), tensor.made_by
            if node is None:
                if total is not None:
                    tensor.grad = total if tensor.grad is None else np.array(tensor.grad + total, tensor.dtype)
                continue
            parts = [None] * len(node.operands) if total is None else list(node.pull(total))
            for operand, part in zip(node.operands, parts, strict=True):
                if part is not None:
                    part = np.array(unbroadcast(np.asarray(part), operand.shape), operand.dtype)
                    if id(operand) in totals:
                        totals[id(operand)] += part
                    else:
                        totals[id(operand)] = part
                uses[id(operand)] -= 1
                if uses[id(operand)] == 0:
                    ready.append(operand)
            if not retain_graph:
                node.operands, node.pull, node.saved = [], None, []


def detach(self: Tensor) -> Tensor:
    return wrap(self.data)


def zero_grad(self: Tensor) -> None:
    self.grad = None
