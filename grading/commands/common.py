"""What the commands share: the application, its options, and how they are read."""

import atexit
import shutil
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .. import batch, exports, milestones
from ..manifest import Kata, UsageError, curriculum
from ..report import Report, write_atomically, write_json
from ..run import Settings, grade, with_milestones
from ..state import State
from ..submissions import unpack
from ..tables import ProgressBar
from ..trees import Mix, Tree, find_tree, learner, solutions

app = typer.Typer(add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=False)
errors = Console(stderr=True, highlight=False)
JUDGE_FAILED = 3
"""Exit status where no score counts, whoever's it is. 1 is a score below a bar, 2 wrong use."""


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


def mix_of(impl: str | None, submission: Path | None, prereqs: Prereqs) -> Mix:
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
    unpack(submission, Path(folder))
    return Path(folder)


def selected(names: list[str] | None) -> list[Kata]:
    book = curriculum()
    katas = book.select(names) if names else list(book.katas)
    coming = [kata for kata in katas if not kata.written]
    if names and coming and len(coming) == len(katas):
        raise UsageError(f"{', '.join(kata.name for kata in coming)}: still coming, there are no laws yet")
    return [kata for kata in katas if (kata.written if names else kata.exists)]


def graded(katas: list[Kata], settings: Settings, memory: State | None) -> Report:
    """Grade, remember (the learner's own tree only), and say how the milestones stand."""
    book = curriculum()
    report = grade(katas, settings, book, ProgressBar(console))
    if memory is not None and settings.task is None:
        memory.remember(report, {kata.id: settings.mix.main.digest(kata) for kata in katas})
    results = {kata.id: kata for kata in report.katas}
    if settings.task is not None:
        return report
    stand = [milestones.standing(m, results, memory, settings.mix, book) for m in book.milestones]
    return with_milestones(report, stand)


def failed(report: Report) -> typer.Exit:
    """Says that the judge, and not the learner, is to blame; ends the command."""
    errors.print(f"error: the judge itself failed at {len(report.faults())} laws; the scores do not count")
    return typer.Exit(JUDGE_FAILED)


def memory_of(mix: Mix, profile: str) -> State | None:
    """The learner's own tree has a memory; what was graded otherwise leaves no trace in it."""
    return State() if mix.main == learner() and mix.prereqs is None and profile != Profile.quick else None


def export(report: Report, name: str, wanted: dict[str, Path | None]) -> None:
    """Write the report to the files that were asked for."""
    texts = {
        "html": lambda: exports.page(report, name),
        "junit": lambda: exports.junit(report),
        "gradescope": lambda: exports.gradescope(report),
        "csv": lambda: exports.table([batch.row_of(name, report)]),
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
