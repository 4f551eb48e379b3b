"""Predict, then measure: formulas about tensors, as functions of plain numbers.

Nothing here makes a tensor. Each function says beforehand what a machine will need, and is then held against
arrays, counts and experiments that are really made. Write them from what you know, not by trying it out inside.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def tensor_bytes(shape: tuple[int, ...], dtype: str = "float32") -> int:
    """Bytes that the elements of a tensor take.

    Args:
        shape: lengths of the axes; () is a single number.
        dtype: name of a NumPy dtype, "float32" for example; np.dtype(name).itemsize is its bytes per element.

    >>> tensor_bytes((1000, 1000)), tensor_bytes((1000, 1000), "float64"), tensor_bytes((3, 0))
    (4000000, 8000000, 0)
    """
    raise NotImplementedError("m01: tensor_bytes")


def matmul_flops(n: int, k: int, m: int) -> int:
    """Floating-point operations of (n, k) @ (k, m): one multiplication and one addition a pass of the innermost loop.

    >>> matmul_flops(2, 3, 4)
    48
    """
    raise NotImplementedError("m01: matmul_flops")


def matmul_bytes(n: int, k: int, m: int, dtype: str = "float32") -> int:
    """Bytes alive when (n, k) @ (k, m) is done: both operands and the result.

    >>> matmul_bytes(1000, 1000, 1000)
    12000000
    """
    raise NotImplementedError("m01: matmul_bytes")


def pairwise_bytes(n: int, m: int, d: int, dtype: str = "float32") -> int:
    """Bytes of the largest tensor on the way to all distances between n points and m points with d coordinates.

    The way is (a.unsqueeze(1) - b.unsqueeze(0)), squared, summed over the last axis, for a (n, d) and b (m, d).
    """
    raise NotImplementedError("m01: pairwise_bytes")


def strides_of(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Bytes from one element to the next along each axis of a contiguous array, last axis fastest.

    Args:
        shape: lengths of the axes, none of them 0.
        itemsize: bytes per element.

    >>> strides_of((5,), 8)
    (8,)
    """
    raise NotImplementedError("m01: strides_of")


def flatten_copies(shape: tuple[int, ...], axes: tuple[int, ...]) -> bool:
    """Whether `zeros(shape).permute(axes).flatten()` has to move the numbers to new memory.

    Args:
        shape: lengths of the axes before permuting, none of them 0; lengths of 1 do occur.
        axes: each axis once, none negative, as for `permute`.

    >>> flatten_copies((2, 3), (1, 0)), flatten_copies((2, 3), (0, 1))
    (True, False)
    """
    raise NotImplementedError("m01: flatten_copies")


def after_class_change(own: dict[str, Any], before: dict[str, Any], after: dict[str, Any], name: str) -> Any:
    """What `t.name` gives for an object that is older than the last change of its class.

    The experiment: a class has the attributes `before`. An instance `t` is made, and gets attributes of its
    own, `own`. Then the class is changed: all its attributes are taken away and it is given those in `after`.
    What is `t.name` now?

    Returns:
        The value, or None if there is no such attribute.
    """
    raise NotImplementedError("m01: after_class_change")
