"""Datasets: samples that can be counted and fetched by position, and ways to take parts of them."""

from __future__ import annotations

import abc
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
    try:
        return range(length)[index]
    except IndexError:
        raise IndexError(f"no sample {index} among {length}") from None


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
        if not tensors:
            raise ValueError("no tensors")
        self._columns = [tensor if isinstance(tensor, Tensor) else Tensor(tensor) for tensor in tensors]
        if any(column.shape == () for column in self._columns):
            raise ValueError("a tensor without axes")
        lengths = sorted({column.shape[0] for column in self._columns})
        if len(lengths) > 1:
            raise ValueError(f"lengths {lengths}")
        self._length = lengths[0]

    def __len__(self) -> int:
        """How many samples there are."""
        return self._length

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        """The sample at `index`, a tuple even if there is one tensor only.

        Raises:
            IndexError: it is not there; the index and the number of samples are named.
            TypeError: `index` is no whole number.
        """
        index = position(index, self._length)
        return tuple([column[index] for column in self._columns])


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
        self._dataset = dataset
        self._indices = tuple(int(index) for index in indices)

    def __len__(self) -> int:
        """How many samples there are in this part."""
        return len(self._indices)

    def __getitem__(self, index: int) -> Any:
        """The sample at `index` of this part.

        Raises:
            IndexError: it is not there; the index and the number of samples in this part are named.
            TypeError: `index` is no whole number.
        """
        return self._dataset[self._indices[position(index, len(self._indices))]]


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
    whole = all(isinstance(length, (int, np.integer)) for length in lengths)
    shares = np.asarray(lengths, np.int64 if whole else np.float64)
    if (shares < 0).any():
        raise ValueError(f"negative: {shares}")
    if abs(shares.sum() - (size if whole else 1.0)) > 1e-6:
        raise ValueError(f"{shares.sum()} for {size} samples")
    sizes = shares if whole else np.floor(size * shares).astype(int)
    sizes = sizes + (np.arange(len(sizes)) < size - sizes.sum())
    owners = np.repeat(np.arange(len(sizes)), sizes)
    np.random.default_rng(rng).shuffle(owners)
    return [Subset(dataset, np.flatnonzero(owners == part)) for part in range(len(sizes))]
