"""The bottleneck by NumPy; a measurement whose timing is that of time_fn."""

import math
import time

import numpy as np

from ..m14_profiling import time_fn
from ..m19_benchmarking import percentile_of


def measure_model(name, model, x, y, warmup=1, runs=5, clock=time.perf_counter):
    """See the kata."""
    if len(x.data) != len(y.data) or not len(y.data):
        raise ValueError(f"examples: {len(x.data)}, answers: {len(y.data)}")
    if runs < 2:
        raise ValueError(f"runs is {runs}")
    before = {id(module): (module, bool(module.training)) for _, module in model.named_modules()}

    def back():
        for module, training in before.values():
            module.training = training

    try:
        with no_grad():
            model.eval()
            right = np.mean(np.argmax(model(x).data, axis=1) == y.data)
            samples = time_fn(model, x, warmup=warmup, repeat=runs, clock=clock).samples
    finally:
        back()
    return Measured(name, float(right), model_bytes(model), float(np.median(samples)), percentile_of(samples, 95))


def find_bottleneck(profile, share=0.8):
    """See the kata."""
    if not (0 < share <= 1):
        raise ValueError(f"a share of {share}")
    own = np.array([row.own_seconds for row in profile.rows], np.float64)
    if own.sum() <= 0:
        raise ValueError("no time at all")
    order = np.argsort(-own, kind="stable")
    parts = np.cumsum(own[order]) / own.sum()
    count = int(np.argmax(parts >= share)) + 1
    part = float(parts[count - 1])
    names = tuple(profile.rows[n].name for n in order[:count])
    return Bottleneck(names, part, math.inf if part == 1 else 1 / (1 - part))
