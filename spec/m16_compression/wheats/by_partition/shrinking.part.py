"""From the last layer to the first would miss units that lose their inputs, so this goes round until nothing is dead."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np


def stored_bytes(model: Module) -> int:
    seen, total = set(), 0
    for _, tensor in model.named_state():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            total += tensor.size * tensor.dtype.itemsize
    return total


def dead_units(weight: np.ndarray) -> np.ndarray:
    return np.count_nonzero(weight, axis=1) == 0


def shrink_model(model: Sequential) -> Sequential:
    if not isinstance(model, Sequential):
        raise TypeError(type(model).__name__)
    items: list[Any] = []
    for item in model:
        if isinstance(item, Linear):
            item = linear_of(item.weight.data.copy(), None if item.bias is None else item.bias.data)
        items.append(copy.deepcopy(item))
    going = True
    while going:
        going = False
        last = None
        for place, item in enumerate(items):
            if isinstance(item, Linear):
                if last is not None:
                    dead = dead_units(items[last].weight.data)
                    if dead.all():
                        dead[0] = False
                    if dead.any():
                        gap = [copy.deepcopy(other) for other in items[last + 1 : place]]
                        for other in gap:
                            if isinstance(other, Module):
                                other.eval()

                        def between(x: Any, gap: list[Any] = gap) -> Any:
                            for other in gap:
                                x = other(x)
                            return x

                        items[last], items[place] = cut_units(items[last], between, item, dead)
                        going = True
                last = place
            elif isinstance(item, Module) and list(item.named_state()):
                last = None
    small = Sequential(*items)
    small.train(model.training)
    return small
