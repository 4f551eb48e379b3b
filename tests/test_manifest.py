"""The curriculum: one list, consistent in itself, and what people may type for a kata."""

import ast
import json

import jsonschema
import pytest

from grading.manifest import ROOT, UsageError, curriculum, parse

from .conftest import existing


def test_it_lists_all_katas_and_milestones(book):
    assert [kata.short for kata in book.katas] == [f"m{n:02d}" for n in range(1, 22)]
    assert [m.id for m in book.milestones] == ["perceptron", "xor", "mlp", "cnn", "transformer", "mlperf"]


def test_katas_without_laws_are_coming(book):
    there = {
        path.name
        for path in (ROOT / "spec").iterdir()
        if path.name.startswith("m") and (path / "test_build.py").is_file()
    }
    drafts = {kata.id for kata in curriculum().katas if kata.draft}
    assert {kata.id for kata in existing()} == there - drafts


@pytest.mark.parametrize(
    ("words", "numbers"),
    [(["tensor"], [1]), (["m02"], [2]), (["3"], [3]), (["m04_losses"], [4]), (["2-4"], [2, 3, 4]), (["m01-m02"], [1, 2]),
     (["foundation"], list(range(1, 9))), (["losses", "tensor"], [1, 4]), (["tensor", "1", "m01"], [1])],
)  # fmt: skip
def test_katas_are_selected_by_name_number_range_and_tier(book, words, numbers):
    assert [int(kata.short[1:]) for kata in book.select(words)] == numbers


@pytest.mark.parametrize(("word", "near"), [("tensr", "tensor"), ("autogard", "autograd"), ("fundation", "foundation")])
def test_an_unknown_name_suggests_the_nearest(book, word, near):
    with pytest.raises(UsageError, match=near):
        book.select([word])


@pytest.mark.parametrize("word", ["", "99", "30-40", "../..", "m00"])
def test_what_is_no_kata_is_refused(book, word):
    with pytest.raises(UsageError):
        book.select([word])


def test_a_closure_is_in_order_and_ends_with_the_kata(book):
    assert [k.name for k in book.closure(book.kata("losses"))] == ["tensor", "activations", "layers", "losses"]


ROW = {"id": "m01_tensor", "name": "tensor", "title": "T", "tier": "foundation"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "tensor"}, "must be called"),
        ({"tier": "x"}, "tier"),
        ({"needs": ["later"]}, "does not come before"),
        ({"colour": 1}, "unknown key"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        parse({"kata": [{**ROW, **change}]})


def test_two_katas_may_not_export_the_same_name():
    rows = [{**ROW, "exports": ["a"]}, {**ROW, "id": "m02_more", "name": "more", "exports": ["a"]}]
    with pytest.raises(ValueError, match="exports 'a'"):
        parse({"kata": rows})


@pytest.mark.parametrize("kata", existing(), ids=lambda kata: kata.name)
def test_a_kata_that_exists_is_complete(kata):
    assert kata.tasks
    assert 4 <= len(kata.tasks) <= 8
    assert kata.exports
    assert kata.competencies
    assert (ROOT / "katas" / kata.id / "README.md").is_file()
    for name in (
        "probes.py",
        "oracles.py",
        "test_build.py",
        "test_use.py",
        "test_reflect.py",
        "test_speed.py",
        "hints.toml",
        "chaffs.toml",
    ):
        assert (kata.spec / name).is_file(), name
    for file in (*kata.files, "__init__.py"):
        assert (ROOT / "solutions" / kata.id / file).is_file(), file


def test_grading_names_no_kata():
    ids = [kata.id for kata in curriculum().katas]
    for path in (ROOT / "grading").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = [
            node for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ]
        docstrings = {id(node.value) for node in documented}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                assert not any(kata in node.value for kata in ids), f"{path}:{node.lineno}"


def test_the_capstones_schema_is_the_one_that_its_learners_are_given():
    from solutions.m20_capstone import SUBMISSION_SCHEMA

    written = json.loads((ROOT / "spec" / "m20_capstone" / "submission.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(written)
    given = json.loads(json.dumps(SUBMISSION_SCHEMA))
    assert {key: value for key, value in written.items() if not key.startswith("$")} == {
        key: value for key, value in given.items() if not key.startswith("$")
    }
