"""Where a framework runs: in this process, for debugging, or in a worker process, when it counts.

Both speak the same language (packed arguments in, a reply of plain data out) and run the same code (`worker.calling`),
so that both give the same verdict.
"""

import ast
import atexit
import functools
import importlib
import importlib.util
import inspect
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from .outcomes import Crashed, Timeout
from .worker import serve, wire
from .worker.calling import Desk
from .worker.framework import Failure, KataSource

CHUNK = 1 << 16
"""Bytes read at once: what a pipe holds."""

REPLY_BYTES = wire.MAX_BYTES + (1 << 20)
PRINTS_KEPT = 64 * 1024
PRINTS_KILL = 1024 * 1024
LOAD_DEADLINE = 10.0
"""Seconds that importing the katas may take."""
LOOK = 0.1
"""Seconds between looks at what the process has heaped up."""
THREADS = 200
DISK_BYTES = 256 << 20
DISK_FILES = 20_000
"""What its folder may hold. The kernel limits each file, but not how many there are."""


class Engine(Protocol):
    """Runs frameworks; see the two below."""

    sandbox: str
    prints: str

    @property
    def raised(self) -> BaseException | None:
        """What the last call raised, where it is in this process: a debugger wants its frames."""

    def load(self, sources: list[KataSource]) -> list[Failure]: ...
    def call(self, probe: Callable, packed: bytes, deadline: float, trace: bool = False) -> dict[str, Any]: ...
    def cpu_seconds(self) -> float:
        """What the framework's process has had of a processor so far: a busy machine makes it wait, and that is not in it.

        Read by the judge, from outside. Where the system does not tell it of another process: the judge's clock."""

    def close(self) -> None: ...


class InProcess:
    """The framework in this very process: breakpoints, prints and tracebacks as in any Python."""

    sandbox = "none"
    prints = ""

    @property
    def raised(self) -> BaseException | None:
        return self._desk.raised

    def __init__(self, strict: bool = False, deadlines: bool = True) -> None:
        self._desk = Desk(strict)
        self._deadlines = deadlines and can_interrupt() and not being_debugged()

    def load(self, sources: list[KataSource]) -> list[Failure]:
        with self._until(LOAD_DEADLINE, "importing the katas"):
            return self._desk.load(sources)

    def call(self, probe: Callable, packed: bytes, deadline: float, trace: bool = False) -> dict[str, Any]:
        with self._until(deadline, probe.__name__):
            return self._desk.call(probe, packed, trace)

    def cpu_seconds(self) -> float:
        return time.process_time()

    def forget_deadlines(self) -> None:
        """Someone debugs: time no longer counts."""
        self._deadlines = False
        if can_interrupt():
            signal.setitimer(signal.ITIMER_REAL, 0)

    def close(self) -> None:
        self._desk.close()

    @contextmanager
    def _until(self, seconds: float, what: str) -> Iterator[None]:
        if not self._deadlines or threading.current_thread() is not threading.main_thread():
            yield
            return
        with interrupted_after(seconds, Timeout(f"no answer after {seconds:g} s ({what})")):
            yield


def can_interrupt() -> bool:
    """Whether this system has the interval timer that keeps deadlines in process."""
    return hasattr(signal, "setitimer")


def being_debugged() -> bool:
    """Whether a debugger traces this process."""
    tracer = sys.gettrace()
    module = getattr(tracer, "__module__", None) or type(tracer).__module__
    return tracer is not None and module.partition(".")[0] in ("bdb", "pdb", "pydevd", "_pydevd_bundle", "debugpy")


@contextmanager
def interrupted_after(seconds: float, error: BaseException) -> Iterator[None]:
    """Raise `error` in the block once it has run for `seconds`, even in a loop that catches everything.

    A bare `except:` in the learner's loop swallows an exception raised by a signal handler. So the handler also
    leaves a trace function behind that raises on the next line, which is then a line of that `except` block.
    """
    boundary = inspect.currentframe()
    began = time.monotonic()
    shots = 0

    def on_line(frame: Any, event: str, arg: Any) -> Any:
        if event == "line":
            raise error
        return on_line

    def on_alarm(number: int, frame: Any) -> None:
        nonlocal shots
        shots += 1
        if shots > 200:
            text = f"\n{error}; the code catches every attempt to stop it. Run it with --isolated.\n"
            os.write(2, text.encode())
            os._exit(2)
        if shots > 1:
            sys.settrace(on_line)
            outer = frame
            while outer is not None and outer is not boundary:
                outer.f_trace = on_line
                outer = outer.f_back
        raise error

    tracer = sys.gettrace()
    handler = signal.signal(signal.SIGALRM, on_alarm)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 0.02)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(tracer)
        signal.signal(signal.SIGALRM, handler)
        if left:  # pytest-timeout's own timer goes on
            signal.setitimer(signal.ITIMER_REAL, max(0.01, left - (time.monotonic() - began)), interval)


class Isolated:
    """A worker process that holds NumPy, the wire and the framework, and nothing else."""

    @property
    def raised(self) -> BaseException | None:
        return None

    def __init__(self, strict: bool = False) -> None:
        self._strict = strict
        self._process: subprocess.Popen | None = None
        self._selector: selectors.BaseSelector | None = None
        self._sources: list[KataSource] | None = None
        self._sent: set[str] = set()
        self._stock: dict[int, tuple[int, KataSource]] = {}
        self._cwd = ""
        self._looked = 0.0
        self.prints = ""
        self.sandbox = "process"

    # ---------------------------------------------------------------- process

    def _start(self) -> None:
        self._cwd = tempfile.mkdtemp(prefix="kata-")
        command = [sys.executable, "-I", "-S", *(["-W", "error"] if self._strict else [])]
        command += [str(links() / "kata_worker" / "serve.py"), str(links())]
        environment = {
            "PATH": os.defpath,
            "HOME": self._cwd,
            "TMPDIR": self._cwd,
            "LANG": "C.UTF-8",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "PYTHONHASHSEED": "0",
        }
        if os.name == "nt":
            environment["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", "")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._cwd,
            env=environment,
            start_new_session=True,
            bufsize=0,
        )
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ, "out")  # type: ignore[arg-type]
        self._selector.register(self._process.stderr, selectors.EVENT_READ, "err")  # type: ignore[arg-type]
        self._sent, self._stock = set(), {}
        hello = self._exchange({"do": "hello", "strict": self._strict}, LOAD_DEADLINE)
        self.sandbox = str(hello.get("level", "process"))

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError, AttributeError):
            process.kill()
        process.wait()
        if self._selector:
            self._selector.close()
            self._selector = None
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()
        shutil.rmtree(self._cwd, ignore_errors=True)

    def _gone(self) -> str:
        """Why the process is gone, for people."""
        assert self._process is not None
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "the process closed its pipe"
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return f"the process was killed by {name}"
        return f"the process ended itself (exit status {code})"

    # --------------------------------------------------------------- messages

    def load(self, sources: list[KataSource]) -> list[Failure]:
        self._sources = sources
        if self._process is None:
            self._start()
        return self._load()

    def _load(self) -> list[Failure]:
        assert self._sources is not None
        packed = [self._packed(source) for source in self._sources]
        reply = self._exchange({"do": "load", "sources": packed}, LOAD_DEADLINE, "importing the katas")
        failures = reply.get("failures")
        try:
            found = [Failure(**failure) for failure in failures]  # type: ignore[union-attr]
        except TypeError:
            found = [None]  # type: ignore[list-item]
        if not all(_well_formed(failure) for failure in found):
            self.close()
            raise Crashed("the process no longer speaks the judge's language")
        return found

    def _packed(self, source: KataSource) -> dict[str, Any] | int:
        """A source the first time that this process gets it; its number afterwards."""
        number, _ = self._stock.get(id(source), (-1, source))
        if number >= 0:
            return number
        self._stock[id(source)] = (len(self._stock), source)  # kept, so that no other takes over its id
        return vars(source)

    def call(self, probe: Callable, packed: bytes, deadline: float, trace: bool = False) -> dict[str, Any]:
        if self._process is None:  # the last call cost it its life
            self._start()
            self._load()
        self._send_probes(probe.__module__)
        request = {"do": "call", "module": probe.__module__, "name": probe.__name__, "args": packed, "trace": trace}
        return self._exchange(request, deadline, probe.__name__)

    def cpu_seconds(self) -> float:
        if not sys.platform.startswith("linux"):
            return time.perf_counter()
        return time.clock_gettime(cpu_clock(self._process.pid)) if self._process else 0.0

    def _send_probes(self, name: str) -> None:
        """Send a module of probes, after those of its package that it imports."""
        if name in self._sent:
            return
        path, source, needs = _probes(name)
        for need in needs:
            self._send_probes(need)
        self._exchange({"do": "probes", "module": name, "source": source, "path": path}, LOAD_DEADLINE)
        self._sent.add(name)

    def _exchange(self, request: dict[str, Any], deadline: float, what: str = "") -> dict[str, Any]:
        token = secrets.token_hex(8)
        data = wire.pack({**request, "id": token})
        raw = self._transfer(serve.HEADER.pack(len(data)) + data, deadline, what or request["do"])
        try:
            reply = wire.unpack(raw)
        except wire.Malformed:
            reply = None
        if type(reply) is not dict or reply.get("id") != token:
            self.close()
            raise Crashed("the process no longer speaks the judge's language")
        return reply

    def _transfer(self, outgoing: bytes, deadline: float, what: str) -> bytes:
        """Send a frame and read one back, keeping the deadline and the caps. Never waits for end-of-file alone."""
        process, selector = self._process, self._selector
        assert process and process.stdin and process.stderr and selector
        until = time.monotonic() + deadline
        incoming, prints, printed = bytearray(), bytearray(), 0
        view = _written(process.stdin.fileno(), memoryview(outgoing))  # nearly always all of it
        if view:
            selector.register(process.stdin, selectors.EVENT_WRITE, "in")
        wanted: int | None = None
        try:
            while wanted is None or len(incoming) < wanted:
                left = until - time.monotonic()
                if left <= 0:
                    self._end(prints)
                    raise Timeout(f"no answer after {deadline:g} s ({what})")
                heap = self._heap()
                if heap:
                    self._end(prints)
                    raise Crashed(heap)
                for key, _ in selector.select(min(left, LOOK)):
                    if key.data == "in":
                        view = _written(key.fd, view)
                        if not view:
                            selector.unregister(process.stdin)
                        continue
                    try:
                        part = os.read(key.fd, CHUNK)
                    except BlockingIOError:
                        continue
                    if key.data == "err":
                        printed += len(part)
                        prints = (prints + part)[-PRINTS_KEPT:]
                        if not part:
                            selector.unregister(process.stderr)
                        if printed > PRINTS_KILL:
                            self._end(prints)
                            raise Crashed(f"it printed more than {PRINTS_KILL >> 20} MB in one call")
                        continue
                    if not part:
                        why = self._gone()
                        self._end(prints)
                        raise Crashed(why)
                    incoming += part
                    if wanted is None and len(incoming) >= serve.HEADER.size:
                        wanted = serve.HEADER.unpack_from(incoming)[0] + serve.HEADER.size
                        if wanted > REPLY_BYTES:
                            self._end(prints)
                            raise Crashed(f"the answer is larger than {REPLY_BYTES >> 20} MB")
        finally:
            if view and self._selector:
                selector.unregister(process.stdin)
        if len(incoming) > wanted:
            self._end(prints)
            raise Crashed("the process no longer speaks the judge's language")
        self.prints = self._rest_of(prints)
        return bytes(incoming[serve.HEADER.size :])

    def _heap(self) -> str:
        """What the process has far too much of, "" as a rule. Looks now and then only."""
        now = time.monotonic()
        if now - self._looked < LOOK or self._process is None:
            return ""
        self._looked = now
        try:
            threads = os.stat(f"/proc/{self._process.pid}/task").st_nlink - 2
        except OSError:
            threads = 0  # no Linux, or gone
        if threads > THREADS:
            return f"it started {threads:,} threads; {THREADS} are enough"
        files = size = 0
        folders = [self._cwd]
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        files += 1
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        else:
                            size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if files > DISK_FILES or size > DISK_BYTES:
                            return f"it wrote more than {DISK_BYTES >> 20} MB, or {DISK_FILES:,} files"
            except OSError:
                continue  # removed meanwhile, or closed to us
        return ""

    def _rest_of(self, prints: bytearray) -> str:
        assert self._process and self._process.stderr
        try:
            prints = (prints + os.read(self._process.stderr.fileno(), PRINTS_KEPT))[-PRINTS_KEPT:]
        except (BlockingIOError, OSError):
            pass
        return prints.decode("utf-8", "replace")

    def _end(self, prints: bytearray) -> None:
        self.prints = self._rest_of(prints)
        self.close()


def _well_formed(failure: Failure | None) -> bool:
    """Whether a failure is one that the worker's own code made up."""
    return failure is not None and all(
        type(value) is (int if name == "line" else str) for name, value in vars(failure).items()
    )


def _written(descriptor: int, view: memoryview) -> memoryview:
    """Write what the pipe takes at once; the rest."""
    try:
        return view[os.write(descriptor, view[: 1 << 20]) :]
    except BlockingIOError:
        return view
    except BrokenPipeError:
        return view[len(view) :]


def cpu_clock(pid: int) -> int:
    """Linux' name for the clock of a process' processor time (clock_getcpuclockid(3); MAKE_PROCESS_CPUCLOCK in the kernel)."""
    return ~pid << 3 | 2


@functools.cache
def _probes(name: str) -> tuple[str, bytes, list[str]]:
    """A module of probes: its file's name, its source, and the modules that it imports from its own package."""
    path = Path(importlib.import_module(name).__file__ or "")
    source, package = path.read_bytes(), name.rpartition(".")[0]
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom) and node.level]
    needs = [importlib.util.resolve_name("." * node.level + (node.module or ""), package) for node in nodes]
    return path.name, source, needs


_LINKS: list[Path] = []


def links() -> Path:
    """A folder with NumPy, msgpack and the worker's own modules, and nothing else: the worker's path."""
    if not _LINKS:
        import msgpack
        import numpy

        folder = Path(tempfile.mkdtemp(prefix="kata-path-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        site = Path(numpy.__file__).parent.parent
        packages = {
            "numpy": site / "numpy",
            "numpy.libs": site / "numpy.libs",
            "msgpack": Path(msgpack.__file__).parent,
        }
        packages["kata_worker"] = Path(serve.__file__).parent
        for name, target in packages.items():
            if not target.exists():
                continue  # numpy.libs is there on some systems only
            try:
                (folder / name).symlink_to(target, target_is_directory=True)
            except OSError:  # Windows without the right to make links
                shutil.copytree(target, folder / name)
        _LINKS.append(folder)
    return _LINKS[0]
