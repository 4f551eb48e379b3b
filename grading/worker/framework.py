"""A fresh framework from sources: katas as one package under a name of its own, compiled from bytes, in milliseconds.

No file is read and no .pyc is looked at: a planted `__pycache__` cannot run in place of the source. Code objects are kept between
loads; modules and classes are made anew, so that no state leaks from one law to the next.
"""

import functools
import importlib.abc
import importlib.machinery
import itertools
import re
import sys
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import policy


@dataclass(frozen=True)
class KataSource:
    """What was taken of one kata from one tree: its files, as the manifest names them, and what they should offer."""

    folder: str
    files: dict[str, tuple[str, bytes]]
    """Name in the manifest → (path shown to people, source). A file that the tree lacks is left out."""
    exports: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    katas: tuple[str, ...] = ()
    """Folders of the katas it may import, its own included."""
    activate: str = ""

    @property
    def short(self) -> str:
        return self.folder.split("_")[0]


@dataclass(frozen=True)
class Failure:
    """Why a file did not import."""

    kata: str
    file: str
    path: str
    line: int
    message: str
    todo: str = ""
    """The kata whose stub was met, if that was the reason."""


STUB = re.compile(r"^(m\d\d)\b")


class Missing:
    """Stands for a name that a kata should offer and does not: using it is a stub's NotImplementedError."""

    def __init__(self, kata: str, name: str) -> None:
        self.__dict__.update(_kata=kata, _name=name)

    def _todo(self, *args: Any, **named: Any) -> Any:
        raise NotImplementedError(f"{self._kata}: {self._name}")

    __call__ = __mro_entries__ = __instancecheck__ = __iter__ = __getitem__ = __len__ = __setattr__ = _todo

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._todo()


@dataclass
class Framework:
    """What a probe receives as `tt`: everything that the loaded katas export, and `tt.reflect` of the last one."""

    root: str
    failures: list[Failure] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    modules: dict[str, types.ModuleType] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["names"][name]
        except KeyError:
            raise AttributeError(f"no kata of this framework exports {name!r}") from None


class _Reflect:
    """The formulas of `reflect.py`; one that is not there is a stub."""

    def __init__(self, kata: str, module: types.ModuleType | None) -> None:
        self._kata, self._module = kata, module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name, None) if self._module else None
        return Missing(self._kata, f"reflect.{name}") if found is None else found


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of the frameworks that are loaded now."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, Callable[[types.ModuleType], None] | None]] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self.known:
            return None
        file, _ = self.known[fullname]
        return importlib.machinery.ModuleSpec(fullname, self, origin=file, is_package=fullname.count(".") < 2)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        file, run = self.known[module.__name__]
        if file:
            module.__file__ = file
        if run is not None:
            run(module)


class Loader:
    """Loads frameworks; one stays loaded at a time for each slot."""

    _numbers = itertools.count()
    """For the names of packages: two loaders in one process must never meet in `sys.modules`."""

    def __init__(self) -> None:
        self._finder = _Finder()
        self._codes: dict[tuple, Any] = {}
        self._loaded: dict[str, Framework] = {}
        sys.meta_path.insert(0, self._finder)

    def close(self) -> None:
        for slot in list(self._loaded):
            self.unload(slot)
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)

    def unload(self, slot: str) -> None:
        framework = self._loaded.pop(slot, None)
        if framework is None:
            return
        prefix = framework.root + "."
        for name in [n for n in self._finder.known if n == framework.root or n.startswith(prefix)]:
            del self._finder.known[name]
            sys.modules.pop(name, None)

    def load(self, sources: list[KataSource], slot: str = "main", activate: bool = True) -> Framework:
        """A fresh framework of `sources`, in order. What does not import is told in `failures`, never raised."""
        self.unload(slot)
        framework = Framework(f"katas_{next(self._numbers)}")
        self._loaded[slot] = framework
        known = self._finder.known
        known[framework.root] = ("", None)
        for source in sources:
            package = f"{framework.root}.{source.folder}"
            known[package] = ("", functools.partial(self._offer, source, framework))
            for name, (path, text) in source.files.items():
                known[f"{package}.{name.removesuffix('.py')}"] = (
                    path,
                    functools.partial(self._run, source, path, text),
                )
        importlib.import_module(framework.root)
        for source in sources:
            module = importlib.import_module(f"{framework.root}.{source.folder}")
            framework.modules[source.folder] = module
            for name in source.exports:
                framework.names[name] = getattr(module, name)
                framework.owners[name] = source.folder
        if sources:
            last = sources[-1]
            reflect = sys.modules.get(f"{framework.root}.{last.folder}.reflect")
            framework.names["reflect"] = _Reflect(last.short, reflect)
        if activate:
            for source in sources:
                if source.activate:
                    self._activate(framework, source)
        return framework

    def _offer(self, source: KataSource, framework: Framework, package: types.ModuleType) -> None:
        """Fill a kata's package from its files; the tree's own `__init__.py` is never used."""
        found = []
        for name, (path, _) in source.files.items():
            module_name = f"{package.__name__}.{name.removesuffix('.py')}"
            try:
                found.append(importlib.import_module(module_name))
            except KeyboardInterrupt:
                raise
            except Exception as error:
                framework.failures.append(_failure(error, source, name, path))
            except SystemExit as error:
                framework.failures.append(Failure(source.folder, name, path, 0, f"the file calls exit({error.code!r})"))
        for name in source.exports:
            for module in found:
                if name in module.__dict__ and not module.__name__.endswith(".reflect"):
                    setattr(package, name, module.__dict__[name])
                    break
            else:
                setattr(package, name, Missing(source.short, name))

    def _run(self, source: KataSource, path: str, text: bytes, module: types.ModuleType) -> None:
        key = (source.folder, path, text, source.allow, source.katas)
        code = self._codes.get(key)
        if code is None:
            tree = policy.parse(text, path)
            policy.guard(tree, path, source.folder, frozenset(source.allow), frozenset(source.katas))
            try:
                code = compile(tree, path, "exec", dont_inherit=True)
            except (ValueError, RecursionError, MemoryError) as error:
                raise SyntaxError(f"the file cannot be compiled: {error}", (path, 1, 0, "")) from None
            self._codes[key] = code
        exec(code, module.__dict__)

    def _activate(self, framework: Framework, source: KataSource) -> None:
        try:
            getattr(framework, source.activate)()
        except Exception as error:
            path = next(iter(source.files.values()))[0] if source.files else ""
            framework.failures.append(_failure(error, source, next(iter(source.files), ""), path))


def _failure(error: Exception, source: KataSource, name: str, path: str) -> Failure:
    """The failure, placed at the innermost line of the kata's files that is to blame."""
    paths = {shown for shown, _ in source.files.values()}
    line = 0
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in paths:
            path, line = frame.f_code.co_filename, number
    if isinstance(error, SyntaxError) and error.filename in paths:
        path, line = error.filename, error.lineno or 0
    message = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else _text(error)}"
    if isinstance(error, ImportError):
        message = re.sub(r"katas_\d+\.", "", message)
        if message.startswith("ModuleNotFoundError"):
            message += "; of a kata's folder, only the files that curriculum.toml names are taken"
        elif "cannot import name" in message:
            message = message.partition(" (")[0] + "; a kata offers to others what curriculum.toml calls its exports"
    stub = STUB.match(_text(error)) if isinstance(error, NotImplementedError) else None
    return Failure(source.folder, name, path, line, message[:500], stub.group(1) if stub else "")


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(an error that cannot be shown)"
