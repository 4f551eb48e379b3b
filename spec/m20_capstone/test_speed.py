"""Speed: an optimised network against loops, a GPT whose time grows with the text, a validator that goes through once."""

import numpy as np

from spec.kit import at_least_times, grows_like, points, require, seconds_per_call, task
from spec.kit.speed import yardstick_seconds

from . import whole


def loops(images, weight):
    """A convolution of images (n, side, side) in loops over single numbers: what the network's first layer does, alone."""
    count, side = len(images), len(images[0])
    out = []
    for n in range(count):
        for f in range(len(weight)):
            for i in range(1, side - 1):
                for j in range(1, side - 1):
                    total = 0.0
                    for u in range(3):
                        for v in range(3):
                            total += images[n][i + u - 1][j + v - 1] * weight[f][u][v]
                    out.append(total)
    return out


@task(3)
@points(6)
def test_an_optimised_network_beats_loops(ask):
    """On 64 images of 12 × 12, the whole optimised network is at least 20 times faster than loops for its convolution alone."""
    x = np.random.default_rng(0).random((64, 1, 12, 12)).astype(np.float32)
    require(ask(whole.optimised_again, x, 16, 1, deadline=60) == 64, "64 answers", "another number of them")
    images, weight = x[:8, 0].tolist(), np.ones((8, 3, 3)).tolist()
    at_least_times(
        20,
        lambda: 8 * yardstick_seconds(lambda: loops(images, weight), rounds=2),
        lambda: seconds_per_call(ask, whole.optimised_again, x, 16, rounds=3),
        "optimise_cnn's network, against loops,",
    )


@task(4)
@points(6)
def test_time_grows_with_the_text_and_not_faster(ask):
    """A FastGPT writes 192 tokens in about four times the time of 48: none of them is read twice."""
    settings = {"vocab_size": 11, "dim": 8, "num_layers": 1, "num_heads": 1, "context": 256}
    require(ask(whole.written_again, settings, 3, 5, 1) == 8, "8 tokens", "another number of them")
    grows_like(
        1,
        lambda n: seconds_per_call(ask, whole.written_again, settings, 2, n, rounds=2),
        48,
        "a text",
    )


@task(6)
@points(4)
def test_a_long_list_is_gone_through_once(ask):
    """schema_errors takes about four times as long for four times as many items."""
    require(ask(whole.validated_again, 50, 1) == 1, "one complaint", "another number of them")
    grows_like(1, lambda n: seconds_per_call(ask, whole.validated_again, n, rounds=2), 1000, "schema_errors", tries=5)
