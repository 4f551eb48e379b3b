"""How the laws of m05 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.DataLoader`, `tt.prefetch`, … A probe gets NumPy arrays, numbers and lists, and returns such.
"""

import gc
import itertools
import pathlib
import random
import tempfile
import threading
import time
import weakref

import numpy as np

# ------------------------------------------------------------------- helpers


def plain(tt, value):
    """`value` with the arrays of its Tensors; a bare array, where a Tensor belongs, is a mistake."""
    if isinstance(value, tt.Tensor):
        return value.data
    if type(value) is dict:
        return {key: plain(tt, item) for key, item in value.items()}
    if type(value) in (tuple, list):
        return type(value)(plain(tt, item) for item in value)
    if isinstance(value, np.ndarray):
        raise TypeError("a NumPy array where a Tensor was expected")
    return value


def tensors(tt, value):
    """`value` with Tensors in place of its arrays."""
    if isinstance(value, np.ndarray):
        return tt.Tensor(value)
    if type(value) is dict:
        return {key: tensors(tt, item) for key, item in value.items()}
    if type(value) in (tuple, list):
        return type(value)(tensors(tt, item) for item in value)
    return value


def order_of(loader):
    """The samples of one epoch in the order of their delivery, from a loader of numbers whose batches are lists."""
    return [sample for batch in loader for sample in batch]


def shuffled(tt, n, batch_size, rng):
    """A shuffled loader of the numbers 0 to n - 1; its batches are lists of them."""
    return tt.DataLoader(list(range(n)), batch_size=batch_size, shuffle=True, collate_fn=list, rng=rng)


def read_file(read, contents, names, as_text=True):
    """What `read(*paths)` makes of files with these contents."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / name for name in names]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        return read(*(str(path) if as_text else path for path in paths))


def until(condition, seconds=2.0):
    """Wait for `condition()`, so long at most; whether it came to hold."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.001)
    return True


# ------------------------------------------------------------- 1. TensorDataset


def samples(tt, columns, as_tensors, indices):
    """The length of a TensorDataset, and its samples at `indices`."""
    dataset = tt.TensorDataset(*(tt.Tensor(column) if as_tensors else column for column in columns))
    return {"length": len(dataset), "samples": [plain(tt, dataset[index]) for index in indices]}


def sample_at(tt, columns, index):
    """One sample, for indices that are refused; a bad one is not made into a tuple of Tensors first."""
    return plain(tt, tt.TensorDataset(*map(tt.Tensor, columns))[index])


def every_sample(tt, columns):
    """`for sample in dataset`, which ends where an index is not there."""
    dataset = tt.TensorDataset(*map(tt.Tensor, columns))
    found = [plain(tt, sample) for sample in itertools.islice(dataset, len(columns[0]) + 3)]
    return {"is a Dataset": isinstance(dataset, tt.Dataset), "samples": found}


def written_later(tt, x, y, index, value):
    """A sample before and after `value` is written into a Tensor of the dataset."""
    images, labels = tt.Tensor(x), tt.Tensor(y)
    dataset = tt.TensorDataset(images, labels)
    before = dataset[index][0].data.copy()
    images.data[...] = value
    return {"before": before, "after": dataset[index][0].data}


# ------------------------------------------------- 2. Subset and random_split


def subset(tt, items, indices, inner, positions):
    """Samples of a Subset, and (where `inner` are positions in it) of a Subset of that."""
    part = tt.Subset(items, indices)
    if inner is not None:
        part = tt.Subset(part, inner)
    return {"length": len(part), "samples": [part[position] for position in positions]}


def subset_at(tt, n, indices, position):
    return tt.Subset(list(range(n)), indices)[position]


def subset_of_a_changed_list(tt, items, indices):
    """The samples of a Subset whose indices are changed after it was made, as a list and as an array."""
    found = {}
    for name, mine in (("list", list(indices)), ("array", np.array(indices))):
        part = tt.Subset(items, mine)
        for place in range(len(indices)):
            mine[place] = 0
        found[name] = [part[place] for place in range(len(part))]
    return found


def split(tt, n, lengths, seed):
    """The parts of a random_split of the numbers 0 to n - 1, each in increasing order."""
    parts = tt.random_split(list(range(n)), lengths, rng=seed)
    return [sorted(part[place] for place in range(len(part))) for part in parts]


def split_sizes(tt, n, lengths, seed):
    return [len(part) for part in tt.random_split(list(range(n)), lengths, rng=seed)]


def split_seeds(tt, n, seed):
    """Splits of 0 to n - 1 into halves, from seeds and Generators."""
    halves = [n // 2, n - n // 2]

    def first(rng):
        part = tt.random_split(list(range(n)), halves, rng=rng)[0]
        return sorted(part[place] for place in range(len(part)))

    shared = np.random.default_rng(seed)
    same = first(np.random.default_rng(seed)) == first(np.random.default_rng(seed))
    return {
        "two splits with one seed are the same": first(seed) == first(seed),
        "splits with two seeds are the same": first(seed) == first(seed + 1),
        "two splits with equal Generators are the same": same,
        "two splits with one Generator are the same": first(shared) == first(shared),
        "two splits without rng are the same": first(None) == first(None),
    }


def split_counts(tt, n, size, seed, times):
    """How often each sample is in the first part of a split, and how often each pair of neighbours is."""
    rng = np.random.default_rng(seed)
    alone, pairs = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for _ in range(times):
        part = tt.random_split(list(range(n)), [size, n - size], rng=rng)[0]
        chosen = np.zeros(n, np.int64)
        chosen[[part[place] for place in range(len(part))]] = 1
        alone += chosen
        pairs += chosen * np.roll(chosen, 1)
    return {"alone": alone, "with its neighbour": pairs}


# ------------------------------------------------------------ 3. default_collate


def collate(tt, batch, as_tensors):
    """default_collate of samples, with their arrays as Tensors or as they are."""
    return plain(tt, tt.default_collate(tensors(tt, batch) if as_tensors else batch))


def collate_of_mixed(tt, kinds):
    """A batch of samples of several kinds."""
    made = {"tensor": tt.Tensor([1.0]), "tuple": (1.0,), "number": 1.0, "dict": {"a": 1.0}, "none": None, "set": {1}}
    return plain(tt, tt.default_collate([made[kind] for kind in kinds]))


def written_batch(tt, batch, as_tensors):
    """The samples after 77 was written all over the batch."""
    samples = [tt.Tensor(sample) if as_tensors else sample.copy() for sample in batch]
    made = tt.default_collate(samples)
    made.data[...] = 77
    return [sample.data if as_tensors else sample for sample in samples]


# ----------------------------------------------------------------- 4. DataLoader


def batches(tt, x, y, batch_size, drop_last):
    """An epoch of the pairs (x[i], y[i]), and the number of batches that the loader announces."""
    dataset = tt.TensorDataset(tt.Tensor(x), tt.Tensor(y))
    loader = tt.DataLoader(dataset, batch_size=batch_size, drop_last=drop_last)
    return {"length": len(loader), "batches": [plain(tt, batch) for batch in loader]}


def batches_of_a_list(tt, items, batch_size, seed):
    """An epoch of a plain list, in order and shuffled (sorted again here)."""
    in_order = tt.DataLoader(items, batch_size=batch_size)
    mixed = tt.DataLoader(items, batch_size=batch_size, shuffle=True, rng=seed)
    return {
        "in order": [plain(tt, batch) for batch in in_order],
        "shuffled": sorted(number for batch in mixed for number in plain(tt, batch).tolist()),
    }


def default_loader(tt, items):
    """A loader of which nothing is said but the dataset."""
    return [plain(tt, batch) for batch in tt.DataLoader(items)]


def epochs(tt, n, batch_size, drop_last, count, seed):
    """The batches of several shuffled epochs of the numbers 0 to n - 1."""
    loader = tt.DataLoader(
        list(range(n)), batch_size=batch_size, shuffle=True, drop_last=drop_last, collate_fn=list, rng=seed
    )
    return {"length": len(loader), "epochs": [list(loader) for _ in range(count)]}


def pairs_in_shuffled_epochs(tt, x, batch_size, count, seed):
    """Shuffled epochs of (x[i], i): the rows and their numbers."""
    data = tt.Tensor(x)
    dataset = tt.TensorDataset(data, tt.Tensor(np.arange(len(x))))
    loader = tt.DataLoader(dataset, batch_size=batch_size, shuffle=True, rng=seed)
    found = [[(rows.data, numbers.data) for rows, numbers in loader] for _ in range(count)]
    return {"epochs": found, "the data afterwards": data.data}


def seeded_orders(tt, n, batch_size, seed):
    """Three epochs each of loaders made with seeds, Generators, and neither."""

    def three(rng):
        loader = shuffled(tt, n, batch_size, rng)
        return [order_of(loader) for _ in range(3)]

    return {
        "a seed": three(seed),
        "that seed again": three(seed),
        "another seed": three(seed + 1),
        "a Generator": three(np.random.default_rng(seed)),
        "one in the same state": three(np.random.default_rng(seed)),
        "no rng": three(None),
        "no rng again": three(None),
    }


def generator_moves(tt, n, seed):
    """Whether a Generator has moved after two epochs, shuffled and in order; and two loaders that share one."""
    found = {}
    for name, shuffle in (("shuffled", True), ("in order", False)):
        rng = np.random.default_rng(seed)
        loader = tt.DataLoader(list(range(n)), batch_size=4, shuffle=shuffle, collate_fn=list, rng=rng)
        for _ in range(2):
            order_of(loader)
        found[f"{name}: it has moved"] = bool(rng.random() != np.random.default_rng(seed).random())
    rng = np.random.default_rng(seed)
    first, second = shuffled(tt, n, 4, rng), shuffled(tt, n, 4, rng)
    found["two loaders that share one have the same order"] = order_of(first) == order_of(second)
    return found


def order_counts(tt, n, batch_size, seed, times):
    """How often each order of n samples comes up in so many epochs, sorted by order."""
    loader = shuffled(tt, n, batch_size, seed)
    counts = dict.fromkeys(itertools.permutations(range(n)), 0)
    for _ in range(times):
        counts[tuple(order_of(loader))] += 1
    return list(counts.values())


def places_reached(tt, n, batch_size, seed, times):
    """The smallest and largest sample that came first, and last, in so many epochs of n samples."""
    loader = shuffled(tt, n, batch_size, seed)
    orders = np.array([order_of(loader) for _ in range(times)])
    return {
        "first": [int(orders[:, 0].min()), int(orders[:, 0].max())],
        "last": [int(orders[:, -1].min()), int(orders[:, -1].max())],
    }


def global_generators(tt, n, seed):
    """Whether loading and splitting leave the global generators alone, and do not listen to them."""
    before = np.random.get_state(), random.getstate()
    try:
        orders = []
        for _ in range(2):
            np.random.seed(seed)
            random.seed(seed)
            state = np.random.get_state()[1].tolist(), np.random.get_state()[2], random.getstate()
            loader, seeded = shuffled(tt, n, 4, None), shuffled(tt, n, 4, seed)
            parts = tt.random_split(list(range(n)), [n // 2, n - n // 2])
            orders.append((order_of(loader), sorted(parts[0][place] for place in range(len(parts[0])))))
            order_of(seeded)
            after = np.random.get_state()[1].tolist(), np.random.get_state()[2], random.getstate()
        return {
            "the global generators are as before": state == after,
            "orders without rng follow the global seed": orders[0][0] == orders[1][0],
            "splits without rng follow the global seed": orders[0][1] == orders[1][1],
        }
    finally:
        np.random.set_state(before[0])
        random.setstate(before[1])


def collated_by(tt, n, batch_size):
    """What a collate_fn is given, and what the loader makes of its results (which are text here)."""
    given = []

    def note(samples):
        given.append((type(samples).__name__, list(samples)))
        return f"batch {len(given)}"

    delivered = list(tt.DataLoader(list(range(n)), batch_size=batch_size, collate_fn=note))
    return {"given": given, "delivered": delivered}


def reads(tt, n, batch_size, shuffle, seed):
    """How many samples have been read: after the loader was made, an epoch begun, each of its batches, and a second epoch."""
    read = []

    class Counted(tt.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, index):
            read.append(index)
            return index

    loader = tt.DataLoader(Counted(), batch_size=batch_size, shuffle=shuffle, rng=seed)
    counts = [len(read)]
    epoch = iter(loader)
    counts.append(len(read))
    for _ in epoch:
        counts.append(len(read))
    for _ in loader:
        pass
    return [*counts, len(read)]


def epochs_side_by_side(tt, n, batch_size, shuffle, seed):
    """Two epochs that take turns, and a third after one that was left in the middle; sorted by sample."""
    loader = tt.DataLoader(list(range(n)), batch_size=batch_size, shuffle=shuffle, collate_fn=list, rng=seed)
    first, second = [], []
    for a, b in zip(loader, loader, strict=True):
        first += a
        second += b
    for _ in loader:
        break
    return {"one": sorted(first), "the other": sorted(second), "after one was left": sorted(order_of(loader))}


def failing_dataset(tt, n, batch_size, at, kind):
    """An epoch of a dataset that raises at one of its samples: the batches before, then the error."""
    kinds = {"IndexError": IndexError, "KeyError": KeyError, "ValueError": ValueError, "OSError": OSError}

    class Failing(tt.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, index):
            if index == at:
                raise kinds[kind](f"sample {at} cannot be read")
            return index

    before = []
    try:
        for batch in tt.DataLoader(Failing(), batch_size=batch_size, collate_fn=list):
            before.append(batch)
    except kinds[kind] as error:
        return {"before": before, "error": [type(error).__name__, list(error.args)]}
    return {"before": before, "error": None}


def loader_with_batch_size(tt, batch_size):
    return order_of(tt.DataLoader([1, 2, 3], batch_size=batch_size, collate_fn=list))


# -------------------------------------------------------------------- 5. readers


def load_idx(tt, content, name, as_text=True):
    return read_file(tt.load_idx, [content], [name], as_text)


def idx_twice(tt, content):
    """An array from a file, changed here; then the file read again."""
    first = read_file(tt.load_idx, [content], ["data"])
    first[...] = 0
    return {"changed": first, "read again": read_file(tt.load_idx, [content], ["data"])}


def load_missing(tt, reader):
    with tempfile.TemporaryDirectory() as folder:
        read = tt.load_cifar10 if reader == "cifar10" else tt.load_idx
        return read(str(pathlib.Path(folder) / f"not-there.{reader}"))


def load_cifar10(tt, contents, as_text=True):
    names = [f"data_batch_{number}.bin" for number in range(1, len(contents) + 1)]
    images, labels = read_file(tt.load_cifar10, contents, names, as_text)
    images_before, labels_before = images.copy(), labels.copy()
    images[...], labels[...] = 0, 0  # they can be written to
    return {"images": images_before, "labels": labels_before}


# ------------------------------------------------------------------- 6. prefetch


def prefetched(tt, items, depth):
    """Everything that comes of a prefetched list, and what `next` says after the last batch."""
    iterator = iter(tt.prefetch(items) if depth is None else tt.prefetch(items, depth))
    batches = list(iterator)
    return {"batches": batches, "afterwards": [next(iterator, "the end") for _ in range(3)]}


class Endless:
    """0, 1, 2, …, and a count of how many were asked for. Who asks without end is told so at some point."""

    def __init__(self, n=None):
        self.n, self.asked = n, 0

    def __iter__(self):
        while self.n is None or self.asked < self.n:
            if self.asked >= 100_000:
                raise RuntimeError(f"{self.asked} batches were asked for")
            self.asked += 1
            yield self.asked - 1


def odd_batches(tt, depth):
    """Batches that could be mistaken for a signal: by name, whether each arrived as the very object that was loaded."""
    items = {
        "None": None, "False": False, "an empty tuple": (), "a pair": ("error", ValueError()), "an array": np.arange(3),
        "an error": ValueError("a batch, not an error"), "the class StopIteration": StopIteration, "...": ...,
        "an object": object(), "NotImplemented": NotImplemented, "the end of the alphabet": "end",
    }  # fmt: skip
    delivered = list(tt.prefetch(list(items.values()), depth))
    if len(delivered) != len(items):
        return {"count": len(delivered)}
    return {name: got is item for (name, item), got in zip(items.items(), delivered, strict=True)}


class Unlike(Exception):
    """An exception that cannot be made from its message."""

    def __init__(self, first, second):
        super().__init__("unlike")
        self.first, self.second = first, second


def failing_loader(tt, n, depth, kind, at_once):
    """A loader that raises after n batches (or, `at_once`, where its iteration begins): what arrives, and then what."""
    made = {
        "ValueError": ValueError("bad file", 7), "KeyError": KeyError("name"), "its own": Unlike(1, [2]),
        "OSError": OSError(5, "disk"), "EOFError": EOFError(),
    }[kind]  # fmt: skip

    class Failing:
        def __iter__(self):
            if at_once:
                raise made
            return self.batches()

        def batches(self):
            yield from range(n)
            raise made

    before = []
    iterator = iter(())
    try:
        iterator = iter(tt.prefetch(Failing(), depth))
        for batch in iterator:
            before.append(batch)
    except type(made) as error:
        rest = []
        for _ in range(2):  # afterwards it has ended, or raises the same again; what it must not do is wait
            try:
                rest.append(next(iterator, "the end") == "the end")
            except type(made) as again:
                rest.append(again is made)
        return {"before": before, "the very exception": error is made, "afterwards over": all(rest)}
    return {"before": before, "the very exception": False, "afterwards over": True}


def how_far_ahead(tt, n, depth):
    """For each batch that the consumer holds: how many batches beyond it were asked for, once loading stands still."""
    loader = Endless(n)
    ahead = []
    for number, _ in enumerate(tt.prefetch(loader, depth), 1):
        wanted = min(n, number + depth) if n is not None else number + depth
        there = until(lambda wanted=wanted: loader.asked >= wanted)
        time.sleep(0.01)
        ahead.append(loader.asked - number)
        if not there or number == 5:
            break
    return ahead


def threads_left(tt, how, depth):
    """How many threads there are beside those from before: while a prefetched epoch runs, and after it.

    It ends because all was delivered, it was left in the middle, it was never begun, or the loader failed. Then it is
    dropped, and there are two seconds for the thread to end.
    """

    def failing():
        yield from range(3)
        raise ValueError("no more")

    before = set(threading.enumerate())
    loader = failing() if how == "the loader failed" else Endless(7 if how == "all was delivered" else None)
    iterator = iter(tt.prefetch(loader, depth))
    during, daemons = 0, True
    if how != "it was never begun":
        try:
            for number, _ in enumerate(iterator):
                new = set(threading.enumerate()) - before
                during = max(during, len(new))
                daemons = daemons and all(thread.daemon for thread in new)
                if how == "it was left in the middle" and number == 3:
                    time.sleep(0.02)  # the thread now waits for the consumer
                    break
        except ValueError:
            pass
    del iterator
    gc.collect()
    gone = until(lambda: not set(threading.enumerate()) - before)
    return {"at most one during the epoch": during <= 1, "only daemons": daemons, "none afterwards": gone}


def one_at_a_time(tt, n, depth):
    """A loader that another thread enters while it is at work says so; the threads that entered it are counted."""
    busy, entered = threading.Lock(), set()

    class Guarded:
        def __init__(self):
            self.number = 0

        def __iter__(self):
            return self

        def __next__(self):
            if not busy.acquire(blocking=False):
                raise RuntimeError("the loader was asked for a batch while it loads another")
            try:
                entered.add(threading.get_ident())
                time.sleep(0.001)
                self.number += 1
                if self.number > n:
                    raise StopIteration
                return self.number
            finally:
                busy.release()

    batches = list(tt.prefetch(Guarded(), depth))
    return {"batches": batches, "the consumer's own thread loads": threading.get_ident() in entered}


# ------------------------------------------------------------------------- 7. use


def mean_and_variance_by_batch(tt, x, batch_size, seed):
    """Mean and variance of all rows, from one pass over shuffled batches."""
    loader = tt.DataLoader(tt.TensorDataset(tt.Tensor(x)), batch_size=batch_size, shuffle=True, rng=seed)
    count, total, squares = 0, 0.0, 0.0
    for (rows,) in loader:
        count += len(rows)
        total = total + rows.sum(axis=0)
        squares = squares + (rows * rows).sum(axis=0)
    mean = total / count
    return {"mean": mean.data, "variance": (squares / count - mean * mean).data}


def nearest_mean_digits(tt, image_file, label_file, test_images, classes, batch_size, seed):
    """From IDX files to a classifier without training: the mean image of each class, and which of them is nearest."""
    images = read_file(tt.load_idx, [image_file], ["images-idx3-ubyte"])
    labels = read_file(tt.load_idx, [label_file], ["labels-idx1-ubyte.gz"])

    def as_numbers(samples):
        pixels, targets = tt.default_collate(samples)
        return (pixels.astype("float32") / 255).reshape(len(samples), -1), targets.astype("int64")

    dataset = tt.TensorDataset(tt.Tensor(images), tt.Tensor(labels))
    sums, counts = 0.0, 0.0
    for pixels, targets in tt.DataLoader(dataset, batch_size, shuffle=True, collate_fn=as_numbers, rng=seed):
        one_hot = (targets.unsqueeze(1).eq(tt.arange(classes))).astype("float32")
        sums = sums + one_hot.T @ pixels
        counts = counts + one_hot.sum(axis=0)
    means = sums / counts.unsqueeze(1)
    test = tt.Tensor(test_images.reshape(len(test_images), -1)).astype("float32") / 255
    distances = ((test.unsqueeze(1) - means.unsqueeze(0)) ** 2).sum(axis=2)
    return {"means": means.data, "nearest": distances.data.argmin(axis=1)}


def with_and_without_prefetch(tt, x, batch_size, depth, seed):
    """Two shuffled epochs, loaded when asked for and loaded ahead, from the same seed."""
    dataset = tt.TensorDataset(tt.Tensor(x), tt.Tensor(np.arange(len(x))))
    found = {}
    for name in ("when asked for", "ahead"):
        loader = tt.DataLoader(dataset, batch_size=batch_size, shuffle=True, rng=seed)
        found[name] = [
            [plain(tt, batch) for batch in (tt.prefetch(loader, depth) if name == "ahead" else loader)]
            for _ in range(2)
        ]
    return found


def split_and_load(tt, n, held_out, batch_size, seed):
    """Two epochs of training batches and one of test batches from a split: which samples each delivered."""
    rng = np.random.default_rng(seed)
    dataset = tt.TensorDataset(tt.Tensor(np.arange(n)))
    train, test = tt.random_split(dataset, [n - held_out, held_out], rng=rng)
    training = tt.DataLoader(train, batch_size=batch_size, shuffle=True, rng=rng)
    first, second, last = (
        [int(number) for (batch,) in loader for number in batch.data]
        for loader in (training, training, tt.DataLoader(test, batch_size=batch_size))
    )
    return {
        "every training sample, both epochs": sorted(first) == sorted(second),
        "the epochs have the same order": first == second,
        "training and test": sorted(first + last),
        "sizes": [len(train), len(test)],
    }


def changed_batches(tt, x, batch_size):
    """What the dataset holds after every batch was normalised and changed in place."""
    images = tt.Tensor(x)
    for (batch,) in tt.DataLoader(tt.TensorDataset(images), batch_size=batch_size):
        batch.mul_(0).add_(5)
    return images.data


# --------------------------------------------------------------------- 8. reflect


def batches_per_epoch(tt, samples, batch_size, drop_last):
    return tt.reflect.batches_per_epoch(samples, batch_size, drop_last)


def batch_bytes(tt, batch_size, shapes, dtypes):
    """Your formula, and the bytes of a batch that your loader makes."""
    columns = [tt.Tensor(np.zeros((batch_size, *shape), dtype)) for shape, dtype in zip(shapes, dtypes, strict=True)]
    (batch,) = tt.DataLoader(tt.TensorDataset(*columns), batch_size=batch_size)
    return {
        "formula": tt.reflect.batch_bytes(batch_size, shapes, dtypes),
        "a batch of yours": sum(column.data.nbytes for column in batch),
    }


def last_batch_weight(tt, samples, batch_size):
    return tt.reflect.last_batch_weight(samples, batch_size)


def epoch_seconds(tt, batches, load, step, ahead):
    return tt.reflect.epoch_seconds(batches, load, step, ahead)


def speedup_limit(tt, load, step):
    return tt.reflect.speedup_limit(load, step)


def depth_to_hide(tt, pause, step):
    return tt.reflect.depth_to_hide(pause, step)


def prefetch_bytes(tt, batches, depth, bytes_per_batch):
    """Your formula, and how many bytes of batches are alive while the first is in use and loading stands still."""
    alive = weakref.WeakSet()

    class Batch:
        def __init__(self):
            alive.add(self)

    def loader():
        for _ in range(batches):
            yield Batch()

    formula = tt.reflect.prefetch_bytes(batches, depth, bytes_per_batch)
    for _ in tt.prefetch(loader(), depth):
        until(lambda: len(alive) * bytes_per_batch >= formula, 1.0)
        time.sleep(0.005)
        return {"formula": formula, "alive": len(alive) * bytes_per_batch}
    return {"formula": formula, "alive": 0}


# ----------------------------------------------------------------------- 9. speed


def slow_epoch(tt, n, load, step, ahead, repeat):
    """An epoch that waits `load` seconds for each batch and `step` seconds in each step, loaded ahead or not."""

    class Slow(tt.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, index):
            time.sleep(load)
            return index

    total = 0
    for _ in range(repeat):
        loader = tt.DataLoader(Slow(), batch_size=1)
        for batch in tt.prefetch(loader, 2) if ahead else loader:
            time.sleep(step)
            total += int(batch.item())
    return total


def read_idx_again(tt, content, repeat):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "data"
        path.write_bytes(content)
        for _ in range(repeat):
            array = tt.load_idx(path)
    return array


def collate_again(tt, rows, repeat):
    samples = [tt.Tensor(row) for row in rows]
    for _ in range(repeat):
        batch = tt.default_collate(samples)
    return batch.data


def shuffle_again(tt, n, repeat):
    loader = tt.DataLoader(range(n), batch_size=50, shuffle=True, collate_fn=len, rng=0)
    for _ in range(repeat):
        total = sum(loader)
    return total
