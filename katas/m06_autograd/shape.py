"""The rules of operations that rearrange: every number of the gradient goes back to where its element came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .rules import Pull, rule


@rule("reshape", "flatten", "squeeze", "unsqueeze")
def reshape_rule(out: np.ndarray, x: np.ndarray, *how: Any, **named: Any) -> tuple[Pull]:
    """The same elements in the same order under another shape, however it was asked for. Keeps no array."""
    raise NotImplementedError("m06: reshape_rule")


@rule("transpose")
def transpose_rule(out: np.ndarray, x: np.ndarray, axis0: int, axis1: int) -> tuple[Pull]:
    """Two axes swapped. Keeps no array."""
    raise NotImplementedError("m06: transpose_rule")


@rule("permute")
def permute_rule(out: np.ndarray, x: np.ndarray, *axes: Any) -> tuple[Pull]:
    """Axis i of the result is axis axes[i] of x; `axes` may also be one tuple or list. Keeps no array.

    >>> permute_rule(None, np.ones((2, 3, 4)), 1, 2, 0)[0](np.ones((3, 4, 2))).shape
    (2, 3, 4)
    """
    raise NotImplementedError("m06: permute_rule")


@rule("expand", "astype")
def same_rule(out: np.ndarray, x: np.ndarray, *how: Any, **named: Any) -> tuple[Pull]:
    """What changes no number: stretching to a larger shape, another dtype. (See `rule` for what a pull need not do.)"""
    raise NotImplementedError("m06: same_rule")


@rule("__getitem__")
def getitem_rule(out: np.ndarray, x: np.ndarray, index: Any) -> tuple[Pull]:
    """x[index]. Elements that were picked several times are due the sum, those never picked 0.

    Args:
        index: as NumPy takes it: integers, slices, None, ..., lists and arrays of positions or of bool, or a tuple.

    >>> getitem_rule(None, np.zeros(3), np.array([2, 0, 2]))[0](np.array([1.0, 10.0, 100.0]))
    array([ 10.,   0., 101.])
    """
    raise NotImplementedError("m06: getitem_rule")


@rule("cat")
def cat_rule(out: np.ndarray, tensors: Sequence[np.ndarray], axis: int = 0) -> tuple[list[Pull]]:
    """The arrays one after another along `axis`; a list of pulls, one for each. Keeps no array."""
    raise NotImplementedError("m06: cat_rule")


@rule("stack")
def stack_rule(out: np.ndarray, tensors: Sequence[np.ndarray], axis: int = 0) -> tuple[list[Pull]]:
    """The arrays along a new axis of the result; a list of pulls, one for each. Keeps no array."""
    raise NotImplementedError("m06: stack_rule")
