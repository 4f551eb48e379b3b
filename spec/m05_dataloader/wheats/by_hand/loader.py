"""From samples to batches, epoch after epoch."""

from __future__ import annotations

import math
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
    samples = list(samples)
    if not samples:
        raise ValueError("default_collate needs at least one sample")
    first = samples[0]

    def all_are(*kinds: type) -> bool:
        found = [isinstance(sample, kinds) for sample in samples]
        if any(found) and not all(found):
            names = dict.fromkeys(type(sample).__name__ for sample in samples)
            raise TypeError(f"samples of different kinds make no batch: {', '.join(names)}")
        return found[0]

    def places() -> list[list[Any]]:
        lengths = dict.fromkeys(map(len, samples))
        if len(lengths) > 1:
            raise ValueError(f"samples of different lengths make no batch: {', '.join(map(str, lengths))}")
        return [list(place) for place in zip(*samples, strict=True)]

    if all_are(str, bytes):
        return samples
    if all_are(tuple):
        return tuple(default_collate(place) for place in places())
    if all_are(list):
        return [default_collate(place) for place in places()]
    if all_are(dict):
        for sample in samples:
            if odd := sample.keys() ^ first.keys():
                raise ValueError(f"keys that not all samples have: {', '.join(map(repr, odd))}")
        return {key: default_collate([sample[key] for sample in samples]) for key in first}
    if all_are(Tensor, np.ndarray):
        shapes = dict.fromkeys(sample.shape for sample in samples)
        if len(shapes) > 1:
            raise ValueError(f"samples of different shapes make no batch: {', '.join(map(str, shapes))}")
        return Tensor.stack([sample if isinstance(sample, Tensor) else Tensor(sample) for sample in samples])
    if all_are(bool, int, float, np.generic):
        return Tensor(np.array(samples)) if isinstance(first, np.generic) else Tensor(samples)
    raise TypeError(f"default_collate cannot make a batch of {type(first).__name__}")


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
        if type(batch_size) is not int:
            raise TypeError(f"batch_size {batch_size!r}")
        if batch_size < 1:
            raise ValueError(f"batch_size {batch_size}")
        self.options = dataset, batch_size, drop_last, collate_fn or default_collate
        self.rng = np.random.default_rng(rng) if shuffle else None

    def __len__(self) -> int:
        """How many batches an epoch has."""
        dataset, batch_size, drop_last, _ = self.options
        return (math.floor if drop_last else math.ceil)(len(dataset) / batch_size)

    def __iter__(self) -> Iterator[Any]:
        """The batches of a new epoch, one at a time."""
        dataset, batch_size, drop_last, collate = self.options
        left = list(range(len(dataset)))
        batch = []
        while left:
            # One sample at a time out of those that are left; the last takes the place of the one taken.
            place = 0 if self.rng is None else int(self.rng.integers(len(left)))
            if self.rng is None:
                indices, left = left, []
            else:
                indices, left[place] = [left[place]], left[-1]
                left.pop()
            for index in indices:
                batch.append(dataset[index])
                if len(batch) == batch_size:
                    yield collate(batch)
                    batch = []
        if batch and not drop_last:
            yield collate(batch)
