"""What the tests share: trees made on the spot, and the commands of the README run as a learner runs them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grading.ask import Ask
from grading.engines import Engine, InProcess, Isolated
from grading.manifest import ROOT, Curriculum, Kata, curriculum
from grading.trees import Tree

collect_ignore = ["redteam"]
"""Submissions that want to be imported."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


def run(*words: str, cwd: Path = ROOT, timeout: float = 300, env: dict[str, str] | None = None) -> Ran:
    """Run a command as a learner does, with no terminal."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONHASHSEED": "0", **(env or {})}
    done = subprocess.run(
        words,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def grader(*words: str, cwd: Path = ROOT, **more) -> Ran:
    return run(sys.executable, str(ROOT / "grader.py"), *words, cwd=cwd, **more)


def run_pytest(*words: str, cwd: Path = ROOT, **more) -> Ran:
    return run(sys.executable, "-m", "pytest", "-q", *words, cwd=cwd, **more)


def existing() -> list[Kata]:
    """The katas that have laws."""
    return [kata for kata in curriculum().katas if kata.exists]


@pytest.fixture
def book() -> Curriculum:
    return curriculum()


@pytest.fixture
def solved(tmp_path: Path) -> Callable[..., Path]:
    """Makes a tree with the reference's katas: all, or the named ones; changes may be written into it."""

    def make(*names: str) -> Path:
        folder = tmp_path / "tree"
        for kata in existing():
            if not names or kata.name in names:
                shutil.copytree(
                    ROOT / "solutions" / kata.id, folder / kata.id, ignore=shutil.ignore_patterns("__pycache__")
                )
        return folder

    return make


@pytest.fixture(params=["in process", "isolated"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    made: Engine = Isolated() if request.param == "isolated" else InProcess()
    yield made
    made.close()


@pytest.fixture
def ask_of(engine: Engine, tmp_path: Path) -> Callable[..., Ask]:
    """An `ask` whose only kata has these files: name → text."""
    kata = Kata(
        "m01_tensor",
        "tensor",
        "Tensor",
        "foundation",
        files=("tensor.py", "more.py", "reflect.py"),
        exports=("Tensor", "extra"),
    )
    book = Curriculum((kata,), ())

    def make(files: dict[str, str], part: str = "build") -> Ask:
        folder = tmp_path / "katas" / kata.id
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        ask = Ask(engine, book)
        ask.begin(kata, [Tree(tmp_path / "katas", "katas").source(kata, book)], part)
        return ask

    return make


class QuietAsk:
    """An `ask` for laws that ask nothing."""

    def __init__(self, shrinks: bool = True) -> None:
        self.shrinks = shrinks

    def start_example(self, example: Callable) -> None:
        """Nothing judges these laws."""
