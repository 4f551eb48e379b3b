"""New tensors. All of it is given; it works as soon as the constructor does."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shape import as_shape
from .tensor import Tensor


def zeros(*shape: Any, dtype: Any = "float32") -> Tensor:
    """A Tensor of zeros: zeros(2, 3) or zeros((2, 3))."""
    return Tensor(np.zeros(as_shape(shape), dtype))


def ones(*shape: Any, dtype: Any = "float32") -> Tensor:
    """A Tensor of ones: ones(2, 3) or ones((2, 3))."""
    return Tensor(np.ones(as_shape(shape), dtype))


def full(shape: tuple[int, ...], value: bool | int | float, dtype: Any = None) -> Tensor:
    """A Tensor of `shape` that holds `value` everywhere; without a dtype, the one Tensor(value) has."""
    return Tensor(np.full(shape, value, Tensor(value, dtype).dtype))


def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None) -> Tensor:
    """start, start + step, … up to but not including stop; arange(n) counts from 0. int64 for ints, else float32.

    >>> arange(3), arange(1, 2, 0.25)
    (Tensor([0 1 2]), Tensor([1.   1.25 1.5  1.75]))
    """
    if stop is None:
        start, stop = 0, start
    whole = all(isinstance(value, int) for value in (start, stop, step))
    return Tensor(np.arange(start, stop, step), dtype or ("int64" if whole else "float32"))


def randn(*shape: Any, rng: np.random.Generator | int | None = None, dtype: Any = "float32") -> Tensor:
    """A Tensor of draws from the standard normal distribution.

    Args:
        rng: where the draws come from: a numpy.random.Generator, or a seed, which always gives the same draws.

    >>> bool((randn(2, 3, rng=0).eq(randn(2, 3, rng=0))).data.all())
    True
    """
    return Tensor(np.random.default_rng(rng).standard_normal(as_shape(shape)), dtype)
