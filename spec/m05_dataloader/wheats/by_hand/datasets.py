"""Datasets: samples that can be counted and fetched by position, and ways to take parts of them."""

from __future__ import annotations

import abc
import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..m01_tensor import Tensor

Rng = np.random.Generator | int | None
"""Where random numbers come from: a Generator (which moves on), a seed (always the same numbers), or None (never
the same numbers). NumPy's global state is never used."""


class Dataset(abc.ABC):
    """Samples that can be counted and fetched by position. Given.

    Nothing asks whether an object is a Dataset: whatever has `__len__` and `__getitem__` works as one, a list too.
    The class says what the two promise.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 5
    ...     def __getitem__(self, index):
    ...         return position(index, len(self)) ** 2
    >>> squares = Squares()
    >>> len(squares), squares[3], squares[-1], list(squares)
    (5, 9, 16, [0, 1, 4, 9, 16])

    Source: torch.utils.data.Dataset.
    """

    @abc.abstractmethod
    def __len__(self) -> int:
        """How many samples there are."""

    @abc.abstractmethod
    def __getitem__(self, index: int) -> Any:
        """The sample at `index`, which may be anything: a Tensor, a tuple, a dict, …

        A negative index counts from the end; an index that is not there is an IndexError, which is also what ends
        `for sample in dataset`.
        """


def position(index: int, length: int) -> int:
    """Where `index` points in something of this length, counted from 0.

    As for a list, a negative index counts from the end.

    Args:
        index: a whole number, Python's or NumPy's.
        length: how many samples there are.
    Returns:
        A number from 0 to length - 1.
    Raises:
        IndexError: nothing is there; both `index` and `length` are named.
        TypeError: `index` is no whole number.

    >>> position(2, 5), position(-1, 5)
    (2, 4)
    """
    place = operator.index(index)
    if not -length <= place < length:
        raise IndexError(f"index {place} is out of range for a dataset of length {length}")
    return place + length if place < 0 else place


class TensorDataset(Dataset):
    """Sample i is the tuple of row i of each tensor: images[i], labels[i].

    The tensors are kept, not copied: a dataset of a gigabyte costs a gigabyte once, and what is written into a tensor
    later shows in the samples.

    Args:
        tensors: one or more Tensors with first axes of equal length. A NumPy array becomes a Tensor (a copy).
    Raises:
        ValueError: two first axes differ in length (both lengths are named), a tensor has no axes, or there is
            no tensor.

    >>> dataset = TensorDataset(Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), Tensor([0, 1, 0]))
    >>> len(dataset), dataset[1]
    (3, (Tensor([3. 4.]), Tensor(1)))

    Source: torch.utils.data.TensorDataset.
    """

    def __init__(self, *tensors: Any) -> None:
        self.tensors = []
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                tensor = Tensor(tensor)
            if not tensor.ndim or (self.tensors and len(tensor) != len(self.tensors[0])):
                raise ValueError(f"shapes {[tuple(t.shape) for t in self.tensors]} and {tuple(tensor.shape)}")
            self.tensors.append(tensor)
        if not self.tensors:
            raise ValueError("nothing to load")

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self.tensors[0])

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        """The sample at `index`, a tuple even if there is one tensor only.

        Raises:
            IndexError: it is not there; the index and the number of samples are named.
            TypeError: `index` is no whole number.
        """
        place = position(index, len(self))
        return tuple(tensor[place] for tensor in self.tensors)


class Subset(Dataset):
    """Some samples of a dataset, in an order of their own, without a copy of any.

    Args:
        dataset: anything with `__len__` and `__getitem__`, another Subset too.
        indices: positions in it: whole numbers, in any order, repeats and negative ones allowed. What happens to this
            list or array later has no effect.

    >>> few = Subset(["a", "b", "c", "d"], [3, 0, 0])
    >>> len(few), few[0], few[-1]
    (3, 'd', 'a')

    Cost: 8 bytes or so a sample, however large the samples are.
    Source: torch.utils.data.Subset.
    """

    def __init__(self, dataset: Any, indices: Iterable[int]) -> None:
        self.dataset = dataset
        self.indices = np.array(list(indices), dtype=np.int64)

    def __len__(self) -> int:
        """How many samples there are in this part."""
        return len(self.indices)

    def __getitem__(self, index: int) -> Any:
        """The sample at `index` of this part.

        Raises:
            IndexError: it is not there; the index and the number of samples in this part are named.
            TypeError: `index` is no whole number.
        """
        return self.dataset[self.indices[position(index, len(self))]]


def random_split(dataset: Any, lengths: Sequence[int | float], rng: Rng = None) -> list[Subset]:
    """Deal the samples of `dataset` out at random: each goes to exactly one part, and every split is equally likely.

    Args:
        dataset: anything with `__len__` and `__getitem__`.
        lengths: how many samples each part gets: either whole numbers that add up to len(dataset), or fractions that
            add up to 1, give or take a rounding error. A fraction gives the whole samples in fraction × len(dataset);
            those left over go to the first parts, one each. Parts may be empty. The type tells the two apart: 1 is one
            sample, 1.0 is everything.
        rng: a Generator, which moves on; a seed, which always gives the same split; or None.
    Returns:
        A Subset for each length, in the order of `lengths`.
    Raises:
        ValueError: whole numbers that do not add up to len(dataset) (both are named), fractions that do not add up
            to 1 (their sum is named), or one that is negative.

    >>> train, test = random_split(list("abcdefghij"), [0.75, 0.25], rng=0)
    >>> len(train), len(test), "".join(sorted([*train, *test]))
    (8, 2, 'abcdefghij')

    Source: torch.utils.data.random_split.
    """
    size = len(dataset)
    if all(isinstance(length, int) for length in lengths):
        counts = list(lengths)
        if min(counts) < 0 or sum(counts) != size:
            raise ValueError(f"{counts} add up to {sum(counts)}, not to {size}")
    else:
        if min(lengths) < 0 or abs(math.fsum(lengths) - 1) > 1e-9:
            raise ValueError(f"{lengths} add up to {math.fsum(lengths)}, not to 1")
        counts = [int(size * length) for length in lengths]
        part = 0
        while sum(counts) < size:
            counts[part] += 1
            part += 1
    rng = np.random.default_rng(rng)
    left = list(range(size))
    parts = []
    for count in counts:
        chosen = []
        for _ in range(count):
            place = int(rng.integers(len(left)))
            left[place], left[-1] = left[-1], left[place]
            chosen.append(left.pop())
        parts.append(Subset(dataset, chosen))
    return parts
