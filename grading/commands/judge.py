"""Grading a tree, and playing its milestones."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .. import milestones, pictures
from ..ask import shown
from ..manifest import Kata, Milestone, UsageError, curriculum
from ..report import MilestoneResult, Report
from ..run import Settings, with_milestones
from ..state import State
from ..stubs import stub_digest
from ..tables import next_step, show_milestones, show_played, show_report, show_task
from ..trees import Mix
from .common import (
    Impl,
    JsonOption,
    Katas,
    Prereqs,
    PrereqsOption,
    Profile,
    ProfileOption,
    Seed,
    Submission,
    app,
    console,
    errors,
    export,
    failed,
    graded,
    memory_of,
    mix_of,
    selected,
)

JOBS = min(2, os.cpu_count() or 1)


@app.command("grade")
def grade_command(
    katas: Katas = None,
    impl: Impl = None,
    submission: Submission = None,
    prereqs: PrereqsOption = Prereqs.yours,
    task: Annotated[int | None, typer.Option(help="Only the laws of this task.")] = None,
    profile: ProfileOption = Profile.grade,
    seed: Seed = "",
    json_file: JsonOption = None,
    min_score: Annotated[float | None, typer.Option(help="Exit status 1 if the total is below this.")] = None,
    require_gate: Annotated[
        list[str] | None, typer.Option(help="Exit status 1 unless this milestone is won; it is played if it is open.")
    ] = None,
    failures: Annotated[int, typer.Option(help="How many failures to show.")] = 3,
    strict: Annotated[bool, typer.Option(help="Warnings in the katas are errors.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")] = None,
    results: Annotated[
        Path | None, typer.Option("--gradescope", help="Write Gradescope's results.json to this file.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that judge side by side.")] = JOBS,
    csv: Annotated[Path | None, typer.Option(help="Write a row for a spreadsheet to this file.")] = None,
) -> None:
    """Grade katas: the score table, how the milestones stand, and what to do next."""
    book = curriculum()
    demanded = [book.milestone(name) for name in require_gate or ()]
    mix = mix_of(impl, submission, prereqs)
    chosen = selected(katas)
    if task is not None and len(chosen) != 1:
        raise UsageError("--task N needs one kata: grader.py NAME --task N")
    if task is not None and not 1 <= task <= len(chosen[0].tasks):
        raise UsageError(f"{chosen[0].name} has no task {task}; its tasks are 1 to {len(chosen[0].tasks)}")
    memory = memory_of(mix, profile)
    report = graded(chosen, Settings(mix, profile, seed, strict, task, jobs=jobs), memory)
    played = [_required(m, report, mix, memory) for m in demanded]
    if played:
        ours = {result.id: result for result in played}
        report = with_milestones(report, [ours.get(m.id, m) for m in report.milestones])
    statuses = {kata.id: kata.status for kata in report.katas}
    if memory is not None:
        for kata in book.katas:
            row = memory.score(kata.id, mix.main.digest(kata))
            statuses.setdefault(kata.id, str(row["status"]) if row else "todo")
    if task is not None:
        show_task(console, report, task, failures)
    else:
        near = [m for m in report.milestones if memory or m.status not in ("locked", "coming")]
        line = next_step(book, statuses, report) if memory else ""
        show_report(console, with_milestones(report, near), book, failures, line)
    wanted = {"json": json_file, "html": html, "junit": junit, "gradescope": results, "csv": csv}
    export(report, mix.main.label, wanted)  # the scores have been shown: a file that cannot be written loses nothing
    if report.faults():
        raise failed(report)
    if min_score is not None and report.exact_total() < min_score:
        errors.print(f"below the bar: total {report.total:.1f}, needed {min_score:g}")
        raise typer.Exit(1)
    lost = [result.id for result in played if result.status != "won"]
    if lost:
        errors.print(f"not won: {', '.join(lost)}")
        raise typer.Exit(1)


def _required(milestone: Milestone, report: Report, mix: Mix, memory: State | None) -> MilestoneResult:
    stand = next((m for m in report.milestones if m.id == milestone.id), None)
    if stand is None or stand.status != "open":
        return stand or MilestoneResult(milestone.id, milestone.year, milestone.title, "locked")
    return _play(milestone, mix, memory, 0)


def _play(
    milestone: Milestone,
    mix: Mix,
    memory: State | None,
    seed: int,
    data_dir: Path | None = None,
    explicit: bool = False,
    replay: bool = False,
) -> MilestoneResult:
    """Play with a progress bar; remember how it ended."""
    book = curriculum()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        row = bar.add_task(f"{milestone.year} {milestone.id}", total=None)

        def show(step: Any) -> None:
            loss = f"  loss {step.loss:.3g}" if step.loss is not None else ""
            bar.update(row, completed=step.step, total=step.steps, description=f"{milestone.id} {step.note}{loss}")

        result = milestones.play(milestone, mix, book, seed, show, None, data_dir, explicit, replay)
    if memory is not None:
        memory.remember_milestone(result, milestones.digest(milestone, mix, book))
    return result


@app.command("milestone")
def milestone_command(
    name: Annotated[str, typer.Argument(help="A milestone, its year, or `all`: every open one.")] = "all",
    impl: Impl = None,
    submission: Submission = None,
    seed: Annotated[int, typer.Option(help="Another data set and other weights.")] = 0,
    data_dir: Annotated[
        Path | None, typer.Option(help="A folder with larger data: MNIST's IDX files for mlp, CIFAR-10's .bin for cnn.")
    ] = None,
    explicit: Annotated[bool, typer.Option("--explicit", help="All of it with explicit kernels. Bring time.")] = False,
    pictures_dir: Annotated[
        Path | None, typer.Option("--pictures", help="Where pictures go; .kata/pictures for your own katas.")
    ] = None,
) -> None:
    """Play milestones: a real training run on your code alone. Grades what they need first, unless that is known."""
    book = curriculum()
    mix = mix_of(impl, submission, Prereqs.yours)
    memory = memory_of(mix, Profile.grade)
    wanted = [m for m in book.milestones if m.exists] if name == "all" else [book.milestone(name)]
    for m in wanted:
        if not m.exists:
            raise UsageError(f"the milestone {m.id} is still coming")
        if explicit and not milestones.has_explicit(m):
            raise UsageError(f"the milestone {m.id} has no explicit kernels to be played with")
    again = {
        m.id for m in wanted if m.replay and mix.main.digest(book.kata(m.replay)) not in _untouched(book.kata(m.replay))
    }
    needed = {kata.id: kata for m in wanted for kata in milestones.needed(m, book, m.id in again)}
    unknown = [k for k in needed.values() if k.exists and not (memory and memory.score(k.id, mix.main.digest(k)))]
    results = {}
    if unknown:
        console.print(f"grading what it needs: {', '.join(kata.name for kata in unknown)}")
        report = graded(unknown, Settings(mix, jobs=JOBS), memory)
        results = {kata.id: kata for kata in report.katas}
    ended = 0
    for m in wanted:
        stand = milestones.standing(m, results, memory, mix, book)
        if stand.status == "locked":
            show_milestones(console, (stand,), book)
            ended = 1
            continue
        console.print(f"{m.year}: {m.title}", style="bold")
        replay = m.id in again and milestones.reached(book.kata(m.replay), results, memory, mix)
        result = _play(m, mix, memory, seed, data_dir, explicit, replay)
        show_played(console, result)
        _draw(result, pictures_dir or (memory.path.parent / "pictures" if memory else None))
        ended = max(ended, int(result.status != "won"))
    if ended:
        raise typer.Exit(1)


def _untouched(kata: Kata) -> tuple[str, ...]:
    """Digests of a kata in which nothing is written yet."""
    return "", stub_digest(kata)


def _draw(result: MilestoneResult, folder: Path | None) -> None:
    """Draw what a milestone shows into a file of `folder`; say where it is, or what is missing."""
    if folder is None or not result.curve:
        return
    if not pictures.can_draw():
        console.print('  python -m pip install -e ".[plots]" draws this as a picture', style="dim", markup=False)
        return
    path = folder / f"{result.id}.png"
    try:
        pictures.draw(result, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    console.print(f"  drawn: {shown(str(path))}", style="dim", markup=False, highlight=False)
