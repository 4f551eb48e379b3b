"""Build: what modules, layers, initialisers and containers do."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, refuses, require, seeds, shapes, task
from spec.kit.compare import show

from . import oracles, probes
from .strategies import (
    assignments,
    biases_for,
    inputs,
    keys_of,
    node_of,
    owned_by,
    plans,
    saved_plans,
    sequence_for,
    states_of,
    weights_for,
    wirings,
)

FLOATS = st.sampled_from(("float64", "float32"))
PREFIXES = st.sampled_from(("", "model", "net.body"))

# ------------------------------------------------------------------------ task 1: parameters


@task(1)
@points(2)
@given(plan=plans(), prefix=PREFIXES)
def test_parameters_are_found_by_path_in_order(ask, plan, prefix):
    """Parameters are found by the path of attributes that leads to them, in PyTorch's order; nothing else is."""
    agree(ask, probes.named_parameters, plan, prefix, kind="exact")


@task(1)
@given(value=st.floats(-9, 9))
def test_what_is_assigned_is_read_back_and_found(ask, value):
    """Whatever is assigned to an attribute is read back, and Parameters and Modules are found, as that very object."""
    agree(ask, probes.attributes, value)


@task(1)
@points(2)
@given(holders=st.lists(st.lists(st.integers(0, 3), max_size=3), min_size=1, max_size=3))
def test_a_shared_parameter_is_listed_once(ask, holders):
    """A Parameter that has several paths is listed once, under the first."""
    agree(ask, probes.shared_parameters, holders)


@task(1)
@points(2)
@given(steps=assignments())
def test_only_what_an_attribute_holds_now_is_listed(ask, steps):
    """After attributes are assigned anew, set to None or deleted, what they used to hold is no longer listed."""
    agree(ask, probes.after_steps, steps)


@task(1)
@given(n=st.integers(1, 4), position=st.integers(0, 3))
def test_a_new_parameter_takes_the_place_of_the_old(ask, n, position):
    """A Parameter under a registered name takes the old one's place in the order."""
    agree(ask, probes.one_replaced, n, position % n)


@task(1)
@given(kind=st.sampled_from(("parameter", "module")))
def test_a_deleted_attribute_is_gone(ask, kind):
    """Reading an attribute after it was deleted is an AttributeError."""
    refuses(ask, AttributeError, probes.read_deleted, kind)


@task(1)
@given(x=arrays(dims=(2, 2), empty=False))
def test_what_is_computed_from_a_parameter_is_not_one(ask, x):
    """A result of operations on Parameters, kept in an attribute, is not listed."""
    agree(ask, probes.computed, x)


@task(1)
@points(2)
@given(kind=st.sampled_from(("parameter", "buffer")), value=st.sampled_from(("tensor", "array", "list")))
def test_a_parameter_is_not_lost_by_accident(ask, kind, value):
    """A plain Tensor over a Parameter, or an array over a buffer, is a TypeError that names the attribute."""
    refuses(ask, TypeError, probes.overwrite, "parameter" if value == "tensor" else kind, value, naming=["weight"])


@task(1)
@given(kind=st.sampled_from(("parameter", "module")))
def test_a_forgotten_super_init_loses_nothing_silently(ask, kind):
    """Without super().__init__(), either the parameters are found all the same, or AttributeError names __init__."""
    reply = ask.attempt(probes.forgot_super, kind)
    if reply.error is None:
        require(
            reply.value == (1 if kind == "parameter" else 2), "all parameters, or an AttributeError", show(reply.value)
        )
    else:
        refuses(ask, AttributeError, probes.forgot_super, kind, naming=["__init__"])


# ------------------------------------------------------------------------ task 2: trees


@task(2)
@points(3)
@given(children=wirings(), owned=owned_by("children"), prefix=PREFIXES)
def test_modules_are_visited_once_and_depth_first(ask, children, owned, prefix):
    """Modules are listed depth first, each once, even if they are shared or contain each other; as in PyTorch."""
    agree(ask, probes.module_lists, children, owned, prefix)


@task(2)
@points(2)
@given(
    children=wirings(),
    first=node_of("children"),
    steps=st.lists(st.sampled_from(("eval", "train", False, True)), min_size=1, max_size=3),
)
def test_train_and_eval_reach_every_module_below(ask, children, first, steps):
    """A new module is in training mode; train and eval set it and all below it, nothing else, and return it."""
    agree(ask, probes.modes, children, first, steps)


@task(2)
@given(x=arrays(dims=(0, 2)), factor=st.integers(-3, 3).map(float), shift=st.integers(-3, 3).map(float))
def test_calling_a_module_calls_its_forward(ask, x, factor, shift):
    """Calling a module gives what its forward returns, whatever the arguments and the result are."""
    agree(ask, probes.called, x, factor, shift, kind="elementwise")


# ------------------------------------------------------------------------ task 3: linear


@task(3)
@points(2)
@given(x=inputs(dims=(2, 2), dtype=FLOATS), w=weights_for("x"), b=biases_for("w"))
def test_linear_explicit_is_x_times_w_transposed_plus_b(ask, x, w, b):
    """The explicit kernel gives PyTorch's values, with and without a bias, in the dtype of x."""
    agree(ask, probes.linear_explicit, x, w, b, kind="reduction")


@task(3)
@given(
    case=st.sampled_from([((2, 3), (4, 2), (4,)), ((2, 3), (4, 3), (3,)), ((3,), (4, 3), (4,)), ((2, 3), (3,), (3,))])
)
def test_linear_explicit_refuses_shapes_that_do_not_fit(ask, case):
    """Shapes that do not fit are a ValueError that names two of them."""
    x, w, b = (np.ones(shape) for shape in case)
    named = [b.shape, w.shape] if b.shape != w.shape[:1] and x.ndim == w.ndim == 2 else [x.shape, w.shape]
    refuses(ask, ValueError, probes.linear_explicit, x, w, b, naming=named)


@task(3)
@points(3)
@given(x=inputs(dtype=FLOATS), weight=weights_for("x"), bias=biases_for("weight"))
def test_linear_is_pytorchs_for_any_leading_axes(ask, x, weight, bias):
    """Linear gives PyTorch's values on the last axis of x, for any number of axes before it."""
    agree(ask, probes.linear, x, weight, bias, kind="reduction")


@task(3)
@given(in_features=st.integers(1, 5), out_features=st.integers(1, 5), bias=st.booleans())
def test_linear_has_pytorchs_parameters(ask, in_features, out_features, bias):
    """A Linear has a float32 weight (out, in) and, unless told otherwise, a bias (out,)."""
    agree(ask, probes.linear_is_made_of, in_features, out_features, bias)


@task(3)
@points(2)
@given(in_features=st.sampled_from((16, 4, 9, 64)), seed=seeds())
def test_linear_starts_with_pytorchs_spread(ask, in_features, seed):
    """First weights and biases lie between -1/√in and 1/√in, evenly and independently."""
    got = ask(probes.linear_values, in_features, 4096 // in_features, seed)
    bound = np.float32(in_features**-0.5)
    for name, values in got.items():
        largest = np.abs(values).max()
        require(largest <= bound * (1 + 1e-6), f"{name} between -{bound:.6g} and {bound:.6g}", f"{largest:.6g}")
        far = oracles.distance(values, "uniform", float(bound) / 3**0.5)
        require(far < 3.2, f"{name} spread evenly between -{bound:.6g} and {bound:.6g}", f"{_spread(values)}")
    weight = got["weight"]
    require(np.unique(weight).size > 0.9 * weight.size, "weights drawn one by one", "many equal weights")
    repeated = np.isin(got["bias"], weight).mean()
    require(repeated < 0.5, "biases drawn after the weights", "biases that repeat numbers of the weights")


@task(3)
@given(x=inputs(dims=(2, 2)), weight=weights_for("x"), seed=seeds())
def test_linear_uses_the_weights_it_has_now(ask, x, weight, seed):
    """After its weight changes, in place or by assignment, or x does, Linear computes with the new one."""
    other = np.random.default_rng(seed).standard_normal(weight.shape)
    agree(ask, probes.linear_follows, x, weight, other, kind="reduction")


@task(3)
@given(x=inputs(dims=(1, 3)), more=st.integers(1, 3))
def test_linear_refuses_another_number_of_inputs(ask, x, more):
    """An input whose last axis is not in_features long is a ValueError that names its shape and in_features."""
    wanted = x.shape[-1] + more
    refuses(ask, ValueError, probes.linear, x, np.ones((2, wanted)), np.ones(2), naming=[x.shape, wanted])


# ------------------------------------------------------------------------ task 4: saving and loading


@task(4)
@points(2)
@given(plan=plans(("parameter", "buffer", "tensor", "number")))
def test_a_state_is_pytorchs(ask, plan):
    """state_dict has PyTorch's paths in PyTorch's order: own Parameters, own buffers, then the children."""
    agree(ask, probes.state_dict, plan, kind="exact")


@task(4)
@given(plan=saved_plans())
def test_a_state_is_a_snapshot(ask, plan):
    """A saved state does not change with the model, nor the model with a saved state."""
    agree(ask, probes.snapshot, plan, kind="exact")


@task(4)
@points(2)
@given(plan=saved_plans(), state=states_of("plan", FLOATS), tensors=st.booleans())
def test_loading_copies_values_into_the_same_parameters(ask, plan, state, tensors):
    """Loading writes arrays or Tensors into the Parameters that are there, in place; dtypes stay, nothing is shared."""
    agree(ask, probes.loaded, plan, state, tensors, kind="exact")


def _nothing_changed(ask, before):
    assert_close(ask(probes.current), before, "exact", "model afterwards")


@task(4)
@points(2)
@given(
    plan=saved_plans(),
    state=states_of("plan"),
    key=keys_of("state"),
    how=st.sampled_from(("missing", "unexpected", "renamed")),
)
def test_loading_refuses_names_that_do_not_match(ask, plan, state, key, how):
    """A path on one side only is a KeyError that names it, and nothing of the state is loaded."""
    before = ask(probes.start, plan)
    wrong = {path: array for path, array in state.items() if path != key or how == "unexpected"}
    if how != "missing":
        wrong[f"{key}_old"] = state[key]
    named = {"missing": [key], "unexpected": [f"{key}_old"], "renamed": [key, f"{key}_old"]}[how]
    refuses(ask, KeyError, probes.load, wrong, True, naming=named)
    _nothing_changed(ask, before)


@task(4)
@points(2)
@given(
    plan=saved_plans(),
    state=states_of("plan"),
    key=keys_of("state"),
    how=st.sampled_from(("one", "more", "column", "row")),
)
def test_loading_refuses_other_shapes_even_if_they_broadcast(ask, plan, state, key, how):
    """Another shape is a ValueError that names the path and both shapes, and nothing of the state is loaded."""
    before = ask(probes.start, plan)
    right = state[key].shape
    shape = {"one": (1,) if right != (1,) else (), "more": (right[0] + 1,), "column": (*right, 1), "row": (1, *right)}[
        how
    ]
    wrong = {**state, key: np.full(shape, 5.0, np.float32)}
    refuses(ask, ValueError, probes.load, wrong, True, naming=[key, shape, right])
    _nothing_changed(ask, before)


@task(4)
@points(2)
@given(plan=saved_plans(), state=states_of("plan"), key=keys_of("state"))
def test_loading_can_be_told_to_leave_names_alone(ask, plan, state, key):
    """With strict=False, paths on one side only are left alone and returned."""
    before = ask(probes.start, plan)
    partial = {path: array for path, array in state.items() if path != key}
    got = ask(probes.load, {"nowhere.else": np.ones(1), **partial}, False)
    assert_close(got, [[key], ["nowhere.else"]], "exact", "missing, unexpected")
    want = {path: before[path] if path == key else array for path, array in state.items()}
    assert_close(ask(probes.current), want, "exact", "model afterwards")


@task(4)
@given(array=arrays(dims=(0, 2), dtype=st.sampled_from(("float32", "int64"))), seed=seeds())
def test_a_buffer_is_saved_but_not_learnt(ask, array, seed):
    """A registered buffer is in the state and not among the Parameters; a Tensor assigned to it is a buffer still."""
    agree(ask, probes.buffer, array, np.random.default_rng(seed).integers(0, 9, array.shape).astype(array.dtype))


@task(4)
@given(value=st.sampled_from((np.ones(2), 3.0, [1.0, 2.0])))
def test_a_buffer_is_a_tensor(ask, value):
    """A buffer that is not a Tensor is a TypeError that names it."""
    refuses(ask, TypeError, probes.register, value, naming=["running"])


@task(4)
@points(2)
@given(x=arrays(dims=(1, 2), dtype="float32", empty=False))
def test_a_tied_parameter_counts_once_and_is_saved_under_every_path(ask, x):
    """A Parameter in two modules is one Parameter, has two paths in the state, and stays one when it is loaded."""
    agree(ask, probes.tied, x, kind="exact")


@task(4)
@points(2)
@given(
    plan=plans(("parameter", "buffer")),
    dtype=st.sampled_from(("float64", "float16", "float32")),
    count=arrays((0, 1), "int64"),
)
def test_to_converts_floats_in_the_same_parameters(ask, plan, dtype, count):
    """to(dtype) converts floats and leaves integers; the Parameters are the same objects, shared ones still shared."""
    agree(ask, probes.converted, plan, dtype, count, kind="exact")


# ------------------------------------------------------------------------ task 5: first values

WEIGHT_SHAPES = shapes(dims=(2, 4), sides=(3, 2, 5, 1), empty=False)
NONLINEARITIES = st.sampled_from(("relu", "leaky_relu", "tanh", "linear", "sigmoid"))


@task(5)
@points(2)
@given(shape=WEIGHT_SHAPES)
def test_fans_are_pytorchs(ask, shape):
    """Fan in counts what feeds an output and fan out what an input feeds, further axes counted in both."""
    agree(ask, probes.fan_in_and_fan_out, shape, kind="exact")


@task(5)
@given(nonlinearity=NONLINEARITIES, param=st.sampled_from((None, 0.5, 0.0, 2.0)))
def test_gains_are_pytorchs(ask, nonlinearity, param):
    """Every nonlinearity has PyTorch's gain."""
    agree(ask, probes.calculate_gain, nonlinearity, param)


@task(5)
@given(shape=WEIGHT_SHAPES, gain=st.sampled_from((1.0, 0.5, 3.0)))
def test_xavier_std_is_glorots(ask, shape, gain):
    """Xavier's standard deviation is gain · √(2 / (fan in + fan out))."""
    agree(ask, probes.xavier_std, shape, gain)


@task(5)
@given(
    shape=WEIGHT_SHAPES,
    a=st.sampled_from((0.0, 1.0, 5**0.5)),
    mode=st.sampled_from(("fan_in", "fan_out")),
    nonlinearity=NONLINEARITIES,
)
def test_kaiming_std_is_hes(ask, shape, a, mode, nonlinearity):
    """Kaiming's standard deviation is gain / √fan, with the fan that mode names."""
    agree(ask, probes.kaiming_std, shape, a, mode, nonlinearity)


@task(5)
@given(
    case=st.sampled_from(
        (
            (probes.fan_in_and_fan_out, ((7,),), (7,)),
            (probes.fan_in_and_fan_out, ((),), ()),
            (probes.calculate_gain, ("softmax", None), "softmax"),
            (probes.kaiming_std, ((2, 3), 0.0, "fan_in", "ReLU6"), "ReLU6"),
            (probes.kaiming_std, ((2, 3), 0.0, "fan_avg", "relu"), "fan_avg"),
            (probes.xavier_std, ((5,), 1.0), (5,)),
        )
    )
)
def test_initialisers_refuse_what_they_do_not_know(ask, case):
    """A shape of fewer than two axes, an unknown mode or nonlinearity is a ValueError that names it."""
    probe, args, named = case
    refuses(ask, ValueError, probe, *args, naming=[named])


INITIALISERS = ["uniform_", "normal_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"]


def _spread(values: np.ndarray) -> str:
    ends = f"from {values.min():.3g} to {values.max():.3g}"
    return f"mean {values.mean():.3g}, standard deviation {values.std():.4g}, {ends}"


@task(5)
@points(2)
@pytest.mark.parametrize("family", ["", "xavier_", "kaiming_"], ids=["plain", "xavier", "kaiming"])
@given(
    kind=st.sampled_from(("normal", "uniform")),
    shape=st.sampled_from(((80, 32), (32, 80), (20, 8, 4, 4))),
    scale=st.sampled_from((1.0, 0.5, 3.0)),
    seed=seeds(),
)
def test_initialisers_draw_from_their_distribution(ask, family, kind, shape, scale, seed):
    """Each initialiser draws every value by itself from its distribution, with PyTorch's spread."""
    std, mean = scale, 0.0
    if family == "xavier_":
        settings, std = {"gain": scale}, oracles.xavier_std(shape, scale)
    elif family == "kaiming_":
        a, mode = {1.0: (0.0, "fan_in"), 0.5: (1.0, "fan_out"), 3.0: (0.0, "fan_out")}[scale]
        settings, std = {"a": a, "mode": mode}, oracles.kaiming_std(shape, a, mode, "leaky_relu")
    elif kind == "normal":
        settings, mean = {"mean": -1.0, "std": scale}, -1.0
    else:
        settings, std, mean = {"low": 1.0, "high": 1.0 + scale}, scale / 12**0.5, 1.0 + scale / 2
    name = f"{family}{kind}_"
    values = ask(probes.initialised, name, shape, settings, seed)
    if kind == "uniform":
        low, high = mean - 3**0.5 * std, mean + 3**0.5 * std
        inside = values.min() >= low - 1e-6 * abs(high) and values.max() <= high + 1e-6 * abs(high)
        require(bool(inside), f"between {low:.4g} and {high:.4g}", _spread(values))
    else:
        beyond = float(np.mean(np.abs(values - mean) > 2.5 * std))
        require(0 < beyond < 0.03, "1.2 % of the values beyond 2.5 standard deviations", f"{100 * beyond:.2g} %")
    wanted = f"{kind}, mean {mean:.3g}, standard deviation {std:.4g}"
    require(oracles.distance(values - mean, kind, std) < 3.2, wanted, _spread(values))
    require(np.unique(values).size > 0.9 * values.size, "values drawn one by one", "many equal values")


@task(5)
@given(
    name=st.sampled_from(INITIALISERS),
    shape=st.sampled_from(((3, 4), (2, 3, 2), (1, 1))),
    dtype=st.sampled_from(("float32", "float64")),
)
def test_initialisers_write_into_the_tensor_they_are_given(ask, name, shape, dtype):
    """An initialiser changes its tensor in place, keeps its dtype and returns it."""
    agree(ask, probes.in_place, name, shape, dtype)


# ------------------------------------------------------------------------ randomness: tasks 3, 5 and 6

RANDOM = [
    pytest.param(("Linear",), marks=task(3), id="Linear"),
    pytest.param(tuple(INITIALISERS), marks=task(5), id="initialisers"),
    pytest.param(("Dropout",), marks=task(6), id="Dropout"),
]


@pytest.mark.parametrize("things", RANDOM)
@given(which=st.integers(0, 5), first=seeds(), second=seeds(), generator=st.booleans())
def test_rng_decides_what_is_drawn(ask, things, which, first, second, generator):
    """The same seed, or a Generator in the same state, gives the same numbers; other seeds and later draws do not."""
    got = ask(probes.drawn, things[which % len(things)], first, second, generator)
    assert_close(got["first again"], got["first"], "exact")
    others = ["next"] * generator + ["second"] * (first != second)
    for other in others:
        require(not np.array_equal(got[other], got["first"]), f"other numbers ({other})", "the same numbers")


@pytest.mark.parametrize("things", RANDOM)
@given(which=st.integers(0, 5), seed=seeds())
def test_global_random_state_is_neither_used_nor_changed(ask, things, which, seed):
    """Nothing random reads or changes the global state of NumPy or Python."""
    got = ask(probes.global_state, things[which % len(things)], seed)
    require(got["untouched"], "the global random state as it was before", "another state")
    differ = not np.array_equal(got["first"], got["second"])
    require(differ, "without rng, numbers that no global seed decides", "the same numbers after the same global seed")


# ------------------------------------------------------------------------ task 6: dropout and flatten

PROBABILITIES = st.sampled_from((0.5, 0.1, 0.75, 0.9, 0.05))


@task(6)
@points(2)
@given(x=arrays(dims=(0, 4), dtype=FLOATS), p=PROBABILITIES | st.none(), seed=seeds())
def test_dropout_drops_or_scales_each_element(ask, x, p, seed):
    """In training each element becomes 0 or is multiplied by 1/(1 - p), p being 0.5 if not given; x stays."""
    got = ask(probes.dropped, x, p, seed, 2, True)
    assert_close(got["x afterwards"], np.ascontiguousarray(x).reshape(x.shape), "exact", "x afterwards")
    scaled = (x / (1 - (0.5 if p is None else p))).astype(x.dtype)
    for result in got["results"]:
        kept = np.where(result == 0, np.zeros_like(scaled), scaled) if result.shape == x.shape else scaled
        assert_close(result, kept, "elementwise")


@task(6)
@points(2)
@given(p=PROBABILITIES, seed=seeds())
def test_dropout_drops_each_element_by_itself_with_probability_p(ask, p, seed):
    """The share of dropped elements is p, in the whole, in every row and in every column."""
    x = np.full((100, 100), 3.0)
    zero = ask(probes.dropped, x, p, seed, 1, True)["results"][0] == 0
    noise = (p * (1 - p) / x.size) ** 0.5
    require(abs(zero.mean() - p) < 6 * noise, f"{p:.2g} of 10000 elements dropped", f"{zero.mean():.3g}")
    for axis, what in ((0, "column"), (1, "row")):
        off = np.abs(zero.mean(axis) - p).max()
        require(
            off < 80 * noise, f"about {p:.2g} of every {what} dropped", f"in one {what} the share is off by {off:.2g}"
        )


@task(6)
@given(p=PROBABILITIES, seed=seeds())
def test_no_dropped_element_knows_of_another(ask, p, seed):
    """How many of 16 elements are dropped varies from call to call as much as it does for independent draws."""
    results = ask(probes.dropped, np.ones((4, 4)), p, seed, 1000, True)["results"]
    variance = float(np.var([np.count_nonzero(result == 0) for result in results]))
    wanted = 16 * p * (1 - p)
    require(0.65 < variance / wanted < 1.45, f"numbers of variance {wanted:.3g}, about", f"{variance:.3g}")


@task(6)
@points(2)
@given(x=arrays(dims=(0, 3), dtype=FLOATS), p=st.sampled_from((0.5, 0.9, 0.0, 1.0)), seed=seeds())
def test_dropout_in_eval_changes_nothing(ask, x, p, seed):
    """In eval mode the result is x, exactly."""
    got = ask(probes.dropped, x, p, seed, 2, False)
    plain = np.ascontiguousarray(x).reshape(x.shape)
    assert_close(got, {"x afterwards": plain, "results": [plain, plain]}, "exact")


@task(6)
@given(x=arrays(dims=(0, 3), dtype=FLOATS), seed=seeds())
def test_dropout_has_two_ends(ask, x, seed):
    """With p = 0 nothing is dropped, with p = 1 everything: 0 and not nan."""
    plain = np.ascontiguousarray(x).reshape(x.shape)
    assert_close(ask(probes.dropped, x, 0.0, seed, 1, True)["results"][0], plain, "exact", "p = 0")
    assert_close(ask(probes.dropped, x, 1.0, seed, 1, True)["results"][0], np.zeros_like(plain), "exact", "p = 1")


@task(6)
@points(2)
@given(p=PROBABILITIES, seed=seeds())
def test_dropout_draws_a_new_mask_each_time(ask, p, seed):
    """Each call drops other elements; the same seed gives the same sequence, and so does putting the state back."""
    got = ask(probes.dropout_repeats, np.ones((20, 20)), p, seed)
    require(not np.array_equal(*got["one"]), "another mask in the second call", "the same mask")
    assert_close(got["other"], got["one"], "exact", "other layer")
    assert_close(got["again"], got["one"][1], "exact", "state put back")


@task(6)
@given(p=st.sampled_from((-0.1, 1.1, 2.0, float("nan"))))
def test_dropout_refuses_what_is_no_probability(ask, p):
    """A p that is not between 0 and 1 is a ValueError that names it."""
    refuses(ask, ValueError, probes.dropped, np.ones(3), p, 0, 1, True, naming=["nan" if p != p else p])


@task(6)
@points(2)
@given(x=arrays(dims=(2, 4), dtype=FLOATS), axes=st.sampled_from(((), (0,), (1,), (0, 1), (0, -1), (-2, -1), (1, 1))))
def test_flatten_is_pytorchs(ask, x, axes):
    """Flatten makes the axes from the first to the last named one axis, all but the batch unless told otherwise."""
    agree(ask, probes.flatten, x, axes, kind="exact")


@task(6)
@given(case=st.sampled_from([((2, 3), (2,), 2), ((2, 3), (0, 3), 3), ((4,), (), 1), ((2, 3), (-3,), -3)]))
def test_flatten_refuses_an_axis_that_is_not_there(ask, case):
    """An axis that x does not have is an IndexError that names it."""
    shape, axes, named = case
    refuses(ask, IndexError, probes.flatten, np.ones(shape), axes, naming=[named])


# ------------------------------------------------------------------------ task 7: containers

CONTAINERS = st.sampled_from(("Sequential", "ModuleList"))


@task(7)
@points(2)
@given(x=inputs(dims=(2, 2), dtype=FLOATS), items=sequence_for("x"))
def test_sequential_runs_its_items_in_order(ask, x, items):
    """A Sequential gives what its items give one after another, and names its Parameters as PyTorch does."""
    agree(ask, probes.sequential, items, x)


@task(7)
@points(2)
@given(kind=CONTAINERS, n=st.integers(0, 12), grown=st.integers(0, 2))
def test_containers_keep_their_items_in_order(ask, kind, n, grown):
    """A container has its items in the order in which they came, also the eleventh, and numbers them from 0."""
    agree(ask, probes.contents, kind, n, grown)


@task(7)
@points(2)
@given(
    kind=CONTAINERS,
    n=st.integers(1, 5),
    index=st.integers(-5, 4)
    | st.builds(slice, *[st.none() | st.integers(-5, 5)] * 2, st.sampled_from((None, 2, 1, -1))),
)
def test_containers_are_indexed_like_lists(ask, kind, n, index):
    """An index counts from either end, and a slice gives a container of the same kind with the same items."""
    agree(ask, probes.indexed, kind, n, index if isinstance(index, slice) else index % (2 * n) - n)


@task(7)
@given(kind=CONTAINERS, n=st.integers(0, 4), beyond=st.integers(0, 3), negative=st.booleans())
def test_containers_refuse_an_index_that_is_not_there(ask, kind, n, beyond, negative):
    """An index without an item is an IndexError that names it."""
    index = -n - 1 - beyond if negative else n + beyond
    refuses(ask, IndexError, probes.indexed, kind, n, index, naming=[index])


@task(7)
@points(2)
@given(kind=CONTAINERS, n=st.integers(1, 4), index=st.integers(-4, 3), by_name=st.booleans())
def test_a_replaced_item_is_replaced_for_good(ask, kind, n, index, by_name):
    """An item replaced by index or by its name is the one that runs, is found and is listed."""
    agree(ask, probes.replaced, kind, n, index % (2 * n) - n, by_name, kind="exact")


@task(7)
@points(2)
@given(
    case=st.sampled_from((("Sequential", "list"), ("Sequential", "None"), ("Sequential", "class")))
    | st.sampled_from((("ModuleList", "function"), ("ModuleList", "tensor"), ("ModuleList", "class"))),
    append=st.booleans(),
)
def test_containers_refuse_what_does_not_belong_in_them(ask, case, append):
    """What cannot run (in a Sequential) or is no Module (in a ModuleList) is a TypeError; so is a class."""
    refuses(ask, TypeError, probes.misplaced, *case, append)
