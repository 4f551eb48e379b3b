"""Speed: a loss is computed for the whole batch at once."""

import numpy as np

from ..kit import at_least_times, grows_like, points, seconds_per_call, task
from ..kit.speed import yardstick_seconds
from . import oracles, probes

ROWS, CLASSES = 1024, 64
FEW = 64
"""Rows that the judge's loops do; each row takes them the same time."""


def batch(n: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits and class indices."""
    rng = np.random.default_rng(4)
    return rng.standard_normal((n, classes)).astype(np.float32), rng.integers(0, classes, n)


@task(3)
@points(5)
def test_cross_entropy_takes_the_batch_at_once(ask):
    """Cross-entropy of (1024, 64) logits is 20 times as fast as the judge's loops over elements (100 is normal)."""
    logits, target = batch(ROWS, CLASSES)
    at_least_times(
        20,
        lambda: yardstick_seconds(lambda: oracles.loop_cross_entropy(logits[:FEW], target[:FEW])) * ROWS / FEW,
        lambda: seconds_per_call(ask, probes.repeated, "cross_entropy", logits, target),
        "cross_entropy",
    )


@task(6)
@points(4)
def test_binary_cross_entropy_takes_the_batch_at_once(ask):
    """Binary cross-entropy of (1024, 64) logits is 20 times as fast as the judge's loops (150 is normal)."""
    logits, _ = batch(ROWS, CLASSES)
    target = (logits > 0).astype(np.float32)
    at_least_times(
        20,
        lambda: yardstick_seconds(lambda: oracles.loop_binary_cross_entropy(logits[:FEW], target[:FEW])) * ROWS / FEW,
        lambda: seconds_per_call(ask, probes.repeated, "binary_cross_entropy_with_logits", logits, target),
        "binary_cross_entropy_with_logits",
    )


@task(2)
@points(4)
def test_nll_grows_with_the_batch(ask):
    """Four times the batch takes nll_loss about four times the time: no position looks at any other."""

    def seconds(n: int) -> float:
        return seconds_per_call(ask, probes.repeated, "nll_loss", *batch(n, 4))

    grows_like(1.0, seconds, 1024, "nll_loss")
