"""Reflect: formulas about cost, held against what is counted, timed and measured."""

from fractions import Fraction

from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, task

from . import draws, oracles, paper, probes

DTYPES = st.sampled_from(["float32", "float64"])


@task(8)
@points(2)
@given(rows=st.integers(1, 6), n=st.integers(1, 6), m=st.integers(1, 6))
def test_a_multiply_accumulate_is_two_operations(ask, rows, n, m):
    """linear_macs counts a multiplication and its addition as one: half of the operations that your counter counts."""
    want = rows * n * m
    assert_close(ask(paper.macs_and_flops, rows, n, m), {"formula": want, "counted": float(want)}, "exact")


@task(8)
@points(3)
@given(rows=st.integers(1, 9), widths=st.lists(st.integers(1, 12), min_size=2, max_size=5))
def test_training_costs_more_than_looking(ask, rows, widths):
    """training_flops says what PyTorch counts, forward and backward, through a network of Linears."""
    got = ask(paper.formula, "training_flops", rows, widths)
    assert_close(got, oracles.training_flops(rows, widths), "exact")


@task(8)
@points(2)
@given(rows=st.integers(1, 6), n=st.integers(1, 6), m=st.integers(1, 6), dtype=DTYPES)
def test_bytes_that_a_layer_moves(ask, rows, n, m, dtype):
    """linear_bytes says how many bytes a Linear moves at the least; the row of your table says so, too."""
    want = (4 if dtype == "float32" else 8) * (rows * n + m * n + m + rows * m)
    assert_close(ask(paper.bytes_of_linear, rows, n, m, dtype), {"formula": want, "measured": want}, "exact")


@task(8)
@points(2)
@given(n=st.integers(1, 30), dtype=DTYPES)
def test_large_products_do_more_with_each_byte(ask, n, dtype):
    """matmul_intensity says how many operations a product of square matrices does for each byte; a real one does as many."""
    want = 2 * n**3 / (3 * n * n * (4 if dtype == "float32" else 8))
    assert_close(ask(paper.intensity_of_square, n, dtype), {"formula": want, "measured": want})


@task(8)
@points(3)
@given(
    peak=st.sampled_from([1000, 96, 7, 10**11, 12345]), bandwidth=st.sampled_from([100, 32, 5, 2 * 10**10, 777]),
    itemsize=st.sampled_from([4, 8, 2]),
)  # fmt: skip
def test_where_memory_no_longer_matters(ask, peak, bandwidth, itemsize):
    """From compute_bound_size on, a product of square matrices reaches the peak; one size smaller, it does not."""
    n = ask(paper.formula, "compute_bound_size", peak, bandwidth, itemsize)
    require(type(n) is int and n >= 1, "an int of at least 1", repr(n))
    reached, before = (Fraction(2 * size, 3 * itemsize) * bandwidth for size in (n, n - 1))
    require(reached >= peak, f"{peak} operations a second with n = {n}", f"{float(reached):.9g}")
    require(before < peak, f"less than {peak} operations a second with n = {n - 1}", f"{float(before):.9g}")


@task(8)
@points(2)
@given(
    fraction=st.sampled_from([0.5, 0.95, 1.0, 0.1, 0.75]), part=st.sampled_from([4.0, 1.0, 1.5, 10.0, 0.5]),
    beyond=st.booleans(),
)  # fmt: skip
def test_what_a_part_has_to_become(ask, fraction, part, beyond):
    """With the speed-up that speedup_needed says, the whole becomes as fast as wanted; beyond Amdahl's limit nothing helps."""
    if beyond and fraction < 1:
        for wanted in (1.01 / (1 - fraction), 50 / (1 - fraction)):
            assert_close(ask(paper.formula, "speedup_needed", fraction, wanted), float("inf"), "exact")
    else:
        wanted = 1 / ((1 - fraction) + fraction / part)
        assert_close(ask(paper.sped_up, fraction, wanted), {"needed": part, "whole": wanted})


@task(8)
@points(3)
@given(
    call=st.sampled_from([2, 1, 3, 10, 700]),
    step=st.sampled_from([8, 1, 100, 64]),
    error=st.sampled_from([2, 1, 32, 8]),
)
def test_a_coarse_clock_will_do(ask, call, step, error):
    """With as many calls to a sample as calls_needed says, your stopwatch is as exact as wanted with a coarse clock;
    with one call less, the clock's step would be too large a share."""
    seconds, step, error = call * draws.UNIT, step * draws.UNIT, 1 / error
    got = ask(probes.coarse_clock, seconds, step, error)
    n = got["number"]
    require(step <= error * n * seconds, f"so many calls that {step:g} s are at most {error:g} of them", f"{n}")
    require(n == 1 or step > error * (n - 1) * seconds, f"no more calls than needed: fewer than {n}", f"{n}")
    worst = max(abs(sample / seconds - 1) for sample in got["samples"])
    require(worst <= error + 1e-9, f"samples that are off by {error:g} at most", f"{worst:g}")


@task(8)
@points(1)
@given(
    joules_per_flop=st.sampled_from([2.0, 2.3e-12, 0.5]), joules_per_byte=st.sampled_from([160.0, 160e-12, 1.0]),
    nbytes=st.sampled_from([1, 10**9, 12]),
)  # fmt: skip
def test_moving_costs_as_much_as_computing(ask, joules_per_flop, joules_per_byte, nbytes):
    """With energy_balance operations for each byte, computing and moving take the same energy."""
    got = ask(paper.balanced, joules_per_flop, joules_per_byte, nbytes)
    want = float(joules_per_byte * nbytes)
    assert_close(got, {"compute": want, "memory": want})


@task(8)
@points(1)
def test_numbers_of_the_lesson(ask):
    """A 784-128 layer with 32 rows: 3,211,264 multiply-accumulates, 518,656 bytes; training 784-128-10: 13,090,816 operations."""
    assert_close(ask(paper.formula, "linear_macs", 32, 784, 128), 3_211_264, "exact")
    assert_close(ask(paper.formula, "training_flops", 32, [784, 128, 10]), 13_090_816, "exact")
    assert_close(ask(paper.formula, "linear_bytes", 32, 784, 128), 518_656, "exact")
