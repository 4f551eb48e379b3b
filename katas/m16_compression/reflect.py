"""Formulas about fewer numbers, on plain numbers: work them out, then see them held against models that are made."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence


def sparsity_after(amount: float, rounds: int) -> float:
    """The sparsity after pruning the share `amount` of what is left, `rounds` times.

    >>> sparsity_after(0.5, 1), sparsity_after(0.5, 3)
    (0.5, 0.875)
    """
    raise NotImplementedError("m16: sparsity_after")


def csr_bytes(rows: int, columns: int, nonzero: int, itemsize: int = 4) -> int:
    """Bytes of a SparseMatrix of that shape with `nonzero` numbers of `itemsize` bytes each.

    >>> csr_bytes(10, 64, 100), csr_bytes(1, 40_000, 100)
    (644, 808)
    """
    raise NotImplementedError("m16: csr_bytes")


def break_even_density(rows: int, columns: int, itemsize: int = 4) -> float:
    """The share of numbers that are not 0 at which a SparseMatrix takes just as many bytes as the dense array.

    >>> round(break_even_density(1000, 1000), 4), break_even_density(1, 1)
    (0.666, -0.6666666666666666)
    """
    raise NotImplementedError("m16: break_even_density")


def dense_numbers(sizes: Sequence[int], keep: float = 1.0) -> int:
    """How many numbers Linear layers hold, weights and biases, if each hidden layer keeps only the share `keep` of its units.

    Args:
        sizes: features from input to output: (64, 128, 10) has 128 hidden units. Input and output stay as they are.
        keep: such that keep · units is a whole number for each hidden layer.

    >>> dense_numbers((64, 128, 10)), dense_numbers((64, 128, 10), 0.25)
    (9610, 2410)
    """
    raise NotImplementedError("m16: dense_numbers")


def largest_useful_rank(inputs: int, outputs: int) -> int:
    """The largest rank with which left and right hold fewer numbers than the weight (out, in) itself; 0 if none does.

    >>> largest_useful_rank(64, 128), largest_useful_rank(1, 9)
    (42, 0)
    """
    raise NotImplementedError("m16: largest_useful_rank")


def low_rank_error(singular_values: Sequence[float], rank: int) -> float:
    """‖weight - left @ right‖, the root of the sum of squared differences, for the best matrices of that rank.

    Args:
        singular_values: all of the weight's, the largest first.

    >>> low_rank_error([9.0, 4.0, 3.0], 1), low_rank_error([9.0, 4.0, 3.0], 3)
    (5.0, 0.0)
    """
    raise NotImplementedError("m16: low_rank_error")


def hot_gradient(student: float, teacher: float, classes: int) -> float:
    """What the gradient of T² · KL by one logit of the student comes to as T grows.

    Args:
        student, teacher: what the two say to that class. In either model, the logits of all classes add up to 0.

    >>> hot_gradient(3.0, 1.0, 10)
    0.2
    """
    raise NotImplementedError("m16: hot_gradient")
