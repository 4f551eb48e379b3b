"""Use: tables in networks, tables used twice, and what order has to do with it."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, require, seeds, task
from spec.kit.strategies import fill

from . import draws, probes

WORDS = [
    ["Embedding", {"num_embeddings": 7, "embedding_dim": 3}], ["Flatten", {}],
    ["Linear", {"in_features": 12, "out_features": 5}], ["Tanh", {}], ["Linear", {"in_features": 5, "out_features": 7}],
]  # fmt: skip
"""The language model of Bengio et al. (2003), in small: four words in, one of seven out."""


def weights(seed, padding=None):
    """A state for WORDS."""
    shapes = {"0.weight": (7, 3), "2.weight": (5, 12), "2.bias": (5,), "4.weight": (7, 5), "4.bias": (7,)}
    state = {key: fill(shape, seed + i, "float64", "normal") for i, (key, shape) in enumerate(shapes.items(), 1)}
    if padding is not None:
        state["0.weight"][padding] = 0.0
    return state


def sentences(seed, n=3):
    return np.random.default_rng(seed).integers(0, 7, (n, 4)), np.random.default_rng(seed + 1).integers(0, 7, n)


def plan(padding):
    return [["Embedding", {**WORDS[0][1], "padding_idx": padding}], *WORDS[1:]]


@task(3)
@points(5)
@given(seed=seeds(), padding=st.sampled_from([None, 0, -1, 3]))
def test_a_language_model_of_2003_is_pytorchs(ask, seed, padding):
    """Four words in, the next one out: loss, logits and every gradient are PyTorch's, with and without padding."""
    ids, target = sentences(seed)
    agree(ask, probes.network, plan(padding), weights(seed), ids, target)


@task(3)
@points(5)
@given(seed=seeds(), padding=st.sampled_from([0, 6, None]))
def test_tables_learn_like_pytorchs(ask, seed, padding):
    """Three steps downhill lead to PyTorch's weights; rows of words that never came, and of the padding, stay as they were."""
    ids, target = sentences(seed)
    ids[:, 0] = 0 if padding is None else padding
    state = weights(seed, padding)
    after = agree(ask, probes.trained, plan(padding), state, ids, target, 0.5, 3)["0.weight"]
    still = np.array([row for row in range(7) if row == padding or row not in ids], int)
    assert_close(after[still], state["0.weight"][still], "exact", f"rows {still.tolist()}")


@task(2)
@points(5)
@given(seed=seeds(), shape=st.sampled_from([(4,), (2, 3)]), padding=st.sampled_from([None, 2]))
def test_a_table_used_at_both_ends_gets_both_gradients(ask, seed, shape, padding):
    """A table that is read at the front and multiplied with at the end gets the sum of both gradients; padding only one."""
    rng = np.random.default_rng(seed)
    ids, weight = rng.integers(0, 5, shape), fill((5, 3), seed + 1, "float64", "normal")
    if len(shape) == 2:
        ids, target = ids[:, 0], rng.integers(0, 5, shape[0])
    else:
        target = rng.integers(0, 5, shape)
    agree(ask, probes.tied, ids, weight, target, padding)


LAYERS = [
    ("SinusoidalPositionalEncoding", {"dim": 4, "max_len": 6}),
    ("LearnedPositionalEmbedding", {"dim": 4, "max_len": 6, "rng": 5}),
    ("RotaryEmbedding", {"dim": 4}),
]


@task(4)
@points(5)
@given(seed=seeds(), order=st.permutations(range(5)))
def test_words_have_no_order_until_they_have_positions(ask, seed, order):
    """The mean over a sentence does not change with the order of its words. With positions, of any kind, it does."""
    ids, weight = np.arange(5), fill((5, 4), seed + 1, "float64", "normal")
    other = ids[list(order)]
    plain = [ask(probes.bag, weight, words, None, {}) for words in (ids, other)]
    assert_close(plain[1], plain[0], "composed", "without positions")
    if list(order) == sorted(order):
        return
    for name, settings in LAYERS:
        first, second = (
            draws.shaped(ask(probes.bag, weight, words, name, settings), (4,), "float64") for words in (ids, other)
        )
        require(abs(first - second).max() > 1e-6, f"another mean with {name}", "the same mean")


@task(6)
@points(4)
@given(seed=seeds(), heads=st.sampled_from([(), (2,), (1, 2)]), offset=st.integers(0, 9), dim=st.sampled_from([4, 2]))
def test_scores_of_rotated_rows(ask, seed, heads, offset, dim):
    """All dot products of rotated queries and keys, and their gradients, are PyTorch's, and the same wherever they begin."""
    q, k = (fill((*heads, 3, dim), seed + i, "float64", "normal") for i in (1, 2))
    grad = fill((*heads, 3, 3), seed + 3, "float64", "normal")
    here = agree(ask, probes.scores, q, k, offset, grad)
    there = ask(probes.scores, q, k, offset + 100, grad)
    assert_close(there["value"], here["value"], "composed", "100 positions later")
