"""Build: what is not recorded, what becomes of a graph, and operations of your own."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, refuses, require, seeds, share, task, witnessed
from spec.kit.strategies import fill

from . import forgetting, oracles, own, walking
from .draws import FLOATS, TINY, other_operand, within

# ------------------------------------------------- 7. forgetting


@task(7)
@points(3)
@share(3)
@given(x=arrays(dims=(1, 2), palettes=TINY, empty=False))
def test_no_grad_is_over_when_its_block_is(ask, x):
    """Nothing is recorded inside no_grad, nested or not; afterwards all is as before, also after an exception."""
    agree(ask, forgetting.without_recording, x)


@task(7)
@points(1)
def test_no_grad_is_for_its_own_thread(ask):
    """While one thread is inside no_grad, another one records."""
    agree(ask, forgetting.in_another_thread, np.array([1.0, 2.0]), deadline=15.0)


@task(7)
@points(1)
@share(3)
@given(x=arrays(dims=(1, 2), palettes=TINY, empty=False), seed=seeds())
def test_detach_shares_numbers_and_no_history(ask, x, seed):
    """detach gives a new Tensor on the same memory that counts as a constant."""
    agree(ask, forgetting.detached, x, seed)
    refuses(ask, RuntimeError, walking.backward_of_a_constant, x, "detached")
    refuses(ask, RuntimeError, walking.backward_of_a_constant, x, "under no_grad")


@task(7)
@points(2)
@given(
    x=arrays(dims=(0, 2), palettes=("tiny", "ties"), empty=False),
    retain=st.lists(st.booleans(), min_size=2, max_size=4),
)
def test_a_graph_can_be_walked_once_unless_it_is_kept(ask, x, retain):
    """A second backward pass is a RuntimeError, unless retain_graph kept the graph; then gradients add up."""
    agree(ask, forgetting.backward_again, x, retain)
    refuses(ask, RuntimeError, forgetting.again, x)


@task(7)
@points(3)
@witnessed
@pytest.mark.parametrize("run", [True, False], ids=["after backward", "dropped"])
def test_nothing_on_the_way_stays_alive(ask, run):
    """After backward, with its result still there, and after a graph is dropped, no Tensor on the way is left."""
    agree(ask, forgetting.left_alive, np.array([0.5, -1.0]), run)


@task(7)
@points(3)
@witnessed
def test_backward_gives_memory_back(ask):
    """After backward passes whose results are kept, what the graphs had kept is free again."""
    got = ask(forgetting.bytes_after_backward, 5_000, 20, 3)
    want = 3 * np.ones(3)
    x = np.linspace(-1, 1, 5_000)[:3]
    for _ in range(20):
        want, x = want * (1 - np.tanh(x) ** 2), np.tanh(x)
    assert_close(got["grad"], want)
    arrays_left = got["left"] / got["one array"]
    require(arrays_left < 3, "the gradient, and less than two arrays more", f"{arrays_left:.1f} arrays of 60")


NEEDED = [case for case in forgetting.CHANGES if case not in oracles.CHANGES]


@task(7)
@points(4)
@given(
    case=st.sampled_from([case for case in NEEDED if "checkpoint" not in case]),
    x=arrays(shape=(2, 2), palettes=("positive",)),
    w=arrays(shape=(2, 2), palettes=("positive",)),
)
def test_a_value_that_backward_needs_must_not_change(ask, case, x, w):
    """add_, mul_, copy_, zero_ or t[i] = … on a value that backward needs, or on a view of it, is a RuntimeError."""
    refuses(ask, RuntimeError, forgetting.changed_before_backward, case, x, w)


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
    right_or_refused(ask, forgetting.changed_before_backward, case, x, w)
    right_or_refused(ask, forgetting.constant_from_a_leaf, how, x)


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
    agree(ask, forgetting.harmless_changes, x, w, seed)


@task(7)
@points(1)
@share(3)
@given(x=arrays(shape=(2,), palettes=TINY), w=arrays(shape=(2,), palettes=TINY))
def test_a_refused_pass_leaves_no_gradients(ask, x, w):
    """Where a backward pass is refused, no leaf has got a part of its gradient."""
    agree(ask, forgetting.after_a_refused_pass, x, w)


@task(7)
@points(3)
@given(name=st.sampled_from(list(forgetting.HARMLESS)), seed=seeds(), dtype=FLOATS)
def test_a_change_of_what_no_rule_needs_is_harmless(ask, name, seed, dtype):
    """Where the way back looks at no value of an operand, as in a + b, the operand may change in place after its use."""
    agree(ask, forgetting.harmless_change, name, fill((2, 3), seed, dtype, "positive") / 4)


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
        agree(ask, own.own_function, name, [a, b], forms, seed)
    else:
        agree(
            ask,
            own.own_function,
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
    agree(ask, own.own_function_on_constants, x)


@task(8)
@points(1)
def test_a_function_must_return_a_gradient_for_each_argument(ask):
    """Too few or too many gradients are a RuntimeError, one of a wrong shape a ValueError."""
    for how, error in [("one for two", RuntimeError), ("three for two", RuntimeError), ("another shape", ValueError)]:
        refuses(ask, error, own.wrong_function, how, np.ones((2, 3)))


@task(8)
@points(2)
@given(
    name=st.sampled_from(sorted(own.CHECKED)),
    needs=st.sampled_from([(True, True), (True, False)]),
    n=st.sampled_from([2, 1]),
    seed=seeds(),
)
def test_gradcheck_trusts_right_gradients(ask, name, needs, n, seed):
    """gradcheck says True of right gradients, and leaves the inputs and their gradients alone."""
    a, b = (fill((n, n), seed + i, "float64", "positive") for i in range(2))
    agree(ask, own.checked, name, a, b, list(needs))
    agree(ask, own.checked_alone, a)


@task(8)
@points(3)
@given(mistake=st.sampled_from(sorted(own.MISTAKES)), seed=seeds(), shape=st.sampled_from([(3,), (2, 2)]))
def test_gradcheck_finds_wrong_gradients(ask, mistake, seed, shape):
    """gradcheck finds a wrong gradient of any element of any input: False, or a RuntimeError that names the input."""
    a, b = fill(shape, seed, "float64", "positive") + 1, fill(shape, seed + 1, "float64", "positive") + 6
    assert_close(ask(own.check_mistake, mistake, a, b, False), False, name="the verdict")
    first = mistake in ("a factor", "the other operand's", "upstream ignored")
    refuses(ask, RuntimeError, own.check_mistake, mistake, a, b, True, naming=[0 if first else 1])


@task(8)
@points(1)
def test_gradcheck_refuses_what_it_cannot_check(ask):
    """Inputs of float32, where small steps are lost, are a ValueError that names the dtype; so is no input to check."""
    refuses(ask, ValueError, own.check_unfit, np.ones(2, "float32"), True, naming=["float32"])
    refuses(ask, ValueError, own.check_unfit, np.ones(2), False)


@task(8)
@points(3)
@share(2)
@given(rows=st.integers(1, 3), depth=st.integers(1, 3), needs=st.booleans(), seed=seeds())
def test_checkpoint_has_the_same_gradients(ask, rows, depth, needs, seed):
    """With checkpoints, values and gradients are the same: of the input, and of Parameters that only the inside uses."""
    x = fill((rows, 2), seed, "float64", "normal")
    weights = [fill((2, 2), seed + 1 + n, "float64", "normal") for n in range(depth)]
    agree(ask, own.checkpointed, x, weights, needs, seed)


@task(8)
@points(1)
@given(seed=seeds(), dtype=FLOATS)
def test_a_checkpoint_is_walked_inside_no_grad_as_well(ask, seed, dtype):
    """backward of a checkpoint gives the same gradients where nothing is recorded."""
    x, weight = (fill((2, 3), seed + n, dtype, "positive") / 4 for n in range(2))
    agree(ask, own.checkpoint_walked_without_recording, x, weight)


@task(8)
@points(1)
@share(3)
@given(x=arrays(dims=(0, 2), palettes=TINY))
def test_checkpoint_of_constants_is_a_constant(ask, x):
    """checkpoint takes any arguments; where none needs a gradient, or inside no_grad, the result needs none."""
    agree(ask, own.checkpoint_of_constants, x)


@task(8)
@points(1)
@share(5)
@given(x=arrays(shape=(2, 2), palettes=("positive",)), w=arrays(shape=(2, 2), palettes=("positive",)))
def test_a_checkpoint_sees_that_its_input_has_changed(ask, x, w):
    """An input of checkpoint that has changed in place when it is computed again is a RuntimeError."""
    refuses(ask, RuntimeError, forgetting.changed_before_backward, "checkpoint(x * w), x.add_", x, w)


@task(8)
@points(3)
@witnessed
def test_checkpoint_keeps_less(ask):
    """A chain of 36 layers in checkpoints of 6 has the same gradient with less than 0.55 of the memory at its peak."""
    plain, saving = (ask(own.peak_of_checkpoints, 5_000, 36, segment) for segment in (0, 6))
    assert_close(saving["grad"], plain["grad"], name="gradient with checkpoints")
    require(plain["calls"] == 36, "36 calls without checkpoints", f"{plain['calls']}")
    require(saving["calls"] > 36, "layers that are computed a second time", f"{saving['calls']} calls")
    share = saving["peak"] / plain["peak"]
    require(share < 0.55, "less than 0.55 of the memory", f"{share:.2f}")
