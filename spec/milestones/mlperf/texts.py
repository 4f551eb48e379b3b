"""A GPT as the judge sees it: weights drawn for it, and what follows from them."""

from typing import Any

import numpy as np

SETTINGS: dict[str, Any] = {"vocab_size": 64, "dim": 96, "num_layers": 2, "num_heads": 8, "context": 512}


def drawn_state(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Weights of a size at which tokens matter to each other, in float64; head and token_embedding share theirs."""
    vocab, dim = SETTINGS["vocab_size"], SETTINGS["dim"]
    shapes = {"token_embedding.weight": (vocab, dim), "position_embedding.weight": (SETTINGS["context"], dim)}
    for layer in range(SETTINGS["num_layers"]):
        b = f"blocks.{layer}"
        shapes |= {f"{b}.norm1.weight": (dim,), f"{b}.norm1.bias": (dim,)}
        shapes |= {f"{b}.attention.in_proj_weight": (3 * dim, dim), f"{b}.attention.in_proj_bias": (3 * dim,)}
        shapes |= {f"{b}.attention.out_proj.weight": (dim, dim), f"{b}.attention.out_proj.bias": (dim,)}
        shapes |= {f"{b}.norm2.weight": (dim,), f"{b}.norm2.bias": (dim,)}
        shapes |= {f"{b}.feed_forward.up.weight": (4 * dim, dim), f"{b}.feed_forward.up.bias": (4 * dim,)}
        shapes |= {f"{b}.feed_forward.down.weight": (dim, 4 * dim), f"{b}.feed_forward.down.bias": (dim,)}
    shapes |= {"norm.weight": (dim,), "norm.bias": (dim,)}
    state = {}
    for name, shape in shapes.items():
        near = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        size = 0.2 if len(shape) == 1 else 1.5 / np.sqrt(shape[-1])
        state[name] = near + size * rng.standard_normal(shape)
    return state | {"head.weight": state["token_embedding.weight"]}


def logits_of(state: dict[str, np.ndarray], ids: np.ndarray) -> np.ndarray:
    """What the GPT says after each of the ids (n,): (n, vocab_size), in float64."""
    n, heads = len(ids), SETTINGS["num_heads"]
    x = state["token_embedding.weight"][ids] + state["position_embedding.weight"][:n]
    hidden = np.triu(np.ones((n, n), bool), 1)
    for layer in range(SETTINGS["num_layers"]):
        b = f"blocks.{layer}."
        rows = (
            _normed(x, state, b + "norm1") @ state[b + "attention.in_proj_weight"].T
            + state[b + "attention.in_proj_bias"]
        )
        q, k, v = rows.reshape(n, 3, heads, -1).transpose(1, 2, 0, 3)
        scores = np.where(hidden, -np.inf, q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]))
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        seen = (weights / weights.sum(-1, keepdims=True)) @ v
        x = x + _linear(seen.transpose(1, 0, 2).reshape(n, -1), state, b + "attention.out_proj")
        up = _linear(_normed(x, state, b + "norm2"), state, b + "feed_forward.up")
        up = 0.5 * up * (1 + np.tanh(np.sqrt(2 / np.pi) * (up + 0.044715 * up**3)))
        x = x + _linear(up, state, b + "feed_forward.down")
    return _normed(x, state, "norm") @ state["head.weight"].T


def surprise(state: dict[str, np.ndarray], text: np.ndarray, prompt: int) -> float:
    """By how much the logit of a token that was written lies below the largest, at worst."""
    logits = logits_of(state, text)[prompt - 1 : -1]
    return float((logits.max(1) - logits[np.arange(len(logits)), text[prompt:]]).max())


def _linear(x: np.ndarray, state: dict[str, np.ndarray], name: str) -> np.ndarray:
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def _normed(x: np.ndarray, state: dict[str, np.ndarray], name: str) -> np.ndarray:
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5)
    return x * state[f"{name}.weight"] + state[f"{name}.bias"]
