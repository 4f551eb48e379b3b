"""Speed: whole arrays at a time, against the judge's own loop over elements."""

import numpy as np

from spec.kit import agree, at_least_times, grows_like, points, seconds_per_call, task
from spec.kit.speed import yardstick_seconds

from . import oracles, probes

# An honest composition with float64 inside takes three times as long as the reference and passes both with room;
# a loop over elements, or over rows of lists, does not come near.


def values(*shape: int) -> np.ndarray:
    """The same normal numbers each time, in float32."""
    return np.random.default_rng(2).standard_normal(shape).astype(np.float32)


@task(3)
@points(3)
def test_gelu_is_no_loop_over_elements(ask):
    """On 40,000 numbers gelu is at least 6 times faster than the judge's loop over elements."""
    x = values(200, 200)
    agree(ask, probes.activation, "gelu", x, {})
    at_least_times(
        6,
        lambda: yardstick_seconds(lambda: oracles.gelu_loop(x)),
        lambda: seconds_per_call(ask, probes.repeated, "gelu", x),
        "gelu of a whole array",
    )


@task(4)
@points(4)
def test_softmax_is_no_loop_over_rows(ask):
    """On 4,000 rows of 10 softmax is at least 20 times faster than the judge's loop over elements."""
    x = values(4000, 10)
    agree(ask, probes.activation, "softmax", x, {})
    at_least_times(
        20,
        lambda: yardstick_seconds(lambda: oracles.softmax_loop(x)),
        lambda: seconds_per_call(ask, probes.repeated, "softmax", x),
        "softmax of a whole array",
    )


@task(5)
@points(3)
def test_log_softmax_grows_with_the_row(ask):
    """Rows four times as long take about four times as long: no number is compared with every other."""
    agree(ask, probes.activation, "log_softmax", values(5, 500), {})
    grows_like(
        1.0,
        lambda n: seconds_per_call(ask, probes.repeated, "log_softmax", values(5, n)),
        1000,  # small enough that four times as much still comes from the same cache
        "log_softmax of rows",
    )
