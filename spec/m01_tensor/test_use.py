"""Use: the operations put together, as later code will."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, arrays, dtypes, given, permutations_of, points, task
from spec.kit.strategies import Dependent, fill, seeds, shapes

from . import probes

FLOATS = dtypes()


def points_in_space(dtype):
    """A pair of sets of points: (n, d) and (m, d)."""
    side = st.sampled_from([2, 3, 1, 5])
    return st.builds(
        lambda n, m, d, seed, dtype: (fill((n, d), seed, dtype, "normal"), fill((m, d), seed + 1, dtype, "mixed")),
        side,
        side,
        side,
        seeds(),
        dtype,
    )


@task(4)
@points(3)
@given(x=arrays(dims=(1, 3), dtype=FLOATS, palettes=("normal", "plain", "large", "ties"), empty=False))
def test_rows_can_be_standardized(ask, x):
    """(t - mean) / sqrt(var + 1e-5), along the last axis, with the axis kept: every row gets mean 0 and variance 1."""
    agree(ask, probes.standardized_rows, x, 1e-5)


@task(4)
@points(3)
@given(x=arrays(dims=(1, 3), dtype=FLOATS, empty=False))
def test_rows_can_be_turned_into_shares(ask, x):
    """exp(t - max) / sum of them: positive numbers that add up to 1, in t's own dtype, also for numbers near 1,000."""
    agree(ask, probes.shares_of_each_row, x)


@task(7)
@points(3)
@given(pair=points_in_space(FLOATS))
def test_all_distances_come_from_one_subtraction(ask, pair):
    """Broadcasting one subtraction gives the distances between all pairs of points; so does a product of matrices."""
    agree(ask, probes.pairwise_distances, *pair)
    agree(ask, probes.squared_distances_by_matmul, *pair)


@task(6)
@points(3)
@given(
    x=arrays(shape=shapes((2, 3), sides=(2, 3, 4)), dtype=FLOATS, palettes=("plain", "normal")),
    axes=permutations_of("x"),
    row=st.integers(0, 1),
    value=st.sampled_from([2, 0.5, -3]),
)
def test_a_chain_of_views_is_one_memory(ask, x, axes, row, value):
    """What is written through a view of a view of a view is seen in all of them."""
    agree(ask, probes.write_through_views, x, axes, row, value, kind="elementwise")


@task(6)
@points(2)
@given(
    x=arrays(shape=shapes((1, 3), sides=(4, 5, 7)), dtype=FLOATS, palettes=("plain", "normal", "mixed")),
    width=st.integers(1, 4),
)
def test_moving_average_is_a_mean_of_shifted_views(ask, x, width):
    """Slices that start one later each, stacked and averaged, are the mean of every window."""
    agree(ask, probes.moving_average, x, width, kind="reduction")


@task(6)
@points(2)
@given(
    x=arrays(shape=shapes((1, 3), sides=(4, 6, 3), empty=False), dtype=dtypes("float32", "int64", "float64")),
    cuts=Dependent(lambda drawn: st.lists(st.integers(0, drawn["x"].shape[0]), max_size=3).map(sorted)),
    labels=arrays(dims=(0, 2), dtype="int64", palettes=("ties",)),
)
def test_what_was_cut_can_be_joined(ask, x, cuts, labels):
    """Slices, empty ones included, joined by cat are the Tensor again; labels compared with arange are one-hot rows."""
    edges = [0, *cuts, x.shape[0]]
    agree(ask, probes.batches_joined_again, x, np.diff(edges).tolist(), kind="exact")
    agree(ask, probes.one_hot, labels % 5, 5, kind="exact")


@task(7)
@points(3)
@given(n=st.integers(1, 5), seed=seeds())
def test_power_iteration_finds_an_eigenvalue(ask, n, seed):
    """Multiply, divide by the length, and again: x @ A @ x becomes the largest eigenvalue of a positive matrix."""
    half = fill((n, n), seed, "float64", "positive")
    agree(ask, probes.power_iteration, half + half.T, 20)
