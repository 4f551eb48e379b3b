"""What whoever runs a course needs: pull requests, other systems."""

import os
from pathlib import Path
from typing import Annotated

import typer

from .. import gradescope, pull_request
from ..manifest import ROOT, UsageError, curriculum
from ..run import Settings, grade, sandbox_level
from ..trees import Mix, find_tree
from .common import JsonOption, Katas, Seed, app, console, errors, export, selected


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
    chosen = selected(katas) if katas else [kata for kata in pull_request.touched(changed, book) if kata.exists]
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
    export(report, "pull request", {"json": json_file, "html": html})
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
    chosen = [kata for kata in selected(katas) if kata.exists]
    count = gradescope.build(path, chosen)
    console.print(f"{path}: {count} files; grades {', '.join(kata.name for kata in chosen)}", markup=False)
