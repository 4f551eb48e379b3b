"""Build: a benchmark that puts it together, records of where it was measured, and what nothing beats."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, task, witnessed

from . import draws, oracles, probes

# ----------------------------------------------------------------- 6. benchmark


@task(6)
@points(4)
@given(case=draws.measurements(), times=st.sampled_from([1, 2]))
def test_samples_of_a_benchmark(ask, case, times):
    """Each sample is the seconds of one call after the warm-up; nothing runs before `run`, and a second one begins anew."""
    found = ask(probes.measured, case["costs"] * 4, case["settings"], times)
    want = oracles.measured(case["costs"] * 4, case["settings"], times)
    assert_close({name: found[name] for name in want}, want)


@task(6)
@points(5)
@given(case=draws.measurements())
def test_what_a_benchmark_says(ask, case):
    """Summary, interval and outliers are those of all samples that were taken; odd ones are flagged, and still there."""
    found = ask(probes.measured, case["costs"] * 4, case["settings"])
    samples = oracles.measured(case["costs"] * 4, case["settings"])["samples"]
    assert_close(found["samples"], samples, name="samples")
    assert_close(found["confidence"], case["settings"].get("confidence", 0.95), "exact", "confidence")
    assert_close(found["types"], ["tuple", "tuple"], "exact", "types of samples and outliers")
    oracles.said_of(samples, found)


@task(6)
@points(3)
@given(runs=st.sampled_from([5, 2, 3, 9]), seed=seeds())
def test_a_record_survives_a_file(ask, runs, seed):
    """The record holds every attribute as plain data, comes back from JSON as it was, and is a copy."""
    rng = np.random.default_rng(seed)
    costs = [
        float(cost) for cost in rng.integers(1, 9, runs + 1) * np.where(rng.random(runs + 1) < 0.2, 8, 1) * draws.UNIT
    ]
    found = ask(probes.recorded, costs, runs)
    assert_close(found["record"], found["attributes"], "exact", "record")
    require(found["read back"], "a record that is equal after json.dumps and json.loads", "another one")
    require(found["after changes"], "a new record each time", "one that remembers what was written into the last")
    assert_close(found["record"]["samples"], costs[1:], name="samples")


@task(6)
@witnessed
@points(3)
@given(
    omp=st.sampled_from([None, "1", "7"]), blas=st.sampled_from(["2", None, "16"]), mkl=st.sampled_from([None, "3", ""])
)
def test_where_it_was_measured(ask, omp, blas, mkl):
    """Versions, system, machine, processors, and how many threads products may use: at this moment, in a dict of your own."""
    agree(
        ask,
        probes.environment,
        {"OMP_NUM_THREADS": omp, "OPENBLAS_NUM_THREADS": blas, "MKL_NUM_THREADS": mkl},
        kind="exact",
    )
    want = ["cpus", "machine", "numpy", "python", "system", "threads"]
    assert_close(ask(probes.environments), want, "exact", "after changes")


@task(6)
@points(1)
def test_by_a_real_clock(ask):
    """Without a clock of yours, a Benchmark takes a real one: 30 samples, all greater than 0."""
    assert_close(ask(probes.by_a_real_clock), {"samples": 30, "positive": True}, "exact")


@task(6)
@points(2)
def test_a_benchmark_of_no_runs_is_refused(ask):
    """Fewer than two runs, and numbers of calls and confidences that are none, are ValueErrors as soon as the Benchmark is made."""
    assert_close(ask(probes.made, {"runs": 2, "warmup": 0, "number": 1}), "made", "exact")
    for name, value in (("runs", 0), ("runs", 1), ("runs", -5), ("warmup", -1), ("number", 0), *(
        ("confidence", share_) for share_ in draws.OUTSIDE
    )):  # fmt: skip
        refuses(ask, ValueError, probes.made, {name: value}, naming=[name, str(value)])


# -------------------------------------------------------------------- 7. pareto


@task(7)
@points(5)
@given(case=draws.points())
def test_what_nothing_beats(ask, case):
    """A point stays unless another is as good in all columns and better in one; equal points stay, or go, together."""
    agree(ask, probes.pareto_front, case["points"], case["maximise"], kind="exact")


@task(7)
@points(1)
def test_points_that_are_none_are_refused(ask):
    """Points have rows and columns, and no nan; maximise names columns that there are."""
    fine = np.ones((3, 2))
    for points_ in (np.ones(3), np.ones((2, 2, 2)), np.ones((3, 0)), np.float64(1.0)):
        refuses(ask, ValueError, probes.pareto_front, points_, [], naming=[points_.shape])
    for column in (2, -3, 7):
        refuses(ask, IndexError, probes.pareto_front, fine, [0, column], naming=[column])
    refuses(ask, ValueError, probes.pareto_front, [[1.0, 2.0], [1.0, draws.NAN]], [], naming=[1])
