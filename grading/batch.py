"""A whole class: every submission judged once, results kept by what they are results of, tables made from the results alone.

A result's name is the digest of the submission and of everything else that its score depends on. It is written when it is
complete, or not at all: a run that was killed goes on where it was, and a second run costs nothing.
"""

import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import __version__
from .manifest import Curriculum, Kata, UsageError
from .report import Report, write_atomically
from .submissions import Submission, digest, texts

MARKER = ".batch.json"
"""In the folder of results: which files a batch has made there, and may replace or remove."""


@dataclass(frozen=True)
class Order:
    """What every submission of a batch is asked."""

    katas: tuple[str, ...]
    profile: str
    seed: str
    prereqs: str
    spec_digest: str
    weak: bool = False

    def key(self, submission: str) -> str:
        """The name of a result: of what, and of which questions."""
        parts = [__version__, submission, *self.katas, self.profile, self.seed, self.prereqs, self.spec_digest]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]

    def taken(self, curriculum: Curriculum, katas: list[Kata]) -> list[Kata]:
        """What is taken of a submission: the katas asked for, and those they stand on, if these are the learner's own."""
        if self.prereqs == "solutions":
            return katas
        needed = {kata.id for one in katas for kata in curriculum.closure(one)}
        return [kata for kata in curriculum.katas if kata.id in needed]

    def of(self, taken: dict[str, bytes]) -> dict[str, Any]:
        """The order for one submission, as plain data."""
        return {**vars(self), "katas": list(self.katas), "texts": taken}


@dataclass
class Entry:
    """One submission of a batch, and how far it is."""

    submission: Submission
    key: str = ""
    problem: str = ""
    """Why there is nothing to judge, or no result."""
    twins: tuple[str, ...] = ()
    """Other submissions of the same text."""
    lacks: tuple[str, ...] = ()
    """Katas of which it holds no file."""

    @property
    def name(self) -> str:
        return self.submission.name


@dataclass
class Store:
    """Results on disk: OUT/results/KEY.json."""

    folder: Path

    def path(self, key: str) -> Path:
        return self.folder / "results" / f"{key}.json"

    def has(self, key: str) -> bool:
        return self.path(key).is_file()

    def claim(self) -> list[str]:
        """The files, but for results, that the last run made here. UsageError where the folder is somebody's own."""
        marker = self.folder / MARKER
        try:
            return [str(name) for name in json.loads(marker.read_text(encoding="utf-8"))["made"]]
        except FileNotFoundError:
            if self.folder.is_dir() and any(self.folder.iterdir()):
                text = f"{self.folder} is not empty, and no batch has made it: give --out a new folder"
                raise UsageError(text) from None
            write_atomically(marker, json.dumps({"made": []}))  # now: a run that is killed goes on here
            return []
        except (ValueError, KeyError, TypeError):
            raise UsageError(f"{marker} is damaged: give --out a new folder, or restore it") from None

    def made(self, before: list[str], now: list[str]) -> None:
        """Remember the files of this run; those of the last one that it did not make again go."""
        write_atomically(self.folder / MARKER, json.dumps({"made": sorted({*before, *now})}))
        for name in set(before) - set(now):
            (self.folder / name).unlink(missing_ok=True)
        write_atomically(self.folder / MARKER, json.dumps({"made": sorted(now)}))

    def keep(self, key: str, report: dict[str, Any]) -> None:
        write_atomically(self.path(key), json.dumps(report, ensure_ascii=False, allow_nan=False))

    def report(self, key: str) -> Report:
        try:
            return Report.from_json(json.loads(self.path(key).read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError):
            raise UsageError(f"{self.path(key)} is no result of this version: delete it, and run again") from None


def entries(
    submissions: list[Submission], order: Order, curriculum: Curriculum, katas: list[Kata], seen: Callable[[], None]
) -> list[Entry]:
    """Look into each submission, one at a time: what it is, what it lacks, and which others say the same.

    Its digest is that of `katas` and of what they stand on, unless that comes from the reference.
    """
    listed: list[Entry] = []
    alike: dict[str, list[Entry]] = {}
    for submission in submissions:
        entry = Entry(submission)
        try:
            with submission.tree(curriculum) as tree:
                taken = texts(tree, order.taken(curriculum, katas))
                entry.lacks = tuple(kata.short for kata in katas if not tree.digest(kata))
            entry.key = order.key(digest(taken))
            own = {name: text for name, text in taken.items() if name.split("/")[0] in order.katas}
            if own:
                alike.setdefault(digest({name: _essence(text) for name, text in own.items()}), []).append(entry)
        except UsageError as error:
            entry.problem = str(error).replace(str(submission.path), submission.name)
        listed.append(entry)
        seen()
    for group in alike.values():
        for entry in group:
            entry.twins = tuple(other.name for other in group if other is not entry)
    return listed


def _essence(text: bytes) -> bytes:
    """A text without what an editor changes by itself: the mark at its beginning, kinds of line ends, blanks at their ends."""
    return b"\n".join(line.rstrip() for line in text.removeprefix(b"\xef\xbb\xbf").splitlines()).strip()


def orders(listed: list[Entry], store: Store, order: Order, book: Curriculum, katas: list[Kata]) -> Iterator[tuple]:
    """(key, order) of everything that has no result yet, once each, read when it is asked for."""
    asked = set()
    for entry in listed:
        if entry.problem or entry.key in asked or store.has(entry.key):
            continue
        asked.add(entry.key)
        try:
            with entry.submission.tree(book) as tree:
                taken = texts(tree, order.taken(book, katas))
            if order.key(digest(taken)) != entry.key:
                raise UsageError("it has changed since this run began; run again")
        except UsageError as error:
            entry.problem = str(error).replace(str(entry.submission.path), entry.name)
            continue
        except OSError as error:
            entry.problem = f"it cannot be read any more: {error.strerror}"
            continue
        yield entry.key, order.of(taken)


# ------------------------------------------------------------------- the class


@dataclass(frozen=True)
class Row:
    """What the tables say of one submission."""

    submission: str
    status: str
    total: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    seconds: float = 0.0
    page: str = ""
    students: tuple[dict[str, str], ...] = ()
    """Whose it is: more than one handed it in where they work in groups."""


@dataclass
class Class:
    """All rows, and what only the class as a whole shows."""

    rows: list[Row] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    """How many submissions fail a law, of those that began its kata."""
    asked: Counter[str] = field(default_factory=Counter)
    titles: dict[str, str] = field(default_factory=dict)
    seconds: Counter[str] = field(default_factory=Counter)
    """Seconds spent in a kata's laws."""

    def add(self, row: Row, report: Report | None) -> None:
        self.rows.append(row)
        for kata in report.katas if report else ():
            self.seconds[kata.name] += sum(law.seconds for law in kata.laws)  # type: ignore[assignment]
            if kata.status in ("todo", "broken", "blocked"):
                continue
            for law in kata.laws:
                self.titles[law.id] = f"{kata.short} {law.title}"
                self.asked[law.id] += 1
                self.failed[law.id] += law.status != "passed"

    @property
    def katas(self) -> list[str]:
        return list(dict.fromkeys(name for row in self.rows for name in row.scores))

    def hardest(self, count: int = 20) -> list[tuple[str, int, int]]:
        """Title, how many fail it, how many began its kata: the laws that most of these fail."""
        rates = sorted((-n / self.asked[law], law) for law, n in self.failed.items() if n)
        return [(self.titles[law], self.failed[law], self.asked[law]) for _, law in rates[:count]]

    def slowest(self, count: int = 5) -> list[Row]:
        return sorted((row for row in self.rows if row.seconds), key=lambda row: -row.seconds)[:count]

    def middle(self, kata: str) -> float:
        """The median score of a kata, over those who have one."""
        scores = [row.scores[kata] for row in self.rows if kata in row.scores]
        return statistics.median(scores) if scores else 0.0


def row_of(
    name: str,
    report: Report | None,
    problem: str = "",
    twins: tuple[str, ...] = (),
    lacks: tuple[str, ...] = (),
    page: str = "",
    students: tuple[dict[str, str], ...] = (),
) -> Row:
    """The row of a submission; without a report, of what kept it from having one."""
    if report is None:
        return Row(name, "not graded", flags=(problem or "no result",), students=students)
    flags = sorted({str(flag.get("what", flag)) for flag in report.flags})
    begun = any(kata.status != "todo" for kata in report.katas)
    if twins and begun:  # untouched ones are all alike
        more = f" and {len(twins) - 3} more" if len(twins) > 3 else ""
        flags.append(f"the same text as {', '.join(twins[:3])}{more}")
    if lacks:
        flags.append(f"not handed in: {', '.join(lacks)}")
    flags += [f"{kata.short}: {kata.note[:200]}" for kata in report.katas if kata.note and kata.short not in lacks]
    return Row(
        submission=name,
        status="judge failed" if report.faults() else "graded",
        total=f"{report.total:.1f}",
        scores={kata.name: kata.score for kata in report.katas},
        statuses={kata.name: "not handed in" if kata.short in lacks else kata.status for kata in report.katas},
        flags=tuple(flags),
        seconds=report.seconds,
        page=page,
        students=students,
    )


def page_name(name: str) -> str:
    """A file name for a submission's page: nothing in it that a file system or an address could mind, and no two alike."""
    kept = (
        "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)[:60].strip("._")
        or "submission"
    )
    return f"{kept}-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}.html"


def assemble(
    listed: Iterable[Entry],
    store: Store,
    students: dict[str, tuple[dict[str, str], ...]],
    visit: Callable[[Entry, Report, str], None],
) -> Class:
    """Rows of all submissions; `visit` is given each report, one at a time, so that no more than one is in memory."""
    whole = Class()
    for entry in listed:
        report = store.report(entry.key) if entry.key and store.has(entry.key) else None
        page = page_name(entry.name) if report else ""
        if report:
            visit(entry, report, page)
        theirs = students.get(entry.name, ())
        whole.add(row_of(entry.name, report, entry.problem, entry.twins, entry.lacks, page, theirs), report)
    return whole
