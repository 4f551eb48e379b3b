"""Reflect: your formulas, held against tables that are made, and rows that are touched."""

import math

import numpy as np
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, task

from . import oracles, probes


@task(7)
@points(4)
@given(rows=st.integers(1, 60), dim=st.integers(1, 20), ids=st.integers(1, 9))
def test_bytes_of_a_table(ask, rows, dim, ids):
    """table_bytes says how large a table is, and step_bytes how large it is with its gradient; yours are."""
    count = rows * dim * 4
    got = ask(probes.table_sizes, rows, dim, np.arange(ids) % rows)
    want = {"table_bytes": count, "measured": count, "step_bytes": 2 * count, "both measured": 2 * count}
    assert_close(got, want, "exact")


@task(7)
@points(3)
def test_the_table_of_gpt_2(ask):
    """GPT-2's table: 154,389,504 bytes, four times that with Adam, and 79 billion operations as a one-hot product."""
    assert_close(ask(probes.formula, "table_bytes", 50257, 768), 154_389_504, "exact", "table_bytes")
    assert_close(ask(probes.formula, "step_bytes", 50257, 768, 2), 617_558_016, "exact", "step_bytes")
    assert_close(ask(probes.formula, "one_hot_flops", 1024, 50257, 768), 79_047_426_048, "exact", "one_hot_flops")


@task(7)
@points(3)
@given(
    ids=st.integers(1, 30), rows=st.integers(1, 30), dim=st.integers(1, 30), state=st.integers(0, 3),
    itemsize=st.sampled_from([4, 8, 2]),
)  # fmt: skip
def test_costs_are_products(ask, ids, rows, dim, state, itemsize):
    """one_hot_flops counts a multiplication and an addition for every row and every number; bytes count every copy."""
    assert_close(ask(probes.formula, "one_hot_flops", ids, rows, dim), 2 * ids * rows * dim, "exact", "one_hot_flops")
    assert_close(ask(probes.formula, "table_bytes", rows, dim, itemsize), rows * dim * itemsize, "exact", "table_bytes")
    want = (2 + state) * rows * dim * itemsize
    assert_close(ask(probes.formula, "step_bytes", rows, dim, state, itemsize), want, "exact", "step_bytes")


@task(7)
@points(6)
@given(rows=st.integers(1, 12), ids=st.integers(0, 20))
def test_how_many_rows_a_step_touches(ask, rows, ids):
    """expected_rows is how many rows a step touches on average, counted through chance by chance."""
    got = ask(probes.formula, "expected_rows", rows, ids)
    assert_close(got, float(oracles.expected_rows(rows, ids)), "composed", "expected_rows")


@task(7)
@points(3)
@given(seed=st.integers(0, 1000), rows=st.integers(40, 60), share=st.sampled_from([0.25, 0.5, 1.0, 2.0]))
def test_so_many_rows_are_touched(ask, seed, rows, share):
    """Of a table with drawn ids, as many rows get a gradient as expected_rows says, give or take chance."""
    ids, times = int(rows * share), 30
    batches = np.random.default_rng(seed).integers(0, rows, (times, ids))
    counts = ask(probes.touched_rows, rows, batches)
    want = [len(np.unique(batch)) for batch in batches]
    assert_close(counts, want, "exact", "rows with a gradient")
    got = ask(probes.formula, "expected_rows", rows, ids)
    require(type(got) is float, "a float", repr(got))
    give = 6 * math.sqrt(rows / 4 / times)  # six standard deviations at most
    wanted = f"{np.mean(counts):.2f} rows touched on average, give or take {give:.1f}"
    require(abs(got - np.mean(counts)) <= give, wanted, f"{got:.2f}")


@task(7)
@points(5)
@given(dim=st.sampled_from([2, 4, 8, 64]), hand=st.integers(0, 31), base=st.sampled_from([10000.0, 100.0]))
def test_after_so_many_positions_a_hand_has_gone_round(ask, dim, hand, base):
    """wavelength says after how many positions a pair has turned once; yours has."""
    pair = hand % (dim // 2)
    want = {"formula": 2 * math.pi * base ** (2 * pair / dim), "angle": 2 * math.pi}
    assert_close(ask(probes.wavelength, pair, dim, base), want)
