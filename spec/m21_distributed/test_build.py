"""Build: lines and clocks, and sums that all get."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, share, task

from . import draws, oracles, probes

FUNCTIONS = ["all_reduce_naive", "reduce_scatter", "all_gather", "all_reduce_ring"]
TASK_OF = {"all_reduce_naive": 2, "broadcast_first": 2, "reduce_scatter": 3, "all_gather": 3, "all_reduce_ring": 3}


def table(*names):
    """One row for each function, in its task."""
    return pytest.mark.parametrize("name", [pytest.param(name, marks=task(TASK_OF[name])) for name in names])


# ------------------------------------------------------------- 1. lines and clocks


@task(1)
@points(3)
@pytest.mark.parametrize("scenes", list(draws.SCENES))
def test_lines_carry_one_message_at_a_time(ask, scenes):
    """Messages take their time of both lines, which wait for each other, for the sender, and for nothing else."""
    for ops in draws.SCENES[scenes]:
        agree(ask, probes.happened, ops, draws.HOPS)


@task(1)
@points(6)
@given(story=draws.stories())
def test_clocks_tell_when_everything_happens(ask, story):
    """Whatever is computed, sent and received: clocks, counts and arrays are those of the rules, and nobody shares memory."""
    agree(ask, probes.happened, story["ops"], story["settings"])


@task(1)
@points(3)
def test_what_cannot_be_sent_is_refused(ask):
    """Unknown and lost workers, oneself, other things than arrays, and messages that never come are refused, by name."""
    one, settings = np.ones(1), {"workers": 2}
    for worker in (2, -1):
        for op in (("send", 0, worker, one), ("send", worker, 0, one), ("receive", 0, worker), ("compute", worker, 1.0),
                   ("receive", worker, 0), ("lose", worker)):  # fmt: skip
            refuses(ask, IndexError, probes.happened, [op], settings, naming=[worker])
    for op in (("send", 0, 1, one), ("send", 1, 0, one), ("receive", 0, 1), ("compute", 1, 1.0), ("lose", 1)):
        refuses(ask, ConnectionError, probes.happened, [("lose", 1), op], settings, naming=[1])
    refuses(ask, ValueError, probes.happened, [("send", 1, 1, one)], settings, naming=[1])
    refuses(ask, TypeError, probes.sent_text, naming=["list"])
    wrong_way = [("send", 0, 1, one), ("receive", 0, 1)]
    twice = [("send", 0, 1, one), ("receive", 1, 0), ("receive", 1, 0)]
    lost = [("send", 0, 1, one), ("send", 2, 1, one), ("lose", 2), ("receive", 1, 0)]
    for ops in ([("receive", 1, 0)], wrong_way, twice, lost):
        refuses(ask, RuntimeError, probes.happened, ops, {"workers": 3}, naming=[0, 1])
    refuses(ask, ValueError, probes.happened, [("compute", 0, -1.5)], settings, naming=[-1.5])
    for wrong in ({"workers": 0}, {"workers": -2}):
        refuses(ask, ValueError, probes.happened, [], wrong, naming=[wrong["workers"]])
    for name in ("latency", "seconds_per_byte"):
        refuses(ask, ValueError, probes.happened, [], {"workers": 2, name: -0.5}, naming=[-0.5])


# ------------------------------------------------------------ 2. and 3. sums for all


@task(2)
@points(2)
@given(parts=st.integers(1, 7), length=st.integers(0, 16))
def test_pieces_differ_by_one_at_most(ask, parts, length):
    """Pieces follow each other from 0 to the end, none is more than one larger than another, and larger ones come first."""
    agree(ask, probes.bounds, length, parts, kind="exact")


@task(2)
@points(1)
def test_what_cannot_be_cut_is_refused(ask):
    """Less than one part, and less than nothing, are a ValueError that names the number; many parts of little are not."""
    agree(ask, probes.bounds, 2, 5, kind="exact")
    for parts in (0, -3):
        refuses(ask, ValueError, probes.bounds, 4, parts, naming=[parts])
    refuses(ask, ValueError, probes.bounds, -4, 2, naming=[-4])


@table("broadcast_first", *FUNCTIONS)
@points(2)
@share(2)
@given(case=draws.bringing())
def test_everybody_gets_what_is_right(ask, name, case):
    """Any number of workers, in any order, and arrays of any shape and dtype: results are right to the last bit."""
    arrays = [array.reshape(-1) for array in case["arrays"]] if name == "all_gather" else case["arrays"]
    agree(ask, probes.together_results, name, arrays, case["workers"], case["group"], kind="exact")


DECISIVE = [
    (workers, group, shape, dtype)
    for workers, group in [(1, None), (2, None), (3, None), (4, None), (5, (4, 1, 3))]
    for shape, dtype in [((7,), "float32"), ((2,), "float64"), ((), "float32"), ((0,), "float64"), ((2, 5), "int64")]
]


@table("broadcast_first", *FUNCTIONS)
@points(2)
def test_nobody_shares_memory(ask, name):
    """Results share memory neither with each other nor with what was given; all that was sent was received."""
    for workers, group, shape, dtype in DECISIVE:
        size = len(group or range(workers))
        arrays = [np.asarray(np.arange(np.prod(shape)).reshape(shape) + 10 * place, dtype) for place in range(size)]
        arrays = [array.reshape(-1) for array in arrays] if name == "all_gather" else arrays
        got = ask(probes.together, name, arrays, workers, group)
        want = oracles.together_results(name, arrays, workers, group)
        assert_close(got["results"], want, "exact", f"results of {size} workers")
        assert_close(got["some share memory"], False, "exact", f"whether results of {size} workers share memory")
        assert_close(got["never received"], 0, "exact", "messages nobody received")


@table("all_reduce_naive", "all_reduce_ring")
@points(1)
@share(2)
@given(case=draws.bringing(dtypes=("float32", "float64"), shapes=((9,), (2, 3), (5,)), palette="normal"))
def test_all_get_the_same_bits(ask, name, case):
    """Sums that have to be rounded are rounded alike for all: the same bits on every worker."""
    results = ask(probes.together_results, name, case["arrays"], case["workers"], case["group"])
    want = np.sum(np.stack(case["arrays"]).astype("float64"), axis=0)
    scale = np.sum(np.abs(np.stack(case["arrays"]).astype("float64")), axis=0)
    limit = 1e-6 if case["arrays"][0].dtype == "float32" else 1e-12
    require(bool((np.abs(results[0] - want) <= limit * scale).all()), f"about {want}", f"{results[0]}")
    for worker, result in enumerate(results):
        assert_close(result, results[0], "exact", f"result {worker}, of the first one's bits")


@table("broadcast_first", "all_reduce_naive")
@points(2)
@share(2)
@given(workers=st.integers(1, 6), numbers=st.sampled_from([6, 1, 13]), dtype=st.sampled_from(["float32", "float64"]))
def test_one_worker_carries_all(ask, name, workers, numbers, dtype):
    """The first worker sends one message to each of the others; in a sum, each of them has sent it one before."""
    got = ask(probes.together, name, [np.ones(numbers, dtype)] * workers, workers)
    back = int(name == "all_reduce_naive")
    each = [workers - 1] + [back] * (workers - 1)
    size = np.ones(numbers, dtype).nbytes
    lines = sorted([(0, w) for w in range(1, workers)] + [(w, 0) for w in range(1, workers)] * back)
    want = {"messages": each, "bytes": [size * n for n in each], "lines": lines, "never received": 0}
    assert_close({key: got[key] for key in want}, want, "exact")


@table("reduce_scatter", "all_gather", "all_reduce_ring")
@points(3)
@given(
    group=st.sampled_from([(4, None), (3, None), (2, None), (1, None), (5, (3, 0, 4)), (5, None), (3, (2, 1))]),
    pieces=st.sampled_from([1, 3, 2]), dtype=st.sampled_from(["float32", "float64"]),
)  # fmt: skip
def test_a_ring_shares_the_work_evenly(ask, name, group, pieces, dtype):
    """Everybody sends an N-th of the size to the next one, N - 1 times, or twice as often for both ways round."""
    workers, order = group
    ring = list(range(workers)) if order is None else list(order)
    size = len(ring)
    numbers = pieces * (1 if name == "all_gather" else size)
    got = ask(probes.together, name, [np.ones(numbers, dtype)] * size, workers, order)
    turns = (size - 1) * (2 if name == "all_reduce_ring" else 1)
    piece = np.ones(pieces, dtype).nbytes
    want = {
        "messages": [turns if worker in ring else 0 for worker in range(workers)],
        "bytes": [turns * piece if worker in ring else 0 for worker in range(workers)],
        "lines": sorted({(a, b) for a, b in zip(ring, ring[1:] + ring[:1], strict=True) if a != b}),
        "never received": 0,
    }
    assert_close({key: got[key] for key in want}, want, "exact")


@table("all_reduce_ring", "reduce_scatter")
@points(2)
@given(workers=st.sampled_from([3, 4, 5, 2]), numbers=st.sampled_from([7, 2, 11, 1, 6]))
def test_rings_send_no_more_if_pieces_are_uneven(ask, name, workers, numbers):
    """Whatever the length, all messages together are (N - 1) times the array for each way round, and none is above one piece."""
    got = ask(probes.together, name, [np.ones(numbers)] * workers, workers)
    ways = 2 if name == "all_reduce_ring" else 1
    assert_close(sum(got["bytes"]), ways * (workers - 1) * numbers * 8, "exact", "bytes of all")
    turns, most = ways * (workers - 1), -(-numbers // workers) * 8
    require(max(got["messages"]) <= turns, f"at most {turns} messages of a worker", f"{got['messages']}")
    require(max(got["bytes"]) <= turns * most, f"at most {turns * most} bytes of a worker", f"{got['bytes']}")


@table("broadcast_first", *FUNCTIONS)
@points(2)
@given(workers=st.sampled_from([3, 2, 4]), pieces=st.sampled_from([1, 2]), delta=st.sampled_from([1000.0, 3.0]))
def test_what_arrives_is_what_counts(ask, name, workers, pieces, delta):
    """Each message matters: if one is changed on its way, somebody's result changes by just that, and nobody's by more."""
    arrays = [np.arange(float(workers * pieces)) * 10 + worker for worker in range(workers)]
    asked = ask(probes.together, name, arrays, workers)
    for number in range(sum(asked["messages"])):
        got = ask(probes.together_results, name, arrays, workers, None, (number, delta))
        off = [mine - right for mine, right in zip(got, asked["results"], strict=True)]
        changed = any((o == delta).any() for o in off)
        others = all(((o == delta) | (o == 0)).all() for o in off)
        wanted = f"results that change by {delta} when message {number} does"
        require(changed and others, wanted, f"changes of {[o.tolist() for o in off]}")


@task(3)
@points(1)
def test_a_network_is_used_again(ask):
    """A second call on the same network has its own results."""
    for workers in (2, 3):
        arrays = [np.arange(4.0) + 10 * worker for worker in range(workers)]
        for name in FUNCTIONS:
            agree(ask, probes.together_again, name, arrays, [array * 7 for array in arrays], kind="exact")


@table("broadcast_first", *FUNCTIONS)
@points(1)
def test_arrays_that_do_not_fit_are_refused(ask, name):
    """Too many arrays, other shapes or dtypes, and workers that come twice are refused by name; nothing was given, nothing sent."""
    one, four = np.ones((2, 2)), np.ones(4)
    flat = four if name == "all_gather" else one
    for group, naming in [((1, 3, 1), [1]), ((3, 1, 2, 1), [1]), ((), [])]:
        arrays = [flat] * max(1, len(group)) if name == "broadcast_first" else [flat] * len(group)
        refuses(ask, ValueError, probes.together, name, arrays, 4, group, naming=naming)
        got = ask(probes.sent_by_refused, name, arrays, 4, group)
        want = {"error": "ValueError", "messages": 0, "bytes": 0}
        assert_close(got, want, "exact", f"before the group {group} is refused")
    if name == "broadcast_first":
        return
    refuses(ask, ValueError, probes.together, name, [flat] * 2, 3, None, naming=[2, 3])
    refuses(ask, ValueError, probes.together, name, [flat] * 3, 4, (1, 2), naming=[3, 2])
    refuses(ask, ValueError, probes.together, name, [flat, flat.astype("float32")], 2, naming=["float32", "float64"])
    if name != "all_gather":
        refuses(ask, ValueError, probes.together, name, [one, four], 2, naming=[(2, 2), (4,)])
        refuses(ask, ValueError, probes.together, name, [one, np.ones((2, 1))], 2, naming=[(2, 2), (2, 1)])
