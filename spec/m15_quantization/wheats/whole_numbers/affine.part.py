"""Everything in the float's own dtype, by the inverse of the scale."""

from __future__ import annotations

from typing import Any

import numpy as np


def choose_qparams(low: Any, high: Any, symmetric: bool = False) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.asarray(low), np.asarray(high)
    if not np.all(np.isfinite(low) & np.isfinite(high) & (low <= high)):
        raise ValueError(f"no range: {low} to {high}")
    with np.errstate(over="ignore"):
        below = np.maximum(-low, 0).astype(np.float32)
        above = np.maximum(high, 0).astype(np.float32)
    if symmetric:
        width = np.maximum(below, above) * np.float32(1 / 127)
    else:
        width = below * np.float32(1 / 255) + above * np.float32(1 / 255)
    if np.isinf(width).any():
        raise ValueError(f"too wide: {low} to {high}")
    scale = np.where(width < SMALLEST_SCALE, np.float32(SMALLEST_SCALE), width)
    if symmetric:
        return scale, np.zeros(scale.shape, np.int32)
    # Counted from the end that is farther from 0.
    from_low, from_high = QMIN + np.rint(below / scale), QMAX - np.rint(above / scale)
    return scale, np.clip(np.where(below > above, from_high, from_low), QMIN, QMAX).astype(np.int32)


def along_axis(values: Any, shape: tuple[int, ...], axis: int | None) -> np.ndarray:
    values = np.array(values)
    if axis is None:
        if values.ndim:
            raise ValueError(f"one value is wanted for {shape}, not an array of shape {values.shape}")
        return values
    if axis < -len(shape) or axis >= len(shape):
        raise IndexError(f"axis {axis} of shape {shape}")
    if values.ndim != 1 or len(values) != shape[axis]:
        raise ValueError(f"{values.shape} does not fit axis {axis} of {shape}")
    behind = len(shape) - 1 - axis if axis >= 0 else -1 - axis
    for _ in range(behind):
        values = values[..., None]
    for _ in range(len(shape) - 1 - behind):
        values = values[None]
    return values


def quantize(x: np.ndarray, scale: Any, zero_point: Any, axis: int | None = None) -> np.ndarray:
    if not np.issubdtype(x.dtype, np.floating):
        raise TypeError(f"floats are wanted, not {x.dtype}")
    scale, zero_point = along_axis(scale, x.shape, axis), along_axis(zero_point, x.shape, axis)
    for bad in scale[~((scale > 0) & (scale < np.inf))].ravel():
        raise ValueError(f"scale {bad}")
    for bad in zero_point[(zero_point < -128) | (zero_point > 127)].ravel():
        raise ValueError(f"zero point {bad}")
    if (x != x).any():
        raise ValueError("nan")
    with np.errstate(over="ignore"):
        places = np.round(x * (1 / scale).astype(x.dtype))
    # The ends are moved to where rounded numbers without a zero point have them.
    whole = np.minimum(np.maximum(places, QMIN - zero_point), QMAX - zero_point).astype(np.int32)
    return (whole + zero_point).astype(np.int8)


def dequantize(
    q: np.ndarray, scale: Any, zero_point: Any, axis: int | None = None, dtype: Any = "float32"
) -> np.ndarray:
    if q.dtype.name != "int8":
        raise TypeError(f"int8 is wanted, not {q.dtype}")
    x = q.astype(dtype)
    x -= along_axis(zero_point, q.shape, axis).astype(dtype)
    x *= along_axis(scale, q.shape, axis).astype(dtype)
    return x
