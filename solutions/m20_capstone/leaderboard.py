"""A leaderboard that measures again before it believes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .measuring import Measured
from .scoring import gains_of
from .submission import make_submission, validate_submission, write_json

SAME_ACCURACY = 0.005
"""So far accuracies may lie apart: rounding differs from machine to machine, and may turn an answer over. Given."""


class Refused(ValueError):
    """A submission that does not come onto the board. Given.

    Attributes:
        complaints: why, as a list of texts.
    """

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = list(complaints)


@dataclass(frozen=True)
class Standing:
    """One line of the board. Given. score, speedup, smaller and points_lost are those that the board found for itself.

    Attributes:
        rank: 1 for the best; equal scores have equal ranks, and the next one is as far down as there are entries above it.
    """

    rank: int
    author: str
    score: float
    speedup: float
    smaller: float
    points_lost: float


def irreproducible(
    submission: dict[str, Any], baseline: Measured, optimised: Measured, tolerance: float = 0.25
) -> list[str]:
    """What a submission claims and a second measurement does not bear out.

    Seconds are those of a machine, and cannot be compared; ratios of them can. So these have to hold, a tolerance that is reached
    exactly included (how rounding decides is left open):

        submission.gains.speedup       the speedup found is at least (1 - tolerance) · the one claimed; a larger one is welcome
        submission.baseline.nbytes, submission.optimised.nbytes      what was found is what is claimed, to the byte
        submission.baseline.accuracy, submission.optimised.accuracy      they lie SAME_ACCURACY apart at most, up or down

    Args:
        submission: a valid one.
        baseline, optimised: as measured again.
        tolerance: from 0 to 1.
    Returns:
        A complaint "PATH: what is wrong" for each of these paths that does not hold, in any order; it has both numbers.

    >>> before, after = Measured("slow", 0.5, 4000, 6.0, 7.0), Measured("fast", 0.5, 1000, 1.5, 2.0)
    >>> claimed = make_submission("ada", "cnn", before, after)
    >>> irreproducible(claimed, before, Measured("again", 0.5, 1000, 2.5, 3.0))
    ['submission.gains.speedup: 4.0 is claimed, and 2.4 was found']
    """
    # BEGIN SOLUTION
    complaints = []

    def note(path: str, claimed: float, found: float, holds: bool) -> None:
        if not holds:
            complaints.append(f"submission.{path}: {claimed} is claimed, and {found} was found")

    claimed, found = submission["gains"]["speedup"], gains_of(baseline, optimised).speedup
    note("gains.speedup", claimed, found, found >= (1 - tolerance) * claimed * (1 - 1e-12))
    for which, again in (("baseline", baseline), ("optimised", optimised)):
        before = submission[which]
        note(f"{which}.nbytes", before["nbytes"], again.nbytes, before["nbytes"] == again.nbytes)
        apart = abs(before["accuracy"] - again.accuracy)
        note(f"{which}.accuracy", before["accuracy"], again.accuracy, apart <= SAME_ACCURACY + 1e-12)
    return complaints
    # END SOLUTION


class Leaderboard:
    """Who is fastest, smallest, and still right: one list for each task.

    Args:
        path: where it is kept; a board that is there already goes on. None: only in memory. How the file looks is up to you.
        tolerance: as in `irreproducible`.
    Raises:
        ValueError: what is at `path` is no board, or a damaged one (the path is named); tolerance is not from 0 to 1 (it is named).

    >>> before, after = Measured("slow", 0.5, 4000, 6.0, 7.0), Measured("fast", 0.25, 1000, 1.5, 2.0)
    >>> board = Leaderboard()
    >>> board.add(make_submission("ada", "cnn", before, after), lambda: (before, after))
    True
    >>> board.standings("cnn")
    [Standing(rank=1, author='ada', score=2.0, speedup=4.0, smaller=4.0, points_lost=25.0)]
    """

    def __init__(self, path: str | os.PathLike | None = None, tolerance: float = 0.25) -> None:
        """See the class."""
        # BEGIN SOLUTION
        if not 0 <= tolerance <= 1:
            raise ValueError(f"tolerance is from 0 to 1, not {tolerance}")
        self.path, self.tolerance = path, tolerance
        self._entries: list[dict[str, Any]] = []  # submissions with the board's own numbers, in order of arrival
        if path is not None and Path(path).exists():
            try:
                self._entries = list(json.loads(Path(path).read_bytes().decode("utf-8"))["entries"])
            except (ValueError, RecursionError, KeyError, TypeError) as error:
                raise ValueError(f"{os.fspath(path)} is no leaderboard, or a damaged one: {error}") from error
            for entry in self._entries:
                if validate_submission(entry):
                    raise ValueError(f"{os.fspath(path)} is damaged: {'; '.join(validate_submission(entry))}")
        # END SOLUTION

    def add(self, submission: dict[str, Any], remeasure: Callable[[], tuple[Measured, Measured]]) -> bool:
        """Let a submission onto the board, if it is valid and its claims hold.

        Every author has one place for each task. With an entry that is better than the one before, the author moves; with
        one that is worse, or only as good, everything stays as it is.

        Args:
            submission: stays as it is, and may be changed afterwards without changing the board.
            remeasure: measures baseline and optimised again, in this order. It is called once, and not at all if the submission
                is not valid. Its numbers, not those claimed, are what counts on the board. What it raises goes on.
        Returns:
            Whether the board is another one now. If it has a path, the file is written before this returns, as `write_json`
            does; if that fails, the error goes on. Whatever is raised, the board stays as it was, in memory and in its file.
        Raises:
            Refused: `validate_submission` or `irreproducible` complains (or `gains_of` refuses what was measured again).
        """
        # BEGIN SOLUTION
        complaints = validate_submission(submission)
        if complaints:
            raise Refused(complaints)
        baseline, optimised = remeasure()
        try:
            complaints = irreproducible(submission, baseline, optimised, self.tolerance)
            entry = make_submission(submission["author"], submission["task"], baseline, optimised, submission["steps"])
        except ValueError as error:
            raise Refused([*complaints, str(error)]) from error
        if complaints:
            raise Refused(complaints)
        place = (entry["author"], entry["task"])
        others = [other for other in self._entries if (other["author"], other["task"]) != place]
        own = [other for other in self._entries if (other["author"], other["task"]) == place]
        if own and own[0]["score"] >= entry["score"]:
            return False
        if self.path is not None:
            write_json(self.path, {"schema": "kata-leaderboard/1", "entries": [*others, entry]})
        self._entries = [*others, entry]
        return True
        # END SOLUTION

    def standings(self, task: str) -> list[Standing]:
        """The entries of a task, the best score first; of equal scores, the one first that has been on the board for longer.

        A new list each time; empty for a task without entries.
        """
        # BEGIN SOLUTION
        entries = [entry for entry in self._entries if entry["task"] == task]
        scores = sorted((entry["score"] for entry in entries), reverse=True)
        lines = []
        for entry in sorted(entries, key=lambda entry: -entry["score"]):
            gains = entry["gains"]
            numbers = (entry["score"], gains["speedup"], gains["smaller"], gains["points_lost"])
            lines.append(Standing(1 + scores.index(entry["score"]), entry["author"], *numbers))
        return lines
        # END SOLUTION
