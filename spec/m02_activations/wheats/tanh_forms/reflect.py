"""An honest alternative: the numbers are looked for and counted, not computed."""

import numpy as np


def exp_overflow(dtype: str) -> float:
    low, high = np.dtype(dtype).type(1), np.dtype(dtype).type(1000)
    with np.errstate(over="ignore"):
        while low < (middle := low + (high - low) / 2) < high:
            low, high = (low, middle) if np.isinf(np.exp(middle)) else (middle, high)
    return low


def exp_underflow(dtype: str) -> float:
    return -np.log(np.float64(np.finfo(dtype).smallest_subnormal))


def lost_gap(dtype: str) -> float:
    return (np.finfo(dtype).nmant + 1) * np.log(2.0)


def chain_bytes(elements: int, itemsize: int, one_operand: int, two_operands: int) -> int:
    array = elements * itemsize
    return sum(array + array for _ in range(one_operand)) + sum(array + array + array for _ in range(two_operands))


def softmax_bytes(shape: tuple[int, ...], axis: int, dtype: str) -> int:
    full = np.empty(shape, dtype)
    row = np.empty_like(full.take([0], axis))
    return full.nbytes * 3 + row.nbytes * 2
