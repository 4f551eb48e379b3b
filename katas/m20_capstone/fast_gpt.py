"""A GPT that writes fast: each token is read once, and its layers are kept in 8 bits."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m13_transformers import GPT, generate
from ..m15_quantization import model_bytes, quantize_model
from ..m18_memoization import generate_cached
from ..m19_benchmarking import Benchmark
from .measuring import Clock, Measured

Rng = np.random.Generator | int | None
Write = Callable[[Any, int], np.ndarray]
"""write(prompt, n) gives the prompt (t,) and n tokens more."""


class FastGPT:
    """A GPT for writing: a copy of a trained one that uses a cache wherever it can.

    Args:
        model: a GPT; stays as it is.
        batches: ids to calibrate with: then every Linear is in 8 bits, as `quantize_model` has it. None: floats stay floats.

    Attributes:
        model: the copy, in eval mode, which shares no memory with the one that was given.

    >>> model = GPT(vocab_size=20, dim=8, num_layers=2, num_heads=2, context=6, rng=0)
    >>> (FastGPT(model).generate([1, 2, 3], 4, rng=5) == generate(model, [1, 2, 3], 4, rng=5)).all()
    np.True_
    """

    def __init__(self, model: GPT, batches: Iterable[Any] | None = None) -> None:
        """See the class."""
        raise NotImplementedError("m20: FastGPT.__init__")

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
        """What generate(self.model, prompt, n, …) gives, the same tokens, for all that m13's `generate` takes and refuses.

        While all that has to be read fits the context, the model reads each token once. A text for which the context is too
        short is written as `generate` writes it, from the first token to the last: it forgets its beginning, and so
        what was kept of it is of no use.
        """
        raise NotImplementedError("m20: FastGPT.generate")


def measure_writing(
    name: str,
    write: Write,
    prompt: Any,
    n: int,
    nbytes: int,
    wanted: np.ndarray | None = None,
    runs: int = 2,
    clock: Clock = time.perf_counter,
) -> Measured:
    """Measure how fast a text is written, and whether it is the right one.

    Args:
        write: called as write(prompt, n), once for its tokens, and then by a Benchmark with these runs, this clock, and no
            warm-up of its own.
        prompt: (t,); n: 1 or more.
        nbytes: of the model; goes into the answer.
        wanted: the whole text (t + n,) as it should be; None: as it comes the first time.
    Returns:
        A Measured: accuracy is the share of the n *new* tokens that are those wanted, each at its place; seconds and p95 are
        those of one new token.
    Raises:
        ValueError: n is less than 1 (it is named), `wanted` or what was written the first time is not of shape (t + n,)
            (the shape is named); as Benchmark.

    >>> write = lambda prompt, n: np.concatenate([prompt, np.arange(n)])
    >>> measure_writing("count", write, [5, 6], 4, 100, np.array([5, 6, 0, 1, 9, 3]), clock=iter(range(0, 99, 8)).__next__)
    Measured(name='count', accuracy=0.75, nbytes=100, seconds=2.0, p95=2.0)
    """
    raise NotImplementedError("m20: measure_writing")


def optimise_gpt(
    model: GPT,
    prompt: Any,
    n: int,
    batches: Iterable[Any] | None = None,
    runs: int = 2,
    clock: Clock = time.perf_counter,
) -> tuple[FastGPT, Measured, Measured]:
    """A FastGPT of a model, and what both are when they go on with a prompt: always the most probable token.

    Args:
        model: a GPT; stays as it is.
        prompt: (t,), n: 1 or more: the text to be measured with.
        batches: as FastGPT.
        runs, clock: as `measure_writing`.
    Returns:
        The FastGPT; the model ("baseline"), written with by m13's `generate`, its own text being the right one; and the FastGPT
        ("cache", or "cache, 8 bits" with batches), measured against that text. nbytes as `model_bytes`.

    >>> model = GPT(vocab_size=20, dim=8, num_layers=1, num_heads=2, context=16, rng=0)
    >>> fast, before, after = optimise_gpt(model, [1, 2, 3], 8)
    >>> before.name, before.accuracy, after.name, after.accuracy
    ('baseline', 1.0, 'cache', 1.0)
    """
    raise NotImplementedError("m20: optimise_gpt")
