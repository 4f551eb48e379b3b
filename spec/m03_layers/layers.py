"""How laws call layers, initialisers and containers: plain data in, plain data out."""

import random

import numpy as np

from ..kit.probing import changing

# ------------------------------------------------------------------------ linear


def linear_explicit(tt, x, w, b):
    return tt.linear_explicit(tt.Tensor(x), tt.Tensor(w), None if b is None else tt.Tensor(b)).numpy()


def make_linear(tt, weight, bias):
    """A Linear with these arrays as its parameters."""
    layer = tt.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, rng=0)
    layer.weight = tt.Parameter(weight)
    if bias is not None:
        layer.bias = tt.Parameter(bias)
    return layer


def linear(tt, x, weight, bias):
    return make_linear(tt, weight, bias)(tt.Tensor(x)).numpy()


def linear_is_made_of(tt, in_features: int, out_features: int, bias: bool):
    layer = tt.Linear(in_features, out_features, bias=bias, rng=0)
    return {
        "parameters": [[name, p.dtype.name, p.shape] for name, p in layer.named_parameters()],
        "in_features": layer.in_features,
        "out_features": layer.out_features,
        "bias is None": layer.bias is None,
    }


def linear_values(tt, in_features: int, out_features: int, rng: int):
    layer = tt.Linear(in_features, out_features, rng=rng)
    return {"weight": layer.weight.numpy(), "bias": layer.bias.numpy()}


def linear_follows(tt, x, weight, other):
    """Results before and after the weight changes in place, after another Parameter takes its place, and after x changes
    in place."""
    layer, t = make_linear(tt, weight, None), tt.Tensor(x)
    results = [layer(t).numpy()]
    layer.weight.mul_(2.0)
    results.append(layer(t).numpy())
    layer.weight = tt.Parameter(other)
    results.append(layer(t).numpy())
    t.mul_(3.0)
    results.append(layer(t).numpy())
    return results


# ------------------------------------------------------------------------ first values


def fan_in_and_fan_out(tt, shape: tuple):
    return list(tt.fan_in_and_fan_out(shape))


def calculate_gain(tt, nonlinearity: str, param):
    return float(tt.calculate_gain(nonlinearity, param))


def xavier_std(tt, shape: tuple, gain: float):
    return float(tt.xavier_std(shape, gain))


def kaiming_std(tt, shape: tuple, a: float, mode: str, nonlinearity: str):
    return float(tt.kaiming_std(shape, a, mode, nonlinearity))


def initialised(tt, name: str, shape: tuple, settings: dict, rng: int):
    return getattr(tt, name)(tt.Parameter(np.zeros(shape, np.float32)), rng=rng, **settings).numpy()


def in_place(tt, name: str, shape: tuple, dtype: str):
    """A Parameter of a module is initialised: is it still that Parameter, in its memory?"""
    module = tt.Module()
    weight = module.weight = tt.Parameter(np.zeros(shape, dtype))
    view = weight[0]
    returned = getattr(tt, name)(weight, rng=1)
    return {
        "returned what it was given": returned is weight,
        "still the module's": next(iter(module.parameters())) is weight,
        "dtype": weight.dtype.name,
        "a view sees the values": bool(np.array_equal(view.numpy(), weight.numpy()[0])),
        "nonzero": int(np.count_nonzero(weight.numpy())),
    }


# ------------------------------------------------------------------------ randomness


def draws(tt, what: str, rng):
    """Random numbers that `what` makes from `rng`."""
    if what == "Linear":
        layer = tt.Linear(7, 5, rng=rng)
        return np.concatenate([layer.weight.numpy().ravel(), layer.bias.numpy()])
    if what == "Dropout":
        return tt.Dropout(0.5, rng=rng)(tt.Tensor(np.ones(64))).numpy()
    return getattr(tt, what)(tt.Tensor(np.zeros((8, 8))), rng=rng).numpy()


def drawn(tt, what: str, first: int, second: int, generator: bool):
    """What two seeds give, and the first again; with `generator` from fresh Generators, and twice from the first."""
    make = np.random.default_rng if generator else int
    rng = make(first)
    got = {"first": draws(tt, what, rng), "first again": draws(tt, what, make(first))}
    got["second"] = draws(tt, what, make(second))
    return {**got, "next": draws(tt, what, rng)} if generator else got


def global_state(tt, what: str, seed: int):
    """Draws without rng, from equal global states: do they differ, and are the global states left alone?"""
    seen, untouched = [], True
    for _ in range(2):
        random.seed(seed)
        np.random.seed(seed)
        before = np.random.get_state()[1:3], random.getstate()
        seen.append(draws(tt, what, None))
        draws(tt, what, seed)
        after = np.random.get_state()[1:3], random.getstate()
        same = np.array_equal(before[0][0], after[0][0]) and before[0][1] == after[0][1] and before[1] == after[1]
        untouched = untouched and same
    return {"untouched": untouched, "first": seen[0], "second": seen[1]}


# ------------------------------------------------------------------------ dropout and flatten


def dropped(tt, x, p: float | None, seed: int, calls: int, training: bool):
    """x, and the results of `calls` calls of one layer; with p = None of one that was not given p."""
    layer, t = tt.Dropout(rng=seed) if p is None else tt.Dropout(p, rng=seed), tt.Tensor(x)
    if not training:
        layer.eval()
    results = [layer(t).numpy().copy() for _ in range(calls)]
    return {"x afterwards": t.numpy(), "results": results}


def dropout_repeats(tt, x, p: float, seed: int):
    """Two results of each of two layers with the same seed, and the second once more from the state put back."""
    one, other, t = tt.Dropout(p, rng=seed), tt.Dropout(p, rng=seed), tt.Tensor(x)
    first = [one(t).numpy()]
    state = one.rng.bit_generator.state
    first.append(one(t).numpy())
    one.rng.bit_generator.state = state
    return {"one": first, "other": [other(t).numpy(), other(t).numpy()], "again": one(t).numpy()}


def flatten(tt, x, axes: tuple):
    return tt.Flatten(*axes)(tt.Tensor(x)).numpy()


# ------------------------------------------------------------------------ containers


def sequence(tt, items: list):
    """A Sequential of rows [kind, …], see below, and of lists of such rows; "again" is an item that came before."""
    made = []
    for item in items:
        if not item or isinstance(item[0], list):
            made.append(sequence(tt, item))
        elif item[0] == "linear":
            made.append(make_linear(tt, item[1], item[2]))
        elif item[0] == "object":
            made.append(getattr(tt, item[1])())
        elif item[0] == "function":
            made.append(getattr(tt, item[1]))
        else:
            made.append(tt.Flatten() if item[0] == "flatten" else made[item[1]])
    return tt.Sequential(*made)


def sequential(tt, items, x):
    model = sequence(tt, items)
    return {"keys": list(model.state_dict()), "result": model(tt.Tensor(x)).numpy()}


def numbered(tt, kind: str, n: int):
    """A container of n modules, and the modules; number i of them turns x into 2x + i."""

    class Step(tt.Module):
        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = tt.Parameter([float(number)])

        def forward(self, x):
            return x * 2.0 + self.number

    steps = [Step(number) for number in range(n)]
    return tt.Sequential(*steps) if kind == "Sequential" else tt.ModuleList(steps), steps, Step


def positions(container, steps: list) -> list:
    """The container's items as numbers of `steps`; -1 is an item that is none of them."""
    number = {id(step): n for n, step in enumerate(steps)}
    return [number.get(id(item), -1) for item in container]


def contents(tt, kind: str, n: int, grown: int):
    """A container of n modules that grows by `grown` more."""
    container, steps, step = numbered(tt, kind, n)
    returned = []
    for number in range(n, n + grown):
        steps.append(step(number))
        returned.append(container.append(steps[-1]) is container)
    return {
        "append returned the container": returned,
        "length": len(container),
        "items": positions(container, steps),
        "keys": [name for name, _ in container.named_parameters()],
    }


def indexed(tt, kind: str, n: int, index):
    container, steps, _ = numbered(tt, kind, n)
    picked = container[index]
    if isinstance(index, slice):
        return {"kind": type(picked).__name__, "items": positions(picked, steps), "length": len(picked)}
    return positions([picked], steps)[0]


def replaced(tt, kind: str, n: int, index: int, by_name: bool):
    """Item `index` of a container that has been in use becomes the module number n: everywhere?"""
    container, steps, step = numbered(tt, kind, n)
    steps.append(step(n))
    before = positions(container, steps)
    if by_name:
        setattr(container, str(index % n), steps[n])
    else:
        container[index] = steps[n]
    x = tt.Tensor([1.0])
    for item in [container] if kind == "Sequential" else container:
        x = item(x)
    return {
        "items before": before,
        "items": positions(container, steps),
        "item": positions([container[index]], steps)[0],
        "parameters": [int(p.item()) for p in container.parameters()],
        "result": float(x.item()),
    }


def misplaced(tt, kind: str, what: str, append: bool):
    """Put something into a container that does not belong there."""
    thing = {
        "list": lambda: [tt.Linear(2, 2)],
        "tensor": lambda: tt.Tensor([1.0]),
        "None": lambda: None,
        "class": lambda: tt.Linear,
        "function": lambda: tt.relu,
    }[what]()
    container = tt.Sequential() if kind == "Sequential" else tt.ModuleList()
    if append:
        container.append(thing)
    elif kind == "Sequential":
        container = tt.Sequential(thing)
    else:
        container = tt.ModuleList([thing])
    return len(container)


# ------------------------------------------------------------------------ speed


def linear_explicit_many(tt, x, weight, bias, repeat: int, session: dict):
    t, w, b = tt.Tensor(x), tt.Tensor(weight), tt.Tensor(bias)
    for _ in changing(t, repeat, session):
        y = tt.linear_explicit(t, w, b)
    return y.numpy()


def linear_many(tt, x, weight, bias, repeat: int, session: dict):
    layer, t = make_linear(tt, weight, bias), tt.Tensor(x)
    for _ in changing(t, repeat, session):
        y = layer(t)
    return y.numpy()


def dropout_many(tt, x, p: float, repeat: int, session: dict):
    layer, t = tt.Dropout(p, rng=0), tt.Tensor(x)
    for _ in changing(t, repeat, session):
        y = layer(t)
    return y.numpy()
