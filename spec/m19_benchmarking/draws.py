"""What the laws of this kata draw: samples of many kinds, costs of calls, points with ties."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit.strategies import Picked, one_of, whole

UNIT = 1.0 / 1024
"""Seconds are whole multiples of this: floats add them up without rounding, in any order."""

NAN, INF = float("nan"), float("inf")
NOT_SAMPLES = [
    ([1.0, NAN, 2.0], [1]),
    ([1.0, 2.0, 3.0, INF, NAN], [3]),
    (np.ones((4, 2)), [(4, 2)]),
    ([-INF, 1.0], [0]),
]
"""What as_samples refuses, and what the message has to name."""

OUTSIDE = [0.0, 1.0, -0.5, 1.5, 95, NAN]
"""Confidences and levels that are not between 0 and 1."""

KINDS = ("eighths", "normal", "constant", "skewed", "far away", "spikes", "negative", "narrow", "integers")


def numbers(kind: str, count: int, seed: int) -> np.ndarray:
    """`count` numbers from a seed: eighths have ties, far away ones are near to each other, narrow ones are float32."""
    rng = np.random.default_rng(seed)
    eighths = rng.integers(1, 17, count) / 8
    return {
        "eighths": eighths,
        "normal": 2 + 0.3 * rng.standard_normal(count),
        "constant": np.full(count, eighths[0] if count else 0.0),
        "skewed": 0.5 + rng.exponential(1.0, count),
        "far away": 1e6 + rng.standard_normal(count),
        "spikes": np.where(rng.random(count) < 0.25, 64.0, 1.0) + eighths / 8,
        "negative": rng.standard_normal(count) - 1,
        "narrow": (1000 + rng.random(count)).astype(np.float32),
        "integers": rng.integers(-9, 10, count),
    }[kind]


def samples(
    counts: tuple[int, ...] = (4, 1, 2, 3, 5, 6, 7, 9, 12), kinds: tuple[str, ...] = KINDS, arrays: bool = True
) -> Any:
    """Samples: a list, or an array that may have gaps."""

    def pick(draw: Callable) -> Any:
        kind, count, seed = draw(one_of(*kinds)), draw(one_of(*counts)), draw(whole(0, 9999))
        how = draw(one_of("list", "array", "gaps")) if arrays else "list"
        found = numbers(kind, count, seed)
        if how == "list":
            return found.tolist()
        return np.stack([found, found[::-1]], 1)[:, 0] if how == "gaps" else found

    return Picked(pick)


def series() -> Any:
    """Four or more samples of a program that may be slow at first: by steps, by little and little, by one spike, or never."""

    def pick(draw: Callable) -> list[float]:
        kind, count = (
            draw(one_of("step", "slope", "spike", "flat", "noise", "ends badly")),
            draw(one_of(8, 4, 5, 13, 20)),
        )
        slow, seed = draw(one_of(2, 0, 1, 3, 6)), draw(whole(0, 9999))
        rng = np.random.default_rng(seed)
        found = 1 + (0 if kind == "flat" else rng.integers(0, 9, count) / 64)
        found = np.broadcast_to(found, count).copy()
        if kind == "step":
            found[:slow] += 4
        elif kind == "slope":
            found[:slow] += np.arange(slow, 0, -1)[:count] / 2
        elif kind == "spike":
            found[0] += 2.0**20
        elif kind == "ends badly":
            found[-2:] += 8
        return [float(x) for x in found]

    return Picked(pick)


def measurements() -> Any:
    """A dict: settings for a Benchmark, and what each call costs. First calls are slow, some others too."""

    def pick(draw: Callable) -> dict[str, Any]:
        warmup, runs, number = draw(one_of(None, 0, 2, 3)), draw(one_of(5, 2, 3, 8, None)), draw(one_of(None, 1, 3, 2))
        confidence, seed = draw(one_of(None, 0.9, 0.99, 0.5)), draw(whole(0, 9999))
        named = {"warmup": warmup, "runs": runs, "number": number, "confidence": confidence}
        settings = {name: value for name, value in named.items() if value is not None}
        rng = np.random.default_rng(seed)
        costs = rng.integers(1, 30, 120) * UNIT
        costs[: 1 if warmup is None else max(1, warmup)] *= 64.0
        costs[rng.random(120) < 0.15] *= 16.0
        return {"costs": [float(cost) for cost in costs], "settings": settings}

    return Picked(pick)


def points() -> Any:
    """A dict: points on a small grid, with ties and twins, and which columns are better large."""

    def pick(draw: Callable) -> dict[str, Any]:
        n, columns, seed = draw(one_of(4, 0, 1, 2, 7, 12, 20)), draw(one_of(2, 1, 3)), draw(whole(0, 9999))
        maximise, top, how = (
            draw(one_of("none", "last", "first", "all", "twice")),
            draw(one_of(3, 1, 9)),
            draw(one_of(0, 1)),
        )
        rng = np.random.default_rng(seed)
        found = rng.integers(0, top + 1, (n, columns)).astype(float)
        found[rng.random((n, columns)) < 0.06] = np.inf if seed % 2 else -np.inf
        named = {
            "none": [], "last": [-1], "first": [0], "all": list(range(columns)), "twice": [columns - 1, -1],
        }[maximise]  # fmt: skip
        return {"points": found.tolist() if how and n else found, "maximise": named}

    return Picked(pick)


def groups(sizes: tuple[tuple[int, int], ...]) -> Any:
    """Two groups of samples, of one of the sizes: whole numbers, tenths with ties, normal ones that may be shifted."""

    def pick(draw: Callable) -> tuple[list[float], list[float]]:
        (n, m), kind = draw(one_of(*sizes)), draw(one_of("whole", "tenths", "normal", "shifted down", "shifted up"))
        rng = np.random.default_rng(draw(whole(0, 9999)))
        both = {
            "whole": lambda: rng.integers(1, 9, n + m).astype(float),
            "tenths": lambda: rng.integers(1, 5, n + m) / 10,
            "normal": lambda: 5 + rng.standard_normal(n + m),
            "shifted down": lambda: 9 + rng.standard_normal(n + m),
            "shifted up": lambda: 5 + rng.standard_normal(n + m),
        }[kind]()
        both[n:] += {"shifted down": -3.0, "shifted up": 3.0}.get(kind, 0.0)
        return [float(x) for x in both[:n]], [float(x) for x in both[n:]]

    return Picked(pick)
