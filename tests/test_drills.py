"""Drills: one fault, which the laws see; mended, they are content; nothing that was there is lost."""

import shutil

import pytest
from typer.testing import CliRunner

from grading import cli, drills
from grading.commands import drill as command
from grading.manifest import ROOT, UsageError, curriculum
from grading.markers import BEGIN, END
from grading.state import State

from .conftest import existing


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Runs `grader.py drill …` in a folder of its own: status and output, or the error that ends it."""
    monkeypatch.setattr(drills, "FOLDER", tmp_path / "drills")
    monkeypatch.setattr(command, "State", lambda: State(tmp_path / ".kata" / "state.json"))

    def call(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli.app, ["drill", *words], env={"COLUMNS": "200"})
        if isinstance(done.exception, UsageError):
            raise done.exception
        return done.exit_code, done.output

    return call


@pytest.mark.parametrize("kata", existing(), ids=lambda kata: kata.name)
def test_each_drill_differs_from_the_reference_in_one_place(kata):
    rows = drills.drills(kata)
    assert len(rows) >= 12 and len({trial.id for trial in rows}) == len(rows)
    for trial in rows:
        changed = [line for line in drills.fault(kata, trial).splitlines()[2:] if line[0] in "+-"]
        assert changed, trial.id
        assert not any(mark in drills.faulty(kata, trial, file) for file in kata.files for mark in (BEGIN, END))


def test_a_fault_is_found_mended_and_followed_by_the_next(call, tmp_path):
    status, said = call("losses")
    assert status == 0 and "drill 1 of " in said and "pytest -k losses --impl drills --prereqs solutions" in said
    folder = tmp_path / "drills" / "m04_losses"
    handed_out = (folder / "losses.py").read_text()
    status, said = call("losses", "--check")
    assert status == 1 and "not mended yet: of " in said and "Expected" in said
    status, said = call("losses", "--reveal")
    assert status == 0 and "+++ solutions/m04_losses/" in said
    shutil.copyfile(ROOT / "solutions" / "m04_losses" / "losses.py", folder / "losses.py")
    status, said = call("losses", "--check")
    assert status == 0 and said.splitlines()[-1].startswith("mended. What was planted: ")
    status, said = call("losses")
    assert "drill 2 of " in said
    kept = tmp_path / ".kata" / "backup"
    assert f"what was there is in .kata/backup/{next(kept.iterdir()).name}" in said
    assert [path.read_text() for path in kept.glob("*/losses.py")] != [handed_out], (
        "the learner's state is what is kept"
    )
    assert call("losses", "--seed", "1")[0] == 0 and (folder / "losses.py").read_text() == handed_out


def test_after_the_last_comes_the_first(call):
    last = str(len(drills.drills(curriculum().kata("losses"))))
    call("losses", "--seed", last)
    assert "drill 1 of " in call("losses")[1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["losses", "--check"], "no drill of losses is begun: python grader.py drill losses"),
        (["losses", "--seed", "999"], "losses has "),
        (["losses", "--check", "--reveal"], "give one of --seed, --check and --reveal"),
        (["loses"], "loses"),
    ],
)
def test_wrong_use_is_one_clear_line(call, words, expected):
    with pytest.raises(UsageError, match=expected):
        call(*words)


def test_a_folder_that_cannot_be_written_is_one_clear_line(call, tmp_path):
    (tmp_path / "drills").write_text("somebody's notes")
    with pytest.raises(UsageError, match="the drill cannot be written to .*drills.m04_losses: Not a directory"):
        call("losses")
    assert (tmp_path / "drills").read_text() == "somebody's notes"
    with pytest.raises(UsageError, match="no drill of losses is begun"):
        call("losses", "--check")
