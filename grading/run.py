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
from .engines import Isolated
from .manifest import ROOT, Curriculum, Kata
from .report import Cause, KataResult, LawResult, MilestoneResult, Report
from .trees import Mix, Tree
from .worker import policy

JSON_OMITS = ("keywords", "traceback", "streams", "log", "collectors")
"""Parts of pytest-json-report's output that nobody here reads."""


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
    jobs: int = 1
    """Processes that judge side by side, where there are laws enough for it to pay."""
    stop: bool = False
    """Stop at the first law that does not hold."""


class Watch:
    """What a run tells while it goes on; this one keeps silent."""

    def start(self, laws: int) -> None: ...
    def law(self, result: LawResult) -> None: ...
    def stop(self) -> None: ...


def grade(katas: list[Kata], settings: Settings, curriculum: Curriculum, watch: Watch | None = None) -> Report:
    """Judge `katas` and report. Katas without laws are left out.

    Raises JudgeFailed where the laws cannot be run at all.
    """
    began = time.monotonic()
    there = [kata for kata in katas if kata.written]
    laws = _run(there, settings, watch or Watch()) if there else []
    results = tuple(_kata_result(kata, [law for law in laws if law.kata == kata.id], settings.mix) for kata in there)
    return Report(
        katas=results,
        grader=__version__,
        spec_digest=spec_digest(there),
        seed=settings.seed or profiles.PUBLIC_SEED,
        profile=settings.profile,
        prereqs="solutions" if settings.mix.prereqs else "yours",
        sandbox=sandbox_level() if settings.isolated else "none",
        environment=environment(),
        flags=tuple(_flags(there, settings.mix, curriculum)),
        seconds=time.monotonic() - began,
    )


def _run(katas: list[Kata], settings: Settings, watch: Watch) -> list[LawResult]:
    """The result of every law that was expected, in the order of the spec."""
    outcomes = expected = _Session(settings, watch)
    jobs = ["-p", "no:xdist"]
    if settings.jobs > 1:
        # The processes that judge collect for themselves; what is expected is settled here, before.
        expected = _Session(settings, watch)
        _pytest(katas, settings, [expected], "--collect-only", "-p", "no:xdist")
        jobs = ["-n", str(settings.jobs)] if len(expected.laws) > 80 else jobs
    try:
        _pytest(katas, settings, [outcomes], "--json-report", *jobs)
    finally:
        watch.stop()
    judged = {}
    for row in outcomes.rows:
        law = row.get("metadata", {}).get("law")
        if law:
            judged[law["id"]] = law_of(law)
    return [judged.get(law.id, law) for law in expected.laws]


class JudgeFailed(Exception):
    """The laws, or what runs them, are at fault: there is no report."""


def _pytest(katas: list[Kata], settings: Settings, plugins: list[Any], *more: str) -> None:
    arguments = [str(kata.spec) for kata in katas]
    arguments += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "--capture=no", "-q"]
    arguments += ["--json-report-file=none", "--json-report-omit", *JSON_OMITS]
    arguments += ["--profile", settings.profile, f"--kata-mix={settings.mix.to_text()}", *more]
    arguments += ["--isolated"] if settings.isolated else []
    arguments += ["--seed", settings.seed] if settings.seed else []
    arguments += ["--task", str(settings.task)] if settings.task is not None else []
    arguments += ["-W", "error", "-W", "ignore::pytest.PytestAssertRewriteWarning"] if settings.strict else []
    arguments += ["-x"] if settings.stop else []
    talk = io.StringIO()
    with contextlib.redirect_stdout(talk), contextlib.redirect_stderr(talk):
        status = pytest.main(arguments, plugins=plugins)
    if status == pytest.ExitCode.INTERRUPTED and plugins[0].interrupted:
        raise KeyboardInterrupt
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        lines = [line[:300] for line in talk.getvalue().strip().splitlines()[-40:]]
        raise JudgeFailed("the laws could not be run:\n" + "\n".join(lines))


def law_of(row: dict[str, Any]) -> LawResult:
    """A law's result out of the plain data that travels in reports."""
    cause = row.get("cause")
    if cause is not None:
        cause = Cause(**{**cause, "where": tuple(cause["where"])})
    return LawResult(**{**row, "cause": cause})


class _Session:
    """Told by pytest which laws there are, before anything of the learner's runs, and then what becomes of each."""

    def __init__(self, settings: Settings, watch: Watch | None = None) -> None:
        self.settings, self.watch = settings, watch
        self.laws: list[LawResult] = []
        self.rows: list[dict[str, Any]] = []
        self.interrupted = False

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: not item.nodeid.startswith(self.settings.first or "-"))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        from .plugin import expected_law

        self.laws = [law for law in map(expected_law, session.items) if law is not None]
        if self.watch is not None and self.laws:
            self.watch.start(len(self.laws))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        law = getattr(report, "law", None)
        if law is not None and self.watch is not None:
            self.watch.law(law_of(law))

    @pytest.hookimpl(optionalhook=True)
    def pytest_json_modifyreport(self, json_report: dict[str, Any]) -> None:
        """pytest-json-report's hook: its report, with our results in the metadata, from whichever process they come."""
        self.rows = json_report.get("tests", [])

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)  # that is laws that do not import


def sandbox_level() -> str:
    """What stands between the judge and the code, as a worker of this machine reports it."""
    engine = Isolated()
    try:
        engine.load([])
        return engine.sandbox
    finally:
        engine.close()


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
