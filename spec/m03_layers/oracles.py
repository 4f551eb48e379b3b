"""The right answers: PyTorch's modules, closed forms, and sums over loops."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from spec.kit import Bounded
from spec.kit.oracle import narrow, wide

from .probes import plan_array

# ------------------------------------------------------------------------ parameters, names, trees


def _planned(plan: list, numbers: Iterator[int] | None = None) -> Any:
    import torch

    numbers = numbers or itertools.count(1)
    module = torch.nn.Module()
    for kind, name, what in plan:
        if kind == "module":
            setattr(module, name, _planned(what, numbers))
        elif kind == "parameter":
            setattr(module, name, torch.nn.Parameter(torch.tensor(plan_array(what, numbers))))
        elif kind == "buffer":
            module.register_buffer(name, torch.tensor(plan_array(what, numbers)))
        elif kind == "tensor":
            setattr(module, name, torch.tensor(plan_array(what, numbers)))
        else:
            setattr(module, name, what)
    return module


def named_parameters(plan, prefix):
    return [[name, p.detach().numpy()] for name, p in _planned(plan).named_parameters(prefix)]


def attributes(value):
    return {"read back": {"weight": True, "inner": True, "mask": True, "p": True}, "found": [True, True]}


def shared_parameters(holders):
    named, seen = [], set()
    for depth, row in enumerate(holders):
        for position, number in enumerate(row):
            if number not in seen:
                seen.add(number)
                named.append(["inner." * depth + f"p{position}", number])
    return {"named": named, "unnamed": [number for _, number in named]}


def after_steps(steps):
    held: dict[str, tuple[str, int]] = {}
    for number, (name, kind) in enumerate(steps):
        held.pop(name, None)
        if kind in ("parameter", "module"):
            held[name] = kind, number
    parameters = [[name if kind == "parameter" else f"{name}.w", number] for name, (kind, number) in held.items()]
    return {
        "parameters": sorted(parameters),
        "children": sorted(name for name, (kind, _) in held.items() if kind == "module"),
    }


def one_replaced(n, position):
    return [[f"p{number}", 100 if number == position else number] for number in range(n)]


def computed(x):
    return ["weight"]


def module_lists(children, owned, prefix):
    import torch

    modules = [torch.nn.Module() for _ in children]
    pool = [torch.nn.Parameter(torch.tensor([float(n)])) for n in range(4)]
    for module, below, own in zip(modules, children, owned, strict=True):
        for name, number in zip("abcd", below, strict=False):
            setattr(module, name, modules[number])
        for name, number in zip("wxyz", own, strict=False):
            setattr(module, name, pool[number])
    number = {id(module): n for n, module in enumerate(modules)}
    return {
        "named_modules": [[path, number[id(m)]] for path, m in modules[0].named_modules(prefix=prefix)],
        "modules": [number[id(m)] for m in modules[0].modules()],
        "named_children": [[name, number[id(m)]] for name, m in modules[0].named_children()],
        "children": [number[id(m)] for m in modules[0].children()],
        "named_parameters": [[path, int(p.item())] for path, p in modules[0].named_parameters()],
    }


def modes(children, first, steps):
    reached, waiting = set(), [first]
    while waiting:
        number = waiting.pop()
        if number not in reached:
            reached.add(number)
            waiting.extend(children[number][:4])
    training = [True] * len(children)
    seen = [training]
    for step in steps:
        mode = step if isinstance(step, bool) else step == "train"
        training = [mode if number in reached else old for number, old in enumerate(training)]
        seen.append(training)
    return {"training": seen, "returned itself": [True] * len(steps)}


def called(x, factor, shift):
    return {"result": np.asarray(x * factor + shift), "also": shift}


def ladder(levels):
    return {"modules": 2 * levels + 1, "parameters": 2 * levels}


# ------------------------------------------------------------------------ linear


def linear(x, weight, bias):
    from torch.nn.functional import linear

    parts = [wide(x), wide(weight), None if bias is None else wide(bias)]
    sizes = [None if part is None else part.abs() for part in parts]
    return Bounded(narrow(linear(*parts), x.dtype), linear(*sizes))


linear_explicit = linear


def linear_is_made_of(in_features, out_features, bias):
    parameters = [["weight", "float32", (out_features, in_features)]]
    if bias:
        parameters.append(["bias", "float32", (out_features,)])
    return {
        "parameters": parameters,
        "in_features": in_features,
        "out_features": out_features,
        "bias is None": not bias,
    }


def linear_follows(x, weight, other):
    return [*(linear(x, w, None) for w in (weight, 2 * weight, other)), linear(3 * x, other, None)]


def empty_loop(passes: int) -> None:
    """What going round costs, with nothing to do inside."""
    for _ in range(passes):
        pass


def linear_loops(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The yardstick: one element of the arrays at a time."""
    y = np.empty((x.shape[0], weight.shape[0]), x.dtype)
    for i in range(x.shape[0]):
        for j in range(weight.shape[0]):
            total = bias[j]
            for k in range(x.shape[1]):
                total = total + x[i, k] * weight[j, k]
            y[i, j] = total
    return y


def dropout_loops(x: np.ndarray, p: float, rng: np.random.Generator) -> np.ndarray:
    """The yardstick: one draw for each element."""
    y = np.empty_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = x[i, j] / (1 - p) if rng.random() >= p else 0.0
    return y


# ------------------------------------------------------------------------ state


def state_dict(plan):
    return {path: tensor.detach().numpy() for path, tensor in _planned(plan).state_dict().items()}


def plan_state(plan: list, numbers: Iterator[int] | None = None) -> dict[str, tuple[str, np.ndarray]]:
    """What is saved of a plan, without PyTorch: path → (kind, array)."""
    numbers = numbers or itertools.count(1)
    saved = {}
    for kind, name, what in plan:
        if kind == "module":
            saved |= {f"{name}.{path}": row for path, row in plan_state(what, numbers).items()}
        elif kind != "number":
            saved[name] = kind, plan_array(what, numbers)
    # Own Parameters, own buffers, then the children.
    rank = {path: ("." in path, row[0] == "buffer" and "." not in path) for path, row in saved.items()}
    return {path: saved[path] for path in sorted(saved, key=rank.__getitem__) if saved[path][0] != "tensor"}


def snapshot(plan):
    state = state_dict(plan)
    buffers = {path for path, (kind, _) in plan_state(plan).items() if kind == "buffer"}
    model = {path: array if path in buffers else array + np.float32(100) for path, array in state.items()}
    return {
        "state": state,
        "state after the model changed": state,
        "model": model,
        "model after the state changed": model,
    }


def loaded(plan, state, tensors):
    return {
        "same Parameters": True,
        "same memory": True,
        "model": {path: state[path].astype(np.float32) for path in state_dict(plan)},
    }


def buffer(array, other):
    weight = np.ones(1, np.float32)
    seen = [{"state": {"weight": weight, "running": value}, "attribute": value} for value in (array, other)]
    return {"seen": seen, "parameters": ["weight"]}


def tied(x):
    return {
        "parameters": ["first.weight"],
        "state": {f"{module}.weight": x for module in ("first", "second", "third")},
        "loaded": {f"{module}.weight": x + 1.0 for module in ("first", "second", "third")},
        "still one": True,
    }


def converted(plan, dtype, count):
    state = {path: array.astype(dtype) for path, array in state_dict(plan).items()}
    own = [kind for kind in state if "." not in kind]
    buffers = {path for path, (kind, _) in plan_state(plan).items() if kind == "buffer"}
    tied = np.array([1.5], dtype)
    # The module's own Parameters, its own buffers, its children: in this order.
    ordered = {path: state[path] for path in own if path not in buffers}
    ordered["tied"] = tied
    ordered |= {path: state[path] for path in own if path in buffers}
    ordered["count"] = count
    ordered |= {path: array for path, array in state.items() if "." in path}
    ordered["below.tied"] = tied
    return {"state": ordered, "same Parameters": True, "returned itself": True}


# ------------------------------------------------------------------------ first values


def fan_in_and_fan_out(shape):
    import torch

    return list(torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape)))


def calculate_gain(nonlinearity, param):
    import torch

    return float(torch.nn.init.calculate_gain(nonlinearity, param))


def xavier_std(shape, gain):
    fan_in, fan_out = fan_in_and_fan_out(shape)
    return float(gain * (2.0 / (fan_in + fan_out)) ** 0.5)


def kaiming_std(shape, a, mode, nonlinearity):
    fan_in, fan_out = fan_in_and_fan_out(shape)
    return calculate_gain(nonlinearity, a) / float(fan_in if mode == "fan_in" else fan_out) ** 0.5


def in_place(name, shape, dtype):
    return {
        "returned what it was given": True,
        "still the module's": True,
        "dtype": dtype,
        "a view sees the values": True,
        "nonzero": int(np.prod(shape)),
    }


def distance(sample: np.ndarray, kind: str, std: float) -> float:
    """Kolmogorov and Smirnov's distance of a sample from the distribution of mean 0 and `std`, times √n.

    For honest draws it is above 3.2 less than once in 10**8 times, whatever the distribution.
    """
    from torch.special import erf

    x = np.sort(np.asarray(sample, np.float64).ravel()) / std
    if kind == "uniform":
        share = np.clip((x / 3**0.5 + 1) / 2, 0, 1)
    else:
        share = (1 + erf(wide(x / 2**0.5)).numpy()) / 2
    steps = np.arange(x.size + 1) / x.size
    return float(max((steps[1:] - share).max(), (share - steps[:-1]).max()) * x.size**0.5)


# ------------------------------------------------------------------------ dropout and flatten


def flatten(x, axes):
    import torch

    return narrow(torch.nn.Flatten(*axes)(wide(x)), x.dtype)


# ------------------------------------------------------------------------ containers


MODULES = {"relu": "ReLU", "ReLU": "ReLU", "tanh": "Tanh", "Tanh": "Tanh", "sigmoid": "Sigmoid", "Sigmoid": "Sigmoid"}


def _linear(weight: np.ndarray, bias: np.ndarray | None) -> Any:
    import torch

    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    layer.weight = torch.nn.Parameter(wide(weight))
    if bias is not None:
        layer.bias = torch.nn.Parameter(wide(bias))
    return layer


def _sequence(items: list) -> Any:
    import torch

    made = []
    for item in items:
        if not item or isinstance(item[0], list):
            made.append(_sequence(item))
        elif item[0] == "linear":
            made.append(_linear(item[1], item[2]))
        elif item[0] in ("flatten", "again"):
            made.append(torch.nn.Flatten() if item[0] == "flatten" else made[item[1]])
        else:
            made.append(getattr(torch.nn, MODULES[item[1]])())
    return torch.nn.Sequential(*made)


def sequential(items, x):
    model = _sequence(items)
    return {"keys": list(model.state_dict()), "result": narrow(model(wide(x)), x.dtype)}


def contents(kind, n, grown):
    every = list(range(n + grown))
    return {
        "append returned the container": [True] * grown,
        "length": n + grown,
        "items": every,
        "keys": [f"{number}.number" for number in every],
    }


def indexed(kind, n, index):
    picked = list(range(n))[index]
    return {"kind": kind, "items": picked, "length": len(picked)} if isinstance(index, slice) else picked


def replaced(kind, n, index, by_name):
    items = list(range(n))
    items[index] = n
    x = 1.0
    for number in items:
        x = 2 * x + number
    return {"items before": list(range(n)), "items": items, "item": n, "parameters": items, "result": x}


# ------------------------------------------------------------------------ models


def mlp_state(widths: tuple, seed: int) -> dict[str, np.ndarray]:
    """The state of PyTorch's MLP of these widths."""
    import torch

    torch.manual_seed(seed)
    items: list[Any] = []
    for n_in, n_out in itertools.pairwise(widths):
        items += [torch.nn.Linear(n_in, n_out), torch.nn.Identity()]
    return {path: t.numpy().copy() for path, t in torch.nn.Sequential(*items[:-1]).state_dict().items()}


def pytorch_weights(widths, activation, state, x):
    import torch

    model: list[Any] = []
    for layer in range(len(widths) - 1):
        model += [_linear(state[f"{2 * layer}.weight"], state[f"{2 * layer}.bias"]), getattr(torch.nn, activation)()]
    return narrow(torch.nn.Sequential(*model[:-1])(wide(x)), x.dtype)


def residual_state(size: int, depth: int, seed: int) -> dict[str, np.ndarray]:
    """A state of the model that the probe `residual` makes, its shared weight under every path."""
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((size, size)).astype(np.float32)
    state = {}
    for block in range(depth):
        state[f"blocks.{block}.mix.weight"] = mix
        state[f"blocks.{block}.up.weight"] = rng.standard_normal((size, size)).astype(np.float32)
        state[f"blocks.{block}.up.bias"] = rng.standard_normal(size).astype(np.float32)
    state["last.weight"] = mix
    state["last.bias"] = rng.standard_normal(size).astype(np.float32)
    return state


def residual(state, x, depth):
    from torch.nn.functional import linear

    weights = {path: wide(array) for path, array in state.items()}
    y = wide(x)
    for block in range(depth):
        inner = linear(y, weights[f"blocks.{block}.up.weight"], weights[f"blocks.{block}.up.bias"]).tanh()
        y = y + linear(inner, weights["last.weight"])
    shared = [path for path in state if path.endswith("mix.weight") or path == "last.weight"]
    return {
        "state": list(state),
        "parameters": [path for path in state if path not in shared[1:]],
        "result": narrow(linear(y, weights["last.weight"], weights["last.bias"]), x.dtype),
    }


# ------------------------------------------------------------------------ what a result is made from


def made_from(what, x):
    names = {"Linear": ["bias", "weight"], "Sequential": ["0.bias", "0.weight", "3.bias", "3.weight"]}
    return [*names.get(what, []), "x"]


# ------------------------------------------------------------------------ formulas


class Counted:
    """A number that counts the operations made with it."""

    operations = 0

    def __mul__(self, other: "Counted") -> "Counted":
        Counted.operations += 1
        return Counted()

    __add__ = __mul__


def linear_flops(batch, in_features, out_features, bias):
    """Counted: the loops of linear_explicit, run on numbers that count."""
    Counted.operations = 0
    for _ in range(batch * out_features):
        total = Counted()
        for _ in range(in_features):
            total = total + Counted() * Counted()
        if bias:
            total = total + Counted()
    return Counted.operations
