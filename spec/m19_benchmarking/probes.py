"""How the laws of m19 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.percentile_of`, `tt.compare`, … Time is told by a `Clock` that only moves when somebody spends time, so
that what a benchmark should say is known exactly.
"""

import itertools
import json
import os

import numpy as np

from ..kit.probing import Clock

# ------------------------------------------------------------------- helpers


def second_largest(data, axis):
    """A statistic that NumPy does not have."""
    return np.sort(data, axis=axis).take(-2, axis=axis)


def distinct(data, axis):
    """Which share of the numbers along the axis differ from each other."""
    ordered = np.sort(data, axis=axis)
    return (1 + np.sum(np.diff(ordered, axis=axis) != 0, axis=axis)) / data.shape[axis]


STATISTICS = {
    "mean": np.mean, "median": np.median, "max": np.max, "second largest": second_largest, "distinct": distinct,
}  # fmt: skip


def named(settings):
    """Settings with a statistic in place of its name."""
    return {name: STATISTICS[value] if name == "statistic" else value for name, value in settings.items()}


def pair(interval):
    low, high = interval
    return {"low": float(low), "high": float(high)}


def summary_of(found):
    names = ("mean", "std", "minimum", "median", "p95", "p99")
    return {"n": int(found.n), **{name: float(getattr(found, name)) for name in names}}


def comparison_of(found):
    numbers = {name: float(getattr(found, name)) for name in ("difference", "low", "high", "p_value")}
    return {**numbers, "significant": bool(found.significant)}


# ------------------------------------------------------------- 1, 2. samples


def as_samples(tt, samples, *least):
    return tt.as_samples(samples, *least)


def percentile(tt, samples, q):
    return float(tt.percentile_of(samples, q))


def summarise(tt, samples):
    return summary_of(tt.summarise(samples))


def outliers(tt, samples, *k):
    return tt.flag_outliers(samples, *k)


def warmup_length(tt, samples):
    return int(tt.warmup_length(samples))


# ------------------------------------------------------------ 3, 4. intervals


def t_quantile(tt, p, df):
    return float(tt.t_quantile(p, df))


def t_interval(tt, samples, *confidence):
    return pair(tt.t_interval(samples, *confidence))


def t_intervals(tt, rows, confidence):
    """An interval for each row of samples."""
    return np.array([tt.t_interval(row, confidence) for row in rows], np.float64)


def resampled(tt, samples, settings):
    return tt.resampled(samples, **named(settings))


def bootstrap_interval(tt, samples, settings):
    return pair(tt.bootstrap_interval(samples, **named(settings)))


def bootstrap_intervals(tt, rows, settings):
    found = [tt.bootstrap_interval(row, rng=seed, **named(settings)) for seed, row in enumerate(rows)]
    return np.array(found, np.float64)


def geometric_mean(tt, ratios):
    return float(tt.geometric_mean(ratios))


def speedup(tt, before, after, settings):
    found = tt.speedup_of(before, after, **settings)
    return {"ratio": float(found.ratio), "low": float(found.low), "high": float(found.high)}


# --------------------------------------------------------------- 5. comparing


def compare(tt, a, b, settings):
    return comparison_of(tt.compare(a, b, **settings))


def alarms(tt, groups_a, groups_b, settings):
    """For each row of both: is the difference significant?"""
    found = [tt.compare(a, b, rng=seed, **settings) for seed, (a, b) in enumerate(zip(groups_a, groups_b, strict=True))]
    return np.array([bool(one.significant) for one in found])


def seeded(tt, name, a, b):
    """What depends on the random numbers: the same with the same seed? With others? And NumPy's global generator?"""
    settings = {"resamples": 60}
    if name == "compare paired":
        settings["paired"] = True
    first = [a] if name in ("resampled", "bootstrap_interval") else [a, b]

    def answer(*rng):
        named = {"rng": rng[0]} if rng else {}
        found = getattr(tt, name.split()[0])(*first, **named, **settings)
        if name in ("resampled", "bootstrap_interval"):
            return tuple(float(x) for x in found)
        return float(found.low), float(found.high)

    before = repr(np.random.get_state())
    generator = np.random.default_rng(5)
    result = {
        "same seed, same answer": answer(3) == answer(3),
        "no seed, same answer": answer() == answer(),
        "another seed, another answer": answer(3) != answer(4),
        "a generator goes on": answer(generator) != answer(generator),
    }
    return {**result, "global generator left alone": repr(np.random.get_state()) == before}


# --------------------------------------------------------------- 6. benchmark


def measured(tt, costs, settings, times=1):
    """A Benchmark of a function whose calls take the seconds of `costs`, one after the other; what its last run says."""
    clock, calls = Clock(), []

    def work(a, b):
        clock.spend(costs[len(calls)])
        calls.append((a, b))

    benchmark = tt.Benchmark(work, 1, "b", clock=clock, **settings)
    early = len(calls)
    for _ in range(times):
        result = benchmark.run()
    return {
        "samples": [float(sample) for sample in result.samples],
        "calls": len(calls),
        "calls before the run": early,
        "arguments": sorted({str(call) for call in calls}),
        "summary": summary_of(result.summary),
        "confidence": float(result.confidence),
        **pair((result.low, result.high)),
        "outliers": [int(position) for position in result.outliers],
        "types": [type(result.samples).__name__, type(result.outliers).__name__],
    }


def made(tt, settings):
    """A Benchmark that is made, and not run."""
    tt.Benchmark(len, "abc", **settings)
    return "made"


def by_a_real_clock(tt):
    result = tt.Benchmark(sum, range(1000)).run()
    return {"samples": len(result.samples), "positive": bool(min(result.samples) > 0.0)}


def recorded(tt, costs, runs):
    """The record of a result: by way of a file, and after somebody has written into it."""
    clock, left = Clock(), iter(costs)
    result = tt.Benchmark(lambda: clock.spend(next(left)), runs=runs, clock=clock).run()
    record = result.record()
    back = json.loads(json.dumps(record))
    second = result.record()
    second["samples"].append(0.0)
    second["outliers"].append(0)
    second["summary"].clear()
    second["environment"]["threads"].clear()
    second.clear()
    return {
        "record": record,
        "read back": back == record,
        "after changes": result.record() == back,
        "attributes": {
            "samples": [float(sample) for sample in result.samples],
            "summary": summary_of(result.summary),
            "confidence": float(result.confidence),
            **pair((result.low, result.high)),
            "outliers": [int(position) for position in result.outliers],
            "environment": result.environment,
        },
    }


def environment(tt, threads):
    """environment_record() while the variables of `threads` are set, or not set."""
    kept = {name: os.environ.get(name) for name in threads}

    def put(values):
        for name, value in values.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    put(threads)
    try:
        return tt.environment_record()
    finally:
        put(kept)


def environments(tt):
    """Two calls, with somebody writing into the first answer."""
    first = tt.environment_record()
    first["threads"].clear()
    first.clear()
    return sorted(tt.environment_record())


# ------------------------------------------------------------------ 7. pareto


def pareto_front(tt, points, maximise):
    return tt.pareto_front(points, maximise)


# ----------------------------------------------------------------- 8. reflect


def formula(tt, name, *numbers):
    return getattr(tt.reflect, name)(*numbers)


def spread_of_means(tt, rows, std):
    """The formula, and how far means of real data sets scatter."""
    means = [tt.summarise(row).mean for row in rows]
    return {"formula": float(tt.reflect.standard_error(std, rows.shape[1])), "measured": float(tt.summarise(means).std)}


def distinct_in_resamples(tt, n, resamples, rng):
    found = tt.resampled(np.arange(float(n)), distinct, resamples=resamples, rng=rng)
    return {"formula": float(tt.reflect.distinct_share(n)), "measured": float(np.mean(found))}


def least_p(tt, resamples):
    """The formula, and the p-value of a difference that nobody doubts."""
    a = np.arange(40.0)
    found = tt.compare(a, a + 1000.0, resamples=resamples)
    return {"formula": float(tt.reflect.smallest_p_value(resamples)), "measured": float(found.p_value)}


# ------------------------------------------------------------------------ use


def layers(tt, widths):
    steps = [tt.Linear(a, b, rng=0) for a, b in itertools.pairwise(widths)]
    return tt.Sequential(*steps)


def raced(tt, before, after, speed, noise, runs):
    """Two networks on a machine that does `speed` operations a second, more or less: which is faster, by how much?"""
    results = []
    for widths, shares in ((before, noise[0]), (after, noise[1])):
        model, x, clock = layers(tt, widths), tt.Tensor(np.ones((2, widths[0]), np.float32)), Clock()
        left = iter(shares)

        def work(model=model, x=x, clock=clock, left=left):
            clock.spend(tt.count_flops(model, x) / speed * next(left))

        results.append(tt.Benchmark(work, runs=runs, clock=clock).run().samples)
    found = tt.speedup_of(*results)
    return {
        "ratio": float(found.ratio),
        "holds": bool(found.low <= found.ratio <= found.high),
        "means": [float(np.mean(samples)) for samples in results],
        "difference": comparison_of(tt.compare(*results))["difference"],
        "significant": bool(tt.compare(*results).significant),
    }


def kernels(tt, x, w):
    """A convolution in loops and one over columns, by a real clock."""
    x, w = tt.Tensor(x), tt.Tensor(w)
    slow = tt.Benchmark(tt.conv2d_explicit, x, w, runs=9).run().samples
    fast = tt.Benchmark(tt.conv2d_im2col, x, w, runs=9).run().samples
    found = tt.speedup_of(slow, fast)
    return {"ratio": float(found.ratio), "low": float(found.low), "high": float(found.high)}


def settled(tt, slow, steady):
    """A program that is slow at first: how many samples a Benchmark without warm-up finds to be left out."""
    clock, left = Clock(), iter([*slow, *steady])
    result = tt.Benchmark(
        lambda: clock.spend(next(left)), warmup=0, runs=len(slow) + len(steady), clock=clock
    ).run()  # fmt: skip
    cut = tt.warmup_length(result.samples)
    return {"cut": int(cut), "rest": summary_of(tt.summarise(result.samples[cut:])), "all": len(result.samples)}


def sizes_and_operations(tt, plans, scores):
    """The front of networks by parameters, operations (both small) and a score (large)."""
    rows = []
    for widths, score in zip(plans, scores, strict=True):
        model = layers(tt, widths)
        x = tt.Tensor(np.ones((1, widths[0]), np.float32))
        rows.append([tt.count_parameters(model), tt.count_flops(model, x), score])
    return tt.pareto_front(rows, maximise=[2])


# ---------------------------------------------------------------------- speed


def resampled_again(tt, samples, resamples, repeat, session):
    """With another seed each time: an answer that was kept is of no use."""
    count = session.setdefault("count", itertools.count())
    for _ in range(repeat):
        found = tt.resampled(samples, np.mean, resamples=resamples, rng=next(count))
    return len(found)


def compared_again(tt, a, b, resamples, repeat, session):
    count = session.setdefault("count", itertools.count())
    for _ in range(repeat):
        found = tt.compare(a, b, resamples=resamples, rng=next(count))
    return float(found.difference)


def settled_again(tt, n, repeat, session):
    count = session.setdefault("count", itertools.count())
    samples = session.setdefault(("samples", n), 1 + np.random.default_rng(n).random(n))
    for _ in range(repeat):
        samples[0] = next(count)
        found = tt.warmup_length(samples)
    return int(found)
