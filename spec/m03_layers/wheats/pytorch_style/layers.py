"""Linear on rows, with Kaiming's draws as PyTorch has them; loops over lists; dropout by choice and division."""

from __future__ import annotations

import numpy as np

from ..m01_tensor import Tensor, cat, where, zeros
from .init import generator, kaiming_uniform_, uniform_
from .module import Module, Parameter


def linear_explicit(x, w, b=None):
    if x.ndim != 2 or w.ndim != 2:
        raise ValueError(f"two axes each, not {x.shape} and {w.shape}")
    if x.shape[1] != w.shape[1]:
        raise ValueError(f"{x.shape} and {w.shape} differ in the last axis")
    if b is not None and (b.ndim != 1 or b.shape[0] != w.shape[0]):
        raise ValueError(f"bias {b.shape}, weight {w.shape}")
    bias = [0.0] * w.shape[0] if b is None else b.data.tolist()
    rows, weights = x.data.tolist(), w.data.tolist()
    y = [
        [sum(p * q for p, q in zip(row, line, strict=True)) + add for line, add in zip(weights, bias, strict=True)]
        for row in rows
    ]
    return Tensor(np.array(y, x.dtype).reshape(x.shape[0], w.shape[0]))


class Linear(Module):
    """Flattens all leading axes to rows."""

    def __init__(self, in_features, out_features, bias=True, rng=None):
        super().__init__()
        rng = generator(rng)
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=5**0.5, rng=rng)
        self.bias = None
        if bias:
            self.bias = uniform_(Parameter(zeros(out_features)), -(in_features**-0.5), in_features**-0.5, rng)

    def forward(self, x):
        if x.ndim == 0 or x.shape[-1] != self.in_features:
            raise ValueError(f"the input has shape {x.shape}, its last axis should be {self.in_features}")
        leading = x.shape[:-1]
        rows = x.reshape(int(np.prod(leading)), self.in_features)
        y = rows.matmul(self.weight.transpose(0, 1))
        if self.bias is not None:
            y = self.bias.reshape(1, -1).expand(y.shape[0], -1) + y
        return y.reshape(*leading, y.shape[1])


class Dropout(Module):
    """Chooses between x / (1 - p) and 0."""

    def __init__(self, p=0.5, rng=None):
        super().__init__()
        if p < 0 or p > 1 or p != p:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.rng = p, generator(rng)

    def forward(self, x):
        if not self.training:
            return x * 1
        if self.p == 1:
            return x * 0
        drop = self.rng.uniform(size=x.shape) < self.p
        return where(Tensor(drop), 0.0, x / (1 - self.p))


class Flatten(Module):
    """By reshape."""

    def __init__(self, start_axis=1, end_axis=-1):
        super().__init__()
        self.start_axis, self.end_axis = start_axis, end_axis

    def forward(self, x):
        for axis in (self.start_axis, self.end_axis):
            if axis not in range(-x.ndim, x.ndim):
                raise IndexError(f"axis {axis} of a tensor of {x.ndim} axes")
        first, last = self.start_axis % x.ndim, self.end_axis % x.ndim
        joined = cat([x], 0).reshape(*x.shape[:first], int(np.prod(x.shape[first : last + 1])), *x.shape[last + 1 :])
        return joined
