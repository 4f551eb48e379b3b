"""Formulas about many workers, on plain numbers: work them out, then see them held against what is simulated."""

from __future__ import annotations

import math


def naive_seconds(workers: int, size: int, latency: float, seconds_per_byte: float) -> float:
    """Seconds of `all_reduce_naive` on a SimulatedNetwork, for arrays of `size` bytes, if all workers begin at once.

    >>> naive_seconds(workers=2, size=100, latency=1.0, seconds_per_byte=0.25)
    52.0
    """
    # BEGIN SOLUTION
    # One line of one worker carries all: first in, N - 1 times, then out, N - 1 times.
    return 2 * (workers - 1) * (latency + size * seconds_per_byte)
    # END SOLUTION


def ring_seconds(workers: int, size: int, latency: float, seconds_per_byte: float) -> float:
    """Seconds of `all_reduce_ring` on a SimulatedNetwork, if all workers begin at once and the array can be cut evenly.

    >>> ring_seconds(workers=2, size=100, latency=1.0, seconds_per_byte=0.25)
    27.0
    """
    # BEGIN SOLUTION
    return 2 * (workers - 1) * (latency + size / workers * seconds_per_byte)
    # END SOLUTION


def tree_seconds(workers: int, size: int, latency: float, seconds_per_byte: float) -> float:
    """Seconds of an all-reduce along a binary tree. `workers` is a power of two.

    In each round, those who are left go together in pairs, and one of each pair sends its whole sum to the other and is done.
    When one is left, the sum goes the same ways back.

    >>> tree_seconds(workers=2, size=100, latency=1.0, seconds_per_byte=0.25)
    52.0
    """
    # BEGIN SOLUTION
    return 2 * (workers.bit_length() - 1) * (latency + size * seconds_per_byte)
    # END SOLUTION


def ring_pays_from(workers: int, latency: float, seconds_per_byte: float) -> float:
    """The size, in bytes, at which the ring and the tree take the same time: below, the tree is faster, above, the ring.

    `workers` is a power of two, 4 or more; seconds_per_byte is not 0. The size may be no whole number.

    >>> ring_pays_from(workers=4, latency=1.0, seconds_per_byte=0.25)
    3.2
    """
    # BEGIN SOLUTION
    rounds = workers.bit_length() - 1
    return latency / seconds_per_byte * (workers - 1 - rounds) / (rounds - (workers - 1) / workers)
    # END SOLUTION


def overlapped_seconds(
    forward: float, backward: float, buckets: int, workers: int, size: int, latency: float, seconds_per_byte: float
) -> float:
    """Seconds of a step whose gradients, `size` bytes in `buckets` equal buckets, are summed up while backward goes on.

    Backward begins after forward and finishes a bucket after each `buckets`-th of its time. Each bucket takes as long as an
    `all_reduce_ring` of it, and one is on its way at a time. The step is over when the last has come. One worker
    alone sends nothing.

    >>> overlapped_seconds(forward=1.0, backward=4.0, buckets=2, workers=2, size=100, latency=0.5, seconds_per_byte=0.01)
    6.5
    """
    # BEGIN SOLUTION
    ready = backward / buckets
    way = ring_seconds(workers, size / buckets, latency, seconds_per_byte)
    # The longer of the two sets the pace; the other shows once, at the beginning or at the end.
    return forward + ready + (buckets - 1) * max(ready, way) + way
    # END SOLUTION


def speedup(
    workers: int, rows: int, seconds_per_row: float, size: int, latency: float, seconds_per_byte: float
) -> float:
    """How many times faster a step of DataParallel is than that of one worker with the same batch: its rows first, then one
    `all_reduce_ring` of all gradients, `size` bytes. `workers` divides `rows`, and the numbers of the
    gradient.

    >>> speedup(workers=4, rows=8, seconds_per_row=1.0, size=16, latency=0.0, seconds_per_byte=0.0)
    4.0
    """
    # BEGIN SOLUTION
    alone = rows * seconds_per_row
    return alone / (alone / workers + ring_seconds(workers, size, latency, seconds_per_byte))
    # END SOLUTION


def sharded_bytes(parameters: int, workers: int, state_per_parameter: int, itemsize: int = 4) -> int:
    """The most bytes that a worker of ShardedDataParallel keeps from step to step, in parameters, gradients (all of them) and the
    optimizer's state (`state_per_parameter` numbers for each parameter of its part: 2 for Adam).

    What its part of the parameters takes a second time is left out.

    >>> sharded_bytes(parameters=1_000_000, workers=1, state_per_parameter=2)
    16000000
    """
    # BEGIN SOLUTION
    return itemsize * (2 * parameters + state_per_parameter * math.ceil(parameters / workers))
    # END SOLUTION


def bubble_share(stages: int, microbatches: int) -> float:
    """Which share of their time the stages of a pipeline wait, if all stages take equally long and nothing takes time on its way.

    >>> bubble_share(stages=2, microbatches=1)
    0.5
    """
    # BEGIN SOLUTION
    return (stages - 1) / (microbatches + stages - 1)
    # END SOLUTION


def microbatches_for(stages: int, percent: int) -> int:
    """The smallest number of microbatches with which the bubble is at most so many percent, from 1 to 99.

    >>> microbatches_for(stages=2, percent=50)
    1
    """
    # BEGIN SOLUTION
    # (p - 1) / (m + p - 1) ≤ percent / 100, in whole numbers: no rounding decides.
    return max(1, -(-(stages - 1) * (100 - percent) // percent))
    # END SOLUTION
