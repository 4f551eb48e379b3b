"""Speed: masks and sparse products of whole arrays, and thin matrices that are never made wide."""

import functools

import numpy as np

from spec.kit import agree, assert_close, at_least_times, points, require, seconds_per_call, task, witnessed
from spec.kit.speed import yardstick_seconds

from . import draws, models, oracles, probes


@task(1)
@points(5)
def test_masks_are_not_made_one_weight_at_a_time(ask):
    """A mask for 80,000 weights takes less than four times the time of sorting them in Python, one number after the other."""
    weights = draws.normal((80_000,), 1, "float32")
    got = ask(probes.magnitude_mask, weights[:1000], 0.9, None)
    oracles.require_mask(got["mask"], weights[:1000], 0.9, None)
    numbers = weights.tolist()
    work = functools.partial(sorted, range(len(numbers)), key=lambda place: abs(numbers[place]))
    at_least_times(
        0.25,
        lambda: yardstick_seconds(work, rounds=3),
        lambda: seconds_per_call(ask, models.mask_again, weights, 0.5, rounds=3),
        "magnitude_mask",
    )


@task(6)
@points(4)
def test_sparse_products_are_faster_than_loops(ask):
    """A sparse product of 40 rows takes less than a 5th of the time of loops over the numbers that are there."""
    dense = draws.normal((200, 300), 1) * (np.random.default_rng(2).random((200, 300)) < 0.1)
    x, sparse = draws.normal((40, 300), 3), oracles.compressed(dense)
    assert_close(ask(models.apply, *sparse, dense.shape, x), oracles.product(x, dense), "reduction")
    # Two rows of the 40 in loops, over Python's own numbers: those are quicker.
    lists = [array.tolist() for array in sparse]
    work = functools.partial(oracles.apply_loops, *lists, x[:2])
    at_least_times(
        5,
        lambda: yardstick_seconds(work, rounds=3) * 20,
        lambda: seconds_per_call(ask, models.apply_again, *sparse, dense.shape, x, rounds=3),
        "apply",
    )


@task(5)
@points(4)
def test_thin_layers_are_never_made_wide(ask):
    """At 1,000 by 1,000 and rank 4, a single row takes less than half of the time of making left @ right."""
    left, right, x = (draws.normal(shape, i) for i, shape in enumerate([(1000, 4), (4, 1000), (1, 1000)]))
    agree(ask, models.low_rank_linear, left[:5], right, None, x, np.ones((1, 5)))
    at_least_times(
        2,
        lambda: yardstick_seconds(lambda: left @ right, rounds=5),
        lambda: seconds_per_call(ask, models.thin_again, left, right, x, rounds=3),
        "LowRankLinear",
    )


@task(6)
@points(2)
@witnessed
def test_sparse_products_are_never_made_dense(ask):
    """A row times a matrix of 2,000 by 2,000 with 50 numbers in it takes less room than a 100th of the dense matrix."""
    rng = np.random.default_rng(1)
    starts = np.sort(np.append(rng.integers(0, 51, 1999), [0, 50])).astype("int32")
    args = rng.standard_normal(50), rng.integers(0, 2000, 50).astype("int16"), starts, (2000, 2000)
    x = draws.normal((2000,), 2)
    peak = ask(models.apply_peak, *args, x)
    require(peak <= 320_000, "at most 320,000 bytes at any moment", f"{peak:,}")
