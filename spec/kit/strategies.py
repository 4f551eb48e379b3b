"""Strategies for plain data, drawn from a shape and a seed rather than element by element.

A strategy given to `given` may be an ordinary Hypothesis strategy or a *dependent* one, which
is built from the arguments drawn before it: `axis=axes_of("x")`, `g=like("x")`. Everything
shrinks to small shapes and to seed 0, and seed 0 means the plain values 1, 2, 3, …
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from .drawing import law_that_draws

Shape = tuple[int, ...]
SIDES = (2, 3, 1, 4, 5, 0, 7)
"""Axis lengths, simplest first; 1 and 0 get a fair share."""

PALETTES = ("plain", "normal", "ties", "mixed", "large", "tiny", "positive")
"""How values are chosen; see `fill`."""


@dataclass(frozen=True)
class Dependent:
    """A strategy that is built from the arguments drawn before it."""

    build: Callable[[dict[str, Any]], st.SearchStrategy]


class Picked(st.SearchStrategy):
    """A strategy out of a function `pick(draw)`: what `composite` makes, without its cost for every new one."""

    def __init__(self, pick: Callable[[Callable], Any]) -> None:
        super().__init__()
        self.pick = pick

    def do_draw(self, data: Any) -> Any:
        return self.pick(data.draw)


@functools.cache
def whole(low: int, high: int) -> st.SearchStrategy[int]:
    """Whole numbers from `low` to `high`, made once."""
    return st.integers(low, high)


@functools.lru_cache(maxsize=None, typed=True)
def one_of(*options: Any) -> st.SearchStrategy:
    """One of the options, made once (0 and False, though equal, are other options); the first is the simplest."""
    return st.sampled_from(options)


def depends(pick: Callable[[Callable, dict[str, Any]], Any]) -> Dependent:
    """A dependent strategy out of a function `pick(draw, drawn)`."""
    return Dependent(lambda drawn: Picked(lambda draw: pick(draw, drawn)))


def given(**strategies: st.SearchStrategy | Dependent) -> Callable[[Callable], Callable]:
    """Run the law on drawn arguments, in the order they are named.

    >>> @given(x=arrays(dims=(1, 3)), axis=axes_of("x"))
    ... def test_sum(ask, x, axis): ...
    """

    def draw_case(draw: Callable) -> dict[str, Any]:
        drawn: dict[str, Any] = {}
        for name, strategy in strategies.items():
            drawn[name] = draw(strategy.build(drawn) if isinstance(strategy, Dependent) else strategy)
        return drawn

    return lambda law: law_that_draws(law, list(strategies), draw_case)


@st.composite
def _composed(draw: Callable, build: Callable[[Callable], Any]) -> Any:
    return build(draw)


def composite(build: Callable[[Callable], Any]) -> Callable[[], st.SearchStrategy]:
    """st.composite for functions made anew for every draw: that one reads and parses their source each time."""
    return lambda: _composed(build)


def shapes(
    dims: tuple[int, int] = (0, 4), sides: tuple[int, ...] = SIDES, empty: bool = True
) -> st.SearchStrategy[Shape]:
    """Shapes with dims[0] to dims[1] axes; `empty=False` leaves out axes of length 0."""
    filled = one_of(*[side for side in sides if side])
    may_be_empty = empty and 0 in sides

    def shape(draw: Callable) -> Shape:
        drawn = [draw(filled) for _ in range(draw(whole(*dims)))]
        # One axis of length 0 empties the whole array, so it is offered once per shape, not once per axis.
        if may_be_empty and drawn and draw(whole(0, 9)) == 9:
            drawn[draw(whole(0, len(drawn) - 1))] = 0
        return tuple(drawn)

    return Picked(shape)


def seeds() -> st.SearchStrategy[int]:
    """Seeds; 0 is the simplest."""
    return whole(0, 2**16)


def dtypes(*names: str) -> st.SearchStrategy[str]:
    """One of the named dtypes (by default float32 and float64)."""
    return one_of(*(names or ("float32", "float64")))


def scalars(low: float = -4.0, high: float = 4.0) -> st.SearchStrategy[float | int]:
    """A Python number: whole or not, zero included."""
    integers = st.integers(int(np.ceil(low)), int(np.floor(high)))
    return integers | st.floats(low, high, allow_nan=False, allow_infinity=False, width=32)


def fill(shape: Shape, seed: int, dtype: str = "float64", palette: str = "plain") -> np.ndarray:
    """An array of `shape` from a seed. Seed 0 is 1, 2, 3, … whatever the palette, for readable failures.

    Palettes: plain (1, 2, 3, …), normal (standard normal), ties (few whole numbers, many equal),
    mixed (normal with zeros, ones and repeated values), large (magnitudes to 1e3), tiny (to 1e-3),
    positive (0.1 to 4).
    """
    size = int(np.prod(shape, dtype=np.int64))
    kind = np.dtype(dtype).kind
    if seed == 0 or palette == "plain":
        flat = np.arange(1, size + 1) % 97 if kind != "b" else np.arange(size) % 2
        return flat.astype(dtype).reshape(shape)
    rng = np.random.default_rng(seed)
    if kind == "b":
        return rng.integers(0, 2, size).astype(dtype).reshape(shape)
    if kind in "iu":
        low, high = (0, 5) if palette in ("ties", "positive") else (-9, 10)
        return rng.integers(max(low, 0) if kind == "u" else low, high, size).astype(dtype).reshape(shape)
    values = {
        "normal": lambda: rng.standard_normal(size),
        "ties": lambda: rng.integers(-2, 3, size).astype(float),
        "mixed": lambda: np.where(
            rng.random(size) < 0.3, rng.choice([0.0, 1.0, -1.0, 0.5], size), rng.standard_normal(size)
        ),
        "large": lambda: rng.uniform(-1e3, 1e3, size),
        "tiny": lambda: rng.uniform(-1e-3, 1e-3, size),
        "positive": lambda: rng.uniform(0.1, 4.0, size),
    }[palette]()
    return values.astype(dtype).reshape(shape)


def lay_out(x: np.ndarray, layout: str) -> np.ndarray:
    """The same values in another memory layout: C, F (reversed axes), flipped or gapped."""
    if layout == "F" and x.ndim:  # NumPy would make an array of one axis of a single number
        return np.asfortranarray(x)
    if layout == "flipped" and x.ndim:
        return np.ascontiguousarray(x[::-1])[::-1]
    if layout == "gapped" and x.ndim:
        wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
        wide[..., ::2] = x
        return wide[..., ::2]
    return x


def arrays(
    dims: tuple[int, int] = (0, 4),
    dtype: str | st.SearchStrategy[str] = "float64",
    palettes: tuple[str, ...] = ("plain", "normal", "ties", "mixed", "large", "tiny"),
    shape: Shape | st.SearchStrategy[Shape] | Dependent | None = None,
    empty: bool = True,
    layouts: tuple[str, ...] = ("C", "F", "flipped", "gapped"),
) -> Dependent:
    """Arrays of dims[0] to dims[1] axes, or of a given or drawn `shape`.

    `palettes` and `layouts` are chosen from (see `fill` and `lay_out`), `dtype` may be a strategy.
    """
    drawn_shape = shapes(dims, empty=empty)

    def array(draw: Callable, drawn: dict[str, Any]) -> np.ndarray:
        if isinstance(shape, tuple):
            size: Shape = shape
        elif isinstance(shape, Dependent):
            size = draw(shape.build(drawn))
        else:
            size = draw(drawn_shape if shape is None else shape)
        name = dtype if isinstance(dtype, str) else draw(dtype)
        x = fill(size, draw(seeds()), name, draw(one_of(*palettes)))
        return lay_out(x, draw(one_of(*layouts)))

    return depends(array)


def like(name: str, palettes: tuple[str, ...] = ("plain", "normal", "mixed"), dtype: str | None = None) -> Dependent:
    """An array of the shape and dtype of the argument `name`: an upstream gradient, a second operand."""

    def array(draw: Callable, drawn: dict[str, Any]) -> np.ndarray:
        x = drawn[name]
        return fill(x.shape, draw(seeds()), dtype or x.dtype.name, draw(one_of(*palettes)))

    return depends(array)


def broadcastable_with(
    name: str,
    dtype: str | st.SearchStrategy[str] | None = None,
    palettes: tuple[str, ...] = ("plain", "normal", "ties", "mixed"),
) -> Dependent:
    """An array that broadcasts with the argument `name`: leading axes dropped or added, others set to 1."""

    def array(draw: Callable, drawn: dict[str, Any]) -> np.ndarray:
        x = drawn[name]
        shape = list(x.shape[draw(whole(0, x.ndim)) :])
        for axis, side in enumerate(shape):
            how = draw(whole(0, 3))
            if how == 3:
                shape[axis] = 1
            elif how == 2 and side == 1:
                shape[axis] = draw(one_of(3, 2, 1))  # here it is x that stretches
        if len(shape) == x.ndim and x.ndim < 4 and draw(whole(0, 3)) == 3:
            shape.insert(0, 2)
        wanted = x.dtype.name if dtype is None else dtype if isinstance(dtype, str) else draw(dtype)
        return fill(tuple(shape), draw(seeds()), wanted, draw(one_of(*palettes)))

    return depends(array)


def axes_of(name: str, several: bool = False, none: bool = False) -> Dependent:
    """An axis of the argument `name`, negative ones included; with `several` also tuples, with `none` also None.

    The array must have at least one axis unless `none` is allowed.
    """

    def axis(draw: Callable, drawn: dict[str, Any]) -> Any:
        ndim = drawn[name].ndim
        kinds = (["one"] if ndim else []) + (["none"] if none else []) + (["several"] if several and ndim else [])
        if not kinds:
            raise TypeError(f"axes_of({name!r}) needs an array with an axis: draw it with dims=(1, …), or none=True")
        kind = draw(one_of(*kinds))
        if kind == "none":
            return None
        if kind == "one":
            return _signed(draw, draw(whole(0, ndim - 1)), ndim)
        left = list(range(ndim))
        count = draw(whole(1, ndim))
        return tuple(_signed(draw, left.pop(draw(whole(0, len(left) - 1))), ndim) for _ in range(count))

    return depends(axis)


def _signed(draw: Callable, axis: int, ndim: int) -> int:
    """`axis`, or the same counted from the end."""
    return axis - ndim if draw(whole(0, 1)) else axis


def permutations_of(name: str) -> Dependent:
    """An order of the axes of the argument `name`, some of them counted from the end."""

    def order(draw: Callable, drawn: dict[str, Any]) -> tuple[int, ...]:
        ndim = drawn[name].ndim
        left = list(range(ndim))
        return tuple(_signed(draw, left.pop(draw(whole(0, len(left) - 1))), ndim) for _ in range(ndim))

    return depends(order)


def reshapes_of(name: str) -> Dependent:
    """A shape with as many elements as the argument `name`; often with one -1."""

    def shape(draw: Callable, drawn: dict[str, Any]) -> Shape:
        size = left = int(drawn[name].size)
        sides = []
        for _ in range(draw(whole(0, 3))):
            divisors = [d for d in range(1, min(left, 64) + 1) if left % d == 0] or [0]
            sides.append(divisors[draw(whole(0, len(divisors) - 1))])
            left = left // sides[-1] if sides[-1] else 0
        sides.append(left if size else 0)
        if size and draw(whole(0, 1)):
            sides[draw(whole(0, len(sides) - 1))] = -1
        return tuple(sides)

    return depends(shape)


def indices_of(name: str, arrays_too: bool = True) -> Dependent:
    """Something to index the argument `name` with: integers, slices, `...`, None, and (with `arrays_too`)
    one array of positions (repeats included) or one mask of booleans."""

    def index(draw: Callable, drawn: dict[str, Any]) -> Any:
        x = drawn[name]
        parts: list[Any] = []
        fancy = False
        used = draw(whole(0, x.ndim))
        for side in x.shape[:used]:
            kinds = ["slice"] + (["int"] if side else []) + (["array", "mask"] if arrays_too and not fancy else [])
            kind = draw(one_of(*kinds))
            if kind == "int":
                parts.append(draw(whole(-side, side - 1)))
            elif kind == "slice":
                bounds = one_of(None, *range(-side - 1, side + 2))
                # PyTorch has no negative steps.
                parts.append(slice(draw(bounds), draw(bounds), draw(one_of(None, 1, 2, 3))))
            elif kind == "mask":
                fancy = True
                parts.append(fill((side,), draw(seeds()), "bool", "normal"))
            else:
                fancy = True
                count = draw(whole(0, 4)) if side else 0
                parts.append(np.array([draw(whole(-side, side - 1)) for _ in range(count)], dtype=np.int64))
        if not fancy and draw(whole(0, 3)) == 3:
            parts.insert(draw(whole(0, len(parts))), None)
        if used < x.ndim and not fancy and draw(whole(0, 3)) == 3:
            parts.append(Ellipsis)
        return parts[0] if len(parts) == 1 and draw(whole(0, 1)) else tuple(parts)

    return depends(index)


def matmul_pairs(dtype: str = "float64", batched: bool = True) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """A pair (a, b) for a @ b: 1-d and 2-d, with `batched` stacks that broadcast, empty and size-1 axes included."""

    def pair(draw: Callable) -> tuple[np.ndarray, np.ndarray]:
        side = one_of(2, 3, 1, 4, 5, 0)
        n, k, m = draw(side), draw(side), draw(side)
        batch = [draw(one_of(2, 1, 3)) for _ in range(draw(whole(0, 2)))] if batched else []
        left: Shape = (*[1 if draw(whole(0, 1)) else s for s in batch], n, k)
        right: Shape = (*[1 if draw(whole(0, 2)) == 2 else s for s in batch], k, m)
        if batch:
            left, right = left[draw(whole(0, len(batch))) :], right[draw(whole(0, len(batch))) :]
        if draw(whole(0, 3)) == 3:
            left = (k,)
        if draw(whole(0, 3)) == 3:
            right = (k,)
        palette, layout = one_of("plain", "normal", "mixed", "ties"), one_of("C", "F", "flipped", "gapped")
        a = lay_out(fill(left, draw(seeds()), dtype, draw(palette)), draw(layout))
        b = lay_out(fill(right, draw(seeds()), dtype, draw(palette)), draw(layout))
        return a, b

    return Picked(pair)
