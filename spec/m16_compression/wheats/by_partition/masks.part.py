"""Thresholds by np.partition, with ties cut off at the right count; channels one after the other."""

from __future__ import annotations

import numpy as np


def magnitude_mask(weights: np.ndarray, amount: float | int, mask: np.ndarray | None = None) -> np.ndarray:
    weights = np.asarray(weights)
    if mask is not None and np.shape(mask) != weights.shape:
        raise ValueError(f"weights {weights.shape}, mask {np.shape(mask)}")
    sizes = np.abs(weights).astype(np.float64).ravel()
    if mask is not None:
        sizes[~np.asarray(mask).ravel()] = -1.0  # below all others
    gone = int((sizes < 0).sum())
    count = gone + prune_count(amount, sizes.size - gone)
    left = np.ones(sizes.size, bool)
    if count:
        threshold = np.partition(sizes, count - 1)[count - 1]
        left[sizes < threshold] = False
        ties = np.flatnonzero(sizes == threshold)[::-1]  # the last of them go first
        left[ties[: count - int((~left).sum())]] = False
    return left.reshape(weights.shape)


def channel_norms(weights: np.ndarray, n: float = 2, axis: int = 0) -> np.ndarray:
    if n <= 0:
        raise ValueError(f"n = {n}")
    if axis < -weights.ndim or axis >= weights.ndim:
        raise IndexError(f"axis {axis} of {weights.ndim}")
    norms = []
    for place in range(weights.shape[axis]):
        channel = np.abs(weights.take(place, axis).astype("f8")).ravel()
        norms.append(np.linalg.norm(channel, n) if channel.size else 0.0)
    return np.array(norms, "f8")


def channel_mask(
    weights: np.ndarray, amount: float | int, n: float = 2, axis: int = 0, mask: np.ndarray | None = None
) -> np.ndarray:
    if weights.ndim < 2:
        raise ValueError(f"one axis at most: {weights.shape}")
    if mask is not None and mask.shape != weights.shape:
        raise ValueError(f"weights {weights.shape}, mask {mask.shape}")
    left = np.full(weights.shape, True) if mask is None else mask.copy()
    norms = channel_norms(weights * left, n, axis).tolist()
    there = [place for place in range(weights.shape[axis]) if left.take(place, axis).any()]
    for place in sorted(there, key=lambda place: (norms[place], -place))[: prune_count(amount, len(there))]:
        index = [slice(None)] * weights.ndim
        index[axis] = place
        left[tuple(index)] = False
    return left
