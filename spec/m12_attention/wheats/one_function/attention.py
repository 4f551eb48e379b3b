"""Attention as two matrix products with a softmax between them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import Function, unbroadcast
from .masks import Mask, MaskedSoftmax, as_mask, attention_shape, both, causal_mask, masked_softmax


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
    """How much each query looks at each key: softmax(q · kᵀ / √d) along the keys, over what is not hidden.

    Args:
        q: queries, (…, n, d).
        k: keys, (…, m, d). Leading axes broadcast.
        mask: as in `masked_softmax`: True is seen, floats are added.
        is_causal: query i looks at the keys 0 to i only (and of these at what the mask lets it).
    Returns:
        (…, n, m), in the dtype of q, made of Tensor operations. Rows add up to 1, or are 0 where all is hidden.
    Raises:
        ValueError: shapes do not go together; as `attention_shape`.
        TypeError: the mask is neither of bool nor of floats; its dtype is named.

    >>> attention_weights(Tensor([[0.0], [5.0]]), Tensor([[1.0], [1.0]]), is_causal=True)
    Tensor([[1.  0. ]
            [0.5 0.5]])

    Cost: 2 · n · m · d operations, and n · m numbers of memory, more than once.
    """
    # BEGIN SOLUTION
    attention_shape(q.shape, k.shape, k.shape, None if mask is None else mask.shape)
    if is_causal:
        mask = both(mask, causal_mask(q.shape[-2], k.shape[-2]))
    return masked_softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), mask)
    # END SOLUTION


def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, mask: Mask = None, is_causal: bool = False) -> Tensor:
    """What each query takes from the values: attention_weights(q, k) @ v.

    Args:
        q: queries, (…, n, d).
        k: keys, (…, m, d).
        v: values, (…, m, e). Leading axes broadcast: one set of keys and values may serve many heads.
        mask: what broadcasts to (…, n, m). Of bool: True is seen. Of floats: added to the scores, with a gradient if it
            needs one. None hides nothing.
        is_causal: query i looks at the keys 0 to i only (and of these at what the mask lets it).
    Returns:
        (…, n, e), in the dtype of q, made of Tensor operations. A query that sees nothing gets 0, and gives no gradient.
    Raises:
        ValueError: shapes do not go together; as `attention_shape`.
        TypeError: the mask is neither of bool nor of floats; its dtype is named.

    >>> q, k, v = Tensor([[0.0, 9.0]]), Tensor([[1.0, 0.0], [0.0, 1.0]]), Tensor([[10.0], [20.0]])
    >>> scaled_dot_product_attention(q, k, v).data.round(2)
    array([[19.98]], dtype=float32)

    Cost: 2 · n · m · (d + e) operations for each of the leading axes' entries.
    Source: torch.nn.functional.scaled_dot_product_attention; Vaswani et al. 2017, arXiv 1706.03762, equation 1.
    """
    # BEGIN SOLUTION
    attention_shape(q.shape, k.shape, v.shape, None if mask is None else mask.shape)
    if is_causal:
        mask = both(mask, causal_mask(q.shape[-2], k.shape[-2]))
    rule = np.zeros((), q.dtype) if mask is None else as_mask(mask)
    if mask is not None and rule.dtype == np.bool_:
        rule = np.where(rule.data, 0.0, -np.inf).astype(q.dtype)
    return Attend.apply(q, k, v, rule)
    # END SOLUTION
