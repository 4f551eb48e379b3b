"""Speed laws: ratios measured by the judge's own clock in one run, never absolute times."""

import time
from collections.abc import Callable
from typing import Any

from grading.outcomes import Wrong

from . import probing

ENOUGH = 0.02
"""Seconds a timed call must last, so that the clock and the pipe do not matter."""


def seconds_per_call(ask: Any, probe: Callable, *args: Any, rounds: int = 5, deadline: float = 30.0) -> float:
    """Seconds of one repetition of `probe(tt, *args, repeat)`, as the judge's clock sees it.

    The probe repeats its work `repeat` times and returns the last result. The quickest of `rounds` calls counts: a neighbour
    on the machine only ever adds. Repetitions grow until a call lasts 20 ms;
    the time of an echo with the same arguments is taken off.
    """
    echo = min(_timed(ask, probing.echo, (*args, 1), deadline) for _ in range(3))
    repeat = 1
    while True:
        once = _timed(ask, probe, (*args, repeat), deadline) - echo
        if once >= ENOUGH or repeat >= 1 << 20:
            break
        repeat = int(repeat * min(100.0, max(2.0, 1.3 * ENOUGH / max(once, 1e-4))))
    rest = [_timed(ask, probe, (*args, repeat), deadline) - echo for _ in range(rounds - 1)]
    return max(min([once, *rest]), 1e-9) / repeat


def _timed(ask: Any, probe: Callable, args: tuple, deadline: float) -> float:
    begin = time.perf_counter()
    ask(probe, *args, deadline=deadline)
    return time.perf_counter() - begin


def yardstick_seconds(work: Callable[[], Any], rounds: int = 1) -> float:
    """Seconds of one call of the judge's own `work`, run where the learner's code cannot reach it: the quickest of `rounds`."""
    quickest = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        quickest = min(quickest, time.perf_counter() - begin)
    return quickest


def at_least_times(
    factor: float, slow: Callable[[], float], fast: Callable[[], float], what: str, tries: int = 3
) -> float:
    """`slow()` seconds must be at least `factor` times `fast()` seconds, in the best of `tries` runs.

    Both are measured anew in every try: a neighbour on the machine may spoil one run, not all.
    """
    best = 0.0
    for _ in range(tries):
        best = max(best, slow() / fast())
        if best >= factor:
            return best
    raise Wrong(f"{what} at least {factor:g} times faster", f"{best:.3g} times")


def grows_like(
    exponent: float,
    seconds: Callable[[int], float],
    n: int,
    what: str,
    slack: float = 0.5,
    tries: int = 5,
    times: int = 2,
) -> float:
    """`times` as large an n multiplies `seconds(n)` by about times**exponent, `slack` more in the exponent at most.

    The quickest of all tries counts for either size. Choose both so that what they touch fits into the same cache; where it
    cannot, four times the size tells the exponents apart more surely than twice.
    """
    limit = float(times) ** (exponent + slack)
    small = large = float("inf")
    for _ in range(tries):
        small, large = min(small, seconds(n)), min(large, seconds(times * n))
        if large / small <= limit:
            return large / small
    wanted = f"{what}: {times} times the size takes about {float(times) ** exponent:.3g} times as long"
    raise Wrong(wanted, f"{large / small:.3g} times")
