"""Layers: Linear, written out and fast, Dropout and Flatten."""

from __future__ import annotations

import math

import numpy as np

from ..m01_tensor import Tensor
from .module import Module, Parameter, Rng


def linear_explicit(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
    """x @ wᵀ + b, written out: nested loops over single numbers.

    No slices, no matrix product, no NumPy function on whole rows: this is the definition, to read and to
    count operations in. `Linear` is the one to use.

    Args:
        x: (n, in).
        w: (out, in).
        b: (out,), or None for no bias.
    Returns:
        (n, out), in the dtype of x.
    Raises:
        ValueError: x or w does not have two axes, their last axes differ in length, or b is not (out,); the
            message names the shapes that do not fit.

    >>> linear_explicit(Tensor([[1.0, 2.0]]), Tensor([[3.0, 4.0], [5.0, 6.0]]), Tensor([0.5, 0.0]))
    Tensor([[11.5 17. ]])

    Cost: n·out·in multiplications and additions, one after another.
    """
    raise NotImplementedError("m03: linear_explicit")


class Linear(Module):
    """y = x @ weightᵀ + bias, for the last axis of x.

    Args:
        in_features: length of x's last axis.
        out_features: length of y's last axis.
        bias: with False there is none, and the attribute `bias` is None.
        rng: a numpy.random.Generator, a seed, or None.

    Attributes:
        weight: Parameter (out_features, in_features), float32, registered first.
        bias: Parameter (out_features,), float32, or None.
        in_features, out_features: as given.

    First values of both are uniform between -1/√in_features and 1/√in_features.

    >>> layer = Linear(3, 2, rng=0)
    >>> layer(Tensor(np.ones((5, 3), dtype="float32"))).shape
    (5, 2)
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)

    Source: torch.nn.Linear.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, rng: Rng = None) -> None:
        """See the class."""
        raise NotImplementedError("m03: Linear.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output, made of Tensor operations on x, weight and bias alone.

        Args:
            x: (…, in_features), with any number of leading axes, none included.
        Returns:
            (…, out_features).
        Raises:
            ValueError: x's last axis is not in_features long; the message names x's shape and in_features.

        Cost: 2·in·out operations for each row of x, in one matrix product.
        """
        raise NotImplementedError("m03: Linear.forward")

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Dropout(Module):
    """In training mode, drops each element with probability p and scales up the others; else changes nothing.

    Each element becomes 0 with probability p, independently of all others and anew in each call, or else is
    multiplied by 1/(1 - p), which keeps its expected value. With p = 1 everything is 0.

    Args:
        p: between 0 and 1.
        rng: a numpy.random.Generator, a seed, or None.

    Attributes:
        p: as given.
        rng: the numpy.random.Generator that masks are drawn from, one draw after another. Same seed, same sequence
            of masks; putting back `rng.bit_generator.state` repeats them.

    Raises:
        ValueError: p is not between 0 and 1; it is named.

    >>> x = Tensor(np.ones(1000, dtype="float32"))
    >>> layer = Dropout(0.75, rng=0)
    >>> sorted(set(layer(x).data.tolist())), layer.eval()(x).data.mean()
    ([0.0, 4.0], np.float32(1.0))

    Source: torch.nn.Dropout; Srivastava et al. 2014.
    """

    def __init__(self, p: float = 0.5, rng: Rng = None) -> None:
        """See the class."""
        raise NotImplementedError("m03: Dropout.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """x with some of its elements dropped, in training; otherwise as it is. Made of Tensor operations on x.

        Returns:
            A Tensor of x's shape and dtype. x itself never changes.
        """
        raise NotImplementedError("m03: Dropout.forward")

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Flatten(Module):
    """Makes the axes from start_axis to end_axis (included) one; by default all but the first, the batch.

    >>> Flatten()(Tensor(np.zeros((2, 3, 4)))).shape
    (2, 12)

    Source: torch.nn.Flatten, which calls them start_dim and end_dim.
    """

    def __init__(self, start_axis: int = 1, end_axis: int = -1) -> None:
        """See the class."""
        raise NotImplementedError("m03: Flatten.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """x with those axes made one, by a Tensor operation.

        Raises:
            IndexError: x does not have such an axis; it is named.
        """
        raise NotImplementedError("m03: Flatten.forward")

    def extra_repr(self) -> str:
        return f"start_axis={self.start_axis}, end_axis={self.end_axis}"
