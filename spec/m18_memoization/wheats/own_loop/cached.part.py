"""Attention on arrays, three projections, and a loop of its own around them."""

import math

from ..m06_autograd import no_grad
from ..m13_transformers import next_probabilities


def cached_mask(queries, keys, window=None):
    if queries > keys:
        raise ValueError(f"{queries} queries for {keys} keys")
    distance = np.subtract.outer(np.arange(queries) + keys - queries, np.arange(keys))
    return Tensor((distance >= 0) & (distance < (math.inf if window is None else window)))


def cached_attention(q, keys, values, window=None):
    queries, m = q.shape[-2], keys.shape[-2]
    seen = cached_mask(queries, m, window).data
    scores = (q.data @ np.swapaxes(keys, -1, -2)).astype("float64") / math.sqrt(q.shape[-1])
    scores[..., ~seen] = -np.inf
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return Tensor((weights @ values).astype(q.dtype))


def attend_cached(attention, x, cache, layer):
    parts = []
    for w, b in zip(
        np.split(attention.in_proj_weight.data, 3),
        [0.0] * 3 if attention.in_proj_bias is None else np.split(attention.in_proj_bias.data, 3),
        strict=True,
    ):
        part = x.data @ w.T + b
        parts.append(part.reshape(*part.shape[:-1], cache.heads, cache.head_dim).swapaxes(-2, -3))
    seen = cached_attention(Tensor(parts[0]), *cache.append(layer, *parts[1:]), cache.window)
    with no_grad():
        return attention.out_proj(Tensor(seen.data.swapaxes(-2, -3).reshape(x.shape)))


def generate_cached(model, prompt, n, temperature=1.0, top_k=None, top_p=None, rng=None, stop=None, cache=None):
    ids = np.array(prompt.data if isinstance(prompt, Tensor) else prompt)
    if ids.ndim not in (1, 2) or not ids.size:
        raise ValueError(f"a prompt of shape {ids.shape}")
    if n < 0:
        raise ValueError(f"n = {n}")
    next_probabilities(np.zeros(2), temperature, top_k, top_p)
    if ids.dtype.kind not in "iu":
        raise TypeError(f"{ids.dtype}")
    ids = ids.astype(np.int64)
    if n == 0:
        return ids
    t = ids.shape[-1]
    if cache is None:
        cache = cache_for(model, ids.shape[0] if ids.ndim == 2 else 1)
    check_pass(model, (*ids.shape[:-1], 1), cache)
    if cache.length + t + n - 1 > model.context:
        raise ValueError(f"{t} and {n} tokens, context {model.context}")
    if cache.window is None and t + n - 1 > cache.room:
        raise ValueError(f"capacity {cache.capacity}")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        return _written(model, ids, n, (temperature, top_k, top_p), np.random.default_rng(rng), stop, cache)
    finally:
        for module, mode in modes.items():
            module.training = mode


def _written(model, ids, n, settings, rng, stop, cache):
    ended, t = np.zeros(ids.shape[:-1], bool), ids.shape[-1]
    at = 0
    while at < t:
        piece = ids[..., at : at + cache.room]
        logits, at = forward_cached(model, piece, cache), at + piece.shape[-1]
    for step in range(n):
        if step:
            logits = forward_cached(model, ids[..., -1:], cache)
        chances = next_probabilities(logits.data[..., -1, :], *settings)
        new = (chances.cumsum(-1) <= rng.random((*chances.shape[:-1], 1))).sum(-1)
        new = np.minimum(new, chances.shape[-1] - 1 - (chances[..., ::-1] > 0).argmax(-1))
        if stop is not None:
            new = np.where(ended, stop, new)
            ended = ended | (new == stop)
        ids = np.concatenate([ids, new[..., None]], -1)
        if stop is not None and ended.all():
            break
    return ids
