"""Strategies of this kata: numbers where exp overflows, and numbers for small pushes."""

import functools
from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from spec.kit import dtypes, seeds, shapes
from spec.kit.strategies import Dependent, lay_out

shapes_of = functools.cache(shapes)
"""Strategies are cheap to draw from and dear to make."""

LAYOUTS = ("C", "F", "flipped", "gapped")
TURNING = np.array([10_000.0, -10_000.0, 0.0, 1.0, 89.0, -89.0, 105.0, -105.0, 17.0, -1.0])
"""Where something happens in float32: exp overflows above 88.7, is 0 below -103.98; 1 + exp(-17) is 1."""


@st.composite
def huge(draw: Callable, dims: tuple[int, int] = (0, 3)) -> np.ndarray:
    """Arrays of floats with magnitudes to 10,000, turning points among them. Seed 0 is `TURNING`, in order."""
    shape, seed = draw(shapes_of(dims)), draw(seeds())
    size = int(np.prod(shape))
    rng = np.random.default_rng(seed)
    spread = rng.choice([10_000.0, 10_000.0, 100.0])
    drawn = np.where(rng.random(size) < 0.4, rng.choice(TURNING, size), rng.uniform(-spread, spread, size))
    flat = drawn if seed else np.resize(TURNING, size)
    return lay_out(flat.astype(draw(dtypes())).reshape(shape), draw(st.sampled_from(LAYOUTS)))


def _steady(shape: tuple[int, ...], seed: int) -> np.ndarray:
    size = int(np.prod(shape))
    if seed == 0:
        return (0.5 * (1 + np.arange(size) % 5) * np.where(np.arange(size) % 2, -1.0, 1.0)).reshape(shape)
    rng = np.random.default_rng(seed)
    return rng.uniform(0.1, 3.0, shape) * rng.choice([-1.0, 1.0], shape)


@st.composite
def steady(draw: Callable, dims: tuple[int, int] = (0, 3)) -> np.ndarray:
    """Arrays of floats of magnitudes between 0.1 and 3: no corner is near. Seed 0 is 0.5, -1, 1.5, -2, …"""
    return np.asarray(_steady(draw(shapes_of(dims, empty=False)), draw(seeds())), draw(dtypes()))


def steady_like(name: str) -> Dependent:
    """Such an array of the shape of the argument `name`."""
    return Dependent(lambda drawn: st.builds(_steady, st.just(drawn[name].shape), seeds()))


@st.composite
def whole(draw: Callable, dims: tuple[int, int] = (1, 3)) -> np.ndarray:
    """float32 arrays of whole numbers from -8 to 8: adding 10,000 to them loses nothing. Seed 0 is 0, 1, 2, …"""
    shape, seed = draw(shapes_of(dims, empty=False)), draw(seeds())
    size = int(np.prod(shape))
    flat = np.random.default_rng(seed).integers(-8, 9, size) if seed else np.arange(size) % 9
    return flat.astype(np.float32).reshape(shape)


@st.composite
def masked(draw: Callable, dims: tuple[int, int] = (1, 3)) -> np.ndarray:
    """float32 arrays in which some entries, but in no row along any axis all, are -inf."""
    shape, seed = draw(shapes_of(dims, sides=(3, 2, 4, 5), empty=False)), draw(seeds())
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape).astype(np.float32)
    # Where the sum of the indices is even nothing is hidden: every row of two or more has such a place.
    hidden = (np.indices(shape).sum(0) % 2 == 1) & ((rng.random(shape) < 0.7) | (seed == 0))
    return np.where(hidden, np.float32(-np.inf), x)
