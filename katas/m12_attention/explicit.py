"""The definition, written out: every query, every key, one number after another."""

from __future__ import annotations

import math

import numpy as np

from ..m01_tensor import Tensor
from .masks import Mask, as_mask, attention_shape


def attention_explicit(q: Tensor, k: Tensor, v: Tensor, mask: Mask = None, is_causal: bool = False) -> Tensor:
    """Attention, written out: nested loops over single numbers.

    A query scores each key that it may look at: the sum of products of their features, divided by √d, plus the mask if that
    is of floats. Softmax turns a query's scores into weights that add up to 1. Its answer is the sum of the values, each
    times its weight. This is the definition, to read and to count operations in: no slices, no matrix product, no NumPy function
    on whole rows, and sums are loops, without `sum` and `math.fsum`. (`max` of a row is fine, and so are np.broadcast_to,
    np.ndindex and lists.)

    Args:
        q: queries, (…, n, d).
        k: keys, (…, m, d).
        v: values, (…, m, e). Leading axes broadcast.
        mask: what broadcasts to (…, n, m). Of bool: True is seen. Of floats: added to the scores. None hides nothing.
        is_causal: query i looks at the keys 0 to i only (and of these at what the mask lets it).
    Returns:
        (…, n, e), in the dtype of q, without a gradient. A query that sees nothing gets 0. Scores may be huge.
    Raises:
        ValueError: shapes do not go together; as `attention_shape`.
        TypeError: the mask is neither of bool nor of floats; its dtype is named.

    >>> q, k, v = Tensor([[0.0, 9.0]]), Tensor([[1.0, 0.0], [0.0, 1.0]]), Tensor([[10.0], [20.0]])
    >>> attention_explicit(q, k, v).data.round(2)
    array([[19.98]], dtype=float32)

    Cost: count how often the innermost lines run; task 7 asks for it (`attention_flops`).
    """
    raise NotImplementedError("m12: attention_explicit")
