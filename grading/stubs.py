"""`python -m grading.stubs`: katas/ from solutions/. What is between the markers becomes a NotImplementedError.

An edited kata is *started*: never an error, and never overwritten. `katas/.stubs.lock` holds the digest of every
generated file, which tells an edited file from an old stub.
"""

import argparse
import difflib
import functools
import hashlib
import json
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from .manifest import ROOT, Curriculum, Kata, UsageError, curriculum
from .markers import stub_of
from .report import write_atomically

LOCK = ".stubs.lock"


def stubs_of(kata: Kata, solutions: Path) -> dict[str, str]:
    """File name → stub text, `__init__.py` included, of a kata of the reference."""
    folder = solutions / kata.id
    texts = {}
    for file in ("__init__.py", *kata.files):
        path = folder / file
        if not path.is_file():
            raise UsageError(f"solutions/{kata.id}/{file} is missing: curriculum.toml names it, or it must")
        texts[file] = stub_of(path.read_text(encoding="utf-8"), kata.short, f"solutions/{kata.id}/{file}")
    return texts


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def _lock(folder: Path) -> dict[str, str]:
    try:
        rows = json.loads((folder / LOCK).read_text(encoding="utf-8"))
        return {str(key): str(value) for key, value in rows.items()}
    except (OSError, ValueError, AttributeError):
        return {}


@functools.cache
def stub_digest(kata: Kata) -> str:
    """The digest that a tree with the untouched stub of `kata` has, or "?" where no stub was generated."""
    return _lock(ROOT / "katas").get(f"{kata.id}/", "?")


@dataclass
class Outcome:
    """What generation did, or would do: paths from katas/."""

    written: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    """Edited by the learner: left alone."""
    lock_stale: bool = False


def generate(
    curriculum: Curriculum, solutions: Path, katas: Path, check: bool = False, only: list[Kata] | None = None
) -> Outcome:
    """Write the stubs of all katas (or of `only`) that have a solution; with `check` write nothing.

    A file that is neither missing, nor the new stub, nor the stub that was generated last is the learner's.
    """
    _lock.cache_clear()
    stub_digest.cache_clear()
    old, outcome = _lock(katas), Outcome()
    new: dict[str, str] = {}
    stale = False
    writes: list[tuple[Path, str]] = []
    for kata in curriculum.katas:
        if not (solutions / kata.id).is_dir() or not kata.files:
            continue
        texts = stubs_of(kata, solutions)
        hasher = hashlib.sha256()
        for file in kata.files:
            raw = texts[file].encode()
            hasher.update(file.encode() + b"\0" + str(len(raw)).encode() + b"\0" + raw)
        new[f"{kata.id}/"] = hasher.hexdigest()
        meant = only is None or kata in only
        stale = stale or (meant and new[f"{kata.id}/"] != old.get(f"{kata.id}/"))
        for file, text in texts.items():
            name = f"{kata.id}/{file}"
            new[name] = digest(text)
            if not meant:
                continue
            path = katas / kata.id / file
            there = path.read_text(encoding="utf-8") if path.is_file() else None
            if there == text:
                outcome.same.append(name)
            elif there is None or digest(there) == old.get(name):
                outcome.written.append(name)
                writes.append((path, text))
            else:
                outcome.started.append(name)
    if only is not None:  # what is known of the others stays: it tells their old stubs from edited files
        named = {kata.id for kata in only}
        new = {key: row for key, row in old.items() if key.split("/")[0] not in named} | {
            key: row for key, row in new.items() if key.split("/")[0] in named
        }
    outcome.lock_stale = stale or (only is None and new != old)
    if not check:
        for path, text in writes:
            write_atomically(path, text)
        if new != old:
            write_atomically(katas / LOCK, json.dumps(new, indent=1, sort_keys=True) + "\n")
        _lock.cache_clear()
        stub_digest.cache_clear()
    return outcome


def reset(kata: Kata, solutions: Path | None, katas: Path) -> Path | None:
    """Put the stubs of `kata` back; what was there is kept in .kata/backup. Returns the backup, or None if nothing was there.

    Without solutions/ (a student edition) the stubs come from katas/.stubs/.
    """
    source = katas / ".stubs" / kata.id
    if solutions is not None:
        texts = stubs_of(kata, solutions)
    elif source.is_dir():
        texts = {path.name: path.read_text(encoding="utf-8") for path in source.glob("*.py")}
    else:
        raise UsageError(f"there is no stub of {kata.id} to go back to: neither solutions/ nor katas/.stubs/ is here")
    folder = katas / kata.id
    backup = backed_up(folder, katas.parent)
    for file, text in texts.items():
        write_atomically(folder / file, text)
    return backup


def backed_up(folder: Path, root: Path) -> Path | None:
    """A copy of the Python files of `folder` in `root`/.kata/backup, under a name of its own; None where there are none."""
    if not folder.is_dir() or not any(folder.glob("*.py")):
        return None
    stamp = time.strftime("%Y%m%d-%H%M%S")
    first = backup = root / ".kata" / "backup" / f"{folder.name}-{stamp}"
    count = 1
    while backup.exists():
        backup = first.with_name(f"{first.name}-{count}")
        count += 1
    shutil.copytree(folder, backup, ignore=shutil.ignore_patterns("__pycache__"))
    return backup


def main(arguments: list[str] | None = None) -> int:
    """Generate katas/ from solutions/; edited files are never overwritten. The standard library is enough for it.

    Returns the exit status: 0 done, 1 if `--check` found something to write, 2 wrong use.
    """
    parser = argparse.ArgumentParser(prog="python -m grading.stubs", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("katas", nargs="*", help="katas to generate; all by default")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if generation would change a file")
    parser.add_argument("--diff", action="store_true", help="show how started katas differ from their stubs")
    given = parser.parse_args(arguments)
    try:
        book = curriculum()
        only = book.select(given.katas) if given.katas else None
        outcome = generate(book, ROOT / "solutions", ROOT / "katas", given.check, only)
    except (UsageError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for name in outcome.written:
        print(f"{'would write' if given.check else 'wrote'} katas/{name}")
    for name in outcome.started:
        print(f"started: katas/{name} (edited; left alone)")
        if given.diff:
            kata = book.kata(name.split("/")[0])
            new = stubs_of(kata, ROOT / "solutions")[name.split("/")[1]].splitlines(True)
            old = (ROOT / "katas" / name).read_text(encoding="utf-8").splitlines(True)
            sys.stdout.writelines(difflib.unified_diff(new, old, f"stub/{name}", f"katas/{name}"))
    print(f"{len(outcome.same)} up to date, {len(outcome.written)} to write, {len(outcome.started)} started")
    if given.check and (outcome.written or outcome.lock_stale):
        print("katas/ is not what solutions/ generates: run `python -m grading.stubs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
