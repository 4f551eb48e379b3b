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
    # BEGIN SOLUTION
    shape = attention_shape(q.shape, k.shape, v.shape, None if mask is None else mask.shape)
    *lead, n, values = shape
    m, features = k.shape[-2:]
    # Read-only views: whatever stretches, stretches without a copy.
    queries, keys, contents = (np.broadcast_to(t.data, (*lead, *t.shape[-2:])) for t in (q, k, v))
    rule = None if mask is None else np.broadcast_to(as_mask(mask).data, (*lead, n, m))
    out = np.zeros(shape, q.dtype)
    for at in np.ndindex(*lead):
        for i in range(n):
            scores = [-math.inf] * m
            for j in range(i + 1 if is_causal and i < m else m):
                entry = 0.0 if rule is None else rule[(*at, i, j)]
                if isinstance(entry, np.bool_):
                    entry = 0.0 if entry else -math.inf
                total = 0.0
                for f in range(features):
                    total += float(queries[(*at, i, f)]) * float(keys[(*at, j, f)])
                scores[j] = total / math.sqrt(features) + float(entry)
            peak = max(scores, default=-math.inf)
            if peak == -math.inf:
                continue  # it sees nothing, and its answer stays 0
            weights = [math.exp(score - peak) for score in scores]
            whole = 0.0
            for weight in weights:
                whole += weight
            for f in range(values):
                total = 0.0
                for j in range(m):
                    total += weights[j] / whole * float(contents[(*at, j, f)])
                out[(*at, i, f)] = total
    return Tensor(out)
    # END SOLUTION
