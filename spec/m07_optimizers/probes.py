"""How optimizers are used: plain data in, plain data out.

A case is a list of groups, as an optimizer takes them, with arrays where it takes Tensors: [{"params": [array, …], "lr": 0.1}, …].
Parameters are numbered through all groups. Gradients come out of a seed, for each step and each parameter.
"""

import contextlib
import copy
import gc
import tracemalloc

import numpy as np

# ------------------------------------------------------------------- helpers


def gradient(seed, step, number, like):
    """The gradient that parameter `number` has in this step: plain numbers for seed 0, else anything from -2 to 2; some 0."""
    place = np.arange(1, like.size + 1)
    if seed == 0:
        flat = (place % 7 + number) * (-0.5) ** step
    else:
        flat = 2 * np.sin(place * (seed % 97 + 2.5) + 7.3 * step + 11.9 * number + seed)
        flat[(step + seed) % 6 :: 6] = 0
    return flat.astype(like.dtype).reshape(like.shape)


def tensors(tt, groups):
    """The same groups with Tensors that need gradients, and all these Tensors in a row."""
    made = [{**g, "params": [tt.Tensor(x, requires_grad=True) for x in g["params"]]} for g in groups]
    return made, [t for g in made for t in g["params"]]


def build(tt, kind, groups, options):
    """An optimizer, and its parameters."""
    made, params = tensors(tt, groups)
    return getattr(tt, kind)(made, **options), params


def give(params, seed, step, missing=()):
    """Add this step's gradients to those that are there; none for [step, number] in `missing`."""
    for number, t in enumerate(params):
        if [step, number] not in missing:
            t.backward(gradient(seed, step, number, t.data))


def take(optimizer, params, seed, steps, missing=()):
    """Steps: gradients forgotten, new ones given, parameters changed."""
    for step in steps:
        optimizer.zero_grad()
        give(params, seed, step, missing)
        optimizer.step()


def values(params):
    return [t.data.copy() for t in params]


def plain_state(saved):
    """What state_dict() returned, in one form: step counts as floats, betas as a tuple, nothing for parameters without state."""
    state = {
        number: {name: float(v) if name == "step" else v for name, v in sorted(entry.items())}
        for number, entry in sorted(saved["state"].items())
        if entry
    }
    groups = [dict(sorted(g.items())) for g in saved["param_groups"]]
    return {"state": state, "param_groups": [{n: plain_option(n, v) for n, v in g.items()} for g in groups]}


def plain_option(name, value):
    if name == "params":
        return list(value)
    if name in ("centered", "nesterov"):
        return bool(value)
    if name == "betas":
        return tuple(map(float, value))
    return float(value) if isinstance(value, int | float | np.generic) else value


# --------------------------------------------------- 1. parameters, in groups


def groups(tt, form, shapes, lr, others, extra):
    """param_groups of an optimizer whose parameters come in this form, with their numbers for the Tensors."""
    params = [tt.Tensor(np.ones(shape), requires_grad=True) for shape in shapes]
    numbers = {id(t): number for number, t in enumerate(params)}
    given = {
        "list": lambda: params,
        "tuple": lambda: tuple(params),
        "generator": lambda: (t for t in params),
        "one group": lambda: [{"params": params, **extra}],
        "one Tensor a group": lambda: [{"params": t, **extra} for t in params],
        "generators in groups": lambda: [
            {"params": (t for t in params[:1])}, {"params": (t for t in params[1:]), **extra}
        ],
        "added later": lambda: params[:1],
    }[form]()  # fmt: skip
    optimizer = tt.Optimizer(given, lr, **others)
    if form == "added later":
        optimizer.add_param_group({"params": params[1:], **extra})
    return [
        {name: [numbers[id(t)] for t in value] if name == "params" else value for name, value in sorted(group.items())}
        for group in optimizer.param_groups
    ]


def what_was_given(tt, count, lr):
    """The dictionaries and the list that an optimizer was made from; and its parameters, after the list has grown."""
    params = [tt.Tensor(np.ones(2), requires_grad=True) for _ in range(count)]
    first, second = {"params": params[:1], "lr": lr}, {"params": params[1:]}
    optimizer = tt.Optimizer([first, second], 2 * lr, momentum=0.5)
    optimizer.param_groups[1]["momentum"] = 0.25
    as_given = [list(first), first["lr"], len(first["params"]), list(second), len(second["params"])]
    first["params"].append(tt.Tensor([5.0]))
    first["lr"] = 9.0
    plain = tt.Optimizer(params, lr)
    params.append(tt.Tensor([5.0]))
    counts = [len(g["params"]) for g in optimizer.param_groups + plain.param_groups]
    return {"dictionaries": as_given, "parameters": counts, "lr": optimizer.param_groups[0]["lr"]}


def forgotten(tt, shapes, split, with_grad):
    """Which gradients are None before and after zero_grad, those of another backward pass, and the values."""
    params = [tt.Tensor(np.ones(shape), requires_grad=True) for shape in shapes]
    optimizer = tt.Optimizer([{"params": params[:split]}, {"params": params[split:]}], 0.1)
    for t, wanted in zip(params, with_grad, strict=True):
        if wanted:
            t.backward(np.full(t.shape, 2.0))
    seen = {"before": [t.grad is None for t in params]}
    optimizer.zero_grad()
    seen["after"] = [t.grad is None for t in params]
    for t in params:
        t.backward(np.full(t.shape, 3.0))
    return {**seen, "new": [t.grad for t in params], "values": values(params)}


def refused_params(tt, what, shape):
    """An optimizer of what cannot be optimized."""
    t, other = (tt.Tensor(np.ones(shape), requires_grad=True) for _ in range(2))
    params = {
        "nothing": list,
        "an empty generator": lambda: (x for x in ()),
        "a Tensor": lambda: t,
        "a Parameter": lambda: tt.Parameter(np.ones(shape)),
        "an array": lambda: [t, np.ones(shape)],
        "an array in a group": lambda: [{"params": [np.ones(shape)]}],
        "twice": lambda: [t, other, t],
        "twice in groups": lambda: [{"params": [t]}, {"params": [other, t]}],
        "a result": lambda: [other, t * 2],
        "a result in a group": lambda: [{"params": other}, {"params": -t}],
    }[what]()
    return len(tt.Optimizer(params, 0.1).param_groups)


def refused_later(tt, what, shape):
    """A group that is refused, unless `what` is "", and then one that is not: the numbers of all parameters."""
    first, second, third = (tt.Tensor(np.ones(shape), requires_grad=True) for _ in range(3))
    optimizer = tt.Optimizer([first], 0.1)
    group = {
        "twice": {"params": [second, first]},
        "an array": {"params": [second, np.ones(shape)]},
        "a result": {"params": [second, first * 2]},
        "a negative lr": {"params": [second], "lr": -1.0},
    }.get(what)
    with contextlib.suppress(ValueError, TypeError):
        if group:
            optimizer.add_param_group(group)
    optimizer.add_param_group({"params": [third, second]})
    return [[[id(x) for x in (first, second, third)].index(id(t)) for t in g["params"]] for g in optimizer.param_groups]


def refused_options(tt, kind, options, where):
    """An optimizer with options that make no sense, for all parameters or for those of one group."""
    t, other = (tt.Tensor(np.ones(2), requires_grad=True) for _ in range(2))
    if where == "constructor":
        return len(getattr(tt, kind)([t], **options).param_groups)
    return len(getattr(tt, kind)([{"params": [t]}, {"params": [other], **options}], lr=0.1).param_groups)


# ------------------------------------------------------------------ 2 to 4. steps


def run(tt, kind, groups, options, steps, seed, missing=(), changes=()):
    """The parameters after each of the first three steps, and after the last.

    missing: [step, number]: this parameter has no gradient in this step. changes: [step, group, option, value].
    """
    optimizer, params = build(tt, kind, groups, options)
    seen = {}
    for step in range(steps):
        for when, group, name, value in changes:
            if when == step:
                optimizer.param_groups[group][name] = value
        take(optimizer, params, seed, [step], missing)
        if step < 3 or step == steps - 1:
            seen[f"after step {step + 1}"] = values(params)
    return seen


def one_step(tt, kind, x, grad, options):
    """By how much one step changes x."""
    optimizer, (t,) = build(tt, kind, [{"params": [x]}], options)
    t.backward(grad)
    optimizer.step()
    return t.data - x


def in_place(tt, kind, groups, options, seed):
    """Are parameters still the same Tensors, with the same memory, and what do others that share it see?"""
    optimizer, params = build(tt, kind, groups, options)
    arrays, rows = [t.data for t in params], [t.detach() for t in params]
    take(optimizer, params, seed, range(2))
    held = [t for g in optimizer.param_groups for t in g["params"]]
    return {
        "same Tensors": all(a is b for a, b in zip(held, params, strict=True)),
        "same memory": [bool(np.shares_memory(a, t.data)) for a, t in zip(arrays, params, strict=True) if t.size],
        "seen by detached ones": [bool((r.data == t.data).all()) for r, t in zip(rows, params, strict=True)],
        "leaves": [bool(t.requires_grad) for t in params],
    }


def gradients_afterwards(tt, kind, groups, options, steps, seed):
    """Gradients after each step; nobody forgets them, so they add up. Afterwards somebody writes over them."""
    optimizer, params = build(tt, kind, groups, options)
    seen = []
    for step in range(steps):
        give(params, seed, step)
        optimizer.step()
        seen.append([t.grad.copy() for t in params])
    for t in params:
        t.grad[...] = 1e6
    take(optimizer, params, seed, [steps])
    return {"gradients": seen, "parameters": values(params)}


def two_optimizers(tt, kind, groups, options, seed):
    """One optimizer, then a second one of the same kind on the same parameters; a third one has others, in between."""
    first, params = build(tt, kind, groups, options)
    take(first, params, seed, range(2))
    again = [{**g, "params": p["params"]} for g, p in zip(groups, first.param_groups, strict=True)]
    second = getattr(tt, kind)(again, **options)
    third, others = build(tt, kind, groups, options)
    for step in range(3):
        take(second, params, seed, [step])
        take(third, others, seed + 1, [step])
    state = plain_state(third.state_dict())["state"]
    return {"parameters": values(params), "others": values(others), "state of others": state}


# ---------------------------------------------------------------------- 5. state


def state_after(tt, kind, groups, options, steps, seed, missing=()):
    """state_dict() after some steps, in the form of `plain_state`, and the parameters."""
    got = saved_after(tt, kind, groups, options, steps, seed, missing)
    return {"state": plain_state(got["saved"]), "parameters": got["parameters"]}


def saved_after(tt, kind, groups, options, steps, seed, missing=()):
    """state_dict() itself, and the parameters."""
    optimizer, params = build(tt, kind, groups, options)
    take(optimizer, params, seed, range(steps), missing)
    return {"saved": optimizer.state_dict(), "parameters": values(params)}


def overwrite(saved):
    """Spoil a state that should be nobody else's business any more."""
    for entry in saved["state"].values():
        for value in entry.values():
            if isinstance(value, np.ndarray):
                value[...] = -1
    for group in saved["param_groups"]:
        group["lr"] = 1e6


def went_on(tt, kind, groups, options, saved, steps, seed, missing, dirty):
    """The parameters after more steps with a state that was loaded. `steps` is [first, behind the last].

    The optimizer was made with other options, and if `dirty` it had taken steps already.
    """
    optimizer, params = build(tt, kind, groups, options)
    if dirty:
        before = values(params)
        take(optimizer, params, seed + 1, range(2))
        for t, x in zip(params, before, strict=True):
            t.copy_(x)
    copied = copy.deepcopy(saved)
    optimizer.load_state_dict(copied)
    overwrite(copied)
    take(optimizer, params, seed, range(*steps), missing)
    return {"parameters": values(params), "state": plain_state(optimizer.state_dict())["state"]}


def snapshot(tt, kind, groups, options, seed):
    """state_dict() when it was taken, the same object after another step; and the parameters, after it was written over."""
    optimizer, params = build(tt, kind, groups, options)
    take(optimizer, params, seed, range(1))
    saved = optimizer.state_dict()
    seen = {"then": copy.deepcopy(plain_state(saved))}
    optimizer.param_groups[0]["lr"] *= 0.5
    take(optimizer, params, seed, [1])
    seen["later"] = copy.deepcopy(plain_state(saved))
    overwrite(saved)
    take(optimizer, params, seed, [2])
    return {**seen, "parameters": values(params)}


def load_from(tt, kind, groups, others, seed, how):
    """An optimizer loads the state of one with other groups: "raise" lets an error through, "catch" goes on, "skip" never loads."""
    source, params = build(tt, kind, others, {})
    take(source, params, seed, range(2))
    optimizer, params = build(tt, kind, groups, {})
    take(optimizer, params, seed + 1, range(2))
    source.param_groups[0]["lr"] = 5.0
    with contextlib.suppress(ValueError) if how == "catch" else contextlib.nullcontext():
        if how != "skip":
            optimizer.load_state_dict(source.state_dict())
    take(optimizer, params, seed, range(2, 4))
    return values(params)


def state_bytes(tt, kind, groups, options, steps, seed, missing=()):
    """state_bytes() before the first step and after the last."""
    optimizer, params = build(tt, kind, groups, options)
    before = optimizer.state_bytes()
    take(optimizer, params, seed, range(steps), missing)
    return {"before": before, "after": optimizer.state_bytes()}


def own_optimizer(tt, groups, lr, seed):
    """An optimizer of one's own: it goes by the sign of a sum of all gradients, a step of lr times `scale`."""

    class SignDescent(tt.Optimizer):
        def update(self, parameter, grad, state, group):
            state["total"] = np.asarray(state.get("total", 0) + grad)
            state["count"] = state.get("count", 0) + 1
            parameter.add_(-group["lr"] * group["scale"] * np.sign(state["total"]))

    made, params = tensors(tt, groups)
    optimizer = SignDescent(made, lr, scale=2.0)
    take(optimizer, params, seed, range(2), [[0, 0]])
    again, copies = tensors(tt, [{**g, "params": [t.data for t in g["params"]]} for g in optimizer.param_groups])
    resumed = SignDescent(again, 9.0, scale=9.0)
    resumed.load_state_dict(optimizer.state_dict())
    take(optimizer, params, seed, range(2, 4))
    take(resumed, copies, seed, range(2, 4))
    counts = [entry["count"] for _, entry in sorted(resumed.state_dict()["state"].items())]
    last = {"counts": counts, "state_bytes": optimizer.state_bytes()}
    return {"parameters": values(params), "resumed": values(copies), **last}


# ---------------------------------------------------------------- use: together with m01 to m06


def train(tt, kind, state, x, target, options, decay, steps, frozen, tied):
    """Losses and parameters of Linear, tanh, Linear in training; the biases do not decay."""
    hidden, inputs = state["0.weight"].shape
    model = tt.Sequential(tt.Linear(inputs, hidden), tt.Tanh(), tt.Linear(hidden, len(state["2.bias"]))).to("float64")
    if tied:
        model[2].weight = model[0].weight
    model.load_state_dict({**state, "2.weight": state["0.weight"]} if tied else state)
    for name, p in model.named_parameters():
        p.requires_grad = name not in frozen
    weights, biases = ([p for name, p in model.named_parameters() if what in name] for what in ("weight", "bias"))
    optimizer = getattr(tt, kind)([{"params": weights, "weight_decay": decay}, {"params": biases}], **options)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = tt.cross_entropy(model(tt.Tensor(x)), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "parameters": dict(sorted(model.state_dict().items()))}


def old_graph(tt, kind, x, options, step):
    """(x · x).sum() backward a second time; in between comes a step, or none."""
    optimizer, (t,) = build(tt, kind, [{"params": [x]}], options)
    loss = (t * t).sum()
    loss.backward(retain_graph=True)
    if step:
        optimizer.step()
    loss.backward()
    return t.grad


def after_a_step(tt, kind, groups, options, seed, quiet):
    """Are parameters what they were, after steps, with `quiet` under no_grad: leaves that graphs begin at?"""
    optimizer, params = build(tt, kind, groups, options)
    for step in range(2):
        optimizer.zero_grad()
        give(params, seed, step)
        with tt.no_grad() if quiet else contextlib.nullcontext():
            optimizer.step()
    optimizer.zero_grad()
    results = [(t * 3.0).sum() for t in params]
    for result in results:
        result.backward()
    flags = {
        "requires_grad": [bool(t.requires_grad) for t in params],
        "results require gradients": [bool(r.requires_grad) for r in results],
    }
    return {**flags, "gradients": [t.grad for t in params], "parameters": values(params)}


def witness(tt, kind, options, count, shape, steps):
    """Bytes that steps leave behind, the most they use at a time, and what the first step kept."""
    groups = [{"params": [np.ones(shape, np.float32) for _ in range(count)]}]
    optimizer, params = build(tt, kind, groups, options)
    give(params, 1, 0)
    tracemalloc.start()
    try:
        start, _ = tracemalloc.get_traced_memory()
        optimizer.step()
        first, _ = tracemalloc.get_traced_memory()
        for _ in range(5):
            optimizer.step()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(steps):
            optimizer.step()
        _, peak = tracemalloc.get_traced_memory()
        after, _ = tracemalloc.get_traced_memory()
        if after - before > 4_000:  # unless it is only waiting to be collected
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return {
        "kept": first - start, "left": after - before, "peak": peak - before, "state_bytes": optimizer.state_bytes(),
        "moved": bool((params[-1].data != 1).any()),
    }  # fmt: skip


# --------------------------------------------------------------------- reflect


def formula(tt, name, *args):
    """What a formula of reflect.py says."""
    return getattr(tt.reflect, name)(*args)


def counted_bytes(tt, kind, shapes, dtype, momentum, centered):
    """The formula, and the bytes in the state of your own optimizer after one step."""
    options = {"SGD": {"momentum": momentum}, "RMSprop": {"momentum": momentum, "centered": centered}}.get(kind, {})
    optimizer, params = build(tt, kind, [{"params": [np.ones(shape, dtype) for shape in shapes]}], options)
    give(params, 0, 0)
    optimizer.step()
    size, itemsize = sum(t.size for t in params), params[0].dtype.itemsize
    arrays = [v for entry in optimizer.state_dict()["state"].values() for name, v in entry.items() if name != "step"]
    return {
        "formula": tt.reflect.state_bytes(kind, size, itemsize, momentum, centered),
        "state_bytes": optimizer.state_bytes(),
        "arrays": sum(array.nbytes for array in arrays),
    }


def constant_gradient(tt, kind, x, grad, options, steps):
    """x after each of these steps, in all of which its gradient is the same; and the optimizer's running means."""
    optimizer, (t,) = build(tt, kind, [{"params": [np.array([x])]}], options)
    seen = [x]
    t.backward(np.array([grad]))
    for _ in range(steps):
        optimizer.step()
        seen.append(float(t.data[0]))
    state = plain_state(optimizer.state_dict())["state"].get(0, {})
    return {"x": seen, "state": {name: float(np.asarray(v).reshape(-1)[0]) for name, v in state.items()}}


def descent(tt, curvatures, lr, steps):
    """The largest |x| after each step of your SGD in a bowl, from x = 1 everywhere, by your own backward pass."""
    a, x = tt.Tensor(np.array(curvatures)), tt.Tensor(np.ones(len(curvatures)), requires_grad=True)
    optimizer = tt.SGD([x], lr=lr)
    seen = [1.0]
    for _ in range(steps):
        optimizer.zero_grad()
        (a * x * x * 0.5).sum().backward()
        optimizer.step()
        seen.append(float(np.abs(x.data).max()))
    return seen


# ----------------------------------------------------------------------- speed


def start(tt, kind, groups, options, seed, session):
    """An optimizer whose parameters have gradients; the parameters after one step."""
    optimizer, params = build(tt, kind, groups, options)
    give(params, seed, 0)
    optimizer.step()
    session["optimizer"], session["params"] = optimizer, params
    return values(params)[:1]


def steps(tt, repeat, session):
    """Steps with the same gradients, again and again; the first number of the last parameter."""
    for _ in range(repeat):
        session["optimizer"].step()
    return float(session["params"][-1].data.reshape(-1)[0])
