"""Prefetching: the next batches get ready in a thread of their own while the current one is being used."""

from __future__ import annotations

import queue
from collections.abc import Iterable, Iterator
from typing import Any


def prefetch(loader: Iterable[Any], depth: int = 2) -> Iterator[Any]:
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
