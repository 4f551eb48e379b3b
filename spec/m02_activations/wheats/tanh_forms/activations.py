"""An honest alternative: arithmetic in place of choices, tanh in place of exp, float64 inside, probabilities last."""

import math

from ..m01_tensor import Tensor


def relu(x: Tensor) -> Tensor:
    return (x + x.abs()) / 2


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    return x.clip(0) + negative_slope * x.clip(high=0)


def sigmoid(x: Tensor) -> Tensor:
    return 0.5 + 0.5 * tanh(0.5 * x)


def tanh(x: Tensor) -> Tensor:
    return Tensor.tanh(x)


def silu(x: Tensor) -> Tensor:
    half = x / 2
    return half + half * half.tanh()


def gelu(x: Tensor) -> Tensor:
    wide = x.astype("float64")
    return (wide * sigmoid(math.sqrt(8 / math.pi) * (wide + 0.044715 * wide**3))).astype(x.dtype)


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    return log_softmax(x, axis).exp()


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    wide = x.astype("float64")
    if 0 in x.shape:
        x.sum(axis)
        return wide.astype(x.dtype)
    below = wide - wide.max(axis=axis, keepdims=True)
    return (below - below.exp().sum(axis=axis, keepdims=True).log()).astype(x.dtype)


def _as_class(function, **defaults):
    class Activation:
        def __init__(self, *values, **settings):
            self.__dict__.update(defaults, **dict(zip(defaults, values, strict=False)), **settings)

        def __call__(self, x):
            return function(x, **vars(self))

    return Activation


ReLU, Sigmoid, Tanh, SiLU, GELU = map(_as_class, (relu, sigmoid, tanh, silu, gelu))
LeakyReLU = _as_class(leaky_relu, negative_slope=0.01)
Softmax, LogSoftmax = _as_class(softmax, axis=-1), _as_class(log_softmax, axis=-1)
