"""Speed: training counts once and then only touches what changed; encoding grows with the text."""

import functools

from spec.kit import assert_close, at_least_times, grows_like, points, seconds_per_call, task
from spec.kit.speed import yardstick_seconds

from . import draws, oracles, probes


@task(7)
@points(5)
def test_training_leaves_counting_all_again_behind(ask):
    """200 merges of a megabyte are learnt at least 20 times faster than by going over all of it for each (250 is normal)."""
    text = draws.zipf_text(7000, 1_000_000, 5)
    ask(probes.keep, text[:2000])
    assert_close(
        ask(probes.merges_of_kept, 259, 1), oracles.as_ids(oracles.fast_merges(f"{text[:2000]} 0", 3)), "exact"
    )
    ask(probes.keep, text)
    tenth = oracles.spelled([text[:100_000]], ())

    def slow():  # 2 merges of a tenth of the text, for 200 merges of all of it
        return 1000 * yardstick_seconds(functools.partial(oracles.slow_merges, tenth, 2))

    def fast():
        return seconds_per_call(ask, probes.merges_of_kept, 456, rounds=2)

    at_least_times(20, slow, fast, "training")


@task(7)
@points(4)
def test_a_merge_touches_only_the_words_that_hold_its_pair(ask):
    """400 merges of some thousand words are learnt at least 15 times faster than by counting all words for each (50 is normal)."""
    words = [f"{word}{place % 100}" for place, word in enumerate(draws.zipf_text(4000, 40_000, 6).split()[:4000])]
    ask(probes.keep, " ".join(words))
    rows = [[[bytes([value]) for value in f" {word}".encode()], 1] for word in words]
    assert_close(len(ask(probes.merges_of_kept, 656, 1)), 400, "exact", "merges")

    def slow():  # 4 merges, for 400
        return 100 * yardstick_seconds(functools.partial(oracles.recounted, rows, 4))

    def fast():
        return seconds_per_call(ask, probes.merges_of_kept, 656, rounds=2)

    at_least_times(15, slow, fast, "training")


@task(4)
@points(3)
def test_encoding_and_decoding_grow_with_the_text(ask):
    """A text of four times as many words takes about four times as long to encode and decode."""
    ask(probes.keep_trained, draws.zipf_text(300, 8000, 7), 456)
    assert_close(ask(probes.there_and_back, 10, 1), True, "exact")

    def seconds(count: int) -> float:
        return seconds_per_call(ask, probes.there_and_back, count, rounds=3)

    grows_like(1.0, seconds, 2500, "encoding and decoding")
