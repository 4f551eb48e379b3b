"""Build: norms, feed-forward networks, blocks, a GPT."""

import math

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import Bounded, agree, assert_close, given, points, refuses, require, seeds, share, task
from spec.kit.strategies import fill

from . import draws, oracles, probes

NORMS = ["LayerNorm", "RMSNorm"]


def zeros(*shape):
    return np.zeros(shape, "float32")


# ------------------------------------------------------------- 1. norms


@task(1)
@points(5)
@pytest.mark.parametrize("name", NORMS)
@given(case=draws.vectors(palettes=("plain", "normal", "mixed", "ties", "large", "tiny")))
def test_norms_are_pytorchs(ask, name, case):
    """A norm has PyTorch's values and all its gradients, for vectors of any number of axes and any eps."""
    bias = case["bias"] if name == "LayerNorm" else None
    agree(ask, probes.norm, name, case["x"], case["weight"], bias, case["grad"], case["eps"], kind="reduction")


@task(1)
@points(2)
@pytest.mark.parametrize("name", NORMS)
@share(2)
@given(case=draws.vectors(dtypes=("float32",)))
def test_norms_keep_float32(ask, name, case):
    """float32 in is float32 out, on the way back, too, and right."""
    bias = case["bias"] if name == "LayerNorm" else None
    agree(ask, probes.norm, name, case["x"], case["weight"], bias, case["grad"], case["eps"], kind="composed")


@task(1)
@points(2)
@given(seed=seeds(), far=st.sampled_from([100.0, 1000.0, -10000.0]))
def test_vectors_far_from_zero_are_normalised_too(ask, seed, far):
    """In float32, numbers far from 0 keep their differences: the variance is not the difference of two large squares."""
    x = (fill((3, 8), seed, "float64", "normal") + far).astype("float32")
    spread = x.astype("float64").std(-1, keepdims=True)
    want = (x - x.astype("float64").mean(-1, keepdims=True)) / np.sqrt(spread**2 + 1e-5)
    got = ask(probes.applied, "LayerNorm", {"dim": 8}, x)
    assert_close(got, Bounded(want.astype("float32"), abs(far) / spread), "reduction")


@task(1)
@points(2)
@given(seed=seeds(), factor=st.sampled_from([2.0, 1000.0, 0.5]), shift=st.sampled_from([0.0, 3.0, -50.0]))
def test_what_norms_do_not_see(ask, seed, factor, shift):
    """Neither norm sees how long a vector is, and LayerNorm not where its mean is (but for eps)."""
    x = fill((4, 6), seed, "float64", "normal")
    for name, moved in (("LayerNorm", factor * x + shift), ("RMSNorm", factor * x)):
        settings = {"dim": 6, "eps": 0.0}
        here, there = (draws.shaped(ask(probes.applied, name, settings, t), (4, 6), "float64") for t in (x, moved))
        assert_close(there, Bounded(here, 100.0), "reduction", name)
    here, there = (draws.shaped(ask(probes.applied, "RMSNorm", {"dim": 6}, t), (4, 6), "float64") for t in (x, x + 3.0))
    require(abs(there - here).max() > 1e-3, "an RMSNorm that sees where the mean is", "the same result")


@task(1)
@points(2)
def test_first_values_of_norms(ask):
    """A norm starts with a weight of ones and, a LayerNorm, a bias of zeros, in float32; its eps is 1e-5."""
    ones, nothing = np.ones(3, "float32"), zeros(3)
    assert_close(ask(probes.state_of, "LayerNorm", {"dim": 3}), {"weight": ones, "bias": nothing}, "exact")
    assert_close(ask(probes.state_of, "LayerNorm", {"dim": 3, "bias": False}), {"weight": ones}, "exact")
    assert_close(ask(probes.state_of, "RMSNorm", {"dim": 3}), {"weight": ones}, "exact")
    x = np.array([[1e-3, -1e-3, 0.0]])
    for name in NORMS:
        want = x / np.sqrt((x * x).mean() + 1e-5)
        assert_close(ask(probes.applied, name, {"dim": 3}, x), want, "composed", f"{name} with its usual eps")


@task(1)
@points(2)
@pytest.mark.parametrize("name", NORMS)
@share(2)
@given(seed=seeds())
def test_norms_remember_each_call_by_itself(ask, name, seed):
    """Two results of one norm that wait for their way back together do not mix up what they remember."""
    xs, grads = ([fill((2, 4), seed + 2 * i + j, "float64", "normal") for j in (0, 1)] for i in (0, 1))
    agree(ask, probes.norms_twice, name, xs, grads, kind="reduction")


@task(1)
@pytest.mark.parametrize("name", NORMS)
def test_norms_refuse_other_vectors(ask, name):
    """Vectors of another length are a ValueError that names their shape and dim, even where they would broadcast."""
    for shape in ((2, 3), (2, 1), (8,)):
        refuses(ask, ValueError, probes.applied, name, {"dim": 4}, zeros(*shape), naming=[shape, 4])


# ---------------------------------------------------- 2. feed-forward


NETWORKS = {
    "FeedForward": (
        {"dim": 4, "hidden": 6},
        {"up.weight": (6, 4), "up.bias": (6,), "down.weight": (4, 6), "down.bias": (4,)},
    ),
    "no bias": ({"dim": 3, "hidden": 5, "bias": False}, {"up.weight": (5, 3), "down.weight": (3, 5)}),
    "SwiGLU": ({"dim": 4, "hidden": 6}, {"gate.weight": (6, 4), "up.weight": (6, 4), "down.weight": (4, 6)}),
}


@task(2)
@points(3)
@pytest.mark.parametrize("row", NETWORKS)
@share(2)
@given(seed=seeds(), lead=st.sampled_from([(3,), (), (2, 3)]), palette=st.sampled_from(["normal", "plain", "mixed"]))
def test_feed_forward_networks_are_pytorchs(ask, row, seed, lead, palette):
    """A feed-forward network with a given state has PyTorch's values and all its gradients."""
    settings, shapes = NETWORKS[row]
    name = "SwiGLU" if row == "SwiGLU" else "FeedForward"
    x, grad = (fill((*lead, settings["dim"]), seed + i, "float64", p) for i, p in ((1, palette), (2, "normal")))
    agree(ask, probes.module, name, settings, draws.weights(shapes, seed), x, grad)


@task(2)
@points(2)
def test_feed_forward_networks_are_made(ask):
    """Names, shapes, usual widths: four times dim, or two thirds of that with a gate; the same seed, the same numbers."""
    wide = {"up.weight": (16, 4), "up.bias": (16,), "down.weight": (4, 16), "down.bias": (4,)}
    gated = {"gate.weight": (10, 4), "up.weight": (10, 4), "down.weight": (4, 10)}
    for name, shapes in (("FeedForward", wide), ("SwiGLU", gated)):
        first, again = (ask(probes.state_of, name, {"dim": 4, "rng": 7}) for _ in range(2))
        kinds = {key: (str(array.dtype), array.shape) for key, array in first.items()}
        assert_close(kinds, {key: ("float32", shape) for key, shape in shapes.items()}, "exact", name)
        assert_close(again, first, "exact", f"{name}, the same seed")
        one, two = ask(probes.generator_moves_on, name, {"dim": 4}, 7)
        require(not np.array_equal(one["up.weight"], two["up.weight"]), "two networks that differ", "the same twice")
        up, down = (first[f"{part}.weight"].reshape(-1)[:6] for part in ("up", "down"))
        alike = np.allclose(up / up[0], down / down[0], rtol=1e-4)
        require(
            not alike,
            "layers that start with numbers of their own",
            "the same numbers in up and down, but for a factor",
        )


@task(2)
def test_feed_forward_networks_refuse_other_vectors(ask):
    """Vectors of another length are a ValueError that names their shape and dim."""
    for name in ("FeedForward", "SwiGLU"):
        refuses(ask, ValueError, probes.applied, name, {"dim": 4}, zeros(2, 3), naming=[(2, 3), 4])


# ------------------------------------------------------------- 3. blocks


def blocks(seed, dim, norm="LayerNorm", network="FeedForward", hidden=None):
    return draws.weights(draws.block_shapes(dim, hidden or 4 * dim, norm, network), seed)


@task(3)
@points(8)
@given(
    sizes=st.sampled_from([(8, 2), (6, 3), (4, 1)]), lead=st.sampled_from([(2,), (), (3,)]), n=st.integers(1, 5),
    is_causal=st.booleans(), padded=st.booleans(), hidden=st.sampled_from([None, 5]), seed=seeds(),
)  # fmt: skip
def test_blocks_are_pytorchs(ask, sizes, lead, n, is_causal, padded, hidden, seed):
    """A block with a given state has PyTorch's values and all its gradients, looking back only or all around, with and
    without tokens that are hidden."""
    dim, heads = sizes
    x, grad = (fill((*lead, n, dim), seed + i, "float64", "normal") for i in (1, 2))
    tokens = None
    if padded:
        tokens = np.random.default_rng(seed).random((*lead, n)) < 0.4
        tokens[..., 0] = False  # a token that sees nothing is nan in PyTorch
    parts = ["LayerNorm", "FeedForward", hidden]
    state = blocks(seed, dim, hidden=hidden)
    agree(ask, probes.block, {"dim": dim, "num_heads": heads}, parts, state, x, grad, tokens, is_causal)


@task(3)
@points(3)
@share(2)
@given(seed=seeds(), n=st.integers(2, 5), place=st.integers(0, 3))
def test_no_token_sees_those_after_it(ask, seed, n, place):
    """A later token changes nothing before it, neither results nor gradients; and it does change what comes after."""
    place = min(place, n - 2)
    settings, parts, state = {"dim": 8, "num_heads": 2}, ["LayerNorm", "FeedForward", None], blocks(seed, 8)
    x, grad = (fill((1, n, 8), seed + i, "float64", "normal") for i in (1, 2))
    grad[:, place + 1 :] = 0.0
    other = x.copy()
    other[:, place + 1 :] += 1.0 + fill((1, n - place - 1, 8), seed + 3, "float64", "normal") ** 2
    first, second = (ask(probes.block, settings, parts, state, t, grad, None, True) for t in (x, other))
    for found in (first, second):
        for key in ("value", "grad of x"):
            draws.shaped(found[key], x.shape, "float64", key)
    changed = f"after a change of tokens {place + 1} to {n - 1}"
    assert_close(
        second["value"][:, : place + 1], first["value"][:, : place + 1], "composed", f"results 0 to {place} {changed}"
    )
    assert_close(second["grad of x"], first["grad of x"], "composed", f"gradient of x {changed}, with grad 0 there")
    later = f"gradient of x from token {place + 1} on, where grad is 0"
    assert_close(first["grad of x"][:, place + 1 :], grad[:, place + 1 :], "exact", later)
    moved = ask(probes.block, settings, parts, state, x[:, 1:], grad[:, 1:], None, True)["value"]
    draws.shaped(moved, (1, n - 1, 8), "float64")
    require(abs(moved - first["value"][:, 1:]).max() > 1e-6, "another result without the first token", "the same")


@task(3)
@points(2)
@share(3)
@given(seed=seeds(), order=st.permutations(range(4)))
def test_without_positions_order_does_not_matter(ask, seed, order):
    """Looking all around, tokens in another order have the same results in that order."""
    settings, parts, state = {"dim": 8, "num_heads": 4}, ["LayerNorm", "FeedForward", None], blocks(seed, 8)
    x, grad = (fill((2, 4, 8), seed + i, "float64", "normal") for i in (1, 2))
    first, second = (
        ask(probes.block, settings, parts, state, x[:, p], grad[:, p], None, False)
        for p in (list(range(4)), list(order))
    )
    for name in ("value", "grad of x"):
        draws.shaped(first[name], x.shape, "float64", name)
        assert_close(second[name], np.ascontiguousarray(first[name][:, list(order)]), "composed", name)


@task(3)
@points(3)
def test_dropout_drops_what_is_added(ask):
    """With dropout 1 a block in training adds nothing at all; with ½ it draws anew each time; in eval mode nothing is dropped."""
    seed = 7
    settings, state = {"dim": 8, "num_heads": 2}, blocks(seed, 8)
    x = fill((2, 20, 8), seed + 1, "float64", "normal")
    full = ask(probes.dropped, "TransformerBlock", settings, state, x, True)[0]
    nothing = ask(probes.dropped, "TransformerBlock", {**settings, "dropout": 1.0}, state, x, True)[0]
    assert_close(nothing, x, "composed", "dropout 1")
    for p in (0.5, 1.0):
        seen = ask(probes.dropped, "TransformerBlock", {**settings, "dropout": p}, state, x, False)
        assert_close(seen, [full, full], "composed", f"dropout {p} in eval mode")
    half = ask(probes.dropped, "TransformerBlock", {**settings, "dropout": 0.5, "rng": 3}, state, x, True)
    require(not np.array_equal(*half), "two different draws", "the same twice")
    draws.shaped(half[0], x.shape, "float64")
    share = float((half[0] == x).mean())  # 320 numbers, to which neither part adds anything with probability ¼
    require(0.12 < share < 0.4, "about ¼ of the numbers as they were (each part adds half of its own)", f"{share:.2f}")


@task(3)
@points(3)
def test_blocks_are_made(ask):
    """Names, order and shapes of a block's state; heads that do not divide the width are a ValueError that names both."""
    for settings, hidden in (({"dim": 6, "num_heads": 2}, 24), ({"dim": 4, "num_heads": 4, "hidden": 5}, 5)):
        got = ask(probes.state_of, "TransformerBlock", settings)
        want = draws.block_shapes(settings["dim"], hidden)
        draws.named(got, want)
        kinds = {key: (str(array.dtype), array.shape) for key, array in got.items()}
        assert_close(kinds, {key: ("float32", shape) for key, shape in want.items()}, "exact")
    for dim, heads in ((6, 4), (8, 3), (4, 8)):
        refuses(ask, ValueError, probes.made, "TransformerBlock", {"dim": dim, "num_heads": heads}, naming=[dim, heads])
    one, two = ask(probes.generator_moves_on, "TransformerBlock", {"dim": 4, "num_heads": 2}, 5)
    for name in ("attention.in_proj_weight", "feed_forward.up.weight"):
        require(not np.array_equal(one[name], two[name]), f"two blocks with another {name}", "the same")


# ---------------------------------------------------------------- 4. GPT


@task(4)
@points(4)
@share(2)
@given(case=draws.models(), form=st.sampled_from(["array", "list", "Tensor"]))
def test_logits_are_pytorchs(ask, case, form):
    """A GPT has the logits of a PyTorch twin with the same weights, whatever its sizes, tied or not, for one text or several."""
    agree(ask, probes.logits, case["settings"], draws.gpt_state(case["settings"], case["seed"]), case["ids"], form)


@task(4)
@points(8)
@given(case=draws.models())
def test_every_gradient_is_pytorchs(ask, case):
    """Cross-entropy of a GPT and the gradient of every Parameter are a PyTorch twin's; a tied one gets both of its parts."""
    state = draws.gpt_state(case["settings"], case["seed"])
    agree(ask, probes.gpt_gradients, case["settings"], state, case["ids"], case["targets"])


@task(4)
@points(2)
@share(5)
@given(seed=seeds())
def test_a_gpt_is_float32(ask, seed):
    """A GPT computes in float32 unless it is told otherwise, and is right to its accuracy."""
    settings = draws.SETTINGS[0]
    state = draws.gpt_state(settings, seed, "float32")
    ids = np.random.default_rng(seed).integers(0, 7, (2, 5))
    got = ask(probes.logits, settings, state, ids, "array", "float32")
    want = oracles.logits(settings, state, ids).astype("float32")
    assert_close(got, Bounded(want, 20 * abs(want).max()), "reduction")


@task(4)
@points(3)
@pytest.mark.parametrize("row", [0, 2, 3])
def test_a_gpt_is_made(ask, row):
    """Names, order, shapes and dtype of a GPT's state; as many blocks as asked for, none, too; heads that do not divide are
    refused, also then."""
    for settings in (draws.SETTINGS[row], {**draws.SETTINGS[row], "num_layers": 0}):
        got = ask(probes.state_of, "GPT", settings)
        want = draws.gpt_shapes(settings)
        draws.named(got, want)
        kinds = {key: (str(array.dtype), array.shape) for key, array in got.items()}
        assert_close(kinds, {key: ("float32", shape) for key, shape in want.items()}, "exact")
        refuses(ask, ValueError, probes.made, "GPT", {**settings, "num_heads": 5}, naming=[settings["dim"], 5])


FIRST = {"vocab_size": 40, "dim": 32, "num_layers": 4, "num_heads": 2, "context": 30}


@task(4)
@points(3)
@share(10)
@given(seed=st.integers(0, 100))
def test_first_values_are_gpt_2s(ask, seed):
    """Weights start normal with deviation 0.02, those that are added with 0.02 / √(2 · layers); biases 0, scales 1."""
    settings = {**FIRST, "tie_weights": bool(seed % 2), "rng": seed}
    got, again = (ask(probes.state_of, "GPT", settings) for _ in range(2))
    assert_close(again, got, "exact", "the same seed")
    seen = set()
    for name, array in got.items():
        if array.ndim == 1:
            assert_close(
                array, np.full(array.shape, float("norm" in name and name.endswith("weight")), "float32"), "exact", name
            )
            continue
        added = name.endswith(("out_proj.weight", "down.weight"))
        std = 0.02 / math.sqrt(8) if added else 0.02
        values = array.astype("float64") / std
        give = 6 / math.sqrt(array.size)  # six standard deviations of a mean
        wanted = f"{name}: mean 0 and standard deviation {std:.4g}"
        fair = abs(values.mean()) < give and abs(values.std() - 1) < give and abs(values).max() > 2.2
        require(fair, wanted, f"{values.mean() * std:.3g} and {values.std() * std:.4g}")
        if name != "head.weight":
            seen.add(array.reshape(-1)[:3].tobytes())
    require(len(seen) == 2 + 4 * 4, "other numbers in every weight", "the same numbers in several")


@task(4)
@points(2)
@share(4)
@given(seed=st.integers(0, 100), vocab=st.sampled_from([20, 300]))
def test_at_first_every_token_is_as_likely(ask, seed, vocab):
    """A GPT that has learnt nothing has a loss of about ln(vocab_size)."""
    settings = {"vocab_size": vocab, "dim": 16, "num_layers": 2, "num_heads": 2, "context": 12, "rng": seed}
    ids, targets = np.random.default_rng(seed).integers(0, vocab, (2, 4, 12))
    loss = ask(probes.loss_at_first, settings, ids, targets)
    wanted = f"about ln({vocab}) = {math.log(vocab):.3f}"
    require(type(loss) is float and abs(loss - math.log(vocab)) < 0.1, wanted, f"{loss:.3f}")


@task(4)
@points(3)
def test_head_and_table_are_one(ask):
    """Tied, head and token table are one Parameter, listed once and saved under both names, also after loading; untied, two."""
    for tie in (True, False):
        settings = {**draws.SETTINGS[0], "tie_weights": tie}
        want = {"one": tie, "listed": 1, "saved": ["token_embedding.weight", "head.weight"]}
        assert_close(ask(probes.tied, settings), want, "exact", f"tie_weights={tie}")
        state = draws.gpt_state(settings, 3)
        got = ask(probes.loaded, settings, state, np.array([1, 2, 3]))
        assert_close(got, {"same": True, "tied": tie}, "exact", "after loading")


@task(4)
@points(2)
def test_a_gpt_drops_its_embeddings(ask):
    """With dropout 1, in training, no token and no position is left to see; in eval mode nothing is dropped."""
    seed = 11
    settings = draws.SETTINGS[0]
    state, ids = draws.gpt_state(settings, seed), np.random.default_rng(seed).integers(0, 7, (2, 4))
    plain = ask(probes.dropped, "GPT", settings, state, ids, True)[0]
    for p in (0.5, 1.0):
        quiet = ask(probes.dropped, "GPT", {**settings, "dropout": p}, state, ids, False)
        assert_close(quiet, [plain, plain], "composed", f"dropout {p} in eval mode")
    nothing = ask(probes.dropped, "GPT", {**settings, "dropout": 1.0}, state, ids, True)[0]
    want = np.broadcast_to(state["head.weight"] @ state["norm.bias"], (2, 4, 7))
    assert_close(nothing, np.array(want), "composed", "dropout 1 in training: the last norm's bias alone")
    half = ask(probes.dropped, "GPT", {**settings, "dropout": 0.5, "rng": 3}, state, ids, True)
    require(not np.array_equal(*half), "two different draws", "the same twice")


@task(4)
@points(3)
def test_ids_that_do_not_fit_are_refused(ask):
    """More tokens than the context holds are a ValueError, ids that are not in the vocabulary an IndexError; both are named."""
    settings = draws.SETTINGS[0]  # context 5, vocabulary 7
    for shape in ((6,), (2, 6), (1, 9)):
        refuses(ask, ValueError, probes.refused_ids, settings, np.zeros(shape, int), naming=[shape[-1], 5])
    for shape in ((), (1, 2, 3)):
        refuses(ask, ValueError, probes.refused_ids, settings, np.zeros(shape, int), naming=[shape])
    for stray in (7, -1, 50):
        refuses(ask, IndexError, probes.refused_ids, settings, np.array([[0, stray]]), naming=[stray, 7])
    refuses(ask, TypeError, probes.refused_ids, settings, np.array([0.0, 1.0]))
    state = draws.gpt_state(settings, 1)
    draws.shaped(ask(probes.logits, settings, state, np.zeros((2, 5), int)), (2, 5, 7), "float64", "a full context")
