"""The report: exact scores rounded down, a schema that it obeys, and files that are whole or not there."""

import json
from dataclasses import replace
from fractions import Fraction

import jsonschema
import pytest

from grading.manifest import ROOT
from grading.render import clean, failure_text, one_line
from grading.report import Cause, KataResult, LawResult, MilestoneResult, Report, rounded, write_atomically, write_json
from grading.tables import sparkline

LAW = LawResult("spec/m06_autograd/test_build.py::test_broadcast_is_undone", "The gradient of a broadcast operand is summed back.",
                "m06_autograd", "build", 2, 2, "passed", 2, 2)  # fmt: skip
CAUSE = Cause("shape (1, 3)  [[2. 2. 2.]]", "shape (2, 3)", "add_grad(a=float64 (1, 3), b=float64 (2, 3))",
              ("katas/m06_autograd/autograd.py:88, in backward",), "what does the chain rule do with copies?", "pytest x")  # fmt: skip


def kata(*laws, weight=100, gate=80.0, **more):
    return KataResult("m06_autograd", "T", "autograd", "started", weight, gate, ("one", "two"), laws, **more)


def failed(points=1, **more):
    return replace(LAW, status="failed", earned=0, earned_alone=0, points=points, cause=CAUSE, **more)


@pytest.mark.parametrize(("earned", "score"), [(0, 0.0), (1, 33.3), (2, 66.6), (3, 100.0)])
def test_scores_are_rounded_down(earned, score):
    assert rounded(Fraction(100 * earned, 3)) == score


def test_gates_compare_the_exact_score():
    laws = [replace(LAW, points=1, earned=1)] * 7999 + [failed()] * 2001
    result = kata(*laws)
    assert result.score == 79.9
    assert not result.gate_reached
    assert kata(*([replace(LAW, points=1, earned=1)] * 4 + [failed()])).gate_reached


def test_the_total_is_weighted_by_points():
    assert Report((kata(LAW, weight=300), kata(failed(), weight=100))).total == 75.0
    assert Report(()).total == 0.0


def test_a_kata_without_laws_scores_nothing():
    assert kata().score == 0.0
    assert not kata().gate_reached


def test_parts_and_tasks_add_up():
    result = kata(LAW, failed(3, part="speed", task=1))
    assert result.part("build") == (2, 2)
    assert result.part("speed") == (0, 3)
    assert result.by_task() == [(1, "one", 0, 3), (2, "two", 2, 2)]


def test_the_json_obeys_its_schema(tmp_path):
    report = Report(
        (kata(LAW, failed(blame="m02")),), (MilestoneResult("xor", 1969, "t", "locked", ("tensor",)),), "0", "d", "public", "none",
        {"python": "3"}, ({"kata": "m06_autograd", "file": "a.py", "line": 1, "what": "import of torch"},), 1.0,
    )  # fmt: skip
    write_json(report, tmp_path / "r.json")
    data = json.loads((tmp_path / "r.json").read_text())
    schema = json.loads((ROOT / "grading" / "report.schema.json").read_text())
    jsonschema.validate(data, schema)
    assert data["katas"][0]["laws"][1]["blame"] == "m02"


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_is_drawn_in_full():
    text = failure_text(failed(2))
    assert text.splitlines()[0] == "✗ m06 autograd · Build · 2 points"
    for label in ("Law", "Call", "Expected", "Yours", "Where", "Look at", "Again"):
        assert f"  {label:<9} " in text
    assert "Blame" not in text
    assert "your m06 is right: its law fails because of m02" in failure_text(failed(blame="m02"))


def test_todo_is_one_line():
    assert len(one_line(replace(failed(), status="todo")).splitlines()) == 1


def test_control_characters_never_reach_the_terminal():
    evil = "\x1b[2J\x07\r::error::x\x9b31m"
    assert not set(clean(evil)) & set("\x1b\x07\r\x9b")
    shown = failure_text(failed(title=evil))
    assert "\x1b" not in shown


def test_a_curve_fits_its_line():
    assert len(sparkline(tuple(float(n) for n in range(500)), 60)) <= 60
    assert sparkline((1.0, float("nan"), 2.0)) == "▁█"
    assert sparkline(()) == ""
