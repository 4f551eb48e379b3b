"""Another way: a gelu that is one Function with its own derivative, a Dropout for each place, and a causal mask made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Dropout, Module
from ..m06_autograd import Function
from ..m12_attention import MultiHeadAttention
from .normalization import LayerNorm

ROOT_2_OVER_PI = 0.7978845608028654


class Gelu(Function):
    @staticmethod
    def forward(ctx: Any, x: np.ndarray) -> np.ndarray:
        bent = np.tanh(ROOT_2_OVER_PI * x * (1 + 0.044715 * x * x))
        ctx.save_for_backward(x, bent)
        return 0.5 * x * (1 + bent)

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> np.ndarray:
        x, bent = ctx.saved_tensors
        slope = ROOT_2_OVER_PI * (1 + 3 * 0.044715 * x * x)
        return grad * (0.5 * (1 + bent) + 0.5 * x * (1 - bent * bent) * slope)


class FeedForward(Module):
    def forward(self, x: Tensor) -> Tensor:
        return self.down(Gelu.apply(self.up(x)))


class TransformerBlock(Module):
    def __init__(
        self, dim: int, num_heads: int, hidden: int | None = None, dropout: float = 0.0, rng: Rng = None
    ) -> None:
        super().__init__()
        rng = np.random.default_rng(rng)
        self.norm1, self.attention = LayerNorm(dim), MultiHeadAttention(dim, num_heads, rng=rng)
        self.norm2, self.feed_forward = LayerNorm(dim), FeedForward(dim, hidden, rng=rng)
        self.dropout, self.second_dropout = Dropout(dropout, rng), Dropout(dropout, rng)

    def forward(self, x: Tensor, key_padding_mask: Any = None, is_causal: bool = True) -> Tensor:
        y, n = self.norm1(x), x.shape[-2]
        ahead = np.triu(np.ones((n, n), bool), 1) if is_causal else None
        x = x + self.dropout(self.attention(y, y, y, ahead, key_padding_mask))
        return x + self.second_dropout(self.feed_forward(self.norm2(x)))
