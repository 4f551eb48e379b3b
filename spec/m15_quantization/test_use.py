"""Use: digits read in 8 bits, training through the staircase, models in files."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, require, seeds, share, task
from spec.kit.data import load

from . import draws, probes


@task(7)
@points(10)
def test_digits_are_read_as_well_in_8_bits(ask):
    """A network that learnt to read digits reads new ones in 8 bits, too: at most 2 of 100 fewer, a third of the bytes."""
    digits = load("tinydigits")
    images, tests = (digits[name].reshape(-1, 64).astype("float32") / 16 for name in ("train_images", "test_images"))
    labels, answers = digits["train_labels"].astype("int64"), digits["test_labels"]
    order = np.random.default_rng(15).permutation(len(tests))
    got = ask(probes.digits, images, labels, tests[order], 32, 4, 50, 15, deadline=20)
    right = {name: float((got[name] == answers[order]).mean()) for name in ("floats", "per channel", "per tensor")}
    require(right["floats"] >= 0.85, "85 % read right with floats", f"{right['floats']:.1%}")
    for name in ("per channel", "per tensor"):
        lost = right["floats"] - right[name]
        require(lost <= 0.02, f"at most 2 % lost {name}", f"{right['floats']:.1%}, and then {right[name]:.1%}")
    floats, small = got["bytes"]
    require(0 < 3 * small <= floats, "a third of the bytes", f"{floats:,} bytes, and then {small:,}")


@task(3)
@points(6)
@share(2)
@given(zero_point=st.sampled_from([0, 5, -20]), seed=seeds())
def test_a_network_learns_through_the_staircase(ask, zero_point, seed):
    """Of a network whose inputs and weights pass fake_quantize, loss, logits and every gradient are PyTorch's."""
    rng = np.random.default_rng(seed)
    scales = {"x": 2.0**-6, "w1": np.array([2.0**-8, 2.0**-7, 2.0**-9], "float32"), "w2": 2.0**-7}

    def placed(shape, scale):
        """Floats that are not near the middle of two places, some of them beyond the ends."""
        return ((rng.integers(-150, 151, shape) + rng.choice([0.0, 0.25, -0.25], shape)) * scale).astype("float64")

    state = {
        "w1": placed((3, 4), scales["w1"][:, None]),
        "b1": rng.standard_normal(3),
        "w2": placed((2, 3), scales["w2"]),
    }
    x, target = placed((5, 4), scales["x"]), rng.integers(0, 2, 5)
    agree(ask, probes.trained_through_the_staircase, state, x, target, scales, zero_point)


@task(7)
@points(4)
@share(2)
@given(plan=st.sampled_from([0, 2]), seed=seeds())
def test_a_model_in_8_bits_goes_through_a_file(ask, plan, seed):
    """A model in 8 bits is saved as its state, and a model of the same layout that loads it gives the same answers."""
    rng = np.random.default_rng(seed)
    batch, x = (rng.standard_normal((5, 3)).astype("float32") for _ in range(2))
    got = ask(probes.through_a_file, draws.PLANS[plan], draws.state_of(draws.PLANS[plan], seed), batch, x)
    assert_close(got["loaded"], got["saved"], "exact")
