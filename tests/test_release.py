"""The student edition: nothing of the answers in it, and everything else works."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from grading import judging
from grading.judging import Judge
from grading.manifest import ROOT, curriculum
from grading.trees import Tree, solutions

from .conftest import existing, grader


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course") / "edition"
    ran = grader("release", str(folder), timeout=60)
    assert ran.status == 0, ran.text
    return folder


def inside(edition, *words, timeout=120):
    """A command of the edition itself, with its own grader."""
    environment = {**os.environ, "PYTHONPATH": str(edition)}
    return subprocess.run(
        [sys.executable, *words], cwd=edition, env=environment, capture_output=True, text=True, timeout=timeout
    )


def test_nothing_of_the_answers_is_in_it(edition):
    files = [path for path in edition.rglob("*") if path.is_file()]
    names = {path.relative_to(edition).as_posix() for path in files}
    assert not [
        n for n in names if re.search(r"(^solutions/|wheats|chaffs|knockouts|strength|^tests/|^\.ci/|CONTRIBUTING)", n)
    ]
    assert [n for n in names if n.startswith(".github/")] == [".github/workflows/autograde.yml"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files if path.suffix in (".py", ".md", ".toml"))
    lines = {line.strip() for line in text.splitlines()}
    assert "# BEGIN SOLUTION" not in lines
    assert "<!--" not in (edition / "README.md").read_text()
    for kata in existing():
        for file in kata.files:
            source = (ROOT / "solutions" / kata.id / file).read_text(encoding="utf-8")
            for block in re.findall(r"# BEGIN SOLUTION\n(.*?)# END SOLUTION", source, re.DOTALL):
                told = [line.strip() for line in block.splitlines() if len(line.strip()) > 30]
                if len(told) >= 4:
                    assert not set(told) <= lines, f"{kata.id}/{file}: {told[0]}"


def test_a_learner_solves_a_kata_in_it_and_a_stranger_grades_it(edition, tmp_path):
    untouched = inside(edition, "grader.py", "tensor", "--profile", "quick", "--json", str(tmp_path / "none.json"))
    assert untouched.returncode == 0, untouched.stdout + untouched.stderr
    assert json.loads((tmp_path / "none.json").read_text())["total"] == 0
    stub = (edition / "katas" / "m01_tensor" / "creation.py").read_text()
    shutil.copytree(ROOT / "solutions" / "m01_tensor", edition / "katas" / "m01_tensor", dirs_exist_ok=True)
    ours = inside(edition, "grader.py", "tensor", "--profile", "quick", "--json", str(tmp_path / "ours.json"))
    assert ours.returncode == 0, ours.stdout + ours.stderr
    outside = grader(
        "tensor", "--submission", str(edition), "--profile", "quick", "--json", str(tmp_path / "theirs.json")
    )
    assert outside.status == 0
    both = [json.loads((tmp_path / name).read_text()) for name in ("ours.json", "theirs.json")]
    assert [data["total"] for data in both] == [100.0, 100.0]
    learnt = inside(edition, "-m", "pytest", "-q", "-k", "tensor", "-x", "--task", "1")
    assert learnt.returncode == 0, learnt.stdout
    blamed = inside(edition, "-m", "pytest", "-q", "-k", "activations", "--task", "1")
    assert blamed.returncode == 1
    assert "INTERNALERROR" not in blamed.stdout
    assert inside(edition, "grader.py", "hint", "tensor", "1").returncode == 0
    assert inside(edition, "grader.py", "status").returncode == 0
    assert inside(edition, "grader.py", "milestone", "perceptron").returncode == 1
    assert inside(edition, "grader.py", "reset", "tensor").returncode == 0
    assert (edition / "katas" / "m01_tensor" / "creation.py").read_text() == stub


@pytest.mark.parametrize(
    "words",
    [["release", "../again"], ["tensor", "--impl", "solutions"], ["tensor", "--prereqs", "solutions"]],
)
def test_what_needs_the_reference_says_so(edition, words):
    ran = inside(edition, "grader.py", *words)
    assert ran.returncode == 2
    assert "solutions/" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("x")
    ran = grader("release", str(tmp_path))
    assert ran.status == 2
    assert "not empty" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_drafts_stay_with_their_authors(edition):
    for kata in curriculum().katas:
        assert (edition / "spec" / kata.id).is_dir() == kata.exists


def test_it_knows_what_is_given_as_well_as_the_reference_does(edition, monkeypatch):
    """Where leaves out functions that are given: a course's own grader sees them in the stubs that it keeps."""
    book = curriculum()
    with_answers, without = (Judge(book, None, tree, None, None, None) for tree in (solutions(), None))
    monkeypatch.setattr(judging, "kept_stubs", lambda: Tree(edition / "katas" / ".stubs", "stubs"))
    for kata in existing():
        assert without._given(kata) == with_answers._given(kata), kata.id
    layers, modules = book.kata("layers"), {("module.py", "__repr__"), ("module.py", "forward")}
    assert modules & with_answers._given(layers) and ("module.py", "visit") not in with_answers._given(layers)
