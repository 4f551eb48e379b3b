"""An honest alternative: each group has a list of states beside its list of parameters."""

from __future__ import annotations

import copy

import numpy as np

from ..m01_tensor import Tensor


def require_at_least_zero(options, *names):
    for name in names:
        if options[name] < 0.0:
            raise ValueError(f"invalid {name}: {options[name]}")


class Optimizer:
    """States in lists, in the order of the parameters."""

    def __init__(self, params, lr, **options):
        if isinstance(params, Tensor | np.ndarray | dict):
            raise TypeError(f"params must be a list, not {type(params).__name__}")
        self.defaults = {"lr": lr, **options}
        self.check(self.defaults)
        self.param_groups, self.states = [], []
        given = list(params)
        if not given:
            raise ValueError("params is empty")
        for group in given if isinstance(given[0], dict) else ({"params": given},):
            self.add_param_group(group)

    def check(self, options):
        require_at_least_zero(options, "lr")

    def add_param_group(self, group):
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        known = {t for other in self.param_groups for t in other["params"]}
        for place, t in enumerate(params):
            if not isinstance(t, Tensor):
                raise TypeError(f"can only optimize Tensors, not {type(t).__name__}")
            if t in known or any(t is other for other in params[:place]):
                raise ValueError(f"a parameter of shape {t.shape} appears more than once")
            if t.made_by is not None:
                raise ValueError(f"can't optimize a non-leaf Tensor, of shape {t.shape}")
        added = {**self.defaults, **group, "params": params}
        self.check(added)
        self.param_groups.append(added)
        self.states.append([{} for _ in params])

    def pairs(self):
        for group, states in zip(self.param_groups, self.states, strict=True):
            for t, state in zip(group["params"], states, strict=True):
                yield group, t, state

    def zero_grad(self):
        for _, t, _ in self.pairs():
            t.grad = None

    def step(self):
        before = np.seterr(all="ignore")
        try:
            for group, t, state in self.pairs():
                if t.grad is not None:
                    self.update(t, t.grad, state, group)
        finally:
            np.seterr(**before)

    def update(self, parameter, grad, state, group):
        raise NotImplementedError

    def state_bytes(self):
        total = 0
        for _, _, state in self.pairs():
            total += sum(v.nbytes for k, v in state.items() if k != "step" and hasattr(v, "nbytes"))
        return total

    def state_dict(self):
        state, groups, number = {}, [], 0
        for group in self.param_groups:
            groups.append({k: copy.copy(v) for k, v in group.items()})
            groups[-1]["params"] = [*range(number, number + len(group["params"]))]
            number += len(group["params"])
        for n, (_, _, entry) in enumerate(self.pairs()):
            state[n] = copy.deepcopy(entry)
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        theirs = state_dict["param_groups"]
        if len(theirs) != len(self.param_groups):
            raise ValueError(f"{len(theirs)} groups saved, {len(self.param_groups)} here")
        states = []
        for mine, saved in zip(self.param_groups, theirs, strict=True):
            if len(mine["params"]) != len(saved["params"]):
                raise ValueError(f"{len(saved['params'])} parameters saved, {len(mine['params'])} here")
            self.check({**mine, **saved})
            states.append([])
            for t, number in zip(mine["params"], saved["params"], strict=True):
                entry = {}
                for name, value in state_dict["state"].get(number, {}).items():
                    if name != "step" and isinstance(value, np.ndarray) and value.shape != t.shape:
                        raise ValueError(f"{name}: {np.shape(value)} saved, {t.shape} here")
                    if name == "step":
                        entry[name] = float(np.asarray(value).item())
                    else:
                        entry[name] = np.array(value, t.dtype) if isinstance(value, np.ndarray) else copy.copy(value)
                states[-1].append(entry)
        for mine, saved in zip(self.param_groups, theirs, strict=True):
            mine.update({k: copy.copy(v) for k, v in saved.items() if k != "params"})
        self.states = states
