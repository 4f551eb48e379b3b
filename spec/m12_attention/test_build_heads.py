"""Build: heads, multi-head attention, its masks and weights."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task
from spec.kit.strategies import fill

from . import draws, probes
from .draws import zeros

LAYER = ("settings", "state", "inputs", "which", "how", "grad", "as_array")
"""What is drawn for a layer, in the order of the probes' arguments."""


# ------------------------------------------------------------------- 4. heads


@task(4)
@points(3)
@given(case=draws.headed())
def test_heads_take_their_features(ask, case):
    """Head h gets the h-th slice of every token's features; no number goes to another token."""
    agree(ask, probes.split_heads, case["x"], case["num_heads"], kind="exact")


@task(4)
@points(2)
@given(case=draws.headed())
def test_heads_are_put_side_by_side(ask, case):
    """Merged heads are each token's features of head 0, then of head 1, and so on."""
    heads = case["num_heads"]
    n, width = case["x"].shape[-2:]
    x = case["x"].reshape(*case["x"].shape[:-2], heads, n, width // heads)
    agree(ask, probes.merge_heads, x, kind="exact")


@task(4)
@points(2)
@given(case=draws.headed(), seed=seeds())
def test_merging_undoes_splitting(ask, case, seed):
    """Split and merged, tokens are what they were, and so are gradients."""
    x = case["x"]
    agree(ask, probes.there_and_back, x, case["num_heads"], fill(x.shape, seed, x.dtype.name, "normal"), kind="exact")


@task(4)
@points(1)
def test_features_that_heads_do_not_divide_are_not_split(ask):
    """A number of heads that does not divide the features is a ValueError that names both."""
    for features, heads in draws.UNEVEN:
        refuses(ask, ValueError, probes.split_heads, zeros(2, 3, features), heads, naming=[features, heads])


# ------------------------------------------------------- 5. multi-head attention


@task(5)
@points(8)
@given(case=draws.layers())
def test_multi_head_attention_is_pytorchs(ask, case):
    """A layer with a PyTorch layer's state has its result and all its gradients: of its inputs and of each Parameter, for tokens
    that look at themselves and at others, with a batch or without."""
    agree(ask, probes.multi_head, *(case[name] for name in LAYER))


@task(5)
@points(2)
@given(heads=st.sampled_from([2, 1, 4]), depth=st.sampled_from([2, 1]), bias=st.booleans())
def test_parameters_are_pytorchs(ask, heads, depth, bias):
    """A layer's Parameters have PyTorch's names, shapes and order; without bias none of the projections has one."""
    e = heads * depth
    settings = {"embed_dim": e, "num_heads": heads, "bias": bias}
    got = ask(probes.first_values, settings, 0)
    shapes = {"in_proj_weight": (3 * e, e), "in_proj_bias": (3 * e,), "out_proj.weight": (e, e), "out_proj.bias": (e,)}
    assert_close(
        {name: array.shape for name, array in got.items()},
        {name: shape for name, shape in shapes.items() if bias or "bias" not in name},
        "exact",
        "Parameters",
    )
    dtypes = sorted({array.dtype.name for array in got.values()})
    assert_close(dtypes, ["float32"], "exact", "their dtypes")
    kept = {"embed_dim": e, "num_heads": heads, "head_dim": depth, "in_proj_bias": (3 * e,) if bias else None}
    assert_close(ask(probes.attributes, settings), kept, "exact", "attributes")


@task(5)
@points(3)
@given(seed=st.integers(0, 100), features=st.sampled_from([16, 24, 32]))
def test_first_values_of_a_layer(ask, seed, features):
    """in_proj_weight starts as Xavier has it for one matrix, out_proj.weight as in a Linear, biases at 0; a seed gives the
    same values again, and a generator moves on."""
    settings = {"embed_dim": features, "num_heads": 2}
    got, again = ask(probes.first_values, settings, seed), ask(probes.first_values, settings, seed)
    for name, bound in (("in_proj_weight", (6 / (4 * features)) ** 0.5), ("out_proj.weight", features**-0.5)):
        values = abs(got[name])
        require(float(values.max()) <= bound * 1.0001, f"{name} within ±{bound:.4f}", f"{values.max():.4f}")
        # Uniform: the mean of |x| is half the bound, here within six standard deviations.
        gap = abs(float(values.mean()) / bound - 0.5)
        require(gap <= 6 * 0.289 / values.size**0.5, f"|{name}| of mean {bound / 2:.4f}", f"{values.mean():.4f}")
        require(bool((got[name] < 0).any() and (got[name] > 0).any()), f"{name} of both signs", "one sign")
        assert_close(again[name], got[name], "exact", f"{name}, from the same seed")
    # One seed for both, used twice, would give both the same numbers, but for their bounds.
    inward, outward = (got[name].ravel()[: features**2] for name in ("in_proj_weight", "out_proj.weight"))
    alike = np.allclose(inward * features**-0.5, outward * (6 / (4 * features)) ** 0.5, atol=1e-5)
    require(not alike, "numbers of their own in both weights", "the same ones, but for a factor")
    for name in ("in_proj_bias", "out_proj.bias"):
        assert_close(got[name], np.zeros_like(got[name]), "exact", name)
    (first, other), (second, another) = ask(probes.generator_moves_on, settings, seed)
    same = np.array_equal(first, second) or np.array_equal(other, another)
    require(not same, "other values for the next layer from one generator", "the same")


@task(5)
@points(1)
def test_heads_that_do_not_divide_the_features_are_refused(ask):
    """There is no layer of a number of heads that does not divide the features: a ValueError names both."""
    for features, heads in draws.UNEVEN:
        settings = {"embed_dim": features, "num_heads": heads}
        refuses(ask, ValueError, probes.attributes, settings, naming=[features, heads])


@task(5)
@points(2)
def test_tokens_that_do_not_fit_are_refused(ask):
    """Tokens of another length, batches that differ, and keys without values are a ValueError that names the shapes."""
    settings, x = {"embed_dim": 4, "num_heads": 2}, zeros(2, 3, 4)
    for inputs, naming in [
        ((zeros(2, 3, 5),), [(2, 3, 5), 4]),
        ((zeros(4),), [(4,), 4]),
        ((zeros(2, 2, 3, 4),), [(2, 2, 3, 4), 4]),
        ((x, zeros(2, 3, 1)), [(2, 3, 1), 4]),
        ((x, zeros(3, 3, 4)), [(2, 3, 4), (3, 3, 4)]),
        ((x, zeros(1, 3, 4)), [(2, 3, 4), (1, 3, 4)]),
        ((x, zeros(3, 4)), [(2, 3, 4), (3, 4)]),
        ((x, zeros(2, 5, 4), zeros(2, 3, 4)), [(2, 5, 4), (2, 3, 4)]),
        ((x, x, zeros(2, 1, 4)), [(2, 3, 4), (2, 1, 4)]),
    ]:
        refuses(ask, ValueError, probes.refused_layer, settings, inputs, {}, naming=naming)


@task(5)
@points(3)
@share(2)
@given(heads=st.sampled_from([2, 1, 3]), n=st.integers(2, 5), seed=seeds())
def test_tokens_have_no_order(ask, heads, n, seed):
    """Tokens in another order give the same answers in that order, and so do their gradients; the Parameters' stay."""
    e, order = 2 * heads, np.random.default_rng(seed).permutation(n)
    x, grad = draws.normal((2, n, e), seed), draws.normal((2, n, e), seed + 1)
    settings, state = {"embed_dim": e, "num_heads": heads}, draws.layer_state(e, True, seed)
    plain = ask(probes.multi_head, settings, state, [x], (0,), {}, grad, False)
    mixed = ask(probes.multi_head, settings, state, [x[:, order]], (0,), {}, grad[:, order], False)
    for name in plain:
        tokens = name in ("value", "grad of input 0")
        assert_close(mixed[name], plain[name][:, order] if tokens else plain[name], "composed", name)


# -------------------------------------------------------- 6. masks and weights


@task(6)
@points(6)
@given(case=draws.layers(masked=True))
def test_masked_layers_are_pytorchs(ask, case):
    """With any masks together, of bool (True hides) or of floats, for all or for each head, causal or not, result and
    gradients are PyTorch's; a token that sees nothing gets the bias of out_proj."""
    agree(ask, probes.multi_head, *(case[name] for name in LAYER))


@task(6)
@points(4)
@share(2)
@given(heads=st.sampled_from([2, 1]), n=st.integers(2, 4), pad=st.integers(1, 3), floats=st.booleans(), seed=seeds())
def test_padding_is_as_if_it_were_not_there(ask, heads, n, pad, floats, seed):
    """A sequence that is padded, and its padding hidden, has the answers and gradients that it has alone; padding gets none."""
    e = 2 * heads
    settings, state = {"embed_dim": e, "num_heads": heads}, draws.layer_state(e, True, seed)
    x, key, grad = (
        draws.normal((2, n, e), seed),
        draws.normal((2, n + pad, e), seed + 1),
        draws.normal((2, n, e), seed + 2),
    )
    hidden = np.broadcast_to(np.arange(n + pad) >= n, (2, n + pad)).copy()
    mask = np.where(hidden, -np.inf, 0.0) if floats else hidden
    alone = ask(probes.multi_head, settings, state, [x, key[:, :n]], (0, 1), {}, grad, False)
    padded = ask(probes.multi_head, settings, state, [x, key], (0, 1), {"key_padding_mask": mask}, grad, False)
    gradient = padded["grad of input 1"]
    assert_close(gradient[:, n:], np.zeros((2, pad, e)), "exact", "grad of padding")
    for name in alone:
        scale = max(float(abs(array).max()) for array in alone.values())
        got = gradient[:, :n] if name == "grad of input 1" else padded[name]
        require(bool((abs(got - alone[name]) <= 1e-9 * scale).all()), f"{name}: {alone[name]!r}", f"{name}: {got!r}")


@task(6)
@points(3)
@share(2)
@given(heads=st.sampled_from([2, 1]), bias=st.booleans(), kind=st.sampled_from(["bool", "-inf"]), seed=seeds())
def test_a_token_that_sees_nothing_gets_nothing(ask, heads, bias, kind, seed):
    """Where all is hidden, every head gives 0: the answer is out_proj's bias, weights and gradients are 0, nothing is nan."""
    e = 2 * heads
    settings, state = {"embed_dim": e, "num_heads": heads, "bias": bias}, draws.layer_state(e, bias, seed)
    x, grad = draws.normal((2, 3, e), seed), draws.normal((2, 3, e), seed + 1)
    hidden = np.array([[True] * 3, [False] * 3])  # the first sequence is nothing but padding
    mask = hidden if kind == "bool" else np.where(hidden, -np.inf, 0.0)
    got = ask(probes.multi_head, settings, state, [x], (0,), {"key_padding_mask": mask}, grad, False)
    rest = state["out_proj.bias"] if bias else np.zeros(e)
    assert_close(got["value"][0], np.broadcast_to(rest, (3, e)).copy(), "composed", "answers of the hidden sequence")
    assert_close(got["grad of input 0"][0], np.zeros((3, e)), "exact", "grad of the hidden sequence")
    alone = ask(probes.multi_head, settings, state, [x[1:]], (0,), {}, grad[1:], False)
    for name in ("grad of in_proj_weight", "grad of out_proj.weight"):
        assert_close(got[name], alone[name], "composed", name)
    weights = ask(probes.looked_at, settings, state, [x], (0,), {"key_padding_mask": mask}, True)["weights"]
    assert_close(weights[0], np.zeros((3, 3)), "exact", "weights of the hidden sequence")


@task(6)
@points(3)
@share(2)
@given(heads=st.sampled_from([2, 3]), n=st.integers(2, 5), cut=st.integers(1, 4), seed=seeds())
def test_a_causal_layer_does_not_look_ahead(ask, heads, n, cut, seed):
    """With is_causal, later tokens change no earlier answer, and get no gradient from it."""
    e, cut = 2 * heads, min(cut, n - 1)
    settings, state = {"embed_dim": e, "num_heads": heads}, draws.layer_state(e, True, seed)
    x, grad = draws.normal((2, n, e), seed), draws.normal((2, n, e), seed + 1)
    grad[:, cut:] = 0.0
    later = x.copy()
    later[:, cut:] = draws.normal((2, n - cut, e), seed + 2)
    how = {"is_causal": True}
    before = ask(probes.multi_head, settings, state, [x], (0,), how, grad, False)
    after = ask(probes.multi_head, settings, state, [later], (0,), how, grad, False)
    for name in before:
        if name == "value":
            assert_close(after[name][:, :cut], before[name][:, :cut], "composed", "earlier answers")
        elif name == "grad of input 0":
            assert_close(after[name][:, :cut], before[name][:, :cut], "composed", "grad of earlier tokens")
            assert_close(after[name][:, cut:], np.zeros((2, n - cut, e)), "exact", "grad of later tokens")
        else:
            assert_close(after[name], before[name], "composed", name)


@task(6)
@points(3)
@given(case=draws.layers(masked=True), averaged=st.sampled_from([False, True, None]))
def test_weights_can_be_looked_at(ask, case, averaged):
    """With need_weights the answer comes with the weights, PyTorch's: their mean over the heads, or those of each head."""
    agree(ask, probes.looked_at, *(case[name] for name in LAYER[:5]), averaged)


@task(6)
@points(2)
@share(2)
@given(heads=st.sampled_from([2, 1, 3]), averaged=st.booleans(), seed=seeds())
def test_weights_lead_back(ask, heads, averaged, seed):
    """The weights that a layer gives back are part of the computation: their gradient is PyTorch's."""
    e = 2 * heads
    x, grad = draws.normal((2, 3, e), seed), draws.normal((2, 3, 3) if averaged else (2, heads, 3, 3), seed + 1)
    settings = {"embed_dim": e, "num_heads": heads}
    agree(ask, probes.pulled_by_looks, settings, draws.layer_state(e, True, seed), x, grad, averaged)


@task(6)
@points(2)
@share(2)
@given(
    names=st.sampled_from([("attn_mask", "key_padding_mask"), ("attn_mask",), ("key_padding_mask",)]),
    each=st.booleans(), causal=st.booleans(), heads=st.sampled_from([2, 1]), seed=seeds(),
)  # fmt: skip
def test_masks_of_floats_lead_back(ask, names, each, causal, heads, seed):
    """Masks of floats that need a gradient get PyTorch's, from the layer, too."""
    e, causal = 2 * heads, causal and "attn_mask" in names
    shapes = {"attn_mask": (2 * heads, 3, 3) if each else (3, 3), "key_padding_mask": (2, 3)}
    masks = {name: draws.normal(shapes[name], seed + 2) for name in names}
    x, grad = draws.normal((2, 3, e), seed), draws.normal((2, 3, e), seed + 1)
    settings, state = {"embed_dim": e, "num_heads": heads}, draws.layer_state(e, True, seed)
    agree(ask, probes.mask_gradients, settings, state, x, masks, causal, grad)


@task(6)
@points(2)
def test_masks_of_another_batch_are_refused(ask):
    """Masks of another shape than the tokens' are a ValueError that names it, those of integers a TypeError."""
    settings, x = {"embed_dim": 6, "num_heads": 3}, [zeros(2, 4, 6), zeros(2, 5, 6)]
    for name, shape in [
        ("attn_mask", (5, 4)),
        ("attn_mask", (4, 1)),
        ("attn_mask", (2, 4, 5)),
        ("attn_mask", (3, 4, 5)),
        ("attn_mask", (5,)),
        ("key_padding_mask", (2, 4)),
        ("key_padding_mask", (1, 5)),
        ("key_padding_mask", (5,)),
        ("key_padding_mask", (5, 2)),
    ]:
        refuses(ask, ValueError, probes.refused_layer, settings, x, {name: np.zeros(shape, bool)}, naming=[shape])
        refuses(ask, ValueError, probes.refused_layer, settings, x, {name: zeros(*shape)}, naming=[shape])
    for name, shape in [("attn_mask", (4, 5)), ("key_padding_mask", (2, 5))]:
        mask = np.ones(shape, "int64")
        refuses(ask, TypeError, probes.refused_layer, settings, x, {name: mask}, naming=["int64"])
