"""The pytest plugin: gives laws their `ask`, and pytest the learner's words for what came of them."""

import contextlib
import functools
import gc
import io
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from . import profiles, signatures
from .ask import Ask
from .engines import Engine, InProcess, Isolated, can_interrupt
from .judging import PASSED, Judge, Verdict, part_of
from .manifest import ROOT, Kata, UsageError, curriculum
from .outcomes import Ended, Fault, Wrong
from .patience import LAW_SECONDS, Patience
from .render import clean, failure_text, one_line
from .report import PARTS, Cause, LawResult
from .start import complaint
from .trees import Mix, Reading, Tree, find_tree, learner, solutions

STATE = pytest.StashKey["State"]()
RESULT = pytest.StashKey[LawResult]()
SPEC = ROOT / "spec"
CANARY_PASSED = (
    "wrong expectations were accepted, too: the comparison has been tampered with, and this run does not count"
)
PRINTS = 4000
"""Characters kept of what the learner's code printed: the last ones."""


class State:
    """What one pytest session judges, and with what."""

    def __init__(self, config: pytest.Config) -> None:
        option = config.option
        self.config = config
        self.curriculum = curriculum()
        self.profile: str = option.kata_profile
        self.isolated: bool = option.isolated or not (can_interrupt() or option.usepdb)
        self.strict = any(str(row).split(":")[0] == "error" for row in config.getoption("pythonwarnings") or ())
        self.seed: str = option.kata_seed or profiles.PUBLIC_SEED
        self.reference = solutions()
        self.mix = Mix.from_text(option.kata_mix) if option.kata_mix else self._mix(option.impl, option.prereqs)
        self.only: list[Kata] | None = None
        self.task: int | None = option.kata_task
        self.frozen = False
        self.reading = Reading(self.mix, self.reference, self.curriculum)
        self.engine = self.new_engine()
        self.ask = Ask(self.engine, self.curriculum)
        self.patience = Patience()
        self.canaries: set[str] = set()
        """Katas in which wrong expectations were seen to fail."""
        self.judge = Judge(
            self.curriculum, self.reading, self.reference, self.new_engine, signatures.hint, self.again, self.patience
        )
        self.results: list[LawResult] = []

    def _mix(self, impl: str | None, prereqs: str) -> Mix:
        if impl in (None, "katas"):
            main = learner()
        elif impl == "solutions":
            main = self._solutions("--impl solutions")
        else:
            main = find_tree(Path(str(impl)), self.curriculum, str(impl))
        return Mix(main, self._solutions("--prereqs solutions") if prereqs == "solutions" else None)

    def _solutions(self, wanted: str) -> Tree:
        if self.reference is None:
            raise UsageError(f"{wanted} needs the folder solutions/, which this edition does not have")
        return self.reference

    def new_engine(self) -> Engine:
        return Isolated(self.strict) if self.isolated else InProcess(self.strict, not self.config.option.usepdb)

    def again(self, law_id: str) -> str:
        option = self.config.option
        words = ["pytest", f'"{law_id}"' if any(c in law_id for c in "[]: ") else law_id]
        if self.mix.main.label != "katas":
            words += ["--impl", shlex.quote(self.mix.main.label)]
        if self.mix.prereqs is not None:
            words += ["--prereqs", "solutions"]
        if self.profile != "quick":
            words += ["--profile", self.profile]
        if option.kata_seed:
            words += ["--seed", shlex.quote(option.kata_seed)]
        return " ".join(words)

    def kata_of(self, path: Path) -> Kata | None:
        try:
            folder = path.relative_to(SPEC).parts[0]
        except (ValueError, IndexError):
            return None
        return next((kata for kata in self.curriculum.katas if kata.id == folder), None)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("katas", "tensor katas")
    group.addoption("--impl", metavar="DIR", help="judge this tree instead of katas/ (`solutions` for the reference)")
    group.addoption(
        "--prereqs",
        choices=["yours", "solutions"],
        default="yours",
        help="what the katas before the judged one come from",
    )
    group.addoption("--isolated", action="store_true", help="run the framework in a worker process, as grader.py does")
    group.addoption(
        "--profile",
        dest="kata_profile",
        choices=list(profiles.EXAMPLES),
        default="quick",
        help="how hard the laws look",
    )
    group.addoption("--seed", dest="kata_seed", metavar="TEXT", help="draw other examples than the public ones")
    group.addoption("--task", dest="kata_task", type=int, metavar="N", help="only the laws of this task")
    parser.addoption(
        "--kata-mix", dest="kata_mix", default=None, help="internal: the trees, as grader.py passes them on"
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "points(n): what the law is worth",
        "task(n): the numbered task of the kata that the law belongs to",
        "witnessed: the law relies on something that only the worker can see",
    ):
        config.addinivalue_line("markers", line)
    absent = complaint()
    if absent:
        raise pytest.UsageError(absent)
    try:
        state = State(config)
        _choose_katas(config, state)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[STATE] = state
    keeps = state.profile == "quick" and not config.option.kata_seed and state.mix.main == learner()
    profiles.load(state.profile, ROOT / ".kata" / "last.json" if keeps else None)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))  # `spec` is a package of this repository wherever pytest was started


def _choose_katas(config: pytest.Config, state: State) -> None:
    """A bare kata name in -k means that kata's folder and nothing else; any other expression keeps pytest's meaning."""
    if config.args_source is pytest.Config.ArgsSource.INVOCATION_DIR and Path.cwd() == ROOT:
        # `--impl /elsewhere` misleads pytest's search for its settings; without paths, the laws are meant all the same.
        config.args = [str(SPEC)]
    asked = [Path(str(arg).split("::")[0]) for arg in config.invocation_params.args if not str(arg).startswith("-")]
    if any((ROOT / "tests") in (path.resolve(), *path.resolve().parents) for path in asked if path.exists()):
        return
    kata = state.curriculum.find(config.option.keyword.strip()) if config.option.keyword else None
    if kata is None:
        return
    if not kata.written:
        raise UsageError(f"{kata.short} {kata.name} is still coming: there are no laws for it yet")
    config.option.keyword = ""
    state.only = [kata]


def pytest_unconfigure(config: pytest.Config) -> None:
    state = config.stash.get(STATE, None)
    if state is not None:
        state.engine.close()
        state.judge.close()


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    state = config.stash.get(STATE, None)
    if state is None or collection_path.parent != SPEC:
        return None
    kata = state.kata_of(collection_path)
    named = kata in (state.only or ()) or any(str(collection_path) in str(arg) for arg in config.args)
    if kata is not None and kata.draft and not named:
        return True
    if state.only is None:
        return None
    if collection_path.is_dir() and not any(kata.id == collection_path.name for kata in state.only):
        return True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    state = config.stash[STATE]
    items.sort(key=functools.partial(_place, state))
    if state.task is None:
        return
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        (kept if _task(item) == state.task else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def _place(state: State, item: pytest.Item) -> tuple[int, ...]:
    """Where `item` comes: the laws of a kata by part, then by task, in whichever file they stand; all else first, as it was."""
    kata, part = state.kata_of(item.path), part_of(item.path.name)
    if kata is None or not part:
        return ()
    return (int(kata.short[1:]), PARTS.index(part), _task(item))


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()  # what was imported stays: not to be looked through again and again
    gc.set_threshold(20_000, 20, 20)


# ------------------------------------------------------------------------ laws


@pytest.fixture(scope="session")
def ask(request: pytest.FixtureRequest) -> Ask:
    """Asks the framework of the kata whose folder the law is in."""
    return request.config.stash[STATE].ask


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    state = item.config.stash[STATE]
    kata = state.kata_of(item.path)
    if kata is None or not part_of(item.path.name):
        return
    function = getattr(item, "obj", None)
    if hasattr(function, "drawn"):
        function.drawn.seed = profiles.seed_of(_law_id(item), state.seed)  # type: ignore[union-attr]
    if "torch" in sys.modules and not state.frozen:
        state.frozen = True
        gc.freeze()
    give_up = ""
    if state.isolated:  # in process it is the learner who looks on, and stops it
        give_up, state.ask.most, state.ask.left = (
            state.patience.ended(kata.id),
            state.patience.call_seconds(kata.id),
            LAW_SECONDS,
        )
    state.ask.begin(kata, state.reading.sources(kata), part_of(item.path.name), give_up)
    state.ask.before_call = _fresh_prints(item.config)


def _fresh_prints(config: pytest.Config) -> Callable[[], None] | None:
    """Forgets what earlier calls printed: only the last call's prints are shown with a failure."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None or config.option.capture == "no" or config.option.isolated:
        return None
    return lambda: capture.read_global_capture() and None


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    if (
        call.excinfo is not None
        and isinstance(call.excinfo.value, Wrong | Ended)
        and not isinstance(call.excinfo.value, Fault)
    ):
        # The failure is drawn from the result, below; the traceback would cost 0.1 s to draw and then be thrown away.
        item.repr_failure = lambda excinfo, style=None: ""  # type: ignore[method-assign,assignment]
    outcome: Any = yield
    report: pytest.TestReport = outcome.get_result()
    state = item.config.stash[STATE]
    law = expected_law(item)
    if law is None or (report.when != "call" and report.passed):
        return
    if call.excinfo is None:
        verdict = _canary(state, item, law) or PASSED
    else:
        began = time.monotonic()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            verdict = state.judge.verdict(call.excinfo.value, state.ask, law.id, _rerun(item), law.part)
        if verdict.status == "timeout" and state.isolated:
            state.patience.hung(law.kata, call.duration + time.monotonic() - began)
    result = _result(law, verdict, call.duration, state.engine.prints)
    state.results.append(result)
    item.stash[RESULT] = result
    report.law = asdict(result)  # type: ignore[attr-defined]  # plain data: reports travel between processes
    report.sections[:] = [(name, clean(text[-PRINTS:], PRINTS)) for name, text in report.sections]
    if call.excinfo is not None and not report.skipped:
        report.outcome = "failed"
        if verdict.status != "fault":
            report.longrepr = failure_text(result)


def _canary(state: State, item: pytest.Item, law: LawResult) -> Verdict | None:
    """Of each kata, the first law that holds is asked once more with wrong expectations: it must not hold then."""
    if not state.isolated or law.kata in state.canaries:
        return None
    kata = state.kata_of(item.path)
    assert kata is not None
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        accepted = state.judge.accepts_anything(kata, _rerun(item), law.part)
    if accepted is not None:
        state.canaries.add(law.kata)
    return Verdict("fault", Cause("", CANARY_PASSED)) if accepted else None


def expected_law(item: pytest.Item) -> LawResult | None:
    """What `item` is worth, before it runs: nothing is earned yet. None if it is no law of a kata."""
    kata, part = item.config.stash[STATE].kata_of(item.path), part_of(item.path.name)
    if kata is None or not part:
        return None
    return LawResult(
        id=_law_id(item),
        title=_title(item),
        kata=kata.id,
        part=part,
        task=_task(item),
        points=_mark(item, "points", 1),
        status="failed",
        witnessed=item.get_closest_marker("witnessed") is not None,
        cause=Cause("", "the law was not run"),
    )


def _result(law: LawResult, verdict: Verdict, seconds: float, prints: str) -> LawResult:
    cause = verdict.cause
    if cause is not None and prints:
        cause = replace(cause, prints=prints[-PRINTS:])
    return replace(
        law,
        status=verdict.status,
        earned=law.points if verdict.status == "passed" else 0,
        earned_alone=law.points if verdict.alone else 0,
        seconds=seconds,
        cause=cause,
        blame=verdict.blame,
    )


def _rerun(item: pytest.Item) -> Callable[[Ask], Any]:
    """The whole law, still to be given another `ask`."""
    names = item._fixtureinfo.argnames  # type: ignore[attr-defined]
    arguments = {name: item.funcargs[name] for name in names if name != "ask"}  # type: ignore[attr-defined]
    return functools.partial(_call_law, item.obj, arguments)  # type: ignore[attr-defined]


def _call_law(law: Callable, arguments: dict[str, Any], ask: Ask) -> None:
    law(ask=ask, **arguments)


def _mark(item: pytest.Item, name: str, default: int) -> int:
    marker = item.get_closest_marker(name)
    return int(marker.args[0]) if marker and marker.args else default


def _task(item: pytest.Item) -> int:
    return _mark(item, "task", 0)


def _law_id(item: pytest.Item) -> str:
    """Its node id, from the repository's root wherever pytest was started."""
    return f"{item.path.relative_to(ROOT).as_posix()}::{item.nodeid.partition('::')[2]}"


def _title(item: pytest.Item) -> str:
    told = (getattr(getattr(item, "obj", None), "__doc__", None) or item.name).strip()
    first = " ".join(told.split("\n\n")[0].split())
    parameters = item.nodeid.partition("[")[2].removesuffix("]")
    return f"{first} [{parameters}]" if parameters else first


# ----------------------------------------------------------------- pytest's own output


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    status = (getattr(report, "law", None) or {}).get("status", "passed")
    if status in ("passed", "failed", "fault"):
        return None
    letters = {"todo": "t", "blocked": "b", "timeout": "T", "crashed": "C", "broken": "B"}
    return status if status in ("todo", "blocked", "broken") else "failed", letters[status], status.upper()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    state = config.stash[STATE]
    for status, heading in (
        ("broken", "does not import"),
        ("blocked", "blocked by an earlier kata"),
        ("todo", "to do"),
    ):
        laws = [law for law in state.results if law.status == status]
        if not laws:
            continue
        terminalreporter.section(heading, sep="-")
        for law in laws:
            terminalreporter.write_line(one_line(law))
    waiting = [law for law in state.results if law.status == "blocked"]
    todo = [law for law in state.results if law.status == "todo"]
    if waiting and waiting[0].blame:
        kata = state.curriculum.kata(waiting[0].blame)
        terminalreporter.write_line(f"{kata.short} {kata.name} comes first: katas/{kata.id}/README.md.")
    elif todo:
        task = min(law.task for law in todo)
        begun = any(law.status == "passed" for law in state.results)
        terminalreporter.write_line(
            f"{'Go on' if begun else 'Start'} with task {task} of katas/{todo[0].kata}/README.md."
        )


def pytest_report_header(config: pytest.Config) -> str:
    state = config.stash[STATE]
    tree = state.mix.main.label + (" on the reference's prerequisites" if state.mix.prereqs else "")
    return f"katas: {tree}, profile {state.profile}, {'isolated' if state.isolated else 'in process'}"


def pytest_enter_pdb(config: pytest.Config) -> None:
    """Someone is looking at a breakpoint: no deadline ends their session."""
    state = config.stash.get(STATE, None)
    if state is not None and isinstance(state.engine, InProcess):
        state.engine.forget_deadlines()


@pytest.hookimpl(optionalhook=True)
def pytest_json_runtest_metadata(item: pytest.Item, call: pytest.CallInfo) -> dict[str, Any]:
    """pytest-json-report's hook: the law's result travels in the report's metadata."""
    result = item.stash.get(RESULT, None)
    return {"law": asdict(result)} if result is not None else {}
