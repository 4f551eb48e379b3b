"""`python -m grading.strength`: how strong the laws are.

Chaffs are wrong by one fault, and must be caught by the laws of their own kata; wheats are honest alternatives, and
must earn everything; mutants are faults made by machine; flakes are laws that fail on the reference under some seed;
knock-outs are katas made useless, with which a milestone must be lost.
"""

import ast
import os
import random
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Annotated, Any

from . import start

start.insist()  # before the imports that may fail

import typer  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: E402

from .manifest import Kata, UsageError, curriculum  # noqa: E402
from .planting import Trial, chaffs, flakes, games, knockouts, reference, wheats  # noqa: E402
from .report import Report  # noqa: E402
from .run import Settings, grade  # noqa: E402
from .trees import Mix  # noqa: E402

CAUGHT = ("failed", "timeout", "crashed")
console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Result:
    """What came of a trial: whether that is as it must be, and by which law."""

    trial: Trial
    good: bool
    detail: str = ""


def mutants(kata: Kata, count: int, seed: int = 0) -> list[Trial]:
    """A seeded sample of one-token faults in the solution's functions."""
    found = []
    for file in kata.files:
        text = (reference().folder / kata.id / file).read_text(encoding="utf-8")
        found += [(file, line, what, mutated) for line, what, mutated in mutations(text)]
    random.Random(seed).shuffle(found)
    return [
        Trial("mutant", kata.id, f"{file}:{line}", what, ((f"{kata.id}/{file}", text),))
        for file, line, what, text in found[:count]
    ]


def drawn(trials: list[Trial], count: int) -> list[Trial]:
    """`count` of the trials (all for 0), the same ones every time."""
    return random.Random(0).sample(trials, count) if 0 < count < len(trials) else trials


SWAPS: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Pow: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def mutations(source: str) -> Iterator[tuple[int, str, str]]:
    """Every one-token mutation of the code between the markers: line, what was changed, the whole new text."""
    lines = source.splitlines()
    inside, spans = False, set()
    for number, line in enumerate(lines, 1):
        inside = line.strip() == "# BEGIN SOLUTION" or (inside and line.strip() != "# END SOLUTION")
        if inside:
            spans.add(number)
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if getattr(node, "lineno", 0) not in spans or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            continue
        for what, change, undo in _changes(node):
            change()
            try:
                text = ast.unparse(tree)
            finally:
                undo()
            yield node.lineno, what, text  # type: ignore[attr-defined]


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    def setting(name: str, new: Any, what: str) -> tuple[str, Callable[[], None], Callable[[], None]]:
        old = getattr(node, name)
        return what, lambda: setattr(node, name, new), lambda: setattr(node, name, old)

    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in SWAPS:
        new = SWAPS[type(node.op)]
        yield setting("op", new(), f"{type(node.op).__name__} → {new.__name__}")
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        new = SWAPS[type(node.ops[0])]
        yield setting("ops", [new(), *node.ops[1:]], f"{type(node.ops[0]).__name__} → {new.__name__}")
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield setting("value", not node.value, f"{node.value} → {not node.value}")
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield setting("value", node.value + 1, f"{node.value} → {node.value + 1}")
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield setting("test", ast.UnaryOp(ast.Not(), node.test), "condition negated")
    elif isinstance(node, ast.Return) and node.value is not None:
        yield setting("value", ast.Constant(None), "returns None")
    elif isinstance(node, ast.Call) and node.keywords:
        yield setting("keywords", node.keywords[:-1], f"without {node.keywords[-1].arg}=")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield setting("op", ast.UAdd(), "sign dropped")


# --------------------------------------------------------------------- judging


def judge(trial: Trial, profile: str, isolated: bool) -> Result:
    """Run a trial in this process."""
    if trial.kind in ("knockout", "game"):
        return _play(trial)
    book = curriculum()
    kata = book.kata(trial.subject)
    tree = reference().planting({name: text.encode() for name, text in trial.files}, trial.id)
    stop = trial.kind in ("chaff", "mutant")
    first = _ids(kata, trial.law) if trial.law else ()
    settings = Settings(Mix(tree), profile, trial.seed, isolated=isolated, first=first, stop=stop)
    report: Report = grade([kata], settings, book)
    laws = report.katas[0].laws
    unmet = [
        law for law in laws if law.status != "passed" and not (law.cause and law.cause.got == "the law was not run")
    ]
    if any(law.status == "fault" for law in unmet):
        fault = next(law for law in unmet if law.status == "fault")
        return Result(trial, False, f"the judge failed: {fault.cause.got if fault.cause else fault.id}")
    if trial.kind in ("wheat", "flake"):
        text = "; ".join(f"{_name(law.id)}: {law.cause.got if law.cause else law.status}" for law in unmet[:5])
        return Result(trial, not unmet, text)
    by = next((law for law in unmet if law.status in CAUGHT), None)
    if by is not None:
        return Result(trial, True, _name(by.id))
    broken = f"does not run: {unmet[0].status}" if unmet else "missed"
    return Result(trial, trial.kind == "mutant" and bool(unmet), broken)


def _ids(kata: Kata, law: str) -> tuple[str, ...]:
    return tuple(f"spec/{kata.id}/{path.name}::{law}" for path in sorted(kata.spec.glob("test_*.py")))


def _name(law_id: str) -> str:
    return law_id.partition("::")[2]


def _play(trial: Trial) -> Result:
    from .milestones import play

    tree = reference().planting({name: text.encode() for name, text in trial.files}, trial.id)
    result = play(curriculum().milestone(trial.subject), Mix(tree), curriculum(), int(trial.seed or 0))
    why = result.story[-1] if result.story and trial.kind == "knockout" else str(result.measured)
    return Result(trial, result.status == ("lost" if trial.kind == "knockout" else "won"), why[:200])


def _begin() -> None:
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115


def run(trials: list[Trial], profile: str, isolated: bool, jobs: int) -> Iterator[Result]:
    """The results, in order, as they come."""
    with ProcessPoolExecutor(max_workers=jobs, initializer=_begin) as pool:
        futures = [pool.submit(judge, trial, profile, isolated) for trial in trials]
        for future in futures:
            yield future.result()


def main(
    katas: Annotated[list[str] | None, typer.Argument(help="Katas to try; all that exist by default.")] = None,
    with_mutants: Annotated[int, typer.Option("--mutants", help="Also so many machine-made faults a kata.")] = 0,
    sample: Annotated[
        int,
        typer.Option(help="Only so many chaffs a kata and knock-outs a milestone, by a fixed seed."),
    ] = 0,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only the chaff, wheat or knock-out of this id.")
    ] = None,
    only_mutants: Annotated[bool, typer.Option(help="Leave out chaffs and wheats.")] = False,
    with_flakes: Annotated[int, typer.Option("--flakes", help="Also the reference under so many seeds.")] = 0,
    with_knockouts: Annotated[bool, typer.Option("--knockouts", help="Also the milestones' knock-outs.")] = False,
    with_games: Annotated[int, typer.Option("--games", help="Also the milestones under so many seeds.")] = 0,
    everything: Annotated[bool, typer.Option("--all", help="All mutants, 20 seeds, knock-outs, 10 games.")] = False,
    seed: Annotated[str, typer.Option(help="Other examples than the public ones: shows what is caught by luck.")] = "",
    profile: Annotated[str, typer.Option(help="quick, grade or soak.")] = "grade",
    isolated: Annotated[bool, typer.Option("--isolated/--in-process", help="Where the framework runs.")] = False,
    jobs: Annotated[int, typer.Option(help="Processes side by side.")] = os.cpu_count() or 1,
) -> None:
    """Plant each chaff in a copy of the reference, and say which are caught. Exit 1 if one is missed."""
    _begin()
    book = curriculum()
    try:
        chosen = [k for k in book.select(katas) if k.written] if katas else [k for k in book.katas if k.exists]
        trials: list[Trial] = []
        for kata in chosen:
            planted = [] if only_mutants else drawn(chaffs(kata), sample) + wheats(kata)
            planted += mutants(kata, 10**6 if everything else with_mutants)
            trials += [replace(trial, seed=seed) for trial in planted]
            trials += flakes(kata, 20 if everything else with_flakes)
        if with_knockouts or everything:
            trials += [
                t for milestone in book.milestones if milestone.exists for t in drawn(knockouts(milestone), sample)
            ]
        if with_games or everything:
            trials += [t for m in book.milestones if m.exists for t in games(m, 10 if everything else with_games)]
        if only:
            known = [t.id for t in trials]
            unknown = [name for name in only if name not in known]
            if unknown:
                raise UsageError(
                    f"there is no {unknown[0]!r} among the {len(known)} chosen; the ids are in chaffs.toml"
                )
            trials = [t for t in trials if t.id in only]
    except UsageError as error:
        console.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(2) from None
    results = []
    bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True)
    with bar:
        row = bar.add_task("trying", total=len(trials))
        for result in run(trials, profile, isolated, jobs):
            results.append(result)
            bar.update(row, advance=1, description=f"{result.trial.subject} {result.trial.id}"[:40])
            if not result.good:
                trial = result.trial
                text = f"{trial.kind} {trial.subject} {trial.id} ({trial.mistake}): {result.detail}"
                bar.console.print(text, style="red", markup=False)
    _table(results)
    hard = [r for r in results if not r.good and r.trial.kind != "mutant"]
    if hard:
        raise typer.Exit(1)


def _table(results: list[Result]) -> None:
    """A line per subject and kind: how many were as they must be."""
    words = {
        "chaff": "chaffs caught", "wheat": "wheats earn everything", "mutant": "mutants caught",
        "flake": "seeds without a flake", "knockout": "knock-outs lose", "game": "seeds under which it is won",
    }  # fmt: skip
    for subject in dict.fromkeys(r.trial.subject for r in results):
        for kind, word in words.items():
            mine = [r for r in results if r.trial.subject == subject and r.trial.kind == kind]
            if mine:
                good = sum(r.good for r in mine)
                console.print(
                    f"{subject:<18} {word}: {good} of {len(mine)}", style="" if good == len(mine) else "yellow"
                )


if __name__ == "__main__":
    typer.run(main)
