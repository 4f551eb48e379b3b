"""Reflect: formulas about chance, held against what is drawn and counted."""

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, seeds, share, task

from . import oracles, probes


@task(8)
@points(3)
@share(2)
@given(n=st.sampled_from([4, 1, 9, 25]), std=st.sampled_from([1.0, 3.0, 0.01]), seed=seeds())
def test_means_scatter_less_than_samples(ask, n, std, seed):
    """standard_error says how far means of n samples scatter; 300 real ones do scatter as far."""
    rows = 5 + std * np.random.default_rng(seed).standard_normal((300, n))
    found = ask(probes.spread_of_means, rows, std)
    assert_close(found["formula"], std / n**0.5)
    require(
        abs(found["measured"] / found["formula"] - 1) < 0.2,
        f"{found['measured']:.4g}, ± 20 %",
        f"{found['formula']:.4g}",
    )


@task(8)
@points(4)
@given(
    std=st.sampled_from([3.0, 0.5, 20.0]),
    part=st.sampled_from([1.0, 0.1, 7.0, 0.03]),
    z=st.sampled_from([None, 2.0, 2.576]),
)
def test_how_many_runs_it_takes(ask, std, part, z):
    """With required_runs, z standard errors fit into what is allowed; with one run less, they do not. Two are the least."""
    reach = std * part
    n = ask(probes.formula, "required_runs", std, reach, *([] if z is None else [z]))
    require(type(n) is int and n >= 2, "an int of at least 2", repr(n))
    width = [(z or 1.96) * std / runs**0.5 for runs in (n, n - 1)]
    require(width[0] <= reach * (1 + 1e-9), f"no more than {reach:.6g} with {n} runs", f"{width[0]:.6g}")
    require(n == 2 or width[1] > reach * (1 - 1e-9), f"more than {reach:.6g} with {n - 1} runs", f"{width[1]:.6g}")


@task(8)
@points(4)
@given(q=st.sampled_from([50, 99, 90, 99.9, 1]), probability=st.sampled_from([0.75, 0.95, 0.5, 0.999, 0.001]))
def test_the_slow_ones_are_rare(ask, q, probability):
    """With runs_to_see, one run in the tail is as probable as wanted; with one run less, it is not."""
    n = ask(probes.formula, "runs_to_see", q, probability)
    require(type(n) is int and n >= 1, "an int of at least 1", repr(n))
    seen = [float(1 - (Fraction(q) / 100) ** runs) for runs in (n, n - 1)]
    require(seen[0] >= probability - 1e-9, f"a probability of {probability} with {n} runs", f"{seen[0]:.6g}")
    require(n == 1 or seen[1] < probability + 1e-9, f"less than {probability} with {n - 1} runs", f"{seen[1]:.6g}")


@task(8)
@points(4)
@share(2)
@given(n=st.sampled_from([5, 1, 2, 3, 30, 200]), seed=seeds())
def test_how_much_of_the_samples_is_drawn(ask, n, seed):
    """distinct_share says which share of the samples a data set holds on average; those that you draw again do hold it."""
    found = ask(probes.distinct_in_resamples, n, 4000, seed)
    require(
        abs(found["formula"] - found["measured"]) < 0.02, f"{found['measured']:.4g} ± 0.02", f"{found['formula']:.4g}"
    )
    assert_close(found["formula"], float(1 - Fraction(n - 1, n) ** n))


@task(8)
@points(2)
@given(resamples=st.sampled_from([99, 9, 1, 1999, 500]))
def test_no_p_value_is_zero(ask, resamples):
    """smallest_p_value is what compare says about a difference that nobody doubts."""
    want = 1 / (1 + resamples)
    assert_close(ask(probes.least_p, resamples), {"formula": want, "measured": want})


@task(8)
@points(4)
@given(n=st.sampled_from([1, 2, 3, 4]), m=st.sampled_from([2, 1, 3, 5]))
def test_few_samples_prove_little(ask, n, m):
    """smallest_exact_p is the least share that any data have, found by going through all ways of dealing clear differences."""
    # Whole numbers so that no two divisions look alike, in each of which one group lies above the other.
    shares = []
    for base in (2, 3):
        a, b = [0.0 + base**-i for i in range(1, n + 1)], [100.0 + base**i for i in range(m)]
        shares.append(oracles.share_as_large(a, b, False)[0])
    assert_close(ask(probes.formula, "smallest_exact_p", n, m), float(min(shares)))


@task(8)
@points(2)
@given(level=st.sampled_from([0.05, 0.01, 0.5]), comparisons=st.sampled_from([2, 1, 20, 100]))
def test_who_asks_often_is_told_something(ask, level, comparisons):
    """false_alarms says how probable it is that one comparison or more is called significant, where nothing differs."""
    want = float(1 - (1 - Fraction(level)) ** comparisons)
    assert_close(ask(probes.formula, "false_alarms", level, comparisons), want)


@task(8)
@points(3)
@given(wanted=st.sampled_from([0.05, 0.5, 0.01]), comparisons=st.sampled_from([2, 1, 20, 100]))
def test_what_each_may_be_called(ask, wanted, comparisons):
    """With level_of_each for each of them, all comparisons together give as many false alarms as wanted."""
    level = ask(probes.formula, "level_of_each", wanted, comparisons)
    assert_close(float(1 - (1 - level) ** comparisons), wanted)
    assert_close(level, 1 - (1 - wanted) ** (1 / comparisons))
