"""The same questions answered without the framework: with NumPy, lists and a simulated clock."""

import gzip
import math
import struct

import numpy as np

from ..kit import Bounded

# ------------------------------------------------------------------------ datasets


def samples(columns, as_tensors, indices):
    return {"length": len(columns[0]), "samples": [tuple(np.asarray(c[index]) for c in columns) for index in indices]}


def every_sample(columns):
    return {"is a Dataset": True, "samples": [tuple(np.asarray(value) for value in row) for row in zip(*columns)]}  # noqa: B905


def written_later(x, y, index, value):
    return {"before": np.asarray(x[index]), "after": np.full_like(x[index], value)}


def subset(items, indices, inner, positions):
    part = [items[index] for index in indices]
    if inner is not None:
        part = [part[index] for index in inner]
    return {"length": len(part), "samples": [part[position] for position in positions]}


def subset_of_a_changed_list(items, indices):
    found = [items[index] for index in indices]
    return {"list": found, "array": found}


def split_sizes(n, lengths, seed):
    """PyTorch's rule: whole samples first, what is left over one each from the first part on."""
    sizes = [math.floor(n * length) for length in lengths]
    left = n - sum(sizes)
    return [size + (part < left) for part, size in enumerate(sizes)]


# ------------------------------------------------------------------------- batches


def collate(batch, as_tensors=True):
    first = batch[0]
    if isinstance(first, str | bytes):
        return list(batch)
    if isinstance(first, tuple | list):
        return type(first)(collate([sample[place] for sample in batch]) for place in range(len(first)))
    if isinstance(first, dict):
        return {key: collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, np.ndarray | np.generic):
        return np.stack([np.asarray(sample) for sample in batch])
    if all(isinstance(sample, bool) for sample in batch):
        return np.array(batch)
    return np.array(batch, np.float32 if any(isinstance(sample, float) for sample in batch) else np.int64)


def written_batch(batch, as_tensors):
    return list(batch)


def cuts(n, batch_size, drop_last):
    """Where the batches of an epoch begin and end."""
    begins = range(0, n, batch_size)
    return [(b, min(b + batch_size, n)) for b in begins if not drop_last or b + batch_size <= n]


def batches(x, y, batch_size, drop_last):
    edges = cuts(len(x), batch_size, drop_last)
    return {"length": len(edges), "batches": [(x[begin:end], y[begin:end]) for begin, end in edges]}


def batches_of_a_list(items, batch_size, seed):
    array = np.array(items, np.int64)
    edges = cuts(len(items), batch_size, False)
    return {"in order": [array[begin:end] for begin, end in edges], "shuffled": sorted(items)}


def default_loader(items):
    return [np.array([item], np.int64) for item in items]


def collated_by(n, batch_size):
    edges = cuts(n, batch_size, False)
    return {
        "given": [("list", list(range(begin, end))) for begin, end in edges],
        "delivered": [f"batch {number}" for number in range(1, len(edges) + 1)],
    }


def reads(n, batch_size, shuffle, seed):
    return [0, 0, *(end for _, end in cuts(n, batch_size, False)), 2 * n]


def epochs_side_by_side(n, batch_size, shuffle, seed):
    return {key: list(range(n)) for key in ("one", "the other", "after one was left")}


def failing_dataset(n, batch_size, at, kind):
    full = at // batch_size
    return {
        "before": [list(range(batch * batch_size, (batch + 1) * batch_size)) for batch in range(full)],
        "error": [kind, [f"sample {at} cannot be read"]],
    }


# --------------------------------------------------------------------------- files

IDX_CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx_file(x, compressed=False):
    """The bytes of an IDX file that holds the array `x`."""
    header = struct.pack(f">BBBB{x.ndim}I", 0, 0, IDX_CODES[x.dtype.name], x.ndim, *x.shape)
    content = header + np.ascontiguousarray(x).astype(x.dtype.newbyteorder(">")).tobytes()
    return gzip.compress(content, 1, mtime=0) if compressed else content


def cifar10_file(images, labels):
    """The bytes of a CIFAR-10 file: (n, 3, 32, 32) and (n,), both uint8."""
    return b"".join(bytes([label]) + image.tobytes() for image, label in zip(images, labels, strict=True))


# ----------------------------------------------------------------------------- use


def mean_and_variance_by_batch(x, batch_size, seed):
    squares = (x * x).mean(axis=0)
    return {"mean": Bounded(x.mean(axis=0), np.abs(x).mean(axis=0)), "variance": Bounded(x.var(axis=0), 2 * squares)}


def nearest_mean_digits(image_file, label_file, test_images, classes, batch_size, seed):
    raw = gzip.decompress(label_file)
    labels = np.frombuffer(raw, np.uint8, offset=8)
    images = np.frombuffer(image_file, np.uint8, offset=16).reshape(len(labels), -1) / 255
    means = np.stack([images[labels == label].mean(axis=0) for label in range(classes)])
    distances = ((test_images.reshape(len(test_images), 1, -1) / 255 - means) ** 2).sum(axis=2)
    return {"means": means.astype(np.float32), "nearest": distances.argmin(axis=1)}


def split_and_load(n, held_out, batch_size, seed):
    return {
        "every training sample, both epochs": True,
        "the epochs have the same order": False,
        "training and test": list(range(n)),
        "sizes": [n - held_out, held_out],
    }


def changed_batches(x, batch_size):
    return x


# ------------------------------------------------------------------------- reflect


def batches_per_epoch(samples, batch_size, drop_last):
    return len(cuts(samples, batch_size, drop_last))


def batch_bytes(batch_size, shapes, dtypes):
    arrays = [np.zeros((batch_size, *shape), dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]
    total = sum(array.nbytes for array in arrays)
    return {"formula": total, "a batch of yours": total}


def last_batch_weight(samples, batch_size):
    """Measured: how far the mean of the batches' means moves if one sample does, the last or the first."""

    def mean_of_means(values):
        return np.mean([values[begin:end].mean() for begin, end in cuts(samples, batch_size, False)])

    first, last = np.zeros(samples), np.zeros(samples)
    first[0], last[-1] = 1.0, 1.0
    return float(mean_of_means(last) / mean_of_means(first))


def consumer_waits(loads, step, depth):
    """When the consumer asks for each batch, receives it, and has used the last one: a simulated clock.

    The thread may begin a batch when it has finished the one before, and the consumer has received the batch
    `depth` before it; the consumer asks for a batch when it has used the one before.
    """
    asked, received, loaded = [], [], []
    for number, load in enumerate(loads):
        begin = max(loaded[-1] if loaded else 0, received[number - depth] if number >= depth else 0)
        loaded.append(begin + load)
        asked.append(received[-1] + step if received else 0)
        received.append(max(asked[-1], loaded[-1]))
    return asked, received, received[-1] + step if received else 0


def epoch_seconds(batches, load, step, ahead):
    if not ahead:
        return float(np.sum([load + step] * batches))
    return float(consumer_waits([load] * batches, step, 2)[2])


def speedup_limit(load, step):
    """Measured: what one batch more costs once an epoch is under way."""
    longer, shorter = (consumer_waits([load] * n, step, 1)[2] for n in (51, 50))
    return float((load + step) / (longer - shorter))


def depth_to_hide(pause, step):
    """Measured: the first depth with which the simulated consumer receives every batch when it asks for it."""
    for depth in range(1, pause + 2):
        loads = [0] * (2 * depth + 4)
        loads[depth + 2] = pause
        asked, received, _ = consumer_waits(loads, step, depth)
        if asked == received:
            return depth
    raise AssertionError("there is always one")


def prefetch_bytes(batches, depth, bytes_per_batch):
    alive = min(batches, depth + 1) * bytes_per_batch
    return {"formula": alive, "alive": alive}


# --------------------------------------------------------------------------- speed


def read_idx_by_element(content):
    """One element after another: what a reader made of loops costs."""
    shape = struct.unpack_from(">3I", content, 4)
    array = np.zeros(shape, np.int16)
    place = 16
    for i in range(shape[0]):
        for j in range(shape[1]):
            for k in range(shape[2]):
                array[i, j, k] = struct.unpack_from(">h", content, place)[0]
                place += 2
    return array


def collate_by_element(rows):
    """One element after another."""
    batch = np.zeros((len(rows), len(rows[0])), rows[0].dtype)
    for i, row in enumerate(rows):
        for j in range(len(row)):
            batch[i, j] = row[j]
    return batch
