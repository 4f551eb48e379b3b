"""Formulas about tables and positions, on plain numbers: work them out, then see them held against tables that really learn."""

from __future__ import annotations

import math


def table_bytes(num_embeddings: int, embedding_dim: int, itemsize: int = 4) -> int:
    """Bytes of a table.

    >>> table_bytes(50257, 768)   # GPT-2's: 154 MB, before anything has been computed
    154389504
    """
    # BEGIN SOLUTION
    return num_embeddings * embedding_dim * itemsize
    # END SOLUTION


def step_bytes(num_embeddings: int, embedding_dim: int, state_per_parameter: int, itemsize: int = 4) -> int:
    """Bytes that belong to a table while it learns: itself, its gradient, and what the optimizer keeps. The gradient has a
    row for every row of the table, touched or not.

    Args:
        state_per_parameter: how many numbers the optimizer keeps for each of the table's: 2 for Adam.

    >>> step_bytes(50257, 768, state_per_parameter=2)
    617558016
    """
    # BEGIN SOLUTION
    return (2 + state_per_parameter) * num_embeddings * embedding_dim * itemsize
    # END SOLUTION


def one_hot_flops(ids: int, num_embeddings: int, embedding_dim: int) -> int:
    """Multiplications and additions of the matrix product that a lookup replaces: one-hot rows (ids, num_embeddings) times the
    table. Each number of the result counts num_embeddings of both.

    >>> one_hot_flops(1024, 50257, 768)   # the lookup itself: none
    79047426048
    """
    # BEGIN SOLUTION
    return 2 * ids * num_embeddings * embedding_dim
    # END SOLUTION


def expected_rows(num_embeddings: int, ids: int) -> float:
    """How many different rows a step touches on average, when every one of its ids is any row with the same chance.

    >>> expected_rows(2, 2)   # both the same, or not: half of the time each
    1.5
    >>> round(expected_rows(50257, 1024))
    1014
    """
    # BEGIN SOLUTION
    # A row is missed by all ids with probability (1 - 1/num)^ids. expm1 and log1p keep the digits of a small chance.
    if num_embeddings == 1:
        return 1.0 if ids else 0.0
    return -num_embeddings * math.expm1(ids * math.log1p(-1.0 / num_embeddings))
    # END SOLUTION


def wavelength(pair: int, dim: int, base: float = 10000.0) -> float:
    """After how many positions the angle of a pair has gone round once (a real number: the angle grows evenly).

    >>> round(wavelength(0, dim=64), 4), round(wavelength(31, dim=64))
    (6.2832, 47117)
    """
    # BEGIN SOLUTION
    return 2.0 * math.pi * base ** (2 * pair / dim)
    # END SOLUTION
