"""Formulas about GPTs, on plain numbers: work them out, then see them held against models that are made and that speak."""

from __future__ import annotations


def block_parameters(dim: int) -> int:
    """How many numbers a TransformerBlock learns, with a feed-forward network of width 4 · dim.

    >>> block_parameters(768)
    7087872
    """
    # BEGIN SOLUTION
    attention = 3 * dim * dim + 3 * dim + dim * dim + dim
    feed_forward = 4 * dim * dim + 4 * dim + 4 * dim * dim + dim
    norms = 2 * 2 * dim
    return attention + feed_forward + norms
    # END SOLUTION


def gpt_parameters(vocab_size: int, dim: int, num_layers: int, context: int, tied: bool = True) -> int:
    """How many numbers a GPT learns. The number of heads is not among the arguments.

    >>> gpt_parameters(50257, 768, 12, 1024)        # GPT-2, the smallest
    124439808
    >>> gpt_parameters(50257, 12288, 96, 2048)      # GPT-3
    174604259328
    """
    # BEGIN SOLUTION
    tables = (vocab_size + context) * dim + (0 if tied else vocab_size * dim)
    return tables + num_layers * block_parameters(dim) + 2 * dim
    # END SOLUTION


def weight_bytes(parameters: int, itemsize: int = 4) -> int:
    """Bytes of the weights alone: what it takes to run a model.

    >>> weight_bytes(175_000_000_000)   # GPT-3: 700 GB
    700000000000
    """
    # BEGIN SOLUTION
    return parameters * itemsize
    # END SOLUTION


def adam_bytes(parameters: int, itemsize: int = 4) -> int:
    """Bytes that it takes to train a model with Adam, activations left out: weights, gradients and Adam's two averages.

    >>> adam_bytes(175_000_000_000)     # GPT-3: 2.8 TB
    2800000000000
    """
    # BEGIN SOLUTION
    return 4 * parameters * itemsize
    # END SOLUTION


def gpt_flops(vocab_size: int, dim: int, num_layers: int, n: int) -> int:
    """Operations of all matrix products (a multiplication and an addition are two) when a GPT reads n tokens of one text.

    Scores of pairs that the causal mask hides are computed, too, and count.

    >>> gpt_flops(50257, 768, 12, 1024)
    291648307200
    """
    # BEGIN SOLUTION
    projections = 2 * n * dim * 4 * dim  # three in, one out
    scores_and_sums = 2 * 2 * n * n * dim
    feed_forward = 2 * 2 * n * dim * 4 * dim
    return num_layers * (projections + scores_and_sums + feed_forward) + 2 * n * dim * vocab_size
    # END SOLUTION


def kv_bytes(dim: int, num_layers: int, tokens: int, batch: int = 1, itemsize: int = 4) -> int:
    """Bytes of the keys and the values of all tokens in all blocks of a GPT.

    >>> kv_bytes(768, 12, 1024), kv_bytes(12288, 96, 2048, itemsize=2)   # GPT-2 in float32: 75 MB; GPT-3 in float16: 9.7 GB
    (75497472, 9663676416)
    """
    # BEGIN SOLUTION
    return 2 * num_layers * batch * tokens * dim * itemsize
    # END SOLUTION


def tokens_read(prompt: int, n: int, context: int) -> int:
    """How many tokens the model reads, all calls together, while `generate` adds n to a prompt: the same ones again and again.

    >>> tokens_read(prompt=1, n=3, context=100), tokens_read(prompt=1, n=512, context=1024)
    (6, 131328)
    """
    # BEGIN SOLUTION
    return sum(min(prompt + step, context) for step in range(n))
    # END SOLUTION
