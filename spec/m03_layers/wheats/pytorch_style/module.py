"""PyTorch's way: what is registered lives in dictionaries only, and is found there by __getattr__."""

from __future__ import annotations

import numpy as np

from ..m01_tensor import Tensor

Rng = np.random.Generator | int | None
KINDS = ("_parameters", "_buffers", "_modules")


class Parameter(Tensor):
    """A Tensor to be learnt."""

    def __repr__(self):
        return f"Parameter({super().__repr__()})"


class Module:
    """Dictionaries and __getattr__."""

    def __init__(self):
        for kind in KINDS:
            super().__setattr__(kind, {})
        super().__setattr__("training", True)

    def __getattr__(self, name):
        for kind in KINDS:
            held = self.__dict__.get(kind, {})
            if name in held:
                return held[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def _remove(self, name, keep=""):
        self.__dict__.pop(name, None)
        for kind in KINDS:
            if kind != keep:
                self.__dict__[kind].pop(name, None)

    def __setattr__(self, name, value):
        kind = {True: "_parameters", False: "_modules"}.get(isinstance(value, Parameter))
        if isinstance(value, Parameter | Module):
            if "_modules" not in self.__dict__:
                raise AttributeError("assigned before Module.__init__() was called")
            self._remove(name, kind)
            self.__dict__[kind][name] = value
        elif name in self.__dict__.get("_parameters", {}):
            if value is not None:
                raise TypeError(f"cannot assign {type(value)} as parameter '{name}'")
            self._parameters[name] = None
        elif name in self.__dict__.get("_buffers", {}):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(f"cannot assign {type(value)} as buffer '{name}'")
            self._buffers[name] = value
        elif name in self.__dict__.get("_modules", {}):
            self._remove(name)
            super().__setattr__(name, value)
        else:
            super().__setattr__(name, value)

    def __delattr__(self, name):
        getattr(self, name)
        self._remove(name)

    def register_buffer(self, name, tensor):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign {type(tensor)} as buffer '{name}'")
        self._remove(name)
        self._buffers[name] = tensor

    def named_children(self):
        seen = set()
        for name, module in self._modules.items():
            if module not in seen:
                seen.add(module)
                yield name, module

    def named_modules(self, prefix="", memo=None):
        memo = set() if memo is None else memo
        if self not in memo:
            memo.add(self)
            yield prefix, self
            for name, module in self._modules.items():
                yield from module.named_modules(prefix + ("." if prefix else "") + name, memo)

    def named_parameters(self, prefix=""):
        memo = set()
        for path, module in self.named_modules(prefix):
            for name, parameter in module._parameters.items():
                if parameter is not None and parameter not in memo:
                    memo.add(parameter)
                    yield path + ("." if path else "") + name, parameter

    def children(self):
        return (module for _, module in self.named_children())

    def modules(self):
        return (module for _, module in self.named_modules())

    def parameters(self):
        return (parameter for _, parameter in self.named_parameters())

    def train(self, mode=True):
        waiting, seen = [self], set()
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                module.training = mode
                waiting.extend(module._modules.values())
        return self

    def eval(self):
        return self.train(False)

    def __call__(self, *args, **named):
        return self.forward(*args, **named)

    def forward(self, *args, **named):
        raise NotImplementedError("no forward")

    def to(self, dtype):
        done = set()
        for _, tensor in self.named_state():
            if tensor not in done and tensor.dtype.kind == "f":
                tensor.data = np.asarray(tensor.data, dtype)
                done.add(tensor)
        return self

    def named_state(self, prefix=""):
        prefix = prefix + "." if prefix else ""
        for held in (self._parameters, self._buffers):
            yield from ((prefix + name, tensor) for name, tensor in held.items() if tensor is not None)
        for name, module in self._modules.items():
            yield from module.named_state(prefix + name)

    def state_dict(self):
        return {path: tensor.numpy().copy() for path, tensor in self.named_state()}

    def load_state_dict(self, state, strict=True):
        missing, wrong, writes = [], [], []
        names = set()
        for path, tensor in self.named_state():
            names.add(path)
            if path not in state:
                missing.append(path)
                continue
            given = state[path].numpy() if isinstance(state[path], Tensor) else np.asarray(state[path])
            if given.shape != tensor.shape:
                wrong.append(
                    f"size mismatch for {path}: copying {given.shape}, the shape in the model is {tensor.shape}"
                )
            writes.append((tensor, given.copy()))
        unexpected = [path for path in state if path not in names]
        if strict and missing + unexpected:
            raise KeyError(f"missing keys: {missing}; unexpected keys: {unexpected}")
        if wrong:
            raise ValueError("\n".join(wrong))
        for tensor, given in writes:
            tensor.copy_(Tensor(given))
        return missing, unexpected

    def extra_repr(self):
        return ""

    def __repr__(self):
        return f"{type(self).__name__}({self.extra_repr()})"
