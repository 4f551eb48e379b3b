"""Sorted rows, channel by channel; an Observer that keeps all ranges."""

from __future__ import annotations

import numpy as np


def calibrate(x: np.ndarray, axis: int | None = None, percentile: float = 100.0) -> tuple[np.ndarray, np.ndarray]:
    if percentile <= 50 or percentile > 100:
        raise ValueError(f"percentile {percentile}")
    if axis is not None:
        if axis not in range(-x.ndim, x.ndim):
            raise IndexError(f"axis {axis} of {x.shape}")
        pairs = [calibrate(np.take(x, i, axis), None, percentile) for i in range(x.shape[axis])]
        low, high = (np.array([pair[side] for pair in pairs], x.dtype).reshape(len(pairs)) for side in (0, 1))
        return low, high
    floats = np.sort(x, axis=None)
    if not len(floats):
        return np.array(0, x.dtype), np.array(0, x.dtype)
    if not np.isfinite([floats[0], floats[-1]]).all():  # nan is sorted to the end
        raise ValueError("inf or nan")
    ends = []
    for share in (1 - percentile / 100, percentile / 100):
        place = share * (len(floats) - 1)
        first = min(int(place), len(floats) - 1)
        second = min(first + 1, len(floats) - 1)
        part = place - first
        ends.append(np.array((1 - part) * float(floats[first]) + part * float(floats[second]), x.dtype))
    return ends[0], ends[1]


class Observer:
    def __init__(self, percentile: float = 100.0) -> None:
        self.percentile, self.seen = percentile, []

    def observe(self, x: np.ndarray) -> None:
        low, high = calibrate(x, None, self.percentile)
        if x.size > 0:
            self.seen.append((float(low), float(high)))

    @property
    def low(self) -> float | None:
        return min(low for low, _ in self.seen) if self.seen else None

    @property
    def high(self) -> float | None:
        return max(high for _, high in self.seen) if self.seen else None

    def range(self) -> tuple[float, float]:
        if not self.seen:
            raise RuntimeError("no array was observed")
        return self.low, self.high
