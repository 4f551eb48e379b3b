"""The pipeline: one step after the other, each of them measured, and kept only if the model still knows what it knew."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..m01_tensor import Tensor
from ..m03_layers import Module, Sequential
from ..m15_quantization import quantize_model
from .measuring import Clock, Measured, measure_model
from .steps import WithKernels, prune_units

Step = tuple[str, Callable[[Module], Module]]
"""A name, and what makes a new model of one."""

STEPS = ("kernels", "prune", "quantise")
"""What `optimise_cnn` can do, in the order in which it does it."""


@dataclass(frozen=True)
class LogEntry:
    """What a pipeline did. Given.

    Attributes:
        step: its name; "baseline" for the model as it came.
        kept: whether the next step went on from here.
        measured: what the model was with this step done.
    """

    step: str
    kept: bool
    measured: Measured


def run_pipeline(
    model: Module,
    steps: Iterable[Step],
    judge: Callable[[str, Module], Measured],
    max_points_lost: float = 2.0,
) -> tuple[Module, tuple[LogEntry, ...]]:
    """Take a model through steps, and keep those that it survives.

    The model is judged as it is, as "baseline". Then each step makes a model of what is there, which is judged under the step's
    name. It is kept, and is what the next step gets, unless it has lost more than `max_points_lost` points of accuracy against
    the *baseline*, all steps before it included. A step that is not kept leaves no trace but its line in the log.

    Args:
        model: stays as it is, whatever steps do to what they are given: a step gets a copy that shares no memory with anything.
        steps: each with its own name.
        judge: called once for each model that is to be measured, in this order, with the step's name.
        max_points_lost: 0 or more; a point is 0.01 of accuracy. A loss of exactly this is no more than this, and rounding
            errors of 1e-9 points are none.
    Returns:
        The last model that was kept, sharing no memory with `model`, also if no step was kept; and the log: an entry
        for the baseline, which is kept, and one for each step, in order.
    Raises:
        ValueError: max_points_lost is below 0; it is named.
        TypeError: a step gave back no Module; the step and the type are named.

    >>> from ..m03_layers import Linear
    >>> judge = lambda name, model: Measured(name, {"halve": 0.9, "drop": 0.5}.get(name, 0.91), 8, 1.0, 1.0)
    >>> done, log = run_pipeline(Linear(1, 1), [("drop", lambda m: Linear(1, 2)), ("halve", lambda m: m)], judge)
    >>> done, [(entry.step, entry.kept) for entry in log]
    (Linear(in_features=1, out_features=1, bias=True), [('baseline', True), ('drop', False), ('halve', True)])
    """
    # BEGIN SOLUTION
    if not max_points_lost >= 0:
        raise ValueError(f"max_points_lost is 0 or more, not {max_points_lost}")
    current = copy.deepcopy(model)
    baseline = judge("baseline", current)
    log = [LogEntry("baseline", True, baseline)]
    for name, step in steps:
        # The judge may keep what it was shown, and a step may write into what it gets: both have to be someone else's.
        candidate = step(copy.deepcopy(current))
        if not isinstance(candidate, Module):
            raise TypeError(f"the step {name!r} gave back a {type(candidate).__name__}, and no Module")
        measured = judge(name, candidate)
        kept = 100 * (baseline.accuracy - measured.accuracy) <= max_points_lost + 1e-9
        log.append(LogEntry(name, kept, measured))
        if kept:
            current = candidate
    return current, tuple(log)
    # END SOLUTION


def optimise_cnn(
    model: Sequential,
    batches: Iterable[Tensor],
    x: Tensor,
    y: Tensor,
    steps: Sequence[str] = STEPS,
    amount: float = 0.5,
    max_points_lost: float = 2.0,
    runs: int = 5,
    clock: Clock = time.perf_counter,
) -> tuple[Module, tuple[LogEntry, ...]]:
    """A trained classifier, made fast and small: a pipeline of what earlier katas can do.

        baseline    the model over explicit kernels
        kernels     over fast ones
        prune       `prune_units`, of `amount`
        quantise    `quantize_model`, calibrated with `batches`

    Args:
        model: what `prune_units` takes; stays as it is.
        batches: inputs for calibration, like those that will come. A generator will do; they are used for nothing else.
        x, y: what is measured with, by `measure_model`; they are used for nothing else.
        steps: which of STEPS to take, each at most once. They are taken in the order of STEPS, however they are given.
        amount, max_points_lost: of `prune_units` and `run_pipeline`.
        runs, clock: of `measure_model`.
    Returns:
        The model, in eval mode, and the log, as from `run_pipeline`. Without "kernels", it goes on over explicit ones. Nobody
        else's kernels are touched.
    Raises:
        ValueError: there is no step of this name, or it comes twice; it is named. As whatever it calls.

    >>> import numpy as np
    >>> from ..m03_layers import Linear
    >>> net, x = Sequential(Linear(16, 32, rng=0), abs, Linear(32, 2, rng=1)), Tensor(np.eye(16, dtype="float32"))
    >>> y = Tensor(net(x).data.argmax(1))
    >>> small, log = optimise_cnn(net, [x], x, y, steps=["quantise"])
    >>> [(entry.step, entry.measured.nbytes) for entry in log]
    [('baseline', 2440), ('quantise', 864)]
    """
    # BEGIN SOLUTION
    for name in steps:
        if name not in STEPS or list(steps).count(name) > 1:
            raise ValueError(f"steps are {', '.join(STEPS)}, each once at most, not {name!r}")
    known: dict[str, Callable[[WithKernels], Module]] = {
        "kernels": lambda served: WithKernels(served.model, "fast"),
        "prune": lambda served: WithKernels(prune_units(served.model, amount), served.kernels),
        "quantise": lambda served: quantize_model(served, batches),
    }
    done, log = run_pipeline(
        WithKernels(model, "explicit"),
        [(name, known[name]) for name in STEPS if name in steps],
        lambda name, candidate: measure_model(name, candidate, x, y, runs=runs, clock=clock),
        max_points_lost,
    )
    return done.eval(), log
    # END SOLUTION
