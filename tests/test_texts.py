"""No text of a kata leans on what a later one introduces: READMEs, docstrings, errors, hints and titles of tasks."""

import ast
import re
import tomllib

import pytest

from grading.manifest import ROOT, curriculum
from solutions.m01_tensor.tensor import Tensor

from .conftest import existing

EXEMPT = re.compile(r"^Later:")
"""The one closing line of a README that may look ahead."""


def prose(readme: str) -> list[tuple[int, str]]:
    """The numbered lines of a README without its maps, titles of what to read next, and the closing line."""
    kept, fenced, reading = [], False, False
    for number, line in enumerate(readme.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        if line.startswith("#"):
            reading = "read next" in line.lower()
        if not fenced and not reading and not EXEMPT.match(line):
            kept.append((number, line))
    return kept


def strings(source: str) -> list[tuple[int, str]]:
    """Docstrings, messages and comments of a file; a docstring's line that names its source is a title."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [(node.lineno, line) for line in node.value.splitlines() if "Source:" not in line]
    found += [(n, line.partition("#")[2]) for n, line in enumerate(source.splitlines(), 1) if "#" in line]
    return found


def texts(kata):
    yield "README.md", prose((ROOT / "katas" / kata.id / "README.md").read_text(encoding="utf-8"))
    for file in kata.files:
        yield file, strings((ROOT / "solutions" / kata.id / file).read_text(encoding="utf-8"))
    with open(kata.spec / "hints.toml", "rb") as hints:
        yield "hints.toml", [(0, text) for text in leaves(tomllib.load(hints))]
    yield "curriculum.toml", [(0, text) for text in (kata.title, *kata.tasks)]


def leaves(value):
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [leaf for item in inner for leaf in leaves(item)]


@pytest.mark.parametrize("kata", existing(), ids=lambda k: k.name)
def test_nothing_leans_on_a_later_kata(kata):
    later = [other for other in curriculum().katas if other.id > kata.id]
    own = set(kata.exports) | {word for other in curriculum().katas if other.id <= kata.id for word in other.words}
    words = [word for other in later for word in other.words if word not in own]
    names = [
        name
        for other in later
        for name in other.exports
        # A name that is also a word follows the word's own pattern: GPT comes later, GPT-2 is everybody's.
        if name not in own and not hasattr(Tensor, name) and not any(re.fullmatch(word, name) for word in other.words)
    ]
    words += [word[0].upper() + word[1:] for word in words] + names
    assert words or not later
    pattern = re.compile(rf"\b(?:{'|'.join(words)})\b" if words else r"(?!)")
    leaning = [
        f"{file}:{number}: {found.group()!r} in {line.strip()[:100]!r}"
        for file, lines in texts(kata)
        for number, line in lines
        if (found := pattern.search(line))
    ]
    assert not leaning, "\n".join(leaning)
