"""Answers that are kept: a question that was asked before is not worked out again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from ..m01_tensor import Tensor


def call_key(*args: Any, **kwargs: Any) -> Hashable:
    """A key for these arguments: equal for calls that must get the same answer, different for all others.

    Two keys are equal if the calls have the same arguments in the same places and under the same names, in whatever order
    the names come. Arguments are the same if they are of the same kind and

        arrays (of numbers, bools)   have the same dtype, shape and values, in whatever memory layout
        lists, tuples                hold the same things in the same order
        dicts                        hold the same things under the same names, in any order
        others that can be hashed    are equal (==)

    The kind counts: 1, 1.0, True, np.float32(1) and "1" are five arguments, (1, 2) and [1, 2] are two, also inside of others.
    An argument may be changed later: the key is that of what it held at the call. Up to you: nan, 0.0 and -0.0, kinds inside a
    frozenset, arrays of objects.

    Raises:
        TypeError: an argument, or something in it, is a Tensor (an answer that is kept would hold on to all that its
            gradients need) or cannot be hashed; its type is named.

    >>> call_key(np.array([1, 2]), 3, a=1, b=[2]) == call_key(np.array([1, 2]), 3, b=[2], a=1)
    True
    >>> call_key(1) == call_key(1.0), call_key(np.zeros((2, 3))) == call_key(np.zeros((3, 2)))
    (False, False)
    """
    # BEGIN SOLUTION
    return _key(args), _key(kwargs)
    # END SOLUTION


def _key(value: Any) -> Hashable:
    """The key of one argument. Yours to use or not."""
    # BEGIN SOLUTION
    kind = type(value)
    if isinstance(value, Tensor):
        raise TypeError(f"no key for a {kind.__name__}: use its data, if no gradient is wanted")
    if isinstance(value, np.ndarray):
        # Bytes alone would mix up shapes and dtypes.
        return kind, value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, list | tuple):
        return kind, tuple(_key(item) for item in value)
    if isinstance(value, dict):
        return kind, frozenset((_key(name), _key(item)) for name, item in value.items())
    try:
        hash(value)
    except TypeError:
        raise TypeError(f"no key for a {kind.__name__}: it cannot be hashed") from None
    return kind, value
    # END SOLUTION


class Memo:
    """A function that remembers its answers: called with arguments it had before, it gives the answer of then.

    If more than `capacity` answers would be kept, the one that was not asked for (given or found) for the longest time goes.

    Args:
        function: what to ask. It is a function of its arguments alone: the same ones, the same answer.
        capacity: how many answers are kept, 1 or more; None keeps them all.

    Attributes:
        hits: calls whose answer was there.
        misses: calls for which the function was asked.

    Raises:
        ValueError: capacity is less than 1; it is named.

    >>> square = Memo(lambda x: x * x, capacity=2)
    >>> [square(x) for x in (3, 3, 4, 5, 3)], square.hits, square.misses     # when 5 came, 3 had to go
    ([9, 9, 16, 25, 9], 1, 4)

    Source: functools.lru_cache, for which arrays cannot be arguments.
    """

    def __init__(self, function: Callable, capacity: int | None = 128) -> None:
        """See the class."""
        # BEGIN SOLUTION
        if capacity is not None and capacity < 1:
            raise ValueError(f"capacity is 1 or more, or None, not {capacity}")
        self.function, self.capacity = function, capacity
        self.hits = self.misses = 0
        self._answers: dict[Hashable, Any] = {}  # in the order of asking, the youngest last
        # END SOLUTION

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's answer: the very object that it gave, whether now or before.

        An error of the function goes through. The call counts as a miss, and nothing is kept or forgotten for it. The
        function may call the Memo, with other arguments.

        Raises:
            TypeError: as `call_key`; the call counts as neither.
        """
        # BEGIN SOLUTION
        key = call_key(*args, **kwargs)
        if key in self._answers:
            self.hits += 1
            answer = self._answers.pop(key)
        else:
            self.misses += 1
            answer = self.function(*args, **kwargs)
        self._answers[key] = answer
        if self.capacity is not None and len(self._answers) > self.capacity:
            del self._answers[next(iter(self._answers))]
        return answer
        # END SOLUTION

    def __len__(self) -> int:
        """How many answers are kept."""
        # BEGIN SOLUTION
        return len(self._answers)
        # END SOLUTION

    def clear(self) -> None:
        """Forget all answers, and count hits and misses from 0 again."""
        # BEGIN SOLUTION
        self._answers.clear()
        self.hits = self.misses = 0
        # END SOLUTION


def memoize(function: Callable, capacity: int | None = 128) -> Memo:
    """`Memo(function, capacity)`, to put above a function as `@memoize`. Given.

    >>> @memoize
    ... def fibonacci(n):
    ...     return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
    >>> fibonacci(80), fibonacci.misses
    (23416728348467685, 81)
    """
    return Memo(function, capacity)
