"""A block: tokens look at each other, then each of them thinks by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m02_activations import gelu, silu
from ..m03_layers import Dropout, Linear, Module
from ..m12_attention import MultiHeadAttention
from .normalization import LayerNorm

Rng = np.random.Generator | int | None


class FeedForward(Module):
    """Two Linear layers with a gelu (tanh form) between them: down(gelu(up(x))), for every vector by itself.

    Args:
        dim: length of the vectors, in and out.
        hidden: how wide it is in the middle; 4 · dim if not given.
        bias: whether the two layers have one.
        rng: a numpy.random.Generator, a seed, or None.

    Attributes:
        up, down: Linear(dim, hidden) and Linear(hidden, dim), registered in this order.

    >>> FeedForward(8, rng=0)(Tensor(np.ones((2, 5, 8), "float32"))).shape
    (2, 5, 8)

    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.3; with the gelu of GPT-2.
    """

    def __init__(self, dim: int, hidden: int | None = None, bias: bool = True, rng: Rng = None) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        hidden = 4 * dim if hidden is None else hidden
        rng = np.random.default_rng(rng)
        self.up = Linear(dim, hidden, bias, rng)
        self.down = Linear(hidden, dim, bias, rng)
        # END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """(…, dim) → (…, dim). ValueError as Linear."""
        # BEGIN SOLUTION
        return self.down(gelu(self.up(x)))
        # END SOLUTION


class SwiGLU(Module):
    """A feed-forward network that one half of it opens and closes for the other: down(silu(gate(x)) · up(x)).

    Args:
        dim: length of the vectors, in and out.
        hidden: how wide it is in the middle. If not given 8 · dim // 3: about as many weights as a FeedForward has.
        rng: a numpy.random.Generator, a seed, or None.

    Attributes:
        gate, up, down: Linear layers without bias, registered in this order.

    >>> SwiGLU(6, rng=0)(Tensor(np.ones((2, 6), "float32"))).shape
    (2, 6)

    Source: Shazeer 2020, arXiv 2002.05202; the feed-forward network of Llama.
    """

    def __init__(self, dim: int, hidden: int | None = None, rng: Rng = None) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        hidden = 8 * dim // 3 if hidden is None else hidden
        rng = np.random.default_rng(rng)
        self.gate = Linear(dim, hidden, False, rng)
        self.up = Linear(dim, hidden, False, rng)
        self.down = Linear(hidden, dim, False, rng)
        # END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """(…, dim) → (…, dim). ValueError as Linear."""
        # BEGIN SOLUTION
        return self.down(silu(self.gate(x)) * self.up(x))
        # END SOLUTION


class TransformerBlock(Module):
    """Attention, then a feed-forward network, each of them *added* to what it was given, and normalised *before* (pre-norm):

        x = x + dropout(attention(norm1(x)))
        x = x + dropout(feed_forward(norm2(x)))

    so that there is a way through all blocks on which nothing happens but additions.

    Args:
        dim: length of the vectors.
        num_heads: heads of the attention.
        hidden: width of the feed-forward network; 4 · dim if not given.
        dropout: what both are dropped with, in training, before they are added.
        rng: a numpy.random.Generator, a seed, or None.

    Attributes:
        norm1, attention, norm2, feed_forward: LayerNorm, MultiHeadAttention, LayerNorm, FeedForward, registered in this order.
            They are looked up at every call, so that others may take their place: `block.norm1 = RMSNorm(dim)`.
        dropout: a Dropout, for both.

    Raises:
        ValueError: num_heads does not divide dim; both are named.

    >>> block = TransformerBlock(8, num_heads=2, rng=0)
    >>> block(Tensor(np.ones((4, 5, 8), "float32"))).shape
    (4, 5, 8)

    Source: torch.nn.TransformerEncoderLayer with norm_first=True; Xiong et al. 2020, arXiv 2002.04745; GPT-2.
    """

    def __init__(
        self, dim: int, num_heads: int, hidden: int | None = None, dropout: float = 0.0, rng: Rng = None
    ) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        rng = np.random.default_rng(rng)
        self.norm1 = LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, num_heads, rng=rng)
        self.norm2 = LayerNorm(dim)
        self.feed_forward = FeedForward(dim, hidden, rng=rng)
        self.dropout = Dropout(dropout, rng)
        # END SOLUTION

    def forward(self, x: Tensor, key_padding_mask: Any = None, is_causal: bool = True) -> Tensor:
        """What the block makes of x.

        Args:
            x: (batch, n, dim), or (n, dim).
            key_padding_mask: (batch, n), or (n,): True hides a token from all tokens, itself included. None hides none.
            is_causal: token t sees tokens 0 to t only. With False, all of them: for texts that are there as a whole.
        Returns:
            A new Tensor of x's shape.
        Raises:
            ValueError: as MultiHeadAttention.
        """
        # BEGIN SOLUTION
        seen = self.attention(self.norm1(x), key_padding_mask=key_padding_mask, is_causal=is_causal)
        x = x + self.dropout(seen)
        return x + self.dropout(self.feed_forward(self.norm2(x)))
        # END SOLUTION
