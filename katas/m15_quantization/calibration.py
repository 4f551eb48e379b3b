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
    raise NotImplementedError("m15: calibrate")


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
        raise NotImplementedError("m15: Observer.__init__")

    def observe(self, x: np.ndarray) -> None:
        """Look at one more array. An empty one says nothing, and changes nothing.

        Raises:
            ValueError: as `calibrate`.
        """
        raise NotImplementedError("m15: Observer.observe")

    def range(self) -> tuple[float, float]:
        """low and high, as Python floats.

        Raises:
            RuntimeError: nothing was observed.
        """
        raise NotImplementedError("m15: Observer.range")
