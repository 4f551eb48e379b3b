"""Draws made from random numbers between 0 and 1 and from standard normal ones, scaled in place."""

from __future__ import annotations

import numpy as np

from .module import Rng  # noqa: F401

GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3.0, "relu": 2.0**0.5}


def generator(rng):
    return rng if isinstance(rng, np.random.Generator) else np.random.Generator(np.random.PCG64(rng))


def uniform_(tensor, low=0.0, high=1.0, rng=None):
    tensor[...] = generator(rng).random(tensor.shape)
    return tensor.mul_(high - low).add_(low)


def normal_(tensor, mean=0.0, std=1.0, rng=None):
    tensor[...] = generator(rng).standard_normal(tensor.shape)
    return tensor.mul_(std).add_(mean)


def fan_in_and_fan_out(shape):
    if not len(shape) >= 2:
        raise ValueError(f"at least two axes are needed, the shape is {shape}")
    size = 1
    for side in shape:
        size *= side
    return size // shape[0], size // shape[1]


def calculate_gain(nonlinearity, param=None):
    if nonlinearity == "leaky_relu":
        return float(np.sqrt(2 / (1 + (0.01 if param is None else param) ** 2)))
    try:
        return GAINS[nonlinearity]
    except KeyError:
        raise ValueError(f"unsupported nonlinearity {nonlinearity}") from None


def xavier_std(shape, gain=1.0):
    return gain / float(np.mean(fan_in_and_fan_out(shape))) ** 0.5


def kaiming_std(shape, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    fans = dict(zip(("fan_in", "fan_out"), fan_in_and_fan_out(shape), strict=True))
    if mode not in fans:
        raise ValueError(f"mode {mode!r} is not one of {sorted(fans)}")
    return calculate_gain(nonlinearity, a) * fans[mode] ** -0.5


def xavier_uniform_(tensor, gain=1.0, rng=None):
    fan_in, fan_out = fan_in_and_fan_out(tensor.shape)
    bound = gain * (6 / (fan_in + fan_out)) ** 0.5
    return uniform_(tensor, -bound, bound, rng)


def xavier_normal_(tensor, gain=1.0, rng=None):
    return normal_(tensor, std=xavier_std(tensor.shape, gain), rng=rng)


def kaiming_uniform_(tensor, a=0.0, mode="fan_in", nonlinearity="leaky_relu", rng=None):
    bound = (3 * kaiming_std(tensor.shape, a, mode, nonlinearity) ** 2) ** 0.5
    return uniform_(tensor, -bound, bound, rng)


def kaiming_normal_(tensor, a=0.0, mode="fan_in", nonlinearity="leaky_relu", rng=None):
    return normal_(tensor, std=kaiming_std(tensor.shape, a, mode, nonlinearity), rng=rng)
