"""Fast, small, accurate: what is not beaten in everything at once."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np


def pareto_front(points: np.ndarray | Sequence[Sequence[float]], maximise: Sequence[int] = ()) -> list[int]:
    """Which points are beaten by no other.

    A point beats another if it is at least as good in every column and better in one or more. Equal points do not
    beat each other: all of them stay, or none.

    Args:
        points: (n, columns), at least one column; smaller is better. n may be 0. Infinite numbers are fine.
        maximise: columns in which larger is better; -1 is the last one, as in NumPy. Naming one twice changes nothing.
    Returns:
        Positions of the points that are not beaten, ascending, as a list of ints.
    Raises:
        ValueError: points do not have two axes, or have no column (the message has the shape), or one is nan (it has the row).
        IndexError: a column of maximise that points do not have; it is named.

    >>> pareto_front([[1.0, 9.0], [2.0, 3.0], [2.0, 4.0], [7.0, 1.0]])
    [0, 1, 3]
    >>> pareto_front([[1.0, 9.0], [2.0, 3.0], [2.0, 4.0], [7.0, 1.0]], maximise=[1])
    [0]
    """
    raise NotImplementedError("m19: pareto_front")
