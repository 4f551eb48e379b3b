"""Build: what a Tensor holds, what its operations give, and which of them share memory."""

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
    indices_of,
    like,
    matmul_pairs,
    permutations_of,
    points,
    refuses,
    require,
    reshapes_of,
    scalars,
    task,
    witnessed,
)
from spec.kit.strategies import Dependent, fill, seeds

from . import probes

NUMBERS = dtypes("float32", "float64", "int64")
EVERY_DTYPE = dtypes("float32", "float64", "int64", "int32", "bool")


def draw_from(name, choices):
    """One of the choices that `choices` makes of the argument `name`."""
    return Dependent(lambda drawn: st.sampled_from(choices(drawn[name])))


def number_or(strategy, numbers=None):
    """A Python number, or what the dependent `strategy` draws."""
    return Dependent(lambda drawn: (scalars(0.25, 4) if numbers is None else numbers) | strategy.build(drawn))


def fits_into(name):
    """An array that broadcasts to the shape of the argument `name`, of its dtype."""
    shapes = draw_from(name, lambda x: [x.shape, x.shape[1:], (), (1,) * x.ndim])
    return Dependent(lambda drawn: arrays(shape=shapes, dtype=drawn[name].dtype.name).build(drawn))


# -------------------------------------------------------------- 1. the tensor


@task(1)
@points(1)
@given(x=arrays(dtype=EVERY_DTYPE))
def test_tensor_holds_the_numbers_it_is_given(ask, x):
    """A Tensor of an array has its numbers, shape, ndim, size and dtype."""
    agree(ask, probes.tensor, x, kind="exact")


@task(1)
@points(1)
def test_python_numbers_get_pytorchs_dtypes(ask):
    """Python floats become float32, ints int64, bools bool, and an empty list float32."""
    for data in ([1.5, 2.0], [[1, 2], [3, 4]], [True, False], [1, 2.5, True], [[]], [], 2.5, 3, True, 2**40):
        agree(ask, probes.tensor, data, kind="exact")


@task(1)
@points(1)
@given(x=arrays(dtype=EVERY_DTYPE), dtype=EVERY_DTYPE)
def test_dtype_that_is_asked_for_is_given(ask, x, dtype):
    """Tensor(data, dtype) and astype(dtype) convert; astype is a copy even if the dtype stays."""
    agree(ask, probes.tensor, x, dtype, kind="exact")
    agree(ask, probes.tensor, x.tolist(), dtype, kind="exact")
    agree(ask, probes.astype, x, dtype, kind="exact")


@task(1)
@points(2)
@given(x=arrays(dtype=NUMBERS))
def test_constructor_copies(ask, x):
    """A Tensor does not change when the array or Tensor that it was made from does."""
    agree(ask, probes.tensor_of_a_changed_array, x, kind="exact")


@task(1)
@points(1)
@given(x=arrays(dtype=NUMBERS), y=like("x"))
def test_numpy_shares_memory(ask, x, y):
    """numpy() is no copy: each side sees what the other one writes."""
    agree(ask, probes.numpy_is_the_tensors_memory, x, y, kind="exact")


@task(1)
@points(1)
def test_item_is_a_python_number(ask):
    """item() gives the only element as a float, int or bool; other shapes are a ValueError that names them."""
    for shape, dtype in itertools.product([(), (1,), (1, 1, 1)], ["float32", "float64", "int64", "bool"]):
        agree(ask, probes.item, np.ones(shape, dtype), kind="exact")
    for shape in ((2, 3), (3, 0)):
        refuses(ask, ValueError, probes.item, np.ones(shape), naming=[shape])


@task(1)
@points(1)
def test_length_is_that_of_the_first_axis(ask):
    """len() is the length of the first axis; a single number has none, which is a TypeError."""
    for shape in ((3,), (2, 5), (0, 4)):
        agree(ask, probes.length, np.ones(shape))
    refuses(ask, TypeError, probes.length, np.array(3.0))


@task(1)
@points(1)
def test_memory_footprint_is_the_bytes_of_the_elements(ask):
    """A (1000, 1000) Tensor takes 4,000,000 bytes in float32 and twice that in float64; and so for every dtype."""
    for dtype in ("float32", "float64"):
        for shape in ((1000, 1000), (), (3, 0), (2, 1, 5)):
            agree(ask, probes.memory_footprint, shape, dtype)
    for dtype in ("bool", "int32", "int64", "float16"):
        agree(ask, probes.memory_footprint, (2, 3), dtype)


@task(1)
@points(1)
def test_tensor_refuses_what_is_not_numbers(ask):
    """Text and None are a TypeError, as data and as dtype; rows of different lengths are a ValueError."""
    refuses(ask, TypeError, probes.tensor, "text")
    refuses(ask, TypeError, probes.tensor, [None, 1.0])
    refuses(ask, TypeError, probes.tensor, ["1", "2"])
    refuses(ask, TypeError, probes.tensor, [1.0], "str")
    refuses(ask, TypeError, probes.astype, np.ones(2), "complex64")
    refuses(ask, ValueError, probes.tensor, [[1.0, 2.0], [3.0]])


@task(1)
@points(1)
def test_tensor_is_an_array_and_no_more(ask):
    """Tensor(data, dtype) takes no other option, and has no method called backward."""
    agree(ask, probes.tensor_without, np.ones(2), ["backward", "grad", "requires_grad"], kind="exact")
    refuses(ask, TypeError, probes.tensor_with_options, np.ones(2), {"requires_grad": True})


@task(1)
@points(1)
def test_creation_works_once_the_constructor_does(ask):
    """zeros, ones, full and arange (given) stand on the constructor, and have PyTorch's values and dtypes."""
    agree(ask, probes.created, "zeros", (2, 3), {}, kind="exact")
    agree(ask, probes.created, "ones", ((2, 3),), {"dtype": "float64"}, kind="exact")
    for value in (7, 0.5, True):
        agree(ask, probes.created, "full", ((2,), value), {}, kind="exact")
    for ends in ((4,), (2, 9, 3), (0.0, 1.0, 0.25)):
        agree(ask, probes.created, "arange", ends, {}, kind="exact")


@task(1)
@points(1)
def test_random_numbers_come_from_a_seed(ask):
    """randn (given) draws float32 from the seed or generator that it is given, and from nowhere else."""
    agree(ask, probes.drawn, (3, 2), 5, kind="exact")


# -------------------------------------------------------------- 2. arithmetic


@task(2)
@points(1)
@pytest.mark.parametrize("op", ["add", "sub", "mul", "truediv", "pow"])
@given(a=arrays(dims=(0, 3), dtype=NUMBERS), b=broadcastable_with("a"))
def test_arithmetic_broadcasts(ask, op, a, b):
    """Arithmetic has PyTorch's values, shape and dtype for operands that broadcast, division by 0 included."""
    if op == "pow":
        b = np.asarray(b % 4)  # no negative powers of integers, and none that overflow
    agree(ask, probes.arithmetic, op, a, b, kind="elementwise")


@task(2)
@points(1)
@given(x=arrays(dtype=NUMBERS))
def test_negative(ask, x):
    """-t changes every sign, and keeps the dtype."""
    agree(ask, probes.negative, x, kind="exact")


@task(2)
@points(2)
@given(
    op=st.sampled_from(["sub", "truediv", "pow", "add", "mul"]),
    b=arrays(dims=(1, 3), dtype=dtypes(), palettes=("plain", "normal")),
    a=number_or(arrays(shape=draw_from("b", lambda b: [b.shape, b.shape[1:]]), dtype=dtypes(), palettes=("positive",))),
)
def test_a_number_or_an_array_may_stand_on_the_left(ask, op, a, b):
    """2 - t and array - t are Tensors with PyTorch's values: the operands keep their places."""
    agree(ask, probes.arithmetic, op, a, b, ("number or array", "tensor"), kind="elementwise")


DTYPES = ["bool", "uint8", "int8", "int32", "int64", "float32", "float64"]


@task(2)
@points(1)
@pytest.mark.parametrize(
    "shapes",
    [
        pytest.param([((2,), (2,)), ((2,), (2, 1))], id="axes"),
        pytest.param([((2,), ()), ((), (2,)), ((), ())], id="no axes"),
    ],
)
def test_two_tensors_have_pytorchs_common_dtype(ask, shapes):
    """The highest kind wins (bool, integer, float), and within it axes outweigh (): float32 + int64 is float32."""
    for (left, right), first, second in itertools.product(shapes, DTYPES, DTYPES):
        for op in ("add", "truediv"):
            agree(ask, probes.arithmetic, op, np.ones(left, first), np.ones(right, second), kind="elementwise")


@task(2)
@points(2)
def test_python_numbers_do_not_widen(ask):
    """float32 * 2.0 is float32, int64 * 2.0 is float32, bool + 1 is int64, for any shape, from either side."""
    for shape, dtype, number in itertools.product([(2,), ()], DTYPES, [True, 2, 0.5]):
        x = np.ones(shape, dtype)
        for op in ("add", "truediv"):
            agree(ask, probes.arithmetic, op, x, number, ("tensor", "number"), kind="elementwise")
            agree(ask, probes.arithmetic, op, number, x, ("number", "tensor"), kind="elementwise")


@task(2)
@points(1)
def test_numpy_scalars_do_not_widen(ask):
    """1 / np.sqrt(d) is a float64 of NumPy; multiplied with float32 it gives float32 all the same, on either side."""
    for dtype, scalar in itertools.product(["float32", "float64"], [np.float64(0.5), np.float32(0.5), np.int64(2)]):
        x = np.arange(1, 4).astype(dtype)
        agree(ask, probes.arithmetic, "mul", x, scalar, ("tensor", "number"), kind="elementwise")
        agree(ask, probes.arithmetic, "mul", scalar, x, ("number", "tensor"), kind="elementwise")


@task(2)
@points(1)
@given(
    op=st.sampled_from(["gt", "ge", "lt", "le", "eq"]),
    a=arrays(dims=(0, 3), dtype=EVERY_DTYPE, palettes=("ties", "plain")),
    b=number_or(broadcastable_with("a", dtype=EVERY_DTYPE, palettes=("ties", "plain"))),
)
def test_comparisons_give_bools(ask, op, a, b):
    """>, >=, <, <= and eq (given) compare element by element, with broadcasting and common dtypes."""
    agree(
        ask, probes.arithmetic, op, a, b, ("tensor", "tensor" if isinstance(b, np.ndarray) else "number"), kind="exact"
    )


@task(2)
@points(1)
def test_arithmetic_refuses_what_does_not_fit(ask):
    """Shapes that do not broadcast are a ValueError that names both; text, lists, True - True are a TypeError."""
    for op in ("add", "sub", "mul", "truediv", "pow"):
        refuses(ask, ValueError, probes.arithmetic, op, np.ones((2, 3)), np.ones((4, 3)), naming=[(2, 3), (4, 3)])
    for other in ("text", [1.0, 2.0], None):
        refuses(ask, TypeError, probes.plus, np.ones(2), other)
    bools = np.array([True, False])
    refuses(ask, TypeError, probes.arithmetic, "sub", bools, bools)
    refuses(ask, TypeError, probes.negative, bools)
    refuses(ask, ValueError, probes.arithmetic, "pow", np.array([2, 3]), np.array([-1, 1]))


@task(7)
@points(2)
def test_results_are_new_and_operands_stay(ask):
    """Even t * 1 and t.clip(-99, 99) are new Tensors with memory of their own, and no operation changes its operand."""
    for x, call in itertools.product([fill((2, 3), 3, "float32", "normal"), np.ones((1, 1))], probes.SAME_VALUES):
        agree(ask, probes.result_and_operand, call, x, kind="exact")


@task(7)
@points(1)
def test_results_are_plain_tensors(ask):
    """Operations on an object of a class derived from Tensor give Tensors of no special kind."""
    agree(ask, probes.kinds_of_results, np.ones((2, 2), "float32"))


@task(2)
@points(1)
@witnessed
def test_broadcasting_stretches_without_copying(ask):
    """A (300, 1) column plus a (1, 300) row allocates the result, and not the operands again at its size."""
    column, row = np.ones((300, 1)), np.ones((1, 300))
    got = ask(probes.peak_bytes_of_an_outer_sum, column, row)
    require(got["result"] == 720_000, "a result of 720,000 bytes", f"{got['result']}")
    require(720_000 <= got["peak"] < 1_200_000, "720,000 bytes at the peak, and a little", f"{got['peak']}")


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


# ------------------------------------------------------------ 5. shape, views


@task(5)
@points(2)
@given(x=arrays(dims=(0, 3), dtype=NUMBERS), shape=reshapes_of("x"), axes=permutations_of("x"))
def test_reshape_keeps_the_order_of_the_elements(ask, x, shape, axes):
    """reshape reads and writes with the last axis fastest, whatever the memory looks like; one length may be -1."""
    agree(ask, probes.moved, "reshape", x, shape, kind="exact")
    agree(ask, probes.moved_twice, x, axes, "reshape to a tuple", shape, kind="exact")


@task(5)
@points(1)
@given(x=arrays(dims=(1, 4)), axis0=axes_of("x"), axis1=axes_of("x"))
def test_transpose_swaps_two_axes(ask, x, axis0, axis1):
    """transpose(i, j) swaps these two axes and leaves the others where they are."""
    agree(ask, probes.moved, "transpose", x, (axis0, axis1), kind="exact")


@task(5)
@points(1)
@given(x=arrays(dims=(0, 4)), axes=permutations_of("x"))
def test_permute_orders_the_axes(ask, x, axes):
    """Axis i of permute(axes) is axis axes[i]; T reverses them all."""
    agree(ask, probes.moved, "permute", x, axes, kind="exact")
    agree(ask, probes.moved_twice, x, axes, "permute by a tuple", axes, kind="exact")
    agree(ask, probes.moved, "T", x, None, kind="exact")


@task(5)
@points(1)
@given(x=arrays(dims=(0, 4)), ends=st.tuples(st.integers(0, 3), st.integers(0, 3)), axes=permutations_of("x"))
def test_flatten_joins_neighbouring_axes(ask, x, ends, axes):
    """flatten(i, j) makes one axis of those from i to j, counted from either end; without them, of all."""
    count = max(x.ndim, 1)
    first, last = sorted(end % count for end in ends)
    agree(ask, probes.moved, "flatten", x, (first, last), kind="exact")
    agree(ask, probes.moved, "flatten", x, (first - count, last - count), kind="exact")
    for nothing in (x[:0], x[..., :0]) if x.ndim else ():
        agree(ask, probes.moved, "flatten", nothing, (first, last), kind="exact")
    agree(ask, probes.moved_twice, x, axes, "flatten", (first,) if first else (), kind="exact")


@task(5)
@points(1)
@given(
    x=arrays(shape=st.lists(st.sampled_from([1, 2, 1, 3, 0]), max_size=4).map(tuple)),
    axis=axes_of("x", several=True, none=True),
    new=draw_from("x", lambda x: range(-x.ndim - 1, x.ndim + 1)),
)
def test_squeeze_and_unsqueeze_take_and_give_axes_of_length_one(ask, x, axis, new):
    """squeeze takes axes of length 1 away and no others; unsqueeze puts one where it is told, from either end."""
    agree(ask, probes.moved, "squeeze", x, (), kind="exact")
    agree(ask, probes.moved, "unsqueeze", x, (new,), kind="exact")
    if axis is not None:
        agree(ask, probes.moved, "squeeze", x, (axis,), kind="exact")


@task(5)
@points(1)
@given(
    x=arrays(shape=st.lists(st.sampled_from([1, 3, 1, 2]), max_size=3).map(tuple)),
    added=st.lists(st.sampled_from([2, 1, 4, 0]), max_size=2).map(tuple),
    lengths=Dependent(
        lambda drawn: st.tuples(*(st.sampled_from([5, -1, 1, 0] if n == 1 else [n, -1]) for n in drawn["x"].shape))
    ),
    form=st.sampled_from(["expand", "expand to a tuple"]),
)
def test_expand_stretches_axes_of_length_one(ask, x, added, lengths, form):
    """expand repeats axes of length 1 as often as it is told, adds axes at the left, and leaves those marked -1."""
    agree(ask, probes.moved, form, x, added + lengths, kind="exact")


@task(5)
@points(2)
@given(
    x=arrays(dims=(1, 3), dtype=NUMBERS, palettes=("plain",)),
    index=indices_of("x"),
    form=st.sampled_from(["array", "tensor", "list"]),
)
def test_indexing(ask, x, index, form):
    """Integers, slices, None, ... and arrays, lists or Tensors of positions or bools pick what they pick in NumPy."""
    agree(ask, probes.index, x, index, form, kind="exact")


@task(5)
@points(1)
@pytest.mark.parametrize("form", ["array", "tensor", "list"])
def test_indexing_by_positions_and_masks(ask, form):
    """Arrays, lists and Tensors of positions (repeated, from the end) or of bools pick copies of what they point at."""
    x = fill((3, 4), 0, "float32")
    for picks in ([2, 0, -1, 2], [True, False, True]):
        agree(ask, probes.index, x, np.array(picks), form, kind="exact")
        agree(
            ask,
            probes.index,
            x,
            (slice(None), np.array([*picks, False] if picks[0] is True else picks)),
            form,
            kind="exact",
        )
    agree(ask, probes.index, x, x > 5, form, kind="exact")
    agree(ask, probes.index, x, (np.array([0, 1, 1]), np.array([3, -1, 0])), form, kind="exact")


VIEWS = {
    "axes": [
        ("transpose", (0, -1)), ("permute", (1, 0)), ("T", None),
        ("squeeze", ()), ("squeeze", (0,)), ("unsqueeze", (1,)),
    ],
    "lengths": [("reshape", (3, 4)), ("reshape", (-1,)), ("flatten", ()), ("expand", (5, 2, 6)), ("expand", (-1, -1))],
    "slices": [("index", 1), ("index", (slice(None), slice(1, 5, 2))), ("index", (None, 0)), ("index", (..., 2))],
    "single elements": [("index", (1, 2)), ("index", (-1, -1)), ("index", (0, ..., 0))],
}  # fmt: skip


@task(5)
@points(1)
@pytest.mark.parametrize("kind", list(VIEWS))
def test_views_share_memory(ask, kind):
    """What only walks differently through memory copies nothing: it shows what is written to the Tensor later."""
    x, y = fill((2, 6), 0, "float32"), fill((2, 6), 1, "float32", "normal")
    for move, how in VIEWS[kind]:
        agree(ask, probes.moved_then_changed, move, x, how, y, kind="exact")


@task(5)
@points(1)
def test_views_are_new_tensors(ask):
    """Even t.reshape(t.shape) and t[...] give a new Tensor, which shares memory with t."""
    for x, call in itertools.product([np.ones((2, 3), "float32"), np.ones((1, 1))], probes.SAME_MEMORY):
        agree(ask, probes.result_and_operand, call, x, kind="exact")


@task(5)
@points(1)
@given(
    x=arrays(shape=st.lists(st.sampled_from([2, 1, 3]), min_size=1, max_size=3).map(tuple), layouts=("C",)),
    axes=permutations_of("x"),
    step=st.integers(1, 3),
)
def test_is_contiguous_tells_gaps_and_order(ask, x, axes, step):
    """is_contiguous() is False where elements lie out of order or with gaps, and True otherwise."""
    agree(ask, probes.is_contiguous, x, axes, step)


@task(5)
@points(1)
def test_reshape_works_out_the_length_left(ask):
    """-1 stands for what all other lengths together leave, wherever it stands."""
    for shape in ((2, -1, 3), (-1, 2, 3), (2, 3, -1), (-1, 1, 4), (12, -1), (2, 2, -1, 1)):
        agree(ask, probes.moved, "reshape", fill((3, 4), 0), shape, kind="exact")


@task(5)
@points(1)
def test_footprint_of_a_view_is_that_of_its_elements(ask):
    """memory_footprint() counts the elements that a view shows, whoever else shares the memory."""
    agree(ask, probes.memory_footprint_of_a_stretched_row, np.ones((1, 5), "float32"), 1000)


@task(5)
@points(1)
def test_tensors_work_in_loops_and_conditions(ask):
    """A for loop goes over the first axis; one element is true or false, and several are neither: a ValueError."""
    agree(ask, probes.rows_in_a_loop, fill((3, 2), 0), kind="exact")
    agree(ask, probes.rows_in_a_loop, fill((3,), 0), kind="exact")
    for value in (0.0, 0.5, True, -1):
        agree(ask, probes.truth, np.array(value))
    refuses(ask, ValueError, probes.truth, np.ones(2))
    refuses(ask, TypeError, probes.rows_in_a_loop, np.array(1.0))


@task(5)
@points(1)
def test_shapes_that_cannot_be_are_refused(ask):
    """Lengths that do not fit, two of -1, axes that do not make an order: a ValueError that names the shape."""
    for move, how, naming in [
        ("reshape", (4, 2), [(4, 2)]),
        ("reshape", (-1, -1), []),
        ("reshape", (4, -1), []),
        ("permute", (0, 0), []),
        ("permute", (1,), []),
        ("flatten", (1, 0), []),
        ("expand", (4, 3), [(2, 3), (4, 3)]),
        ("expand", (2, 0), [(2, 3), (2, 0)]),
        ("expand", (3,), [(2, 3)]),
        ("expand", (-1, 2, 3), [(2, 3)]),
    ]:
        refuses(ask, ValueError, probes.moved, move, np.ones((2, 3)), how, naming=naming)


@task(5)
@points(1)
def test_axes_and_positions_that_are_not_there_are_refused(ask):
    """An axis or position that is not there is an IndexError that names it; so is a position of 0.5."""
    for move, how, naming in [
        ("transpose", (0, 2), [2]),
        ("transpose", (-3, 0), [-3]),
        ("permute", (0, 2), [2]),
        ("flatten", (0, 2), [2]),
        ("squeeze", (-3,), [-3]),
        ("squeeze", (2,), [2]),
        ("unsqueeze", (3,), [3]),
        ("unsqueeze", (-4,), [-4]),
        ("index", 5, [5]),
        ("index", (0, -4), [-4]),
        ("index", 0.5, []),
        ("index", (0, 0, 0), []),
    ]:
        refuses(ask, IndexError, probes.moved, move, np.ones((2, 3)), how, naming=naming)


# ------------------------------------------------- 6. joining, writing in place


@task(6)
@points(1)
@given(
    x=arrays(dims=(1, 3), dtype=NUMBERS),
    axis=axes_of("x"),
    lengths=st.lists(st.integers(0, 3), max_size=3),
    seed=seeds(),
)
def test_cat_joins_along_an_axis(ask, x, axis, lengths, seed):
    """cat puts tensors one after another along an axis, of which each may have another length."""
    parts = [x]
    for length in lengths:
        shape = list(x.shape)
        shape[axis] = length
        parts.append(fill(tuple(shape), seed + len(parts), x.dtype.name, "normal"))
    agree(ask, probes.cat, parts, axis, kind="exact")


@task(6)
@points(1)
@given(
    x=arrays(dims=(0, 3), dtype=NUMBERS),
    y=like("x"),
    copies=st.integers(0, 2),
    axis=draw_from("x", lambda x: range(-x.ndim - 1, x.ndim + 1)),
)
def test_stack_adds_an_axis(ask, x, y, copies, axis):
    """stack puts tensors of one shape along a new axis, counted from either end of the result."""
    agree(ask, probes.stack, [x, y] + [x] * copies, axis, kind="exact")


@task(6)
@points(1)
def test_joined_tensors_have_pytorchs_common_dtype(ask):
    """cat and stack of float32 and int64 are float32; without an axis they join along the first."""
    for first, second in itertools.product(DTYPES, DTYPES):
        pair = [np.ones((2, 1), first), np.zeros((2, 1), second)]
        agree(ask, probes.cat_by_default, pair, kind="exact")
        agree(ask, probes.stack_by_default, pair, kind="exact")


@task(6)
@points(1)
def test_joining_refuses_what_does_not_fit(ask):
    """No tensors, other lengths and nothing to join along are a ValueError, an axis that is not there an IndexError."""
    for join in (probes.cat, probes.stack):
        refuses(ask, ValueError, join, [], 0)
        refuses(ask, ValueError, join, [np.ones((2, 3)), np.ones((2, 4))], 0)
        refuses(ask, IndexError, join, [np.ones((2, 3)), np.ones((2, 3))], 5, naming=[5])
    refuses(ask, ValueError, probes.cat, [np.ones(()), np.ones(())], 0)
    refuses(ask, ValueError, probes.stack, [np.ones((2, 3)), np.ones((1, 3))], 0)


@task(6)
@points(2)
@given(
    x=arrays(dims=(1, 3), dtype=NUMBERS),
    index=indices_of("x", arrays_too=False),
    value=arrays(
        shape=Dependent(
            lambda drawn: st.sampled_from(
                [np.shape(drawn["x"][drawn["index"]]), np.shape(drawn["x"][drawn["index"]])[1:], ()]
            )
        ),
        dtype=dtypes("float32", "int64"),
        palettes=("plain", "ties"),
    ),
    form=st.sampled_from(["array", "tensor"]),
)
def test_assignment_writes_at_an_index(ask, x, index, value, form):
    """t[index] = value broadcasts the value and converts it to t's dtype, and writes nowhere else."""
    agree(ask, probes.assign, x, index, value, form, kind="exact")


@task(6)
@points(1)
@given(x=arrays(dims=(1, 3), dtype=NUMBERS), index=indices_of("x"))
def test_assignment_at_positions_and_masks(ask, x, index):
    """t[positions] = 3 and t[t > 1] = 5 write at every position picked, whether by an array or by a Tensor."""
    agree(ask, probes.assign, x, index, 3, "number", kind="exact")
    agree(ask, probes.assign_at_tensor, x, x > 1, 5, kind="exact")


@task(6)
@points(2)
@given(
    op=st.sampled_from(["copy_", "add_", "mul_", "zero_"]),
    x=arrays(dims=(0, 3), dtype=NUMBERS),
    other=number_or(fits_into("x"), st.integers(-3, 3)),
)
def test_in_place_operations_write_where_they_are(ask, op, x, other):
    """copy_, add_, mul_ and zero_ write to the memory that is there, leave the other operand alone, and return self."""
    form = "tensor" if isinstance(other, np.ndarray) else "number"
    agree(ask, probes.in_place, op, x, other, form, kind="elementwise")


@task(6)
@points(1)
@given(
    op=st.sampled_from(["copy_", "add_", "mul_", "zero_"]),
    x=arrays(dims=(2, 3), dtype=dtypes(), empty=False),
    axes=permutations_of("x"),
    other=scalars(),
)
def test_writing_to_a_view_writes_to_the_tensor(ask, op, x, axes, other):
    """What is done in place to a view of a view is seen in the Tensor that it came from, and nowhere else in it."""
    agree(ask, probes.in_place_on_a_view, op, x, axes, other, kind="elementwise")
    agree(ask, probes.copy_along_itself, x, kind="exact")


@task(6)
@points(1)
def test_in_place_keeps_dtype_and_shape(ask):
    """A change in place never alters dtype or shape; what would have to is an error, and then nothing has changed."""
    for dtype in ("float64", "float32", "int64"):
        agree(ask, probes.in_place, "copy_", np.zeros((2, 3), dtype), np.full(3, 7.0), "tensor", kind="exact")
    for op in ("add_", "mul_"):
        agree(ask, probes.in_place, op, np.ones((2, 3), "float32"), np.full(3, 0.5), "tensor", kind="exact")
        refuses(ask, TypeError, probes.in_place, op, np.ones(3, "int64"), 0.5, "number")
        refuses(ask, ValueError, probes.in_place, op, np.ones(3), np.ones((2, 3)), "tensor")
        agree(ask, probes.after_a_refused_change, op, np.arange(3), 0.5, kind="exact")
        agree(ask, probes.after_a_refused_change, op, np.arange(3.0), np.ones((2, 3)), kind="exact")
    refuses(ask, ValueError, probes.in_place, "copy_", np.ones(3), np.ones((2, 3)), "tensor")


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
    for call in probes.AGAIN:
        got = ask(probes.called_again, call, x, y)
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
