"""From logits to text: which token may come next, and the loop that lets it come."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module
from ..m06_autograd import no_grad

Rng = np.random.Generator | int | None


def next_probabilities(
    logits: np.ndarray, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> np.ndarray:
    """The chance of each token to come next.

    In this order: logits are divided by the temperature; all but the top_k largest get no chance; the softmax of these makes
    chances; the least probable, those that top_p has no need of (see there), lose theirs; what is left is scaled up to a sum of 1.

    Args:
        logits: (…, vocab_size), an array of floats, large ones, too; -inf is a token that cannot come.
        temperature: 0 or more. Below 1 the likely become likelier; at 0 only the largest logit is left, the first of equals.
        top_k: how many tokens may come, 1 or more: exactly as many; more than there are is all of them. None: all.
        top_p: above 0, at most 1: the most probable tokens are left until their chances add up to top_p or more: as few
            as possible, and one at least. None: all.
        Of equal ones at the border no more stay than it takes, with top_k as with top_p; which ones is up to you.
    Returns:
        float64, of the shape of logits, computed in float64; the last axis adds up to 1.
    Raises:
        ValueError: temperature is below 0, infinite or nan, top_k below 1, or top_p not above 0 and at most 1; it is named.

    >>> logits = np.log([0.5, 0.3, 0.2])
    >>> next_probabilities(logits, temperature=0.5).round(4)
    array([0.6579, 0.2368, 0.1053])
    >>> next_probabilities(logits, top_k=2), next_probabilities(logits, top_p=0.7)
    (array([0.625, 0.375, 0.   ]), array([0.625, 0.375, 0.   ]))

    Source: Holtzman et al. 2019, arXiv 1904.09751 (top_p).
    """
    # BEGIN SOLUTION
    if not (temperature >= 0 and math.isfinite(temperature)):
        raise ValueError(f"temperature is 0 or more, not {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is 1 or more, not {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is above 0 and at most 1, not {top_p}")
    logits = np.asarray(logits, "float64")
    logits = logits - logits.max(axis=-1, keepdims=True)
    order = np.argsort(-logits, axis=-1, kind="stable")
    if temperature == 0:
        top_k = 1
    kept = np.zeros(logits.shape, bool)
    np.put_along_axis(kept, order[..., :top_k], True, axis=-1)
    with np.errstate(over="ignore"):  # to -inf, which is a chance of 0
        weights = np.exp(np.where(kept, logits / (temperature or 1.0), -np.inf))
    chances = weights / weights.sum(axis=-1, keepdims=True)
    if top_p is not None:
        ranked = np.take_along_axis(chances, order, axis=-1)
        # A token stays if those before it do not reach top_p: the one that does is the last, and the first always stays.
        before = np.cumsum(ranked, axis=-1) - ranked
        before[..., 0] = 0.0
        np.put_along_axis(chances, order, np.where(before < top_p, ranked, 0.0), axis=-1)
        chances /= chances.sum(axis=-1, keepdims=True)
    return chances
    # END SOLUTION


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
    """The prompt, and what the model goes on with: n tokens, each drawn after all that are there by then.

    Args:
        model: a Module that makes logits (…, t, vocab_size) of ids (…, t), t at most model.context: a GPT. If there are more,
            the last model.context of them. The model is shown an int64 array with as many axes as the prompt.
        prompt: (t,) or (batch, t), one id at least: a Tensor, an array or a list. Rows of a batch go on independently.
        n: how many tokens to add, 0 or more.
        temperature, top_k, top_p: as in `next_probabilities`; at temperature 0 nothing is random.
        rng: a numpy.random.Generator (which moves on), a seed, or None.
        stop: a token that ends its row once it has been added: what follows in this row is filled up with it. When all rows
            have ended, nothing more is added. In the prompt it means nothing special.
    Returns:
        int64 (t + n,) or (batch, t + n), or shorter if everything has come to its end: the prompt and the new tokens, in
            memory of its own, also if n is 0.

    While it runs nothing is recorded for gradients, and the model is in eval mode; afterwards each of its modules is in the mode
    it was in before, even if there was an error.

    Raises:
        ValueError: the prompt is empty (a batch without rows, too) or has neither one axis nor two (its shape is named), or n
            is below 0 (it is named); as `next_probabilities`, also if n is 0.
        TypeError: the prompt is no whole numbers (its dtype is named).
        IndexError: as the model.

    >>> class Counts(Module):   # after token t comes t + 1
    ...     context = 4
    ...     def forward(self, ids):
    ...         return Tensor(np.eye(10)[(ids + 1) % 10])
    >>> generate(Counts(), [7], 5, temperature=0)
    array([7, 8, 9, 0, 1, 2])

    Cost: n calls of the model, each on all tokens that it can see.
    """
    # BEGIN SOLUTION
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
                # The first token at which the sum of the chances is above a uniform draw from [0, 1).
                drawn = rng.random((*chances.shape[:-1], 1))
                new = (np.cumsum(chances, axis=-1) <= drawn).sum(axis=-1)
                # Rounding may leave the sum below the draw: then it is the last token that can come.
                last = chances.shape[-1] - 1 - (chances[..., ::-1] > 0).argmax(axis=-1)
                new = np.minimum(new, last)
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
    # END SOLUTION
