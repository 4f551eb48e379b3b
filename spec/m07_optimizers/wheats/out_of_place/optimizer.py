"""An honest alternative: state is kept by number, in the very form in which it is saved."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from ..m01_tensor import Tensor


def require_at_least_zero(options, *names):
    for name in names:
        if options[name] < 0:
            raise ValueError(f"{name} is {options[name]}, less than 0")


def wide(array):
    """The array in float64."""
    return np.asarray(array, np.float64)


def rounded(array, parameter):
    """A new array in the parameter's dtype."""
    return np.array(array, parameter.dtype)


class Optimizer:
    """State by number: {number: {name: value}}."""

    def __init__(self, params, lr, **options):
        if isinstance(params, Tensor):
            raise TypeError("a single Tensor where a list of them is meant")
        self._options = dict(options, lr=lr)
        self.check(self._options)
        self.param_groups = []
        self._state = defaultdict(dict)
        params = [*params]
        if len(params) == 0:
            raise ValueError("no parameters")
        if not isinstance(params[0], dict):
            params = [{"params": params}]
        for group in params:
            self.add_param_group(group)

    def check(self, options):
        require_at_least_zero(options, "lr")

    def _numbered(self):
        return list(enumerate(t for group in self.param_groups for t in group["params"]))

    def add_param_group(self, group):
        new = dict(self._options)
        new.update(group)
        new["params"] = [new["params"]] if isinstance(new["params"], Tensor) else [*new["params"]]
        for t in new["params"]:
            if not isinstance(t, Tensor):
                raise TypeError(f"{type(t)} is no Tensor")
            if t.made_by is not None:
                raise ValueError(f"a Tensor of shape {t.shape} that was computed")
        before = [t for _, t in self._numbered()]
        together = before + new["params"]
        for place, t in enumerate(together):
            if any(t is other for other in together[:place]):
                raise ValueError(f"the Tensor of shape {t.shape} is there twice")
        self.check(new)
        self.param_groups += [new]

    def zero_grad(self):
        for _, t in self._numbered():
            t.zero_grad()

    def step(self):
        number = 0
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                for t in group["params"]:
                    if t.grad is not None:
                        self.update(t, t.grad, self._state[number], group)
                    number += 1

    def update(self, parameter, grad, state, group):
        raise NotImplementedError

    def state_bytes(self):
        arrays = [v for entry in self._state.values() for name, v in entry.items() if name != "step"]
        return sum(v.size * v.itemsize for v in arrays if isinstance(v, np.ndarray))

    def state_dict(self):
        state = {
            number: {name: np.array(v) if isinstance(v, np.ndarray) else v for name, v in entry.items()}
            for number, entry in self._state.items()
        }
        groups, first = [], 0
        for group in self.param_groups:
            behind = first + len(group["params"])
            groups.append({**group, "params": list(range(first, behind))})
            first = behind
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        saved = state_dict["param_groups"]
        counts = [[len(g["params"]) for g in groups] for groups in (saved, self.param_groups)]
        if counts[0] != counts[1]:
            raise ValueError(f"{len(counts[0])} groups of {counts[0]} for {len(counts[1])} groups of {counts[1]}")
        numbers = {saved_number: n for n, saved_number in enumerate(n for g in saved for n in g["params"])}
        params, loaded = [t for _, t in self._numbered()], defaultdict(dict)
        for saved_number, entry in state_dict["state"].items():
            t = params[numbers[saved_number]]
            for name, v in entry.items():
                if name == "step":
                    v = np.array(v, np.float32)
                elif isinstance(v, np.ndarray):
                    if v.shape != t.shape:
                        raise ValueError(f"{name} of shape {v.shape} for a parameter of shape {t.shape}")
                    v = np.array(v, t.dtype)
                loaded[numbers[saved_number]][name] = v
        fresh = [{**theirs, "params": mine["params"]} for mine, theirs in zip(self.param_groups, saved, strict=True)]
        for group in fresh:
            self.check(group)
        self._state, self.param_groups = loaded, fresh
