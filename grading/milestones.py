"""Milestones: gates of scores, then a real training run on the learner's code alone, played by the milestone's own judge."""

import hashlib
import importlib
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .ask import Ask, Reply
from .engines import Engine, Isolated
from .manifest import Curriculum, Kata, Milestone
from .outcomes import Ended, Fault, Timeout, Wrong
from .report import KataResult, MilestoneResult
from .state import State
from .trees import Mix

CALL_SECONDS = 60.0
"""No single call may take longer."""


@dataclass(repr=False)
class TimedAsk(Ask):
    """`ask` with a budget for all calls together."""

    budget: float = CALL_SECONDS
    began: float = field(default_factory=time.monotonic)

    def attempt(self, probe: Callable, *args: Any, deadline: float | None = None, **named: Any) -> Reply:
        left = self.budget - (time.monotonic() - self.began)
        if left <= 0:
            raise Timeout(f"the milestone's {self.budget:g} s are used up")
        return super().attempt(probe, *args, deadline=min(deadline or CALL_SECONDS, CALL_SECONDS, left), **named)


def needed(milestone: Milestone, curriculum: Curriculum, replay: bool = False) -> list[Kata]:
    """Every kata the milestone runs on, in order; with `replay`, those that its second half runs on, too."""
    names = (*milestone.needs, milestone.replay) if replay else milestone.needs
    ids = {kata.id for name in names for kata in curriculum.closure(curriculum.kata(name))}
    return [kata for kata in curriculum.katas if kata.id in ids]


def digest(milestone: Milestone, mix: Mix, curriculum: Curriculum) -> str:
    """Digest of the code a milestone runs on."""
    hasher = hashlib.sha256()
    for kata in needed(milestone, curriculum):
        hasher.update(mix.main.digest(kata).encode() + b"\0")
    return hasher.hexdigest()


def gate(milestone: Milestone, reached: Callable[[Kata], bool], curriculum: Curriculum) -> tuple[str, ...]:
    """The katas whose gate is not reached."""
    return tuple(kata.name for kata in needed(milestone, curriculum) if not reached(kata))


def reached(kata: Kata, results: dict[str, KataResult], memory: State | None, mix: Mix) -> bool:
    """Whether the kata, as it is now, has its gate score: as just graded, or as remembered."""
    if kata.id in results:
        return results[kata.id].gate_reached
    row = memory.score(kata.id, mix.main.digest(kata)) if memory else None
    return bool(row and row.get("gate_reached"))


def standing(
    milestone: Milestone, results: dict[str, KataResult], memory: State | None, mix: Mix, curriculum: Curriculum
) -> MilestoneResult:
    """Coming, locked, open, or as it was last played on exactly this code. Plays nothing."""
    if not milestone.exists:
        return MilestoneResult(milestone.id, milestone.year, milestone.title, "coming")

    missing = gate(milestone, lambda kata: reached(kata, results, memory, mix), curriculum)
    if missing:
        return MilestoneResult(milestone.id, milestone.year, milestone.title, "locked", missing)
    played = memory.milestone(milestone.id, digest(milestone, mix, curriculum)) if memory else None
    if played and played.get("status") in ("won", "lost"):
        measured = played.get("measured")
        return MilestoneResult(
            milestone.id,
            milestone.year,
            milestone.title,
            str(played["status"]),
            measured=measured if isinstance(measured, dict) else {},
            seconds=float(played.get("seconds", 0.0)),
        )
    return MilestoneResult(milestone.id, milestone.year, milestone.title, "open")


def _judge(milestone: Milestone) -> Any:
    return importlib.import_module(f"spec.milestones.{milestone.id}.judge")


def has_explicit(milestone: Milestone) -> bool:
    """Whether all of it can be played with explicit kernels."""
    return "explicit" in inspect.signature(_judge(milestone).play).parameters


def play(
    milestone: Milestone,
    mix: Mix,
    curriculum: Curriculum,
    seed: int = 0,
    show: Callable[[Any], None] = lambda progress: None,
    engine: Engine | None = None,
    data_dir: Path | None = None,
    explicit: bool = False,
    replay: bool = False,
) -> MilestoneResult:
    """Run the milestone on the katas of `mix`. Labels of test data never leave this process.

    With `replay`, a milestone that names a later kata for it shows what that one makes of the same work.

    With `data_dir`, milestones that know larger data take it from that folder; `explicit` has a milestone do all of it
    with explicit kernels, where it has some (`has_explicit`). Both get ten times the milestone's time.

    A judge that fails itself raises Fault; whatever the learner's code does ends in won or lost.
    """
    judge = _judge(milestone)
    more = {name: True for name, asked in (("explicit", explicit), ("replay", replay)) if asked}
    katas = needed(milestone, curriculum, replay)
    sources = [mix.main.source(kata, curriculum) for kata in katas]
    began = time.monotonic()
    own = engine or Isolated()
    ask = TimedAsk(own, curriculum, budget=milestone.budget_seconds * (10 if data_dir or explicit else 1))
    try:
        ask.begin(katas[-1], sources)
        verdict = judge.play(ask, seed, show, data_dir, **more)
        status, measured = ("won" if verdict.won else "lost"), verdict.measured
        needs, curve, story = verdict.needed, tuple(verdict.curve), tuple(verdict.story)
        pictures = tuple(verdict.pictures)
    except Fault:
        raise
    except (Ended, Wrong) as error:
        text = error.message if isinstance(error, Ended) else f"expected {error.expected}; yours: {error.got}"
        where = getattr(error, "where", ())
        place = f" ({where[-1]})" if where else ""
        status, measured, needs, curve, story = "lost", {}, {}, (), (f"It ended early: {text}{place}",)
        pictures = ()
    finally:
        if engine is None:
            own.close()
    return MilestoneResult(
        milestone.id,
        milestone.year,
        milestone.title,
        status,
        measured=measured,
        needed=needs,
        seconds=time.monotonic() - began,
        curve=curve,
        story=story,
        pictures=pictures,
    )
