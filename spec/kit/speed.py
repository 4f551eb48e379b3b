"""Speed laws: ratios measured by the judge's own clocks in one run, never absolute times.

What is measured is processor time, the learner's process' and the judge's own: a neighbour on the machine makes both wait,
and waiting does not count. Where sleeping is the point (`waits=True`), it is the time on the wall.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from grading.outcomes import Wrong

from . import probing

ENOUGH = 0.02
"""Seconds a timed call must last, so that the clock and the pipe do not matter."""
CLEAR = 3.0
"""A ratio that noise alone does not make."""


def seconds_per_call(
    ask: Any, probe: Callable, *args: Any, rounds: int = 3, deadline: float = 30.0, waits: bool = False
) -> float:
    """Seconds of one repetition of `probe(tt, *args, repeat)`, as the judge's clock sees it.

    The probe repeats its work `repeat` times and returns the last result. The quickest of `rounds` calls counts: a neighbour
    on the machine only ever adds. Repetitions grow until a call lasts 20 ms;
    the time of an echo with the same arguments is taken off.
    """
    clock = time.perf_counter if waits else ask.cpu_seconds

    def timed(what: Callable, repeat: int) -> float:
        begin = clock()
        ask(what, *args, repeat, deadline=deadline)
        return clock() - begin

    echo = min(timed(probing.echo, 1) for _ in range(3))
    repeat = 1
    while True:
        once = timed(probe, repeat) - echo
        if once >= ENOUGH or repeat >= 1 << 20:
            break
        repeat = int(repeat * min(100.0, max(2.0, 1.3 * ENOUGH / max(once, 1e-4))))
    rest = [timed(probe, repeat) - echo for _ in range(rounds - 1)]
    return max(min([once, *rest]), 1e-9) / repeat


def yardstick_seconds(work: Callable[[], Any], rounds: int = 1, enough: float = 0.0) -> float:
    """Seconds of one call of the judge's own `work`, run where the learner's code cannot reach it: the quickest of `rounds`.

    With `enough`, each round repeats it until the round lasts that long: for work of microseconds.
    """
    count, seconds = 1, [_processor(work, 1)]
    while seconds[-1] < enough and count < 1 << 20:
        count *= 2 if seconds[-1] > enough / 8 else 8
        seconds = [_processor(work, count)]
    seconds += [_processor(work, count) for _ in range(rounds - 1)]
    return min(seconds) / count


def _processor(work: Callable[[], Any], count: int) -> float:
    begin = time.process_time()
    for _ in range(count):
        work()
    return time.process_time() - begin


def at_least_times(
    factor: float, slow: Callable[[], float], fast: Callable[[], float], what: str, tries: int = 4
) -> None:
    """`slow()` seconds must be at least `factor` times `fast()` seconds, by the quickest of up to `tries` runs of each."""
    ratio = _ratio(factor, slow, fast, tries)
    if ratio < factor:
        raise Wrong(f"{what} at least {factor:g} times faster", f"{ratio:.3g} times")


def at_most_times(
    factor: float, ours: Callable[[], float], theirs: Callable[[], float], what: str, than: str, tries: int = 4
) -> None:
    """`ours()` seconds must be at most `factor` times `theirs()` seconds, by the quickest of up to `tries` runs of each.

    `what` and `than` say what takes the seconds: "a blocked product", "NumPy's"."""
    ratio = _ratio(1 / factor, theirs, ours, tries)
    if ratio < 1 / factor:
        raise Wrong(f"{what} in at most {factor:g} times the time of {than}", f"{1 / ratio:.3g} times")


def _ratio(factor: float, slow: Callable[[], float], fast: Callable[[], float], tries: int) -> float:
    """How many times as long `slow()` takes, measured until it is `factor`, or `tries` times.

    A neighbour on the machine only ever adds. Where the factor is small, what it adds to `slow()` could be mistaken for it: then
    one run is not believed.
    """
    measured: list[tuple[float, float]] = []
    for count in range(1, tries + 1):
        measured.append((slow(), fast()))
        ratio = min(more for more, _ in measured) / min(less for _, less in measured)
        if ratio >= factor and (count > 1 or not 1 <= factor < CLEAR):
            break
    return ratio


def grows_like(
    exponent: float,
    seconds: Callable[[int], float],
    n: int,
    what: str,
    slack: float = 0.5,
    tries: int = 8,
    times: int = 4,
) -> float:
    """`times` as large an n multiplies `seconds(n)` by about times**exponent, `slack` more in the exponent at most.

    Either of two ratios may show it: that of the quickest of all tries, since a neighbour on the machine only ever adds, or the
    median of the tries' own, since a slow minute slows both sizes. Choose n so that what either size
    touches fits into the same cache.
    """
    limit = float(times) ** (exponent + slack)
    measured: list[tuple[float, float]] = []
    for _ in range(tries):
        measured.append((seconds(n), seconds(times * n)))
        small, large = (min(column) for column in zip(*measured, strict=True))
        ratio = min(large / small, statistics.median(more / less for less, more in measured))
        if ratio <= limit:
            return ratio
    wanted = f"{what}: {times} times the size takes about {float(times) ** exponent:.3g} times as long"
    raise Wrong(wanted, f"{ratio:.3g} times")
