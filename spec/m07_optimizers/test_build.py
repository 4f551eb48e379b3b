"""Build: parameters in groups, four ways to take a step, and a state that can be saved."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, like, points, refuses, require, seeds, shapes, share, task

from . import oracles, probes
from .draws import EPS, LR, STEPS, holes, kinds, one_group, options, options_by_kind, options_of, several_groups

EACH_KIND = pytest.mark.parametrize(
    "kind",
    [
        pytest.param("SGD", marks=task(2)),
        pytest.param("RMSprop", marks=task(3)),
        pytest.param("Adam", marks=task(4)),
        pytest.param("AdamW", marks=task(4)),
    ],
)
"""One law for each optimizer, in the task in which it is written."""

# --------------------------------------------------- 1. parameters, in groups

FORMS = ("list", "one group", "generator", "one Tensor a group", "tuple", "generators in groups", "added later")


@task(1)
@points(3)
@given(
    form=st.sampled_from(FORMS),
    sides=st.lists(st.sampled_from([(2,), (), (2, 3), (0,)]), min_size=2, max_size=4),
    lr=st.sampled_from(LR),
    others=st.sampled_from([{}, {"decay": 0.5}, {"decay": 0.0, "name": "all"}]),
    extra=st.sampled_from([{}, {"lr": 0.25}, {"decay": 0.125, "name": "some"}]),
)
def test_parameters_come_in_groups_with_their_options(ask, form, sides, lr, others, extra):
    """However the parameters come, param_groups lists them in order, with the options that hold for each group."""
    agree(ask, probes.groups, form, sides, lr, others, extra)


@task(1)
@points(1)
@given(count=st.integers(1, 4), lr=st.sampled_from([0.1, 1.0, 0.25]))
def test_what_was_given_stays_as_it_is(ask, count, lr):
    """An optimizer leaves the groups that it is made from as they are, and does not notice what becomes of them."""
    got = ask(probes.what_was_given, count, lr)
    want = {
        "dictionaries": [["params", "lr"], lr, 1, ["params"], count - 1],
        "parameters": [1, count - 1, count],
        "lr": lr,
    }
    assert_close(got, want, "exact")


@task(1)
@points(2)
@given(
    sides=st.lists(st.sampled_from([(2,), (), (2, 3)]), min_size=1, max_size=4), split=st.integers(0, 4), seed=seeds()
)
def test_zero_grad_forgets_every_gradient(ask, sides, split, seed):
    """After zero_grad every gradient of every group is None, and the next backward pass begins anew."""
    split, with_grad = min(split, len(sides)), [bool((seed + 1) >> n & 1) for n in range(len(sides))]
    got = ask(probes.forgotten, sides, split, with_grad)
    assert_close(got["before"], [not wanted for wanted in with_grad], name="grad is None before")
    assert_close(got["after"], [True] * len(sides), name="grad is None after")
    for shape, new, value in zip(sides, got["new"], got["values"], strict=True):
        require(new.shape == shape and (new == 3).all(), "a new gradient of 3 everywhere", f"{new}")
        require(value.shape == shape and (value == 1).all(), "values of 1, as before", f"{value}")


@task(1)
@points(2)
@given(
    what=st.sampled_from(
        ["nothing", "an empty generator", "a Tensor", "a Parameter", "an array", "an array in a group"]
    ),
    side=st.integers(2, 5),
)
def test_what_cannot_be_optimized_is_refused(ask, what, side):
    """No parameters at all are a ValueError; a single Tensor, and things that are no Tensors, a TypeError."""
    empty = what in ("nothing", "an empty generator")
    naming = ["ndarray"] if "array" in what else []
    refuses(ask, ValueError if empty else TypeError, probes.refused_params, what, (side,), naming=naming)


@task(1)
@points(2)
@given(
    what=st.sampled_from(["twice", "twice in groups", "a result", "a result in a group"]),
    shape=shapes((1, 3), empty=False),
)
def test_parameters_are_leaves_and_come_once(ask, what, shape):
    """A Tensor that comes twice, or that was computed, is a ValueError that names its shape."""
    refuses(ask, ValueError, probes.refused_params, what, shape, naming=[shape])


@task(1)
@points(2)
@given(what=st.sampled_from(["", "twice", "an array", "a result", "a negative lr"]), shape=shapes((1, 2), empty=False))
def test_a_group_that_is_refused_leaves_nothing_behind(ask, what, shape):
    """After a group was refused, the optimizer is what it was: the same parameters may come in a good one."""
    assert_close(ask(probes.refused_later, what, shape), [[0], [2, 1]], name="parameters of the groups")


BAD_OPTIONS = {
    "Optimizer": [({"lr": -1.0}, -1.0), ({"lr": -1e-9}, -1e-9)],
    "SGD": [
        ({"lr": -0.5}, -0.5), ({"momentum": -0.25}, -0.25), ({"weight_decay": -0.125}, -0.125),
        ({"nesterov": True}, None), ({"nesterov": True, "momentum": 0.9, "dampening": 0.5}, None),
    ],
    "RMSprop": [
        ({"lr": -0.5}, -0.5), ({"alpha": -0.25}, -0.25), ({"eps": -2.0}, -2.0), ({"weight_decay": -0.125}, -0.125),
        ({"momentum": -0.75}, -0.75),
    ],
    "Adam": [
        ({"lr": -0.5}, -0.5), ({"betas": (-0.25, 0.999)}, -0.25), ({"betas": (0.9, 1.0)}, 1.0), ({"eps": -2.0}, -2.0),
        ({"weight_decay": -0.125}, -0.125), ({"betas": (1.5, 0.999)}, 1.5), ({"betas": (0.9, -0.5)}, -0.5),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", [pytest.param("Optimizer", marks=task(1)), *EACH_KIND.args[1][:3]])
@share(4)
@given(row=st.integers(0, 6), where=st.sampled_from(["constructor", "a group"]))
def test_options_that_make_no_sense_are_refused(ask, kind, row, where):
    """Negative rates, decays and the like are a ValueError that names the value, for all parameters or for one group."""
    bad, value = BAD_OPTIONS[kind][row % len(BAD_OPTIONS[kind])]
    refuses(ask, ValueError, probes.refused_options, kind, bad, where, naming=[] if value is None else [value])


# ------------------------------------------------- 2. downhill, and with momentum


@task(2)
@points(3)
@share(2)
@given(groups=one_group(), lr=st.sampled_from(LR), steps=STEPS, seed=seeds())
def test_sgd_goes_downhill(ask, groups, lr, steps, seed):
    """Plain SGD goes against the gradient, lr times as far."""
    agree(ask, probes.run, "SGD", groups, {"lr": lr}, steps, seed)


@task(2)
@points(2)
@share(2)
@given(
    groups=one_group(), options=options("SGD", momentum=0.0, dampening=(0.0, 0.5), weight_decay=(0.1, 0.5, 0.01)),
    steps=STEPS, seed=seeds(),
)  # fmt: skip
def test_decay_adds_to_the_gradient(ask, groups, options, steps, seed):
    """Weight decay draws every parameter to 0, as PyTorch's does; without momentum there is nothing to dampen."""
    agree(ask, probes.run, "SGD", groups, options, steps, seed)


@task(2)
@points(3)
@share(2)
@given(groups=one_group(), options=options("SGD", weight_decay=0.0, dampening=0.0), steps=STEPS, seed=seeds())
def test_momentum_carries_on(ask, groups, options, steps, seed):
    """With momentum, SGD's steps are PyTorch's, from the first on."""
    agree(ask, probes.run, "SGD", groups, options, steps, seed)


@task(2)
@points(3)
@share(2)
@given(groups=one_group(), options=options("SGD", dampening=(0.5, 0.1, 0.9)), steps=STEPS, seed=seeds())
def test_dampening_spares_the_first_gradient(ask, groups, options, steps, seed):
    """Dampening holds back a share of every gradient but the first."""
    agree(ask, probes.run, "SGD", groups, options, steps, seed)


@task(2)
@points(3)
@share(2)
@given(
    groups=one_group(), options=options("SGD", momentum=(0.9, 0.5, 0.99), dampening=0.0, nesterov=True),
    steps=STEPS, seed=seeds(),
)  # fmt: skip
def test_nesterov_looks_ahead(ask, groups, options, steps, seed):
    """Nesterov's steps are PyTorch's, weight decay or none."""
    agree(ask, probes.run, "SGD", groups, options, steps, seed)


# ------------------------------------------------- 3. a step size for every number


@task(3)
@points(3)
@share(2)
@given(groups=one_group(), options=options("RMSprop", momentum=0.0, centered=False), steps=STEPS, seed=seeds())
def test_rmsprop_divides_by_the_root_of_mean_squares(ask, groups, options, steps, seed):
    """RMSprop's steps are PyTorch's, whatever alpha, eps and weight decay."""
    agree(ask, probes.run, "RMSprop", groups, options, steps, seed)


@task(3)
@points(3)
@share(2)
@given(
    groups=one_group(),
    options=options("RMSprop", momentum=(0.9, 0.5), centered=(True, False)),
    steps=STEPS,
    seed=seeds(),
)
def test_rmsprop_can_be_centered_and_have_momentum(ask, groups, options, steps, seed):
    """With momentum, and divided by a spread around the mean, RMSprop's steps are PyTorch's."""
    agree(ask, probes.run, "RMSprop", groups, options, steps, seed)


# --------------------------------------------- 4. Adam, and the decay that left the gradient


@task(4)
@points(4)
@share(2)
@given(groups=one_group(), options=options("Adam", weight_decay=0.0), steps=STEPS, seed=seeds())
def test_adam_corrects_for_its_start(ask, groups, options, steps, seed):
    """Adam's steps are PyTorch's, whatever betas and eps."""
    agree(ask, probes.run, "Adam", groups, options, steps, seed)


@task(4)
@points(2)
@share(2)
@given(groups=one_group(), options=options("Adam", weight_decay=(0.1, 0.5, 0.01)), steps=STEPS, seed=seeds())
def test_adam_counts_decay_as_gradient(ask, groups, options, steps, seed):
    """Adam's weight decay is part of the gradient, and goes through both running means."""
    agree(ask, probes.run, "Adam", groups, options, steps, seed)


@task(4)
@points(3)
@share(2)
@given(groups=one_group(), options=options("AdamW"), steps=STEPS, seed=seeds())
def test_adamw_lets_weights_shrink_by_themselves(ask, groups, options, steps, seed):
    """AdamW's weight decay is a step of its own, past both running means."""
    agree(ask, probes.run, "AdamW", groups, options, steps, seed)


@task(4)
@points(2)
@given(
    x=arrays(dims=(1, 2), empty=False, palettes=("plain", "normal"), layouts=("C",)),
    grad=like("x", palettes=("normal", "plain")),
    scale=st.sampled_from([1.0, 1e-4, 1e4, -3.0]),
    lr=st.sampled_from([0.1, 0.01]),
    eps=st.sampled_from(EPS),
)
def test_adams_first_step_is_as_long_as_lr(ask, x, grad, scale, lr, eps):
    """Adam's first step is PyTorch's, and without eps lr long in every direction, however steep it is."""
    agree(ask, probes.one_step, "Adam", x, scale * grad, {"lr": lr, "eps": eps})
    moved = abs(ask(probes.one_step, "Adam", x, scale * grad, {"lr": lr, "eps": 0.0}))[grad != 0]
    require(bool((abs(moved - lr) <= 1e-9 * abs(x).max()).all()), f"steps of {lr} each", f"{moved}")


# ----------------------------------------------------------------- 2 to 4. all of them


@EACH_KIND
@points(3)
@share(3)
@given(groups=several_groups(), options=options_by_kind(), missing=holes("groups", 6), seed=seeds())
def test_a_parameter_without_a_gradient_is_passed_over(ask, kind, groups, options, missing, seed):
    """Several groups, whose gradients are missing now and then: a parameter without one stays as it is, decay and
    momentum notwithstanding, and what is remembered belongs to the parameter and not to its place."""
    agree(ask, probes.run, kind, groups, options[kind], 6, seed, missing)


@EACH_KIND
@points(2)
@share(4)
@given(groups=one_group("float32"), options=options_by_kind(), wide=st.booleans(), seed=seeds())
def test_float32_stays_float32(ask, kind, groups, options, wide, seed):
    """float32 parameters and their state stay float32, even if an option is a np.float64."""
    chosen = dict(options[kind])
    if wide:
        chosen |= {name: np.float64(value) for name, value in chosen.items() if isinstance(value, float)}
    got = ask(probes.state_after, kind, groups, chosen, 3, seed)
    want = oracles.state_after(kind, groups, options[kind], 3, seed)
    assert_close(got["parameters"], want["parameters"], name="parameters")
    for number, entry in got["state"]["state"].items():
        for name, value in entry.items():
            require(name == "step" or value.dtype == np.float32, f"{name} of parameter {number} in float32", f"{value}")


def known(state, kind):
    """A state of `plain_state` without options of one's own that PyTorch does not have."""
    names = (*oracles.OPTIONS[kind], "params")
    return {**state, "param_groups": [{n: v for n, v in g.items() if n in names} for g in state["param_groups"]]}


@task(4)
@points(2)
@given(kind=kinds(), groups=one_group(), steps=st.sampled_from([1, 4]), seed=seeds())
def test_options_that_nobody_names_are_pytorchs(ask, kind, groups, steps, seed):
    """Without options, each optimizer's defaults and steps are PyTorch's."""
    got = ask(probes.state_after, kind, groups, {}, steps, seed)
    want = oracles.state_after(kind, groups, {}, steps, seed)
    assert_close(known(got["state"], kind)["param_groups"], want["state"]["param_groups"], name="param_groups")
    assert_close(got["parameters"], want["parameters"], name="parameters")


@task(4)
@points(2)
@given(
    kind=kinds(), groups=several_groups(2), options=options_of("kind"), when=st.integers(1, 4), group=st.integers(0, 1),
    lr=st.sampled_from([0.5, 0.0, 2.0]), decay=st.sampled_from([0.25, 0.0]), seed=seeds(),
)  # fmt: skip
def test_the_next_step_goes_by_new_options(ask, kind, groups, options, when, group, lr, decay, seed):
    """Options that are changed in param_groups hold from the next step on, for their group."""
    group = min(group, len(groups) - 1)
    changes = [[when, group, "lr", lr], [when + 1, group, "weight_decay", decay], [when + 2, 0, "lr", 0.125]]
    agree(ask, probes.run, kind, groups, options, 7, seed, changes=changes)


@task(4)
@points(2)
@given(kind=kinds(), groups=one_group(), options=options_of("kind", lr=(0.1, 1.0)), seed=seeds())
def test_parameters_stay_who_and_where_they_are(ask, kind, groups, options, seed):
    """After a step parameters are the same Tensors in the same memory: whoever shares it sees the new values."""
    got, count = ask(probes.in_place, kind, groups, options, seed), len(groups[0]["params"])
    filled = sum(x.size > 0 for x in groups[0]["params"])
    want = {
        "same Tensors": True, "same memory": [True] * filled, "seen by detached ones": [True] * count,
        "leaves": [True] * count,
    }  # fmt: skip
    assert_close(got, want)


@task(4)
@points(3)
@given(kind=kinds(), groups=one_group(), options=options_of("kind"), steps=st.integers(1, 3), seed=seeds())
def test_gradients_come_back_as_they_were(ask, kind, groups, options, steps, seed):
    """A step does not change gradients, which may go on adding up; and it keeps none: what is later written over them
    does no harm."""
    agree(ask, probes.gradients_afterwards, kind, groups, options, steps, seed)


@task(4)
@points(2)
@share(2)
@given(kind=kinds(), groups=one_group(), options=options_of("kind"), seed=seeds())
def test_optimizers_know_nothing_of_each_other(ask, kind, groups, options, seed):
    """A second optimizer of the same parameters begins afresh, and one of others does not get in its way."""
    agree(ask, probes.two_optimizers, kind, groups, options, seed)


# ---------------------------------------------------------------------- 5. state


@task(5)
@points(4)
@given(
    kind=kinds(), groups=several_groups(), options=options_of("kind"), steps=st.sampled_from([2, 1, 0, 5]),
    missing=holes("groups", 2), seed=seeds(),
)  # fmt: skip
def test_state_has_pytorchs_layout(ask, kind, groups, options, steps, missing, seed):
    """state_dict numbers the parameters through all groups, and has PyTorch's names and values in state and options."""
    got = ask(probes.state_after, kind, groups, options, steps, seed, missing)
    want = oracles.state_after(kind, groups, options, steps, seed, missing)
    assert_close(known(got["state"], kind), want["state"])


@task(5)
@points(2)
@share(2)
@given(kind=kinds(), groups=several_groups(2), options=options_of("kind"), seed=seeds())
def test_a_saved_state_is_a_snapshot(ask, kind, groups, options, seed):
    """state_dict() does not change with later steps, and whoever changes it does not change the optimizer."""
    got, want = ask(probes.snapshot, kind, groups, options, seed), oracles.snapshot(kind, groups, options, seed)
    assert_close(known(got["then"], kind), want["then"], name="when it was taken")
    assert_close(got["later"], got["then"], "exact", "after more steps")
    assert_close(got["parameters"], want["parameters"], name="parameters")


OTHER_OPTIONS = {"lr": 5.0, "weight_decay": 3.0}
"""Those of the optimizer that takes a state over: whatever is different must come from the state."""


@task(5)
@points(4)
@given(
    kind=kinds(), groups=several_groups(2, "float32"), options=options_of("kind"), steps=st.sampled_from([1, 3, 0, 10]),
    missing=holes("groups", 4), dirty=st.booleans(), seed=seeds(),
)  # fmt: skip
def test_a_resumed_run_is_the_uninterrupted_one(ask, kind, groups, options, steps, missing, dirty, seed):
    """With its state saved and loaded into another optimizer, a run goes on bit for bit as if nothing had been."""
    saved = ask(probes.saved_after, kind, groups, options, steps, seed, missing)
    whole = ask(probes.state_after, kind, groups, options, steps + 3, seed, missing)
    copies, left = [], list(saved["parameters"])
    for group in groups:
        copies.append({"params": [left.pop(0) for _ in group["params"]]})
    got = ask(probes.went_on, kind, copies, OTHER_OPTIONS, saved["saved"], [steps, steps + 3], seed, missing, dirty)
    assert_close(got["parameters"], whole["parameters"], "exact", "parameters")
    assert_close(got["state"], whole["state"]["state"], "exact", "state")


@task(5)
@points(4)
@given(
    kind=kinds(), groups=several_groups(2), options=options_of("kind"), steps=st.sampled_from([2, 1, 5]),
    missing=holes("groups", 4), dirty=st.booleans(), seed=seeds(),
)  # fmt: skip
def test_pytorchs_state_can_be_taken_over(ask, kind, groups, options, steps, missing, dirty, seed):
    """A state_dict of PyTorch, as arrays, loads, and the run goes on as it does in PyTorch."""
    saved = oracles.saved_by_pytorch(kind, groups, options, steps, seed, missing)
    copies, left = [], list(saved["parameters"])
    for group in groups:
        copies.append({"params": [left.pop(0) for _ in group["params"]]})
    got = ask(probes.went_on, kind, copies, OTHER_OPTIONS, saved["saved"], [steps, steps + 3], seed, missing, dirty)
    want = oracles.went_on(kind, copies, options, saved["saved"], [steps, steps + 3], seed, missing, dirty)
    assert_close(got["parameters"], want, name="parameters")


FAULTS = {
    "other groups": ([[(2,)], [(3,)]], [[(2,), (3,)]], [1, 2]),
    "fewer parameters": ([[(2,)], [(2,), (3,)]], [[(2,)], [(2,)]], [1, 2]),
    "more parameters": ([[(2,)], [(2,), (3,)]], [[(2,)], [(2,), (3,), (4,)]], [2, 3]),
    "another shape": ([[(2,)], [(2,), (3,)]], [[(2,)], [(2,), (4,)]], [(3,), (4,)]),
    "a shape that broadcasts": ([[(2,), (2, 3)]], [[(2,), (1, 3)]], [(2, 3), (1, 3)]),
    "as many numbers": ([[(2,), (2, 3)]], [[(2,), (3, 2)]], [(2, 3), (3, 2)]),
}
"""Shapes in an optimizer's groups, those in the groups of another whose state it is given, and what the error names."""


@task(5)
@points(2)
@share(2)
@given(kind=st.sampled_from(["Adam", "RMSprop", "AdamW"]), fault=st.sampled_from(sorted(FAULTS)), seed=seeds())
def test_a_state_of_another_layout_is_refused(ask, kind, fault, seed):
    """Other groups, fewer parameters or another shape are a ValueError that names both; nothing has changed then."""
    mine, theirs, naming = FAULTS[fault]
    groups, others = ([{"params": [np.ones(s) for s in sides]} for sides in layout] for layout in (mine, theirs))
    refuses(ask, ValueError, probes.load_from, kind, groups, others, seed, "raise", naming=naming)
    caught, skipped = (ask(probes.load_from, kind, groups, others, seed, how) for how in ("catch", "skip"))
    assert_close(caught, skipped, "exact", "parameters two steps later")


@task(5)
@points(3)
@given(kind=kinds(), groups=several_groups(3, "float32"), options=options_of("kind"), steps=st.sampled_from([1, 3]),
       missing=holes("groups", 2), seed=seeds())  # fmt: skip
def test_state_bytes_are_counted(ask, kind, groups, options, steps, missing, seed):
    """state_bytes is 0 before the first step, and later what PyTorch keeps, for those parameters that had a gradient."""
    agree(ask, probes.state_bytes, kind, groups, options, steps, seed, missing)


@task(5)
@points(2)
@given(groups=several_groups(3), lr=st.sampled_from([0.5, 0.25]), seed=seeds())
def test_an_optimizer_of_ones_own_needs_an_update_only(ask, groups, lr, seed):
    """A subclass that defines `update` has groups, options, state, its bytes, and can be saved and taken over."""
    kept = [{name: value for name, value in group.items() if name != "weight_decay"} for group in groups]
    agree(ask, probes.own_optimizer, kept, lr, seed)
