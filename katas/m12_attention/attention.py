"""Attention as two matrix products with a softmax between them."""

from __future__ import annotations

import math

from ..m01_tensor import Tensor
from .masks import Mask, attention_shape, causal_mask, combine_masks, masked_softmax


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
        ValueError: shapes do not go together; as `attention_shape`, values aside.
        TypeError: the mask is neither of bool nor of floats; its dtype is named. (`masked_softmax` sees to that.)

    >>> attention_weights(Tensor([[0.0], [5.0]]), Tensor([[1.0], [1.0]]), is_causal=True)
    Tensor([[1.  0. ]
            [0.5 0.5]])

    Cost: the memory of the weights more than once: `score_bytes`, which is yours to work out in task 7.
    """
    raise NotImplementedError("m12: attention_weights")


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
        TypeError: the mask is neither of bool nor of floats; its dtype is named. (`masked_softmax` sees to that.)

    >>> q, k, v = Tensor([[0.0, 9.0]]), Tensor([[1.0, 0.0], [0.0, 1.0]]), Tensor([[10.0], [20.0]])
    >>> scaled_dot_product_attention(q, k, v).data.round(2)
    array([[19.98]], dtype=float32)

    Cost: `attention_flops`, which is yours to work out in task 7.
    Source: torch.nn.functional.scaled_dot_product_attention; Vaswani et al. 2017, arXiv 1706.03762, equation 1.
    """
    raise NotImplementedError("m12: scaled_dot_product_attention")
