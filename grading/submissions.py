"""Submissions, many of them: found in a folder, taken by manifest, told apart by what they hold."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import archives
from .manifest import Curriculum, Kata, UsageError
from .trees import Tree, find_tree

SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".bundle")
BUNDLE_SECONDS = 60


@dataclass(frozen=True)
class Submission:
    """One entry of the folder: a folder, an archive or a git bundle."""

    name: str
    path: Path

    @contextlib.contextmanager
    def tree(self, curriculum: Curriculum) -> Iterator[Tree]:
        """Its katas, for as long as the block lasts. UsageError where it holds none, or cannot be unpacked."""
        with tempfile.TemporaryDirectory(prefix="kata-submission-") as folder:
            packed = self.path if self.path.is_file() else _only_archive(self.path)
            if packed is not None:
                unpack(packed, Path(folder))
            where = self.path if packed is None else Path(folder)
            try:
                yield find_tree(where, curriculum, self.name)
            except UsageError as error:
                raise UsageError(str(error).replace(folder, self.name)) from None


def unpack(path: Path, into: Path) -> None:
    if path.suffix != ".bundle":
        archives.unpack(path, into)
        return
    git = shutil.which("git")
    if git is None:
        raise UsageError(f"{path} is a git bundle, and git is not installed here")
    with tempfile.TemporaryDirectory(prefix="kata-bundle-") as scratch:
        # Nothing is checked out, so that no filter, hook or submodule of theirs can run.
        # Only objects are fetched, and written as a tar archive that is then unpacked like any other.
        bare, packed = Path(scratch) / "bare", Path(scratch) / "tree.tar"
        safe = [git, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never",
                "-c", "protocol.file.allow=always"]  # fmt: skip
        for command in (
            [*safe, "clone", "--quiet", "--bare", "--no-recurse-submodules", str(path.resolve()), str(bare)],
            [*safe, "-C", str(bare), "archive", "--format=tar", f"--output={packed}", "HEAD"],
        ):
            try:
                done = subprocess.run(
                    _limited(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                    timeout=BUNDLE_SECONDS, env=_no_settings(),
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                raise UsageError(f"{path} takes git more than {BUNDLE_SECONDS} s to read") from None
            if done.returncode:
                raise UsageError(f"{path} is no git bundle that can be read: {done.stderr.strip()[-200:]}")
        archives.unpack(packed, into)


def _limited(command: list[str]) -> list[str]:
    """The command with limits on what it writes, in blocks of 512 bytes, and on its memory, in KB: a bundle may be a bomb."""
    if os.name != "posix":
        return command
    blocks, memory = archives.TOTAL_BYTES * 10 // 512, 2 << 20
    return ["/bin/sh", "-c", f'ulimit -f {blocks} && ulimit -v {memory} && exec "$@"', "sh", *command]


def _no_settings() -> dict[str, str]:
    """The environment without what steers git: only the options above count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}


def _only_archive(folder: Path) -> Path | None:
    """The archive of a folder that holds one and no folders: what platforms make of a student's upload."""
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith((".", "__MACOSX"))]
    packed = [
        entry
        for entry in entries
        if entry.is_file() and not entry.is_symlink() and entry.name.lower().endswith(SUFFIXES)
    ]
    return packed[0] if len(packed) == 1 and not any(entry.is_dir() for entry in entries) else None


def found(folder: Path, curriculum: Curriculum, out: Path | None = None) -> tuple[list[Submission], list[str]]:
    """The submissions in `folder`, by name, and the names of what is none. `out`, where results go, is passed over.

    UsageError where there are none.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; give the folder that holds the submissions, one entry for each")
    ids = {kata.id for kata in curriculum.katas}
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    if any(entry.name in ids for entry in entries):
        raise UsageError(f"{folder} is a single submission: grader.py --submission {folder}")
    taken, left = [], []
    for entry in entries:
        if entry.name.startswith((".", "__MACOSX")) or (out is not None and entry.resolve() == out.resolve()):
            continue
        if not entry.is_symlink() and (entry.is_dir() or entry.name.lower().endswith(SUFFIXES)):
            taken.append(Submission(entry.name, entry))
        else:
            left.append(entry.name)
    if not taken:
        raise UsageError(f"{folder} holds no submissions: folders, or files that end in {', '.join(SUFFIXES)}")
    return taken, left


def texts(tree: Tree, katas: list[Kata]) -> dict[str, bytes]:
    """What a tree has of `katas`: kata/file → its bytes. Nothing else of a submission is ever read."""
    taken = {}
    for kata in katas:
        for file in kata.files:
            text = tree.text(kata, file)
            if text is not None:
                taken[f"{kata.id}/{file}"] = text
    return taken


def digest(taken: dict[str, bytes]) -> str:
    """SHA-256 over names and contents: submissions with the same digest are the same."""
    hasher = hashlib.sha256()
    for name, text in sorted(taken.items()):
        hasher.update(f"{name}\0{len(text)}\0".encode() + text)
    return hasher.hexdigest()
