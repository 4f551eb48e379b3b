"""What must be true before anything runs: the dependencies are there. Imports nothing that may be missing."""

import importlib.util
import sys

NEEDED = {
    "numpy": "numpy", "pytest": "pytest", "hypothesis": "hypothesis", "pytest_timeout": "pytest-timeout",
    "pytest_jsonreport": "pytest-json-report", "xdist": "pytest-xdist", "torch": "torch", "msgpack": "msgpack",
    "typer": "typer", "rich": "rich", "jinja2": "jinja2", "watchfiles": "watchfiles",
}  # fmt: skip
"""Module → package of everything that grading needs."""


def missing() -> list[str]:
    """Packages that are not installed."""
    return [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]


def complaint() -> str:
    """The one line about missing packages, or ""."""
    absent = missing()
    if not absent:
        return ""
    text = f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not installed; run: python -m pip install -e ."
    if "torch" in absent:
        text += "   (PyTorch judges every law; a CPU build of 2.13.0 is enough, see README.md)"
    return text


def insist() -> None:
    """End the process with the complaint where a package is missing. For modules that are run by themselves."""
    if text := complaint():
        raise SystemExit(f"error: {text}")


def main(arguments: list[str]) -> int:
    """Run the command line; returns the exit status: 0 graded, 1 below a demanded bar, 2 wrong use."""
    text = complaint()
    if text:
        print(f"error: {text}", file=sys.stderr)
        return 2
    from .cli import run

    return run(arguments)
