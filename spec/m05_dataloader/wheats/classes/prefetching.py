"""Prefetching: the next batches get ready in a thread of their own while the current one is being used."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def start_thread(work: Callable[[], None]) -> threading.Thread:
    """Run `work()` in a new thread, beside everything else; returns the thread. Given.

    It is a daemon: a program that has come to its end ends, whatever the thread is waiting for. It is joined with
    `thread.join()`, which waits until `work` has returned.

    >>> done = []
    >>> start_thread(lambda: done.append("work")).join()
    >>> done
    ['work']
    """
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def prefetch(loader: Iterable[Any], depth: int = 2) -> Iterator[Any]:
    """The batches of one epoch of `loader`, loaded ahead by a background thread.

    Batches arrive as the loader made them, whatever they are, in the loader's order, and after the last one the
    iterator has ended for good. If the loader raises, the batches before come first; then the very exception that it
    raised is raised by the `next` that asked for the batch, and the epoch is over.

    The thread works ahead until `depth` batches are loaded, or being loaded, that the consumer has not received; there
    it waits. It asks the loader for one batch at a time.

    However the epoch ends, and also if the consumer leaves it in the middle and drops the iterator, the thread ends: at
    once, or as soon as the batch that it is loading is there. The thread is a daemon (see `start_thread`).

    Args:
        loader: a DataLoader, or anything else to iterate over, endless ones too.
        depth: how many batches to be ahead, at least 1.
    Returns:
        An iterator. Each call is a new epoch, with its own thread.
    Raises:
        ValueError: `depth` is less than 1; it is named.
        TypeError: `depth` is no whole number.

    >>> for batch in prefetch(["first", "second"], depth=1):
    ...     print(batch)
    first
    second

    Cost: the memory of `depth` batches more. It saves time where loading waits (for a disk, a network) or works in
    NumPy, not where it runs Python code: two threads take turns at that.
    Source: torch.utils.data.DataLoader(num_workers, prefetch_factor), which uses processes instead.
    """
    if not isinstance(depth, int):
        raise TypeError(f"depth {depth!r}")
    if depth < 1:
        raise ValueError(f"depth {depth}")
    return _Ahead(loader, depth)


class _Shelf:
    """What the thread and the consumer share; the thread holds on to nothing else, so that the iterator can be dropped."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.changed = threading.Condition()
        self.batches: collections.deque = collections.deque()
        self.loading = self.over = self.left = False
        self.error: BaseException | None = None

    def fill(self, loader: Iterable[Any]) -> None:
        error = None
        try:
            batches = iter(loader)
            while True:
                with self.changed:
                    self.changed.wait_for(lambda: self.left or len(self.batches) < self.depth)
                    if self.left:
                        return
                batch = next(batches)
                with self.changed:
                    self.batches.append(batch)
                    self.changed.notify_all()
        except StopIteration:
            pass
        except BaseException as caught:
            error = caught
        with self.changed:
            self.over, self.error = True, error
            self.changed.notify_all()


class _Ahead:
    """An iterator that starts its thread when it is made."""

    def __init__(self, loader: Iterable[Any], depth: int) -> None:
        shelf = self._shelf = _Shelf(depth)
        start_thread(lambda: shelf.fill(loader))

    def __iter__(self) -> _Ahead:
        return self

    def __next__(self) -> Any:
        shelf = self._shelf
        with shelf.changed:
            shelf.changed.wait_for(lambda: shelf.batches or shelf.over)
            if shelf.batches:
                batch = shelf.batches.popleft()
                shelf.changed.notify_all()
                return batch
            if shelf.error is not None:
                raise shelf.error
            raise StopIteration

    def __del__(self) -> None:
        with self._shelf.changed:
            self._shelf.left = True
            self._shelf.changed.notify_all()
