"""The reference: every law holds on it, in both modes, with warnings as errors, well inside the tolerances."""

import contextlib
import io
import shutil

import pytest

from grading.manifest import ROOT, curriculum
from grading.run import Settings, grade
from grading.stubs import generate
from grading.trees import Mix, Tree, solutions
from spec.kit import compare

from .conftest import existing


def judged(mix, kata, **more):
    with contextlib.redirect_stderr(io.StringIO()):
        report = grade([kata], Settings(mix, **more), curriculum())
    return {law.id: law for law in report.katas[0].laws}


# CI grades all of it isolated, with warnings as errors, in the profile that counts; here a few katas stand for them.
BOTH = [(kata, False) for kata in existing()] + [(kata, True) for kata in existing()[::6]]


@pytest.mark.parametrize(
    ("kata", "isolated"), BOTH, ids=[f"{k.name}-{'isolated' if i else 'in process'}" for k, i in BOTH]
)
def test_it_holds_with_warnings_as_errors_and_another_seed(kata, isolated):
    compare.USED.clear()
    laws = judged(Mix(solutions()), kata, profile="quick", strict=True, isolated=isolated, seed=f"seed of {isolated}")
    assert not {law.id: law.cause for law in laws.values() if law.status != "passed"}
    assert laws
    crowded = {key: share for key, share in compare.USED.items() if share > 0.25}
    assert not crowded, "the reference uses more than a quarter of these tolerances"


@pytest.mark.parametrize("kata", existing(), ids=lambda k: k.name)
def test_no_law_needs_a_later_kata(kata, tmp_path):
    """Only katas 1..k are solved, all later ones are stubs: the laws of k are asked of exactly the same sources."""
    book = curriculum()
    generate(book, ROOT / "solutions", tmp_path)
    for earlier in existing():
        if earlier.id <= kata.id:
            shutil.copytree(ROOT / "solutions" / earlier.id, tmp_path / earlier.id, dirs_exist_ok=True)
    prefix, full = (Mix(tree).sources(kata, book) for tree in (Tree(tmp_path, "prefix"), solutions()))
    assert [s.folder for s in prefix] == [s.folder for s in full]
    assert [{n: text for n, (_, text) in s.files.items()} for s in prefix] == [
        {n: text for n, (_, text) in s.files.items()} for s in full
    ]
    assert max(s.folder for s in prefix) == kata.id


def test_a_prefix_of_solved_katas_is_green_and_the_rest_is_todo(tmp_path):
    book = curriculum()
    generate(book, ROOT / "solutions", tmp_path)
    for kata in existing()[:2]:
        shutil.copytree(ROOT / "solutions" / kata.id, tmp_path / kata.id, dirs_exist_ok=True)
    report = grade(existing()[1:3], Settings(Mix(Tree(tmp_path, "prefix")), "quick"), book)
    assert [(k.status, k.score) for k in report.katas] == [("done", 100.0), ("todo", 0.0)]


CHANGES = {
    "tensor": [("def exp(", "def exp_gone("), ("np.sqrt", "np.cbrt")],
    "activations": [("def softmax(", "def softmax_gone(")],
    "layers": [("class Flatten", "class FlattenGone")],
    "losses": [("def l1_loss(", "def l1_loss_gone(")],
}


@pytest.mark.parametrize("kata", [k for k in existing() if k.name in CHANGES], ids=lambda k: k.name)
def test_both_modes_give_the_same_verdict(kata):
    """On a wrong kata, law by law: the same status in process and isolated."""
    tree = solutions()
    planted = {}
    for file in kata.files:
        text = tree.text(kata, file).decode()
        for old, new in CHANGES[kata.name]:
            text = text.replace(old, new)
        planted[f"{kata.id}/{file}"] = text.encode()
    wrong = Mix(tree.planting(planted))
    here = judged(wrong, kata, profile="quick", isolated=False)
    there = judged(wrong, kata, profile="quick", isolated=True)
    assert {name: law.status for name, law in here.items()} == {name: law.status for name, law in there.items()}
    assert {law.status for law in here.values()} > {"passed"}
