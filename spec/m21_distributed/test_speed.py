"""Speed: arrays are summed as arrays, and a pipeline is played in one go."""

import functools

import numpy as np

from spec.kit import assert_close, at_least_times, grows_like, points, seconds_per_call, task
from spec.kit.speed import yardstick_seconds

from . import oracles, probes


@task(3)
@points(8)
def test_rings_sum_arrays_and_not_numbers(ask):
    """A ring of 4 workers sums 16,000 numbers of each at least 3 times faster than a loop over the numbers."""
    arrays = list(np.random.default_rng(0).integers(-9, 9, (4, 16_000)).astype("float64"))
    want = float(sum(array[0] for array in arrays[1:]))
    assert_close(ask(probes.reduce_repeatedly, "all_reduce_ring", arrays, 1), want, "exact", "a sum")
    at_least_times(
        3,
        functools.partial(
            yardstick_seconds, functools.partial(oracles.summed_by_element, arrays), rounds=2, enough=0.01
        ),
        lambda: seconds_per_call(ask, probes.reduce_repeatedly, "all_reduce_ring", arrays),
        "a ring",
    )


@task(7)
@points(8)
def test_pipelines_are_played_in_one_go(ask):
    """Four times as many microbatches take about four times as long to play."""
    assert_close(ask(probes.pipeline_repeatedly, 4, 3, 1), 18.0, "elementwise", "end")
    grows_like(1.0, lambda n: seconds_per_call(ask, probes.pipeline_repeatedly, 4, n), 40, "a pipeline")
