"""Wheat: one long vector for the norm, and writing through views."""

import math

import numpy as np

from ..m01_tensor import Tensor


def _arrays(parameters):
    if isinstance(parameters, Tensor):
        parameters = (parameters,)
    return [p.grad for p in parameters if p.grad is not None]


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    grads = _arrays(parameters)
    everything = np.concatenate([np.abs(g).reshape(-1) for g in grads] or [np.zeros(0)])
    if everything.size == 0:
        norm = 0.0
    elif norm_type == math.inf:
        norm = float(everything.max())
    else:
        norm = float((everything**norm_type).sum() ** (1.0 / norm_type))
    if error_if_nonfinite and (math.isinf(norm) or math.isnan(norm)):
        raise RuntimeError(f"total norm {norm}")
    scale = np.minimum(max_norm / (norm + 1e-6), 1.0)
    for g in grads:
        g[...] = g * g.dtype.type(scale)
    return norm


def clip_grad_value_(parameters, clip_value):
    for g in _arrays(parameters):
        g[g > clip_value] = clip_value
        g[g < -clip_value] = -clip_value
