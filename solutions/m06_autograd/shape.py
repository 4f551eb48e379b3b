"""The rules of operations that rearrange: every number of the gradient goes back to where its element came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .rules import Pull, rule


@rule("reshape", "flatten", "squeeze", "unsqueeze")
def reshape_rule(out: np.ndarray, x: np.ndarray, *how: Any, **named: Any) -> tuple[Pull]:
    """The same elements in the same order under another shape, however it was asked for. Keeps no array."""
    # BEGIN SOLUTION
    shape = x.shape
    return (lambda grad: grad.reshape(shape),)
    # END SOLUTION


@rule("transpose")
def transpose_rule(out: np.ndarray, x: np.ndarray, axis0: int, axis1: int) -> tuple[Pull]:
    """Two axes swapped. Keeps no array."""
    # BEGIN SOLUTION
    return (lambda grad: grad.swapaxes(axis0, axis1),)
    # END SOLUTION


@rule("permute")
def permute_rule(out: np.ndarray, x: np.ndarray, *axes: Any) -> tuple[Pull]:
    """Axis i of the result is axis axes[i] of x; `axes` may also be one tuple or list. Keeps no array.

    >>> permute_rule(None, np.ones((2, 3, 4)), 1, 2, 0)[0](np.ones((3, 4, 2))).shape
    (2, 3, 4)
    """
    # BEGIN SOLUTION
    order = axes[0] if len(axes) == 1 and isinstance(axes[0], tuple | list) else axes
    back = [0] * len(order)
    for place, axis in enumerate(order):
        back[axis] = place
    return (lambda grad: grad.transpose(back),)
    # END SOLUTION


@rule("expand", "astype")
def same_rule(out: np.ndarray, x: np.ndarray, *how: Any, **named: Any) -> tuple[Pull]:
    """What changes no number: stretching to a larger shape, another dtype. (See `rule` for what a pull need not do.)"""
    # BEGIN SOLUTION
    return (lambda grad: grad,)
    # END SOLUTION


@rule("__getitem__")
def getitem_rule(out: np.ndarray, x: np.ndarray, index: Any) -> tuple[Pull]:
    """x[index]. Elements that were picked several times are due the sum, those never picked 0.

    Args:
        index: as NumPy takes it: integers, slices, None, ..., lists and arrays of positions or of bool, or a tuple.

    >>> getitem_rule(None, np.zeros(3), np.array([2, 0, 2]))[0](np.array([1.0, 10.0, 100.0]))
    array([ 10.,   0., 101.])
    """
    # BEGIN SOLUTION
    shape = x.shape
    parts = index if isinstance(index, tuple) else (index,)
    repeats = any(isinstance(part, list | np.ndarray) for part in parts)

    def pull(grad: np.ndarray) -> np.ndarray:
        result = np.zeros(shape, grad.dtype)
        if repeats:
            np.add.at(result, index, grad)  # result[index] += grad would write each place once
        else:
            result[index] = grad
        return result

    return (pull,)
    # END SOLUTION


@rule("cat")
def cat_rule(out: np.ndarray, tensors: Sequence[np.ndarray], axis: int = 0) -> tuple[list[Pull]]:
    """The arrays one after another along `axis`; a list of pulls, one for each. Keeps no array."""
    # BEGIN SOLUTION
    before = (slice(None),) * (axis % out.ndim)
    pulls, start = [], 0
    for array in tensors:
        place = (*before, slice(start, start + array.shape[axis]))
        pulls.append(lambda grad, place=place: grad[place])
        start = place[-1].stop
    return (pulls,)
    # END SOLUTION


@rule("stack")
def stack_rule(out: np.ndarray, tensors: Sequence[np.ndarray], axis: int = 0) -> tuple[list[Pull]]:
    """The arrays along a new axis of the result; a list of pulls, one for each. Keeps no array."""
    # BEGIN SOLUTION
    return ([lambda grad, place=place: grad.take(place, axis) for place in range(len(tensors))],)
    # END SOLUTION
