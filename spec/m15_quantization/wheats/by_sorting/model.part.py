"""Recursion over children, and a watch that is put on each layer's own forward."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from ..m06_autograd import no_grad


def model_bytes(model: Module) -> int:
    seen, total = set(), 0
    for _, tensor in model.named_state():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            total += tensor.data.nbytes
    return total


def replace_modules(model: Module, kind: type[Module], make: Callable[[Any], Module]) -> Module:
    made: dict[int, tuple[Module, Module]] = {}
    seen: set[int] = set()

    def instead(old: Module) -> Module:
        if type(old) is kind:
            if id(old) not in made:
                made[id(old)] = old, make(old)
            return made[id(old)][1]
        if id(old) not in seen:
            seen.add(id(old))
            for name, value in list(vars(old).items()):
                if isinstance(value, Module):
                    setattr(old, name, instead(value))
        return old

    return instead(model)


def quantize_model(
    model: Module, batches: Iterable[Tensor], percentile: float = 100.0, per_channel: bool = True
) -> Module:
    twin = copy.deepcopy(model)
    twin.eval()
    observers = {}

    def watch(layer: Linear) -> None:
        observer = observers[id(layer)] = Observer(percentile)
        plain = type(layer).forward

        def forward(x: Tensor) -> Tensor:
            observer.observe(x.data)
            return plain(layer, x)

        layer.__dict__["forward"] = forward

    layers = {path: module for path, module in twin.named_modules() if type(module) is Linear}
    for layer in layers.values():
        watch(layer)
    with no_grad():
        for batch in batches:
            twin(batch)
    for path, layer in layers.items():
        if not observers[id(layer)].seen:
            raise ValueError(f"{path or 'Linear'} saw nothing")
    return replace_modules(
        twin, Linear, lambda layer: QuantizedLinear(layer, *observers[id(layer)].range(), per_channel)
    ).eval()
