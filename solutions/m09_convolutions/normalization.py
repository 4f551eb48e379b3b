"""Batch normalisation: every channel with mean 0 and variance 1."""

from __future__ import annotations

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module, Parameter


class BatchNorm2d(Module):
    """Brings every channel to mean 0 and variance 1, then scales and shifts it by what is learnt.

        y = (x - mean) / √(variance + eps) · weight + bias

    In training, mean and variance are those of the channel in this batch: over all images and all places, with the
    squared distances divided by how many numbers there are. They are part of the computation: gradients
    flow through them. On the side, two running averages follow,

        running ← (1 - momentum) · running + momentum · new

    where the new variance is the one divided by one number less. In eval mode the running averages take the place of the
    batch's own mean and variance, and nothing changes.

    Args:
        num_features: channels.
        eps: keeps the root away from 0.
        momentum: how much of a new batch goes into the running averages.

    Attributes:
        weight, bias: Parameters (num_features,), ones and zeros, float32, registered in this order.
        running_mean, running_var: buffers (num_features,), zeros and ones, float32.
        num_batches_tracked: a buffer, how many batches of training there were: int64, without axes.

    >>> layer = BatchNorm2d(1)
    >>> layer(Tensor(np.array([[[[1.0, 3.0]]]], "float32"))).data.round(3)
    array([[[[-1.,  1.]]]], dtype=float32)
    >>> layer.running_mean, layer.running_var
    (Tensor([0.2]), Tensor([1.1]))

    Source: torch.nn.BatchNorm2d; Ioffe and Szegedy 2015, arXiv 1502.03167.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(np.ones(num_features), dtype="float32")
        self.bias = Parameter(np.zeros(num_features), dtype="float32")
        self.register_buffer("running_mean", Tensor(np.zeros(num_features), dtype="float32"))
        self.register_buffer("running_var", Tensor(np.ones(num_features), dtype="float32"))
        self.register_buffer("num_batches_tracked", Tensor(np.array(0, dtype="int64")))
        # END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """x normalised, a Tensor of x's shape and dtype, made of Tensor operations.

        Raises:
            ValueError: x is not (n, num_features, height, width) (its shape and num_features are named), or, in training,
                there is only one number for each channel, which has no variance (the shape is named).
        """
        # BEGIN SOLUTION
        if x.ndim != 4 or x.shape[1] != self.num_features:
            raise ValueError(f"BatchNorm2d takes (n, {self.num_features}, height, width), not shape {x.shape}")
        across_channel = (1, self.num_features, 1, 1)
        if self.training:
            count = x.size // self.num_features
            if count <= 1:
                raise ValueError(f"a variance needs two numbers for each channel at least; x has shape {x.shape}")
            mean, var = (x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True, correction=0))
            unbiased = var.data * (count / (count - 1))
            for running, new in ((self.running_mean, mean.data), (self.running_var, unbiased)):
                running.data[...] = (1 - self.momentum) * running.data + self.momentum * new.reshape(-1)
            self.num_batches_tracked.data[...] += 1
        else:
            mean, var = (running.reshape(across_channel) for running in (self.running_mean, self.running_var))
        y = (x - mean) / (var + self.eps).sqrt()
        return y * self.weight.reshape(across_channel) + self.bias.reshape(across_channel)
        # END SOLUTION

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"
