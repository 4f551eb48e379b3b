"""What the learner's own folder remembers between runs: scores, milestones, hints shown. Git-ignored, never trusted for grades."""

import json
from pathlib import Path
from typing import Any

from .manifest import ROOT
from .report import MilestoneResult, Report, write_atomically

KEPT = 50
"""Scores kept per kata, for the trend."""


class State:
    """`.kata/state.json`. A missing or damaged file is an empty memory."""

    def __init__(self, path: Path = ROOT / ".kata" / "state.json") -> None:
        self.path = path
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            data = {}
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}

    def _part(self, name: str) -> dict[str, Any]:
        part = self.data.get(name)
        if not isinstance(part, dict):
            part = self.data[name] = {}
        return part

    def save(self) -> None:
        try:
            write_atomically(self.path, json.dumps(self.data, indent=1) + "\n")
        except OSError:
            pass  # a read-only folder costs the memory, not the run

    # ----------------------------------------------------------------- scores

    def remember(self, report: Report, digests: dict[str, str]) -> None:
        """Keep the scores of a graded run of the learner's own tree, each with the digest of what was graded."""
        scores = self._part("scores")
        for kata in report.katas:
            row = scores.get(kata.id)
            row = row if isinstance(row, dict) else {}
            trend = [float(x) for x in row.get("trend", []) if isinstance(x, int | float)]
            if not trend or trend[-1] != kata.score:
                trend.append(kata.score)
            scores[kata.id] = {
                "digest": digests.get(kata.id, ""),
                "score": kata.score,
                "gate_reached": kata.gate_reached,
                "status": kata.status,
                "trend": trend[-KEPT:],
            }
        self.save()

    def score(self, kata_id: str, digest: str) -> dict[str, Any] | None:
        """What is remembered of a kata, if it was graded as it is now."""
        row = self._part("scores").get(kata_id)
        return row if isinstance(row, dict) and digest and row.get("digest") == digest else None

    def last(self, kata_id: str) -> dict[str, Any] | None:
        """What is remembered of a kata, however it looked."""
        row = self._part("scores").get(kata_id)
        return row if isinstance(row, dict) else None

    # ------------------------------------------------------------- milestones

    def remember_milestone(self, result: MilestoneResult, digest: str) -> None:
        played = self._part("milestones").setdefault(result.id, {})
        entry = {
            "status": result.status,
            "seconds": round(result.seconds, 2),
            "measured": result.measured,
            "digest": digest,
        }
        played["last"] = entry
        if result.status == "won":
            played.setdefault("first_won", entry)
        self.save()

    def milestone(self, milestone_id: str, digest: str) -> dict[str, Any] | None:
        """How the milestone was last played on exactly this code."""
        row = self._part("milestones").get(milestone_id)
        last = row.get("last") if isinstance(row, dict) else None
        return last if isinstance(last, dict) and last.get("digest") == digest else None

    # ------------------------------------------------------------------ hints

    def next_hint(self, kata_id: str, task: int, levels: int) -> int:
        """The level to show now (from 0); the next call shows the next one, up to the last."""
        shown = self._part("hints").setdefault(kata_id, {})
        level = min(int(shown.get(str(task), 0)), levels - 1)
        shown[str(task)] = level + 1
        self.save()
        return level

    # ----------------------------------------------------------------- drills

    def drill(self, kata_id: str) -> int:
        """The number of the kata's drill that was handed out last; 0 for none."""
        number = self._part("drills").get(kata_id)
        return number if type(number) is int and number > 0 else 0

    def remember_drill(self, kata_id: str, number: int) -> None:
        self._part("drills")[kata_id] = number
        self.save()
