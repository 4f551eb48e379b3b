"""Who is dealt to a is decided by sorting random keys; for pairs, sums of what is turned."""

from __future__ import annotations

import numpy as np


def compare(
    a: Samples, b: Samples, paired: bool = False, level: float = 0.05, resamples: int = 1999, rng: Rng = 0
) -> Comparison:
    a, b = as_samples(a, 2), as_samples(b, 2)
    if not (level > 0 and level < 1):
        raise ValueError(f"a level of {level}")
    if resamples < 1:
        raise ValueError(f"resamples={resamples}")
    if paired and a.size != b.size:
        raise ValueError(f"pairs of {a.size} and {b.size}")
    rng = rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)
    if paired:
        gaps = b - a
        signs = 1 - 2 * rng.integers(0, 2, (resamples, a.size))
        dealt, real = signs @ gaps / a.size, gaps.sum() / a.size
        drawn = gaps[rng.integers(0, a.size, (resamples, a.size))].mean(1)
    else:
        together = np.concatenate([a, b])
        to_b = np.argsort(rng.random((resamples, together.size)), axis=1)[:, : b.size]
        inside = together[to_b].sum(1)
        dealt, real = inside / b.size - (together.sum() - inside) / a.size, b.mean() - a.mean()
        means = [x[rng.integers(0, x.size, (resamples, x.size))].mean(1) for x in (b, a)]
        drawn = means[0] - means[1]
    as_large = (np.abs(dealt) > abs(real)) | np.isclose(np.abs(dealt), abs(real), rtol=1e-9, atol=1e-12)
    p = (as_large.sum() + 1) / (resamples + 1)
    low, high = np.percentile(drawn, [50 * level, 100 - 50 * level])
    return Comparison(float(real), float(low), float(high), float(p), bool(p <= level))
