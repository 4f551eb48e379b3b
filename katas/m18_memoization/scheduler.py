"""Requests that share a batch: when to wait for more of them, and when not to."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Request:
    """Somebody wants an answer. Given.

    Args:
        id: a name of its own.
        arrival: when it comes, in seconds.
        deadline: an answer after this is useless; at it, just in time (BatchScheduler says how to reckon).
    """

    id: Hashable
    arrival: float
    deadline: float = math.inf


@dataclass(frozen=True)
class ServedBatch:
    """Requests that are worked on together, from start to finish (seconds). Given."""

    start: float
    finish: float
    ids: tuple[Hashable, ...]


class BatchScheduler:
    """Decides which requests share a batch, and when it leaves. There is one worker: it takes a batch when it is idle.

    A batch of b takes seconds(b): as a rule more than one alone, but less than b one after another. So waiting pays, up to a point.
    The scheduler has no clock; it is told what time it is.

    Who is next: first come, first served. Requests leave in the order in which they were submitted, so that nobody is overtaken
    again and again. (To go by the earliest deadline would meet more deadlines, and could leave those without one waiting for ever.)

    Who is in time: a batch of b that leaves at deadline - seconds(b) or before. Floats are rounded: 0.9 - 0.3 + 0.3 is more than
    0.9. So this difference is what the time is compared with, everywhere: a batch that leaves at its last moment is never late.

    Args:
        max_batch: the most requests in a batch, 1 or more.
        max_wait: seconds, 0 or more: the one who waits longest, waits no longer than this for others to come. What infinity does is
            up to you.
        seconds: how long a batch of b takes: the same or longer for more requests, never shorter.

    Attributes:
        late: ids of those who were turned away: a list, in the order in which that happened; at one `take`, in order of the queue.
        max_batch, max_wait, seconds: as given.

    Raises:
        ValueError: max_batch is less than 1, or max_wait is below 0 or nan; it is named.

    >>> scheduler = BatchScheduler(max_batch=2, max_wait=10.0, seconds=lambda b: 1.0 + b)
    >>> scheduler.submit(Request("a", 0.0)); scheduler.leaves_at(), scheduler.take(5.0)
    (10.0, ())
    >>> scheduler.submit(Request("b", 6.0)); scheduler.leaves_at(), scheduler.take(6.0)
    (6.0, ('a', 'b'))

    Source: dynamic batching, as in the Triton Inference Server; Yu et al. 2022 (Orca) let it change with each token.
    """

    def __init__(self, max_batch: int, max_wait: float, seconds: Callable[[int], float]) -> None:
        """See the class."""
        raise NotImplementedError("m18: BatchScheduler.__init__")

    def submit(self, request: Request) -> None:
        """A request has come: it waits behind all that wait.

        Raises:
            ValueError: it arrived before another one that was submitted earlier; both arrivals are named.
        """
        raise NotImplementedError("m18: BatchScheduler.submit")

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        raise NotImplementedError("m18: BatchScheduler.waiting")

    def leaves_at(self) -> float:
        """When the next batch leaves if nobody else comes and the worker is idle; it may be in the past. Infinity if nobody waits.

        The front are the first max_batch requests that wait, or all if there are fewer. Their batch leaves at the earliest of

            full        the arrival of request number max_batch
            waited      the arrival of the first one, plus max_wait
            pressing    the last moment at which a batch of all the front is in time for each of their deadlines
        """
        raise NotImplementedError("m18: BatchScheduler.leaves_at")

    def take(self, now: float) -> tuple[Hashable, ...]:
        """The ids of the batch that leaves now, at a time at which the worker is idle; () if none does.

        First, whoever waits and would not be in time even if it left now and alone, is turned away: out of the queue, into
        `late`. Then, unless `leaves_at()` is still to come, the front leaves; as many of it, from the first one on, as are in
        time together, each for its deadline.
        """
        raise NotImplementedError("m18: BatchScheduler.take")


def serve_all(scheduler: BatchScheduler, requests: Iterable[Request]) -> list[ServedBatch]:
    """Play a day with one worker, on a clock that jumps from one event to the next, until nobody waits or comes any more.

    Whenever the worker is idle, those who have arrived by then (also those who do so at this very moment) are submitted, in
    order of arrival, equal ones in the order given; then the scheduler is asked for a batch. If one leaves, the worker is
    busy for seconds(its size) and asks again when it is done. If none does, the clock goes on to the next arrival or to
    `leaves_at()`, whichever is earlier.

    Args:
        scheduler: a new one.
        requests: in any order; arrivals are 0 or more.
    Returns:
        All batches, in order. Those who were turned away are in `scheduler.late`.

    >>> scheduler = BatchScheduler(max_batch=2, max_wait=1.0, seconds=lambda b: 3.0 + b)
    >>> for batch in serve_all(scheduler, [Request("a", 0.0), Request("b", 2.0), Request("c", 2.0), Request("d", 2.0, 9.0)]):
    ...     print(batch)
    ServedBatch(start=1.0, finish=5.0, ids=('a',))
    ServedBatch(start=5.0, finish=10.0, ids=('b', 'c'))
    >>> scheduler.late
    ['d']
    """
    raise NotImplementedError("m18: serve_all")


def served_latency(batches: list[ServedBatch], requests: Iterable[Request], percent: float = 50.0) -> float:
    """The seconds from a request's arrival to its answer that `percent` of those who were served did not exceed: np.percentile's.

    Raises:
        ValueError: nobody was served.

    >>> served_latency([ServedBatch(1.0, 3.0, ("a", "b"))], [Request("a", 0.0), Request("b", 1.0), Request("c", 1.0)], 100)
    3.0
    """
    raise NotImplementedError("m18: served_latency")
