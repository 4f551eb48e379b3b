"""How laws call modules and their states: plain data in, plain data out.

A tree of modules is described by a *plan*, a list of rows [kind, name, what]: `["parameter", "weight", 3]` is a
Parameter of three numbers, `["buffer", …]` and `["tensor", …]` likewise, `["number", "p", 3]` is the number 3 and
`["module", "inner", plan]` a Module made by another plan.
The first array of a plan holds ones, the next twos, and so on.
"""

import itertools
from collections.abc import Iterator

import numpy as np

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
