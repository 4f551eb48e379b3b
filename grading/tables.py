"""What a run shows on a terminal, or as plain lines in a pipe: progress, scores, gates, failures, the next step."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from .bench import Line
from .manifest import Curriculum, Kata
from .render import clean, failure_text, one_line, plural
from .report import PARTS, KataResult, LawResult, MilestoneResult, Report
from .run import Watch

COLOURS = {
    "done": "green", "started": "yellow", "todo": "dim", "blocked": "magenta", "broken": "red", "coming": "dim",
    "won": "green", "lost": "red", "open": "yellow", "locked": "dim",
    "passed": "green", "failed": "red", "timeout": "red", "crashed": "red", "fault": "red",
}  # fmt: skip
SPARKS = "▁▂▃▄▅▆▇█"


class ProgressBar(Watch):
    """A bar on a terminal; nothing in a pipe, where lines would only pile up."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.row: Any = None

    def start(self, laws: int) -> None:
        if self.row is None:
            self.bar.start()
            self.row = self.bar.add_task("judging", total=laws)

    def law(self, result: LawResult) -> None:
        if self.row is not None:
            self.bar.update(self.row, advance=1, description=f"{result.kata:<16}")

    def stop(self) -> None:
        self.bar.stop()


def score_table(report: Report) -> Table:
    """A row per kata: status, score, the four parts."""
    table = Table(title_justify="left", show_edge=False, pad_edge=False, box=None, header_style="bold")
    table.add_column("kata")
    table.add_column("status")
    table.add_column("score", justify="right")
    for part in PARTS:
        table.add_column(part, justify="right")
    alone = any(kata.score_alone > kata.score for kata in report.katas)
    if alone:
        table.add_column("alone", justify="right")
    for kata in report.katas:
        cells: list[Any] = [f"{kata.short} {kata.name}", Text(kata.status, COLOURS[kata.status]), f"{kata.score:.1f}"]
        for part in PARTS:
            earned, possible = kata.part(part)
            cells.append(f"{earned}/{possible}" if possible else "–")
        table.add_row(*cells, *([f"{kata.score_alone:.1f}"] if alone else []))
    return table


def task_lines(kata: KataResult) -> list[Text]:
    """Progress by task, for a kata that is on its way."""
    lines = []
    for number, title, earned, possible in kata.by_task():
        filled = round(10 * earned / possible) if possible else 0
        bar = "█" * filled + "░" * (10 - filled)
        colour = "green" if earned == possible else "yellow" if earned else "dim"
        lines.append(
            Text.assemble(f"    task {number}  ", (bar, colour), f" {earned:>3}/{possible:<3} ", (title, "dim"))
        )
    return lines


def show_report(console: Console, report: Report, curriculum: Curriculum, failures: int, next_line: str) -> None:
    """The whole result: failures first, so that the table is what stays in view."""
    _show_failures(console, [law for kata in report.katas for law in kata.laws if law.status != "broken"], failures)
    for kata in report.katas:
        if kata.note:
            console.print(
                Text(f"{kata.short} {kata.status}: {clean(kata.note, 400)}", COLOURS[kata.status]), soft_wrap=True
            )
    if report.katas:
        console.print(score_table(report))
        for kata in report.katas:
            if kata.status == "started" and kata.score:
                console.print(f"  {kata.short} {kata.name}", style="bold")
                for line in task_lines(kata):
                    console.print(line)
        judged = f"sandbox {report.sandbox}, {report.seconds:.1f} s"
        console.print(
            f"\ntotal {report.total:.1f} of 100 over {plural(len(report.katas), 'kata')}   ({judged})", style="bold"
        )
    show_milestones(console, report.milestones, curriculum)
    for flag in report.flags[:10]:
        console.print(f"flag: {flag['file']}:{flag['line']}: {flag['what']}", style="yellow")
    if next_line:
        console.print(f"next: {next_line}", soft_wrap=True)


def _show_failures(console: Console, laws: Iterable[LawResult], most: int) -> None:
    """What went wrong with the first of these laws that failed, and how many more there are."""
    bad = [law for law in laws if law.status not in ("passed", "todo", "blocked")]
    for law in bad[:most]:
        console.print(Text(failure_text(law), "" if law.status != "fault" else "red"), soft_wrap=True)
        console.print()
    if len(bad) > most:
        console.print(
            f"… and {plural(len(bad) - most, 'more failure')}: --failures {len(bad)} shows all\n", style="dim"
        )


def show_task(console: Console, report: Report, task: int, failures: int) -> None:
    """The result of one task alone: no status, no total, nothing that sounds like a whole kata."""
    kata = report.katas[0]
    _show_failures(console, kata.laws, failures)
    for law in kata.laws:
        if law.status in ("todo", "blocked"):
            console.print(Text(one_line(law), "dim"), soft_wrap=True)
    for line in task_lines(kata):
        console.print(line)
    earned, possible = kata.by_task()[0][2:] if kata.by_task() else (0, 0)
    if earned < possible:
        console.print(f"next: the rest of task {task}: pytest -k {kata.name} --task {task}")
    elif task < len(kata.tasks):
        console.print(f"next: task {task + 1} ({kata.tasks[task]})", soft_wrap=True)
    else:
        console.print(f"next: the whole kata: python grader.py {kata.name}")


def show_milestones(console: Console, milestones: tuple[MilestoneResult, ...], curriculum: Curriculum) -> None:
    """One line per milestone that exists."""
    for m in milestones:
        if m.status == "coming":
            continue
        word = {"locked": "locked: needs " + ", ".join(m.needs), "open": f"open: python grader.py milestone {m.id}"}
        text = word.get(m.status, f"{m.status} in {m.seconds:.1f} s")
        console.print(Text.assemble(f"milestone {m.year} {m.id}: ", (text, COLOURS[m.status])), soft_wrap=True)


def show_played(console: Console, result: MilestoneResult) -> None:
    """What a played milestone shows: its story, its loss curve, what was measured, what was needed, the verdict."""
    for line in result.story:
        console.print("  " + clean(line, 300), soft_wrap=True, highlight=False, markup=False)
    if result.curve:
        console.print(
            f"  loss  {sparkline(result.curve)}  {result.curve[0]:.3g} → {result.curve[-1]:.3g}", highlight=False
        )
    for name, value in result.measured.items():
        needed = f"   (needed {_number(result.needed[name])})" if name in result.needed else ""
        console.print(f"  {name}: {_number(value)}{needed}", highlight=False, markup=False)
    verdict = Text(result.status.upper(), f"bold {COLOURS[result.status]}")
    console.print(Text.assemble("  ", verdict, f"  {result.year} {result.title}, {result.seconds:.1f} s"))


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def sparkline(values: tuple[float, ...], width: int = 60) -> str:
    """A curve on one line, averaged down to `width` columns."""
    finite = [v for v in values if v == v and abs(v) != float("inf")]
    if not finite:
        return ""
    step = max(1, -(-len(finite) // width))
    means = [sum(finite[i : i + step]) / len(finite[i : i + step]) for i in range(0, len(finite), step)]
    low, high = min(means), max(means)
    span = (high - low) or 1.0
    return "".join(SPARKS[min(7, int(8 * (v - low) / span))] for v in means)


def kata_list(
    curriculum: Curriculum, states: dict[str, str], scores: dict[str, str], trends: dict[str, list[float]]
) -> Table:
    """All katas of the curriculum, with what is known of each."""
    table = Table(show_edge=False, pad_edge=False, box=None, header_style="bold")
    for name, justify in (("kata", "left"), ("tier", "left"), ("status", "left"), ("score", "right"), ("trend", "left"),
                          ("minutes", "right"), ("needs", "left")):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for kata in curriculum.katas:
        status = states[kata.id]
        trend = sparkline(tuple(trends.get(kata.id, [])), 12)
        table.add_row(
            f"{kata.short} {kata.name}", kata.tier, Text(status, COLOURS[status]), scores.get(kata.id, ""), trend,
            str(kata.minutes), Text(", ".join(kata.needs), "dim"),
        )  # fmt: skip
    return table


def bench_table(lines: list[Line]) -> Table:
    """Seconds of ours and of PyTorch, and how many times longer ours takes."""
    table = Table(box=None, pad_edge=False)
    for title in ("row", "ours", "PyTorch", "ratio", ""):
        table.add_column(title, justify="left" if title in ("row", "") else "right")
    for line in lines:
        theirs = "" if line.torch_seconds is None else seconds_text(line.torch_seconds)
        ratio = "" if line.ratio is None else f"{line.ratio:,.0f}" if line.ratio >= 10 else f"{line.ratio:.2f}"
        table.add_row(line.name, seconds_text(line.ours_seconds), theirs, ratio, Text(line.note, "dim"))
    return table


def seconds_text(seconds: float) -> str:
    """Three digits and a unit that suits.

    >>> seconds_text(0.00001234), seconds_text(97.2), seconds_text(0.25)
    ('12.3 µs', '97.2 s', '250 ms')
    """
    unit, size = next(((u, n) for u, n in (("s", 1.0), ("ms", 1e-3)) if seconds >= 0.9995 * n), ("µs", 1e-6))
    return f"{seconds / size:,.0f} {unit}" if seconds >= 99.95 * size else f"{seconds / size:.3g} {unit}"


def next_step(curriculum: Curriculum, statuses: dict[str, str], report: Report | None = None) -> str:
    """What to do now: the first kata that is not done and whose prerequisites are, and its first open task.

    What was just graded comes first, whatever is known of its prerequisites: somebody who asks for one kata is at work on it.
    """

    def done(kata: Kata) -> bool:
        return statuses.get(kata.id) == "done"

    judged = {k.id for k in report.katas if k.status not in ("done", "blocked")} if report else set()
    for kata in sorted(curriculum.katas, key=lambda k: k.id not in judged):
        if not kata.exists or done(kata):
            continue
        missing = [k for k in curriculum.closure(kata)[:-1] if not done(k) and k.exists]
        if missing and kata.id not in judged:
            continue
        graded = next((k for k in report.katas if k.id == kata.id), None) if report else None
        task = ""
        if graded:
            open_tasks = [(n, t) for n, t, earned, possible in graded.by_task() if earned < possible]
            if open_tasks:
                task = f", task {open_tasks[0][0]} ({open_tasks[0][1]})"
        elif kata.tasks:
            task = f", task 1 ({kata.tasks[0]})"
        return f"{kata.short} {kata.name}{task}: read katas/{kata.id}/README.md, then pytest -k {kata.name}"
    return ""


__all__ = [
    "ProgressBar",
    "bench_table",
    "kata_list",
    "next_step",
    "one_line",
    "show_milestones",
    "show_played",
    "show_report",
    "show_task",
]
