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
    # BEGIN SOLUTION
    return tensor.copy_(np.random.default_rng(rng).uniform(low, high, tensor.shape))
    # END SOLUTION


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill `tensor`, in place, with draws from the normal distribution of `mean` and `std`. Returns it.

    Source: torch.nn.init.normal_.
    """
    # BEGIN SOLUTION
    return tensor.copy_(np.random.default_rng(rng).normal(mean, std, tensor.shape))
    # END SOLUTION


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
    # BEGIN SOLUTION
    if len(shape) < 2:
        raise ValueError(f"fan in and fan out need a shape of two axes or more, not {tuple(shape)}")
    outputs, inputs, *window = shape
    return inputs * math.prod(window), outputs * math.prod(window)
    # END SOLUTION


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
    # BEGIN SOLUTION
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1.0 + slope**2))
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3.0, "relu": math.sqrt(2.0)}
    if nonlinearity not in gains:
        raise ValueError(f"no gain is known for {nonlinearity!r}; there are {', '.join(gains)} and leaky_relu")
    return gains[nonlinearity]
    # END SOLUTION


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
    # BEGIN SOLUTION
    return gain * math.sqrt(2.0 / sum(fan_in_and_fan_out(shape)))
    # END SOLUTION


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
    # BEGIN SOLUTION
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is fan_in or fan_out, not {mode!r}")
    fan_in, fan_out = fan_in_and_fan_out(shape)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan_in if mode == "fan_in" else fan_out)
    # END SOLUTION


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill `tensor`, in place, with uniform draws of mean 0 and standard deviation `xavier_std`. Returns it.

    Source: torch.nn.init.xavier_uniform_.
    """
    # BEGIN SOLUTION
    bound = math.sqrt(3.0) * xavier_std(tensor.shape, gain)
    return uniform_(tensor, -bound, bound, rng)
    # END SOLUTION


def xavier_normal_(tensor: Tensor, gain: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill `tensor`, in place, with normal draws of mean 0 and standard deviation `xavier_std`. Returns it.

    Source: torch.nn.init.xavier_normal_.
    """
    # BEGIN SOLUTION
    return normal_(tensor, 0.0, xavier_std(tensor.shape, gain), rng)
    # END SOLUTION


def kaiming_uniform_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", rng: Rng = None
) -> Tensor:
    """Fill `tensor`, in place, with uniform draws of mean 0 and standard deviation `kaiming_std`. Returns it.

    Source: torch.nn.init.kaiming_uniform_.
    """
    # BEGIN SOLUTION
    bound = math.sqrt(3.0) * kaiming_std(tensor.shape, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, rng)
    # END SOLUTION


def kaiming_normal_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", rng: Rng = None
) -> Tensor:
    """Fill `tensor`, in place, with normal draws of mean 0 and standard deviation `kaiming_std`. Returns it.

    Source: torch.nn.init.kaiming_normal_.
    """
    # BEGIN SOLUTION
    return normal_(tensor, 0.0, kaiming_std(tensor.shape, a, mode, nonlinearity), rng)
    # END SOLUTION
