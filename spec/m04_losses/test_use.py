"""Use: losses at the end of models, built of what the earlier katas give."""

import numpy as np
import pytest
from hypothesis import strategies as st

from ..kit import Bounded, agree, arrays, assert_close, dtypes, given, points, seeds, task
from . import probes
from .cases import REDUCTIONS, by_class, without_classes
from .oracles import class_axis


@points(3)
@pytest.mark.parametrize(
    "loss", [pytest.param("mse_loss", marks=task(1)), pytest.param("cross_entropy", marks=task(3))]
)
@given(seed=seeds())
def test_a_network_with_pytorchs_weights_has_pytorchs_loss(ask, loss, seed):
    """From the input through Linear, ReLU and Linear to the loss: with PyTorch's weights, PyTorch's number."""
    rng = np.random.default_rng(seed)
    n, width, hidden, classes = rng.integers(2, 6, 4)
    shapes = {"0.weight": (hidden, width), "0.bias": (hidden,), "2.weight": (classes, hidden), "2.bias": (classes,)}
    state = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    x = rng.standard_normal((n, width)).astype(np.float32)
    values = rng.standard_normal((n, classes)).astype(np.float32)
    agree(ask, probes.mlp_loss, state, x, values.argmax(1) if loss == "cross_entropy" else values, loss)


@task(3)
@points(2)
@given(case=by_class("ignore_index"))
def test_cross_entropy_is_nll_of_log_softmax(ask, case):
    """nll_loss of your log_softmax along the class axis is cross-entropy."""
    logits, target, options = case
    agree(ask, probes.composed_cross_entropy, logits, target, class_axis(logits.shape), options)


@task(6)
@points(2)
@given(seed=seeds(), dtype=dtypes())
def test_a_yes_or_no_question_has_two_classes(ask, seed, dtype):
    """Binary cross-entropy of z is cross-entropy of the two logits 0 and z."""
    rng = np.random.default_rng(seed)
    z = rng.choice([0.1, 1.0, 30.0], 5) * rng.standard_normal(5)
    z, y = z.astype(dtype), rng.integers(0, 2, 5)
    classes = ask(probes.cross_entropy, np.stack([np.zeros_like(z), z], 1), y, {"reduction": "none"})
    questions = ask(probes.binary_cross_entropy_with_logits, z, y.astype(dtype), {"reduction": "none"})
    assert_close(questions, Bounded(classes, 1.0 + np.abs(z).max()))


@task(3)
@points(2)
@given(seed=seeds(), dtype=dtypes())
def test_the_next_token_can_be_asked_for_in_two_ways(ask, seed, dtype):
    """Scores (batch, length, vocabulary) with the classes moved to axis 1 cost what all positions in one row cost."""
    rng = np.random.default_rng(seed)
    batch, length, vocabulary = rng.integers(2, 5, 3)
    logits = rng.standard_normal((batch, length, vocabulary)).astype(dtype)
    got = ask(probes.next_token_loss, logits, rng.integers(0, vocabulary, (batch, length)))
    row = got["positions in one row"]
    assert_close(got["classes on axis 1"], Bounded(row, 1.0 + np.abs(row)), name="classes on axis 1")


@pytest.mark.parametrize(
    ("loss", "sources"),
    [
        pytest.param("mse_loss", ["input", "target"], marks=task(1), id="mse_loss"),
        pytest.param("l1_loss", ["input", "target"], marks=task(1), id="l1_loss"),
        pytest.param("nll_loss", ["input"], marks=task(2), id="nll_loss"),
        pytest.param("cross_entropy", ["input"], marks=task(3), id="cross_entropy"),
        pytest.param("binary_cross_entropy_with_logits", ["input", "target"], marks=task(6), id="binary_cross_entropy"),
    ],
)
@given(
    x=arrays(shape=st.sampled_from([(3, 2), (2,), (2, 2, 3), (1, 2, 2, 2)]), dtype=dtypes(), palettes=("normal",)),
    seed=seeds(),
    reduction=st.sampled_from(REDUCTIONS),
)
def test_a_loss_is_made_of_tensor_operations(ask, loss, sources, x, seed, reduction):
    """From its input, and from a target of floats, Tensor operations lead to the loss, none of them in place."""
    rng = np.random.default_rng(seed)
    by_class = loss in ("nll_loss", "cross_entropy")
    target = rng.integers(0, 2, without_classes(x.shape)) if by_class else rng.random(x.shape).astype(x.dtype)
    found = ask(probes.comes_from, loss, x, target, {"reduction": reduction})
    assert_close([name for name in found if name in sources], sources, "exact", "made from")


@task(5)
@points(2)
@given(seed=seeds(), soft=st.booleans())
def test_every_option_is_made_of_tensor_operations(ask, seed, soft):
    """With ignored positions, weights, smoothing and class probabilities too, it is Tensor operations all the way."""
    rng = np.random.default_rng(seed)
    options = {"label_smoothing": 0.1, "weight": rng.random(3), "ignore_index": -100}
    target = rng.random((2, 3)) if soft else np.array([-100, seed % 3])
    found = ask(probes.comes_from, "cross_entropy", rng.standard_normal((2, 3)), target, options)
    sources = ["input", "target"] if soft else ["input"]
    assert_close([name for name in found if name in sources], sources, "exact", "made from")


@task(7)
@points(2)
def test_a_model_may_hold_its_loss(ask):
    """A loss inside a model follows its mode, adds no parameters, and only its weights to the state."""
    layer = ["layer.weight", "layer.bias"]
    for options, more in (({}, []), ({"weight": np.array([1.0, 2.0])}, ["criterion.weight"])):
        want = {"parameters": layer, "state": layer + more, "the loss is in training mode": False}
        assert_close(ask(probes.model_with_criterion, options), want, "exact")
