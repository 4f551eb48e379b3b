"""The yardsticks of speed: the judge's own loops, one element at a time."""

import math

import numpy as np


def empty_loop(passes: int) -> None:
    """What going round costs, with nothing to do inside."""
    for _ in range(passes):
        pass


def loops_over_a_slab(a, b, rows):
    """`rows` rows of a @ b, one element at a time: the yardstick."""
    out = np.zeros((rows, b.shape[1]), a.dtype)
    for i in range(rows):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                out[i, j] += a[i, k] * b[k, j]
    return out


def loop_over_elements(x, count):
    """The chain of the probe on the first `count` elements, one at a time."""
    total = 0.0
    for i in range(count):
        v = float(x[i])
        total += max(math.exp(math.tanh((v + v) * v - v / 2)), v)
    return total
