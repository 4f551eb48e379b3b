"""What the laws of this kata draw: tables with ids that fit, sequences with positions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit import require, seeds
from spec.kit.strategies import Picked, fill, lay_out, one_of, whole

SHAPES = ((3,), (2, 3), (5,), (), (0,), (1, 4), (2, 1, 3), (2, 0), (9,))
"""Shapes of ids: a single one, none, and so many that some must be the same."""


def tables(padding: bool = True, dtypes: tuple[str, ...] = ("float64", "float32")) -> Any:
    """A dict with weight (rows, dim), ids, padding_idx (or None), and grad for what is read."""

    def pick(draw: Callable) -> dict[str, Any]:
        shape, rows, dim = draw(one_of(*SHAPES)), draw(one_of(3, 2, 5, 1, 7)), draw(one_of(2, 3, 1, 4))
        dtype, palette = draw(one_of(*dtypes)), draw(one_of("plain", "normal", "mixed"))
        kind = draw(one_of("int64", "int64", "int32", "uint8"))
        layout, seed = draw(one_of("C", "F", "gapped")), draw(seeds())
        ids = np.random.default_rng(seed).integers(0, rows, shape).astype(kind)
        padding_idx = draw(one_of(None, 0, rows - 1, -1, -rows)) if padding else None
        return {
            "weight": lay_out(fill((rows, dim), seed, dtype, palette), layout),
            "ids": lay_out(np.asarray(ids), layout),
            "padding_idx": padding_idx,
            "grad": lay_out(fill((*shape, dim), seed + 1, dtype, "normal"), layout),
        }

    return Picked(pick)


def sequences(pairs: bool = True, dtypes: tuple[str, ...] = ("float64", "float32")) -> Any:
    """A dict with x (…, n, dim), offset, and grad; dim is even if `pairs`."""

    def pick(draw: Callable) -> dict[str, Any]:
        lead, n = draw(one_of((), (2,), (2, 3), (1,), (0,))), draw(one_of(3, 1, 2, 5, 0))
        dim = draw(one_of(2, 4, 6)) if pairs else draw(one_of(2, 3, 1, 4))
        dtype, palette = draw(one_of(*dtypes)), draw(one_of("plain", "normal", "mixed"))
        layout, seed = draw(one_of("C", "F", "gapped")), draw(seeds())
        shape = (*lead, n, dim)
        return {
            "x": lay_out(fill(shape, seed, dtype, palette), layout),
            "offset": draw(one_of(0, 1, 0, 4)) + draw(whole(0, 3)),
            "grad": fill(shape, seed + 1, dtype, "normal"),
        }

    return Picked(pick)


def shaped(got: Any, shape: tuple[int, ...], dtype: str, name: str = "the answer") -> np.ndarray:
    """`got`, if it is an array of this shape and dtype: laws that go on computing with an answer ask first."""
    found = f"{got.dtype} {got.shape}" if isinstance(got, np.ndarray) else f"a {type(got).__name__}"
    require(found == f"{dtype} {tuple(shape)}", f"{name}: {dtype} {tuple(shape)}", found)
    return got
