"""Which floats there are: ranges, of one array and of many."""

from __future__ import annotations

import numpy as np


def calibrate(x: np.ndarray, axis: int | None = None, percentile: float = 100.0) -> tuple[np.ndarray, np.ndarray]:
    """The range of the floats in x: from their smallest to their largest, or without the outermost ones.

    Args:
        x: floats of any shape.
        axis: None for one range of all; else one for every place along this axis (it may count from the end).
        percentile: above 50, up to 100. `high` is this percentile of the floats and `low` the (100 - percentile)th, with
            linear interpolation between neighbours, as np.percentile has it. 100 is the largest and the smallest.
    Returns:
        low, high: arrays of x's dtype, of shape () or (x.shape[axis],). Where there is nothing, both are 0.
    Raises:
        ValueError: percentile is not above 50 and up to 100 (it is named), or x holds inf or nan.
        IndexError: there is no such axis; it is named.

    >>> low, high = calibrate(np.array([[1.0, -2.0], [3.0, 5.0]]), axis=0)
    >>> low, high
    (array([-2.,  3.]), array([1., 5.]))
    >>> low, high = calibrate(np.arange(101.0), percentile=99)
    >>> float(low), float(high)
    (1.0, 99.0)
    """
    # BEGIN SOLUTION
    if not 50.0 < percentile <= 100.0:
        raise ValueError(f"percentile is above 50 and up to 100, not {percentile}")
    if not np.isfinite(x).all():
        raise ValueError("a range of inf or nan says nothing")
    if axis is None:
        rows, shape = x.reshape(-1), ()
    else:
        if not -x.ndim <= axis < x.ndim:
            raise IndexError(f"there is no axis {axis} in an array of shape {x.shape}")
        shape = (x.shape[axis],)
        rows = np.moveaxis(x, axis, 0)
        rows = rows.reshape(*shape, x.size // shape[0] if shape[0] else 0)
    if rows.size == 0:
        return np.zeros(shape, x.dtype), np.zeros(shape, x.dtype)
    if percentile == 100.0:
        low, high = rows.min(axis=-1), rows.max(axis=-1)
    else:
        low, high = np.percentile(rows, [100.0 - percentile, percentile], axis=-1)
    return np.asarray(low, x.dtype), np.asarray(high, x.dtype)
    # END SOLUTION


class Observer:
    """Looks at one array after another and keeps the range that holds the range of each of them.

    Args:
        percentile: as in `calibrate`, for each array by itself.
    Raises:
        ValueError: as `calibrate`; for a wrong percentile at once, or when the first array is observed.

    >>> observer = Observer()
    >>> observer.observe(np.array([1.0, 2.0]))
    >>> observer.observe(np.array([-1.0, 1.5]))
    >>> observer.range()
    (-1.0, 2.0)

    Source: torch.ao.quantization.MinMaxObserver.
    """

    def __init__(self, percentile: float = 100.0) -> None:
        """See the class."""
        # BEGIN SOLUTION
        self.percentile = percentile
        self.low: float | None = None
        self.high: float | None = None
        # END SOLUTION

    def observe(self, x: np.ndarray) -> None:
        """Look at one more array. An empty one says nothing, and changes nothing.

        Raises:
            ValueError: as `calibrate`.
        """
        # BEGIN SOLUTION
        low, high = map(float, calibrate(x, percentile=self.percentile))
        if x.size:
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)
        # END SOLUTION

    def range(self) -> tuple[float, float]:
        """low and high, as Python floats.

        Raises:
            RuntimeError: nothing was observed.
        """
        # BEGIN SOLUTION
        if self.low is None or self.high is None:
            raise RuntimeError("nothing was observed: there is no range")
        return self.low, self.high
        # END SOLUTION
