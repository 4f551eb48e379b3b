"""Reflect: your formulas, held against layers that are made, weights that are measured, and scores that are drawn."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, share, task
from spec.kit.strategies import fill

from . import oracles, probes

SIZES = {"batch": st.integers(1, 3), "heads": st.integers(1, 4), "n": st.integers(1, 6), "m": st.integers(1, 6)}


@task(7)
@points(3)
@given(**SIZES, dtype=st.sampled_from(["float32", "float64"]))
def test_bytes_of_the_weights(ask, batch, heads, n, m, dtype):
    """score_bytes says how large the weights of all heads are; yours are as large."""
    q, k = fill((batch, heads, n, 2), 1, dtype, "normal"), fill((batch, heads, m, 2), 2, dtype, "normal")
    count = batch * heads * n * m * (4 if dtype == "float32" else 8)
    assert_close(ask(probes.score_bytes, q, k), {"formula": count, "measured": count}, "exact")


@task(7)
@points(2)
@given(n=st.integers(1, 40), dtype=st.sampled_from(["float32", "float64"]))
def test_twice_the_tokens_four_times_the_bytes(ask, n, dtype):
    """Twice as many tokens have weights four times as large, by your formula and measured."""
    q, k = (fill((1, 2, 2 * n, 2), seed, dtype, "normal") for seed in (1, 2))
    assert_close(ask(probes.doubled, q, k), {"formula": 4.0, "measured": 4.0}, "exact")


@task(7)
@points(3)
@given(
    batch=st.integers(1, 4), heads=st.integers(1, 12), n=st.integers(1, 3000), more=st.integers(0, 100),
    itemsize=st.sampled_from([4, 8, 2]),
)  # fmt: skip
def test_the_longest_sequence_fits(ask, batch, heads, n, more, itemsize):
    """longest_sequence is the largest n whose weights fit into so many bytes: one token more, and they do not."""
    each = batch * heads * itemsize
    nbytes = each * n * n + min(more * each, each * (2 * n + 1) - 1)
    assert_close(ask(probes.formula, "longest_sequence", nbytes, batch, heads, itemsize), n, "exact")


@task(7)
@points(2)
def test_the_layer_of_the_lesson(ask):
    """12 heads of 64 features and 1024 tokens: 50,331,648 bytes of weights, 3,221,225,472 operations; 2048 tokens: four times."""
    for n, factor in ((1024, 1), (2048, 4)):
        assert_close(ask(probes.formula, "score_bytes", 1, 12, n, n), factor * 50_331_648, "exact", "score_bytes")
        flops = ask(probes.formula, "attention_flops", 1, 12, n, n, 64)
        assert_close(flops, factor * 3_221_225_472, "exact", "attention_flops")


@task(7)
@points(3)
@given(**SIZES, head_dim=st.integers(1, 8))
def test_operations_of_two_products(ask, batch, heads, n, m, head_dim):
    """attention_flops counts the operations of both products: two for each pass of their innermost loops."""
    sizes = batch, heads, n, m, head_dim
    assert_close(ask(probes.formula, "attention_flops", *sizes), oracles.multiply_adds(*sizes), "exact")


@task(7)
@points(2)
@given(batch=st.integers(1, 4), n=st.integers(1, 9), embed_dim=st.integers(1, 9))
def test_operations_of_four_projections(ask, batch, n, embed_dim):
    """projection_flops counts the operations of the four products with square matrices."""
    count = sum(2 * embed_dim * embed_dim for _ in range(4) for _ in range(batch * n))
    assert_close(ask(probes.formula, "projection_flops", batch, n, embed_dim), count, "exact")


@task(7)
@points(2)
@given(heads=st.integers(1, 12), head_dim=st.integers(1, 64))
def test_where_looking_costs_more_than_projecting(ask, heads, head_dim):
    """At break_even_length tokens both cost the same, by your own two formulas; beyond it, looking costs more."""
    e = heads * head_dim
    n = ask(probes.formula, "break_even_length", e)
    looking, beyond = (ask(probes.formula, "attention_flops", 1, heads, size, size, head_dim) for size in (n, n + 1))
    projecting, of_more = (ask(probes.formula, "projection_flops", 1, size, e) for size in (n, n + 1))
    assert_close(looking, projecting, "exact", f"operations at {n} tokens")
    require(
        n > 0 and beyond > of_more, f"more for looking than for projecting beyond {n} tokens", f"{beyond}, {of_more}"
    )


@task(7)
@points(2)
@given(heads=st.integers(1, 4), head_dim=st.integers(1, 6), bias=st.booleans())
def test_numbers_that_a_layer_learns(ask, heads, head_dim, bias):
    """attention_parameters says how many numbers a layer has, however many heads; yours has as many."""
    e = heads * head_dim
    count = 3 * e * e + e * e + (4 * e if bias else 0)
    got = ask(probes.attention_parameters, e, heads, bias)
    assert_close(got, {"formula": count, "counted": count}, "exact")


@task(7)
@points(2)
@given(n=st.integers(1, 30))
def test_share_that_is_seen(ask, n):
    """causal_share says which share of all pairs is seen when nobody looks ahead; of your weights, as many are not 0."""
    share = sum(i + 1 for i in range(n)) / n**2
    assert_close(ask(probes.causal_share, n), {"formula": share, "measured": share})


@task(7)
@points(3)
@share(2)
@given(head_dim=st.sampled_from([1, 4, 16, 2, 64, 100, 256]), seed=st.integers(0, 9))
def test_why_scores_are_scaled(ask, head_dim, seed):
    """score_spread is how far scores of random queries and keys scatter: further and further with more features, unless scaled."""
    rng = np.random.default_rng(seed)
    scores = (rng.standard_normal((3000, head_dim)) * rng.standard_normal((3000, head_dim))).sum(axis=1)
    for scaled in (False, True):
        said, drawn = ask(probes.formula, "score_spread", head_dim, scaled), scores.std()
        drawn = drawn / head_dim**0.5 if scaled else drawn
        assert_close(said, 1.0 if scaled else head_dim**0.5, "composed", "score_spread")
        require(abs(said / drawn - 1) < 0.25, f"about {drawn:.3g}, as 3000 scores that were drawn", f"{said:.3g}")
