"""Build: places for floats, there and back, a staircase, ranges."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task
from spec.kit.strategies import fill

from . import draws, oracles, places
from .draws import of

LINE = ("scale", "zero_point", "axis")


def covers(ask, low, high, symmetric):
    """The line that choose_qparams lays from low to high."""
    got = ask(places.choose_qparams, low, high, symmetric)
    scale, zero = oracles.line(low, high, symmetric)
    assert_close(got["scale"], np.asarray(scale, "float32"), "elementwise", "scale")
    oracles.require_nearest(got["zero_point"], zero, "int32", "zero_point")


# ------------------------------------------------------- 1. a place for every float


@task(1)
@points(3)
@given(ends=draws.ranges())
def test_both_ends_and_zero_have_a_place(ask, ends):
    """A range, widened to hold 0, goes from -128 to 127, and 0 is at a whole number from -128 to 127."""
    covers(ask, *ends, False)


@task(1)
@points(2)
@given(ends=draws.ranges())
def test_symmetric_ranges_have_their_middle_at_zero(ask, ends):
    """A symmetric range has zero point 0, and its larger end at 127 or -127."""
    covers(ask, *ends, True)


@task(1)
@points(2)
@pytest.mark.parametrize("symmetric", [False, True], ids=["affine", "symmetric"])
@share(2)
@given(ends=draws.ranges(draws.NOTHING))
def test_no_scale_is_zero(ask, symmetric, ends):
    """Ranges of a single number, of 0 alone or of next to nothing have a line, too, with a scale of 2**-23 at least."""
    covers(ask, *ends, symmetric)


@task(1)
def test_what_is_no_range_is_refused(ask):
    """A low above its high, inf or nan, alone or among others, or ends too far apart for a scale of float32: a ValueError that
    names both ends, of the first such range."""
    for symmetric in (False, True):
        refuses(ask, ValueError, places.choose_qparams, 2.5, 1.5, symmetric, naming=["2.5", "1.5"])
        refuses(ask, ValueError, places.choose_qparams, -1.5, np.inf, symmetric, naming=["-1.5", "inf"])
        low, high = np.array([0.0, np.nan]), np.array([1.0, 3.5])
        refuses(ask, ValueError, places.choose_qparams, low, high, symmetric, naming=["nan", "3.5"])
        low, high = np.array([0.0, 5.25, 9.5]), np.array([1.0, 2.25, 1.5])
        refuses(ask, ValueError, places.choose_qparams, low, high, symmetric, naming=["5.25", "2.25"])
        covers(ask, -3e38, 3e38, symmetric)
        for far in (1e300, 1e308):
            refuses(ask, ValueError, places.choose_qparams, -far, far, symmetric, naming=[str(-far), str(far)])


@task(1)
@points(2)
@given(
    shape=st.sampled_from([(3, 4), (5,), (2, 3, 2), (1, 1), (4, 0), (2, 2)]), at=st.integers(-2, 1),
    dtype=st.sampled_from(["float32", "int32"]), seed=seeds(),
)  # fmt: skip
def test_one_value_for_each_channel(ask, shape, at, dtype, seed):
    """along_axis gives one value to each place of an axis, counted from either end; a single one stays alone."""
    axis = at % len(shape) - (len(shape) if at < 0 else 0)
    agree(ask, places.along_axis, fill((shape[axis],), seed, dtype), shape, axis, kind="exact")
    agree(ask, places.along_axis, np.array(3, dtype), shape, None, kind="exact")


@task(1)
def test_values_that_do_not_fit_are_refused(ask):
    """A wrong number of values is a ValueError that names both shapes; an axis that is not there is an IndexError."""
    two = np.ones(2, "float32")
    refuses(ask, ValueError, places.along_axis, two, (3, 4), 0, naming=[(2,), (3, 4)])
    refuses(ask, ValueError, places.along_axis, two[:1], (3, 4), 1, naming=[(1,), (3, 4)])
    refuses(ask, ValueError, places.along_axis, two, (2, 2), None, naming=[(2,), (2, 2)])
    refuses(ask, ValueError, places.along_axis, np.ones((2, 1), "float32"), (2, 5), 0, naming=[(2, 1), (2, 5)])
    for axis in (2, -3):
        refuses(ask, IndexError, places.along_axis, two, (2, 2), axis, naming=[axis])


# ------------------------------------------------------------- 2. there and back


@task(2)
@points(3)
@given(case=draws.on_lines())
def test_every_float_goes_to_its_nearest_place(ask, case):
    """quantize gives the number of 8 bits that is nearest to each float, for floats of any shape."""
    agree(ask, places.quantize, *of(case, "x", *LINE), kind="exact")


@task(2)
@points(3)
@given(case=draws.on_lines(channels=True))
def test_every_channel_has_its_own_line(ask, case):
    """With one scale and one zero point for each place along an axis, each float goes to its nearest place on its own line."""
    agree(ask, places.quantize, *of(case, "x", *LINE), kind="exact")


@task(2)
@points(2)
@given(case=draws.on_lines(ties=True))
def test_halves_go_to_the_even_number(ask, case):
    """A float in the middle of two places goes to the even one, counted from where 0 is; then the zero point is added."""
    agree(ask, places.quantize, *of(case, "x", *LINE), kind="exact")


@task(2)
@points(2)
@given(case=draws.on_lines(beyond=0.6))
def test_what_is_beyond_goes_to_the_ends(ask, case):
    """Floats beyond the ends, huge and infinite ones included, become -128 or 127; none wraps around."""
    agree(ask, places.quantize, *of(case, "x", *LINE), kind="exact")


@task(2)
@points(2)
def test_what_has_no_place_is_refused(ask):
    """Integers and nan, scales not above 0 or not finite, zero points beyond 8 bits, and lines that do not fit are refused."""
    x = np.ones((2, 3), "float32")
    refuses(ask, TypeError, places.quantize, np.ones(3, "int64"), 0.5, 0, None, naming=["int64"])
    refuses(ask, ValueError, places.quantize, np.array([[1.0, np.nan]]), 0.5, 0, None)
    for scale in (0.0, -0.5, np.inf, np.nan):
        refuses(ask, ValueError, places.quantize, x, scale, 0, None, naming=[str(scale)])
        scales = np.array([1.0, scale, 1.0], "float32")
        refuses(ask, ValueError, places.quantize, x, scales, np.zeros(3, "int32"), 1, naming=[str(scale)])
    for zero_point in (128, -129):
        refuses(ask, ValueError, places.quantize, x, 0.5, zero_point, None, naming=[zero_point])
    two, none = np.ones(2, "float32"), np.zeros(2, "int32")
    refuses(ask, ValueError, places.quantize, x, two, none, 1, naming=[(2,), (2, 3)])
    refuses(ask, IndexError, places.quantize, x, two, none, 2, naming=[2])


@task(2)
@points(2)
@given(case=draws.in_bytes(channels=False))
def test_every_number_stands_for_a_float(ask, case):
    """dequantize gives (q - zero_point) · scale, in the dtype that is asked for; no difference wraps around."""
    agree(ask, places.dequantize, *of(case, "q", *LINE, "dtype"), kind="elementwise")


@task(2)
@points(2)
@given(case=draws.in_bytes(channels=True))
def test_every_channel_comes_back_by_its_own_line(ask, case):
    """With a line for each channel, dequantize uses each channel's own."""
    agree(ask, places.dequantize, *of(case, "q", *LINE, "dtype"), kind="elementwise")


@task(2)
def test_only_bytes_come_back(ask):
    """dequantize refuses what is not int8, and lines that do not fit."""
    q = np.ones((2, 3), "int8")
    refuses(ask, TypeError, places.dequantize, q.astype("int32"), 0.5, 0, None, "float32", naming=["int32"])
    refuses(ask, TypeError, places.dequantize, q.astype("float32"), 0.5, 0, None, "float32", naming=["float32"])
    two = np.ones(2, "float32")
    refuses(ask, ValueError, places.dequantize, q, two, two.astype("int32"), 1, "float32", naming=[(2,), (2, 3)])
    refuses(ask, IndexError, places.dequantize, q, two, two.astype("int32"), 2, "float32", naming=[2])


@task(2)
@points(3)
@given(case=draws.in_range())
def test_nothing_in_range_moves_farther_than_half_a_step(ask, case):
    """There and back on the line of its own range, no float moves by more than half a scale, and 0 does not move at all."""
    x = case["x"]
    got = ask(places.there_and_back, *of(case, "x", "low", "high", "symmetric"), 1 if x.ndim > 1 else None)
    assert_close([got["back"].shape, got["scale"].shape], [x.shape, x.shape[1:]], "exact", "shapes")
    assert_close(got["back"][0], x[0], "exact", "what 0 becomes")
    moved, allowed = np.abs(got["back"] - x), (0.5 + oracles.SLACK) * got["scale"]
    require(bool((moved <= allowed).all()), "errors of half a scale at most", f"{(moved - allowed).max():.4g} more")


@task(2)
@given(ends=draws.ranges(empty=False).filter(lambda ends: np.ndim(ends[0]) == 0))
def test_every_place_is_its_own(ask, ends):
    """All 256 numbers of 8 bits, taken back and there again, are what they were."""
    q = np.arange(-128, 128).astype("int8")
    assert_close(ask(places.back_and_there, q, *ends), q, "exact")


# ------------------------------------------------- 3. training through a staircase


@task(3)
@points(3)
@given(case=draws.on_lines())
def test_fake_quantization_is_pytorchs(ask, case):
    """fake_quantize leaves of each float what PyTorch leaves of it, in the float's dtype."""
    agree(ask, places.fake_quantize, *of(case, "x", *LINE), kind="elementwise")


@task(3)
@points(3)
@given(case=draws.on_lines(channels=True))
def test_fake_quantization_of_channels_is_pytorchs(ask, case):
    """With a line for each channel, too, fake_quantize leaves what PyTorch leaves."""
    agree(ask, places.fake_quantize, *of(case, "x", *LINE), kind="elementwise")


@task(3)
@points(4)
@given(case=draws.on_lines(), seed=seeds())
def test_gradients_pass_where_nothing_was_cut_off(ask, case, seed):
    """The gradient passes unchanged where a float has a place, and is 0 where it was beyond the ends, as in PyTorch."""
    grad = draws.normal(case["x"], seed)
    agree(ask, places.fake_quantize_gradient, *of(case, "x", *LINE), grad, kind="elementwise")


@task(3)
@points(2)
@given(case=draws.on_lines(channels=True), seed=seeds())
def test_gradients_of_channels_pass_where_nothing_was_cut_off(ask, case, seed):
    """With a line for each channel, the ends are those of the float's own channel."""
    grad = draws.normal(case["x"], seed)
    agree(ask, places.fake_quantize_gradient, *of(case, "x", *LINE), grad, kind="elementwise")


@task(3)
def test_what_has_no_place_is_refused_here_too(ask):
    """fake_quantize refuses what quantize refuses: nan, scales of 0, zero points beyond 8 bits, integers, lines that do not fit."""
    x = np.ones((2, 3), "float32")
    refuses(ask, ValueError, places.fake_quantize, np.array([[1.0, np.nan]]), 0.5, 0, None)
    refuses(ask, ValueError, places.fake_quantize, x, 0.0, 0, None, naming=["0.0"])
    refuses(ask, ValueError, places.fake_quantize, x, 0.5, 128, None, naming=[128])
    refuses(ask, TypeError, places.fake_quantize, np.ones(3, "int64"), 0.5, 0, None, naming=["int64"])
    two, none = np.ones(2, "float32"), np.zeros(2, "int32")
    refuses(ask, ValueError, places.fake_quantize, x, two, none, 1, naming=[(2,), (2, 3)])


# ---------------------------------------------------------- 4. which floats there are


@task(4)
@points(3)
@given(case=draws.measured())
def test_a_range_holds_every_float(ask, case):
    """calibrate goes from the smallest float to the largest, of all or for each place along an axis."""
    agree(ask, places.calibrate, case["x"], case["axis"], 100.0, kind="exact")
    agree(ask, places.calibrate_by_default, case["x"], kind="exact")


@task(4)
@points(3)
@given(case=draws.measured())
def test_a_percentile_leaves_out_the_outermost(ask, case):
    """With a percentile, calibrate leaves out as many floats at either end, in between two by linear interpolation."""
    agree(ask, places.calibrate, *of(case, "x", "axis", "percentile"))


@task(4)
@points(2)
@pytest.mark.parametrize("percentile", [100.0, 99.0])
@share(2)
@given(
    size=st.sampled_from([((0,), None), ((3, 0), 0), ((0, 2), 0), ((2, 0, 4), -1), ((0, 0), 1), ((2, 0), None)]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_where_nothing_is_the_range_is_zero(ask, percentile, size, dtype):
    """Of no floats at all, the range is from 0 to 0, for as many channels as there are."""
    shape, axis = size
    got = ask(places.calibrate, np.zeros(shape, dtype), axis, percentile)
    assert_close(got, oracles.no_range(shape, axis, dtype), "exact")


@task(4)
def test_what_says_nothing_is_refused(ask):
    """Percentiles not above 50 or beyond 100 (by an Observer, too), inf, nan, and axes that are not there are refused."""
    x = np.ones((2, 3))
    for percentile in (50.0, 100.5, 1.0):
        refuses(ask, ValueError, places.calibrate, x, None, percentile, naming=[str(percentile)])
        refuses(ask, ValueError, places.observed, [x], percentile, naming=[str(percentile)])
    for bad in (np.nan, np.inf, -np.inf):
        for percentile in (100.0, 90.0):
            refuses(ask, ValueError, places.calibrate, np.array([1.0, bad, 2.0]), None, percentile)
    for axis in (2, -3):
        refuses(ask, IndexError, places.calibrate, x, axis, 100.0, naming=[axis])


@task(4)
@points(3)
@given(case=draws.batches())
def test_an_observer_remembers_the_widest_range(ask, case):
    """After every array, an Observer's range holds the ranges of all that it saw; empty arrays change nothing."""
    got, dtype = ask(places.observed, case["batches"], case["percentile"]), case["batches"][0].dtype
    wanted = oracles.observed(case["batches"], case["percentile"])
    # As exact as the ranges that it is made of.
    kind = "exact" if case["percentile"] == 100 else "composed"
    assert_close(np.array(got, dtype), np.array(wanted, dtype), kind)


@task(4)
@given(seed=seeds())
def test_every_observer_has_its_own_range(ask, seed):
    """Two Observers know nothing of each other, and one that saw nothing (or only empty arrays) is a RuntimeError."""
    a, b = np.random.default_rng(seed).standard_normal((2, 5))
    got = ask(places.two_observers, a, b)
    assert_close(got, [[float(x.min()), float(x.max())] for x in (a, b)], "exact")
    for batches in ([], [np.zeros((0, 3))]):
        refuses(ask, RuntimeError, places.observed_nothing, batches)
