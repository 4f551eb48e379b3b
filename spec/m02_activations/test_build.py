"""Build: what the activations do, on all shapes, at the ends of float32, and on bad input."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import (
    Bounded,
    agree,
    arrays,
    assert_close,
    axes_of,
    dtypes,
    given,
    like,
    points,
    refuses,
    require,
    scalars,
    task,
)

from . import probes
from .draws import huge, masked, whole

CORNERS = ("relu", "leaky_relu")
SQUASHING = ("sigmoid", "tanh")
GATES = ("silu", "gelu")
ALONG = ("softmax", "log_softmax")
TASK = {"relu": 1, "leaky_relu": 1, "sigmoid": 2, "tanh": 2, "silu": 3, "gelu": 3, "softmax": 4, "log_softmax": 5}


def each(*names: str) -> pytest.MarkDecorator:
    """One law for each named function, in the task that the function belongs to."""
    return pytest.mark.parametrize("name", [pytest.param(name, marks=task(TASK[name]), id=name) for name in names])


# ------------------------------------------------------------------ element by element


@points(2)
@each(*CORNERS, *SQUASHING, *GATES)
@given(x=arrays(dims=(0, 3), dtype=dtypes()))
def test_values_are_pytorchs(ask, name, x):
    """Values, dtype and shape are PyTorch's, for float32 and float64 of any shape."""
    agree(ask, probes.activation, name, x, {}, kind="exact" if name == "relu" else "composed")


@task(1)
@points(2)
@given(x=arrays(dims=(0, 3), dtype=dtypes()), slope=scalars(-3.0, 3.0))
def test_leaky_relu_takes_any_slope(ask, x, slope):
    """The slope may be any number: negative, 0, or larger than 1."""
    agree(ask, probes.activation, "leaky_relu", x, {"negative_slope": slope})


@points(1)
@each(*CORNERS, *SQUASHING, *GATES)
@given(x=huge())
def test_nothing_overflows_up_to_10_000(ask, name, x):
    """For |x| up to 10,000 the values are right, and x reaches them by operations none of which gives inf or nan."""
    agree(ask, probes.on_the_way, name, x, {})


@task(1)
@points(2)
@given(x=arrays(dims=(0, 3), dtype=dtypes()), again=like("x"))
def test_corners_leave_their_input_alone(ask, x, again):
    """relu and leaky_relu change nothing, share no memory with x, and look at x anew each time."""
    for name in CORNERS:
        agree(ask, probes.called_twice, name, x, again, {})


@task(2)
@points(1)
@given(x=arrays(dims=(0, 3), dtype=dtypes()), again=like("x"))
def test_squashing_leaves_its_input_alone(ask, x, again):
    """sigmoid and tanh change nothing, share no memory with x, and look at x anew each time."""
    for name in SQUASHING:
        agree(ask, probes.called_twice, name, x, again, {})


@task(3)
@points(1)
@given(x=arrays(dims=(0, 3), dtype=dtypes()), again=like("x"))
def test_gates_leave_their_input_alone(ask, x, again):
    """silu and gelu change nothing, share no memory with x, and look at x anew each time."""
    for name in GATES:
        agree(ask, probes.called_twice, name, x, again, {})


@task(2)
@points(1)
@given(x=arrays(dims=(0, 2)))
def test_sigmoid_and_its_mirror_image_make_one(ask, x):
    """sigmoid(x) + sigmoid(-x) = 1: what is not one class is the other."""
    answer = ask(probes.mirrored, "sigmoid", x)
    assert_close(np.asarray(answer["f(x)"] + answer["f(-x)"]), np.ones(x.shape), name="sigmoid(x) + sigmoid(-x)")


@task(2)
@points(1)
@given(x=arrays(dims=(0, 2)))
def test_tanh_is_odd(ask, x):
    """tanh(-x) = -tanh(x)."""
    answer = ask(probes.mirrored, "tanh", x)
    assert_close(answer["f(-x)"], np.asarray(-answer["f(x)"]), name="tanh(-x)")


@task(3)
@points(2)
@given(x=arrays(dims=(0, 2), palettes=("plain", "normal", "ties", "mixed", "tiny")))
def test_a_gate_and_its_mirror_image_let_all_of_x_through(ask, x):
    """f(x) - f(-x) = x for silu and gelu: what the gate holds back of x, it lets through of -x."""
    for name in GATES:
        answer = ask(probes.mirrored, name, x)
        difference = np.asarray(answer["f(x)"] - answer["f(-x)"])
        assert_close(difference, Bounded(x, np.abs(x)), name=f"{name}(x) - {name}(-x)")


# ------------------------------------------------------------------ along an axis


@points(3)
@each(*ALONG)
@given(x=arrays(dims=(1, 4), dtype=dtypes()), axis=axes_of("x"))
def test_values_are_pytorchs_along_any_axis(ask, name, x, axis):
    """Values, dtype and shape are PyTorch's along any axis, counted from either end."""
    agree(ask, probes.along_axis, name, x, axis)


@points(1)
@each(*ALONG)
@given(x=arrays(dims=(1, 4), dtype=dtypes()))
def test_the_last_axis_is_the_default(ask, name, x):
    """Without an axis it is the last one."""
    agree(ask, probes.activation, name, x, {})


@points(3)
@each(*ALONG)
@given(x=huge(dims=(1, 3)), axis=axes_of("x"))
def test_huge_logits_are_no_trouble(ask, name, x, axis):
    """With logits of ±10,000, rows far apart, the values are right and nothing on the way overflows."""
    agree(ask, probes.on_the_way, name, x, {"axis": axis})


@points(2)
@each(*ALONG)
@given(x=whole(), axis=axes_of("x"), shift=st.sampled_from([10.0, -10.0, 1000.0, -1000.0, 9000.0, -9000.0]))
def test_only_differences_count(ask, name, x, axis, shift):
    """Adding one number to all logits changes nothing: 10,000 and 10,001 give what 0 and 1 give."""
    answer = ask(probes.shifted, name, x, shift, axis)
    scale = np.maximum(1.0, np.abs(answer["f(x)"]))
    assert_close(answer["f(x + c)"], Bounded(answer["f(x)"], scale), name="f(x + c)")


@task(4)
@points(2)
@given(x=huge(dims=(1, 3)), axis=axes_of("x"))
def test_softmax_gives_probabilities(ask, x, axis):
    """Along the axis the results add up to 1, and none is negative."""
    probabilities = ask(probes.along_axis, "softmax", x, axis)
    lowest = probabilities.min(initial=0)
    require(lowest >= 0, "no result below 0", f"a lowest result of {lowest}")
    total = probabilities.sum(axis, np.float64, keepdims=True).astype(np.float32)
    assert_close(total, np.full(total.shape, 1.0 if x.shape[axis] else 0.0, np.float32), name="the sum along the axis")


@points(1)
@each(*ALONG)
@given(x=masked(), axis=axes_of("x"))
def test_minus_infinity_means_impossible(ask, name, x, axis):
    """A logit of -inf beside finite ones has probability 0; the others share as if it were not there."""
    agree(ask, probes.along_axis, name, x, axis)


@points(1)
@each(*ALONG)
def test_empty_stays_empty(ask, name):
    """An empty Tensor gives an empty one of its shape, also along the axis of length 0."""
    for shape in [(2, 0), (0, 3), (0,)]:
        for axis in range(-len(shape), len(shape)):
            agree(ask, probes.along_axis, name, np.zeros(shape, np.float32), axis)


@points(1)
@each(*ALONG)
def test_an_axis_that_is_not_there_is_refused(ask, name):
    """An axis that x does not have is an IndexError that names it, also if x is empty."""
    for shape in [(2, 3), (2, 0)]:
        for axis in (5, -4):
            refuses(ask, IndexError, probes.along_axis, name, np.ones(shape), axis, naming=[axis])


@points(1)
@each(*ALONG)
@given(x=arrays(dims=(1, 3), dtype=dtypes()), again=like("x"), axis=axes_of("x"))
def test_the_input_is_left_alone(ask, name, x, again, axis):
    """It changes nothing, shares no memory with x, and looks at x anew each time."""
    agree(ask, probes.called_twice, name, x, again, {"axis": axis})


# ------------------------------------------------------------------ as objects


@task(6)
@points(2)
@given(x=arrays(dims=(0, 3), dtype=dtypes()), other=arrays(dims=(0, 2), dtype=dtypes()))
def test_an_object_does_what_its_function_does(ask, x, other):
    """ReLU, Sigmoid, Tanh, SiLU and GELU are made without arguments, and give their function's values at each call."""
    for name in ("ReLU", "Sigmoid", "Tanh", "SiLU", "GELU"):
        agree(ask, probes.as_object, name, {}, x, other)


@task(6)
@points(2)
@given(x=arrays(dims=(0, 3), dtype=dtypes()), other=arrays(dims=(0, 2)), slope=scalars(-3.0, 3.0))
def test_leaky_relu_remembers_its_slope(ask, x, other, slope):
    """LeakyReLU keeps the slope it is made with, 0.01 if it is told none."""
    agree(ask, probes.as_object, "LeakyReLU", {"negative_slope": slope}, x, other)
    agree(ask, probes.as_object, "LeakyReLU", {}, x, other)


@task(6)
@points(2)
@given(x=arrays(dims=(1, 3), dtype=dtypes()), other=arrays(shape=(3, 2, 4)), axis=axes_of("x"))
def test_softmax_objects_remember_their_axis(ask, x, other, axis):
    """Softmax and LogSoftmax keep the axis they are made with, the last if they are told none."""
    for name in ("Softmax", "LogSoftmax"):
        agree(ask, probes.as_object, name, {"axis": axis}, x, other)
        agree(ask, probes.as_object, name, {}, x, other)


@task(6)
@points(1)
@given(x=arrays(dims=(2, 3), dtype=dtypes()), slope=scalars(-3.0, 3.0), axis=axes_of("x"))
def test_an_object_has_the_settings_that_it_has_now(ask, x, slope, axis):
    """Who sets `negative_slope` or `axis` of an object anew changes what it does from then on."""
    agree(ask, probes.set_later, "LeakyReLU", {}, {"negative_slope": slope}, x)
    for name in ("Softmax", "LogSoftmax"):
        agree(ask, probes.set_later, name, {"axis": 0}, {"axis": axis}, x)
