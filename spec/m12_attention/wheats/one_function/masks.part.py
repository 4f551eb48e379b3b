"""Which shapes go together, and which query may look at which key."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import Function, unbroadcast

"""A Tensor or an array, of bool or of floats; None hides nothing."""


def causal_mask(queries: int, keys: int | None = None) -> Tensor:
    keys = queries if keys is None else keys
    return Tensor(np.tril(np.ones((queries, keys), bool)))


class MaskedSoftmax(Function):
    """Softmax along the last axis, for scores of which those of -inf are hidden; the mask is of floats."""

    @staticmethod
    def forward(ctx: Any, scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """exp over its sum, both in float64."""
        with np.errstate(all="ignore"):
            summed = scores.astype(np.float64) + mask
            peak = summed.max(axis=-1, keepdims=True, initial=-np.inf)
            grown = np.exp(summed - np.where(peak == -np.inf, 0.0, peak))
            whole = grown.sum(axis=-1, keepdims=True)
            p = grown / np.where(whole == 0.0, 1.0, whole)
        ctx.p, ctx.scores, ctx.mask = p, scores, mask
        return p.astype(scores.dtype)

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """p · (g - Σ p · g)."""
        back = ctx.p * (grad - (ctx.p * grad).sum(axis=-1, keepdims=True))
        return back.astype(ctx.scores.dtype), unbroadcast(back, ctx.mask.shape).astype(ctx.mask.dtype)


def masked_softmax(scores: Tensor, mask: Mask = None) -> Tensor:
    if mask is None:
        return MaskedSoftmax.apply(scores, np.zeros((), scores.dtype))
    mask = as_mask(mask)
    check_mask(mask.shape, scores.shape)
    if mask.dtype == np.bool_:
        mask = np.where(mask.data, 0.0, -np.inf).astype(scores.dtype)
    return MaskedSoftmax.apply(scores, mask)
