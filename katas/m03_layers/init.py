"""Initialisers: random first values whose size suits the layer. All of them write into the tensor they are given."""

from __future__ import annotations

import math

import numpy as np

from ..m01_tensor import Tensor
from .module import Rng


def uniform_(tensor: Tensor, low: float = 0.0, high: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill `tensor`, in place, with draws that are uniform between `low` and `high`. Returns it.

    >>> x = uniform_(Tensor([0.0, 0.0, 0.0]), -2.0, 2.0, rng=0)
    >>> x.shape, x.dtype, bool((x.abs() <= 2).data.all())
    ((3,), dtype('float32'), True)

    Source: torch.nn.init.uniform_.
    """
    raise NotImplementedError("m03: uniform_")


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill `tensor`, in place, with draws from the normal distribution of `mean` and `std`. Returns it.

    Source: torch.nn.init.normal_.
    """
    raise NotImplementedError("m03: normal_")


def fan_in_and_fan_out(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs feed one output of a weight of `shape`, and how many outputs one input feeds.

    Args:
        shape: (out, in), as Linear's weight, or (out, in, *window): with further axes every pair of an output
            and an input is joined by as many numbers as the window holds, and each of them counts.
    Raises:
        ValueError: `shape` has fewer than two axes; it is named.

    >>> fan_in_and_fan_out((128, 784))
    (784, 128)
    >>> fan_in_and_fan_out((8, 3, 5, 5))
    (75, 200)
    """
    raise NotImplementedError("m03: fan_in_and_fan_out")


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights must grow to make up for what `nonlinearity` takes from the signal.

    | nonlinearity        | gain                                         |
    | ------------------- | -------------------------------------------- |
    | linear, sigmoid     | 1                                            |
    | tanh                | 5/3                                          |
    | relu                | √2                                           |
    | leaky_relu          | √(2 / (1 + slope²)), slope = param or 0.01   |

    Raises:
        ValueError: any other name; it is named.

    >>> calculate_gain("leaky_relu", 1.0)
    1.0

    Source: torch.nn.init.calculate_gain.
    """
    raise NotImplementedError("m03: calculate_gain")


def xavier_std(shape: tuple[int, ...], gain: float = 1.0) -> float:
    """The standard deviation that Glorot and Bengio advise for a weight of `shape`: gain · √(2 / (fan_in + fan_out)).

    A compromise: 1/√fan_in would keep the size of what goes through the layer, 1/√fan_out that of what goes
    through its transpose.

    Raises:
        ValueError: `shape` has fewer than two axes; it is named.

    >>> xavier_std((30, 20))
    0.2

    Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
    """
    raise NotImplementedError("m03: xavier_std")


def kaiming_std(
    shape: tuple[int, ...], a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> float:
    """The standard deviation that He et al. advise for a weight of `shape`: gain / √fan.

    Args:
        a: the negative slope that leaky_relu's gain is computed with; other gains ignore it.
        mode: "fan_in" keeps the size of what goes through the layer, "fan_out" of what goes through its transpose.
        nonlinearity: what follows the layer; see `calculate_gain`.
    Raises:
        ValueError: `shape` has fewer than two axes, or `mode` or `nonlinearity` is unknown; it is named.

    >>> kaiming_std((100, 50), nonlinearity="relu")
    0.2

    Source: He et al. 2015, "Delving Deep into Rectifiers".
    """
    raise NotImplementedError("m03: kaiming_std")


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill `tensor`, in place, with uniform draws of mean 0 and standard deviation `xavier_std`. Returns it.

    Source: torch.nn.init.xavier_uniform_.
    """
    raise NotImplementedError("m03: xavier_uniform_")


def xavier_normal_(tensor: Tensor, gain: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill `tensor`, in place, with normal draws of mean 0 and standard deviation `xavier_std`. Returns it.

    Source: torch.nn.init.xavier_normal_.
    """
    raise NotImplementedError("m03: xavier_normal_")


def kaiming_uniform_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", rng: Rng = None
) -> Tensor:
    """Fill `tensor`, in place, with uniform draws of mean 0 and standard deviation `kaiming_std`. Returns it.

    Source: torch.nn.init.kaiming_uniform_.
    """
    raise NotImplementedError("m03: kaiming_uniform_")


def kaiming_normal_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", rng: Rng = None
) -> Tensor:
    """Fill `tensor`, in place, with normal draws of mean 0 and standard deviation `kaiming_std`. Returns it.

    Source: torch.nn.init.kaiming_normal_.
    """
    raise NotImplementedError("m03: kaiming_normal_")
