"""A network of the judge's own: it carries messages, counts them, and can change one on its way, or break down."""

from collections import deque

import numpy as np


class Wire:
    """What the functions of m21 use of a network. `change` = (number of a message, what is added to it); at message number
    `breaks_at`, a ConnectionError comes instead. Messages are numbered from 0, empty ones left out."""

    def __init__(self, workers, change=None, breaks_at=None):
        self.workers, self.change, self.breaks_at = workers, change, breaks_at
        self.alive = list(range(workers))
        self.computed = [0.0] * workers
        self.begin()

    def begin(self):
        """Count from here on."""
        self.rows, self.number = [], 0
        self.waiting = {}

    def check(self, *workers):
        for worker in workers:
            if worker not in self.alive:
                raise ConnectionError(f"worker {worker} is lost, or never was")

    def compute(self, worker, seconds):
        self.check(worker)
        self.computed[worker] += seconds

    def send(self, source, target, array):
        self.check(source, target)
        if source == target:
            raise RuntimeError(f"worker {source} sends a message to itself")
        if not isinstance(array, np.ndarray):
            raise TypeError(
                f"worker {source} sends a {type(array).__module__}.{type(array).__name__}, no array: "
                "has an array without axes lost its array?"
            )
        array = array.copy()
        if array.size:
            if self.number == self.breaks_at:
                raise ConnectionError("a worker is lost on the way")
            if self.change and self.number == self.change[0]:
                array += np.asarray(self.change[1], array.dtype)
            self.number += 1
        self.rows.append((source, target, array.nbytes))
        self.waiting.setdefault((source, target), deque()).append(array)

    def receive(self, worker, source):
        self.check(worker, source)
        if not self.waiting.get((source, worker)):
            raise RuntimeError(f"worker {worker} waits for a message of worker {source} that was never sent")
        return self.waiting[source, worker].popleft()

    def lose(self, worker):
        self.check(worker)
        self.alive.remove(worker)
        self.waiting = {}

    def traffic(self):
        """Messages (but empty ones) and bytes that each worker sent, the lines that were used, and messages nobody received."""
        messages, size = [0] * self.workers, [0] * self.workers
        for source, _, nbytes in self.rows:
            messages[source] += nbytes > 0
            size[source] += nbytes
        return {
            "messages": messages,
            "bytes": size,
            "lines": sorted({(source, target) for source, target, _ in self.rows}),
            "never received": sum(map(len, self.waiting.values())),
        }


def summed(arrays):
    """The sum of all arrays, for everybody: an all-reduce that needs no network."""
    total = arrays[0].copy()
    for array in arrays[1:]:
        total = total + array
    return [total.copy() for _ in arrays]


def some_shared(arrays):
    """Whether any two of the arrays have memory in common."""
    return any(np.shares_memory(one, other) for i, one in enumerate(arrays) for other in arrays[:i])
