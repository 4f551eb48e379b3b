"""What probes may use. Runs inside the worker: NumPy and the standard library only."""

import functools
import itertools
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
