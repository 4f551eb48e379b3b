"""Drills: the reference of a kata with one fault planted, for the learner to find and mend.

The faults are the kata's chaffs: realistic mistakes, each of which its laws are known to catch.
"""

import difflib
import random
from pathlib import Path

from .manifest import ROOT, Kata
from .markers import BEGIN, END
from .planting import Trial, chaffs, reference
from .report import write_atomically
from .stubs import backed_up

FOLDER = ROOT / "drills"


def drills(kata: Kata) -> list[Trial]:
    """The drills of a kata in the order in which they are handed out: the same on every machine, and none by its file."""
    order = sorted(chaffs(kata), key=lambda trial: trial.id)
    random.Random(kata.id).shuffle(order)
    return order


def hand_out(kata: Kata, trial: Trial) -> Path | None:
    """Write the kata with its fault to drills/; what was there is kept. Returns that backup, None if nothing was there."""
    folder = FOLDER / kata.id
    backup = backed_up(folder, FOLDER.parent)
    for file in kata.files:
        write_atomically(folder / file, faulty(kata, trial, file))
    return backup


def faulty(kata: Kata, trial: Trial, file: str) -> str:
    """A file of the kata with the fault, without the marks that say where the learner's part begins."""
    planted = dict(trial.files).get(f"{kata.id}/{file}")
    return _unmarked(_solution(kata, file) if planted is None else planted)


def fault(kata: Kata, trial: Trial) -> str:
    """What was planted, as the difference that mends it."""
    name = next(name for name, _ in trial.files)
    file = name.rpartition("/")[2]
    wrong, right = (text.splitlines() for text in (faulty(kata, trial, file), _unmarked(_solution(kata, file))))
    return "\n".join(difflib.unified_diff(wrong, right, f"drills/{name}", f"solutions/{name}", lineterm="", n=2))


def _solution(kata: Kata, file: str) -> str:
    return (reference().folder / kata.id / file).read_text(encoding="utf-8")


def _unmarked(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if line.strip() not in (BEGIN, END))
