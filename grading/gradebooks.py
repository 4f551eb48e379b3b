"""Who is who, and the files that learning platforms take: a roster, Canvas' gradebook, Moodle's grade import.

Formats as in Canvas' gradebook_importer and Moodle's "Grade import". Cells that come from submissions are guarded against formulas;
what identifies a student is passed on as it was read.
"""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from .batch import Row
from .exports import guarded
from .manifest import UsageError

ROSTER = ("submission", "name", "first name", "last name", "id", "email")
MEGABYTES = 20


def read_csv(path: Path) -> list[list[str]]:
    """The rows of a CSV file that somebody exported: any usual encoding mark, commas or semicolons. UsageError if it is none."""
    try:
        if path.stat().st_size > MEGABYTES << 20:
            raise UsageError(f"{path} is larger than {MEGABYTES} MB: it is no roster")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not in UTF-8; export it again, as CSV in UTF-8") from None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True) if any(row)]
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV file: {error}") from None
    if not rows:
        raise UsageError(f"{path} is empty")
    return rows


def read_roster(path: Path) -> dict[str, tuple[dict[str, str], ...]]:
    """Submission → what the roster says of its students. The first row names the columns: `submission` and any of ROSTER.

    Students who work in a group have a row each, with the same submission."""
    head, *rows = read_csv(path)
    names = [name.strip().lower().replace("surname", "last name").replace("email address", "email") for name in head]
    names = ["id" if name == "id number" else name for name in names]
    if "submission" not in names:
        raise UsageError(
            f"{path} has no column `submission`; its columns are {', '.join(head)}; known are {', '.join(ROSTER)}"
        )
    students: dict[str, tuple[dict[str, str], ...]] = {}
    for number, row in enumerate(rows, 2):
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False) if name in ROSTER}
        who = cells.get("submission", "")
        if cells in students.get(who, ()):
            raise UsageError(f"{path}, row {number}: the same row is there twice")
        if who:
            students[who] = (*students.get(who, ()), cells)
    return students


def matched(
    students: dict[str, tuple[dict[str, str], ...]], names: Iterable[str]
) -> dict[str, tuple[dict[str, str], ...]]:
    """The students by the names of their submissions: as the roster has them, else without regard to case and ending."""
    loose = {_bare(name): theirs for name, theirs in students.items()}
    found = {name: students.get(name) or loose.get(_bare(name)) for name in names}
    return {name: theirs for name, theirs in found.items() if theirs}


def _bare(name: str) -> str:
    return re.sub(r"\.(zip|tar|tgz|bundle|tar\.\w+)$", "", name.casefold())


def full_name(student: dict[str, str]) -> str:
    """The student's name, from whichever columns the roster has."""
    return student.get("name") or f"{student.get('first name', '')} {student.get('last name', '')}".strip()


def canvas(rows: Iterable[Row], export: Path, column: str) -> tuple[str, list[str], list[str]]:
    """What of the course's own export is to be imported again: the students with a score, and `column` filled in, scaled to the
    points that it has there. Also: whose submissions are not in the export, and who in it gets no grade.

    Students are found as Canvas finds them: by ID, by SIS User ID, by SIS Login ID, then by name. Columns that identify them are
    kept as they are, of the others only `column`, so that importing touches nothing else. UsageError where there is no such column.
    """
    head, *body = read_csv(export)
    section = next((i for i, name in enumerate(head) if name.strip() == "Section"), None)
    if section is None or not head[0].strip().endswith("Student") or len(head) < 4 or head[1].strip() != "ID":
        raise UsageError(f"{export} is no gradebook of Canvas: its columns begin with Student, ID, … Section")
    titles = {re.sub(r" \(\d+\)$", "", name.strip()): name for name in head[section + 1 :]}
    title = column if column in head else titles.get(column, "")
    if not title:
        raise UsageError(
            f"{export} has no column {column!r} (--column); there are {', '.join(head[section + 1 :]) or 'none'}"
        )
    place, points = head.index(title), 100.0
    keys = [i for i, name in enumerate(head) if name.strip() in ("ID", "SIS User ID", "SIS Login ID")]
    known: dict[str, Row] = {}
    rows = [row for row in rows if row.total]
    for row in rows:
        for student in row.students:
            for word in (student.get("id"), student.get("email"), full_name(student)):
                if word:
                    known.setdefault(word.casefold(), row)
    out, used, without = io.StringIO(), set(), []
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*head[: section + 1], title])
    for line in body:
        cells = [*line, *[""] * (section + 1 - len(line))][: section + 1]
        if cells[0].strip().startswith("Points Possible"):
            told = line[place].strip() if place < len(line) else ""
            points = float(told) if re.fullmatch(r"\d+(\.\d+)?", told) else points
            writer.writerow([*cells, told or "100.00"])
            continue
        if not cells[0].strip() or (
            cells[0].strip() == "Student, Test" and not any(cells[i].strip() for i in keys[1:])
        ):
            continue
        surname, _, rest = cells[0].partition(",")
        words = [cells[i] for i in keys] + [cells[0], f"{rest.strip()} {surname.strip()}".strip()]
        theirs = next((known[word.strip().casefold()] for word in words if word.strip().casefold() in known), None)
        if theirs is not None:
            used.add(theirs.submission)
            writer.writerow([*cells, f"{float(theirs.total) * points / 100:.2f}"])
        else:
            without.append(cells[0])
    return out.getvalue(), [row.submission for row in rows if row.submission not in used], without


def moodle(rows: Iterable[Row], item: str) -> str:
    """CSV for Moodle's grade import: a row for each student with a score. The grade and its feedback, which go together."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["First name", "Last name", "ID number", "Email address", f"{item} (Real)", f"{item} (Feedback)"])
    for row in rows:
        feedback = ", ".join(f"{name} {score:.1f}" for name, score in row.scores.items())
        for student in row.students if row.total else ():
            first, _, last = full_name(student).rpartition(" ")
            told = [student.get("first name") or first, student.get("last name") or last]
            writer.writerow([
                *map(guarded, told), student.get("id", ""), student.get("email", ""), row.total, guarded(feedback),
            ])  # fmt: skip
    return out.getvalue()
