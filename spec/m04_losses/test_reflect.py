"""Reflect: formulas about losses, held against what is measured."""

import math

import numpy as np
from hypothesis import strategies as st

from ..kit import Bounded, assert_close, dtypes, given, points, require, scalars, seeds, task
from . import probes
from .cases import without_classes

pytestmark = task(8)


@points(2)
@given(classes=st.integers(1, 200))
def test_a_model_that_knows_nothing_loses_this_much(ask, classes):
    """The loss at chance is what your cross-entropy gives for logits that are all alike."""
    got = ask(probes.chance, classes)
    assert_close(got["formula"], Bounded(got["measured"], 1.0))
    assert_close(got["measured"], Bounded(math.log(classes), 1.0), name="measured")


@points(3)
@given(classes=st.integers(2, 60), likely=st.integers(1, 60))
def test_perplexity_counts_choices(ask, classes, likely):
    """A model that wavers between k classes and rules the others out has perplexity k."""
    likely = min(likely, classes)
    assert_close(ask(probes.choices, classes, likely), Bounded(float(likely), 1.0 + likely))


@points(3)
@given(margin=scalars(-500.0, 500.0), classes=st.integers(1, 40), right=seeds())
def test_a_margin_costs_this_much(ask, margin, classes, right):
    """The loss at a margin is what your cross-entropy gives for such logits, however sure of a wrong answer, up to 500."""
    got = ask(probes.margin, margin, classes, right % classes)
    assert_close(got["formula"], Bounded(got["measured"], 1.0 + abs(margin)))


@points(3)
@given(smoothing=st.sampled_from([0.1, 0.5, 0.0, 0.9, 1.0]), classes=st.integers(2, 20), seed=seeds())
def test_smoothing_leaves_a_floor(ask, smoothing, classes, seed):
    """The floor is your smoothed cross-entropy at the best logits, and no other logits get below it."""
    q = np.full(classes, smoothing / classes)
    q[0] += 1.0 - smoothing
    best = ask(probes.smoothed, smoothing, classes, np.log(np.maximum(q, 1e-300)))
    assert_close(best["formula"], Bounded(best["measured"], 1.0 + math.log(classes)))
    other = ask(probes.smoothed, smoothing, classes, np.random.default_rng(seed).standard_normal(classes))
    require(other["measured"] >= other["formula"] - 1e-9, f"at least {other['formula']}", f"{other['measured']}")


@points(3)
@given(classes=st.sampled_from([1, 2, 10, 1000, 50257]), dtype=dtypes())
def test_this_is_where_exp_gives_up(ask, classes, dtype):
    """Just below the overflow logit log Σ exp of your Tensor is finite, just above it is not."""
    below, above = (ask(probes.log_sum_exp, classes, dtype, off) for off in (-0.01, 0.01))
    limit = below["formula"]
    require(math.isfinite(below["measured"]), "a finite number below it", f"{below['measured']} at {limit} − 0.01")
    require(above["measured"] == math.inf, "infinity above it", f"{above['measured']} at {limit} + 0.01")


SHAPES = st.sampled_from([(2, 3), (4, 5), (3,), (2, 3, 4), (5, 2, 2, 3)])


def held_against_the_mean(ask, loss, formula_name, x, target, ignored):
    got = ask(probes.divisor, loss, formula_name, x, target, ignored)
    require(type(got["formula"]) is int, "an int", repr(got["formula"]))
    assert_close(float(got["formula"]), got["measured"])


@points(2)
@given(
    loss=st.sampled_from([("mse", "mse_loss"), ("l1", "l1_loss"), ("bce", "binary_cross_entropy_with_logits")]),
    shape=SHAPES,
    seed=seeds(),
)
def test_a_mean_of_elements_divides_by_this_many(ask, loss, shape, seed):
    """What the mean of an elementwise loss divides by is your sum over your mean."""
    rng = np.random.default_rng(seed)
    held_against_the_mean(ask, loss[1], loss[0], rng.uniform(-2.0, -0.5, shape), rng.random(shape), 0)


@points(2)
@given(loss=st.sampled_from([("cross_entropy", "cross_entropy"), ("nll", "nll_loss")]), shape=SHAPES, seed=seeds())
def test_a_mean_of_positions_divides_by_this_many(ask, loss, shape, seed):
    """What the mean over positions divides by, where some are ignored, is your sum over your mean."""
    rng = np.random.default_rng(seed)
    positions = without_classes(shape)
    target = rng.integers(0, 2, positions).reshape(-1)
    ignored = (seed + 1) % target.size
    target[:ignored] = -100
    x = rng.uniform(-2.0, -0.5, shape)
    held_against_the_mean(ask, loss[1], loss[0], x, target.reshape(positions), ignored)


@points(2)
@given(
    positions=st.integers(1, 40),
    classes=st.integers(1, 30),
    form=st.sampled_from(["indices", "probabilities"]),
    seed=seeds(),
)
def test_targets_take_this_many_bytes(ask, positions, classes, form, seed):
    """The bytes of targets are those of a Tensor of them that your cross-entropy takes."""
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((positions, classes)).astype(np.float32)
    got = ask(probes.bytes_of_targets, logits, rng.integers(0, classes, positions), form)
    assert_close(got["formula"], got["measured"], "exact")
    require(math.isfinite(got["loss"]), "a finite loss", f"{got['loss']}")
