"""From the exception that ended a law to its result: status, cause, hint and blame."""

import contextlib
import functools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis.errors

from .ask import Ask
from .engines import Engine
from .manifest import Curriculum, Kata
from .markers import given_functions, stub_of
from .outcomes import Ended, GivenUp, Place, Raised, Timeout, Wrong
from .patience import LAW_SECONDS, Patience
from .report import PARTS, Cause
from .trees import Reading, Tree, kept_stubs
from .worker.framework import KataSource


@dataclass(frozen=True)
class Verdict:
    """What the judge found for one law."""

    status: str
    cause: Cause | None = None
    blame: str = ""
    alone: bool = False
    """Whether the law holds with the reference's prerequisites."""


PASSED = Verdict("passed", alone=True)
DAWDLING = 10.0
"""Seconds after which a law that is run again, to see whose fault it is, counts as one that hangs."""
TOLD = 2000
"""Characters kept of an answer that is shown."""
UNSTEADY = "the same call gave two different answers"


@dataclass
class Judge:
    """Turns what ended a law into a verdict; asks again where that tells more."""

    curriculum: Curriculum
    reading: Reading
    reference: Tree | None
    new_engine: Callable[[], Engine]
    hints: Callable[..., str]
    """Maps a failure's signature to what to look at: (error, ask) → a line, or ""."""
    again: Callable[[str], str]
    """The command that runs a law again, from its id."""
    patience: Patience = field(default_factory=Patience)
    _shut: dict[tuple, BaseException] = field(default_factory=dict)
    """Sources that do not import: known to every replay."""
    _culprits: dict[str, int] = field(default_factory=dict)
    """By judged kata, which of the earlier ones was last at fault: the place in its closure."""
    _givens: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """By kata, (file, function) of what is given."""
    _second: Engine | None = None
    """Runs the learner's code on the reference's prerequisites."""
    _pure: Engine | None = None
    """Runs the reference alone: what the learner's code shares a process with, it can read."""

    def close(self) -> None:
        for engine in (self._second, self._pure):
            if engine is not None:
                engine.close()

    def verdict(self, error: BaseException, ask: Ask, law_id: str, rerun: Callable[[Ask], Any], part: str) -> Verdict:
        """What `error`, which ended the law, means.

        Args:
            ask: as the law left it: its last call and last example are the failing ones.
            rerun: runs the whole law again with another `ask`.
            part: build, use, reflect or speed.
        """
        if self._unusable(error, ask, rerun, part):
            error = Wrong("an answer that the law can work with", f"{type(error).__name__}, when it did: {error}")
        status = self._status(error)
        cause = self._cause(status, error, ask, law_id)
        hurried = ask.kata is not None and self.patience.call_seconds(ask.kata.id) < float("inf")
        if (
            status in ("fault", "broken", "todo")  # what is still to be written is missing on any prerequisites
            or ask.kata is None
            or isinstance(error, GivenUp)
            or (status == "timeout" and hurried)
        ):
            return Verdict(status, cause)
        blame, alone = self._blame(ask, rerun, part, getattr(error, "kata", "") if status == "blocked" else "")
        return Verdict(status, cause, blame, alone)

    @staticmethod
    def _status(error: BaseException) -> str:
        if isinstance(error, Wrong | Ended):
            return error.status
        if unsteady(error):
            return "failed"
        return "timeout" if type(error).__name__ == "Failed" and "Timeout" in str(error) else "fault"

    def _unusable(self, error: BaseException, ask: Ask, rerun: Callable[[Ask], Any], part: str) -> bool:
        """Whether a law broke because of what it was answered (None, for example): it does not break on the reference."""
        if isinstance(error, Wrong | Ended) or self._status(error) != "fault" or ask.kata is None or ask.last is None:
            return False
        if not isinstance(error, Exception) or isinstance(error, hypothesis.errors.HypothesisException):
            return False
        if self.reference is None:
            return True
        best = self.reading.reference(ask.kata)
        if self._pure is None:
            self._pure = self.new_engine()
        return all(self._holds(ask.kata, best, law, part, self._pure) for law in (ask.example or rerun, rerun))

    def _cause(self, status: str, error: BaseException, ask: Ask, law_id: str) -> Cause:
        again = self.again(law_id)
        call = self._call(ask)
        if isinstance(error, Wrong):
            raised = isinstance(error, Raised)
            where = self._raised(ask.kata, error.where) if isinstance(error, Raised) else self._ran(ask)
            hint = self.hints(error, ask)
            got = f"raised {error.got}" if raised else error.got
            return Cause(error.expected[:TOLD], got[:TOLD], call, where, hint[:TOLD], again)
        if isinstance(error, Ended):
            where = tuple(str(place) for place in error.where)
            hint = self.hints(error, ask) if isinstance(error, Timeout) else ""
            expected = "an answer" if status in ("timeout", "crashed") else ""
            return Cause(expected, error.message[:TOLD], call, where, hint[:TOLD], again)
        if unsteady(error):
            return Cause("the same answer to the same call", UNSTEADY, call, self._ran(ask), "", again)
        return Cause("", f"{type(error).__name__}: {error}"[:TOLD], call, (), "", again)

    @staticmethod
    def _call(ask: Ask) -> str:
        if ask.last is None:
            return ""
        from spec.kit.compare import describe

        arguments = ", ".join(
            describe(value) if name.endswith("]") else f"{name}={describe(value)}"
            for name, value in ask.last.arguments().items()
        )
        return f"{ask.last.probe.__name__}({arguments})"

    def _ran(self, ask: Ask) -> tuple[str, ...]:
        """The functions of this kata (else of any) that the failing call runs, those the probe calls first.

        Those that were given are left out, and so is what makes an object, if anything else ran."""
        try:
            places = ask.ran()
        except (Ended, Exception):  # it is only a pointer; the verdict stands
            return ()
        own = self._own(ask.kata, places) or list(places)
        own = [place for place in own if place.function != "__init__"] or own
        return tuple(str(Place(p.file, p.line, p.function)) for p in own[:3])

    def _raised(self, kata: Kata | None, places: tuple[Place, ...]) -> tuple[str, ...]:
        """The innermost line of this kata's own functions on the way to the exception, and the line that raised it."""
        return tuple(dict.fromkeys(str(place) for place in [*self._own(kata, places)[-1:], *places[-1:]]))

    def _own(self, kata: Kata | None, places: tuple[Place, ...]) -> list[Place]:
        """Those places that lie in functions of this kata that the learner writes."""
        if kata is None:
            return []
        own = [place for place in places if f"/{kata.id}/" in f"/{place.file}"]
        given = self._given(kata)
        return [place for place in own if (Path(place.file).name, place.function) not in given] or own

    def _given(self, kata: Kata) -> frozenset[tuple[str, str]]:
        """(file, function) of what is given in a kata, as the reference tells, or the stubs that were handed out."""
        if kata.id not in self._givens:
            tree = self.reference or kept_stubs()
            texts = {file: (tree.text(kata, file) or b"").decode() for file in kata.files} if tree else {}
            found: set[tuple[str, str]] = set()
            for file, text in texts.items():
                with contextlib.suppress(
                    SyntaxError, ValueError
                ):  # an author's half-written file: only a pointer is lost
                    stub = stub_of(text, kata.short) if self.reference else text
                    found |= {(file, name) for name in given_functions(stub)}
            self._givens[kata.id] = frozenset(found)
        return self._givens[kata.id]

    def accepts_anything(self, kata: Kata, law: Callable[[Ask], Any], part: str) -> bool | None:
        """Whether a law that held also holds where every expected number is wrong: then nothing that it says counts.

        None where it compares no numbers, and cannot tell."""
        from spec.kit.compare import CANARY

        with CANARY:
            held = self._holds(kata, self.reading.sources(kata), law, part)
        return held if CANARY.spoilt else None

    # ------------------------------------------------------------------ blame

    def _blame(self, ask: Ask, rerun: Callable[[Ask], Any], part: str, known: str) -> tuple[str, bool]:
        """The earlier kata at fault ("" if none), and whether the law holds on the reference's prerequisites."""
        kata, reference = ask.kata, self.reference
        assert kata is not None
        earlier = self.curriculum.closure(kata)[:-1]
        ours = self.reading.sources(kata)
        if reference is None or not earlier:
            return known, False
        best = self.reading.sources(kata, earlier[-1])
        if [s.files for s in best] == [s.files for s in ours]:
            return known, False  # it already stands on the reference
        example = ask.example or rerun
        if not self._holds(kata, best, example, part) or not self._holds(kata, best, rerun, part):
            return known, False
        return earlier[self._culprit(kata, earlier, example, part)].short, True

    def _culprit(self, kata: Kata, earlier: list[Kata], example: Callable[[Ask], Any], part: str) -> int:
        """Which of the `earlier` katas the example needs from the reference, together with those before it, and no other after it.

        It is known to hold with all of them. The kata that was last at fault is tried first: one fault makes many laws fail."""
        fails, holds = -1, len(earlier) - 1
        first = self._culprits.get(kata.id, holds)
        guesses = [first, first - 1]
        while holds - fails > 1:
            at = guesses.pop(0) if guesses else (fails + holds) // 2
            if not fails < at < holds:
                continue
            if self._holds(kata, self.reading.sources(kata, earlier[at]), example, part):
                holds = at
            else:
                fails = at
        self._culprits[kata.id] = holds
        return holds

    def _holds(
        self,
        kata: Kata,
        sources: list[KataSource],
        law: Callable[[Ask], Any],
        part: str,
        engine: Engine | None = None,
    ) -> bool:
        if engine is None:
            engine = self._second = self._second or self.new_engine()
        if engine is self._second and self.patience.ended(kata.id):
            return False  # it has taken its time already
        ask = Ask(
            engine,
            self.curriculum,
            shrinks=False,
            most=self.patience.call_seconds(kata.id),
            left=LAW_SECONDS,
            shut=self._shut,
        )
        began = time.monotonic()
        try:
            ask.begin(kata, sources, part)
            law(ask)
        except (Ended, Exception):  # whatever it is, the law does not hold
            return False
        finally:
            seconds = time.monotonic() - began
            if seconds > DAWDLING and engine is self._second:
                self.patience.hung(kata.id, seconds)
        return True


def unsteady(error: BaseException) -> bool:
    """Whether Hypothesis saw an example fail, and then not fail."""
    return isinstance(error, hypothesis.errors.Flaky) or (
        isinstance(error, BaseExceptionGroup) and any(unsteady(inner) for inner in error.exceptions)
    )


@functools.cache
def part_of(filename: str) -> str:
    """build, use, reflect or speed, from the file a law stands in: test_build.py, or test_build_views.py beside it."""
    found = re.fullmatch(rf"test_({'|'.join(PARTS)})(_[a-z0-9_]+)?\.py", filename)
    return found.group(1) if found else ""
