"""An honest alternative: one-hot masks in place of gathering, its own log-sum-exp, one base class for the modules."""

import numpy as np

from ..m01_tensor import Tensor, where
from ..m03_layers import Module

REDUCE = {"mean": lambda losses: losses.mean(), "sum": lambda losses: losses.sum(), "none": lambda losses: losses}


def _reduction(name):
    if name not in REDUCE:
        raise ValueError(f"{name!r} is no reduction; there are {', '.join(REDUCE)}")
    return REDUCE[name]


def _pair(a, b):
    b = Tensor(b) if isinstance(b, np.ndarray) else b
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a, b


def _mean(total, count):
    # A Tensor of its own for the divisor, so that 0 / 0 follows the rules of Tensor division.
    with np.errstate(invalid="ignore"):
        return total / Tensor(np.asarray(count, total.dtype))


def mse_loss(input, target, reduction="mean"):
    a, b = _pair(input, target)
    each = (b - a) ** 2
    if not each.size and reduction == "mean":
        return _mean(each.sum(), 0.0)
    return _reduction(reduction)(each)


def l1_loss(input, target, reduction="mean"):
    a, b = _pair(input, target)
    each = where(a > b, a - b, b - a)
    if not each.size and reduction == "mean":
        return _mean(each.sum(), 0.0)
    return _reduction(reduction)(each)


def _mask(shape, target, ignore_index):
    """True at each position's right class, in scores of `shape`; nowhere for positions that do not count."""
    target = np.array(target.numpy() if isinstance(target, Tensor) else target)
    axis = min(1, len(shape) - 1)
    if not np.issubdtype(target.dtype, np.integer):
        raise TypeError(f"a target of {target.dtype}: class indices are integers")
    if target.shape != tuple(np.delete(shape, axis)):
        raise ValueError(f"a target of shape {target.shape} does not fit scores of shape {shape}")
    counts = target != ignore_index
    for index in target[counts].reshape(-1):
        if not 0 <= index < shape[axis]:
            raise IndexError(f"class {index} of {shape[axis]}")
    classes = np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return (np.expand_dims(target, axis) == classes) & np.expand_dims(counts, axis), axis


def _class_weight(weight, shape, axis, dtype):
    if weight is None:
        weight = Tensor(np.ones(shape[axis], dtype))
    weight = Tensor(weight) if isinstance(weight, np.ndarray) else weight
    if weight.shape != (shape[axis],):
        raise ValueError(f"weight of shape {weight.shape} with scores of shape {shape}")
    return weight.reshape([-1 if i == axis else 1 for i in range(len(shape))])


def nll_loss(log_probs, target, weight=None, ignore_index=-100, reduction="mean"):
    return _by_index(log_probs, target, weight, ignore_index, reduction, 0.0)


def _by_index(log_probs, target, weight, ignore_index, reduction, smoothing):
    reduce = _reduction(reduction)
    mask, axis = _mask(log_probs.shape, target, ignore_index)
    weight = _class_weight(weight, log_probs.shape, axis, log_probs.dtype)
    each = -where(Tensor(mask), log_probs * weight, 0).sum(axis)
    if smoothing:
        share = (log_probs * weight).sum(axis) * (-smoothing / log_probs.shape[axis])
        each = (1 - smoothing) * each + where(Tensor(mask.any(axis)), share, 0)
    if reduction != "mean":
        return reduce(each)
    return _mean(each.sum(), np.where(mask, weight.numpy(), 0).sum())


def cross_entropy(logits, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    if label_smoothing < 0 or label_smoothing > 1:
        raise ValueError(f"label_smoothing = {label_smoothing} is no share")
    axis = min(1, logits.ndim - 1)
    peak = Tensor(logits.numpy().max(axis, keepdims=True)) if logits.size else 0.0
    log_probs = logits - peak - (logits - peak).exp().sum(axis, keepdims=True).log()
    soft = np.asarray(target.numpy() if isinstance(target, Tensor) else target).dtype.kind == "f"
    if not soft:
        return _by_index(log_probs, target, weight, ignore_index, reduction, label_smoothing)
    logits, target = _pair(logits, target)
    target = target + label_smoothing * (1 / logits.shape[axis] - target)
    each = -(target * (log_probs * _class_weight(weight, logits.shape, axis, logits.dtype))).sum(axis)
    if reduction == "mean":
        return _mean(each.sum(), each.size)
    return _reduction(reduction)(each)


def binary_cross_entropy_with_logits(logits, target, pos_weight=None, reduction="mean"):
    z, y = _pair(logits, target)
    # PyTorch's own form: (1 − y) z + (1 + (w − 1) y) · (log(1 + e^−|z|) + max(−z, 0)).
    y = y.astype(z.dtype)
    softplus = (1 + where(z > 0, -z, z).exp()).log() + where(z > 0, 0, -z)
    factor = 1 if pos_weight is None else 1 + (pos_weight - 1) * y
    each = (1 - y) * z + softplus * factor
    if reduction == "mean":
        return _mean(each.sum(), each.size)
    return _reduction(reduction)(each)


class _Loss(Module):
    function = None

    def __init__(self, *tensors, **options):
        super().__init__()
        self.options = {}
        for name, value in options.items():
            if name in ("weight", "pos_weight") and value is not None:
                self.register_buffer(name, Tensor(value))
                self.options[name] = value
            else:
                self.options[name] = value

    def forward(self, input, target):
        options = {name: getattr(self, name, value) for name, value in self.options.items()}
        return type(self).function(input, target, **options)


class MSELoss(_Loss):
    function = staticmethod(mse_loss)


class L1Loss(_Loss):
    function = staticmethod(l1_loss)


class NLLLoss(_Loss):
    function = staticmethod(nll_loss)


class CrossEntropyLoss(_Loss):
    function = staticmethod(cross_entropy)


class BCEWithLogitsLoss(_Loss):
    function = staticmethod(binary_cross_entropy_with_logits)
