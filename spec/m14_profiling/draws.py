"""What the laws of this kata draw: costs of calls, models with what goes in, and models whose parts take known time."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit.strategies import Picked, fill, one_of, whole

UNIT = 1.0 / 1024
"""Seconds are whole multiples of this: floats add them up without rounding, in any order."""


def samples() -> Any:
    """One to eight samples; some are far away from the others."""

    def pick(draw: Callable) -> list[float]:
        count, seed = draw(one_of(4, 1, 2, 3, 5, 6, 7, 8)), draw(whole(0, 999))
        rng = np.random.default_rng(seed)
        found = rng.integers(1, 9, count) * UNIT if seed % 3 == 0 else rng.uniform(0.5, 2.0, count)
        found[rng.random(count) < 0.2] *= 1000.0
        return [float(sample) for sample in found]

    return Picked(pick)


def measurements() -> Any:
    """A dict of settings for time_fn, what each call costs, and what reading the clock costs. First calls are slow."""

    def pick(draw: Callable) -> dict[str, Any]:
        settings = {}
        warmup, repeat, number = (
            draw(one_of(None, 0, 2, 1, 3)),
            draw(one_of(None, 1, 4, 2, 3)),
            draw(one_of(None, 3, 1, 2)),
        )
        tick, seed = draw(one_of(0.0, UNIT, 5 * UNIT)), draw(whole(0, 999))
        for name, value in (("warmup", warmup), ("repeat", repeat), ("number", number)):
            settings.update({} if value is None else {name: value})
        rng = np.random.default_rng(seed)
        costs = rng.integers(1, 60, 40) * UNIT
        costs[: 1 if warmup is None else max(1, warmup)] *= 100.0
        costs[rng.random(40) < 0.1] *= 10.0
        return {"costs": [float(cost) for cost in costs], "settings": settings, "tick": tick}

    return Picked(pick)


def convolution(draw: Callable, kernels: tuple[str, ...]) -> tuple[list, tuple[int, ...]]:
    """A plan of a Conv2d, and the shape (channels, height, width) of one input."""
    kernel, groups, size = draw(one_of(*kernels)), draw(one_of(1, 2)), draw(one_of(1, 2, 3))
    high, wide = draw(one_of(3, 4, 5)), draw(one_of(4, 3, 6))
    if kernel == "products":
        groups, size = 1, 1
    settings = {
        "in_channels": groups * draw(one_of(1, 2)), "out_channels": groups * draw(one_of(2, 1, 3)), "kernel_size": size,
        "stride": draw(one_of(1, 2)) if size > 1 else 1, "padding": draw(one_of(0, 1)) if size > 1 else 0,
        "dilation": 1, "groups": groups, "bias": draw(one_of(True, False)), "kernel": kernel,
    }  # fmt: skip
    return ["conv", settings], (settings["in_channels"], high, wide)


def after(settings: dict[str, Any], high: int, wide: int) -> tuple[int, int]:
    """Height and width of a convolution's result."""
    size, stride, padding = (settings[name] for name in ("kernel_size", "stride", "padding"))
    return tuple((side + 2 * padding - size) // stride + 1 for side in (high, wide))


def convolutions(kernels: tuple[str, ...] = ("conv2d_explicit", "conv2d_im2col", "products")) -> Any:
    """A dict with the plan of one Conv2d, and x."""

    def pick(draw: Callable) -> dict[str, Any]:
        plan, shape = convolution(draw, kernels)
        n, seed = draw(one_of(2, 1, 0)), draw(whole(0, 99))
        # Kernels of your own m09 are not asked for empty batches.
        n = max(n, 1) if plan[1]["kernel"] != "conv2d_im2col" else n
        return {"plan": plan, "x": fill((n, *shape), seed, "float32", "normal")}

    return Picked(pick)


def models(attention: bool = True) -> Any:
    """A dict with a model's plan, and x: Linears in rows and rows of rows, convolutions before them, attention."""
    kinds = ("linears", "shared", "convolutions", "nested") + (("attention", "text") if attention else ())

    def pick(draw: Callable) -> dict[str, Any]:
        kind, a, b = draw(one_of(*kinds)), draw(one_of(3, 1, 2, 4)), draw(one_of(2, 3, 1, 5))
        n, bias, seed = draw(one_of(2, 1, 3, 0)), draw(one_of(True, False)), draw(whole(0, 99))
        lead = draw(one_of((n,), (n, 2), (n,)))
        if kind == "linears":
            plan, shape = ["row", [["linear", a, b, bias], ["relu"], ["linear", b, 3, True]]], (*lead, a)
        elif kind == "shared":
            plan, shape = ["row", [["linear", a, b, True], ["twice", ["linear", b, b, bias]]]], (*lead, a)
        elif kind == "nested":
            inner = ["row", [["linear", b, b, bias], ["row", [["norm", b], ["linear", b, a, True]]], ["relu"]]]
            plan, shape = ["row", [["linear", a, b, True], inner, ["linear", a, 2, bias]]], (*lead, a)
        elif kind == "convolutions":
            conv, shape = convolution(draw, ("conv2d_im2col", "conv2d_explicit"))
            sides = after(conv[1], *shape[1:])
            flat = conv[1]["out_channels"] * sides[0] * sides[1]
            plan, shape = ["row", [conv, ["relu"], ["flatten"], ["linear", flat, b, bias]]], (max(n, 1), *shape)
        elif kind == "attention":
            plan, shape = ["attention", 2 * a, 2], (max(n, 1), b, 2 * a)
        else:
            parts = [["norm", 2 * a], ["attention", 2 * a, 1], ["linear", 2 * a, b, bias]]
            plan, shape = ["row", parts], (max(n, 1), 3, 2 * a)
        return {"plan": plan, "x": fill(shape, seed, "float32", "normal")}

    return Picked(pick)


def trees() -> Any:
    """Nodes of a model whose parts take known time, as `probes.tree` takes them. No node calls itself."""

    def pick(draw: Callable) -> list[dict[str, Any]]:
        count, seed = draw(one_of(3, 1, 2, 4, 5)), draw(whole(0, 9999))
        rng = np.random.default_rng(seed)
        nodes = []
        for number in range(count):
            later = list(range(number + 1, count))
            parts = [int(part) for part in rng.choice(later, rng.integers(1, 4))] if later else []
            hidden = [int(part) for part in rng.choice(later, rng.integers(0, 2))] if later else []
            before, after, cold = (float(cost) * UNIT for cost in rng.integers((0, 0, 0), (30, 30, 5000)))
            nodes.append({"before": before, "after": after, "cold": cold, "parts": parts, "hidden": hidden})
        return nodes

    return Picked(pick)
