"""Another way: NumPy's own reductions with float64 inside, and products by tensordot, matrix for matrix."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .dtypes import compute, operands, wrap


class Reductions:
    def _reduced(self, function: Any, **options: Any) -> Any:
        x = self.data if self.data.dtype.kind == "f" else self.data.astype(np.float32)
        with np.errstate(all="ignore"):
            return wrap(np.asarray(function(x, dtype=np.float64, **options)).astype(x.dtype))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        if self.data.dtype.kind != "f":
            return compute(np.sum, self.data.astype(np.int64), axis=axis, keepdims=keepdims)
        return self._reduced(np.sum, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        return self._reduced(np.mean, axis=axis, keepdims=keepdims)

    def var(self, axis: Any = None, keepdims: bool = False, correction: int = 1) -> Any:
        return self._reduced(np.var, axis=axis, keepdims=keepdims, ddof=correction)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        return compute(np.maximum.reduce, self.data, axis=axis, keepdims=keepdims)

    def matmul(self, other: Any) -> Any:
        a, b = operands(self, other)
        complaint = f"matmul: {a.shape} @ {b.shape}"
        if 0 in (a.ndim, b.ndim):
            raise ValueError(complaint)
        left, right = np.atleast_2d(a), b if b.ndim > 1 else b[:, None]
        if left.shape[-1] != right.shape[-2]:
            raise ValueError(complaint)
        try:
            stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        except ValueError:
            raise ValueError(complaint) from None
        left = np.broadcast_to(left, stack + left.shape[-2:])
        right = np.broadcast_to(right, stack + right.shape[-2:])
        out = np.empty((*stack, left.shape[-2], right.shape[-1]), a.dtype)
        for place in itertools.product(*map(range, stack)):
            with np.errstate(all="ignore"):
                out[place] = np.tensordot(left[place], right[place], 1)
        out = out[..., 0] if b.ndim == 1 else out
        return wrap(out if a.ndim > 1 else out[..., 0] if b.ndim == 1 else out[..., 0, :])

    def __matmul__(self, other: Any) -> Any:
        return self.matmul(other)

    def __rmatmul__(self, other: Any) -> Any:
        return wrap(np.asarray(other)).matmul(self)

    def matmul_explicit(self, other: Any) -> Any:
        a, b = operands(self, other)
        if not a.ndim == b.ndim == 2 or a.shape[1] != b.shape[0]:
            raise ValueError(f"matmul_explicit: {a.shape} @ {b.shape}")
        out = np.zeros((a.shape[0], b.shape[1]), np.result_type(a.dtype, np.int64))
        for i, j, k in itertools.product(range(a.shape[0]), range(b.shape[1]), range(a.shape[1])):
            out[i, j] += a[i, k].item() * b[k, j].item()
        return wrap(out.astype(a.dtype))
