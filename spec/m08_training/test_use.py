"""Use: loader, model, loss, optimizer and trainer together, on tasks that have to be learnt."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, require, share, task

from . import draws, training
from .draws import asked, plan, runs


@task(7)
@points(7)
@share(3)
@given(patience=st.integers(1, 3), epochs=st.integers(2, 5), min_delta=st.sampled_from([0.0, 1e6]), run=runs())
def test_any_epoch_of_a_callback_can_be_resumed(ask, patience, epochs, min_delta, run):
    """A callback saves every epoch of a run that may stop early; from each of these files the run ends with the same bits."""
    run[4].update(patience=patience, min_delta=min_delta)  # 1e6: nothing after the first epoch is an improvement
    got = ask(training.resumed_from_each_epoch, *run, epochs)
    for epoch, resumed in enumerate(got["resumed"], 1):
        assert_close(resumed, got["straight on"], "exact", f"resumed after epoch {epoch}")


@task(3)
@points(4)
@share(3)
@given(epochs=st.integers(1, 3), depth=st.integers(1, 3), run=runs())
def test_batches_loaded_ahead_train_the_same(ask, run, epochs, depth):
    """With a loader that a thread runs ahead, weights and history are the same bits as without."""
    state, _, x, y, how = run
    got = ask(training.fit_loaded_ahead, state, x, y, how, epochs, depth)
    assert_close(got["ahead"], got["when asked for"], "exact")


@task(3)
@points(4)
@share(3)
@given(optimizer=st.sampled_from(["SGD", "Adam"]), max_norm=st.sampled_from([None, 0.1]), case=draws.TASKS)
def test_a_frozen_layer_stays(ask, case, optimizer, max_norm):
    """Parameters that need no gradient are the same after training, clipped or not, and the others have moved."""
    how = plan(optimizer, loss=case["loss"], max_norm=max_norm)
    got = ask(training.frozen, *asked(case), how)["weights"]
    for name in ("0.weight", "0.bias"):
        assert_close(got[name], case["state"][name], "exact", name)
    moved = not np.array_equal(got["2.bias"], case["state"]["2.bias"])
    require(moved, "a bias that has been trained", "the bias from before")


@task(4)
@points(5)
def test_two_layers_learn_exclusive_or(ask):
    """The task that ended the perceptron's first career: one hidden layer, Adam, 100 epochs, and all answers are right."""
    x = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], np.float32)
    how = {"optimizer": ["Adam", {"lr": 0.1}], "loss": "cross_entropy", "metrics": True}
    state = draws.weights(0, inputs=2, hidden=16, dtype="float32")
    agree(ask, training.learn, state, x, np.array([0, 1, 1, 0]), 100, how, kind="exact")
