"""Reflect: where the numbers end, and what moving them costs. Plain numbers in, plain numbers out.

A dtype is given by name: "float16", "float32" or "float64".
"""

import math

import numpy as np


def exp_overflow(dtype: str) -> float:
    """The largest x for which e^x is still a finite number of `dtype`.

    Beyond it exp gives inf. It is what a softmax without precautions dies of.

    Args:
        dtype: "float16", "float32" or "float64".
    Returns:
        x, as a Python float, to about the precision of `dtype`.

    >>> round(exp_overflow("float16"), 2)
    11.09
    """
    raise NotImplementedError("m02: exp_overflow")


def exp_underflow(dtype: str) -> float:
    """The smallest gap g for which e^-g is 0 in `dtype`.

    A logit this far below the largest one gets the probability 0, and log(softmax) gives -inf for it.
    The smallest positive number of a dtype is a *subnormal*; whether you stop at it, or at half of it (what is
    smaller is rounded down to 0, what is larger is rounded up), does not matter here: both answers count.

    Args:
        dtype: "float16", "float32" or "float64".
    Returns:
        g, positive, as a Python float.

    >>> 16 < exp_underflow("float16") < 18
    True
    """
    raise NotImplementedError("m02: exp_underflow")


def lost_gap(dtype: str) -> float:
    """The smallest gap g for which 1 + e^-g is exactly 1 in `dtype`.

    Beyond it a second logit no longer changes the sum in a softmax, and sigmoid(g) is exactly 1.
    Sums are rounded to the nearest number of the dtype; half-way between two, to the even one.

    Args:
        dtype: "float16", "float32" or "float64".
    Returns:
        g, positive, as a Python float, to about the precision of `dtype`.

    >>> round(lost_gap("float16"), 2)
    7.62
    """
    raise NotImplementedError("m02: lost_gap")


def chain_bytes(elements: int, itemsize: int, one_operand: int, two_operands: int) -> int:
    """Bytes that a chain of elementwise Tensor operations moves to and from memory.

    Each operation reads its Tensor operands from memory, once, and writes its result to new memory. Python
    numbers cost nothing. So `x * x` has two operands; `2 * x`, `-x` and `x.exp()` have one.

    Args:
        elements: in each of the Tensors; all have the same shape.
        itemsize: bytes of one element.
        one_operand: how many of the operations have one Tensor operand.
        two_operands: how many have two.
    Returns:
        Bytes read plus bytes written.

    >>> chain_bytes(1000, 4, 1, 0)
    8000
    """
    raise NotImplementedError("m02: chain_bytes")


def softmax_bytes(shape: tuple[int, ...], axis: int, dtype: str) -> int:
    """Bytes of everything that a softmax of five Tensor operations makes on its way, the result included.

    Of the five results, three have the shape of the input and two have one number where the input has a
    whole row, that is, length 1 along `axis`.

    Args:
        shape: of the input; no axis has length 0.
        axis: of the softmax; negative ones count from the end.
        dtype: "float16", "float32" or "float64".
    Returns:
        Bytes of the five results together.

    >>> softmax_bytes((10, 100), -1, "float32")
    12080
    """
    raise NotImplementedError("m02: softmax_bytes")
