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
PACKED_BYTES = 50 << 20
"""Of the archive itself: a list of its members takes ten times as much in memory."""
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
        if path.stat().st_size > PACKED_BYTES:
            raise UsageError(f"{path} is too large: more than {PACKED_BYTES:,} bytes; hand in the katas alone")
        for count, (name, size, read) in enumerate(_members(path)):
            if count >= MEMBERS:
                raise UsageError(f"{path} holds more than {MEMBERS:,} files")
            stated += size  # what is passed over has to be unpacked on the way, too
            if stated > 10 * TOTAL_BYTES:
                raise UsageError(f"{path} is too large unpacked: more than {10 * TOTAL_BYTES:,} bytes")
            if read is None:
                continue
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
    except UsageError:
        raise
    except Exception as error:  # zipfile and tarfile raise a dozen kinds, and those of what unpacks for them
        raise UsageError(f"{path} cannot be unpacked: {type(error).__name__}: {error}") from None
    return len(written)


def _members(path: Path) -> Iterator[tuple[str, int, Callable[[], bytes] | None]]:
    """Name and stated size of every member, and the reader of it where it is a regular file."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                mode = info.external_attr >> 16
                regular = not info.is_dir() and (not stat.S_IFMT(mode) or stat.S_ISREG(mode))
                yield info.filename, info.file_size, functools.partial(_zipped, archive, info) if regular else None
        return
    try:
        packed = tarfile.open(path, tarinfo=_Member)  # noqa: SIM115  # closed below
    except tarfile.ReadError:
        raise UsageError(f"{path} is no zip or tar archive; give one, or a folder") from None
    with packed as archive:
        for member in archive:
            archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
            yield member.name, member.size, functools.partial(_tarred, archive, member) if member.isreg() else None


class _Member(tarfile.TarInfo):
    """A member whose header is of a sane size: tarfile reads all of a long name or of a list of attributes into memory."""

    HEADERS = (
        tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
    )  # fmt: skip

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in self.HEADERS and not 0 <= self.size <= 1 << 16:
            raise UsageError(f"{archive.name!s} holds a header of {self.size:,} bytes, which is no honest one")
        return super()._proc_member(archive)  # type: ignore[misc]


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
