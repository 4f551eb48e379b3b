"""Every item is a Module here: callables that are none are put into one."""

from __future__ import annotations

from .module import Module


class Lambda(Module):
    """A callable as a Module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Sequential(Module):
    """Runs its modules one after another."""

    def __init__(self, *items):
        super().__init__()
        for item in items:
            self.append(item)

    def _module(self, item):
        if isinstance(item, type) or not callable(item):
            raise TypeError(f"{item} cannot run")
        return item if isinstance(item, Module) else Lambda(item)

    def append(self, item):
        self._modules[str(len(self._modules))] = self._module(item)
        return self

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(list(self._modules.values()))

    def __getitem__(self, index):
        if isinstance(index, slice):
            part = type(self)()
            for module in list(self)[index]:
                part.append(module)
            return part
        return self._modules[self._key(index)]

    def __setitem__(self, index, item):
        self._modules[self._key(index)] = self._module(item)

    def _key(self, index):
        n = len(self)
        if index >= n or index < -n:
            raise IndexError(f"index {index} is out of range")
        return str(index + n if index < 0 else index)

    def forward(self, x):
        for module in self:
            x = module(x)
        return x


class ModuleList(Sequential):
    """Holds modules, and runs none."""

    def __init__(self, modules=()):
        super().__init__(*modules)

    def _module(self, item):
        if not isinstance(item, Module):
            raise TypeError(f"{type(item).__name__} is not a Module")
        return item
