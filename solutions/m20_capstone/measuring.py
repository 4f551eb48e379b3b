"""Where you stand: what a model is worth before anything is done to it, and where its time goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..m01_tensor import Tensor
from ..m03_layers import Module
from ..m06_autograd import no_grad
from ..m08_training import accuracy
from ..m14_profiling import Profile, amdahl
from ..m15_quantization import model_bytes
from ..m19_benchmarking import Benchmark

Clock = Callable[[], float]


@dataclass(frozen=True)
class Measured:
    """What a model was found to be. Given.

    Attributes:
        name: of the model, or of what was done to it last.
        accuracy: share of right answers, from 0 to 1.
        nbytes: bytes of all that it saves.
        seconds: of one call (for a GPT: of one token), the median of the samples.
        p95: percentile 95 of the same samples.
    """

    name: str
    accuracy: float
    nbytes: int
    seconds: float
    p95: float


def measure_model(
    name: str,
    model: Module,
    x: Tensor,
    y: Tensor,
    warmup: int = 1,
    runs: int = 5,
    clock: Clock = time.perf_counter,
) -> Measured:
    """Measure a classifier: right answers on x, bytes, and seconds of a call with x.

    Args:
        name: goes into the answer.
        model: makes scores (n, classes) of x. It is called once for its answers, and then by a Benchmark with this warmup,
            these runs and this clock; no other call is timed.
        x, y: examples and the right classes (n,), n at least 1. They should be new to the model: nothing was
            trained or calibrated with them.
    Returns:
        A Measured, its numbers plain Python ones. nbytes as `model_bytes`.

    At every call the model is in eval mode and nothing is recorded for gradients; afterwards each of its modules is in
    the mode in which it was, also if there was an error.

    Raises:
        ValueError: there are no examples, or not as many answers as examples (both numbers are named); as Benchmark.

    >>> from ..m03_layers import Linear
    >>> x, y = Tensor([[1.0, 2.0], [4.0, 3.0]]), Tensor([1, 1])
    >>> found = measure_model("identity", Linear(2, 2, rng=0), x, y, clock=iter(range(100)).__next__)
    >>> found.nbytes, found.seconds, found.p95
    (24, 1.0, 1.0)
    """
    # BEGIN SOLUTION
    count, answers = x.shape[0] if x.shape else 0, y.shape[0] if y.shape else 0
    if count != answers or not count:
        raise ValueError(f"{count} examples and {answers} answers: there should be as many, and at least one")
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with no_grad():
            right = accuracy(model(x), y)
            found = Benchmark(model, x, warmup=warmup, runs=runs, clock=clock).run().summary
    finally:
        for module, training in modes:
            module.training = training
    return Measured(name, right, model_bytes(model), found.median, found.p95)
    # END SOLUTION


@dataclass(frozen=True)
class Bottleneck:
    """What `find_bottleneck` found. Given.

    Attributes:
        names: of the rows, the slowest first.
        share: of the time that they make together.
        bound: how many times faster the whole would be if they took no time at all; math.inf if nothing else takes any.
    """

    names: tuple[str, ...]
    share: float
    bound: float


def find_bottleneck(profile: Profile, share: float = 0.8) -> Bottleneck:
    """As few rows of a profile as make `share` of the time, and what mending them could bring at best.

    Args:
        profile: its rows' `own_seconds` count, 0 or more each: in `seconds` an inner layer's time would count several times.
        share: greater than 0, up to 1. Whether rounding errors reach it or miss it is left open.
    Returns:
        The rows with the largest own_seconds, in falling order (equal ones as they stand in the profile), no more of
        them than it takes. Their share may well be larger than the one that was asked for.
    Raises:
        ValueError: share is not above 0 and up to 1 (it is named), or the rows took no time.

    >>> from ..m14_profiling import LayerRow
    >>> rows = [LayerRow(name, "Linear", 1, (1, 2), 0, 0, 0, s, s) for name, s in (("a", 1.0), ("b", 6.0), ("c", 1.0))]
    >>> find_bottleneck(Profile(tuple(rows), 8.0, 0.0), 0.5)
    Bottleneck(names=('b',), share=0.75, bound=4.0)

    Source: Amdahl 1967, Validity of the single processor approach to achieving large scale computing capabilities.
    """
    # BEGIN SOLUTION
    if not 0 < share <= 1:
        raise ValueError(f"share is above 0 and up to 1, not {share}")
    total = sum(row.own_seconds for row in profile.rows)
    if not total > 0:
        raise ValueError("the rows of this profile took no time: there is no bottleneck")
    names, spent = [], 0.0
    for row in sorted(profile.rows, key=lambda row: -row.own_seconds):  # sorted keeps the order of equal ones
        names.append(row.name)
        spent += row.own_seconds
        if spent >= share * total:
            break
    part = min(1.0, spent / total)
    return Bottleneck(tuple(names), part, amdahl(part, float("inf")))
    # END SOLUTION
