"""Build: what a gradient is, and how a graph is recorded and walked back."""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, refuses, require, seeds, share, task, thorough
from spec.kit.strategies import fill

from . import switching, walking
from .draws import ELEMENTWISE_STEPS, FLOATS, TINY, matrices, pieces_of, programs, within

# ----------------------------------------------------------- 1. unbroadcast


@task(1)
@points(3)
@given(grad=arrays(dims=(0, 4), dtype=FLOATS), shape=pieces_of("grad"))
def test_unbroadcast_sums_over_every_copy(ask, grad, shape):
    """unbroadcast sums over leading axes that were added and over axes of length 1 that were stretched."""
    agree(ask, walking.unbroadcast, grad, shape)


@task(1)
@points(1)
def test_unbroadcast_refuses_shapes_that_do_not_broadcast(ask):
    """A shape that does not broadcast to the gradient's is a ValueError that names both."""
    for own, shape in [((2, 3), (3, 3)), ((2, 3), (2,)), ((3,), (2, 3)), ((1, 3), (2, 3)), ((), (1,))]:
        refuses(ask, ValueError, walking.unbroadcast, np.ones(own), shape, naming=[own, shape])


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
    agree(ask, walking.unary, name, x, seed)


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
    agree(ask, walking.chain, names, within(x, 4), seed)


@task(2)
@points(2)
@share(2)
@given(x=arrays(dims=(0, 2), dtype=FLOATS, palettes=TINY))
def test_only_leaves_get_a_gradient(ask, x):
    """Results need a gradient if an operand does. Only leaves get one, and constants are left alone."""
    agree(ask, walking.constructed, x)


@task(2)
@points(1)
def test_integers_cannot_require_gradients(ask):
    """requires_grad=True is for floats: of integers and bools it is a RuntimeError that names the dtype."""
    for dtype in ("float32", "float64"):
        assert_close(ask(walking.leaf_of, np.ones(2), dtype), dtype)
        assert_close(ask(walking.leaf_of, np.ones(2, "int64"), dtype), dtype)
    for dtype in ("int64", "int32", "bool"):
        refuses(ask, RuntimeError, walking.leaf_of, np.ones(2), dtype, naming=[dtype])
        refuses(ask, RuntimeError, walking.leaf_of, np.ones(2, dtype), None, naming=[dtype])


@task(2)
@points(1)
@share(2)
@given(x=arrays(shape=st.sampled_from([(), (1,), (1, 1)]), dtype=FLOATS, palettes=TINY))
def test_backward_of_one_element_starts_with_one(ask, x):
    """Where the result has a single element, backward() needs no gradient: it is 1."""
    agree(ask, walking.default_seed, within(x, 4))


@task(2)
@points(1)
@share(2)
@given(x=arrays(dims=(0, 3), dtype=FLOATS, palettes=TINY), seed=seeds())
def test_backward_of_a_leaf_is_its_gradient(ask, x, seed):
    """backward of a leaf adds the gradient that is given, as an array or as a Tensor."""
    agree(ask, walking.of_a_leaf, x, seed)


@task(2)
@points(1)
def test_a_gradient_must_have_the_results_shape(ask):
    """A gradient that is missing, or has another shape, even one that broadcasts, is a ValueError that names shapes."""
    for form in ("array", "tensor"):
        agree(ask, walking.backward_with, np.ones((2, 3)), np.arange(6.0).reshape(2, 3), form)
        agree(ask, walking.backward_with, np.ones((2, 3), "float32"), np.arange(6).reshape(2, 3), form)
        for shape in ((3,), (1, 3), (3, 2), (2, 3, 1), ()):
            refuses(
                ask, ValueError, walking.backward_with, np.ones((2, 3)), np.ones(shape), form, naming=[(2, 3), shape]
            )
    for shape in ((2,), (2, 3), (0,)):
        refuses(ask, ValueError, walking.backward_with, np.ones(shape), None, "none", naming=[shape])


@task(2)
@points(1)
def test_backward_needs_something_that_needs_a_gradient(ask):
    """backward of a Tensor that needs no gradient is a RuntimeError."""
    for how in ("made", "computed"):
        refuses(ask, RuntimeError, walking.backward_of_a_constant, np.ones(2), how)


@task(2)
@points(2)
def test_a_long_chain_is_no_deep_recursion(ask):
    """Backward passes through 10,000 operations in a row (50,000 in a grade), and a graph of 4,000 can be dropped."""
    length = 50_000 if thorough() else 10_000
    agree(ask, walking.long_chain, np.array([0.5, 2.0]), length, 4_000, deadline=30.0)


# An altered result would alter these gradients: their rules may well use it.
USES_THE_RESULT = {
    "exp", "sqrt", "tanh", "log", "abs", "max", "maximum", "clip", "where", "var", "__pow__", "__rpow__",
    "__truediv__", "__rtruediv__",
}  # fmt: skip


@task(6)
@points(4)
@share(2)
@given(x=matrices(), delta=st.floats(0.25, 2.0), seed=seeds(), order=st.permutations(sorted(switching.SAMPLES)))
def test_what_runs_is_what_you_wrote(ask, x, delta, seed, order):
    """Each operation of kata 1, altered before autograd is switched on, gives its altered result afterwards too."""
    for name in order[:4]:
        got = ask(switching.altered, name, delta, x, seed)
        require(bool((np.abs(got["shift"]) > 0.1).all()), f"{name} altered by {delta}", f"by {got['shift']}")
        assert_close(got["on"], got["off"], "elementwise", f"{name} with autograd on")
        if name not in USES_THE_RESULT:
            right = ask(switching.sample, name, x, seed)["grad of a"]
            assert_close(got["grad"], right, name=f"gradient of the altered {name}")


@task(2)
@points(1)
@share(5)
@given(x=arrays(dims=(1, 2), palettes=("normal",)))
def test_operations_are_wrapped_once_around_yours(ask, x):
    """Tensor.exp.__wrapped__ is your own method, and so for every operation; switching on twice changes nothing."""
    agree(ask, switching.wrapped, sorted(switching.SAMPLES), x)


@task(2)
@points(2)
@share(3)
@given(x=arrays(dims=(2, 2), palettes=("normal", "plain")), seed=seeds())
def test_tensors_from_before_work(ask, x, seed):
    """Tensors, views and Parameters that are older than autograd work with it, and Parameters need gradients."""
    agree(ask, switching.made_before, x, fill(x.shape, seed, "float64", "normal"))


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
    agree(ask, walking.program, leaves, list(needs[:count]), steps, seed)


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
        agree(ask, walking.diamonds, x, kinds[:few])


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
    agree(ask, walking.with_itself, op, fill((n, n), seed, dtype, "positive"), seed)


@task(3)
@points(2)
@share(2)
@given(x=arrays(dims=(0, 2), palettes=TINY), seeds=st.lists(seeds(), min_size=1, max_size=3))
def test_gradients_accumulate_until_they_are_forgotten(ask, x, seeds):
    """Every backward pass adds to grad, in any number of graphs, until zero_grad makes it None."""
    agree(ask, walking.accumulated, x, seeds)


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
    agree(ask, walking.shared, kinds[choice], a.astype(dtype), b.astype(dtype), seed)


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
    agree(ask, walking.mixed, op, a, b, forms, 0)


@task(5)
@points(2)
@share(3)
@given(x=arrays(dims=(1, 2), palettes=("normal",), empty=False), seed=seeds())
def test_a_method_that_calls_methods_is_one_operation(ask, x, seed):
    """tanh written with exp and /, mean with sum: however your kata 1 is written, gradients are counted once."""
    agree(ask, switching.composed_method, within(x, 4), seed)


@task(6)
@points(1)
@share(5)
@given(x=arrays(dims=(1, 2), palettes=("positive",)), seed=seeds())
def test_results_are_new_tensors(ask, x, seed):
    """A method of kata 1 that gives its operand itself back, where nothing changes, is still an operation of its own."""
    agree(ask, switching.operand_given_back, x, seed)
