"""Altered references, as they are written down beside the laws: chaffs, wheats, knock-outs.

Chaffs are wrong by one fault, and must be caught by the laws of their own kata; wheats are honest alternatives, and must earn
everything; knock-outs are katas made useless, with which a milestone must be lost.
"""

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .grafting import graft
from .manifest import ROOT, Kata, Milestone, UsageError, curriculum
from .trees import Tree, solutions


@dataclass(frozen=True)
class Trial:
    """One altered reference, and what must come of it."""

    kind: str
    """chaff, wheat, mutant, flake, knockout or game."""
    subject: str
    """The kata, or the milestone for a knock-out or a game."""
    id: str
    mistake: str = ""
    files: tuple[tuple[str, str], ...] = ()
    """Planted texts, by "m02_activations/activations.py"."""
    law: str = ""
    seed: str = ""


def reference() -> Tree:
    """The reference; UsageError where it is not there."""
    tree = solutions()
    if tree is None:
        raise UsageError("this needs solutions/, which this edition does not have")
    return tree


def _rows(path: Path, key: str) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    with open(path, "rb") as file:
        return tomllib.load(file).get(key, [])


def _planted(path: Path, row: dict[str, Any], folder: str) -> tuple[tuple[str, str], ...]:
    """The text of a solution's file with `old` (which must occur exactly once) replaced by `new`."""
    file = reference().folder / folder / row["file"]
    text = file.read_text(encoding="utf-8")
    count = text.count(row["old"])
    if count != 1:
        raise UsageError(f"{path}: {row.get('id', row.get('mistake'))}: `old` occurs {count} times in {row['file']}")
    planted = text.replace(row["old"], row["new"])
    try:
        ast.parse(planted)
    except SyntaxError as error:
        raise UsageError(f"{path}: {row.get('id', row.get('mistake'))}: is no Python: {error}") from None
    return ((f"{folder}/{row['file']}", planted),)


def chaffs(kata: Kata) -> list[Trial]:
    """The chaffs of a kata. Raises UsageError where one no longer fits the solution."""
    path = kata.spec / "chaffs.toml"
    trials = []
    for row in _rows(path, "chaff"):
        files = _planted(path, row, kata.id)
        trials.append(Trial("chaff", kata.id, row["id"], row["mistake"], files, row.get("law", "")))
    ids = [trial.id for trial in trials]
    if len(set(ids)) != len(ids):
        raise UsageError(f"{path}: two chaffs have the same id")
    return trials


def wheats(kata: Kata) -> list[Trial]:
    """The wheats of a kata: folders of files that take the place of the solution's. `loader.part.py` holds only those
    definitions of `loader.py` that differ."""
    trials = []
    for folder in sorted(path for path in (kata.spec / "wheats").glob("*") if path.is_dir()):
        files = []
        for path in sorted(folder.glob("*.py")):
            name, text = path.name.replace(".part.py", ".py"), path.read_text(encoding="utf-8")
            if name != path.name:
                text = graft((reference().folder / kata.id / name).read_text(encoding="utf-8"), text)
            files.append((f"{kata.id}/{name}", text))
        if files:
            trials.append(Trial("wheat", kata.id, folder.name, "an honest alternative", tuple(files)))
    return trials


def flakes(kata: Kata, runs: int) -> list[Trial]:
    """The reference under `runs` seeds."""
    return [Trial("flake", kata.id, f"seed-{n}", "the reference", (), "", f"flake-{n}") for n in range(runs)]


def knockouts(milestone: Milestone) -> list[Trial]:
    """Sabotaged katas with which the milestone must be lost: its own, and those it takes over from other milestones."""
    path = _knockouts_of(milestone.id)
    rows = _rows(path, "knockout")
    also = tomllib.loads(path.read_text(encoding="utf-8")).get("also", {}) if path.exists() else {}
    for other, ids in also.items():
        known = {row.get("id"): row for row in _rows(_knockouts_of(other), "knockout")}
        if unknown := [name for name in ids if name not in known]:
            raise UsageError(f"{path.relative_to(ROOT)}: {other} has no knock-out {', '.join(unknown)}")
        rows = [*rows, *(known[name] for name in ids)]
    trials = []
    for row in rows:
        folder = curriculum().kata(row["kata"]).id
        files = _planted(path, row, folder)
        trials.append(Trial("knockout", milestone.id, row.get("id", row["kata"]), row["mistake"], files))
    return trials


def _knockouts_of(milestone: str) -> Path:
    return ROOT / "spec" / "milestones" / milestone / "knockouts.toml"


def games(milestone: Milestone, runs: int) -> list[Trial]:
    """The milestone, played by the reference under `runs` seeds."""
    return [Trial("game", milestone.id, f"seed-{n}", "the reference", (), "", str(n)) for n in range(runs)]
