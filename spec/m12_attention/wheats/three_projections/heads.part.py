"""Several heads side by side, with projections that are learnt."""

from __future__ import annotations

import numpy as np

from ..m01_tensor import Tensor, cat, stack, where
from ..m03_layers import Module
from .masks import Mask, as_mask, causal_mask


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    head_dim = check_heads(x.shape[-1], num_heads)
    return stack([x[..., head_dim * head : head_dim * (head + 1)] for head in range(num_heads)], axis=-3)


def merge_heads(x: Tensor) -> Tensor:
    return cat([x[..., head, :, :] for head in range(x.shape[-3])], axis=-1)


class MultiHeadAttention(Module):
    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
        parts = []
        for part, x in enumerate((query, key, value)):
            y = x @ self.in_proj_weight[self.embed_dim * part : self.embed_dim * (part + 1), :].T
            if self.in_proj_bias is not None:
                y = y + self.in_proj_bias[self.embed_dim * part : self.embed_dim * (part + 1)]
            parts.append(y)
        return parts

    def _mask(self, shape: tuple[int, ...], attn_mask: Mask, key_padding_mask: Mask, is_causal: bool) -> Mask:
        *batch, heads, n, m = shape
        size = int(np.prod(batch))
        total: Mask = None
        rows = (
            (attn_mask, [(n, m), (size * heads, n, m)], lambda mask: (n, m) if mask.ndim == 2 else shape),
            (key_padding_mask, [(*batch, m)], lambda mask: (*batch, 1, 1, m)),
            (~causal_mask(n, m).data if is_causal else None, [(n, m)], lambda mask: (n, m)),
        )
        for given, allowed, fitting in rows:
            if given is None:
                continue
            mask = as_mask(given)
            if mask.shape not in allowed:
                raise ValueError(f"a mask of shape {mask.shape} where one of {allowed} is wanted")
            floats = mask if mask.dtype != np.bool_ else where(mask, -np.inf, Tensor(0.0, self.in_proj_weight.dtype))
            floats = floats.reshape(*fitting(mask))
            total = floats if total is None else total + floats
        return total
