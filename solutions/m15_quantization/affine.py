"""From floats to 256 places on a line, and back.

Integers of 8 bits have no gradient: what stands here works on NumPy arrays. A number q from -128 to 127 stands for the float
(q - zero_point) · scale.
"""

from __future__ import annotations

from typing import Any

import numpy as np

QMIN, QMAX = -128, 127
"""The smallest and the largest number of 8 bits. Given."""

SMALLEST_SCALE = 2.0**-23
"""No scale is smaller than this, as in PyTorch. Given."""


def choose_qparams(low: Any, high: Any, symmetric: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The scale and the zero point with which 8 bits cover the floats from `low` to `high`.

    The range is widened to hold 0 first (a range of 2 to 3 becomes one of 0 to 3), because 0 must have a place of its own: it
    is what is padded, masked and switched off with.

    Args:
        low, high: numbers, or arrays of one shape, for as many ranges at once.
        symmetric: with False, `low` stands at -128 and `high` at 127, and the zero point is the whole number nearest to where
            0.0 then is (in the middle of two, either). With True, the zero point is 0, and the larger of |low| and |high|
            stands at 127 (or, if it is `low`, at -127).
    Returns:
        scale: float32, and zero_point: int32 from -128 to 127, arrays of the shape of `low` and `high` (of shape () for
        numbers, and empty for empty ones). A scale is never below SMALLEST_SCALE, not even for a range from 0 to 0.
    Raises:
        ValueError: a `low` is above its `high`, one of them is not finite, or they are so far apart that their scale does
            not fit into float32; the message names both ends of the first such range.

    >>> scale, zero_point = choose_qparams(-1.0, 4.1)
    >>> round(float(scale), 4), int(zero_point)
    (0.02, -78)
    >>> scale, zero_point = choose_qparams(np.array([-1.0, -6.35]), np.array([2.54, 0.0]), symmetric=True)
    >>> scale.round(4), zero_point
    (array([0.02, 0.05], dtype=float32), array([0, 0], dtype=int32))

    Source: torch.ao.quantization.MinMaxObserver (symmetric: with quant_min=-127).
    """
    # BEGIN SOLUTION
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    below, above = np.minimum(low, 0.0), np.maximum(high, 0.0)
    with np.errstate(all="ignore"):  # what overflows is refused
        width = 2 * np.maximum(-below, above) if symmetric else above - below
        steps = 2 * QMAX if symmetric else QMAX - QMIN
        scale = np.maximum(width / steps, SMALLEST_SCALE)
        fits = np.isfinite(scale.astype(np.float32))
    wrong = ~(np.isfinite(low) & np.isfinite(high) & (low <= high) & fits)
    if wrong.any():
        raise ValueError(f"there is no line of 8 bits from {low[wrong][0]} to {high[wrong][0]}")
    zero_point = np.zeros(low.shape) if symmetric else np.clip(QMIN - np.rint(below / scale), QMIN, QMAX)
    return np.asarray(scale, np.float32), np.asarray(zero_point, np.int32)
    # END SOLUTION


def along_axis(values: Any, shape: tuple[int, ...], axis: int | None) -> np.ndarray:
    """`values` in a shape that broadcasts with an array of `shape`: one for each place along `axis`.

    Args:
        values: (shape[axis],); for axis=None a number, or an array of shape ().
        axis: may count from the end; None where one value serves all.
    Returns:
        An array with as many axes as `shape`, all of length 1 but `axis`; of shape () for axis=None. Its dtype is that of
        `values`.
    Raises:
        IndexError: there is no such axis; it is named.
        ValueError: there is not one value for each place along `axis` (or, for None, not just one); the message names the
            shape of `values` and `shape`.

    >>> along_axis(np.array([1, 2, 3]), (3, 5), 0).shape, along_axis(np.array([1, 2, 3]), (4, 3), -1).shape
    ((3, 1), (1, 3))
    """
    # BEGIN SOLUTION
    values = np.asarray(values)
    if axis is None:
        wanted, spread_out = (), ()
    else:
        if not -len(shape) <= axis < len(shape):
            raise IndexError(f"there is no axis {axis} in an array of shape {shape}")
        wanted = (shape[axis],)
        spread_out = tuple(side if place == axis % len(shape) else 1 for place, side in enumerate(shape))
    if values.shape != wanted:
        raise ValueError(f"values of shape {values.shape} for an array of shape {shape} and axis {axis}: not {wanted}")
    return values.reshape(spread_out)
    # END SOLUTION


def quantize(x: np.ndarray, scale: Any, zero_point: Any, axis: int | None = None) -> np.ndarray:
    """The number of 8 bits that is nearest to each float: x / scale, rounded, plus zero_point.

    Halves go to the even whole number, *before* the zero point is added. What lies beyond -128 or 127, ±inf included, becomes
    -128 or 127.

    Args:
        x: floats of any shape, empty ones and () included.
        scale, zero_point: one each (axis=None), or one each for every place along `axis`; as `choose_qparams` gives them.
    Returns:
        int8, of the shape of x.
    Raises:
        TypeError: x is not of floats; its dtype is named.
        ValueError: x holds nan, which no integer can; a scale is not above 0 and finite, or a zero point is not between
            -128 and 127 (it is named). As `along_axis`.
        IndexError: as `along_axis`.

    >>> quantize(np.array([-0.25, 0.0, 0.25, 0.75, 100.0]), 0.5, 1)
    array([  1,   1,   1,   3, 127], dtype=int8)

    Cost: a few passes over x, all of it at once.
    Source: torch.fake_quantize_per_tensor_affine, for halves. (torch.quantize_per_tensor adds the zero point first.)
    """
    # BEGIN SOLUTION
    x = np.asarray(x)
    if x.dtype.kind != "f":
        raise TypeError(f"quantize takes floats, not {x.dtype}")
    scale, zero_point = along_axis(scale, x.shape, axis), along_axis(zero_point, x.shape, axis)
    useless = ~((scale > 0) & np.isfinite(scale))
    if useless.any():
        raise ValueError(f"a scale is above 0 and finite, not {scale[useless][0]}")
    beyond = (zero_point < QMIN) | (zero_point > QMAX)
    if beyond.any():
        raise ValueError(f"a zero point is between {QMIN} and {QMAX}, not {zero_point[beyond][0]}")
    if np.isnan(x).any():
        raise ValueError("x holds nan, for which there is no integer")
    with np.errstate(over="ignore"):
        places = np.rint(x / np.asarray(scale, np.float64))
    return np.asarray(np.clip(places + zero_point, QMIN, QMAX).astype(np.int8))
    # END SOLUTION


def dequantize(
    q: np.ndarray, scale: Any, zero_point: Any, axis: int | None = None, dtype: Any = "float32"
) -> np.ndarray:
    """The floats that the numbers of 8 bits stand for: (q - zero_point) · scale.

    Args:
        q: int8, any shape.
        scale, zero_point: one each (axis=None), or one each for every place along `axis`.
        dtype: of the result, float32 or float64; computed in it.
    Returns:
        A new array of `dtype`, of the shape of q.
    Raises:
        TypeError: q is not of int8; its dtype is named.
        ValueError, IndexError: as `along_axis`.

    >>> dequantize(np.array([-128, 0, 127], dtype="int8"), 0.5, -128)
    array([  0. ,  64. , 127.5], dtype=float32)
    """
    # BEGIN SOLUTION
    if q.dtype != np.int8:
        raise TypeError(f"dequantize takes int8, not {q.dtype}")
    steps = q.astype(np.int32) - along_axis(zero_point, q.shape, axis)
    return np.asarray(steps.astype(dtype) * along_axis(scale, q.shape, axis).astype(dtype))
    # END SOLUTION
