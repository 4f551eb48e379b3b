"""Build: exact products, a layer in 8 bits, a model in 8 bits."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task, witnessed

from . import draws, oracles, probes
from .draws import of

# ------------------------------------------------------------ 5. products that are exact


@task(5)
@points(3)
@given(pair=draws.products())
def test_products_of_bytes_are_exact(ask, pair):
    """int8_matmul is the product in whole numbers, of int32, for any leading axes, and where there is nothing to add."""
    agree(ask, probes.int8_matmul, *pair, kind="exact")


@task(5)
@points(3)
@share(2)
@given(pair=draws.long_products())
def test_long_sums_are_exact(ask, pair):
    """Sums of thousands of products, the largest there are, are right to the last digit: not wrapped, not rounded."""
    agree(ask, probes.int8_matmul, *pair, kind="exact")


@task(5)
def test_products_of_other_things_are_refused(ask):
    """Other dtypes are a TypeError that names them; shapes that do not go together are a ValueError that names both."""
    a, b = np.ones((2, 3), "int8"), np.ones((3, 4), "int8")
    for dtype in ("uint8", "int32", "float32"):
        refuses(ask, TypeError, probes.int8_matmul, a.astype(dtype), b, naming=[dtype])
        refuses(ask, TypeError, probes.int8_matmul, a, b.astype(dtype), naming=[dtype])
    refuses(ask, ValueError, probes.int8_matmul, a, a, naming=[(2, 3)])
    refuses(ask, ValueError, probes.int8_matmul, a[:, :1], b, naming=[(2, 1), (3, 4)])
    refuses(ask, ValueError, probes.int8_matmul, a, b[:, 0], naming=[(2, 3), (3,)])
    refuses(ask, ValueError, probes.int8_matmul, a[0, 0], b, naming=[(3, 4)])


# ---------------------------------------------------------------- 6. a layer in 8 bits


@task(6)
@points(4)
@given(case=draws.layers())
def test_a_layer_keeps_bytes_and_scales(ask, case):
    """A QuantizedLinear keeps each weight as the nearest number of 8 bits, its scales, its bias, the line of its inputs, and
    nothing else; rows may be large, small or all 0."""
    of_linear = of(case, "weight", "bias", "low", "high", "per_channel")
    oracles.require_kept(ask(probes.kept, *of_linear), *of_linear)


@task(6)
@points(4)
@given(case=draws.layers(), seed=seeds())
def test_sums_in_a_layer_are_exact(ask, case, seed):
    """accumulate is Σ (q - input_zero_point) · weight in whole numbers of int32: no difference wraps around."""
    weight = case["weight"]
    q = draws.bytes_of(case["x"].shape, seed)
    got = ask(probes.accumulate, weight, case["low"], case["high"], case["per_channel"], q)
    differences = q.astype("int64") - int(got["zero_point"])
    assert_close(got["sums"], (differences @ got["weight"].T.astype("int64")).astype("int32"), "exact", "sums")


@task(6)
@given(seed=seeds())
def test_long_sums_in_a_layer_are_exact(ask, seed):
    """With 3000 inputs and the largest numbers there are, the sums of a layer are right to the last digit."""
    rng = np.random.default_rng(seed)
    weight = rng.choice([1.0, 125 / 127], (2, 3001)).astype("float32")
    q = rng.choice([127, 126], (1, 3001)).astype("int8")
    got = ask(probes.accumulate, weight, 0.0, 1.0, True, q)
    wanted = (q.astype("int64") + 128) @ got["weight"].T.astype("int64")
    assert_close(got["sums"], wanted.astype("int32"), "exact", "sums")


@task(6)
@points(4)
@given(case=draws.exact_layers())
def test_a_layer_is_what_fake_quantization_says(ask, case):
    """A layer's answer is what PyTorch makes of it in floats, with fake quantization of inputs and weight, in x's dtype, whether
    that of weight and bias is wider or not."""
    agree(ask, probes.forward, *of(case, "weight", "bias", "low", "high", "per_channel", "x"))


@task(6)
@points(2)
@given(case=draws.exact_layers(beyond=True))
def test_inputs_beyond_the_range_are_cut_off(ask, case):
    """Inputs beyond the range that a layer was made for count as the end of it; none wraps around."""
    agree(ask, probes.forward, *of(case, "weight", "bias", "low", "high", "per_channel", "x"))


@task(6)
@points(3)
@given(case=draws.layers())
def test_a_layer_is_as_near_as_its_scales_allow(ask, case):
    """A layer's answer is as near to that of its Linear as half a scale for each weight and for each input makes it."""
    got = ask(probes.beside_float, *of(case, "weight", "bias", "low", "high", "per_channel", "x"))
    oracles.require_near(got, *of(case, "weight", "bias", "x"))


@task(6)
@points(2)
@given(seed=seeds(), inputs=st.sampled_from([3, 8]), rows=st.sampled_from([4, 2]))
def test_a_row_is_its_own_business(ask, seed, inputs, rows):
    """What comes out of one row does not depend on the rows beside it."""
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((rows, inputs)) * np.array([[0.1], [5.0], [1.0], [0.01]])[:rows]).astype("float32")
    got = ask(probes.row_by_row, draws.weights((3, inputs), seed), None, -2.0, 3.0, x)
    assert_close(got["at once"], got["alone"])


@task(6)
@points(2)
@given(biased=st.booleans(), seed=seeds())
def test_a_layer_only_infers(ask, biased, seed):
    """There is nothing to learn in it, its answer has no gradient, and it shares no memory with its Linear."""
    weight = draws.weights((2, 3), seed)
    bias = draws.normal(weight[:, 0], seed) if biased else None
    got = ask(probes.only_infers, weight, bias, draws.normal(weight, seed))
    assert_close(got, {"parameters": 0, "requires_grad": False, "changed": []}, "exact")


@task(6)
@points(2)
@given(per_channel=st.booleans(), seed=seeds())
def test_a_layer_can_take_over_anothers_state(ask, per_channel, seed):
    """A layer that was used, and then loads another's state, answers as that one."""
    mine, other = draws.weights((2, 3), seed), draws.weights((2, 3), seed + 1)
    x = draws.normal(np.zeros((4, 3), "float32"), seed)
    got = ask(
        probes.taken_over, (mine, mine[:, 0], -1.0, 1.0, per_channel), (other, other[:, 1], -0.5, 3.0, per_channel), x
    )
    assert_close(got["layer"], got["other"], "exact")


@task(6)
def test_rows_of_another_length_are_refused(ask):
    """Inputs of another length, floats or bytes, are a ValueError that names their shape and the length; nan is one, too."""
    weight = np.ones((2, 3), "float32")
    for shape in ((4, 2), (3, 1), (4,), ()):
        x = np.ones(shape, "float32")
        refuses(ask, ValueError, probes.forward, weight, None, -1.0, 1.0, True, x, naming=[shape, 3])
    refuses(ask, ValueError, probes.forward, weight, None, -1.0, 1.0, True, np.full((2, 3), np.nan, "float32"))
    refuses(ask, TypeError, probes.refused_sums, weight, np.ones((4, 3), "int32"), naming=["int32"])
    for shape in ((4, 2), (4,), ()):
        refuses(ask, ValueError, probes.refused_sums, weight, np.ones(shape, "int8"), naming=[shape, 3])


@task(6)
@points(3)
@pytest.mark.parametrize("per_channel", [True, False], ids=["per channel", "per tensor"])
@witnessed
def test_bytes_are_really_bytes(ask, per_channel):
    """Weights of 64 inputs with their scales take at most 1/3.9 of the memory with one scale, 1/3.5 with one for each output;
    and nothing else is kept: not the floats, not a second form of the weight."""
    weight, bias = draws.weights((48, 64), 1), np.ones(48, "float32")
    got = ask(probes.layer_bytes, weight, bias, per_channel)
    least = 3.5 if per_channel else 3.9
    wanted = f"at least 1 byte, and at most 1/{least} of {weight.nbytes:,}"
    require(0 < least * got["weight"] <= weight.nbytes, wanted, f"{got['weight']:,}")
    rest = got["held"] - got["weight"] - bias.nbytes
    require(rest <= 8 * 48 + 64, "a bias, and a few bytes more", f"{rest:,} bytes more, in arrays that the layer holds")


# ---------------------------------------------------------------- 7. a model in 8 bits


@task(7)
@points(2)
@given(plan=st.sampled_from([0, 1, 2, 3]), dtype=st.sampled_from(["float32", "float64"]), n=st.integers(1, 9))
def test_bytes_of_a_model(ask, plan, dtype, n):
    """model_bytes counts every Parameter and buffer, and one that has two names once."""
    count = oracles.whole(draws.PLANS[plan]) * np.dtype(dtype).itemsize
    assert_close(ask(probes.model_bytes, draws.PLANS[plan], dtype), count, "exact")
    assert_close(ask(probes.tied_bytes, n), 4 * (n * n + 2 * n) + 8 * n, "exact", "bytes of a tied model")


@task(7)
@points(4)
def test_modules_are_replaced_wherever_they_are(ask):
    """Every module of the class, and of no subclass, gives way under all its names to what was made of it once."""
    agree(ask, probes.replaced, False, kind="exact")
    agree(ask, probes.replaced, True, kind="exact")


@task(7)
def test_what_is_inside_a_replaced_module_is_left_alone(ask):
    """A module of the class inside another of the class stays as it is, at any depth."""
    agree(ask, probes.replaced_within, kind="exact")


@task(7)
@points(5)
@share(2)
@given(case=draws.models())
def test_every_layer_has_the_range_of_its_inputs(ask, case):
    """Every Linear, however deep, becomes a layer of 8 bits made for what reached it on all batches, without dropout."""
    got = ask(probes.quantized, *of(case, "plan", "state", "batches", "percentile", "per_channel"))
    ranges = {}
    for batch in case["batches"]:
        oracles.run(case["plan"], case["state"], batch.astype("float64"), ranges, case["percentile"])
    paths = {key.rpartition(".")[0] for key in got}
    assert_close(sorted(paths), sorted(ranges), "exact", "layers")
    for path, ends in ranges.items():
        kept = {key.rpartition(".")[2]: value for key, value in got.items() if key.rpartition(".")[0] == path}
        weight, bias = (case["state"].get(f"{path}.{name}") for name in ("weight", "bias"))
        oracles.require_kept(kept, weight, bias, *ends, case["per_channel"], f"{path}.")


@task(7)
@points(3)
@share(2)
@given(plan=st.sampled_from([0, 2, 1]), seed=seeds())
def test_the_model_answers_nearly_as_before(ask, plan, seed):
    """A model in 8 bits answers nearly what the model answers, which answers as it did."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((6, 3)).astype("float32")
    got = ask(probes.answers, draws.PLANS[plan], draws.state_of(draws.PLANS[plan], seed), [x], x)
    assert_close(got["after"], got["before"], "exact", "the model afterwards")
    off, size = np.abs(got["8 bits"] - got["before"]).max(), np.abs(got["before"]).max()
    require(0 < off <= 0.1 * size, f"something else than {size:.3g}, but by less than a tenth", f"off by {off:.3g}")


@task(7)
@points(3)
@share(2)
@given(plan=st.sampled_from([3, 0]), seed=seeds())
def test_the_model_stays_as_it_is(ask, plan, seed):
    """The model that is given keeps its layers, its mode and its weights, and shares no memory with the new one, which is in
    evaluation mode."""
    plan = draws.PLANS[plan]
    state = draws.state_of(plan, seed)
    agree(ask, probes.what_happens_to_the_model, plan, state, np.ones((2, 3), "float32"), kind="exact")


@task(7)
@points(2)
@share(2)
@given(seed=seeds())
def test_one_layer_in_two_places_stays_one(ask, seed):
    """A layer under two names becomes one layer under two names, made for what it is given under both."""
    weight, x = draws.weights((2, 3), seed), draws.normal(np.zeros((4, 3), "float32"), seed)
    got = ask(probes.one_layer_in_two_places, weight, x)
    assert_close(got.pop("one"), True, "exact", "one layer")
    oracles.require_kept(got, weight, None, float(x.min()), float(x.max() + np.float32(10.0)), True)


@task(7)
@share(2)
@given(seed=seeds())
def test_a_model_may_be_a_single_layer(ask, seed):
    """A Linear by itself is a model, too, and becomes a layer of 8 bits in evaluation mode."""
    weight, x = draws.weights((2, 3), seed), draws.normal(np.zeros((4, 3), "float32"), seed)
    got = ask(probes.linear_alone, weight, [x])
    assert_close([got.pop("class"), got.pop("training")], ["QuantizedLinear", False], "exact")
    oracles.require_kept(got, weight, None, float(x.min()), float(x.max()), True)


@task(7)
@points(2)
def test_a_layer_without_inputs_is_named(ask):
    """A Linear that no batch ever reached is a ValueError that names its path (by itself, its class); if one reaches it, there
    is no error."""
    x = np.ones((2, 3), "float32")
    assert_close(ask(probes.never_reached, True, x), "QuantizedLinear", "exact")
    refuses(ask, ValueError, probes.never_reached, False, x, naming=["spare.1"])
    refuses(ask, ValueError, probes.linear_alone, np.ones((2, 3), "float32"), [], naming=["Linear"])


@task(7)
@points(2)
@witnessed
def test_a_whole_model_is_nearly_four_times_smaller(ask):
    """A model of 784, 128 and 10 features takes at most 1/3.9 of its bytes, by model_bytes and by counting every array in it;
    model_bytes counts scales and biases, too."""
    plan = [["linear", 784, 128, True], "relu", ["linear", 128, 10, True]]
    got = ask(probes.whole_model_bytes, plan, np.ones((1, 784), "float32"))
    assert_close(got["floats"], 4 * oracles.whole(plan), "exact", "floats")
    # Weights of a byte; biases and scales of 4, one for each output; scale and zero point of each layer's inputs.
    assert_close(got["8 bits"], 784 * 128 + 128 * 10 + 8 * (128 + 10) + 2 * 8, "exact", "8 bits")
    most = got["floats"] / 3.9
    require(0 < got["held"] <= most, f"at most {most:,.0f} bytes in all arrays", f"{got['held']:,} bytes")
