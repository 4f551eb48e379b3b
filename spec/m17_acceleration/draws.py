"""What the laws of this kata draw: walks through memory, steps of a pool, layers with their activation."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit import seeds
from spec.kit.strategies import Picked, fill, lay_out, one_of, whole


def walks() -> Any:
    """A dict with lines, line_words and addresses: few places that come back often."""

    def pick(draw: Callable) -> dict[str, Any]:
        lines, words = draw(one_of(2, 1, 3, 4, 8)), draw(one_of(1, 2, 4, 3))
        how, count = draw(one_of("random", "back and forth", "round", "near")), draw(one_of(5, 7, 12, 40, 25, 1, 0))
        rng = np.random.default_rng(draw(seeds()))
        span = 2 * lines * words + 3
        addresses = {
            "random": rng.integers(0, span, count),
            "back and forth": np.abs(np.arange(count) % (2 * span) - span),
            "round": np.arange(count) % ((lines + 1) * words),
            "near": np.abs(np.cumsum(rng.integers(-words, words + 1, count))),
        }[how]
        return {"lines": lines, "line_words": words, "addresses": [int(address) for address in addresses]}

    return Picked(pick)


KINDS = (
    ((2, 3), "float32"), ((3,), "float64"), ((6,), "int32"), ((4,), "float32"), ((2,), "float64"), ((), "float64"),
    ((0, 2), "float32"), ((24,), "uint8"), ((2, 2, 2), "float32"),
)  # fmt: skip
"""Shapes and dtypes of 24, 24, 24, 16, 16, 8, 0, 24 and 32 bytes."""


def pools() -> Any:
    """A dict with cap_bytes and steps: (take, shape, dtype), (give, which of the live ones) and, seldom, (clear,)."""

    def pick(draw: Callable) -> dict[str, Any]:
        cap, count = draw(one_of(None, 50, None, 0, 24)), draw(one_of(8, 3, 14, 20))
        rng = np.random.default_rng(draw(seeds()))
        steps: list[tuple] = []
        live = 0
        for _ in range(count):
            chance = rng.random()
            if chance > 0.95:
                steps.append(("clear",))
            elif live and chance < 0.5:
                steps.append(("give", int(rng.integers(live))))
                live -= 1
            else:
                steps.append(("take", *KINDS[int(rng.integers(len(KINDS)))]))
                live += 1
        return {"cap_bytes": cap, "steps": steps}

    return Picked(pick)


def products() -> Any:
    """A dict with a, b and block: sides that a block divides and that it does not."""

    def pick(draw: Callable) -> dict[str, Any]:
        block, side = draw(one_of(2, 3, 1, 4, 100)), one_of(3, 2, 4, 1, 5, 6, 7, 9)
        m, n, k = draw(side), draw(side), draw(side)
        if draw(whole(0, 5)) == 5:
            m, n, k = ((0, n, k), (m, 0, k), (m, n, 0))[draw(whole(0, 2))]
        dtypes = draw(
            one_of(("float64", "float64"), ("float32", "float32"), ("float32", "float64"), ("int64", "int64"))
        )
        palette, layout = draw(one_of("normal", "plain", "mixed")), one_of("C", "F", "gapped", "flipped")
        seed = draw(seeds())
        a = lay_out(fill((m, k), seed, dtypes[0], palette), draw(layout))
        b = lay_out(fill((k, n), seed and seed + 1, dtypes[1], palette), draw(layout))
        return {"a": a, "b": b, "block": block}

    return Picked(pick)


def gelus(dtypes: tuple[str, ...] = ("float64", "float32")) -> Any:
    """A dict with x, w, b (or None) and grad, for linear_gelu."""

    def pick(draw: Callable) -> dict[str, Any]:
        lead = draw(one_of((2,), (), (2, 3), (0,), (4, 1), (2, 0)))
        inputs, outputs = draw(one_of(3, 1, 4)), draw(one_of(2, 1, 5))
        bias, dtype = draw(one_of(True, True, False)), draw(one_of(*dtypes))
        palette, layout = draw(one_of("normal", "mixed", "plain", "tiny", "large")), draw(one_of("C", "F", "gapped"))
        seed = draw(seeds())
        small = "normal" if palette == "large" else palette  # the product itself is then in the thousands
        x = lay_out(fill((*lead, inputs), seed, dtype, palette), layout)
        w = lay_out(fill((outputs, inputs), seed and seed + 1, dtype, small), layout)
        b = fill((outputs,), seed and seed + 2, dtype, palette) if bias else None
        return {"x": x, "w": w, "b": b, "grad": fill((*lead, outputs), seed + 3, dtype, "normal")}

    return Picked(pick)
