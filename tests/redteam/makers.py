"""Hostile submissions that cannot lie in git: archives, links, pipes, devices, bombs. Each function makes one and gives its path.

`threat` are rows of the table in README.md; `error` is a part of the one line with which it is refused, "" where it is taken;
`taken` is what is taken of it, and nothing else is.
"""

import gzip
import io
import os
import py_compile
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grading import profiles
from grading.manifest import ROOT

ALL: list[Any] = []
KATA = "katas/m01_tensor/tensor.py"
OK = ("m01_tensor/tensor.py",)


def made(threat: list[int], error: str = "", taken: tuple[str, ...] = ()) -> Callable:
    def keep(maker: Any) -> Any:
        maker.threat, maker.error, maker.taken = threat, error, taken
        ALL.append(maker)
        return maker

    return keep


def zipped(path: Path, *members: tuple[Any, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def headers(path: Path, *rows: tuple[str, bytes, int, int]) -> Path:
    """A tar file made by hand: name, type, the size that it states, and the bytes of zeros that follow."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        for name, kind, size, count in rows:
            info = member(name, kind)
            info.size = size
            file.write(info.tobuf(tarfile.GNU_FORMAT))
            for _ in range(count >> 20):
                file.write(bytes(1 << 20))
        file.write(bytes(1024))
    return path


# -------------------------------------------------------------------- archives


@made([12], error="outside")
def zip_slip(tmp: Path, outside: Path) -> Path:
    """A zip with a name that climbs out of where it is unpacked."""
    return zipped(tmp / "s.zip", (KATA, "x = 1"), ("../" * 8 + str(outside)[1:] + "/grades.py", "x = 1"))


@made([12], error="outside")
def tar_slip(tmp: Path, outside: Path) -> Path:
    """A tar with an absolute name."""
    return tarred(tmp / "s.tgz", (member(f"{outside}/grades.py"), b"x = 1"))


@made([12], error="outside")
def backslashes(tmp: Path, outside: Path) -> Path:
    """A zip whose names climb with backslashes."""
    return zipped(tmp / "s.zip", ("..\\..\\x.py", "x = 1"))


@made([12], taken=OK)
def links_in_a_zip(tmp: Path, outside: Path) -> Path:
    """A zip with symbolic links to the reference and to somebody else's work."""
    info = zipfile.ZipInfo("katas/m01_tensor/dtypes.py")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    folder = zipfile.ZipInfo("katas/m02_activations")
    folder.create_system, folder.external_attr = 3, 0o120777 << 16
    return zipped(
        tmp / "s.zip",
        (KATA, "x = 1"),
        (info, f"{outside}/other/m01_tensor/tensor.py"),
        (folder, f"{ROOT}/solutions/m02_activations"),
    )


@made([12], taken=OK)
def links_in_a_tar(tmp: Path, outside: Path) -> Path:
    """A tar with symbolic and hard links, devices and pipes, and files that go through a link."""
    return tarred(
        tmp / "s.tar.gz", (member(KATA), b"x = 1"),
        (member("katas/m01_tensor/dtypes.py", tarfile.SYMTYPE, f"{outside}/grades.json"), b""),
        (member("katas/m01_tensor/shape.py", tarfile.LNKTYPE, f"{outside}/grades.json"), b""),
        (member("katas/m01_tensor/creation.py", tarfile.FIFOTYPE), b""),
        (member("katas/m01_tensor/reductions.py", tarfile.CHRTYPE), b""),
        (member("katas/way", tarfile.SYMTYPE, str(outside)), b""), (member("katas/way/new.py"), b"x = 1"),
    )  # fmt: skip


@made([7, 12], error="too large")
def zip_bomb(tmp: Path, outside: Path) -> Path:
    """A hundred files of one megabyte of zeros, in a hundred kilobytes."""
    return zipped(tmp / "s.zip", *[(f"katas/m01_tensor/{n}.py", bytes(1 << 20)) for n in range(100)])


@made([7, 12], error="cannot be unpacked")
def zip_that_lies(tmp: Path, outside: Path) -> Path:
    """A zip whose file is larger than it says."""
    path = zipped(tmp / "s.zip", (KATA, bytes(500_000)))
    path.write_bytes(path.read_bytes().replace((500_000).to_bytes(4, "little"), (50).to_bytes(4, "little")))
    return path


@made([12], error="twice")
def two_of_one_name(tmp: Path, outside: Path) -> Path:
    """Two files of one name: one to be looked at, one to be run."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped(tmp / "s.zip", (KATA, "x = 1"), (KATA, "x = 2"))


@made([12], error="twice")
def colliding_cases(tmp: Path, outside: Path) -> Path:
    """Two names that some file systems call the same."""
    return zipped(tmp / "s.zip", (KATA, "x = 1"), (KATA.replace("tensor.py", "TENSOR.py"), "x = 2"))


@made([12], error="too long or too deep")
def long_names(tmp: Path, outside: Path) -> Path:
    """A name of three thousand characters."""
    return zipped(tmp / "s.zip", ("katas/" + "n" * 3000 + ".py", "x = 1"))


@made([7, 12], error="header of")
def long_header(tmp: Path, outside: Path) -> Path:
    """A tar whose list of attributes has a third of a gigabyte, all of which tarfile would read into memory."""
    return headers(tmp / "s.tar.gz", ("p", tarfile.XHDTYPE, 300 << 20, 300 << 20), (KATA, tarfile.REGTYPE, 0, 0))


@made([7, 12], error="too large unpacked")
def unknown_member(tmp: Path, outside: Path) -> Path:
    """A tar with a member of no known type, of a third of a gigabyte, before the katas."""
    return headers(tmp / "s.tar.gz", ("p", b"Z", 300 << 20, 300 << 20), (KATA, tarfile.REGTYPE, 0, 0))


@made([7, 12], error="more than 5,000")
def crowd_of_folders(tmp: Path, outside: Path) -> Path:
    """A tar of tens of thousands of folders."""
    return headers(tmp / "s.tar.gz", *[(f"d{n}/", tarfile.DIRTYPE, 0, 0) for n in range(30_000)])


@made([12], error="cannot be unpacked")
def damaged(tmp: Path, outside: Path) -> Path:
    """A zip that is cut off inside a file, with its list behind it."""
    path = zipped(tmp / "s.zip", (KATA, os.urandom(5000)))
    content = path.read_bytes()
    path.write_bytes(content[:60] + b"\0" * 3000 + content[3060:])
    return path


# ------------------------------------------------------------------ git bundles


def bundled(tmp: Path, *before: list[str]) -> Path:
    work = tmp / "work"
    git = [
        "git",
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@y",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "core.compression=1",
    ]
    for words in (
        ["init", "-q"],
        ["add", "-A", "."],
        *before,
        ["commit", "-qm", "x"],
        ["bundle", "create", "-q", str(tmp / "s.bundle"), "HEAD"],
    ):
        subprocess.run([*git, *words], cwd=work, check=True, capture_output=True)
    shutil.rmtree(work)
    return tmp / "s.bundle"


@made([9, 12], taken=OK)
def bundle_with_filters(tmp: Path, outside: Path) -> Path:
    """A bundle with filters, hooks, a submodule and links in it."""
    work = tmp / "work"
    (work / "katas/m01_tensor").mkdir(parents=True)
    (work / KATA).write_text("x = 1\n")
    (work / ".gitattributes").write_text("*.py filter=evil export-subst\n")
    (work / ".gitconfig").write_text(f'[filter "evil"]\n\tsmudge = touch {outside}/owned\n')
    (work / ".gitmodules").write_text(f'[submodule "x"]\n\tpath = x\n\turl = {ROOT}\n')
    (work / "hooks").mkdir()
    (work / "hooks/post-checkout").write_text(f"#!/bin/sh\ntouch {outside}/owned\n")
    (work / "katas/m01_tensor/dtypes.py").symlink_to(f"{ROOT}/solutions/m01_tensor/dtypes.py")
    (work / "katas/m02_activations").symlink_to(f"{ROOT}/solutions/m02_activations")
    return bundled(tmp)


@made([7, 12], error="no git bundle that can be read")
def bundle_bomb(tmp: Path, outside: Path) -> Path:
    """A bundle of some hundred kilobytes with a file of a third of a gigabyte."""
    work = tmp / "work"
    (work / "katas/m01_tensor").mkdir(parents=True)
    (work / KATA).write_text("x = 1\n")
    with (work / "zeros.bin").open("wb") as file:
        file.truncate(220 << 20)
    return bundled(tmp)


# -------------------------------------------------------- folders with odd files


def folder(tmp: Path) -> Path:
    place = tmp / "handed in"
    (place / "katas/m01_tensor").mkdir(parents=True)
    (place / KATA).write_text("x = 1\n")
    return place


@made([12], taken=OK)
def links_in_a_folder(tmp: Path, outside: Path) -> Path:
    """Files and kata folders that are links to the reference and to somebody else's work."""
    place = folder(tmp)
    (place / "katas/m01_tensor/dtypes.py").symlink_to(ROOT / "solutions/m01_tensor/dtypes.py")
    (place / "katas/m01_tensor/shape.py").symlink_to(outside / "other/m01_tensor/tensor.py")
    (place / "katas/m02_activations").symlink_to(ROOT / "solutions/m02_activations")
    return place


@made([12], error="holds no kata")
def katas_is_a_link(tmp: Path, outside: Path) -> Path:
    """The folder katas/ is a link to the reference."""
    (tmp / "handed in").mkdir()
    (tmp / "handed in/katas").symlink_to(ROOT / "solutions")
    return tmp / "handed in"


@made([8, 12], taken=OK)
def pipes_and_devices(tmp: Path, outside: Path) -> Path:
    """A pipe that nobody writes to, a folder, a socket's place and the terminal, in place of files."""
    place = folder(tmp)
    os.mkfifo(place / "katas/m01_tensor/dtypes.py")
    (place / "katas/m01_tensor/shape.py").mkdir()
    try:
        os.mknod(place / "katas/m01_tensor/creation.py", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pass
    return place


@made([7, 12], taken=OK)
def huge_file(tmp: Path, outside: Path) -> Path:
    """Files of 64 megabytes beside the katas, that take no room on the disk."""
    place = folder(tmp)
    (place / KATA).write_text("x = 1\n")
    for name in ("notes.txt", "katas/m01_tensor/data.bin"):
        with (place / name).open("wb") as file:
            file.truncate(64 << 20)
    return place


@made([11], taken=OK)
def compiled_code(tmp: Path, outside: Path) -> Path:
    """Compiled code of the solution beside a stub's source, with the source's name and time."""
    place = folder(tmp)
    cache = place / "katas/m01_tensor/__pycache__"
    py_compile.compile(
        str(ROOT / "solutions/m01_tensor/tensor.py"),
        str(cache / "tensor.cpython-311.pyc"),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    shutil.copy(cache / "tensor.cpython-311.pyc", place / "katas/m01_tensor/dtypes.pyc")
    (place / "katas/m01_tensor/dtypes.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    return place


# ------------------------------------------------------------------------ seeds


def table_of_public_answers(place: Path) -> Path:
    """m01 with a table in place of its negation: the right answers to the public examples."""
    import numpy as np

    from spec.kit.laws import expected
    from spec.m01_tensor import test_build

    table = {}

    class Recorder:
        shrinks = False

        def start_example(self, example: Callable) -> None: ...

        def __call__(self, probe: Callable, x: Any, **named: Any) -> Any:
            table[(x.shape, x.dtype.str, x.tobytes())] = np.asarray(expected(probe, x))
            return expected(probe, x)

    law, before = test_build.test_negative, profiles._loaded[0]
    profiles.load("quick", None)
    law.drawn.seed = profiles.seed_of("spec/m01_tensor/test_build.py::test_negative", profiles.PUBLIC_SEED)
    law(ask=Recorder())
    profiles.load(before, None)
    rows = {key: (answer.shape, answer.dtype.str, answer.tobytes()) for key, answer in table.items()}
    shutil.copytree(
        ROOT / "solutions/m01_tensor", place / "katas/m01_tensor", ignore=shutil.ignore_patterns("__pycache__")
    )
    with (place / "katas/m01_tensor/tensor.py").open("a") as file:
        file.write(
            f"\n\nimport numpy as np\n\nTABLE = {rows!r}\n\n\ndef _neg(self):\n"
            "    shape, dtype, data = TABLE[self.data.shape, self.data.dtype.str, self.data.tobytes()]\n"
            "    return Tensor(np.frombuffer(data, dtype).reshape(shape))\n\n\nTensor.__neg__ = _neg\n"
        )
    return place
