"""Use: other parts in a block, texts that share a batch, what a cache leaves alone, and days on which nobody is lost."""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, require, seeds, share, task, witnessed

from . import days, draws, oracles, probes


@task(4)
@points(3)
@share(2)
@given(row=st.integers(0, 2), others=st.booleans(), seed=seeds(), batch=st.integers(1, 2))
def test_other_parts_in_a_block(ask, row, others, seed, batch):
    """With RMSNorms, SwiGLUs and an attention without biases in their places, too, pieces have the logits of the whole."""
    settings, rng = draws.GPTS[row], np.random.default_rng(seed)
    n = settings["context"]
    ids = rng.integers(0, settings["vocab_size"], (batch, n))
    cuts = sorted(set(rng.integers(1, n, 2).tolist()))
    got = ask(probes.whole_and_pieces, cuts, others, "float64", ids, settings)
    assert_close(got["pieces"], got["whole"])


@task(4)
@points(2)
def test_in_float32_pieces_are_near_the_whole(ask):
    """A float32 GPT that reads 48 tokens one by one has the float32 logits of the whole text, but for rounding."""
    settings = {"vocab_size": 20, "dim": 32, "num_layers": 3, "num_heads": 4, "context": 48}
    ids = np.random.default_rng(0).integers(0, 20, (1, 48))
    got = ask(probes.whole_and_pieces, list(range(1, 48)), False, "float32", ids, settings)
    assert_close(got["pieces"].dtype.name, "float32", "exact", "dtype")
    error, size = float(abs(got["pieces"] - got["whole"]).max()), float(abs(got["whole"]).max())
    require(error <= 1e-4 * size, f"logits within {1e-4 * size:.2g} of the whole", f"{error:.2g}")


@task(7)
@points(4)
@share(4)
@given(row=st.integers(0, 2), seed=seeds(), max_batch=st.integers(1, 3), n=st.integers(1, 2))
def test_texts_of_a_batch_are_those_written_alone(ask, row, seed, max_batch, n):
    """Prompts that a scheduler puts into batches get the texts that each gets alone."""
    settings = draws.GPTS[row]
    state = draws.gpt_state(settings, seed)
    prompts = np.random.default_rng(seed).integers(0, settings["vocab_size"], (4, 3))
    got = ask(probes.answered, n, max_batch, prompts, settings, state)
    assert_close(got["batches"], -(-4 // max_batch), "exact", "batches")
    for i, prompt in enumerate(prompts):
        want, lead = oracles.greedy(settings, state, prompt, n)
        if lead > 1e-6:
            assert_close(got["alone"][i], want, "exact", f"text {i}, alone")
            assert_close(got["together"][i], want, "exact", f"text {i}, in a batch")


@witnessed
@task(5)
@points(2)
@pytest.mark.parametrize("batch", [1, 3])
def test_only_new_tokens_are_read(ask, batch):
    """Counted in the parts of all blocks: of a prompt of 5 and 8 new tokens, 12 rows a text go through each, and not 68."""
    settings = {"vocab_size": 7, "dim": 8, "num_layers": 2, "num_heads": 2, "context": 16}
    got = ask(probes.rows_of_text, 8, True, np.ones((batch, 5), "int64"), settings)
    # Head and last norm are needed for the last row of each pass alone, and may be left out for the others.
    got = {name: rows for name, rows in got.items() if name not in ("norm", "head")}
    names = [f"{name} of block {i}" for i in range(2) for name in ("norm1", "norm2", "feed_forward")]
    assert_close(dict(sorted(got.items())), dict.fromkeys(sorted(names), 12 * batch), "exact", "rows")


@task(5)
@points(3)
@share(2)
@given(
    row=st.integers(0, 2), seed=seeds(), t=st.integers(1, 3), n=st.integers(1, 2), stops=st.booleans(), spare=st.integers(0, 2)
)  # fmt: skip
def test_a_given_cache_is_used_and_goes_on(ask, row, seed, t, n, stops, spare):
    """A cache that is given holds all tokens of a text but the last, also if it came to an early end, in the memory it had; the
    next text goes on from there."""
    settings = draws.GPTS[row]
    state = draws.gpt_state(settings, seed)
    prompt = np.random.default_rng(seed).integers(0, settings["vocab_size"], t)
    want, lead = oracles.greedy(settings, state, prompt, 2 * n)
    assume(lead > 1e-6 and t + 2 * n - 1 <= settings["context"])
    capacity = t + 2 * n - 1 + spare
    stop, end = (int(want[t]), t + 1) if stops else (None, t + n)  # a stop at the first new token
    got = ask(probes.kept_by_text, n, stop, capacity, prompt, settings, state)
    assert_close(got["first"], want[:end], "exact", "the first text")
    assert_close(got["length"], end - 1, "exact", "length after it")
    assert_close(got["nbytes"], 2 * settings["num_layers"] * capacity * settings["dim"] * 8, "exact", "nbytes after it")
    assert_close(got["on"], want[end - 1 : end + n], "exact", "how it goes on")
    assert_close(got["length at last"], end + n - 1, "exact", "length at last")


@task(6)
@points(4)
@share(2)
@given(case=draws.texts(), window=st.integers(1, 4), spare=st.integers(0, 3))
def test_a_text_with_a_window(ask, case, window, spare):
    """Whatever the cache has room for, the likeliest text is that of a model with a banded mask; prompts may be longer."""
    state = draws.gpt_state(case["settings"], case["seed"])
    where = (window + spare, window)
    got = ask(probes.written, case["n"], {"temperature": 0}, where, "array", case["prompt"], case["settings"], state)
    want, lead = oracles.greedy(case["settings"], state, case["prompt"], case["n"], window)
    assume(lead > 1e-6)
    assert_close(got, want, "exact", "text")


@task(4)
@points(1)
@share(4)
@given(row=st.integers(0, 2), seed=seeds())
def test_caches_know_nothing_of_each_other(ask, row, seed):
    """Two texts that are read in turns, each with a cache of its own, have the logits that each has alone."""
    settings = draws.GPTS[row]
    state = draws.gpt_state(settings, seed)
    texts = np.random.default_rng(seed).integers(0, settings["vocab_size"], (2, 5))
    got = ask(probes.side_by_side, texts, settings, state)
    for name, mine, text in zip(("first", "second"), got, texts, strict=True):
        assert_close(mine, oracles.read(settings, state, text[None])[0][0], "composed", f"the {name} text")


@task(4)
@points(1)
@share(4)
@given(batch=st.sampled_from([None, 2]), window=st.sampled_from([None, 3]), seed=seeds())
def test_a_pass_that_broke_off_is_mended(ask, batch, window, seed):
    """If a pass breaks off in the middle of the model, rollback(0) takes the cache back to what it was before."""
    settings, rng = draws.GPTS[0], np.random.default_rng(seed)
    text = rng.integers(0, settings["vocab_size"], (6,) if batch is None else (batch, 6))
    pieces, state = np.split(text, [3, 4], axis=-1), draws.gpt_state(settings, seed)
    how = {"batch": batch or 1, "capacity": 6, "window": window}
    want = oracles.story(how, [("read", ids) for ids in pieces], "array", settings, state)[2::2]
    assert_close(ask(probes.broken_off, how, pieces, settings, state), want, "composed", "logits")


@task(5)
@points(1)
@pytest.mark.parametrize("training", [True, False])
def test_modes_are_as_before(ask, training):
    """While it writes nothing is dropped; afterwards every module is in the mode it was in, also after an error."""
    for bad in (False, True):
        got = ask(probes.modes_afterwards, training, bad, np.array([1, 2]), 6, draws.GPTS[0])
        assert_close(got["modes"], [training, not training], "exact", "modes")
        assert_close(got["text"], got["text of generate"], "exact", "text")


@task(4)
@points(1)
@pytest.mark.parametrize("training", [True, False])
def test_reading_leaves_no_trace(ask, training):
    """Nothing is recorded for gradients, the blocks' dropout is left out, modes stay; afterwards gradients are recorded again."""
    want = {
        "needs a gradient": False, "twice the same": True, "in eval mode": True,
        "modes": [training, not training], "recorded afterwards": True,
    }  # fmt: skip
    assert_close(ask(probes.quiet, training, np.array([1, 2, 3]), draws.GPTS[0]), want, "exact")


@task(7)
@points(2)
@share(2)
@given(day=draws.days())
def test_nobody_is_lost(ask, day):
    """Each request is in one batch or turned away; no batch is too large, starts before the last is done, or is done too late."""
    got = ask(days.served, **day)
    ids = sorted([name for _, _, names in got["batches"] for name in names] + got["late"])
    assert_close(ids, sorted(request[0] for request in day["requests"]), "exact", "served or late")
    free, deadlines = 0.0, {name: deadline for name, _, deadline in day["requests"]}
    for start, finish, names in got["batches"]:
        require(1 <= len(names) <= day["max_batch"], f"1 to {day['max_batch']} requests in a batch", str(names))
        require(start >= free, f"a start at {free} or later", str(start))
        assert_close(finish, start + day["table"][len(names) - 1], "elementwise", f"finish of {names}")
        tardy = [name for name in names if finish > deadlines[name]]
        require(not tardy, f"answers by {[deadlines[name] for name in tardy]} for {tardy}", f"at {finish}")
        free = finish


@task(7)
@points(2)
@given(case=draws.decimal_days())
def test_at_the_last_moment_nobody_is_late(ask, case):
    """Times in tenths of a second, which floats round: who leaves at the last moment for its deadline is served, not late."""
    got = ask(days.served, **case["day"])
    assert_close(got["late"], [], "exact", "late")
    assert_close([names for _, _, names in got["batches"]], [ids for _, _, ids in case["groups"]], "exact", "batches")
    for (start, finish, ids), want in zip(got["batches"], case["groups"], strict=True):
        near = abs(start - want[0]) < 1e-6 and abs(finish - want[1]) < 1e-6
        require(near, f"{ids} from about {want[0]} to {want[1]}", f"from {start} to {finish}")


@task(7)
@points(1)
@given(day=draws.days(deadlines=False), percent=st.sampled_from([50, 0, 99, 100, 25]))
def test_percentiles_of_waiting(ask, day, percent):
    """The latency that a share of all requests did not exceed, from arrival to answer."""
    batches = oracles.served(**day)["batches"]
    agree(ask, days.latency, batches, [*day["requests"], ("never", 0.0, 0.0)], float(percent))
