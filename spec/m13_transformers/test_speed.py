"""Speed: norms without loops, and a GPT's step beside PyTorch's."""

import functools

import numpy as np
import pytest

from spec.kit import agree, at_least_times, at_most_times, points, seconds_per_call, task
from spec.kit.speed import yardstick_seconds
from spec.kit.strategies import fill

from . import draws, oracles, probes

MODEL = {"vocab_size": 96, "dim": 64, "num_layers": 4, "num_heads": 4, "context": 64}


def texts(batch=8, n=64):
    return np.random.default_rng(0).integers(0, MODEL["vocab_size"], (2, batch, n))


@task(1)
@points(5)
@pytest.mark.parametrize("name", ["LayerNorm", "RMSNorm"])
def test_norms_do_not_loop_over_numbers(ask, name):
    """There and back, 512 vectors take less than a 15th of the time of loops over numbers for the way there."""
    x, grad = fill((512, 64), 1, "float32", "normal"), fill((512, 64), 2, "float32", "normal")
    one = np.ones(64, "float32")
    agree(ask, probes.norm, name, x[:4], one, None, grad[:4], 1e-5, kind="composed")
    at_least_times(
        15,
        lambda: yardstick_seconds(functools.partial(oracles.norm_loops, x[:32])) * 16,
        lambda: seconds_per_call(ask, probes.normalised_again, name, x, grad, rounds=3),
        name,
    )


@task(4)
@points(7)
def test_a_step_keeps_up_with_pytorch(ask):
    """A GPT of four blocks takes at most 12 times as long for a step, there and back, as PyTorch on one thread."""
    ids, targets = texts()
    # Before PyTorch is loaded: a stub answers at once.
    draws.shaped(ask(probes.step_again, MODEL, ids, targets, 1), (64,), "float32", "the gradient of norm.bias")
    pytorch = oracles.one_thread_step(MODEL, ids, targets)
    pytorch()
    at_most_times(
        12,
        lambda: seconds_per_call(ask, probes.step_again, MODEL, ids, targets, rounds=3),
        lambda: min(yardstick_seconds(pytorch) for _ in range(3)),
        "a step of a GPT",
        "PyTorch's",
    )


@task(4)
@points(5)
def test_several_texts_are_cheaper_together(ask):
    """Sixteen short texts in one batch take less than half of the time of sixteen steps."""
    ids, targets = texts(16, 8)
    draws.shaped(ask(probes.step_again, MODEL, ids[:1], targets[:1], 1), (64,), "float32", "the gradient of norm.bias")
    at_least_times(
        2,
        lambda: 16 * seconds_per_call(ask, probes.step_again, MODEL, ids[:1], targets[:1], rounds=3),
        lambda: seconds_per_call(ask, probes.step_again, MODEL, ids, targets, rounds=3),
        "a batch of sixteen texts",
    )
