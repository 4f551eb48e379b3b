"""The same questions to PyTorch, in float64, and the yardsticks of the speed laws."""

import math
from typing import Any

import numpy as np

from ..kit import Bounded
from ..kit.oracle import narrow, wide


def class_axis(shape: tuple[int, ...]) -> int:
    """Where the classes are in scores of `shape`: axis 1, or axis 0 of a single position."""
    return 0 if len(shape) == 1 else 1


def _torch(function: str, input: np.ndarray, target: np.ndarray, options: dict[str, Any]) -> Any:
    import torch.nn.functional as F

    target = target.astype(np.int64) if target.dtype.kind in "iu" else target
    wide_options = {name: wide(value) if isinstance(value, np.ndarray) else value for name, value in options.items()}
    return getattr(F, function)(wide(input), wide(target), **wide_options)


def _bounded(result: Any, term: float, terms: int, dtype: Any, reduction: str) -> Bounded:
    """`result` with its rounding error's scale: `term` bounds the numbers that one position's loss is made of."""
    return Bounded(narrow(result, dtype), term * max(terms, 1) if reduction == "sum" else term)


def mse_loss(input, target, options):
    return narrow(_torch("mse_loss", input, target, options), input.dtype)


def l1_loss(input, target, options):
    return narrow(_torch("l1_loss", input, target, options), input.dtype)


def nll_loss(log_probs, target, options):
    result = _torch("nll_loss", log_probs, target, options)
    term = (1.0 + np.abs(log_probs).max(initial=0.0)) * np.max(options.get("weight", 1.0), initial=1.0)
    return _bounded(result, term, target.size, log_probs.dtype, options.get("reduction", "mean"))


def cross_entropy(logits, target, options):
    """A loss is a difference of logits, at least: its error is measured against how far apart they lie."""
    result = _torch("cross_entropy", logits, target, options)
    finite = logits[np.isfinite(logits)]
    spread = finite.max() - finite.min() if finite.size else 0.0
    term = (1.0 + spread) * np.max(options.get("weight", 1.0), initial=1.0)
    positions = logits.size // max(logits.shape[class_axis(logits.shape)], 1)
    return _bounded(result, term, positions, logits.dtype, options.get("reduction", "mean"))


def binary_cross_entropy_with_logits(logits, target, options):
    """log(1 + e^−|z|) of a large |z| is exact to a rounding error of 1, and the whole to one of |z|."""
    target = target.astype(logits.dtype)
    result = _torch("binary_cross_entropy_with_logits", logits, target, options)
    term = (1.0 + np.abs(logits).max(initial=0.0)) * np.max(options.get("pos_weight", 1.0), initial=1.0)
    return _bounded(result, term, logits.size, logits.dtype, options.get("reduction", "mean"))


def module(kind, input, target, options):
    return globals()[FUNCTION[kind]](input, target, options)


def module_with_changing_weight(kind, input, target, weight, later):
    name = "pos_weight" if kind == "BCEWithLogitsLoss" else "weight"
    first, second = (module(kind, input, target, {name: w, "reduction": "sum"}) for w in (weight, later))
    return {"given weight changed": first, "another loaded": second}


def with_arrays(loss, input, target, options):
    return globals()[loss](input, target, options)


module_with_arrays = module

FUNCTION = {
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "NLLLoss": "nll_loss",
    "CrossEntropyLoss": "cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
}


def composed_cross_entropy(logits, target, axis, options):
    return cross_entropy(logits, target, options)


def mlp_loss(state, x, target, loss):
    import torch

    hidden = torch.relu(wide(x) @ wide(state["0.weight"]).T + wide(state["0.bias"]))
    output = (hidden @ wide(state["2.weight"]).T + wide(state["2.bias"])).numpy()
    # The sums inside the network round too: the scale is that of everything added up on the way.
    size = np.abs(x) @ np.abs(state["0.weight"]).T + np.abs(state["0.bias"])
    size = 1.0 + float((size @ np.abs(state["2.weight"]).T + np.abs(state["2.bias"])).max())
    scale = (size + np.abs(target).max()) ** 2 if loss == "mse_loss" else 2 * size
    return Bounded(narrow(_torch(loss, output, target, {}), x.dtype), scale)


# -------------------------------------------------------------- yardsticks


def loop_cross_entropy(logits: np.ndarray, target: np.ndarray) -> float:
    """Mean cross-entropy, one array element at a time."""
    total = 0.0
    for i in range(logits.shape[0]):
        largest = -math.inf
        for c in range(logits.shape[1]):
            if logits[i, c] > largest:
                largest = logits[i, c]
        normaliser = 0.0
        for c in range(logits.shape[1]):
            normaliser += np.exp(logits[i, c] - largest)
        total += math.log(normaliser) + largest - logits[i, target[i]]
    return float(total / logits.shape[0])


def loop_binary_cross_entropy(logits: np.ndarray, target: np.ndarray) -> float:
    """Mean binary cross-entropy, one array element at a time."""
    total = 0.0
    for i in range(logits.shape[0]):
        for k in range(logits.shape[1]):
            z, y = logits[i, k], target[i, k]
            total += max(z, 0.0) - z * y + np.log(1.0 + np.exp(-abs(z)))
    return float(total / logits.size)
