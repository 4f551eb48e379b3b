"""How laws call the layers: plain data in, plain data out.

A tree of modules is described by a *plan*, a list of rows [kind, name, what]: `["parameter", "weight", 3]` is a
Parameter of three numbers, `["buffer", …]` and `["tensor", …]` likewise, `["number", "p", 3]` is the number 3 and
`["module", "inner", plan]` a Module made by another plan.
The first array of a plan holds ones, the next twos, and so on.
"""

import copy
import itertools
import operator
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..kit.probing import changing

# ------------------------------------------------------------------------ parameters, names, trees


def planned(tt, plan: list, numbers: Iterator[int] | None = None):
    """The module that `plan` describes."""
    numbers = numbers or itertools.count(1)
    module = tt.Module()
    for kind, name, what in plan:
        if kind == "module":
            setattr(module, name, planned(tt, what, numbers))
        elif kind == "parameter":
            setattr(module, name, tt.Parameter(plan_array(what, numbers)))
        elif kind == "buffer":
            module.register_buffer(name, tt.Tensor(plan_array(what, numbers)))
        elif kind == "tensor":
            setattr(module, name, tt.Tensor(plan_array(what, numbers)))
        else:
            setattr(module, name, what)
    return module


def plan_array(size: int, numbers: Iterator[int]) -> np.ndarray:
    return np.full(size, next(numbers), np.float32)


def named_parameters(tt, plan, prefix: str):
    return [[name, p.numpy()] for name, p in planned(tt, plan).named_parameters(prefix)]


def attributes(tt, value: float):
    """A Parameter, a Module, a Tensor and a number as attributes: are the very objects read back, and found?"""
    module = tt.Module()
    given = {"weight": tt.Parameter([value]), "inner": tt.Module(), "mask": tt.Tensor([value]), "p": value}
    for name, thing in given.items():
        setattr(module, name, thing)
    same = {name: getattr(module, name) is thing for name, thing in given.items()}
    found = [p is given["weight"] for p in module.parameters()] + [m is given["inner"] for m in module.children()]
    return {"read back": same, "found": found}


def shared_parameters(tt, holders: list):
    """Module number i of a chain has the Parameters numbered holders[i], as p0, p1, …"""
    pool = [tt.Parameter([float(n)]) for n in range(1 + max((n for row in holders for n in row), default=0))]
    root = module = tt.Module()
    for depth, row in enumerate(holders):
        if depth:
            module.inner = tt.Module()
            module = module.inner
        for position, number in enumerate(row):
            setattr(module, f"p{position}", pool[number])
    return {
        "named": [[name, int(p.item())] for name, p in root.named_parameters()],
        "unnamed": [int(p.item()) for p in root.parameters()],
    }


def after_steps(tt, steps: list):
    """Names after a sequence of [attribute, kind] assignments, kind "delete" deleting; each makes something new."""
    module = tt.Module()
    for number, (name, kind) in enumerate(steps):
        if kind == "delete":
            delattr(module, name)
        elif kind == "module":
            child = tt.Module()
            child.w = tt.Parameter([float(number)])
            setattr(module, name, child)
        else:
            setattr(module, name, tt.Parameter([float(number)]) if kind == "parameter" else None)
    return {
        "parameters": sorted([name, int(p.item())] for name, p in module.named_parameters()),
        "children": sorted(name for name, _ in module.named_children()),
    }


def one_replaced(tt, n: int, position: int):
    """Parameters p0, p1, … of a module, number `position` assigned anew."""
    module = tt.Module()
    for number in range(n):
        setattr(module, f"p{number}", tt.Parameter([float(number)]))
    setattr(module, f"p{position}", tt.Parameter([100.0]))
    return [[name, int(p.item())] for name, p in module.named_parameters()]


def read_deleted(tt, kind: str):
    module = planned(tt, [[kind, "gone", [] if kind == "module" else 1]])
    del module.gone
    return repr(module.gone)


def computed(tt, x):
    """Names of the Parameters of a module that also holds what was computed from one."""
    module = tt.Module()
    module.weight = tt.Parameter(x)
    module.doubled = module.weight * 2
    module.product = module.weight @ tt.Tensor(x.T)
    module.view = module.weight[0]
    module.total = tt.cat([module.weight, module.weight]).sum()
    return [name for name, _ in module.named_parameters()]


def overwrite(tt, kind: str, value: str):
    """Assign something that is no Parameter where a Parameter is (no Tensor where a buffer is)."""
    module = tt.Module()
    if kind == "parameter":
        module.weight = tt.Parameter([1.0, 2.0])
    else:
        module.register_buffer("weight", tt.Tensor([1.0, 2.0]))
    array = np.array([3.0, 4.0], np.float32)
    module.weight = {"tensor": lambda: tt.Tensor(array), "array": lambda: array, "list": array.tolist}[value]()
    return [name for name, _ in module.named_parameters()]


def forgot_super(tt, kind: str):
    """A module that assigns before, or without, super().__init__(): the names of what is found."""

    class Forgetful(tt.Module):
        def __init__(self) -> None:
            self.weight = tt.Parameter([1.0]) if kind == "parameter" else tt.Sequential(tt.Linear(1, 1))

    return len(list(Forgetful().parameters()))


def wired(tt, children: list, owned: list):
    """Modules that hold each other: number i holds those numbered children[i], and the Parameters numbered owned[i]."""
    modules = [tt.Module() for _ in children]
    pool = [tt.Parameter([float(n)]) for n in range(4)]
    for module, below, own in zip(modules, children, owned, strict=True):
        for name, number in zip("abcd", below, strict=False):
            setattr(module, name, modules[number])
        for name, number in zip("wxyz", own, strict=False):
            setattr(module, name, pool[number])
    return modules


def module_lists(tt, children: list, owned: list, prefix: str):
    modules = wired(tt, children, owned)
    number = {id(module): n for n, module in enumerate(modules)}
    return {
        "named_modules": [[path, number[id(m)]] for path, m in modules[0].named_modules(prefix)],
        "modules": [number[id(m)] for m in modules[0].modules()],
        "named_children": [[name, number[id(m)]] for name, m in modules[0].named_children()],
        "children": [number[id(m)] for m in modules[0].children()],
        "named_parameters": [[path, int(p.item())] for path, p in modules[0].named_parameters()],
    }


def modes(tt, children: list, first: int, steps: list):
    """`training` of every module, at first and after each step ("train", "eval", True, False) on module `first`."""
    modules = wired(tt, children, [[] for _ in children])
    seen = [[m.training for m in modules]]
    itself = []
    for step in steps:
        top = modules[first]
        result = top.train() if step == "train" else top.eval() if step == "eval" else top.train(step)
        itself.append(result is top)
        seen.append([m.training for m in modules])
    return {"training": seen, "returned itself": itself}


def called(tt, x, factor: float, shift: float):
    """A module called with an argument by position and one by name."""

    class Scale(tt.Module):
        def __init__(self) -> None:
            super().__init__()
            self.factor = tt.Parameter(np.array(factor))

        def forward(self, x, shift=0.0):
            return x * self.factor + shift, shift

    scaled, returned = Scale()(tt.Tensor(x), shift=shift)
    return {"result": scaled.numpy(), "also": returned}


def ladder(tt, levels: int):
    """Two modules a level, each holding both of the next level: 2**levels paths, 2 * levels + 1 modules."""
    below = [tt.Module(), tt.Module()]
    for module in below:
        module.w = tt.Parameter([1.0])
    for _ in range(levels - 1):
        level = [tt.Module(), tt.Module()]
        for module in level:
            module.a, module.b = below
            module.w = tt.Parameter([1.0])
        below = level
    top = tt.Module()
    top.a, top.b = below
    return {"modules": len(list(top.modules())), "parameters": len(list(top.parameters()))}


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


# ------------------------------------------------------------------------ state


def state_dict(tt, plan):
    return planned(tt, plan).state_dict()


def snapshot(tt, plan):
    """A state, what it holds after the model changed, and what the model holds after the state changed."""
    model = planned(tt, plan)
    before = {path: array.copy() for path, array in model.state_dict().items()}
    state = model.state_dict()
    for parameter in model.parameters():
        parameter.add_(100.0)
    after_training = {path: array.copy() for path, array in state.items()}
    current = {path: array.copy() for path, array in model.state_dict().items()}
    for array in state.values():
        array[...] = -1.0
    return {
        "state": before,
        "state after the model changed": after_training,
        "model": current,
        "model after the state changed": model.state_dict(),
    }


def start(tt, plan, session: dict):
    session["model"] = planned(tt, plan)
    return session["model"].state_dict()


def load(tt, state: dict, strict: bool, session: dict):
    missing, unexpected = session["model"].load_state_dict(state, strict)
    return [list(missing), list(unexpected)]


def current(tt, session: dict):
    return session["model"].state_dict()


def loaded(tt, plan, state: dict, tensors: bool):
    """What loading leaves as it was, and what comes of it."""
    model = planned(tt, plan)
    given = {path: tt.Tensor(array) if tensors else array.copy() for path, array in state.items()}
    before = dict(model.named_parameters())
    views = {path: p[...] for path, p in before.items()}
    model.load_state_dict(given)
    for value in given.values():
        (value.numpy() if tensors else value)[...] = 777
    after = dict(model.named_parameters())
    return {
        "same Parameters": all(after[path] is p for path, p in before.items()),
        "same memory": all(bool(np.array_equal(views[path].numpy(), after[path].numpy())) for path in before),
        "model": model.state_dict(),
    }


def buffer(tt, array, other):
    """A buffer, before and after another Tensor is assigned to it: where it is listed."""
    module = tt.Module()
    module.weight = tt.Parameter([1.0])
    module.register_buffer("running", tt.Tensor(array))
    seen = [{"state": module.state_dict(), "attribute": module.running.numpy().copy()}]
    module.running = tt.Tensor(other)
    seen.append({"state": module.state_dict(), "attribute": module.running.numpy().copy()})
    return {"seen": seen, "parameters": [name for name, _ in module.named_parameters()]}


def register(tt, value):
    tt.Module().register_buffer("running", value)


def tied(tt, x):
    """One Parameter in two modules, one of which has two names: counted, saved and loaded."""
    model = tt.Module()
    model.first, model.second = tt.Module(), tt.Module()
    model.first.weight = tt.Parameter(x)
    model.second.weight = model.first.weight
    model.third = model.first
    state = model.state_dict()
    other = {path: array + 1.0 for path, array in state.items()}
    model.load_state_dict(other)
    return {
        "parameters": [name for name, _ in model.named_parameters()],
        "state": state,
        "loaded": model.state_dict(),
        "still one": model.first.weight is model.second.weight,
    }


def converted(tt, plan, dtype: str, count):
    """Dtypes and values of a model after to(dtype); it also has a buffer of integers and one Parameter twice."""
    model = planned(tt, plan)
    model.tied, model.below = tt.Parameter([1.5]), tt.Module()
    model.below.tied = model.tied
    model.register_buffer("count", tt.Tensor(count))
    before = list(model.parameters())
    result = model.to(dtype)
    return {
        "state": model.state_dict(),
        "same Parameters": all(a is b for a, b in zip(before, model.parameters(), strict=True)),
        "returned itself": result is model,
    }


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


# ------------------------------------------------------------------------ models


def perceptron(tt, widths: tuple, activation: str, seed: int):
    """An MLP: an activation after each Linear but the last."""
    rng = np.random.default_rng(seed)
    items: list[Any] = []
    for n_in, n_out in itertools.pairwise(widths):
        items += [tt.Linear(n_in, n_out, rng=rng), getattr(tt, activation)()]
    return tt.Sequential(*items[:-1])


def pytorch_weights(tt, widths: tuple, activation: str, state: dict, x):
    """An MLP with the weights of a PyTorch model."""
    model = perceptron(tt, widths, activation, 0)
    model.load_state_dict(state)
    return model(tt.Tensor(x)).numpy()


def residual(tt, state: dict, x, depth: int):
    """A model of one's own: residual blocks in a ModuleList, one Linear used by all of them, tied to the last."""
    size = x.shape[-1]

    class Block(tt.Module):
        def __init__(self, mix) -> None:
            super().__init__()
            self.mix, self.up = mix, tt.Linear(size, size, rng=0)

        def forward(self, x):
            return x + self.mix(tt.tanh(self.up(x)))

    class Net(tt.Module):
        def __init__(self) -> None:
            super().__init__()
            mix = tt.Linear(size, size, bias=False, rng=0)
            self.blocks = tt.ModuleList(Block(mix) for _ in range(depth))
            self.last = tt.Linear(size, size, rng=0)
            self.last.weight = mix.weight

        def forward(self, x):
            for block in self.blocks:
                x = block(x)
            return self.last(x)

    net = Net()
    net.load_state_dict(state)
    return {
        "state": list(net.state_dict()),
        "parameters": [name for name, _ in net.named_parameters()],
        "result": net(tt.Tensor(x)).numpy(),
    }


def dropout_in_a_net(tt, x, p: float, modes: list):
    """Results of a net with dropout inside, called twice in each mode."""
    net = tt.Module()
    net.body = tt.Sequential(tt.Flatten(), tt.Sequential(tt.relu, tt.Dropout(p, rng=0)))
    seen = []
    for mode in modes:
        net.train(mode)
        seen.append([net.body(tt.Tensor(x)).numpy() for _ in range(2)])
    return seen


def copied(tt, widths: tuple, x):
    """A deep copy of a model, which is then changed."""
    model, t = perceptron(tt, widths, "Tanh", 3), tt.Tensor(x)
    twin = copy.deepcopy(model)
    before = model(t).numpy().copy()
    same = twin(t).numpy().copy()
    for parameter in twin.parameters():
        parameter.zero_()
    twin.eval()
    return {
        "of the model": before,
        "of the copy": same,
        "of the model after the copy changed": model(t).numpy(),
        "of the changed copy": twin(t).numpy(),
        "model in training": model.training and all(m.training for m in model.modules()),
    }


def signal(tt, name: str, activation: str, settings: dict, width: int, depth: int, seed: int):
    """Root mean square of what comes out of each of `depth` layers, weights from the initialiser `name`."""
    rng = np.random.default_rng(seed)
    x = tt.Tensor(rng.standard_normal((16, width)))
    sizes = []
    for _ in range(depth):
        layer = tt.Linear(width, width, bias=False, rng=rng)
        getattr(tt, name)(layer.weight, rng=rng, **settings)
        x = getattr(tt, activation)(layer(x))
        sizes.append(float(np.sqrt(np.mean(x.numpy() ** 2))))
    return sizes


# ------------------------------------------------------------------------ what a result is made from


class Ancestry:
    """While its `with` block lasts, notes of each result of a Tensor operation which named Tensors it was made from."""

    def __init__(self, tt, **sources: Any) -> None:
        self.tensor, self.names = tt.Tensor, tt.DIFFERENTIABLE
        self.before: dict[str, Any] = {}
        self.known = {id(source): (source, {name}) for name, source in sources.items()}

    def of(self, value: Any) -> set[str]:
        if isinstance(value, list | tuple):
            return set().union(*map(self.of, value))
        return self.known[id(value)][1] if id(value) in self.known else set()

    def __enter__(self) -> "Ancestry":
        for name in self.names:
            self.before[name] = vars(self.tensor).get(name)
            static = any(isinstance(vars(base).get(name), staticmethod) for base in self.tensor.__mro__)
            noted = self._noted(getattr(self.tensor, name))
            setattr(self.tensor, name, staticmethod(noted) if static else noted)
        return self

    def __exit__(self, *what: Any) -> None:
        for name, method in self.before.items():
            if method is None:
                delattr(self.tensor, name)
            else:
                setattr(self.tensor, name, method)

    def _noted(self, method: Callable) -> Callable:
        def operation(*args: Any, **named: Any) -> Any:
            result = method(*args, **named)
            if isinstance(result, self.tensor):
                made_from = self.of((*args, *named.values()))
                self.known[id(result)] = result, made_from | self.of(result)
            return result

        return operation


def made_from(tt, what: str, x):
    """The names of the Tensors from which the output was made by Tensor operations."""
    t = tt.Tensor(x)
    if what == "Linear":
        model = tt.Linear(x.shape[-1], 2, rng=0)
    elif what == "Flatten":
        model = tt.Flatten(0)
    elif what == "Sequential":
        model = tt.Sequential(tt.Linear(x.shape[-1], 3, rng=0), tt.tanh, tt.Dropout(0.5, rng=0), tt.Linear(3, 2, rng=0))
    else:
        model = tt.Dropout(0.5, rng=0)
    with Ancestry(tt, x=t, **dict(model.named_parameters())) as ancestry:
        return sorted(ancestry.of(model(t)))


# ------------------------------------------------------------------------ formulas


def formula(tt, name: str, args: tuple):
    """What a formula of reflect.py says."""
    return getattr(tt.reflect, name)(*args)


def parameter_formulas(tt, widths: tuple, bias: bool):
    """How many numbers an MLP holds: by the formula, and counted."""
    layers = [tt.Linear(n_in, n_out, bias=bias, rng=0) for n_in, n_out in itertools.pairwise(widths)]
    counted = sum(p.numpy().size for p in tt.ModuleList(layers).parameters())
    return {"formula": operator.index(tt.reflect.mlp_parameters(widths, bias)), "counted": counted}


def memory(tt, widths: tuple, batch: int, dtype: str) -> dict:
    """Bytes of the parameters of an MLP, and of the outputs of all its layers, as they are made."""
    model = perceptron(tt, widths, "ReLU", 0)
    for layer in model.modules():
        if isinstance(layer, tt.Linear):
            layer.weight = tt.Parameter(layer.weight.numpy().astype(dtype))
            layer.bias = tt.Parameter(layer.bias.numpy().astype(dtype))
    x = tt.Tensor(np.ones((batch, widths[0]), dtype))
    outputs = []
    for layer in model:
        x = layer(x)
        outputs.append(x.numpy().nbytes)
    return {"parameters": sum(p.numpy().nbytes for p in model.parameters()), "outputs": sum(outputs)}


def byte_formulas(tt, widths: tuple, batch: int, dtype: str):
    formulas = {
        "parameters": operator.index(tt.reflect.parameter_bytes(widths, dtype)),
        "outputs": operator.index(tt.reflect.activation_bytes(widths, batch, dtype)),
    }
    return {"formula": formulas, "measured": memory(tt, widths, batch, dtype)}


def largest_batch(tt, widths: tuple, budget: int, dtype: str):
    """The formula's batch, and the bytes that this many rows take, and one more."""
    batch = operator.index(tt.reflect.largest_batch(widths, budget, dtype))
    sizes = [sum(memory(tt, widths, rows, dtype).values()) for rows in (max(batch, 0), batch + 1)]
    return {"batch": batch, "bytes": sizes[0], "bytes with one row more": sizes[1]}


def linear_flops(tt, batch: int, in_features: int, out_features: int, bias: bool):
    return operator.index(tt.reflect.linear_flops(batch, in_features, out_features, bias))


def signal_formula(tt, depth: int, fan_in: int, weight_std: float, seed: int):
    """Standard deviation after `depth` layers: by the formula, and measured."""
    formula = float(tt.reflect.signal_std(depth, fan_in, weight_std))
    rng = np.random.default_rng(seed)
    x = tt.Tensor(rng.standard_normal((fan_in, fan_in)))
    for _ in range(depth):
        layer = tt.Linear(fan_in, fan_in, bias=False, rng=0)
        layer.weight = tt.Parameter(rng.standard_normal((fan_in, fan_in)) * weight_std)
        x = layer(x)
    return {"formula": formula, "measured": float(x.numpy().std())}


def noise_formula(tt, p: float, seed: int):
    """Standard deviation of dropped ones: by the formula, and measured."""
    formula = float(tt.reflect.dropout_std(p))
    return {"formula": formula, "measured": float(tt.Dropout(p, rng=seed)(tt.Tensor(np.ones(40_000))).numpy().std())}


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
