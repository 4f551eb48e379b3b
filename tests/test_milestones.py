"""Milestones: locked until the gates are reached, won by the reference under any seed, lost without a training run."""

import numpy as np
import pytest

from grading.manifest import ROOT, Milestone, curriculum
from grading.milestones import play, standing
from grading.pictures import draw
from grading.report import KataResult, LawResult, MilestoneResult
from grading.state import State
from grading.trees import Mix, Tree, solutions
from spec.kit.playing import Panel, Picture

from .conftest import grader

THERE = [milestone for milestone in curriculum().milestones if milestone.exists]
LAW = LawResult("spec/x", "t", "k", "build", 1, 1, "passed", 1, 1)


def results(milestone: Milestone, earned: int):
    """Every kata that the milestone needs, at `earned` of 10,000."""
    book = curriculum()
    rows = {}
    for name in milestone.needs:
        for kata in book.closure(book.kata(name)):
            law = LawResult("spec/x", "t", kata.id, "build", 1, 10_000, "failed", earned, earned)
            rows[kata.id] = KataResult(kata.id, kata.title, kata.name, "started", 1, kata.gate, (), (law,))
    return rows


@pytest.mark.parametrize("milestone", THERE, ids=lambda m: m.id)
def test_the_gate_is_the_exact_score(milestone):
    mix, book = Mix(solutions()), curriculum()
    assert standing(milestone, results(milestone, 7999), None, mix, book).status == "locked"
    assert standing(milestone, results(milestone, 8000), None, mix, book).status == "open"
    assert standing(milestone, {}, None, mix, book).needs


def test_a_milestone_without_a_judge_is_coming():
    milestone = Milestone("later", 2030, "Later", ("tensor",))
    assert standing(milestone, {}, None, Mix(solutions()), curriculum()).status == "coming"


@pytest.mark.parametrize("seed", [0])
@pytest.mark.parametrize("milestone", THERE, ids=lambda m: m.id)
def test_the_reference_wins(milestone, seed):
    seen = []
    result = play(milestone, Mix(solutions()), curriculum(), seed, seen.append)
    assert result.status == "won", result
    assert result.measured.keys() == result.needed.keys()
    assert seen, "no progress was shown"
    assert result.curve
    assert result.seconds < milestone.budget_seconds
    print(f"{milestone.id}: {result.seconds:.1f} s")


@pytest.mark.parametrize("milestone", THERE, ids=lambda m: m.id)
def test_stubs_and_empty_trees_lose(milestone, tmp_path):
    from grading.stubs import generate

    generate(curriculum(), ROOT / "solutions", tmp_path / "stubs")
    for tree in (tmp_path / "stubs", tmp_path / "nothing"):
        assert play(milestone, Mix(Tree(tree, "t")), curriculum()).status == "lost"


def test_a_hang_ends_with_the_budget_and_is_lost():
    milestone = THERE[0]
    short = Milestone(milestone.id, milestone.year, milestone.title, milestone.needs, milestone.gate, 2.0)
    tree = solutions().planting({"m01_tensor/tensor.py": b"while True: pass\n"})
    result = play(short, Mix(tree), curriculum())
    assert result.status == "lost"
    assert "end" in result.story[0]


def test_explicit_kernels_are_refused_where_there_are_none():
    """At once: not after everything that it needs has been graded."""
    for name in ("xor", "all"):
        ran = grader("milestone", name, "--explicit", "--impl", "solutions", timeout=60)
        assert ran.status == 2
        assert "has no explicit kernels" in ran.err
        assert "grading" not in ran.text


def test_pictures_are_drawn_into_one_file(tmp_path):
    grey, signed = np.arange(6.0).reshape(2, 3), np.array([[-1.0, 2.0]])
    shown = (
        Picture("many", [Panel(str(n), grey) for n in range(11)]),
        Picture("named", [Panel("a", signed, rows=("x",), columns=(" ", "$"))]),
    )
    for number, several in enumerate((shown, ())):
        path = tmp_path / "new" / f"{number}.png"
        draw(MilestoneResult("m", 1998, "Title", "won", curve=(2.0, 1.0), pictures=several), path)
        assert path.read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["0.png", "1.png"], "something else was left behind"


def test_what_is_remembered_counts_only_for_the_same_code(tmp_path):
    milestone = THERE[0]
    mix, book, memory = Mix(solutions()), curriculum(), State(tmp_path / "state.json")
    from grading.milestones import digest

    won = play(milestone, mix, book)
    memory.remember_milestone(won, digest(milestone, mix, book))
    again = State(tmp_path / "state.json")
    assert standing(milestone, results(milestone, 10_000), again, mix, book).status == "won"
    other = Mix(solutions().planting({"m01_tensor/reflect.py": b"# other\n"}))
    assert standing(milestone, results(milestone, 10_000), again, other, book).status == "open"


def test_a_damaged_memory_is_an_empty_one(tmp_path):
    path = tmp_path / "state.json"
    for text in ("{", "[]", '{"scores": 3, "milestones": {"perceptron": 3}, "hints": []}', "\x00"):
        path.write_text(text)
        memory = State(path)
        assert memory.score("m01_tensor", "x") is None
        assert memory.milestone("perceptron", "x") is None
        assert memory.next_hint("m01_tensor", 1, 3) == 0
        assert memory.next_hint("m01_tensor", 1, 3) == 1


def test_the_command_grades_what_is_needed_first_and_plays(tmp_path):
    ran = grader("milestone", "perceptron", "--impl", "solutions", "--pictures", str(tmp_path), timeout=600)
    assert ran.status == 0, ran.text
    for words in ("grading what it needs", "1958", "loss", "WON", "drawn: "):
        assert words in ran.text
    assert (tmp_path / "perceptron.png").is_file()


def test_the_command_refuses_a_locked_one(tmp_path):
    (tmp_path / "m01_tensor").mkdir()
    ran = grader("milestone", "perceptron", "--submission", str(tmp_path), timeout=600)
    assert ran.status == 1
    assert "locked: needs tensor" in ran.text
