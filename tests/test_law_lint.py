"""The laws are linted: none swallows an exception, asserts a constant, guards with hasattr, or hides behind a skip."""

import ast
import contextlib
import functools
import io
from pathlib import Path

import pytest

from grading.manifest import ROOT
from grading.plugin import expected_law
from grading.report import PARTS, LawResult

from .conftest import existing

FILES = [path for kata in existing() for path in sorted(kata.spec.glob("test_*.py"))]
PLAIN_MODULES = {"numpy", "spec"}


def functions(path: Path) -> list[ast.FunctionDef]:
    return [
        n
        for n in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")
    ]


def imports(path: Path) -> list[ast.ImportFrom]:
    """What a module imports from the folders around it."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]


def probes(kata) -> list[Path]:
    """The modules that are sent to the worker: those with functions of a framework `tt`, and what they import beside them."""
    found = []
    waiting = [
        path
        for path in sorted(kata.spec.glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and [arg.arg for arg in node.args.args[:1]] == ["tt"]
    ]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.append(path)
            waiting += [path.with_name(f"{node.module}.py") for node in imports(path) if node.level == 1]
    return sorted(found)


PROBES = [path for kata in existing() for path in probes(kata)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_law_can_hide_a_failure(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Try), f"{path}:{node.lineno}: a law swallows an exception"
        if isinstance(node, ast.Assert):
            assert not isinstance(node.test, ast.Constant), f"{path}:{node.lineno}: asserts a constant"
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            assert name not in ("hasattr", "skip", "xfail", "importorskip", "suppress", "time", "sleep"), (
                f"{path}:{node.lineno}: {name}"
            )
            if name == "default_rng":
                assert node.args, f"{path}:{node.lineno}: an unseeded generator"


@functools.cache
def collected() -> tuple[LawResult, ...]:
    """Every law, with its parameters, as pytest collects it."""
    laws: list[LawResult] = []

    class Collector:
        def pytest_collection_finish(self, session):
            laws.extend(law for law in map(expected_law, session.items) if law is not None)

    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet):
        status = pytest.main(["--collect-only", "-q", str(ROOT / "spec")], plugins=[Collector()])
    assert status == 0, quiet.getvalue()[-2000:]
    return tuple(laws)


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_law_asks_the_framework_and_says_what_it_states(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    for law in functions(path):
        where = f"{path}:{law.lineno} {law.name}"
        assert ast.get_docstring(law), f"{where} has no docstring"
        assert "ask" in [a.arg for a in law.args.args], f"{where} does not ask the framework anything"


@pytest.mark.parametrize("kata", existing(), ids=lambda k: k.name)
def test_points_and_tasks_are_spread_as_designed(kata):
    laws = [law for law in collected() if law.kata == kata.id]
    assert all(law.points > 0 for law in laws)
    homeless = [law.id for law in laws if not 1 <= law.task <= len(kata.tasks)]
    assert not homeless, "laws that belong to no task"
    assert {law.task for law in laws} == set(range(1, len(kata.tasks) + 1)), "a task without a law"
    everything = sum(law.points for law in laws)
    shares = {part: 100 * sum(law.points for law in laws if law.part == part) / everything for part in PARTS}
    print(kata.name, len(laws), "laws", {part: round(share) for part, share in shares.items()})
    assert 45 <= shares["build"] <= 75
    assert 8 <= shares["use"] <= 25
    assert 8 <= shares["reflect"] <= 22
    assert 4 <= shares["speed"] <= 16
    assert sum(law.points for law in laws if law.witnessed) <= 0.15 * everything


@pytest.mark.parametrize("path", PROBES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_probes_import_nothing_but_numpy_and_the_standard_library(path):
    import sys

    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert alias.name.split(".")[0] in PLAIN_MODULES | sys.stdlib_module_names, f"{path}:{node.lineno}"
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                beside = node.level == 1 and node.module  # the engine sends it first: see `_probes` in engines.py
                assert beside or (node.level, node.module) == (2, "kit.probing"), f"{path}:{node.lineno}"
            else:
                assert (node.module or "").split(".")[0] in PLAIN_MODULES | sys.stdlib_module_names, (
                    f"{path}:{node.lineno}"
                )


@pytest.mark.parametrize("kata", existing(), ids=lambda k: k.name)
def test_every_task_has_three_hints(kata):
    from grading.hints import levels

    for task in range(1, len(kata.tasks) + 1):
        texts = levels(kata, task)
        assert len(texts) == 3
        assert all(len(text.strip()) > 20 for text in texts)


LATER_WORDS = {
    "m06_autograd": ("gradient", "backward", "autograd", "backprop", "requires_grad", "chain rule"),
    "m07_optimizers": ("optimizer", "optimiser", "momentum"),
    "m09_convolutions": ("convolution", "conv2d"),
    "m12_attention": ("attention",),
    "m13_transformers": ("transformer",),
}
"""Words that a kata introduces: no earlier one may use them outside its map and its closing line."""


@pytest.mark.parametrize("kata", existing(), ids=lambda k: k.name)
def test_texts_use_no_idea_of_a_later_kata(kata):
    banned = [word for owner, words in LATER_WORDS.items() if owner > kata.id for word in words]
    texts = {
        f"solutions/{kata.id}/{file}": (ROOT / "solutions" / kata.id / file).read_text(encoding="utf-8")
        for file in kata.files
    }
    readme = (ROOT / "katas" / kata.id / "README.md").read_text(encoding="utf-8")
    kept, code = [], False
    for line in readme.splitlines():
        if line.startswith("```"):
            code = not code  # the map is drawn in a code block
        elif not code and not line.startswith(("Later", "**Later", "*Later", "_Later", "> Later")):
            kept.append(line)
    texts[f"katas/{kata.id}/README.md"] = "\n".join(kept)
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            for word in banned:
                assert word not in line.lower(), f"{name}:{number}: {word!r} comes later: {line.strip()}"
