"""What the laws of losses draw: cases of (input, target, options), whose parts fit each other.

A case comes from a shape, a seed and a few choices. Seed 0 means plain values, and shrinks to a readable call.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ..kit import dtypes, seeds, shapes
from ..kit.strategies import fill, lay_out
from .oracles import class_axis

Case = tuple[np.ndarray, np.ndarray, dict[str, Any]]

CLASS_SHAPES = ((2, 3), (3,), (1, 4), (4, 2), (2, 3, 2), (3, 1), (2, 2, 2), (2, 3, 2, 2), (1,), (0, 3), (2, 4, 0))
"""Of scores: a batch, one position, images; one class, one position a batch, no position."""

SMALL = ("plain", "normal", "ties", "mixed", "tiny")
ALL = (*SMALL, "large")
REDUCTIONS = ("mean", "sum", "none")
LAYOUTS = ("C", "F", "flipped", "gapped")


def without_classes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the positions: `shape` without its class axis."""
    axis = class_axis(shape)
    return shape[:axis] + shape[axis + 1 :]


def along_classes(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """One value for each class, shaped to broadcast against scores of `shape`."""
    return values.reshape(-1, *[1] * (len(shape) - class_axis(shape) - 1))


def class_indices(shape: tuple[int, ...], seed: int, ignore_index: int | None = None) -> np.ndarray:
    """Class indices for scores of `shape`, of some integer dtype; about a third of them are `ignore_index`."""
    positions, classes = without_classes(shape), shape[class_axis(shape)]
    size, rng = int(np.prod(positions)), np.random.default_rng(seed)
    target = np.arange(size) % classes if seed == 0 else rng.integers(0, classes, size)
    if ignore_index is not None:
        hidden = rng.random(size) < 0.3
        hidden[:1], hidden[1:2] = seed % 2 == 0, False  # where there are two, one counts
        target = np.where(hidden, ignore_index, target)
    holds = ["int64", "int32", "uint8"] if ignore_index is None or 0 <= ignore_index < 256 else ["int64", "int32"]
    return target.astype(holds[seed // 4 % len(holds)]).reshape(positions)


def class_probabilities(shape: tuple[int, ...], seed: int, dtype: str) -> np.ndarray:
    """Numbers that add up to 1 along the class axis of `shape`; some are exactly 0."""
    rng, axis = np.random.default_rng(seed), class_axis(shape)
    chances = rng.random(shape) * (rng.random(shape) < 0.7)
    total = chances.sum(axis, keepdims=True)
    return np.where(total > 0, chances / np.where(total > 0, total, 1.0), 1.0 / shape[axis]).astype(dtype)


def by_class(*which: str, palettes: tuple[str, ...] = ALL, soft: bool = False) -> st.SearchStrategy[Case]:
    """Scores of classes, with class indices (`soft`: class probabilities) as their target.

    Args:
        which: options that are drawn beside the reduction: "ignore_index", "weight", "label_smoothing".
        palettes: of the scores; see spec.kit.strategies.fill.
    """

    def case(shape: tuple[int, ...], seed: int, dtype: str, palette: str, **options: Any) -> Case:
        classes = shape[class_axis(shape)]
        if options.get("ignore_index") == "last":
            options["ignore_index"] = classes - 1
        if "weight" in options:
            options["weight"] = fill((classes,), seed + 1, dtype, "positive")
        scores = lay_out(fill(shape, seed, dtype, palette), LAYOUTS[seed % 4])
        if soft:
            return scores, class_probabilities(shape, seed, dtype), options
        return scores, class_indices(shape, seed, options.get("ignore_index")), options

    drawn = {
        "ignore_index": st.sampled_from([-100, 0, -1, "last", 999]),
        "weight": st.none(),
        "label_smoothing": st.sampled_from([0.1, 0.5, 1.0, 0.0]),
    }
    return st.builds(
        case,
        shape=st.sampled_from(CLASS_SHAPES),
        seed=seeds(),
        dtype=dtypes(),
        palette=st.sampled_from(palettes),
        reduction=st.sampled_from(REDUCTIONS),
        **{name: drawn[name] for name in which},
    )


def by_element(answers: bool = False, palettes: tuple[str, ...] = ALL) -> st.SearchStrategy[Case]:
    """An input of any shape and a target of the same one.

    Args:
        answers: the target says no (0), yes (1) or something between; as floats, or as integers.
    """

    def case(shape: tuple[int, ...], seed: int, dtype: str, palette: str, reduction: str) -> Case:
        x = lay_out(fill(shape, seed, dtype, palette), LAYOUTS[seed % 4])
        if not answers:
            target = fill(shape, seed + 1, dtype, palette)
        elif seed % 3 == 2:
            target = np.random.default_rng(seed).random(shape).astype(dtype)
        else:
            target = np.asarray(np.random.default_rng(seed).random(shape) < 0.5).astype("int64" if seed % 3 else dtype)
        return x, target, {"reduction": reduction}

    return st.builds(
        case,
        shape=shapes((0, 3)),
        seed=seeds(),
        dtype=dtypes(),
        palette=st.sampled_from(palettes),
        reduction=st.sampled_from(REDUCTIONS),
    )


def of_any_loss() -> st.SearchStrategy[dict[str, np.ndarray]]:
    """Rows of scores, with a target for each kind of loss: class indices, and numbers from 0 to 1."""

    def batch(shape: tuple[int, int], seed: int, dtype: str) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        return {
            "scores": fill(shape, seed, dtype, "normal"),
            "classes": rng.integers(0, shape[1], shape[0]),
            "values": rng.random(shape).astype(dtype),
        }

    return st.builds(batch, st.sampled_from([(2, 3), (4, 2), (3, 5), (1, 2), (5, 1)]), seeds(), dtypes())
