"""Batch normalisation: every channel with mean 0 and variance 1."""

from __future__ import annotations

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module, Parameter
from ..m06_autograd import Function


class Normalise(Function):
    @staticmethod
    def forward(ctx, x, weight, bias, mean, var, eps):
        ctx.std = np.sqrt(var + eps).astype(x.dtype)[:, None, None]
        ctx.hat = (x - mean[:, None, None]) / ctx.std
        ctx.weight = weight
        return ctx.hat * weight[:, None, None] + bias[:, None, None]

    @staticmethod
    def backward(ctx, grad):
        axes = (0, 2, 3)
        pulled = grad * ctx.weight[:, None, None]
        centred = pulled - pulled.mean(axes, keepdims=True) - ctx.hat * (pulled * ctx.hat).mean(axes, keepdims=True)
        return centred / ctx.std, (grad * ctx.hat).sum(axes), grad.sum(axes), None, None, None


class BatchNorm2d(Module):
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(np.ones(num_features, "float32"))
        self.bias = Parameter(np.zeros(num_features, "float32"))
        self.register_buffer("running_mean", Tensor(np.zeros(num_features, "float32")))
        self.register_buffer("running_var", Tensor(np.ones(num_features, "float32")))
        self.register_buffer("num_batches_tracked", Tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4 or x.shape[1] != self.num_features:
            raise ValueError(f"{self.num_features} channels wanted, not {x.shape}")
        if not self.training:
            scale = self.weight / (self.running_var + self.eps) ** 0.5
            shift = self.bias - self.running_mean * scale
            return x * scale.reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)
        count = x.size // self.num_features
        if count == 1:
            raise ValueError(f"one number for each channel: {x.shape}")
        mean, var = x.data.mean((0, 2, 3)), x.data.var((0, 2, 3))
        keep = 1 - self.momentum
        self.running_mean = Tensor(keep * self.running_mean.data + self.momentum * mean, dtype=self.running_mean.dtype)
        unbiased = x.data.var((0, 2, 3), ddof=1)
        self.running_var = Tensor(keep * self.running_var.data + self.momentum * unbiased, dtype=self.running_var.dtype)
        self.num_batches_tracked = self.num_batches_tracked + 1
        return Normalise.apply(x, self.weight, self.bias, mean, var, self.eps)
