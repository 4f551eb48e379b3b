"""Formulas about loading, on plain numbers: work them out, then see them held against real batches and a stop-watch."""

from __future__ import annotations

import math

import numpy as np


def batches_per_epoch(samples: int, batch_size: int, drop_last: bool = False) -> int:
    return samples // batch_size + (samples % batch_size > 0 and not drop_last)


def batch_bytes(batch_size: int, shapes: list[tuple[int, ...]], dtypes: list[str]) -> int:
    return sum(np.empty((batch_size, *shape), dtype).nbytes for shape, dtype in zip(shapes, dtypes, strict=True))


def last_batch_weight(samples: int, batch_size: int) -> float:
    left = samples % batch_size
    return batch_size / left if left else 1.0


def epoch_seconds(batches: int, load: float, step: float, ahead: bool) -> float:
    if not ahead or batches < 2:
        return float(batches * (load + step))
    return batches * (load + step) - (batches - 1) * min(load, step)


def speedup_limit(load: float, step: float) -> float:
    return 1 + min(load, step) / max(load, step)


def depth_to_hide(pause: int, step: int) -> int:
    return math.ceil(pause / step) or 1


def prefetch_bytes(batches: int, depth: int, bytes_per_batch: int) -> int:
    ahead = min(depth, batches - 1)
    return (1 + ahead) * bytes_per_batch if batches else 0
