"""Speed: a backward pass costs what it should, against PyTorch on one thread in the same run."""

import functools
from collections.abc import Callable

import numpy as np

from spec.kit import (
    agree,
    assert_close,
    at_least_times,
    at_most_times,
    grows_like,
    points,
    require,
    seconds_per_call,
    task,
)
from spec.kit.speed import yardstick_seconds
from spec.kit.strategies import fill

from . import oracles, probes


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds of one call of the judge's own `work`, the quickest of three rounds."""
    return yardstick_seconds(work, rounds=3, enough=0.02)


@task(6)
@points(6)
def test_a_training_step_takes_no_longer_than_six_of_pytorchs(ask):
    """A step of a network 784-128-10 on 64 rows, forward, backward and update, takes at most 6 times PyTorch's time."""
    rng = np.random.default_rng(0)
    shapes = {"0.weight": (128, 784), "0.bias": (128,), "2.weight": (10, 128), "2.bias": (10,)}
    state = {name: (rng.standard_normal(shape) / 28).astype(np.float32) for name, shape in shapes.items()}
    x, target = rng.standard_normal((64, 784)).astype(np.float32), rng.integers(0, 10, 64)
    step, first = oracles.training_step(state, x, target)
    loss = ask(probes.training_start, state, x, target)
    require(abs(loss - first) < 1e-4, f"a loss of {first:.6g} before the first step", f"{loss:.6g}")
    after, wanted = ask(probes.training_steps, 3), [step() for _ in range(3)][-1]
    require(abs(after - wanted) < 1e-4, f"a loss of {wanted:.6g} before the third step", f"{after:.6g}")
    by_hand = oracles.step_by_hand(state, x, target)
    at_most_times(
        6,
        functools.partial(seconds_per_call, ask, probes.training_steps),
        # On a busy machine NumPy's products suffer more than PyTorch's: then they are the measure.
        lambda: max(seconds_of(step), seconds_of(by_hand)),
        "a training step",
        "PyTorch's",
    )


@task(3)
@points(4)
def test_a_small_addition_takes_no_longer_than_three_of_pytorchs(ask):
    """a + b of 8 x 8 numbers and its backward pass take at most 3 times PyTorch's time."""
    a, b, grad = (fill((8, 8), seed, "float32", "normal") for seed in (1, 2, 3))
    assert_close(ask(probes.addition, a, b, grad, 1), grad)
    at_most_times(
        3,
        functools.partial(seconds_per_call, ask, probes.addition, a, b, grad),
        functools.partial(seconds_of, oracles.addition(a, b, grad)),
        "an addition",
        "PyTorch's",
    )


@task(5)
@points(4)
def test_no_gradient_is_computed_that_nobody_needs(ask):
    """Backward of a @ b, where a needs no gradient, takes less than 0.75 of the time that it takes where both do."""
    a, b, grad = (fill((256, 256), seed, "float32", "normal") for seed in (1, 2, 3))
    want = {True: (grad @ b.T)[:2, :2], False: (a.T @ grad)[:2, :2]}
    for needs in (True, False):
        assert_close(ask(probes.product, a, b, grad, [needs, True], 1), want[needs])
    at_least_times(
        1 / 0.75,
        functools.partial(seconds_per_call, ask, probes.product, a, b, grad, [True, True]),
        functools.partial(seconds_per_call, ask, probes.product, a, b, grad, [False, True]),
        "the gradient of one operand, than that of both,",
    )


@task(3)
@points(5)
def test_backward_takes_time_for_each_operation(ask):
    """A graph four times as long takes about four times as long, forward and backward."""
    agree(ask, probes.chain_of, 40, 1)
    grows_like(1.0, lambda n: seconds_per_call(ask, probes.chain_of, n), 75, "a chain of operations")
