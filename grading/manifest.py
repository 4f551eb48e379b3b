"""The curriculum: `curriculum.toml`, read once, as frozen data."""

import difflib
import functools
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
"""The repository: `pip install -e .` uses its trees in place."""

TIERS = ("foundation", "architecture", "optimization", "beyond")


class UsageError(Exception):
    """Something the user can put right; its message is the one clear line they read."""


@dataclass(frozen=True)
class Kata:
    """A kata as the manifest describes it; the keys are explained at the head of curriculum.toml."""

    id: str
    name: str
    title: str
    tier: str
    needs: tuple[str, ...] = ()
    points: int = 100
    gate: float = 80.0
    minutes: int = 0
    difficulty: int = 1
    tasks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    activate: str = ""
    explicit: tuple[str, ...] = ()
    competencies: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    draft: bool = False

    @property
    def short(self) -> str:
        """Its number, "m06"."""
        return self.id.split("_")[0]

    @property
    def spec(self) -> Path:
        return ROOT / "spec" / self.id

    @property
    def written(self) -> bool:
        """Whether there are laws for it; those of a draft are judged only where somebody names it."""
        return (self.spec / "test_build.py").is_file()

    @property
    def exists(self) -> bool:
        """Whether there are finished laws for it; otherwise it is still coming."""
        return not self.draft and self.written


@dataclass(frozen=True)
class Milestone:
    """A milestone as the manifest describes it."""

    id: str
    year: int
    title: str
    needs: tuple[str, ...]
    gate: float = 80.0
    budget_seconds: float = 60.0
    replay: str = ""
    """A later kata: once its gate is reached, the milestone shows before and after."""

    @property
    def exists(self) -> bool:
        return (ROOT / "spec" / "milestones" / self.id / "judge.py").is_file()


@dataclass(frozen=True)
class Curriculum:
    """All katas, in order, and all milestones."""

    katas: tuple[Kata, ...]
    milestones: tuple[Milestone, ...]

    def kata(self, name: str) -> Kata:
        """The kata of that name, number ("m06", "6") or folder. Raises UsageError with the nearest name."""
        for kata in self.katas:
            if name in (kata.name, kata.id, kata.short) or (name.isdigit() and int(name) == int(kata.short[1:])):
                return kata
        raise UsageError(f"there is no kata called {name!r}{self._nearest(name)}")

    def _nearest(self, name: str) -> str:
        known = [k.name for k in self.katas] + [k.id for k in self.katas] + [k.short for k in self.katas] + list(TIERS)
        near = difflib.get_close_matches(name.lower(), known, 1, 0.5)
        return f"; did you mean {near[0]!r}?" if near else "; `grader.py status` lists them all"

    def find(self, name: str) -> Kata | None:
        """Like `kata`, or None."""
        try:
            return self.kata(name)
        except UsageError:
            return None

    def milestone(self, name: str) -> Milestone:
        for milestone in self.milestones:
            if name in (milestone.id, str(milestone.year)):
                return milestone
        near = difflib.get_close_matches(name, [m.id for m in self.milestones], 1, 0.5)
        raise UsageError(
            f"there is no milestone called {name!r}"
            + (f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(m.id for m in self.milestones)}")
        )

    def select(self, names: list[str] | tuple[str, ...]) -> list[Kata]:
        """The katas meant by names, numbers, ranges ("6-9", "m01-m04") and tiers, in order. Raises UsageError."""
        chosen: set[str] = set()
        for name in names:
            span = re.fullmatch(r"m?(\d+)\s*(?:-|\.\.)\s*m?(\d+)", name)
            if name in TIERS:
                chosen |= {kata.id for kata in self.katas if kata.tier == name}
            elif span:
                first, last = int(span[1]), int(span[2])
                within = {kata.id for kata in self.katas if first <= int(kata.short[1:]) <= last}
                if not within:
                    raise UsageError(f"the range {name!r} holds no kata; they go from 1 to {len(self.katas)}")
                chosen |= within
            else:
                chosen.add(self.kata(name).id)
        return [kata for kata in self.katas if kata.id in chosen]

    def closure(self, kata: Kata) -> list[Kata]:
        """`kata` and everything it stands on, in order; `kata` is the last."""
        return list(self._closures[kata.id])

    @functools.cached_property
    def _closures(self) -> dict[str, list[Kata]]:
        closures = {}
        for kata in self.katas:
            wanted, todo = {kata.id}, [kata]
            while todo:
                for need in todo.pop().needs:
                    other = self.kata(need)
                    if other.id not in wanted:
                        wanted.add(other.id)
                        todo.append(other)
            closures[kata.id] = [k for k in self.katas if k.id in wanted]
        return closures


def parse(data: dict[str, Any]) -> Curriculum:
    """The curriculum that `data` (the parsed toml) describes. Raises ValueError where it contradicts itself."""
    katas = tuple(_build(Kata, row) for row in data.get("kata", []))
    milestones = tuple(_build(Milestone, row) for row in data.get("milestone", []))
    seen: dict[str, str] = {}
    earlier: set[str] = set()
    for kata in katas:
        if not re.fullmatch(r"m\d\d_[a-z]+", kata.id) or not kata.id.endswith("_" + kata.name):
            raise ValueError(f"the kata {kata.id!r} must be called mNN_{kata.name}")
        if kata.tier not in TIERS:
            raise ValueError(f"{kata.id}: tier {kata.tier!r} is none of {', '.join(TIERS)}")
        for need in kata.needs:
            if need not in earlier:
                raise ValueError(f"{kata.id} needs {need!r}, which does not come before it")
        for name in kata.exports:
            if name in seen:
                raise ValueError(f"{kata.id} exports {name!r}, as {seen[name]} does")
            seen[name] = kata.id
        earlier.add(kata.name)
    for milestone in milestones:
        for need in milestone.needs:
            if need not in earlier:
                raise ValueError(f"the milestone {milestone.id} needs {need!r}, which is no kata")
    return Curriculum(katas, milestones)


def _build(kind: type, row: dict[str, Any]) -> Any:
    known = {field.name for field in fields(kind)}
    unknown = sorted(set(row) - known)
    if unknown:
        raise ValueError(f"curriculum.toml: {row.get('id', '?')} has an unknown key {unknown[0]!r}")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})


@functools.cache
def curriculum() -> Curriculum:
    """The curriculum of this repository."""
    with open(ROOT / "curriculum.toml", "rb") as file:
        return parse(tomllib.load(file))
