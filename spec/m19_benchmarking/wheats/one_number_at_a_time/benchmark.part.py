"""Settings are kept as they are, and the record is written out name by name."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class BenchmarkResult:
    samples: tuple[float, ...]
    summary: Summary
    confidence: float
    low: float
    high: float
    outliers: tuple[int, ...]
    environment: dict[str, Any]

    def record(self) -> dict[str, Any]:
        return {
            "samples": [*self.samples],
            "summary": dict(vars(self.summary)),
            "confidence": self.confidence,
            "low": self.low,
            "high": self.high,
            "outliers": [*self.outliers],
            "environment": copy.deepcopy(self.environment),
        }


class Benchmark:
    def __init__(self, fn, *args, warmup=1, runs=30, number=1, confidence=0.95, clock=time.perf_counter) -> None:
        if warmup < 0:
            raise ValueError(f"warmup={warmup}")
        if runs < 2:
            raise ValueError(f"runs={runs}")
        if number < 1:
            raise ValueError(f"number={number}")
        if not (confidence > 0 and confidence < 1):
            raise ValueError(f"confidence={confidence}")
        self.fn, self.args, self.confidence = fn, args, confidence
        self.settings = {"warmup": warmup, "repeat": runs, "number": number, "clock": clock}

    def run(self) -> BenchmarkResult:
        timing = time_fn(self.fn, *self.args, **self.settings)
        flags = flag_outliers(timing.samples)
        return BenchmarkResult(
            samples=tuple(timing.samples),
            summary=summarise(timing.samples),
            confidence=self.confidence,
            **dict(zip(("low", "high"), t_interval(timing.samples, self.confidence), strict=True)),
            outliers=tuple(i for i, flag in enumerate(flags) if flag),
            environment=environment_record(),
        )
