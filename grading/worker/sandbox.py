"""What the worker may use: limits on memory, processor time and files; on Linux the kernel's own walls as well."""

import contextlib
import importlib
import os
import signal
import sys

from . import landlock, seccomp

MEMORY = 4 << 30
FILE_BYTES = 16 << 20
OPEN_FILES = 64
"""At once: files that were removed while they are open take room that nobody sees."""

WARM = ("bz2", "ctypes", "decimal", "hashlib", "lzma", "tempfile", "zipfile", "zlib", "numpy")
"""Modules whose shared libraries lie in folders that will be closed, and which are therefore loaded before."""


def enter(own: str, memory: int = MEMORY) -> str:
    """Give up what the worker does not need; returns the level reached, which the report states.

    Args:
        own: the folder of links to NumPy and the worker's modules; what it points to stays readable.
        memory: bytes of address space.
    """
    if not _limit(memory):
        return "process"
    level = "process+limits"
    if sys.platform == "linux":
        for name in WARM:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        _warm_up()
        _die_with_parent()
        if landlock.close(_readable(own), [os.getcwd()]):
            level += "+landlock"
        if seccomp.close():
            level += "+seccomp"
    return level


def _limit(memory: int) -> bool:
    """Set the limits that every Unix knows; False where there are none (Windows)."""
    try:
        import resource
    except ImportError:
        return False
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            _, hard = resource.getrlimit(what)
            limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            resource.setrlimit(what, (limit, limit))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise  # macOS refuses some of them; Linux never does
    os.umask(0o077)
    return True


def _readable(own: str) -> list[str]:
    """What Python and NumPy read: the standard library without the packages installed in it, and the worker's own folder."""
    paths = [own, "/dev/null", "/dev/urandom", "/sys/devices/system/cpu"]
    paths += [os.path.realpath(entry.path) for entry in os.scandir(own)]
    for folder in sys.path:
        if not os.path.isdir(folder) or folder == own:
            continue
        paths += [
            entry.path
            for entry in os.scandir(folder)
            if entry.name not in ("site-packages", "dist-packages", "__pycache__")
        ]
    return paths


def _warm_up() -> None:
    """A product and an inverse: some builds of BLAS load what they need for this processor when it is first needed."""
    import numpy

    numpy.linalg.inv(numpy.eye(16) @ numpy.eye(16))


def _die_with_parent() -> None:
    """Have the kernel end this process when the judge ends, however that happens."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
