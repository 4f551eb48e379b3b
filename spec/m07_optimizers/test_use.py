"""Use: optimizers at work, with layers, losses, and the graph."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import (
    arrays,
    assert_close,
    given,
    points,
    refuses,
    require,
    seeds,
    share,
    task,
    witnessed,
)

from . import oracles, probes
from .draws import kinds, one_group, options_of
from .test_build import EACH_KIND

GOOD = {
    "SGD": [{"lr": 0.1}, {"lr": 0.1, "momentum": 0.9}, {"lr": 0.05, "momentum": 0.8, "nesterov": True}],
    "RMSprop": [{"lr": 0.01, "eps": 1e-3}, {"lr": 0.01, "alpha": 0.9, "momentum": 0.5, "eps": 1e-3}],
    "Adam": [{"lr": 0.05, "eps": 1e-3}, {"lr": 0.02, "betas": (0.5, 0.9), "eps": 1e-2}],
    "AdamW": [{"lr": 0.05, "eps": 1e-3}, {"lr": 0.02, "weight_decay": 0.5, "eps": 1e-2}],
}
"""Options with which people train."""


@EACH_KIND
@points(3)
@share(4)
@given(
    choice=st.integers(0, 2),
    seed=seeds(),
    decay=st.sampled_from([0.0, 0.1]),
    frozen=st.lists(st.sampled_from(["0.weight", "0.bias", "2.bias"]), unique=True, max_size=2).map(sorted),
    tied=st.booleans(),
)
def test_a_network_learns_as_it_does_in_pytorch(ask, kind, choice, seed, decay, frozen, tied):
    """Ten steps give PyTorch's losses and weights: biases do not decay, some Parameters are frozen or used twice."""
    rng = np.random.default_rng(seed)
    n, width, classes = (int(side) for side in rng.integers(2, 5, 3))
    hidden = width if tied else width + 1
    classes = hidden if tied else classes
    shapes = {"0.weight": (hidden, width), "0.bias": (hidden,), "2.weight": (classes, hidden), "2.bias": (classes,)}
    state = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    x, target = rng.standard_normal((n, width)), rng.integers(0, classes, n)
    options = GOOD[kind][choice % len(GOOD[kind])]
    case = (kind, state, x, target, options, decay, 10, frozen, tied)
    got, want = ask(probes.train, *case), oracles.train(*case)
    for step, (mine, theirs) in enumerate(zip(got["losses"], want["losses"], strict=True)):
        require(abs(mine - theirs) <= 1e-7 * (1 + theirs), f"loss {theirs:.9g} in step {step}", f"{mine:.9g}")
    for name, theirs in want["parameters"].items():
        require(bool(np.allclose(got["parameters"][name], theirs.want, rtol=1e-6, atol=1e-6)),
                f"{name} after 10 steps: {theirs.want}", f"{got['parameters'][name]}")  # fmt: skip


@task(2)
@points(2)
@given(
    kind=st.sampled_from(["SGD"]),
    x=arrays(dims=(0, 2), palettes=("plain", "normal"), empty=False),
    options=options_of("kind", lr=(0.1, 1.0)),
)
def test_a_graph_from_before_the_step_is_refused(ask, kind, x, options):
    """Backward through a graph that was recorded before a step is a RuntimeError: its values are not what they were."""
    assert_close(ask(probes.old_graph, kind, x, options, False), np.asarray(4 * x))
    refuses(ask, RuntimeError, probes.old_graph, kind, x, options, True)


@task(4)
@points(2)
@given(
    kind=st.sampled_from(["Adam", "RMSprop", "AdamW"]),
    x=arrays(dims=(0, 2), palettes=("plain", "normal"), empty=False),
    options=options_of("kind", lr=(0.1, 1.0)),
)
def test_adaptive_steps_are_noticed_by_the_graph(ask, kind, x, options):
    """After steps of RMSprop, Adam and AdamW too, backward through an older graph is a RuntimeError."""
    assert_close(ask(probes.old_graph, kind, x, options, False), np.asarray(4 * x))
    refuses(ask, RuntimeError, probes.old_graph, kind, x, options, True)


@task(4)
@points(2)
@given(kind=kinds(), groups=one_group(), options=options_of("kind"), quiet=st.booleans(), seed=seeds())
def test_a_step_is_no_part_of_the_graph(ask, kind, groups, options, quiet, seed):
    """After steps, under no_grad or not, parameters are leaves as before, and what is computed next is recorded."""
    got = ask(probes.after_a_step, kind, groups, options, seed, quiet)
    count = len(groups[0]["params"])
    assert_close(got["requires_grad"], [True] * count, name="requires_grad of parameters")
    assert_close(got["results require gradients"], [True] * count, name="requires_grad of results")
    assert_close(got["gradients"], [np.full(x.shape, 3.0) for x in groups[0]["params"]], name="gradients")
    want = oracles.run(kind, groups, options, 2, seed)["after step 2"]
    assert_close(got["parameters"], want, name="parameters")


@task(4)
@points(3)
@witnessed
def test_a_thousand_steps_leave_nothing_behind(ask):
    """After 1,000 more steps no more memory is in use than before; each needs that of a few arrays, whatever the model."""
    for kind, options in {"SGD": {"momentum": 0.9}, "Adam": {}}.items():
        got = ask(probes.witness, kind, options, 1, (8,), 1000)
        require(got["moved"], "parameters that move", "parameters that stay")
        require(got["left"] <= 8_000, f"at most 8,000 bytes more after 1,000 steps of {kind}", f"{got['left']}")
        one, got = 4 * 2_500, ask(probes.witness, kind, options, 60, (50, 50), 2)
        require(
            got["peak"] <= 24 * one, f"a peak of at most 24 arrays of {one} bytes in a step", f"{got['peak']} bytes"
        )
