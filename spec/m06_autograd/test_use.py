"""Use: what was green stays green, and everything built so far has a gradient."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, axes_of, given, points, require, seeds, share, task
from spec.kit.compare import Bounded
from spec.kit.strategies import fill

from . import oracles, probes, switching, walking
from .draws import ALL_STEPS, FLOATS, away_from_corners, losses, matrices, programs
from .earlier import laws_of


@points(3)
@pytest.mark.parametrize(
    "kata",
    [
        pytest.param("m01_tensor", marks=task(2)),
        pytest.param("m02_activations", marks=task(2)),
        pytest.param("m03_layers", marks=task(6)),
        pytest.param("m04_losses", marks=task(6)),
    ],
)
def test_what_was_green_stays_green(ask, kata):
    """With autograd on, the laws of this earlier kata still hold."""
    for _, law in laws_of(kata):
        law(ask=ask)


@task(6)
@points(2)
@share(1)
@given(
    x=matrices(),
    name=st.sampled_from(sorted(switching.SAMPLES)),
    function=st.sampled_from(sorted(switching.FUNCTIONS)),
    delta=st.floats(0.25, 2.0),
)
def test_what_runs_in_functions_is_what_you_wrote(ask, x, name, function, delta):
    """Activations, layers and losses above an altered operation give the same with autograd on as with it off."""
    got = ask(switching.altered_below, name, function, delta, x)
    assert_close(got["on"], got["off"], "elementwise", f"{function} above the altered {name}")
    assert_close(got["shape of the gradient"], x.shape, name="shape of the gradient")


ACTIVATIONS = {
    "relu": {}, "leaky_relu": {"negative_slope": 0.2}, "sigmoid": {}, "tanh": {}, "gelu": {}, "silu": {}
}  # fmt: skip


@task(4)
@points(1)
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@share(3)
@given(x=away_from_corners(), seed=seeds())
def test_activations_have_pytorchs_gradients(ask, name, x, seed):
    """Every activation, composed in kata 2 without a thought of gradients, has PyTorch's."""
    agree(ask, probes.through_function, name, x, ACTIVATIONS[name], seed)


@task(5)
@points(2)
@given(
    name=st.sampled_from(["softmax", "log_softmax"]),
    x=arrays(dims=(1, 3), dtype=FLOATS, palettes=("normal", "ties", "mixed"), empty=False),
    axis=axes_of("x"),
    seed=seeds(),
)
def test_softmax_has_pytorchs_gradient_along_any_axis(ask, name, x, axis, seed):
    """softmax and log_softmax have PyTorch's gradients along any axis, equal logits included."""
    agree(ask, probes.through_function, name, x, {"axis": axis}, seed)


@task(6)
@points(3)
@given(case=losses(), seed=seeds())
def test_losses_have_pytorchs_gradients(ask, case, seed):
    """Every loss has PyTorch's gradient, with any reduction, class weights, ignored positions and soft targets."""
    agree(ask, probes.through_loss, *case, seed)


@task(6)
@points(2)
@given(
    rows=st.integers(1, 3),
    inputs=st.integers(1, 3),
    outputs=st.integers(1, 4),
    bias=st.booleans(),
    p=st.sampled_from([0.5, 0.0, 0.25]),
    seed=seeds(),
)
def test_gradients_reach_input_and_parameters(ask, rows, inputs, outputs, bias, p, seed):
    """Through Flatten, Linear, LeakyReLU and Dropout, input, weight and bias get gradients, dropped elements none."""
    x = fill((rows, inputs, 2), seed + 1, "float64", "normal")
    weight = fill((outputs, 2 * inputs), seed + 2, "float64", "normal")
    b = fill((outputs,), seed + 3, "float64", "normal") if bias else None
    got = ask(probes.through_layers, x, weight, b, p, seed)
    flat = x.reshape(rows, -1)
    before = flat @ weight.T + (0 if b is None else b)
    slope = np.where(before > 0, 1.0, 0.1)
    grad = walking.upstream(before.shape, seed) * got["mask"] * slope
    kept = sorted(set(got["mask"].reshape(-1).tolist()))
    require(set(kept) <= {0.0, 1 / (1 - p)}, f"a mask of 0 and {1 / (1 - p)}", f"{kept}")
    size = 1 + np.abs(grad).sum() * (1 + np.abs(x).max() + np.abs(weight).max())
    want = {"grad of x": (grad @ weight).reshape(x.shape), "grads": [grad.T @ flat] + [grad.sum(0)] * bias}
    assert_close(got["value"], Bounded(before * slope * got["mask"], size), name="value")
    assert_close(got["grad of x"], Bounded(want["grad of x"], size), name="grad of x")
    for name, mine, theirs in zip(("weight", "bias"), got["grads"], want["grads"], strict=False):
        assert_close(mine, Bounded(theirs, size), name=f"grad of {name}")
    require(len(got["grads"]) == 1 + bias, f"{1 + bias} Parameters", f"{len(got['grads'])}")


@task(7)
@points(4)
@share(2)
@given(
    seed=seeds(),
    frozen=st.lists(st.sampled_from(["0.weight", "0.bias", "2.bias"]), unique=True, max_size=2).map(sorted),
)
def test_a_network_learns_as_it_does_in_pytorch(ask, seed, frozen):
    """Five steps of gradient descent give PyTorch's losses and weights; Parameters that need no gradient stay."""
    rng = np.random.default_rng(seed)
    n, width, hidden, classes = rng.integers(2, 6, 4)
    shapes = {"0.weight": (hidden, width), "0.bias": (hidden,), "2.weight": (classes, hidden), "2.bias": (classes,)}
    state = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    x = rng.standard_normal((n, width)).astype(np.float32)
    target = rng.integers(0, classes, n)
    got = ask(probes.train, state, x, target, 5, 0.1, frozen)
    want = oracles.train(state, x, target, 5, 0.1, frozen)
    for step, (mine, theirs) in enumerate(zip(got["losses"], want["losses"], strict=True)):
        require(abs(mine - theirs) <= 1e-4 * (1 + theirs), f"loss {theirs:.6g} in step {step}", f"{mine:.6g}")
    for name, theirs in want["parameters"].items():
        assert_close(got["parameters"][name], Bounded(theirs, 10 + np.abs(theirs)), name=name)


@task(6)
@points(2)
def test_parameters_ask_for_gradients(ask):
    """Parameters need gradients unless told otherwise; results and copies of them are no Parameters' affair."""
    agree(ask, probes.parameters_ask_for_gradients)


@task(6)
@points(1)
@given(x=arrays(dims=(1, 3), dtype=FLOATS, palettes=("normal", "plain"), empty=False), seed=seeds())
def test_gradients_go_through_a_loop_over_rows(ask, x, seed):
    """`for row in t` gives rows through which gradients go back to t."""
    agree(ask, probes.rows, x, seed)


@task(6)
@points(2)
@given(count=st.integers(1, 3), steps=programs(ALL_STEPS), seed=seeds())
def test_graphs_of_all_kinds_have_pytorchs_gradients(ask, count, steps, seed):
    """Arithmetic, functions, matrix products, transposes and indices in one graph: every leaf gets its sum over paths."""
    leaves = [fill((2, 2), seed + n, "float64", "normal") for n in range(count)]
    agree(ask, walking.program, leaves, [True] * count, steps, seed)
