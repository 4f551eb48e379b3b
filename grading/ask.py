"""`ask`: what a law calls to get an answer from the framework of its kata."""

import inspect
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import profiles
from .engines import Engine
from .manifest import Curriculum, Kata
from .outcomes import Blocked, Broken, Crashed, Fault, GivenUp, Place, Raised, Timeout, Todo, Wrong
from .worker import wire
from .worker.framework import STUB, Failure, KataSource

VAR_POSITIONAL, VAR_KEYWORD = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
DEADLINE = 5.0
"""Seconds a call may take unless the law says otherwise."""
TOLD = 2000
"""Characters kept of what the framework's process says: it may say anything, and a lot."""


@dataclass(frozen=True)
class Error:
    """An exception of the framework, as data."""

    classes: tuple[str, ...]
    message: str
    where: tuple[Place, ...]


@dataclass(frozen=True)
class Reply:
    """What a call came to: a value, or an error."""

    value: Any = None
    error: Error | None = None
    no_data: str = ""
    """Why the value cannot be sent, if it is no plain data."""


@dataclass
class Call:
    """The last call of a law, for the failure report and for replays."""

    probe: Callable
    args: tuple
    named: dict[str, Any]
    deadline: float

    def arguments(self) -> dict[str, Any]:
        """The arguments by name, as the probe calls them."""
        names: list[str] = []
        for name, parameter in list(inspect.signature(self.probe).parameters.items())[1:]:
            if parameter.kind is VAR_POSITIONAL:
                names += [f"{name}[{place}]" for place in range(len(self.args) - len(names))]
            elif parameter.kind is not VAR_KEYWORD:
                names.append(name)
        return {**dict(zip(names, self.args, strict=False)), **self.named}


@dataclass(repr=False)
class Ask:
    """Asks the framework of one kata at a time. A law calls it; the plugin gives each law a fresh framework."""

    engine: Engine
    curriculum: Curriculum
    kata: Kata | None = None
    last: Call | None = None
    example: Callable | None = None
    """The law with the arguments drawn last, still to be given an `ask`."""
    _sources: list[KataSource] = field(default_factory=list)
    most: float = float("inf")
    """Seconds that no call may exceed, whatever its law says."""
    left: float = float("inf")
    """Seconds that the law's calls may still take together."""
    spent: Counter[str] = field(default_factory=Counter)
    """Seconds that the calls of each kata have taken: an answer each time, and never done, is a hang as well."""
    shrinks: bool = True
    """Whether a failing example is made small: not where only the verdict counts."""
    before_call: Callable[[], None] | None = None
    """Runs before each call; the plugin forgets earlier prints with it."""
    _end: BaseException | None = None
    _dead: dict[tuple, Broken] = field(default_factory=dict)
    """Sources whose import hung or killed the process: not tried again for every law."""
    shut: dict[tuple, BaseException] = field(default_factory=dict)
    """Sources that do not import, and why: not tried again either."""

    def begin(self, kata: Kata, sources: list[KataSource], part: str = "", give_up: str = "") -> None:
        """A fresh framework for a law of `kata`. What keeps it from loading is raised by the law's first call.

        With `give_up`, nothing is loaded: that is what the first call raises."""
        self.kata, self._sources, self.last, self.example = kata, sources, None, None
        spent = self.spent[kata.id]
        if not give_up and self.left < float("inf") and spent > profiles.kata_seconds():
            give_up = f"not asked: the calls of this kata have taken {spent:.0f} s already"
        if give_up:
            self._end = GivenUp(give_up)
            return
        key = tuple((source.folder, tuple(source.files.items())) for source in sources)
        self._end = self._on_the_dead(key) or self.shut.get((key, part == "reflect"))
        if self._end is not None:
            return
        try:
            self._end = self._obstacle(self.engine.load(sources), part)
            if self._end is not None:
                self.shut[key, part == "reflect"] = self._end
        except (Crashed, Timeout) as error:
            text = f"importing the katas did not end well: {error.message}"
            self._end = self._dead[key] = Broken(text, kata=kata.short)
            self._end = self._culprit(key) or self._end

    def _culprit(self, key: tuple) -> Blocked | None:
        """The earlier kata that does not let itself be imported, if that is why these sources do not."""
        for count in range(1, len(self._sources)):
            short = self._sources[count - 1].short
            try:
                self.engine.load(self._sources[:count])
            except (Crashed, Timeout) as error:
                text = f"importing {short} did not end well: {error.message}"
                self._dead[key[:count]] = Broken(text, kata=short)
                return Blocked(text, (), short)
        return None

    def _on_the_dead(self, key: tuple) -> BaseException | None:
        """What ends sources that hold all of those whose import did not end well: it would not end well again."""
        ends = [(len(dead), dead == key, end) for dead, end in self._dead.items() if set(dead) <= set(key)]
        if not ends:
            return None
        _, own, end = min(ends, key=lambda row: row[0])
        return end if own else Blocked(end.message, (), end.kata)

    def _obstacle(self, failures: list[Failure], part: str) -> BaseException | None:
        assert self.kata is not None
        for failure in failures:
            own = failure.kata == self.kata.id
            if failure.file == "reflect.py" and not (own and part == "reflect"):
                continue
            place = Place(shown(str(failure.path)), failure.line)
            short = failure.kata.split("_")[0]
            if failure.todo:
                stub = self._stub_of(failure.todo)
                kind: type = Todo if stub == self.kata.short else Blocked
                return kind(failure.message.partition(": ")[2][:TOLD], (place,), stub)
            if own:
                return Broken(f"{short} does not import: {failure.message}", (place,), short)
            return Blocked(f"{short} does not import: {failure.message}", (place,), short)
        return None

    def _stub_of(self, short: str) -> str:
        """The kata whose stub was met, if it says so of one that this kata stands on; else this kata."""
        assert self.kata is not None
        known = {source.short for source in self._sources}
        return short if short in known else self.kata.short

    def __repr__(self) -> str:
        return "ask"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("ask")  # Hypothesis writes the arguments of every failing example down, field by field

    def start_example(self, example: Callable) -> None:
        """Called by `given` before each example."""
        self.example = example

    def sources(self) -> dict[str, str]:
        """The learner's files of this kata: name → text. A kata without files is a stub."""
        if self._end is not None:
            raise self._end.with_traceback(None)
        source = self._sources[-1]
        if not source.files:
            raise Todo(f"{source.short}: {source.folder} is empty", (), source.short)
        return {name: text.decode("utf-8-sig", "replace") for name, (_, text) in source.files.items()}

    def __call__(self, probe: Callable, *args: Any, deadline: float | None = None, **named: Any) -> Any:
        """What `probe` answers. Raises Wrong where it raises, and where it changes its arguments."""
        reply = self.attempt(probe, *args, deadline=deadline, **named)
        if reply.error is not None:
            error = Raised(f"{reply.error.classes[0]}: {reply.error.message}", reply.error.where)
            raise error.with_traceback(self.engine.raised.__traceback__ if self.engine.raised else None)
        if reply.no_data:
            raise Wrong("plain numbers, text or NumPy arrays of numbers", reply.no_data)
        return reply.value

    def attempt(self, probe: Callable, *args: Any, deadline: float | None = None, **named: Any) -> Reply:
        """Like a call, but an exception comes back as data. A stub's NotImplementedError never does: it is `Todo`."""
        if self._end is not None:
            raise self._end.with_traceback(None)  # the same one for many laws: its traceback would grow
        if self.before_call:
            self.before_call()
        seconds = min(DEADLINE if deadline is None else deadline, self.most)
        if self.left <= 0:
            raise Timeout("the calls of this law take far too long, all together")
        self.last = Call(probe, args, named, seconds)
        try:
            packed = wire.pack((args, named))
        except wire.NotPlain as error:
            raise Fault(f"the law asked {probe.__name__} with something that is not plain data: {error}") from None
        begin = time.monotonic()
        try:
            raw = self.engine.call(probe, packed, seconds)
        finally:
            seconds = time.monotonic() - begin
            self.left -= seconds
            self.spent[self.kata.id if self.kata else ""] += seconds  # type: ignore[assignment]  # no whole numbers
        return self._read(raw)

    def cpu_seconds(self) -> float:
        """Processor time that the framework's process has used so far, as the judge sees it."""
        return self.engine.cpu_seconds()

    def ran(self) -> tuple[Place, ...]:
        """The functions of the learner's files that the last call runs; it is made once more to see."""
        if self.last is None:
            return ()
        packed = wire.pack((self.last.args, self.last.named))
        raw = self.engine.call(self.last.probe, packed, self.last.deadline, trace=True)
        return _places(raw.get("ran", []))

    def _read(self, raw: dict[str, Any]) -> Reply:
        """The reply of an untrusted process: every field is looked at before it is used."""
        assert self.last is not None and self.kata is not None
        error = raw.get("error")
        if isinstance(error, dict):
            rows = error.get("classes")
            names = rows[:20] if isinstance(rows, list) else []
            classes = tuple(str(name)[:200] for name in names) or ("Exception",)
            told = Error(classes, str(error.get("message", ""))[:TOLD], _places(error.get("where", [])))
            if error.get("todo") or "NotImplementedError" in classes:
                self._stub(told)
            return Reply(error=told)
        if "notplain" in raw:
            return Reply(no_data=str(raw["notplain"])[:TOLD])
        changed = raw.get("changed")
        if changed and isinstance(changed, list):
            names = list(self.last.arguments())
            which = [names[n] for n in changed if isinstance(n, int) and 0 <= n < len(names)]
            raise Wrong("arguments that the call leaves alone", f"it changed {', '.join(which) or 'them'}")
        try:
            return Reply(wire.unpack(raw["value"]))
        except (KeyError, TypeError, wire.Malformed):
            self.engine.close()
            raise Crashed("the process no longer speaks the judge's language") from None

    def _stub(self, error: Error) -> None:
        assert self.kata is not None
        stub = STUB.match(error.message)
        short = self._stub_of(stub.group(1)) if stub else self.kata.short
        kind = Todo if short == self.kata.short else Blocked
        message = error.message.partition(": ")[2] if stub else error.message
        raise kind(message or "NotImplementedError", error.where[-1:], short)


def _places(rows: Any) -> tuple[Place, ...]:
    places = []
    for row in rows[:400] if isinstance(rows, list) else []:
        if isinstance(row, list) and len(row) == 3 and type(row[1]) is int and abs(row[1]) < 1 << 31:
            places.append(Place(shown(str(row[0])[:500]), row[1], str(row[2])[:200]))
    return tuple(places)


def shown(path: str) -> str:
    """A path as people read it: relative to where they are, if it is below."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return path
    return path if relative.startswith("..") else relative
