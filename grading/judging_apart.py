"""One submission, judged in a process of its own: what a machine of a cluster is asked to do."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .manifest import ROOT

SECONDS = 600.0
SECONDS_A_KATA = 90.0
"""A whole run may take as long as both together. A kata of the reference takes about five seconds."""


class NoReport(Exception):
    """The machine failed, not the submission: there is no report, or not the one that was asked for."""


def judge_apart(order: dict[str, Any]) -> dict[str, Any]:
    """The report of one submission as JSON data.

    Args:
        order: `texts` (kata/file → bytes), `katas` (ids), `profile`, `seed`, `prereqs`, `spec_digest` (what the laws must be),
            `weak` (whether a weak sandbox will do).
    Raises:
        NoReport: grader.py ended without a report, took too long, or has other laws than the ones wanted.
    """
    with tempfile.TemporaryDirectory(prefix="kata-batch-") as folder:
        tree, out = Path(folder) / "katas", Path(folder) / "report.json"
        for kata in order["katas"]:
            (tree / kata).mkdir(parents=True)
        for name, text in order["texts"].items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes(text)
        command = [sys.executable, str(ROOT / "grader.py"), "grade", *order["katas"], "--submission", str(tree)]
        command += ["--json", str(out), "--profile", order["profile"], "--prereqs", order["prereqs"]]
        command += ["--jobs", "1", "--failures", "0", *(["--seed", order["seed"]] if order["seed"] else [])]
        _run(command, SECONDS + SECONDS_A_KATA * len(order["katas"]), Path(folder) / "talk.txt")
        try:
            report = json.loads(out.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise NoReport(f"grader.py wrote no report: {_last_line(Path(folder) / 'talk.txt')}") from None
    if report["spec_digest"] != order["spec_digest"]:
        raise NoReport("the machine that judged has other laws than this one: bring both to the same state")
    if not order["weak"] and not report["sandbox"].endswith("+landlock+seccomp"):
        raise NoReport(f"the machine that judged reaches the sandbox {report['sandbox']} only (--allow-weak-sandbox)")
    return report


def _run(command: list[str], seconds: float, talk: Path) -> None:
    """Run it in a session of its own; nothing of it is left afterwards, whatever happens."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with talk.open("wb") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={**os.environ, **threads},
            start_new_session=True, cwd=talk.parent,
        )  # fmt: skip
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise NoReport(f"no report after {seconds:.0f} s") from None
        finally:
            if process.poll() is None or os.name == "posix":
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError, AttributeError):
                    process.kill()
            process.wait()


def _last_line(path: Path) -> str:
    try:
        lines = path.read_bytes()[-2000:].decode("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1][:300] if lines else "it said nothing"
