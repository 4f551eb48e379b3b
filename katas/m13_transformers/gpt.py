"""A GPT: which token comes next, after every token of a text at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Dropout, Linear, Module, ModuleList, normal_
from ..m11_embeddings import Embedding, LearnedPositionalEmbedding
from .block import TransformerBlock
from .generation import generate
from .normalization import LayerNorm

Rng = np.random.Generator | int | None


class GPT(Module):
    """A language model: token ids in, logits of the next token out, at every place.

        x = dropout(position_embedding(token_embedding(ids)))
        x = block(x), for each of the blocks; no token sees those after it
        logits = head(norm(x))

    Args:
        vocab_size: how many tokens there are.
        dim: length of the vectors.
        num_layers: how many blocks, 0 or more.
        num_heads: heads in each of them.
        context: how many tokens it can see at once.
        dropout: of the embeddings, and in the blocks.
        tie_weights: whether head and token_embedding share one Parameter.
        rng: a numpy.random.Generator, a seed, or None.

    Attributes:
        token_embedding: Embedding(vocab_size, dim).
        position_embedding: LearnedPositionalEmbedding(context, dim).
        blocks: ModuleList of TransformerBlocks.
        norm: LayerNorm(dim).
        head: Linear(dim, vocab_size) without bias; tied, its weight *is* token_embedding.weight.
        dropout: a Dropout.
        vocab_size, dim, num_layers, num_heads, context: as given.
    These are registered in this order.

    First values, as GPT-2's: every weight of an embedding, a projection or a Linear is normal with mean 0 and standard deviation
    0.02, but 0.02 / √(2 · num_layers) in the two layers of each block whose result is added (attention.out_proj and
    feed_forward.down), so that many sums do not grow. Biases are 0, LayerNorms as they are. So at the start
    every token is about as likely as any other.

    Raises:
        ValueError: num_heads does not divide dim, also if there are no blocks; both are named.

    >>> model = GPT(vocab_size=20, dim=8, num_layers=2, num_heads=2, context=6, rng=0)
    >>> model([[1, 2, 3], [4, 5, 6]]).shape
    (2, 3, 20)
    >>> model.head.weight is model.token_embedding.weight
    True

    Source: Radford et al. 2019 (GPT-2).
    """

    def __init__(
        self,
        vocab_size: int,
        dim: int,
        num_layers: int,
        num_heads: int,
        context: int,
        dropout: float = 0.0,
        tie_weights: bool = True,
        rng: Rng = None,
    ) -> None:
        """See the class."""
        raise NotImplementedError("m13: GPT.__init__")

    def _first_values(self, rng: np.random.Generator) -> None:
        """Fill all Parameters as the class says."""
        raise NotImplementedError("m13: GPT._first_values")

    def forward(self, ids: Any) -> Tensor:
        """Logits of the next token: logits[…, t, :] after the tokens 0 to t.

        Args:
            ids: (batch, n) or (n,), whole numbers from 0 to vocab_size - 1: a Tensor, an array or a list.
        Returns:
            (batch, n, vocab_size), or (n, vocab_size).
        Raises:
            ValueError: there are more than `context` ids in a row (n and context are named), or ids have neither one axis nor
                two (their shape is named).
            IndexError: an id is not in the vocabulary; it is named, and so is vocab_size.
            TypeError: ids are no whole numbers.
        """
        raise NotImplementedError("m13: GPT.forward")

    def generate(
        self,
        prompt: Any,
        n: int,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        rng: Rng = None,
        stop: int | None = None,
    ) -> np.ndarray:
        """`generate(self, prompt, n, …)`. Given."""
        return generate(self, prompt, n, temperature, top_k, top_p, rng, stop)

    def extra_repr(self) -> str:
        return f"vocab_size={self.vocab_size}, dim={self.dim}, context={self.context}"
