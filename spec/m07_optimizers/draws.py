"""What the laws of this kata draw: parameters in groups, and options of each optimizer.

An option is one of a few numbers, its most telling value first; 0 and the default are among them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from spec.kit import seeds, shapes
from spec.kit.strategies import Dependent, Picked, depends, fill, lay_out, one_of, whole

KINDS = ("SGD", "RMSprop", "Adam", "AdamW")

LR = (0.1, 0.01, 1.0, 0.37, 0.0)
MOMENTUM = (0.9, 0.5, 0.0, 0.99, 1.0)
DECAY = (0.1, 0.0, 0.01, 0.5)
EPS = (1e-8, 0.1, 1e-3, 1.0)
BETAS = ((0.9, 0.999), (0.5, 0.9), (0.0, 0.99), (0.9, 0.3), (0.8, 0.8))
"""Never 0 for the second: where the gradient of now is nearly 0, no two machines would agree."""

OPTIONS: dict[str, dict[str, tuple]] = {
    "SGD": {"lr": LR, "momentum": MOMENTUM, "dampening": (0.0, 0.5, 0.1), "weight_decay": DECAY},
    "RMSprop": {
        "lr": LR, "alpha": (0.99, 0.9, 0.5), "eps": EPS, "weight_decay": DECAY, "momentum": (0.0, 0.9, 0.5),
        "centered": (False, True),
    },
    "Adam": {"lr": LR, "betas": BETAS, "eps": EPS, "weight_decay": DECAY},
    "AdamW": {"lr": LR, "betas": BETAS, "eps": EPS, "weight_decay": DECAY},
}  # fmt: skip
"""Values that the options of each optimizer may have."""


def options(kind: str, **fixed: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Options of an optimizer; those in `fixed` are as they are, or one of a tuple of values."""

    def pick(draw: Callable) -> dict[str, Any]:
        found = {name: draw(one_of(*choices)) for name, choices in OPTIONS[kind].items() if name not in fixed}
        for name, choices in fixed.items():
            found[name] = draw(one_of(*choices)) if isinstance(choices, tuple) and name != "betas" else choices
        return found

    return Picked(pick)


def kinds() -> st.SearchStrategy[str]:
    """One of the optimizers."""
    return one_of(*KINDS)


def options_by_kind(**fixed: Any) -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    """Options for every optimizer by its name, for laws that run over a table of them."""
    drawn = {kind: options(kind, **fixed) for kind in KINDS}
    return Picked(lambda draw: {kind: draw(strategy) for kind, strategy in drawn.items()})


def options_of(name: str, **fixed: Any) -> Dependent:
    """Options of the optimizer that the argument `name` is."""
    return Dependent(lambda drawn: options(drawn[name], **fixed))


PALETTES = ("plain", "normal", "mixed", "large", "tiny")


def parameters(draw: Callable, most: int, dtype: str, empty: bool) -> list[np.ndarray]:
    """One to `most` arrays of all shapes and in all layouts."""
    shape, palette, layout = shapes((0, 3), empty=empty), one_of(*PALETTES), one_of("C", "F")
    return [
        lay_out(fill(draw(shape), draw(seeds()), dtype, draw(palette)), draw(layout))
        for _ in range(1 + draw(whole(0, most - 1)))
    ]


def one_group(dtype: str = "float64", empty: bool = True) -> st.SearchStrategy[list[dict[str, Any]]]:
    """One group of one to three parameters, without options of its own."""
    return Picked(lambda draw: [{"params": parameters(draw, 3, dtype, empty)}])


def several_groups(most: int = 3, dtype: str = "float64") -> st.SearchStrategy[list[dict[str, Any]]]:
    """One to `most` groups; all but the first may differ in an option or two that every optimizer has."""

    def pick(draw: Callable) -> list[dict[str, Any]]:
        groups = []
        for number in range(1 + draw(whole(0, most - 1))):
            group: dict[str, Any] = {"params": parameters(draw, 2, dtype, True)}
            if number:
                for option, choices in (("lr", LR), ("weight_decay", DECAY)):
                    if draw(whole(0, 1)):
                        group[option] = draw(one_of(*choices))
            groups.append(group)
        return groups

    return Picked(pick)


def holes(groups: str, steps: int) -> Dependent:
    """[step, number] of gradients that are missing, for the parameters in the argument `groups`."""

    def pick(draw: Callable, drawn: dict[str, Any]) -> list[list[int]]:
        count = sum(len(group["params"]) for group in drawn[groups])
        wanted = draw(whole(1, 2 * steps))
        places = [[draw(whole(0, steps - 1)), draw(whole(0, count - 1))] for _ in range(wanted)]
        return [place for n, place in enumerate(places) if place not in places[:n]]

    return depends(pick)


STEPS = one_of(3, 20, 1, 2)
"""How many steps are taken; what is compared are the first three and the last."""
