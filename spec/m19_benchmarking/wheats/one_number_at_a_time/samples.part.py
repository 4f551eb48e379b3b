"""Python's own numbers: percentiles by NumPy, spreads by the statistics module, one pass from the end for the warm-up."""

from __future__ import annotations

import math
import statistics

import numpy as np


def as_samples(samples: Samples, least: int = 1) -> np.ndarray:
    if np.ndim(samples) != 1:
        raise ValueError(f"one axis is wanted, not {np.shape(samples)}")
    found = [float(x) for x in samples]
    if len(found) < least:
        raise ValueError(f"at least {least} samples are needed, and there are {len(found)}")
    for position, x in enumerate(found):
        if not math.isfinite(x):
            raise ValueError(f"{x} at position {position}")
    return np.array(found)


def percentile_of(samples: Samples, q: float) -> float:
    found = as_samples(samples)
    if math.isnan(q) or q < 0 or q > 100:
        raise ValueError(f"{q} is no percentile")
    return float(np.percentile(found, q))


def summarise(samples: Samples) -> Summary:
    found = as_samples(samples).tolist()
    std = statistics.stdev(found) if len(found) > 1 else math.nan
    low, median, p95, p99 = (percentile_of(found, q) for q in (0, 50, 95, 99))
    return Summary(len(found), math.fsum(found) / len(found), std, low, median, p95, p99)


def warmup_length(samples: Samples) -> int:
    """Welford's way: mean and squares grow with each sample, without a sum of squares around 0."""
    found = as_samples(samples, 4).tolist()
    mean, squares, best, answer = 0.0, 0.0, math.inf, 0
    for m, x in enumerate(reversed(found), 1):
        step = x - mean
        mean += step / m
        squares += step * (x - mean)
        left_out = len(found) - m
        if left_out <= len(found) // 2 and squares / m**2 <= best:
            best, answer = squares / m**2, left_out
    return answer
