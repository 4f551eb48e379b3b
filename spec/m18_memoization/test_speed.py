"""Speed: with a cache a token costs a fraction of a pass, and about the same wherever it stands."""

from spec.kit import assert_close, at_least_times, at_most_times, points, seconds_per_call, task

from . import probes

MODEL = {"vocab_size": 64, "dim": 128, "num_layers": 2, "num_heads": 4, "context": 512}


def step(ask, past, rounds=5):
    """Seconds of one token after `past` ones."""
    return seconds_per_call(ask, probes.step_again, MODEL, past, rounds=rounds)


def whole(ask, n):
    """Seconds of reading n tokens for the sake of the next one."""
    return seconds_per_call(ask, probes.write_again, MODEL, False, n, 1, rounds=2)


@task(4)
@points(5)
def test_at_512_tokens_a_step_is_ten_times_faster(ask):
    """The 512th token takes less than a tenth of the time of reading all 512 again."""
    got = ask(probes.step_again, MODEL, 511, 1)  # before anything is timed: a stub answers at once
    assert_close(got.shape, (1, 64), "exact", "shape of the logits")
    at_least_times(10, lambda: whole(ask, 512), lambda: step(ask, 511), "a token with a cache")


@task(4)
@points(4)
def test_a_step_costs_the_same_wherever_it_is(ask):
    """The 512th token takes less than three times the time of the 32nd."""
    assert_close(ask(probes.step_again, MODEL, 31, 1).shape, (1, 64), "exact", "shape of the logits")
    at_most_times(3, lambda: step(ask, 511), lambda: step(ask, 31), "the 512th token", "the 32nd")


@task(5)
@points(5)
def test_a_text_is_written_much_faster(ask):
    """Writing 64 tokens after 448 takes less than a sixth of the time of reading everything again for each of them."""
    got = ask(probes.write_again, MODEL, True, 448, 2, 1)
    assert_close(got.shape, (1,), "exact", "shape of the end of the text")
    at_least_times(
        6,
        lambda: 64 * whole(ask, 480),
        lambda: seconds_per_call(ask, probes.write_again, MODEL, True, 448, 64, rounds=2),
        "64 tokens with a cache",
    )
