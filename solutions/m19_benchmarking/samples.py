"""Samples of a measurement: what to say about them, which of them are odd, and how many were still warming up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Samples = Sequence[float] | np.ndarray
"""Numbers that were measured, in the order in which they were: a list, a tuple, an array of one axis."""


def as_samples(samples: Samples, least: int = 1) -> np.ndarray:
    """The samples as a float64 array of one axis, once they are fit to be reasoned about. All functions of this kata begin so.

    Args:
        samples: Python numbers, or an array of any dtype of numbers.
        least: how many are needed.
    Raises:
        ValueError: there is more than one axis (the message has the shape), fewer samples than `least` (it has both numbers),
            or one of them is nan or infinite (it has the first such position).

    >>> as_samples([3, 1, 2])
    array([3., 1., 2.])
    """
    # BEGIN SOLUTION
    found = np.asarray(samples, np.float64)
    if found.ndim != 1:
        raise ValueError(f"samples of shape {found.shape}, and one axis is wanted")
    if len(found) < least:
        raise ValueError(f"{len(found)} samples, and at least {least} are needed")
    odd = np.flatnonzero(~np.isfinite(found))
    if len(odd):
        raise ValueError(f"sample {odd[0]} is {found[odd[0]]}")
    return found
    # END SOLUTION


def percentile_of(samples: Samples, q: float) -> float:
    """The number below which q per cent of the samples lie.

    Sorted, the smallest sample is percentile 0, the largest is percentile 100, and the others stand between them at equal
    distances; between two neighbours it goes along a straight line. One sample is every percentile. This is what np.percentile
    does, too.

    Args:
        samples: at least one, in any order.
        q: from 0 to 100, both included.
    Raises:
        ValueError: samples that `as_samples` refuses, or q outside 0 to 100 (nan, too), which is named.

    >>> percentile_of([4.0, 1.0, 2.0], 75)
    3.0

    Source: Hyndman and Fan 1996, Sample Quantiles in Statistical Packages, definition 7.
    """
    # BEGIN SOLUTION
    ordered = np.sort(as_samples(samples))
    if not 0 <= q <= 100:
        raise ValueError(f"percentile {q} is not between 0 and 100")
    place = q / 100 * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
    # END SOLUTION


@dataclass(frozen=True)
class Summary:
    """What `summarise` says about samples. Given.

    Attributes:
        n: how many there are.
        mean: their mean.
        std: standard deviation of what they were drawn from, estimated; nan for one sample.
        minimum, median, p95, p99: percentiles 0, 50, 95 and 99.
    """

    n: int
    mean: float
    std: float
    minimum: float
    median: float
    p95: float
    p99: float


def summarise(samples: Samples) -> Summary:
    """Seven numbers instead of many.

    All samples count, odd ones too. The variance is Σ(x − mean)² / (n − 1): the mean was taken from the same samples, which lie
    nearer to it than to the true one. It must stay exact where the samples are far from 0 and near to each other
    (1,000,000.1 and 1,000,000.2).

    Args:
        samples: at least one. From one alone nothing is known about how far others would lie: std is nan.
    Raises:
        ValueError: samples that `as_samples` refuses.

    >>> summarise([1.0, 2.0, 6.0])
    Summary(n=3, mean=3.0, std=2.6457513110645907, minimum=1.0, median=2.0, p95=5.6, p99=5.92)
    """
    # BEGIN SOLUTION
    found = as_samples(samples)
    return Summary(
        n=len(found),
        mean=float(found.mean()),
        std=float(found.std(ddof=1)) if len(found) > 1 else float("nan"),
        minimum=float(found.min()),
        median=percentile_of(found, 50),
        p95=percentile_of(found, 95),
        p99=percentile_of(found, 99),
    )
    # END SOLUTION


def flag_outliers(samples: Samples, k: float = 1.5) -> np.ndarray:
    """Which samples lie far outside the middle half of all: a flag for each. None is removed, here or anywhere in this kata.

    Fences stand k times the width of the middle half below percentile 25 and above percentile 75. What lies
    beyond them is flagged; what lies on them is not.

    Args:
        samples: at least one.
        k: 0 or more; 3 for what is far out.
    Returns:
        Array of bool, in the order of the samples.
    Raises:
        ValueError: samples that `as_samples` refuses, or k less than 0 (or nan), which is named.

    >>> flag_outliers([2.0, 1.0, 9.0, 2.0, 3.0])
    array([False, False,  True, False, False])

    Source: Tukey 1977, Exploratory Data Analysis.
    """
    # BEGIN SOLUTION
    found = as_samples(samples)
    if not k >= 0:
        raise ValueError(f"k is {k}, and should be at least 0")
    low, high = percentile_of(found, 25), percentile_of(found, 75)
    reach = k * (high - low)
    return (found < low - reach) | (found > high + reach)
    # END SOLUTION


def warmup_length(samples: Samples) -> int:
    """How many samples at the beginning are better left out, because the program was not yet running as it does later.

    Leaving out d samples leaves m = n − d, with a mean of their own. The best d makes Σ(x − mean)² / m² smallest: leaving out
    a slow start makes the sum smaller, leaving out good samples makes m smaller. A first sample a million times as large as the
    rest must not round the rest away.

    Args:
        samples: at least 4, in the order in which they were measured.
    Returns:
        The best d from 0 to n // 2, the smallest of several that are equally good. n // 2 itself says that the series may
        not have settled at all: measure for longer.
    Raises:
        ValueError: samples that `as_samples` refuses, or fewer than 4.

    Cost: a few passes over the samples, not one for every d.

    >>> warmup_length([9.0, 5.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0])
    2

    Source: White 1997, An Effective Truncation Heuristic for Bias Reduction in Simulation Output (the rule without batches).
    """
    # BEGIN SOLUTION
    found = as_samples(samples, least=4)
    most = len(found) // 2
    # The last half is in every sum. Relative to its mean nothing is lost when squares are added and subtracted;
    # relative to the mean of all, a slow start would drown the rest.
    ending = (found - found[most:].mean())[::-1]
    m = np.arange(1, len(found) + 1)
    around = np.cumsum(ending**2) - np.cumsum(ending) ** 2 / m
    scores = (around / m**2)[::-1][: most + 1]
    return int(np.argmin(scores))
    # END SOLUTION
