"""Gradescope's container, in a folder: the zip is unpacked, and its own run_autograder grades."""

import json
import os
import shutil
import sys
import zipfile

import pytest

from grading.manifest import ROOT

from .conftest import grader, run


@pytest.fixture(scope="module")
def container(tmp_path_factory):
    """The unpacked zip, as Gradescope lays it out."""
    root = tmp_path_factory.mktemp("autograder")
    ran = grader(
        "gradescope-zip", str(root / "a.zip"), "tokenization", "activations", "--seed=it's secret", "--profile=quick"
    )
    assert ran.status == 0, ran.text
    with zipfile.ZipFile(root / "a.zip") as archive:
        names = archive.namelist()
        archive.extractall(root / "source")
    assert {"setup.sh", "run_autograder"} <= set(names), "both stand at the root"
    assert not [name for name in names if "wheats" in name or name.endswith("chaffs.toml")]
    packed = {name.split("/")[1] for name in names if name.startswith(("spec/m", "solutions/m"))}
    assert packed == {"m01_tensor", "m02_activations", "m10_tokenization", "milestones"}, (
        "and nothing else of the course"
    )
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    return root


def started(root, submission):
    shutil.rmtree(root / "results", ignore_errors=True)
    shutil.rmtree(root / "submission", ignore_errors=True)
    shutil.copytree(submission, root / "submission")
    env = {"AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": sys.executable, "PYTHONPATH": str(root / "source")}
    return run("bash", str(root / "run_autograder"), cwd=root, env=env, timeout=300)


def graded(root, submission):
    ran = started(root, submission)
    assert ran.status == 0, ran.text
    assert ran.text == "", "what the grader prints does not reach the student"
    return json.loads((root / "results" / "results.json").read_text())


def test_a_submission_is_graded(container, tmp_path):
    shutil.copytree(ROOT / "solutions" / "m10_tokenization", tmp_path / "sub" / "m10_tokenization")
    data = graded(container, tmp_path / "sub")
    scores = {test["name"]: test["score"] for test in data["tests"] if test["max_score"]}
    assert scores["m10 tokenization"] == 80
    assert scores["m02 activations"] == 0
    assert data["extra_data"]["seed"] == "it's secret"


def test_a_submission_without_katas_is_a_0_with_its_reason(container, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "essay.txt").write_text("hello")
    data = graded(container, tmp_path / "sub")
    assert data["score"] == 0
    assert "holds no kata" in data["output"]


def test_where_the_grader_fails_nobody_gets_a_grade(container, tmp_path):
    law = container / "source" / "spec" / "m10_tokenization" / "oracles.py"
    text = law.read_text()
    shutil.copytree(ROOT / "solutions" / "m10_tokenization", tmp_path / "sub" / "m10_tokenization")
    try:
        law.write_text(text + "\n\nraise RuntimeError('a broken harness')\n")
        ran = started(container, tmp_path / "sub")
    finally:
        law.write_text(text)
    assert ran.status == 1
    assert "the laws could not be run" in ran.text
    assert "a broken harness" in ran.text
    assert not list((container / "results").iterdir())


@pytest.mark.parametrize(
    ("words", "status"),
    [(["grader.py", "losses"], 2), (["grader.py", "reset", "losses"], 2), (["-m", "pytest", "-k", "losses"], 4)],
)
def test_a_kata_without_laws_is_one_clear_line(container, words, status):
    source = container / "source"
    ran = run(sys.executable, *words, cwd=source, env={"PYTHONPATH": str(source)})
    assert ran.status == status, ran.text
    assert "still coming" in ran.text
    assert "Traceback" not in ran.text


def test_scripts_are_executable(container):
    with zipfile.ZipFile(container / "a.zip") as archive:
        for name in ("setup.sh", "run_autograder"):
            assert archive.getinfo(name).external_attr >> 16 & 0o111
    assert os.access(container / "source", os.R_OK)
