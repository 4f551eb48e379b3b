"""The student edition: a course's repository without solutions, chaffs and wheats, in which everything else works.

Its own checks are the autograde workflow alone. Where the reference is needed (blame, replays on better prerequisites), a line
says that this edition has none.
"""

import re
import shutil
import tempfile
from pathlib import Path

from .manifest import ROOT, Curriculum, UsageError
from .stubs import LOCK, generate

FOLDERS = ("grading", "spec", "datasets")
FILES = (
    "grader.py", "conftest.py", "curriculum.toml", "pyproject.toml", "LICENSE", ".gitignore", "docs/workflows/comment.yml",
)  # fmt: skip
WORKFLOW = ".github/workflows/autograde.yml"
LEFT_OUT = {
    "__pycache__",
    "wheats",
    "chaffs.toml",
    "knockouts.toml",
    "strength.py",
    "planting.py",
    "drills.py",
    "grafting.py",
    "release.py",
    ".hypothesis",
}
"""Names of folders and files that stay with the authors."""
AUTHORS_ONLY = re.compile(r"<!-- authors -->\n.*?<!-- /authors -->\n", re.DOTALL)


def release(target: Path, curriculum: Curriculum) -> int:
    """Write the student edition to `target`, which must be new or empty; returns how many files it has.

    It is built beside and then renamed: there is no half of one. UsageError where that cannot be done.
    """
    if not (ROOT / "solutions").is_dir():
        raise UsageError("this is a student edition already: there are no solutions/ to make one from")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is there already and not empty; give a new folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            edition = Path(scratch) / "edition"
            _fill(edition, curriculum)
            count = sum(path.is_file() for path in edition.rglob("*"))
            if target.exists():
                target.rmdir()
            edition.rename(target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from None
    return count


def _fill(edition: Path, curriculum: Curriculum) -> None:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, edition / folder, ignore=lambda _, names: LEFT_OUT & set(names))
    for file in (*FILES, WORKFLOW):
        (edition / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, edition / file)
    for kata in curriculum.katas:
        readme = ROOT / "katas" / kata.id / "README.md"
        if not kata.exists and (edition / "spec" / kata.id).is_dir():
            shutil.rmtree(edition / "spec" / kata.id)
        elif readme.is_file():
            (edition / "katas" / kata.id).mkdir(parents=True)
            shutil.copyfile(readme, edition / "katas" / kata.id / "README.md")
    # Made from the solutions, not copied: whoever runs this may have katas/ of their own half solved.
    written = [kata for kata in curriculum.katas if kata.exists]
    generate(curriculum, ROOT / "solutions", edition / "katas", only=written)
    for kata in written:
        shutil.copytree(edition / "katas" / kata.id, edition / "katas" / ".stubs" / kata.id,
                        ignore=shutil.ignore_patterns("README.md"))  # fmt: skip
    assert (edition / "katas" / LOCK).is_file()
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (edition / "README.md").write_text(student_readme(text), encoding="utf-8")


def student_readme(text: str) -> str:
    """The README without what only authors need; its examples run on the learner's own katas.

    >>> student_readme("a\\n<!-- authors -->\\nb\\n<!-- /authors -->\\nfrom solutions.m01_tensor import Tensor\\n")
    'a\\nfrom katas.m01_tensor import Tensor\\n'
    """
    return AUTHORS_ONLY.sub("", text).replace("from solutions.", "from katas.")
