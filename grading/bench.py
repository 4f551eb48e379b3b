"""The reference's kernels beside PyTorch on the CPU, in one run, on one thread each: medians of rounds taken in turns.

What is measured stands in spec/bench/rows.py. Ours runs in the worker, where it runs when it is graded; both sides are measured in
processor time, so that a neighbour on the machine spoils neither.
"""

import importlib
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .ask import Ask
from .engines import Isolated
from .manifest import Curriculum, UsageError
from .run import environment
from .trees import Mix, Tree
from .worker.calling import keep_freed_memory

SCHEMA = "kata-bench/1"


@dataclass(frozen=True)
class Line:
    """One measured row."""

    name: str
    ours_seconds: float
    torch_seconds: float | None
    ratio: float | None
    note: str = ""


def rows(names: list[str]) -> list[Any]:
    """The rows to measure: all, or those whose names contain one of the words. UsageError where there are none."""
    every = importlib.import_module("spec.bench.rows").rows()
    chosen = [row for row in every if not names or any(word.lower() in row.name.lower() for word in names)]
    if not chosen:
        raise UsageError(f"no row is called {' or '.join(names)}; there are {', '.join(row.name for row in every)}")
    return chosen


def measure(
    chosen: list[Any],
    reference: Tree,
    curriculum: Curriculum,
    rounds: int,
    began: Callable[[str], None] = lambda name: None,
) -> Iterator[Line]:
    """Each row's line, as soon as it is measured. Katas that are not there yet are left out."""
    from spec.kit.speed import yardstick_seconds

    keep_freed_memory()  # PyTorch runs in this process
    engine = Isolated()
    try:
        ask = Ask(engine, curriculum)
        for row in chosen:
            kata = curriculum.kata(row.kata)
            if not kata.exists:
                continue
            began(row.name)
            ask.begin(kata, Mix(reference).sources(kata, curriculum))
            theirs = row.theirs() if row.theirs else None
            if theirs:
                theirs()  # PyTorch chooses its ways at the first call
            measured: list[tuple[float, float | None]] = []
            for _ in range(rounds):
                ours = row.ours(ask) * row.times
                measured.append((ours, yardstick_seconds(theirs, rounds=3, enough=0.02) if theirs else None))
            ours = statistics.median(mine for mine, _ in measured)
            other = [their for _, their in measured if their is not None]
            ratio = statistics.median(mine / their for mine, their in measured if their) if other else None
            yield Line(row.name, ours, statistics.median(other) if other else None, ratio, row.note)
    finally:
        engine.close()


def to_json(lines: list[Line], rounds: int) -> dict[str, Any]:
    """The table as data."""
    return {
        "schema": SCHEMA,
        "environment": environment(),
        "threads": 1,
        "rounds": rounds,
        "rows": [vars(line) for line in lines],
    }
