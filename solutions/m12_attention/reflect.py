"""Formulas about attention, on plain numbers: work them out, then see them held against layers that really run."""

from __future__ import annotations

import math


def score_bytes(batch: int, heads: int, n: int, m: int, itemsize: int = 4) -> int:
    """Bytes of the weights of all heads, one number for each pair of a query and a key.

    >>> score_bytes(batch=1, heads=12, n=1024, m=1024)
    50331648
    """
    # BEGIN SOLUTION
    return batch * heads * n * m * itemsize
    # END SOLUTION


def longest_sequence(nbytes: int, batch: int, heads: int, itemsize: int = 4) -> int:
    """The largest n for which the weights of n queries and n keys fit into nbytes.

    >>> longest_sequence(2**30, batch=1, heads=12), longest_sequence(4 * 2**30, batch=1, heads=12)
    (4729, 9459)
    """
    # BEGIN SOLUTION
    return math.isqrt(nbytes // (batch * heads * itemsize))
    # END SOLUTION


def attention_flops(batch: int, heads: int, n: int, m: int, head_dim: int) -> int:
    """Operations (a multiplication and an addition are two) of the two matrix products of attention in all heads.

    >>> attention_flops(1, 12, 1024, 1024, 64), attention_flops(1, 12, 2048, 2048, 64)
    (3221225472, 12884901888)
    """
    # BEGIN SOLUTION
    return 4 * batch * heads * n * m * head_dim
    # END SOLUTION


def projection_flops(batch: int, n: int, embed_dim: int) -> int:
    """Operations of all four projections of a MultiHeadAttention that looks at its own n tokens, biases left out.

    >>> projection_flops(1, 1024, 768)
    4831838208
    """
    # BEGIN SOLUTION
    return 8 * batch * n * embed_dim**2
    # END SOLUTION


def break_even_length(embed_dim: int) -> int:
    """How many tokens there are when the two products of attention cost as much as the four projections.

    >>> break_even_length(768)
    1536
    """
    # BEGIN SOLUTION
    return 2 * embed_dim
    # END SOLUTION


def attention_parameters(embed_dim: int, bias: bool = True) -> int:
    """How many numbers a MultiHeadAttention learns. The number of heads is not among the arguments.

    >>> attention_parameters(768)
    2362368
    """
    # BEGIN SOLUTION
    return 4 * embed_dim * (embed_dim + (1 if bias else 0))
    # END SOLUTION


def causal_share(n: int) -> float:
    """Which share of all pairs of n queries and n keys is seen if nobody looks ahead.

    >>> causal_share(1), causal_share(3), causal_share(1000)
    (1.0, 0.6666666666666666, 0.5005)
    """
    # BEGIN SOLUTION
    return (n + 1) / (2 * n)
    # END SOLUTION


def score_spread(head_dim: int, scaled: bool = True) -> float:
    """The standard deviation of a score, of a query and a key whose features are independent, of mean 0 and variance 1.

    Args:
        scaled: whether scores are divided by √head_dim, as they should be.

    >>> score_spread(64, scaled=False), score_spread(64)
    (8.0, 1.0)
    """
    # BEGIN SOLUTION
    return 1.0 if scaled else math.sqrt(head_dim)
    # END SOLUTION
