"""What the laws of this kata draw beyond `spec.kit`: plans of modules, their wiring, inputs of layers."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from spec.kit import arrays, seeds
from spec.kit.strategies import Dependent, fill

from . import oracles

NAMES = ("weight", "b", "a", "10", "2", "inner", "_p", "z")
"""Attribute names, in no order that sorting would give."""

FLOATS = st.sampled_from(("float64", "float32"))

# ------------------------------------------------------------------------ modules


@st.composite
def plans(draw: Any, kinds: tuple[str, ...] = ("parameter", "tensor", "number"), depth: int = 2) -> list:
    """A plan (see probes.py) of at most `depth` levels below the top."""
    rows = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4)):
        kind = draw(st.sampled_from((*kinds, "module") if depth else kinds))
        what = draw(plans(kinds, depth - 1)) if kind == "module" else draw(st.integers(1, 3))
        rows.append([kind, name, what])
    return rows


def saved_plans() -> st.SearchStrategy[list]:
    """Plans that have something to save."""
    return plans(("parameter", "buffer", "tensor")).filter(oracles.plan_state)


def states_of(name: str, dtype: st.SearchStrategy[str] | None = None) -> Dependent:
    """A state for the plan `name`: other numbers under its paths, each of its own."""

    def build(drawn: dict[str, Any]) -> st.SearchStrategy[dict]:
        @st.composite
        def state(draw: Any) -> dict:
            kind = "float32" if dtype is None else draw(dtype)
            numbered = enumerate(oracles.plan_state(drawn[name]).items(), start=draw(seeds()) + 1)
            return {path: fill(array.shape, number, kind, "normal") for number, (path, (_, array)) in numbered}

        return state()

    return Dependent(build)


def keys_of(name: str) -> Dependent:
    """A path of the state that was drawn as `name`."""
    return Dependent(lambda drawn: st.sampled_from(sorted(drawn[name])))


@st.composite
def wirings(draw: Any) -> list:
    """Which modules each of several modules holds: those before it and itself, too."""
    n = draw(st.integers(1, 5))
    return [draw(st.lists(st.integers(0, n - 1), max_size=4)) for _ in range(n)]


def owned_by(name: str) -> Dependent:
    """For each module of the wiring `name`, the Parameters it has, some of them shared."""

    def build(drawn: dict[str, Any]) -> st.SearchStrategy[list]:
        n = len(drawn[name])
        return st.lists(st.lists(st.integers(0, 3), max_size=2), min_size=n, max_size=n)

    return Dependent(build)


def node_of(name: str) -> Dependent:
    """The number of one module of the wiring `name`."""
    return Dependent(lambda drawn: st.integers(0, len(drawn[name]) - 1))


@st.composite
def assignments(draw: Any) -> list:
    """[attribute, kind] in an order that makes sense: only what is there is deleted or replaced by None."""
    # A Module in the place of a Parameter is refused by PyTorch and promised by nobody.
    possible = {
        "nothing": ("parameter", "module"),
        "parameter": ("parameter", "delete", "none"),
        "module": ("module", "parameter", "delete", "none"),
        "none": ("parameter", "module", "delete"),
    }
    rows, held = [], {"a": "nothing", "b": "nothing"}
    for _ in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from(("a", "b")))
        kind = draw(st.sampled_from(possible[held[name]]))
        rows.append([name, kind])
        held[name] = "nothing" if kind == "delete" else kind
    return rows


# ------------------------------------------------------------------------ layers


@st.composite
def inputs(draw: Any, dims: tuple[int, int] = (1, 4), dtype: str | st.SearchStrategy[str] = "float64") -> np.ndarray:
    """A layer's input: dims[0] to dims[1] axes, the last of length 1 or more, the others perhaps empty."""
    leading = draw(st.lists(st.sampled_from((2, 1, 3, 0, 4)), min_size=dims[0] - 1, max_size=dims[1] - 1))
    shape = (*leading, draw(st.sampled_from((2, 3, 1, 4, 5))))
    name = dtype if isinstance(dtype, str) else draw(dtype)
    return draw(arrays(shape=shape, dtype=name, palettes=("plain", "normal", "mixed", "large")).build({}))


def weights_for(name: str) -> Dependent:
    """A weight (out, in) for the input `name`, in its dtype; often with as many outputs as there are rows."""

    def build(drawn: dict[str, Any]) -> st.SearchStrategy[np.ndarray]:
        x = drawn[name]
        rows = x.shape[-2] if x.ndim > 1 and x.shape[-2] else 2
        shape = st.sampled_from((3, rows, 1, 2, 4)).map(lambda out: (out, x.shape[-1]))
        return arrays(shape=shape, dtype=x.dtype.name, palettes=("plain", "normal", "mixed"), layouts=("C", "F")).build(
            {}
        )

    return Dependent(build)


def biases_for(name: str) -> Dependent:
    """A bias for the weight `name`, or None."""

    def build(drawn: dict[str, Any]) -> st.SearchStrategy:
        weight = drawn[name]
        bias = arrays(shape=(weight.shape[0],), dtype=weight.dtype.name, palettes=("plain", "normal"), layouts=("C",))
        return bias.build({}) | st.none()

    return Dependent(build)


@st.composite
def sequences(draw: Any, width: int, dtype: str, depth: int = 1) -> tuple[list, int]:
    """Items of a Sequential (see layers.py) for an input of `width` columns, and the columns that come out."""
    items: list[Any] = []
    columns = [width]  # before the first item, and after each
    for _ in range(draw(st.sampled_from((3, 1, 4, 2, 0)))):
        same = [n for n in range(len(items)) if columns[n] == width == columns[n + 1]]
        extra = (["nested"] if depth else []) + (["again"] * 3 if same else [])
        kind = draw(st.sampled_from(("linear", "object", "function", "flatten", *extra)))
        if kind == "linear":
            out, seed = draw(st.sampled_from((3, 2, 1))), draw(seeds())
            bias = fill((out,), seed + 1, dtype, "normal") if draw(st.booleans()) else None
            items.append([kind, fill((out, width), seed + 2, dtype, "normal"), bias])
            width = out
        elif kind == "nested":
            inner, width = draw(sequences(width, dtype, depth - 1))
            items.append(inner)
        elif kind == "again":
            items.append([kind, draw(st.sampled_from(same))])
        elif kind == "flatten":
            items.append([kind])
        else:
            names = ("relu", "tanh", "sigmoid") if kind == "function" else ("ReLU", "Tanh", "Sigmoid")
            items.append([kind, draw(st.sampled_from(names))])
        columns.append(width)
    return items, width


def sequence_for(name: str) -> Dependent:
    """Items of a Sequential for the input `name`, in its dtype."""
    return Dependent(lambda drawn: sequences(drawn[name].shape[-1], drawn[name].dtype.name).map(lambda pair: pair[0]))
