"""How a law asks, compares and is weighed."""

import importlib
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from grading.outcomes import Fault, Wrong

from .compare import assert_close, show


def points(n: int) -> pytest.MarkDecorator:
    """What the law is worth (1 if it does not say). Every parameter of a parametrised law is worth as much."""
    return pytest.mark.points(n)


def task(n: int) -> pytest.MarkDecorator:
    """The numbered task of the kata that the law belongs to."""
    return pytest.mark.task(n)


witnessed = pytest.mark.witnessed
"""Marks a law that relies on what only the worker can see: bytes, liveness, how often a method ran."""


def agree(
    ask: Any, probe: Callable, *args: Any, kind: str = "composed", deadline: float | None = None, **named: Any
) -> Any:
    """Ask the framework with `probe` and the oracle of the same name, compare, and give back the answer.

    The oracle is the function of the probe's name in `oracles.py` beside it; it takes the same arguments
    without the framework. `kind` is the row of the tolerance table.
    """
    got = ask(probe, *args, deadline=deadline, **named)  # first: a stub answers at once, and needs no PyTorch
    assert_close(got, expected(probe, *args, **named), kind)
    return got


def expected(probe: Callable, *args: Any, **named: Any) -> Any:
    """What the oracle of the probe's name answers; anything it raises is a fault of the harness."""
    package = probe.__module__.rpartition(".")[0]
    oracle = getattr(importlib.import_module(f"{package}.oracles"), probe.__name__)
    try:
        return oracle(*args, **named)
    except Exception as error:
        raise Fault(f"the oracle {probe.__name__} failed: {type(error).__name__}: {error}") from error


def refuses(
    ask: Any,
    error: type[Exception] | tuple[type[Exception], ...],
    probe: Callable,
    *args: Any,
    naming: Iterable[Any] = (),
    deadline: float | None = None,
    **named: Any,
) -> None:
    """The call must raise `error` (or a subclass), with a message that names each item of `naming`.

    A shape is found in any spelling, "(2, 3)", "[2,3]" or "2x3"; a number only as a whole number.
    """
    kinds = error if isinstance(error, tuple) else (error,)
    wanted = " or ".join(kind.__name__ for kind in kinds)
    items = list(naming)
    names = " that names " + " and ".join(show(item) for item in items) if items else ""
    reply = ask.attempt(probe, *args, deadline=deadline, **named)
    if reply.error is None:
        raise Wrong(f"{wanted}{names}", f"no error; {reply.no_data or f'the result was {show(reply.value)}'}")
    if not {kind.__name__ for kind in kinds} & set(reply.error.classes):
        raise Wrong(f"{wanted}{names}", f"{reply.error.classes[0]}: {reply.error.message}")
    for item in items:
        if not _names(reply.error.message, item):
            raise Wrong(f"{wanted}{names}", f"a message without {show(item)}: {reply.error.message!r}")


def _names(message: str, item: Any) -> bool:
    if isinstance(item, tuple | list):
        sides = r"\s*[,x×]\s*".join(re.escape(str(side)) for side in item)
        return (
            bool(re.search(rf"(?<![\d.]){sides}(?![\d.]\d)", message)) if item else "()" in message or "[]" in message
        )
    if isinstance(item, int | float) and not isinstance(item, bool):
        return bool(re.search(rf"(?<![\w.]){re.escape(str(item))}(?!\w|\.\d)", message))
    return str(item) in message


def require(condition: bool, wanted: str, got: str) -> None:
    """A law without an oracle: unless `condition` holds, it fails with these two lines."""
    if not condition:
        raise Wrong(wanted, got)
