"""What whoever runs a course needs: pull requests, other systems."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .. import batch, cluster, exports, gradebooks, gradescope, pull_request
from ..manifest import ROOT, Kata, UsageError, curriculum
from ..report import Report, write_atomically
from ..run import Settings, grade, sandbox_level, spec_digest
from ..submissions import found
from ..trees import Mix, find_tree, solutions
from .common import (
    JsonOption,
    Katas,
    Prereqs,
    PrereqsOption,
    Profile,
    ProfileOption,
    Seed,
    app,
    console,
    errors,
    export,
    failed,
    mix_of,
    selected,
)


@app.command("ci")
def ci_command(
    head: Annotated[Path, typer.Argument(help="The checkout of the pull request.")],
    katas: Annotated[
        list[str] | None, typer.Argument(help="What to grade; by default what changed, and what stands on it.")
    ] = None,
    seed: Seed = "",
    json_file: JsonOption = None,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    min_score: Annotated[float | None, typer.Option(help="Exit status 1 if the total is below this.")] = None,
    classroom: Annotated[
        bool, typer.Option("--classroom", help="Print the notices that GitHub Classroom reads.")
    ] = False,
    allow_weak_sandbox: Annotated[
        bool, typer.Option("--allow-weak-sandbox", help="Grade without the kernel's walls.")
    ] = False,
) -> None:
    """Grade a pull request: run it in the checkout of the base branch. Fills the step's summary and outputs, prints annotations."""
    book = curriculum()
    tree = find_tree(head, book, "pull request")
    level = sandbox_level()
    if not level.endswith("+landlock+seccomp") and not allow_weak_sandbox:
        raise UsageError(f"this machine reaches the sandbox {level} only; --allow-weak-sandbox grades all the same")
    changed = pull_request.changes(ROOT, head)
    chosen = selected(katas) if katas else [kata for kata in pull_request.touched(changed, book) if kata.exists]
    outside = pull_request.protected(changed)
    print(f"{len(changed)} files differ from the base branch, {len(outside)} of them outside of katas/")
    print(f"grading: {', '.join(kata.name for kata in chosen) or 'nothing, as nothing in katas/ changed'}", flush=True)
    report = grade(chosen, Settings(Mix(tree), seed=seed), book)
    print(f"total {report.total:.1f}")
    for line in pull_request.annotations(report, head):
        print(line)
    if classroom:
        for line in pull_request.classroom_notices(report):
            print(line)
    _append("GITHUB_STEP_SUMMARY", pull_request.summary(report, outside))
    _append("GITHUB_OUTPUT", pull_request.outputs(report))
    export(report, "pull request", {"json": json_file, "html": html})
    if report.faults():
        raise failed(report)
    if chosen and min_score is not None and report.exact_total() < min_score:
        errors.print(f"below the bar: total {report.total:.1f}, needed {min_score:g}")
        raise typer.Exit(1)


def _append(variable: str, text: str) -> None:
    """Add to the file that the runner names, if it names one."""
    path = os.environ.get(variable)
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{variable} cannot be written to {path}: {error.strerror}") from None


@app.command("comment", hidden=True)
def comment_command(
    path: Annotated[Path, typer.Argument(metavar="REPORT", help="The JSON report of a pull request's run.")],
) -> None:
    """Print a comment for a pull request, from a report that nobody vouches for."""
    try:
        text = path.read_bytes()[: pull_request.REPORT_BYTES + 1]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    print(pull_request.comment(text, curriculum()), end="")


@app.command("gradescope-zip")
def gradescope_command(
    path: Annotated[Path, typer.Argument(help="The zip to write, for Gradescope's autograder.")],
    katas: Katas = None,
    seed: Seed = "",
    profile: ProfileOption = Profile.grade,
    prereqs: PrereqsOption = Prereqs.yours,
) -> None:
    """Build the zip that Gradescope grades an assignment with: the named katas, or all."""
    chosen = [kata for kata in selected(katas) if kata.exists]
    options = [f"--profile={profile.value}", f"--prereqs={prereqs.value}", *([f"--seed={seed}"] if seed else [])]
    count = gradescope.build(path, chosen, curriculum(), options)
    console.print(f"{path}: {count} files; grades {', '.join(kata.name for kata in chosen)}", markup=False)


@app.command("release", hidden=solutions() is None)
def release_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the student edition goes: a new folder.")],
) -> None:
    """Write the student edition: the katas as stubs, laws and grader, without solutions, chaffs and wheats."""
    if solutions() is None:
        raise UsageError("this is a student edition already: there are no solutions/ to make one from")
    from ..release import release

    count = release(folder, curriculum())
    console.print(f"{folder}: {count} files; make it a repository of its own: git init", markup=False)


@app.command("batch")
def batch_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Submissions: folders, zip, tar, git bundles.")],
    katas: Katas = None,
    out: Annotated[
        Path, typer.Option(help="Where results, tables and pages go. A later run goes on from there.")
    ] = Path("graded"),
    jobs: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = os.cpu_count() or 1,
    scheduler: Annotated[str | None, typer.Option(help="A Dask scheduler, tcp://HOST:PORT, instead.")] = None,
    seed: Seed = "",
    profile: ProfileOption = Profile.grade,
    prereqs: PrereqsOption = Prereqs.yours,
    roster: Annotated[
        Path | None, typer.Option(help="CSV with a column `submission`, and name, id or email of its student.")
    ] = None,
    canvas: Annotated[
        Path | None, typer.Option(help="Canvas' gradebook export; OUT/canvas.csv is what to import again.")
    ] = None,
    moodle: Annotated[bool, typer.Option("--moodle", help="Write OUT/moodle.csv for Moodle's grade import.")] = False,
    column: Annotated[str, typer.Option(help="The assignment's name on the platform.")] = "Katas",
    allow_weak_sandbox: Annotated[
        bool, typer.Option("--allow-weak-sandbox", help="Grade without the kernel's walls.")
    ] = False,
) -> None:
    """Grade every submission in DIR, side by side; a run that was stopped goes on where it was."""
    book = curriculum()
    chosen = selected(katas)
    mix_of(None, None, prereqs)  # says so where this edition has no solutions
    if (canvas or moodle) and roster is None:
        raise UsageError("--canvas and --moodle need --roster, which says whose each submission is")
    students = gradebooks.read_roster(roster) if roster else {}
    if canvas:
        gradebooks.canvas([], canvas, column)  # whether it is one is better known before than after
    _strong_enough(allow_weak_sandbox, scheduler)
    submissions, left = found(folder, book, out)
    order = batch.Order(
        tuple(kata.id for kata in chosen), profile, seed, prereqs, spec_digest(chosen), weak=allow_weak_sandbox
    )
    store = batch.Store(out)
    made: dict[str, str] = {}
    try:
        before = store.claim()
        with _bar(len(submissions), "reading") as (_, seen):
            listed = batch.entries(submissions, order, book, chosen, seen)
        _judge(listed, store, order, scheduler, jobs, chosen)
        theirs = gradebooks.matched(students, [*(entry.name for entry in listed), *left])
        pages: list[str] = []
        whole = _pages(listed, store, theirs, out, pages)
        changed = exports.changed(whole.rows, out / "scores.csv")
        made["scores.csv"] = exports.table(whole.rows)
        made["index.html"] = exports.class_page(whole, order, f"Katas: {out.resolve().name}")
        if canvas:
            made["canvas.csv"], unknown, without = gradebooks.canvas(whole.rows, canvas, column)
            _list("not in Canvas' gradebook", unknown)
            _list("in Canvas' gradebook, and without a grade", without)
        if moodle:
            made["moodle.csv"] = gradebooks.moodle(whole.rows, column)
        for name, text in made.items():
            write_atomically(out / name, text)
        store.made(before, [*pages, *made])
    except OSError as error:
        raise UsageError(
            f"{error.filename or out} cannot be written: {error.strerror}; results so far are kept"
        ) from None
    _list("totals that are others than in the last run", changed)
    _list("passed over, as they are neither folders nor archives that can be read (zip, tar, git bundle)", left)
    if students:
        _list("not in the roster", [entry.name for entry in listed if entry.name not in theirs])
        there = {student["submission"] for found in theirs.values() for student in found}
        _list("in the roster, and not handed in", sorted(set(students) - there))
    undone = [row for row in whole.rows if row.status == "not graded"]
    for row in undone:
        console.print(f"not graded: {row.submission[:60]}: {'; '.join(row.flags)}", markup=False, soft_wrap=True)
    done = len(whole.rows) - len(undone)
    console.print(f"{done} of {len(whole.rows)} graded: {out / 'scores.csv'}, {out / 'index.html'}", markup=False)
    if undone:
        raise typer.Exit(1)


def _list(what: str, names: list[str]) -> None:
    """A heading and a line for each name, if there are any."""
    if names:
        console.print(f"{what}:", markup=False)
    for name in names:
        console.print(f"  {name if len(name) <= 60 else name[:59] + '…'}", markup=False, highlight=False)


def _strong_enough(allowed: bool, scheduler: str | None) -> None:
    """Whether this machine has the kernel's walls; what others have, their reports say."""
    level = sandbox_level() if scheduler is None and not allowed else ""
    if level and not level.endswith("+landlock+seccomp"):
        raise UsageError(f"this machine reaches the sandbox {level} only; --allow-weak-sandbox grades all the same")


@contextlib.contextmanager
def _bar(total: int, what: str) -> Iterator[tuple[Progress, Callable[[], None]]]:
    """Progress with the time left, on a terminal."""
    bar = Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        row = bar.add_task(what, total=total)
        yield bar, lambda: bar.advance(row)


def _judge(
    listed: list[batch.Entry],
    store: batch.Store,
    order: batch.Order,
    scheduler: str | None,
    jobs: int,
    chosen: list[Kata],
) -> None:
    """Judge what has no result yet; say how each came out as soon as it is known."""
    named: dict[str, batch.Entry] = {}
    for entry in listed:
        named.setdefault(entry.key, entry)
    there = len([key for key in named if key and store.has(key)])
    wanted = len([entry for entry in named.values() if not entry.problem]) - there
    print(
        f"{len(listed)} submissions, {len(named)} of them different; {there} graded before, {wanted} to grade",
        flush=True,
    )
    if not wanted:
        return
    began = time.monotonic()
    with cluster.cluster(scheduler, min(jobs, wanted)) as client, _bar(wanted, "grading") as (bar, done):
        results = cluster.judge_all(client, batch.orders(listed, store, order, curriculum(), chosen))
        for count, (key, report, problem) in enumerate(results, 1):
            entry = named[key]
            entry.problem, told = problem, problem
            if report is not None:
                store.keep(key, report)
                told = f"{report['total']:.1f}"
            done()
            left = (time.monotonic() - began) / count * (wanted - count)
            bar.console.print(
                f"{count}/{wanted} {entry.name}: {told}   ({left:.0f} s left)", markup=False, soft_wrap=True
            )


def _pages(
    listed: list[batch.Entry],
    store: batch.Store,
    students: dict[str, tuple[dict[str, str], ...]],
    out: Path,
    written: list[str],
) -> batch.Class:
    """A page for each submission, from the results alone; the names of those written are added to `written`."""

    def visit(entry: batch.Entry, report: Report, page: str) -> None:
        write_atomically(out / "pages" / page, exports.page(report, entry.name))
        written.append(f"pages/{page}")

    return batch.assemble(listed, store, students, visit)
