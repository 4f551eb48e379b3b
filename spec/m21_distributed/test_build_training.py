"""Build: the same step on many workers, also if some are late or lost, and with a part of the state on each."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, task

from . import draws, oracles, training

SGD = ["SGD", {"lr": 0.1}]


def case_of(seed, rows, how):
    """Weights, batches and settings for the probes."""
    return draws.weights(seed), draws.batches_of(seed, rows, how["loss"]), how


# --------------------------------------------------------- 4. one step, many workers


@task(4)
@points(2)
@given(parts=st.integers(1, 6), rows=st.sampled_from([7, 6, 1, 3, 12, 0]), seed=seeds())
def test_shards_are_all_of_the_batch(ask, parts, rows, seed):
    """Shards follow each other, make up the batch, and differ by one row at most; inputs and targets are cut alike."""
    rng = np.random.default_rng(seed)
    batch = [rng.standard_normal((rows, 2)).astype("float32"), np.arange(rows)]
    assert_close(ask(training.shards, batch, parts), oracles.shards(batch, parts), "exact")


@task(4)
@points(1)
def test_shards_that_are_not_there_are_refused(ask):
    """A part that does not exist is an IndexError, Tensors of different lengths are a ValueError; numbers are named."""
    batch = [np.ones((4, 2)), np.arange(4)]
    assert_close(ask(training.one_shard, batch, 2, 3), [np.ones((1, 2)), np.array([3])], "exact")
    for part in (3, -1):
        refuses(ask, IndexError, training.one_shard, batch, part, 3, naming=[part])
    refuses(ask, ValueError, training.one_shard, [np.ones((4, 2)), np.arange(5)], 0, 2, naming=[4, 5])


@task(4)
@points(2)
@given(seed=seeds(), count=st.sampled_from([4, 1, 7, 12, 0]), limit=st.sampled_from([100, 40, 1, 64, 1000]))
def test_buckets_are_filled_from_the_end(ask, seed, count, limit):
    """Gradients travel from the last to the first, each with the one before as long as that stays within the limit."""
    rng = np.random.default_rng(seed)
    sizes = [int(size) for size in rng.choice([4, 8, 40, 20, 60, 64, 120, 0], count)]
    agree(ask, training.buckets, sizes, limit, kind="exact")
    for some, most in [([40, 60, 100, 8], 100), ([60, 40], 100), ([60, 41], 100), ([500, 500], 1), ([8, 500, 8], 16)]:
        agree(ask, training.buckets, some, most, kind="exact")


@task(4)
@points(6)
@given(
    workers=st.sampled_from([3, 2, 4, 5, 1]), rows=st.sampled_from(draws.ROWS), optimizer=st.sampled_from(draws.OPTIMIZERS),
    loss=draws.LOSSES, bucket_bytes=st.sampled_from([1 << 20, 100, 1]), seed=seeds(),
)  # fmt: skip
def test_a_step_of_many_is_the_step_of_one(ask, workers, rows, optimizer, loss, bucket_bytes, seed):
    """Losses and weights after each batch are those of PyTorch on the whole batch, and all workers have the same bits."""
    how = {"workers": workers, "optimizer": optimizer, "loss": loss, "bucket_bytes": bucket_bytes}
    agree(ask, training.trained, *case_of(seed, rows, how))


@task(4)
@points(4)
@pytest.mark.parametrize("loss", ["mse_loss", "cross_entropy"])
def test_every_row_counts_the_same(ask, loss):
    """Shards of different sizes, and of no rows: still the gradient of the whole batch, on every one of 4 workers."""
    for optimizer in draws.OPTIMIZERS[:2]:
        for rows in (1, 2, 5, 7):
            how = {"workers": 4, "optimizer": optimizer, "loss": loss}
            agree(ask, training.trained, *case_of(rows, (rows, rows, 8), how))


@task(4)
@points(2)
@pytest.mark.parametrize("limit", [1 << 20, 100, 1])
def test_only_gradients_are_sent_and_all_at_once(ask, limit):
    """Each bucket is summed up once, as one flat array; the first weights go over the network once, and nothing else does."""
    for workers in (3, 2):
        how = {"workers": workers, "optimizer": SGD, "loss": "mse_loss", "bucket_bytes": limit}
        state, batches, _ = case_of(0, (6, 6), how)
        got = ask(training.sums_asked_for, state, batches, how)
        sizes = [array.size for array in state.values()]
        buckets = oracles.buckets([8 * size for size in sizes], limit)
        once = [
            {"arrays": [((sum(sizes[i] for i in bucket),), "float64")], "group": list(range(workers))}
            for bucket in buckets
        ]
        every = 8 * sum(array.size for array in state.values())
        want = {
            "asked": once * 2,
            "bytes of the first weights": [every * (workers - 1)] + [0] * (workers - 1),
            "bytes beside": [0] * workers,
        }
        assert_close(got, want, "exact")


@task(4)
@points(2)
@pytest.mark.parametrize("why", ["frozen", "unused"])
def test_what_nobody_has_a_gradient_for_is_not_sent(ask, why):
    """A parameter that no worker has a gradient for is left out of the buckets: it stays as it is, and its gradient stays None."""
    for workers, limit, optimizer in [(3, 1 << 20, draws.OPTIMIZERS[2]), (2, 1, draws.OPTIMIZERS[3])]:
        how = {"workers": workers, "optimizer": optimizer, "loss": "mse_loss", "bucket_bytes": limit, why: True}
        state, batches, _ = case_of(0, (6, 5), how)
        got = ask(training.left_out, state, batches, how)
        sizes = [array.size for name, array in state.items() if why == "unused" or name != "0.weight"]
        sums = [sum(sizes[i] for i in bucket) for bucket in oracles.buckets([8 * size for size in sizes], limit)] * 2
        for number, (want, brought) in enumerate(zip(sums, got["sizes"], strict=False)):
            require(want == brought, f"bucket {number}: {want} numbers expected", f"{brought} brought")
        assert_close(len(got["sizes"]), len(sums), "exact", "buckets in two steps")
        same = np.arange(1.0, 14.0) if why == "unused" else state["0.weight"]
        assert_close(got["weights"], [same] * workers, "exact", "what stays as it is")
        assert_close(got["gradients"], [None] * workers, "exact", "gradients of what has none")


@task(4)
@points(2)
def test_what_has_no_gradient_stays(ask):
    """Parameters that need no gradient stay as they are on all workers; the others are trained as if they were alone."""
    for optimizer in (draws.OPTIMIZERS[2], draws.OPTIMIZERS[3]):
        how = {"workers": 3, "optimizer": optimizer, "loss": "cross_entropy", "frozen": True}
        agree(ask, training.trained, *case_of(3, (7, 2), how))


@task(4)
@points(1)
def test_clocks_know_how_many_rows_there_were(ask):
    """Each worker computes for its rows before anything is sent; who has none, or is absent, computes nothing."""
    for rows, absent, want in [(7, (), [1.5, 1.0, 1.0]), (2, (), [0.5, 0.5, 0.0]), (9, (1,), [1.5, 0.0, 1.5])]:
        how = {"workers": 3, "optimizer": SGD, "loss": "mse_loss", "seconds_per_row": 0.5}
        state, batches, _ = case_of(1, (rows,), how)
        got = ask(training.computed, state, batches[0], how, absent)
        for when in ("before the sums", "after the step"):
            assert_close(got[when], want, "elementwise", f"seconds {when}, for {rows} rows, absent {absent}")


@task(4)
@points(1)
def test_a_step_without_rows_is_refused(ask):
    """Models or optimizers that are too few or too many, batches without rows, and strangers are refused by name."""
    state, (batch,), _ = case_of(0, (4,), {"loss": "mse_loss"})
    nothing = tuple(part[:0] for part in batch)
    refuses(ask, ValueError, training.refused, state, nothing, {"workers": 2}, ())
    refuses(ask, ValueError, training.refused, state, batch, {"workers": 2}, (0, 1))
    refuses(ask, ValueError, training.refused, state, batch, {"workers": 2}, (2,), naming=[2])
    refuses(ask, ValueError, training.refused, state, batch, {"workers": 3, "models": 2}, (), naming=[2, 3])
    refuses(ask, ValueError, training.refused, state, batch, {"workers": 3, "optimizers": 1}, (), naming=[1, 3])


@task(4)
@points(1)
def test_a_refused_step_changes_nothing(ask):
    """A step that is refused leaves parameters, gradients and clocks as they were, and has sent nothing."""
    how = {"workers": 2, "optimizer": SGD, "loss": "mse_loss", "seconds_per_row": 0.5}
    state, (batch,), _ = case_of(0, (5,), how)
    nothing = tuple(part[:0] for part in batch)
    for wrong, absent in [(nothing, ()), (batch, (0, 1)), (batch, (2,))]:
        got = ask(training.after_refusal, state, batch, how, wrong, absent)
        want = {"error": "ValueError", "nothing has changed": True}
        assert_close(got, want, "exact", f"a step with {len(wrong[0])} rows, absent {absent}")


@task(4)
@points(3)
@given(
    factors=st.sampled_from([(1.0, 2.0, -1.0), (0.0, 1.0, 0.0), (3.0, 0.5, 0.25)]), rows=st.sampled_from(draws.ROWS),
    loss=draws.LOSSES, bucket_bytes=st.sampled_from([1 << 20, 100, 1]), seed=seeds(),
)  # fmt: skip
def test_what_is_summed_up_is_each_ones_own(ask, factors, rows, loss, bucket_bytes, seed):
    """Each worker brings the gradient of its own rows, and what comes back is used: a sum that counts some more often shows it."""
    how = {"workers": 3, "optimizer": SGD, "loss": loss, "bucket_bytes": bucket_bytes}
    agree(ask, training.weighed, *case_of(seed, rows, how), factors)


# -------------------------------------------------------------------- 5. late and lost


@task(5)
@points(3)
@given(
    rows=st.sampled_from(draws.ROWS), optimizer=st.sampled_from(draws.OPTIMIZERS), loss=draws.LOSSES, seed=seeds(),
    absent=st.sampled_from([[(1,), (), (0,)], [(), (0, 2), (3,)], [(3,), (3, 1), ()], [(0,), (0,), (0,)]]),
)  # fmt: skip
def test_rows_of_the_late_do_not_count(ask, rows, optimizer, loss, seed, absent):
    """If some are absent, all take the step of the mean over the rows of the others."""
    how = {"workers": 4, "optimizer": optimizer, "loss": loss}
    kept = [
        absents if len(oracles.counted_rows(n, range(4), absents)) else ()
        for n, absents in zip(rows, absent, strict=True)
    ]
    agree(ask, training.trained, *case_of(seed, rows, {**how, "absent": kept}))


@task(5)
@points(2)
def test_who_is_left_shares_all_rows(ask):
    """After a loss, batches are cut into as many shards as there are workers left; who is absent goes by its number."""
    for lost, absent in [
        ([(), (0,), (2,)], [(), (2,), (3,)]),
        ([(1,), (3,), ()], [(4,), (4,), (0, 2)]),
        ([(4, 0), (1,), ()], [(), (), ()]),
    ]:
        for optimizer in draws.OPTIMIZERS[:2]:
            how = {"workers": 5, "optimizer": optimizer, "loss": "mse_loss", "lost": lost, "absent": absent}
            agree(ask, training.trained, *case_of(len(absent[0]), (11, 7, 8), how))


@task(5)
@points(2)
@given(seed=seeds(), count=st.integers(1, 6), more=st.integers(0, 4))
def test_who_is_waited_for(ask, seed, count, more):
    """A step takes as long as the last of those it waits for; all others are late. Of equals, lower numbers are first."""
    seconds = [float(s) for s in np.random.default_rng(seed).choice([1.0, 2.0, 2.5, 9.0, 0.0], count + more)]
    agree(ask, training.wait_for, seconds, count)
    agree(ask, training.wait_for, [2.0, 1.0, 2.0, 1.0, 30.0], 1 + count % 5)
    for wrong in (0, count + more + 1):
        refuses(ask, ValueError, training.wait_for, seconds, wrong, naming=[wrong])


@task(5)
@points(3)
@pytest.mark.parametrize("breaks_at", [0, 13, 47])
def test_a_broken_step_changes_nothing_and_is_taken_again(ask, breaks_at):
    """A worker is lost at any message of a step: no weight and no state has changed, and those who are left take the whole step."""
    for lost, optimizer in [(1, draws.OPTIMIZERS[1]), (0, draws.OPTIMIZERS[2]), (2, SGD)]:
        how = {
            "workers": 3, "optimizer": optimizer, "loss": "cross_entropy", "bucket_bytes": 1, "reduce": "all_reduce_ring",
        }  # fmt: skip
        case = case_of(lost, (7, 6, 9), how)
        got = ask(training.broken, *case, breaks_at, lost)
        require(lost not in got["alive"], f"a network that knows worker {lost} is lost", f"alive: {got['alive']}")
        found = {"error": "ConnectionError", "moved": [], "with another state": []}
        group = [worker for worker in range(3) if worker != lost]
        assert_close(got, {"alive": group, **found, "group": group, **oracles.trained(*case)})


@task(5)
@points(1)
def test_a_loss_that_the_network_knows(ask):
    """The network may know of a loss before the trainer does: the worker leaves the group all the same, and the others go on."""
    for lost in (1, 0):
        how = {"workers": 3, "optimizer": draws.OPTIMIZERS[1], "loss": "mse_loss"}
        case = case_of(lost, (7, 6, 9), {**how, "lost": [(), (lost,), ()]})
        got, want = ask(training.known_to_the_network, *case, lost), oracles.trained(*case)
        assert_close(got, {"alive": [worker for worker in range(3) if worker != lost], **want})


@task(5)
@points(1)
def test_who_cannot_be_lost_is_refused(ask):
    """A worker that is lost already, or was never there, and the last one that is left, are a ValueError that names it."""
    state, (batch,), _ = case_of(0, (4,), {"loss": "mse_loss"})
    ask(training.refused, state, batch, {"workers": 2, "lost": [1]}, ())
    refuses(ask, ValueError, training.refused, state, batch, {"workers": 3, "lost": [1, 1]}, (), naming=[1])
    refuses(ask, ValueError, training.refused, state, batch, {"workers": 3, "lost": [3]}, (), naming=[3])
    refuses(ask, ValueError, training.refused, state, batch, {"workers": 2, "lost": [0, 1]}, (), naming=[1])
    refuses(ask, ValueError, training.refused, state, batch, {"workers": 3, "lost": [2]}, (2,), naming=[2])
    for workers in (1, 3):
        want = {"error": "ValueError", "alive": [workers - 1], "group": [workers - 1]}
        assert_close(ask(training.last_one, state, workers), want, "exact", f"the last of {workers} workers")


# --------------------------------------------------------- 6. a part of the state for each


@task(6)
@points(6)
@given(
    workers=st.sampled_from([3, 2, 4, 5, 1]), rows=st.sampled_from(draws.ROWS), optimizer=st.sampled_from(draws.OPTIMIZERS[::-1]),
    loss=draws.LOSSES, seed=seeds(), decay=st.sampled_from([1.0, 0.5]),
)  # fmt: skip
def test_parts_of_the_state_take_the_same_step(ask, workers, rows, optimizer, loss, seed, decay):
    """With a part of the state on each worker, losses and weights are those of PyTorch with all of it, the same bits for all."""
    how = {"workers": workers, "optimizer": optimizer, "loss": loss, "decay": decay}
    case = case_of(seed, rows, how)
    got, want = ask(training.sharded, *case), oracles.trained(*case)
    assert_close({key: got[key] for key in want}, want)


@task(6)
@points(3)
@pytest.mark.parametrize("optimizer", ["Adam", "SGD with momentum"])
def test_each_keeps_the_state_of_its_part(ask, optimizer):
    """Parts of all numbers, cut wherever they begin or end: state of the part alone, and as many bytes sent as by a ring."""
    kept, settings = (2, draws.OPTIMIZERS[1]) if optimizer == "Adam" else (1, draws.OPTIMIZERS[2])
    for workers, dtype in [(1, "float64"), (2, "float32"), (3, "float64"), (4, "float32"), (5, "float64")]:
        how = {"workers": workers, "optimizer": settings, "loss": "mse_loss"}
        state = draws.weights(1, dtype=dtype)
        batches = draws.batches_of(1, (workers + 1,), "mse_loss", dtype=dtype)
        got = ask(training.sharded, state, batches, how)
        numbers = sum(array.size for array in state.values())  # 31: cut evenly by nobody but one
        sizes = [len(piece) for piece in np.array_split(np.arange(numbers), workers)]
        itemsize = np.dtype(dtype).itemsize
        want = {
            "parts": [[((size,), dtype)] for size in sizes],
            "state": [kept * size * itemsize for size in sizes],
            "messages": [2 * (workers - 1)] * workers,
            "never received": 0,
        }
        assert_close({key: got[key] for key in want}, want, "exact", f"{workers} workers, {dtype}")
        total = 2 * (workers - 1) * numbers * itemsize
        assert_close(sum(got["bytes"]), total, "exact", f"bytes of all {workers} workers")


@task(6)
@points(1)
def test_a_part_without_a_gradient_takes_its_step(ask):
    """Numbers that nothing uses count as ones whose gradient is 0: weight decay works on them, on whosever part they are."""
    for workers in (2, 4):  # 13 unused numbers, and 31 others: with 4 workers, one part is of unused numbers alone
        how = {"workers": workers, "optimizer": ["SGD", {"lr": 0.5, "weight_decay": 0.5}], "loss": "mse_loss"}
        state, batches, _ = case_of(workers, (7, 5), how)
        got = ask(training.sharded_unused, state, batches, {**how, "unused": True})
        want = oracles.trained(state, batches, how)
        unused = [np.arange(1.0, 14.0) * 0.75**2] * workers
        assert_close(got, {"unused": unused, **{key: want[key] for key in got if key != "unused"}})


@task(6)
@points(3)
def test_parts_go_over_the_network(ask):
    """Each message counts: if a gradient, or a new part, is changed on its way, somebody's weights are others."""
    for workers in (2, 3):
        how = {"workers": workers, "optimizer": SGD, "loss": "mse_loss"}
        state, (batch,), _ = case_of(workers, (7,), how)
        right = ask(training.sharded_changed, state, batch, how, None)
        for number in range(2 * workers * (workers - 1)):
            got = ask(training.sharded_changed, state, batch, how, (number, 8.0))
            moved = any(not np.array_equal(one, other) for one, other in zip(got, right, strict=True))
            require(moved, f"other weights somewhere if message {number} is another", "the same weights")


@task(6)
@points(1)
def test_more_workers_than_numbers_and_rows(ask):
    """Who has no part of the numbers, or no row, takes part all the same."""
    state = draws.weights(2, inputs=1, hidden=1, outputs=1)
    how = {"workers": 6, "optimizer": draws.OPTIMIZERS[1], "loss": "mse_loss"}
    batches = draws.batches_of(2, (3, 8), "mse_loss", inputs=1, outputs=1)
    got, want = ask(training.sharded, state, batches, how), oracles.trained(state, batches, how)
    assert_close({key: got[key] for key in want}, want)


@task(6)
@points(1)
def test_wrong_numbers_of_models_are_refused(ask):
    """Fewer or more models than workers, and a batch without rows, are a ValueError."""
    how = {"workers": 3, "optimizer": SGD, "loss": "mse_loss"}
    state, (batch,), _ = case_of(0, (4,), how)
    ask(training.sharded, state, [batch], how)
    for models in (2, 4):
        refuses(ask, ValueError, training.sharded, state, [batch], {**how, "models": models}, naming=[models, 3])
    refuses(ask, ValueError, training.sharded, state, [tuple(part[:0] for part in batch)], how)
