"""Reflect: your formulas, held against what your own optimizers then keep, do and reach."""

from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import Bounded, assert_close, given, points, require, share, task, witnessed

from . import oracles, probes
from .draws import kinds

pytestmark = task(6)

SIDES = st.lists(st.sampled_from([(2, 3), (), (7,), (0, 2), (1, 5)]), min_size=1, max_size=3)


@points(3)
@given(
    kind=kinds(),
    sides=SIDES,
    dtype=st.sampled_from(["float32", "float64"]),
    momentum=st.sampled_from([0.9, 0.0]),
    centered=st.booleans(),
)
def test_state_takes_this_many_bytes(ask, kind, sides, dtype, momentum, centered):
    """state_bytes says what your optimizers keep: nothing, as much as the parameters, or a multiple of it."""
    got = ask(probes.counted_bytes, kind, sides, dtype, momentum, centered)
    itemsize = {"float32": 4, "float64": 8}[dtype]
    size = sum(oracles.size_of(shape) for shape in sides)
    want = itemsize * size * oracles.arrays_kept(kind, momentum, centered)
    assert_close(got, {"formula": want, "state_bytes": want, "arrays": want}, "exact")


@points(3)
@witnessed
def test_state_is_measured_to_take_so_many_bytes(ask):
    """The first step of SGD with momentum, and of Adam, leaves as many bytes in memory as the formula says."""
    for kind, options, momentum in [("SGD", {"momentum": 0.9}, 0.9), ("Adam", {}, 0.0)]:
        formula = ask(probes.formula, "state_bytes", kind, 20 * 5_000, 4, momentum)
        got = ask(probes.witness, kind, options, 20, (50, 100), 1)
        require(formula == got["state_bytes"] > 0, f"a formula of {got['state_bytes']}, as state_bytes()", f"{formula}")
        most = formula + 8 * 20_000 + 20_000  # some keep arrays to work in
        require(0.95 * formula <= got["kept"] <= most, f"about {formula} bytes kept by {kind}", f"{got['kept']}")


@points(2)
@given(
    memory=st.integers(0, 10**9),
    kind=kinds(),
    itemsize=st.sampled_from([4, 8, 2]),
    momentum=st.sampled_from([0.9, 0.0]),
    centered=st.booleans(),
)
def test_a_model_that_fits(ask, memory, kind, itemsize, momentum, centered):
    """largest_model says how many numbers fit into memory with their gradients and state, to the last one."""
    got = ask(probes.formula, "largest_model", memory, kind, itemsize, momentum, centered)
    assert_close(got, oracles.largest_model(memory, kind, itemsize, momentum, centered), "exact")


@points(2)
@given(
    lr=st.sampled_from([0.1, 0.5, 0.01]),
    momentum=st.sampled_from([0.9, 0.5, 0.0, 0.75]),
    dampening=st.sampled_from([0.0, 0.5, 0.9]),
    grad=st.sampled_from([1.0, -2.0, 0.25]),
)
def test_momentum_makes_steps_longer(ask, lr, momentum, dampening, grad):
    """effective_lr says how far SGD goes once a gradient has been the same for long: so goes your own."""
    formula = ask(probes.formula, "effective_lr", lr, momentum, dampening)
    options = {"lr": lr, "momentum": momentum, "dampening": dampening}
    x = ask(probes.constant_gradient, "SGD", 0.0, grad, options, 250)["x"]
    assert_close(formula, Bounded((x[-2] - x[-1]) / grad, abs(x[-1])))
    assert_close(formula, lr * (1 - dampening) / (1 - momentum) if momentum else lr)


@points(3)
@given(
    kind=st.sampled_from(["Adam", "SGD", "RMSprop"]),
    grad=st.sampled_from([1.0, -3.0, 1e-3, -1e-8, 1e4]),
    lr=st.sampled_from([0.1, 0.01]),
    eps=st.sampled_from([1e-8, 0.5]),
    alpha=st.sampled_from([0.99, 0.75]),
)
def test_the_first_step_goes_this_far(ask, kind, grad, lr, eps, alpha):
    """first_step says what the first step of your SGD, RMSprop and Adam does to a number."""
    options = {"SGD": {}, "Adam": {"eps": eps}, "RMSprop": {"eps": eps, "alpha": alpha}}[kind]
    formula = ask(probes.formula, "first_step", kind, grad, lr, eps, alpha)
    x = ask(probes.constant_gradient, kind, 0.0, grad, {"lr": lr, **options}, 1)["x"]
    assert_close(formula, x[1])
    root = {"SGD": 1.0, "Adam": abs(grad) + eps, "RMSprop": (1 - alpha) ** 0.5 * abs(grad) + eps}[kind]
    assert_close(formula, -lr * grad / root)


@points(2)
@given(
    weight=st.sampled_from([1.0, -3.0, 0.5]),
    lr=st.sampled_from([0.1, 0.5, 0.01]),
    decay=st.sampled_from([0.1, 0.01, 1.0, 0.0]),
    steps=st.integers(0, 30),
)
def test_weights_decay_by_themselves(ask, weight, lr, decay, steps):
    """decayed says what AdamW leaves of a weight that has gradient 0: so does your own."""
    formula = ask(probes.formula, "decayed", weight, lr, decay, steps)
    x = ask(probes.constant_gradient, "AdamW", weight, 0.0, {"lr": lr, "weight_decay": decay}, steps)["x"]
    assert_close(formula, x[-1])
    assert_close(formula, weight * (1 - lr * decay) ** steps)


CURVATURES = st.lists(st.sampled_from([1.0, 4.0, 0.25, 10.0, 2.5, 0.5]), min_size=1, max_size=3)


@points(2)
@share(2)
@given(curvatures=CURVATURES)
def test_beyond_the_largest_rate_it_flies_out(ask, curvatures):
    """Below largest_lr your SGD comes nearer to the bottom of the bowl with every step, above it goes further away."""
    limit = ask(probes.formula, "largest_lr", curvatures)
    below, above = (ask(probes.descent, curvatures, factor * limit, 30) for factor in (0.98, 1.02))
    require(below[-1] < 0.5, f"to come nearer at 0.98 * {limit:.6g}", f"a distance of {below[-1]:.6g} after 30 steps")
    require(above[-1] > 2, f"to go away at 1.02 * {limit:.6g}", f"a distance of {above[-1]:.6g} after 30 steps")


@points(3)
@given(
    curvatures=CURVATURES,
    part=st.sampled_from([0.4, 0.9, 0.1, 1.5, 1.0]),
    tolerance=st.sampled_from([0.1, 0.01, 0.5, 0.9]),
)
def test_it_arrives_when_you_say(ask, curvatures, part, tolerance):
    """steps_to_converge says when your SGD is near the bottom of a bowl: not a step earlier or later, or never."""
    lr = part / max(curvatures) * 1.25
    slowest = max(abs(1 - lr * a) for a in curvatures)
    assume(slowest >= 1.01 or slowest < 0.99)
    formula = ask(probes.formula, "steps_to_converge", curvatures, lr, tolerance)
    if slowest > 1:
        return assert_close(formula, None)
    if slowest > 1e-9:
        exact = oracles.log_ratio(slowest, tolerance)
        assume(abs(exact - round(exact)) > 1e-6)
    assume(slowest == 0 or slowest > 1e-9)
    require(type(formula) is int and 1 <= formula <= 1000, "a number of steps from 1 to 1,000", repr(formula))
    seen = ask(probes.descent, curvatures, lr, formula)
    require(seen[-1] <= tolerance, f"at most {tolerance} after {formula} steps", f"{seen[-1]:.6g}")
    require(seen[-2] > tolerance, f"more than {tolerance} after {formula - 1} steps", f"{seen[-2]:.6g}")
