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
    times its weight. No slices, no matrix product, no NumPy function on whole rows: this is the definition, to read
    and to count operations in.

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

    Cost: n · m · (d + e) multiply-accumulates and n · m exponentials for each of the leading axes' entries.
    """
    # BEGIN SOLUTION
    shape = attention_shape(q.shape, k.shape, v.shape, None if mask is None else mask.shape)
    lead, n, m, d, e = shape[:-2], shape[-2], k.shape[-2], q.shape[-1], shape[-1]
    count = math.prod(lead)
    flat = [np.broadcast_to(t.data, (*lead, *t.shape[-2:])).reshape(count, *t.shape[-2:]).tolist() for t in (q, k, v)]
    if mask is None:
        rules = np.zeros((count, n, m))
    else:
        rule = as_mask(mask).data
        rule = np.where(rule, 0.0, -np.inf) if rule.dtype == np.bool_ else rule
        rules = np.broadcast_to(rule, (*lead, n, m)).reshape(count, n, m)
    rules = rules.tolist()
    answers = []
    for b in range(count):
        for i in range(n):
            running, peak, sums = 0.0, -math.inf, [0.0] * e
            # One pass over the keys: what was summed up so far shrinks when a larger score turns up.
            for j in range(m):
                if (is_causal and j > i) or rules[b][i][j] == -math.inf:
                    continue
                score = 0.0
                for f in range(d):
                    score += flat[0][b][i][f] * flat[1][b][j][f]
                score = score / math.sqrt(d) + rules[b][i][j]
                larger = max(peak, score)
                shrink, weight = math.exp(peak - larger), math.exp(score - larger)
                running = running * shrink + weight
                for f in range(e):
                    sums[f] = sums[f] * shrink + weight * flat[2][b][j][f]
                peak = larger
            answers.append([total / running if running else 0.0 for total in sums])
    return Tensor(np.array(answers, q.dtype).reshape(shape))
    # END SOLUTION
