"""How long a call takes: several times, by a clock of your choice, in numbers that an odd call cannot spoil."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Clock = Callable[[], float]
"""What tells the time, in seconds, when it is called. Only differences mean something."""


@dataclass(frozen=True)
class Timing:
    """What `time_fn` measured.

    Attributes:
        samples: seconds of a call, one number for each measurement, in the order in which they were taken; at least one.

    >>> timing = Timing((1.0, 9.0, 2.0, 3.0))
    >>> timing.median, timing.spread
    (2.5, 2.75)
    """

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the sorted samples, in seconds; of an even number of them, halfway between the two in the middle."""
        # BEGIN SOLUTION
        return float(np.median(self.samples))
        # END SOLUTION

    @property
    def spread(self) -> float:
        """How far apart the middle half of the samples lies, in seconds: their 75th percentile minus their 25th.

        Between two samples, percentiles lie on a straight line, as in np.percentile. One sample has a spread of 0.
        """
        # BEGIN SOLUTION
        low, high = np.percentile(self.samples, [25, 75])
        return float(high - low)
        # END SOLUTION

    def __str__(self) -> str:
        return f"{self.median:.3g} s (spread {self.spread:.2g} s, {len(self.samples)} samples)"


def time_fn(
    fn: Callable[..., Any],
    *args: Any,
    warmup: int = 1,
    repeat: int = 5,
    number: int = 1,
    clock: Clock = time.perf_counter,
) -> Timing:
    """Measure `repeat` times how long fn(*args) takes.

    The garbage collector is off while the clock runs, so that no call pays for the rubbish of another; afterwards it is on
    or off as before, also if fn raises (its exception goes on to the caller).

    Args:
        warmup: so many calls come first, and are not measured.
        repeat: how many samples.
        number: calls in one sample. The clock is read before the first and after the last of them, and nowhere between.
        clock: tells the time in seconds.
    Returns:
        A Timing; each sample is the seconds of *one* call.
    Raises:
        ValueError: warmup is less than 0, or repeat or number is less than 1; the message has the argument's name and value.

    fn is called warmup + repeat · number times in all.

    >>> ticks = iter([0.0, 4.0, 10.0, 16.0])
    >>> time_fn(abs, -1, repeat=2, number=2, clock=lambda: next(ticks))
    Timing(samples=(2.0, 3.0))

    Source: the timeit module; torch.utils.benchmark.
    """
    # BEGIN SOLUTION
    for name, value, least in (("warmup", warmup, 0), ("repeat", repeat, 1), ("number", number, 1)):
        if value < least:
            raise ValueError(f"{name} is {value}, and should be at least {least}")
    for _ in range(warmup):
        fn(*args)
    samples = []
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(repeat):
            begin = clock()
            for _ in range(number):
                fn(*args)
            samples.append((clock() - begin) / number)
    finally:
        if collecting:
            gc.enable()
    return Timing(tuple(samples))
    # END SOLUTION
