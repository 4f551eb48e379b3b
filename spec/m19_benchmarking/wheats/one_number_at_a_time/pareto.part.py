"""All pairs at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def pareto_front(points: np.ndarray | Sequence[Sequence[float]], maximise: Sequence[int] = ()) -> list[int]:
    table = np.asarray(points, np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise ValueError(f"(n, columns) is wanted, not {table.shape}")
    if np.isnan(table).any():
        raise ValueError(f"nan in row {int(np.argmax(np.isnan(table).any(1)))}")
    sign = np.ones(table.shape[1])
    for column in maximise:
        try:
            sign[column] = -1.0
        except IndexError:
            raise IndexError(f"no column {column}") from None
    table = table * sign
    mine, others = table[:, None], table[None]
    beaten = ((others <= mine).all(2) & (others != mine).any(2)).any(1)
    return np.flatnonzero(~beaten).tolist()
