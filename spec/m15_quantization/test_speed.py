"""Speed: products and roundings of whole arrays, and what twice the inputs cost."""

import functools

import numpy as np

from spec.kit import agree, assert_close, at_least_times, grows_like, points, seconds_per_call, task
from spec.kit.speed import yardstick_seconds

from . import draws, oracles, places, probes


@task(5)
@points(5)
def test_products_of_bytes_are_faster_than_loops(ask):
    """A product of 64 by 128 by 64 takes less than a 100th of the time of loops over single numbers."""
    a, b = draws.bytes_of((64, 128), 1), draws.bytes_of((128, 64), 2)
    agree(ask, probes.int8_matmul, a, b, kind="exact")
    # Two rows of the 64 in loops.
    work = functools.partial(oracles.matmul_loops, a[:2], b)
    at_least_times(
        100,
        lambda: yardstick_seconds(work, rounds=3) * 32,
        lambda: seconds_per_call(ask, probes.matmul_again, a, b, rounds=3),
        "int8_matmul",
    )


@task(2)
@points(5)
def test_places_are_found_for_all_at_once(ask):
    """A line for each of 100 columns of 400 floats takes less than a 20th of the time of loops over single floats."""
    rng = np.random.default_rng(3)
    x = rng.integers(-90, 90, (400, 100)).astype("float32")
    scale, zero_point = np.full(100, 0.75, "float32"), rng.integers(-9, 9, 100).astype("int32")
    agree(ask, places.quantize, x, scale, zero_point, 1, kind="exact")
    work = functools.partial(oracles.quantize_loops, x[:20], scale, zero_point)
    at_least_times(
        20,
        lambda: yardstick_seconds(work, rounds=3) * 20,
        lambda: seconds_per_call(ask, probes.quantize_again, x, scale, zero_point, 1, rounds=3),
        "quantize",
    )


@task(6)
@points(3)
def test_time_grows_with_the_rows(ask):
    """Four times as many rows take a layer about four times as long, and not much more."""
    # Few enough that no array is of 128 KB, from where on memory costs something else.
    weight = draws.weights((64, 64), 1)
    x = np.random.default_rng(2).uniform(-1, 1, (128, 64)).astype("float32")
    got = ask(probes.beside_float, weight, None, -1.0, 1.0, True, x[:3])
    assert_close(got["8 bits"].shape, got["floats"].shape, "exact", "shape")

    def seconds(n):
        return seconds_per_call(ask, probes.sized_again, weight, x[:n], rounds=3)

    grows_like(1, seconds, 32, "QuantizedLinear", slack=0.75)
