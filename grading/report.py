"""The report: what a grading run found, as frozen data. Every table and every export is a function of it."""

import json
import math
import os
import tempfile
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

SCHEMA = "kata-report/1"
PARTS = ("build", "use", "reflect", "speed")


@dataclass(frozen=True)
class Cause:
    """Why a law is not earned, as the learner reads it."""

    expected: str = ""
    got: str = ""
    call: str = ""
    where: tuple[str, ...] = ()
    hint: str = ""
    again: str = ""
    prints: str = ""


@dataclass(frozen=True)
class LawResult:
    """What became of one law."""

    id: str
    title: str
    kata: str
    part: str
    task: int
    points: int
    status: str
    earned: int = 0
    earned_alone: int = 0
    seconds: float = 0.0
    witnessed: bool = False
    cause: Cause | None = None
    blame: str = ""
    """The earlier kata that is at fault, where one is."""


def percent(earned: int, possible: int) -> Fraction:
    """The exact score of 100."""
    return Fraction(100 * earned, possible) if possible else Fraction(0)


def rounded(score: Fraction) -> float:
    """A score to one decimal, rounded down: 79.99 does not show as 80."""
    return math.floor(score * 10) / 10


@dataclass(frozen=True)
class KataResult:
    """What became of one kata."""

    id: str
    title: str
    name: str
    status: str
    weight: int
    gate: float
    tasks: tuple[str, ...]
    laws: tuple[LawResult, ...]
    note: str = ""
    """Why a broken or blocked kata is so."""

    @property
    def short(self) -> str:
        return self.id.split("_")[0]

    def exact(self, alone: bool = False) -> Fraction:
        earned = sum(law.earned_alone if alone else law.earned for law in self.laws)
        return percent(earned, sum(law.points for law in self.laws))

    @property
    def score(self) -> float:
        return rounded(self.exact())

    @property
    def score_alone(self) -> float:
        return rounded(self.exact(alone=True))

    @property
    def gate_reached(self) -> bool:
        return self.exact() >= Fraction(self.gate)

    def part(self, name: str) -> tuple[int, int]:
        """Points earned and possible in a part."""
        laws = [law for law in self.laws if law.part == name]
        return sum(law.earned for law in laws), sum(law.points for law in laws)

    def by_task(self) -> list[tuple[int, str, int, int]]:
        """Number, title, points earned and possible of each task that has laws."""
        rows = []
        for number in sorted({law.task for law in self.laws}):
            laws = [law for law in self.laws if law.task == number]
            title = self.tasks[number - 1] if 0 < number <= len(self.tasks) else ""
            rows.append((number, title, sum(law.earned for law in laws), sum(law.points for law in laws)))
        return rows


@dataclass(frozen=True)
class MilestoneResult:
    """How a milestone stands: locked, open, won, lost or coming."""

    id: str
    year: int
    title: str
    status: str
    needs: tuple[str, ...] = ()
    """Katas whose gate score is still missing."""
    measured: dict[str, Any] = field(default_factory=dict)
    needed: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    curve: tuple[float, ...] = ()
    story: tuple[str, ...] = ()
    pictures: tuple[Any, ...] = ()
    """To be drawn (`pictures.draw`); not part of the report."""


@dataclass(frozen=True)
class Report:
    """One grading run."""

    katas: tuple[KataResult, ...]
    milestones: tuple[MilestoneResult, ...] = ()
    grader: str = ""
    spec_digest: str = ""
    seed: str = ""
    sandbox: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    flags: tuple[dict[str, Any], ...] = ()
    seconds: float = 0.0
    profile: str = ""
    prereqs: str = "yours"
    """Where the katas before the judged ones came from: yours or solutions."""

    @property
    def total(self) -> float:
        """The mean over the graded katas, weighted by their points, to one decimal rounded down."""
        return rounded(self.exact_total())

    def exact_total(self) -> Fraction:
        weight = sum(kata.weight for kata in self.katas)
        return sum((kata.exact() * kata.weight for kata in self.katas), Fraction(0)) / weight if weight else Fraction(0)

    def faults(self) -> list[LawResult]:
        """Laws at which the judge itself failed: the run is not to be trusted."""
        return [law for kata in self.katas for law in kata.laws if law.status == "fault"]

    def to_json(self) -> dict[str, Any]:
        """The report as grading/report.schema.json describes it."""
        return {
            "schema": SCHEMA,
            "grader": self.grader,
            "spec_digest": self.spec_digest,
            "seed": self.seed,
            "profile": self.profile,
            "prereqs": self.prereqs,
            "sandbox": self.sandbox,
            "environment": self.environment,
            "seconds": round(self.seconds, 3),
            "katas": [_kata_json(kata) for kata in self.katas],
            "milestones": [_milestone_json(milestone) for milestone in self.milestones],
            "total": self.total,
            "flags": list(self.flags),
        }

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Report":
        """What `to_json` wrote."""
        return Report(
            katas=tuple(_kata_of(kata) for kata in data["katas"]),
            milestones=tuple(_milestone_of(milestone) for milestone in data["milestones"]),
            **{
                key: data[key]
                for key in ("grader", "spec_digest", "seed", "profile", "prereqs", "sandbox", "environment", "seconds")
            },
            flags=tuple(data["flags"]),
        )


def _kata_of(data: dict[str, Any]) -> KataResult:
    titles = {row["task"]: row["title"] for row in data["tasks"]}
    return KataResult(
        id=data["id"],
        title=data["title"],
        name=data["id"].partition("_")[2],
        status=data["status"],
        weight=data["weight"],
        gate=data["gate"],
        tasks=tuple(titles.get(n, "") for n in range(1, max(titles, default=0) + 1)),
        laws=tuple(_law_of(law, data["id"]) for law in data["laws"]),
        note=data["note"],
    )


def _law_of(data: dict[str, Any], kata: str) -> LawResult:
    cause = data["cause"] and Cause(**{**data["cause"], "where": tuple(data["cause"]["where"])})
    return LawResult(**{**data, "kata": kata, "blame": data["blame"] or "", "cause": cause})


def _milestone_of(data: dict[str, Any]) -> MilestoneResult:
    return MilestoneResult(**{**data, **{key: tuple(data[key]) for key in ("needs", "curve", "story")}})


def _milestone_json(milestone: MilestoneResult) -> dict[str, Any]:
    data = asdict(replace(milestone, pictures=()))
    del data["pictures"]
    return {**data, **{key: list(data[key]) for key in ("needs", "curve", "story")}}


def _kata_json(kata: KataResult) -> dict[str, Any]:
    parts = {name: dict(zip(("earned", "possible"), kata.part(name), strict=True)) for name in PARTS}
    tasks = [{"task": n, "title": t, "earned": e, "possible": p} for n, t, e, p in kata.by_task()]
    return {
        "id": kata.id,
        "title": kata.title,
        "status": kata.status,
        "note": kata.note,
        "score": kata.score,
        "score_alone": kata.score_alone,
        "weight": kata.weight,
        "gate": kata.gate,
        "gate_reached": kata.gate_reached,
        "parts": parts,
        "tasks": tasks,
        "laws": [_law_json(law) for law in kata.laws],
    }


def _law_json(law: LawResult) -> dict[str, Any]:
    data = asdict(law)
    data.pop("kata")
    data["seconds"] = round(law.seconds, 4)
    data["blame"] = law.blame or None
    if law.cause is not None:
        data["cause"] = {**asdict(law.cause), "where": list(law.cause.where)}
    return data


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write `content` beside `path`, then rename it: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_json(report: Report, path: Path) -> None:
    write_atomically(path, json.dumps(report.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
