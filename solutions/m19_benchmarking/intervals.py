"""Between which two numbers the truth lies, as far as samples can tell: Student's way for means, drawing again for all else."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .samples import Samples, as_samples, percentile_of, summarise

Rng = np.random.Generator | int
"""What random numbers come from: a generator, which goes on where it is, or a seed for a new one."""

Statistic = Callable[..., Any]
"""What is worked out from samples: called as statistic(array, axis=-1), like np.mean and np.median."""


@functools.lru_cache(maxsize=1024)  # laws ask the same thousands of times
def t_quantile(p: float, df: int) -> float:
    """The number below which Student's t lies with probability p.

    T with df degrees of freedom has the density c · (1 + t² / df) ** (−(df + 1) / 2), symmetric around 0; c makes its integral 1.
    It is what (mean − true mean) / (std / √n) follows for n = df + 1 samples of a normal distribution.

    Args:
        p: greater than 0, less than 1.
        df: degrees of freedom, a whole number of at least 1.
    Returns:
        Right to six digits (near 0: to 1e-6) for p from 0.0005 to 0.9995 and df to 1,000.
    Raises:
        ValueError: p is not between 0 and 1, or df is less than 1; it is named.

    >>> round(t_quantile(0.975, 9), 4), round(t_quantile(0.025, 1), 4)
    (2.2622, -12.7062)

    Source: Student 1908, The Probable Error of a Mean. The integral in closed form: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4.
    """
    # BEGIN SOLUTION
    if not 0 < p < 1:
        raise ValueError(f"a probability of {p} is not between 0 and 1")
    if df < 1:
        raise ValueError(f"{df} degrees of freedom are less than 1")
    # Along the angle with t = √df · tan(angle) the half line is as long as a quarter of a circle: halve it until nothing is left.
    wanted, sign = (2 * p - 1, 1) if p >= 0.5 else (1 - 2 * p, -1)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, df) <= wanted else (low, middle)
    return sign * math.sqrt(df) * math.tan(low)
    # END SOLUTION


def _within(angle: float, df: int) -> float:
    """The probability that T lies between −t and t, for t = √df · tan(angle) and an angle from 0 to π/2.

    One way to t_quantile, which alone is asked for: use it, or leave it.
    """
    # BEGIN SOLUTION
    odd = df % 2
    step = np.arange(2 + odd, df - 1, 2)  # each term is the one before times (step - 1) / step · cos²
    first = math.cos(angle) if odd else 1.0
    terms = first * np.cumprod((step - 1) / step * math.cos(angle) ** 2)
    series = math.sin(angle) * (first + terms.sum()) if df > 1 else 0.0
    return float(2 / math.pi * (angle + series)) if odd else float(series)
    # END SOLUTION


def t_interval(samples: Samples, confidence: float = 0.95) -> tuple[float, float]:
    """A confidence interval of the mean: made from ever new samples in this way, so large a share of all intervals holds the true
    mean. That is exact for samples of a normal distribution, and nearly so for many of any other.

    It reaches t · std / √n to both sides of the mean, where T with n − 1 degrees of freedom lies between −t and t with
    probability `confidence`.

    Args:
        samples: at least 2.
        confidence: greater than 0, less than 1.
    Returns:
        (low, high). Equal samples give (mean, mean).
    Raises:
        ValueError: samples that `as_samples` refuses, fewer than 2, or a confidence not between 0 and 1, which is named.

    >>> low, high = t_interval([1.0, 2.0, 6.0])
    >>> round(low, 4), round(high, 4)
    (-3.5724, 9.5724)

    Source: Student 1908, The Probable Error of a Mean.
    """
    # BEGIN SOLUTION
    found = summarise(as_samples(samples, least=2))
    _check("confidence", confidence)
    reach = t_quantile((1 + confidence) / 2, found.n - 1) * found.std / math.sqrt(found.n)
    return found.mean - reach, found.mean + reach
    # END SOLUTION


def _check(name: str, share: float) -> None:
    """A share has to be between 0 and 1. Given."""
    if not 0 < share < 1:
        raise ValueError(f"{name} is {share}, and should be between 0 and 1")


def resampled(samples: Samples, statistic: Statistic = np.mean, resamples: int = 2000, rng: Rng = 0) -> np.ndarray:
    """What the statistic might have been: its values for `resamples` data sets of n numbers, each of them drawn from the n
    samples, every one with the same chance, again and again, whatever was drawn before.

    Args:
        samples: at least one.
        statistic: called as statistic(array, axis=-1), with data sets of n numbers along the last axis; gives one number for each.
        resamples: how many, at least 1.
        rng: a numpy.random.Generator, or a seed: the same seed gives the same numbers. NumPy's global generator
            is left alone.
    Returns:
        float64 array (resamples,), in the order in which they were drawn.
    Raises:
        ValueError: samples that `as_samples` refuses, or resamples less than 1, which is named.

    Cost: no Python code runs for each data set.

    >>> resampled([3.0, 3.0], np.median, resamples=4)
    array([3., 3., 3., 3.])

    Source: Efron 1979, Bootstrap Methods: Another Look at the Jackknife.
    """
    # BEGIN SOLUTION
    found = as_samples(samples)
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}, and should be at least 1")
    drawn = np.random.default_rng(rng).integers(0, len(found), (resamples, len(found)))
    return np.asarray(statistic(found[drawn], axis=-1), np.float64)
    # END SOLUTION


def bootstrap_interval(
    samples: Samples, statistic: Statistic = np.mean, confidence: float = 0.95, resamples: int = 2000, rng: Rng = 0
) -> tuple[float, float]:
    """A confidence interval of any statistic: what is left of its `resampled` values when an equal share is cut off at either end.

    Args:
        samples: at least 2.
        statistic, resamples, rng: as in `resampled`.
        confidence: the share that is left, greater than 0, less than 1.
    Returns:
        (low, high): two percentiles of the values, as `percentile_of` gives them.
    Raises:
        ValueError: as `resampled`; fewer than 2 samples, or a confidence not between 0 and 1, which is named.

    >>> low, high = bootstrap_interval([1.0, 2.0, 6.0, 2.0, 3.0], np.median)
    >>> low, high
    (1.0, 6.0)

    Source: Efron 1979, Bootstrap Methods: Another Look at the Jackknife (the percentile method).
    """
    # BEGIN SOLUTION
    found = as_samples(samples, least=2)
    return _middle(resampled(found, statistic, resamples, rng), confidence)
    # END SOLUTION


def _middle(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """The two percentiles between which the share `confidence` of the values lies, with equal shares beyond them.

    Raises ValueError if it is not between 0 and 1. One way: bootstrap_interval and speedup_of need this, and both are asked for.
    """
    # BEGIN SOLUTION
    _check("confidence", confidence)
    return percentile_of(values, 50 * (1 - confidence)), percentile_of(values, 50 * (1 + confidence))
    # END SOLUTION


def geometric_mean(ratios: Samples) -> float:
    """The n-th root of the product of n ratios: the one mean for which twice as fast here and half as fast there are 1.

    Args:
        ratios: at least one, all greater than 0. Their product may be far too large or too small for a float.
    Raises:
        ValueError: ratios that `as_samples` refuses, or one that is not greater than 0, which is named.

    >>> geometric_mean([2.0, 0.5]), round(geometric_mean([1.0, 2.0, 4.0]), 9)
    (1.0, 2.0)

    Source: Fleming and Wallace 1986, How Not to Lie with Statistics: The Correct Way to Summarize Benchmark Results.
    """
    # BEGIN SOLUTION
    return float(np.exp(np.mean(np.log(_positive(ratios)))))
    # END SOLUTION


def _positive(samples: Samples, least: int = 1) -> np.ndarray:
    """Samples that are all greater than 0. Given."""
    found = as_samples(samples, least)
    if found.min() <= 0:
        raise ValueError(f"{found.min()} is not greater than 0")
    return found


@dataclass(frozen=True)
class Speedup:
    """What `speedup_of` says. Given.

    Attributes:
        ratio: how many times faster.
        low, high: its confidence interval.
    """

    ratio: float
    low: float
    high: float


def speedup_of(
    before: Samples, after: Samples, confidence: float = 0.95, resamples: int = 2000, rng: Rng = 0
) -> Speedup:
    """How many times faster: the median of `before` divided by the median of `after`, with a confidence interval.

    For the interval both are `resampled`, neither knowing of the other, and the ratio is taken of one median of each.
    With a seed, one generator serves both, one after the other.

    Args:
        before, after: seconds, at least 2 each, all greater than 0. They need not be as many.
        confidence, resamples, rng: as in `bootstrap_interval`.
    Raises:
        ValueError: as `bootstrap_interval`, or a sample that is not greater than 0, which is named.

    >>> speedup_of([4.0, 4.0, 4.0], [2.0, 2.0])
    Speedup(ratio=2.0, low=2.0, high=2.0)
    """
    # BEGIN SOLUTION
    before, after = _positive(before, least=2), _positive(after, least=2)
    rng = np.random.default_rng(rng)
    ratios = resampled(before, np.median, resamples, rng) / resampled(after, np.median, resamples, rng)
    return Speedup(float(np.median(before) / np.median(after)), *_middle(ratios, confidence))
    # END SOLUTION
