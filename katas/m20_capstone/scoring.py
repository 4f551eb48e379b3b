"""One number out of three, and what to do when one number is not enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..m19_benchmarking import geometric_mean, pareto_front
from .measuring import Measured


@dataclass(frozen=True)
class Gains:
    """What an optimised model is against the one that it came from. Given.

    Attributes:
        speedup: how many times faster: baseline.seconds / optimised.seconds.
        smaller: how many times smaller: baseline.nbytes / optimised.nbytes.
        kept: share of the accuracy that is left: optimised.accuracy / baseline.accuracy. It may be above 1.
        points_lost: 100 · (baseline.accuracy - optimised.accuracy); below 0 if some were won.
    """

    speedup: float
    smaller: float
    kept: float
    points_lost: float


def gains_of(baseline: Measured, optimised: Measured) -> Gains:
    """The Gains of one model against another, as floats.

    Raises:
        ValueError: seconds or nbytes of either, or the accuracy of the baseline, is not greater than 0, or the accuracy of
            the other is less than 0; the number is named.

    >>> gains_of(Measured("slow", 0.5, 4000, 6.0, 7.0), Measured("fast", 0.375, 1000, 2.0, 2.5))
    Gains(speedup=3.0, smaller=4.0, kept=0.75, points_lost=12.5)
    """
    raise NotImplementedError("m20: gains_of")


def normalised_score(baseline: Measured, optimised: Measured) -> float:
    """One number for three: the geometric mean of speedup, smaller and kept, the cube root of their product.

    The baseline itself has 1. Twice as fast counts as much as half the size, whatever the units, and what is won in one
    and lost in another is neither. A model that gets nothing right has 0.

    Raises:
        ValueError: as `gains_of`.

    >>> normalised_score(Measured("slow", 0.5, 4000, 6.0, 7.0), Measured("fast", 0.25, 1000, 1.5, 2.0))
    2.0

    Source: Fleming and Wallace 1986; the rules of MLPerf keep speed and accuracy apart: `missed_targets` does, too.
    """
    raise NotImplementedError("m20: normalised_score")


def missed_targets(
    gains: Gains, speedup: float = 10.0, smaller: float = 4.0, points_lost: float = 2.0
) -> tuple[str, ...]:
    """Which targets were not reached: "speedup", "smaller", "points_lost", in this order.

    A score can be bought: nothing is faster than a model that guesses. So each has a bar of its own: at least `speedup` times
    faster, at least `smaller` times smaller, and *less* than `points_lost` points lost.

    >>> missed_targets(Gains(speedup=30.0, smaller=3.9, kept=0.98, points_lost=2.0))
    ('smaller', 'points_lost')
    """
    raise NotImplementedError("m20: missed_targets")


def front_of(candidates: Sequence[Measured]) -> list[Measured]:
    """The candidates that no other one beats: in accuracy (more is better), bytes and seconds (less is better) at once.

    A candidate beats another if it is at least as good in all three and better in one. p95 and names do not count.

    Args:
        candidates: any number of them; there may be none.
    Returns:
        A new list, in the order of the candidates. Equal ones all stay, or none.

    >>> fast, small, poor = (Measured(*row, row[-1]) for row in (("f", 0.9, 9, 1.0), ("s", 0.9, 5, 2.0), ("p", 0.8, 9, 1.0)))
    >>> [found.name for found in front_of([fast, poor, small])]
    ['f', 's']
    """
    raise NotImplementedError("m20: front_of")
