"""What the laws of m20 draw: models, profiles, plans, measurements."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from spec.kit.strategies import Picked, one_of, whole

from ..m18_memoization.draws import gpt_state

__all__ = ["gpt_state"]

UNIT = 1.0 / 1024
"""Seconds are whole multiples of this: floats add them up without rounding, in any order."""

NAN, INF = float("nan"), float("inf")

GPTS = (
    {"vocab_size": 9, "dim": 8, "num_layers": 2, "num_heads": 2, "context": 12},
    {"vocab_size": 6, "dim": 4, "num_layers": 1, "num_heads": 1, "context": 7, "tie_weights": False},
    {"vocab_size": 5, "dim": 6, "num_layers": 3, "num_heads": 3, "context": 9},
)
"""Small GPTs: settings for `tt.GPT`."""


def costs(count: int, seed: int) -> list[float]:
    """What calls take, in seconds: the first ones, and some others, far more."""
    rng = np.random.default_rng(seed)
    found = rng.integers(1, 30, count) * UNIT
    found[:2] *= 64.0
    found[rng.random(count) < 0.15] *= 16.0
    return [float(cost) for cost in found]


def trials() -> Any:
    """A dict: a classifier, examples, what its calls take, settings of a measurement, and modes to be kept."""

    def pick(draw: Callable) -> dict[str, Any]:
        warmup, runs = draw(one_of(None, 0, 3, 2)), draw(one_of(None, 2, 3, 8))
        n, classes, dtype = draw(one_of(7, 1, 2, 12)), draw(one_of(3, 2, 5)), draw(one_of("float32", "float64"))
        modes, seed = [draw(one_of(True, False)) for _ in range(3)], draw(whole(0, 9999))
        rng = np.random.default_rng(seed)
        weight, x = rng.standard_normal((classes, 4)).astype(dtype), rng.standard_normal((n, 4)).astype(dtype)
        y = (x.astype(np.float64) @ weight.T).argmax(1)
        wrong = rng.random(n) < 0.4
        y[wrong] = rng.integers(0, classes, int(wrong.sum()))
        settings = {name: value for name, value in (("warmup", warmup), ("runs", runs)) if value is not None}
        return {
            "weight": weight, "x": x, "y": y, "costs": costs(20, seed), "settings": settings, "modes": modes,
        }  # fmt: skip

    return Picked(pick)


def own_seconds() -> Any:
    """own_seconds of the rows of a profile, with ties and rows that took no time."""

    def pick(draw: Callable) -> list[float]:
        count, kind, seed = (
            draw(one_of(4, 1, 2, 7, 12)),
            draw(one_of("any", "ties", "one", "zeros")),
            draw(whole(0, 99)),
        )
        rng = np.random.default_rng(seed)
        found = rng.integers(1, 3 if kind == "ties" else 60, count) * UNIT
        if kind == "one":
            found[rng.integers(count)] *= 256
        if kind == "zeros":
            found[rng.random(count) < 0.5] = 0.0
            found[rng.integers(count)] = 0.25
        return [float(x) for x in found]

    return Picked(pick)


def plan_of(widths: list[int], between: list[list[str]], bias: list[bool], seed: int, dtype: str) -> list:
    """Items of a Sequential: (weight, bias) for each Linear, names for what stands between and before."""
    rng = np.random.default_rng(seed)
    plan: list[Any] = list(between[0])
    for n, (inputs, outputs) in enumerate(pairwise(widths)):
        weight = rng.standard_normal((outputs, inputs)).astype(dtype)
        plan.append((weight, rng.standard_normal(outputs).astype(dtype) if bias[n % len(bias)] else None))
        plan += between[1:][n] if n < len(between) - 1 else []
    return plan


def networks() -> Any:
    """Plans for prune_units: one to four Linears, with and without biases, and things before, between and behind."""

    def pick(draw: Callable) -> list:
        widths = draw(one_of((8, 6, 3), (4, 1, 2), (8, 5, 7, 2), (3, 2), (8, 9, 4, 4, 1), (5, 3, 2)))
        before = draw(one_of((), ("conv", "flatten"), ("flatten",), ("dropout", "relu")))
        gap = draw(one_of(("relu",), ("tanh",), (), ("abs", "dropout"), ("dropout", "tanh", "relu")))
        end, bias = draw(one_of((), ("tanh",))), draw(one_of((True,), (False,), (True, False), (False, True)))
        seed, dtype = draw(whole(0, 9999)), draw(one_of("float32", "float64"))
        gaps = [list(before), *([list(gap)] * (len(widths) - 2)), list(end)]
        return plan_of(list(widths), gaps, list(bias), seed, dtype)

    return Picked(pick)


def journeys() -> Any:
    """A dict: steps of a pipeline, with the accuracy after each, in whole thousandths, and what may be lost."""

    def pick(draw: Callable) -> dict[str, Any]:
        count, most = draw(one_of(3, 0, 1, 2, 5)), draw(one_of(None, 2.0, 0.0, 0.5, 3.7, 100.0))
        base, creeping, seed = draw(one_of(950, 1000, 300)), draw(one_of(False, True)), draw(whole(0, 9999))
        rng = np.random.default_rng(seed)
        allowed = round(10 * (2.0 if most is None else most))
        lost = rng.choice([0, 1, -20, allowed, allowed + 1, max(0, allowed - 1), 150], count)
        if creeping:  # none of them loses much against the one before
            lost = np.cumsum(rng.choice([allowed // 2, 1, allowed], count))
        steps = [[f"step {n}", str(rng.choice(["in place", "new", "spoils"]))] for n in range(count)]
        names = ["baseline", *(name for name, _ in steps)]
        thousandths = np.clip([base, *(base - lost)], 0, 1000).tolist()
        accuracies = {name: value / 1000 for name, value in zip(names, thousandths, strict=True)}
        return {"steps": steps, "accuracies": accuracies, "settings": {} if most is None else {"max_points_lost": most}}

    return Picked(pick)


def writings(batches: tuple = (None, 2)) -> Any:
    """A dict: a GPT, a prompt, how many tokens to write, and how: within the context, up to its end, and beyond."""

    def pick(draw: Callable) -> dict[str, Any]:
        settings, batch = draw(one_of(0, 1, 2)), draw(one_of(*batches))
        t, how = (
            draw(one_of(3, 1, 2, 5)),
            draw(one_of("to the end", "short", "one more", "none", "long", "long prompt")),
        )
        kind, seed = draw(one_of("greedy", "warm", "stop", "top")), draw(whole(0, 9999))
        found = GPTS[settings]
        context = found["context"]
        t = context + 2 if how == "long prompt" else t
        n = {"short": 2, "to the end": context - t + 1, "one more": context - t + 2, "none": 0, "long": context + 3}
        shape = (t,) if batch is None else (batch, t)
        sampling = {
            "greedy": {"temperature": 0}, "warm": {"rng": seed}, "stop": {"rng": seed, "stop": 1},
            "top": {"rng": seed, "top_k": 3, "top_p": 0.9, "temperature": 0.7},
        }[kind]  # fmt: skip
        prompt = np.random.default_rng(seed).integers(0, found["vocab_size"], shape)
        return {
            "settings": found, "state": gpt_state(found, seed), "prompt": prompt, "n": max(0, n.get(how, 3)),
            "sampling": sampling,
        }  # fmt: skip

    return Picked(pick)


def rows(count: int, seed: int) -> list[list]:
    """Measured as rows, on a small grid, with ties and twins."""
    rng = np.random.default_rng(seed)
    return [
        [f"m{n}", int(rng.integers(1, 5)) / 8, int(rng.integers(1, 4)) * 100, int(rng.integers(1, 5)) / 4,
         int(rng.integers(1, 9)) / 1.0]
        for n in range(count)
    ]  # fmt: skip


def rivals() -> Any:
    """Two measurements: a baseline and what became of it."""

    def pick(draw: Callable) -> list[list]:
        seed = draw(whole(0, 9999))
        how = draw(one_of("better", "any", "same", "nothing right", "far apart", "worse"))
        rng = np.random.default_rng(seed)
        a = [
            "a",
            int(rng.integers(1, 1001)) / 1000,
            int(rng.integers(1, 10**7)),
            float(rng.integers(1, 999)) * UNIT,
            1e3,
        ]
        b = [
            "b",
            int(rng.integers(1, 1001)) / 1000,
            int(rng.integers(1, 10**7)),
            float(rng.integers(1, 999)) * UNIT,
            1e3,
        ]
        if how == "same":
            b = ["b", *a[1:]]
        if how == "nothing right":
            b[1] = 0.0
        if how == "far apart":
            a[3], b[3] = 1e6, 1e-6
        if how in ("better", "worse"):
            swap = (a[3] > b[3]) == (how == "worse")
            a[3], b[3] = (b[3], a[3]) if swap else (a[3], b[3])
        return [a, b]

    return Picked(pick)
