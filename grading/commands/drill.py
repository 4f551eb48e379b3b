"""Drills, where the reference is: a fault to find and to mend."""

from typing import Annotated

import typer

from ..manifest import UsageError, curriculum
from ..render import failure_text, plural
from ..run import Settings, grade
from ..state import State
from ..tables import ProgressBar
from ..trees import Mix, Tree, solutions
from .common import Profile, app, console, failed


@app.command("drill", hidden=solutions() is None)
def drill_command(
    kata: Annotated[str, typer.Argument(help="The kata.")],
    seed: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The Nth drill of the kata; by default the next one.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Judge whether the fault is mended.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Give up: show what was planted, and where.")] = False,
) -> None:
    """Debug: get the reference of a kata with one fault in it, in drills/. What was there is kept in .kata/backup."""
    if solutions() is None:
        raise UsageError("this edition has no solutions/, in which drills are planted")
    from .. import drills  # the student edition is without it

    chosen, memory = curriculum().kata(kata), State()
    rows = drills.drills(chosen) if chosen.exists else []
    if not rows:
        raise UsageError(f"{chosen.name} is still coming: there are no drills for it")
    if check or reveal:
        if seed is not None or (check and reveal):
            raise UsageError("give one of --seed, --check and --reveal")
        number = memory.drill(chosen.id)
        if not number or not (drills.FOLDER / chosen.id).is_dir():
            raise UsageError(f"no drill of {chosen.name} is begun: python grader.py drill {chosen.name}")
        trial = rows[(number - 1) % len(rows)]
        if reveal:
            console.print(trial.mistake, markup=False, soft_wrap=True)
            console.print(drills.fault(chosen, trial), markup=False, soft_wrap=True)
            return
        settings = Settings(Mix(Tree(drills.FOLDER, "drills"), solutions()), Profile.quick)
        report = grade([chosen], settings, curriculum(), ProgressBar(console))
        if report.faults():
            raise failed(report)
        unmet = [law for law in report.katas[0].laws if law.status != "passed"]
        if unmet:
            console.print(failure_text(unmet[0]), markup=False, soft_wrap=True)
            console.print(f"not mended yet: of {plural(len(report.katas[0].laws), 'law')}, {len(unmet)} fail")
            raise typer.Exit(1)
        console.print(f"mended. What was planted: {trial.mistake}", markup=False, soft_wrap=True)
        return
    number = seed or memory.drill(chosen.id) % len(rows) + 1
    if number > len(rows):
        raise UsageError(f"{chosen.name} has {len(rows)} drills; give --seed 1 to {len(rows)}")
    try:
        backup = drills.hand_out(chosen, rows[number - 1])
    except OSError as error:
        raise UsageError(f"the drill cannot be written to {drills.FOLDER / chosen.id}: {error.strerror}") from None
    memory.remember_drill(chosen.id, number)
    console.print(f"drill {number} of {len(rows)}: there is one fault in drills/{chosen.id}; find and mend it")
    console.print(f"  pytest -k {chosen.name} --impl drills --prereqs solutions", style="bold")
    console.print(f"  python grader.py drill {chosen.name} --check     whether it is mended")
    console.print(f"  python grader.py drill {chosen.name} --reveal    gives up, and shows it")
    if backup:
        console.print(f"what was there is in {backup.relative_to(backup.parents[2])}")
