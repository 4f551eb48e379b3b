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
    raise NotImplementedError("m06: add_rule")


@rule("__sub__")
def sub_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """x - other. Keeps no array."""
    raise NotImplementedError("m06: sub_rule")


@rule("__mul__", "__rmul__")
def mul_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """x * other.

    >>> wrt_x, wrt_other = mul_rule(np.array(6.0), np.array(2.0), np.array(3.0))
    >>> wrt_x(1.0), wrt_other(1.0)
    (np.float64(3.0), np.float64(2.0))
    """
    raise NotImplementedError("m06: mul_rule")


@rule("__truediv__")
def truediv_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """x / other."""
    raise NotImplementedError("m06: truediv_rule")


@rule("__pow__")
def pow_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """x ** other.

    x ** 0 is 1 whatever x is, so the gradient of x is 0 there, even at x = 0. Likewise 0 ** other is 0 for other > 0:
    at x = 0 and other ≥ 0 the gradient of `other` is 0. A negative x has no gradient for `other`: nan.
    """
    raise NotImplementedError("m06: pow_rule")


# Python calls these for `other - x` where `other` is no Tensor. Given, from yours above.
RULES["__rsub__"], RULES["__rtruediv__"], RULES["__rpow__"] = map(reflected, (sub_rule, truediv_rule, pow_rule))


@rule("__neg__")
def neg_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """-x. Keeps no array."""
    raise NotImplementedError("m06: neg_rule")


# ------------------------------------------------------------------ functions


@rule("exp")
def exp_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """e to the power of x. Keeps one array.

    >>> exp_rule(np.array([1.0, 2.0]), None)[0](np.array([10.0, 10.0]))   # out alone is enough
    array([10., 20.])
    """
    raise NotImplementedError("m06: exp_rule")


@rule("log")
def log_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """Natural logarithm of x; inf at x = 0, without a warning."""
    raise NotImplementedError("m06: log_rule")


@rule("sqrt")
def sqrt_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """Square root of x; inf at x = 0, without a warning."""
    raise NotImplementedError("m06: sqrt_rule")


@rule("tanh")
def tanh_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """Hyperbolic tangent of x. Keeps one array."""
    raise NotImplementedError("m06: tanh_rule")


@rule("abs")
def abs_rule(out: np.ndarray, x: np.ndarray) -> tuple[Pull]:
    """|x|; 0 at x = 0, between the slopes of both sides."""
    raise NotImplementedError("m06: abs_rule")


# ------------------------------------------------------------------ choices


@rule("clip")
def clip_rule(out: np.ndarray, x: np.ndarray, low: Any = None, high: Any = None) -> tuple[Pull, Pull, Pull]:
    """x, but at least `low` and at most `high`; either may be None.

    Each element's gradient is due to the one that it came from. At a bound exactly it is still x; and where low > high
    all of it is due to `high`, as the result is. (Where low = high and x lies outside, either bound may have it.)
    """
    raise NotImplementedError("m06: clip_rule")


@rule("maximum")
def maximum_rule(out: np.ndarray, x: Any, other: Any) -> tuple[Pull, Pull]:
    """The larger of x and other; where they are equal, each is due one half."""
    raise NotImplementedError("m06: maximum_rule")


@rule("where")
def where_rule(out: np.ndarray, condition: np.ndarray, a: Any, b: Any) -> tuple[None, Pull, Pull]:
    """`a` where `condition` holds, `b` elsewhere. The condition has no gradient."""
    raise NotImplementedError("m06: where_rule")
