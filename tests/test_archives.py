"""Archives: honest ones are read, and hostile ones write nothing where they should not."""

import io
import tarfile
import zipfile

import pytest

from grading import archives
from grading.archives import unpack
from grading.manifest import ROOT, UsageError

from .conftest import grader


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


def tarred(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def found(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_python_files_are_unpacked_and_nothing_else(tmp_path):
    files = [
        ("a/m01_tensor/tensor.py", "x = 1"),
        ("a/notes.txt", "no"),
        ("a/b.pyc", "no"),
        ("__MACOSX/a/._t.py", "no"),
        ("a/", ""),
    ]
    path = zipped(tmp_path / "s.zip", files)
    assert unpack(path, tmp_path / "out") == 1
    assert found(tmp_path / "out") == ["a/m01_tensor/tensor.py"]
    assert (tmp_path / "out/a/m01_tensor/tensor.py").read_text() == "x = 1"


def test_a_tar_is_as_good_and_its_links_are_passed_over(tmp_path):
    link, device = tarfile.TarInfo("k/passwd.py"), tarfile.TarInfo("k/device.py")
    link.type, link.linkname, device.type = tarfile.SYMTYPE, "/etc/passwd", tarfile.CHRTYPE
    hard = tarfile.TarInfo("k/hard.py")
    hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/passwd"
    path = tarred(tmp_path / "s.tgz", [(tarfile.TarInfo("k/ok.py"), b"1"), (link, b""), (device, b""), (hard, b"")])
    assert unpack(path, tmp_path / "out") == 1
    assert found(tmp_path / "out") == ["k/ok.py"]


def test_a_link_in_a_zip_is_passed_over(tmp_path):
    info = zipfile.ZipInfo("k/link.py")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    path = zipped(tmp_path / "s.zip", [(info, "/etc/passwd")])
    assert unpack(path, tmp_path / "out") == 0


@pytest.mark.parametrize(
    "name", ["../x.py", "/x.py", "a/../../x.py", "..\\x.py", "C:/x.py", "a/" * 30 + "x.py", "y" * 300 + ".py"]
)
def test_names_that_climb_or_never_end_are_refused(tmp_path, name):
    path = zipped(tmp_path / "s.zip", [(name, "bad")])
    with pytest.raises(UsageError):
        unpack(path, tmp_path / "deep" / "out")
    assert not (tmp_path / "deep").exists()
    assert not list(tmp_path.glob("x.py"))


def test_bombs_are_refused(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="too large"):
        unpack(zipped(tmp_path / "one.zip", [("a.py", bytes(archives.FILE_BYTES + 1))]), tmp_path / "1")
    many = [(f"{n}.py", bytes(archives.FILE_BYTES)) for n in range(21)]
    with pytest.raises(UsageError, match="too large"):
        unpack(zipped(tmp_path / "many.zip", many), tmp_path / "2")
    with pytest.raises(UsageError, match="too large"):
        unpack(zipped(tmp_path / "rest.zip", [("a.bin", bytes(10 * archives.TOTAL_BYTES + 1))]), tmp_path / "4")
    monkeypatch.setattr(archives, "MEMBERS", 10)
    with pytest.raises(UsageError, match="more than 10"):
        unpack(zipped(tmp_path / "count.zip", [(f"{n}.txt", "") for n in range(11)]), tmp_path / "3")


def test_a_size_that_lies_is_refused(tmp_path):
    path = zipped(tmp_path / "s.zip", [("a.py", bytes(5000))])
    content = path.read_bytes().replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be unpacked"):
        unpack(path, tmp_path / "out")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(tmp_path):
    for second in ("a.py", "A.py"):
        path = zipped(tmp_path / f"{second}.zip", [("a.py", "1"), (second, "2")])
        with pytest.raises(UsageError, match="twice"):
            unpack(path, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all", b"\x1f\x8b\x08 cut"])
def test_what_is_no_archive_is_one_clear_line(tmp_path, content):
    path = tmp_path / "s.zip"
    path.write_bytes(content)
    ran = grader("tensor", "--submission", str(path))
    assert ran.status == 2
    assert len(ran.err.strip().splitlines()) == 1
    assert str(path) in ran.err
    assert "no zip or tar archive" in ran.err or "cannot be unpacked" in ran.err


def test_a_zip_is_graded_like_its_folder(tmp_path):
    folder = ROOT / "solutions" / "m02_activations"
    files = [(f"work of someone 🙂/m02_activations/{p.name}", p.read_text()) for p in folder.glob("*.py")]
    path = zipped(tmp_path / "süß und schön.zip", files)
    ran = grader(
        "activations", "--submission", str(path), "--prereqs", "solutions", "--profile", "quick", "--min-score", "100"
    )
    assert ran.status == 0, ran.text
