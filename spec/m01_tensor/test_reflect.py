"""Reflect: your formulas, held against arrays, counts and experiments that are really made."""

from hypothesis import strategies as st

from spec.kit import agree, assert_close, dtypes, given, points, shapes, task
from spec.kit.strategies import Dependent

from . import gauges

SIDE = st.integers(1, 40)
FLOATS = dtypes("float32", "float64", "float16")


@task(8)
@points(3)
@given(shape=shapes((0, 4)), dtype=dtypes("float32", "float64", "int8", "bool", "float16", "int64"))
def test_bytes_of_a_tensor(ask, shape, dtype):
    """tensor_bytes says how many bytes an array of that shape and dtype takes."""
    agree(ask, gauges.tensor_bytes, shape, dtype)


@task(8)
@points(2)
@given(n=st.integers(0, 9), k=st.integers(0, 9), m=st.integers(0, 9))
def test_operations_of_a_matmul(ask, n, k, m):
    """matmul_flops says how many multiplications and additions three loops make."""
    agree(ask, gauges.matmul_flops, n, k, m)


@task(8)
@points(2)
@given(n=SIDE, k=SIDE, m=SIDE, dtype=FLOATS)
def test_bytes_of_a_matmul(ask, n, k, m, dtype):
    """matmul_bytes says what both operands and the product take together."""
    agree(ask, gauges.matmul_bytes, n, k, m, dtype)


@task(8)
@points(2)
@given(n=SIDE, m=SIDE, d=SIDE, dtype=FLOATS)
def test_bytes_of_pairwise_differences(ask, n, m, d, dtype):
    """pairwise_bytes says how large the largest tensor on the way to all distances is."""
    agree(ask, gauges.pairwise_bytes, n, m, d, dtype)


@task(8)
@points(3)
@given(shape=shapes((0, 4), empty=False), itemsize=st.sampled_from([4, 8, 1, 2]))
def test_strides_of_a_contiguous_array(ask, shape, itemsize):
    """strides_of says how many bytes lie between neighbours along each axis."""
    agree(ask, gauges.strides_of, shape, itemsize)


@task(8)
@points(3)
@given(
    shape=shapes((0, 4), sides=(2, 1, 3, 1), empty=False),
    axes=Dependent(lambda drawn: st.permutations(range(len(drawn["shape"]))).map(tuple)),
)
def test_when_flatten_has_to_copy(ask, shape, axes):
    """flatten_copies says whether the elements of a permuted tensor have to move to lie in a row."""
    agree(ask, gauges.flatten_copies, shape, axes)


@task(8)
@points(1)
def test_when_flatten_has_to_copy_beside_axes_of_length_one(ask):
    """flatten_copies knows that an axis of length 1 may stand anywhere."""
    for shape, axes in [((1, 4), (1, 0)), ((2, 1, 3), (1, 0, 2)), ((2, 3, 1), (2, 1, 0)), ((2, 1, 3), (0, 2, 1))]:
        agree(ask, gauges.flatten_copies, shape, axes)


@task(8)
@points(1)
def test_formulas_answer_for_what_no_machine_holds(ask):
    """For a billion on each side the formulas answer at once, and exactly: they neither try it out nor count to it."""
    n = 10**9
    for name, args, want in [
        ("tensor_bytes", ((n, n, n), "float64"), 8 * n**3),
        ("matmul_flops", (n, n, n), 2 * n**3),
        ("matmul_bytes", (n, n, n, "float16"), 6 * n**2),
        ("pairwise_bytes", (n, n, n, "float32"), 4 * n**3),
        ("strides_of", ((n, n, n), 4), (4 * n**2, 4 * n, 4)),
        ("flatten_copies", ((n, n, 1, n), (2, 0, 1, 3)), False),
        ("flatten_copies", ((n, n, 1, n), (1, 0, 2, 3)), True),
    ]:
        assert_close(ask(gauges.formula, name, args, deadline=2.0), want, "exact", name)


NAMES = st.sampled_from(["alpha", "beta", "gamma"])
ATTRIBUTES = st.dictionaries(NAMES, st.integers(0, 9), max_size=3)


@task(8)
@points(3)
@given(own=ATTRIBUTES, before=ATTRIBUTES, after=ATTRIBUTES, name=NAMES)
def test_what_a_change_of_the_class_does_to_old_objects(ask, own, before, after, name):
    """after_class_change says what an object answers that is older than the change; Tensors really do."""
    agree(ask, gauges.after_class_change, own, before, after, name)
