"""What probes may use. Runs inside the worker: NumPy and the standard library only."""

import functools
import itertools
import os
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any


def cold(probe: Callable) -> Callable:
    """Give this probe the framework as it is before a kata's `activate` function (m06's `enable_autograd`) ran."""
    probe.cold = True  # type: ignore[attr-defined]
    return probe


def fresh(probe: Callable) -> Callable:
    """Like `cold`, and the framework is loaded anew for every call: the probe may alter it."""
    probe.cold = probe.fresh = True  # type: ignore[attr-defined]
    return probe


def echo(tt: Any, *args: Any) -> None:
    """Does nothing: what a call costs by itself."""


def changing(t: Any, repeat: int, session: dict[str, Any]) -> Iterator[None]:
    """Counts to `repeat`, and each time gives one number of the Tensor `t` a value that it never had: for probes that
    are timed. An answer that was kept from before is of no use."""
    count = session.setdefault("count", itertools.count(1))
    for _ in range(repeat):
        t.data.flat[0] = next(count)
        yield


class Clock:
    """A clock that a law winds by hand. Each look costs `tick` seconds; with `step` it stands still, and then jumps.

    >>> clock = Clock(0.5); clock.spend(2.0); clock(), clock()
    (2.5, 3.0)
    """

    def __init__(self, tick: float = 0.0, step: float = 0.0) -> None:
        self.now, self.tick, self.step = 0.0, tick, step

    def __call__(self) -> float:
        self.now += self.tick
        return self.now // self.step * self.step if self.step else self.now

    def spend(self, seconds: float) -> None:
        """So long something takes."""
        self.now += seconds


def moments(place: pathlib.Path, act: Callable[[], Any]) -> list[dict[str, bytes]]:
    """What is in a folder at every moment of `act()`, as a kill -9 would leave it: [{file: bytes}, …].

    Whenever a function of C begins or ends, the folder is looked at; a moment that is like the one before is left out."""
    found: list[dict[str, bytes]] = []
    last: list[tuple] | None = None

    def look(frame: Any = None, event: str = "c_call", function: Any = None) -> None:
        nonlocal last
        if event not in ("c_call", "c_return"):
            return
        with os.scandir(place) as entries:
            seen = sorted((e.name, (s := e.stat()).st_ino, s.st_size, s.st_mtime_ns) for e in entries)
        if seen != last:
            last = seen
            found.append({name: (place / name).read_bytes() for name, *_ in seen})

    look()
    before = sys.getprofile()
    sys.setprofile(look)
    try:
        act()
    finally:
        sys.setprofile(before if callable(before) else None)
    look()
    return found


class Calls:
    """Counts how often a function runs, and lets it run: a witness.

    >>> calls = Calls(len); calls([1, 2]); calls.count
    2
    1
    """

    def __init__(self, function: Callable) -> None:
        self.function, self.count = function, 0
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **named: Any) -> Any:
        self.count += 1
        return self.function(*args, **named)
