"""Attention that never holds all scores: keys go by in blocks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import Function, unbroadcast
from ..m12_attention import attention_shape, combine_masks

Mask = Tensor | np.ndarray | None
"""A Tensor or an array, of bool or of floats; None hides nothing."""


class StreamedAttention(Function):
    """softmax(q · kᵀ / √d) · v, for a block of keys at a time, with gradients."""

    @staticmethod
    def forward(
        ctx: Any,
        q: np.ndarray,
        k: np.ndarray,
        v: np.ndarray,
        mask: np.ndarray | None,
        is_causal: bool,
        block: int,
    ) -> np.ndarray:
        """The result, (…, n, e). Of each row of scores, only a peak and a sum are left for the way back, beside the result."""
        # BEGIN SOLUTION
        shape = attention_shape(q.shape, k.shape, v.shape, None if mask is None else mask.shape)
        rows = (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2]), q.shape[-2], 1)
        out = np.zeros(shape, q.dtype)
        peak, whole = np.full(rows, -np.inf, q.dtype), np.zeros(rows, q.dtype)
        for start in range(0, k.shape[-2], block):
            part = slice(start, min(start + block, k.shape[-2]))
            scores = block_scores(q, k, mask, is_causal, part)
            higher = np.maximum(peak, scores.max(axis=-1, keepdims=True))
            ground = np.where(higher == -np.inf, 0.0, higher).astype(q.dtype)  # -inf - -inf would be nan
            scores -= ground
            np.exp(scores, out=scores)
            shrink = np.exp(peak - ground)
            whole *= shrink
            whole += scores.sum(axis=-1, keepdims=True)
            out *= shrink
            out += scores @ v[..., part, :]
            peak = higher
        whole[whole == 0.0] = 1.0  # these rows see nothing, and their answer stays 0
        out /= whole
        ctx.save_for_backward(q, k, v, mask, out, np.where(peak == -np.inf, 0.0, peak).astype(q.dtype), whole)
        ctx.settings = is_causal, block
        return out
        # END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for each argument of `forward`, None for what has none. Scores are computed again, block by block."""
        # BEGIN SOLUTION
        q, k, v, mask, out, ground, whole = ctx.saved_tensors
        is_causal, block = ctx.settings
        needs_mask = ctx.needs_input_grad[3]
        root = math.sqrt(q.shape[-1])
        lead = grad.shape[:-2]
        grad_q = np.zeros((*lead, *q.shape[-2:]), q.dtype)
        grad_k, grad_v = np.zeros((*lead, *k.shape[-2:]), k.dtype), np.zeros((*lead, *v.shape[-2:]), v.dtype)
        grad_mask = np.zeros(mask.shape, mask.dtype) if needs_mask else None
        # softmax's rule, p · (g - Σ p · g): the sum over all keys is grad · out, known before the first block.
        mean = (grad * out).sum(axis=-1, keepdims=True)
        for start in range(0, k.shape[-2], block):
            part = slice(start, min(start + block, k.shape[-2]))
            weights = block_scores(q, k, mask, is_causal, part)
            weights -= ground
            np.exp(weights, out=weights)
            weights /= whole
            grad_v[..., part, :] = weights.swapaxes(-1, -2) @ grad
            pulled = grad @ v[..., part, :].swapaxes(-1, -2)
            pulled -= mean
            pulled *= weights
            grad_q += pulled @ (k[..., part, :] / root)
            grad_k[..., part, :] = pulled.swapaxes(-1, -2) @ (q / root)
            if needs_mask:
                seen = of_keys(grad_mask, part)
                seen += unbroadcast(pulled, seen.shape)
        unpulled = [unbroadcast(g, x.shape) for g, x in ((grad_q, q), (grad_k, k), (grad_v, v))]
        return (*unpulled, grad_mask, None, None)
        # END SOLUTION


def block_scores(q: np.ndarray, k: np.ndarray, mask: np.ndarray | None, is_causal: bool, part: slice) -> np.ndarray:
    """The scores of all queries and the keys of `part`, (…, n, keys of part), a new array, with -inf for what is hidden. Yours to
    use, to change, or to leave."""
    # BEGIN SOLUTION
    scores = (q / math.sqrt(q.shape[-1])) @ k[..., part, :].swapaxes(-1, -2)
    if mask is not None:
        rule = of_keys(mask, part)
        if mask.dtype == np.bool_:
            np.copyto(scores, -np.inf, where=~rule)
        else:
            scores += rule.astype(scores.dtype)
    if is_causal:
        ahead = np.arange(part.start, part.stop) > np.arange(q.shape[-2])[:, None]
        np.copyto(scores, -np.inf, where=ahead)
    return scores
    # END SOLUTION


def of_keys(mask: np.ndarray, part: slice) -> np.ndarray:
    """A view of what a mask (or its gradient) says about the keys of `part`: all of it, if it says the same about each. Given."""
    return mask[..., part] if mask.ndim and mask.shape[-1] != 1 else mask


def attention_streamed(
    q: Tensor, k: Tensor, v: Tensor, mask: Mask = None, is_causal: bool = False, block: int = 128
) -> Tensor:
    """Attention without the (n, m) scores: the same as `scaled_dot_product_attention`, in memory that grows with n + m.

    Keys and values go by in blocks. What is known of a query's row after some blocks (its highest score, the sum of its exp's, the
    weighted values) must be enough to go on with the next one. The way back computes the scores of each block again.

    Args:
        q: queries, (…, n, d).
        k: keys, (…, m, d).
        v: values, (…, m, e). Leading axes broadcast. n, m and leading axes may be 0.
        mask: what broadcasts to (…, n, m). Of bool: True is seen. Of floats: converted to the dtype of q and added to the scores,
            -inf hides; with a gradient if it needs one. None hides nothing.
        is_causal: query i looks at the keys 0 to i only (and of these at what the mask lets it).
        block: how many keys go by at a time; the last block may be shorter.
    Returns:
        (…, n, e), in the dtype of q. A query that sees nothing gets 0, and gives no gradient. Scores may be huge.
    Raises:
        ValueError: shapes do not go together, as `attention_shape`; or block is less than 1 (it is named).
        TypeError: the mask is neither of bool nor of floats; its dtype is named.

    >>> q, k, v = Tensor([[0.0, 9.0]]), Tensor([[1.0, 0.0], [0.0, 1.0]]), Tensor([[10.0], [20.0]])
    >>> attention_streamed(q, k, v, block=1).data.round(2)
    array([[19.98]], dtype=float32)

    Cost: with no mask, some arrays of (…, n, block) and of the sizes of q, k, v and the result; nothing of (…, n, m).
    Source: Milakov and Gimelshein 2018, arXiv 1805.02867; Dao et al. 2022, arXiv 2205.14135.
    """
    # BEGIN SOLUTION
    if block < 1:
        raise ValueError(f"block must be 1 or more, not {block}")
    attention_shape(q.shape, k.shape, v.shape, None if mask is None else mask.shape)
    return StreamedAttention.apply(q, k, v, combine_masks(mask, None), is_causal, block)
    # END SOLUTION
