"""Speed: measuring should cost little, and no more for each layer where there are many."""

from spec.kit import assert_close, at_least_times, grows_like, points, require, seconds_per_call, task
from spec.kit.speed import yardstick_seconds

from . import gauges, oracles


@task(2)
@points(3)
def test_the_stopwatch_is_light(ask):
    """Between two looks at the clock there is little but the calls: 20,000 of nothing take no more than five times a bare loop."""
    number = 20_000
    require(ask(gauges.stopwatch_again, 3, 1) == 1, "one sample", "another number of them")
    at_least_times(
        1,
        lambda: 5 * yardstick_seconds(lambda: oracles.calls_of_nothing(number), rounds=5),
        lambda: seconds_per_call(ask, gauges.stopwatch_again, number, rounds=3),
        "time_fn, against five bare loops,",
    )


@task(5)
@points(3)
def test_counting_is_light(ask):
    """count_flops of 100 small layers takes no more than four times as long as running them."""
    session_depth = 100
    assert_close(ask(gauges.counted_again, session_depth, 1), session_depth * 2 * 2 * 4 * 4, "exact")
    at_least_times(
        1,
        lambda: 4 * seconds_per_call(ask, gauges.plain_again, session_depth, rounds=3),
        lambda: seconds_per_call(ask, gauges.counted_again, session_depth, rounds=3),
        "count_flops, against four runs,",
    )


@task(6)
@points(4)
def test_the_table_grows_with_the_model(ask):
    """A table of four times as many layers takes about four times as long: no layer looks through all the others."""
    assert_close(ask(gauges.profiled_again, 3, 1), [3 * 64, 64, 64, 64], "exact")
    grows_like(
        1, lambda n: seconds_per_call(ask, gauges.profiled_again, n, rounds=3), 40, "profile of n layers", slack=0.6
    )
