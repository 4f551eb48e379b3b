"""Predicates over a failure; each returns the names its text may use, or None. See spec/signatures.toml."""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from grading.outcomes import Raised, Timeout, Wrong

Facts = dict[str, Any] | None


def array_has_no_attribute(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """NumPy used where a Tensor operation was needed."""
    if not isinstance(error, Raised):
        return None
    found = re.search(r"'numpy\.(?:ndarray|float\d+|int\d+)' object has no attribute '(\w+)'", error.got)
    return {"attribute": f"it has no `{found[1]}`"} if found else None


def changed_its_arguments(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """An argument came back changed."""
    return {} if isinstance(error, Wrong) and error.got.startswith("it changed ") else None


def too_deep(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """The stack of calls ran out."""
    return {} if isinstance(error, Raised) and error.got.startswith("RecursionError") else None


def no_gradient(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """None where a gradient was expected."""
    found = _gradient(error)
    return {"name": found[1]} if found and error.got_value is None and error.want_value is not None else None  # type: ignore[attr-defined]


def second_pass(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """The first backward pass was right, and the second was not."""
    found = _gradient(error)
    return {"name": found[1]} if found and found[2] else None


def _gradient(error: BaseException) -> re.Match | None:
    """The operand, and whether it is the second pass, where a gradient is wrong."""
    if not isinstance(error, Wrong):
        return None
    return re.match(r"(?:.*\.)?grad of (\w+)( after a second backward)?: ", error.expected)


def wider_dtype(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """float64 for float32, where float32 went in."""
    pair = _arrays(error)
    if not pair or (pair[0].dtype, pair[1].dtype) != (np.float64, np.float32):
        return None
    return {} if any(array.dtype == np.float32 for array in _within(arguments.values())) else None


def narrower_dtype(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """float32, or float16, for float64."""
    pair = _arrays(error)
    if not pair or pair[0].dtype not in (np.float32, np.float16) or pair[1].dtype != np.float64:
        return None
    overflowed = pair[0].shape == pair[1].shape and (np.isinf(pair[0]) & np.isfinite(pair[1])).any()
    return {"dtype": pair[0].dtype.name, "and": ", and overflowed on the way" if overflowed else ""}


def nan_at_large_input(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """NaN, or infinity, where a number was expected, and a large number went in."""
    pair = _arrays(error, same_shape=True)
    if not pair or not _floats(pair):
        return None
    if not (~np.isfinite(pair[0]) & np.isfinite(pair[1])).any():
        return None
    numbers = [np.abs(v[np.isfinite(v)]) for v in map(np.asarray, arguments.values()) if v.dtype.kind in "fi"]
    return {} if any(v.size and v.max() >= 80 for v in numbers) else None


def transposed(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """Equal after moving axes."""
    pair = _arrays(error)
    if not pair or not 2 <= pair[1].ndim <= 4 or pair[0].ndim != pair[1].ndim or pair[1].size < 2:
        return None
    got, want = pair
    for axes in itertools.permutations(range(want.ndim)):
        if axes == tuple(range(want.ndim)) or got.transpose(axes).shape != want.shape:
            continue
        if _near(got.transpose(axes), want) and not (got.shape == want.shape and _near(got, want)):
            return {}
    return None


def lost_axis(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """The shapes differ by axes of length 1 only."""
    pair = _arrays(error)
    if not pair or pair[0].shape == pair[1].shape or pair[0].dtype != pair[1].dtype:
        return None
    short, long = ([side for side in array.shape if side != 1] for array in pair)
    return {} if short == long else None


def wrapped_around(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """Integers that are right but for multiples of 65536 or 256; several of them, or in range of so few bits."""
    pair = _arrays(error, same_shape=True)
    if not pair or any(array.dtype.kind not in "iu" for array in pair) or pair[1].dtype.itemsize == 1:
        return None
    got, want = (array.astype(np.int64) for array in pair)
    got, want = got[got != want], want[got != want]
    for bits in (16, 8):
        step = 1 << bits
        if not ((got - want) % step).any() and (want % step).any():
            few = (-step // 2 <= got) & (got < step)
            if got.size > 1 or few.all():
                return {"step": step, "bits": bits}
    return None


def constant_factor(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """All entries are the same multiple of what was expected."""
    pair = _arrays(error, same_shape=True)
    if not pair or not _floats(pair) or pair[1].size < 2:
        return None
    got, want = (array.astype(float) for array in pair)
    told = np.abs(want[want != 0])
    if not (np.isfinite(got).all() and np.isfinite(want).all()) or told.size < 2:
        return None
    if told.size == 2 and np.ptp(told) < 1e-6 * told.max():
        return None  # two numbers of one size: any two such are multiples of each other
    factor = float(np.dot(got.ravel(), want.ravel()) / np.dot(want.ravel(), want.ravel()))
    if 1e-4 < abs(factor) < 1e4 and abs(factor - 1) > 1e-4 and _near(got, factor * want):
        return {"factor": f"{factor:.6g}"}
    return None


def constant_shift(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """All entries are off by the same amount."""
    pair = _arrays(error, same_shape=True)
    if not pair or not _floats(pair) or pair[1].size < 3:
        return None
    off = pair[0].astype(float) - pair[1].astype(float)
    if not np.isfinite(off).all() or np.abs(off).max() < 1e-6:
        return None
    return {"shift": f"{off.flat[0]:.6g}"} if np.ptp(off) <= 1e-6 * np.abs(off).max() else None


def single_precision(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """float64 values that agree with the expected ones as float32 would."""
    pair = _arrays(error, same_shape=True)
    if not pair or pair[0].dtype != np.float64 or pair[1].dtype != np.float64:
        return None
    got, want = pair
    if not (np.isfinite(got).all() and np.isfinite(want).all()) or not want.size:
        return None
    share = float(np.max(np.abs(got - want)) / max(float(np.max(np.abs(want))), 1e-300))
    return {"digits": int(-np.log10(share))} if 1e-9 < share < 1e-6 else None


def timed_out(error: BaseException, arguments: dict[str, Any]) -> Facts:
    """No answer within the deadline."""
    return {} if isinstance(error, Timeout) else None


def _arrays(error: BaseException, same_shape: bool = False) -> tuple[np.ndarray, np.ndarray] | None:
    if not isinstance(error, Wrong):
        return None
    got, want = error.got_value, error.want_value
    if not isinstance(got, np.ndarray) or not isinstance(want, np.ndarray):
        return None
    if got.dtype.kind not in "fiub" or want.dtype.kind not in "fiub":
        return None
    return None if same_shape and got.shape != want.shape else (got, want)


def _within(values: Iterable[Any]) -> Iterator[np.ndarray]:
    """The arrays among the values and in their lists, tuples and dicts."""
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, list | tuple):
            yield from _within(value)
        elif isinstance(value, dict):
            yield from _within(value.values())


def _floats(pair: tuple[np.ndarray, np.ndarray]) -> bool:
    return all(array.dtype.kind == "f" for array in pair)


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-12, equal_nan=True))
