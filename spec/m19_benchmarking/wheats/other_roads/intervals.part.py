"""Student's integral by Simpson's rule in t, other random draws, a geometric mean by powers of two."""

from __future__ import annotations

import math

import numpy as np


def t_quantile(p: float, df: int) -> float:
    if not (p > 0 and p < 1):
        raise ValueError(f"p is {p}")
    if df < 1:
        raise ValueError(f"df is {df}")
    # In the angle the integrand is smooth, and the whole line is half a circle.
    edges = np.linspace(-math.pi / 2, math.pi / 2, 8001)
    density = np.abs(np.cos(edges)) ** (df - 1)
    step = edges[1] - edges[0]
    middles = np.cos(edges[:-1] + step / 2) ** (df - 1)
    pieces = (density[:-1] + 4 * middles + density[1:]) * step / 6
    below = np.concatenate([[0.0], np.cumsum(pieces)])
    wanted = p * below[-1]
    place = int(np.clip(np.searchsorted(below, wanted) - 1, 0, len(pieces) - 1))

    low, high = edges[place], edges[place + 1]
    for _ in range(40):
        middle = (low + high) / 2
        part = (middle - edges[place]) / 6
        at = np.array([edges[place], (edges[place] + middle) / 2, middle])
        inside = float(np.array([1.0, 4.0, 1.0]) @ np.abs(np.cos(at)) ** (df - 1)) * part
        low, high = (middle, high) if below[place] + inside < wanted else (low, middle)
    return math.sqrt(df) * math.tan(low)


def resampled(samples: Samples, statistic: Statistic = np.mean, resamples: int = 2000, rng: Rng = 0) -> np.ndarray:
    found = as_samples(samples)
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}")
    if not isinstance(rng, np.random.Generator):
        rng = np.random.default_rng(rng)
    parts = [min(500, resamples - begin) for begin in range(0, resamples, 500)]
    values = [statistic(rng.choice(found, (part, found.size)), axis=-1) for part in parts]
    return np.concatenate(values).astype(float)


def geometric_mean(ratios: Samples) -> float:
    return 2.0 ** (sum(math.log2(ratio) for ratio in _positive(ratios)) / len(ratios))
