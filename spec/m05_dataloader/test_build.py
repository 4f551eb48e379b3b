"""Build: what datasets, their parts, and batches of samples are."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, refuses, require, seeds, task
from spec.kit.strategies import Dependent

from . import probes
from .draws import array_batches, columns, nested_batches, number_batches

# --------------------------------------------------------- 1. Rows of tensors


def index_of(name, beyond=False):
    """A position in the columns `name`, some counted from the end; or with `beyond` one that is not there."""

    def index(drawn):
        n = len(drawn[name][0])
        there = st.integers(-n, n - 1) if n else st.nothing()
        return st.integers(n, n + 3) | st.integers(-n - 4, -n - 1) if beyond else there

    return Dependent(index)


@task(1)
@points(2)
@given(
    data=columns(),
    as_tensors=st.booleans(),
    indices=Dependent(lambda drawn: st.lists(index_of("data").build(drawn), max_size=4)),
)
def test_samples_are_rows_of_the_tensors(ask, data, as_tensors, indices):
    """Sample i is the tuple of every tensor's row i, also counted from the end; there are as many as rows."""
    agree(ask, probes.samples, data, as_tensors, indices, kind="exact")


@task(1)
@points(1)
@given(data=columns())
def test_a_loop_over_a_dataset_ends(ask, data):
    """`for sample in dataset` gives every sample once and ends."""
    agree(ask, probes.every_sample, data, kind="exact")


@task(1)
@points(1)
@given(data=columns(least=0), index=index_of("data", beyond=True))
def test_an_index_that_is_not_there_is_refused(ask, data, index):
    """An index beyond either end is an IndexError that names it and the number of samples."""
    refuses(ask, IndexError, probes.sample_at, data, index, naming=[index, len(data[0])])


@task(1)
@points(1)
def test_an_index_that_is_no_whole_number_is_refused(ask):
    """An index that is no whole number is a TypeError."""
    for index in (1.0, "1", None):
        refuses(ask, TypeError, probes.sample_at, [np.zeros((3, 2))], index)


@task(1)
@points(2)
@given(data=columns(), extra=st.integers(1, 3), place=st.integers(0, 2))
def test_tensors_of_different_lengths_are_refused(ask, data, extra, place):
    """Tensors of different lengths are a ValueError that names both lengths."""
    n = len(data[0])
    odd = [*data[:place], np.zeros((n + extra, 2)), *data[place:]]
    refuses(ask, ValueError, probes.samples, odd, True, [0], naming=[n, n + extra])


@task(1)
@points(1)
def test_what_has_no_rows_is_refused(ask):
    """No tensor at all, and a tensor without axes, are ValueErrors."""
    refuses(ask, ValueError, probes.samples, [], True, [])
    refuses(ask, ValueError, probes.samples, [np.array(3.0)], True, [])
    refuses(ask, ValueError, probes.samples, [np.ones(2), np.array(3.0)], True, [])


@task(1)
@points(1)
@given(x=arrays(dims=(1, 3), dtype="float32", empty=False), value=st.integers(100, 110))
def test_tensors_are_kept_and_not_copied(ask, x, value):
    """What is written into a Tensor later shows in the samples: there is no second copy of the data."""
    agree(ask, probes.written_later, x, np.arange(len(x)), len(x) - 1, value, kind="exact")


# ----------------------------------------------------- 2. Parts of a dataset

ITEMS = [f"item {number}" for number in range(6)]
PLACES = st.lists(st.integers(-6, 5), max_size=8)


def places(n):
    """Positions in something of length n, some of them counted from the end."""
    return st.lists(st.integers(-n, n - 1), max_size=5) if n else st.just([])


@task(2)
@points(3)
@given(
    indices=PLACES.filter(bool),
    inner=Dependent(lambda drawn: st.none() | places(len(drawn["indices"]))),
    positions=Dependent(lambda drawn: places(len(drawn["indices"] if drawn["inner"] is None else drawn["inner"]))),
)
def test_a_subset_has_the_samples_of_its_indices(ask, indices, inner, positions):
    """Sample i of a Subset is what its index i points to, whatever order, repeats and signs; also in a Subset of a Subset."""
    agree(ask, probes.subset, ITEMS, indices, inner, positions, kind="exact")


@task(2)
@points(1)
@given(indices=st.lists(st.integers(0, 19), max_size=4), past=st.integers(0, 3), below=st.booleans())
def test_a_subset_ends_where_its_indices_do(ask, indices, past, below):
    """An index beyond either end of a Subset is an IndexError that names it and the length of the Subset."""
    n = len(indices)
    index = -n - 1 - past if below else n + past
    refuses(ask, IndexError, probes.subset_at, 20, indices, index, naming=[index, n])


@task(2)
@points(1)
@given(indices=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_a_subset_keeps_its_own_indices(ask, indices):
    """Changing the list or array of indices afterwards does not change the Subset."""
    agree(ask, probes.subset_of_a_changed_list, ITEMS, indices, kind="exact")


@task(2)
@points(2)
@given(lengths=st.lists(st.integers(0, 6), min_size=1, max_size=4), seed=seeds())
def test_a_split_deals_out_every_sample_once(ask, lengths, seed):
    """The parts have the lengths that were asked for, and each sample is in exactly one of them."""
    n = sum(lengths)
    parts = ask(probes.split, n, lengths, seed)
    assert_close([len(part) for part in parts], lengths, "exact", "lengths")
    assert_close(sorted(item for part in parts for item in part), list(range(n)), "exact", "all samples")


@st.composite
def fractions(draw, parts=16):
    """Multiples of 1/16 that add up to 1: no rounding in any product with a whole number."""
    cuts = sorted(draw(st.lists(st.integers(0, parts), max_size=4)))
    return [(end - begin) / parts for begin, end in zip([0, *cuts], [*cuts, parts], strict=True)]


@task(2)
@points(2)
@given(n=st.integers(0, 40), lengths=fractions(), seed=seeds())
def test_fractions_are_shares_of_the_dataset(ask, n, lengths, seed):
    """Fractions give each part its whole samples; those left over go to the first parts, one each."""
    agree(ask, probes.split_sizes, n, lengths, seed, kind="exact")


@task(2)
@points(1)
def test_fractions_may_have_rounding_errors(ask):
    """Fractions that add up to 1 but for a rounding error lose no sample, and no part is off by one sample or more."""
    for lengths in ([0.1] * 10, [0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [1 / 3] * 3):
        for n in (10, 30, 101):
            sizes = ask(probes.split_sizes, n, lengths, 0)
            wanted = [n * length for length in lengths]
            near = all(abs(size - want) < 1 + 1e-9 for size, want in zip(sizes, wanted, strict=True))
            require(near and sum(sizes) == n, f"about {[round(want, 2) for want in wanted]} of {n} samples", f"{sizes}")


@task(2)
@points(2)
def test_lengths_that_do_not_add_up_are_refused(ask):
    """Lengths that do not add up, and negative ones, are a ValueError that names what they add up to."""
    for lengths, naming in [
        ([3, 4], [7, 10]),
        ([1], [1, 10]),
        ([5, 6], [11, 10]),
        ([12, -2], []),
        ([0.5, 0.25], [0.75]),
        ([0.75, 0.5], [1.25]),
        ([1.5, -0.5], []),
    ]:
        refuses(ask, ValueError, probes.split, 10, lengths, 0, naming=naming)


@task(2)
@points(1)
@given(n=st.integers(40, 50), seed=seeds())
def test_a_split_follows_its_rng(ask, n, seed):
    """A seed gives the same split each time, another seed another one; a Generator moves on; None never repeats itself."""
    got = ask(probes.split_seeds, n, seed)
    same = ("two splits with one seed are the same", "two splits with equal Generators are the same")
    assert_close(got, {statement: statement in same for statement in got}, "exact")


@task(2)
@points(1)
def test_every_split_is_equally_likely(ask):
    """In 400 splits of 6 samples into 2 and 4 each sample is in the first part 133 times, each pair of neighbours 27."""
    got = ask(probes.split_counts, 6, 2, 5, 400)
    for name, mean, room in (("alone", 400 / 3, 50), ("with its neighbour", 400 / 15, 25)):
        off = np.abs(got[name] - mean)
        require(bool((off <= room).all()), f"{name}: {mean:.0f} times, give or take {room}", f"{got[name].tolist()}")


# -------------------------------------------------- 3. From samples to a batch


@task(3)
@points(3)
@given(batch=array_batches(), as_tensors=st.booleans())
def test_arrays_are_stacked(ask, batch, as_tensors):
    """Tensors or arrays of one shape become one Tensor with a new first axis, of their own dtype."""
    agree(ask, probes.collate, batch, as_tensors, kind="exact")


@task(3)
@points(2)
@given(batch=number_batches())
def test_numbers_become_a_row(ask, batch):
    """Numbers become a Tensor of one axis: Python's with its default dtypes, NumPy's with their own."""
    agree(ask, probes.collate, batch, False, kind="exact")


@task(3)
@points(3)
@given(batch=nested_batches(), as_tensors=st.booleans())
def test_structures_keep_their_structure(ask, batch, as_tensors):
    """Tuples, lists and dicts, also nested, become the same of batches; text becomes a list."""
    agree(ask, probes.collate, batch, as_tensors, kind="exact")


@task(3)
@points(2)
@given(batch=array_batches(), other=arrays(dims=(0, 3), palettes=("plain",)), place=st.integers(0, 4))
def test_ragged_samples_are_refused(ask, batch, other, place):
    """Shapes that differ are a ValueError that names both, and not a batch of broadcast or boxed things."""
    shape = batch[0].shape
    odd = other if other.shape != shape else np.zeros((*shape, 2))
    place %= len(batch) + 1
    ragged = [*batch[:place], odd.astype(batch[0].dtype), *batch[place:]]
    refuses(ask, ValueError, probes.collate, ragged, bool(place % 2), naming=[shape, odd.shape])


@task(3)
@points(1)
def test_samples_of_different_structure_are_refused(ask):
    """No samples, different lengths and different keys are ValueErrors that name them; no part is dropped silently."""
    for batch, naming in [
        ([], []),
        ([(1, 2), (3, 4, 5)], [2, 3]),
        ([[1, 2, 3], [3, 4]], [3, 2]),
        ([{"image": 1, "label": 2}, {"image": 3}], ["label"]),
        ([{"image": 1}, {"image": 3, "label": 2}], ["label"]),
    ]:
        refuses(ask, ValueError, probes.collate, batch, False, naming=naming)


@task(3)
@points(1)
def test_kinds_that_make_no_batch_are_refused(ask):
    """A kind of sample that cannot be batched is a TypeError that names it; so are several kinds in one batch."""
    for kinds, naming in [
        (["none", "none"], ["NoneType"]),
        (["set"], ["set"]),
        (["tensor", "tuple"], []),
        (["number", "dict"], []),
        (["dict", "number"], []),
    ]:
        refuses(ask, TypeError, probes.collate_of_mixed, kinds, naming=naming)


@task(3)
@points(2)
@given(batch=array_batches(), as_tensors=st.sampled_from([True, True, False]))
def test_a_batch_has_memory_of_its_own(ask, batch, as_tensors):
    """Writing into a batch leaves the samples as they were, also where the batch has one sample only."""
    agree(ask, probes.written_batch, batch, as_tensors, kind="exact")
