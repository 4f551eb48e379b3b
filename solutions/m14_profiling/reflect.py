"""Formulas about cost, on plain numbers: work them out, then see them held against what is measured and counted."""

from __future__ import annotations

import itertools
import math


def linear_macs(rows: int, in_features: int, out_features: int) -> int:
    """Multiply-accumulates of a Linear, forward: one multiplication together with its addition is *one* of them.

    >>> linear_macs(32, 784, 128)
    3211264
    """
    # BEGIN SOLUTION
    return rows * in_features * out_features
    # END SOLUTION


def training_flops(rows: int, widths: list[int]) -> int:
    """Operations of all matrix products, forward and backward, in a network of Linears, one behind the other.

    Args:
        rows: rows of the input.
        widths: features of the input, then of each layer's result. There are len(widths) - 1 layers.

    Every layer needs the gradient of its weight. The first one needs none for the data that it is given.

    >>> training_flops(32, [784, 128, 10])
    13090816
    """
    # BEGIN SOLUTION
    macs = [rows * a * b for a, b in itertools.pairwise(widths)]
    return 2 * (3 * sum(macs) - macs[0])
    # END SOLUTION


def linear_bytes(rows: int, in_features: int, out_features: int, itemsize: int = 4) -> int:
    """Bytes that a Linear with a bias moves at the least: it reads rows, weight and bias once, and writes its result once.

    >>> linear_bytes(1, 4, 3)
    88
    """
    # BEGIN SOLUTION
    return itemsize * (rows * in_features + out_features * in_features + out_features + rows * out_features)
    # END SOLUTION


def matmul_intensity(n: int, itemsize: int = 4) -> float:
    """Operations for each byte of a product of two (n, n) matrices, each read once, the result written once.

    >>> matmul_intensity(600)
    100.0
    """
    # BEGIN SOLUTION
    return 2 * n**3 / (3 * n**2 * itemsize)
    # END SOLUTION


def compute_bound_size(peak_flops: int, bandwidth: int, itemsize: int = 4) -> int:
    """The smallest n for which a product of two (n, n) matrices is held up by computing and no longer by memory.

    Both hold it up alike where they meet; that n counts, too.

    >>> compute_bound_size(peak_flops=1_000, bandwidth=100)
    60
    """
    # BEGIN SOLUTION
    # Whole numbers all the way: n · 2 / (3 · itemsize) ≥ peak / bandwidth.
    return -(-3 * itemsize * peak_flops // (2 * bandwidth))
    # END SOLUTION


def speedup_needed(fraction: float, wanted: float) -> float:
    """How many times faster a part must become, so that the whole becomes `wanted` times faster.

    Args:
        fraction: the part's share of the time, greater than 0 and at most 1.
        wanted: greater than 0.
    Returns:
        math.inf where the part would have to take no time at all, or less.

    >>> speedup_needed(0.5, 1.6), speedup_needed(0.5, 2)
    (4.0, inf)
    """
    # BEGIN SOLUTION
    left = 1 / wanted - (1 - fraction)
    return fraction / left if left > 0 else math.inf
    # END SOLUTION


def calls_needed(call_seconds: float, clock_step: float, error: float) -> int:
    """How many calls one sample needs, so that a coarse clock is off by no more than `error`, as a share of the sample.

    Args:
        call_seconds: what a call takes, about.
        clock_step: the clock stands still for so long and then jumps; a difference of two readings is less than one
            step too short or too long.
        error: 0.01 for one per cent.
    Returns:
        The smallest whole number with which a step is at most that share of the sample; at least 1.

    >>> calls_needed(call_seconds=2.0, clock_step=8.0, error=0.5)
    8
    """
    # BEGIN SOLUTION
    return max(1, math.ceil(clock_step / (error * call_seconds)))
    # END SOLUTION


def energy_balance(joules_per_flop: float, joules_per_byte: float) -> float:
    """At which arithmetic intensity computing takes as much energy as moving the data.

    >>> energy_balance(2.0, 160.0)
    80.0
    """
    # BEGIN SOLUTION
    return joules_per_byte / joules_per_flop
    # END SOLUTION
