"""Build: what modules and containers do: paths, trees, saving and loading."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, refuses, require, seeds, task
from spec.kit.compare import show

from . import layers, probes
from .strategies import (
    FLOATS,
    assignments,
    inputs,
    keys_of,
    node_of,
    owned_by,
    plans,
    saved_plans,
    sequence_for,
    states_of,
    wirings,
)

PREFIXES = st.sampled_from(("", "model", "net.body"))

# ------------------------------------------------------------------------ task 1: parameters


@task(1)
@points(2)
@given(plan=plans(), prefix=PREFIXES)
def test_parameters_are_found_by_path_in_order(ask, plan, prefix):
    """Parameters are found by the path of attributes that leads to them, in PyTorch's order; nothing else is."""
    agree(ask, probes.named_parameters, plan, prefix, kind="exact")


@task(1)
@given(value=st.floats(-9, 9))
def test_what_is_assigned_is_read_back_and_found(ask, value):
    """Whatever is assigned to an attribute is read back, and Parameters and Modules are found, as that very object."""
    agree(ask, probes.attributes, value)


@task(1)
@points(2)
@given(holders=st.lists(st.lists(st.integers(0, 3), max_size=3), min_size=1, max_size=3))
def test_a_shared_parameter_is_listed_once(ask, holders):
    """A Parameter that has several paths is listed once, under the first."""
    agree(ask, probes.shared_parameters, holders)


@task(1)
@points(2)
@given(steps=assignments())
def test_only_what_an_attribute_holds_now_is_listed(ask, steps):
    """After attributes are assigned anew, set to None or deleted, what they used to hold is no longer listed."""
    agree(ask, probes.after_steps, steps)


@task(1)
@given(n=st.integers(1, 4), position=st.integers(0, 3))
def test_a_new_parameter_takes_the_place_of_the_old(ask, n, position):
    """A Parameter under a registered name takes the old one's place in the order."""
    agree(ask, probes.one_replaced, n, position % n)


@task(1)
@given(kind=st.sampled_from(("parameter", "module")))
def test_a_deleted_attribute_is_gone(ask, kind):
    """Reading an attribute after it was deleted is an AttributeError."""
    refuses(ask, AttributeError, probes.read_deleted, kind)


@task(1)
@given(x=arrays(dims=(2, 2), empty=False))
def test_what_is_computed_from_a_parameter_is_not_one(ask, x):
    """A result of operations on Parameters, kept in an attribute, is not listed."""
    agree(ask, probes.computed, x)


@task(1)
@points(2)
@given(kind=st.sampled_from(("parameter", "buffer")), value=st.sampled_from(("tensor", "array", "list")))
def test_a_parameter_is_not_lost_by_accident(ask, kind, value):
    """A plain Tensor over a Parameter, or an array over a buffer, is a TypeError that names the attribute."""
    refuses(ask, TypeError, probes.overwrite, "parameter" if value == "tensor" else kind, value, naming=["weight"])


@task(1)
@given(kind=st.sampled_from(("parameter", "module")))
def test_a_forgotten_super_init_loses_nothing_silently(ask, kind):
    """Without super().__init__(), either the parameters are found all the same, or AttributeError names __init__."""
    reply = ask.attempt(probes.forgot_super, kind)
    if reply.error is None:
        require(
            reply.value == (1 if kind == "parameter" else 2), "all parameters, or an AttributeError", show(reply.value)
        )
    else:
        refuses(ask, AttributeError, probes.forgot_super, kind, naming=["__init__"])


# ------------------------------------------------------------------------ task 2: trees


@task(2)
@points(3)
@given(children=wirings(), owned=owned_by("children"), prefix=PREFIXES)
def test_modules_are_visited_once_and_depth_first(ask, children, owned, prefix):
    """Modules are listed depth first, each once, even if they are shared or contain each other; as in PyTorch."""
    agree(ask, probes.module_lists, children, owned, prefix)


@task(2)
@points(2)
@given(
    children=wirings(),
    first=node_of("children"),
    steps=st.lists(st.sampled_from(("eval", "train", False, True)), min_size=1, max_size=3),
)
def test_train_and_eval_reach_every_module_below(ask, children, first, steps):
    """A new module is in training mode; train and eval set it and all below it, nothing else, and return it."""
    agree(ask, probes.modes, children, first, steps)


@task(2)
@given(x=arrays(dims=(0, 2)), factor=st.integers(-3, 3).map(float), shift=st.integers(-3, 3).map(float))
def test_calling_a_module_calls_its_forward(ask, x, factor, shift):
    """Calling a module gives what its forward returns, whatever the arguments and the result are."""
    agree(ask, probes.called, x, factor, shift, kind="elementwise")


# ------------------------------------------------------------------------ task 4: saving and loading


@task(4)
@points(2)
@given(plan=plans(("parameter", "buffer", "tensor", "number")))
def test_a_state_is_pytorchs(ask, plan):
    """state_dict has PyTorch's paths in PyTorch's order: own Parameters, own buffers, then the children."""
    agree(ask, probes.state_dict, plan, kind="exact")


@task(4)
@given(plan=saved_plans())
def test_a_state_is_a_snapshot(ask, plan):
    """A saved state does not change with the model, nor the model with a saved state."""
    agree(ask, probes.snapshot, plan, kind="exact")


@task(4)
@points(2)
@given(plan=saved_plans(), state=states_of("plan", FLOATS), tensors=st.booleans())
def test_loading_copies_values_into_the_same_parameters(ask, plan, state, tensors):
    """Loading writes arrays or Tensors into the Parameters that are there, in place; dtypes stay, nothing is shared."""
    agree(ask, probes.loaded, plan, state, tensors, kind="exact")


def _nothing_changed(ask, before):
    assert_close(ask(probes.current), before, "exact", "model afterwards")


@task(4)
@points(2)
@given(
    plan=saved_plans(),
    state=states_of("plan"),
    key=keys_of("state"),
    how=st.sampled_from(("missing", "unexpected", "renamed")),
)
def test_loading_refuses_names_that_do_not_match(ask, plan, state, key, how):
    """A path on one side only is a KeyError that names it, and nothing of the state is loaded."""
    before = ask(probes.start, plan)
    wrong = {path: array for path, array in state.items() if path != key or how == "unexpected"}
    if how != "missing":
        wrong[f"{key}_old"] = state[key]
    named = {"missing": [key], "unexpected": [f"{key}_old"], "renamed": [key, f"{key}_old"]}[how]
    refuses(ask, KeyError, probes.load, wrong, True, naming=named)
    _nothing_changed(ask, before)


@task(4)
@points(2)
@given(
    plan=saved_plans(),
    state=states_of("plan"),
    key=keys_of("state"),
    how=st.sampled_from(("one", "more", "column", "row")),
)
def test_loading_refuses_other_shapes_even_if_they_broadcast(ask, plan, state, key, how):
    """Another shape is a ValueError that names the path and both shapes, and nothing of the state is loaded."""
    before = ask(probes.start, plan)
    right = state[key].shape
    shape = {"one": (1,) if right != (1,) else (), "more": (right[0] + 1,), "column": (*right, 1), "row": (1, *right)}[
        how
    ]
    wrong = {**state, key: np.full(shape, 5.0, np.float32)}
    refuses(ask, ValueError, probes.load, wrong, True, naming=[key, shape, right])
    _nothing_changed(ask, before)


@task(4)
@points(2)
@given(plan=saved_plans(), state=states_of("plan"), key=keys_of("state"))
def test_loading_can_be_told_to_leave_names_alone(ask, plan, state, key):
    """With strict=False, paths on one side only are left alone and returned."""
    before = ask(probes.start, plan)
    partial = {path: array for path, array in state.items() if path != key}
    got = ask(probes.load, {"nowhere.else": np.ones(1), **partial}, False)
    assert_close(got, [[key], ["nowhere.else"]], "exact", "missing, unexpected")
    want = {path: before[path] if path == key else array for path, array in state.items()}
    assert_close(ask(probes.current), want, "exact", "model afterwards")


@task(4)
@given(array=arrays(dims=(0, 2), dtype=st.sampled_from(("float32", "int64"))), seed=seeds())
def test_a_buffer_is_saved_but_not_learnt(ask, array, seed):
    """A registered buffer is in the state and not among the Parameters; a Tensor assigned to it is a buffer still."""
    agree(ask, probes.buffer, array, np.random.default_rng(seed).integers(0, 9, array.shape).astype(array.dtype))


@task(4)
@given(value=st.sampled_from((np.ones(2), 3.0, [1.0, 2.0])))
def test_a_buffer_is_a_tensor(ask, value):
    """A buffer that is not a Tensor is a TypeError that names it."""
    refuses(ask, TypeError, probes.register, value, naming=["running"])


@task(4)
@points(2)
@given(x=arrays(dims=(1, 2), dtype="float32", empty=False))
def test_a_tied_parameter_counts_once_and_is_saved_under_every_path(ask, x):
    """A Parameter in two modules is one Parameter, has two paths in the state, and stays one when it is loaded."""
    agree(ask, probes.tied, x, kind="exact")


@task(4)
@points(2)
@given(
    plan=plans(("parameter", "buffer")),
    dtype=st.sampled_from(("float64", "float16", "float32")),
    count=arrays((0, 1), "int64"),
)
def test_to_converts_floats_in_the_same_parameters(ask, plan, dtype, count):
    """to(dtype) converts floats and leaves integers; the Parameters are the same objects, shared ones still shared."""
    agree(ask, probes.converted, plan, dtype, count, kind="exact")


# ------------------------------------------------------------------------ task 7: containers

CONTAINERS = st.sampled_from(("Sequential", "ModuleList"))


@task(7)
@points(1)
@given(weight=arrays(shape=(3, 3), dtype="float64"), x=arrays(shape=(2, 3), dtype="float64"))
def test_an_item_that_stands_twice_runs_twice(ask, weight, x):
    """A module that a Sequential holds in two places runs in both, and has a name for each."""
    agree(ask, layers.sequential, [["linear", weight, weight[0]], ["object", "Tanh"], ["again", 0], ["again", 1]], x)


@task(7)
@points(1)
@given(x=inputs(dims=(2, 2), dtype=FLOATS), items=sequence_for("x"))
def test_sequential_runs_its_items_in_order(ask, x, items):
    """A Sequential gives what its items give one after another, and names its Parameters as PyTorch does."""
    agree(ask, layers.sequential, items, x)


@task(7)
@points(2)
@given(kind=CONTAINERS, n=st.integers(0, 12), grown=st.integers(0, 2))
def test_containers_keep_their_items_in_order(ask, kind, n, grown):
    """A container has its items in the order in which they came, also the eleventh, and numbers them from 0."""
    agree(ask, layers.contents, kind, n, grown)


@task(7)
@points(2)
@given(
    kind=CONTAINERS,
    n=st.integers(1, 5),
    index=st.integers(-5, 4)
    | st.builds(slice, *[st.none() | st.integers(-5, 5)] * 2, st.sampled_from((None, 2, 1, -1))),
)
def test_containers_are_indexed_like_lists(ask, kind, n, index):
    """An index counts from either end, and a slice gives a container of the same kind with the same items."""
    agree(ask, layers.indexed, kind, n, index if isinstance(index, slice) else index % (2 * n) - n)


@task(7)
@given(kind=CONTAINERS, n=st.integers(0, 4), beyond=st.integers(0, 3), negative=st.booleans())
def test_containers_refuse_an_index_that_is_not_there(ask, kind, n, beyond, negative):
    """An index without an item is an IndexError that names it."""
    index = -n - 1 - beyond if negative else n + beyond
    refuses(ask, IndexError, layers.indexed, kind, n, index, naming=[index])


@task(7)
@points(2)
@given(kind=CONTAINERS, n=st.integers(1, 4), index=st.integers(-4, 3), by_name=st.booleans())
def test_a_replaced_item_is_replaced_for_good(ask, kind, n, index, by_name):
    """An item replaced by index or by its name is the one that runs, is found and is listed."""
    agree(ask, layers.replaced, kind, n, index % (2 * n) - n, by_name, kind="exact")


@task(7)
@points(2)
@given(
    case=st.sampled_from((("Sequential", "list"), ("Sequential", "None"), ("Sequential", "class")))
    | st.sampled_from((("ModuleList", "function"), ("ModuleList", "tensor"), ("ModuleList", "class"))),
    append=st.booleans(),
)
def test_containers_refuse_what_does_not_belong_in_them(ask, case, append):
    """What cannot run (in a Sequential) or is no Module (in a ModuleList) is a TypeError; so is a class."""
    refuses(ask, TypeError, layers.misplaced, *case, append)
