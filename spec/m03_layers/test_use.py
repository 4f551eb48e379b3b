"""Use: whole models, made of this kata's layers and the earlier katas' functions."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, require, seeds, task, witnessed

from . import models, oracles
from .strategies import FLOATS, inputs

ACTIVATIONS = st.sampled_from(("ReLU", "Tanh", "Sigmoid", "SiLU"))
WIDTHS = st.lists(st.integers(1, 6), min_size=2, max_size=4).map(tuple)


@task(7)
@points(4)
@given(widths=WIDTHS, activation=ACTIVATIONS, seed=seeds(), rows=st.integers(1, 4))
def test_a_model_with_pytorchs_weights_gives_pytorchs_answers(ask, widths, activation, seed, rows):
    """An MLP that loads the state of a PyTorch model computes what that model computes."""
    x = np.random.default_rng(seed).standard_normal((rows, widths[0])).astype(np.float32)
    agree(ask, models.pytorch_weights, widths, activation, oracles.mlp_state(widths, seed), x)


@task(7)
@points(5)
@given(size=st.integers(1, 4), depth=st.integers(0, 3), rows=st.integers(1, 3), seed=seeds())
def test_a_model_of_ones_own_works_like_a_layer(ask, size, depth, rows, seed):
    """Blocks in a ModuleList, a layer used by all of them and a tied weight: names and values are PyTorch's."""
    x = np.random.default_rng(seed + 1).standard_normal((rows, size)).astype(np.float32)
    agree(ask, models.residual, oracles.residual_state(size, depth, seed), x, depth)


@task(6)
@points(3)
@given(
    x=arrays(shape=(8, 5, 4), palettes=("positive",)),
    p=st.sampled_from((0.5, 0.3)),
    modes=st.permutations((True, False)),
)
def test_train_and_eval_switch_the_dropout_deep_in_a_model(ask, x, p, modes):
    """eval() of a model makes its inner dropout pass everything, train() makes it drop again."""
    flat = np.maximum(x.reshape(8, 20), 0)
    for mode, (first, second) in zip(modes, ask(models.dropout_in_a_net, x, p, list(modes)), strict=True):
        if mode:
            require(not np.array_equal(first, second), "two masks in training", "the same mask twice")
        else:
            assert_close([first, second], [flat, flat], "composed", "in eval")


@task(2)
@points(3)
@given(widths=WIDTHS, seed=seeds())
def test_a_deep_copy_of_a_model_is_another_model(ask, widths, seed):
    """A deep copy computes the same, and what is done to it afterwards does not reach the model."""
    x = np.random.default_rng(seed).standard_normal((2, widths[0])).astype(np.float32)
    got = ask(models.copied, widths, x)
    assert_close(got["of the copy"], got["of the model"], "exact", "copy")
    assert_close(got["of the model after the copy changed"], got["of the model"], "exact", "model afterwards")
    assert_close(got["of the changed copy"], np.zeros_like(got["of the model"]), "exact", "changed copy")
    require(got["model in training"], "the model still in training mode", "eval() of the copy reached it")


@task(5)
@points(3)
@given(
    case=st.sampled_from(
        (("kaiming_normal_", "relu", {"nonlinearity": "relu"}), ("xavier_uniform_", "tanh", {"gain": 1.1})),
    ),
    seed=seeds(),
)
def test_a_signal_keeps_its_size_through_twelve_layers(ask, case, seed):
    """With the initialiser that suits the activation, a signal neither dies out nor explodes on its way through."""
    sizes = ask(models.signal, *case, 128, 12, seed)
    require(0.1 < min(sizes) <= max(sizes) < 10, "sizes between 0.1 and 10", ", ".join(f"{size:.2g}" for size in sizes))


@witnessed
@pytest.mark.parametrize(
    "what",
    [
        pytest.param("Linear", marks=task(3)),
        pytest.param("Dropout", marks=task(6)),
        pytest.param("Flatten", marks=task(6)),
        pytest.param("Sequential", marks=task(7)),
    ],
)
@given(x=inputs(dtype=FLOATS))
def test_results_are_made_by_tensor_operations(ask, what, x):
    """A layer's result is made from its input and its Parameters by operations of Tensor, and by nothing else."""
    agree(ask, models.made_from, what, x)
