"""The rules of operations that work on each element by itself.

What a rule is given and what it returns stands at `rule` in rules.py. Here it is always the same question: if an
element of an operand grows a little, how much does the element of the result grow? That much of `grad` is due to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .rules import RULES, Pull, reflected, rule

# ------------------------------------------------------------------ arithmetic


@rule("__add__", "__radd__")
def add_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """x + other. Keeps no array."""
    # BEGIN SOLUTION
    return lambda grad: grad, lambda grad: grad
    # END SOLUTION


@rule("__sub__")
def sub_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """x - other. Keeps no array."""
    # BEGIN SOLUTION
    return lambda grad: grad, lambda grad: -grad
    # END SOLUTION


@rule("__mul__", "__rmul__")
def mul_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """x * other.

    >>> wrt_x, wrt_other = mul_rule(np.array(6.0), np.array(2.0), np.array(3.0))
    >>> wrt_x(1.0), wrt_other(1.0)
    (np.float64(3.0), np.float64(2.0))
    """
    # BEGIN SOLUTION
    return lambda grad: grad * other, lambda grad: grad * x
    # END SOLUTION


@rule("__truediv__")
def truediv_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """x / other."""
    # BEGIN SOLUTION
    return lambda grad: grad / other, lambda grad: -grad * out / other
    # END SOLUTION


@rule("__pow__")
def pow_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """x ** other.

    x ** 0 is 1 whatever x is, so the gradient of x is 0 there, even at x = 0. Likewise 0 ** other is 0 for other > 0:
    at x = 0 and other ≥ 0 the gradient of `other` is 0. A negative x has no gradient for `other`: nan.
    """
    # BEGIN SOLUTION
    return (
        lambda grad: np.where(np.equal(other, 0), 0, grad * other * x ** (other - 1)),
        lambda grad: np.where(np.equal(x, 0) & np.greater_equal(other, 0), 0, grad * out * np.log(x)),
    )
    # END SOLUTION


# Python calls these for `other - x` where `other` is no Tensor. Given, from yours above.
RULES["__rsub__"], RULES["__rtruediv__"], RULES["__rpow__"] = map(reflected, (sub_rule, truediv_rule, pow_rule))


@rule("__neg__")
def neg_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """-x. Keeps no array."""
    # BEGIN SOLUTION
    return (lambda grad: -grad,)
    # END SOLUTION


# ------------------------------------------------------------------ functions


@rule("exp")
def exp_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """e to the power of x. Keeps one array.

    >>> exp_rule(np.array([1.0, 2.0]), None)[0](np.array([10.0, 10.0]))   # out alone is enough
    array([10., 20.])
    """
    # BEGIN SOLUTION
    return (lambda grad: grad * out,)
    # END SOLUTION


@rule("log")
def log_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """Natural logarithm of x; inf at x = 0, without a warning."""
    # BEGIN SOLUTION
    return (lambda grad: grad / x,)
    # END SOLUTION


@rule("sqrt")
def sqrt_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """Square root of x; inf at x = 0, without a warning."""
    # BEGIN SOLUTION
    return (lambda grad: grad / (2 * out),)
    # END SOLUTION


@rule("tanh")
def tanh_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """Hyperbolic tangent of x. Keeps one array."""
    # BEGIN SOLUTION
    return (lambda grad: grad * (1 - out * out),)
    # END SOLUTION


@rule("abs")
def abs_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """|x|; 0 at x = 0, between the slopes of both sides."""
    # BEGIN SOLUTION
    return (lambda grad: grad * np.sign(x),)
    # END SOLUTION


# ------------------------------------------------------------------ choices


@rule("clip")
def clip_rule(out: np.ndarray, x: np.ndarray, low: Any = None, high: Any = None) -> tuple[Pull, Pull, Pull]:
    """x, but at least `low` and at most `high`; either may be None.

    Each element's gradient is due to the one that it came from. At a bound exactly it is still x; and where low > high
    all of it is due to `high`, as the result is. (Where low = high and x lies outside, either bound may have it.)
    """
    # BEGIN SOLUTION
    below = np.False_ if low is None else x < low
    above = np.False_ if high is None else x > high
    crossed = np.False_ if low is None or high is None else np.greater(low, high)
    inside = ~(below | above)
    return (
        lambda grad: np.where(inside, grad, 0),
        lambda grad: np.where(below & ~crossed, grad, 0),
        lambda grad: np.where(above | crossed, grad, 0),
    )
    # END SOLUTION


@rule("maximum")
def maximum_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """The larger of x and other; where they are equal, each is due one half."""
    # BEGIN SOLUTION
    tie, larger = np.equal(x, other), np.greater(x, other)
    return (
        lambda grad: np.where(tie, grad / 2, np.where(larger, grad, 0)),
        lambda grad: np.where(tie, grad / 2, np.where(larger, 0, grad)),
    )
    # END SOLUTION


@rule("where")
def where_rule(out: np.ndarray, condition: np.ndarray, a: Any, b: Any) -> tuple[None, Pull, Pull]:
    """`a` where `condition` holds, `b` elsewhere. The condition has no gradient."""
    # BEGIN SOLUTION
    return None, lambda grad: np.where(condition, grad, 0), lambda grad: np.where(condition, 0, grad)
    # END SOLUTION
