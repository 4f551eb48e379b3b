"""Speed: the explicit kernel stays explicit, and everything else leaves its loops to NumPy."""

import functools

from spec.kit import (
    agree,
    at_least_times,
    explicit_loops,
    grows_like,
    points,
    require,
    seconds_per_call,
    task,
)
from spec.kit.speed import yardstick_seconds
from spec.kit.strategies import fill

from . import gauges, probes, yardsticks

SLAB = 8
"""Rows of the product that the yardstick computes: an eighth or so of a second, scaled up to all 128."""


@task(7)
@points(6)
def test_matmul_is_500_times_faster_than_loops(ask):
    """a @ b at 128 x 128 x 128 is at least 500 times faster than loops over the elements (8 rows of them, times 16)."""
    a, b = (fill((128, 128), seed, "float32", "normal") for seed in (1, 2))
    yardstick = functools.partial(yardsticks.loops_over_a_slab, a, b, SLAB)
    ask(gauges.multiply, a, b, 1)  # the first product of a process starts the library up
    at_least_times(
        500,
        lambda: yardstick_seconds(yardstick) * len(a) / SLAB,
        lambda: seconds_per_call(ask, gauges.multiply, a, b),
        "a @ b",
    )


@task(7)
@points(3)
def test_matmul_explicit_is_three_loops_over_numbers(ask):
    """matmul_explicit is three nested loops with single numbers inside, and still right."""
    a, b = fill((3, 4), 1, "float32", "normal"), fill((4, 2), 2, "float32", "normal")
    agree(ask, probes.matmul_explicit, a, b, kind="reduction")
    explicit_loops(ask, "matmul_explicit", 3)


@task(7)
@points(1)
def test_matmul_explicit_pays_for_its_loops(ask):
    """Whichever axis is long, matmul_explicit takes no less time than going round n·k·m times: it does go round."""
    for n, k, m in ((4096, 4, 4), (4, 4096, 4), (4, 4, 4096)):
        a, b = fill((n, k), 1, "float32", "normal"), fill((k, m), 2, "float32", "normal")
        round_trip = yardstick_seconds(lambda: yardsticks.empty_loop(4096 * 16), rounds=5)
        share = seconds_per_call(ask, gauges.multiply_explicit, a, b, rounds=1) / round_trip
        wanted = f"({n}, {k}) @ ({k}, {m}) in no less than a quarter of the time of {n * k * m:,} empty passes"
        require(share >= 0.25, wanted, f"{share:.2g} of it")


@task(4)
@points(2)
def test_elementwise_operations_do_not_loop_in_python(ask):
    """A chain of operations on 30,000 numbers is at least 5 times faster than a Python loop over them."""
    x = fill((30_000,), 1, "float32", "normal")
    some = 5_000
    at_least_times(
        5,
        lambda: yardstick_seconds(functools.partial(yardsticks.loop_over_elements, x, some)) * len(x) / some,
        lambda: seconds_per_call(ask, gauges.elementwise_chain, x),
        "the chain",
    )


@task(5)
@points(3)
def test_views_cost_the_same_at_any_size(ask):
    """Transposing, slicing, expanding and reshaping four million numbers takes no longer than one million."""
    for millions in (1, 4):
        ask(gauges.views, millions, 1)  # makes the Tensor
    grows_like(0, lambda millions: seconds_per_call(ask, gauges.views, millions), 1, "a chain of views")
