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
    # BEGIN SOLUTION
    better_small = np.array(points, np.float64)
    if better_small.ndim != 2 or not better_small.shape[1]:
        raise ValueError(f"points of shape {better_small.shape}, and (n, columns) is wanted")
    columns = better_small.shape[1]
    for column in maximise:
        if not -columns <= operator.index(column) < columns:
            raise IndexError(f"there is no column {column} among {columns}")
    odd = np.flatnonzero(np.isnan(better_small).any(1))
    if len(odd):
        raise ValueError(f"point {odd[0]} holds nan")
    turned = sorted({column % columns for column in maximise})
    better_small[:, turned] *= -1
    front = []
    for position, point in enumerate(better_small):
        as_good, better = (better_small <= point).all(1), (better_small < point).any(1)
        if not (as_good & better).any():
            front.append(position)
    return front
    # END SOLUTION
