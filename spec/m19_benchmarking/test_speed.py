"""Speed: thousands of data sets at once, and a warm-up that is found in one go."""

import numpy as np

from spec.kit import at_least_times, points, require, seconds_per_call, task
from spec.kit.speed import yardstick_seconds

from . import oracles, probes


@task(4)
@points(5)
def test_drawing_again_is_no_loop(ask):
    """2,000 data sets of 30 samples are drawn, and their means taken, at least 4 times faster than one by one."""
    samples = np.random.default_rng(0).random(30)
    require(ask(probes.resampled_again, samples, 2000, 1) == 2000, "2,000 numbers", "another number of them")
    at_least_times(
        4,
        lambda: yardstick_seconds(lambda: oracles.loop_of_resamples(samples, 2000, 0)),
        lambda: seconds_per_call(ask, probes.resampled_again, samples, 2000, rounds=3),
        "resampled, against a loop,",
    )


@task(5)
@points(5)
def test_dealing_again_is_no_loop(ask):
    """2,000 dealings of 40 labels, with the interval, take at least 3 times less than dealings one by one alone."""
    a, b = np.random.default_rng(0).random((2, 20))
    found = ask(probes.compared_again, a, b, 2000, 1)
    require(abs(found - (b.mean() - a.mean())) < 1e-9, f"a difference of {b.mean() - a.mean():.6g}", f"{found:.6g}")
    at_least_times(
        3,
        lambda: yardstick_seconds(lambda: oracles.loop_of_dealings(a, b, 2000, 0)),
        lambda: seconds_per_call(ask, probes.compared_again, a, b, 2000, rounds=3),
        "compare, against a loop,",
    )


@task(2)
@points(6)
def test_a_long_series_is_no_trouble(ask):
    """Of 50,000 samples, warmup_length takes no longer than 20 plain loops over them, not one for every answer."""
    n = 50_000
    require(0 <= ask(probes.settled_again, n, 1, deadline=60) <= n // 2, "an answer of the first half", "another")
    samples = np.random.default_rng(0).random(n).tolist()
    at_least_times(
        1,
        lambda: 20 * yardstick_seconds(lambda: oracles.loop_over_samples(samples)),
        lambda: seconds_per_call(ask, probes.settled_again, n, rounds=2, deadline=60),
        "warmup_length, against 20 loops,",
    )
