"""How long a run puts up with code that hangs: what hangs in every law should not cost minutes, and cost nobody else's points.

Seconds are those of laws that ended without an answer, replays for blame included. At first every call has its full deadline.
Once a kata has cost 10 s, its calls have half a second each, fifty times what most honest calls take: one function that hangs
costs the laws that call it, and the others are still asked. A kata that has cost 25 s, or costs anything when the run has cost
35 s, is not asked any more.
"""

from collections import Counter
from dataclasses import dataclass, field

LAW_SECONDS = 60.0
"""What all calls of one law may take together: many calls, each just inside its deadline, are a hang as well."""
HURRY, CALL_SECONDS = 10.0, 0.5
KATA_SECONDS, RUN_SECONDS = 25.0, 35.0


@dataclass
class Patience:
    """Counts, for one run, the seconds without an answer."""

    katas: Counter[str] = field(default_factory=Counter)

    def hung(self, kata: str, seconds: float) -> None:
        """A law of `kata` ended after so many seconds without an answer."""
        self.katas[kata] += seconds  # type: ignore[assignment]  # seconds, not whole numbers

    def call_seconds(self, kata: str) -> float:
        """The most that a call of `kata` may take, whatever its law says."""
        hurry = self.katas[kata] >= HURRY or sum(self.katas.values()) >= RUN_SECONDS
        return CALL_SECONDS if hurry else float("inf")

    def ended(self, kata: str) -> str:
        """Why `kata` is not asked any more; "" if it is."""
        spent = self.katas[kata]
        if spent >= KATA_SECONDS or (spent and sum(self.katas.values()) >= RUN_SECONDS):
            return f"not asked: other laws of this kata got no answer for {spent:.0f} s; make those end first"
        return ""
