"""How a law gets its examples: dealt by a quick hand; replayed, shrunk and remembered by Hypothesis.

Hypothesis spends 1.5 ms on an example before the law sees it, and 0.15 ms more on each choice in it: half of the time of a run
in which all laws hold. So `Dice` makes the choices of the same strategies, for a tenth of that. Only when a law
fails are its choices handed to Hypothesis, which replays them, looks for the smallest example that still fails,
and keeps that for the next run.
"""

import contextlib
import functools
import hashlib
import inspect
import math
import random
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.control import BuildContext
from hypothesis.database import InMemoryExampleDatabase, choices_to_bytes
from hypothesis.errors import Flaky, Unsatisfiable, UnsatisfiedAssumption

from grading.profiles import EXAMPLES

FEW = 64
"""Up to so many options of one choice are dealt from a deck."""
LEAST = 8
"""Examples that a law gets however many rows share the profile's."""


class Dice:
    """Makes the choices of one law's examples where Hypothesis' own `ConjectureData` would.

    Choices among few options are dealt from shuffled decks, one for each position in an example's sequence of choices:
    n examples in a row see every option of a choice among n. The first example takes the simplest option everywhere.
    """

    frozen = False
    provider = types.SimpleNamespace(avoid_realization=False)

    def __init__(self, seed: Any) -> None:
        self._random = random.Random(seed)
        self._decks: dict[tuple, list] = {}
        self.simplest = True
        self.start()

    def start(self) -> None:
        """Begin another example."""
        self.choices: list[Any] = []
        self.events: dict[str, Any] = {}
        self.depth = 0
        self.unique_element_depth = 0
        self.states_for_ids: dict[int, Any] = {}
        self.seeds_to_states: dict[Any, Any] = {}
        self._shared_strategy_draws: dict[Any, Any] = {}
        self._sampled_from_all_strategies_elements_message = None
        self._last_rejected_filter = None

    def draw(self, strategy: st.SearchStrategy, label: Any = None, observe_as: str | None = None) -> Any:
        return strategy.do_draw(self)  # type: ignore[arg-type]

    def draw_integer(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *,
        weights: Any = None,
        shrink_towards: int = 0,
        forced: int | None = None,
        observe: bool = True,
    ) -> int:
        low = (
            max_value - 2**16
            if min_value is None and max_value is not None
            else -(2**15)
            if min_value is None
            else min_value
        )
        high = low + 2**16 if max_value is None else max_value
        if forced is not None:
            return self._took(forced)
        if self.simplest:
            return self._took(min(max(shrink_towards, low), high))
        if high - low < FEW:
            return self._took(self._dealt(range(low, high + 1)))
        ends = {0: low, 1: high, 2: min(max(shrink_towards, low), high)}
        roll = self._random.randrange(48)
        return self._took(ends[roll] if roll in ends else self._random.randint(low, high))

    def draw_boolean(self, p: float = 0.5, *, forced: bool | None = None, observe: bool = True) -> bool:
        if forced is not None:
            return self._took(forced)
        if self.simplest or p <= 0:
            return self._took(p >= 1)
        return self._took(self._dealt((False, True)) if p == 0.5 else self._random.random() < p)

    def draw_float(
        self,
        min_value: float = -math.inf,
        max_value: float = math.inf,
        *,
        allow_nan: bool = True,
        smallest_nonzero_magnitude: float = 5e-324,
        forced: float | None = None,
        observe: bool = True,
    ) -> float:
        if forced is not None:
            return self._took(forced)
        special = [x for x in (0.0, 1.0, -1.0, 0.5, min_value, max_value) if min_value <= x <= max_value]
        if self.simplest:
            return self._took(special[0])
        if allow_nan and self._random.random() < 0.05:
            return self._took(math.nan)
        if self._random.random() < 0.25:
            return self._took(self._random.choice(special))
        low, high = max(min_value, -1e6), min(max_value, 1e6)
        x = self._random.uniform(low, high) if low <= high else special[-1]
        return self._took(x if abs(x) >= smallest_nonzero_magnitude or x == 0 else special[0])

    def draw_string(
        self,
        intervals: Any,
        *,
        min_size: int = 0,
        max_size: int = 10**10,
        forced: str | None = None,
        observe: bool = True,
    ) -> str:
        if forced is not None:
            return self._took(forced)
        size = 0 if not len(intervals) else self._size(min_size, max_size)
        # Half of the characters are among the simplest: digits and letters.
        spans = [min(len(intervals), 36 if self._random.random() < 0.5 else len(intervals)) for _ in range(size)]
        simple = [0 if self.simplest else self._random.randrange(span) for span in spans]
        return self._took("".join(intervals.char_in_shrink_order(i) for i in simple))

    def draw_bytes(
        self, min_size: int = 0, max_size: int = 10**10, *, forced: bytes | None = None, observe: bool = True
    ) -> bytes:
        if forced is not None:
            return self._took(forced)
        size = self._size(min_size, max_size)
        return self._took(bytes(size) if self.simplest else self._random.randbytes(size))

    def choice(self, values: Any, *, forced: Any = None, observe: bool = True) -> Any:
        return values[self.draw_integer(0, len(values) - 1)]

    def _size(self, least: int, most: int) -> int:
        return least if self.simplest else self._random.randint(least, min(most, least + 12))

    def _dealt(self, options: Any) -> Any:
        key = (len(self.choices), options)
        deck = self._decks.get(key)
        if not deck:
            deck = self._decks[key] = list(options)
            self._random.shuffle(deck)
        return deck.pop()

    def _took(self, choice: Any) -> Any:
        self.choices.append(choice)
        return choice

    def start_span(self, label: int) -> None:
        self.depth += 1

    def stop_span(self, *, discard: bool = False) -> None:
        self.depth -= 1

    def track_arg_label(self, label: str) -> contextlib.AbstractContextManager[dict]:
        return contextlib.nullcontext({})

    def mark_invalid(self, why: str | None = None, **_: Any) -> None:
        raise UnsatisfiedAssumption(why)

    def last_rejected_filter_location(self) -> None:
        return None


class Undealt(Exception):
    """A strategy that `Dice` cannot draw, or one that fails: Hypothesis will draw it, or say what is wrong with it."""


def thorough() -> bool:
    """Whether this is a run that grades; one between two edits may make do with less of what takes seconds."""
    return hypothesis.settings().max_examples >= EXAMPLES["grade"]


@dataclass
class Law:
    """A law that draws: what it draws, and how its examples are made. `given` hangs it on the function as `drawn`."""

    function: Callable
    draw_case: Callable[[Callable], dict[str, Any]]
    """Draws the arguments by name, out of `draw`."""
    seed: str = ""
    """The same seed and function, the same examples."""
    rows: int = 1
    """Rows of a table that share the profile's examples."""

    def examples(self) -> int:
        """How many examples are dealt."""
        profile = hypothesis.settings().max_examples
        return profile if self.rows == 1 else min(profile, max(LEAST, profile // self.rows))

    def run(self, ask: Any, fixed: dict[str, Any], examples: int | None = None) -> None:
        """Hold the law for an example that failed before, if there is one, and for as many new ones as the profile says."""
        name = self.seed or f"{self.function.__module__}.{self.function.__qualname__}"
        key = name.encode()
        database = hypothesis.settings().database or InMemoryExampleDatabase()
        replay = functools.partial(self._hypothesis, ask, fixed, key, database)
        known = [(place, row) for place in (key, key + b".secondary") for row in database.fetch(place)]
        if known:
            with contextlib.suppress(Unsatisfiable):  # what failed once meets the law's assumptions no more
                replay(Phase.reuse, Phase.shrink, examples=len(known))
            for place, row in known:  # they hold now: kept, they would be replayed in the place of what fails next
                database.delete(place, row)
        wanted = self.examples() if examples is None else examples
        dice = Dice(name)
        try:
            error = self._deal(dice, ask, fixed, wanted)
        except Undealt:
            return replay(Phase.generate, Phase.shrink, examples=wanted)
        if error is None:
            return None
        if ask.shrinks:
            database.save(key + b".secondary", choices_to_bytes(dice.choices))
            replay(Phase.reuse, Phase.shrink)
            raise Flaky("the same example failed, and then held") from error
        raise error

    def _deal(self, dice: Dice, ask: Any, fixed: dict[str, Any], wanted: int) -> Exception | None:
        """Hold the law for `wanted` examples; the first failure."""
        held, tries = 0, 0
        seen: set[str] = set()
        while held < wanted and tries < 10 * wanted and tries - len(seen) < 2 * wanted:
            tries += 1
            dice.start()
            with BuildContext(dice, wrapped_test=self.function):  # type: ignore[arg-type]
                try:
                    case = self.draw_case(dice.draw)
                except UnsatisfiedAssumption:
                    continue
                except Exception as error:
                    raise Undealt from error
                finally:
                    dice.simplest = False
                choices = repr(dice.choices)
                if choices in seen:
                    continue
                seen.add(choices)
                try:
                    self.hold(ask, fixed, case)
                except UnsatisfiedAssumption:
                    continue
                except Exception as error:
                    return error
                held += 1
        if not held:
            raise Unsatisfiable(f"{self.function.__name__}: no example of {tries} met the law's assumptions")
        return None

    def hold(self, ask: Any, fixed: dict[str, Any], case: dict[str, Any]) -> None:
        """The law for one example."""
        example = functools.partial(_with_ask, self.function, {**fixed, **case})
        ask.start_example(example)
        example(ask)

    def _hypothesis(
        self, ask: Any, fixed: dict[str, Any], key: bytes, database: Any, *phases: Phase, examples: int = 1
    ) -> None:
        """Let Hypothesis hold the examples in the database, or make its own, and raise the smallest failure it finds."""

        @st.composite
        def cases(draw: Callable) -> dict[str, Any]:
            return self.draw_case(draw)

        def one(case: dict[str, Any]) -> None:
            self.hold(ask, fixed, case)

        law = hypothesis.given(case=cases())(one)
        law._hypothesis_internal_database_key = key  # type: ignore[attr-defined]  # what hypothesis.find sets for its own
        law = hypothesis.seed(int.from_bytes(hashlib.sha256(key).digest()[:8], "big"))(law)
        hypothesis.settings(phases=phases, database=database, max_examples=examples)(law)()


def _with_ask(law: Callable, arguments: dict[str, Any], ask: Any) -> None:
    law(ask=ask, **arguments)


def law_that_draws(function: Callable, names: list[str], draw_case: Callable) -> Callable:
    """`function` without the arguments `names`, which `draw_case` draws."""
    signature = inspect.signature(function)
    missing = [name for name in names if name not in signature.parameters]
    if missing:
        raise TypeError(f"{function.__name__} draws {', '.join(missing)} but takes no such argument")
    law = Law(function, draw_case)

    @functools.wraps(function)
    def every_example(ask: Any, **fixed: Any) -> None:
        law.run(ask, fixed)

    kept = [p for name, p in signature.parameters.items() if name not in names]
    every_example.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    every_example.drawn = law  # type: ignore[attr-defined]
    return every_example


def share(rows: int) -> Callable[[Callable], Callable]:
    """For a parametrised law of many rows: they share the profile's examples, and get `LEAST` each at least."""

    def decorate(law: Callable) -> Callable:
        law.drawn.rows = rows  # type: ignore[attr-defined]
        return law

    return decorate
