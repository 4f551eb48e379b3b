"""What the laws of this kata draw: vectors to normalise, blocks, small GPTs with their weights, logits."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit import require, seeds
from spec.kit.strategies import Picked, fill, lay_out, one_of, whole


def vectors(dtypes: tuple[str, ...] = ("float64",), palettes: tuple[str, ...] = ("plain", "normal", "mixed")) -> Any:
    """A dict with x (…, dim) of one to four axes, its state (weight and bias), grad, and eps."""

    def pick(draw: Callable) -> dict[str, Any]:
        lead, dim = draw(one_of((3,), (), (2, 3), (1,), (0,), (2, 1, 2))), draw(one_of(4, 3, 5, 8, 2, 1))
        dtype, palette, seed = draw(one_of(*dtypes)), draw(one_of(*palettes)), draw(seeds())
        return {
            "x": lay_out(fill((*lead, dim), seed, dtype, palette), draw(one_of("C", "F", "gapped"))),
            "weight": fill((dim,), seed + 1, dtype, "normal"),
            "bias": fill((dim,), seed + 2, dtype, "normal") if draw(one_of(True, True, False)) else None,
            "grad": fill((*lead, dim), seed + 3, dtype, "normal"),
            "eps": draw(one_of(1e-5, 1e-3, 0.5)),
        }

    return Picked(pick)


def weights(shapes: dict[str, tuple[int, ...]], seed: int, dtype: str = "float64") -> dict[str, np.ndarray]:
    """A state of these shapes: small numbers for matrices, numbers near 1 for the scales of norms."""
    state = {}
    for place, (name, shape) in enumerate(shapes.items()):
        array = fill(shape, seed + place + 1, "float64", "normal")
        if "norm" in name or (name.rpartition(".")[2] == "weight" and len(shape) == 1):
            array = 0.2 * array + (1.0 if name.endswith("weight") else 0.0)
        else:
            array = array / np.sqrt(shape[-1])
        state[name] = array.astype(dtype)
    return state


def block_shapes(
    dim: int, hidden: int, norm: str = "LayerNorm", network: str = "FeedForward", rotary: bool = False
) -> dict[str, tuple]:
    """Names and shapes of a block's state, in order."""
    norms = ["weight", "bias"] if norm == "LayerNorm" else ["weight"]
    shapes: dict[str, tuple] = {f"norm1.{part}": (dim,) for part in norms}
    if rotary:
        shapes |= {f"attention.{name}.weight": (dim, dim) for name in ("q", "k", "v", "o")}
    else:
        shapes |= {"attention.in_proj_weight": (3 * dim, dim), "attention.in_proj_bias": (3 * dim,)}
        shapes |= {"attention.out_proj.weight": (dim, dim), "attention.out_proj.bias": (dim,)}
    shapes |= {f"norm2.{part}": (dim,) for part in norms}
    if network == "FeedForward":
        shapes |= {"feed_forward.up.weight": (hidden, dim), "feed_forward.up.bias": (hidden,)}
        return shapes | {"feed_forward.down.weight": (dim, hidden), "feed_forward.down.bias": (dim,)}
    shapes |= {"feed_forward.gate.weight": (hidden, dim), "feed_forward.up.weight": (hidden, dim)}
    return shapes | {"feed_forward.down.weight": (dim, hidden)}


def gpt_shapes(settings: dict[str, Any]) -> dict[str, tuple]:
    """Names and shapes of a GPT's state, in order."""
    vocab, dim = settings["vocab_size"], settings["dim"]
    shapes: dict[str, tuple] = {
        "token_embedding.weight": (vocab, dim),
        "position_embedding.weight": (settings["context"], dim),
    }
    for layer in range(settings["num_layers"]):
        shapes |= {f"blocks.{layer}.{name}": shape for name, shape in block_shapes(dim, 4 * dim).items()}
    return shapes | {"norm.weight": (dim,), "norm.bias": (dim,), "head.weight": (vocab, dim)}


def gpt_state(settings: dict[str, Any], seed: int, dtype: str = "float64") -> dict[str, np.ndarray]:
    """A state for a GPT; tied, its head is its table of tokens."""
    state = weights(gpt_shapes(settings), seed, dtype)
    if settings.get("tie_weights", True):
        state["head.weight"] = state["token_embedding.weight"]
    return state


SETTINGS = (
    {"vocab_size": 7, "dim": 8, "num_layers": 2, "num_heads": 2, "context": 5},
    {"vocab_size": 5, "dim": 6, "num_layers": 1, "num_heads": 3, "context": 4},
    {"vocab_size": 6, "dim": 8, "num_layers": 1, "num_heads": 1, "context": 6, "tie_weights": False},
    {"vocab_size": 9, "dim": 4, "num_layers": 3, "num_heads": 4, "context": 3},
)


def models(batches: tuple = ((2,), (), (3,), (1,))) -> Any:
    """A dict with the settings of a GPT, the seed of its state, and ids (…, n) and targets that fit."""

    def pick(draw: Callable) -> dict[str, Any]:
        settings, batch = draw(one_of(0, 1, 2, 3)), draw(one_of(*batches))
        settings = SETTINGS[settings]
        n, seed = draw(whole(1, settings["context"])), draw(seeds())
        ids, targets = np.random.default_rng(seed).integers(0, settings["vocab_size"], (2, *batch, n))
        return {"settings": settings, "seed": seed, "ids": ids, "targets": targets}

    return Picked(pick)


def logits(sizes: tuple[int, ...] = (5, 3, 8, 2, 1)) -> Any:
    """An array of logits (…, vocab) in which no two are equal, some of them far apart."""

    def pick(draw: Callable) -> np.ndarray:
        lead, size = draw(one_of((), (3,), (2, 2))), draw(one_of(*sizes))
        scale, dtype = draw(one_of(1.0, 3.0, 100.0)), draw(one_of("float64", "float32"))
        rng = np.random.default_rng(draw(seeds()))
        # Steps of 1/8 in an order of their own keep any two apart.
        steps = np.stack([rng.permutation(size) for _ in range(int(np.prod(lead)))]).reshape(*lead, size)
        return (scale * (steps / 8 + rng.random((*lead, 1)))).astype(dtype)

    return Picked(pick)


def named(got: dict[str, Any], want: dict[str, Any], ordered: bool = True) -> None:
    """Names of a state: says which are missing, which are too many, or which is the first out of order, if that counts."""
    missing, more = ([name for name in one if name not in other] for one, other in ((want, got), (got, want)))
    require(not missing, f"names, among them {', '.join(missing[:4])}", "a state without " + ", ".join(missing[:4]))
    require(not more, "no names but those of the docstring", "further ones: " + ", ".join(more[:4]))
    for place, (mine, theirs) in enumerate(zip(got, want, strict=True)):
        require(mine == theirs or not ordered, f"{theirs} as name {place} of the state", mine)


def shaped(got: Any, shape: tuple[int, ...], dtype: str, name: str = "the answer") -> np.ndarray:
    """`got`, if it is an array of this shape and dtype: laws that go on computing with an answer ask first."""
    found = f"{got.dtype} {got.shape}" if isinstance(got, np.ndarray) else f"a {type(got).__name__}"
    require(got is not None, f"{name}: {dtype} {tuple(shape)}", f"{name}: None, there is none")
    require(found == f"{dtype} {tuple(shape)}", f"{name}: {dtype} {tuple(shape)}", found)
    return got
