"""What a milestone's `judge.py` speaks in: progress while it runs, and a verdict at its end."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progress:
    """One step of a training run: the judge's own loss, and what to say about it."""

    step: int
    steps: int
    loss: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """How a milestone ended. `measured` and `needed` have the same keys; `story` is what it shows, line by line."""

    won: bool
    measured: dict[str, float | str]
    needed: dict[str, float | str]
    curve: list[float] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
