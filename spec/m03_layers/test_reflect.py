"""Reflect: the learner's formulas, held against models that are really made and run."""

from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, require, seeds, task

from . import models

WIDTHS = st.lists(st.integers(1, 20), min_size=2, max_size=5).map(tuple)
DTYPES = st.sampled_from(("float32", "float64"))


@task(8)
@points(4)
@given(widths=WIDTHS, bias=st.booleans())
def test_parameters_are_counted_before_they_are_made(ask, widths, bias):
    """The formula for an MLP's parameters gives the number that the model really has."""
    got = ask(models.parameter_formulas, widths, bias)
    assert_close(got["formula"], got["counted"], "exact", "mlp_parameters")


@task(8)
@points(5)
@given(widths=WIDTHS, batch=st.integers(1, 9), dtype=DTYPES)
def test_bytes_are_known_before_they_are_needed(ask, widths, batch, dtype):
    """The formulas for the bytes of parameters and of layers' outputs give what the arrays of a model really take."""
    got = ask(models.byte_formulas, widths, batch, dtype)
    assert_close(got["formula"], got["measured"], "exact")


@task(8)
@points(4)
@given(widths=WIDTHS, kilobytes=st.integers(0, 40), dtype=DTYPES)
def test_the_largest_batch_fits_and_one_row_more_does_not(ask, widths, kilobytes, dtype):
    """The formula's batch fits into memory beside the parameters, and one row more does not."""
    budget = 1000 * kilobytes + 7
    got = ask(models.largest_batch, widths, budget, dtype)
    require(got["batch"] >= 0, "a batch of 0 or more", str(got["batch"]))
    fits = got["bytes"] <= budget or got["batch"] == 0
    require(fits, f"a batch that fits into {budget} bytes", f"{got['batch']} rows, which take {got['bytes']}")
    more = got["bytes with one row more"]
    require(more > budget, f"as many rows as fit into {budget} bytes", f"{got['batch']}, though one more takes {more}")


@task(8)
@points(3)
@given(batch=st.integers(1, 4), n_in=st.integers(1, 6), n_out=st.integers(1, 5), bias=st.booleans())
def test_operations_of_linear_are_counted(ask, batch, n_in, n_out, bias):
    """The formula for Linear's operations gives what the loops really make."""
    agree(ask, models.linear_flops, batch, n_in, n_out, bias, kind="exact")


@task(8)
@points(3)
@given(
    depth=st.integers(1, 5),
    fan_in=st.sampled_from((64, 60)),
    factor=st.sampled_from((0.5, 1.0, 2.0, 1.4)),
    seed=seeds(),
)
def test_the_size_of_a_signal_is_foreseen(ask, depth, fan_in, factor, seed):
    """The formula for a signal's size after many layers gives what is measured on random ones, within 40 %."""
    got = ask(models.signal_formula, depth, fan_in, factor / fan_in**0.5, seed)
    ratio = got["formula"] / got["measured"]
    require(1 / 1.4 < ratio < 1.4, f"about {got['measured']:.3g}", f"{got['formula']:.3g}")


@task(8)
@points(3)
@given(p=st.floats(0.05, 0.9), seed=seeds())
def test_the_noise_of_dropout_is_foreseen(ask, p, seed):
    """The formula for dropout's noise gives what is measured on 40,000 ones, within a tenth."""
    got = ask(models.noise_formula, p, seed)
    ratio = got["formula"] / got["measured"]
    require(0.9 < ratio < 1.1, f"about {got['measured']:.4g}", f"{got['formula']:.4g}")


@task(8)
def test_formulas_answer_for_models_that_no_machine_holds(ask):
    """For a billion inputs and outputs the formulas answer at once, and exactly: they neither build it nor count to it."""
    n = 10**9
    for name, args, want in [
        ("mlp_parameters", ((n, n, n), False), 2 * n**2),
        ("parameter_bytes", ((n, n), "float16"), 2 * (n + 1) * n),
        ("activation_bytes", ((1, n, 1), n, "float32"), 4 * n * (2 * n + 1)),
        ("largest_batch", ((1, n), 4 * 2 * n + 4 * n * n, "float32"), n),
        ("linear_flops", (n, n, n, True), n * n * (2 * n + 1)),
    ]:
        assert_close(ask(models.formula, name, args, deadline=2.0), want, "exact", name)
