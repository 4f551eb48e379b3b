"""pytest as people use it: on stubs, on solutions, by kata name, by expression, with -x, with --pdb."""

import shutil
import subprocess
import sys

import pytest

from grading.manifest import ROOT

from .conftest import run_pytest


@pytest.fixture(scope="module")
def stubs(tmp_path_factory):
    """A tree of nothing but stubs."""
    from grading.manifest import curriculum
    from grading.stubs import generate

    folder = tmp_path_factory.mktemp("stubs")
    generate(curriculum(), ROOT / "solutions", folder)
    return folder


def test_stubs_are_todo_one_line_each(stubs):
    ran = run_pytest("-k", "tensor", "--impl", str(stubs))
    assert ran.status == 1
    assert "Traceback" not in ran.text
    assert "FAILURES" not in ran.text
    todo = [line for line in ran.out.splitlines() if line.startswith("· m01 task")]
    assert len(todo) > 20
    assert all("[" in line for line in todo)
    assert " todo in " in ran.out
    assert " passed" not in ran.out.splitlines()[-1]


def test_a_bare_kata_name_means_its_folder_and_nothing_else():
    for word in ("activations", "m02", "2", "m02_activations"):
        ran = run_pytest("-k", word, "--collect-only")
        laws = [line for line in ran.out.splitlines() if "::" in line]
        assert laws
        assert all(line.startswith("spec/m02_activations/") for line in laws)


def test_any_other_expression_keeps_its_meaning():
    ran = run_pytest("-k", "softmax and not log_softmax", "--collect-only", "spec/m02_activations")
    laws = [line for line in ran.out.splitlines() if "::" in line]
    assert laws
    assert all("softmax" in line and "log_softmax" not in line for line in laws)


def test_the_solution_is_green_by_folder_and_by_expression():
    assert run_pytest("-k", "sigmoid", "--impl", "solutions").status == 0
    assert run_pytest("spec/m02_activations/test_reflect.py", "--impl", "solutions").status == 0


def test_a_single_task_can_be_run():
    ran = run_pytest("-k", "activations", "--task", "1", "--collect-only")
    laws = [line for line in ran.out.splitlines() if "::" in line]
    assert 0 < len(laws) < 40


def test_x_stops_at_the_first(stubs):
    ran = run_pytest("-k", "tensor", "-x", "--impl", str(stubs))
    assert "1 todo" in ran.out


def test_it_works_from_any_folder(tmp_path):
    ran = run_pytest(str(ROOT / "spec" / "m02_activations" / "test_reflect.py"), "--impl", "solutions", cwd=tmp_path)
    assert ran.status == 0, ran.text


def test_pdb_opens_at_the_learners_line(solved):
    tree = solved()
    path = tree / "m02_activations" / "activations.py"
    text = path.read_text()
    assert "def softmax(" in text
    path.write_text(text + "\n\ndef softmax(x, axis=-1):\n    marker = 41\n    raise KeyError('looking')\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "m02", "-x", "--pdb", "--impl", str(tree)],
        cwd=ROOT, input="p marker + 1\nq\n", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "\n42" in done.stdout or "(Pdb) 42" in done.stdout, done.stdout[-3000:]


def test_a_breakpoint_is_not_ended_by_the_deadline(solved):
    tree = solved()
    path = tree / "m02_activations" / "activations.py"
    path.write_text(path.read_text() + "\n\ndef softmax(x, axis=-1):\n    breakpoint()\n    return x\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "softmax", "-x", "--impl", str(tree), "spec/m02_activations"],
        cwd=ROOT, input="import time; time.sleep(6)\np 6 * 7\nq\n", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "42" in done.stdout, done.stdout[-3000:]


def test_a_failure_shows_the_law_the_call_and_the_line(solved):
    tree = solved()
    path = tree / "m02_activations" / "activations.py"
    path.write_text(path.read_text() + "\n\ndef sigmoid(x):\n    return x\n")
    ran = run_pytest("-k", "sigmoid", "-x", "--impl", str(tree), "spec/m02_activations")
    for label in ("Law ", "Call ", "Expected ", "Yours ", "Again "):
        assert f"\n  {label}" in ran.out
    assert "m02 activations" in ran.out
    again = next(line.split("Again")[1].strip() for line in ran.out.splitlines() if line.startswith("  Again"))
    assert again.startswith("pytest ")
    assert subprocess.run(again, shell=True, cwd=ROOT, capture_output=True, timeout=120, check=False).returncode == 1


def test_torch_missing_is_said_and_nothing_is_skipped(tmp_path):
    fake = tmp_path / "sitecustomize.py"
    fake.write_text(
        "import importlib.util as u\nold = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'torch' else old(name, package)\n"
    )
    ran = run_pytest("-k", "tensor", env={"PYTHONPATH": str(tmp_path)})
    assert ran.status == 4
    assert "torch is not installed" in ran.text
    assert "Traceback" not in ran.text
    shutil.rmtree(tmp_path)
