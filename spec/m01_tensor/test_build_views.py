"""Build: shapes and views, joining, and writing in place: which results share memory."""

import itertools

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import (
    agree,
    arrays,
    axes_of,
    dtypes,
    given,
    indices_of,
    like,
    permutations_of,
    points,
    refuses,
    reshapes_of,
    scalars,
    task,
)
from spec.kit.strategies import Dependent, fill, seeds

from . import probes, results
from .draws import DTYPES, NUMBERS, draw_from, fits_into, number_or

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
    for x, call in itertools.product([np.ones((2, 3), "float32"), np.ones((1, 1))], results.SAME_MEMORY):
        agree(ask, results.result_and_operand, call, x, kind="exact")


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
