"""Build: what samples say, how surely, and whether a difference is real."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task

from . import draws, oracles, probes

# ------------------------------------------------------------------- 1. samples


@task(1)
@points(2)
@given(samples=draws.samples())
def test_samples_are_float64(ask, samples):
    """Lists and arrays of any dtype become float64 arrays of one axis, with the same numbers in the same order."""
    agree(ask, probes.as_samples, samples, kind="exact")


@task(1)
@points(2)
def test_what_is_no_sample_is_refused(ask):
    """nan and infinity, more axes than one, and too few samples are ValueErrors that name the position, the shape, the numbers."""
    for samples, naming in draws.NOT_SAMPLES:
        refuses(ask, ValueError, probes.as_samples, samples, naming=naming)
    for samples, least in (([], 1), ([1.0], 2), ([1.0, 2.0, 3.0], 4)):
        refuses(ask, ValueError, probes.as_samples, samples, least, naming=[len(samples), least])
    agree(ask, probes.as_samples, [1.0, 2.0], 2, kind="exact")


@task(1)
@points(4)
@given(samples=draws.samples(), q=st.sampled_from([50, 0, 100, 95, 25, 99.9, 12.5, 75]))
def test_percentiles_are_numpys(ask, samples, q):
    """Between two sorted samples, a percentile lies on a straight line, as NumPy's does."""
    agree(ask, probes.percentile, samples, q)


@task(1)
@points(4)
@given(samples=draws.samples())
def test_seven_numbers_say_it(ask, samples):
    """A summary has n, mean, standard deviation with n − 1, and percentiles 0, 50, 95 and 99 of all samples."""
    agree(ask, probes.summarise, samples)


@task(1)
@points(2)
@given(count=st.sampled_from([2, 3, 10, 50]), far=st.sampled_from([1e6, -1e6, 1e5]), seed=seeds())
def test_far_from_zero_nothing_is_lost(ask, count, far, seed):
    """Samples that lie near to each other and far from 0 have their standard deviation to many digits."""
    samples = far + np.random.default_rng(seed).integers(0, 99, count) / 1024
    samples[0] += 1 / 8
    want = oracles.statistics.stdev(oracles.exact(samples))
    got = ask(probes.summarise, samples)["std"]
    require(abs(got / float(want) - 1) <= 1e-5, f"std {float(want):.9g}", f"{got:.9g}")


@task(1)
@points(1)
def test_percentiles_and_summaries_refuse(ask):
    """A percentile below 0 or above 100 is a ValueError that names it; so is what is no sample."""
    for q in (-1, 101, 100.5, -0.25):
        refuses(ask, ValueError, probes.percentile, [1.0, 2.0], q, naming=[q])
    refuses(ask, ValueError, probes.percentile, [1.0, 2.0], draws.NAN, naming=["nan"])
    for samples, naming in [*draws.NOT_SAMPLES, ([], [0])]:
        refuses(ask, ValueError, probes.percentile, samples, 50, naming=naming)
        refuses(ask, ValueError, probes.summarise, samples, naming=naming)


# ------------------------------------------------------- 2. outliers, warm-up


@task(2)
@points(3)
@given(samples=draws.samples(kinds=("spikes", "normal", "eighths", "constant", "skewed", "integers", "far away")))
def test_odd_samples_are_flagged(ask, samples):
    """What lies more than one and a half widths of the middle half beyond it is flagged, where it stands; the rest is not."""
    agree(ask, probes.outliers, samples, kind="exact")


@task(2)
@points(2)
@given(k=st.sampled_from([0, 0.5, 1, 3]), side=st.sampled_from([1.0, -1.0]), place=st.integers(0, 8), on=st.booleans())
def test_what_is_on_the_fence_is_not_flagged(ask, k, side, place, on):
    """A sample on a fence is inside, one a little further out is outside, above and below, for any k."""
    samples = [0.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 6.0]
    samples.insert(place % 9, 4.0 + side * (2.0 + 4.0 * k + (0.0 if on else 2.0**-10)))
    agree(ask, probes.outliers, samples, k, kind="exact")


@task(2)
@points(1)
@pytest.mark.parametrize("first", [1e6, -1e6])
def test_a_huge_first_sample_hides_nothing(ask, first):
    """A first sample a million times as large as the rest does not round away what the rest differs by."""
    rest = np.array([3, 2.5, 1, 1.25, 1, 1.5, 1, 1.25, 1, 1.5]) * 2.0**-10
    ends_where_it_should(ask, [first, *(1 + rest).tolist()])


@task(2)
@points(3)
@given(samples=draws.series())
def test_where_the_warm_up_ends(ask, samples):
    """What is left out makes Σ(x − mean)² / m² smallest, of the first half at most; of equally good answers it is the smallest."""
    ends_where_it_should(ask, samples)


def ends_where_it_should(ask, samples):
    """The length of the warm-up is one that the oracle finds."""
    got, scores = ask(probes.warmup_length, samples), oracles.marginal(samples)
    best = min(scores)
    require(0 <= got < len(scores), f"0 to {len(scores) - 1}", f"{got}")
    near = [d for d, score in enumerate(scores) if score <= best * (1 + 1e-7) + 1e-30]
    if len({scores[d] for d in near}) == 1:
        near = near[:1]  # they are equal, not just close
    require(got in near, f"{near[0]}", f"{got}, where the score is {float(scores[got]):.6g} for {float(best):.6g}")


@task(2)
@points(1)
def test_the_rest_is_refused(ask):
    """Fewer than 4 samples have no warm-up; k is at least 0; what is no sample is refused. All are ValueErrors."""
    for count in (0, 1, 3):
        refuses(ask, ValueError, probes.warmup_length, [1.0] * count, naming=[count, 4])
    for k in (-1, -0.5):
        refuses(ask, ValueError, probes.outliers, [1.0, 2.0], k, naming=[k])
    refuses(ask, ValueError, probes.outliers, [1.0, 2.0], draws.NAN, naming=["nan"])
    refuses(ask, ValueError, probes.outliers, [1.0, draws.NAN], naming=[1])
    refuses(ask, ValueError, probes.outliers, [], naming=[0])
    refuses(ask, ValueError, probes.warmup_length, [1.0, 2.0, 3.0, 4.0, draws.INF], naming=[4])


# --------------------------------------------------------------- 3. Student's t


@task(3)
@points(6)
@given(
    p=st.sampled_from([0.975, 0.025, 0.5, 0.95, 0.9995, 0.0005, 0.6, 0.3]),
    df=st.sampled_from([9, 1, 2, 3, 4, 5, 29, 30, 99, 1000]),
)
def test_quantiles_of_t(ask, p, df):
    """Below t_quantile(p, df), T lies with probability p: to six digits, on either side, for any degrees of freedom."""
    want, got = oracles.t_quantile(p, df), ask(probes.t_quantile, p, df)
    require(abs(got - want) <= 1e-6 * max(1.0, abs(want)), f"{want:.9g}", f"{got:.9g}")


@task(3)
@points(3)
@given(samples=draws.samples((4, 2, 3, 5, 9, 12)), confidence=st.sampled_from([None, 0.95, 0.5, 0.999, 0.2]))
def test_students_interval(ask, samples, confidence):
    """An interval of the mean reaches t · std / √n to both sides, with t of n − 1 degrees of freedom."""
    given_too = [] if confidence is None else [confidence]
    found = ask(probes.t_interval, samples, *given_too)
    oracles.close_to_t(found, samples, confidence or 0.95)


@task(3)
@points(4)
@pytest.mark.parametrize(("n", "confidence"), [(4, 0.95), (2, 0.8)])
def test_95_of_100_intervals_hold_the_truth(ask, n, confidence):
    """Of 2,000 intervals, as large a share as their confidence holds the true mean, however few samples each has."""
    rows = 3.0 + np.random.default_rng(n).standard_normal((2000, n))
    found = ask(probes.t_intervals, rows, confidence, deadline=60)
    require(found.shape == (2000, 2), "two numbers for each of 2,000 data sets", f"shape {found.shape}")
    held = float(np.mean((found[:, 0] <= 3.0) & (found[:, 1] >= 3.0)))
    room = 0.02 if confidence == 0.95 else 0.04
    require(abs(held - confidence) <= room, f"{confidence:.0%} that hold it, ± {room:.0%}", f"{held:.1%}")


@task(3)
@points(1)
def test_one_sample_has_no_interval(ask):
    """One sample, a confidence that is not between 0 and 1, and probabilities and degrees of freedom that are none, are refused."""
    refuses(ask, ValueError, probes.t_interval, [1.0], naming=[1, 2])
    refuses(ask, ValueError, probes.t_interval, [1.0, draws.NAN], naming=[1])
    for share_ in draws.OUTSIDE:
        refuses(ask, ValueError, probes.t_interval, [1.0, 2.0], share_, naming=[str(share_)])
        refuses(ask, ValueError, probes.t_quantile, share_, 3, naming=[str(share_)])
    for df in (0, -2):
        refuses(ask, ValueError, probes.t_quantile, 0.9, df, naming=[df])


# ---------------------------------------------------------------- 4. draw again


@task(4)
@points(5)
@given(
    samples=draws.samples((3, 2, 4, 1), kinds=("eighths", "normal", "integers", "far away")),
    statistic=st.sampled_from(["mean", "median", "max"]), seed=seeds(),
)  # fmt: skip
def test_every_data_set_has_its_chance(ask, samples, statistic, seed):
    """Drawn again and again, the statistic takes all values that n draws with replacement can give, each as often as it should."""
    settings = {"statistic": statistic, "resamples": 3000, "rng": seed}
    found = ask(probes.resampled, samples, settings)
    require(found.dtype == np.float64, "dtype float64", f"dtype {found.dtype}")
    require(found.shape == (3000,), "shape (3000,)", f"shape {found.shape}")
    digits = 9 if np.abs(samples).max() < 1e5 else 5
    want = Counter(np.round(oracles.all_resamples(samples, statistic), digits).tolist())
    got = Counter(np.round(found, digits).tolist())
    strange = [x for x in sorted(got) if min(abs(x - y) for y in want) > 2 * 10.0**-digits]
    require(not strange, f"values among {sorted(want)[:6]} …", f"{strange[:6]}")
    for value, ways in want.items():
        wanted = ways / len(samples) ** len(samples)
        often = sum(count for x, count in got.items() if abs(x - value) <= 2 * 10.0**-digits) / 3000
        room = 5.5 * (wanted * (1 - wanted) / 3000) ** 0.5 + 1e-3
        require(abs(often - wanted) <= room, f"{value:.6g} in {wanted:.2%} of all, ± {room:.2%}", f"{often:.2%}")


@task(4)
@points(4)
@given(
    samples=draws.samples((4, 2, 3, 5), kinds=("eighths", "normal", "skewed", "integers")),
    statistic=st.sampled_from(["mean", "median", "second largest", None]),
    confidence=st.sampled_from([None, 0.5, 0.9, 0.99]),
)
def test_an_interval_of_any_statistic(ask, samples, statistic, confidence):
    """At either end of what can be drawn, an interval cuts off an equal share, of any statistic; of the mean, if none is named."""
    settings = {"statistic": statistic, "confidence": confidence}
    found = ask(probes.bootstrap_interval, samples, {name: value for name, value in settings.items() if value})
    values, cut = oracles.all_resamples(samples, statistic or "mean"), (1 - (confidence or 0.95)) / 2
    oracles.cuts(values, found["low"], cut, 2000, "low")
    oracles.cuts(values, found["high"], 1 - cut, 2000, "high")


@task(4)
@points(3)
def test_medians_of_skewed_samples(ask):
    """Of 400 intervals of a median, about as large a share as their confidence holds the true one, though samples are skewed."""
    rows = np.random.default_rng(19).exponential(1.0, (400, 41))
    settings = {"statistic": "median", "confidence": 0.9, "resamples": 400}
    found = ask(probes.bootstrap_intervals, rows, settings, deadline=60)
    require(found.shape == (400, 2), "two numbers for each of 400 data sets", f"shape {found.shape}")
    held = float(np.mean((found[:, 0] <= np.log(2)) & (found[:, 1] >= np.log(2))))
    require(0.83 <= held <= 0.97, "83 % to 97 % that hold it", f"{held:.1%}")


@task(4)
@points(2)
@pytest.mark.parametrize("name", ["resampled", "bootstrap_interval", "speedup_of", "compare", "compare paired"])
def test_random_numbers_come_from_rng(ask, name):
    """A seed gives the same answer twice, another seed another; a generator goes on; NumPy's global one is left alone."""
    a, b = np.random.default_rng(1).exponential(1.0, (2, 30)) + 1
    want = {
        "same seed, same answer": True, "no seed, same answer": True,
        "another seed, another answer": True, "a generator goes on": True,
        "global generator left alone": True,
    }  # fmt: skip
    assert_close(ask(probes.seeded, name, a, b), want, "exact")


@task(4)
@points(3)
@given(
    count=st.sampled_from([3, 1, 2, 7]), size=st.sampled_from([1.0, 1e-200, 1e200]), turned=st.booleans(), seed=seeds()
)
def test_geometric_means(ask, count, size, turned, seed):
    """Ratios multiply to the n-th power of their geometric mean; that of their inverses is its inverse; none is too large."""
    ratios = size * np.exp(np.random.default_rng(seed).uniform(-2, 2, count))
    if turned:
        ratios = 1 / ratios
    want = oracles.geometric_mean(ratios)
    got = ask(probes.geometric_mean, ratios)
    require(abs(got / want - 1) <= 1e-9, f"{want:.9g}", f"{got:.9g}")


@task(4)
@points(4)
@given(
    before=draws.samples((3, 2), kinds=("eighths", "skewed", "spikes")),
    after=draws.samples((3, 2), kinds=("skewed", "eighths", "spikes")),
    confidence=st.sampled_from([None, 0.8, 0.5]),
)
def test_how_many_times_faster(ask, before, after, confidence):
    """A speed-up is one median divided by the other; for its interval, both are drawn again, neither knowing of the other."""
    settings = {} if confidence is None else {"confidence": confidence}
    found = ask(probes.speedup, before, after, settings)
    assert_close(found["ratio"], float(np.median(before) / np.median(after)))
    medians = [oracles.all_resamples(samples, "median") for samples in (before, after)]
    ratios, cut = (medians[0][:, None] / medians[1][None, :]).ravel(), (1 - (confidence or 0.95)) / 2
    oracles.cuts(ratios, found["low"], cut, 2000, "low")
    oracles.cuts(ratios, found["high"], 1 - cut, 2000, "high")


@task(4)
@points(1)
def test_what_cannot_be_drawn_is_refused(ask):
    """Too few samples, no resamples, confidences outside, and ratios and times that are not greater than 0, are ValueErrors."""
    fine = [1.0, 2.0, 3.0]
    refuses(ask, ValueError, probes.resampled, [], {}, naming=[0])
    refuses(ask, ValueError, probes.bootstrap_interval, [1.0], {}, naming=[1, 2])
    for how, samples in (
        (probes.resampled, [fine]),
        (probes.bootstrap_interval, [fine]),
        (probes.speedup, [fine, fine]),
    ):
        for resamples in (0, -3):
            refuses(ask, ValueError, how, *samples, {"resamples": resamples}, naming=["resamples", resamples])
        refuses(ask, ValueError, how, [1.0, draws.NAN, 2.0], *samples[1:], {}, naming=[1])
    for confidence in draws.OUTSIDE:
        for how, samples in ((probes.bootstrap_interval, [fine]), (probes.speedup, [fine, fine])):
            refuses(ask, ValueError, how, *samples, {"confidence": confidence}, naming=[str(confidence)])
    for bad in ([0.0, 1.0], [1.0, -2.0]):
        refuses(ask, ValueError, probes.geometric_mean, bad, naming=[str(min(bad))])
        refuses(ask, ValueError, probes.speedup, bad, fine, {}, naming=[str(min(bad))])
        refuses(ask, ValueError, probes.speedup, fine, bad, {}, naming=[str(min(bad))])
    refuses(ask, ValueError, probes.geometric_mean, [], naming=[0])
    refuses(ask, ValueError, probes.speedup, fine, [1.0], {}, naming=[1, 2])


# --------------------------------------------------------- 5. is it a difference?


@task(5)
@points(4)
@pytest.mark.parametrize("paired", [False, True], ids=["two groups", "pairs"])
@share(2)
@given(
    plain=draws.groups(((4, 4), (3, 5), (5, 2), (2, 2))), twins=draws.groups(((6, 6), (2, 2), (4, 4), (8, 8))),
    resamples=st.sampled_from([999, 1999, 499]), seed=seeds(),
)  # fmt: skip
def test_p_values_count_what_chance_can_do(ask, paired, plain, twins, resamples, seed):
    """A p-value is the share of dealings whose difference is at least as large, in either direction; equal ones count."""
    a, b = twins if paired else plain
    settings = {"paired": paired, "resamples": resamples, "rng": seed}
    found, (want, difference) = ask(probes.compare, a, b, settings), oracles.share_as_large(a, b, paired)
    require(
        abs(found["difference"] - difference) <= 1e-9, f"a difference of {difference:.6g}", f"{found['difference']:.6g}"
    )
    count = found["p_value"] * (resamples + 1) - 1
    whole = count > -1e-6 and abs(count - round(count)) < 1e-6
    require(whole, f"(1 + c) / {resamples + 1}, c a whole number", f"{found['p_value']:.6g}")
    room = 5.5 * (want * (1 - want) / resamples) ** 0.5 + 2 / resamples
    require(abs(found["p_value"] - want) <= room, f"a p-value of {want:.4g} ± {room:.2g}", f"{found['p_value']:.4g}")


@task(5)
@points(3)
@pytest.mark.parametrize("paired", [False, True], ids=["two groups", "pairs"])
@share(2)
@given(
    plain=draws.groups(((3, 3), (2, 3), (3, 2))), twins=draws.groups(((3, 3), (4, 4), (2, 2))),
    level=st.sampled_from([None, 0.05, 0.2, 0.5]), seed=seeds(),
)  # fmt: skip
def test_how_large_the_difference_is(ask, paired, plain, twins, level, seed):
    """The interval cuts off half of the level at either end of the differences that can be drawn: of two groups, or of pairs."""
    a, b = twins if paired else plain
    settings = {"paired": paired, "rng": seed} | ({} if level is None else {"level": level})
    found, cut = ask(probes.compare, a, b, settings), (0.05 if level is None else level) / 2
    if paired:
        values = oracles.all_resamples(np.subtract(b, a), "mean")
    else:
        means = [oracles.all_resamples(group, "mean") for group in (a, b)]
        values = (means[1][:, None] - means[0][None, :]).ravel()
    oracles.cuts(values, found["low"], cut, 1999, "low")
    oracles.cuts(values, found["high"], 1 - cut, 1999, "high")


@task(5)
@points(4)
@pytest.mark.parametrize(("level", "paired"), [(0.05, False), (0.2, True)])
def test_nothing_is_found_where_nothing_is(ask, level, paired):
    """Of 1,000 comparisons of what does not differ, as large a share as the level is called significant, no more and no less."""
    a, b = np.random.default_rng(7).exponential(1.0, (2, 1000, 8))
    found = ask(probes.alarms, a, b, {"level": level, "paired": paired, "resamples": 199}, deadline=60)
    room = 4 * (level * (1 - level) / 1000) ** 0.5
    require(abs(found.mean() - level) <= room, f"{level:.0%} significant, ± {room:.1%}", f"{found.mean():.1%}")


@task(5)
@points(2)
@given(
    level=st.sampled_from([0.05, 0.01, 0.2, None]),
    gap=st.sampled_from([0.0, 0.6, 1.0, 1.4, -1.0, 4.0]),
    seed=seeds(),
)
def test_significant_is_what_chance_seldom_does(ask, level, gap, seed):
    """A difference is significant exactly if its p-value is at most the level, wherever intervals of the two groups lie."""
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal(12), gap + rng.standard_normal(9)
    found = ask(probes.compare, a, b, {"rng": seed, "resamples": 999} | ({} if level is None else {"level": level}))
    want = found["p_value"] <= (level or 0.05)
    assert_close(found["significant"], want, "exact", f"significant with p = {found['p_value']:.4g}")
    if abs(gap) == 4.0:
        require(
            found["p_value"] <= 0.005, "a p-value of 0.005 at most, four deviations apart", f"{found['p_value']:.4g}"
        )


@task(5)
@points(1)
def test_comparisons_that_make_no_sense_are_refused(ask):
    """Pairs without a partner, one sample, levels outside 0 to 1, and no resamples, are ValueErrors that name what was given."""
    fine = [1.0, 2.0, 4.0]
    refuses(ask, ValueError, probes.compare, fine, [1.0, 2.0], {"paired": True}, naming=[3, 2])
    refuses(ask, ValueError, probes.compare, fine, [1.0], {}, naming=[1, 2])
    refuses(ask, ValueError, probes.compare, [], fine, {}, naming=[0, 2])
    refuses(ask, ValueError, probes.compare, fine, [1.0, draws.INF], {}, naming=[1])
    for level in draws.OUTSIDE:
        refuses(ask, ValueError, probes.compare, fine, fine, {"level": level}, naming=[str(level)])
    for resamples in (0, -1):
        refuses(ask, ValueError, probes.compare, fine, fine, {"resamples": resamples}, naming=["resamples", resamples])
