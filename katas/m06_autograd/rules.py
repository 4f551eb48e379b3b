"""What a rule is: how a gradient gets through one operation, from the result back to an operand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Pull = Callable[[np.ndarray], np.ndarray]
"""Takes the gradient of a result, gives the gradient of one operand."""

Rule = Callable[..., tuple[Any, ...]]

RULES: dict[str, Rule] = {}
"""The rule of each operation, by the name of the method."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Decorator: the function below is the rule of the methods called `names`. Given.

    A rule is called once for each result that needs a gradient, right after it was computed:

        rule(out, *operands) → (pull, pull, …)

    `out` is the result and `operands` are what the method was called with, by position or by name, as NumPy
    arrays and numbers. It returns a function for each operand: `pull(grad)` is what is due to that operand when `grad`
    is the gradient of the result (an array of out's shape). A list of operands gets a list of functions; what never has
    a gradient gets None, or is left out at the end.

    A pull need not undo broadcasting, nor care for the dtype: whoever calls it does both. It never writes into `grad`,
    which others see too. What it mentions stays in memory until the backward pass: a pull that needs only the shape of
    an operand should mention only the shape. And only what it mentions itself is watched for changes in place, not what
    a function that it calls may keep.

    >>> double = rule("double")(lambda out, x: (lambda grad: 2 * grad,))
    >>> RULES.pop("double")(None, None)[0](np.array([1.0, 10.0]))
    array([ 2., 20.])
    """

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def reflected(function: Rule) -> Rule:
    """The rule of `other - x` as a method of x (`__rsub__`), from the rule of `x - other`. Given."""

    def swapped(out: np.ndarray, x: Any, other: Any) -> tuple[Any, ...]:
        return tuple(reversed(function(out, other, x)))

    return swapped


def unbroadcast(grad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum `grad` back down to `shape`, undoing NumPy broadcasting.

    If y = a + b was computed with `a` of `shape` stretched to y.shape, every copy of an element of `a` contributed to
    y, so its gradient is the sum over the copies.

    Args:
        grad: gradient of the broadcast result, any shape that `shape` broadcasts to.
        shape: the operand's own shape.
    Returns:
        Array of exactly `shape`, dtype of `grad`. (It may be `grad` itself where there is nothing to sum.)
    Raises:
        ValueError: `shape` does not broadcast to `grad.shape`; names both.

    >>> unbroadcast(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    >>> unbroadcast(np.ones((2, 3)), ())
    array(6.)

    Cost: each element of `grad` is read once; nothing where the shapes are the same.
    """
    raise NotImplementedError("m06: unbroadcast")
