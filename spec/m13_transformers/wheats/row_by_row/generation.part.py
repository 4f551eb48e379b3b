"""Another way: row by row, where the last of equals stay, and NumPy's own choice."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module
from ..m06_autograd import no_grad


def _of_one_row(logits: np.ndarray, temperature: float, top_k: int | None, top_p: float | None) -> np.ndarray:
    if temperature == 0:
        return (np.arange(len(logits)) == logits.argmax()).astype("float64")
    order = np.lexsort((np.arange(len(logits)), logits))[::-1]
    if top_k is not None:
        logits = logits.copy()
        logits[order[top_k:]] = -np.inf
    with np.errstate(over="ignore"):
        weights = np.exp((logits - logits.max()) / temperature)
    chances = weights / weights.sum()
    if top_p is not None:
        count = 1 + int(np.searchsorted(np.cumsum(chances[order]), top_p))
        chances[order[count:]] = 0.0
        chances /= chances.sum()
    return chances


def next_probabilities(
    logits: np.ndarray, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> np.ndarray:
    if not (temperature >= 0 and math.isfinite(temperature)):
        raise ValueError(f"temperature is 0 or more, not {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is 1 or more, not {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is above 0 and at most 1, not {top_p}")
    logits = np.asarray(logits, "float64")
    chances = np.zeros(logits.shape)
    for place in np.ndindex(*logits.shape[:-1]):
        chances[place] = _of_one_row(logits[place], temperature, top_k, top_p)
    return chances


def generate(
    model: Module,
    prompt: Any,
    n: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    rng: Rng = None,
    stop: int | None = None,
) -> np.ndarray:
    ids = np.array(prompt.data if isinstance(prompt, Tensor) else prompt)
    if ids.ndim not in (1, 2) or ids.size == 0:
        raise ValueError(f"a prompt is (t,) or (batch, t), with one token at least, not {ids.shape}")
    if n < 0:
        raise ValueError(f"n is how many tokens to add, 0 or more, not {n}")
    next_probabilities(np.zeros(1), temperature, top_k, top_p)  # refuses settings before any work is done
    if ids.dtype.kind not in "iu":
        raise TypeError(f"tokens are whole numbers, not {ids.dtype}")
    ids, rng = ids.astype(np.int64), np.random.default_rng(rng)
    ended = np.zeros(ids.shape[:-1], bool)
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with no_grad():
            for _ in range(n):
                logits = model(ids[..., -model.context :]).data[..., -1, :]
                chances = next_probabilities(logits, temperature, top_k, top_p)
                rows = chances.reshape(-1, chances.shape[-1])
                new = np.array([rng.choice(len(row), p=row) for row in rows]).reshape(chances.shape[:-1])
                if stop is not None:
                    new = np.where(ended, stop, new)
                    ended |= new == stop
                ids = np.concatenate([ids, new[..., None]], axis=-1)
                if stop is not None and ended.all():
                    break
    finally:
        for module, training in modes:
            module.training = training
    return ids
