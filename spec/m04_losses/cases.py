"""What the laws of losses draw: scores, targets that fit them, options."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ..kit import arrays, dtypes, fill, seeds
from ..kit.strategies import Dependent
from .oracles import class_axis

SHAPES = ((2, 3), (3,), (1, 4), (4, 2), (2, 3, 2), (3, 1), (2, 2, 2), (2, 3, 2, 2), (1,), (0, 3), (2, 4, 0))
"""Of scores: a batch, one position, images; one class, one position a batch, an empty batch."""

SMALL = ("plain", "normal", "ties", "mixed", "tiny")
REDUCTIONS = ("mean", "sum", "none")


def reductions() -> st.SearchStrategy[dict[str, Any]]:
    """Options that hold a reduction and nothing else."""
    return st.sampled_from(REDUCTIONS).map(lambda name: {"reduction": name})


def scores(palettes: tuple[str, ...] = (*SMALL, "large"), dtype: Any = None) -> Dependent:
    """Log-probabilities or logits: (N, C), (C,) or (N, C, d1, …)."""
    return arrays(shape=st.sampled_from(SHAPES), dtype=dtype or dtypes(), palettes=palettes)


def options_for(name: str, *which: str) -> Dependent:
    """Options for the scores `name`: a reduction, and those of `ignore_index`, `weight`, `label_smoothing` that are asked for."""

    def build(drawn: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        x = drawn[name]
        classes = x.shape[class_axis(x)]

        @st.composite
        def options(draw: Callable) -> dict[str, Any]:
            chosen: dict[str, Any] = {"reduction": draw(st.sampled_from(REDUCTIONS))}
            if "ignore_index" in which:
                chosen["ignore_index"] = draw(st.sampled_from([-100, -1, 0, classes - 1, 999]))
            if "weight" in which:
                chosen["weight"] = fill((classes,), draw(seeds()), x.dtype.name, "positive")
            if "label_smoothing" in which:
                chosen["label_smoothing"] = draw(st.sampled_from([0.1, 0.5, 1.0, 0.0]))
            return chosen

        return options()

    return Dependent(build)


def class_indices_for(name: str, options: str = "") -> Dependent:
    """Class indices that fit the scores `name`, of any integer dtype; some of them the ignore_index of `options`, if it says one."""

    def build(drawn: dict[str, Any]) -> st.SearchStrategy[np.ndarray]:
        x = drawn[name]
        ignored = drawn[options].get("ignore_index") if options else None

        def indices(seed: int, dtype: str) -> np.ndarray:
            axis = class_axis(x)
            shape = x.shape[:axis] + x.shape[axis + 1 :]
            if seed == 0:
                target = np.arange(int(np.prod(shape))).reshape(shape) % x.shape[axis]
            else:
                target = np.random.default_rng(seed).integers(0, x.shape[axis], shape)
            if ignored is not None:
                # With seed 0 the first position is ignored; always at least one counts, if there are two.
                hidden = np.random.default_rng(seed).random(target.size) < 0.4
                hidden[:1], hidden[1:2] = seed % 2 == 0, False
                target = np.where(hidden.reshape(shape), ignored, target)
            return np.asarray(target).astype(dtype)

        fits = ["int64", "int32", *(["uint8"] if ignored is None or 0 <= ignored < 256 else [])]
        return st.builds(indices, seeds(), st.sampled_from(fits))

    return Dependent(build)


def probabilities_for(name: str) -> Dependent:
    """Class probabilities that fit the logits `name`: they add up to 1 along the class axis; some are exactly 0."""

    def build(drawn: dict[str, Any]) -> st.SearchStrategy[np.ndarray]:
        x = drawn[name]

        def probabilities(seed: int) -> np.ndarray:
            rng, axis = np.random.default_rng(seed), class_axis(x)
            weights = rng.random(x.shape) * (rng.random(x.shape) < 0.7) + 1e-3 * (rng.random() < 0.5)
            total = weights.sum(axis, keepdims=True)
            uniform = np.full(x.shape, 1.0 / x.shape[axis])
            return np.where(total > 0, weights / np.where(total > 0, total, 1.0), uniform).astype(x.dtype)

        return st.builds(probabilities, seeds())

    return Dependent(build)


def answers_for(name: str) -> Dependent:
    """Targets of yes-or-no questions that fit the logits `name`: 0 or 1 as floats or integers, or anything between."""

    def build(drawn: dict[str, Any]) -> st.SearchStrategy[np.ndarray]:
        x = drawn[name]

        def answers(seed: int, kind: str) -> np.ndarray:
            rng = np.random.default_rng(seed)
            if kind == "between":
                return rng.random(x.shape).astype(x.dtype)
            return np.asarray(rng.random(x.shape) < 0.5).astype("int64" if kind == "integers" else x.dtype)

        return st.builds(answers, seeds(), st.sampled_from(["floats", "between", "integers"]))

    return Dependent(build)


def batches() -> st.SearchStrategy[dict[str, np.ndarray]]:
    """Rows of scores with a target for each kind of loss: class indices, and numbers from 0 to 1."""

    def batch(shape: tuple[int, int], seed: int, dtype: str) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        return {
            "scores": fill(shape, seed, dtype, "normal"),
            "classes": rng.integers(0, shape[1], shape[0]),
            "values": rng.random(shape).astype(dtype),
        }

    return st.builds(batch, st.sampled_from([(2, 3), (4, 2), (3, 5), (1, 2), (5, 1)]), seeds(), dtypes())
