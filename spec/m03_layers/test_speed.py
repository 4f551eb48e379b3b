"""Speed: the explicit kernel stays explicit, Linear does not, and nothing is visited twice."""

import numpy as np

from spec.kit import (
    agree,
    assert_close,
    at_least_times,
    explicit_loops,
    points,
    require,
    seconds_per_call,
    task,
)
from spec.kit.speed import yardstick_seconds

from . import layers, oracles, probes


@task(3)
@points(4)
def test_linear_explicit_is_three_loops_over_single_numbers(ask):
    """The explicit kernel is three nested loops, without a slice or a NumPy function on whole rows, and is right."""
    x, w, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(4, 3) - 5, np.arange(4.0)
    agree(ask, layers.linear_explicit, x, w, b, kind="reduction")
    explicit_loops(ask, "linear_explicit", 3)


@task(3)
@points(4)
def test_linear_is_two_hundred_times_faster_than_loops(ask):
    """Linear takes less than a 200th of the time that loops over the elements of the arrays take."""
    rng = np.random.default_rng(0)
    x, weight, bias = (rng.standard_normal(shape).astype(np.float32) for shape in ((32, 64), (64, 64), (64,)))
    at_least_times(
        200,
        lambda: yardstick_seconds(lambda: oracles.linear_loops(x, weight, bias)),
        lambda: seconds_per_call(ask, layers.linear_many, x, weight, bias),
        "Linear",
    )


@task(3)
def test_linear_explicit_pays_for_its_loops(ask):
    """Whichever axis is long, linear_explicit takes no less time than going round n·in·out times: it does go round."""
    rng = np.random.default_rng(0)
    for n, inputs, outputs in ((4096, 4, 4), (4, 4096, 4), (4, 4, 4096)):
        shapes = (n, inputs), (outputs, inputs), (outputs,)
        x, weight, bias = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
        round_trip = yardstick_seconds(lambda: oracles.empty_loop(4096 * 16), rounds=5)
        share = seconds_per_call(ask, layers.linear_explicit_many, x, weight, bias, rounds=1) / round_trip
        wanted = f"no less than a quarter of the time of {n * inputs * outputs:,} empty passes, for {n} × {inputs} × {outputs}"
        require(share >= 0.25, wanted, f"{share:.2g} of it")


@task(2)
@points(4)
def test_no_module_is_visited_once_for_each_path(ask):
    """Listing modules and Parameters takes time for each module, not for each of the 2**30 paths that lead to one."""
    assert_close(ask(probes.ladder, 30), oracles.ladder(30), "exact")


@task(6)
@points(3)
def test_dropout_is_thirty_times_faster_than_loops(ask):
    """Dropout takes less than a 30th of the time that a draw for each element takes."""
    x = np.ones((200, 500), np.float32)
    rng = np.random.default_rng(0)
    at_least_times(
        30,
        lambda: yardstick_seconds(lambda: oracles.dropout_loops(x[:50], 0.5, rng)) * 4,
        lambda: seconds_per_call(ask, layers.dropout_many, x, 0.5),
        "Dropout",
    )
