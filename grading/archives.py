"""Submissions that come as one file: zip and tar archives, unpacked as if an enemy had packed them."""

import functools
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from .manifest import UsageError

MEMBERS = 5_000
FILE_BYTES = 1 << 20
"""No file that a kata is written in comes near it."""
TOTAL_BYTES = 20 << 20
DEPTH = 12
NAME = 120


def unpack(path: Path, into: Path) -> int:
    """Write the Python files of an archive below `into`; returns how many there are.

    Links, devices and everything that is no `.py` file are passed over. UsageError, and nothing more is written, where the
    archive is none or is damaged, holds names that climb out of it, two files of one name, or far too much.
    """
    written: set[str] = set()
    total = stated = 0
    try:
        for count, (name, size, read) in enumerate(_members(path)):
            if count >= MEMBERS:
                raise UsageError(f"{path} holds more than {MEMBERS:,} files")
            stated += size  # what is passed over has to be unpacked on the way, too
            if stated > 10 * TOTAL_BYTES:
                raise UsageError(f"{path} is too large unpacked: more than {10 * TOTAL_BYTES:,} bytes")
            place = _inside(path, name)
            if place.suffix != ".py" or "__MACOSX" in place.parts:
                continue
            if size > FILE_BYTES or total + size > TOTAL_BYTES:
                raise UsageError(f"{path} is too large unpacked: {name!r} has {size:,} bytes")
            if str(place).casefold() in written:
                raise UsageError(f"{path} holds {name!r} twice")
            content = read()
            total += len(content)
            written.add(str(place).casefold())
            target = into.joinpath(*place.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        EOFError,
        OSError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise UsageError(f"{path} cannot be unpacked: {type(error).__name__}: {error}") from None
    return len(written)


def _members(path: Path) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
    """Name, stated size and reader of every regular file."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                mode = info.external_attr >> 16
                if not info.is_dir() and (not stat.S_IFMT(mode) or stat.S_ISREG(mode)):
                    yield info.filename, info.file_size, functools.partial(_zipped, archive, info)
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isreg():
                    yield member.name, member.size, functools.partial(_tarred, archive, member)
    else:
        raise UsageError(f"{path} is no zip or tar archive; give one, or a folder")


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    return _capped(archive.open(info), info.file_size)


def _tarred(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    return _capped(archive.extractfile(member), member.size)


def _capped(file: IO[bytes] | None, size: int) -> bytes:
    """What the file holds; ValueError if that is not what it says it holds."""
    assert file is not None
    with file:
        content = file.read(min(size, FILE_BYTES) + 1)
    if len(content) != size:
        raise ValueError("a file has another size than it says")
    return content


def _inside(path: Path, name: str) -> PurePosixPath:
    """The member's name, once it stays where it is unpacked."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    climbs = name.startswith(("/", "\\")) or ".." in parts or any(":" in part or "\0" in part for part in parts)
    if climbs or not parts:
        raise UsageError(f"{path} holds {name!r}, which would be written outside of where it is unpacked")
    if len(parts) > DEPTH or max(map(len, parts)) > NAME:
        raise UsageError(f"{path} holds a name that is too long or too deep: {name[:60]!r}…")
    return PurePosixPath(*parts)
