"""Prefetching: the next batches get ready in a thread of their own while the current one is being used."""

from __future__ import annotations

import queue
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

    def epoch():
        # One request for each batch that may be loaded: `depth` to begin with, and one more for each batch received.
        requests, replies = queue.Queue(), queue.Queue()

        def work():
            source = None
            while requests.get():
                try:
                    source = iter(loader) if source is None else source
                    replies.put((True, [next(source)]))
                except StopIteration:
                    replies.put((False, None))
                    return
                except Exception as error:
                    replies.put((False, error))
                    return

        for _ in range(depth):
            requests.put(True)
        start_thread(work)
        try:
            while True:
                more, reply = replies.get()
                if not more:
                    break
                requests.put(True)
                yield reply.pop()
        finally:
            requests.queue.clear()
            requests.put(False)
        if reply is not None:
            raise reply

    return epoch()
