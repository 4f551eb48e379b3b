"""Reflect: your formulas, held against memos, caches, texts that are written and days that are played."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, share, task

from . import days, oracles, probes


@task(8)
@points(2)
@given(distinct=st.integers(1, 7), rounds=st.integers(1, 5), capacity=st.integers(1, 7))
def test_hits_of_a_scan(ask, distinct, rounds, capacity):
    """scan_hits says how often a memo finds its answer if it is asked the same things in the same order again and again."""
    order = list(range(distinct)) * rounds
    count = sum(x in order[max(0, i - distinct) : i] and distinct <= capacity for i, x in enumerate(order))
    assert_close(ask(probes.scanned, distinct, rounds, capacity), {"formula": count, "measured": count}, "exact")


@task(8)
@points(5)
@given(
    layers=st.integers(1, 4), batch=st.integers(1, 3), heads=st.integers(1, 4), capacity=st.integers(1, 9),
    head_dim=st.integers(1, 5), dtype=st.sampled_from(["float32", "float64", "float16"]), spare=st.integers(-50, 3000),
)  # fmt: skip
def test_bytes_of_a_cache(ask, layers, batch, heads, capacity, head_dim, dtype, spare):
    """cache_bytes is what a cache weighs: 75 MB for GPT-2; and texts_that_fit, how many texts of a memory's worth there can be."""
    itemsize = np.dtype(dtype).itemsize
    one = 2 * np.zeros((layers, heads, capacity, head_dim), dtype).nbytes
    settings = {
        "layers": layers,
        "batch": batch,
        "heads": heads,
        "capacity": capacity,
        "head_dim": head_dim,
        "dtype": dtype,
    }
    sizes = (layers, heads, head_dim, capacity)
    assert_close(ask(probes.traits, settings)["nbytes"], batch * one, "exact", "nbytes")
    assert_close(ask(probes.formula, "cache_bytes", *sizes, batch, itemsize), batch * one, "exact", "cache_bytes")
    fit, left = 0, spare
    while left >= one:
        fit, left = fit + 1, left - one
    got = ask(probes.formula, "texts_that_fit", 1000 + spare, 1000, *sizes, itemsize)
    assert_close(got, fit, "exact", "texts_that_fit")
    assert_close(ask(probes.formula, "cache_bytes", 12, 12, 64, 1024), 75_497_472, "exact", "cache_bytes of GPT-2")


@task(8)
@points(4)
@share(2)
@given(prompt=st.integers(1, 6), n=st.integers(1, 6))
def test_tokens_that_are_read(ask, prompt, n):
    """rows_read says how many tokens a model reads to write a text, with a cache and without; yours reads as many."""
    settings = {"vocab_size": 5, "dim": 4, "num_layers": 1, "num_heads": 2, "context": 12}
    for cached in (True, False):
        want = sum(prompt + i for i in range(n)) if not cached else len(range(prompt + n)) - 1
        assert_close(ask(probes.formula, "rows_read", prompt, n, cached), want, "exact", f"rows_read, cached {cached}")
        got = ask(probes.rows_of_text, n, cached, np.ones(prompt, "int64"), settings)
        assert_close(got["feed_forward of block 0"], want, "exact", f"rows counted, cached {cached}")


@task(8)
@points(6)
@given(
    vocab=st.integers(0, 20), dim=st.integers(1, 12), layers=st.integers(0, 3), prompt=st.integers(1, 9), n=st.integers(1, 9),
    past=st.integers(0, 9),
)  # fmt: skip
def test_work_that_is_saved(ask, vocab, dim, layers, prompt, n, past):
    """Multiply-adds of a pass and of a whole text are those of all products; saved_factor is how many times fewer they get."""
    sizes = (vocab, dim, layers)
    want = oracles.pass_multiply_adds(*sizes, prompt, past)
    assert_close(ask(probes.formula, "pass_multiply_adds", *sizes, prompt, past), want, "exact", "pass_multiply_adds")
    without = sum(oracles.pass_multiply_adds(*sizes, prompt + i) for i in range(n))
    cached = oracles.pass_multiply_adds(*sizes, prompt)
    for read in range(prompt, prompt + n - 1):
        cached += oracles.pass_multiply_adds(*sizes, 1, read)
    for how, count in ((True, cached), (False, without)):
        got = ask(probes.formula, "text_multiply_adds", *sizes, prompt, n, how)
        assert_close(got, count, "exact", f"text_multiply_adds, cached {how}")
    if cached:
        got = ask(probes.formula, "saved_factor", *sizes, prompt, n)
        assert_close(got, without / cached, "elementwise", "saved_factor")


@task(8)
@points(2)
def test_gpt_2_writes_512_tokens(ask):
    """For 512 tokens after a first one, GPT-2 needs 260 times fewer multiply-adds with a cache."""
    sizes = (50257, 768, 12)
    without = sum(oracles.pass_multiply_adds(*sizes, 1 + i) for i in range(512))
    cached = sum(oracles.pass_multiply_adds(*sizes, 1, i) for i in range(512))
    got = ask(probes.formula, "saved_factor", *sizes, 1, 512)
    assert_close(got, without / cached, "elementwise", "saved_factor")


@task(8)
@points(5)
@given(
    gap=st.sampled_from([0.5, 1.0, 0.25]), max_batch=st.integers(1, 5), wait=st.integers(0, 12),
    fixed=st.sampled_from([1.0, 0.5, 4.0]),
    each=st.sampled_from([0.25, 0.0, 1.0]),
)  # fmt: skip
def test_waiting_for_company(ask, gap, max_batch, wait, fixed, each):
    """first_latency is what the first of many requests really waits for its answer; throughput, what batches of a size achieve."""
    requests = [(i, gap * i, float("inf")) for i in range(20)]
    table = [fixed + each * b for b in range(1, max_batch + 1)]
    day = {"max_batch": max_batch, "max_wait": wait * oracles.TICK, "table": table, "requests": requests}
    want = oracles.served(**day)["batches"][0][1]
    got = ask(probes.formula, "first_latency", gap, max_batch, wait * oracles.TICK, fixed, each)
    assert_close(got, want, "elementwise", "first_latency")
    assert_close(ask(days.served, **day)["batches"][0][1], want, "elementwise", "finish of your first batch")
    busy = [finish - start for start, finish, _ in [(0.0, table[-1], ())] * 8]
    got = ask(probes.formula, "throughput", fixed, each, max_batch)
    assert_close(got, 8 * max_batch / sum(busy), "elementwise", "throughput")
