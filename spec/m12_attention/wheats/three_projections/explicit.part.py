"""The definition, written out: every query, every key, one number after another."""

from __future__ import annotations

import math

import numpy as np

from ..m01_tensor import Tensor
from .masks import Mask, as_mask, attention_shape


def attention_explicit(q: Tensor, k: Tensor, v: Tensor, mask: Mask = None, is_causal: bool = False) -> Tensor:
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
