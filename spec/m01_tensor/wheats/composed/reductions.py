"""Another way: sums one axis at a time, products by einsum, everything else composed."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import compute, operands, wrap


class Reductions:
    def _axes(self, axis: Any) -> list[int]:
        ndim = self.data.ndim
        axes = list(range(ndim)) if axis is None else list(axis) if isinstance(axis, tuple) else [axis]
        for a in axes:
            if not -ndim <= a < ndim:
                raise IndexError(f"there is no axis {a} in shape {self.data.shape}")
        return sorted((a % ndim for a in axes), reverse=True)

    def _fold(self, function: Any, axis: Any, keepdims: bool) -> Any:
        result, axes = self.data, self._axes(axis)
        for a in axes:
            result = function(result, a)
        for a in reversed(axes) if keepdims else ():
            result = np.expand_dims(result, a)
        return wrap(np.array(result))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        kind = self.data.dtype if self.data.dtype.kind == "f" else np.dtype("int64")
        with np.errstate(all="ignore"):
            return self._fold(lambda x, a: np.add.reduce(x, axis=a, dtype=kind), axis, keepdims).astype(kind)

    def _count(self, axis: Any) -> int:
        return int(np.prod([self.data.shape[a] for a in self._axes(axis)], dtype=np.int64))

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        count = self._count(axis)
        return self.sum(axis, keepdims) * (1 / count if count else float("nan"))

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        if self.data.size == 0 and any(self.data.shape[a] == 0 for a in self._axes(axis)):
            raise ValueError(f"the maximum of nothing: axis {axis} of shape {self.data.shape}")
        return self._fold(lambda x, a: np.sort(x, axis=a).take(-1, axis=a), axis, keepdims)  # nan is sorted last

    def var(self, axis: Any = None, keepdims: bool = False, correction: int = 1) -> Any:
        centred = self - self.mean(axis, keepdims=True)
        count = self._count(axis)
        divisor = np.float64(max(count - correction, 0))
        return (centred**2).sum(axis, keepdims) / divisor

    def matmul(self, other: Any) -> Any:
        a, b = operands(self, other)
        if not (a.ndim and b.ndim) or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
            raise ValueError(f"shapes {a.shape} and {b.shape} have no product")
        left = "...ik" if a.ndim > 1 else "k"
        right = "...kj" if b.ndim > 1 else "k"
        out = ("..." if max(a.ndim, b.ndim) > 1 else "") + "i" * (a.ndim > 1) + "j" * (b.ndim > 1)
        try:
            return compute(np.einsum, f"{left},{right}->{out}", a, b)
        except ValueError:
            raise ValueError(f"shapes {a.shape} and {b.shape} have no product") from None

    __matmul__ = matmul

    def __rmatmul__(self, other: Any) -> Any:
        return wrap(np.asarray(other)) @ self

    def matmul_explicit(self, other: Any) -> Any:
        a, b = operands(self, other)
        if (a.ndim, b.ndim) != (2, 2) or a.shape[1] != b.shape[0]:
            raise ValueError(f"shapes {a.shape} and {b.shape} have no product")
        rows, columns = a.tolist(), [[row[j] for row in b.tolist()] for j in range(b.shape[1])]
        product = [[sum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in rows]
        return wrap(np.array(product, a.dtype).reshape(a.shape[0], b.shape[1]))
