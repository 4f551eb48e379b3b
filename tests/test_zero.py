"""Nothing is earned by nothing: untouched stubs, empty files and deleted folders score exactly 0, through grader.py itself."""

import json

import pytest

from grading.manifest import ROOT, curriculum
from grading.stubs import generate

from .conftest import existing, grader


def scores(tree, tmp_path, *words):
    report = tmp_path / "report.json"
    ran = grader("--submission", str(tree), "--json", str(report), *words, timeout=600)
    assert ran.status == 0, ran.text
    return ran, json.loads(report.read_text())


def earned(data):
    return [law["id"] for kata in data["katas"] for law in kata["laws"] if law["earned"] or law["earned_alone"]]


def test_untouched_stubs_score_0(tmp_path):
    generate(curriculum(), ROOT / "solutions", tmp_path / "katas")
    ran, data = scores(tmp_path / "katas", tmp_path)
    assert earned(data) == []
    assert data["total"] == 0
    assert {kata["status"] for kata in data["katas"]} == {"todo"}
    assert len(data["katas"]) == len(existing())
    statuses = {law["status"] for kata in data["katas"] for law in kata["laws"]}
    assert statuses <= {"todo", "blocked"}
    print(f"{data['seconds']:.1f} s for {len(existing())} katas")


def test_stubs_on_solved_prerequisites_score_0(tmp_path):
    generate(curriculum(), ROOT / "solutions", tmp_path / "katas")
    _, data = scores(tmp_path / "katas", tmp_path, "--prereqs", "solutions")
    assert earned(data) == []


def test_empty_files_score_0(tmp_path):
    generate(curriculum(), ROOT / "solutions", tmp_path / "katas")
    for path in (tmp_path / "katas").rglob("*.py"):
        path.write_text("")
    for words in ((), ("--prereqs", "solutions")):
        _, data = scores(tmp_path / "katas", tmp_path, *words)
        assert earned(data) == []


def test_deleted_folders_score_0(tmp_path):
    (tmp_path / "katas" / existing()[0].id).mkdir(parents=True)
    for words in ((), ("--prereqs", "solutions")):
        _, data = scores(tmp_path / "katas", tmp_path, *words)
        assert earned(data) == []
        assert [kata["note"] for kata in data["katas"]] == ["no files"] * len(existing())


@pytest.mark.parametrize("kata", existing()[::3], ids=lambda k: k.name)
def test_a_kata_of_identity_functions_earns_almost_nothing(kata, tmp_path):
    """Everything returns its first argument: what is earned then is not evidence of anything."""
    lines = [
        "class _It:\n    def __init__(self, *a, **k): self.data = a[0] if a else None\n    def __call__(self, *a, **k): return a[0] if a else None\n"
    ]
    lines += [
        f"{name} = _It if {name!r}[0].isupper() else (lambda *a, **k: a[0] if a else None)\n" for name in kata.exports
    ]
    folder = tmp_path / "katas" / kata.id
    folder.mkdir(parents=True)
    (folder / kata.files[0]).write_text("".join(lines))
    _, data = scores(tmp_path / "katas", tmp_path, kata.name, "--prereqs", "solutions", "--profile", "quick")
    assert data["katas"][0]["score"] <= 10, earned(data)
