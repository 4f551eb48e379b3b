"""A stack for each number of bytes, and a clock that says who has been idle for how long."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import numpy as np


class BufferPool:
    def __init__(self, cap_bytes: int | None = None) -> None:
        if cap_bytes is not None and cap_bytes < 0:
            raise ValueError(f"cap_bytes={cap_bytes}")
        self.cap_bytes, self.hits, self.misses = cap_bytes, 0, 0
        self.stacks: dict[int, list] = {}
        self.out: list[tuple[np.ndarray, np.ndarray]] = []
        self.clock = itertools.count()

    @property
    def live_bytes(self) -> int:
        return sum(lent.nbytes for lent, _ in self.out)

    @property
    def idle_bytes(self) -> int:
        return sum(raw.nbytes for stack in self.stacks.values() for _, raw in stack)

    def take(self, shape: tuple[int, ...], dtype: Any = "float32") -> np.ndarray:
        wanted = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        stack = self.stacks.get(wanted)
        if stack:
            self.hits += 1
            raw = stack.pop()[1]
        else:
            self.misses += 1
            raw = np.empty(wanted, np.uint8)
        lent = np.ndarray(shape, dtype, buffer=raw.data) if wanted else np.empty(shape, dtype)
        self.out.append((lent, raw))
        return lent

    def give(self, buffer: np.ndarray) -> None:
        for place, (lent, raw) in enumerate(self.out):
            if lent is buffer:
                del self.out[place]
                self.stacks.setdefault(raw.nbytes, []).append((next(self.clock), raw))
                break
        else:
            raise ValueError(f"not mine, or not any more: {buffer.shape}")
        while self.cap_bytes is not None and self.idle_bytes > self.cap_bytes:
            oldest = min((stack for stack in self.stacks.values() if stack), key=lambda stack: stack[0][0])
            del oldest[0]

    @contextlib.contextmanager
    def borrow(self, shape: tuple[int, ...], dtype: Any = "float32"):
        with contextlib.ExitStack() as stack:
            buffer = self.take(shape, dtype)
            stack.callback(self.give, buffer)
            yield buffer

    def clear(self) -> None:
        self.stacks = {}
