"""The report for other systems: JUnit, Gradescope, a table for spreadsheets, a page. All are functions of the one report.

What the learner's code said is text that is not trusted: it is cleaned, cut, and escaped by what writes the format.
"""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jinja2

from .render import MARKS, clean, failure_text
from .report import KataResult, LawResult, Report

if TYPE_CHECKING:
    from .batch import Class, Order, Row

TEXT = 4000
"""Characters of a failure that are handed on."""


def junit(report: Report) -> str:
    """JUnit XML: a suite for each kata, a case for each law. What is todo or blocked is a failure, as in pytest."""
    suites = ElementTree.Element("testsuites", name="katas", time=f"{report.seconds:.3f}")
    for kata in report.katas:
        bad = [law for law in kata.laws if law.status != "passed"]
        errors = [law for law in bad if law.status == "fault"]
        counts = {"tests": len(kata.laws), "failures": len(bad) - len(errors), "errors": len(errors)}
        about = {"name": kata.id, "time": f"{sum(law.seconds for law in kata.laws):.3f}"}
        suite = ElementTree.SubElement(suites, "testsuite", about | {key: str(n) for key, n in counts.items()})
        for law in kata.laws:
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"{kata.id}.{law.part}", name=_plain(law.title), time=f"{law.seconds:.3f}"
            )
            if law.status != "passed":
                kind = "error" if law.status == "fault" else "failure"
                told = ElementTree.SubElement(case, kind, type=law.status, message=_brief(law))
                told.text = _plain(failure_text(law))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def gradescope(report: Report) -> str:
    """Gradescope's results.json: a test for each kata, which carries its points, and one for each law that does not hold."""
    tests: list[dict[str, Any]] = []
    for number, kata in enumerate(report.katas, 1):
        told = f"{kata.status}: {kata.score:.1f} of 100" + (f"; {kata.note}" if kata.note else "")
        tests.append({
            "number": f"{number}", "name": f"{kata.short} {kata.name}", "score": round(kata.score * kata.weight / 100, 2),
            "max_score": kata.weight, "status": "passed" if kata.gate_reached else "failed", "output": _plain(told),
        })  # fmt: skip
        for place, law in enumerate((law for law in kata.laws if law.status != "passed"), 1):
            tests.append({
                "number": f"{number}.{place}", "name": _plain(law.title), "score": 0, "max_score": 0,
                "status": "failed", "output": _plain(failure_text(law)), "tags": [law.part, law.status],
            })  # fmt: skip
    data = {
        "score": report.total,
        "execution_time": round(report.seconds, 3),
        "output": f"total {report.total:.1f} of 100",
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "tests": tests,
        "extra_data": {"seed": report.seed, "spec_digest": report.spec_digest, "sandbox": report.sandbox},
    }
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def table(rows: Iterable["Row"]) -> str:
    """CSV: a header, and a row for each submission: its name, total, a column for each kata, status and flags."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row.scores))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)  # also where cells are split at semicolons
    writer.writerow(["submission", "total", *names, "status", "flags"])
    for row in rows:
        scores = [f"{row.scores[name]:.1f}" if name in row.scores else "" for name in names]
        cells = [row.submission, row.total, *scores, row.status, "; ".join(row.flags)]
        writer.writerow([guarded(cell) for cell in cells])
    return out.getvalue()


def changed(rows: Iterable["Row"], before: Path) -> list[str]:
    """Which totals are others than in the table of the last run, and what they were there."""
    try:
        old = {line["submission"]: line["total"] for line in csv.DictReader(io.StringIO(before.read_text("utf-8")))}
    except (OSError, ValueError, KeyError, csv.Error):
        return []  # the first run; or a table that somebody has changed
    was = [(row, old.get(guarded(row.submission), row.total)) for row in rows]
    return [
        f"{row.submission}: {row.total or 'none'}, was {total or 'none'}" for row, total in was if total != row.total
    ]


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded("m01 tensor")
    ("'=1+1", 'm01 tensor')
    """
    cell = clean(cell, 500).replace("\n", " ")
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def page(report: Report, name: str = "") -> str:
    """One HTML page without scripts: scores by kata, part and task, and every law that does not hold."""
    return _template("page.html.j2").render(report=report, name=clean(name, 200), marks=MARKS)


def class_page(whole: "Class", order: "Order | None", title: str) -> str:
    """One HTML page for a class: submissions and katas as a heat map, the laws that most fail, where time went."""
    graded = sum(bool(row.total) for row in whole.rows)
    return _template("class.html.j2").render(whole=whole, order=order, title=clean(title, 200), graded=graded)


def _template(name: str) -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    surroundings = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    surroundings.filters["failure"] = lambda law: _plain(failure_text(law))
    surroundings.filters["plain"] = _plain
    surroundings.filters["bad"] = lambda kata: [law for law in kata.laws if law.status != "passed"]
    surroundings.filters["parts"] = _parts
    surroundings.filters["colour"] = _colour
    surroundings.filters["who"] = lambda student: student.get("name") or student.get("email") or student.get("id") or ""
    return surroundings.get_template(name)


def _colour(score: float) -> str:
    """From red over yellow to green, pale enough for black figures."""
    return f"hsl({1.2 * max(0.0, min(100.0, score)):.0f} 55% 78%)"


def _parts(kata: KataResult) -> list[tuple[str, int, int]]:
    return [(name, *kata.part(name)) for name in ("build", "use", "reflect", "speed") if kata.part(name)[1]]


def _brief(law: LawResult) -> str:
    """What was expected and what came, in a line."""
    if law.cause is None:
        return law.status
    told = f"expected {law.cause.expected}; yours: {law.cause.got}" if law.cause.expected else law.cause.got
    return _plain(told, 300)


def _plain(text: str, keep: int = TEXT) -> str:
    """Without control characters, which XML forbids as well, and not too long."""
    return clean(text, keep).replace("\ufffe", "�").replace("\uffff", "�")
