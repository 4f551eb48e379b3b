"""Reflect: your formulas, held against models that are made, steps that are taken, and text that is generated."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, share, task

from . import oracles, probes


@task(8)
@points(8)
@share(2)
@given(
    vocab=st.integers(1, 20), heads=st.integers(1, 3), head_dim=st.integers(1, 4), layers=st.integers(1, 3),
    context=st.integers(1, 9), tied=st.booleans(),
)  # fmt: skip
def test_numbers_that_a_gpt_learns(ask, vocab, heads, head_dim, layers, context, tied):
    """gpt_parameters and block_parameters say how many numbers are learnt, weight_bytes what they weigh; yours are as many."""
    dim = heads * head_dim
    settings = {"vocab_size": vocab, "dim": dim, "num_layers": layers, "num_heads": heads, "context": context}
    block = 12 * dim * dim + 13 * dim
    count = (vocab + context) * dim + layers * block + 2 * dim + (0 if tied else vocab * dim)
    got = ask(probes.counted, {**settings, "tie_weights": tied})
    want = {
        "gpt_parameters": count, "counted": count, "block_parameters": block, "counted in a block": block,
        "weight_bytes": 4 * count, "measured": 4 * count,
    }  # fmt: skip
    assert_close(got, want, "exact")


FACTS = [
    ("gpt_parameters", (50257, 768, 12, 1024), 124_439_808),
    ("gpt_parameters", (50257, 12288, 96, 2048), 174_604_259_328),
    ("weight_bytes", (175_000_000_000,), 700_000_000_000),
    ("weight_bytes", (124_439_808, 2), 248_879_616),
    ("adam_bytes", (175_000_000_000,), 2_800_000_000_000),
    ("kv_bytes", (768, 12, 1024), 75_497_472),
    ("kv_bytes", (12288, 96, 2048, 1, 2), 9_663_676_416),
    ("gpt_flops", (50257, 768, 12, 1024), 291_648_307_200),
]
"""GPT-2 (124 million) and GPT-3 (175 billion)."""


@task(8)
@points(6)
def test_gpt_2_and_gpt_3(ask):
    """GPT-2's 124 million numbers and GPT-3's 175 billion: 700 GB to run, 2.8 TB to train; their keys and values, their work."""
    for name, arguments, want in FACTS:
        called = f"{name}({', '.join(map(str, arguments))})"
        assert_close(ask(probes.formula, name, *arguments), want, "exact", called)


@task(8)
@points(5)
@share(4)
@given(vocab=st.integers(2, 9), layers=st.integers(1, 2), dim=st.sampled_from([2, 4, 6]), n=st.integers(1, 5))
def test_bytes_of_a_training(ask, vocab, layers, dim, n):
    """adam_bytes says what weights, gradients and Adam's state take; after a step they really do."""
    settings = {"vocab_size": vocab, "dim": dim, "num_layers": layers, "num_heads": 2, "context": n}
    ids = np.arange(n) % vocab
    count = (vocab + n) * dim + layers * (12 * dim * dim + 13 * dim) + 2 * dim
    got = ask(probes.trained_bytes, settings, ids, ids)
    assert_close(got, {"adam_bytes": 16 * count, "measured": 16 * count}, "exact")


@task(8)
@points(8)
@given(
    vocab=st.integers(1, 50), dim=st.integers(1, 30), layers=st.integers(0, 5), n=st.integers(1, 40),
    batch=st.integers(1, 4), itemsize=st.sampled_from([4, 2, 8]),
)  # fmt: skip
def test_work_and_keys_of_a_gpt(ask, vocab, dim, layers, n, batch, itemsize):
    """gpt_flops is the work of all products, added up one by one; kv_bytes a key and a value for every token in every block."""
    got = ask(probes.formula, "gpt_flops", vocab, dim, layers, n)
    assert_close(got, oracles.gpt_flops(vocab, dim, layers, n), "exact", "gpt_flops")
    got = ask(probes.formula, "kv_bytes", dim, layers, n, batch, itemsize)
    one = np.zeros((2, batch, n, dim)).size * itemsize  # of one block
    assert_close(got, layers * one, "exact", "kv_bytes")


@task(8)
@points(7)
@given(prompt=st.integers(1, 8), n=st.integers(0, 12), context=st.integers(1, 12))
def test_tokens_that_are_read_again(ask, prompt, n, context):
    """tokens_read says how many tokens a model reads while it generates; yours is shown as many."""
    count = sum(len(range(max(0, prompt + i - context), prompt + i)) for i in range(n))
    assert_close(ask(probes.tokens_read, prompt, n, context), {"formula": count, "counted": count}, "exact")
    assert_close(ask(probes.formula, "tokens_read", 1, 512, 1024), 131_328, "exact", "tokens_read(1, 512, 1024)")
