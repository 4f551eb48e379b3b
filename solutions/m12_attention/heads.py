"""Several heads side by side, with projections that are learnt."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Linear, Module, Parameter, xavier_uniform_
from .attention import attention_weights
from .masks import Mask, as_mask, causal_mask, combine_masks

Rng = np.random.Generator | int | None


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    """Cut the features of each token into heads: (…, n, embed_dim) to (…, num_heads, n, embed_dim / num_heads).

    Head 0 gets the first embed_dim / num_heads features of every token, head 1 the next ones, and so on. Every axis but the last
    may have length 0.

    Raises:
        ValueError: num_heads is less than 1 or does not divide embed_dim; both numbers are named.

    >>> split_heads(Tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]), 2).data
    array([[[1., 2.],
            [5., 6.]],
    <BLANKLINE>
           [[3., 4.],
            [7., 8.]]], dtype=float32)
    """
    # BEGIN SOLUTION
    *lead, n, embed_dim = x.shape
    head_dim = check_heads(embed_dim, num_heads)
    return x.reshape(*lead, n, num_heads, head_dim).transpose(-3, -2)
    # END SOLUTION


def merge_heads(x: Tensor) -> Tensor:
    """Put the heads' features side by side again: (…, num_heads, n, head_dim) to (…, n, num_heads · head_dim).

    n and the leading axes may be 0.

    >>> merge_heads(split_heads(Tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]), 2)).data
    array([[1., 2., 3., 4.],
           [5., 6., 7., 8.]], dtype=float32)
    """
    # BEGIN SOLUTION
    *lead, num_heads, n, head_dim = x.shape
    return x.transpose(-3, -2).reshape(*lead, n, num_heads * head_dim)
    # END SOLUTION


def check_heads(embed_dim: int, num_heads: int) -> int:
    """embed_dim / num_heads, or ValueError, with both numbers, if num_heads is less than 1 or does not divide it. Given."""
    if num_heads < 1 or embed_dim % num_heads:
        raise ValueError(f"{num_heads} heads do not divide {embed_dim} features")
    return embed_dim // num_heads


class MultiHeadAttention(Module):
    """Several attentions at once, each on its own slice of learnt projections.

        q, k, v = query @ w_qᵀ + b_q,  key @ w_kᵀ + b_k,  value @ w_vᵀ + b_v      w_q, w_k, w_v stacked: in_proj_weight
        heads = attention on each head's features of q, k, v
        out = out_proj(heads, side by side)

    Batch first: inputs are (batch, tokens, embed_dim), or (tokens, embed_dim) without a batch. (PyTorch's layer does
    the same with batch_first=True, which is not its default.)

    Args:
        embed_dim: features of a token, in and out.
        num_heads: heads; each has embed_dim / num_heads features.
        bias: with False none of the projections has one; `in_proj_bias` is None.
        rng: a numpy.random.Generator, a seed for one, or None. Both weights are drawn from this one generator, one after the
            other; in which order is up to you.

    Attributes:
        in_proj_weight: Parameter (3 · embed_dim, embed_dim), float32: the rows for queries, then keys, then values.
        in_proj_bias: Parameter (3 · embed_dim,), float32, or None.
        out_proj: Linear(embed_dim, embed_dim, bias).
        embed_dim, num_heads, head_dim: numbers.

    First values: in_proj_weight by `xavier_uniform_` as one matrix, out_proj.weight as Linear has it, all biases 0.
    Names and shapes are PyTorch's, so the state of a torch.nn.MultiheadAttention loads.

    Raises:
        ValueError: num_heads is less than 1 or does not divide embed_dim; both are named.

    >>> layer = MultiHeadAttention(8, 2, rng=0)
    >>> layer(Tensor(np.ones((4, 5, 8), "float32"))).shape
    (4, 5, 8)
    >>> [(name, p.shape) for name, p in layer.named_parameters()][:2]
    [('in_proj_weight', (24, 8)), ('in_proj_bias', (24,))]

    Source: torch.nn.MultiheadAttention; Vaswani et al. 2017, arXiv 1706.03762, section 3.2.2.
    """

    def __init__(self, embed_dim: int, num_heads: int, bias: bool = True, rng: Rng = None) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, check_heads(embed_dim, num_heads)
        rng = np.random.default_rng(rng)
        self.in_proj_weight = Parameter(np.zeros((3 * embed_dim, embed_dim)), dtype="float32")
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim), dtype="float32") if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=rng)
        xavier_uniform_(self.in_proj_weight, rng=rng)
        if bias:
            self.out_proj.bias.zero_()
        # END SOLUTION

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        attn_mask: Mask = None,
        key_padding_mask: Mask = None,
        is_causal: bool = False,
        need_weights: bool = False,
        average_attn_weights: bool = True,
    ) -> Any:
        """What each token of `query` takes from the tokens of `value`.

        Task 5 is query, key and value alone. Task 6 adds the other arguments: masks, is_causal and weights.

        Mind the masks: here True *hides*, as in PyTorch's layer, and the other way round than in
        `scaled_dot_product_attention`. Masks are Tensors or arrays, of bool or of floats; floats are added to the scores, with
        a gradient if they need one.

        Args:
            query: (batch, n, embed_dim), or (n, embed_dim).
            key: (batch, m, embed_dim), or (m, embed_dim); the query if not given.
            value: of key's shape; the key if not given.
            attn_mask: (n, m), the same for all, or (batch · num_heads, n, m), batch by batch and in it head by head.
            key_padding_mask: (batch, m), or (m,) without a batch: hides keys from all queries.
            is_causal: token i of the query looks at the keys 0 to i only, and of these at what the masks let it.
            need_weights: give back the weights, too.
            average_attn_weights: the weights as their mean over the heads; with False, of each head.
        Returns:
            (batch, n, embed_dim), or (n, embed_dim). A token that sees nothing gets 0 from every head, and so the bias of
            out_proj. With need_weights a pair of this and the weights: (batch, n, m), or (batch, num_heads, n, m) if not
            averaged; without batch where the inputs have none.
        Raises:
            ValueError: shapes do not go together. The message names query's, key's or value's shape that is not
                (batch, tokens, embed_dim) or (tokens, embed_dim), or both shapes of two that do not fit with each other;
                of a mask, its own shape.
            TypeError: a mask is neither of bool nor of floats; its dtype is named.

        Cost: `projection_flops` and `attention_flops` together, which are yours to work out in task 7.
        """
        # BEGIN SOLUTION
        key = query if key is None else key
        value = key if value is None else value
        self._check(query, key, value)
        q, k, v = (split_heads(part, self.num_heads) for part in self._projected(query, key, value))
        mask = self._mask((*q.shape[:-1], k.shape[-2]), attn_mask, key_padding_mask, is_causal)
        weights = attention_weights(q, k, mask)
        out = self.out_proj(merge_heads(weights @ v))
        if not need_weights:
            return out
        return out, weights.mean(axis=-3) if average_attn_weights else weights
        # END SOLUTION

    def _check(self, query: Tensor, key: Tensor, value: Tensor) -> None:
        """ValueError unless the three go together, as `forward` has it. Given."""
        for name, tensor in (("query", query), ("key", key), ("value", value)):
            if tensor.ndim not in (2, 3) or tensor.shape[-1] != self.embed_dim:
                raise ValueError(
                    f"the {name} must be (batch, tokens, {self.embed_dim}) or (tokens, {self.embed_dim}), not {tensor.shape}"
                )
        if query.ndim != key.ndim or query.shape[:-2] != key.shape[:-2]:
            raise ValueError(f"a query of shape {query.shape} does not go with a key of shape {key.shape}")
        if key.shape != value.shape:
            raise ValueError(f"a key of shape {key.shape} does not go with a value of shape {value.shape}")

    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
        """What becomes of the three: (…, tokens, embed_dim) each, by the three parts of in_proj_weight and in_proj_bias."""
        # BEGIN SOLUTION
        e, w, b = self.embed_dim, self.in_proj_weight, self.in_proj_bias
        if query is key and key is value:
            whole = query @ w.T if b is None else query @ w.T + b
            return [whole[..., e * part : e * (part + 1)] for part in range(3)]
        parts = []
        for part, x in enumerate((query, key, value)):
            rows = slice(e * part, e * (part + 1))
            y = x @ w[rows].T
            parts.append(y if b is None else y + b[rows])
        return parts
        # END SOLUTION

    def _mask(self, shape: tuple[int, ...], attn_mask: Mask, key_padding_mask: Mask, is_causal: bool) -> Mask:
        """One mask for all heads, as `attention_weights` takes it, of what `forward` was given.

        Args:
            shape: of the scores: (batch, num_heads, n, m), or (num_heads, n, m).
        Returns:
            None, or what broadcasts to the scores: of bool, True is seen; or of floats.
        """
        # BEGIN SOLUTION
        *batch, heads, n, m = shape
        masks = []
        if attn_mask is not None:
            mask = as_mask(attn_mask)
            if mask.ndim == 3:
                wanted = (int(np.prod(batch)) * heads, n, m)
                if mask.shape != wanted:
                    raise ValueError(f"attn_mask has shape {mask.shape}, and not {(n, m)} or {wanted}")
                mask = mask.reshape(*shape)
            elif mask.shape != (n, m):
                raise ValueError(f"attn_mask has shape {mask.shape}, and not {(n, m)}")
            masks.append(mask)
        if key_padding_mask is not None:
            mask = as_mask(key_padding_mask)
            if mask.shape != (*batch, m):
                raise ValueError(f"key_padding_mask has shape {mask.shape}, and not {(*batch, m)}")
            masks.append(mask.reshape(*batch, 1, 1, m))
        total: Mask = causal_mask(n, m) if is_causal else None
        for mask in masks:
            total = combine_masks(total, Tensor(~mask.data) if mask.dtype == np.bool_ else mask)
        return total
        # END SOLUTION

    def extra_repr(self) -> str:
        return f"embed_dim={self.embed_dim}, num_heads={self.num_heads}, bias={self.in_proj_bias is not None}"
