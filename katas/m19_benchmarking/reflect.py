"""Formulas about chance, on plain numbers: work them out, then see them held against what is drawn and counted."""

from __future__ import annotations

import math


def standard_error(std: float, n: int) -> float:
    """Standard deviation of the mean of n samples, if one sample has the standard deviation `std`.

    >>> standard_error(6.0, 9)
    2.0
    """
    raise NotImplementedError("m19: standard_error")


def required_runs(std: float, reach: float, z: float = 1.96) -> int:
    """How many runs make z standard errors no larger than `reach`: for 1.96, a mean is within it 95 times of 100, about.

    Args:
        std, reach: greater than 0, in the same unit.
    Returns:
        The smallest whole number, at least 2.

    >>> required_runs(std=3.0, reach=1.0, z=2.0)
    36
    """
    raise NotImplementedError("m19: required_runs")


def runs_to_see(q: float, probability: float) -> int:
    """How many runs it takes to see the slow ones.

    Args:
        q: greater than 0, less than 100. A run is slower than the true percentile q with a chance of 1 − q / 100.
        probability: greater than 0, less than 1: that at least one of the runs is slower than that.
    Returns:
        The smallest whole number.

    >>> runs_to_see(50, 0.75)
    2
    """
    raise NotImplementedError("m19: runs_to_see")


def distinct_share(n: int) -> float:
    """Which share of n different samples is found in one data set of `resampled`, on average.

    >>> distinct_share(2)
    0.75
    """
    raise NotImplementedError("m19: distinct_share")


def smallest_p_value(resamples: int) -> float:
    """The least p-value that `compare` can give with so many resamples.

    >>> smallest_p_value(3)
    0.25
    """
    raise NotImplementedError("m19: smallest_p_value")


def smallest_exact_p(n: int, m: int) -> float:
    """The least share of all ways of dealing n + m different samples into n and m for which the difference of means is at least as
    large, without its sign, as it really is: for the data that differ most clearly. The way as it really is counts.

    >>> smallest_exact_p(1, 2), smallest_exact_p(1, 1)
    (0.3333333333333333, 1.0)
    """
    raise NotImplementedError("m19: smallest_exact_p")


def false_alarms(level: float, comparisons: int) -> float:
    """Probability of at least one significant difference in so many independent comparisons of what does not differ.

    Args:
        level: of each of them: how often chance is taken for a difference.

    >>> false_alarms(0.5, 2)
    0.75
    """
    raise NotImplementedError("m19: false_alarms")


def level_of_each(wanted: float, comparisons: int) -> float:
    """Which level each of so many independent comparisons needs, so that all of them give a false alarm as often as `wanted`.

    >>> level_of_each(0.75, 2)
    0.5
    """
    raise NotImplementedError("m19: level_of_each")
