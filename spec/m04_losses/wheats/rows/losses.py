"""An honest alternative: every position becomes a row of (M, C), and label smoothing becomes class probabilities."""

import numpy as np

from ..m01_tensor import Tensor, cat
from ..m02_activations import log_softmax, relu
from ..m03_layers import Module


def _tensor(values):
    return values if isinstance(values, Tensor) else Tensor(values)


def _finish(losses, reduction, divisor=None):
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"unknown reduction {reduction}")
    if reduction == "none":
        return losses
    total = losses.sum()
    if reduction == "sum":
        return total
    divisor = losses.size if divisor is None else divisor
    return total / divisor if divisor else total * np.nan


def _check_same(a, b):
    if a.shape != b.shape:
        raise ValueError(f"input {a.shape} and target {b.shape} must have one shape")


def mse_loss(input, target, reduction="mean"):
    target = _tensor(target)
    _check_same(input, target)
    return _finish((input - target) * (input - target), reduction)


def l1_loss(input, target, reduction="mean"):
    target = _tensor(target)
    _check_same(input, target)
    return _finish(Tensor.maximum(input - target, target - input), reduction)


def _rows(scores):
    """Scores as (M, C), and the shape of the positions."""
    if scores.ndim == 1:
        return scores.unsqueeze(0), ()
    last = scores.permute(0, *range(2, scores.ndim), 1)
    return last.reshape(int(np.prod(last.shape[:-1])), scores.shape[1]), last.shape[:-1]


def _row_targets(target, positions, classes, ignore_index, shape):
    target = np.asarray(_tensor(target).numpy())
    if target.dtype.kind not in "ui":
        raise TypeError(f"expected integer classes, got {target.dtype}")
    if target.shape != positions:
        raise ValueError(f"scores of shape {shape} take no target of shape {target.shape}")
    flat = target.reshape(-1).astype(np.int64)
    keep = np.flatnonzero(flat != ignore_index)
    bad = [int(t) for t in flat[keep] if t < 0 or t >= classes]
    if bad:
        raise IndexError(f"target {bad[0]} is out of bounds for {classes} classes")
    return flat, keep


def _weights(weight, classes, dtype, shape):
    if weight is None:
        return Tensor(np.ones(classes), dtype=dtype)
    if weight.shape != (classes,):
        raise ValueError(f"weight has shape {weight.shape} and scores have shape {shape}")
    return _tensor(weight)


def _spread(losses, keep, size, positions):
    """Losses of the kept rows, at their places among zeros."""
    padded = cat([losses, Tensor(np.zeros(1), dtype=losses.dtype)])
    place = np.full(size, len(keep))
    place[keep] = np.arange(len(keep))
    return padded[place].reshape(*positions) if positions else padded[place].sum()


def nll_loss(log_probs, target, weight=None, ignore_index=-100, reduction="mean"):
    rows, positions = _rows(log_probs)
    flat, keep = _row_targets(target, positions, rows.shape[1], ignore_index, log_probs.shape)
    weight = _weights(weight, rows.shape[1], log_probs.dtype, log_probs.shape)[flat[keep]]
    losses = -(rows[keep, flat[keep]] * weight)
    if reduction == "none":
        return _spread(losses, keep, len(flat), positions)
    return _finish(losses, reduction, float(weight.sum().item()))


def cross_entropy(logits, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing: 0 to 1, got {label_smoothing}")
    target = _tensor(target)
    rows, positions = _rows(logits)
    classes = rows.shape[1]
    if target.dtype.kind == "f":
        _check_same(logits, target)
        truth, _ = _rows(target)
        truth = truth * (1 - label_smoothing) + label_smoothing / classes
        weight = _weights(weight, classes, logits.dtype, logits.shape)
        losses = -(truth * log_softmax(rows) * weight).sum(1)
        return _finish(losses.reshape(*positions) if positions else losses.sum(), reduction)
    if not label_smoothing:
        return nll_loss(log_softmax(logits, min(1, logits.ndim - 1)), target, weight, ignore_index, reduction)
    flat, keep = _row_targets(target, positions, classes, ignore_index, logits.shape)
    weight = _weights(weight, classes, logits.dtype, logits.shape)
    truth = np.full((len(keep), classes), label_smoothing / classes)
    truth[np.arange(len(keep)), flat[keep]] += 1 - label_smoothing
    losses = -(Tensor(truth, dtype=logits.dtype) * log_softmax(rows[keep]) * weight).sum(1)
    if reduction == "none":
        return _spread(losses, keep, len(flat), positions)
    return _finish(losses, reduction, float(weight.numpy()[flat[keep]].sum()))


def binary_cross_entropy_with_logits(logits, target, pos_weight=None, reduction="mean"):
    target = _tensor(target)
    _check_same(logits, target)
    small = ((-relu(logits) - relu(-logits)).exp() + 1).log()
    no, yes = relu(logits) + small, relu(-logits) + small
    if pos_weight is not None:
        yes = yes * pos_weight
    return _finish(no + target * (yes - no), reduction)


class MSELoss(Module):
    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, input, target):
        return mse_loss(input, target, self.reduction)


class L1Loss(MSELoss):
    def forward(self, input, target):
        return l1_loss(input, target, self.reduction)


class NLLLoss(Module):
    def __init__(self, weight=None, ignore_index=-100, reduction="mean"):
        super().__init__()
        self.weight = None
        if weight is not None:
            self.register_buffer("weight", Tensor(weight))
        self.options = {"ignore_index": ignore_index, "reduction": reduction}

    def forward(self, log_probs, target):
        return nll_loss(log_probs, target, self.weight, **self.options)


class CrossEntropyLoss(NLLLoss):
    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, ignore_index, reduction)
        self.options["label_smoothing"] = label_smoothing

    def forward(self, logits, target):
        return cross_entropy(logits, target, self.weight, **self.options)


class BCEWithLogitsLoss(Module):
    def __init__(self, pos_weight=None, reduction="mean"):
        super().__init__()
        self.reduction, self.pos_weight = reduction, None
        if pos_weight is not None:
            self.register_buffer("pos_weight", Tensor(pos_weight))

    def forward(self, logits, target):
        return binary_cross_entropy_with_logits(logits, target, self.pos_weight, self.reduction)
