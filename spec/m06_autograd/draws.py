"""What the laws of this kata draw beyond `spec.kit`: operands that broadcast, programs, and cases of losses."""

import itertools
from typing import Any

import numpy as np
from hypothesis import strategies as st

from spec.kit import broadcastable_with, dtypes, seeds, shapes
from spec.kit.strategies import Dependent, depends, fill, one_of, whole

FLOATS = dtypes()


SMOOTH = ("normal", "plain", "mixed", "ties")
TINY = ("normal", "plain")
NUMBERS = st.sampled_from([2, 0.5, -1.5, 3])


def within(x: np.ndarray, limit: float) -> np.ndarray:
    """x, but nowhere larger than `limit`."""
    return np.asarray(np.clip(x, -limit, limit), x.dtype)


def other_operand(name: str, palettes: tuple[str, ...] = SMOOTH) -> Dependent:
    """A second operand for the argument `name`: an array of its dtype that broadcasts with it."""
    return broadcastable_with(name, palettes=palettes)


def pieces_of(name: str) -> Dependent:
    """A shape that broadcasts to the shape of the argument `name`: leading axes gone, others of length 1."""

    def shape(draw: Any, drawn: dict[str, Any]) -> tuple[int, ...]:
        whole_shape = drawn[name].shape
        kept = whole_shape[draw(whole(0, len(whole_shape))) :]
        return tuple(1 if draw(whole(0, 2)) == 2 else side for side in kept)

    return depends(shape)


def pairs_of_forms() -> st.SearchStrategy[tuple[str, str]]:
    """How two operands are given; at least one is a leaf."""
    return st.sampled_from(
        [("leaf", "leaf"), ("leaf", "constant"), ("constant", "leaf"), ("leaf", "plain"), ("plain", "leaf")]
    )


ELEMENTWISE_STEPS = ("mean", "difference", "product", "negative", "tanh")
ALL_STEPS = (*ELEMENTWISE_STEPS, "matrix product", "transpose", "first row")


def programs(names: tuple[str, ...]) -> st.SearchStrategy[list]:
    """Steps of a drawn graph; see walking.program."""
    step = st.tuples(st.sampled_from(names), st.integers(0, 9), st.integers(0, 9)).map(list)
    return st.lists(step, min_size=1, max_size=8)


def reductions_of(name: str) -> Dependent:
    """Arguments of a reduction of the array `name`: an axis, several, all, or none named; kept or not."""

    def options(draw: Any, drawn: dict[str, Any]) -> dict[str, Any]:
        x = drawn[name]
        kind = draw(one_of(*(["one", "none", "several", "default"] if x.ndim else ["none", "default"])))
        found: dict[str, Any] = {} if kind == "default" else {"keepdims": draw(one_of(False, True))}
        if kind == "one":
            found["axis"] = draw(whole(-x.ndim, x.ndim - 1))
        elif kind == "none":
            found["axis"] = None
        elif kind == "several":
            axes = [axis for axis in range(x.ndim) if draw(whole(0, 1))]
            found["axis"] = tuple(axis - x.ndim if draw(whole(0, 1)) else axis for axis in axes) or (0,)
        return found

    return depends(options)


def crowded(index: Any) -> bool:
    """Whether NumPy and PyTorch put the axis of picked positions in different places: an integer apart from an array."""
    parts = index if isinstance(index, tuple) else (index,)
    fancy = [place for place, part in enumerate(parts) if isinstance(part, np.ndarray | int)]
    picks = any(isinstance(part, np.ndarray) for part in parts)
    return picks and any(right - left > 1 for left, right in itertools.pairwise(fancy))


def matrices(n: int = 2) -> st.SearchStrategy[np.ndarray]:
    """Square float64 matrices of positive numbers, away from the corners of activations."""
    return seeds().map(lambda seed: fill((n, n), seed, "float64", "positive") + 0.01)


def away_from_corners(dims: tuple[int, int] = (0, 3)) -> st.SearchStrategy[np.ndarray]:
    """Arrays of magnitudes between 0.1 and 3, of either dtype, with all their neighbours different."""

    def build(shape: tuple[int, ...], seed: int, dtype: str) -> np.ndarray:
        rng = np.random.default_rng(seed)
        size = int(np.prod(shape))
        drawn = rng.uniform(0.1, 3.0, size) * rng.choice([-1.0, 1.0], size)
        flat = drawn if seed else np.resize([0.5, -1.0, 1.5, -2.0, 0.25], size) * (1 + np.arange(size) % 7 / 16)
        return flat.astype(dtype).reshape(shape)

    return st.builds(build, shapes(dims), seeds(), FLOATS)


ELEMENT_LOSSES = ("mse_loss", "l1_loss", "binary_cross_entropy_with_logits")
CLASS_LOSSES = ("cross_entropy", "nll_loss", "cross_entropy with probabilities")


@st.composite
def losses(draw: Any) -> tuple[str, np.ndarray, np.ndarray, dict[str, Any]]:
    """(name, input, target, options) of one of the losses, away from corners."""
    name = draw(st.sampled_from((*ELEMENT_LOSSES, *CLASS_LOSSES)))
    seed, dtype = draw(seeds()), draw(FLOATS)
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {"reduction": draw(st.sampled_from(["mean", "sum", "none"]))}
    shape = draw(st.sampled_from([(2, 3), (4, 2), (3,), (2, 3, 2), (1, 4)]))
    x = (rng.uniform(0.1, 3.0, shape) * rng.choice([-1.0, 1.0], shape)).astype(dtype)
    if name in ELEMENT_LOSSES:
        target = (x.astype(float) + rng.choice([-1.0, 1.0], shape) * rng.uniform(0.1, 2.0, shape)).astype(dtype)
        if name.startswith("binary"):
            target = rng.integers(0, 2, shape).astype(dtype)
            if draw(st.booleans()):
                options["pos_weight"] = rng.uniform(0.5, 3.0, shape[-1:]).astype(dtype)
        return name, x, target, options
    axis = 0 if len(shape) == 1 else 1
    positions, classes = shape[:axis] + shape[axis + 1 :], shape[axis]
    if draw(st.booleans()):
        options["weight"] = rng.uniform(0.5, 2.0, classes).astype(dtype)
    if name.endswith("probabilities"):
        chances = rng.random(shape)
        return "cross_entropy", x, (chances / chances.sum(axis, keepdims=True)).astype(dtype), options
    if name == "cross_entropy":
        options["label_smoothing"] = draw(st.sampled_from([0.0, 0.1, 0.5]))
    target = np.asarray(rng.integers(0, classes, positions))
    if target.size > 1 and draw(st.booleans()):
        options["ignore_index"] = -100
        target[(0,) * target.ndim] = -100
    return name, x, target, options
