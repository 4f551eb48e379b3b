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
        raise NotImplementedError("m09: BatchNorm2d.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """x normalised, a Tensor of x's shape and dtype, made of Tensor operations.

        Raises:
            ValueError: x is not (n, num_features, height, width) (its shape and num_features are named), or, in training,
                there is only one number for each channel, which has no variance (the shape is named).
        """
        raise NotImplementedError("m09: BatchNorm2d.forward")

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"
