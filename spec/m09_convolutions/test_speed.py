"""Speed: seven loops that do not end in time, and one matrix product that does."""

import functools

import numpy as np
import pytest

from spec.kit import (
    agree,
    assert_close,
    at_least_times,
    at_most_times,
    explicit_loops,
    points,
    require,
    seconds_per_call,
    task,
)
from spec.kit.speed import yardstick_seconds
from spec.kit.strategies import fill

from . import oracles, probes

MACS = 240_844_800
"""Multiply-accumulates of the batch of the lesson."""

DEADLINE = 2.0
"""Seconds that it is given."""


def lesson():
    """A batch in CIFAR-10's shape, and 32 filters of 5 × 5."""
    return fill((128, 3, 32, 32), 1, "float32", "normal"), fill((32, 3, 5, 5), 2, "float32", "normal")


@task(1)
@points(3)
def test_the_way_there_is_seven_loops_over_numbers(ask):
    """The explicit kernel is seven nested loops with single numbers inside, and right."""
    x, w = fill((2, 2, 4, 4), 1, "float32", "normal"), fill((2, 2, 3, 3), 2, "float32", "normal")
    agree(ask, probes.conv2d_explicit_forward, x, w, None, {}, kind="reduction")
    explicit_loops(ask, "conv2d_explicit_forward", 7)


@task(2)
@points(2)
def test_the_way_back_is_seven_loops_over_numbers(ask):
    """The explicit gradients are seven nested loops with single numbers inside, and right."""
    x, w = fill((2, 2, 4, 4), 1, "float32", "normal"), fill((2, 2, 3, 3), 2, "float32", "normal")
    agree(ask, probes.conv2d_explicit_backward, fill((2, 2, 2, 2), 3, "float32", "normal"), x, w, {}, kind="reduction")
    explicit_loops(ask, "conv2d_explicit_backward", 7)


@pytest.mark.parametrize("back", [pytest.param(False, marks=task(1)), pytest.param(True, marks=task(2))])
def test_the_loops_are_paid_for(ask, back):
    """Whatever is long, the explicit kernels take no less time than going round once for each multiply-accumulate."""
    cases = [((64, 1, 4, 4), (4, 1, 3, 3)), ((1, 64, 4, 4), (4, 64, 3, 3)), ((1, 1, 10, 10), (2, 1, 6, 6))]
    for x_shape, w_shape in cases:
        x, w = fill(x_shape, 1, "float32", "normal"), fill(w_shape, 2, "float32", "normal")
        places = x_shape[2] - w_shape[2] + 1
        macs = x_shape[0] * places**2 * w.size
        grad = fill((x_shape[0], w_shape[0], places, places), 3, "float32", "normal") if back else None
        round_trip = yardstick_seconds(lambda macs=macs: oracles.empty_loop(10 * macs), rounds=3) / 10
        share = seconds_per_call(ask, probes.conv2d_explicit_again, x, w, grad, rounds=1) / round_trip
        require(share >= 0.25, f"no less than a quarter of the time of {macs:,} empty passes", f"{share:.2g} of it")


@task(4)
@points(3)
def test_loops_run_out_of_time_where_columns_finish(ask):
    """128 images of CIFAR-10, 32 filters of 5 × 5, two seconds: your loops would take far longer, over columns it is done."""
    x, w = lesson()
    x.flat[0] = 1.0  # as the probe does
    got = ask(probes.conv2d_again, "conv2d_im2col", x, w, {}, 1, deadline=DEADLINE)
    assert_close(got, oracles.conv2d_loops(x, w, 28))
    small, few = x[:1, :, :20, :20].copy(), w[:8].copy()  # 153,600 multiply-accumulates
    each = seconds_per_call(ask, probes.conv2d_again, "conv2d_explicit", small, few, {}, rounds=1) / 153_600
    columns = seconds_per_call(ask, probes.conv2d_again, "conv2d_im2col", x, w, {}, rounds=3)
    told = f"{1e9 * each:.0f} ns for a multiply-accumulate, {each * MACS:.0f} s for all {MACS:,}; over columns {columns:.3g} s"
    print(f"seven loops: {told}")  # `pytest -s` shows it
    require(each * MACS > DEADLINE, f"loops that would take more than {DEADLINE:g} s", told)
    require(each * MACS >= 20 * columns, "columns 20 times faster than your own loops", told)


@task(4)
@points(3)
def test_columns_are_a_thousand_times_faster_than_loops(ask):
    """Over columns, the batch takes less than a 1000th of the time of loops over elements (28 places of them, scaled up)."""
    x, w = lesson()
    macs = 28 * 75
    at_least_times(
        1000,
        lambda: yardstick_seconds(functools.partial(oracles.conv2d_loops, x, w, 1)) * MACS / macs,
        lambda: seconds_per_call(ask, probes.conv2d_again, "conv2d_im2col", x, w, {}, rounds=3),
        "conv2d_im2col",
    )


@task(4)
@points(2)
def test_columns_keep_up_with_pytorch(ask):
    """Over columns, the batch takes at most 6 times as long as PyTorch takes on one thread."""
    x, w = lesson()
    ask(probes.conv2d_again, "conv2d_im2col", x, w, {}, 1)  # before PyTorch is loaded: a stub answers at once
    pytorch = oracles.one_thread_conv2d(x, w)
    at_most_times(
        6,
        lambda: seconds_per_call(ask, probes.conv2d_again, "conv2d_im2col", x, w, {}, rounds=3),
        lambda: yardstick_seconds(pytorch, rounds=5),
        "conv2d_im2col",
        "PyTorch's conv2d",
    )


@task(4)
@points(2)
def test_the_way_back_over_columns_is_fast(ask):
    """There and back over columns takes less than a 200th of the time that loops take for the way there alone."""
    x, w = lesson()
    x, grad = x[:16].copy(), fill((16, 32, 28, 28), 3, "float32", "normal")
    macs = 28 * 75
    at_least_times(
        200,
        lambda: yardstick_seconds(functools.partial(oracles.conv2d_loops, x, w, 1)) * MACS / 8 / macs,
        lambda: seconds_per_call(ask, probes.gradients_again, x, w, grad, rounds=3),
        "conv2d_im2col, there and back,",
    )


@task(5)
@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_pooling_does_not_loop_over_places(ask, name):
    """Pooling 16 images takes less than an 8th of the time of loops over windows."""
    x = np.random.default_rng(0).standard_normal((16, 8, 32, 32)).astype(np.float32)
    few = x[:2, :1, :4, :4].copy()
    agree(ask, probes.layer, name, {"kernel_size": 2}, {}, few, few[:, :, ::2, ::2].copy(), True, None)
    at_least_times(
        8,
        lambda: yardstick_seconds(functools.partial(oracles.max_pool_loops, x, 1)) * 128,
        lambda: seconds_per_call(ask, probes.pooled_again, name, x, rounds=3),
        name,
    )
