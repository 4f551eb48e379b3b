"""Formulas about what is kept and what it saves, on plain numbers: work them out, then see them held against what is measured."""

from __future__ import annotations


def scan_hits(distinct: int, rounds: int, capacity: int) -> int:
    """How often a Memo of this capacity finds its answer if it is asked `distinct` different questions, one after another, `rounds`
    times over: a, b, c, a, b, c, … Each of the three is 1 or more.

    >>> scan_hits(distinct=5, rounds=4, capacity=5)
    15
    """
    raise NotImplementedError("m18: scan_hits")


def cache_bytes(layers: int, heads: int, head_dim: int, capacity: int, batch: int = 1, itemsize: int = 4) -> int:
    """Bytes of a KVCache.

    >>> cache_bytes(layers=1, heads=1, head_dim=1, capacity=1)
    8
    """
    raise NotImplementedError("m18: cache_bytes")


def texts_that_fit(
    memory: int, weights: int, layers: int, heads: int, head_dim: int, capacity: int, itemsize: int = 4
) -> int:
    """How many texts of `capacity` tokens can be written side by side in a memory of so many bytes, of which the weights take
    theirs once, and each text has its part of a KVCache. 0 if not even the weights fit.

    >>> texts_that_fit(memory=100, weights=20, layers=1, heads=1, head_dim=1, capacity=4)
    2
    """
    raise NotImplementedError("m18: texts_that_fit")


def rows_read(prompt: int, n: int, cached: bool) -> int:
    """How many tokens go through each block while n are added to a prompt, all passes together; nothing outgrows the context.

    With a cache each token is read once (and the last one is not read at all); without, each pass reads all there are.
    n is 1 or more.

    >>> rows_read(prompt=10, n=1, cached=True), rows_read(prompt=10, n=1, cached=False)
    (10, 10)
    """
    raise NotImplementedError("m18: rows_read")


def pass_multiply_adds(vocab_size: int, dim: int, num_layers: int, new: int, past: int = 0) -> int:
    """Multiply-adds of all matrix products when a GPT reads `new` tokens after `past` ones that are in its cache.

    Feed-forward networks are 4 · dim wide. All new · (past + new) scores of a head are computed, hidden ones, too; the head of
    the model reads every new token. A multiplication and its addition are one. dim is 1 or more, vocab_size and num_layers 0 or
    more.

    >>> pass_multiply_adds(vocab_size=0, dim=1, num_layers=1, new=1)
    14
    """
    raise NotImplementedError("m18: pass_multiply_adds")


def text_multiply_adds(vocab_size: int, dim: int, num_layers: int, prompt: int, n: int, cached: bool) -> int:
    """Multiply-adds of writing n tokens after a prompt: of all passes together, as `pass_multiply_adds` counts them.

    With a cache the prompt is read in one pass. n is 1 or more.

    >>> text_multiply_adds(0, 1, 1, prompt=2, n=1, cached=True)
    32
    """
    raise NotImplementedError("m18: text_multiply_adds")


def saved_factor(vocab_size: int, dim: int, num_layers: int, prompt: int, n: int) -> float:
    """How many times fewer multiply-adds a cache needs for the text; vocab_size and num_layers are not both 0.

    >>> saved_factor(vocab_size=50, dim=8, num_layers=2, prompt=5, n=1)
    1.0
    """
    raise NotImplementedError("m18: saved_factor")


def throughput(fixed: float, each: float, batch: int) -> float:
    """Requests per second of a worker that is never idle, if a batch of b takes fixed + each · b seconds.

    >>> throughput(fixed=1.0, each=1.0, batch=1)
    0.5
    """
    raise NotImplementedError("m18: throughput")


def first_latency(gap: float, max_batch: int, max_wait: float, fixed: float, each: float) -> float:
    """Seconds from arrival to answer of the very first request, if one comes every `gap` seconds, for ever, to a BatchScheduler
    with an idle worker, and a batch of b takes fixed + each · b. There are no deadlines. Who comes at the moment a batch leaves is
    in it. gap is above 0; laws draw whole multiples of 1/4, which floats add up without rounding.

    >>> first_latency(gap=1.0, max_batch=3, max_wait=10.0, fixed=5.0, each=0.5), first_latency(1.0, 3, 0.0, 5.0, 0.5)
    (8.5, 5.5)
    """
    raise NotImplementedError("m18: first_latency")
