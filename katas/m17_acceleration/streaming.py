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
        raise NotImplementedError("m17: StreamedAttention.forward")

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for each argument of `forward`, None for what has none. Scores are computed again, block by block."""
        raise NotImplementedError("m17: StreamedAttention.backward")


def block_scores(q: np.ndarray, k: np.ndarray, mask: np.ndarray | None, is_causal: bool, part: slice) -> np.ndarray:
    """The scores of all queries and the keys of `part`, (…, n, keys of part), a new array, with -inf for what is hidden. Yours to
    use, to change, or to leave."""
    raise NotImplementedError("m17: block_scores")


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
    raise NotImplementedError("m17: attention_streamed")
