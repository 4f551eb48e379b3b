"""Reflect: formulas about a whole pipeline, held against what is measured, counted and drawn."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, seeds, share, task

from . import draws, oracles, probes, records


def parts(seed, count, whole):
    """Shares of the time in whole 64ths, and speed-ups."""
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.choice(np.arange(1, 64), count, replace=False))
    shares = np.diff([0, *cuts, *([64] if whole else [])]) / 64
    speedups = rng.choice([1.0, 2.0, 4.0, 10.0, 0.5, 100.0], len(shares))
    return [float(x) for x in shares], [float(x) for x in speedups]


@task(8)
@points(4)
@given(count=st.sampled_from([2, 1, 3, 5]), whole=st.booleans(), seed=seeds(), limit=st.sampled_from([False, True]))
def test_several_parts_become_faster(ask, count, whole, seed, limit):
    """pipeline_speedup is time before over time afterwards; parts that are not mentioned stay as slow as they are."""
    shares, speedups = parts(seed, count, whole)
    speedups = [math.inf] * len(shares) if limit else speedups
    left = 1 - sum(map(Fraction, shares))
    for part, speedup in zip(shares, speedups, strict=True):
        left += 0 if speedup == math.inf else Fraction(part) / Fraction(speedup)
    want = float(1 / left) if left else math.inf
    assert_close(ask(probes.formula, "pipeline_speedup", shares, speedups), want)


@task(8)
@points(3)
@given(count=st.sampled_from([2, 1, 3, 5]), seed=seeds())
def test_what_pays_first(ask, count, seed):
    """pays_first is the part without which most time is saved, found by trying each of them; of equal ones the first."""
    shares, speedups = parts(seed, count, True)
    left = [1 - Fraction(s) + Fraction(s) / Fraction(f) for s, f in zip(shares, speedups, strict=True)]
    assert_close(ask(probes.formula, "pays_first", shares, speedups), left.index(min(left)), "exact")


@task(8)
@points(4)
@share(2)
@given(
    widths=st.sampled_from([[16, 12, 3], [5, 4], [8, 6, 7, 2], [3, 20, 1]]),
    amount=st.sampled_from([0.5, 0.0, 0.25, 0.75]),
)
def test_fewer_units_of_fewer_bits(ask, widths, amount):
    """times_smaller_together is what a network measures that was pruned and then taken to 8 bits."""
    got = ask(probes.together, widths, amount)
    left = [widths[0], *(width - round(amount * width) for width in widths[1:-1]), widths[-1]]
    assert_close(got["widths"], left, "exact", "widths")
    assert_close(got["formula"], got["measured"], name="formula, against the bytes of both")


@task(8)
@points(5)
@share(2)
@given(
    which=st.sampled_from([0, 2]), t=st.sampled_from([3, 1, 5]), n=st.sampled_from([4, 0, 1, 2, 5]),
    fixed=st.sampled_from([1.0, 0.0, 8.0]), each=st.sampled_from([0.25, 1.0]), seed=seeds(),
)  # fmt: skip
def test_how_long_a_text_takes(ask, which, t, n, fixed, each, seed):
    """writing_seconds is what a clock shows that goes on by each call and each token that a GPT reads, with a cache and without."""
    settings = draws.GPTS[which]
    prompt = np.random.default_rng(seed).integers(0, settings["vocab_size"], t)
    got = ask(probes.writing, settings, draws.gpt_state(settings, seed), prompt, n, fixed, each)
    for how, found in got.items():
        assert_close(found["formula"], found["measured"], name=f"seconds, {how}")


@task(8)
@points(3)
@given(pair=draws.rivals())
def test_how_fast_for_a_score(ask, pair):
    """A model that is as much faster as speedup_wanted says has the score that was asked for."""
    before, after = pair
    after[1] = max(after[1], 0.001)
    found = oracles.gains(before, after)
    score = ask(records.score, before, after)["score"]
    got = ask(probes.formula, "speedup_wanted", score, found["smaller"], found["kept"])
    require(abs(got / found["speedup"] - 1) < 1e-8, f"{found['speedup']:.9g}", f"{got:.9g}")


@task(8)
@points(4)
@share(2)
@given(accuracy=st.sampled_from([0.5, 0.9, 0.98, 0.25, 1.0, 0.0]), n=st.sampled_from([100, 25, 400]), seed=seeds())
def test_accuracies_scatter(ask, accuracy, n, seed):
    """accuracy_noise is how far the accuracies of 4,000 drawn test sets scatter, in points."""
    right = np.random.default_rng(seed).binomial(n, accuracy, 4000)
    got = ask(probes.formula, "accuracy_noise", accuracy, n)
    drawn = float((100 * right / n).std())
    require(abs(got - drawn) <= 0.08 * drawn + 1e-9, f"{drawn:.4g}, ± 8 %", f"{got:.4g}")


@task(8)
@points(3)
@given(
    flops=st.sampled_from([1e9, 0.0, 5.0]), nbytes=st.sampled_from([1e8, 3.0, 0.0, 1e12]),
    joules=st.sampled_from([(2.3e-12, 160e-12), (1.0, 12.0), (3.0, 0.5)]),
)  # fmt: skip
def test_what_smaller_weights_can_save(ask, flops, nbytes, joules):
    """memory_energy_share is the memory's part of what energy_estimate says."""
    nbytes = nbytes if flops else max(nbytes, 1.0)
    got = ask(probes.energy, flops, nbytes, *joules)
    assert_close(got["formula"], got["memory"] / got["total"], name="share")
    assert_close(got["memory"], nbytes * joules[1], name="memory")
