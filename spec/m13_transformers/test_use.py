"""Use: somebody else's weights, other parts in a block, and models that learn."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task
from spec.kit.strategies import fill

from . import draws, probes

GPT2 = {
    "ln_1.weight": ("d",), "ln_1.bias": ("d",), "attn.c_attn.weight": ("d", "3d"), "attn.c_attn.bias": ("3d",),
    "attn.c_proj.weight": ("d", "d"), "attn.c_proj.bias": ("d",), "ln_2.weight": ("d",), "ln_2.bias": ("d",),
    "mlp.c_fc.weight": ("d", "4d"), "mlp.c_fc.bias": ("4d",), "mlp.c_proj.weight": ("4d", "d"), "mlp.c_proj.bias": ("d",),
}  # fmt: skip
"""A block of GPT-2: matrices are (in, out)."""


def gpt2(seed, layers=2, dim=8, vocab=11, context=6, form="plain", dtype="float64"):
    """The state of a GPT-2 of random weights: as published ("plain"), or with what Hugging Face's program saves besides."""
    sides = {"d": dim, "3d": 3 * dim, "4d": 4 * dim}
    shapes = {"wte.weight": (vocab, dim), "wpe.weight": (context, dim)}
    for layer in range(layers):
        shapes |= {f"h.{layer}.{name}": tuple(sides[side] for side in shape) for name, shape in GPT2.items()}
    shapes |= {"ln_f.weight": (dim,), "ln_f.bias": (dim,)}
    state = {
        name: (fill(shape, seed + place, "float64", "normal") / np.sqrt(shape[0])).astype(dtype)
        for place, (name, shape) in enumerate(shapes.items(), 1)
    }
    if form == "plain":
        return state
    for layer in range(layers):
        state[f"h.{layer}.attn.bias"] = np.tril(np.ones((1, 1, context, context), "uint8"))
        state[f"h.{layer}.attn.masked_bias"] = np.array(-10000.0, dtype)
    state = {f"transformer.{name}": array for name, array in state.items()}
    head = state["transformer.wte.weight"]
    return {**state, "lm_head.weight": head if form == "tied" else (head[::-1] * 2.0).copy()}


FORMS = ["plain", "tied", "untied"]


@task(7)
@points(7)
@share(2)
@given(
    seed=seeds(), form=st.sampled_from(FORMS), sizes=st.sampled_from([(2, 8, 2), (1, 6, 3), (3, 4, 1)]), n=st.integers(1, 6)
)  # fmt: skip
def test_gpt_2s_weights_give_its_logits(ask, seed, form, sizes, n):
    """A GPT-2's weights, under their own names and turned on their side, give the logits of a GPT-2."""
    layers, dim, heads = sizes
    state = gpt2(seed, layers, dim, form=form)
    agree(ask, probes.gpt2_logits, state, heads, np.random.default_rng(seed).integers(0, 11, n))


@task(7)
@points(2)
@pytest.mark.parametrize("form", FORMS)
def test_sizes_are_read_off_a_state(ask, form):
    """A GPT made of a GPT-2's state has its sizes and its ties, in float32, in training mode, in memory of its own, whatever order
    it comes in."""
    state = gpt2(3, layers=11, dim=4, form=form, dtype="float32")
    mixed = {name: state[name] for name in sorted(state, reverse=True)}  # h.9 before h.10
    sizes = {"vocab_size": 11, "dim": 4, "num_layers": 11, "num_heads": 2, "context": 6}
    want = {**sizes, "tied": form != "untied", "dtype": "float32", "in training mode": True, "alone": True}
    assert_close(ask(probes.gpt2_model, mixed, 2, np.array([1, 2])), want, "exact")


@task(7)
@points(3)
def test_a_state_is_put_under_other_names(ask):
    """gpt2_state gives every name of a GPT's own state, and no other; what is missing is a KeyError that names it."""
    settings = {"vocab_size": 11, "dim": 8, "num_layers": 2, "context": 6}
    for form in FORMS:
        got = ask(probes.gpt2_names, gpt2(1, form=form))
        want = draws.gpt_shapes(settings)
        draws.named(got, want, ordered=False)
        assert_close(dict(sorted(got.items())), dict(sorted(want.items())), "exact", form)
    narrow = gpt2(1, layers=1, dim=4)
    for name in ("mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight"):  # half as wide as it should be
        array = narrow[f"h.0.{name}"]
        narrow[f"h.0.{name}"] = array[:8] if name == "mlp.c_proj.weight" else array[..., :8]
    refuses(ask, ValueError, probes.gpt2_model, narrow, 2, np.array([1]))
    for missing in ("wte.weight", "h.1.mlp.c_fc.bias", "ln_f.bias", "h.0.attn.c_attn.weight"):
        state = gpt2(1)
        del state[missing]
        refuses(ask, KeyError, probes.gpt2_names, state, naming=[missing])
    refuses(ask, ValueError, probes.gpt2_model, gpt2(1), 3, np.array([1]), naming=[8, 3])


@task(3)
@points(5)
@share(2)
@given(seed=seeds(), n=st.integers(2, 5), is_causal=st.booleans())
def test_a_block_of_llamas_parts(ask, seed, n, is_causal):
    """With RMSNorms, a SwiGLU and an attention whose queries and keys are rotated put in their places, a block has PyTorch's
    values and all its gradients."""
    # Two tokens at least: one alone has no choice, and the gradients of its query and key are 0 but for rounding.
    parts = ["RMSNorm", "SwiGLU", 10, "rotary"]
    state = draws.weights(draws.block_shapes(8, 10, "RMSNorm", "SwiGLU", rotary=True), seed)
    x, grad = (fill((2, n, 8), seed + i, "float64", "normal") for i in (1, 2))
    agree(ask, probes.block, {"dim": 8, "num_heads": 2}, parts, state, x, grad, None, is_causal)


@task(4)
@points(6)
@share(4)
@given(row=st.integers(0, 3), seed=seeds(), lr=st.sampled_from([0.1, 0.5]))
def test_training_is_pytorchs(ask, row, seed, lr):
    """Three steps of training lead to a PyTorch twin's weights, tied or not."""
    settings = draws.SETTINGS[row]
    n = settings["context"]
    ids, targets = np.random.default_rng(seed).integers(0, settings["vocab_size"], (2, 2, n))
    agree(ask, probes.trained, settings, draws.gpt_state(settings, seed), ids, targets, lr, 3)


@task(6)
@points(7)
def test_a_text_is_learnt_by_heart(ask):
    """A small GPT learns a line in 60 steps, in which the same letters go on in different ways, and says it without a mistake."""
    text = "she sells sea shells"
    settings = {"dim": 32, "num_layers": 2, "num_heads": 2, "context": 20, "rng": 1}
    got = ask(probes.learns_by_heart, text, settings, 0.01, 60, "sh", deadline=60)
    require(got["loss"] < 0.1, "a loss below 0.1", f"{got['loss']:.3f}")
    assert_close(got["text"], text, "exact", "text")
