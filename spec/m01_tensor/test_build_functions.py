"""Build: functions of each element, reductions, and matrix products."""

import itertools

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import (
    agree,
    arrays,
    assert_close,
    axes_of,
    broadcastable_with,
    dtypes,
    given,
    matmul_pairs,
    points,
    refuses,
    scalars,
    task,
)
from spec.kit.strategies import fill, seeds

from . import probes, results
from .draws import EVERY_DTYPE, NUMBERS, fits_into, number_or

# ---------------------------------------------------- 3. element by element


@task(3)
@points(1)
@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "abs"])
@given(x=arrays(dtype=NUMBERS))
def test_function_of_each_element(ask, name, x):
    """exp, log, sqrt, tanh and abs have PyTorch's values; integers give float32, but stay integers in abs."""
    agree(ask, probes.function, name, x, kind="elementwise")


@task(3)
@points(1)
def test_functions_at_the_edge(ask):
    """At 0, at numbers too large for the dtype, at inf and at nan, functions and comparisons answer as PyTorch does."""
    for dtype in ("float32", "float64"):
        special = np.array([0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 200.0, -200.0, 1e-30], dtype)
        for name in ("exp", "log", "sqrt", "tanh", "abs"):
            agree(ask, probes.function, name, special, kind="elementwise")
        for op in ("truediv", "mul", "sub", "gt", "le", "eq"):
            agree(ask, probes.arithmetic, op, special, special[:, None], kind="elementwise")
        agree(ask, probes.maximum, special, special[:, None], ("tensor", "tensor"), kind="exact")
        agree(ask, probes.clip, special, -0.5, 0.75, kind="exact")


@task(3)
@points(1)
@given(x=arrays(dtype=NUMBERS), low=scalars(-2, 1), high=scalars(-1, 2))
def test_clip_holds_both_bounds(ask, x, low, high):
    """clip keeps elements within its bounds, either of which may be missing; nan stays, and high wins over low."""
    agree(ask, probes.clip, x, low, high, kind="exact")
    agree(ask, probes.clip_above, x, low, kind="exact")
    agree(ask, probes.clip_below, x, high, kind="exact")


@task(3)
@points(1)
@given(
    x=arrays(dims=(0, 3), dtype=NUMBERS, palettes=("normal", "ties")),
    low=broadcastable_with("x", dtype=NUMBERS, palettes=("normal", "ties")),
    high=fits_into("x"),
)
def test_clip_takes_tensors_as_bounds(ask, x, low, high):
    """The bounds of clip may be Tensors: each element has its own, and all three broadcast and promote."""
    agree(ask, probes.clip_between, x, low, high, kind="exact")


@task(3)
@points(1)
@given(
    a=arrays(dims=(0, 3), dtype=EVERY_DTYPE, palettes=("ties", "normal")),
    b=number_or(broadcastable_with("a", dtype=EVERY_DTYPE, palettes=("ties", "normal"))),
    swapped=st.booleans(),
)
def test_maximum_is_the_larger_operand(ask, a, b, swapped):
    """maximum broadcasts, promotes and takes numbers on either side, as method and as function."""
    forms = ("tensor", "tensor" if isinstance(b, np.ndarray) else "number")
    pair = ((b, a), forms[::-1]) if swapped else ((a, b), forms)
    agree(ask, probes.maximum, *pair[0], pair[1], kind="exact")


@task(3)
@points(1)
@given(
    a=arrays(dims=(0, 3), dtype=EVERY_DTYPE, palettes=("plain", "normal")),
    b=number_or(fits_into("a")),
    dtype=EVERY_DTYPE,
    condition=broadcastable_with("a", dtype="bool"),
    swapped=st.booleans(),
)
def test_where_chooses(ask, a, b, dtype, condition, swapped):
    """where takes a where the condition holds and b elsewhere; all three broadcast, a and b promote."""
    form = "tensor" if isinstance(b, np.ndarray) else "number"
    b = b.astype(dtype) if isinstance(b, np.ndarray) else b
    if swapped:
        agree(ask, probes.where, condition, b, a, ("tensor", form, "tensor"), kind="exact")
    else:
        agree(ask, probes.where, condition, a, b, ("array", "tensor", form), kind="exact")


@task(3)
@points(1)
def test_where_refuses_a_condition_that_is_not_of_bools(ask):
    """A condition of 0.0 and 1.0 is a TypeError that names its dtype: it was meant to be a comparison."""
    refuses(ask, TypeError, probes.where, np.ones(2, "float32"), np.ones(2), np.zeros(2), naming=["float32"])


# -------------------------------------------------------------- 4. reductions


@task(4)
@points(1)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "var"])
@given(
    x=arrays(dims=(0, 3), dtype=dtypes(), empty=False),
    axis=axes_of("x", several=True, none=True),
    keepdims=st.booleans(),
)
def test_reduction_along_any_axes(ask, name, x, axis, keepdims):
    """sum, mean, max and var reduce one axis, several, or all, counted from either end, kept or not."""
    agree(ask, probes.reduce, name, x, axis, keepdims, kind="composed" if name == "var" else "reduction")


@task(4)
@points(1)
@given(x=arrays(dims=(1, 3), dtype=dtypes("int64", "int32", "bool"), empty=False), axis=axes_of("x", none=True))
def test_reductions_of_whole_numbers(ask, x, axis):
    """Of integers and bools, sum gives int64, max their own dtype, mean and var float32."""
    for name in ("sum", "max", "mean", "var"):
        agree(ask, probes.reduce, name, x, axis, False)


@task(4)
@points(1)
def test_sums_of_small_integers_do_not_overflow(ask):
    """300 bytes of 200 add up to 60,000: whatever the integers are, they are added up in int64."""
    for dtype, value in (("uint8", 200), ("int8", -100), ("int32", 2**30)):
        for name in ("sum", "mean"):
            agree(ask, probes.reduce, name, np.full((2, 300), value, dtype), 1, False, kind="reduction")


@task(4)
@points(1)
@given(
    x=arrays(dims=(1, 2), dtype=dtypes(), palettes=("normal", "ties"), empty=False),
    axis=axes_of("x", none=True),
    far=st.sampled_from([0, 1e4, -1e4]),
    correction=st.integers(0, 2),
)
def test_variance_survives_a_large_mean(ask, x, axis, far, correction):
    """The variance of numbers near 10,000 is as accurate as that of numbers near 0, whatever the correction."""
    agree(ask, probes.var, (x + far).astype(x.dtype), axis, True, correction)


@task(4)
@points(1)
def test_reductions_of_everything_of_nothing_and_of_nan(ask):
    """Without an axis, all is reduced. The sum of nothing is 0, its mean and var nan, its max an error; nan stays."""
    for shape, axis in [((0,), None), ((0,), 0), ((2, 0), 1), ((2, 0), 0), ((0, 3), (0, 1))]:
        for name in ("sum", "mean", "var"):
            agree(ask, probes.reduce, name, np.ones(shape, "float32"), axis, False)
    refuses(ask, ValueError, probes.reduce, "max", np.ones((2, 0)), 1, False)
    refuses(ask, ValueError, probes.reduce_all, "max", np.ones(0))
    for name in ("sum", "mean", "max", "var"):
        agree(ask, probes.reduce_all, name, np.arange(6.0).reshape(2, 3))
    for values in ([1.0, np.nan, 2.0], [np.inf, 1.0, 2.0], [np.inf, -np.inf, 0.0]):
        for name in ("sum", "mean", "max"):
            agree(ask, probes.reduce_all, name, np.array(values))


@task(4)
@points(1)
def test_reductions_refuse_an_axis_that_is_not_there(ask):
    """An axis that the Tensor does not have is an IndexError that names it."""
    for name in ("sum", "mean", "max", "var"):
        for axis in (2, -3, 7):
            refuses(ask, IndexError, probes.reduce, name, np.ones((2, 3)), axis, True, naming=[axis])


# ------------------------------------------------------------ 7. matrix products


@task(7)
@points(2)
@given(pair=matmul_pairs())
def test_matmul_of_vectors_matrices_and_stacks(ask, pair):
    """a @ b multiplies vectors, matrices and stacks of matrices as PyTorch does, empty ones included."""
    agree(ask, probes.matmul, *pair, kind="reduction")


@task(7)
@points(1)
def test_matmul_keeps_the_dtype(ask):
    """float32 @ float32 is float32, int64 @ int64 is int64; an array may stand on either side."""
    for dtype, forms in itertools.product(
        ["float32", "float64", "int64"], [("tensor", "tensor"), ("tensor", "array"), ("array", "tensor")]
    ):
        a, b = fill((3, 4), 0, dtype), fill((4, 2), 1, dtype, "ties")
        agree(ask, probes.matmul, a, b, forms, kind="reduction")
        agree(ask, probes.matmul_method, a, b, kind="reduction")


@task(7)
@points(1)
def test_matmul_refuses_shapes_that_do_not_fit(ask):
    """Inner lengths that differ, and stacks that do not broadcast, are a ValueError that names both shapes."""
    for a, b in [((2, 3), (4, 2)), ((3,), (4,)), ((2, 3), (2,)), ((2, 3, 4), (3, 4, 5)), ((), (2, 2)), ((2,), ())]:
        refuses(ask, ValueError, probes.matmul, np.ones(a), np.ones(b), naming=[s for s in (a, b) if len(s) > 1])


@task(7)
@points(1)
@given(seed=seeds(), dtype=dtypes())
def test_operations_look_anew_and_leave_earlier_results_alone(ask, seed, dtype):
    """After the numbers in a Tensor change, every operation answers for the new ones, and no earlier answer changes."""
    x, y = (fill((3, 3), seed + n, dtype, "positive") for n in (1, 2))
    for call in results.AGAIN:
        got = ask(results.called_again, call, x, y)
        assert_close(got["after"], got["before"], "exact", f"{call}, the first result")
        assert_close(got["second"], got["of a new Tensor"], "exact", f"{call}, the second result")


@task(7)
@points(2)
@given(
    pair=st.builds(
        lambda n, k, m, seed, dtype: (fill((n, k), seed, dtype, "normal"), fill((k, m), seed + 1, dtype, "ties")),
        *[st.sampled_from([2, 3, 1, 4, 0])] * 3,
        seeds(),
        NUMBERS,
    )
)
def test_matmul_explicit_is_the_same_product(ask, pair):
    """matmul_explicit gives what @ gives, for two matrices of any lengths, 0 included."""
    agree(ask, probes.matmul_explicit, *pair, kind="reduction")


@task(7)
@points(1)
def test_matmul_explicit_refuses_what_are_not_two_matrices(ask):
    """matmul_explicit takes two axes and two axes with one inner length; else a ValueError that names both shapes."""
    for a, b in [((2, 3), (4, 2)), ((2, 3), (2, 4)), ((2, 2, 2), (2, 2)), ((2, 3), (3, 2, 1))]:
        refuses(ask, ValueError, probes.matmul_explicit, np.ones(a), np.ones(b), naming=[a, b])
    refuses(ask, ValueError, probes.matmul_explicit, np.ones(3), np.ones((3, 2)), naming=[(3, 2)])
