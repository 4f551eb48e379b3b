"""grader.py as people use it, rightly and wrongly: one clear line, the right exit status, the rest of the run intact."""

import json
import sys

import jsonschema
import pytest

from grading.manifest import ROOT
from grading.trees import find_tree

from .conftest import existing, grader, run

ACTIVATIONS = "m02_activations/activations.py"


@pytest.mark.parametrize(
    ("words", "message"),
    [(["tensr"], "did you mean 'tensor'?"), (["--impl", "solutions", "--submission", "."], "give one of them"),
     (["--submission", "nowhere"], "does not exist"), (["--submission", "README.md"], "is no zip or tar archive"), (["--impl", "docs-that-are-not"], "does not exist"),
     (["90-99"], "holds no kata"), (["tensor", "--task", "77"], "has no task 77"), (["--task", "1"], "needs one kata"),
     (["--require-gate", "xorr", "tensor"], "did you mean 'xor'?"), (["hint", "tensor", "99"], "has no task 99"), (["hint", "tensr"], "did you mean"),
     (["milestone", "perceptro"], "did you mean 'perceptron'?"), (["--profile", "fast"], "is not one of"),
     (["--frobnicate"], "o such option"), (["watch", "nothing-like-it"], "there is no kata")],
)  # fmt: skip
def test_wrong_use_is_one_clear_line_and_status_2(words, message):
    ran = grader(*words)
    assert ran.status == 2, ran.text
    assert message in " ".join(ran.text.replace("│", " ").split()), ran.text
    assert "Traceback" not in ran.text
    assert len([line for line in ran.err.splitlines() if "error" in line.lower()]) <= 1


def test_an_empty_submission_folder_is_one_clear_line(tmp_path):
    ran = grader("--submission", str(tmp_path))
    assert ran.status == 2
    assert "holds no kata" in ran.text


@pytest.mark.parametrize("depth", ["", "katas", "some-repo", "some-repo/katas"])
def test_a_submission_is_found_at_its_usual_places(tmp_path, depth, book):
    (tmp_path / depth / "m02_activations").mkdir(parents=True)
    assert find_tree(tmp_path, book).folder == (tmp_path / depth).resolve()


BAD = {
    "a syntax error": ("def f(:\n", "broken", "SyntaxError"),
    "a forbidden import": ("import torch\n", "broken", "importing torch is not allowed"),
    "endless prints": ("while True: print('x' * 79)\n", "broken", "importing"),
    "a sleep": ("import time\ntime.sleep(60)\n", "broken", "no answer after"),
    "an exit": ("raise SystemExit(0)\n", "broken", "exit(0)"),
    "a process that dies": ("import ctypes\nctypes.string_at(0)\n", "broken", "importing ctypes is not allowed"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_does_not_import_is_told_and_costs_its_kata_only(solved, tmp_path, name):
    text, status, message = BAD[name]
    tree = solved("tensor", "activations")
    (tree / ACTIVATIONS).write_text(text)
    report = tmp_path / "r.json"
    ran = grader(
        "activations",
        "--submission",
        str(tree),
        "--task",
        "1",
        "--profile",
        "quick",
        "--json",
        str(report),
        timeout=200,
    )
    assert ran.status == 0, ran.text
    assert "Traceback" not in ran.text
    data = json.loads(report.read_text())["katas"][0]
    assert data["status"] == status
    assert message in data["note"]
    assert data["score"] == 0


def test_objects_and_huge_arrays_fail_their_laws_only(solved, tmp_path):
    tree = solved("tensor", "activations")
    path = tree / ACTIVATIONS
    path.write_text(
        path.read_text()
        + "\n\ndef relu(x):\n    class Always:\n        def __eq__(self, other): return True\n    y = x.exp()\n    y.data = Always()\n    return y\n"
        "\n\ndef sigmoid(x):\n    import numpy as np\n    y = x.exp()\n    y.data = np.broadcast_to(np.float16(0), 10**9)\n    return y\n"
    )
    report = tmp_path / "r.json"
    ran = grader("activations", "--submission", str(tree), "--profile", "quick", "--json", str(report))
    assert ran.status == 0, ran.text
    kata = json.loads(report.read_text())["katas"][0]
    statuses = {law["status"] for law in kata["laws"]}
    assert "fault" not in statuses
    assert 0 < kata["score"] < 100
    for law in kata["laws"]:
        if "[relu]" in law["id"] and law["part"] == "build" and "refuse" not in law["id"]:
            assert law["earned"] == 0, law["id"]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The reference's first katas, graded once. (All of them: tests/test_reference.py.)"""
    report = tmp_path_factory.mktemp("graded") / "r.json"
    ran = grader("m01-m03", "--impl", "solutions", "--json", str(report), timeout=600)
    return ran, json.loads(report.read_text())


def test_the_report_obeys_its_schema_and_lists_what_was_asked_for(graded):
    _, data = graded
    jsonschema.validate(data, json.loads((ROOT / "grading" / "report.schema.json").read_text()))
    assert [kata["id"] for kata in data["katas"]] == [kata.id for kata in existing()[:3]]


def test_the_reference_scores_100(graded):
    ran, data = graded
    missed = [(law["id"], law["cause"]) for kata in data["katas"] for law in kata["laws"] if law["status"] != "passed"]
    assert not missed
    assert data["total"] == 100
    assert {kata["status"] for kata in data["katas"]} == {"done"}
    assert ran.status == 0


def test_a_demanded_bar_decides_the_exit_status(solved):
    tree = solved("tensor")
    assert grader("activations", "--submission", str(tree), "--min-score", "50").status == 1
    assert grader("activations", "--impl", "solutions", "--task", "1", "--min-score", "50").status == 0


def test_a_gate_that_is_locked_is_not_won(solved):
    ran = grader("activations", "--submission", str(solved("tensor")), "--require-gate", "perceptron")
    assert ran.status == 1
    assert "not won: perceptron" in ran.text


def test_prerequisites_from_the_solutions(solved, tmp_path):
    tree = solved("activations")
    assert "⊘ m02 task 1" in grader("activations", "--submission", str(tree), "--task", "1", "--profile", "quick").out
    ran = grader(
        "activations", "--submission", str(tree), "--task", "1", "--profile", "quick", "--prereqs", "solutions"
    )
    assert "next: task 2" in ran.out


def test_a_report_that_cannot_be_written_is_one_clear_line():
    ran = grader("activations", "--impl", "solutions", "--task", "1", "--json", "/proc/nowhere/r.json")
    assert ran.status == 2
    assert "cannot be written" in ran.text


def test_an_old_python_is_told():
    source = (ROOT / "grader.py").read_text()
    ran = run(
        sys.executable, "-c", "import sys; sys.version_info = (3, 8, 1)\n" + source.replace("__file__", "'grader.py'")
    )
    assert ran.status == 1 or ran.status == 2
    assert "need Python 3.11" in ran.text
    assert "Traceback" not in ran.text


def test_help_status_next_and_doctor_answer():
    assert "grade" in grader("--help").out
    assert "m21 distributed" in grader("status").out
    assert grader("next").status == 0
    assert grader("doctor").status == 0
    assert grader("--version").out.strip()
