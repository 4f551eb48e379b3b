"""From samples to batches, epoch after epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .datasets import Rng


class DataLoader:
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
        dataset, batch_size, drop_last, _ = self.options
        return (math.floor if drop_last else math.ceil)(len(dataset) / batch_size)

    def __iter__(self) -> Iterator[Any]:
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
