"""A grading run: the spec under pytest in this trusted process, the framework in its worker; a `Report` at the end."""

import contextlib
import hashlib
import io
import platform
import sys
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import pytest

from . import __version__, profiles
from .manifest import ROOT, Curriculum, Kata, UsageError
from .report import Cause, KataResult, LawResult, MilestoneResult, Report
from .trees import Mix, Tree
from .worker import policy


@dataclass(frozen=True)
class Settings:
    """How a run is done."""

    mix: Mix
    profile: str = "grade"
    seed: str = ""
    strict: bool = False
    task: int | None = None
    isolated: bool = True
    first: tuple[str, ...] = ()
    """Laws to judge before the others."""
    stop: bool = False
    """Stop at the first law that does not hold."""


class Watch:
    """What a run tells while it goes on; this one keeps silent."""

    def start(self, laws: int) -> None: ...
    def law(self, result: LawResult) -> None: ...
    def stop(self) -> None: ...


def grade(katas: list[Kata], settings: Settings, curriculum: Curriculum, watch: Watch | None = None) -> Report:
    """Judge `katas` and report. Katas that are still coming are left out.

    Raises UsageError where the laws cannot be run at all.
    """
    began = time.monotonic()
    there = [kata for kata in katas if kata.exists]
    laws, sandbox = _run(there, settings, watch or Watch()) if there else ([], "")
    results = tuple(_kata_result(kata, [law for law in laws if law.kata == kata.id], settings.mix) for kata in there)
    return Report(
        katas=results,
        grader=__version__,
        spec_digest=spec_digest(there),
        seed=settings.seed or profiles.PUBLIC_SEED,
        sandbox=sandbox,
        environment=environment(),
        flags=tuple(_flags(there, settings.mix, curriculum)),
        seconds=time.monotonic() - began,
    )


def _run(katas: list[Kata], settings: Settings, watch: Watch) -> tuple[list[LawResult], str]:
    from pytest_jsonreport.plugin import JSONReport

    collector, outcomes = _Session(settings, watch), JSONReport()
    arguments = [str(kata.spec) for kata in katas]
    arguments += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "--capture=no", "-q"]
    arguments += [
        "--json-report-file=none",
        "--json-report-omit",
        "keywords",
        "traceback",
        "streams",
        "log",
        "collectors",
    ]
    arguments += ["--profile", settings.profile]
    arguments += ["--isolated"] if settings.isolated else []
    arguments += ["--seed", settings.seed] if settings.seed else []
    arguments += ["--task", str(settings.task)] if settings.task is not None else []
    arguments += ["-W", "error"] if settings.strict else []
    arguments += ["-x"] if settings.stop else []
    talk = io.StringIO()
    with contextlib.redirect_stdout(talk), contextlib.redirect_stderr(talk):
        status = pytest.main(arguments, plugins=[collector, outcomes])
    watch.stop()
    if status == pytest.ExitCode.INTERRUPTED and collector.interrupted:
        raise KeyboardInterrupt
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise UsageError("the laws could not be run:\n" + talk.getvalue().strip()[-3000:])
    judged = {}
    for row in (outcomes.report or {}).get("tests", []):
        law = row.get("metadata", {}).get("law")
        if law:
            judged[law["id"]] = _law(law)
    return [judged.get(law.id, law) for law in collector.expected], collector.sandbox


def _law(row: dict[str, Any]) -> LawResult:
    cause = row.get("cause")
    if cause is not None:
        cause = Cause(**{**cause, "where": tuple(cause["where"])})
    return LawResult(**{**row, "cause": cause})


class _Session:
    """Told by pytest what is to be judged, before anything of the learner's runs, and what was."""

    def __init__(self, settings: Settings, watch: Watch) -> None:
        self.settings, self.watch = settings, watch
        self.expected: list[LawResult] = []
        self.interrupted = False
        self.sandbox = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.kata_mix = self.settings.mix
        config.option.impl = self.settings.mix.main.label if self.settings.mix.main.label != "katas" else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: not item.nodeid.startswith(self.settings.first or "-"))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        from .plugin import expected_law

        self.expected = [law for law in map(expected_law, session.items) if law is not None]
        self.watch.start(len(self.expected))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        law = getattr(report, "law", None)
        if law is not None:
            self.watch.law(law)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        from .plugin import STATE

        self.sandbox = session.config.stash[STATE].engine.sandbox

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        self.interrupted = True


def _kata_result(kata: Kata, laws: list[LawResult], mix: Mix) -> KataResult:
    status, note = _status(kata, laws, mix.main)
    result = KataResult(kata.id, kata.title, kata.name, status, kata.points, kata.gate, kata.tasks, tuple(laws), note)
    if status == "started" and result.gate_reached:
        result = replace(result, status="done")
    return result


def _status(kata: Kata, laws: list[LawResult], tree: Tree) -> tuple[str, str]:
    """todo, started, broken or blocked (done is decided by the score), and why."""
    from .stubs import stub_digest

    statuses = {law.status for law in laws}
    if tree.digest(kata) in ("", stub_digest(kata)):
        return "todo", "" if tree.digest(kata) else "no files"
    for law in laws:
        if law.status == "broken" and law.part != "reflect" and law.cause:
            where = f" ({law.cause.where[-1]})" if law.cause.where else ""
            return "broken", law.cause.got.splitlines()[0] + where
    if statuses == {"blocked"}:
        first = laws[0].cause
        return "blocked", f"by {laws[0].blame}: {first.got}" if first else ""
    if statuses and statuses <= {"todo", "blocked"}:
        return "todo", ""
    return "started", ""


def _flags(katas: list[Kata], mix: Mix, curriculum: Curriculum) -> list[dict[str, Any]]:
    """What a person should look at in the files that were judged."""
    flags = []
    for kata in katas:
        source = mix.main.source(kata, curriculum)
        for name, (_, text) in source.files.items():
            try:
                found = policy.guard(
                    policy.parse(text, name),
                    f"{kata.id}/{name}",
                    kata.id,
                    frozenset(kata.allow),
                    frozenset(source.katas),
                )
            except SyntaxError:
                continue
            flags += [{"kata": kata.id, "file": flag.file, "line": flag.line, "what": flag.what} for flag in found]
    return flags


def environment() -> dict[str, str]:
    """What a score may depend on."""
    return {
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "torch": version("torch"),
        "hypothesis": version("hypothesis"),
        "pytest": version("pytest"),
        "platform": f"{sys.platform}-{platform.machine()}",
    }


def spec_digest(katas: list[Kata]) -> str:
    """SHA-256 over the laws of `katas` and the kit: two reports with the same digest asked the same questions."""
    hasher = hashlib.sha256()
    folders = [kata.spec for kata in katas] + [ROOT / "spec" / "kit"]
    for folder in sorted(folders):
        for path in sorted(folder.glob("*.py")):
            hasher.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return hasher.hexdigest()


def with_milestones(report: Report, milestones: list[MilestoneResult]) -> Report:
    return replace(report, milestones=tuple(milestones))
