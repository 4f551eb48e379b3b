"""Speed: the loop adds little to what it calls, and nothing goes number by number."""

import functools

import numpy as np

from spec.kit import assert_close, at_least_times, at_most_times, grows_like, points, seconds_per_call, task
from spec.kit.speed import yardstick_seconds

from . import checkpoints, oracles, probes


@task(3)
@points(4)
def test_the_trainer_adds_little_to_a_bare_loop(ask):
    """Epochs of 12 small batches take the Trainer at most 1.6 times as long as a bare loop over the same calls."""
    assert_close(ask(probes.epochs_by_trainer, 12, 2), 2, "exact")
    at_most_times(
        1.6,
        lambda: seconds_per_call(ask, probes.epochs_by_trainer, 12),
        lambda: seconds_per_call(ask, probes.epochs_by_hand, 12),
        "the Trainer",
        "a bare loop",
    )


@task(3)
@points(3)
def test_an_epoch_takes_time_in_proportion_to_its_batches(ask):
    """An epoch of four times as many batches takes about four times as long."""
    assert_close(ask(probes.epochs_by_trainer, 3, 2), 2, "exact")
    grows_like(1.0, lambda n: seconds_per_call(ask, probes.epochs_by_trainer, n), 6, "an epoch")


@task(2)
@points(3)
def test_norms_are_not_summed_number_by_number(ask):
    """The norm of 40,000 numbers is found at least 20 times faster than by a loop over them."""
    grad = np.random.default_rng(5).standard_normal((200, 200))
    assert_close(ask(probes.clip_again, grad, 1), oracles.norm_by_element(grad))
    at_least_times(
        20,
        lambda: yardstick_seconds(functools.partial(oracles.norm_by_element, grad)),
        lambda: seconds_per_call(ask, probes.clip_again, grad),
        "clip_grad_norm_",
    )


@task(6)
@points(3)
def test_checkpoints_are_not_written_as_text(ask):
    """60,000 numbers are saved and loaded at least 1.5 times faster than text is made of them and read."""
    array = np.random.default_rng(5).standard_normal(60_000)
    assert_close(ask(checkpoints.save_and_load_again, array, 1), array, "exact")
    at_least_times(
        1.5,  # compressing is not forbidden
        lambda: yardstick_seconds(functools.partial(oracles.text_and_back, array)),
        lambda: seconds_per_call(ask, checkpoints.save_and_load_again, array),
        "a checkpoint, than text,",
    )
