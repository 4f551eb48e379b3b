"""Build: the gradients of operations on elements, of sums and products, and of shapes, indices and joins."""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import (
    agree,
    arrays,
    given,
    indices_of,
    matmul_pairs,
    permutations_of,
    points,
    reshapes_of,
    seeds,
    share,
    task,
)
from spec.kit.strategies import Dependent, fill

from . import operations, walking
from .draws import FLOATS, NUMBERS, TINY, crowded, other_operand, pairs_of_forms, pieces_of, reductions_of, within

# ------------------------------------------------- 4. element by element


@task(4)
@points(2)
@pytest.mark.parametrize("op", ["add", "sub", "mul", "truediv", "pow", "maximum"])
@share(2)
@given(
    a=arrays(dims=(0, 3), dtype=FLOATS, palettes=("normal", "ties", "mixed")),
    b=other_operand("a"),
    forms=pairs_of_forms(),
    seed=seeds(),
)
def test_gradients_of_both_operands(ask, op, a, b, forms, seed):
    """Arithmetic has PyTorch's gradients for both operands, broadcast or not, of Tensors and arrays on either side."""
    if op in ("truediv", "pow"):
        a, b = (np.asarray(np.abs(v) % 4 + np.asarray(0.25, v.dtype)) for v in (a, b))
    agree(ask, operations.binary, op, a, b, list(forms), seed)


@task(4)
@points(2)
@share(2)
@given(
    op=st.sampled_from(["sub", "truediv", "pow", "mul", "add", "maximum"]),
    x=arrays(dims=(0, 3), dtype=FLOATS, palettes=("positive", "plain")),
    number=NUMBERS,
    left=st.booleans(),
    seed=seeds(),
)
def test_a_number_may_be_an_operand(ask, op, x, number, left, seed):
    """2 - t, t ** 3, 1 / t: with a Python number on either side gradients are PyTorch's, and keep the dtype."""
    x = within(x, 4)
    if left:
        agree(ask, operations.binary, op, abs(number), x, ["plain", "leaf"], seed)
    else:
        agree(ask, operations.binary, op, x, number, ["leaf", "plain"], seed)


@task(4)
@points(2)
@given(
    x=arrays(dims=(0, 3), dtype=FLOATS, palettes=("ties", "normal")),
    low=other_operand("x", ("normal",)),
    width=st.sampled_from([0.5, 1, 3, -1]),
    forms=st.sampled_from([("leaf", "leaf", "leaf"), ("leaf", "constant", "plain"), ("constant", "leaf", "leaf")]),
    bounds=st.sampled_from(["both", (-1, 1), "one", "both", (None, 1), (-1, None)]),
    seed=seeds(),
)
def test_clip_hands_the_gradient_to_what_it_chose(ask, x, low, width, forms, bounds, seed):
    """Through clip, gradients go to the elements within the bounds, bounds included; those of the others to the bound."""
    high = np.asarray(low + width, x.dtype)
    if bounds == "both":
        agree(ask, operations.clip, x, low, high, list(forms), seed)
    elif bounds == "one":
        agree(ask, operations.clip_by_name, x, high, seed)
    else:
        agree(ask, operations.clip, x, *bounds, ["leaf", "plain", "plain"], seed)


@task(4)
@points(2)
@given(
    a=arrays(dims=(0, 3), dtype=FLOATS, palettes=TINY),
    b=other_operand("a"),
    condition=Dependent(lambda drawn: pieces_of("a").build(drawn)),
    forms=pairs_of_forms(),
    by_name=st.booleans(),
    seed=seeds(),
)
def test_where_hands_the_gradient_to_what_it_chose(ask, a, b, condition, forms, by_name, seed):
    """Through where, each gradient goes to the operand whose element was taken; the condition has none."""
    condition = fill(condition, seed, "bool")
    agree(ask, operations.where, condition, a, b, list(forms), by_name, seed)


@task(4)
@points(2)
def test_gradients_at_the_edge(ask):
    """At zeros, corners, ties and infinite slopes gradients are PyTorch's, without a warning: 0 ** 0, sqrt of 0, max."""
    for dtype in ("float32", "float64"):
        edges = np.array([0.0, 1.0, -1.0, 0.0], dtype)
        for name in ("abs", "tanh", "exp"):
            agree(ask, walking.unary, name, edges, 1)
        for name in ("sqrt", "log"):
            agree(ask, walking.unary, name, np.abs(edges), 0)
        for exponent in (0, 1, 2, 3, 0.0):
            agree(ask, operations.binary, "pow", edges, exponent, ["leaf", "plain"], 1)
        # 0 ** e is 0 for every e > 0: at e = 0 too, PyTorch's gradient is 0.
        agree(ask, operations.binary, "pow", np.zeros(3, dtype), np.array([0, 1, 2.5], dtype), ["constant", "leaf"], 1)
        agree(ask, operations.binary, "pow", -np.ones(2, dtype), np.array([2, 3]), ["leaf", "constant"], 1)
        agree(ask, operations.binary, "maximum", edges, edges[::-1].copy(), ["leaf", "leaf"], 1)
        agree(ask, operations.clip, edges, -1, 1, ["leaf", "plain", "plain"], 1)


# ------------------------------------------------- 5. sums and matrix products


@task(5)
@points(2)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "var"])
@share(2)
@given(
    x=arrays(dims=(0, 3), dtype=FLOATS, palettes=("normal", "ties", "plain")),
    options=reductions_of("x"),
    correction=st.integers(0, 1),
    seed=seeds(),
)
def test_gradients_of_reductions(ask, name, x, options, correction, seed):
    """sum, mean, max and var have PyTorch's gradients along any axes; equal maxima share, or one of them takes it."""
    if name in ("max", "var"):
        assume(x.size)
    if name == "var":
        axis = options.get("axis")
        count = x.size if axis is None else np.prod([x.shape[a] for a in np.atleast_1d(axis)])
        assume(count > correction and x.ndim)
        options = options | {"correction": correction}
    agree(ask, operations.reduce, name, x, options, seed)


@task(5)
@points(4)
@given(
    pair=matmul_pairs(),
    dtype=FLOATS,
    how=st.sampled_from(["@", "matmul"]),
    forms=st.sampled_from([("leaf", "leaf"), ("leaf", "constant"), ("constant", "leaf")]),
    seed=seeds(),
)
def test_gradients_of_matrix_products(ask, pair, dtype, how, forms, seed):
    """Matrix products have PyTorch's gradients: of matrices, stacks that broadcast, and single axes, on either side."""
    agree(ask, operations.matmul, how, *(x.astype(dtype) for x in pair), list(forms), seed)


SHAPES = {
    "stack @ stack": lambda batch, n, k, m: ((*batch, n, k), (*batch, k, m)),
    "stack @ matrix": lambda batch, n, k, m: ((*batch, n, k), (k, m)),
    "matrix @ stack": lambda batch, n, k, m: ((n, k), (*batch, k, m)),
    "stack @ vector": lambda batch, n, k, m: ((*batch, n, k), (k,)),
    "vector @ stack": lambda batch, n, k, m: ((k,), (*batch, k, m)),
    "vector @ vector": lambda batch, n, k, m: ((k,), (k,)),
}


@task(5)
@points(1)
@pytest.mark.parametrize("kind", SHAPES)
@share(3)
@given(
    batch=st.sampled_from([(2,), (3, 2), (1,), ()]),
    n=st.sampled_from([2, 3, 1]),
    k=st.sampled_from([3, 1, 2]),
    m=st.sampled_from([2, 4, 1]),
    seed=seeds(),
)
def test_gradients_of_stacks_and_vectors(ask, kind, batch, n, k, m, seed):
    """In products of stacks, matrices and vectors, what is used for a whole stack is due the sum over the stack."""
    left, right = SHAPES[kind](batch, n, k, m)
    a, b = fill(left, seed, "float64", "normal"), fill(right, seed + 1, "float64", "normal")
    agree(ask, operations.matmul, "@", a, b, ["leaf", "leaf"], seed)


PRODUCTS = {
    "array @ tensor": ["plain", "leaf"],
    "tensor @ array": ["leaf", "plain"],
    "row @ tensor": ["plain", "leaf"],
    "explicit": ["leaf", "leaf"],
}


@task(5)
@points(2)
@given(
    how=st.sampled_from(sorted(PRODUCTS)),
    n=st.sampled_from([2, 1, 3]),
    k=st.sampled_from([2, 3, 1, 0]),
    m=st.sampled_from([2, 1]),
    dtype=FLOATS,
    seed=seeds(),
)
def test_gradients_of_products_with_arrays_and_of_the_explicit_one(ask, how, n, k, m, dtype, seed):
    """array @ tensor, tensor @ array and matmul_explicit have the gradients of a matrix product."""
    a, b = fill((n, k), seed, dtype, "normal"), fill((k, m), seed + 1, dtype, "normal")
    if how == "row @ tensor":
        agree(ask, operations.matmul, "@", a[0], b, ["plain", "leaf"], seed)
    else:
        agree(ask, operations.matmul, "matmul_explicit" if how == "explicit" else "@", a, b, PRODUCTS[how], seed)


# ------------------------------------------------- 6. shapes, indices, joins


def one_axis(name, extra=0):
    """An axis of the argument `name`, from either end; with `extra`, of an array with that many axes more."""
    return Dependent(lambda drawn: st.integers(-drawn[name].ndim - extra, drawn[name].ndim - 1 + extra))


@task(6)
@points(1)
@given(
    x=arrays(dims=(0, 3), dtype=FLOATS, palettes=TINY), shape=reshapes_of("x"), axes=permutations_of("x"), seed=seeds()
)
def test_gradients_of_reshape(ask, x, shape, axes, seed):
    """Through reshape, also of a view that lies otherwise in memory, every gradient goes back to its element."""
    agree(ask, operations.moved, [["permute", axes], ["reshape to a tuple" if seed % 2 else "reshape", shape]], x, seed)


@task(6)
@points(2)
@given(
    x=arrays(dims=(2, 4), dtype=FLOATS, palettes=TINY, empty=False),
    axes=permutations_of("x"),
    first=one_axis("x"),
    second=one_axis("x"),
    seed=seeds(),
)
def test_gradients_of_transpose_and_permute(ask, x, axes, first, second, seed):
    """Through transpose, permute and T, in any order of axes, every gradient goes back to its element."""
    agree(ask, operations.moved, [["transpose", (first, second)]], x, seed)
    agree(ask, operations.moved, [["permute", axes]], x, seed)
    agree(ask, operations.moved, [["T", None], ["permute by a tuple", axes]], x, seed)


@task(6)
@points(1)
@given(
    x=arrays(shape=st.lists(st.sampled_from([1, 2, 1, 3]), min_size=1, max_size=4).map(tuple), palettes=TINY),
    ends=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    axis=one_axis("x"),
    new=one_axis("x", 1),
    which=st.integers(0, 2),
    seed=seeds(),
)
def test_gradients_of_flatten_squeeze_and_unsqueeze(ask, x, ends, axis, new, which, seed):
    """Through flatten, squeeze and unsqueeze, every gradient goes back to its element."""
    new = max(new, -x.ndim - 1)
    joined = tuple(sorted(end % x.ndim for end in ends))
    chains = [[["flatten", joined]], [["squeeze", (axis,)], ["unsqueeze", 0]], [["unsqueeze", new], ["squeeze", ()]]]
    agree(ask, operations.moved, chains[which], x, seed)


@task(6)
@points(1)
@share(2)
@given(
    x=arrays(shape=st.lists(st.sampled_from([1, 3, 1, 2]), max_size=3).map(tuple), dtype=FLOATS, palettes=TINY),
    added=st.lists(st.sampled_from([2, 1, 4]), max_size=2).map(tuple),
    lengths=Dependent(
        lambda drawn: st.tuples(*(st.sampled_from([5, -1, 1] if n == 1 else [n, -1]) for n in drawn["x"].shape))
    ),
    seed=seeds(),
)
def test_gradients_of_expand(ask, x, added, lengths, seed):
    """Through expand, an element is due the sum over all its copies."""
    agree(ask, operations.moved, [["expand", added + lengths]], x, seed)


@task(6)
@points(3)
@given(
    x=arrays(dims=(1, 3), dtype=FLOATS, palettes=TINY),
    index=indices_of("x"),
    form=st.sampled_from(["array", "tensor", "list"]),
    seed=seeds(),
)
def test_gradients_of_indexing(ask, x, index, form, seed):
    """Through any index, of integers, slices, positions or bools, gradients go to the elements that were picked."""
    assume(not crowded(index))
    agree(ask, operations.indexed, x, index, form, seed)


@task(6)
@points(2)
@given(
    picks=st.lists(st.integers(-3, 2), min_size=2, max_size=6),
    what=st.sampled_from(["rows", "columns", "both"]),
    form=st.sampled_from(["array", "tensor", "list"]),
    dtype=FLOATS,
    seed=seeds(),
)
def test_what_is_picked_twice_is_due_both(ask, picks, what, form, dtype, seed):
    """An element that an index picks several times is due the sum of the gradients."""
    x, picks = fill((3, 3), seed, dtype, "normal"), np.array([*picks, picks[0]])
    indices = {"rows": picks, "columns": (slice(None), picks), "both": (picks, picks[::-1].copy())}
    agree(ask, operations.indexed, x, indices[what], form, seed)


@task(6)
@points(2)
@pytest.mark.parametrize("join", ["cat", "stack"])
@share(2)
@given(
    x=arrays(dims=(1, 3), dtype=FLOATS, palettes=TINY),
    axis=one_axis("x"),
    lengths=st.lists(st.integers(0, 3), max_size=2),
    forms=st.lists(st.sampled_from(["leaf", "constant"]), min_size=3, max_size=3),
    seed=seeds(),
)
def test_gradients_of_joined_tensors(ask, join, x, axis, lengths, forms, seed):
    """Each of the Tensors that cat or stack joins gets its own part of the gradient, also one that is there thrice."""
    parts = [x]
    for length in lengths:
        shape = list(x.shape)
        if join == "cat":
            shape[axis] = length
        parts.append(fill(tuple(shape), seed + len(parts), x.dtype.name, "normal"))
    if lengths:
        agree(ask, operations.joined, join, parts, axis, ["leaf", *forms][: len(parts)], seed)
    else:
        agree(ask, operations.joined_with_itself, join, x, seed)


@task(6)
@points(1)
@share(2)
@given(x=arrays(dims=(0, 2), dtype=FLOATS, palettes=TINY), dtype=FLOATS, seed=seeds())
def test_gradients_of_astype(ask, x, dtype, seed):
    """Through astype gradients go back unchanged, in the dtype of the leaf."""
    agree(ask, operations.converted, x, dtype, seed)
