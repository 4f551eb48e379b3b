"""How laws get their examples: dealt evenly, always the same, and made small by Hypothesis where one fails."""

import contextlib

import hypothesis
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.errors import Flaky, InvalidArgument, Unsatisfiable

from spec import kit
from spec.kit.drawing import Dice, Law
from spec.kit.strategies import one_of, whole
from tests.conftest import QuietAsk

EVERYTHING = st.fixed_dictionaries(
    {
        "integers": st.integers() | st.integers(min_value=3) | st.integers(max_value=-3) | st.integers(-300, 300),
        "floats": st.lists(st.floats(-4, 4, width=32) | st.floats(allow_nan=False), max_size=4),
        "text": st.text(max_size=5) | st.binary(min_size=2),
        "unique": st.lists(st.integers(0, 9), min_size=2, max_size=4, unique=True),
        "permutation": st.permutations([1, 2, 3]),
        "filtered": st.sampled_from([1, 2, 3, 4]).filter(lambda n: n % 2).map(str),
        "flat": st.integers(1, 3).flatmap(lambda n: st.tuples(*[st.booleans()] * n)),
        "built": st.builds(dict, a=st.none() | st.just(1)),
    }
)


def law(function, seed="", **strategies):
    """A law's `drawn`, and the list of what it was given."""
    made = kit.given(**strategies)(function)
    made.drawn.seed = seed
    return made.drawn


def examples(count, seed="", **strategies):
    """The first `count` cases that a law with these strategies is given."""
    seen = []
    made = Law(lambda ask, **case: seen.append(case), lambda draw: {k: draw(v) for k, v in strategies.items()}, seed)
    made.run(QuietAsk(), {}, count)
    return seen


@contextlib.contextmanager
def remembering(database):
    """Hypothesis with this database."""
    before = hypothesis.settings()
    hypothesis.settings.register_profile("remembers", database=database)
    hypothesis.settings.load_profile("remembers")
    try:
        yield
    finally:
        hypothesis.settings.register_profile("before", before)
        hypothesis.settings.load_profile("before")


def test_every_option_is_seen_in_as_many_examples():
    seen = examples(20, n=whole(0, 9), word=one_of("a", "b", "c", "d", "e"), flag=st.booleans())
    assert {case["n"] for case in seen[1:12]} == set(range(10))
    assert {case["word"] for case in seen[1:7]} == set("abcde")
    pairs = {
        (case["word"], case["flag"]) for case in examples(60, word=one_of("a", "b", "c", "d", "e"), flag=st.booleans())
    }
    assert len(pairs) == 10  # the decks do not march in step


def test_the_first_example_is_the_simplest():
    first = examples(3, x=EVERYTHING, n=st.integers(0, 2**16))[0]
    assert first["n"] == 0
    assert first["x"]["integers"] == 0
    assert first["x"]["floats"] == []
    assert first["x"]["permutation"] == [1, 2, 3]


def test_the_same_seed_gives_the_same_examples_and_another_gives_others():
    one, again, other = (examples(30, seed, x=EVERYTHING) for seed in ("a", "a", "b"))
    assert one == again
    assert one != other


def test_no_example_comes_twice():
    assert sorted(case["n"] for case in examples(50, n=whole(0, 5))) == [0, 1, 2, 3, 4, 5]


def test_everything_that_hypothesis_offers_can_be_dealt():
    dice = Dice(3)
    for _ in range(200):
        dice.start()
        with hypothesis.control.BuildContext(dice, wrapped_test=None):
            value = dice.draw(EVERYTHING)
        dice.simplest = False
        assert len(set(value["unique"])) == len(value["unique"]) >= 2
        assert value["filtered"] in ("1", "3")
        assert dice.depth == 0


def test_hypothesis_replays_what_was_dealt_and_makes_it_small():
    given = []

    def holds_below_37(ask, n, xs):
        given.append((n, xs))
        assert n < 37 or len(xs) < 2

    with pytest.raises(AssertionError):
        law(holds_below_37, n=st.integers(0, 1000), xs=st.lists(st.integers(0, 99))).run(QuietAsk(), {}, 50)
    assert given[-1] == (37, [0, 0])


def test_where_only_the_verdict_counts_nothing_is_made_small():
    given = []

    def holds_below_37(ask, n):
        given.append(n)
        assert n < 37

    with pytest.raises(AssertionError):
        law(holds_below_37, n=st.integers(0, 1000)).run(QuietAsk(shrinks=False), {}, 50)
    assert given[:-1] == [n for n in given[:-1] if n < 37]


def test_what_failed_last_time_is_tried_first():
    database, given = InMemoryExampleDatabase(), []

    def holds_below_37(ask, n):
        given.append(n)
        assert n < 37

    with remembering(database):
        drawn = law(holds_below_37, "seed", n=st.integers(0, 1000))
        with pytest.raises(AssertionError):
            drawn.run(QuietAsk(), {}, 50)
        given.clear()
        with pytest.raises(AssertionError):
            drawn.run(QuietAsk(), {}, 50)
    assert given[0] == 37


def test_a_mended_failure_does_not_hide_the_next_one():
    """One mistake, mended, then another: the second is told as it is, and made small."""
    database, mistake = InMemoryExampleDatabase(), [lambda n: n >= 37]

    def holds(ask, n):
        assert not mistake[0](n), f"{n}"

    with remembering(database):
        drawn = law(holds, "seed", n=st.integers(0, 1000))
        with pytest.raises(AssertionError, match="^37"):
            drawn.run(QuietAsk(), {}, 50)
        mistake[0] = lambda n: False
        drawn.run(QuietAsk(), {}, 50)
        assert not list(database.fetch(b"seed")), "what holds again is forgotten"
        mistake[0] = lambda n: n >= 37
        with pytest.raises(AssertionError, match="^37"):
            drawn.run(QuietAsk(), {}, 50)
        mistake[0] = lambda n: n % 7 == 3  # with the old row still there
        with pytest.raises(AssertionError, match="^3"):
            drawn.run(QuietAsk(), {}, 50)


def test_an_example_that_fails_once_is_called_unsteady():
    calls = []

    def fails_once(ask, n):
        calls.append(n)
        assert len(calls) != 5

    with pytest.raises(Flaky):
        law(fails_once, n=st.integers(0, 1000)).run(QuietAsk(), {}, 50)


def test_assumptions_cost_no_example_and_impossible_ones_are_a_fault():
    kept = []

    def about_even_numbers(ask, n):
        assume(n % 2 == 0)
        kept.append(n)

    law(about_even_numbers, n=st.integers(0, 10**6)).run(QuietAsk(), {}, 30)
    assert len(kept) == 30

    with pytest.raises(Unsatisfiable, match="no example of"):
        law(lambda ask, n: assume(False), n=st.integers(0, 10**6)).run(QuietAsk(), {}, 5)


class Strange(st.SearchStrategy):
    """Needs more of Hypothesis than the dice have."""

    def do_draw(self, data):
        data.observer  # noqa: B018
        return data.draw_integer(0, 1000)


def test_what_cannot_be_dealt_is_drawn_by_hypothesis():
    given = []
    law(lambda ask, n: given.append(n), n=Strange()).run(QuietAsk(), {}, 30)
    assert len(given) == 30

    with pytest.raises(AssertionError):
        law(_fails_at_37, n=Strange()).run(QuietAsk(), {})


def _fails_at_37(ask, n):
    assert n < 37


def test_a_mistake_in_a_strategy_is_shown_as_it_is():
    with pytest.raises((InvalidArgument, TypeError)):
        law(lambda ask, n: None, n=st.integers(3, 1)).run(QuietAsk(), {})


def test_an_exception_that_ends_a_law_passes_through():
    class Ended(BaseException):
        pass

    def ends(ask, n):
        raise Ended

    with pytest.raises(Ended):
        law(ends, n=whole(0, 9)).run(QuietAsk(), {})


def test_a_remembered_failure_that_fits_the_law_no_more_is_forgotten():
    database, law_of = InMemoryExampleDatabase(), "seed"
    with remembering(database):
        with pytest.raises(AssertionError):
            law(_fails_at_37, law_of, n=st.integers(0, 1000)).run(QuietAsk(), {}, 50)

        def needs_small_numbers(ask, n):
            assume(n < 37)

        law(needs_small_numbers, law_of, n=st.integers(0, 1000)).run(QuietAsk(), {}, 50)
        assert not list(database.fetch(law_of.encode()))
