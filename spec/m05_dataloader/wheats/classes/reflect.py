"""Formulas about loading, on plain numbers: work them out, then see them held against real batches and a stop-watch."""

from __future__ import annotations

import math

import numpy as np


def batches_per_epoch(samples: int, batch_size: int, drop_last: bool = False) -> int:
    """How many batches an epoch has.

    >>> batches_per_epoch(60_000, 128), batches_per_epoch(60_000, 128, drop_last=True)
    (469, 468)
    """
    return samples // batch_size + (samples % batch_size > 0 and not drop_last)


def batch_bytes(batch_size: int, shapes: list[tuple[int, ...]], dtypes: list[str]) -> int:
    """Bytes of the numbers in one full batch.

    Args:
        shapes: of the tensors in one sample, such as [(1, 28, 28), ()] for an image and its label.
        dtypes: theirs, such as ["float32", "int64"].

    >>> batch_bytes(128, [(1, 28, 28), ()], ["float32", "int64"])
    402432
    """
    return sum(np.empty((batch_size, *shape), dtype).nbytes for shape, dtype in zip(shapes, dtypes, strict=True))


def last_batch_weight(samples: int, batch_size: int) -> float:
    """How many times as much a sample of the last batch counts as any other, in the mean of the batches' means.

    That mean is what one gets from averaging the numbers that a loop over batches prints. No batch is dropped, and
    there is at least one full batch (samples ≥ batch_size).

    >>> last_batch_weight(1001, 100), last_batch_weight(1000, 100)
    (100.0, 1.0)
    """
    left = samples % batch_size
    return batch_size / left if left else 1.0


def epoch_seconds(batches: int, load: float, step: float, ahead: bool) -> float:
    """Seconds from the start of an epoch until its last batch is used.

    Args:
        batches: how many there are.
        load: seconds to load one, always the same.
        step: seconds to use one, always the same.
        ahead: whether a thread loads ahead of use (with any depth, at no cost of its own), or each batch is loaded
            when the one before has been used.

    >>> epoch_seconds(100, 0.25, 0.5, ahead=False), epoch_seconds(100, 0.25, 0.5, ahead=True)
    (75.0, 50.25)
    """
    if not ahead or batches < 2:
        return float(batches * (load + step))
    return batches * (load + step) - (batches - 1) * min(load, step)


def speedup_limit(load: float, step: float) -> float:
    """How many times as fast loading ahead makes an epoch of very many batches; both times are positive.

    >>> speedup_limit(0.25, 0.5)
    1.5
    """
    return 1 + min(load, step) / max(load, step)


def depth_to_hide(pause: int, step: int) -> int:
    """The smallest depth of `prefetch` with which the consumer does not notice that loading once takes a long time.

    Loading takes no time, but for one batch in the middle of a long epoch, which takes `pause`. Each batch is loaded
    from the moment on when the consumer has received the one that lies `depth` before it. The consumer does not notice
    if the batch is there when it asks for it.

    Args:
        pause: how long that one batch takes to load, 0 or more, in milliseconds.
        step: how long the consumer uses each batch, 1 or more, in milliseconds.

    >>> depth_to_hide(90, 40), depth_to_hide(80, 40)
    (3, 2)
    """
    return math.ceil(pause / step) or 1


def prefetch_bytes(batches: int, depth: int, bytes_per_batch: int) -> int:
    """Bytes of batches in memory while the consumer uses the first batch and `prefetch` has loaded all that it may.

    >>> prefetch_bytes(469, 4, 402_432)
    2012160
    """
    ahead = min(depth, batches - 1)
    return (1 + ahead) * bytes_per_batch if batches else 0
