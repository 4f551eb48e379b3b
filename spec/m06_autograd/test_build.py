"""Build: what gradients are, and what becomes of the graph."""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import (
    agree,
    arrays,
    assert_close,
    given,
    indices_of,
    matmul_pairs,
    permutations_of,
    points,
    refuses,
    require,
    reshapes_of,
    seeds,
    share,
    task,
    witnessed,
)
from spec.kit.strategies import Dependent, fill

from . import oracles, probes
from .draws import (
    ELEMENTWISE_STEPS,
    FLOATS,
    NUMBERS,
    crowded,
    matrices,
    other_operand,
    pairs_of_forms,
    pieces_of,
    programs,
    reductions_of,
)

TINY = ("normal", "plain")


def within(x: np.ndarray, limit: float) -> np.ndarray:
    """x, but nowhere larger than `limit`."""
    return np.asarray(np.clip(x, -limit, limit), x.dtype)


# ----------------------------------------------------------- 1. unbroadcast


@task(1)
@points(3)
@given(grad=arrays(dims=(0, 4), dtype=FLOATS), shape=pieces_of("grad"))
def test_unbroadcast_sums_over_every_copy(ask, grad, shape):
    """unbroadcast sums over leading axes that were added and over axes of length 1 that were stretched."""
    agree(ask, probes.unbroadcast, grad, shape)


@task(1)
@points(1)
def test_unbroadcast_refuses_shapes_that_do_not_broadcast(ask):
    """A shape that does not broadcast to the gradient's is a ValueError that names both."""
    for own, shape in [((2, 3), (3, 3)), ((2, 3), (2,)), ((3,), (2, 3)), ((1, 3), (2, 3)), ((), (1,))]:
        refuses(ask, ValueError, probes.unbroadcast, np.ones(own), shape, naming=[own, shape])


# ------------------------------------------------- 2. record, and walk back


@task(2)
@points(1)
@pytest.mark.parametrize("name", ["neg", "exp", "log", "sqrt", "tanh", "abs"])
@share(2)
@given(x=arrays(dims=(0, 3), dtype=FLOATS, palettes=("normal", "ties", "mixed", "tiny")), seed=seeds())
def test_gradient_of_a_function(ask, name, x, seed):
    """Functions of each element have PyTorch's gradient, for any gradient that comes from above."""
    if name in ("log", "sqrt"):
        x = np.asarray(np.abs(x) + np.asarray(0.1, x.dtype))
    if name == "exp":  # beyond, the result is infinite in float32, and a smaller gradient than that may not be
        x = np.asarray(np.minimum(x, np.asarray(80, x.dtype)))
    agree(ask, probes.unary, name, x, seed)


@task(2)
@points(2)
@given(
    names=st.lists(st.sampled_from(["neg", "tanh", "exp", "abs"]), max_size=6).filter(lambda n: n.count("exp") < 2),
    x=arrays(dims=(0, 2), dtype=FLOATS, palettes=("normal", "tiny")),
    seed=seeds(),
)
def test_gradients_go_through_a_chain(ask, names, x, seed):
    """Through one function after another, slopes multiply; an empty chain is the leaf itself."""
    assume(names)
    agree(ask, probes.chain, names, within(x, 4), seed)


@task(2)
@points(2)
@share(2)
@given(x=arrays(dims=(0, 2), dtype=FLOATS, palettes=TINY))
def test_only_leaves_get_a_gradient(ask, x):
    """Results need a gradient if an operand does. Only leaves get one, and constants are left alone."""
    agree(ask, probes.constructed, x)


@task(2)
@points(1)
def test_integers_cannot_require_gradients(ask):
    """requires_grad=True is for floats: of integers and bools it is a RuntimeError that names the dtype."""
    for dtype in ("float32", "float64"):
        assert_close(ask(probes.leaf_of, np.ones(2), dtype), dtype)
        assert_close(ask(probes.leaf_of, np.ones(2, "int64"), dtype), dtype)
    for dtype in ("int64", "int32", "bool"):
        refuses(ask, RuntimeError, probes.leaf_of, np.ones(2), dtype, naming=[dtype])
        refuses(ask, RuntimeError, probes.leaf_of, np.ones(2, dtype), None, naming=[dtype])


@task(2)
@points(1)
@share(2)
@given(x=arrays(shape=st.sampled_from([(), (1,), (1, 1)]), dtype=FLOATS, palettes=TINY))
def test_backward_of_one_element_starts_with_one(ask, x):
    """Where the result has a single element, backward() needs no gradient: it is 1."""
    agree(ask, probes.default_seed, within(x, 4))


@task(2)
@points(1)
@share(2)
@given(x=arrays(dims=(0, 3), dtype=FLOATS, palettes=TINY), seed=seeds())
def test_backward_of_a_leaf_is_its_gradient(ask, x, seed):
    """backward of a leaf adds the gradient that is given, as an array or as a Tensor."""
    agree(ask, probes.of_a_leaf, x, seed)


@task(2)
@points(1)
def test_a_gradient_must_have_the_results_shape(ask):
    """A gradient that is missing, or has another shape, even one that broadcasts, is a ValueError that names shapes."""
    for form in ("array", "tensor"):
        agree(ask, probes.backward_with, np.ones((2, 3)), np.arange(6.0).reshape(2, 3), form)
        agree(ask, probes.backward_with, np.ones((2, 3), "float32"), np.arange(6).reshape(2, 3), form)
        for shape in ((3,), (1, 3), (3, 2), (2, 3, 1), ()):
            refuses(
                ask, ValueError, probes.backward_with, np.ones((2, 3)), np.ones(shape), form, naming=[(2, 3), shape]
            )
    for shape in ((2,), (2, 3), (0,)):
        refuses(ask, ValueError, probes.backward_with, np.ones(shape), None, "none", naming=[shape])


@task(2)
@points(1)
def test_backward_needs_something_that_needs_a_gradient(ask):
    """backward of a Tensor that needs no gradient is a RuntimeError."""
    for how in ("made", "computed"):
        refuses(ask, RuntimeError, probes.backward_of_a_constant, np.ones(2), how)


@task(2)
@points(2)
def test_a_long_chain_is_no_deep_recursion(ask):
    """Backward passes through 50,000 operations in a row, and a graph of so many can be dropped."""
    agree(ask, probes.long_chain, np.array([0.5, 2.0]), 50_000, 4_000, deadline=30.0)


# An altered result would alter these gradients: their rules may well use it.
USES_THE_RESULT = {
    "exp", "sqrt", "tanh", "log", "abs", "max", "maximum", "clip", "where", "var", "__pow__", "__rpow__",
    "__truediv__", "__rtruediv__",
}  # fmt: skip


@task(6)
@points(4)
@share(2)
@given(x=matrices(), delta=st.floats(0.25, 2.0), seed=seeds(), order=st.permutations(sorted(probes.SAMPLES)))
def test_what_runs_is_what_you_wrote(ask, x, delta, seed, order):
    """Each operation of kata 1, altered before autograd is switched on, gives its altered result afterwards too."""
    for name in order[:4]:
        got = ask(probes.altered, name, delta, x, seed)
        require(bool((np.abs(got["shift"]) > 0.1).all()), f"{name} altered by {delta}", f"by {got['shift']}")
        assert_close(got["on"], got["off"], "elementwise", f"{name} with autograd on")
        if name not in USES_THE_RESULT:
            right = ask(probes.sample, name, x, seed)["grad of a"]
            assert_close(got["grad"], right, name=f"gradient of the altered {name}")


@task(2)
@points(1)
@share(5)
@given(x=arrays(dims=(1, 2), palettes=("normal",)))
def test_operations_are_wrapped_once_around_yours(ask, x):
    """Tensor.exp.__wrapped__ is your own method, and so for every operation; switching on twice changes nothing."""
    agree(ask, probes.wrapped, sorted(probes.SAMPLES), x)


@task(2)
@points(2)
@share(3)
@given(x=arrays(dims=(2, 2), palettes=("normal", "plain")), seed=seeds())
def test_tensors_from_before_work(ask, x, seed):
    """Tensors, views and Parameters that are older than autograd work with it, and Parameters need gradients."""
    agree(ask, probes.made_before, x, fill(x.shape, seed, "float64", "normal"))


# ------------------------------------------------- 3. many paths, one gradient


@task(3)
@points(4)
@given(
    count=st.integers(1, 3),
    steps=programs(ELEMENTWISE_STEPS),
    seed=seeds(),
    needs=st.tuples(st.just(True), st.booleans(), st.booleans()),
)
def test_any_graph_has_pytorchs_gradients(ask, count, steps, seed, needs):
    """In any graph, however results are used again, every leaf gets the sum over all paths, and None if there is none."""
    leaves = [fill((2, 2), seed + n, "float64", "normal") for n in range(count)]
    agree(ask, probes.program, leaves, list(needs[:count]), steps, seed)


@task(3)
@points(3)
@share(2)
@given(
    x=arrays(dims=(0, 1), palettes=TINY, empty=False),
    seed=seeds(),
)
def test_diamonds_are_walked_once(ask, x, seed):
    """Sixty diamonds on top of each other have 2 to the 60 paths, and a backward pass that visits each operation once."""
    kinds = np.random.default_rng(seed).choice(["twice", "two ways", "one longer"], 60).tolist()
    for few in (1, 2, 60):  # what goes wrong with one or two is easier to look at
        agree(ask, probes.diamonds, x, kinds[:few])


@points(1)
@pytest.mark.parametrize(
    "op",
    [
        *(pytest.param(op, marks=task(3)) for op in ("add", "sub", "mul")),
        *(pytest.param(op, marks=task(4)) for op in ("truediv", "pow", "maximum")),
        pytest.param("matmul", marks=task(5)),
    ],
)
@share(3)
@given(n=st.sampled_from([2, 1, 3]), seed=seeds(), dtype=FLOATS)
def test_a_tensor_may_meet_itself(ask, op, n, seed, dtype):
    """x + x, x * x, …: where one Tensor is both operands, its gradient is the sum of both."""
    agree(ask, probes.with_itself, op, fill((n, n), seed, dtype, "positive"), seed)


@task(3)
@points(2)
@share(2)
@given(x=arrays(dims=(0, 2), palettes=TINY), seeds=st.lists(seeds(), min_size=1, max_size=3))
def test_gradients_accumulate_until_they_are_forgotten(ask, x, seeds):
    """Every backward pass adds to grad, in any number of graphs, until zero_grad makes it None."""
    agree(ask, probes.accumulated, x, seeds)


@points(2)
@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(("a + b", "a - b", "a + a + b", "a * b"), marks=task(3), id="arithmetic"),
        pytest.param(("reshape", "transpose", "sum", "choices"), marks=task(6), id="views"),
    ],
)
@share(2)
@given(
    choice=st.integers(0, 3),
    a=arrays(shape=(2, 3), palettes=TINY),
    b=arrays(shape=(2, 3), palettes=TINY),
    seed=seeds(),
    dtype=FLOATS,
)
def test_a_gradient_is_nobody_elses_array(ask, kinds, choice, a, b, seed, dtype):
    """grad shares memory with no other gradient, no data, and not with what backward was given."""
    agree(ask, probes.shared, kinds[choice], a.astype(dtype), b.astype(dtype), seed)


@task(3)
@points(2)
@share(2)
@given(
    op=st.sampled_from(["add", "sub", "mul"]),
    dtypes=st.sampled_from(
        [("float32", "float64"), ("float64", "float32"), ("float32", "int64"), ("int64", "float32")]
    ),
    n=st.sampled_from([2, 1, 3]),
    seed=seeds(),
)
def test_a_gradient_has_its_tensors_dtype(ask, op, dtypes, n, seed):
    """Where float32 meets float64 or integers, each gradient has the dtype of its own Tensor."""
    a, b = (fill((n, n), seed + i, dtype, "ties") for i, dtype in enumerate(dtypes))
    forms = ["leaf" if dtype != "int64" else "constant" for dtype in dtypes]
    # Small whole numbers, which no dtype has to round; the upstream gradient of seed 0 is 1, 2, 3, …
    agree(ask, probes.mixed, op, a, b, forms, 0)


@task(5)
@points(2)
@share(3)
@given(x=arrays(dims=(1, 2), palettes=("normal",), empty=False), seed=seeds())
def test_a_method_that_calls_methods_is_one_operation(ask, x, seed):
    """tanh written with exp and /, mean with sum: however your kata 1 is written, gradients are counted once."""
    agree(ask, probes.composed_method, within(x, 4), seed)


@task(6)
@points(1)
@share(5)
@given(x=arrays(dims=(1, 2), palettes=("positive",)), seed=seeds())
def test_results_are_new_tensors(ask, x, seed):
    """A method of kata 1 that gives its operand itself back, where nothing changes, is still an operation of its own."""
    agree(ask, probes.operand_given_back, x, seed)


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
    agree(ask, probes.binary, op, a, b, list(forms), seed)


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
        agree(ask, probes.binary, op, abs(number), x, ["plain", "leaf"], seed)
    else:
        agree(ask, probes.binary, op, x, number, ["leaf", "plain"], seed)


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
        agree(ask, probes.clip, x, low, high, list(forms), seed)
    elif bounds == "one":
        agree(ask, probes.clip_by_name, x, high, seed)
    else:
        agree(ask, probes.clip, x, *bounds, ["leaf", "plain", "plain"], seed)


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
    agree(ask, probes.where, condition, a, b, list(forms), by_name, seed)


@task(4)
@points(2)
def test_gradients_at_the_edge(ask):
    """At zeros, corners, ties and infinite slopes gradients are PyTorch's, without a warning: 0 ** 0, sqrt of 0, max."""
    for dtype in ("float32", "float64"):
        edges = np.array([0.0, 1.0, -1.0, 0.0], dtype)
        for name in ("abs", "tanh", "exp"):
            agree(ask, probes.unary, name, edges, 1)
        for name in ("sqrt", "log"):
            agree(ask, probes.unary, name, np.abs(edges), 0)
        for exponent in (0, 1, 2, 3, 0.0):
            agree(ask, probes.binary, "pow", edges, exponent, ["leaf", "plain"], 1)
        # 0 ** e is 0 for every e > 0: at e = 0 too, PyTorch's gradient is 0.
        agree(ask, probes.binary, "pow", np.zeros(3, dtype), np.array([0, 1, 2.5], dtype), ["constant", "leaf"], 1)
        agree(ask, probes.binary, "pow", -np.ones(2, dtype), np.array([2, 3]), ["leaf", "constant"], 1)
        agree(ask, probes.binary, "maximum", edges, edges[::-1].copy(), ["leaf", "leaf"], 1)
        agree(ask, probes.clip, edges, -1, 1, ["leaf", "plain", "plain"], 1)


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
    agree(ask, probes.reduce, name, x, options, seed)


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
    agree(ask, probes.matmul, how, *(x.astype(dtype) for x in pair), list(forms), seed)


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
    agree(ask, probes.matmul, "@", a, b, ["leaf", "leaf"], seed)


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
        agree(ask, probes.matmul, "@", a[0], b, ["plain", "leaf"], seed)
    else:
        agree(ask, probes.matmul, "matmul_explicit" if how == "explicit" else "@", a, b, PRODUCTS[how], seed)


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
    agree(ask, probes.moved, [["permute", axes], ["reshape to a tuple" if seed % 2 else "reshape", shape]], x, seed)


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
    agree(ask, probes.moved, [["transpose", (first, second)]], x, seed)
    agree(ask, probes.moved, [["permute", axes]], x, seed)
    agree(ask, probes.moved, [["T", None], ["permute by a tuple", axes]], x, seed)


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
    agree(ask, probes.moved, chains[which], x, seed)


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
    agree(ask, probes.moved, [["expand", added + lengths]], x, seed)


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
    agree(ask, probes.indexed, x, index, form, seed)


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
    agree(ask, probes.indexed, x, indices[what], form, seed)


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
        agree(ask, probes.joined, join, parts, axis, ["leaf", *forms][: len(parts)], seed)
    else:
        agree(ask, probes.joined_with_itself, join, x, seed)


@task(6)
@points(1)
@share(2)
@given(x=arrays(dims=(0, 2), dtype=FLOATS, palettes=TINY), dtype=FLOATS, seed=seeds())
def test_gradients_of_astype(ask, x, dtype, seed):
    """Through astype gradients go back unchanged, in the dtype of the leaf."""
    agree(ask, probes.converted, x, dtype, seed)


# ------------------------------------------------- 7. forgetting


@task(7)
@points(3)
@share(3)
@given(x=arrays(dims=(1, 2), palettes=TINY, empty=False))
def test_no_grad_is_over_when_its_block_is(ask, x):
    """Nothing is recorded inside no_grad, nested or not; afterwards all is as before, also after an exception."""
    agree(ask, probes.without_recording, x)


@task(7)
@points(1)
def test_no_grad_is_for_its_own_thread(ask):
    """While one thread is inside no_grad, another one records."""
    agree(ask, probes.in_another_thread, np.array([1.0, 2.0]), deadline=15.0)


@task(7)
@points(1)
@share(3)
@given(x=arrays(dims=(1, 2), palettes=TINY, empty=False), seed=seeds())
def test_detach_shares_numbers_and_no_history(ask, x, seed):
    """detach gives a new Tensor on the same memory that counts as a constant."""
    agree(ask, probes.detached, x, seed)
    refuses(ask, RuntimeError, probes.backward_of_a_constant, x, "detached")
    refuses(ask, RuntimeError, probes.backward_of_a_constant, x, "under no_grad")


@task(7)
@points(2)
@given(
    x=arrays(dims=(0, 2), palettes=("tiny", "ties"), empty=False),
    retain=st.lists(st.booleans(), min_size=2, max_size=4),
)
def test_a_graph_can_be_walked_once_unless_it_is_kept(ask, x, retain):
    """A second backward pass is a RuntimeError, unless retain_graph kept the graph; then gradients add up."""
    agree(ask, probes.backward_again, x, retain)
    refuses(ask, RuntimeError, probes.again, x)


@task(7)
@points(3)
@witnessed
@pytest.mark.parametrize("run", [True, False], ids=["after backward", "dropped"])
def test_nothing_on_the_way_stays_alive(ask, run):
    """After backward, with its result still there, and after a graph is dropped, no Tensor on the way is left."""
    agree(ask, probes.left_alive, np.array([0.5, -1.0]), run)


@task(7)
@points(3)
@witnessed
def test_backward_gives_memory_back(ask):
    """After backward passes whose results are kept, what the graphs had kept is free again."""
    got = ask(probes.bytes_after_backward, 5_000, 20, 3)
    want = 3 * np.ones(3)
    x = np.linspace(-1, 1, 5_000)[:3]
    for _ in range(20):
        want, x = want * (1 - np.tanh(x) ** 2), np.tanh(x)
    assert_close(got["grad"], want)
    arrays_left = got["left"] / got["one array"]
    require(arrays_left < 3, "the gradient, and less than two arrays more", f"{arrays_left:.1f} arrays of 60")


NEEDED = [case for case in probes.CHANGES if case not in oracles.CHANGES]


@task(7)
@points(4)
@given(
    case=st.sampled_from([case for case in NEEDED if "checkpoint" not in case]),
    x=arrays(shape=(2, 2), palettes=("positive",)),
    w=arrays(shape=(2, 2), palettes=("positive",)),
)
def test_a_value_that_backward_needs_must_not_change(ask, case, x, w):
    """add_, mul_, copy_, zero_ or t[i] = … on a value that backward needs, or on a view of it, is a RuntimeError."""
    refuses(ask, RuntimeError, probes.changed_before_backward, case, x, w)


def right_or_refused(ask, probe, *args):
    """PyTorch's gradient, or a RuntimeError; never a wrong gradient."""
    if ask.attempt(probe, *args).error is None:
        agree(ask, probe, *args)
    else:
        refuses(ask, RuntimeError, probe, *args)


@task(7)
@points(3)
@given(
    case=st.sampled_from(sorted(oracles.CHANGES)),
    how=st.sampled_from(["add_", "copy_", "mul_", "assignment"]),
    x=arrays(shape=(2, 2), palettes=("positive",)),
    w=arrays(shape=(2, 2), palettes=("positive",)),
)
def test_a_change_in_place_never_gives_a_wrong_gradient(ask, case, how, x, w):
    """Where a gradient would have to go through a change in place, it is PyTorch's, or there is a RuntimeError."""
    right_or_refused(ask, probes.changed_before_backward, case, x, w)
    right_or_refused(ask, probes.constant_from_a_leaf, how, x)


@task(7)
@points(2)
@share(2)
@given(
    x=arrays(shape=(3, 2), palettes=("normal",)),
    w=arrays(shape=st.sampled_from([(2,), (3, 2), (1, 2)]), palettes=TINY),
    seed=seeds(),
)
def test_changes_before_and_after_are_no_harm(ask, x, w, seed):
    """A change before a value is used, after the backward pass, or of other memory is none of backward's business."""
    agree(ask, probes.harmless_changes, x, w, seed)


@task(7)
@points(1)
@share(3)
@given(x=arrays(shape=(2,), palettes=TINY), w=arrays(shape=(2,), palettes=TINY))
def test_a_refused_pass_leaves_no_gradients(ask, x, w):
    """Where a backward pass is refused, no leaf has got a part of its gradient."""
    agree(ask, probes.after_a_refused_pass, x, w)


@task(7)
@points(3)
@given(name=st.sampled_from(list(probes.HARMLESS)), seed=seeds(), dtype=FLOATS)
def test_a_change_of_what_no_rule_needs_is_harmless(ask, name, seed, dtype):
    """Where the way back looks at no value of an operand, as in a + b, the operand may change in place after its use."""
    agree(ask, probes.harmless_change, name, fill((2, 3), seed, dtype, "positive") / 4)


# ------------------------------------------------- 8. own operations


@task(8)
@points(3)
@given(
    name=st.sampled_from(["Cube", "Scale", "Outer"]),
    a=arrays(dims=(0, 2), dtype=FLOATS, palettes=("normal", "ties")),
    b=other_operand("a", ("normal", "ties")),
    forms=st.sampled_from([["leaf", "leaf"], ["leaf", "plain"], ["plain", "leaf"]]),
    seed=seeds(),
)
def test_a_function_of_your_own_is_an_operation(ask, name, a, b, forms, seed):
    """A Function is an operation as any other: with numbers as arguments, None for a gradient, and broadcasting."""
    a, b = within(a, 2), within(b, 2)
    if name == "Outer":
        agree(ask, probes.own_function, name, [a, b], forms, seed)
    else:
        agree(
            ask,
            probes.own_function,
            name,
            [a] if name == "Cube" else [a, -1.5],
            ["leaf", "plain"][: 1 + (name == "Scale")],
            seed,
        )


@task(8)
@points(1)
@share(3)
@given(x=arrays(dims=(0, 2), palettes=TINY))
def test_a_function_of_constants_is_a_constant(ask, x):
    """Where no argument needs a gradient, or inside no_grad, the result of a Function needs none either."""
    agree(ask, probes.own_function_on_constants, x)


@task(8)
@points(1)
def test_a_function_must_return_a_gradient_for_each_argument(ask):
    """Too few or too many gradients are a RuntimeError, one of a wrong shape a ValueError."""
    for how, error in [("one for two", RuntimeError), ("three for two", RuntimeError), ("another shape", ValueError)]:
        refuses(ask, error, probes.wrong_function, how, np.ones((2, 3)))


@task(8)
@points(2)
@given(
    name=st.sampled_from(sorted(probes.CHECKED)),
    needs=st.sampled_from([(True, True), (True, False)]),
    n=st.sampled_from([2, 1]),
    seed=seeds(),
)
def test_gradcheck_trusts_right_gradients(ask, name, needs, n, seed):
    """gradcheck says True of right gradients, and leaves the inputs and their gradients alone."""
    a, b = (fill((n, n), seed + i, "float64", "positive") for i in range(2))
    agree(ask, probes.checked, name, a, b, list(needs))
    agree(ask, probes.checked_alone, a)


@task(8)
@points(3)
@given(mistake=st.sampled_from(sorted(probes.MISTAKES)), seed=seeds(), shape=st.sampled_from([(3,), (2, 2)]))
def test_gradcheck_finds_wrong_gradients(ask, mistake, seed, shape):
    """gradcheck finds a wrong gradient of any element of any input: False, or a RuntimeError that names the input."""
    a, b = fill(shape, seed, "float64", "positive") + 1, fill(shape, seed + 1, "float64", "positive") + 6
    assert_close(ask(probes.check_mistake, mistake, a, b, False), False, name="the verdict")
    first = mistake in ("a factor", "the other operand's", "upstream ignored")
    refuses(ask, RuntimeError, probes.check_mistake, mistake, a, b, True, naming=[0 if first else 1])


@task(8)
@points(1)
def test_gradcheck_refuses_what_it_cannot_check(ask):
    """Inputs of float32, where small steps are lost, are a ValueError that names the dtype; so is no input to check."""
    refuses(ask, ValueError, probes.check_unfit, np.ones(2, "float32"), True, naming=["float32"])
    refuses(ask, ValueError, probes.check_unfit, np.ones(2), False)


@task(8)
@points(3)
@share(2)
@given(rows=st.integers(1, 3), depth=st.integers(1, 3), needs=st.booleans(), seed=seeds())
def test_checkpoint_has_the_same_gradients(ask, rows, depth, needs, seed):
    """With checkpoints, values and gradients are the same: of the input, and of Parameters that only the inside uses."""
    x = fill((rows, 2), seed, "float64", "normal")
    weights = [fill((2, 2), seed + 1 + n, "float64", "normal") for n in range(depth)]
    agree(ask, probes.checkpointed, x, weights, needs, seed)


@task(8)
@points(1)
@given(seed=seeds(), dtype=FLOATS)
def test_a_checkpoint_is_walked_inside_no_grad_as_well(ask, seed, dtype):
    """backward of a checkpoint gives the same gradients where nothing is recorded."""
    x, weight = (fill((2, 3), seed + n, dtype, "positive") / 4 for n in range(2))
    agree(ask, probes.checkpoint_walked_without_recording, x, weight)


@task(8)
@points(1)
@share(3)
@given(x=arrays(dims=(0, 2), palettes=TINY))
def test_checkpoint_of_constants_is_a_constant(ask, x):
    """checkpoint takes any arguments; where none needs a gradient, or inside no_grad, the result needs none."""
    agree(ask, probes.checkpoint_of_constants, x)


@task(8)
@points(1)
@share(5)
@given(x=arrays(shape=(2, 2), palettes=("positive",)), w=arrays(shape=(2, 2), palettes=("positive",)))
def test_a_checkpoint_sees_that_its_input_has_changed(ask, x, w):
    """An input of checkpoint that has changed in place when it is computed again is a RuntimeError."""
    refuses(ask, RuntimeError, probes.changed_before_backward, "checkpoint(x * w), x.add_", x, w)


@task(8)
@points(3)
@witnessed
def test_checkpoint_keeps_less(ask):
    """A chain of 36 layers in checkpoints of 6 has the same gradient with less than 0.55 of the memory at its peak."""
    plain, saving = (ask(probes.peak_of_checkpoints, 5_000, 36, segment) for segment in (0, 6))
    assert_close(saving["grad"], plain["grad"], name="gradient with checkpoints")
    require(plain["calls"] == 36, "36 calls without checkpoints", f"{plain['calls']}")
    require(saving["calls"] > 36, "layers that are computed a second time", f"{saving['calls']} calls")
    share = saving["peak"] / plain["peak"]
    require(share < 0.55, "less than 0.55 of the memory", f"{share:.2f}")
