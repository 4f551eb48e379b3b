"""What a learner runs between two gradings: watch, next, status, hint, reset, doctor."""

import contextlib
import platform
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import hints, milestones, start
from ..manifest import ROOT, Kata, UsageError, curriculum
from ..render import failure_text
from ..report import LawResult
from ..run import Settings, Watch, grade
from ..state import State
from ..tables import kata_list, next_step, show_milestones
from ..trees import Mix, learner, solutions
from .common import Profile, app, console


class _FirstFailure(Watch):
    """Shows the first failure the moment it happens."""

    def __init__(self) -> None:
        self.shown = False
        self.failed: list[str] = []
        self.passed = 0

    def law(self, result: LawResult) -> None:
        self.passed += result.status == "passed"
        if result.status == "passed":
            return
        self.failed.append(result.id)
        if not self.shown:
            self.shown = True
            console.print(failure_text(result), markup=False, soft_wrap=True)


@app.command("watch")
def watch_command(
    kata: Annotated[str | None, typer.Argument(help="The kata to watch; by default the next one to do.")] = None,
    rounds: Annotated[int, typer.Option(hidden=True, help="Stop after so many runs.")] = 0,
) -> None:
    """Judge a kata again each time you save it, the law that failed last first. Ends with Ctrl-C."""
    from watchfiles import watch

    book = curriculum()
    chosen = book.kata(kata) if kata else _next_kata()
    if chosen is None:
        raise UsageError("every kata is done; name one to watch")
    if not chosen.exists:
        raise UsageError(f"{chosen.name} is still coming")
    first: tuple[str, ...] = ()
    count = 0
    settings = Settings(Mix(learner()), Profile.quick, isolated=False)
    folders = [ROOT / "katas" / k.id for k in book.closure(chosen) if (ROOT / "katas" / k.id).is_dir()]
    for changes in _rounds(watch(*folders, yield_on_timeout=False, debounce=100, step=20, raise_interrupt=False)):
        console.rule(f"{chosen.short} {chosen.name}" + (f" · {Path(changes).name} saved" if changes else ""))
        began, seen = time.monotonic(), _FirstFailure()
        grade([chosen], replace(settings, first=first), book, seen)
        first = tuple(seen.failed)
        console.print(f"{seen.passed} laws hold, {len(seen.failed)} do not   ({time.monotonic() - began:.1f} s)")
        count += 1
        if rounds and count >= rounds:
            return


def _rounds(changes: Any) -> Any:
    """One round at once, then one for each save."""
    yield ""
    for change in changes:
        names = sorted(path for _, path in change if path.endswith(".py"))
        if names:
            yield names[0]


def _statuses(memory: State) -> dict[str, str]:
    """What is known of each kata without grading: coming, todo, or how it was last graded as it is now."""
    from ..stubs import stub_digest

    statuses, tree = {}, learner()
    for kata in curriculum().katas:
        now = tree.digest(kata)
        row = memory.score(kata.id, now)
        if not kata.exists:
            statuses[kata.id] = "coming"
        elif now in ("", stub_digest(kata)):
            statuses[kata.id] = "todo"
        else:
            statuses[kata.id] = str(row["status"]) if row else "started"
    return statuses


def _next_kata() -> Kata | None:
    statuses = _statuses(State())
    return next((k for k in curriculum().katas if statuses[k.id] not in ("done", "coming")), None)


@app.command("next")
def next_command() -> None:
    """Say what to do now."""
    line = next_step(curriculum(), _statuses(State()))
    console.print(line or "every kata there is so far is done", soft_wrap=True)


@app.command("status")
def status_command() -> None:
    """List all katas with what is known of them: last scores, trends, what is still coming. Grades nothing."""
    memory, tree, book = State(), learner(), curriculum()
    scores, trends = {}, {}
    for kata in book.katas:
        last = memory.last(kata.id)
        if last and kata.exists:
            stale = "" if memory.score(kata.id, tree.digest(kata)) else " (changed since)"
            scores[kata.id] = f"{float(last.get('score', 0)):.1f}{stale}"
            trends[kata.id] = [float(x) for x in last.get("trend", [])]
    console.print(kata_list(book, _statuses(memory), scores, trends))
    stand = tuple(milestones.standing(m, {}, memory, Mix(tree), book) for m in book.milestones)
    show_milestones(console, stand, book)


@app.command("hint")
def hint_command(
    kata: Annotated[str, typer.Argument(help="The kata.")],
    task: Annotated[int, typer.Argument(help="The number of the task.")] = 1,
    level: Annotated[int | None, typer.Option(help="Show this level (1 to 3) instead of the next one.")] = None,
) -> None:
    """Show the next hint of a task: a nudge, then a push, then nearly the solution."""
    chosen = curriculum().kata(kata)
    texts = hints.levels(chosen, task)
    if level is not None and not 1 <= level <= len(texts):
        raise UsageError(f"there are hints of level 1 to {len(texts)}")
    index = level - 1 if level is not None else State().next_hint(chosen.id, task, len(texts))
    console.print(f"{chosen.short} {chosen.name}, task {task}, hint {index + 1} of {len(texts)}", style="bold")
    console.print(texts[index].strip(), markup=False)


@app.command("reset")
def reset_command(kata: Annotated[str, typer.Argument(help="The kata to start over.")]) -> None:
    """Put the stubs of a kata back. What was there is kept in .kata/backup."""
    from ..stubs import reset

    chosen = curriculum().kata(kata)
    if not chosen.exists:
        raise UsageError(f"{chosen.name} is still coming: there is nothing to reset")
    reference = solutions()
    backup = reset(chosen, reference.folder if reference else None, ROOT / "katas")
    console.print(
        f"katas/{chosen.id} is a stub again" + (f"; your files are in {backup.relative_to(ROOT)}" if backup else "")
    )


@app.command("doctor")
def doctor_command() -> None:
    """Say whether this machine is fit: Python, packages, the worker, memory, the clock."""
    from ..engines import Isolated, can_interrupt

    bad = 0

    def line(good: bool, what: str, found: str) -> None:
        nonlocal bad
        bad += not good
        console.print(f"{'ok ' if good else 'BAD'}  {what}: {found}", style="" if good else "red", markup=False)

    line(sys.version_info >= (3, 11), "Python", platform.python_version() + ", needed 3.11 or newer")
    for package in start.NEEDED.values():
        absent = package in start.missing()
        line(not absent, package, "missing; run: python -m pip install -e ." if absent else _package_version(package))
    began = time.perf_counter()
    engine = Isolated()
    try:
        engine.load([])
        line(True, "worker", f"starts in {time.perf_counter() - began:.2f} s, sandbox {engine.sandbox}")
    except BaseException as error:
        line(False, "worker", f"does not start: {error}")
    finally:
        engine.close()
    line(True, "deadlines in process", "by interval timer" if can_interrupt() else "none here: pytest runs isolated")
    free = shutil.disk_usage(ROOT).free
    line(free > 1 << 28, "disk", f"{free / 2**30:.1f} GB free")
    line(True, "memory", "a whole grading run needs about 1 GB" + _memory_there())
    if bad:
        raise typer.Exit(2)


def _package_version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def _memory_there() -> str:
    with contextlib.suppress(OSError, ValueError), open("/proc/meminfo", encoding="ascii") as file:
        for row in file:
            if row.startswith("MemAvailable"):
                return f"; {int(row.split()[1]) / 2**20:.1f} GB available"
    return ""
