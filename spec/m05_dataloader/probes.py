"""How the laws of m05 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.TensorDataset`, `tt.DataLoader`, … A probe gets NumPy arrays, numbers and lists, and returns such.
"""

import itertools
import random

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


# ------------------------------------------------------------------------- use


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
