"""Hints: three levels a task, shown one at a time."""

import tomllib

from .manifest import Kata, UsageError


def levels(kata: Kata, task: int) -> list[str]:
    """The hints of a task, from nudge to near-solution. Raises UsageError where there are none."""
    path = kata.spec / "hints.toml"
    if not kata.exists or not path.is_file():
        raise UsageError(f"{kata.short} {kata.name} has no hints yet")
    with open(path, "rb") as file:
        rows = tomllib.load(file).get("hint", [])
    for row in rows:
        if row["task"] == task:
            return [str(text) for text in row["levels"]]
    raise UsageError(f"{kata.name} has no task {task}; its tasks are 1 to {len(kata.tasks)}")
