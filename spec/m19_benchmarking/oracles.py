"""The right answers: by exact fractions, by NumPy, and by going through all that chance can do."""

import functools
import itertools
import math
import os
import platform
import statistics
from fractions import Fraction

import numpy as np

from spec.kit import Bounded, assert_close, require

# ------------------------------------------------------------- 1, 2. samples


def as_samples(samples, least=1):
    return np.array(samples, np.float64)


def exact(samples):
    return [Fraction(float(x)) for x in samples]


def reach(samples):
    """The largest magnitude: what sums and differences of the samples are rounded to."""
    return max(abs(float(x)) for x in samples)


def quantile(samples, share):
    """Along a straight line between the two samples next to it, as a fraction."""
    ordered = sorted(exact(samples))
    place = Fraction(share) * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def percentile(samples, q):
    return Bounded(float(np.percentile(np.array(samples, np.float64), q)), reach(samples))


def summarise(samples):
    values, n = exact(samples), len(samples)
    mean = sum(values) / n
    std = float(statistics.stdev(values)) if n > 1 else float("nan")
    numbers = {
        "minimum": Bounded(float(min(values)), reach(samples)),
        **{name: Bounded(float(quantile(samples, Fraction(q, 100))), reach(samples)) for name, q in (
            ("median", 50), ("p95", 95), ("p99", 99),
        )},
    }  # fmt: skip
    # A square that was added before it was centred loses what the samples have in common: 1e6 ± 1 has twelve digits of it.
    spread = Bounded(std, max(std, 1e-4 * reach(samples)) if n > 1 else 1.0)
    return {"n": n, "mean": Bounded(float(mean), reach(samples)), "std": spread, **numbers}


def outliers(samples, k=1.5):
    low, high = quantile(samples, Fraction(1, 4)), quantile(samples, Fraction(3, 4))
    far = Fraction(k) * (high - low)
    return np.array([not low - far <= x <= high + far for x in exact(samples)])


def marginal(samples):
    """Σ(x − mean)² / m² for each number of samples that may be left out, as fractions."""
    scores, total, squares = [], Fraction(0), Fraction(0)
    for m, x in enumerate(reversed(exact(samples)), 1):
        total, squares = total + x, squares + x * x
        scores.append((squares - total**2 / m) / m**2)
    return scores[::-1][: len(samples) // 2 + 1]


# ------------------------------------------------------------ 3, 4. intervals


@functools.cache
def _nodes():
    return np.polynomial.legendre.leggauss(200)


def t_share(t, df):
    """The probability that T lies below t: the density in the angle of tan(angle) = t / √df, by Gauss and Legendre's sums."""
    angle = math.atan(abs(t) / math.sqrt(df))
    places, weights = _nodes()
    half = angle / 2 * float(weights @ np.cos(angle / 2 * (places + 1)) ** (df - 1))
    whole = math.sqrt(math.pi) * math.exp(math.lgamma(df / 2) - math.lgamma((df + 1) / 2))
    return 0.5 + math.copysign(half / whole, t)


@functools.cache
def t_quantile(p, df):
    if p == 0.5:
        return 0.0
    low, high = (-1e6, 0.0) if p < 0.5 else (0.0, 1e6)
    for _ in range(120):
        middle = (low + high) / 2
        low, high = (middle, high) if t_share(middle, df) < p else (low, middle)
    return (low + high) / 2


def t_interval(samples, confidence=0.95):
    """The middle, and how far it reaches."""
    values, n = exact(samples), len(samples)
    mean = float(sum(values) / n)
    return mean, t_quantile((1 + confidence) / 2, n - 1) * float(statistics.stdev(values)) / math.sqrt(n)


def close_to_t(found, samples, confidence):
    """`found` is Student's interval, but for the six digits that are asked of the quantile, and rounding."""
    mean, far = t_interval(samples, confidence)
    room = 2e-6 * far + 1e-9 * reach(samples)
    for name, want in (("low", mean - far), ("high", mean + far)):
        require(abs(found[name] - want) <= room, f"{name}: {want:.9g}", f"{found[name]:.9g}")


STATISTICS = {
    "mean": lambda rows: rows.mean(1),
    "median": lambda rows: np.median(rows, 1),
    "max": lambda rows: rows.max(1),
    "second largest": lambda rows: np.sort(rows, 1)[:, -2],
}


def all_resamples(samples, statistic):
    """The statistic of each of the nⁿ data sets that can be drawn, all with the same chance."""
    found = np.array(list(itertools.product(np.array(samples, np.float64), repeat=len(samples))))
    return STATISTICS[statistic](found)


def cuts(values, x, share, draws, what):
    """x cuts off `share` of what was drawn, where `values` are all that can be drawn, with the same chance.

    With so many draws the share is known to five standard deviations.
    """
    rounding = 1e-9 * max(1.0, float(np.abs(values).max()))
    below, upto = float(np.mean(values < x - rounding)), float(np.mean(values <= x + rounding))
    room = 5 * math.sqrt(share * (1 - share) / draws) + 2 / draws
    require(
        below <= share + room and upto >= share - room,
        f"{what} with {share:.3g} of all that can be drawn below it",
        f"{x:.6g}, with {below:.3g} below it and {upto:.3g} up to it",
    )


def geometric_mean(ratios):
    return math.exp(math.fsum(math.log(ratio) for ratio in ratios) / len(ratios))


# --------------------------------------------------------------- 5. comparing


def share_as_large(a, b, paired):
    """The share of all ways of dealing the labels in which the difference is at least as large, and the difference."""
    # Tenths and the like are meant, not the floats next to them: equal differences are equal.
    a, b = ([Fraction(x).limit_denominator(10**12) for x in group] for group in (a, b))
    difference = sum(b) / len(b) - sum(a) / len(a)
    if paired:
        gaps = [y - x for x, y in zip(a, b, strict=True)]
        ways = [sum(s * gap for s, gap in zip(signs, gaps, strict=True)) / len(a)
                for signs in itertools.product((1, -1), repeat=len(a))]  # fmt: skip
    else:
        together, total = a + b, sum(a + b)
        ways = []
        for chosen in itertools.combinations(range(len(together)), len(b)):
            inside = sum(together[i] for i in chosen)
            ways.append(inside / len(b) - (total - inside) / len(a))
    return sum(abs(way) >= abs(difference) for way in ways) / len(ways), float(difference)


# --------------------------------------------------------------- 6. benchmark


def measured(costs, settings, times=1):
    """Samples and calls; what they say follows from the samples."""
    how = {"warmup": 1, "runs": 30, "number": 1, **settings}
    calls = how["warmup"] + how["runs"] * how["number"]
    start, number = (times - 1) * calls + how["warmup"], how["number"]
    left = [costs[start + i * number : start + (i + 1) * number] for i in range(how["runs"])]
    return {
        "samples": [sum(group) / number for group in left],
        "calls": times * calls,
        "calls before the run": 0,
        "arguments": ["(1, 'b')"],
    }


def said_of(samples, found):
    """What a result has to say of its samples."""
    assert_close(found["summary"], summarise(samples), name="summary")
    assert_close(found["outliers"], np.flatnonzero(outliers(samples)).tolist(), "exact", "outliers")
    close_to_t(found, samples, found["confidence"])


def environment(threads):
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "threads": dict(threads),
    }


# ------------------------------------------------------------------ 7. pareto


def pareto_front(points, maximise):
    rows = [[float(x) for x in point] for point in points]
    larger = {column % len(rows[0]) for column in maximise} if rows else set()
    turned = [[-x if column in larger else x for column, x in enumerate(row)] for row in rows]

    def beats(p, q):
        return all(x <= y for x, y in zip(p, q, strict=True)) and p != q

    return [i for i, q in enumerate(turned) if not any(beats(p, q) for p in turned)]


# ---------------------------------------------------------------------- speed


def loop_of_resamples(samples, resamples, seed):
    """One data set after the other."""
    rng = np.random.default_rng(seed)
    return [float(np.mean(samples[rng.integers(0, len(samples), len(samples))])) for _ in range(resamples)]


def loop_of_dealings(a, b, resamples, seed):
    rng, together = np.random.default_rng(seed), np.concatenate([a, b])
    count = 0
    for _ in range(resamples):
        mixed = rng.permutation(together)
        count += abs(mixed[: len(a)].mean() - mixed[len(a) :].mean()) >= abs(a.mean() - b.mean())
    return count


def loop_over_samples(samples):
    """Mean and squares, sample by sample."""
    mean = squares = 0.0
    for m, x in enumerate(samples, 1):
        step = x - mean
        mean += step / m
        squares += step * (x - mean)
    return squares
