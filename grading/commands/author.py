"""What authors and the curious run: the reference's kernels beside PyTorch."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from .. import bench
from ..manifest import UsageError, curriculum
from ..report import write_atomically
from ..tables import bench_table
from ..trees import solutions
from .common import app, console, errors


@app.command("bench", hidden=solutions() is None)
def bench_command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ROW]…", help="Rows by parts of their names; all by default.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds, of which the median counts.")] = 3,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the table to this file.")] = None,
) -> None:
    """Measure the reference's kernels beside PyTorch, on one thread each, in one run."""
    if rounds < 1:
        raise UsageError(f"a benchmark of {rounds} rounds measures nothing; give 1 or more")
    reference = solutions()
    if reference is None:
        raise UsageError("this edition has no solutions/, which bench measures")
    chosen, lines = bench.rows(names or []), list[bench.Line]()
    bar = Progress(
        TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        row = bar.add_task("starting", total=None)

        def began(name: str) -> None:
            bar.update(row, description=name)
            if not console.is_terminal:
                errors.print(f"measuring {name}", markup=False)

        lines += bench.measure(chosen, reference, curriculum(), rounds, began)
    console.print(bench_table(lines))
    if json_file is not None:
        try:
            write_atomically(json_file, json.dumps(bench.to_json(lines, rounds), indent=1) + "\n")
        except OSError as error:
            raise UsageError(f"the table cannot be written to {json_file}: {error.strerror}") from None
