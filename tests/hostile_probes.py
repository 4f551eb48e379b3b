"""What hostile code would try in the worker. Each gives back "done", or what stopped it. For tests of the sandbox."""

import ctypes
import os
import signal
import subprocess
import sys
import threading

import numpy as np


def attempt(work):
    try:
        value = work()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:200]
    return "done" if value is None else f"done: {value!r}"[:200]


def read(tt, path):
    return attempt(lambda: open(path, "rb").close())


def listed(tt, path):
    return attempt(lambda: os.listdir(path))


def write(tt, path):
    def work():
        with open(path, "wb") as file:
            file.write(b"x")

    return attempt(work)


def remove(tt, path):
    return attempt(lambda: os.unlink(path))


def rename(tt, path):
    return attempt(lambda: os.rename(path, path + ".gone"))


def truncate(tt, path):
    return attempt(lambda: os.truncate(path, 0))


def link(tt, path):
    return attempt(lambda: os.link(path, "here"))


def chmod(tt, path):
    return attempt(lambda: os.chmod(path, 0))


def kill_parent(tt, number):
    return attempt(lambda: os.kill(os.getppid(), number))


def thread_kill_parent(tt):
    """The system call that reaches a thread of another process."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 234, "aarch64": 131}[os.uname().machine]
    ended = libc.syscall(number, os.getppid(), os.getppid(), int(signal.SIGTERM))
    return "done" if ended == 0 else f"errno {ctypes.get_errno()}"


def fork(tt):
    return attempt(lambda: None if os.fork() else os._exit(0))


def spawn(tt):
    return attempt(lambda: subprocess.run([sys.executable, "-c", ""], check=True) and None)


def execute(tt):
    return attempt(lambda: os.execv("/bin/true", ["true"]))


def connect(tt):
    import socket

    return attempt(lambda: socket.create_connection(("127.0.0.1", 9), 1).close())


def pair(tt):
    import socket

    return attempt(lambda: socket.socketpair()[0].close())


def raise_limits(tt):
    import resource

    return attempt(lambda: resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))


def load_library(tt, path):
    return attempt(lambda: ctypes.CDLL(path) and None)


# ------------------------------------------------- what honest code needs


def threads(tt):
    seen = []
    several = [threading.Thread(target=seen.append, args=(n,)) for n in range(4)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    return sorted(seen)


def products(tt, n):
    x = np.ones((n, n))
    return float((x @ x)[0, 0] + np.linalg.inv(np.eye(3))[0, 0] + np.fft.fft(np.ones(4))[0].real)


def files(tt):
    import gzip
    import json
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "a.npz"
        np.savez_compressed(path, x=np.arange(3))
        os.chmod(path, 0o644)
        path.rename(path.with_suffix(".old"))
        (pathlib.Path(name) / "sub").mkdir()
        os.replace(path.with_suffix(".old"), pathlib.Path(name) / "sub" / "b.npz")
        with np.load(pathlib.Path(name) / "sub" / "b.npz") as entries:
            total = int(entries["x"].sum())
        with gzip.open(pathlib.Path(name) / "c.gz", "wt") as file:
            json.dump({"a": 1}, file)
    return total


def imports(tt):
    """Modules of the standard library that nobody has needed so far."""
    import bisect
    import colorsys
    import csv
    import fractions
    import statistics
    import textwrap

    return [module.__name__ for module in (bisect, colorsys, csv, fractions, statistics, textwrap)]


def randomness(tt):
    return len(os.urandom(8)) + int(np.random.default_rng().integers(1, 2))
