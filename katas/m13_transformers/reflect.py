"""Formulas about GPTs, on plain numbers: work them out, then see them held against models that are made and that speak."""

from __future__ import annotations


def block_parameters(dim: int) -> int:
    """How many numbers a TransformerBlock learns, with a feed-forward network of width 4 · dim.

    >>> block_parameters(768)
    7087872
    """
    raise NotImplementedError("m13: block_parameters")


def gpt_parameters(vocab_size: int, dim: int, num_layers: int, context: int, tied: bool = True) -> int:
    """How many numbers a GPT learns. The number of heads is not among the arguments.

    >>> gpt_parameters(50257, 768, 12, 1024)        # GPT-2, the smallest
    124439808
    >>> gpt_parameters(50257, 12288, 96, 2048)      # GPT-3
    174604259328
    """
    raise NotImplementedError("m13: gpt_parameters")


def weight_bytes(parameters: int, itemsize: int = 4) -> int:
    """Bytes of the weights alone: what it takes to run a model.

    >>> weight_bytes(175_000_000_000)   # GPT-3: 700 GB
    700000000000
    """
    raise NotImplementedError("m13: weight_bytes")


def adam_bytes(parameters: int, itemsize: int = 4) -> int:
    """Bytes that it takes to train a model with Adam, activations left out: weights, gradients and Adam's two averages.

    >>> adam_bytes(175_000_000_000)     # GPT-3: 2.8 TB
    2800000000000
    """
    raise NotImplementedError("m13: adam_bytes")


def gpt_flops(vocab_size: int, dim: int, num_layers: int, n: int) -> int:
    """Operations of all matrix products (a multiplication and an addition are two) when a GPT reads n tokens of one text.

    Scores of pairs that the causal mask hides are computed, too, and count.

    >>> gpt_flops(50257, 768, 12, 1024)
    291648307200
    """
    raise NotImplementedError("m13: gpt_flops")


def kv_bytes(dim: int, num_layers: int, tokens: int, batch: int = 1, itemsize: int = 4) -> int:
    """Bytes of the keys and the values of all tokens in all blocks of a GPT.

    >>> kv_bytes(768, 12, 1024), kv_bytes(12288, 96, 2048, itemsize=2)   # GPT-2 in float32: 75 MB; GPT-3 in float16: 9.7 GB
    (75497472, 9663676416)
    """
    raise NotImplementedError("m13: kv_bytes")


def tokens_read(prompt: int, n: int, context: int) -> int:
    """How many tokens the model reads, all calls together, while `generate` adds n to a prompt: the same ones again and again.

    >>> tokens_read(prompt=1, n=3, context=100), tokens_read(prompt=1, n=512, context=1024)
    (6, 131328)
    """
    raise NotImplementedError("m13: tokens_read")
