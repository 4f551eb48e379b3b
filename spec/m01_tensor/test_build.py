"""Build: what a Tensor holds, what its arithmetic gives, and that results are new."""

import itertools

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import (
    agree,
    arrays,
    broadcastable_with,
    dtypes,
    given,
    like,
    points,
    refuses,
    require,
    task,
    witnessed,
)
from spec.kit.strategies import fill

from . import probes, results
from .draws import DTYPES, EVERY_DTYPE, NUMBERS, draw_from, number_or

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
    for x, call in itertools.product([fill((2, 3), 3, "float32", "normal"), np.ones((1, 1))], results.SAME_VALUES):
        agree(ask, results.result_and_operand, call, x, kind="exact")


@task(7)
@points(1)
def test_results_are_plain_tensors(ask):
    """Operations on an object of a class derived from Tensor give Tensors of no special kind."""
    agree(ask, results.kinds_of_results, np.ones((2, 2), "float32"))


@task(2)
@points(1)
@witnessed
def test_broadcasting_stretches_without_copying(ask):
    """A (300, 1) column plus a (1, 300) row allocates the result, and not the operands again at its size."""
    column, row = np.ones((300, 1)), np.ones((1, 300))
    got = ask(probes.peak_bytes_of_an_outer_sum, column, row)
    require(got["result"] == 720_000, "a result of 720,000 bytes", f"{got['result']}")
    require(720_000 <= got["peak"] < 1_200_000, "720,000 bytes at the peak, and a little", f"{got['peak']}")
