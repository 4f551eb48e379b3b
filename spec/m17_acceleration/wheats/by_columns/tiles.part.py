"""Addresses of a whole tile at a time; the tiles of the result are visited for one piece of the axis in between after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def matmul_trace(m: int, n: int, k: int, block: int | None = None, transposed: bool = False) -> np.ndarray:
    edge = block or max(m, n, k)
    parts = [np.zeros(0, np.int64)]
    for i0 in range(0, m, edge):
        for j0 in range(0, n, edge):
            for p0 in range(0, k, edge):
                i, j, p = np.ogrid[i0 : min(i0 + edge, m), j0 : min(j0 + edge, n), p0 : min(p0 + edge, k)]
                a, b = i * k + p + 0 * j, m * k + (j * k + p if transposed else p * n + j) + 0 * i
                pairs = np.stack([a, b], axis=-1).reshape(i.size, j.size, -1)
                c = (m * k + k * n + i * n + j)[:, :, 0]
                parts.append(np.concatenate([pairs, c[..., None]], axis=-1).reshape(-1))
    return np.concatenate(parts)


def matmul_blocked(
    a: np.ndarray,
    b: np.ndarray,
    block: int = 128,
    product: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.matmul,
) -> np.ndarray:
    if block < 1 or a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0]:
        raise ValueError(f"{a.shape} and {b.shape} in blocks of {block}")
    out = np.zeros((len(a), b.shape[1]), np.result_type(a.dtype, b.dtype))
    for p in range(0, a.shape[1], block):
        for i in range(0, len(a), block):
            for j in range(0, b.shape[1], block):
                tile = (slice(i, i + block), slice(j, j + block))
                out[tile] += product(a[i : i + block, p : p + block], b[p : p + block, j : j + block])
    return out
