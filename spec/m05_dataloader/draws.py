"""What the laws of this kata draw beyond `spec.kit`: columns of data, samples of every structure, files."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ..kit import seeds, shapes
from ..kit.strategies import fill, lay_out, one_of, whole
from .oracles import IDX_CODES

DTYPES = one_of("float32", "int64", "float64", "uint8", "bool", "int32")
LAYOUTS = one_of("C", "F", "flipped", "gapped")
PALETTES = one_of("plain", "normal", "ties")


@st.composite
def columns(draw: Any, least: int = 1, most: int = 3) -> list[np.ndarray]:
    """One to three arrays with first axes of one length, of any dtype and layout."""
    n = draw(whole(max(1, least), 6)) if least or draw(whole(0, 5)) else 0
    found = []
    for _ in range(draw(whole(1, most))):
        shape = (n, *draw(shapes((0, 2), sides=(2, 3, 1))))
        found.append(lay_out(fill(shape, draw(seeds()), draw(DTYPES), draw(PALETTES)), draw(LAYOUTS)))
    return found


@st.composite
def array_batches(draw: Any) -> list[np.ndarray]:
    """One to five arrays of one shape and dtype, () and empty shapes included."""
    shape, dtype = draw(shapes((0, 3), sides=(2, 3, 1, 0))), draw(DTYPES)
    return [
        lay_out(fill(shape, draw(seeds()) + number, dtype, "normal"), draw(LAYOUTS))
        for number in range(draw(one_of(2, 1, 3, 1, 5)))
    ]


def number_batches() -> st.SearchStrategy[list]:
    """Python's numbers (whole, not whole, both, truth values) and NumPy's."""
    whole_numbers, floats = st.integers(-9, 9), st.floats(-4, 4, width=32)
    one_or_more = {"min_size": 1, "max_size": 5}
    numpys = st.builds(
        lambda dtype, seed, n: list(fill((n,), seed, dtype, "normal")),
        one_of("float32", "int64", "float64", "uint8", "bool", "int32"),
        seeds(),
        st.integers(1, 5),
    )
    return st.one_of(
        st.lists(floats, **one_or_more),
        st.lists(whole_numbers, **one_or_more),
        st.builds(lambda i, f, more: [i, f + 0.5, *more], whole_numbers, whole_numbers, st.lists(floats, max_size=2)),
        st.lists(st.booleans(), **one_or_more),
        numpys,
    )


@st.composite
def nested_batches(draw: Any) -> list:
    """One to four samples of one structure: tuples, lists and dicts of arrays, numbers and text, nested."""

    def template(depth: int) -> Any:
        kind = draw(one_of(*(["tuple", "list", "dict"] if depth else []), "array", "int", "float", "text"))
        if kind in ("tuple", "list"):
            return kind, [template(depth - 1) for _ in range(draw(whole(1, 3)))]
        if kind == "dict":
            return kind, {name: template(depth - 1) for name in ("image", "b", "a")[: draw(whole(1, 3))]}
        return kind, (draw(shapes((0, 2), sides=(2, 1))), draw(DTYPES)) if kind == "array" else None

    def sample(of: tuple, seed: int) -> Any:
        kind, inner = of
        if kind in ("tuple", "list"):
            items = [sample(item, seed + place) for place, item in enumerate(inner)]
            return tuple(items) if kind == "tuple" else items
        if kind == "dict":
            return {name: sample(item, seed + place) for place, (name, item) in enumerate(inner.items())}
        if kind == "array":
            return fill(inner[0], seed, inner[1], "normal")
        return {"int": seed, "float": seed / 4, "text": f"sample {seed}"}[kind]

    shape = ("tuple", [template(2) for _ in range(draw(whole(1, 3)))]) if draw(whole(0, 3)) else template(2)
    first = draw(whole(1, 99))
    return [sample(shape, first + 7 * number) for number in range(draw(whole(1, 4)))]


@st.composite
def idx_arrays(draw: Any) -> np.ndarray:
    """What an IDX file may hold: every dtype, one to four axes, some of them empty; numbers that use all their bytes."""
    shape, dtype = draw(shapes((1, 4), sides=(3, 2, 1, 4, 0))), draw(one_of(*IDX_CODES))
    rng = np.random.default_rng(draw(seeds()))
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, dtype, endpoint=True)


@st.composite
def cifar10_files(draw: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """One to three files of one to three rows: (images, labels)."""
    rng = np.random.default_rng(draw(seeds()))
    rows = [draw(whole(1, 3)) for _ in range(draw(whole(1, 3)))]
    return [(rng.integers(0, 256, (n, 3, 32, 32), np.uint8), rng.integers(0, 10, n, np.uint8)) for n in rows]
