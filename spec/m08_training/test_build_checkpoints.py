"""Build: checkpoints that nothing can leave half-written, and runs that go on from them."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task
from spec.kit.compare import show

from . import checkpoints, draws, training
from .draws import runs

# ---------------------------------------- 6. one file that nothing can leave half-written

NAMES = st.sampled_from(["run.npz", "run", "run.ckpt", "best.model.v2", "a b.npz", "run.npz.npz"])


@task(6)
@points(3)
@given(name=NAMES, as_text=st.booleans(), value=draws.VALUES)
def test_plain_data_comes_back_as_it_was(ask, value, name, as_text):
    """What is saved is loaded: same types, keys, dtypes, shapes and bits; the file has the very name that was given."""
    agree(ask, checkpoints.saved_and_loaded, value, name, as_text, kind="exact")


@task(6)
@points(2)
@given(value=draws.VALUES)
def test_arrays_are_entries_of_an_npz_file(ask, value):
    """numpy.load finds every array in the file, with its dtype and shape, and needs no pickle to read any entry."""
    value = [np.arange(3.0), value]
    left = ask(checkpoints.arrays_in_file, value)
    for array in draws.arrays_in(value):
        fits = [
            n for n, x in enumerate(left) if (x.dtype, x.shape) == (array.dtype, array.shape) and (x == array).all()
        ]
        require(bool(fits), f"an entry {show(array)}", f"the entries left are {[show(x) for x in left]}")
        del left[fits[0]]


@task(6)
@points(1)
@share(3)
@given(values=st.lists(draws.VALUES, min_size=2, max_size=3), seed=seeds())
def test_a_save_replaces_the_one_before(ask, values, seed):
    """The last value that was saved is loaded, nothing else is left in the folder, and it shares no memory with anything."""
    agree(ask, checkpoints.overwritten, values, kind="exact")
    agree(ask, checkpoints.loaded_is_new, np.random.default_rng(seed).standard_normal(3), kind="exact")


UNSAVEABLE = ["Tensor", "function", "set", "bytes", "object array", "key", "class"]


@task(6)
@points(1)
@given(kind=st.sampled_from(UNSAVEABLE), deep=st.booleans())
def test_what_is_no_plain_data_is_refused(ask, kind, deep):
    """A Tensor, a function, an array of objects, … are a TypeError, and the checkpoint from before is still there."""
    refuses(
        ask,
        TypeError,
        checkpoints.save_unsaveable,
        kind,
        deep,
        naming=[kind] if kind in ("Tensor", "set", "bytes") else [],
    )
    agree(ask, checkpoints.after_a_failed_save, [1.5, "old"], kind, kind="exact")


OLD = st.sampled_from([{"weights": np.zeros(3), "epoch": 1}, "old", np.arange(4000.0)])


@task(6)
@points(4)
@share(3)
@given(old=st.none() | OLD, size=st.sampled_from([2, 5000]), count=st.integers(1, 2))
def test_no_moment_is_bad_for_a_kill(ask, old, size, count):
    """Whenever a save is killed, the old checkpoint can be loaded, or the new one; and the next save works."""
    new = {f"weights {n}": np.arange(size) + n for n in range(count)}
    moments = ask(checkpoints.killed_while_saving, old, new)
    before = "nothing is there" if old is None else old
    for place, (loaded, after) in enumerate(moments):
        wanted = new if place == len(moments) - 1 else before if place == 0 else draws.either(before, new)
        assert_close(loaded, wanted, "exact", "loaded after a kill")
        assert_close(after, "the next one", "exact", "loaded after the next save")


@task(6)
@points(1)
@given(old=OLD, size=st.sampled_from([2, 5000]), nth=st.integers(1, 6))
def test_a_full_disk_costs_the_new_checkpoint_only(ask, old, size, nth):
    """If a write fails while saving, save_checkpoint raises the OSError, and the old checkpoint is still there."""
    new = {"weights": np.arange(size)}
    got = ask(checkpoints.after_a_full_disk, old, new, nth)
    assert_close(got, {"error": got["error"], "loaded": old if got["error"] else new, "saved again": new}, "exact")


@task(6)
@points(2)
@share(2)
@given(value=OLD, places=st.lists(st.floats(0, 0.999), min_size=3, max_size=6))
def test_a_file_that_is_cut_off_is_refused(ask, value, places):
    """The first part of a checkpoint, however long, is a ValueError."""
    got = ask(checkpoints.damaged, value, "cut off", [[0.0, 0], *([place, 0] for place in places)])
    assert_close(got, ["refused"] * len(got), "exact")


@task(6)
@points(2)
@share(3)
@given(
    value=OLD,
    places=st.lists(st.tuples(st.floats(0, 0.999), st.sampled_from([1, 255, 32, 128])), min_size=5, max_size=9),
)
def test_a_changed_byte_is_noticed(ask, value, places):
    """A checkpoint with one byte changed is a ValueError, or, where the byte had no meaning, what was saved."""
    got = ask(checkpoints.damaged, value, "changed", [list(place) for place in places])
    for loaded in got:
        assert_close(loaded, draws.either("refused", value), "exact", "loaded")


FOREIGN = ["empty", "text", "JSON", "npy", "npz of another program", "npz of nothing", "zip", "pickle", "pickle in npz"]


@task(6)
@points(1)
@given(kind=st.sampled_from(FOREIGN), name=NAMES)
def test_a_file_of_another_program_is_refused(ask, kind, name):
    """What is no checkpoint is a ValueError that names the file; what is not there is a FileNotFoundError."""
    refuses(ask, ValueError, checkpoints.load_foreign, kind, name, naming=[name])
    refuses(ask, FileNotFoundError, checkpoints.load_foreign, "missing", name)


@task(6)
@points(1)
@pytest.mark.parametrize("kind", ["our own entries", "pickle", "pickle in npy", "pickle in npz"])
def test_loading_runs_nothing(ask, kind):
    """A file into which somebody has put a pickle is a ValueError, and the pickle does not run."""
    for got in ask(checkpoints.sprung, kind):
        assert_close(got, ["refused", False], "exact", "loaded, and whether it ran")


# ----------------------------------------------- 7. going on as if nothing had happened


@task(7)
@points(4)
@share(3)
@given(before=st.integers(0, 2), after=st.integers(1, 2), run=runs())
def test_a_resumed_run_is_the_same_to_the_bit(ask, run, before, after):
    """Saved with its loader and resumed by another trainer, a run ends with the bits of one without a break."""
    got = ask(training.resumed, *run, before, after)
    assert_close(got["after it was saved"], got["straight on"], "exact", "after it was saved")
    assert_close(got["resumed"], got["straight on"], "exact", "resumed")
    assert_close(got["other parts"], [], "exact", "other parts")


@task(7)
@points(2)
@share(3)
@given(before=st.integers(0, 2), after=st.integers(1, 2), run=runs())
def test_parts_are_saved_and_loaded_one_by_one(ask, run, before, after):
    """Without a Trainer: model, optimizer, scheduler, loader and a Generator go into one file and out of it by name."""
    got = ask(training.resumed_by_hand, *run, before, after)
    assert_close(got["resumed"], got["straight on"], "exact", "resumed")
    assert_close(got["the rest"], {"epoch": before}, "exact", "the rest")


@task(7)
@points(2)
@share(3)
@given(before=st.integers(0, 2), after=st.integers(1, 2), run=runs())
def test_a_state_in_memory_can_be_gone_back_to(ask, run, before, after):
    """A trainer's state_dict is a copy: it goes back to it, trains on, and back again, and ends with the same bits."""
    state, _, x, y, how = run
    first, *others = ask(training.rewound, state, x, y, how, before, after)
    for got in others:
        assert_close(got, first, "exact", "the same epochs again")


MISFITS = {
    "another model": (ValueError, ["mine.npz", "trainer"]),
    "another optimizer": (ValueError, ["mine.npz", "trainer"]),
    "no scheduler": (ValueError, ["mine.npz", "trainer"]),
    "no loader": (ValueError, ["mine.npz", "loader"]),
    "another kind of part": (ValueError, ["mine.npz", "loader"]),
    "another kind of generator": (ValueError, ["mine.npz", "loader"]),
    "plain data": (TypeError, ["int"]),
}


@task(7)
@points(3)
@share(3)
@given(kind=st.sampled_from(list(MISFITS)), run=runs())
def test_a_checkpoint_that_does_not_fit_changes_nothing(ask, kind, run):
    """Where one part does not fit, an error names file and part, and the training goes on as if nothing had been loaded."""
    state, _, x, y, how = run
    how = {**how, "accumulate": 1, "metrics": False}
    other = draws.weights(3, hidden=5, dtype=x.dtype.name)
    error, naming = MISFITS[kind]
    refuses(ask, error, training.load_misfit, state, other, x, y, how, kind, naming=naming)
    assert_close(ask(training.go_on), ask(training.never_loaded, state, x, y, how), "exact")
