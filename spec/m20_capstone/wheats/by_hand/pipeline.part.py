"""A pipeline that keeps a list of all that was kept; the network's steps in a row of plain ifs."""

import copy
import time


def run_pipeline(model, steps, judge, max_points_lost=2.0):
    """See the kata."""
    if max_points_lost != max_points_lost or max_points_lost < 0:
        raise ValueError(f"max_points_lost={max_points_lost}")
    held = [copy.deepcopy(model)]
    log = [LogEntry("baseline", True, judge("baseline", copy.deepcopy(held[-1])))]
    bar = log[0].measured.accuracy - max_points_lost / 100
    for name, step in steps:
        new = step(copy.deepcopy(held[-1]))
        if not isinstance(new, Module):
            raise TypeError(f"{name} made {type(new).__name__}")
        log.append(LogEntry(name, False, judge(name, new)))
        if log[-1].measured.accuracy >= bar - 1e-11:
            log[-1] = LogEntry(name, True, log[-1].measured)
            held.append(new)
    return held[-1], tuple(log)


def optimise_cnn(model, batches, x, y, steps=STEPS, amount=0.5, max_points_lost=2.0, runs=5, clock=time.perf_counter):
    """See the kata."""
    names = list(steps)
    for name in names:
        if name not in ("kernels", "prune", "quantise") or names.count(name) != 1:
            raise ValueError(f"what is {name}?")
    batches = list(batches)
    kernels = "fast" if "kernels" in names else "explicit"
    plan = []
    if "kernels" in names:
        plan.append(("kernels", lambda wrapped: WithKernels(wrapped.model, kernels)))
    if "prune" in names:
        plan.append(("prune", lambda wrapped: WithKernels(prune_units(wrapped.model, amount), wrapped.kernels)))
    if "quantise" in names:
        plan.append(("quantise", lambda wrapped: WithKernels(quantize_model(wrapped.model, batches), wrapped.kernels)))

    def judge(name, candidate):
        return measure_model(name, candidate, x, y, runs=runs, clock=clock)

    done, log = run_pipeline(WithKernels(copy.deepcopy(model).eval(), "explicit"), plan, judge, max_points_lost)
    done.eval()
    return done, log
