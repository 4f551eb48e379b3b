"""Use: data from files and arrays through the whole pipeline, into the Tensor operations of the first kata."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, seeds, shapes, task
from spec.kit.strategies import Dependent

from . import oracles, probes, readers

BATCH_SIZES = st.sampled_from([2, 3, 1, 4, 20])


@task(4)
@points(4)
@given(x=arrays(shape=shapes((2, 3), empty=False), palettes=("normal", "mixed")), batch_size=BATCH_SIZES, seed=seeds())
def test_mean_and_variance_come_from_one_pass_over_batches(ask, x, batch_size, seed):
    """Sums of rows and of their squares, batch by batch, give the mean and variance of the whole dataset."""
    agree(ask, probes.mean_and_variance_by_batch, x, batch_size, seed, kind="reduction")


@task(5)
@points(6)
@given(seed=seeds(), batch_size=BATCH_SIZES)
def test_files_become_a_classifier(ask, seed, batch_size):
    """From IDX files through a shuffled loader with a collate_fn of its own to the mean image of each class."""
    rng = np.random.default_rng(seed)
    classes = 3
    styles = rng.integers(0, 256, (classes, 4, 5))
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, 8)]).astype(np.uint8)
    noise = rng.integers(-20, 21, (len(labels) + 6, 4, 5))
    tests = rng.integers(0, classes, 6)
    images = np.clip(styles[[*labels, *tests]] + noise, 0, 255).astype(np.uint8)
    image_file, label_file = oracles.idx_file(images[: len(labels)]), oracles.idx_file(labels, compressed=True)
    agree(
        ask, readers.nearest_mean_digits, image_file, label_file, images[len(labels) :], classes, batch_size, seed
    )  # fmt: skip


@task(6)
@points(4)
@given(
    x=arrays(dims=(1, 2), dtype="float32", palettes=("normal",)),
    batch_size=BATCH_SIZES,
    depth=st.integers(1, 4),
    seed=seeds(),
)
def test_loading_ahead_changes_nothing_but_the_time(ask, x, batch_size, depth, seed):
    """Two shuffled epochs, loaded ahead, are the very batches that the same seed gives without."""
    got = ask(probes.with_and_without_prefetch, x, batch_size, depth, seed)
    assert_close(got["ahead"], got["when asked for"], "exact")


@task(4)
@points(4)
@given(n=st.integers(30, 40), held_out=st.integers(0, 9), batch_size=BATCH_SIZES, seed=seeds())
def test_a_split_is_loaded_without_leaks(ask, n, held_out, batch_size, seed):
    """Loaders over the two parts of a split deliver every sample once an epoch, and none of the test samples in training."""
    agree(ask, probes.split_and_load, n, held_out, batch_size, seed, kind="exact")


@task(4)
@points(3)
@given(
    x=arrays(dims=(1, 3), dtype=st.sampled_from(["float32", "float64", "int64"]), palettes=("plain", "normal")),
    batch_size=Dependent(lambda drawn: st.integers(1, max(1, len(drawn["x"])))),
)
def test_batches_may_be_changed_in_place(ask, x, batch_size):
    """A step that works in place on its batch leaves the dataset as it is, whatever the batch size."""
    agree(ask, probes.changed_batches, x, batch_size, kind="exact")
