"""Where katas come from: a tree of `mNN_*` folders, and a mix of trees for a framework.

Only files that the manifest names are taken, as regular files of a sane size. Nothing else in a tree is ever read.
"""

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .manifest import ROOT, Curriculum, Kata, UsageError
from .worker.framework import KataSource

MAX_FILE_BYTES = 1_000_000
DEEP = 4
"""Folders, each the only one in the other, in which katas are looked for."""


@dataclass(frozen=True)
class Tree:
    """A folder that holds `mNN_*` folders. `files` (kata/file → text) take the place of what is on disk."""

    folder: Path
    label: str
    planted: tuple[tuple[str, bytes], ...] = ()

    def text(self, kata: Kata, file: str) -> bytes | None:
        """The bytes of a file that the manifest names, or None where the tree has no such regular file."""
        for name, text in self.planted:
            if name == f"{kata.id}/{file}":
                return text
        folder = self.folder / kata.id
        try:
            if stat.S_ISLNK(os.lstat(folder).st_mode):
                return None
            descriptor = os.open(
                folder / file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            )
        except OSError:
            return None
        try:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                return None
            if facts.st_size > MAX_FILE_BYTES:
                return b"raise ImportError('the file is larger than 1 MB')\n"
            return os.read(descriptor, MAX_FILE_BYTES + 1)
        finally:
            os.close(descriptor)

    def source(self, kata: Kata, curriculum: Curriculum) -> KataSource:
        """What this tree has of `kata`."""
        files = {}
        for file in kata.files:
            text = self.text(kata, file)
            if text is not None:
                files[file] = (str(self.folder / kata.id / file), text)
        reachable = tuple(k.id for k in curriculum.closure(kata))
        return KataSource(kata.id, files, kata.exports, kata.allow, reachable, kata.activate)

    def digest(self, kata: Kata) -> str:
        """SHA-256 over the kata's files, by name; "" for a tree that has none of them."""
        hasher, any_file = hashlib.sha256(), False
        for file in kata.files:
            text = self.text(kata, file)
            if text is not None:
                any_file = True
                hasher.update(file.encode() + b"\0" + str(len(text)).encode() + b"\0" + text)
        return hasher.hexdigest() if any_file else ""

    def to_data(self) -> list:
        return [str(self.folder), self.label, [[name, text.decode("latin-1")] for name, text in self.planted]]

    @staticmethod
    def from_data(data: list) -> "Tree":
        folder, label, planted = data
        return Tree(Path(folder), label, tuple((name, text.encode("latin-1")) for name, text in planted))

    def planting(self, changes: dict[str, bytes], label: str = "") -> "Tree":
        """This tree with other texts for some files ("m02_activations/activations.py")."""
        kept = tuple((name, text) for name, text in self.planted if name not in changes)
        return Tree(self.folder, label or self.label, kept + tuple(changes.items()))


@dataclass(frozen=True)
class Mix:
    """Which tree each kata comes from."""

    main: Tree
    prereqs: Tree | None = None
    """Tree of the katas before the one that is judged, where it is another."""

    def to_text(self) -> str:
        """As one line, for the command line of a process that judges."""
        return json.dumps([None if tree is None else tree.to_data() for tree in (self.main, self.prereqs)])

    @staticmethod
    def from_text(text: str) -> "Mix":
        main, prereqs = json.loads(text)
        return Mix(Tree.from_data(main), None if prereqs is None else Tree.from_data(prereqs))

    def sources(self, kata: Kata, curriculum: Curriculum) -> list[KataSource]:
        """The framework of `kata`: its closure, in order, each from its tree."""
        return Reading(self, None, curriculum).sources(kata)


class Reading:
    """Trees, each file of them read once: all laws of a run judge the same text, whoever saves a file meanwhile."""

    def __init__(self, mix: Mix, reference: Tree | None, curriculum: Curriculum) -> None:
        self._mix, self._reference, self._curriculum = mix, reference, curriculum
        self._read: dict[tuple[str, str], KataSource] = {}

    def sources(self, kata: Kata, upto: Kata | None = None) -> list[KataSource]:
        """The framework of `kata`: its closure, in order, each from its tree; up to and including `upto` the reference's."""
        return [
            self._source(k, "main" if k.id == kata.id else "reference" if upto and k.id <= upto.id else "earlier")
            for k in self._curriculum.closure(kata)
        ]

    def reference(self, kata: Kata) -> list[KataSource]:
        """The framework of `kata` as the reference has it."""
        return [self._source(k, "reference") for k in self._curriculum.closure(kata)]

    def _source(self, kata: Kata, whose: str) -> KataSource:
        tree = {
            "main": self._mix.main,
            "earlier": self._mix.prereqs or self._mix.main,
            "reference": self._reference,
        }[whose]
        assert tree is not None
        key = (kata.id, "main" if tree is self._mix.main else whose)
        if key not in self._read:
            self._read[key] = tree.source(kata, self._curriculum)
        return self._read[key]


def solutions() -> Tree | None:
    """The reference, which a student edition does not have."""
    folder = ROOT / "solutions"
    return Tree(folder, "solutions") if folder.is_dir() else None


def kept_stubs() -> Tree | None:
    """The stubs as they were handed out, which a student edition keeps."""
    folder = ROOT / "katas" / ".stubs"
    return Tree(folder, "stubs") if folder.is_dir() else None


def learner() -> Tree:
    """The learner's own tree, katas/."""
    return Tree(ROOT / "katas", "katas")


def find_tree(path: Path, curriculum: Curriculum, label: str = "") -> Tree:
    """The tree at `path`: `mNN_*` folders at its top, in `katas/`, or below one single folder. Raises UsageError."""
    example = ", ".join(kata.id for kata in curriculum.katas[:2])
    if not path.exists():
        raise UsageError(f"{path} does not exist; give a folder that holds {example}, …")
    if not path.is_dir():
        raise UsageError(f"{path} is not a folder; give a folder that holds {example}, …")
    ids = {kata.id for kata in curriculum.katas}
    candidates, place = [path, path / "katas"], path
    for _ in range(DEEP):
        inner = [e for e in place.iterdir() if e.is_dir() and not e.is_symlink() and e.name[0] not in "._"]
        if len(inner) != 1:
            break
        place = inner[0]
        candidates += [place, place / "katas"]
    for candidate in candidates:
        if candidate.is_dir() and not candidate.is_symlink() and any((candidate / name).is_dir() for name in ids):
            return Tree(candidate.resolve(), label or path.name)
    raise UsageError(
        f"{path} holds no kata; expected folders such as {example} at its top, in katas/, or below one single folder; it holds "
        + (", ".join(sorted(e.name for e in path.iterdir())[:6]) or "nothing")
    )
