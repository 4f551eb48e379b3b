"""Which weights go: masks over NumPy arrays, True where a weight stays."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np


def sparsity(weights: Any) -> float:
    """The share of numbers that are 0: from 0.0 to 1.0.

    Args:
        weights: an array or a Tensor of any shape and dtype; np.asarray takes either. Of an empty one it is 0.0.

    >>> sparsity(np.array([[0.0, 2.0], [-0.0, 0.0]]))
    0.75
    """
    # BEGIN SOLUTION
    array = np.asarray(weights)
    return float(np.count_nonzero(array == 0) / array.size) if array.size else 0.0
    # END SOLUTION


def prune_count(amount: float | int, n: int) -> int:
    """How many of n things an amount is.

    Args:
        amount: a whole number (Python's or NumPy's, or True) is a count: 1 is one thing. A float is a share: 1.0 is all of them,
            and between two whole numbers the nearer one counts, of two equally near ones the even one, as Python rounds.
        n: how many there are, 0 included.
    Returns:
        An int from 0 to n.
    Raises:
        TypeError: amount is no number; its type is named.
        ValueError: a share below 0 or above 1, or nan; a count below 0 or above n (n is then named, too). The amount is
            named.

    >>> prune_count(3, 10), prune_count(0.25, 10), prune_count(0.35, 10), prune_count(1, 10), prune_count(1.0, 10)
    (3, 2, 4, 1, 10)

    Source: torch.nn.utils.prune, _compute_nparams_toprune.
    """
    # BEGIN SOLUTION
    if isinstance(amount, numbers.Integral):
        if not 0 <= amount <= n:
            raise ValueError(f"a count is from 0 to the {n} that there are, not {amount}")
        return int(amount)
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"an amount is a share or a count, not a {type(amount).__name__}")
    if not 0.0 <= amount <= 1.0:
        raise ValueError(f"a share is from 0 to 1, not {amount}")
    return round(float(amount) * n)
    # END SOLUTION


def magnitude_mask(weights: np.ndarray, amount: float | int, mask: np.ndarray | None = None) -> np.ndarray:
    """Which weights stay, if the ones nearest to 0 go: `amount` of those that the mask still has.

    Just as many go as `prune_count` says, also where several are equally near to 0: which of those go is left open.

    Args:
        weights: floats of any shape, empty ones and () included. They stay as they are.
        amount: as in `prune_count`, of all weights, or of those that `mask` leaves.
        mask: bool, of the shape of weights, False for what is gone already and stays gone, however large its weight is. None
            if nothing is. It stays as it is.
    Returns:
        A new array of bool, of the shape of weights: True where a weight stays.
    Raises:
        TypeError, ValueError: as `prune_count`. ValueError: mask and weights differ in shape; both are named.

    >>> weights = np.array([[-3.0, 0.5], [-0.1, 2.0]])
    >>> mask = magnitude_mask(weights, 0.5)
    >>> mask
    array([[ True, False],
           [False,  True]])
    >>> magnitude_mask(weights, 0.5, mask)
    array([[ True, False],
           [False, False]])

    Cost: that of finding the k smallest of n numbers, all at once.
    Source: torch.nn.utils.prune.L1Unstructured.
    """
    # BEGIN SOLUTION
    weights = np.asarray(weights)
    kept = np.ones(weights.shape, bool) if mask is None else np.array(mask, bool)
    if kept.shape != weights.shape:
        raise ValueError(f"a mask of shape {kept.shape} does not fit weights of shape {weights.shape}")
    there = np.flatnonzero(kept)
    count = prune_count(amount, there.size)
    order = np.argsort(np.abs(weights).reshape(-1)[there], kind="stable")
    flat = kept.reshape(-1)
    flat[there[order[:count]]] = False
    return flat.reshape(weights.shape)
    # END SOLUTION


def channel_norms(weights: np.ndarray, n: float = 2, axis: int = 0) -> np.ndarray:
    """The n-norm of each place along an axis: (Σ |w|ⁿ)^(1/n) over all numbers at that place.

    Args:
        weights: floats, at least one axis. An empty sum is 0.
        n: 1, 2 or any other number above 0, or math.inf for the largest |w|.
        axis: may count from the end. Rows of a Linear's weight (axis 0) are its outputs.
    Returns:
        float64, (weights.shape[axis],). Computed in float64, so that squares of float32 neither overflow nor vanish.
    Raises:
        IndexError: there is no such axis; it is named.
        ValueError: n is not above 0; it is named.

    >>> channel_norms(np.array([[3.0, 4.0], [1.0, -1.0]])).round(3)
    array([5.   , 1.414])
    >>> channel_norms(np.array([[3.0, 4.0], [1.0, -1.0]]), n=1, axis=-1)
    array([4., 5.])
    """
    # BEGIN SOLUTION
    if not n > 0:
        raise ValueError(f"the n of a norm is above 0, not {n}")
    if not -weights.ndim <= axis < weights.ndim:
        raise IndexError(f"there is no axis {axis} in an array of shape {weights.shape}")
    sizes = np.abs(np.moveaxis(weights, axis, 0).astype(np.float64))
    others = tuple(range(1, sizes.ndim))
    if n == math.inf:
        return sizes.max(axis=others, initial=0.0)
    return (sizes**n).sum(axis=others) ** (1.0 / n)
    # END SOLUTION


def channel_mask(
    weights: np.ndarray, amount: float | int, n: float = 2, axis: int = 0, mask: np.ndarray | None = None
) -> np.ndarray:
    """Which weights stay, if whole channels go: those whose norm is smallest, `amount` of the channels that are left.

    Args:
        weights: floats, at least two axes, empty ones included. They stay as they are.
        amount: as in `prune_count`, of the channels in which there still is a weight: one without numbers does not count.
        n, axis: as in `channel_norms`. Norms are of what the mask leaves. Which of several equal channels go is left open.
        mask: as in `magnitude_mask`; what it has lost inside a channel stays lost.
    Returns:
        A new array of bool, of the shape of weights.
    Raises:
        ValueError: weights have fewer than two axes (their shape is named); and as `magnitude_mask` and `channel_norms`.
        TypeError: as `prune_count`. IndexError: as `channel_norms`.

    >>> channel_mask(np.array([[3.0, 4.0], [1.0, -1.0], [0.0, 6.0]]), 1)
    array([[ True,  True],
           [False, False],
           [ True,  True]])

    Source: torch.nn.utils.prune.LnStructured.
    """
    # BEGIN SOLUTION
    if weights.ndim < 2:
        raise ValueError(f"weights of shape {weights.shape} have no channels: that takes two axes")
    kept = np.ones(weights.shape, bool) if mask is None else np.array(mask, bool)
    if kept.shape != weights.shape:
        raise ValueError(f"a mask of shape {kept.shape} does not fit weights of shape {weights.shape}")
    norms = channel_norms(np.where(kept, weights, 0), n, axis)
    channels = np.moveaxis(kept, axis, 0)  # a view: what is written here is written in `kept`
    there = np.flatnonzero(channels.any(axis=tuple(range(1, channels.ndim))))
    count = prune_count(amount, there.size)
    channels[there[np.argsort(norms[there], kind="stable")[:count]]] = False
    return kept
    # END SOLUTION
