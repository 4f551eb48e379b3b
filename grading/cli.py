"""The command line of grader.py."""

import atexit
import contextlib
import os
import platform
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from . import __version__, archives, exports, gradescope, hints, milestones, pictures, pull_request, start
from .ask import shown
from .manifest import ROOT, Kata, Milestone, UsageError, curriculum
from .render import failure_text
from .report import LawResult, MilestoneResult, Report, write_atomically, write_json
from .run import Settings, Watch, grade, sandbox_level, with_milestones
from .state import State
from .tables import ProgressBar, kata_list, next_step, show_milestones, show_played, show_report, show_task
from .trees import Mix, Tree, find_tree, learner, solutions

app = typer.Typer(add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=False)
errors = Console(stderr=True, highlight=False)


class Profile(StrEnum):
    """How hard the laws look: about 20, 50 or 1,000 examples each."""

    quick = "quick"
    grade = "grade"
    soak = "soak"


class Prereqs(StrEnum):
    """What the katas before the judged one come from."""

    yours = "yours"
    solutions = "solutions"


Katas = Annotated[list[str] | None, typer.Argument(help="Names, numbers, ranges (6-9) or tiers; all by default.")]
Impl = Annotated[str | None, typer.Option(help="Grade this tree instead of katas/; `solutions` is the reference.")]
Submission = Annotated[
    Path | None, typer.Option(help="Grade the katas of this folder, zip or tar, which is not trusted.")
]
Seed = Annotated[str, typer.Option(help="Draw other examples than the public ones.")]
ProfileOption = Annotated[Profile, typer.Option(help="How hard the laws look.")]
PrereqsOption = Annotated[Prereqs, typer.Option(help="What the katas before the judged one come from.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")]


def run(arguments: list[str]) -> int:
    """Run `grader.py ARGUMENTS`; returns the exit status. The bare command grades."""
    commands = {command.name for command in app.registered_commands}
    if not arguments or arguments[0] not in commands | {"--help", "--version"}:
        arguments = ["grade", *arguments]
    try:
        result = app(args=arguments, prog_name="grader.py", standalone_mode=True)
    except SystemExit as end:
        return int(end.code or 0) if not isinstance(end.code, str) else 2
    except UsageError as error:
        errors.print(f"error: {error}", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        errors.print("stopped")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return int(result or 0)


def _version(asked: bool) -> None:
    if asked:
        console.print(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Grade the katas. `python grader.py` alone grades katas/ and says what to do next."""


def _mix(impl: str | None, submission: Path | None, prereqs: Prereqs) -> Mix:
    if impl is not None and submission is not None:
        raise UsageError("--impl and --submission both name what to grade; give one of them")
    reference = solutions()
    if (impl == "solutions" or prereqs is Prereqs.solutions) and reference is None:
        raise UsageError("this edition has no solutions/, which --impl solutions and --prereqs solutions need")
    if submission is not None:
        main: Tree = find_tree(_unpacked(submission), curriculum(), submission.name)
    elif impl == "solutions":
        assert reference is not None
        main = reference
    elif impl is not None and impl != "katas":
        main = find_tree(Path(impl), curriculum(), impl)
    else:
        main = learner()
    return Mix(main, reference if prereqs is Prereqs.solutions else None)


def _unpacked(submission: Path) -> Path:
    """The folder of a submission: itself, or what its archive holds, until the process ends."""
    if not submission.is_file():
        return submission
    folder = tempfile.mkdtemp(prefix="kata-submission-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    archives.unpack(submission, Path(folder))
    return Path(folder)


def _selected(names: list[str] | None) -> list[Kata]:
    book = curriculum()
    katas = book.select(names) if names else list(book.katas)
    coming = [kata for kata in katas if not kata.exists]
    if names and coming and len(coming) == len(katas):
        raise UsageError(f"{', '.join(kata.name for kata in coming)}: still coming, there are no laws yet")
    return [kata for kata in katas if kata.exists]


def _graded(katas: list[Kata], settings: Settings, memory: State | None) -> Report:
    """Grade, remember (the learner's own tree only), and say how the milestones stand."""
    book = curriculum()
    settings = replace(settings, jobs=min(2, os.cpu_count() or 1))
    report = grade(katas, settings, book, ProgressBar(console))
    if memory is not None and settings.task is None:
        memory.remember(report, {kata.id: settings.mix.main.digest(kata) for kata in katas})
    results = {kata.id: kata for kata in report.katas}
    if settings.task is not None:
        return report
    stand = [milestones.standing(m, results, memory, settings.mix, book) for m in book.milestones]
    return with_milestones(report, stand)


def _memory(mix: Mix, profile: str) -> State | None:
    """The learner's own tree has a memory; what was graded otherwise leaves no trace in it."""
    return State() if mix.main == learner() and mix.prereqs is None and profile != Profile.quick else None


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
    csv: Annotated[Path | None, typer.Option(help="Write a row for a spreadsheet to this file.")] = None,
) -> None:
    """Grade katas: the score table, how the milestones stand, and what to do next."""
    book = curriculum()
    demanded = [book.milestone(name) for name in require_gate or ()]
    mix = _mix(impl, submission, prereqs)
    chosen = _selected(katas)
    if task is not None and len(chosen) != 1:
        raise UsageError("--task N needs one kata: grader.py NAME --task N")
    if task is not None and not 1 <= task <= len(chosen[0].tasks):
        raise UsageError(f"{chosen[0].name} has no task {task}; its tasks are 1 to {len(chosen[0].tasks)}")
    memory = _memory(mix, profile)
    report = _graded(chosen, Settings(mix, profile, seed, strict, task), memory)
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
        show_report(console, report, book, failures, next_step(book, statuses, report) if memory else "")
    wanted = {"json": json_file, "html": html, "junit": junit, "gradescope": results, "csv": csv}
    _export(report, mix.main.label, wanted)  # the scores have been shown: a file that cannot be written loses nothing
    if report.faults():
        errors.print(
            f"error: the judge itself failed at {len(report.faults())} laws, shown above; the scores do not count"
        )
        raise typer.Exit(2)
    if min_score is not None and report.exact_total() < min_score:
        errors.print(f"below the bar: total {report.total:.1f}, needed {min_score:g}")
        raise typer.Exit(1)
    lost = [result.id for result in played if result.status != "won"]
    if lost:
        errors.print(f"not won: {', '.join(lost)}")
        raise typer.Exit(1)


def _export(report: Report, name: str, wanted: dict[str, Path | None]) -> None:
    """Write the report to the files that were asked for."""
    texts = {
        "html": lambda: exports.page(report, name),
        "junit": lambda: exports.junit(report),
        "gradescope": lambda: exports.gradescope(report),
        "csv": lambda: exports.table([(name, report)]),
    }
    for kind, path in wanted.items():
        if path is None:
            continue
        try:
            if kind == "json":
                write_json(report, path)
            else:
                write_atomically(path, texts[kind]())
        except OSError as error:
            raise UsageError(f"the report cannot be written to {path}: {error.strerror}") from None


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

        result = milestones.play(milestone, mix, book, seed, show, data_dir=data_dir, explicit=explicit)
    if memory is not None:
        memory.remember_milestone(result, milestones.digest(milestone, mix, book))
    return result


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
    allow_weak_sandbox: Annotated[
        bool, typer.Option("--allow-weak-sandbox", help="Grade without the kernel's walls.")
    ] = False,
) -> None:
    """Grade a pull request: run it in the checkout of the base branch. Fills GITHUB_STEP_SUMMARY, prints annotations."""
    book = curriculum()
    tree = find_tree(head, book, "pull request")
    level = sandbox_level()
    if not level.endswith("+landlock+seccomp") and not allow_weak_sandbox:
        raise UsageError(f"this machine reaches the sandbox {level} only; --allow-weak-sandbox grades all the same")
    changed = pull_request.changes(ROOT, head)
    chosen = _selected(katas) if katas else [kata for kata in pull_request.touched(changed, book) if kata.exists]
    outside = pull_request.protected(changed)
    print(f"{len(changed)} files differ from the base branch, {len(outside)} of them outside of katas/")
    print(f"grading: {', '.join(kata.name for kata in chosen) or 'nothing, as nothing in katas/ changed'}", flush=True)
    report = grade(chosen, Settings(Mix(tree), seed=seed), book)
    print(f"total {report.total:.1f}")
    for line in pull_request.annotations(report, head):
        print(line)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        try:
            with open(page, "a", encoding="utf-8") as file:
                file.write(pull_request.summary(report, outside))
        except OSError as error:
            raise UsageError(f"the summary cannot be written to {page}: {error.strerror}") from None
    _export(report, "pull request", {"json": json_file, "html": html})
    if report.faults():
        raise UsageError(f"the judge itself failed at {len(report.faults())} laws; the scores do not count")
    if chosen and min_score is not None and report.exact_total() < min_score:
        errors.print(f"below the bar: total {report.total:.1f}, needed {min_score:g}")
        raise typer.Exit(1)


@app.command("gradescope-zip")
def gradescope_command(
    path: Annotated[Path, typer.Argument(help="The zip to write, for Gradescope's autograder.")],
    katas: Katas = None,
) -> None:
    """Build the zip that Gradescope grades an assignment with: the named katas, or all."""
    chosen = [kata for kata in _selected(katas) if kata.exists]
    count = gradescope.build(path, chosen)
    console.print(f"{path}: {count} files; grades {', '.join(kata.name for kata in chosen)}", markup=False)


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
    mix = _mix(impl, submission, Prereqs.yours)
    memory = _memory(mix, Profile.grade)
    wanted = [m for m in book.milestones if m.exists] if name == "all" else [book.milestone(name)]
    for m in wanted:
        if not m.exists:
            raise UsageError(f"the milestone {m.id} is still coming")
        if explicit and not milestones.has_explicit(m):
            raise UsageError(f"the milestone {m.id} has no explicit kernels to be played with")
    needed = {kata.id: kata for m in wanted for kata in milestones.needed(m, book)}
    unknown = [k for k in needed.values() if k.exists and not (memory and memory.score(k.id, mix.main.digest(k)))]
    results = {}
    if unknown:
        console.print(f"grading what it needs: {', '.join(kata.name for kata in unknown)}")
        report = _graded(unknown, Settings(mix), memory)
        results = {kata.id: kata for kata in report.katas}
    ended = 0
    for m in wanted:
        stand = milestones.standing(m, results, memory, mix, book)
        if stand.status == "locked":
            show_milestones(console, (stand,), book)
            ended = 1
            continue
        console.print(f"{m.year}: {m.title}", style="bold")
        result = _play(m, mix, memory, seed, data_dir, explicit)
        show_played(console, result)
        _draw(result, pictures_dir or (memory.path.parent / "pictures" if memory else None))
        ended = max(ended, int(result.status != "won"))
    if ended:
        raise typer.Exit(1)


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
    from .stubs import stub_digest

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
    from .stubs import reset

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
    from .engines import Isolated, can_interrupt

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
