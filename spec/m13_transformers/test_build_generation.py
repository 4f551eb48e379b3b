"""Build: chances of the next token, and text that a GPT writes."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task

from . import draws, oracles, probes

# ------------------------------------------------------ 5. next token


@task(5)
@points(5)
@given(
    row=draws.logits(), temperature=st.sampled_from([1.0, 0.5, 2.0, 0.01, 100.0]), top_k=st.sampled_from([None, 1, 2, 3, 50]),
    top_p=st.sampled_from([None, None, 0.9, 0.3, 0.6, 1.0]),
)  # fmt: skip
def test_chances_of_the_next_token(ask, row, temperature, top_k, top_p):
    """Temperature, the top_k largest, the top_p most probable, in this order, and what is left adds up to 1."""
    if oracles.margin(row, temperature, top_k, top_p) > 1e-9:  # on a knife's edge rounding decides
        agree(ask, probes.next_probabilities, row, temperature, top_k, top_p)


PORTIONS = {0.49: 1, 0.51: 2, 0.74: 2, 0.76: 3, 0.89: 3, 0.91: 4, 1.0: 4, 1e-9: 1}
"""Of chances ½, ¼, 0.15 and 0.1: how many it takes to add up to top_p."""


@task(5)
@points(4)
def test_top_p_keeps_as_few_as_possible(ask):
    """The token with which the chances reach top_p stays, the next one does not; one always stays."""
    chances = np.array([0.15, 0.5, 0.1, 0.25])
    for top_p, count in PORTIONS.items():
        kept = np.argsort(-chances)[:count]
        want = np.zeros(4)
        want[kept] = chances[kept] / chances[kept].sum()
        got = ask(probes.next_probabilities, np.log(chances), 1.0, None, top_p)
        assert_close(got, want, "composed", f"chances with top_p = {top_p}")


EQUAL = [
    ((4,), None, 0.5, 2),
    ((4,), None, 0.25, 1),
    ((4,), None, 0.75, 3),
    ((4,), 2, None, 2),
    ((2, 5), 3, None, 3),
    ((8,), 4, 0.5, 2),
]
"""A shape of equal logits, top_k, top_p, how many stay: chances are powers of two where top_p is reached, and sums exact."""


@task(5)
@points(2)
def test_of_equals_no_more_stay_than_it_takes(ask):
    """Of equal logits exactly top_k stay, and no more than it takes to reach top_p, even if it is reached exactly; whichever."""
    for shape, top_k, top_p, count in EQUAL:
        got = ask(probes.next_probabilities, np.zeros(shape), 1.0, top_k, top_p)
        want = np.zeros(shape)
        want[..., -count:] = 1 / count
        got = draws.shaped(got, shape, "float64")
        what = f"chances of {shape[-1]} equal logits, sorted, with top_k = {top_k}, top_p = {top_p}"
        assert_close(np.sort(got, axis=-1), want, "composed", what)


@task(5)
@points(3)
@given(row=draws.logits(), top_k=st.sampled_from([None, 2]), top_p=st.sampled_from([None, 0.5]), huge=st.booleans())
def test_temperature_0_takes_the_largest(ask, row, top_k, top_p, huge):
    """At temperature 0 the largest logit has all of the chance, however large the logits are, and the first of equals."""
    row = row * np.array(1e30, row.dtype) if huge else row
    agree(ask, probes.next_probabilities, row, 0.0, top_k, top_p, kind="exact")
    ties = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    assert_close(
        ask(probes.next_probabilities, ties, 0, None, None), np.array([[0.0, 1, 0], [1, 0, 0]]), "exact", "ties"
    )


@task(5)
@points(2)
def test_chances_of_extreme_logits(ask):
    """Logits of any size, small temperatures, and tokens that cannot come (-inf) give chances without nan."""
    for row, temperature in (([1e4, -1e4, 9999.0], 1.0), ([5.0, 4.0, -np.inf], 1e-3), ([-np.inf, -1e30, -np.inf], 1.0)):
        for top_k, top_p in ((None, None), (2, None), (None, 0.999999)):
            row = np.array(row)
            with np.errstate(all="ignore"):
                weights = np.exp((row - row.max()) / temperature)
            got = ask(probes.next_probabilities, row, temperature, top_k, top_p)
            assert_close(got, weights / weights.sum(), "composed", f"{row.tolist()} at {temperature}")


UNFIT = {
    "temperature": [(-0.1, None, None), (-1.0, 3, None), (float("inf"), None, None), (float("nan"), None, None)],
    "top_k": [(1.0, 0, None), (1.0, -2, None), (0.0, 0, None)],
    "top_p": [(1.0, None, 0.0), (1.0, None, 1.5), (0.0, None, -0.5), (1.0, None, float("nan"))],
}


@task(5)
@points(2)
def test_settings_that_make_no_sense_are_refused(ask):
    """A temperature below 0, a top_k below 1, a top_p not above 0 and at most 1 are a ValueError that names it."""
    for place, rows in enumerate(UNFIT.values()):
        for row in rows:
            refuses(ask, ValueError, probes.next_probabilities, np.arange(3.0), *row, naming=[str(row[place])])


# ---------------------------------------------------- 6. generation


@task(6)
@points(5)
@share(2)
@given(
    case=draws.models(), n=st.integers(0, 7), form=st.sampled_from(["array", "list", "Tensor"]),
    how=st.sampled_from([{"temperature": 0}, {"top_k": 1}, {"temperature": 0.0, "top_p": 0.5, "rng": 1}]),
)  # fmt: skip
def test_greedy_text_is_the_likeliest(ask, case, n, form, how):
    """Without chance every token is the likeliest after all that its model can see, for one text or several, beyond the context."""
    state = draws.gpt_state(case["settings"], case["seed"])
    got = ask(probes.generated, case["settings"], state, case["ids"], n, how, form)
    want, lead = oracles.greedy(case["settings"], state, case["ids"], n)
    if lead > 1e-9:  # of two that are as likely, rounding takes one
        assert_close(got, want, "exact", "ids")


@task(6)
@points(4)
@given(
    prompt=st.integers(1, 6),
    n=st.integers(0, 6),
    context=st.integers(1, 7),
    batch=st.sampled_from([(), (2,)]),
    seed=seeds(),
)
def test_a_model_is_shown_all_it_can_see(ask, prompt, n, context, batch, seed):
    """One call for each token that is added, with an int64 array of the last `context` tokens, of as many axes as the prompt;
    nothing is recorded, and all is in eval mode."""
    rng = np.random.default_rng(seed)
    begun = rng.integers(0, 4, (*batch, prompt))
    got = ask(probes.scripted, rng.standard_normal((4, 4)), context, begun, n, {"rng": seed})
    ids = draws.shaped(got["ids"], (*batch, prompt + n), "int64")
    assert_close(np.ascontiguousarray(ids[..., :prompt]), begun, "exact", "the prompt")
    want = [np.ascontiguousarray(ids[..., max(0, prompt + i - context) : prompt + i]) for i in range(n)]
    require(len(got["shown"]) == n, f"{n} calls of the model, one for each token", f"{len(got['shown'])} calls")
    assert_close(got["shown"], want, "exact", "ids shown to the model, call")
    quiet = {"recorded": False, "in training mode": False, "afterwards": True}
    assert_close({key: got[key] for key in quiet}, quiet, "exact")


@task(6)
@points(4)
@given(
    row=st.sampled_from([[0.5, 0.3, 0.2], [0.9, 0.06, 0.04], [0.1, 0.2, 0.3, 0.4]]),
    batch=st.sampled_from([True, True, True, False]),
    how=st.sampled_from([{}, {"temperature": 0.5}, {"top_k": 2}, {"top_p": 0.6}, {"temperature": 2.0, "top_p": 0.55}]),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_tokens_come_as_often_as_they_should(ask, row, batch, how, seed):
    """Over many draws every token comes as often as its chance says, and those that are out never come."""
    table = np.tile(np.log(row), (len(row), 1))
    begun, n = (np.zeros((300, 1), int), 1) if batch else (np.zeros(1, int), 300)
    got = ask(probes.scripted, table, 4, begun, n, {**how, "rng": seed})["ids"]
    got = draws.shaped(got, (300, 2) if batch else (301,), "int64")[..., 1:]
    require(got.min() >= 0 and got.max() < len(row), f"tokens from 0 to {len(row) - 1}", f"{got.min()} to {got.max()}")
    chances = oracles.next_probabilities(np.log(row), how.get("temperature", 1.0), how.get("top_k"), how.get("top_p"))
    shares = np.bincount(got.reshape(-1), minlength=len(row)) / 300
    # Six standard deviations, and a few draws more: a rare token is not normal. What cannot come has no leave at all.
    give = np.where(chances > 0, 6 * np.sqrt(chances * (1 - chances) / 300) + 6 / 300, 1e-12)
    worst = int(np.argmax(abs(shares - chances) / give))
    require(
        bool((abs(shares - chances) <= give).all()),
        f"token {worst} with chance {chances[worst]:.3f}, give or take {give[worst]:.3f}", f"{shares[worst]:.3f} of 300 draws",
    )  # fmt: skip
    if batch and chances.max() < 0.93:
        require(len({tuple(line) for line in got.tolist()}) > 1, "rows that go their own ways", "equal rows")


@task(6)
@points(3)
@share(5)
@given(seed=st.integers(0, 1000))
def test_the_same_seed_tells_the_same_story(ask, seed):
    """The same seed draws the same tokens, another seed others; a generator moves on from text to text."""
    table = np.zeros((6, 6))
    first, again, other = (
        ask(probes.scripted, table, 5, np.array([2]), 20, {"rng": s})["ids"] for s in (seed, seed, seed + 1)
    )
    assert_close(again, first, "exact", "the same seed")
    require(not np.array_equal(first, other), "other tokens with another seed", "the same")
    one, two = ask(probes.drawn, table, np.array([2]), 20, {}, 2, seed)
    assert_close(one, first, "exact", "a generator made of that seed")
    require(not np.array_equal(one, two), "a generator that moves on", "the same text twice")


@task(6)
@points(3)
def test_a_stop_token_ends_its_row(ask):
    """After a stop token a row is filled up with it; when all have ended, so does the text; in the prompt it means nothing."""
    table = 50.0 * np.eye(8)[(np.arange(8) + 1) % 8]  # after t comes t + 1
    cases = [
        ([3], 5, 10, [3, 4, 5]),
        ([5, 3], 5, 10, [5, 3, 4, 5]),
        ([5], 5, 3, [5, 6, 7, 0]),
        ([0], 5, 2, [0, 1, 2]),
        ([[0], [3]], 5, 10, [[0, 1, 2, 3, 4, 5], [3, 4, 5, 5, 5, 5]]),
        ([[0], [3]], 5, 3, [[0, 1, 2, 3], [3, 4, 5, 5]]),
        ([[7], [7]], 0, 4, [[7, 0], [7, 0]]),
    ]
    for prompt, stop, n, want in cases:
        got = ask(probes.scripted, table, 4, np.array(prompt), n, {"temperature": 0, "stop": stop})["ids"]
        assert_close(got, np.array(want), "exact", f"{prompt}, stop {stop}, at most {n}")


@task(6)
@points(3)
def test_generation_leaves_no_traces(ask):
    """Afterwards every module is in its own mode again and no Parameter has a gradient, also if there was an error; and the ids are
    in memory of their own, even if none were added."""
    for begun in (np.array([1, 2]), np.array([[3], [4]])):
        got = ask(probes.nothing_added, begun)
        assert_close(got, {"ids": begun, "the prompt afterwards": begun}, "exact")
    settings = draws.SETTINGS[0]
    for prompt, ended in ((np.array([1, 2]), "well"), (np.array([1, 99]), "with an IndexError")):
        got = ask(probes.modes_afterwards, settings, prompt, 3)
        assert_close(got, {"ended": ended, "same": True, "some of each": True, "no grad": True}, "exact")


@task(6)
def test_generation_refuses_what_makes_no_chances(ask):
    """A temperature, top_k or top_p that makes no sense is a ValueError that names it, also if nothing is to be added."""
    for place, rows in enumerate(UNFIT.values()):
        for row in rows:
            how = dict(zip(UNFIT, row, strict=True))
            for n in (2, 0):
                refuses(ask, ValueError, probes.scripted, np.eye(3), 4, np.array([1]), n, how, naming=[str(row[place])])


@task(6)
@points(2)
def test_prompts_that_make_no_sense_are_refused(ask):
    """A prompt without a token (or a batch without rows) or with three axes, and a negative n, are a ValueError, a prompt of
    floats a TypeError, ids beyond the vocabulary an IndexError; each is named."""
    settings, table = draws.SETTINGS[0], np.eye(7)
    for shape in ((0,), (2, 0), (0, 3), (1, 1, 1), ()):
        refuses(ask, ValueError, probes.scripted, table, 4, np.zeros(shape, int), 2, {}, naming=[shape])
    refuses(ask, ValueError, probes.scripted, table, 4, np.array([1]), -1, {}, naming=[-1])
    for dtype in ("float64", "float32"):
        refuses(ask, TypeError, probes.scripted, table, 4, np.array([1.0], dtype), 2, {}, naming=[dtype])
    state = draws.gpt_state(settings, 1)
    for stray in (7, -1):
        refuses(ask, IndexError, probes.generated, settings, state, np.array([0, stray]), 2, {}, naming=[stray, 7])
