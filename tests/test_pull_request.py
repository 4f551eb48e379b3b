"""Pull requests: the base branch grades, the head is data, and nothing that it says is taken for a command."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace

import pytest

from grading import pull_request
from grading.manifest import ROOT, UsageError, curriculum
from grading.report import Cause, KataResult, LawResult, Report

from .conftest import run

LINTERS = (["zizmor", "--offline"], ["actionlint"], ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"])
WORKFLOWS = sorted([*(ROOT / ".github" / "workflows").glob("*.yml"), *(ROOT / "docs" / "workflows").glob("*.yml")])


@pytest.mark.parametrize("words", LINTERS, ids=lambda words: words[0])
def test_workflows_pass_the_linters(words):
    found = shutil.which(words[0], path=f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{words[0]} is not installed; it is in the extra `dev`")
    done = subprocess.run([found, *words[1:], *map(str, WORKFLOWS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actions_are_pinned_and_rights_are_few():
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert all(re.search(r"@[0-9a-f]{40} # v\d", line) for line in text.splitlines() if "uses:" in line)
        assert "permissions: {}" in text
        assert "pull_request_target" not in text
        assert text.count("persist-credentials: false") == text.count("actions/checkout@")


def law(status="failed", got="1", where=()):
    cause = Cause("2", got, "f()", where, "", "again")
    return LawResult(
        "spec/m01_tensor/test_build.py::t", "A law.", "m01_tensor", "build", 1, 2, status, 0, 0, cause=cause
    )


def report_of(*laws, note=""):
    kata = KataResult("m01_tensor", "Tensor", "tensor", "started", 120, 80, ("First",), laws, note)
    return Report((kata,), seed="s", sandbox="process")


def test_what_differs_is_found(tmp_path):
    base, head = tmp_path / "base", tmp_path / "head"
    for tree in (base, head):
        for name in ("katas/m01_tensor/tensor.py", "katas/m02_activations/activations.py", "grader.py", ".git/config"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text("same")
    assert pull_request.changes(base, head) == []
    (head / "katas/m02_activations/activations.py").write_text("othr")
    (head / ".git/config").write_text("other")
    (head / "grader.py").unlink()
    (head / "conftest.py").write_text("new")
    (head / "katas/m03_layers").symlink_to(base / "katas/m01_tensor")
    changed = pull_request.changes(base, head)
    assert changed == ["conftest.py", "grader.py", "katas/m02_activations/activations.py", "katas/m03_layers"]
    assert pull_request.protected(changed) == ["conftest.py", "grader.py"]
    book = curriculum()
    names = [kata.name for kata in pull_request.touched(changed, book)]
    assert names[0] == "activations"
    assert "tensor" not in names
    assert "layers" in names, "what stands on a kata that changed is graded, too"
    assert pull_request.touched(["README.md"], book) == []


EVIL = "```\n::add-mask::secret\n::error file=x::boo\n````</details><script> @everyone % \r"


def test_the_summary_holds_what_was_said_in_fences():
    text = pull_request.summary(report_of(law(got=EVIL), note=EVIL), ["a`b.py", "c\n::error::d"])
    outside = re.sub(r"(?ms)^(`{3,})text$.*?^\1$", "", text)
    for bad in ("::", "<script>", "@everyone", "a`b.py"):
        assert bad not in outside
    assert "| m01 tensor | started | 0.0 |" in outside


def test_the_summary_stays_below_what_github_takes():
    laws = [replace(law(got="x" * 50_000), id=str(n)) for n in range(200)]
    assert len(pull_request.summary(report_of(*laws), []).encode()) < 1 << 20


def test_annotations_are_one_escaped_line_each(tmp_path):
    where = (f"{tmp_path}/katas/m01_tensor/ten,sor.py:12, in f",)
    lines = pull_request.annotations(report_of(*[law(got=EVIL, where=where) for _ in range(30)]), tmp_path)
    assert len(lines) == 10
    for line in lines:
        assert "\n" not in line
        assert "\r" not in line
        assert line.startswith("::error file=katas/m01_tensor/ten%2Csor.py,line=12,title=m01 build::")
    outside = pull_request.annotations(report_of(law(where=("/etc/passwd:1",))), tmp_path)
    assert outside[0].startswith("::error title=m01 build::")


def test_classroom_gets_points_and_a_result_for_each_kata():
    good = replace(law("passed"), earned=2, cause=None)
    report = report_of(good, law(got=EVIL))
    first, second = pull_request.classroom_notices(report)
    assert first == "::notice title=Autograding complete::Points 60/120"
    assert json.loads(second.removeprefix("::notice title=Autograding report::")) == {
        "totalPoints": 60.0,
        "maxPoints": 120,
    }
    lines = pull_request.outputs(report).splitlines()
    assert [line.partition("=")[0] for line in lines] == ["total", "m01"]
    data = json.loads(base64.b64decode(lines[1].partition("=")[2]))
    assert (data["version"], data["status"], data["max_score"]) == (1, "fail", 120)
    assert [test["status"] for test in data["tests"]] == ["pass", "fail"]
    assert sum(test["score"] for test in data["tests"]) == 60
    assert json.loads(base64.b64decode(pull_request.classroom_result(report_of().katas[0])))["tests"]


def test_a_comment_repeats_numbers_and_known_names_alone():
    row = {"id": "m01_tensor", "status": EVIL, "score": 1e9}
    rows = [
        row,
        {"id": f"m99_{EVIL}", "status": "done", "score": 1},
        {"id": "m02_activations", "status": "done", "score": 99.96},
    ]
    text = pull_request.comment(json.dumps({"katas": rows, "total": "50"}).encode(), curriculum())
    assert text.startswith("<!-- kata-grade -->\n### Katas: 50.0 of 100\n")
    assert "| m01 tensor | ? | ? |" in text
    assert "| m02 activations | done | 100.0 |" in text
    assert "m99" not in text
    for bad in (EVIL, "<script", "@everyone", "::"):
        assert bad not in text


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"katas": 1, "total": 1}',
        b'{"katas": [1], "total": 1}',
        b"\xff",
        b"x" * (21 << 20),
    ],
)
def test_what_is_no_report_is_refused(text):
    with pytest.raises(UsageError, match="no report"):
        pull_request.comment(text, curriculum())


def steps():
    """The `run:` steps of the workflow, in order: (folder, command)."""
    text = (ROOT / ".github" / "workflows" / "autograde.yml").read_text(encoding="utf-8")
    found = re.findall(r"working-directory: (\S+)\n\s+run: (.*)", text)
    assert len(found) == 2
    return found


def test_the_workflows_own_commands_grade_a_pull_request(tmp_path):
    """The run steps, but for the installation, in a checkout of the base and one of the head."""
    base, head = tmp_path / "trusted", tmp_path / "submission"
    ignored = shutil.ignore_patterns(".git", "__pycache__", ".kata", "*.egg-info", "datasets")
    shutil.copytree(ROOT, base, ignore=ignored)
    shutil.copytree(base, head, symlinks=True)
    text = (ROOT / "solutions" / "m10_tokenization" / "characters.py").read_text()
    evil = text + "\nprint('::error::from the katas')\n"
    (head / "katas" / "m10_tokenization" / "characters.py").write_text(evil)
    (head / "conftest.py").write_text("raise SystemExit('the head was imported')\n")
    (head / "grading" / "cli.py").write_text("raise SystemExit('the head was imported')\n")
    page = tmp_path / "summary.md"
    folder, command = steps()[1]
    words = [sys.executable if word == "python" else word for word in command.split()]
    env = {
        "GITHUB_STEP_SUMMARY": str(page),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_ACTIONS": "true",
        "PYTHONPATH": str(base),
    }
    ran = run(*words, cwd=tmp_path / folder, env=env, timeout=600)
    assert ran.status == 0, ran.text
    assert "grading: tokenization" in ran.out
    assert "from the katas" not in ran.text
    assert "changed outside of katas/" in page.read_text()
    assert "m10=" in (tmp_path / "output").read_text()
    data = json.loads((tmp_path / "report" / "report.json").read_text())
    assert data["sandbox"].endswith("+landlock+seccomp") or sys.platform != "linux"
    parts = {task["task"]: task for task in data["katas"][0]["tasks"]}
    assert parts[1]["earned"] > 0.5 * parts[1]["possible"]
    assert data["katas"][0]["status"] == "started"
    assert (tmp_path / "report" / "report.html").is_file()


def test_the_linters_are_in_the_extra():
    with open(ROOT / "pyproject.toml", "rb") as file:
        extra = " ".join(tomllib.load(file)["project"]["optional-dependencies"]["dev"])
    assert all(words[0] in extra for words in LINTERS)
