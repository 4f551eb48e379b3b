"""What the laws of this kata draw: weights with clear and with equal sizes, masks, amounts, models."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit import seeds
from spec.kit.strategies import Picked, lay_out, one_of

SHAPES = ((5,), (1, 3), (3, 4), (2, 3, 4), (), (4, 1), (0,), (2, 0), (7, 5))
CHANNELS = ((1, 3), (3, 4), (4, 3), (2, 3, 4), (4, 1), (5, 2, 2, 2), (0, 3), (7, 5))
SHARES = (0.5, 0.0, 1.0, 0.3, 0.25, 0.9, 0.75)


def of(case: dict[str, Any], *names: str) -> list[Any]:
    """What was drawn under these names."""
    return [case[name] for name in names]


def distinct(shape: tuple[int, ...], seed: int, dtype: str = "float64") -> np.ndarray:
    """Numbers of which no two are equally near to 0, and none is 0, in random order, about half of them negative."""
    rng = np.random.default_rng(seed)
    size = int(np.prod(shape))
    flat = (rng.permutation(size) + 1.0) * rng.choice([-1.0, 1.0], size) / 8
    return np.asarray(flat.reshape(shape), dtype)


def tied(shape: tuple[int, ...], seed: int, dtype: str = "float64") -> np.ndarray:
    """Numbers of which many are equal, 0 among them."""
    return np.random.default_rng(seed).integers(-2, 3, shape).astype(dtype)


KINDS = {"distinct": distinct, "tied": tied}


def amount(draw: Callable, n: int) -> float | int:
    """A share, or a count up to n."""
    return draw(one_of(*SHARES)) if draw(one_of(True, False)) else draw(one_of(*{0, n // 2, min(1, n), n}))


def mask_of(shape: tuple[int, ...], seed: int, share: float = 0.3) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed + 99).random(shape) >= share)


def prunings(masks: bool = False) -> Any:
    """A dict with weights, an amount, and with `masks` a mask from before."""

    def pick(draw: Callable) -> dict[str, Any]:
        kind, shape = draw(one_of("distinct", "tied")), draw(one_of(*SHAPES))
        dtype, layout = draw(one_of("float64", "float32")), draw(one_of("C", "F", "flipped", "gapped"))
        seed = draw(seeds())
        mask = mask_of(shape, seed) if masks else None
        n = int(mask.sum()) if masks else int(np.prod(shape))
        weights = lay_out(KINDS[kind](shape, seed, dtype), layout)
        return {"weights": weights, "amount": amount(draw, n), "mask": mask}

    return Picked(pick)


def channels(masks: bool = False) -> Any:
    """A dict with weights of two axes or more, an amount of channels, n, an axis, and with `masks` a mask from before."""

    def pick(draw: Callable) -> dict[str, Any]:
        kind, shape = draw(one_of("distinct", "tied")), draw(one_of(*CHANNELS))
        n, layout = draw(one_of(2, 1, np.inf, 3, 0.5)), draw(one_of("C", "F", "flipped", "gapped"))
        axis = draw(one_of(0, 1, -1, -2))
        dtype, seed = draw(one_of("float64", "float32")), draw(seeds())
        mask = None
        if masks:
            mask = mask_of(shape, seed)
            if draw(one_of(True, False)):
                np.moveaxis(mask, axis, 0)[:1] = False  # a channel that is gone
        whole = np.ones(shape, bool) if mask is None else mask
        there = int(np.moveaxis(whole, axis, 0).any(axis=tuple(range(1, len(shape)))).sum())
        weights = KINDS[kind](shape, seed, dtype)
        weights[~whole] *= 8  # what is gone may be large
        return {
            "weights": lay_out(weights, layout), "amount": amount(draw, there), "n": n, "axis": axis, "mask": mask
        }  # fmt: skip

    return Picked(pick)


def normal(shape: tuple[int, ...], seed: int, dtype: str = "float64") -> np.ndarray:
    return np.asarray(np.random.default_rng(seed + 1).standard_normal(shape), dtype)


def layers(bias: bool = True, dtypes: tuple[str, ...] = ("float32", "float64")) -> Any:
    """A pair of a weight with distinct sizes and a bias (or, unless `bias`, now and then None)."""

    def pick(draw: Callable) -> tuple[np.ndarray, np.ndarray | None]:
        shape, dtype = draw(one_of((1, 3), (3, 4), (4, 2), (5, 1))), draw(one_of(*dtypes))
        with_bias = bias or draw(one_of(True, False))
        seed = draw(seeds())
        return distinct(shape, seed, dtype), distinct(shape[:1], seed + 5, dtype) if with_bias else None

    return Picked(pick)


PLANS = (
    [["linear", 4, 6, True], "relu", ["linear", 6, 3, True]],
    [["linear", 4, 6, True], "dropout", "sigmoid", ["linear", 6, 3, False]],
    [["linear", 4, 6, False], "plus one", "dropout", ["linear", 6, 3, True]],
    [["linear", 4, 6, True], "tanh", ["linear", 6, 5, True], "sigmoid", ["linear", 5, 2, True]],
    ["dropout", ["linear", 4, 6, False], "relu", ["linear", 6, 3, False], "tanh"],
    [["linear", 4, 6, True], ["linear", 6, 4, True], "plus one", ["linear", 4, 3, True]],
)
"""Models that can be shrunk."""


def state_of(plan: list[Any], seed: int) -> dict[str, np.ndarray]:
    """A state for a plan, without zeros."""
    state = {}
    for place, part in enumerate(plan):
        if isinstance(part, list):
            _, inputs, outputs, bias = part
            state[f"{place}.weight"] = normal((outputs, inputs), seed + place)
            if bias:
                state[f"{place}.bias"] = normal((outputs,), seed + place + 50)
    return state


def shrinkables() -> Any:
    """A dict with a plan, its state, masks (by place), and which units have none of their weights left in them.

    A unit of a second layer may hear nothing but such units, and is then dead as well.
    """

    def pick(draw: Callable) -> dict[str, Any]:
        plan, seed = PLANS[draw(one_of(*range(len(PLANS))))], draw(seeds())
        gone = draw(one_of(2, 0, 1, 4, "all"))
        rng = np.random.default_rng(seed)
        masks, dead, places = {}, {}, [place for place, part in enumerate(plan) if isinstance(part, list)]
        before = None
        for place in places:
            shape = (plan[place][2], plan[place][1])
            mask = rng.random(shape) >= 0.2
            mask[np.arange(shape[0]), rng.integers(0, shape[1], shape[0])] = True  # alive, as yet
            count = shape[0] if gone == "all" else min(gone, shape[0] - 1)
            order = rng.permutation(shape[0])
            mask[order[:count]] = False
            dead[str(place)] = sorted(order[:count].tolist())
            if before is not None and count < shape[0]:
                mask[order[-1]] = ~before  # this one hears nothing but dead units, if there are any
            before = mask.any(axis=1)
            masks[str(place)] = mask
        return {"plan": plan, "state": state_of(plan, seed), "masks": masks, "dead": dead, "x": normal((3, 4), seed)}

    return Picked(pick)


def matrices() -> Any:
    """A matrix, wide or tall, of full rank or not, and a rank for it."""

    def pick(draw: Callable) -> tuple[np.ndarray, int]:
        shape = draw(one_of((3, 4), (5, 3), (4, 4), (1, 6), (6, 1), (8, 5)))
        kind, dtype = draw(one_of("full", "rank 1", "zeros", "orthogonal")), draw(one_of("float64", "float32"))
        layout, rank = draw(one_of("C", "F", "flipped")), 1 + draw(one_of(*range(8))) % min(shape)
        weight = normal(shape, draw(seeds()))
        if kind == "rank 1":
            weight = weight[:, :1] * weight[:1]
        elif kind == "zeros":
            weight = np.zeros(shape)
        elif kind == "orthogonal":  # all singular values alike
            weight = np.linalg.qr(normal((8, 8), 3))[0][: shape[0], : shape[1]] if shape == (4, 4) else np.eye(*shape)
        return lay_out(np.asarray(weight, dtype), layout), rank

    return Picked(pick)


def spectra() -> Any:
    """A matrix with known squares of its singular values, and an energy that is not near to any sum of them, or is all."""

    def pick(draw: Callable) -> tuple[np.ndarray, float, int]:
        squares = np.array(draw(one_of((8, 4, 2, 1, 1), (1, 1, 1, 1), (100, 1), (5,), (10, 9, 1), (0, 0))), float)
        shape = draw(one_of((6, 5), (5, 7), (5, 5)))
        part, seed = draw(one_of(0.5, 1.0, 0.97, 0.03)), draw(seeds())
        rank = 1 + draw(one_of(0, 1, 2, 3, 4)) % len(squares)
        if part == 1.0:  # all of it, of a matrix of full rank: whether rounding errors are something is left open
            shape, rank = (len(squares), shape[1]), len(squares)
        u, v = (np.linalg.qr(normal((side, side), seed + i))[0] for i, side in enumerate(shape))
        weight = (u[:, : len(squares)] * np.sqrt(squares)) @ v[:, : len(squares)].T
        total = squares.sum()
        if not total:
            return weight, part, 1
        if part == 1.0:
            return weight, 1.0, rank
        below, above = squares[: rank - 1].sum() / total, squares[:rank].sum() / total
        return weight, float(below + part * (above - below)), rank

    return Picked(pick)


def sparse(shapes: tuple[tuple[int, int], ...] = ((3, 4), (5, 3), (1, 6), (6, 1), (0, 3), (4, 0), (4, 5))) -> Any:
    """A matrix in which some numbers, whole rows or all of them are 0."""

    def pick(draw: Callable) -> np.ndarray:
        shape, kind = draw(one_of(*shapes)), draw(one_of("some", "rows", "all", "none", "last row", "first row"))
        dtype, layout, seed = draw(one_of("float32", "float64")), draw(one_of("C", "F", "flipped")), draw(seeds())
        dense, rng = normal(shape, seed), np.random.default_rng(seed)
        if kind == "all":
            dense[...] = rng.choice([0.0, -0.0])
        elif kind == "rows":
            dense[rng.random(shape[0]) < 0.5] = 0.0
        elif kind.endswith("row"):
            dense[-1:] = dense[-1:] if kind == "first row" else 0.0
            dense[:1] = 0.0 if kind == "first row" else dense[:1]
        if kind != "none":
            dense[rng.random(shape) < 0.5] = 0.0
        return lay_out(np.asarray(dense, dtype), layout)

    return Picked(pick)


def lessons() -> Any:
    """Logits of a student and a teacher, targets, T and alpha."""

    def pick(draw: Callable) -> dict[str, Any]:
        # Not 4 classes and T = 2 first: the mean over all numbers would look like a T² that was forgotten.
        n, classes = draw(one_of((3, 5), (1, 3), (5, 2), (4, 10)))
        dtype, size = draw(one_of("float64", "float32")), draw(one_of(3.0, 1.0, 20.0))
        T, alpha = draw(one_of(2.0, 1.0, 4, 0.5, 10.0)), draw(one_of(1.0, 0.5, 0.0, 0.9, 0.3))
        teachers, seed = draw(one_of("float64", "float32")), draw(seeds())
        return {
            "student": np.asarray(normal((n, classes), seed) * size, dtype),
            "teacher": np.asarray(normal((n, classes), seed + 7) * size, teachers),
            "targets": np.random.default_rng(seed).integers(0, classes, n),
            "T": T,
            "alpha": alpha,
        }

    return Picked(pick)
