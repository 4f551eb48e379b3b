"""Speed: a lookup multiplies nothing, and its way back adds up without loops."""

import functools

import numpy as np

from spec.kit import agree, at_least_times, points, seconds_per_call, task
from spec.kit.speed import yardstick_seconds
from spec.kit.strategies import fill

from . import oracles, probes


def batch(rows, ids, dim=64):
    """A table, ids, and the gradient of what they read."""
    rng = np.random.default_rng(1)
    return (
        fill((rows, dim), 1, "float32", "normal"),
        rng.integers(0, rows, ids),
        fill((ids, dim), 2, "float32", "normal"),
    )


def one_hot_product(weight, ids):
    rows = np.zeros((len(ids), len(weight)), weight.dtype)
    rows[np.arange(len(ids)), ids] = 1.0
    return rows @ weight


@task(1)
@points(4)
def test_a_lookup_multiplies_nothing(ask):
    """512 rows out of 4,096 are read in less than a 15th of the time of a product with one-hot rows."""
    weight, ids, _ = batch(rows=4096, ids=512)
    at_least_times(
        15,
        lambda: yardstick_seconds(functools.partial(one_hot_product, weight, ids), rounds=3),
        lambda: seconds_per_call(ask, probes.lookup_again, weight, ids, None, rounds=3),
        "a lookup",
    )


@task(2)
@points(4)
def test_the_way_back_does_not_loop_over_numbers(ask):
    """There and back, 1,024 rows take less than an 8th of the time of loops over numbers; and the sums are right."""
    weight, ids, grad = batch(rows=2048, ids=1024)
    agree(ask, probes.scatter_rows, grad, ids, 2048, None, kind="reduction")
    at_least_times(
        8,
        lambda: yardstick_seconds(functools.partial(oracles.scatter_loops, grad[:64], ids[:64], 2048)) * 16,
        lambda: seconds_per_call(ask, probes.lookup_again, weight, ids, grad, rounds=3),
        "a lookup, there and back,",
    )


@task(2)
@points(4)
def test_the_way_back_multiplies_nothing(ask):
    """There and back, 512 rows out of 8,192 take less than a 6th of the time of one product with one-hot rows."""
    weight, ids, grad = batch(rows=8192, ids=512)
    at_least_times(
        6,
        lambda: yardstick_seconds(functools.partial(one_hot_product, weight, ids), rounds=3),
        lambda: seconds_per_call(ask, probes.lookup_again, weight, ids, grad, rounds=3),
        "a lookup, there and back,",
    )


@task(6)
@points(3)
def test_rotations_do_not_loop_over_pairs(ask):
    """A sequence of 512 vectors is rotated in less than a 30th of the time of loops over pairs."""
    x = fill((8, 512, 64), 1, "float32", "normal")
    agree(ask, probes.applied, "RotaryEmbedding", {"dim": 64}, x[:1, :8], 0)
    at_least_times(
        30,
        lambda: yardstick_seconds(functools.partial(oracles.rotate_loops, x[0, :64])) * 64,
        lambda: seconds_per_call(ask, probes.rotated_again, x, rounds=3),
        "a rotation",
    )
