"""A GPT that reads each token once: what it worked out for the tokens before is looked up."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m12_attention import MultiHeadAttention
from ..m13_transformers import GPT, generate
from .cache import KVCache

Rng = np.random.Generator | int | None


def cached_mask(queries: int, keys: int, window: int | None = None) -> Tensor:
    """Who may look at whom if the queries are those of the last tokens, and the keys those of these and of earlier tokens.

    Query i belongs to key keys - queries + i. It sees this one and all before it; with a window (task 6) no more than the `window`
    last of these, its own included.

    Args:
        queries, keys: how many there are, 1 or more queries, and at least as many keys.
        window: 1 or more, or None.
    Returns:
        A Tensor of bool, (queries, keys): True where query i may look at key j.
    Raises:
        ValueError: there are fewer keys than queries; both are named.

    >>> cached_mask(2, 5).data.astype(int)
    array([[1, 1, 1, 1, 0],
           [1, 1, 1, 1, 1]])
    """
    # BEGIN SOLUTION
    if keys < queries:
        raise ValueError(f"{queries} queries, and only {keys} keys: each token has both")
    places, keys_ = np.arange(keys - queries, keys)[:, None], np.arange(keys)
    seen = keys_ <= places
    return Tensor(seen if window is None else seen & (keys_ > places - window))
    # END SOLUTION


def cached_attention(q: Tensor, keys: np.ndarray, values: np.ndarray, window: int | None = None) -> Tensor:
    """Attention of the newest tokens: each looks at its own key and those before it, as `cached_mask` says.

    Args:
        q: queries of the last c tokens, (…, c, d).
        keys, values: arrays (…, m, d) and (…, m, e), m at least c: those of all tokens that may be seen, the newest last.
        window: as in `cached_mask`.
    Returns:
        (…, c, e), in the dtype of q.
    Raises:
        ValueError: there are fewer keys than queries (both numbers are named); as `scaled_dot_product_attention`.

    >>> q, keys, values = Tensor([[0.0]]), np.zeros((3, 1)), np.array([[1.0], [2.0], [6.0]])
    >>> cached_attention(q, keys, values)
    Tensor([[3.]])
    """
    # BEGIN SOLUTION
    from ..m12_attention import scaled_dot_product_attention

    mask: Tensor | None = cached_mask(q.shape[-2], keys.shape[-2], window)
    if mask.data.all():
        mask = None  # one new token sees all there is: nothing to hide
    return scaled_dot_product_attention(q, Tensor(keys, dtype=q.dtype), Tensor(values, dtype=q.dtype), mask)
    # END SOLUTION


def cache_for(model: GPT, batch: int = 1, capacity: int | None = None, window: int | None = None) -> KVCache:
    """An empty cache that fits a model: its layers, heads and features of a head, in the dtype of its weights. Given.

    Args:
        batch: how many texts side by side.
        capacity: tokens; as many as the model's context if not given.
        window: as in KVCache.

    >>> cache = cache_for(GPT(vocab_size=20, dim=8, num_layers=3, num_heads=2, context=6))
    >>> cache.layers, cache.heads, cache.capacity, cache.head_dim
    (3, 2, 6, 4)
    """
    capacity = model.context if capacity is None else capacity
    head_dim = model.dim // model.num_heads
    dtype = model.token_embedding.weight.dtype
    return KVCache(model.num_layers, batch, model.num_heads, capacity, head_dim, dtype, window)


def attend_cached(attention: MultiHeadAttention, x: Tensor, cache: KVCache, layer: int) -> Tensor:
    """What a MultiHeadAttention answers to new tokens, which look at those that a layer of the cache holds, and at each other.

    The keys and values of the new tokens are appended to this layer. It is that part of `forward_cached` which needs the cache.
    Nothing is recorded for gradients.

    Args:
        attention: a MultiHeadAttention of the cache's heads.
        x: the new tokens, (batch, c, dim).
        layer: which layer of the cache is its own.
    Returns:
        (batch, c, dim): without a window, as attention(everything so far, is_causal=True) has it for the new tokens; with one, each
            of them sees the window's tokens only.

    >>> attention = MultiHeadAttention(4, num_heads=2, rng=0)
    >>> cache = KVCache(layers=1, batch=1, heads=2, capacity=5, head_dim=2)
    >>> attend_cached(attention, Tensor(np.ones((1, 3, 4), "float32")), cache, 0).shape, cache.length
    ((1, 3, 4), 3)
    """
    # BEGIN SOLUTION
    from ..m06_autograd import no_grad
    from ..m12_attention import merge_heads, split_heads

    with no_grad():
        projected = x @ attention.in_proj_weight.T
        if attention.in_proj_bias is not None:
            projected = projected + attention.in_proj_bias
        dim = attention.embed_dim
        q, k, v = (split_heads(projected[..., dim * part : dim * (part + 1)], cache.heads) for part in range(3))
        keys, values = cache.append(layer, k.data, v.data)
        return attention.out_proj(merge_heads(cached_attention(q, keys, values, cache.window)))
    # END SOLUTION


def forward_cached(model: GPT, ids: Any, cache: KVCache) -> Tensor:
    """Logits of the next token, after each of the new tokens `ids`, which follow the tokens that the cache holds.

    Reading a text piece by piece, with one cache, gives the logits that the model gives for the text as a whole. The cache
    then holds the new tokens, too. With a window they are the logits of a model in which each token sees the window's tokens
    only, in every block; its place in the whole text stays what it was.

    A part of a model is called on the new tokens alone: embeddings, norms, projections, feed-forward networks, head. It works
    with whatever stands in `norm1`, `norm2` and `feed_forward` of a block, `norm` and `head` of the model. Attention is by
    the Parameters of a MultiHeadAttention: in_proj_weight, in_proj_bias (or None), out_proj.

    The dropout of the model and of its blocks is left out, whatever mode they are in; a part that drops something by itself, say a
    Dropout within a `feed_forward`, does as its mode says. No mode is changed, and nothing is recorded for gradients.

    Args:
        model: a GPT.
        ids: (batch, c), or (c,) with a cache whose batch is 1; c from 1 to `cache.room`: a Tensor, an array or a list.
        cache: what the texts hold so far. It may be empty.
    Returns:
        (batch, c, vocab_size), or (c, vocab_size); it needs no gradient.
    Raises:
        ValueError: there are no ids or they have neither one axis nor two (their shape is named); their batch is not the cache's
            (both are named); the cache's layers, heads or head_dim are not the model's (the cache's is named); the text becomes
            longer than model.context, or there is no room (c is named, and context or capacity).
        IndexError, TypeError: as the model.
        After one of these errors the cache is as before. After any other, from within a part of the model, some layers may be
        ahead: `cache.rollback(0)` mends that.

    >>> model = GPT(vocab_size=20, dim=8, num_layers=2, num_heads=2, context=6, rng=0)
    >>> cache = cache_for(model)
    >>> forward_cached(model, [1, 2, 3], cache).shape, forward_cached(model, [4], cache).shape, cache.length
    ((3, 20), (1, 20), 4)

    Cost: `pass_multiply_adds`, which is yours to work out in task 8.
    """
    # BEGIN SOLUTION
    from ..m06_autograd import no_grad

    with no_grad():
        ids = np.asarray(ids.data if isinstance(ids, Tensor) else ids)
        check_pass(model, ids.shape, cache)
        x = model.token_embedding(ids.reshape(-1, ids.shape[-1]))
        x = model.position_embedding(x, offset=cache.length)
        for layer, block in enumerate(model.blocks):
            x = x + attend_cached(block.attention, block.norm1(x), cache, layer)
            x = x + block.feed_forward(block.norm2(x))
        logits = model.head(model.norm(x))
        return logits.reshape(*ids.shape, logits.shape[-1])
    # END SOLUTION


def check_pass(model: GPT, shape: tuple[int, ...], cache: KVCache) -> None:
    """ValueError, as `forward_cached` has it, unless ids of this shape can follow what the cache holds. Given."""
    if len(shape) not in (1, 2) or 0 in shape:
        raise ValueError(f"new ids are (batch, c) or (c,), with one id at least, not {shape}")
    batch, c = shape if len(shape) == 2 else (1, *shape)
    if batch != cache.batch:
        raise ValueError(f"{batch} texts with a cache for {cache.batch}")
    wanted = {"layers": model.num_layers, "heads": model.num_heads, "head_dim": model.dim // model.num_heads}
    for name, size in wanted.items():
        if getattr(cache, name) != size:
            raise ValueError(f"a cache with {name} = {getattr(cache, name)} for a model with {size}")
    if cache.length + c > model.context:
        raise ValueError(f"{c} tokens after {cache.length}, and the context is {model.context}")
    if c > cache.room:
        raise ValueError(f"{c} tokens with room for {cache.room}, in a cache with a capacity of {cache.capacity}")


def generate_cached(
    model: GPT,
    prompt: Any,
    n: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    rng: Rng = None,
    stop: int | None = None,
    cache: KVCache | None = None,
) -> np.ndarray:
    """What `generate` gives, the same tokens for the same rng, from a model that reads each token once.

    The last token is not read: nothing comes after it. So t + n - 1 tokens are read, and the cache holds these afterwards. If all
    rows have ended before, it holds all tokens of the answer but the last one, too. With n = 0 nothing is read.

    Args:
        model, prompt, n, temperature, top_k, top_p, rng, stop: as `generate`.
        cache: what comes before the prompt, for each of its rows; it may be empty. With a window, the model sees no more than
            that, and a prompt for which there is no room is read in pieces for which there is. None: a new one, without a window.
    Returns:
        as `generate`: the prompt and the new tokens. What the cache held before is not in it.
    Modes and gradients: as `generate`.
    Raises:
        ValueError: as `generate`; with n above 0 also as `forward_cached`: what is to be read is longer than the context (t and n
            are named) or, without a window, than the cache's room (its capacity is named): before anything is read.
        TypeError, IndexError: as `generate`.
        If several things are wrong at once, any one of these errors will do.

    >>> model = GPT(vocab_size=20, dim=8, num_layers=2, num_heads=2, context=6, rng=0)
    >>> (generate_cached(model, [1, 2, 3], 4, rng=5) == generate(model, [1, 2, 3], 4, rng=5)).all()
    np.True_

    Cost: `text_multiply_adds`, which is yours to work out in task 8.
    """
    # BEGIN SOLUTION
    from ..m03_layers import Module

    class Reader(Module):
        """The model as `generate` sees it: shown the whole text every time, it reads what is new."""

        def __init__(self) -> None:
            super().__init__()
            self.model, self.context, self.read = model, 1 << 60, 0

        def forward(self, ids: np.ndarray) -> Tensor:
            logits = None
            while self.read < ids.shape[-1]:
                piece = ids[..., self.read : self.read + cache.room]
                logits = forward_cached(model, piece, cache)
                self.read += piece.shape[-1]
            return logits

    shape = np.shape(prompt.data if isinstance(prompt, Tensor) else prompt)
    if n > 0 and len(shape) in (1, 2) and 0 not in shape:
        if cache is None:
            cache = cache_for(model, batch=shape[0] if len(shape) == 2 else 1)
        check_pass(model, (*shape[:-1], 1), cache)
        t, rest = shape[-1], model.context - cache.length
        if t + n - 1 > rest:
            raise ValueError(
                f"a prompt of {t} tokens and {n} more, of which all but the last are read: the context has {rest} left"
            )
        if cache.window is None and t + n - 1 > cache.room:
            raise ValueError(f"{t + n - 1} tokens are to be read, and the cache's capacity is {cache.capacity}")
    return generate(Reader(), prompt, n, temperature, top_k, top_p, rng, stop)
    # END SOLUTION
