"""When operations are recorded, and what happens to memory that they will look at again."""

from __future__ import annotations

import contextlib
import functools
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..m01_tensor import Tensor

# ------------------------------------------------------------------ what is recorded


class _Recording(threading.local):
    """Whether operations are recorded, in this thread."""

    on = True


RECORDING = _Recording()


def needs_gradient(value: Any) -> bool:
    """Whether `value` is a Tensor of floats with requires_grad. Given."""
    return isinstance(value, Tensor) and value.requires_grad and value.data.dtype.kind == "f"


def as_arrays(value: Any) -> Any:
    """The array inside a Tensor, also inside a list or tuple of them; anything else as it is. Given."""
    if isinstance(value, Tensor):
        return value.data
    return type(value)(map(as_arrays, value)) if type(value) in (list, tuple) else value


def wrap(array: Any) -> Tensor:
    """A new Tensor around `array` itself, without a copy. Given."""
    result = Tensor.__new__(Tensor)
    result.data = np.asarray(array)
    return result


@contextlib.contextmanager
def no_grad() -> Iterator[None]:
    """While the block runs, nothing is recorded in this thread: results have no history and requires_grad is False.

    Blocks may be nested: the end of an inner one does not switch recording on again. However a block ends, even by an
    exception, recording is afterwards what it was before. `@no_grad()` above a function does the same for its calls.

    >>> from .autograd import enable_autograd; enable_autograd()
    >>> x = Tensor([1.0], requires_grad=True)
    >>> with no_grad():
    ...     y = x * 2
    >>> y.requires_grad, (x * 2).requires_grad
    (False, True)

    Source: torch.no_grad.
    """
    raise NotImplementedError("m06: no_grad")


# ------------------------------------------------------------------ changes in place


class Changes:
    """When which memory was last changed in place. Given.

    Views share memory, so it is the memory that is remembered, not the Tensor: the array at the bottom of a chain of
    views. What is written past Tensor's methods (`t.data[0] = 1`) is not seen.
    """

    clock = 0
    latest: dict[int, int] = {}  # noqa: RUF012 (shared by all on purpose)

    @staticmethod
    def owner(array: np.ndarray) -> np.ndarray:
        """The array that owns the memory of `array`."""
        while isinstance(array.base, np.ndarray):
            array = array.base
        return array

    @classmethod
    def note(cls, array: np.ndarray) -> None:
        """The memory of `array` has just changed."""
        owner = cls.owner(array)
        if id(owner) not in cls.latest:
            weakref.finalize(owner, cls.latest.pop, id(owner), None).atexit = False
        cls.clock += 1
        cls.latest[id(owner)] = cls.clock


def in_place(method: Callable) -> Callable:
    """`method`, which changes a Tensor in place, as one whose changes are noted. Given.

    A change cannot be recorded: where a gradient would have to go through it, it is a RuntimeError.
    """

    @functools.wraps(method)
    def change(self: Tensor, *args: Any, **named: Any) -> Any:
        if RECORDING.on and (self.made_by or any(map(needs_gradient, (*args, *named.values())))):
            what = "a Tensor that was computed" if self.made_by else "a Tensor, from one that needs a gradient,"
            raise RuntimeError(
                f"{method.__name__}: changing {what} in place would lose its gradient. Compute a new Tensor instead; "
                "if no gradient is meant to go through here, use detach() or no_grad()"
            )
        before, RECORDING.on = RECORDING.on, False
        try:
            return method(self, *args, **named)
        finally:
            RECORDING.on = before
            Changes.note(self.data)

    return change


def changed_since(clock: int, saved: Iterable[Any]) -> bool:
    """Whether any array in `saved` has changed in place since `Changes.clock` stood at `clock`.

    `saved` may hold other things than arrays, and tuples or lists of arrays.

    Cost: almost nothing if nothing at all has changed since then, which is the usual case.
    """
    raise NotImplementedError("m06: changed_since")
