"""Build: answers that are kept, a cache, a GPT that reads with it, text, a window, batches."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task, witnessed
from spec.kit.strategies import fill

from . import days, draws, oracles, probes

SIZES = [(3, 1), (1, 1, 1), (4,), (2, 2), (1, 3)]
"""Pieces of a text."""

# ------------------------------------------------------- 1 answers that are kept


@task(1)
@points(2)
def test_a_key_tells_calls_apart(ask):
    """Calls with other values, dtypes, shapes, kinds or places have another key; names may come in any order."""
    for one, other in draws.DIFFERENT:
        wanted = f"different keys for {one!r} and {other!r}"
        require(ask(probes.same_key, ((one,), {}), ((other,), {})) is False, wanted, "one key")
        require(ask(probes.same_key, ((), {"a": one}), ((), {"a": other})) is False, wanted, "one key")
        require(
            ask(probes.same_key, ((one,), {}), ((one,), {})) is True,
            f"one key for {one!r} and itself",
            "different ones",
        )
    for one, other, same in draws.CALLS:
        wanted = f"{'one key' if same else 'different keys'} for the calls {one!r} and {other!r}"
        require(ask(probes.same_key, one, other) is same, wanted, "different ones" if same else "one key")


@task(1)
@points(2)
def test_a_key_holds_what_was_given(ask):
    """A key is by value: memory layout does not count, and what happens to an array afterwards does not change it."""
    x = np.arange(12.0).reshape(3, 4)
    for same in (x.copy(), np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2], x[::-1].copy()[::-1]):
        require(ask(probes.same_key, ((x,), {}), ((same,), {})) is True, "one key for equal arrays", "different ones")
    assert_close(ask(probes.key_of_what_was, x), (False, True), "exact", "(the key of the changed, of what it was)")


@task(1)
@points(1)
def test_what_has_no_key_is_refused(ask):
    """A Tensor, also inside of other things, and what cannot be hashed are a TypeError that names the type."""
    for inside in (False, True):
        refuses(ask, TypeError, probes.keyed_tensor, np.ones(2), inside, naming=["Tensor"])
    refuses(ask, TypeError, probes.keyed_set, naming=["set"])


@task(1)
@points(5)
@given(calls=draws.calls(), capacity=st.sampled_from([2, 3, 1, 4, None]))
def test_the_least_recently_asked_goes(ask, calls, capacity):
    """A Memo asks its function as often as a list that forgets what was not asked for the longest; its counts are right."""
    agree(ask, probes.asked, calls, capacity, kind="exact")


@task(1)
@points(2)
def test_a_function_may_ask_its_own_memo(ask):
    """Fibonacci numbers by their definition take one run for each number, also if only few answers are kept."""
    for n, capacity, kept in [(80, 128, 81), (80, None, 81), (30, 3, 3), (2, 1, 1)]:
        value = round(((1 + 5**0.5) / 2) ** n / 5**0.5)
        value = 23416728348467685 if n == 80 else value
        want = {"value": value, "runs": n + 1, "misses": n + 1, "kept": kept}
        assert_close(ask(probes.fibonacci, n, capacity), want, "exact", f"n = {n}, capacity {capacity}")


@task(1)
@points(2)
def test_errors_are_not_kept(ask):
    """An error goes through, counts as a miss, is not kept, and pushes nothing out; clear forgets answers and counts."""
    got = ask(probes.after_errors, 2, [1, 2, -1, -1, 1, 2, None, 1, -3])
    want = {
        "found": [1, 2, "error", "error", 1, 2, 1, "error", "no key"], "asked": [1, 2, -1, -1, 1, -3, 7],
        "hits": 1, "misses": 3, "kept": 2, "one": True,
    }  # fmt: skip
    assert_close(got, want, "exact")
    for capacity in (0, -2):
        refuses(ask, ValueError, probes.memo_of, capacity, naming=[capacity])


# ------------------------------------------------------------------- 2 a cache


@task(2)
@points(6)
@given(case=draws.caches(windows=False))
def test_a_cache_gives_back_what_it_was_given(ask, case):
    """After appends in any order of layers, rollbacks and resets: the keys and values of all tokens that are left, oldest first."""
    agree(ask, probes.kept, case["steps"], case["settings"], kind="exact")


@task(2)
@points(1)
def test_length_is_what_all_layers_have(ask):
    """Tokens count once every layer has them; rollback and reset put a layer that is ahead in line with the others."""
    settings, appended = {**draws.SIZES[2], "dtype": "float64"}, draws.appended
    for back in (("rollback", 0), ("rollback", 1), ("reset",)):
        steps = [*appended(1, 2, 2, 0, 1), *appended(2, 1, 1, 0), back, *appended(3, 1, 0, 2), *appended(4, 1, 1)]
        agree(ask, probes.kept, steps, settings, kind="exact")


@task(2)
@points(2)
def test_a_cache_says_what_it_is(ask):
    """Sizes and dtype are as given; it is empty, has room for its capacity, and its bytes are those of all keys and values."""
    for settings in draws.SIZES:
        for dtype, itemsize in (("float32", 4), ("float64", 8), ("float16", 2)):
            one = int(np.prod([settings[name] for name in settings]))
            want = {**settings, "window": None, "dtype": dtype, "length": 0, "room": settings["capacity"]}
            got = ask(probes.traits, {**settings, "dtype": dtype})
            assert_close(got, {**want, "nbytes": 2 * one * itemsize}, "exact")
    assert_close(ask(probes.traits, draws.SIZES[0])["dtype"], "float32", "exact", "dtype if not given")


@task(2)
@points(3)
def test_tokens_stay_where_they_are(ask):
    """Without a window views are given back: earlier tokens stay where they are in memory; what was given may be changed."""
    settings = {**draws.SIZES[1], "dtype": "float64"}
    assert_close(ask(probes.places, (2, 1, 1, 2), settings), {"stays": True, "held": True}, "exact")


def holds_its_memory(ask, window, times, share):
    """Law: bytes are taken when the cache is made; beside them, no more than a share while tokens come."""
    settings = {"layers": 2, "batch": 1, "heads": 4, "capacity": 256, "head_dim": 32, "dtype": "float64"}
    want = 2 * 2 * 4 * 256 * 32 * 8
    got, most = ask(probes.memory, times, {**settings, "window": window}), int(share * want)
    assert_close(got["nbytes"], want, "exact", "nbytes")
    require(abs(got["made"] - want) < 0.1 * want, f"about {want:,} bytes when it is made", f"{got['made']:,}")
    require(got["filled"] < most, f"less than {most:,} bytes while {times} tokens come", f"{got['filled']:,}")


@witnessed
@task(2)
@points(2)
def test_memory_is_taken_once(ask):
    """All memory is taken when a cache is made, as much as nbytes says; hardly any while it is filled, token by token."""
    holds_its_memory(ask, None, 256, 0.1)


@task(2)
@points(3)
def test_what_does_not_fit_is_refused(ask):
    """Unknown layers, wrong shapes, too many tokens and steps too far back are refused, by name, and change nothing."""
    settings = {"layers": 2, "batch": 1, "heads": 2, "capacity": 4, "head_dim": 3, "dtype": "float64"}
    first, after = draws.appended(1, 3, 0, 1), "3 tokens in each layer, and steps that are refused"
    bad = np.zeros((1, 2, 1, 2))
    good = np.zeros((1, 2, 1, 3))
    ask(probes.kept, first, settings)
    for layer in (2, -1):
        refuses(ask, IndexError, probes.step, ("append arrays", layer, good, good), after, naming=[layer, 2])
    for keys, values in [
        (bad, good),
        (good, bad),
        (good[0], good[0]),
        (good[:, :1], good[:, :1]),
        (good[:, :, :0], good[:, :, :0]),
    ]:
        wrong = keys if keys is not good else values
        refuses(ask, ValueError, probes.step, ("append arrays", 0, keys, values), after, naming=[wrong.shape])
    two = np.zeros((1, 2, 2, 3))
    refuses(ask, ValueError, probes.step, ("append arrays", 0, good, two), after)
    refuses(ask, ValueError, probes.step, ("append", 0, 2, 9), after, naming=[2, 4])
    for n in (4, -1):
        refuses(ask, ValueError, probes.step, ("rollback", n), after, naming=[n, 3])
    last = ("append", 0, 1, 900)
    want = oracles.kept([*first, last], settings)[-1]
    assert_close(ask(probes.step, last, after), want, "exact", "what comes after all that is refused")
    for name in ("layers", "batch", "heads", "capacity", "head_dim"):
        for size in (0, -1):
            refuses(ask, ValueError, probes.kept, [], {**settings, name: size}, naming=[size])


# ----------------------------------------------------- 3 new queries, old keys


@task(3)
@points(5)
@given(queries=st.integers(1, 5), past=st.integers(0, 5))
def test_new_queries_see_the_past_and_each_other_backwards(ask, queries, past):
    """Each of the last tokens sees its own key and all before it."""
    agree(ask, probes.mask, queries, past + queries, None, kind="exact")


@task(3)
@points(7)
@given(
    lead=st.sampled_from([(), (2,), (2, 3), (1, 1)]), c=st.integers(1, 4), past=st.integers(0, 4), d=st.sampled_from([3, 1, 4]),
    e=st.sampled_from([2, 3, 1]), seed=seeds(),
)  # fmt: skip
def test_attention_with_a_past(ask, lead, c, past, d, e, seed):
    """Attention of the newest tokens is the weighted mean of the values that they may see."""
    arrays = [
        fill((*lead, n, f), seed + i, "float64", "normal")
        for i, (n, f) in enumerate([(c, d), (past + c, d), (past + c, e)])
    ]
    agree(ask, probes.attended, None, *arrays)


@task(3)
@points(2)
def test_fewer_keys_than_queries_are_refused(ask):
    """Every query has a key of its own: with fewer keys a ValueError names both. The answer has the dtype of the queries."""
    refuses(ask, ValueError, probes.mask, 3, 2, None, naming=[3, 2])
    refuses(ask, ValueError, probes.attended, None, np.ones((3, 2)), np.ones((2, 2)), np.ones((2, 2)), naming=[3, 2])
    q, keys = fill((2, 1, 4), 1, "float32", "normal"), fill((2, 5, 4), 2, "float32", "normal")
    want = oracles.attended(None, q.astype("float64"), keys, keys).astype("float32")
    assert_close(ask(probes.attended, None, q, keys, keys), want)


# --------------------------------------------- 4 a GPT that reads each token once


@task(4)
@points(3)
@share(2)
@given(
    heads=st.sampled_from([2, 1, 4]), batch=st.integers(1, 2), sizes=st.sampled_from(SIZES), bias=st.booleans(), seed=seeds(),
)  # fmt: skip
def test_an_attention_in_pieces(ask, heads, batch, sizes, bias, seed):
    """A MultiHeadAttention that is given new tokens and a layer of a cache answers as for all tokens at once, causally; nothing is
    recorded."""
    x = np.random.default_rng(seed).standard_normal((batch, sum(sizes), 8))
    got = ask(probes.attention_pieces, sizes, heads, bias, x)
    assert_close(got["pieces"], got["whole"])
    assert_close(got["recorded"], False, "exact", "whether it is recorded for gradients")


@task(4)
@points(5)
@given(case=draws.stories(), form=st.sampled_from(["array", "Tensor", "list"]))
def test_pieces_give_the_logits_of_the_whole(ask, case, form):
    """A text that is read in pieces, with steps back and new beginnings, has the logits that a GPT gives it as a whole."""
    state = draws.gpt_state(case["settings"], case["seed"])
    agree(ask, probes.story, case["how"], case["steps"], form, case["settings"], state)


@task(4)
@points(2)
@share(2)
@given(row=st.integers(0, 2), batch=st.sampled_from([2, 1]), seed=seeds(), sizes=st.sampled_from(SIZES))
def test_every_layer_keeps_its_keys_and_values(ask, row, batch, seed, sizes):
    """After a text in pieces the cache holds the keys and values that each block made of it."""
    settings = draws.GPTS[row]
    rng = np.random.default_rng(seed)
    pieces = [rng.integers(0, settings["vocab_size"], (batch, c)) for c in sizes]
    agree(ask, probes.contents, {"batch": batch}, pieces, settings, draws.gpt_state(settings, seed))


@witnessed
@task(4)
@points(3)
def test_each_token_goes_through_each_block_once(ask):
    """Counted: of pieces of 4, 1, 1 and 3 tokens, 4, 1, 1 and 3 rows go through every norm, network and the head."""
    settings, rng = draws.GPTS[0], np.random.default_rng(1)
    for batch in (1, 3):
        pieces = [rng.integers(0, 7, (batch, c)) for c in (4, 1, 1, 3)]
        rows = [4 * batch, batch, batch, 3 * batch]
        got = ask(probes.rows_of_pieces, {"batch": batch}, pieces, settings)
        names = [f"{name} of block {i}" for i in range(2) for name in ("norm1", "norm2", "feed_forward")]
        want = dict.fromkeys(sorted([*names, "norm", "head"]), rows)
        assert_close(dict(sorted(got.items())), want, "exact", "rows")


@task(4)
@points(3)
def test_what_cannot_be_read_is_refused(ask):
    """Texts that are empty, too long or of another batch, unknown ids and caches of other sizes are refused, and change nothing."""
    settings = {"vocab_size": 7, "dim": 8, "num_layers": 2, "num_heads": 2, "context": 6}
    state = draws.gpt_state(settings, 4)
    ids, after = np.array([[1, 2, 3]]), "the ids 1, 2, 3 are read, and others refused"
    for how, c, named in [({}, 4, 6), ({"capacity": 5}, 3, 5)]:
        ask(probes.story, how, [("read", ids)], "array", settings, state)
        for empty in (np.zeros(0, "int64"), np.zeros((1, 0), "int64"), np.ones((1, 1, 1), "int64")):
            refuses(ask, ValueError, probes.read_more, empty, after, naming=[empty.shape])
        refuses(ask, ValueError, probes.read_more, np.array([[1], [2]]), after, naming=[2, 1])
        refuses(ask, ValueError, probes.read_more, np.array([1, 2, 3, 4])[:c], after, naming=[c, named])
        refuses(ask, IndexError, probes.read_more, np.array([1, 7]), after, naming=[7])
        refuses(ask, TypeError, probes.read_more, np.array([1.0, 2.0]), after)
        want = oracles.read(settings, state, np.array([[1, 2, 3, 5, 6]]))[0][0, 3:]
        assert_close(ask(probes.read_more, np.array([5, 6]), after), want, "composed", "logits of 5, 6 after 1, 2, 3")
    fits = {"layers": 2, "batch": 1, "heads": 2, "capacity": 6, "head_dim": 4}
    assert_close(ask(probes.read_with, fits, np.array([1]), settings).shape, (1, 7), "exact", "shape")
    for name, size in [("layers", 1), ("layers", 3), ("heads", 4), ("head_dim", 8)]:
        refuses(ask, ValueError, probes.read_with, {**fits, name: size}, np.array([1]), settings, naming=[size])


# --------------------------------------------------- 5 text without starting over


@task(5)
@points(5)
@given(case=draws.texts(), form=st.sampled_from(["array", "list", "Tensor"]))
def test_the_likeliest_text_is_that_of_the_whole_model(ask, case, form):
    """At temperature 0 the text is the one that a GPT writes which reads everything again for every token."""
    state = draws.gpt_state(case["settings"], case["seed"])
    got = ask(probes.written, case["n"], {"temperature": 0}, None, form, case["prompt"], case["settings"], state)
    want, lead = oracles.greedy(case["settings"], state, case["prompt"], case["n"])
    assume(lead > 1e-6)
    assert_close(got, want, "exact", "text")


HOWS = (
    {}, {"temperature": 0.7, "top_k": 3}, {"top_p": 0.8}, {"temperature": 3.0, "stop": 2},
    {"temperature": 0, "stop": 1}, {"top_k": 4, "top_p": 0.9, "stop": 0},
)  # fmt: skip


@task(5)
@points(4)
@given(case=draws.texts(), how=st.sampled_from(HOWS), rng=seeds())
def test_the_same_seed_the_same_text(ask, case, how, rng):
    """Whatever the settings, a generator in the same state gives the tokens that generate gives, and is left in the same state."""
    state = draws.gpt_state(case["settings"], case["seed"])
    got = ask(probes.both_ways, case["n"], {**how, "rng": rng}, case["prompt"], case["settings"], state)
    assert_close(got["generate_cached"], got["generate"], "exact", "text")
    assert_close(got["after generate_cached"], got["after generate"], "exact", "the generator's next number")


@task(5)
@points(3)
def test_what_cannot_be_written_is_refused(ask):
    """Prompts that are empty or no ids, n below 0, texts for which context or cache are too short are refused before anything
    is read; what just fits is written."""
    settings = {"vocab_size": 7, "dim": 8, "num_layers": 1, "num_heads": 2, "context": 6}
    for empty in ([], [[], []], [[[1]]]):
        refuses(ask, ValueError, probes.plain_text, np.array(empty, "int64"), 2, {}, settings, naming=[np.shape(empty)])
    refuses(ask, ValueError, probes.plain_text, np.array([1]), -1, {}, settings, naming=[-1])
    refuses(ask, TypeError, probes.plain_text, np.array([1.5]), 2, {}, settings, naming=["float64"])
    refuses(ask, IndexError, probes.plain_text, np.array([1, 9]), 2, {}, settings, naming=[9])
    for n in (0, 2):
        refuses(ask, ValueError, probes.plain_text, np.array([1]), n, {"temperature": -1.0}, settings, naming=[-1.0])
    prompt, text = np.array([1, 2, 3]), probes.write_with
    refuses(ask, ValueError, probes.plain_text, prompt, 5, {}, settings, naming=[3, 5])
    assert_close(ask(probes.plain_text, prompt, 4, {}, settings).shape, (7,), "exact", "shape of a text that just fits")
    long = np.arange(9) % 7
    assert_close(ask(probes.plain_text, long, 0, {}, settings), long, "exact", "a long prompt to which n = 0 are added")
    refuses(ask, ValueError, text, 4, {"capacity": 5}, prompt, settings, naming=[5])
    after = "a text of 3 and 4 tokens, refused for a capacity of 5"
    assert_close(ask(probes.length_now, after), 0, "exact", f"length of the cache after {after}")
    refuses(ask, ValueError, text, 2, {"batch": 2}, prompt, settings, naming=[1, 2])
    after = "one text, refused for a cache of two"
    assert_close(ask(probes.length_now, after), 0, "exact", f"length of the cache after {after}")
    got = ask(text, 3, {"capacity": 5}, prompt, settings)
    assert_close(got.shape, (6,), "exact", "shape of a text that just fits into the cache")
    after = "a text of 3 and 3 tokens, with a capacity of 5"
    assert_close(ask(probes.length_now, after), 5, "exact", f"length of the cache after {after}")
    refuses(ask, ValueError, probes.write_on, np.array([1]), 1, after, naming=[5])
    ask(text, 3, {}, prompt, settings)
    after = "a text of 3 and 3 tokens, with a context of 6"
    refuses(ask, ValueError, probes.write_on, np.array([1, 2]), 1, after, naming=[2, 1])
    assert_close(ask(probes.write_on, np.array([1]), 1, after).shape, (2,), "exact", "shape of what just fits")


# -------------------------------------------------------- 6 a window that slides


@task(6)
@points(5)
@given(case=draws.caches(windows=True))
def test_a_window_gives_what_new_tokens_see(ask, case):
    """With a window a cache takes token after token without end, and gives back the new ones with what the first of them sees."""
    agree(ask, probes.kept, case["steps"], case["settings"], kind="exact")


@witnessed
@task(6)
@points(2)
def test_with_a_window_memory_is_bounded(ask):
    """With a window a thousand tokens take no more memory than nbytes, and that much again for copies and moves."""
    holds_its_memory(ask, 128, 1000, 1.0)


@task(6)
@points(3)
def test_there_is_no_way_back_out_of_a_window(ask):
    """Steps back are fine while nothing has left the window, and refused afterwards; so is more than there is room for."""
    settings = {"layers": 2, "batch": 1, "heads": 1, "capacity": 5, "head_dim": 2, "dtype": "float64", "window": 3}
    one, two, three, last = (draws.appended(turn, c, 0, 1) for turn, c in enumerate((1, 2, 3, 1), 1))
    agree(ask, probes.kept, [*two, *one, ("rollback", 2), *one, *last, ("rollback", 0)], settings, kind="exact")
    ask(probes.kept, [*three, *one], settings)
    after = "3 tokens in each layer, and 1 more"
    refuses(ask, ValueError, probes.step, ("rollback", 1), after, naming=[4, 3])
    refuses(ask, ValueError, probes.step, ("append", 0, 4, 900), after, naming=[4, 5])
    agree(ask, probes.kept, [*three, *one, ("rollback", 0), *three, *last], settings, kind="exact")
    for window in (0, -1, 6):
        refuses(ask, ValueError, probes.kept, [], {**settings, "window": window}, naming=[window, 5])
    assert_close(ask(probes.traits, settings)["window"], 3, "exact", "window")


@task(6)
@points(3)
def test_a_layer_that_is_ahead_comes_back(ask):
    """A layer that is k tokens ahead may be given room - k; after rollback(0) it has what it had, with a window, too."""
    for window, before in ((3, 3), (3, 2), (2, 5), (None, 2)):
        settings = {**draws.SIZES[0], "layers": 2, "dtype": "float64", "window": window}
        steps = [step for turn in range(before) for step in draws.appended(turn, 1, 0, 1)]
        for again in (6, 8):  # room is 2 or more: one token, and one more
            steps += [*draws.appended(again, 1, 0), *draws.appended(again + 1, 1, 0), ("rollback", 0)]
        agree(ask, probes.kept, [*steps, *draws.appended(10, 1, 0, 1)], settings, kind="exact")


@task(6)
@points(3)
@given(queries=st.integers(1, 5), past=st.integers(0, 5), window=st.integers(1, 6), seed=seeds())
def test_a_window_hides_what_is_further_back(ask, queries, past, window, seed):
    """With a window a query sees the last tokens of it, its own included; and attention reads no more than that."""
    agree(ask, probes.mask, queries, past + queries, window, kind="exact")
    q, keys, values = (
        fill((2, n, 3), seed + n, "float64", "normal") for n in (queries, past + queries, past + queries)
    )
    agree(ask, probes.attended, window, q, keys, values)


@task(6)
@points(6)
@given(case=draws.stories(windows=True))
def test_a_windows_logits_are_those_of_a_banded_mask(ask, case):
    """In pieces, with a window, a text has the logits of a GPT in which each token sees the window's, at their old places."""
    state = draws.gpt_state(case["settings"], case["seed"])
    agree(ask, probes.story, case["how"], case["steps"], "array", case["settings"], state)


# ------------------------------------------------------- 7 batches and deadlines


@task(7)
@points(4)
def test_when_a_batch_leaves(ask):
    """A batch leaves when it is full, when the first has waited long enough, or at the last moment for a deadline."""
    for requests, at, now, ids in draws.LEAVING:
        steps = [*(("submit", *request) for request in requests), ("leaves_at",), ("take", now)]
        answers, late, traits = ask(days.told, steps, 3, 5.0, draws.TABLE)
        assert_close(answers[:-2], list(range(1, len(requests) + 1)), "exact", "how many wait")
        assert_close(answers[-2], at, "elementwise", f"leaves_at() with {requests}")
        assert_close(answers[-1], ids, "exact", f"take({now}) with {requests}")
        assert_close(late, [], "exact", f"late at {now} with {requests}")
        assert_close(traits, [3, 5.0, 2.0], "exact", "max_batch, max_wait, seconds(1)")


@task(7)
@points(2)
def test_who_is_late_and_who_has_to_wait(ask):
    """Who cannot be done in time even alone is turned away; a batch is cut short where more would make one in it too late."""
    for max_batch, requests, now, ids, late in draws.LATE:
        steps = [*(("submit", *request) for request in requests), ("take", now)]
        answers, turned, _ = ask(days.told, steps, max_batch, 5.0, draws.TABLE)
        assert_close(answers[-1], ids, "exact", f"take({now}) with {requests}")
        assert_close(turned, late, "exact", f"late at {now} with {requests}")
    steps = [("submit", "a", 0.0), ("submit", "b", 0.0), ("take", 0.0), ("leaves_at",), ("submit", "c", 1.0)]
    steps += [("take", 5.0), ("take", 6.0)]
    answers, late, _ = ask(days.told, steps, 1, 5.0, draws.TABLE)
    assert_close(answers, [1, 2, ("a",), 0.0, 2, ("b",), ("c",)], "exact", f"answers to {steps}")


@task(7)
@points(2)
@share(2)
@given(day=draws.days(deadlines=False))
def test_days_without_deadlines(ask, day):
    """Without deadlines every batch is the one that a clock which ticks would send, at the same time."""
    agree(ask, days.served, **day, kind="elementwise")


@task(7)
@points(4)
@given(day=draws.days())
def test_days_with_deadlines(ask, day):
    """With deadlines, too, every batch is the one of a clock that ticks, and the same requests are turned away, in order."""
    agree(ask, days.served, **day, kind="elementwise")


@task(7)
@points(1)
def test_what_a_scheduler_refuses(ask):
    """Batches of none, negative waiting, arrivals that go back in time and latencies of nobody are refused, by name."""
    for size in (0, -1):
        refuses(ask, ValueError, days.told, [], size, 1.0, [1.0], naming=[size])
    refuses(ask, ValueError, days.told, [], 1, -0.5, [1.0], naming=[-0.5])
    refuses(ask, ValueError, days.told, [], 1, float("nan"), [1.0], naming=["nan"])
    steps = [("submit", "a", 2.0), ("submit", "b", 1.5)]
    refuses(ask, ValueError, days.told, steps, 2, 1.0, [1.0, 2.0], naming=[2.0, 1.5])
    refuses(ask, ValueError, days.latency, [], [("a", 0.0)], 50.0)
