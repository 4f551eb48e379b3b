"""What probes may use. Runs inside the worker: NumPy and the standard library only."""

import functools
from collections.abc import Callable
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
