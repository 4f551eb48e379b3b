"""One call of a probe, and what came of it as plain data. The same code runs in the worker and in process."""

import functools
import inspect
import random
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import wire
from .framework import Failure, Framework, KataSource, Loader

MESSAGE = 2000
"""Characters kept of an error's message."""


class Desk:
    """Holds the frameworks of one law and calls probes on them."""

    def __init__(self, strict: bool = False) -> None:
        keep_freed_memory()
        self.loader = Loader()
        self.strict = strict
        self._sources: list[KataSource] = []
        self._frameworks: dict[bool, Framework] = {}
        self.session: dict[str, Any] = {}
        self.raised: BaseException | None = None

    def load(self, sources: list[KataSource]) -> list[Failure]:
        """A fresh framework for a law; the failures of its files."""
        self._sources, self._frameworks, self.session = sources, {}, {}
        return list(self._framework(cold=False).failures)

    def close(self) -> None:
        self.loader.close()

    def _framework(self, cold: bool, always: bool = False) -> Framework:
        cold = cold and (always or any(source.activate for source in self._sources))
        if cold not in self._frameworks:
            self._seed()
            with self._weather():
                slot = "cold" if cold else "main"
                self._frameworks[cold] = self.loader.load(self._sources, slot, activate=not cold)
        return self._frameworks[cold]

    @staticmethod
    def _seed() -> None:
        """The global generators start each law alike, for code that draws from them where it should not."""
        random.seed(0)
        np.random.seed(0)

    def _weather(self) -> Any:
        return _Weather("error" if self.strict else "ignore")

    def call(self, probe: Callable, packed: bytes, trace: bool = False) -> dict[str, Any]:
        """Call `probe(tt, *args, **named)` on packed (args, named); the reply as a dict of plain data, still to be packed.

        Keys: `value` (packed) or `error` {classes, message, where, todo} or `notplain`; `changed`, positions of changed
        arguments; `ran`, functions of the learner's files that ran (with `trace`).
        """
        args, named = wire.unpack(packed)
        before = [_held(arg) for arg in args]
        if getattr(probe, "fresh", False):
            self._frameworks.pop(True, None)
        framework = self._framework(bool(getattr(probe, "cold", False)), always=getattr(probe, "fresh", False))
        files = {path for source in self._sources for path, _ in source.files.values()}
        if "session" in parameters(probe):
            named = {**named, "session": self.session}
        ran = _Ran(files) if trace else None
        reply: dict[str, Any] = {}
        self.raised = None
        try:
            with self._weather():
                if ran:
                    sys.setprofile(ran)
                try:
                    value = probe(framework, *args, **named)
                finally:
                    if ran:
                        sys.setprofile(None)
                try:
                    reply["value"] = wire.pack(value)
                except wire.NotPlain as error:
                    reply["notplain"] = str(error)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except (Exception, SystemExit) as error:
            reply["error"] = told(error, files)
            self.raised = error
        reply["changed"] = [n for n, arg in enumerate(args) if _held(arg) != before[n]]
        if ran:
            reply["ran"] = ran.found
        return reply


@functools.cache
def keep_freed_memory() -> None:
    """Have the C library keep blocks of up to 32 MB that are freed, instead of handing them back and asking again page by page.

    Without it an array of 128 KB takes twice as long as two of half the size, and what a timing law measures is the system.
    glibc learns it from the first block of that size that is freed; elsewhere nothing happens."""
    block = bytearray((32 << 20) - (1 << 16))
    del block


@functools.cache
def parameters(probe: Callable) -> tuple[str, ...]:
    """The names of the probe's parameters."""
    return tuple(inspect.signature(probe).parameters)


def _held(argument: Any, depth: int = 0) -> Any:
    """What an argument holds, to be compared before and after the call. What no law sends is equal to nothing."""
    kind = type(argument)
    if kind is np.ndarray:
        return argument.shape, argument.strides, argument.dtype.str, argument.tobytes()
    if kind in (list, tuple) and depth < wire.MAX_DEPTH:
        return kind, *(_held(item, depth + 1) for item in argument)
    if kind is dict and depth < wire.MAX_DEPTH:
        return kind, *((_held(key, depth + 1), _held(item, depth + 1)) for key, item in argument.items())
    if argument is None or argument is ... or kind in (bool, int, float, str, bytes, slice):
        return kind, repr(argument)
    if kind.__module__ == "numpy" and isinstance(argument, np.generic):
        return kind, argument.tobytes()
    return object()


def told(error: BaseException, files: set[str]) -> dict[str, Any]:
    """An exception as plain data; `where` are the lines of the learner's files, outermost first."""
    try:
        message = str(error)[:MESSAGE]
    except Exception:
        message = "(an error that cannot be shown)"
    classes = [kind.__name__ for kind in type(error).__mro__]
    where = [
        [frame.f_code.co_filename, line, frame.f_code.co_name]
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename in files
    ]
    return {
        "classes": classes[:20],
        "message": message,
        "where": where[-8:],
        "todo": isinstance(error, NotImplementedError),
    }


class _Weather:
    """NumPy's error state and the warnings filter, set alike in both modes."""

    def __init__(self, action: str) -> None:
        self.action = action

    def __enter__(self) -> None:
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter(self.action)  # type: ignore[arg-type]
        self._numpy = np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")
        self._numpy.__enter__()

    def __exit__(self, *what: Any) -> None:
        self._numpy.__exit__(*what)
        self._warnings.__exit__(*what)


PLUMBING = {"__init__", "shape", "ndim", "size", "dtype", "data", "numpy", "item", "__len__", "__repr__"}
"""Functions that nearly every call runs: seldom the ones at fault."""


class _Ran:
    """A profile function that notes which functions of the learner's files run, and which of them others call for."""

    def __init__(self, files: set[str]) -> None:
        self.files = files
        self._entered: dict[tuple, list[tuple]] = {}
        """Functions that the probe, or another kata, calls → functions of the same kata that run for them."""
        self._current: dict[str, tuple] = {}
        """The function that was called last from outside, for each kata's folder."""

    def __call__(self, frame: types.FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        if event != "call" or code.co_filename not in self.files or code.co_name.startswith("<"):
            return  # modules, comprehensions, lambdas
        entry = (code.co_filename, code.co_firstlineno, code.co_name)
        folder = _folder(code.co_filename)
        if frame.f_back is None or _folder(frame.f_back.f_code.co_filename) != folder or folder not in self._current:
            self._current[folder] = entry
            if len(self._entered) < 200:
                self._entered[entry] = self._entered.pop(entry, [])  # the last one called comes last
            return
        inner = self._entered.get(self._current[folder])
        if inner is not None and entry not in inner and len(inner) < 50:
            inner.append(entry)

    @property
    def found(self) -> list[list]:
        """What was called from outside, the last first, each with what ran for it; what every call needs is at the end."""
        rows = dict.fromkeys(row for entry, inner in reversed(self._entered.items()) for row in (entry, *inner))
        ordered = [row for row in rows if row[2] not in PLUMBING] + [row for row in rows if row[2] in PLUMBING]
        return [list(row) for row in ordered[:400]]


def _folder(file: str) -> str:
    return file.rpartition("/")[0]
