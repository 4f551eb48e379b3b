"""Datasets: samples that can be counted and fetched by position, and ways to take parts of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..m01_tensor import Tensor

"""Where random numbers come from: a Generator (which moves on), a seed (always the same numbers), or None (never
the same numbers). NumPy's global state is never used."""


def position(index: int, length: int) -> int:
    try:
        return range(length)[index]
    except IndexError:
        raise IndexError(f"no sample {index} among {length}") from None


class TensorDataset(Dataset):
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
        return self._length

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        index = position(index, self._length)
        return tuple([column[index] for column in self._columns])


class Subset(Dataset):
    def __init__(self, dataset: Any, indices: Iterable[int]) -> None:
        self._dataset = dataset
        self._indices = tuple(int(index) for index in indices)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Any:
        return self._dataset[self._indices[position(index, len(self._indices))]]


def random_split(dataset: Any, lengths: Sequence[int | float], rng: Rng = None) -> list[Subset]:
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
