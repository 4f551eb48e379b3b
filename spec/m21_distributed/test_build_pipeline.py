"""Build: who does what in a pipeline, when, and what it costs to wait and to keep."""

import itertools

import pytest
from hypothesis import strategies as st

from spec.kit import agree, given, points, refuses, share, task

from . import oracles, probes

ORDERS = ["gpipe_order", "one_f_one_b_order"]


@task(7)
@points(4)
@pytest.mark.parametrize("name", ORDERS)
def test_stages_know_what_to_do_next(ask, name):
    """For every stage of every pipeline: each microbatch forward and backward once, in the order that has this name."""
    for stages in (1, 2, 3, 4):
        for microbatches in (1, 2, 3, 4, 6):
            for stage in range(stages):
                agree(ask, probes.order, name, stage, stages, microbatches, kind="exact")


@task(7)
@points(7)
@given(
    name=st.sampled_from(["one_f_one_b_order", "gpipe_order", "one_by_one"]), stages=st.integers(1, 4),
    microbatches=st.sampled_from([3, 1, 5, 2, 4]), hop=st.sampled_from([0.0, 0.25, 3.0]),
    forward=st.lists(st.sampled_from([1.0, 0.5, 2.0, 4.0]), min_size=4, max_size=4),
    backward=st.lists(st.sampled_from([2.0, 1.0, 0.5, 8.0]), min_size=4, max_size=4),
)  # fmt: skip
def test_everything_begins_as_soon_as_it_can(ask, name, stages, microbatches, hop, forward, backward):
    """Nothing begins before what it needs has arrived, or while its stage is busy; and nothing begins later than that."""
    orders = oracles.orders_of(name, stages, microbatches)
    agree(ask, probes.pipeline, orders, forward[:stages], backward[:stages], hop)


@task(7)
@points(6)
def test_slow_stages_and_long_ways_hold_up_the_others(ask):
    """A stage that is slower than the others, at any place, and ways that take time, forward and back."""
    for name, slow in itertools.product([*ORDERS, "one_by_one"], range(3)):
        orders = oracles.orders_of(name, 3, 4)
        forward = [3.0 if stage == slow else 1.0 for stage in range(3)]
        backward = [5.0 if stage == slow else 2.0 for stage in range(3)]
        for hop in (0.0, 0.5, 10.0):
            agree(ask, probes.pipeline, orders, forward, backward, hop)


@task(7)
@points(1)
def test_pipelines_that_wait_for_ever_are_refused(ask):
    """Backward before forward, and stages that wait for each other, are a RuntimeError that names a stage and a microbatch."""
    refuses(ask, RuntimeError, probes.pipeline, [[("backward", 7), ("forward", 7)]], [1.0], [1.0], 0.0, naming=[0, 7])
    crossed = [[("forward", 5), ("backward", 5), ("forward", 6), ("backward", 6)], [("forward", 6), ("forward", 5)]]
    refuses(ask, RuntimeError, probes.pipeline, crossed, [1.0] * 2, [1.0] * 2, 0.0)
    never = [[("forward", 0)], [("forward", 0), ("forward", 3)]]
    refuses(ask, RuntimeError, probes.pipeline, never, [1.0] * 2, [1.0] * 2, 0.0, naming=[1, 3])


@task(7)
@points(4)
@pytest.mark.parametrize("name", ["idle_share", "most_held"])
@share(2)
@given(
    order=st.sampled_from(["gpipe_order", "one_f_one_b_order", "one_by_one"]), stages=st.integers(1, 4),
    microbatches=st.sampled_from([4, 1, 3, 6]), hop=st.sampled_from([0.0, 0.25]),
    forward=st.lists(st.sampled_from([1.0, 0.5, 2.0]), min_size=4, max_size=4),
)  # fmt: skip
def test_what_waiting_and_keeping_come_to(ask, name, order, stages, microbatches, hop, forward):
    """The bubble is the share of all stages' time in which nobody works; held is the most between forward and backward."""
    orders = oracles.orders_of(order, stages, microbatches)
    for backward in ([1.0] * stages, [2.0] * stages):
        agree(ask, probes.about_slots, name, oracles.pipeline(orders, forward[:stages], backward, hop))
    slots = oracles.pipeline(oracles.orders_of(order, 3, 4), [1.0, 2.0, 1.0], [1.0] * 3, 0.5)
    agree(ask, probes.about_slots, name, slots[::-1])
    agree(ask, probes.about_slots, name, [slot for slot in slots if slot[0] != 1])
