"""Row after row: a small product for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class SparseMatrix:
    values: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    shape: tuple[int, int]

    @classmethod
    def from_dense(cls, dense: np.ndarray) -> SparseMatrix:
        if dense.ndim != 2:
            raise ValueError(f"{dense.shape}")
        where = [np.flatnonzero(row) for row in dense]
        starts = np.cumsum([0, *(len(places) for places in where)]).astype("int32")
        width = "int16" if dense.shape[1] <= 32768 else "int32"
        columns = np.concatenate([np.zeros(0, int), *where]).astype(width)
        values = np.concatenate(
            [np.zeros(0, dense.dtype), *(row[places] for row, places in zip(dense, where, strict=True))]
        )
        return cls(values, columns, starts, dense.shape)

    def to_dense(self) -> np.ndarray:
        dense = np.zeros(self.shape, self.values.dtype)
        for row in range(self.shape[0]):
            part = slice(self.starts[row], self.starts[row + 1])
            dense[row, self.columns[part]] = self.values[part]
        return dense

    @property
    def nbytes(self) -> int:
        return int(sum(array.nbytes for array in (self.values, self.columns, self.starts)))

    def apply(self, x: np.ndarray) -> np.ndarray:
        rows, columns = self.shape
        if x.ndim < 1 or x.shape[-1] != columns:
            raise ValueError(f"x {x.shape} and a matrix {self.shape}")
        y = np.empty((*x.shape[:-1], rows), x.dtype)
        for row, (start, end) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True)):
            y[..., row] = x[..., self.columns[start:end]] @ self.values[start:end]
        return y
