"""`python -m tests.throughput [N] [KATA…]`: what a whole class costs. Makes N submissions of six kinds and grades them with `grader.py batch`.

Reports submissions a minute and core, seconds of a core for each kata of a submission, where the time goes, and the memory of the
process that hands out the work, early and late.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from grading import batch
from grading.manifest import ROOT, Kata, curriculum
from grading.report import Report
from grading.run import spec_digest
from grading.stubs import generate
from grading.submissions import found

CORES = os.cpu_count() or 1
KINDS = ("right", "partly right", "untouched", "hanging", "crashing", "cheating")
CHEAT = "\n\nclass Equal:\n    def __eq__(self, other): return True\n    __array__ = None\n\nfor name in list(globals()):\n" \
        "    if name[0].islower() and callable(globals()[name]): globals()[name] = lambda *a, **k: Equal()\n"  # fmt: skip


def make(folder: Path, number: int, kind: str, katas: list[Kata], stubs: Path) -> None:
    """One submission of a kind; no two are the same."""
    for kata in katas:
        source = (stubs if kind == "untouched" else ROOT / "solutions") / kata.id
        target = folder / f"{number:04d} {kind}" / kata.id
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "README.md"))
        first = target / kata.files[0]
        text = first.read_text(encoding="utf-8")
        if kind == "partly right":  # every third function is still to be written
            parts = text.split("# BEGIN SOLUTION")
            text = parts[0] + "".join(
                ("raise NotImplementedError('later')\n" if n % 3 == number % 3 else "# BEGIN SOLUTION") + part
                for n, part in enumerate(parts[1:])
            )
        elif kind == "hanging":
            text = text.replace("# BEGIN SOLUTION", "while True: pass")
        elif kind == "crashing":
            text += "\nimport os\nos._exit(0)\n"
        elif kind == "cheating":
            text += CHEAT
        first.write_text(f"{text}\n# {number}\n", encoding="utf-8")


def memory(pid: int) -> int:
    """Resident bytes of a process; 0 once it is gone, or where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def graded_by_kind(handed_in: Path, out: Path, katas: list[Kata], profile: str) -> dict[str, list[Report]]:
    """The reports that `grader.py batch` has left, by what was handed in."""
    book, store = curriculum(), batch.Store(out)
    order = batch.Order(tuple(kata.id for kata in katas), profile, "", "yours", spec_digest(katas))
    listed = batch.entries(found(handed_in, book)[0], order, book, katas, lambda: None)
    return {
        kind: [
            store.report(entry.key) for entry in listed if entry.name.partition(" ")[2] == kind and store.has(entry.key)
        ]
        for kind in KINDS
    }


def main(
    count: Annotated[int, typer.Argument(min=1, metavar="N")] = 12,
    names: Annotated[list[str] | None, typer.Argument(metavar="[KATA]…")] = None,
    profile: str = "grade",
) -> None:
    """Grade N made-up submissions of the named katas (m01 to m08), and say what it cost."""
    katas = curriculum().select(names or ["m01-m08"])
    with tempfile.TemporaryDirectory(prefix="kata-throughput-") as scratch:
        stubs, handed_in, out = (Path(scratch) / name for name in ("stubs", "in", "out"))
        generate(curriculum(), ROOT / "solutions", stubs)
        for number in range(count):
            make(handed_in, number, KINDS[number % len(KINDS)], katas, stubs)
        command = [sys.executable, str(ROOT / "grader.py"), "batch", str(handed_in), *(kata.id for kata in katas)]
        command += ["--out", str(out), "--jobs", str(CORES), "--profile", profile]
        began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            resident: list[int] = []
            assert running.stdout
            for line in running.stdout:
                print(" ", line.rstrip(), flush=True)
                resident.append(memory(running.pid))
        wall = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        by_kind = graded_by_kind(handed_in, out, katas, profile)
        reports = [report for theirs in by_kind.values() for report in theirs]
    busy = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    graded = len(reports) * len(katas)
    laws = sum(law.seconds for report in reports for kata in report.katas for law in kata.laws)
    whole = sum(report.seconds for report in reports)
    rows = [
        ("submissions graded", f"{len(reports)} of {count}, {len(katas)} katas each"),
        ("submissions a minute and core", f"{60 * len(reports) / wall / CORES:.2f}"),
        ("seconds of a core for a kata of a submission, by the wall", f"{wall * CORES / max(1, graded):.2f}"),
        ("  of processor time", f"{busy / max(1, graded):.2f}"),
        ("time in laws, of all time in runs", f"{laws / max(whole, 1e-9):.0%}"),
        ("time outside of runs (start, torch, handing out)", f"{max(0.0, wall * CORES - whole) / (wall * CORES):.0%}"),
        ("slowest submission", f"{max((report.seconds for report in reports), default=0.0):.0f} s"),
    ]
    for kind, theirs in by_kind.items():
        asking = sum(law.seconds for report in theirs for kata in report.katas for law in kata.laws)
        each = sum(report.seconds for report in theirs) / max(1, len(theirs) * len(katas))
        of_it = asking / max(1, len(theirs) * len(katas))
        rows.append((f"  {kind}: seconds a kata, by the wall", f"{each:.2f}, of them {of_it:.2f} in laws"))
    held = [size for size in resident if size]
    if len(held) >= 4:
        quarter = len(held) // 4
        early, late = (statistics.median(part) / 1e6 for part in (held[1 : 1 + quarter], held[-quarter:]))
        rows.append(("memory of the process that hands out, early and late", f"{early:.0f} and {late:.0f} MB"))
    for what, figure in rows:
        print(f"{what:60} {figure}")


if __name__ == "__main__":
    typer.run(main)
