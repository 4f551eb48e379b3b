"""Datasets: samples that can be counted and fetched by position, and ways to take parts of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..m01_tensor import Tensor

"""Where random numbers come from: a Generator (which moves on), a seed (always the same numbers), or None (never
the same numbers). NumPy's global state is never used."""


class TensorDataset(Dataset):
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


class Subset(Dataset):
    def __init__(self, dataset: Any, indices: Iterable[int]) -> None:
        self.dataset = dataset
        self.indices = np.array(list(indices), dtype=np.int64)


def random_split(dataset: Any, lengths: Sequence[int | float], rng: Rng = None) -> list[Subset]:
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
