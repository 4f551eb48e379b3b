"""Stubs: generated from the solutions, never over somebody's work."""

import json
import shutil
import sys

import pytest

from grading.manifest import ROOT, UsageError, curriculum
from grading.stubs import LOCK, generate, reset, stub_of

from .conftest import run

SOLUTION = '''"""A module."""


class Tensor:
    """Holds numbers."""

    def exp(self):
        """e to the power of each element."""
        # BEGIN SOLUTION
        import math

        return math.exp(self)
        # END SOLUTION

    given = 1


def outer(x):
    """Doubles."""
    # BEGIN SOLUTION
    def inner():
        return 2 * x

    return inner()
    # END SOLUTION
'''


def test_the_code_between_the_markers_becomes_a_stub():
    stub = stub_of(SOLUTION, "m01")
    assert 'raise NotImplementedError("m01: Tensor.exp")' in stub
    assert 'raise NotImplementedError("m01: outer")' in stub
    assert "given = 1" in stub
    assert '"""e to the power of each element."""' in stub
    assert "math" not in stub
    assert "SOLUTION" not in stub


@pytest.mark.parametrize(
    ("text", "message"),
    [("# BEGIN SOLUTION\nx = 1\n# END SOLUTION\n", "outside of any function"), ("def f():\n    # BEGIN SOLUTION\n    pass\n", "without # END"),
     ("def f():\n    pass\n    # END SOLUTION\n", "without # BEGIN"),
     ("def f():\n    # BEGIN SOLUTION\n    # BEGIN SOLUTION\n    pass\n    # END SOLUTION\n", "inside the block")],
)  # fmt: skip
def test_markers_that_do_not_pair_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        stub_of(text, "m01")


@pytest.fixture
def trees(tmp_path):
    """A copy of the first kata's solution, and an empty katas/."""
    kata = curriculum().katas[0]
    shutil.copytree(ROOT / "solutions" / kata.id, tmp_path / "solutions" / kata.id)
    return kata, tmp_path / "solutions", tmp_path / "katas"


def test_generation_writes_checks_and_is_stable(trees):
    kata, solutions, katas = trees
    assert generate(curriculum(), solutions, katas, check=True).written
    assert not katas.exists()
    assert len(generate(curriculum(), solutions, katas).written) == len(kata.files) + 1
    again = generate(curriculum(), solutions, katas, check=True)
    assert not again.written
    assert not again.lock_stale
    assert f"{kata.id}/" in json.loads((katas / LOCK).read_text())


def test_an_edited_file_is_started_and_left_alone(trees):
    kata, solutions, katas = trees
    generate(curriculum(), solutions, katas)
    edited = katas / kata.id / kata.files[0]
    edited.write_text("# mine\n")
    (solutions / kata.id / kata.files[0]).write_text('"""A new solution."""\n')
    outcome = generate(curriculum(), solutions, katas)
    assert outcome.started == [f"{kata.id}/{kata.files[0]}"]
    assert edited.read_text() == "# mine\n"


def test_an_old_stub_follows_its_solution(trees):
    kata, solutions, katas = trees
    generate(curriculum(), solutions, katas)
    (solutions / kata.id / kata.files[0]).write_text('"""A new solution."""\n')
    assert generate(curriculum(), solutions, katas, check=True).written == [f"{kata.id}/{kata.files[0]}"]
    generate(curriculum(), solutions, katas)
    assert (katas / kata.id / kata.files[0]).read_text() == '"""A new solution."""\n'


def test_generating_one_kata_does_not_make_strangers_of_the_others(tmp_path):
    first, second = curriculum().katas[:2]
    solutions, katas = tmp_path / "solutions", tmp_path / "katas"
    for kata in (first, second):
        shutil.copytree(ROOT / "solutions" / kata.id, solutions / kata.id)
    generate(curriculum(), solutions, katas)
    changed = solutions / second.id / second.files[0]
    changed.write_text('"""A new solution."""\n')
    generate(curriculum(), solutions, katas, only=[first])
    outcome = generate(curriculum(), solutions, katas, only=[second])
    assert outcome.written == [f"{second.id}/{second.files[0]}"]
    assert not outcome.started
    assert not generate(curriculum(), solutions, katas, check=True).lock_stale


def test_reset_puts_the_stub_back_and_keeps_what_was_there(trees):
    kata, solutions, katas = trees
    generate(curriculum(), solutions, katas)
    stub = (katas / kata.id / kata.files[0]).read_text()
    for text in ("# mine\n", "# mine too\n"):
        (katas / kata.id / kata.files[0]).write_text(text)
        backup = reset(kata, solutions, katas)
        assert (backup / kata.files[0]).read_text() == text
        assert (katas / kata.id / kata.files[0]).read_text() == stub
    assert len(list((katas.parent / ".kata" / "backup").iterdir())) == 2


def test_reset_without_a_source_is_one_clear_line(tmp_path):
    with pytest.raises(UsageError, match="no stub"):
        reset(curriculum().katas[0], None, tmp_path / "katas")


def test_the_repositorys_own_stubs_are_what_the_solutions_generate():
    lock = json.loads((ROOT / "katas" / LOCK).read_text())
    outcome = generate(curriculum(), ROOT / "solutions", ROOT / "katas", check=True)
    assert not outcome.written
    assert not outcome.lock_stale, "run `python -m grading.stubs`"
    assert lock


def test_checking_needs_nothing_but_the_standard_library():
    """On a Python without the dependencies, the check still checks."""
    code = (
        "import sys\n"
        "class Nothing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('numpy', 'torch', 'pytest', 'typer', 'rich', 'msgpack', 'hypothesis'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Nothing())\n"
        "from grading.stubs import main\n"
        "sys.exit(main(['--check']))\n"
    )
    ran = run(sys.executable, "-c", code)
    assert ran.status == 0, ran.text
    assert "to write" in ran.out
