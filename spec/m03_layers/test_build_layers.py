"""Build: what layers and initialisers do: Linear, first values, randomness, Dropout, Flatten."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, refuses, require, seeds, shapes, task

from . import layers, oracles
from .strategies import (
    FLOATS,
    biases_for,
    inputs,
    weights_for,
)

# ------------------------------------------------------------------------ task 3: linear


@task(3)
@points(2)
@given(x=inputs(dims=(2, 2), dtype=FLOATS), w=weights_for("x"), b=biases_for("w"))
def test_linear_explicit_is_x_times_w_transposed_plus_b(ask, x, w, b):
    """The explicit kernel gives PyTorch's values, with and without a bias, in the dtype of x."""
    agree(ask, layers.linear_explicit, x, w, b, kind="reduction")


@task(3)
@given(
    case=st.sampled_from([((2, 3), (4, 2), (4,)), ((2, 3), (4, 3), (3,)), ((3,), (4, 3), (4,)), ((2, 3), (3,), (3,))])
)
def test_linear_explicit_refuses_shapes_that_do_not_fit(ask, case):
    """Shapes that do not fit are a ValueError that names two of them."""
    x, w, b = (np.ones(shape) for shape in case)
    named = [b.shape, w.shape] if b.shape != w.shape[:1] and x.ndim == w.ndim == 2 else [x.shape, w.shape]
    refuses(ask, ValueError, layers.linear_explicit, x, w, b, naming=named)


@task(3)
@points(3)
@given(x=inputs(dtype=FLOATS), weight=weights_for("x"), bias=biases_for("weight"))
def test_linear_is_pytorchs_for_any_leading_axes(ask, x, weight, bias):
    """Linear gives PyTorch's values on the last axis of x, for any number of axes before it."""
    agree(ask, layers.linear, x, weight, bias, kind="reduction")


@task(3)
@given(in_features=st.integers(1, 5), out_features=st.integers(1, 5), bias=st.booleans())
def test_linear_has_pytorchs_parameters(ask, in_features, out_features, bias):
    """A Linear has a float32 weight (out, in) and, unless told otherwise, a bias (out,)."""
    agree(ask, layers.linear_is_made_of, in_features, out_features, bias)


@task(3)
@points(2)
@given(in_features=st.sampled_from((16, 4, 9, 64)), seed=seeds())
def test_linear_starts_with_pytorchs_spread(ask, in_features, seed):
    """First weights and biases lie between -1/√in and 1/√in, evenly and independently."""
    got = ask(layers.linear_values, in_features, 4096 // in_features, seed)
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
    agree(ask, layers.linear_follows, x, weight, other, kind="reduction")


@task(3)
@given(x=inputs(dims=(1, 3)), more=st.integers(1, 3))
def test_linear_refuses_another_number_of_inputs(ask, x, more):
    """An input whose last axis is not in_features long is a ValueError that names its shape and in_features."""
    wanted = x.shape[-1] + more
    refuses(ask, ValueError, layers.linear, x, np.ones((2, wanted)), np.ones(2), naming=[x.shape, wanted])


# ------------------------------------------------------------------------ task 5: first values

WEIGHT_SHAPES = shapes(dims=(2, 4), sides=(3, 2, 5, 1), empty=False)
NONLINEARITIES = st.sampled_from(("relu", "leaky_relu", "tanh", "linear", "sigmoid"))


@task(5)
@points(2)
@given(shape=WEIGHT_SHAPES)
def test_fans_are_pytorchs(ask, shape):
    """Fan in counts what feeds an output and fan out what an input feeds, further axes counted in both."""
    agree(ask, layers.fan_in_and_fan_out, shape, kind="exact")


@task(5)
@given(nonlinearity=NONLINEARITIES, param=st.sampled_from((None, 0.5, 0.0, 2.0)))
def test_gains_are_pytorchs(ask, nonlinearity, param):
    """Every nonlinearity has PyTorch's gain."""
    agree(ask, layers.calculate_gain, nonlinearity, param)


@task(5)
@given(shape=WEIGHT_SHAPES, gain=st.sampled_from((1.0, 0.5, 3.0)))
def test_xavier_std_is_glorots(ask, shape, gain):
    """Xavier's standard deviation is gain · √(2 / (fan in + fan out))."""
    agree(ask, layers.xavier_std, shape, gain)


@task(5)
@given(
    shape=WEIGHT_SHAPES,
    a=st.sampled_from((0.0, 1.0, 5**0.5)),
    mode=st.sampled_from(("fan_in", "fan_out")),
    nonlinearity=NONLINEARITIES,
)
def test_kaiming_std_is_hes(ask, shape, a, mode, nonlinearity):
    """Kaiming's standard deviation is gain / √fan, with the fan that mode names."""
    agree(ask, layers.kaiming_std, shape, a, mode, nonlinearity)


@task(5)
@given(
    case=st.sampled_from(
        (
            (layers.fan_in_and_fan_out, ((7,),), (7,)),
            (layers.fan_in_and_fan_out, ((),), ()),
            (layers.calculate_gain, ("softmax", None), "softmax"),
            (layers.kaiming_std, ((2, 3), 0.0, "fan_in", "ReLU6"), "ReLU6"),
            (layers.kaiming_std, ((2, 3), 0.0, "fan_avg", "relu"), "fan_avg"),
            (layers.xavier_std, ((5,), 1.0), (5,)),
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
    a, mode = {1.0: (0.0, "fan_in"), 0.5: (1.0, "fan_out"), 3.0: (0.0, "fan_out")}[scale]
    if family == "xavier_":
        settings = {"gain": scale}
    elif family == "kaiming_":
        settings = {"a": a, "mode": mode}
    elif kind == "normal":
        settings, mean = {"mean": -1.0, "std": scale}, -1.0
    else:
        settings, std, mean = {"low": 1.0, "high": 1.0 + scale}, scale / 12**0.5, 1.0 + scale / 2
    values = ask(layers.initialised, f"{family}{kind}_", shape, settings, seed)
    if family == "xavier_":
        std = oracles.xavier_std(shape, scale)
    elif family == "kaiming_":
        std = oracles.kaiming_std(shape, a, mode, "leaky_relu")
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
    agree(ask, layers.in_place, name, shape, dtype)


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
    got = ask(layers.drawn, things[which % len(things)], first, second, generator)
    assert_close(got["first again"], got["first"], "exact")
    others = ["next"] * generator + ["second"] * (first != second)
    for other in others:
        require(not np.array_equal(got[other], got["first"]), f"other numbers ({other})", "the same numbers")


@pytest.mark.parametrize("things", RANDOM)
@given(which=st.integers(0, 5), seed=seeds())
def test_global_random_state_is_neither_used_nor_changed(ask, things, which, seed):
    """Nothing random reads or changes the global state of NumPy or Python."""
    got = ask(layers.global_state, things[which % len(things)], seed)
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
    got = ask(layers.dropped, x, p, seed, 2, True)
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
    zero = ask(layers.dropped, x, p, seed, 1, True)["results"][0] == 0
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
    results = ask(layers.dropped, np.ones((4, 4)), p, seed, 1000, True)["results"]
    variance = float(np.var([np.count_nonzero(result == 0) for result in results]))
    wanted = 16 * p * (1 - p)
    require(0.65 < variance / wanted < 1.45, f"numbers of variance {wanted:.3g}, about", f"{variance:.3g}")


@task(6)
@points(2)
@given(x=arrays(dims=(0, 3), dtype=FLOATS), p=st.sampled_from((0.5, 0.9, 0.0, 1.0)), seed=seeds())
def test_dropout_in_eval_changes_nothing(ask, x, p, seed):
    """In eval mode the result is x, exactly."""
    got = ask(layers.dropped, x, p, seed, 2, False)
    plain = np.ascontiguousarray(x).reshape(x.shape)
    assert_close(got, {"x afterwards": plain, "results": [plain, plain]}, "exact")


@task(6)
@given(x=arrays(dims=(0, 3), dtype=FLOATS), seed=seeds())
def test_dropout_has_two_ends(ask, x, seed):
    """With p = 0 nothing is dropped, with p = 1 everything: 0 and not nan."""
    plain = np.ascontiguousarray(x).reshape(x.shape)
    assert_close(ask(layers.dropped, x, 0.0, seed, 1, True)["results"][0], plain, "exact", "p = 0")
    assert_close(ask(layers.dropped, x, 1.0, seed, 1, True)["results"][0], np.zeros_like(plain), "exact", "p = 1")


@task(6)
@points(2)
@given(p=PROBABILITIES, seed=seeds())
def test_dropout_draws_a_new_mask_each_time(ask, p, seed):
    """Each call drops other elements; the same seed gives the same sequence, and so does putting the state back."""
    got = ask(layers.dropout_repeats, np.ones((20, 20)), p, seed)
    require(not np.array_equal(*got["one"]), "another mask in the second call", "the same mask")
    assert_close(got["other"], got["one"], "exact", "other layer")
    assert_close(got["again"], got["one"][1], "exact", "state put back")


@task(6)
@given(p=st.sampled_from((-0.1, 1.1, 2.0, float("nan"))))
def test_dropout_refuses_what_is_no_probability(ask, p):
    """A p that is not between 0 and 1 is a ValueError that names it."""
    refuses(ask, ValueError, layers.dropped, np.ones(3), p, 0, 1, True, naming=["nan" if p != p else p])


@task(6)
@points(2)
@given(x=arrays(dims=(2, 4), dtype=FLOATS), axes=st.sampled_from(((), (0,), (1,), (0, 1), (0, -1), (-2, -1), (1, 1))))
def test_flatten_is_pytorchs(ask, x, axes):
    """Flatten makes the axes from the first to the last named one axis, all but the batch unless told otherwise."""
    agree(ask, layers.flatten, x, axes, kind="exact")


@task(6)
@given(case=st.sampled_from([((2, 3), (2,), 2), ((2, 3), (0, 3), 3), ((4,), (), 1), ((2, 3), (-3,), -3)]))
def test_flatten_refuses_an_axis_that_is_not_there(ask, case):
    """An axis that x does not have is an IndexError that names it."""
    shape, axes, named = case
    refuses(ask, IndexError, layers.flatten, np.ones(shape), axes, naming=[named])
