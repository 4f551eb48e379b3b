"""Build: epochs of batches, data read from files, and batches loaded ahead."""

import gzip
import struct

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, refuses, require, seeds, task, witnessed
from spec.kit.strategies import Dependent

from . import oracles, prefetching, probes, readers
from .draws import cifar10_files, idx_arrays

# -------------------------------------------------------------------- 4. Epochs

BATCH_SIZES = st.sampled_from([2, 3, 1, 4, 5, 20])


@task(4)
@points(3)
@given(
    x=arrays(dims=(1, 3), dtype=st.sampled_from(["float32", "uint8", "float64"]), palettes=("plain", "normal")),
    batch_size=BATCH_SIZES,
    drop_last=st.booleans(),
)
def test_an_epoch_is_the_dataset_in_batches(ask, x, batch_size, drop_last):
    """Without shuffle the batches are the samples in order; the last one has what is left, unless it is dropped."""
    agree(ask, probes.batches, x, np.arange(len(x)), batch_size, drop_last, kind="exact")


@task(4)
@points(1)
@given(items=st.lists(st.integers(-9, 9), max_size=9), batch_size=BATCH_SIZES, seed=seeds())
def test_a_list_is_a_dataset(ask, items, batch_size, seed):
    """Whatever has a length and positions can be loaded: a plain list, in order and shuffled."""
    agree(ask, probes.batches_of_a_list, items, batch_size, seed, kind="exact")
    agree(ask, probes.default_loader, items, kind="exact")


@task(4)
@points(3)
@given(n=st.integers(0, 20), batch_size=BATCH_SIZES, drop_last=st.booleans(), seed=seeds())
def test_every_epoch_delivers_every_sample_once(ask, n, batch_size, drop_last, seed):
    """Each of three shuffled epochs has every sample exactly once (but for a dropped batch), in batches of the right size."""
    got = ask(probes.epochs, n, batch_size, drop_last, 3, seed)
    sizes = [end - begin for begin, end in oracles.cuts(n, batch_size, drop_last)]
    assert_close(got["length"], len(sizes), "exact", "len(loader)")
    for number, epoch in enumerate(got["epochs"]):
        assert_close([len(batch) for batch in epoch], sizes, "exact", f"sizes of the batches of epoch {number}")
        seen = sorted(sample for batch in epoch for sample in batch)
        if drop_last and n % batch_size:
            fit = len(set(seen)) == len(seen) and set(seen) <= set(range(n))
            require(fit, f"{len(seen)} different samples in epoch {number}", f"{seen}")
        else:
            assert_close(seen, list(range(n)), "exact", f"samples of epoch {number}, sorted")


@task(4)
@points(2)
@given(
    x=arrays(dims=(1, 2), dtype="float32", palettes=("plain", "normal"), empty=False),
    batch_size=BATCH_SIZES,
    seed=seeds(),
)
def test_shuffling_keeps_samples_together_and_the_data_as_it_is(ask, x, batch_size, seed):
    """In a shuffled epoch each row comes with its own label, and the dataset is left in its order."""
    got = ask(probes.pairs_in_shuffled_epochs, x, batch_size, 2, seed)
    for epoch in got["epochs"]:
        for rows, numbers in epoch:
            assert_close(rows, x[numbers], "exact", f"rows {numbers.tolist()}")
    assert_close(got["the data afterwards"], x, "exact", "the data afterwards")


@task(4)
@points(3)
@given(n=st.integers(20, 25), batch_size=st.integers(1, 9), seed=seeds())
def test_every_epoch_has_a_new_order_and_a_seed_repeats_them(ask, n, batch_size, seed):
    """Epochs differ from each other; a seed gives all of them again, as does a Generator in the same state."""
    got = ask(probes.seeded_orders, n, batch_size, seed)
    for name, orders in got.items():
        require(len(set(map(tuple, orders))) == 3, f"{name}: a new order in each epoch", f"{orders}")
    for name, again in (("a seed", "that seed again"), ("a Generator", "one in the same state")):
        assert_close(got[again], got[name], "exact", again)
    for name, other in (("a seed", "another seed"), ("no rng", "no rng again")):
        pairs = zip(got[name], got[other], strict=True)
        require(all(a != b for a, b in pairs), f"{name}, {other}: different orders", f"{got[name]} and {got[other]}")


@task(4)
@points(1)
@given(n=st.integers(20, 25), seed=seeds())
def test_a_generator_is_drawn_from_as_it_is(ask, n, seed):
    """A Generator is not copied: shuffled epochs move it on and loaders may share it. Epochs in order leave it alone."""
    got = ask(probes.generator_moves, n, seed)
    assert_close(got, {statement: statement == "shuffled: it has moved" for statement in got}, "exact")


@task(4)
@points(3)
def test_every_order_is_equally_likely(ask):
    """All orders of 3 samples in batches of 2 come up equally often; of 60 samples any may come first, or last."""
    counts = ask(probes.order_counts, 3, 2, 5, 300)
    require(all(abs(count - 50) <= 32 for count in counts), "each order 50 times, give or take 32", f"{counts}")
    for place, (least, most) in ask(probes.places_reached, 60, 6, 5, 200).items():
        require(least < 8 and most > 51, f"a {place} sample below 8 and one above 51", f"from {least} to {most}")


@task(4)
@points(1)
@given(seed=seeds())
def test_global_random_state_is_left_alone(ask, seed):
    """Loading and splitting neither use nor change the global generators."""
    got = ask(probes.global_generators, 40, seed)
    assert_close(got, {statement: statement.endswith("as before") for statement in got}, "exact")


@task(4)
@points(2)
@given(n=st.integers(0, 9), batch_size=BATCH_SIZES)
def test_collate_fn_makes_the_batches(ask, n, batch_size):
    """collate_fn is given each list of samples once, and what it returns is delivered as it is."""
    agree(ask, probes.collated_by, n, batch_size, kind="exact")


@task(4)
@points(1)
@witnessed
@given(n=st.integers(0, 9), batch_size=BATCH_SIZES, shuffle=st.booleans(), seed=seeds())
def test_samples_are_read_when_their_batch_is_asked_for(ask, n, batch_size, shuffle, seed):
    """Making a loader and beginning an epoch read nothing; each batch reads its own samples, once, and in each epoch anew."""
    agree(ask, probes.reads, n, batch_size, shuffle, seed, kind="exact")


@task(4)
@points(2)
@given(n=st.integers(2, 12), batch_size=BATCH_SIZES, shuffle=st.booleans(), seed=seeds())
def test_epochs_do_not_disturb_each_other(ask, n, batch_size, shuffle, seed):
    """Two epochs that take turns are both complete, and so is one that follows another left in the middle."""
    agree(ask, probes.epochs_side_by_side, n, batch_size, shuffle, seed, kind="exact")


@task(4)
@points(1)
@given(
    n=st.integers(1, 9),
    batch_size=BATCH_SIZES,
    at=Dependent(lambda drawn: st.integers(0, drawn["n"] - 1)),
    kind=st.sampled_from(["IndexError", "KeyError", "ValueError", "OSError"]),
)
def test_errors_of_the_dataset_are_not_an_end(ask, n, batch_size, at, kind):
    """What the dataset raises reaches the caller after the batches before it; it does not pass for the end of the epoch."""
    got = ask(probes.failing_dataset, n, batch_size, at, kind)
    assert_close(got, oracles.failing_dataset(n, batch_size, at, kind), "exact")


@task(4)
@points(1)
def test_an_impossible_batch_size_is_refused(ask):
    """A batch_size below 1 is a ValueError that names it; one that is no whole number a TypeError."""
    for batch_size in (0, -3):
        refuses(ask, ValueError, probes.loader_with_batch_size, batch_size, naming=[batch_size])
    for batch_size in (2.0, "2", None):
        refuses(ask, TypeError, probes.loader_with_batch_size, batch_size)


# --------------------------------------------------------------------- 5. Files


@task(5)
@points(4)
@given(x=idx_arrays(), compressed=st.booleans(), as_text=st.booleans())
def test_an_idx_file_is_its_array(ask, x, compressed, as_text):
    """load_idx gives the array of any IDX file, in every dtype and shape, compressed or not, by text or Path."""
    name = "train-images-idx3-ubyte" + ".gz" * compressed
    got = ask(readers.load_idx, oracles.idx_file(x, compressed), name, as_text)
    assert_close(got, x, "exact")


@task(5)
@points(1)
@given(x=idx_arrays())
def test_an_array_from_a_file_can_be_written_to(ask, x):
    """The array of load_idx is new and writable, and changing it does not change what is read next."""
    got = ask(readers.idx_twice, oracles.idx_file(x))
    assert_close(got, {"changed": np.zeros_like(x), "read again": x}, "exact")


@task(5)
@points(2)
@given(x=idx_arrays(), change=st.integers(-20, 5), compressed=st.booleans())
def test_an_idx_file_of_the_wrong_length_is_refused(ask, x, change, compressed):
    """Elements cut short, and bytes too many, are a ValueError that names how many there are and should be."""
    change = max(change, -x.nbytes) or 1
    content = oracles.idx_file(x)
    content = content[:change] if change < 0 else content + bytes(change)
    name = "images.gz" if compressed else "images"
    packed = gzip.compress(content, 1) if compressed else content
    refuses(ask, ValueError, readers.load_idx, packed, name, naming=[x.nbytes, x.nbytes + change])


@task(5)
@points(1)
@given(x=idx_arrays(), left=Dependent(lambda drawn: st.integers(0, 3 + 4 * drawn["x"].ndim)))
def test_an_idx_file_that_ends_in_its_header_is_refused(ask, x, left):
    """A file that ends within its header, an empty one too, is a ValueError that names its length."""
    refuses(ask, ValueError, readers.load_idx, oracles.idx_file(x)[:left], "images", naming=[left])


@task(5)
@points(1)
def test_a_file_of_another_format_is_refused(ask):
    """A file that does not start with 0, 0 and a dtype's byte is a ValueError that names the byte found."""
    for place, byte in [(0, 137), (1, 80), (2, 10), (2, 7), (2, 15), (2, 0)]:
        content = bytearray(oracles.idx_file(np.arange(6, dtype="uint8").reshape(2, 3)))
        content[place] = byte
        refuses(ask, ValueError, readers.load_idx, bytes(content), "images", naming=[byte])


@task(5)
@points(1)
def test_a_header_that_promises_too_much_is_refused(ask):
    """A shape with more elements than any memory has is a ValueError for a short file, also if its size overflows."""
    for shape in [(2**31, 2**31, 4), (2**32 - 1,) * 3, (2**16,) * 4]:
        content = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
        refuses(ask, ValueError, readers.load_idx, content, "images", naming=[0])


@task(5)
@points(1)
@given(x=idx_arrays(), place=st.integers(10, 10_000), how=st.sampled_from(["cut", "flipped", "not gzip at all"]))
def test_a_damaged_gzip_file_is_refused(ask, x, place, how):
    """A .gz file that is cut short, has a flipped byte or is no gzip file is a ValueError, not some other error."""
    packed = bytearray(oracles.idx_file(x, compressed=True))
    place = 10 + (place - 10) % (len(packed) - 10)
    if how == "flipped":
        packed[place] ^= 0xFF
    content = bytes(packed[:place]) if how == "cut" else bytes(packed)
    content = oracles.idx_file(x) if how == "not gzip at all" else content
    refuses(ask, ValueError, readers.load_idx, content, "images-idx3-ubyte.gz")


@task(5)
@points(1)
def test_a_missing_file_is_a_missing_file(ask):
    """A file that is not there is a FileNotFoundError."""
    for reader in ("idx", "idx.gz", "cifar10"):
        refuses(ask, FileNotFoundError, readers.load_missing, reader)


@task(5)
@points(2)
@given(files=cifar10_files(), as_text=st.booleans())
def test_cifar10_files_are_images_and_labels(ask, files, as_text):
    """load_cifar10 gives (n, 3, 32, 32) images and n labels, file after file; both are writable."""
    got = ask(readers.load_cifar10, [oracles.cifar10_file(*file) for file in files], as_text)
    images, labels = (np.concatenate(parts) for parts in zip(*files, strict=True))
    assert_close(got, {"images": images, "labels": labels}, "exact")


@task(5)
@points(2)
@given(files=cifar10_files(), change=st.integers(-3072, 3072).filter(bool), label=st.sampled_from([10, 255, 11, 128]))
def test_a_damaged_cifar10_file_is_refused(ask, files, change, label):
    """A file that is empty or no whole number of rows, or has a label above 9, is a ValueError that names what it has."""
    contents = [oracles.cifar10_file(*file) for file in files]
    cut = contents[-1][:change] if change < 0 else contents[-1] + bytes(change)
    refuses(ask, ValueError, readers.load_cifar10, [*contents[:-1], cut], naming=[len(cut), 3073])
    refuses(ask, ValueError, readers.load_cifar10, [*contents, b""], naming=[0, 3073])
    files[-1][1][-1] = label
    contents[-1] = oracles.cifar10_file(*files[-1])
    refuses(ask, ValueError, readers.load_cifar10, contents, naming=[label])


# ------------------------------------------------------------- 6. Ahead of time

DEPTHS = st.sampled_from([2, 1, 3, 8])


@task(6)
@points(3)
@given(n=st.integers(0, 12), depth=st.none() | DEPTHS)
def test_prefetched_batches_come_in_order(ask, n, depth):
    """Every batch arrives once, in the loader's order, whatever the depth; asked again after the last, it has ended."""
    got = ask(prefetching.prefetched, [f"batch {number}" for number in range(n)], depth)
    wanted = {"batches": [f"batch {number}" for number in range(n)], "afterwards": ["the end"] * 3}
    assert_close(got, wanted, "exact")


@task(6)
@points(1)
@given(depth=DEPTHS)
def test_any_object_may_be_a_batch(ask, depth):
    """None, errors and markers are batches like all others, and arrive as the very objects that the loader made."""
    got = ask(prefetching.odd_batches, depth)
    assert_close(got, dict.fromkeys(got, True), "exact")


@task(6)
@points(2)
@given(
    n=st.integers(0, 5),
    depth=DEPTHS,
    kind=st.sampled_from(["ValueError", "KeyError", "its own", "OSError", "EOFError"]),
    at_once=st.booleans(),
)
def test_errors_of_the_loader_arrive_in_their_place(ask, n, depth, kind, at_once):
    """The very exception that the loader raised is raised after the batches before it; then the epoch is over."""
    got = ask(prefetching.failing_loader, n, depth, kind, at_once)
    before = [] if at_once else list(range(n))
    assert_close(got, {"before": before, "the very exception": True, "afterwards over": True}, "exact")


@task(6)
@points(3)
@witnessed
def test_the_thread_stays_depth_batches_ahead(ask):
    """While the consumer holds a batch, exactly `depth` more are loaded, or all that are left: neither fewer nor more."""
    for n, depth in [(None, 2), (None, 1), (None, 5), (6, 4)]:
        got = ask(prefetching.how_far_ahead, n, depth)
        wanted = [depth if n is None else min(depth, n - number) for number in range(1, 6)]
        assert_close(got, wanted, "exact", "batches ahead")


@task(6)
@points(4)
@witnessed
def test_no_thread_is_left_behind(ask):
    """However an epoch ends, its thread ends too; and it never keeps the program from ending."""
    for how in ("all was delivered", "it was left in the middle", "it was never begun", "the loader failed"):
        for depth in (1, 3):
            got = ask(prefetching.threads_left, how, depth)
            assert_close(got, dict.fromkeys(got, True), "exact")


@task(6)
@points(1)
@given(n=st.integers(1, 5), depth=DEPTHS)
def test_the_loader_is_asked_for_one_batch_at_a_time(ask, n, depth):
    """Only the background thread asks the loader, and never for a batch while it still loads another."""
    got = ask(prefetching.one_at_a_time, n, depth)
    assert_close(got, {"batches": list(range(1, n + 1)), "the consumer's own thread loads": False}, "exact")


@task(6)
@points(1)
def test_an_impossible_depth_is_refused(ask):
    """A depth below 1 is a ValueError that names it; one that is no whole number a TypeError."""
    for depth in (0, -1):
        refuses(ask, ValueError, prefetching.prefetched, [1, 2, 3], depth, naming=[depth])
    refuses(ask, TypeError, prefetching.prefetched, [1, 2, 3], 1.5)
