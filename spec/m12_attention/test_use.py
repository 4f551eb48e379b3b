"""Use: a layer among others, what it learns to look at, and the same attention over loops, in checkpoints, under gradcheck."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, require, seeds, share, task

from . import draws, probes


@task(6)
@points(8)
@share(2)
@given(padded=st.booleans(), heads=st.sampled_from([2, 1]), seed=seeds())
def test_a_network_that_looks_around_is_pytorchs(ask, padded, heads, seed):
    """Loss, logits and every gradient of a small network with attention in the middle are PyTorch's, padded or not."""
    sizes = 3, 2 * heads, heads, 3
    x, target = draws.normal((3, 4, 3), seed), np.array([2, 0, 1])
    padding = np.arange(4) >= np.array([[4], [2], [3]]) if padded else None
    agree(ask, probes.network, sizes, draws.model_state(sizes, seed), x, padding, target)


def lookups(count: int, tokens: int, kinds: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sequences, their answers, and where these stand: token 0 asks for a kind, one other token is of it and has the answer.

    A token is: one-hot kind, whether it asks, and what it carries (-1 or 1).
    """
    rng = np.random.default_rng(seed)
    x, where = np.zeros((count, tokens + 1, kinds + 2)), np.zeros(count, "int64")
    for row in range(count):
        kind = rng.permutation(kinds)[:tokens]
        where[row] = 1 + rng.integers(tokens)
        x[row, np.arange(1, tokens + 1), kind] = 1.0
        x[row, 1:, -1] = rng.choice([-1.0, 1.0], tokens)
        x[row, 0, kind[where[row] - 1]] = x[row, 0, -2] = 1.0
    target = (x[np.arange(count), where, -1] > 0).astype("int64")
    return x, target, where


@task(6)
@points(7)
def test_it_learns_where_to_look(ask):
    """Gradient descent teaches a small network to find, among three tokens, the one that it is asked for: it answers for new
    sequences, and its weights show that it looks there."""
    sizes = 5, 8, 1, 2
    state = {name: array * (0.6 if "weight" in name else 0.0) for name, array in draws.model_state(sizes, 8).items()}
    x, target, _ = lookups(128, 3, 3, seed=1)
    tests, answers, where = lookups(40, 3, 3, seed=2)
    got = ask(probes.learn, sizes, state, x, target, tests, 0.5, 80, deadline=20)
    right = float((got["votes"] == answers).mean())
    require(right >= 0.9, "90 % of new sequences answered", f"{right:.0%}")
    looks = got["looks"][np.arange(len(tests)), where].mean()
    require(
        float(looks) >= 0.4, "40 % of the looks at the token asked for, where blind ones would be 25 %", f"{looks:.0%}"
    )


@task(5)
@points(4)
@share(2)
@given(heads=st.sampled_from([2, 3, 1]), seed=seeds())
def test_every_head_is_the_definition(ask, heads, seed):
    """A layer's answer is what the loops make of each head's features, put side by side and projected."""
    e = 2 * heads
    settings, state = {"embed_dim": e, "num_heads": heads}, draws.layer_state(e, True, seed)
    got = ask(probes.head_by_head, settings, state, draws.normal((2, 3, e), seed))
    assert_close(got["layer"], got["by hand"], "composed")


@task(5)
@points(3)
@share(2)
@given(seed=seeds())
def test_attention_can_be_computed_again(ask, seed):
    """Through checkpoint, which forgets the weights and computes them a second time, the gradients are the same."""
    settings, state = {"embed_dim": 4, "num_heads": 2}, draws.layer_state(4, True, seed)
    agree(ask, probes.recomputed, settings, state, draws.normal((2, 3, 4), seed), draws.normal((2, 3, 4), seed + 1))


@task(3)
@points(2)
@share(3)
@given(masked=st.booleans(), causal=st.booleans(), seed=seeds())
def test_small_steps_agree_with_the_gradients(ask, masked, causal, seed):
    """gradcheck believes the gradients of attention, with a row that sees nothing, too."""
    q, k, v = (draws.normal((2, 3, 2), seed + more) for more in range(3))
    mask = np.array([[True, False, True], [False, False, False], [True, True, False]]) if masked else None
    require(ask(probes.believed, q, k, v, mask, causal) is True, "gradcheck says True", "something else")


@points(1)
@pytest.mark.parametrize(
    "kernel",
    [
        pytest.param("attention_explicit", marks=task(1)),
        pytest.param("scaled_dot_product_attention", marks=task(3)),
    ],
)
@share(3)
@given(case=draws.attentions(dtypes=("float64",), empty=False, masks=("bool", "-inf", "none")))
def test_what_is_given_stays_as_it_is(ask, kernel, case):
    """The same queries, keys, values and mask can be used again: nothing was written into them."""
    agree(ask, probes.used_again, kernel, case["q"], case["k"], case["v"], case["mask"])


@task(6)
@points(1)
@share(3)
@given(
    attn=st.sampled_from(["bool", "-inf"]), padding=st.sampled_from(["bool", "-inf"]), each=st.booleans(), seed=seeds()
)
def test_masks_can_be_used_again(ask, attn, padding, each, seed):
    """The same tokens and masks can be used again, causal first and then not: nothing was written into them."""
    shape = (4, 3, 3) if each else (3, 3)
    masks = {
        "attn_mask": draws.mask_of(attn, shape, seed, "float64", 0.4 if attn == "bool" else 0.7),
        "key_padding_mask": draws.mask_of(padding, (2, 3), seed + 1, "float64", 0.4 if padding == "bool" else 0.7),
    }
    settings = {"embed_dim": 4, "num_heads": 2}
    agree(
        ask, probes.layer_used_again, settings, draws.layer_state(4, True, seed), draws.normal((2, 3, 4), seed), masks
    )
