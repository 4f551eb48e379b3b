"""An honest alternative: all is split by sign, a maximum that is only subtracted is a plain number, axes are moved."""

import math

from ..m01_tensor import Tensor, maximum, where


class ReLU:
    def __call__(self, x: Tensor) -> Tensor:
        return maximum(x, 0.0)


class LeakyReLU:
    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def __call__(self, x: Tensor) -> Tensor:
        return relu(x) - self.negative_slope * relu(-x)


class Sigmoid:
    def __call__(self, x: Tensor) -> Tensor:
        right = x >= 0
        positive, negative = where(right, x, 0.0), where(right, 0.0, x)
        return where(right, 1 / (1 + (-positive).exp()), negative.exp() / (1 + negative.exp()))


class Tanh:
    def __call__(self, x: Tensor) -> Tensor:
        return x.tanh()


class SiLU:
    def __call__(self, x: Tensor) -> Tensor:
        return sigmoid(x) * x


class GELU:
    def __call__(self, x: Tensor) -> Tensor:
        inner = math.sqrt(2 / math.pi) * x + math.sqrt(2 / math.pi) * 0.044715 * x**3
        return x * (0.5 * inner.tanh() + 0.5)


class Softmax:
    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def __call__(self, x: Tensor) -> Tensor:
        if x.size == 0:
            return x / x.sum(self.axis, keepdims=True)
        rows = x.transpose(self.axis, -1)
        weights = (rows - rows.numpy().max(-1, keepdims=True)).exp()
        return (weights * weights.sum(-1, keepdims=True) ** -1.0).transpose(self.axis, -1)


class LogSoftmax(Softmax):
    def __call__(self, x: Tensor) -> Tensor:
        if x.size == 0:
            return super().__call__(x)
        below = x - Tensor(x.numpy().max(self.axis, keepdims=True))
        total = below.exp().sum(self.axis).log()
        return below - total.unsqueeze(self.axis)


relu, sigmoid, tanh, silu, gelu = ReLU(), Sigmoid(), Tanh(), SiLU(), GELU()


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    return LeakyReLU(negative_slope)(x)


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    return Softmax(axis)(x)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    return LogSoftmax(axis)(x)
