"""Layer normalisation: every vector with mean 0 and variance 1, or only with mean square 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module, Parameter
from ..m06_autograd import Function


class Normalized(Function):
    """Vectors along the last axis, normalised, scaled and shifted: x̂ · weight + bias.

    x̂ = (x - mean) / √(variance + eps), or x / √(mean of x² + eps) if nothing is centred. The variance is the mean of the
    squared distances from the mean: they are divided by how many there are.

    One way of several to make the two norms below, with a backward pass of its own. No law asks for it: norms that are composed
    of Tensor operations are as good, and then this may stay as it is.
    """

    @staticmethod
    def forward(
        ctx: Any, x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, eps: float, centred: bool
    ) -> np.ndarray:
        """The result, of x's shape and dtype.

        Args:
            x: (…, dim).
            weight, bias: (dim,); bias may be None.
            eps: added to the variance.
            centred: whether the mean is taken off.
        """
        raise NotImplementedError("m13: Normalized.forward")

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """Gradients of x, weight and bias (None if there is none); eps and centred have none.

        Mean and variance depend on every number of the vector, so each of them is due something from every number of `grad`.
        """
        raise NotImplementedError("m13: Normalized.backward")


def check_features(x: Tensor, dim: int, name: str) -> None:
    """ValueError, with x's shape and dim, unless the last axis of x is dim long. Given."""
    if x.shape[-1:] != (dim,):
        raise ValueError(f"{name} takes (…, {dim}), not a Tensor of shape {x.shape}")


class LayerNorm(Module):
    """Brings every vector to mean 0 and variance 1, then scales and shifts it by what is learnt.

        y = (x - mean) / √(variance + eps) · weight + bias

    Mean and variance are those of the dim numbers along the last axis, the variance with dim below the fraction bar. Nothing
    depends on other vectors, so training and eval mode are the same.

    Args:
        dim: length of the vectors.
        eps: keeps the root away from 0.
        bias: with False there is none, and the attribute `bias` is None.

    Attributes:
        weight, bias: Parameters (dim,), ones and zeros, float32, registered in this order.
        dim, eps: as given.

    >>> LayerNorm(4)(Tensor([[1.0, 2.0, 3.0, 4.0], [10.0, 10.0, 10.0, 10.0]])).data.round(3) + 0.0
    array([[-1.342, -0.447,  0.447,  1.342],
           [ 0.   ,  0.   ,  0.   ,  0.   ]], dtype=float32)

    Source: torch.nn.LayerNorm; Ba, Kiros and Hinton 2016, arXiv 1607.06450.
    """

    def __init__(self, dim: int, eps: float = 1e-5, bias: bool = True) -> None:
        """See the class."""
        raise NotImplementedError("m13: LayerNorm.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """x (…, dim), normalised: a new Tensor of its shape.

        Raises:
            ValueError: x's last axis is not dim long; the message names x's shape and dim.
        """
        raise NotImplementedError("m13: LayerNorm.forward")

    def extra_repr(self) -> str:
        return f"{self.dim}, eps={self.eps}, bias={self.bias is not None}"


class RMSNorm(Module):
    """Divides every vector by the root of its mean square, then scales it by what is learnt: y = x / √(mean(x²) + eps) · weight.

    A LayerNorm that leaves the mean where it is, and has no bias.

    Args:
        dim: length of the vectors.
        eps: keeps the root away from 0.

    Attributes:
        weight: Parameter (dim,), ones, float32.
        dim, eps: as given.

    >>> RMSNorm(2)(Tensor([[3.0, 4.0]])).data.round(3)
    array([[0.849, 1.131]], dtype=float32)

    Source: torch.nn.RMSNorm (whose eps is another one unless it is given); Zhang and Sennrich 2019, arXiv 1910.07467.
    """

    def __init__(self, dim: int, eps: float = 1e-5) -> None:
        """See the class."""
        raise NotImplementedError("m13: RMSNorm.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """x (…, dim), normalised: a new Tensor of its shape. ValueError as LayerNorm."""
        raise NotImplementedError("m13: RMSNorm.forward")

    def extra_repr(self) -> str:
        return f"{self.dim}, eps={self.eps}"
