"""Formulas about tables and positions, on plain numbers: work them out, then see them held against tables that really learn."""

from __future__ import annotations

import math


def table_bytes(num_embeddings: int, embedding_dim: int, itemsize: int = 4) -> int:
    """Bytes of a table.

    >>> table_bytes(50257, 768)   # GPT-2's: 154 MB, before anything has been computed
    154389504
    """
    raise NotImplementedError("m11: table_bytes")


def step_bytes(num_embeddings: int, embedding_dim: int, state_per_parameter: int, itemsize: int = 4) -> int:
    """Bytes that belong to a table while it learns: itself, its gradient, and what the optimizer keeps. The gradient has a
    row for every row of the table, touched or not.

    Args:
        state_per_parameter: how many numbers the optimizer keeps for each of the table's: 2 for Adam.

    >>> step_bytes(50257, 768, state_per_parameter=2)
    617558016
    """
    raise NotImplementedError("m11: step_bytes")


def one_hot_flops(ids: int, num_embeddings: int, embedding_dim: int) -> int:
    """Multiplications and additions of the matrix product that a lookup replaces: one-hot rows (ids, num_embeddings) times the
    table. Each number of the result counts num_embeddings of both.

    >>> one_hot_flops(1024, 50257, 768)   # the lookup itself: none
    79047426048
    """
    raise NotImplementedError("m11: one_hot_flops")


def expected_rows(num_embeddings: int, ids: int) -> float:
    """How many different rows a step touches on average, when every one of its ids is any row with the same chance.

    >>> expected_rows(2, 2)   # both the same, or not: half of the time each
    1.5
    >>> round(expected_rows(50257, 1024))
    1014
    """
    raise NotImplementedError("m11: expected_rows")


def wavelength(pair: int, dim: int, base: float = 10000.0) -> float:
    """After how many positions the angle of a pair has gone round once (a real number: the angle grows evenly).

    >>> round(wavelength(0, dim=64), 4), round(wavelength(31, dim=64))
    (6.2832, 47117)
    """
    raise NotImplementedError("m11: wavelength")
