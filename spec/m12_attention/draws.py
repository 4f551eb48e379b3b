"""What the laws of this kata draw: queries, keys and values that go together, and masks."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit import seeds
from spec.kit.strategies import Picked, fill, lay_out, one_of

MASKS = ("none", "bool", "none", "floats", "bool", "-inf", "other floats")
"""Kinds of masks: of bool; of floats; of floats and -inf; of floats of another dtype."""

OF_ONE_DTYPE = MASKS[:-1]

MISFITS = {
    "query of one axis": ((4,), (3, 4), (3, 2), None, [(4,)]),
    "keys of one axis": ((2, 4), (4,), (3, 2), None, [(4,)]),
    "values of one axis": ((2, 4), (3, 4), (3,), None, [(3,)]),
    "other features": ((2, 4), (3, 5), (3, 5), None, [(2, 4), (3, 5)]),
    "features that would broadcast": ((2, 4), (3, 1), (3, 1), None, [(2, 4), (3, 1)]),
    "no features": ((2, 0), (3, 0), (3, 1), None, [(2, 0), (3, 0)]),
    "a value too few": ((2, 4), (3, 4), (2, 4), None, [(3, 4), (2, 4)]),
    "one value for all keys": ((2, 4), (3, 4), (1, 4), None, [(3, 4), (1, 4)]),
    "batches of queries and keys": ((2, 5, 4), (3, 5, 4), (3, 5, 4), None, [(2, 5, 4), (3, 5, 4)]),
    "batches of values": ((2, 5, 4), (2, 5, 4), (3, 5, 4), None, [(3, 5, 4)]),
    "mask turned round": ((2, 4), (3, 4), (3, 4), (3, 2), [(3, 2), (2, 3)]),
    "mask of another batch": ((2, 5, 4), (2, 3, 4), (2, 3, 4), (3, 5, 3), [(3, 5, 3), (2, 5, 3)]),
    "mask that would add a batch": ((5, 4), (3, 4), (3, 4), (2, 5, 3), [(2, 5, 3), (5, 3)]),
    "mask that would add keys": ((5, 4), (1, 4), (1, 4), (5, 3), [(5, 3), (5, 1)]),
}
"""Shapes of q, k, v and the mask, and what the error names."""

UNEVEN = [(6, 4), (3, 5), (4, 0), (6, -2)]
"""Features, and a number of heads that does not divide them."""


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, "float32")


def normal(shape: tuple[int, ...], seed: int, dtype: str = "float64") -> np.ndarray:
    """Normally distributed numbers, also for seed 0."""
    return fill(shape, seed + 1, dtype, "normal")


def mask_of(kind: str, shape: tuple[int, ...], seed: int, dtype: str, seen: float = 0.5) -> np.ndarray | None:
    """A mask in which about that share is seen (whole rows are hidden now and then), or None."""
    if kind == "none":
        return None
    rng = np.random.default_rng(seed)
    keep = rng.random(shape) < seen
    if kind == "bool":
        return keep
    values = rng.standard_normal(shape)
    if kind == "other floats":
        dtype = "float64" if dtype == "float32" else "float32"
    return np.where(keep, values, -np.inf if kind == "-inf" else values).astype(dtype)


def attentions(
    dtypes: tuple[str, ...] = ("float64", "float32"),
    palettes: tuple[str, ...] = ("plain", "normal", "mixed"),
    empty: bool = True,
    masks: tuple[str, ...] = MASKS,
) -> Any:
    """A dict with q, k, v, mask (or None), is_causal, grad, and how the mask is given (as_array).

    Leading axes: none, one or two; those of keys and values may be 1 or missing. Some cases have no key, or no query.
    """

    def pick(draw: Callable) -> dict[str, Any]:
        kind, causal, as_array = draw(one_of(*masks)), draw(one_of(False, True, False)), draw(one_of(False, True))
        n, m = draw(one_of(2, 3, 1, 4)), draw(one_of(3, 2, 4, 1, 5))
        d, e = draw(one_of(2, 3, 1, 4)), draw(one_of(3, 1, 2))
        none = draw(one_of("", "", "", "", "", "", "", "keys", "queries", "batch"))
        lead = draw(one_of((), (2,), (2, 3), (3,)))
        less = draw(one_of("alike", "alike", "ones", "fewer", "queries"))
        reach = draw(one_of("pairs", "keys", "queries", "all", "first"))
        dtype, palette, layout = draw(one_of(*dtypes)), draw(one_of(*palettes)), draw(one_of("C", "F", "gapped"))
        seed, seen = draw(seeds()), draw(one_of(0.5, 0.8, 0.3))
        if empty and none:
            m, n = (0 if none == "keys" else m), (0 if none == "queries" else n)
            lead = (0, *lead[1:]) if none == "batch" and lead else lead
        ones, fewer = (*lead[:-1], *[1 for _ in lead[-1:]]), lead[1:]
        of_q, of_k, of_v = {
            "alike": (lead, lead, lead),
            "ones": (lead, ones, ones),
            "fewer": (lead, fewer, lead),
            "queries": (fewer, lead, lead),
        }[less]
        q, k, v = (
            lay_out(fill((*at, rows, width), seed and seed + more, dtype, palette), layout)
            for more, (at, rows, width) in enumerate(((of_q, n, d), (of_k, m, d), (of_v, m, e)))
        )
        shape = {
            "pairs": (n, m),
            "keys": (1, m),
            "queries": (n, 1),
            "all": (*lead, n, m),
            "first": (*ones, n, m),
        }[reach]
        grad = fill((*lead, n, e), seed + 4, dtype, "normal")
        mask = mask_of(kind, shape, seed + 3, dtype, seen)
        return {"q": q, "k": k, "v": v, "mask": mask, "is_causal": causal, "as_array": as_array, "grad": grad}

    return Picked(pick)


def two_masks(kinds: tuple[str, ...] = ("bool", "floats", "none", "-inf"), first: tuple[str, ...] = ()) -> Any:
    """A dict with two masks (or None) whose shapes broadcast, and whether they are given as arrays."""

    def pick(draw: Callable) -> dict[str, Any]:
        kind, of_other = draw(one_of(*(first or kinds))), draw(one_of(*kinds))
        n, m = draw(one_of(2, 3, 1)), draw(one_of(3, 2, 1, 4))
        shapes = ((n, m), (m,), (n, 1), (2, 1, 1, m), (2, 2, n, m))
        shape, of_other_shape = draw(one_of(*shapes)), draw(one_of(*shapes))
        turned, as_array = draw(one_of(False, True)), draw(one_of(False, True))
        dtype, seed = draw(one_of("float64", "float32")), draw(seeds())
        pair = [mask_of(kind, shape, seed, dtype, 0.6), mask_of(of_other, of_other_shape, seed + 1, dtype, 0.6)]
        mask, other = reversed(pair) if turned else pair
        return {"mask": mask, "other": other, "as_array": as_array}

    return Picked(pick)


def scored(masks: tuple[str, ...] = MASKS) -> Any:
    """A dict with scores, mask (or None), and whether the mask is given as an array."""

    def pick(draw: Callable) -> dict[str, Any]:
        kind, as_array, dtype = draw(one_of(*masks)), draw(one_of(False, True)), draw(one_of("float64", "float32"))
        lead, n, m = draw(one_of((), (2,), (2, 2), (0,))), draw(one_of(2, 3, 1)), draw(one_of(3, 2, 1, 4, 0))
        shape = draw(one_of((n, m), (m,), (1, m), (n, 1), (*lead, n, m)))
        seed, palette = draw(seeds()), draw(one_of("plain", "normal", "mixed", "large"))
        scores = fill((*lead, n, m), seed, dtype, palette)
        if draw(one_of(False, False, True)):
            scores = np.where(fill(scores.shape, seed, "bool", "normal"), scores, -np.inf).astype(dtype)
        return {"scores": scores, "mask": mask_of(kind, shape, seed, dtype), "as_array": as_array}

    return Picked(pick)


def headed() -> Any:
    """A dict with x and num_heads, which divides its features."""

    def pick(draw: Callable) -> dict[str, Any]:
        heads, depth = draw(one_of(2, 3, 1, 4)), draw(one_of(2, 3, 1))
        lead, n = draw(one_of((2,), (), (3,), (2, 3), (0,))), draw(one_of(3, 2, 4, 1, 0))
        dtype = draw(one_of("float64", "float32"))
        return {"x": fill((*lead, n, heads * depth), draw(seeds()), dtype, "normal"), "num_heads": heads}

    return Picked(pick)


def layer_state(embed_dim: int, bias: bool, seed: int, dtype: str = "float64") -> dict[str, np.ndarray]:
    """A state for a MultiHeadAttention, of random numbers."""
    rng = np.random.default_rng(seed)
    shapes = {
        "in_proj_weight": (3 * embed_dim, embed_dim),
        "in_proj_bias": (3 * embed_dim,),
        "out_proj.weight": (embed_dim, embed_dim),
        "out_proj.bias": (embed_dim,),
    }
    scale = {2: embed_dim**-0.5, 1: 1.0}  # scores of a size at which softmax still weighs
    return {
        name: (scale[len(shape)] * rng.standard_normal(shape)).astype(dtype)
        for name, shape in shapes.items()
        if bias or "bias" not in name
    }


def layers(masked: bool = False) -> Any:
    """A dict with settings, state, inputs, which of them are query, key and value, how (masks) and grad."""

    def pick(draw: Callable) -> dict[str, Any]:
        heads, depth, bias = draw(one_of(2, 1, 3)), draw(one_of(2, 1, 3)), draw(one_of(True, True, False))
        which = draw(one_of((0,), (0, 1), (0, 1, 2), (0,), (0, 0, 1), (0, 1, 1), (0, 1, 0), (0, 0, 0)))
        batch = draw(one_of(2, 0, 3, 1))  # 0: without a batch
        n, m = draw(one_of(3, 2, 1, 4)), draw(one_of(4, 2, 3, 1))
        attn, padding = draw(one_of("bool", "none", "floats", "bool", "-inf")), draw(one_of("none", "bool", "-inf"))
        each, causal = draw(one_of(False, True)), draw(one_of(False, True, False))
        as_array, dtype, seed = draw(one_of(False, True)), draw(one_of("float64", "float32")), draw(seeds())
        embed_dim, lead = heads * depth, (batch,) if batch else ()
        m = m if which in ((0, 1), (0, 1, 2), (0, 1, 1)) else n  # else queries are keys, or values
        parts = [fill((*lead, m if i else n, embed_dim), seed + 1 + i, dtype, "normal") for i in range(max(which) + 1)]
        how: dict[str, Any] = {}
        if masked:
            shape = (max(batch, 1) * heads, n, m) if each else (n, m)
            attn_mask, padding_mask = (
                mask_of(attn, shape, seed + 5, dtype, 0.7),
                mask_of(padding, (*lead, m), seed + 6, dtype, 0.7),
            )
            # True hides here; about the same share is seen.
            for name, mask in (("attn_mask", attn_mask), ("key_padding_mask", padding_mask)):
                if mask is not None:
                    how[name] = ~mask if mask.dtype == bool else mask
            how["is_causal"] = causal
        return {
            "settings": {"embed_dim": embed_dim, "num_heads": heads, "bias": bias},
            "state": layer_state(embed_dim, bias, seed, dtype),
            "inputs": parts,
            "which": which,
            "how": how,
            "as_array": as_array,
            "grad": fill((*lead, n, embed_dim), seed + 7, dtype, "normal"),
        }

    return Picked(pick)


def model_state(sizes: tuple[int, int, int, int], seed: int, dtype: str = "float64") -> dict[str, np.ndarray]:
    """A state for the model of the probes: Linear, MultiHeadAttention, Linear."""
    features, embed_dim, _, classes = sizes
    rng = np.random.default_rng(seed)
    state = {f"look.{name}": array for name, array in layer_state(embed_dim, True, seed + 1, dtype).items()}
    for name, inputs, outputs in (("read", features, embed_dim), ("vote", embed_dim, classes)):
        state[f"{name}.weight"] = rng.standard_normal((outputs, inputs)).astype(dtype)
        state[f"{name}.bias"] = rng.standard_normal(outputs).astype(dtype)
    return state
