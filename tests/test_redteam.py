"""The red team: cheating and hostile submissions, each with what must come of it. See tests/redteam/README.md."""

import csv
import functools
import json
import os
import re
import resource
import shutil
import sys
import tempfile
import time
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from grading import batch, profiles
from grading.manifest import ROOT, UsageError, curriculum
from grading.report import Report
from grading.run import Settings, grade, sandbox_level
from grading.stubs import generate
from grading.submissions import Submission, texts
from grading.trees import Mix, find_tree, solutions

from .conftest import grader
from .redteam import makers

HERE = Path(__file__).parent / "redteam"
CASES = sorted(path.parent.name for path in HERE.glob("*/expect.toml"))
BOOK = curriculum()
TENSOR = [BOOK.kata("tensor")]
SECRET = "a-secret-of-somebody-else"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls are Linux's")


@pytest.fixture(scope="module", autouse=True)
def _walls():
    if not sandbox_level().endswith("+landlock+seccomp"):
        pytest.skip("this kernel has no walls")


@functools.cache
def stubs() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="kata-red-")) / "katas"
    generate(BOOK, ROOT / "solutions", folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def workers() -> set[str]:
    """Processes that run a learner's code, ended ones left out."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if b"kata_worker" in (entry / "cmdline").read_bytes():
                    parent = (entry / "stat").read_text().rpartition(")")[2].split()
                    if parent[0] != "Z" and int(parent[1]) in (1, os.getpid()):
                        found.add(entry.name)
            except OSError:
                continue
    return found


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """What must stay as it is and must not be read: grades, somebody else's submission, the environment."""
    place = tmp_path / "outside"
    (place / "other" / "m01_tensor").mkdir(parents=True)
    (place / "grades.json").write_text('{"total": 0}')
    (place / "other" / "m01_tensor" / "tensor.py").write_text(f"# {SECRET}\n")
    monkeypatch.setenv("RED_TEAM_TOKEN", SECRET)
    before, running = contents(place), workers()
    yield place
    assert contents(place) == before
    for _ in range(20):
        if workers() <= running:
            return
        time.sleep(0.1)
    raise AssertionError(f"still running: {workers() - running}")


def handed_in(name: str, base: str, tmp_path: Path, outside: Path, katas=("m01_tensor", "m02_activations")) -> Path:
    """The submission: its base, and over it the case's files. `x.py.add` stands at the end of the base's `x.py`."""
    place = tmp_path / "handed in"
    (place / "katas").mkdir(parents=True)
    if base != "none":
        for kata in katas:
            source = (ROOT / "solutions" if base == "solved" else stubs()) / kata
            shutil.copytree(source, place / "katas" / kata, ignore=shutil.ignore_patterns("__pycache__"))
    words = {"@OUTSIDE@": outside, "@ROOT@": ROOT, "@SITE@": Path(np.__file__).parent.parent}
    for path in sorted((HERE / name).rglob("*")):
        if path.is_dir() or path.name == "expect.toml" or "__pycache__" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for word, stands_for in words.items():
            text = text.replace(word, str(stands_for))
        target = place / path.relative_to(HERE / name)
        if target.suffix == ".add":
            target = target.with_suffix("")
            text = target.read_text(encoding="utf-8") + "\n\n" + text
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return place


def judged(place: Path, expect: dict) -> Report:
    mix = Mix(find_tree(place, BOOK), solutions() if expect.get("prereqs") else None)
    settings = Settings(mix, "quick", expect.get("seed", ""), task=expect.get("task"), jobs=1)
    return grade([BOOK.kata(name) for name in expect.get("kata", "tensor").split()], settings, BOOK)


def said(report: Report) -> str:
    """Everything in a report that the submission may have had a say in."""
    return json.dumps(report.to_json(), ensure_ascii=False)


def hold(report: Report, expect: dict) -> None:
    """Whether what came of it is what must come of it."""
    kata = report.katas[-1] if "task" in expect else report.katas[0]
    text = said(report)
    assert not report.faults(), report.faults()[0].cause
    assert SECRET not in text
    assert "def loops_over_a_slab" not in text
    assert len(text) < 2_000_000
    wanted = {"solved": 100.0, "stub": 0.0}.get(expect.get("same_as", ""), expect.get("score"))
    shown = [(law.status, law.id, law.cause) for law in kata.laws][:4]
    if wanted is not None:
        assert kata.score == wanted, (kata.score, shown)
    else:
        assert kata.score <= expect["at_most"], (kata.score, shown)
    if "alone" in expect:
        assert kata.score_alone == expect["alone"]
    if "status" in expect:
        assert kata.status == expect["status"], (kata.status, kata.note, shown)
    if "flagged" in expect:
        assert any(expect["flagged"] in flag["what"] for flag in report.flags), report.flags
    if "says" in expect:
        assert expect["says"] in text, (kata.note, shown)
    assert len(report.flags) <= 400


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_gained_and_nothing_harmed(name, tmp_path, outside):
    expect = tomllib.loads((HERE / name / "expect.toml").read_text(encoding="utf-8"))
    place = handed_in(name, expect["base"], tmp_path, outside)
    began, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    hold(judged(place, expect), expect)
    assert time.monotonic() - began < expect.get("seconds", 60)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 1_000_000, "kilobytes that the judge grew by"


def test_every_case_says_what_it_tries():
    table = (HERE / "README.md").read_text(encoding="utf-8")
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    used = {14}  # test_the_public_examples_do_not_help_with_a_secret_seed
    for name in CASES:
        expect = tomllib.loads((HERE / name / "expect.toml").read_text(encoding="utf-8"))
        assert expect["trick"].endswith(".")
        used |= set(expect["threat"])
    for maker in makers.ALL:
        assert maker.__doc__
        used |= set(maker.threat)
    assert used == rows
    assert len(CASES) + len(makers.ALL) >= 60


# ------------------------------------------------------ what cannot lie in git


@pytest.mark.parametrize("maker", makers.ALL, ids=lambda maker: maker.__name__)
def test_made_submissions(maker, tmp_path, outside):
    """Taken as a batch takes them: refused in one line, or with nothing in them that was not handed in."""
    path = maker(tmp_path, outside)
    began = time.monotonic()
    before = contents(tmp_path)
    refused, taken = "", {}
    try:
        with Submission(path.name, path).tree(BOOK) as tree:
            taken = texts(tree, list(BOOK.katas))
    except UsageError as error:
        refused = str(error)
    assert bool(refused) is bool(maker.error), refused or sorted(taken)
    assert maker.error in refused
    assert len(refused.splitlines()) <= 1
    assert len(refused) < 600
    assert sorted(taken) == sorted(maker.taken)
    assert SECRET.encode() not in b"".join(taken.values())
    assert b"BEGIN SOLUTION" not in b"".join(taken.values())
    assert time.monotonic() - began < 20
    assert contents(tmp_path) == before
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 3 << 20


def test_an_archive_that_climbs_is_one_line_and_status_2(tmp_path, outside):
    ran = grader("tensor", "--submission", str(makers.zip_slip(tmp_path, outside)))
    assert ran.status == 2
    assert len(ran.err.strip().splitlines()) == 1
    assert "Traceback" not in ran.text


# ------------------------------------------------------------ seeds and time


def test_the_public_examples_do_not_help_with_a_secret_seed(tmp_path, outside):
    """A table of the right answers to the public examples."""
    (tmp_path / "handed in").mkdir()
    place = makers.table_of_public_answers(tmp_path / "handed in")
    law = "test_negative"
    for seed, holds in (("", True), ("a secret", False)):
        report = judged(place, {"task": 2, "seed": seed})
        status = next(one.status for one in report.katas[0].laws if one.id.endswith(f"::{law}"))
        assert (status == "passed") is holds


def test_who_always_answers_and_never_gets_done_is_given_up(tmp_path, outside, monkeypatch):
    """A nap before every answer, each one right and inside its deadline."""
    monkeypatch.setattr(profiles, "KATA_SECONDS", 2.0)
    nap = "\n\nimport time\n\n_init = Tensor.__init__\n\n\ndef _nap(self, *args, **named):\n    time.sleep(0.05)\n    _init(self, *args, **named)\n\n\nTensor.__init__ = _nap\n"
    place = handed_in("exit_at_import", "solved", tmp_path, outside)
    shutil.copy(ROOT / "solutions/m01_tensor/tensor.py", place / "katas/m01_tensor/tensor.py")
    with (place / "katas/m01_tensor/tensor.py").open("a") as file:
        file.write(nap)
    began = time.monotonic()
    report = judged(place, {"task": 2})
    assert time.monotonic() - began < 40
    assert any("not asked" in (law.cause.got if law.cause else "") for law in report.katas[0].laws)


# --------------------------------------------------- what people and programs read

EVIL = (
    "\x1b[2J\x1b]0;owned\x07 [bold red]rich[/bold red] [/oops] <script>alert(1)</script> </pre><img src=x onerror=alert(1)> "
    "]]> &amp; {{ 7*7 }} ```\n::error file=x::owned\n##[set-env name=PATH]x\n::stop-commands::t\n@everyone \u202e \x85 =1+1 \x00"
)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, [name for name, _ in attrs]))


def spoiled(place: Path) -> Path:
    """A submission whose exceptions and prints hold everything that some reader takes for more than text."""
    text = (ROOT / "solutions/m01_tensor/tensor.py").read_text()
    text += f"\n\nEVIL = {EVIL!r}\n\n\ndef _evil(self):\n    print(EVIL)\n    raise ValueError(EVIL)\n\n\nTensor.item = Tensor.memory_footprint = _evil\n"
    shutil.copytree(
        ROOT / "solutions/m01_tensor", place / "katas/m01_tensor", ignore=shutil.ignore_patterns("__pycache__")
    )
    (place / "katas/m01_tensor/tensor.py").write_text(text)
    return place


def test_reports_hold_text_as_text(tmp_path, outside):
    files = {kind: tmp_path / f"report.{kind}" for kind in ("json", "html", "junit", "gradescope", "csv")}
    words = [word for kind, path in files.items() for word in (f"--{kind}", str(path))]
    page = tmp_path / "GITHUB_ENV"
    ran = grader("tensor", "--task", "1", "--profile", "quick", "--submission", str(spoiled(tmp_path / "s")), *words,
                 "--failures", "99", env={"GITHUB_ENV": str(page), "GITHUB_OUTPUT": str(page), "GITHUB_ACTIONS": "true"})  # fmt: skip
    assert ran.status == 0, ran.text
    assert not page.exists()
    assert not set("\x1b\x07\x00\x85\u202e") & set(ran.text)
    assert not re.search(r"(?m)^::", ran.text)
    tags = Tags()
    tags.feed(files["html"].read_text(encoding="utf-8"))
    assert not {"script", "img", "iframe", "object", "link"} & {tag for tag, _ in tags.seen}
    assert not [name for _, names in tags.seen for name in names if name.startswith("on")]
    assert "49" not in re.findall(r"\{\{.*?\}\}|49(?=\s*```)", files["html"].read_text(encoding="utf-8"))
    ElementTree.parse(files["junit"])
    for path in files.values():
        assert "\x1b" not in path.read_text(encoding="utf-8") or path == files["json"]
    assert json.loads(files["gradescope"].read_text(encoding="utf-8"))["score"] < 100
    with files["csv"].open(encoding="utf-8") as file:
        assert all(not cell.startswith(("=", "+", "@")) for row in csv.reader(file) for cell in row)


def test_a_hostile_pull_request_is_data(tmp_path, outside):
    """It changes grader, laws, workflows and settings, and its katas print commands of the runner's."""
    head, page = tmp_path / "head", tmp_path / "summary.md"
    for name in ("grader.py", "conftest.py", "pyproject.toml", "sitecustomize.py", "spec/kit/compare.py", "grading/cli.py",
                 ".github/workflows/autograde.yml", "katas/conftest.py", "x\n::error::name"):  # fmt: skip
        (head / name).parent.mkdir(parents=True, exist_ok=True)
        (head / name).write_text(f"open({str(outside / 'grades.json')!r}, 'w').write('100')\nraise SystemExit(0)\n")
    (head / "katas/m01_tensor").mkdir()
    (head / "katas/m01_tensor/tensor.py").write_text(f"print({EVIL!r})\nraise ValueError({EVIL!r})\n")
    ran = grader("ci", str(head), "tensor", "--html", str(tmp_path / "r.html"), "--min-score", "1",
                 env={"GITHUB_STEP_SUMMARY": str(page), "GITHUB_ENV": str(tmp_path / "env")})  # fmt: skip
    assert ran.status == 1, ran.text
    assert not (tmp_path / "env").exists()
    commands = [line for line in ran.out.splitlines() if line.lstrip().startswith(("::", "##"))]
    assert all(
        re.match(r"::error (file=katas/m01_tensor/tensor\.py,line=\d+,)?title=m01 \w+::", line) for line in commands
    )
    assert "##[" not in "".join(line for line in ran.out.splitlines() if line not in commands)
    assert not set("\x1b\x07\x00\x85\u202e") & set(ran.text)
    outside_fences = re.sub(r"(?ms)^(`{3,})text$.*?^\1$", "", page.read_text(encoding="utf-8"))
    for bad in ("::", "<script", "@everyone", "<img"):
        assert bad not in outside_fences


def test_a_pull_request_whose_katas_are_a_link_is_refused(tmp_path, outside):
    head = tmp_path / "head"
    head.mkdir()
    (head / "katas").symlink_to(ROOT / "solutions")
    ran = grader("ci", str(head), "tensor")
    assert ran.status == 2
    assert len(ran.err.strip().splitlines()) == 1


def test_names_of_submissions_are_text(tmp_path, outside):
    """Names that are formulas, commands and control sequences, in tables, pages and on the terminal."""
    place, out = tmp_path / "class", tmp_path / "out"
    names = [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@SUM(1)",
        "a\x1b[2Jb",
        "::error::x",
        "<script>x<",
        "x;=1+1",
        "n" * 200,
        "[/red]",
        "tab\t=1",
        os.fsdecode(b"caf\xe9"),
    ]
    for name in names:
        (place / name / "katas/m01_tensor").mkdir(parents=True)
        (place / name / "katas/m01_tensor/tensor.py").write_text("raise SystemExit(0)\n")
    ran = grader("batch", str(place), "tensor", "--out", str(out), "--profile", "quick", "--jobs", "1", timeout=200)
    assert ran.status == 0, ran.text
    assert "Traceback" not in ran.text
    with (out / "scores.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + len(names)
    assert not [row[0] for row in rows if row[0].startswith(("=", "+", "-", "@", "\t"))]
    for path in (out / "index.html", *out.glob("pages/*")):
        tags = Tags()
        tags.feed(path.read_text(encoding="utf-8"))
        assert "script" not in {tag for tag, _ in tags.seen}
        assert "\x1b" not in path.read_text(encoding="utf-8")
    assert all(path.parent == out / "pages" for path in out.glob("pages/**/*"))
    assert "\x1b" not in ran.text


def test_a_page_of_a_name_that_is_no_text_has_one(tmp_path):
    assert batch.page_name("\udcff\udcfe").isascii()
