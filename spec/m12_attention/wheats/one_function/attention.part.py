"""Attention as two matrix products with a softmax between them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import Function, unbroadcast
from .masks import Mask, MaskedSoftmax, as_mask, attention_shape, causal_mask, combine_masks, masked_softmax


class Attend(Function):
    """All of attention in one operation; the mask is of floats."""

    @staticmethod
    def forward(ctx: Any, q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """The answers."""
        scale = 1.0 / math.sqrt(q.shape[-1])
        scores = (q @ np.swapaxes(k, -1, -2)) * scale
        weights = MaskedSoftmax.forward(ctx, scores, mask)
        ctx.parts = q, k, v, mask, weights, scale
        return weights @ v

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """The chain rule through product, softmax and product."""
        q, k, v, mask, weights, scale = ctx.parts
        of_weights = unbroadcast(grad @ np.swapaxes(v, -1, -2), weights.shape)
        of_scores = weights * (of_weights - (weights * of_weights).sum(axis=-1, keepdims=True))
        of_q, of_k = of_scores @ k * scale, np.swapaxes(of_scores, -1, -2) @ q * scale
        of_v = np.swapaxes(weights, -1, -2) @ grad
        pairs = zip((of_q, of_k, of_v, of_scores), (q, k, v, mask), strict=True)
        return tuple(unbroadcast(gradient, x.shape).astype(x.dtype) for gradient, x in pairs)


def attention_weights(q: Tensor, k: Tensor, mask: Mask = None, is_causal: bool = False) -> Tensor:
    attention_shape(q.shape, k.shape, k.shape, None if mask is None else mask.shape)
    if is_causal:
        mask = combine_masks(mask, causal_mask(q.shape[-2], k.shape[-2]))
    return masked_softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), mask)


def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, mask: Mask = None, is_causal: bool = False) -> Tensor:
    attention_shape(q.shape, k.shape, v.shape, None if mask is None else mask.shape)
    if is_causal:
        mask = combine_masks(mask, causal_mask(q.shape[-2], k.shape[-2]))
    rule = np.zeros((), q.dtype) if mask is None else as_mask(mask)
    if mask is not None and rule.dtype == np.bool_:
        rule = np.where(rule.data, 0.0, -np.inf).astype(q.dtype)
    return Attend.apply(q, k, v, rule)
