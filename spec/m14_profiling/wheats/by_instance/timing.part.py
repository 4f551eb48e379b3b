"""Sorted by hand, and the clock read into a list that is looked at afterwards."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Timing:
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def spread(self) -> float:
        if len(self.samples) == 1:
            return 0.0
        quarters = statistics.quantiles(self.samples, n=4, method="inclusive")
        return quarters[2] - quarters[0]


def time_fn(
    fn: Callable[..., Any],
    *args: Any,
    warmup: int = 1,
    repeat: int = 5,
    number: int = 1,
    clock: Clock = time.perf_counter,
) -> Timing:
    if warmup < 0:
        raise ValueError(f"warmup={warmup}")
    if min(repeat, number) < 1:
        raise ValueError(f"repeat={repeat}, number={number}")
    left = warmup
    while left:
        fn(*args)
        left -= 1
    on = gc.isenabled()
    readings = []
    try:
        gc.disable()
        while len(readings) < repeat:
            calls = range(number)
            start = clock()
            for _ in calls:
                fn(*args)
            readings.append((start, clock()))
    finally:
        (gc.enable if on else gc.disable)()
    return Timing(tuple((end - start) / number for start, end in readings))
