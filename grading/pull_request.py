"""A pull request, graded with the base branch's grader and laws: its katas are data, and everything else in it is looked at only.

What the code under test said goes to the step summary inside code fences, and to annotations escaped: none of it is printed
where the runner would take it for a command.
"""

import base64
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from .manifest import Curriculum, Kata, UsageError
from .render import clean, failure_text
from .report import KataResult, LawResult, Report
from .trees import MAX_FILE_BYTES

SKIPPED = {".git", ".kata", "__pycache__", ".venv", "node_modules"}
ANNOTATIONS = 10
"""GitHub shows ten errors of a step."""
SUMMARY_BYTES = 900_000
"""GitHub takes a megabyte of a step's summary."""
FAILURES = 30
"""Failures that are shown in full."""


def changes(base: Path, head: Path) -> list[str]:
    """The files that differ between two checkouts, as paths in them, sorted. Links and what is no file count as different."""
    before, after = _files(base), _files(head)
    return sorted(name for name in before.keys() | after.keys() if not _same(before.get(name), after.get(name)))


def _files(root: Path) -> dict[str, Path]:
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED and not name.endswith(".egg-info")]
        for name in [*names, *(f for f in folders if (Path(folder) / f).is_symlink())]:
            path = Path(folder) / name
            found[path.relative_to(root).as_posix()] = path
    return found


def _same(one: Path | None, other: Path | None) -> bool:
    if one is None or other is None:
        return False
    facts = [os.lstat(path) for path in (one, other)]
    if not all(stat.S_ISREG(fact.st_mode) for fact in facts) or facts[0].st_size != facts[1].st_size:
        return False
    return facts[0].st_size > 64 * MAX_FILE_BYTES or one.read_bytes() == other.read_bytes()


def touched(paths: list[str], curriculum: Curriculum) -> list[Kata]:
    """The katas in which something changed, and those that stand on them, in order."""
    folders = {path.split("/")[1] for path in paths if path.startswith("katas/") and path.count("/") > 1}
    return [kata for kata in curriculum.katas if folders & {one.id for one in curriculum.closure(kata)}]


def protected(paths: list[str]) -> list[str]:
    """What changed outside of katas/: it is not graded with."""
    return [path for path in paths if not path.startswith("katas/")]


def summary(report: Report, outside: list[str]) -> str:
    """Markdown for the step summary: the scores, what is outside of katas/, and the failures."""
    lines = [
        f"## Katas: {report.total:.1f} of 100",
        "",
        "| kata | status | score | alone | gate |",
        "| --- | --- | ---: | ---: | --- |",
    ]
    lines += [
        f"| {kata.short} {kata.name} | {kata.status} | {kata.score:.1f} | {kata.score_alone:.1f} "
        f"| {'reached' if kata.gate_reached else f'{kata.gate:g} needed'} |"
        for kata in report.katas
    ]
    if outside:
        lines += [
            "",
            f"**{len(outside)} changed outside of katas/, not graded with:**",
            "",
            *_fenced("\n".join(map(_name, outside[:50]))),
        ]
    lines += ["", f"Seed {report.seed}, sandbox {report.sandbox}, {report.seconds:.0f} s.", ""]
    text, left = "\n".join(lines) + "\n", FAILURES
    for kata in report.katas:
        if kata.note:
            text += "\n".join(["", f"### {kata.short}", *_fenced(clean(kata.note)), ""])
        for law in (law for law in kata.laws if law.status in ("failed", "timeout", "crashed", "fault")):
            more = "\n".join([*_fenced(failure_text(law)), ""])
            if left == 0 or len((text + more).encode()) > SUMMARY_BYTES:
                return text + "\n… and more: see the report.\n"
            text, left = text + more, left - 1
    return text


def _fenced(text: str) -> list[str]:
    """A block of code that its text cannot end: the fence is longer than any in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return [f"{fence}text", text, fence]


def _name(path: str) -> str:
    return clean(path, 200).replace("\n", "�")


def annotations(report: Report, head: Path) -> list[str]:
    """Workflow commands that put failures beside the lines of the pull request, the first ones only."""
    bad = [
        law for kata in report.katas for law in kata.laws if law.status in ("failed", "timeout", "crashed", "broken")
    ]
    return [_annotation(law, head) for law in bad[:ANNOTATIONS]]


def _annotation(law: LawResult, head: Path) -> str:
    told = law.cause
    text = f"{law.title}\nexpected {told.expected}\nyours: {told.got}" if told and told.expected else law.title
    place = ""
    for where in told.where if told else ():
        found = re.match(r"(.*?):(\d+)(?:,|$)", where)
        path = Path(os.path.abspath(found[1])) if found else head
        if found and path.is_relative_to(head.resolve()):
            relative = path.relative_to(head.resolve()).as_posix()
            place = f"file={_property(relative)},line={found[2]},"
            break
    short = law.kata.split("_")[0]
    return f"::error {place}title={_property(f'{short} {law.part}')}::{_data(clean(text, 1000))}"


def _data(text: str) -> str:
    """Text of a workflow command, as the runner unescapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# ------------------------------------------------------------ GitHub Classroom


def classroom_notices(report: Report) -> list[str]:
    """The two notices from which GitHub Classroom takes the points of a run."""
    total = sum(kata.weight for kata in report.katas)
    earned = round(float(report.exact_total()) * total / 100, 2)
    points = json.dumps({"totalPoints": earned, "maxPoints": total})
    return [
        f"::notice title=Autograding complete::Points {earned:g}/{total}",
        f"::notice title=Autograding report::{_data(points)}",
    ]


def classroom_result(kata: KataResult) -> str:
    """One kata as the result of a runner of autograding-grading-reporter: base64 of JSON, one line.

    A law is a test; its score is its share of the kata's weight. There is always at least one: the reporter divides by them.
    """
    possible = sum(law.points for law in kata.laws)
    given = {"test_code": "", "filename": "", "line_no": 0}
    tests: list[dict[str, Any]] = [
        {
            "name": clean(law.title, 150),
            "status": "pass" if law.status == "passed" else "fail",
            "score": round(law.earned * kata.weight / possible, 4),
            "message": "" if law.cause is None else clean(law.cause.got, 150),
            "duration": round(law.seconds, 3),
            **given,
        }
        for law in kata.laws
    ]
    nothing = {"name": kata.name, "status": "fail", "score": 0, "message": kata.status, "duration": 0, **given}
    status = "pass" if kata.gate_reached else "fail"
    data = {"version": 1, "status": status, "max_score": kata.weight, "tests": tests or [nothing]}
    return base64.b64encode(json.dumps(data).encode()).decode()


def outputs(report: Report) -> str:
    """Lines for GITHUB_OUTPUT: total, and each kata's result for GitHub Classroom under its short name (m01)."""
    rows = [("total", f"{report.total:.1f}")] + [(kata.short, classroom_result(kata)) for kata in report.katas]
    return "".join(f"{name}={value}\n" for name, value in rows)


# ------------------------------------------------------------------- a comment

MARK = "<!-- kata-grade -->"
"""By this the comment is found again, together with who wrote it: anybody may write the mark."""
REPORT_BYTES = 20 << 20


def comment(text: bytes, curriculum: Curriculum) -> str:
    """Markdown for a comment, from a report that nobody vouches for: numbers and known names only, nothing that it says.

    The report comes out of a run of the pull request's own workflow, which may have been changed. UsageError where it is none.
    """
    try:
        if len(text) > REPORT_BYTES:
            raise ValueError("it is too large")
        data = json.loads(text)
        rows = [(str(row["id"]), str(row["status"]), float(row["score"])) for row in data["katas"]]
        total = float(data["total"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"this is no report: {type(error).__name__}") from None
    known = {kata.id: kata for kata in curriculum.katas}
    statuses = {"done", "started", "todo", "blocked", "broken"}
    lines = [MARK, f"### Katas: {_score(total)} of 100", "", "| kata | status | score |", "| --- | --- | ---: |"]
    for name, status, score in rows[: len(known)]:
        if name in known:
            kata = known[name]
            told = status if status in statuses else "?"
            lines.append(f"| {kata.short} {kata.name} | {told} | {_score(score)} |")
    lines += [
        "",
        "As the pull request's own run says. What failed, and where, is in its summary. For the record, the base branch grades.",
    ]
    return "\n".join(lines) + "\n"


def _score(number: float) -> str:
    return f"{number:.1f}" if 0 <= number <= 100 else "?"
