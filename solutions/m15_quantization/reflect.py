"""Formulas about 8 bits, on plain numbers: work them out, then see them held against layers and data that are made."""

from __future__ import annotations

import math
from collections.abc import Sequence


def weight_bytes(inputs: int, outputs: int, per_channel: bool = True) -> int:
    """Bytes of a QuantizedLinear's weight and its scales (of 4 bytes each): one for each output, or one for all.

    >>> weight_bytes(64, 10), weight_bytes(64, 10, per_channel=False)
    (680, 644)
    """
    # BEGIN SOLUTION
    return inputs * outputs + 4 * (outputs if per_channel else 1)
    # END SOLUTION


def times_smaller(sizes: Sequence[int], per_channel: bool = True) -> float:
    """How many times smaller Linear layers of float32 become, with everything counted that a QuantizedLinear keeps.

    Args:
        sizes: features from input to output: (784, 128, 10) are two layers, both with a bias.
        per_channel: as in `weight_bytes`.

    >>> round(times_smaller((784, 128, 10)), 3), round(times_smaller((64, 10)), 3)
    (3.962, 3.571)
    """
    # BEGIN SOLUTION
    import itertools

    pairs = list(itertools.pairwise(sizes))
    before = sum(4 * (inputs * outputs + outputs) for inputs, outputs in pairs)
    after = sum(weight_bytes(inputs, outputs, per_channel) + 4 * outputs + 8 for inputs, outputs in pairs)
    return before / after
    # END SOLUTION


def worst_error(low: float, high: float, bits: int = 8) -> float:
    """The farthest that a float from `low` to `high` can be from its own place, if 2**bits places cover just this range.

    Args:
        low, high: low ≤ 0 ≤ high.

    >>> worst_error(-127.5, 127.5), worst_error(0.0, 3.0, bits=2)
    (0.5, 0.5)
    """
    # BEGIN SOLUTION
    return (high - low) / (2**bits - 1) / 2
    # END SOLUTION


def bits_needed(low: float, high: float, error: float) -> int:
    """The fewest bits with which `worst_error` is at most `error`.

    >>> bits_needed(0.0, 3.0, 0.5), bits_needed(-1.0, 1.0, 0.001)
    (2, 10)
    """
    # BEGIN SOLUTION
    bits = 1
    while worst_error(low, high, bits) > error:
        bits += 1
    return bits
    # END SOLUTION


def rounding_noise(scale: float) -> float:
    """The standard deviation of rounding errors, if every error that can be is as likely as any other.

    >>> round(rounding_noise(1.0), 4)
    0.2887
    """
    # BEGIN SOLUTION
    return scale / math.sqrt(12.0)
    # END SOLUTION


def longest_exact_sum(largest: int) -> int:
    """How many products of two int8 can be added up for sure, whatever they are, if sums up to ±largest are exact.

    >>> longest_exact_sum(2**24), longest_exact_sum(2**31 - 1)
    (1024, 131071)
    """
    # BEGIN SOLUTION
    return largest // (128 * 128)
    # END SOLUTION


def share_cut_off(percentile: float) -> float:
    """Which share of many different floats lies beyond the range that `calibrate` gives for `percentile`, at both ends together.

    >>> share_cut_off(100.0), share_cut_off(62.5)
    (0.0, 0.75)
    """
    # BEGIN SOLUTION
    return 2.0 * (100.0 - percentile) / 100.0
    # END SOLUTION
