"""Speed: loops that stay loops, products that do not, and what more tokens cost."""

import functools

import numpy as np

from spec.kit import (
    agree,
    assert_close,
    at_least_times,
    explicit_loops,
    grows_like,
    points,
    require,
    seconds_per_call,
    task,
)
from spec.kit.speed import yardstick_seconds
from spec.kit.strategies import fill

from . import draws, oracles, probes


def drawn(*shape):
    """q, k, v of one shape."""
    return [fill(shape, seed, "float32", "normal") for seed in (1, 2, 3)]


@task(1)
@points(4)
def test_the_definition_is_four_loops_over_numbers(ask):
    """The explicit kernel is four nested loops (heads, queries, keys, features) with single numbers inside, and right."""
    agree(ask, probes.attention, "attention_explicit", *drawn(2, 3, 4), None, False, False)
    explicit_loops(ask, "attention_explicit", 4)


@task(1)
@points(1)
def test_the_loops_are_paid_for(ask):
    """Whatever is long, the explicit kernel takes no less time than going round once for each multiply-accumulate."""
    for shape in [(64, 4, 4), (1, 32, 2), (1, 2, 256)]:
        heads, n, d = shape
        passes = 2 * heads * n * n * d
        round_trip = yardstick_seconds(lambda p=passes: oracles.empty_loop(10 * p), rounds=3) / 10
        seconds = seconds_per_call(ask, probes.attention_again, "attention_explicit", *drawn(*shape), rounds=1)
        share = seconds / round_trip
        require(share >= 0.25, f"no less than a quarter of the time of {passes:,} empty passes", f"{share:.2g} of it")


def loops_seconds(q, k, v, queries=1, rounds=3):
    """What all heads would take over elements, from the first queries of one head."""
    heads = int(np.prod(q.shape[:-2]))
    one = [x.reshape(-1, *x.shape[-2:])[0] for x in (q, k, v)]
    work = functools.partial(oracles.attention_loops, *one, queries)
    # The quickest of some: a pause in one of them would be taken for that of all heads.
    return yardstick_seconds(work, rounds=rounds) * heads * q.shape[-2] / queries


@task(3)
@points(3)
def test_products_are_hundreds_of_times_faster_than_loops(ask):
    """For 4 heads of 64 features and 256 tokens, two products take less than a 300th of the time of loops over elements."""
    q, k, v = drawn(4, 256, 64)
    got = ask(probes.attention_again, "scaled_dot_product_attention", q, k, v, 1)
    q.flat[0] = 1.0  # as the probe does
    assert_close(got[0], oracles.attention_loops(q[0], k[0], v[0], 1))
    at_least_times(
        300,
        lambda: loops_seconds(q, k, v),
        lambda: seconds_per_call(ask, probes.attention_again, "scaled_dot_product_attention", q, k, v, rounds=3),
        "scaled_dot_product_attention",
    )


@task(3)
@points(2)
def test_the_way_back_is_fast_too(ask):
    """There and back takes less than an 80th of the time that loops take for the way there alone."""
    q, k, v = drawn(4, 256, 64)
    grad = fill(q.shape, 4, "float32", "normal")
    at_least_times(
        80,
        lambda: loops_seconds(q, k, v),
        lambda: seconds_per_call(ask, probes.gradients_again, q, k, v, grad, rounds=3),
        "attention, there and back,",
    )


@task(3)
@points(2)
def test_time_grows_with_the_square_of_the_tokens(ask):
    """Four times as many tokens take about sixteen times as long, and not much more."""
    agree(ask, probes.attention, "scaled_dot_product_attention", *drawn(1, 5, 16), None, False, False)

    def seconds(n):
        name = "scaled_dot_product_attention"
        return seconds_per_call(ask, probes.sized_again, name, *drawn(1, n, 16), rounds=3)

    grows_like(2, seconds, 64, "scaled_dot_product_attention", slack=0.75)


@task(5)
@points(3)
def test_many_heads_are_computed_at_once(ask):
    """16 heads for each of 128 short sequences take less than a quarter of the time of loops: no loop over sequences and heads."""
    x = fill((128, 6, 32), 1, "float32", "normal")
    settings = {"embed_dim": 32, "num_heads": 16}
    state = draws.layer_state(32, True, 1)
    agree(ask, probes.multi_head, settings, state, [x[:2].astype("float64")], [0], {}, x[:2].astype("float64"), False)
    q, k, v = drawn(128 * 16, 6, 2)
    at_least_times(
        4,
        lambda: loops_seconds(q, k, v, queries=6, rounds=20),
        lambda: seconds_per_call(ask, probes.layer_again, settings, x, rounds=3),
        "MultiHeadAttention",
    )
