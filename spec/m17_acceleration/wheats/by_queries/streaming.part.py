"""A few queries at a time, each of which sees all keys at once: whole rows of scores, and nothing to correct."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import Function, unbroadcast
from ..m12_attention import attention_shape, combine_masks


class StreamedAttention(Function):
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
        ctx.save_for_backward(q, k, v, mask)
        ctx.settings = is_causal, block
        shape = attention_shape(q.shape, k.shape, v.shape, None if mask is None else mask.shape)
        out = np.empty(shape, q.dtype)
        for rows in row_blocks(q, block):
            out[..., rows, :] = weights_of(q, k, mask, is_causal, rows) @ v
        return out

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        q, k, v, mask = ctx.saved_tensors
        is_causal, block = ctx.settings
        grad_q, grad_k, grad_v = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
        grad_mask = np.zeros_like(mask) if ctx.needs_input_grad[3] else None
        for rows in row_blocks(q, block):
            p, g = weights_of(q, k, mask, is_causal, rows), grad[..., rows, :]
            grad_v += unbroadcast(p.swapaxes(-1, -2) @ g, v.shape)
            each = g @ v.swapaxes(-1, -2)
            scored = p * (each - (p * each).sum(-1, keepdims=True))
            if grad_mask is not None:
                part = grad_mask[..., rows, :] if mask.ndim > 1 and mask.shape[-2] != 1 else grad_mask
                part += unbroadcast(scored, part.shape)
            scored = scored / math.sqrt(q.shape[-1])
            few = (*q.shape[:-2], scored.shape[-2], q.shape[-1])
            grad_q[..., rows, :] = unbroadcast(scored @ k, few)
            grad_k += unbroadcast(scored.swapaxes(-1, -2) @ q[..., rows, :], k.shape)
        return grad_q, grad_k, grad_v, grad_mask, None, None


def row_blocks(q: np.ndarray, block: int) -> list[slice]:
    return [slice(at, min(at + block, q.shape[-2])) for at in range(0, q.shape[-2], block)]


def weights_of(q: np.ndarray, k: np.ndarray, mask: np.ndarray | None, is_causal: bool, rows: slice) -> np.ndarray:
    scores = q[..., rows, :] @ k.swapaxes(-1, -2) / q.dtype.type(math.sqrt(q.shape[-1]))
    if mask is not None:
        rule = mask[..., rows, :] if mask.ndim > 1 and mask.shape[-2] != 1 else mask
        scores = np.where(rule, scores, -np.inf) if mask.dtype == bool else scores + rule.astype(q.dtype)
    if is_causal:
        seen = np.arange(k.shape[-2]) <= np.arange(rows.start, rows.stop)[:, None]
        scores = np.where(seen, scores, -np.inf)
    peak = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    grown = np.exp(scores - np.where(peak == -np.inf, 0.0, peak).astype(q.dtype))
    whole = grown.sum(axis=-1, keepdims=True)
    return (grown / np.where(whole == 0.0, 1.0, whole)).astype(q.dtype)


def attention_streamed(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | np.ndarray | None = None,
    is_causal: bool = False,
    block: int = 128,
) -> Tensor:
    if block < 1:
        raise ValueError(f"a block of {block}")
    attention_shape(q.shape, k.shape, v.shape, None if mask is None else mask.shape)
    return StreamedAttention.apply(q, k, v, combine_masks(mask, None), is_causal, block)
