"""Whole classes: what is found, what is graded once, what survives a kill, and what platforms get."""

import csv
import errno
import gc
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from grading import batch, cluster, exports, gradebooks
from grading.manifest import ROOT, UsageError, curriculum
from grading.report import Report
from grading.run import spec_digest
from grading.submissions import Submission, digest, found, texts

from . import batch_judges
from .conftest import grader

SOLVED = ROOT / "solutions" / "m01_tensor"
BOOK = curriculum()
TENSOR = [BOOK.kata("tensor")]
NAMES = ("anna b", "émile 🙂", "c" * 200, "-rf", "=1+1")


@pytest.fixture
def folder(tmp_path):
    """Submissions with odd names, an archive, a twin, a damaged archive, an empty folder, and what is none."""
    place = tmp_path / "handed in"
    for name in NAMES:
        shutil.copytree(SOLVED, place / name / "katas" / "m01_tensor")
        (place / name / "katas" / "m01_tensor" / "reflect.py").write_text(f"# {name}\n")
    shutil.copytree(place / NAMES[0], place / "twin")
    with zipfile.ZipFile(place / "packed.zip", "w") as packed:
        packed.write(SOLVED / "creation.py", "top/m01_tensor/creation.py")
    (place / "damaged.zip").write_bytes(b"PK\3\4 and no more")
    (place / "empty").mkdir()
    (place / "notes.txt").write_text("hello")
    (place / "link").symlink_to(place / "twin")
    return place


def entries_of(folder):
    submissions, left = found(folder, BOOK)
    order = batch.Order(("m01_tensor",), "quick", "", "yours", spec_digest(TENSOR))
    return batch.entries(submissions, order, BOOK, TENSOR, lambda: None), left, order


def test_every_entry_is_told_apart_by_what_it_holds(folder):
    listed, left, _ = entries_of(folder)
    named = {entry.name: entry for entry in listed}
    assert left == ["link", "notes.txt"]
    assert set(named) == {*NAMES, "twin", "packed.zip", "damaged.zip", "empty"}
    assert named["twin"].key == named["anna b"].key
    assert named["twin"].twins == ("anna b",)
    assert named["anna b"].twins == ("twin",)
    assert len({entry.key for entry in listed if entry.key}) == len(NAMES) + 1
    assert "no zip or tar" in named["damaged.zip"].problem or "unpacked" in named["damaged.zip"].problem
    assert "holds no kata" in named["empty"].problem
    assert not any(str(folder) in entry.problem for entry in listed)


def test_orders_come_once_and_not_for_what_is_known(folder, tmp_path):
    listed, _, order = entries_of(folder)
    store = batch.Store(tmp_path / "out")
    store.keep(listed[0].key, {})
    keys = [key for key, _ in batch.orders(listed, store, order, BOOK, TENSOR)]
    assert len(keys) == len(set(keys)) == len({entry.key for entry in listed if entry.key}) - 1
    assert listed[0].key not in keys


def test_the_key_changes_with_every_question():
    order = batch.Order(("m01_tensor",), "grade", "", "yours", "laws")
    others = [batch.Order(("m02_activations",), "grade", "", "yours", "laws"),
              batch.Order(("m01_tensor",), "quick", "", "yours", "laws"),
              batch.Order(("m01_tensor",), "grade", "s", "yours", "laws"),
              batch.Order(("m01_tensor",), "grade", "", "solutions", "laws"),
              batch.Order(("m01_tensor",), "grade", "", "yours", "other laws")]  # fmt: skip
    assert len({one.key("a") for one in [order, *others]} | {order.key("b")}) == 7


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_git_bundle_is_read_and_nothing_of_it_runs(tmp_path):
    work = tmp_path / "work"
    shutil.copytree(SOLVED, work / "katas" / "m01_tensor")
    (work / ".gitattributes").write_text("*.py filter=evil\n")
    who = ["-c", "user.name=x", "-c", "user.email=x@y", "-c", "init.defaultBranch=main"]
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-qm", "x"],
        ["bundle", "create", "-q", str(tmp_path / "s.bundle"), "HEAD"],
    ):
        subprocess.run(["git", *who, *words], cwd=work, check=True, capture_output=True)
    with Submission("s.bundle", tmp_path / "s.bundle").tree(BOOK) as tree:
        taken = texts(tree, TENSOR)
    assert taken["m01_tensor/creation.py"] == (SOLVED / "creation.py").read_bytes()
    (tmp_path / "no.bundle").write_text("no")
    with pytest.raises(UsageError, match="no git bundle"), Submission("no", tmp_path / "no.bundle").tree(BOOK):
        pass


@pytest.mark.parametrize("name", [*NAMES, "../../etc", "a/b", "", "." * 300])
def test_pages_have_names_that_no_file_system_minds(name):
    page = batch.page_name(name)
    assert page.isascii()
    assert "/" not in page
    assert len(page) < 90
    assert not page.startswith((".", "-rf."))


def test_a_report_comes_back_from_its_json(tmp_path):
    path = tmp_path / "r.json"
    (tmp_path / "katas" / "m01_tensor").mkdir(parents=True)
    shutil.copy(SOLVED / "creation.py", tmp_path / "katas" / "m01_tensor")
    ran = grader("tensor", "--submission", str(tmp_path), "--profile", "quick", "--json", str(path))
    assert ran.status == 0
    data = json.loads(path.read_text())
    assert Report.from_json(data).to_json() == data


# ---------------------------------------------------------------- the command


def batched(folder, out, *more, **options):
    return grader(
        "batch", str(folder), "tensor", "--out", str(out), "--profile", "quick", "--jobs", "2", *more, **options
    )


def scores(out):
    with (out / "scores.csv").open(encoding="utf-8") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def test_a_class_is_graded_once_and_goes_on_after_a_kill(tmp_path):
    place, out = tmp_path / "class", tmp_path / "out"
    for name in ("anna", "bert", "carla"):
        shutil.copytree(SOLVED, place / name / "m01_tensor")
        with (place / name / "m01_tensor" / "reflect.py").open("a") as file:
            file.write(f"# {name}\n")
    (place / "bert" / "m01_tensor" / "creation.py").write_text("raise SystemExit(0)\n")
    words = [
        sys.executable,
        str(ROOT / "grader.py"),
        "batch",
        str(place),
        "tensor",
        "--out",
        str(out),
        "--profile",
        "quick",
    ]
    running = subprocess.Popen([*words, "--jobs", "1"], start_new_session=True, stdout=subprocess.DEVNULL)
    results = out / "results"
    until = time.monotonic() + 120
    while not (results.is_dir() and any(results.glob("*.json"))):
        assert time.monotonic() < until
        assert running.poll() is None
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    kept = {path.name: path.stat().st_mtime_ns for path in results.glob("*.json")}
    assert 1 <= len(kept) <= 3
    ran = batched(place, out, timeout=200)
    assert ran.status == 0, ran.text
    assert f"{len(kept)} graded before" in ran.out
    assert all((results / name).stat().st_mtime_ns == when for name, when in kept.items())
    rows = scores(out)
    assert rows["anna"]["total"] == rows["carla"]["total"] == "100.0"
    assert float(rows["bert"]["total"]) < 20
    again = batched(place, out)
    assert "0 to grade" in again.out
    assert (out / "index.html").read_text().count("pages/") == 3


def test_a_remote_scheduler_and_a_worker_that_is_killed(tmp_path):
    """Two workers of a scheduler elsewhere; one is killed in the middle: everything is answered, each once."""
    log, port_file = tmp_path / "log", tmp_path / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def start(*words):
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path,
        )  # fmt: skip

    started = [
        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(port_file))
    ]
    try:
        until = time.monotonic() + 60
        while not port_file.is_file():
            assert time.monotonic() < until
            time.sleep(0.05)
        started += [
            start("worker", "--scheduler-file", str(port_file), "--no-nanny", "--nthreads", "1", "--no-dashboard")
            for _ in range(2)
        ]
        orders = ((f"{n}", {"number": n, "seconds": 0.3, "log": str(log)}) for n in range(12))
        with cluster.cluster(json.loads(port_file.read_text())["address"], 1) as client:
            client.wait_for_workers(2, timeout=60)
            answers, killed = [], 0
            for key, answer, problem in cluster.judge_all(client, orders, batch_judges.slowly):
                assert not problem
                answers.append((int(key), answer))
                if len(answers) == 3:
                    killed = started[1].pid
                    started[1].kill()
        assert sorted(key for key, _ in answers) == list(range(12))
        assert all(answer["number"] == key for key, answer in answers)
        assert {answer["process"] for _, answer in answers[5:]} == {started[2].pid}
        assert killed
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_what_was_handed_out_is_forgotten():
    """The memory of the process that hands out stays flat: it holds the orders in flight, and none of those before."""

    def held() -> int:
        gc.collect()
        return sum(
            len(value) for thing in gc.get_objects() if type(thing).__name__ == "Serialized" for value in thing.frames
        )

    orders = ((f"{n}", {"number": n, "text": os.urandom(100_000)}) for n in range(60))
    with cluster.cluster(None, 1) as client:
        sizes = [held() for _, answer, _ in cluster.judge_all(client, orders, batch_judges.at_once) if answer]
    assert len(sizes) == 60
    assert max(sizes) < 20 * 100_000


def test_a_machine_that_fails_is_a_problem_of_that_submission_alone():
    orders = iter([("1", {"number": 1})])
    with cluster.cluster(None, 1) as client:
        ((key, answer, problem),) = cluster.judge_all(client, orders, batch_judges.fails)
    assert (key, answer) == ("1", None)
    assert "no disk for 1" in problem


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{none}"], "is not a folder"),
        (["{solutions}"], "is a single submission"),
        (["{empty}"], "holds no submissions"),
        (["{class}", "tensor", "--scheduler", "tcp://127.0.0.1:9", "--out", "{out}"], "there is no scheduler at"),
        (["{class}", "tensor", "--out", "{file}"], "cannot be written"),
        (["{class}", "tensor", "--moodle"], "need --roster"),
        (["{class}", "tensor", "--roster", "{file}"], "no column `submission`"),
        (["{class}", "tensor", "--roster", "{none}"], "cannot be read"),
    ],
)
def test_wrong_use_is_one_clear_line(tmp_path, words, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("name,id\nx,1\n")
    (tmp_path / "class" / "anna" / "m01_tensor").mkdir(parents=True)
    (tmp_path / "class" / "anna" / "m01_tensor" / "creation.py").write_text("x = 1\n")
    places = {name: str(tmp_path / name) for name in ("none", "empty", "file", "class", "out")}
    ran = grader("batch", *[word.format(solutions=ROOT / "solutions", **places) for word in words], timeout=120)
    assert ran.status == 2
    assert message in ran.err.replace("\n", " ")
    assert "Traceback" not in ran.text


# ----------------------------------------------------------------- gradebooks


def row(name, total, student):
    return batch.Row(
        name, "graded", total, {"tensor": 87.5}, {"tensor": "done"}, students=(student,) if student else ()
    )


ROWS = [
    row("a", "87.5", {"name": "Anna Berg", "id": "s1", "email": "anna@x"}),
    row("b", "50.0", {"name": "=HYPERLINK(1)", "id": "s2", "email": "b@x"}),
    row("c", "12.0", {"name": "Nobody Known", "id": "s9"}),
    batch.Row("d", "not graded", students=({"name": "Dora D", "id": "s4"},)),
]
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Essay (7),Katas (12),Current Score
    Points Possible,,,,,10,50,(read only)
"Berg, Anna",101,s1,ab,Monday,9,,90
"Bert, B",102,,b@x,"Monday, and Tuesday",8,3,80
"D, Dora",104,s4,dd,Monday,7,5,70
"""


def test_canvas_gets_its_own_export_back_with_one_column(tmp_path):
    export = tmp_path / "export.csv"
    export.write_text("\ufeff" + CANVAS, encoding="utf-8")
    text, unknown, without = gradebooks.canvas(ROWS, export, "Katas")
    assert text == (
        "Student,ID,SIS User ID,SIS Login ID,Section,Katas (12)\n"
        "    Points Possible,,,,,50\n"
        '"Berg, Anna",101,s1,ab,Monday,43.75\n'
        '"Bert, B",102,,b@x,"Monday, and Tuesday",25.00\n'
    )
    assert (unknown, without) == (["c"], ["D, Dora"])
    with pytest.raises(UsageError, match=r"no column 'Katas 2'.*Essay \(7\)"):
        gradebooks.canvas(ROWS, export, "Katas 2")
    export.write_text("Name,Grade\nx,1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no gradebook of Canvas"):
        gradebooks.canvas(ROWS, export, "Katas")


def test_moodle_gets_the_grade_with_its_feedback():
    assert gradebooks.moodle(ROWS, "Katas") == (
        "First name,Last name,ID number,Email address,Katas (Real),Katas (Feedback)\n"
        "Anna,Berg,s1,anna@x,87.5,tensor 87.5\n"
        ",'=HYPERLINK(1),s2,b@x,50.0,tensor 87.5\n"
        "Nobody,Known,s9,,12.0,tensor 87.5\n"
    )


def test_a_roster_may_be_of_moodles_or_of_ones_own(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(
        "First name;Surname;ID number;Email address;Submission\nAnna;Berg;s1;a@x;anna.zip\n", encoding="utf-8"
    )
    students = gradebooks.read_roster(path)
    assert gradebooks.full_name(students["anna.zip"][0]) == "Anna Berg"
    assert students["anna.zip"][0]["id"] == "s1"
    path.write_text("submission,name\nx,A\nx,B\nx,A\n", encoding="utf-8")
    with pytest.raises(UsageError, match="row 4: the same row is there twice"):
        gradebooks.read_roster(path)
    path.write_bytes("submission,name\nx,\xe9\n".encode("latin-1"))
    with pytest.raises(UsageError, match="not in UTF-8"):
        gradebooks.read_roster(path)


def test_a_group_gets_a_grade_each(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("submission,name,id\nteam.zip,Anna Berg,s1\nteam.zip,Bert B,s2\n", encoding="utf-8")
    found = gradebooks.matched(gradebooks.read_roster(path), ["team", "other"])
    assert list(found) == ["team"]
    team = batch.Row("team", "graded", "87.5", students=found["team"])
    assert [line.split(",")[2] for line in gradebooks.moodle([team], "Katas").splitlines()[1:]] == ["s1", "s2"]
    export = tmp_path / "export.csv"
    export.write_text(CANVAS.replace("102,,b@x", "102,s2,b@x"), encoding="utf-8")
    text, unknown, without = gradebooks.canvas([team], export, "Katas")
    assert text.count("43.75") == 2
    assert (unknown, without) == ([], ["D, Dora"])
    whole = batch.Class()
    whole.add(team, None)
    assert "Anna Berg, Bert B" in exports.class_page(whole, None, "x")


def test_totals_that_change_are_told(tmp_path):
    table = tmp_path / "scores.csv"
    assert exports.changed(ROWS, table) == []
    table.write_text(exports.table([*ROWS, row("=1", "3.0", {})]), encoding="utf-8")
    assert exports.changed(ROWS, table) == []
    now = [row("a", "90.0", {}), row("d", "5.0", {}), row("=1", "4.0", {}), row("new", "1.0", {})]
    assert exports.changed(now, table) == ["a: 90.0, was 87.5", "d: 5.0, was none", "=1: 4.0, was 3.0"]


def test_the_class_page_counts_and_escapes():
    whole = batch.Class()
    evil = "</title><script>alert(1)</script>"
    for entry in [*ROWS, row(evil, "0.0", {})]:
        whole.add(entry, None)
    page = exports.class_page(whole, None, evil)
    assert "<script" not in page
    assert page.count('class="name"') == 5
    assert whole.middle("tensor") == 87.5
    assert list(csv.reader(io.StringIO(exports.table(whole.rows))))[4][:2] == ["d", ""]


def test_a_folder_of_ones_own_is_left_alone_and_stale_files_go(tmp_path):
    mine = tmp_path / "mine"
    (mine / "pages").mkdir(parents=True)
    (mine / "canvas.csv").write_text("mine")
    with pytest.raises(UsageError, match="no batch has made it"):
        batch.Store(mine).claim()
    assert (mine / "canvas.csv").read_text() == "mine"
    store = batch.Store(tmp_path / "out")
    assert store.claim() == []
    for name in ("pages/a.html", "pages/b.html", "moodle.csv", "notes.txt"):
        (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "out" / name).write_text(name)
    store.made([], ["pages/a.html", "pages/b.html", "moodle.csv"])
    assert store.claim() == ["moodle.csv", "pages/a.html", "pages/b.html"]
    store.made(store.claim(), ["pages/b.html"])
    left = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert left == {"b.html", "notes.txt", batch.MARKER}
    (tmp_path / "out" / batch.MARKER).write_text("[")
    with pytest.raises(UsageError, match="damaged"):
        store.claim()


def test_a_submission_that_changes_or_goes_meanwhile_is_its_own_problem(folder, tmp_path):
    listed, _, order = entries_of(folder)
    named = {entry.name: entry for entry in listed}
    (folder / "=1+1" / "katas" / "m01_tensor" / "reflect.py").write_text("# other\n")
    shutil.rmtree(folder / "-rf")
    keys = [key for key, _ in batch.orders(listed, batch.Store(tmp_path / "out"), order, BOOK, TENSOR)]
    assert named["anna b"].key in keys
    assert "changed since" in named["=1+1"].problem
    assert "cannot be read any more: No such file" in named["-rf"].problem


def test_a_full_disk_is_one_clear_line(tmp_path, monkeypatch, capsys):
    from grading import cli
    from grading.commands import course

    def full(path, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "essay.zip").write_bytes(b"no archive")
    words = ["batch", str(tmp_path / "in"), "tensor", "--out", str(tmp_path / "out"), "--allow-weak-sandbox"]
    monkeypatch.setattr(course, "write_atomically", full)
    assert cli.run(words) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "scores.csv cannot be written: No space left on device; results so far are kept" in told
    monkeypatch.undo()
    assert cli.run(words) == 1
    assert "essay.zip" in (tmp_path / "out" / "scores.csv").read_text(encoding="utf-8")


def test_a_result_that_is_none_is_one_clear_line(tmp_path):
    store = batch.Store(tmp_path)
    store.keep("key", {"katas": 1})
    with pytest.raises(UsageError, match="no result of this version"):
        store.report("key")


def test_a_later_kata_is_graded_on_the_submissions_own_earlier_ones(tmp_path):
    """As a single grade does: what a kata stands on is taken, and belongs to the digest."""
    for name in ("anna", "otto"):
        for kata in ("m01_tensor", "m02_activations"):
            shutil.copytree(ROOT / "solutions" / kata, tmp_path / "in" / name / kata)
    (tmp_path / "in" / "otto" / "m01_tensor" / "creation.py").write_text("x = \n")
    words = ["batch", str(tmp_path / "in"), "activations", "--out", str(tmp_path / "out"), "--profile", "quick"]
    assert grader(*words, timeout=200).status == 0
    rows = scores(tmp_path / "out")
    assert rows["anna"]["total"] == "100.0"
    assert rows["otto"]["total"] == "0.0"
    assert "blocked" in json.dumps([path.read_text() for path in (tmp_path / "out" / "results").glob("*.json")])


def test_what_platforms_wrap_is_unwrapped_and_what_is_missing_is_said(tmp_path):
    place = tmp_path / "in"
    (place / "Kim_1_file").mkdir(parents=True)
    with zipfile.ZipFile(place / "Kim_1_file" / "work.zip", "w") as packed:
        packed.write(SOLVED / "creation.py", "a/b/katas/m01_tensor/creation.py")
    shutil.copytree(SOLVED, place / "bom" / "m01_tensor")
    shutil.copytree(SOLVED, place / "plain" / "m01_tensor")
    text = (SOLVED / "reductions.py").read_bytes().replace(b"\n", b"\r\n")
    (place / "bom" / "m01_tensor" / "reductions.py").write_bytes(b"\xef\xbb\xbf" + text)
    listed, _, _ = entries_of(place)
    named = {entry.name: entry for entry in listed}
    assert not named["Kim_1_file"].problem
    assert named["bom"].twins == ("plain",)
    assert named["bom"].key != named["plain"].key
    katas = [BOOK.kata("tensor"), BOOK.kata("activations")]
    order = batch.Order(("m01_tensor", "m02_activations"), "quick", "", "yours", spec_digest(katas))
    (entry, *_) = batch.entries([Submission("bom", place / "bom")], order, BOOK, katas, lambda: None)
    assert entry.lacks == ("m02",)


def test_the_roster_is_matched_without_case_and_ending():
    students = {"Paula": ({"submission": "Paula"},), "frida": ({"submission": "frida"},)}
    assert gradebooks.matched(students, ["paula", "frida.zip", "x"]) == {
        "paula": students["Paula"],
        "frida.zip": students["frida"],
    }


def test_digests_know_names_from_contents():
    assert digest({"ab": b"c"}) != digest({"a": b"bc"})
