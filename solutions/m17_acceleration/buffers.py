"""Memory that is used again, instead of asked for again."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np


class BufferPool:
    """Lends out arrays, and keeps their memory for the next one who asks.

    A buffer is *live* from `take` to `give`, and *idle* afterwards. One that was made for one shape and dtype serves every other
    that needs exactly as many bytes. No two live buffers share memory.

    Args:
        cap_bytes: how many bytes may be idle. When `give` makes them more, those buffers are let go that have been idle for
            the longest time, until they are no more than that. None is no limit.

    Attributes:
        hits, misses: how often `take` found an idle buffer, and how often it had to make one.
        live_bytes, idle_bytes: bytes of live and of idle buffers, now.

    Raises:
        ValueError: cap_bytes is less than 0; it is named.

    >>> pool = BufferPool()
    >>> one = pool.take((2, 3)); pool.give(one)
    >>> other = pool.take((3,), "float64")
    >>> np.shares_memory(one, other), pool.hits, pool.misses, pool.live_bytes, pool.idle_bytes
    (True, 1, 1, 24, 0)

    Source: PyTorch's CUDACachingAllocator does this for graphics cards.
    """

    def __init__(self, cap_bytes: int | None = None) -> None:
        """See the class."""
        # BEGIN SOLUTION
        if cap_bytes is not None and cap_bytes < 0:
            raise ValueError(f"cap_bytes must be 0 or more, not {cap_bytes}")
        self.cap_bytes = cap_bytes
        self.hits = self.misses = self.live_bytes = self.idle_bytes = 0
        self._idle: list[np.ndarray] = []  # plain bytes, the one given back last at the end
        self._live: dict[int, tuple[np.ndarray, np.ndarray]] = {}  # id of what was lent: it, and its bytes
        # END SOLUTION

    def take(self, shape: tuple[int, ...], dtype: Any = "float32") -> np.ndarray:
        """A C-contiguous, writable array that nobody else has until it is given back. What stands in it is left over.

        It is an idle buffer of as many bytes, if there is one (of several, the one given back last: its words are the likeliest
        to be in the cache still), else a new one. A buffer of 0 bytes, and one without axes, are buffers like all others.
        """
        # BEGIN SOLUTION
        dtype = np.dtype(dtype)
        nbytes = math.prod(shape) * dtype.itemsize
        place = next((i for i in reversed(range(len(self._idle))) if self._idle[i].nbytes == nbytes), None)
        if place is None:
            raw = np.empty(nbytes, np.uint8)
            self.misses += 1
        else:
            raw = self._idle.pop(place)
            self.idle_bytes -= nbytes
            self.hits += 1
        self.live_bytes += nbytes
        lent = raw.view(dtype).reshape(shape)
        self._live[id(lent)] = lent, raw
        return lent
        # END SOLUTION

    def give(self, buffer: np.ndarray) -> None:
        """Give back what `take` gave. Whoever keeps it must not use it any more.

        Raises:
            ValueError: it is not a live buffer of this pool (made elsewhere, given back before, or a slice of one); its shape is
                named, and nothing changes.
        """
        # BEGIN SOLUTION
        if id(buffer) not in self._live:
            raise ValueError(f"an array of shape {buffer.shape} is not a live buffer of this pool")
        _, raw = self._live.pop(id(buffer))
        self.live_bytes -= raw.nbytes
        self.idle_bytes += raw.nbytes
        self._idle.append(raw)
        while self.cap_bytes is not None and self.idle_bytes > self.cap_bytes:
            self.idle_bytes -= self._idle.pop(0).nbytes
        # END SOLUTION

    @contextlib.contextmanager
    def borrow(self, shape: tuple[int, ...], dtype: Any = "float32") -> Iterator[np.ndarray]:
        """`take` for a `with` block; at its end the buffer is given back, also when the block ends in an error.

        >>> pool = BufferPool()
        >>> with pool.borrow((4,)) as buffer:
        ...     buffer[...] = 1.0
        >>> pool.live_bytes, pool.idle_bytes
        (0, 16)
        """
        # BEGIN SOLUTION
        buffer = self.take(shape, dtype)
        try:
            yield buffer
        finally:
            self.give(buffer)
        # END SOLUTION

    def clear(self) -> None:
        """Let go of all idle buffers. Live ones and the counts of hits and misses stay."""
        # BEGIN SOLUTION
        self._idle.clear()
        self.idle_bytes = 0
        # END SOLUTION


@functools.cache
def workspace() -> BufferPool:
    """The one pool that the kernels of this kata work in. It keeps 64 MB at most. Given."""
    return BufferPool(cap_bytes=2**26)
