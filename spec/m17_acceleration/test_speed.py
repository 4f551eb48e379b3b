"""Speed: what staying in the cache is worth."""

import functools

import numpy as np

from spec.kit import agree, assert_close, at_least_times, at_most_times, grows_like, points, seconds_per_call, task
from spec.kit.speed import yardstick_seconds
from spec.kit.strategies import fill

from ..m09_convolutions import oracles as of_m09
from ..m09_convolutions import probes as m09
from ..m12_attention import oracles as of_m12
from ..m12_attention import probes as m12
from . import gauges, oracles, probes

MACS = 240_844_800
"""Multiply-accumulates of the batch of m09's lesson."""


def lesson():
    """A batch in CIFAR-10's shape, and 32 filters of 5 × 5."""
    return fill((128, 3, 32, 32), 1, "float32", "normal"), fill((32, 3, 5, 5), 2, "float32", "normal")


@task(1)
@points(1)
def test_a_read_does_not_search(ask):
    """Four times the lines and four times the reads take a cache about four times as long, hits and misses alike."""
    agree(ask, probes.reads, 3, 1, [0, 1, 2, 0, 3, 1], kind="exact")

    def seconds(lines):
        rng = np.random.default_rng(0)
        addresses = np.concatenate([rng.permutation(lines), rng.permutation(2 * lines)])
        return seconds_per_call(ask, gauges.cache_again, lines, addresses, rounds=3)

    grows_like(1, seconds, 1000, "reads of a cache", times=4)


@task(2)
@points(2)
def test_tiles_keep_up_with_the_whole_product(ask):
    """In tiles of 128, a product of 512 × 512 takes at most 6 times as long as NumPy takes for the whole."""
    a, b = (fill((512, 512), seed, "float32", "normal") for seed in (1, 2))
    a.flat[0] = 1.0  # as the probe does
    assert_close(ask(gauges.product_again, a, b, 128, 1), (a[:1].astype("f8") @ b.astype("f8"))[0].astype("f4"))
    at_most_times(
        6,
        lambda: seconds_per_call(ask, gauges.product_again, a, b, 128, rounds=3),
        lambda: yardstick_seconds(lambda: a @ b, rounds=5),
        "matmul_blocked",
        "NumPy's whole product",
    )


@task(4)
@points(4)
def test_a_convolution_is_thousands_of_times_faster_than_loops(ask):
    """The batch of the lesson takes less than a 2500th of the time of loops over elements (28 places of them, scaled up)."""
    x, w = lesson()
    got = ask(m09.conv2d_again, "conv2d_fast", x, w, {}, 1)
    x.flat[0] = 1.0  # as the probe does
    assert_close(got, of_m09.conv2d_loops(x, w, 28))
    at_least_times(
        2500,
        lambda: yardstick_seconds(functools.partial(of_m09.conv2d_loops, x, w, 1)) * MACS / (28 * 75),
        lambda: seconds_per_call(ask, m09.conv2d_again, "conv2d_fast", x, w, {}, rounds=3),
        "conv2d_fast",
    )


@task(4)
@points(4)
def test_a_convolution_keeps_up_with_pytorch(ask):
    """The batch of the lesson takes at most 3 times as long as PyTorch takes on one thread."""
    x, w = lesson()
    ask(m09.conv2d_again, "conv2d_fast", x, w, {}, 1)  # before PyTorch is loaded: a stub answers at once
    pytorch = of_m09.one_thread_conv2d(x, w)
    at_most_times(
        3,
        lambda: seconds_per_call(ask, m09.conv2d_again, "conv2d_fast", x, w, {}, rounds=3),
        lambda: yardstick_seconds(pytorch, rounds=5),
        "conv2d_fast",
        "PyTorch's conv2d",
    )


@task(4)
@points(2)
def test_the_way_back_is_fast_too(ask):
    """There and back takes less than a 400th of the time that loops take for the way there alone."""
    x, w = lesson()
    x, grad = x[:16].copy(), fill((16, 32, 28, 28), 3, "float32", "normal")
    at_least_times(
        400,
        lambda: yardstick_seconds(functools.partial(of_m09.conv2d_loops, x, w, 1)) * MACS / 8 / (28 * 75),
        lambda: seconds_per_call(ask, gauges.convolution_gradients_again, x, w, grad, rounds=3),
        "conv2d_fast, there and back,",
    )


@task(5)
@points(2)
def test_one_operation_is_no_slower_than_many(ask):
    """linear_gelu takes at most twice as long as a product and a gelu in NumPy, one array after the other."""
    x, w, b = (fill(shape, seed, "float32", "normal") for seed, shape in ((1, (512, 64)), (2, (512, 64)), (3, (512,))))
    x.flat[0] = 1.0  # as the probe does
    assert_close(
        ask(gauges.linear_gelu_again, x, w, b, 1),
        oracles.gelu_in_passes(*(t.astype("f8") for t in (x[:1], w, b))).astype("f4"),
    )
    at_most_times(
        2,
        lambda: seconds_per_call(ask, gauges.linear_gelu_again, x, w, b, rounds=3),
        lambda: yardstick_seconds(lambda: oracles.gelu_in_passes(x, w, b), rounds=7),
        "linear_gelu",
        "a product and a gelu in NumPy",
    )


def loops_seconds(q, k, v):
    """What all heads would take over elements, from the first query of one head."""
    heads = int(np.prod(q.shape[:-2]))
    work = functools.partial(of_m12.attention_loops, q[0], k[0], v[0], 1)
    return yardstick_seconds(work, rounds=3) * heads * q.shape[-2]


@task(6)
@points(3)
def test_streams_are_hundreds_of_times_faster_than_loops(ask):
    """For 4 heads of 64 features and 256 tokens, streamed attention takes less than a 200th of the time of loops over elements."""
    q, k, v = (fill((4, 256, 64), seed, "float32", "normal") for seed in (1, 2, 3))
    got = ask(m12.attention_again, "attention_streamed", q, k, v, 1)
    q.flat[0] = 1.0  # as the probe does
    assert_close(got[0], of_m12.attention_loops(q[0], k[0], v[0], 1))
    at_least_times(
        200,
        lambda: loops_seconds(q, k, v),
        lambda: seconds_per_call(ask, m12.attention_again, "attention_streamed", q, k, v, rounds=3),
        "attention_streamed",
    )


@task(6)
@points(2)
def test_streams_lead_back_fast(ask):
    """There and back takes less than a 50th of the time that loops take for the way there alone."""
    q, k, v, grad = (fill((4, 256, 64), seed, "float32", "normal") for seed in (1, 2, 3, 4))
    at_least_times(
        50,
        lambda: loops_seconds(q, k, v),
        lambda: seconds_per_call(ask, gauges.attention_gradients_again, q, k, v, grad, rounds=3),
        "attention_streamed, there and back,",
    )
