"""No registries: a Module looks through its own attributes each time it is asked. Nothing has to be set up first."""

from __future__ import annotations

import numpy as np

from ..m01_tensor import Tensor

Rng = np.random.Generator | int | None


class Parameter(Tensor):
    """A Tensor to be learnt."""

    def __repr__(self):
        return f"Parameter({super().__repr__()})"


class Module:
    """Finds what it holds by type."""

    training = True

    def __setattr__(self, name, value):
        old = vars(self).get(name)
        if value is not None:
            if isinstance(old, Parameter) and not isinstance(value, Parameter):
                raise TypeError(f"{name} is a Parameter, {type(value).__name__} is none")
            if name in self._buffer_names() and not isinstance(value, Tensor):
                raise TypeError(f"{name} is a buffer, {type(value).__name__} is no Tensor")
        vars(self)[name] = value

    def __delattr__(self, name):
        if name not in vars(self):
            raise AttributeError(name)
        del vars(self)[name]
        self._buffer_names().discard(name)

    def _buffer_names(self):
        return vars(self).setdefault(" buffers", set())

    def register_buffer(self, name, tensor):
        if type(tensor) is not Tensor:
            raise TypeError(f"buffer {name}: {type(tensor)}")
        vars(self)[name] = tensor
        self._buffer_names().add(name)

    def _own(self, kind):
        return [(name, value) for name, value in vars(self).items() if isinstance(value, kind)]

    def named_children(self):
        found = {}
        for name, module in self._own(Module):
            found.setdefault(id(module), (name, module))
        return list(found.values())

    def named_modules(self, prefix=""):
        found, stack = {}, [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if id(module) in found:
                continue
            found[id(module)] = path, module
            dot = path + "." if path else ""
            stack += [(dot + name, child) for name, child in reversed(module._own(Module))]
        return list(found.values())

    def named_parameters(self, prefix=""):
        found = {}
        for path, module in self.named_modules(prefix):
            dot = path + "." if path else ""
            for name, parameter in module._own(Parameter):
                found.setdefault(id(parameter), (dot + name, parameter))
        return list(found.values())

    def children(self):
        return [module for _, module in self.named_children()]

    def modules(self):
        return [module for _, module in self.named_modules()]

    def parameters(self):
        return [parameter for _, parameter in self.named_parameters()]

    def train(self, mode=True):
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        return self.train(False)

    def __call__(self, *args, **named):
        return self.forward(*args, **named)

    def forward(self, *args, **named):
        raise NotImplementedError("no forward")

    def to(self, dtype):
        for _, tensor in self.named_state():
            if np.issubdtype(tensor.dtype, np.floating) and tensor.dtype != dtype:
                tensor.data = tensor.data.astype(dtype)
        return self

    def named_state(self, prefix=""):
        dot = prefix + "." if prefix else ""
        buffers = self._buffer_names()
        rows = [(dot + name, value) for name, value in self._own(Parameter)]
        rows += [(dot + name, value) for name, value in self._own(Tensor) if name in buffers]
        for name, child in self._own(Module):
            rows += child.named_state(dot + name)
        return rows

    def state_dict(self):
        return {path: np.array(tensor.numpy()) for path, tensor in self.named_state()}

    def load_state_dict(self, state, strict=True):
        own = dict(self.named_state())
        missing, unexpected = sorted(set(own) - set(state)), sorted(set(state) - set(own))
        if strict and missing + unexpected:
            raise KeyError(", ".join(missing + unexpected))
        arrays = {path: np.asarray(value) for path, value in state.items() if path in own}
        wrong = [f"{path}: {own[path].shape} and {a.shape}" for path, a in arrays.items() if a.shape != own[path].shape]
        if wrong:
            raise ValueError("; ".join(wrong))
        for path, array in arrays.items():
            own[path].data[...] = array
        return missing, unexpected

    def extra_repr(self):
        return ""

    def __repr__(self):
        inner = "".join(f"\n  ({name}): {part!r}".replace("\n", "\n  ") for name, part in self._printed())
        return f"{type(self).__name__}({self.extra_repr()}{inner})"

    def _printed(self):
        return self.named_children()
