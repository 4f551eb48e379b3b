"""Speed: loading ahead really overlaps, and whole arrays are moved at a time."""

import functools

import numpy as np

from spec.kit import assert_close, at_least_times, grows_like, points, seconds_per_call, task
from spec.kit.speed import yardstick_seconds

from . import gauges, oracles, readers


@task(6)
@points(6)
def test_loading_ahead_overlaps_with_use(ask):
    """8 batches that take 8 ms to load and 8 ms to use are through 1.4 times sooner when loaded ahead (1.78 is the limit)."""

    def seconds(ahead):
        return seconds_per_call(ask, gauges.slow_epoch, 8, 0.008, 0.008, ahead, waits=True)

    at_least_times(1.4, lambda: seconds(False), lambda: seconds(True), "an epoch loaded ahead")


@task(5)
@points(3)
def test_files_are_not_read_number_by_number(ask):
    """An IDX file of 31,360 two-byte numbers is read at least 20 times faster than by a loop over them."""
    x = np.random.default_rng(5).integers(-30_000, 30_000, (40, 28, 28)).astype(np.int16)
    content = oracles.idx_file(x)
    assert_close(ask(readers.read_idx_again, content, 1), oracles.read_idx_by_element(content), "exact")
    at_least_times(
        20,
        lambda: yardstick_seconds(functools.partial(oracles.read_idx_by_element, content)),
        lambda: seconds_per_call(ask, readers.read_idx_again, content),
        "load_idx",
    )


@task(3)
@points(3)
def test_samples_are_not_stacked_number_by_number(ask):
    """A batch of 20 samples of 2,000 numbers is made at least 10 times faster than by a loop over them."""
    rows = list(np.random.default_rng(5).standard_normal((20, 2000)).astype(np.float32))
    assert_close(ask(gauges.collate_again, rows, 1), np.stack(rows), "exact")
    at_least_times(
        10,
        lambda: yardstick_seconds(functools.partial(oracles.collate_by_element, rows)),
        lambda: seconds_per_call(ask, gauges.collate_again, rows),
        "default_collate",
    )


@task(4)
@points(3)
def test_an_epoch_takes_time_in_proportion_to_its_samples(ask):
    """A shuffled epoch of four times as many samples takes about four times as long: no sample is searched for."""
    assert_close(ask(gauges.shuffle_again, 2000, 1), 2000, "exact")
    grows_like(1.0, lambda n: seconds_per_call(ask, gauges.shuffle_again, n), 1000, "a shuffled epoch")
