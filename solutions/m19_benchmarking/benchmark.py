"""A benchmark: samples, what they say and how surely, and where they were taken."""

from __future__ import annotations

import dataclasses
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..m14_profiling import time_fn
from .intervals import _check, t_interval
from .samples import Summary, flag_outliers, summarise

Clock = Callable[[], float]

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables that say how many threads NumPy's matrix products may use."""


def environment_record() -> dict[str, Any]:
    """Where a measurement is taken, as plain data.

    Returns:
        A new dict, in this order: "python" and "numpy", their versions, such as "3.12.1"; "system", such as "Linux", and
        "machine", such as "x86_64", as the module platform says; "cpus", what os.cpu_count() says; "threads", a dict with
        what each of THREADS is set to at this moment: a string, or None where it is not set.

    >>> sorted(environment_record())
    ['cpus', 'machine', 'numpy', 'python', 'system', 'threads']
    """
    # BEGIN SOLUTION
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "threads": {name: os.environ.get(name) for name in THREADS},
    }
    # END SOLUTION


@dataclass(frozen=True)
class BenchmarkResult:
    """What a Benchmark found.

    Attributes:
        samples: seconds of a call, one number for each run, in the order in which they were taken: all of them.
        summary: of the samples.
        confidence, low, high: confidence interval of the mean, `t_interval`.
        outliers: positions of the samples that `flag_outliers` flags.
        environment: where it ran.
    """

    samples: tuple[float, ...]
    summary: Summary
    confidence: float
    low: float
    high: float
    outliers: tuple[int, ...]
    environment: dict[str, Any]

    def record(self) -> dict[str, Any]:
        """All of it as plain data, for a file: json.loads(json.dumps(record)) == record.

        Returns:
            A new dict with the attributes' names in their order; samples and outliers are lists, the summary is a dict of its
            own attributes. What is changed in it changes nothing in the result.
        """
        # BEGIN SOLUTION
        plain = dataclasses.asdict(self)
        return {**plain, "samples": list(self.samples), "outliers": list(self.outliers)}
        # END SOLUTION

    def __str__(self) -> str:
        odd = f", {len(self.outliers)} of them odd" if self.outliers else ""
        interval = f"{self.low:.3g} to {self.high:.3g} s with {100 * self.confidence:g} %"
        return f"mean {self.summary.mean:.3g} s ({interval}), {self.summary.n} samples{odd}"


class Benchmark:
    """Measures calls of fn(*args).

    Args:
        fn, args: what is called.
        warmup: so many calls come first, and are not measured.
        runs: how many samples, at least 2.
        number: calls in one sample; a sample is the seconds of one of them.
        confidence: of the interval.
        clock: tells the time in seconds.
    Raises:
        ValueError: when it is made: runs is less than 2, number less than 1, warmup less than 0, or confidence not between
            0 and 1; the message has the argument's name and value.

    Nothing is called before `run`.

    >>> ticks = iter([0.0, 1.0, 1.0, 3.0, 3.0, 6.0])
    >>> result = Benchmark(abs, -1, runs=3, clock=lambda: next(ticks)).run()
    >>> result.samples, result.summary.mean, result.outliers
    ((1.0, 2.0, 3.0), 2.0, ())

    Source: Georges, Buytaert and Eeckhout 2007, Statistically Rigorous Java Performance Evaluation.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        *args: Any,
        warmup: int = 1,
        runs: int = 30,
        number: int = 1,
        confidence: float = 0.95,
        clock: Clock = time.perf_counter,
    ) -> None:
        """See the class."""
        # BEGIN SOLUTION
        for name, value, least in (("warmup", warmup, 0), ("runs", runs, 2), ("number", number, 1)):
            if value < least:
                raise ValueError(f"{name} is {value}, and should be at least {least}")
        _check("confidence", confidence)
        self._measure = lambda: time_fn(fn, *args, warmup=warmup, repeat=runs, number=number, clock=clock)
        self._confidence = confidence
        # END SOLUTION

    def run(self) -> BenchmarkResult:
        """Warm up, and measure as `time_fn` does. Every call does all of it anew, and keeps nothing of what was before."""
        # BEGIN SOLUTION
        samples = self._measure().samples
        low, high = t_interval(samples, self._confidence)
        odd = tuple(int(position) for position in np.flatnonzero(flag_outliers(samples)))
        return BenchmarkResult(samples, summarise(samples), self._confidence, low, high, odd, environment_record())
        # END SOLUTION
