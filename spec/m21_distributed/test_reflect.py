"""Reflect: your formulas, held against clocks of your network, optimizers that are made, and pipelines that are played."""

import pytest
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, share, task

from . import draws, oracles, probes, training

LATENCY, PER_BYTE = st.sampled_from([1.0, 0.0, 0.25, 8.0]), st.sampled_from([0.125, 1.0, 0.0, 0.5])
FORMULAS = {"all_reduce_naive": "naive_seconds", "all_reduce_ring": "ring_seconds", "tree": "tree_seconds"}


@task(8)
@points(3)
@pytest.mark.parametrize("name", list(FORMULAS))
@share(3)
@given(
    workers=st.sampled_from([4, 2, 8, 1, 3, 6]), pieces=st.sampled_from([1, 4, 2]), latency=LATENCY, per_byte=PER_BYTE,
    others=st.sampled_from([0.0, 4.0]),
)  # fmt: skip
def test_seconds_of_a_sum(ask, name, workers, pieces, latency, per_byte, others):
    """The formula says how long a sum for all takes; the clocks of your network say so, too."""
    if name == "tree":
        workers = {3: 16, 6: 4}.get(workers, workers)
    size = 4 * workers * pieces
    got = ask(probes.reduce_seconds, name, workers, workers * pieces, latency, per_byte, others)
    told = ask(probes.seconds, FORMULAS[name], workers, size, latency, per_byte)
    assert_close(got["sum"], float(sum(range(workers))), "exact", "the sum")
    # Counted here, too: rounds of messages that follow each other on the busiest line.
    rounds = 2 * (len(bin(workers)) - 3 if name == "tree" else workers - 1)
    each = latency + per_byte * (4 * pieces if name == "all_reduce_ring" else size)
    want = sum([each] * rounds, 0.0)
    assert_close(told, want, "elementwise", FORMULAS[name])
    assert_close(got["seconds"], want, "elementwise", "seconds on your network")


@task(8)
@points(3)
@given(
    workers=st.sampled_from([4, 8, 16, 64]),
    latency=st.sampled_from([1.0, 1e-5, 0.0]),
    per_byte=st.sampled_from([0.125, 1e-9]),
)
def test_small_sums_climb_trees(ask, workers, latency, per_byte):
    """ring_pays_from is the size at which a ring and a tree take equally long."""
    size = ask(probes.seconds, "ring_pays_from", workers, latency, per_byte)

    def ahead(size):
        """Seconds by which the ring is faster than the tree."""
        rounds = len(bin(workers)) - 3
        ring = sum(latency + size / workers * per_byte for _ in range(2 * (workers - 1)))
        return sum(latency + size * per_byte for _ in range(2 * rounds)) - ring

    low, high = 0.0, 1e12
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if ahead(middle) < 0 else (low, middle)
    require(abs(size - high) <= 1e-6 * high + 1e-9, f"{high:.9g} bytes", f"{size:.9g}")


@task(8)
@points(5)
@given(
    forward=st.sampled_from([1.0, 0.0, 3.0]), backward=st.sampled_from([8.0, 2.0, 0.5]), buckets=st.sampled_from([4, 1, 2, 8]),
    workers=st.sampled_from([2, 4, 1, 3]), latency=st.sampled_from([0.0, 0.25, 2.0]), per_byte=st.sampled_from([0.01, 0.0, 0.1]),
)  # fmt: skip
def test_sums_hide_behind_backward(ask, forward, backward, buckets, workers, latency, per_byte):
    """A step whose gradients travel in buckets is over when the last one has come: hidden, or not, it pays latency for each."""
    size = 288
    for pieces in (buckets, 1, 6):
        way = sum(latency + size / pieces / workers * per_byte for _ in range(2 * (workers - 1)))
        got = ask(probes.overlapped, forward, backward, pieces, workers, size, latency, per_byte)
        want = oracles.overlapped(forward, backward, pieces, way)
        assert_close(got, {"formula": want, "simulated": want}, "elementwise", f"seconds with {pieces} buckets")


@task(8)
@points(5)
@given(
    workers=st.sampled_from([2, 4, 3, 6, 1]), latency=LATENCY, per_byte=PER_BYTE, seconds=st.sampled_from([1.0, 16.0, 0.125]),
)  # fmt: skip
def test_workers_that_are_many_are_not_as_fast_as_many(ask, workers, latency, per_byte, seconds):
    """speedup predicts how many times faster your DataParallel takes a step on your network than one worker alone."""
    how = {"workers": workers, "optimizer": ["SGD", {"lr": 0.1}], "loss": "mse_loss", "seconds_per_row": seconds}
    state = draws.weights(0, outputs=4)  # 36 numbers
    (batch,) = draws.batches_of(0, (12,), "mse_loss", outputs=4)
    got = ask(training.speedup, state, batch, {**how, "latency": latency, "seconds_per_byte": per_byte})
    alone = 12 * seconds
    together = alone / workers + sum(latency + 36 * 8 / workers * per_byte for _ in range(2 * (workers - 1)))
    want = alone / together
    assert_close(got, {"formula": want, "simulated": want})


@task(8)
@points(3)
@given(workers=st.integers(1, 6), hidden=st.integers(1, 5), dtype=st.sampled_from(["float32", "float64"]))
def test_bytes_that_a_worker_keeps(ask, workers, hidden, dtype):
    """sharded_bytes is what weights, gradients and the largest part of Adam's state really take."""
    state = draws.weights(0, inputs=2, hidden=hidden, outputs=1, dtype=dtype)
    numbers = sum(array.size for array in state.values())
    itemsize = state["2.bias"].itemsize
    part = len(range(0, numbers, workers))
    want = itemsize * (numbers + numbers + part + part)
    assert_close(ask(training.model_bytes, state, workers), {"formula": want, "measured": want}, "exact")
    gpt2 = 124_439_808
    got = ask(probes.formula, "sharded_bytes", gpt2, 8, 2)
    assert_close(got, 4 * (2 * gpt2 + 2 * 15_554_976), "exact", "GPT-2 on 8 workers")


@task(8)
@points(3)
@pytest.mark.parametrize("name", ["gpipe_order", "one_f_one_b_order"])
@share(2)
@given(
    stages=st.integers(1, 6), microbatches=st.sampled_from([4, 1, 8, 3, 16]), forward=st.sampled_from([1.0, 0.5]),
    backward=st.sampled_from([2.0, 1.0, 0.25]),
)  # fmt: skip
def test_bubbles_of_pipelines(ask, name, stages, microbatches, forward, backward):
    """bubble_share is what stages of your pipeline wait, in either order; what they keep is not the same."""
    got = ask(probes.own_pipeline, name, stages, microbatches, forward, backward)
    turns = microbatches + stages - 1
    idle = 1 - microbatches / turns
    held = [microbatches if name == "gpipe_order" else min(microbatches, stages - s) for s in range(stages)]
    require(abs(got["idle"] - idle) <= 1e-12, f"idle {idle}", f"{got['idle']}")
    assert_close(got["end"], turns * (forward + backward), "elementwise", "end")
    assert_close(got["held"], held, "exact", "held")
    told = ask(probes.seconds, "bubble_share", stages, microbatches)
    require(abs(told - idle) <= 1e-12, f"bubble_share {idle}", f"{told}")


@task(8)
@points(2)
@given(stages=st.integers(1, 12), percent=st.sampled_from([10, 20, 25, 50, 1, 99, 33, 60]))
def test_enough_microbatches(ask, stages, percent):
    """microbatches_for is the smallest number whose bubble is small enough."""
    for p, most in ((stages, percent), (4, 20), (5, 20), (2, 50)):
        want = 1
        while 100 * (p - 1) > most * (want + p - 1):
            want += 1
        got = ask(probes.formula, "microbatches_for", p, most)
        assert_close(got, want, "exact", f"microbatches for {p} stages and {most} percent")
