"""Probe modules in the worker, made from source. Their imports of `..kit.probing` work, and nothing stays importable."""

import sys
import types
from collections.abc import Callable
from typing import Any


class Shelf:
    """Holds the probe modules that the judge sent."""

    def __init__(self) -> None:
        self._modules: dict[str, types.ModuleType] = {}

    def put(self, name: str, source: bytes, path: str) -> None:
        """Make the module `name` (such as "spec.m02_activations.probes"); modules it imports must be put first."""
        module = types.ModuleType(name)
        module.__file__ = path
        module.__package__ = name.rpartition(".")[0]
        code = compile(source, path, "exec", dont_inherit=True)
        # The packages around it exist only while its imports run: the learner's code finds no `spec` to change.
        present = dict(self._modules)
        for known in [*self._modules, name]:
            while "." in known:
                known = known.rpartition(".")[0]
                package = types.ModuleType(known)
                package.__path__ = []
                present.setdefault(known, package)
        sys.modules.update(present)
        try:
            exec(code, module.__dict__)
        finally:
            for known in present:
                sys.modules.pop(known, None)
        self._modules[name] = module

    def get(self, module: str, name: str) -> Callable[..., Any]:
        return getattr(self._modules[module], name)
