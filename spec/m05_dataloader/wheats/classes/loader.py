"""From samples to batches, epoch after epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from .datasets import Rng


def default_collate(samples: list[Any]) -> Any:
    """One batch out of a list of samples: their numbers side by side along a new first axis.

    What a sample is decides what the batch is:

    - Tensors or NumPy arrays of one shape: a Tensor of shape (batch, *shape) and of their dtype.
    - numbers: a Tensor of shape (batch,). Python's become float32, int64 or bool, as in Tensor([...]), and one float
      among whole numbers makes all of them floats; NumPy's keep their dtype.
    - text (str, bytes): a list of them.
    - tuples and lists: a tuple or a list with a batch for each place; dicts: a dict, in the order of the first sample,
      with a batch for each key. Nested ones likewise.

    Every number of the batch is a copy: it shares no memory with the samples, whatever is written into it.

    Args:
        samples: one or more of the same kind; not changed.
    Raises:
        ValueError: no samples; shapes that differ (both are named); tuples or lists that differ in length (both
            lengths are named); a key that not all dicts have (it is named).
        TypeError: a kind of sample that is not listed here, such as None (the type is named), or several kinds.

    >>> default_collate([(Tensor([1.0, 2.0]), 7, "cat"), (Tensor([3.0, 4.0]), 9, "dog")])
    (Tensor([[1. 2.]
            [3. 4.]]), Tensor([7 9]), ['cat', 'dog'])

    Source: torch.utils.data.default_collate (which gives a list for a tuple, and float64 for Python's floats).
    """
    if len(samples) == 0:
        raise ValueError("no samples")
    types = {type(sample) for sample in samples}
    first = samples[0]
    if isinstance(first, (Tensor, np.ndarray)):
        if not types <= {Tensor, np.ndarray}:
            raise TypeError(f"{types}")
        arrays = [sample.data if isinstance(sample, Tensor) else sample for sample in samples]
        for array in arrays:
            if array.shape != arrays[0].shape:
                raise ValueError(f"{arrays[0].shape} beside {array.shape}")
        batch = np.empty((len(arrays), *arrays[0].shape), np.result_type(*arrays))
        for place, array in enumerate(arrays):
            batch[place] = array
        return Tensor(batch)
    if isinstance(first, (str, bytes)):
        return list(samples)
    if isinstance(first, np.generic):
        return Tensor(np.stack(samples))
    if isinstance(first, (bool, int, float)):
        if not types <= {bool, int, float}:
            raise TypeError(f"{types}")
        dtype = "float32" if float in types else "int64" if int in types else "bool"
        return Tensor(np.array(samples, dtype))
    if len(types) > 1:
        raise TypeError(f"{types}")
    if isinstance(first, dict):
        keys = set().union(*samples)
        for sample in samples:
            for key in keys:
                if key not in sample:
                    raise ValueError(f"no {key} in {sample}")
        return dict(
            zip(first, default_collate([tuple(sample[key] for key in first) for sample in samples]), strict=True)
        )
    if isinstance(first, (tuple, list)):
        for sample in samples:
            if len(sample) != len(first):
                raise ValueError(f"{len(first)} against {len(sample)}")
        made = map(default_collate, zip(*samples, strict=True))
        return list(made) if isinstance(first, list) else tuple(made)
    raise TypeError(f"what is a {type(first).__name__}?")


class DataLoader:
    """Goes through a dataset in batches; each `for batch in loader` is one epoch, which delivers every sample once.

    An epoch reads from the dataset only when a batch is asked for, and only the samples of that batch. Two epochs may
    run side by side, and one may be left in the middle: neither changes what another delivers. The dataset itself stays
    as it is, and what it raises reaches whoever asked for the batch.

    Without shuffle the samples come in the order of the dataset. With shuffle every epoch has a new order of all
    samples, and every order is equally likely.

    Args:
        dataset: anything with `__len__` and `__getitem__`; it is asked for positions from 0 to len(dataset) - 1.
        batch_size: samples in a batch. The last batch of an epoch has what is left, unless `drop_last` leaves it out.
        shuffle: a new order for each epoch.
        drop_last: leave the last batch out if it is not full.
        collate_fn: makes a batch out of a list of samples; `default_collate` if None. Its result is delivered as it is.
        rng: where the orders come from. A seed gives every loader made with it the same orders, epoch by epoch. A
            Generator is used itself, not a copy: every shuffled epoch moves it on. With None the orders are never the
            same. Without shuffle nothing is drawn.
    Raises:
        ValueError: `batch_size` is less than 1; it is named.
        TypeError: `batch_size` is no whole number.

    >>> for batch in DataLoader([10, 20, 30, 40, 50], batch_size=2):
    ...     print(batch)
    Tensor([10 20])
    Tensor([30 40])
    Tensor([50])
    >>> once, again = (DataLoader(range(50), batch_size=50, shuffle=True, collate_fn=list, rng=7) for _ in range(2))
    >>> list(once) == list(again), list(once) == list(again), list(once) == list(once)
    (True, True, False)

    Source: torch.utils.data.DataLoader.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        rng: Rng = None,
    ) -> None:
        if not isinstance(batch_size, (int, np.integer)):
            raise TypeError(f"batch_size {batch_size!r}")
        if batch_size <= 0:
            raise ValueError(f"batch_size {batch_size}")
        self.dataset, self.batch_size, self.shuffle, self.drop_last = dataset, int(batch_size), shuffle, drop_last
        self.collate_fn = default_collate if collate_fn is None else collate_fn
        self.rng, self.epoch = rng, 0

    def __len__(self) -> int:
        """How many batches an epoch has."""
        size = len(self.dataset) + (0 if self.drop_last else self.batch_size - 1)
        return size // self.batch_size

    def __iter__(self) -> Iterator[Any]:
        """The batches of a new epoch, one at a time."""
        indices = np.arange(len(self.dataset))
        if self.shuffle:
            rng = self.rng
            if isinstance(rng, (int, np.integer)):
                rng = np.random.default_rng([rng, self.epoch])
            self.epoch += 1
            np.random.default_rng(rng).shuffle(indices)
        return _Epoch(self, indices)


class _Epoch:
    """One epoch, as an object that holds its place."""

    def __init__(self, loader: DataLoader, indices: np.ndarray) -> None:
        self.loader, self.indices, self.place = loader, indices, 0

    def __iter__(self) -> _Epoch:
        return self

    def __next__(self) -> Any:
        size = self.loader.batch_size
        part = self.indices[self.place : self.place + size]
        if len(part) == 0 or (self.loader.drop_last and len(part) < size):
            raise StopIteration
        self.place += size
        return self.loader.collate_fn([self.loader.dataset[int(index)] for index in part])
