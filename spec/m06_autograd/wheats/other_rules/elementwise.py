"""An honest alternative: derivatives from the operands, in float64, by other formulas."""

from __future__ import annotations

from typing import Any

import numpy as np

from .rules import RULES, rule


def wide(value: Any) -> Any:
    return np.asarray(value, np.float64)


@rule("__add__", "__radd__")
def add(out, x, other):
    return lambda grad: grad.copy(), lambda grad: 1.0 * grad


@rule("__sub__")
def sub(out, x, other):
    return lambda grad: 1.0 * grad, lambda grad: -1.0 * grad


@rule("__rsub__")
def rsub(out, x, other):
    return lambda grad: -1.0 * grad, lambda grad: 1.0 * grad


@rule("__mul__", "__rmul__")
def mul(out, x, other):
    return lambda grad: wide(grad) * other, lambda grad: wide(grad) * x


@rule("__truediv__")
def truediv(out, x, other):
    return lambda grad: wide(grad) / other, lambda grad: -wide(grad) * wide(x) / wide(other) ** 2


@rule("__rtruediv__")
def rtruediv(out, x, other):
    return lambda grad: -wide(grad) * wide(other) / wide(x) ** 2, lambda grad: wide(grad) / x


def by_base(grad, base, exponent):
    base, exponent = wide(base), wide(exponent)
    return grad * np.where(exponent == 0, 0.0, exponent * np.power(base, np.where(exponent == 0, 1.0, exponent - 1)))


def by_exponent(grad, base, exponent):
    base, exponent = wide(base), wide(exponent)
    safe = np.where(base == 0, 1.0, base)
    slope = np.where(base == 0, np.where(exponent >= 0, 0.0, -np.inf), np.power(base, exponent) * np.log(safe))
    return grad * slope


@rule("__pow__")
def power(out, x, other):
    return lambda grad: by_base(grad, x, other), lambda grad: by_exponent(grad, x, other)


@rule("__rpow__")
def rpow(out, x, other):
    return lambda grad: by_exponent(grad, other, x), lambda grad: by_base(grad, other, x)


@rule("__neg__")
def neg(out, x):
    return (lambda grad: 0 - grad,)


@rule("exp")
def exp(out, x):
    return (lambda grad: grad * np.exp(wide(x)),)


@rule("log")
def log(out, x):
    return (lambda grad: wide(grad) * (1 / wide(x)),)


@rule("sqrt")
def sqrt(out, x):
    return (lambda grad: wide(grad) * 0.5 / np.sqrt(wide(x)),)


@rule("tanh")
def tanh(out, x):
    return (lambda grad: wide(grad) / np.cosh(np.clip(wide(x), -300, 300)) ** 2,)


@rule("abs")
def absolute(out, x):
    return (lambda grad: np.where(x > 0, grad, np.where(x < 0, -grad, 0)),)


@rule("clip")
def clip(out, x, low=None, high=None):
    low = -np.inf if low is None else low
    high = np.inf if high is None else high
    return (
        lambda grad: grad * ((x >= low) & (x <= high)),
        lambda grad: grad * ((x < low) & (np.asarray(low) <= high)),
        lambda grad: grad * ((x > high) | (np.asarray(low) > high)),
    )


@rule("maximum")
def maximum(out, x, other):
    return (
        lambda grad: grad * (0.5 + 0.5 * np.sign(wide(x) - wide(other))),
        lambda grad: grad * (0.5 - 0.5 * np.sign(wide(x) - wide(other))),
    )


@rule("where")
def where(out, condition, a, b):
    return None, lambda grad: grad * condition, lambda grad: grad * ~np.asarray(condition)


RULES.setdefault("__add__", add)
