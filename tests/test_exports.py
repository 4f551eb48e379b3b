"""The report for other systems: what each of them demands, and nothing that a learner printed gets out of its cell."""

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from grading import exports
from grading.batch import row_of
from grading.report import Cause, KataResult, LawResult, MilestoneResult, Report

EVIL = "</pre><script>alert(1)</script> & ]]> \x1b[31m \x00 \ufffe =HYPERLINK(1) 🙂"


def law(number, status, points=2):
    cause = (
        None
        if status == "passed"
        else Cause(EVIL, EVIL, EVIL, (f"katas/m01_tensor/tensor.py:{number}",), "look", "again", EVIL)
    )
    name = f"spec/m01_tensor/test_build.py::test_{number}"
    earned = points if status == "passed" else 0
    return LawResult(
        name, f"Law {number} {EVIL}", "m01_tensor", "build", 1, points, status, earned, earned, False, 0.25, cause, ""
    )


@pytest.fixture
def report():
    laws = tuple(law(n, status) for n, status in enumerate(["passed", "failed", "todo", "timeout", "blocked"]))
    kata = KataResult("m01_tensor", "Tensor", "tensor", "started", 120, 80, ("First",), laws, EVIL)
    done = replace(kata, id="m02_activations", name="activations", status="done", laws=laws[:1], note="")
    return Report(
        (kata, done),
        (MilestoneResult("xor", 1969, "X", "locked", ("m01",)),),
        "grader",
        "abc",
        "public",
        "process",
        seconds=2.0,
    )


def test_junit_is_xml_with_a_case_for_each_law(report):
    root = ElementTree.fromstring(exports.junit(report).encode())
    first, second = root.findall("testsuite")
    assert (first.get("tests"), first.get("failures"), first.get("errors")) == ("5", "4", "0")
    assert [case.get("classname") for case in second.findall("testcase")] == ["m02_activations.build"]
    failures = first.findall("testcase/failure")
    assert [failure.get("type") for failure in failures] == ["failed", "todo", "timeout", "blocked"]
    assert all("<script>" in failure.text for failure in failures[:1]), "text stays text"
    assert float(root.get("time")) == 2.0


def test_gradescope_counts_every_point_once(report):
    data = json.loads(exports.gradescope(report))
    assert data["score"] == report.total
    assert sum(test["max_score"] for test in data["tests"]) == 240
    assert data["tests"][0] | {"output": ""} == {
        "number": "1", "name": "m01 tensor", "score": 24.0, "max_score": 120, "status": "failed", "output": "",
    }  # fmt: skip
    assert [test["number"] for test in data["tests"]] == ["1", "1.1", "1.2", "1.3", "1.4", "2"]
    assert {test["status"] for test in data["tests"]} == {"passed", "failed"}
    for test in data["tests"]:
        assert "\x1b" not in test["output"]
        assert len(test["output"]) < 5000


def test_a_spreadsheet_sees_no_formula(report):
    rows = list(
        csv.reader(
            io.StringIO(exports.table([row_of(name, report) for name in ("=cmd|'/C calc'!A0", "-1+1", "ok, done")]))
        )
    )
    assert rows[0] == ["submission", "total", "tensor", "activations", "status", "flags"]
    assert [row[0] for row in rows[1:]] == ["'=cmd|'/C calc'!A0", "'-1+1", "ok, done"]
    assert rows[1][1:5] == [f"{report.total:.1f}", "20.0", "100.0", "graded"]


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.open = set(), []

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_runs_nothing(report):
    text = exports.page(report, EVIL)
    tags = Tags()
    tags.feed(text)
    assert not tags.open
    assert "script" not in tags.seen
    assert "default-src 'none'" in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text


def test_a_report_with_pictures_is_still_json(report):
    import numpy as np

    played = replace(report, milestones=(replace(report.milestones[0], pictures=(np.ones(3),)),))
    assert "pictures" not in json.loads(json.dumps(played.to_json()))["milestones"][0]
