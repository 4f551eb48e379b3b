"""Formulas about losses, on plain numbers: work them out, then see them measured."""

import math

import numpy as np


def loss_at_chance(classes: int) -> float:
    """Mean cross-entropy, in nats, of a model that gives every class the same logit.

    The first number a training run should print: a larger one means a broken initialisation, a smaller one a leak.

    >>> round(loss_at_chance(10), 4)
    2.3026
    """
    raise NotImplementedError("m04: loss_at_chance")


def perplexity(loss: float) -> float:
    """Among how many equally likely classes a model with this mean cross-entropy (in nats) is choosing.

    >>> round(perplexity(math.log(50)), 6)
    50.0
    """
    raise NotImplementedError("m04: perplexity")


def loss_at_margin(margin: float, classes: int) -> float:
    """Cross-entropy of one position where the right logit is `margin` above all others, which are equal.

    A negative margin means that the others are above. Right for |margin| up to 500.

    >>> round(loss_at_margin(2.0, 2), 4), round(loss_at_margin(-100.0, 2), 4)
    (0.1269, 100.0)
    """
    raise NotImplementedError("m04: loss_at_margin")


def smoothing_floor(smoothing: float, classes: int) -> float:
    """The smallest cross-entropy that any logits reach on one class index, with this `label_smoothing`.

    >>> smoothing_floor(0.0, 10), round(smoothing_floor(0.1, 10), 4)
    (0.0, 0.5003)
    """
    raise NotImplementedError("m04: smoothing_floor")


def overflow_logit(classes: int, dtype: str) -> float:
    """The logit from which on log(Σ exp(logits)) is infinite in `dtype`, if nothing is subtracted first.

    All `classes` logits are equal.

    Args:
        dtype: "float16", "float32" or "float64".

    >>> round(overflow_logit(1, "float32"), 2), round(overflow_logit(50257, "float32"), 2)
    (88.72, 77.9)
    """
    raise NotImplementedError("m04: overflow_logit")


def mean_divisor(loss: str, shape: tuple[int, ...], ignored: int = 0) -> int:
    """What reduction="mean" divides the sum by.

    Args:
        loss: "mse", "l1", "bce", "nll" or "cross_entropy" (with class indices and no weights).
        shape: of the loss's first argument.
        ignored: how many positions have `ignore_index` as their target (nll and cross_entropy only).

    >>> mean_divisor("mse", (32, 10)), mean_divisor("cross_entropy", (32, 10), ignored=2)
    (320, 30)
    """
    raise NotImplementedError("m04: mean_divisor")


def target_bytes(positions: int, classes: int, form: str) -> int:
    """Bytes of the targets of `positions` positions.

    Args:
        form: "indices" (int64) or "probabilities" (float32, one for each class).

    >>> target_bytes(1024, 50257, "indices"), target_bytes(1024, 50257, "probabilities")  # a page of GPT-2
    (8192, 205852672)
    """
    raise NotImplementedError("m04: target_bytes")
