"""The right answers: torch.optim itself, in float64, and closed forms."""

import math

import numpy as np

from spec.kit.compare import Bounded
from spec.kit.oracle import step_of, torch_optim

from .probes import gradient, plain_option

# ------------------------------------------------------------------- helpers


def build(kind, groups, options):
    """PyTorch's optimizer, and its parameters, in float64."""
    torch = torch_optim()
    made = [
        {**g, "params": [torch.from_numpy(np.array(x, np.float64, order="C")).requires_grad_() for x in g["params"]]}
        for g in groups
    ]
    return getattr(torch.optim, kind)(made, **options), [p for g in made for p in g["params"]]


def given_arrays(groups):
    return [x for g in groups for x in g["params"]]


def give(params, arrays, seed, number_of_step, missing=()):
    """New gradients: as they are in the dtype that the framework was given."""
    for number, (p, x) in enumerate(zip(params, arrays, strict=True)):
        absent = [number_of_step, number] in missing
        p.grad = (
            None if absent else torch_optim().from_numpy(gradient(seed, number_of_step, number, x).astype(np.float64))
        )


def take(optimizer, params, arrays, seed, steps, missing=()):
    for number in steps:
        give(params, arrays, seed, number, missing)
        step_of(optimizer)


def values(params):
    return [p.detach().numpy().copy() for p in params]


class Path:
    """Where parameters have been: their scale is that, and not where they happen to end near 0."""

    def __init__(self, params):
        self.last, self.length = values(params), [np.abs(x) for x in values(params)]

    def now(self, params, arrays, lr):
        """The values of now, in the dtype of `arrays`, with a scale: how far they have come, and lr."""
        for number, x in enumerate(values(params)):
            self.length[number] = self.length[number] + np.abs(x - self.last[number])
            self.last[number] = x
        return [
            Bounded(x.astype(a.dtype), length + lr) for x, a, length in zip(self.last, arrays, self.length, strict=True)
        ]


def state_of(optimizer, options):
    """Its state_dict in the form of `plain_state`, with those options that are named."""
    saved = optimizer.state_dict()
    state = {
        number: {name: float(v) if name == "step" else v.numpy().copy() for name, v in sorted(entry.items())}
        for number, entry in sorted(saved["state"].items())
    }
    groups = [
        {name: plain_option(name, v) for name, v in sorted(g.items()) if name in (*options, "params")}
        for g in saved["param_groups"]
    ]
    return {"state": state, "param_groups": groups}


OPTIONS = {
    "SGD": ("lr", "momentum", "dampening", "weight_decay", "nesterov"),
    "RMSprop": ("lr", "alpha", "eps", "weight_decay", "momentum", "centered"),
    "Adam": ("lr", "betas", "eps", "weight_decay"),
    "AdamW": ("lr", "betas", "eps", "weight_decay"),
}
"""What there is in a group, of all that PyTorch has there."""

# --------------------------------------------------------------------- the same questions


def groups(form, shapes, lr, others, extra):
    numbers = list(range(len(shapes)))
    split = {
        "one Tensor a group": [[n] for n in numbers],
        "generators in groups": [numbers[:1], numbers[1:]],
        "added later": [numbers[:1], numbers[1:]],
    }.get(form, [numbers])
    plain = {"list", "tuple", "generator"}
    differing = {"generators in groups": [1], "added later": [1]}.get(form, [] if form in plain else range(len(split)))
    return [
        dict(sorted({"lr": lr, **others, **(extra if n in differing else {}), "params": params}.items()))
        for n, params in enumerate(split)
    ]


def run(kind, groups, options, steps, seed, missing=(), changes=()):
    optimizer, params = build(kind, groups, options)
    arrays, path, seen, furthest = given_arrays(groups), Path(params), {}, 0.0
    for number in range(steps):
        for when, group, name, value in changes:
            if when == number:
                optimizer.param_groups[group][name] = value
        take(optimizer, params, arrays, seed, [number], missing)
        furthest += max(float(g["lr"]) for g in optimizer.param_groups)
        now = path.now(params, arrays, furthest)
        if number < 3 or number == steps - 1:
            seen[f"after step {number + 1}"] = now
    return seen


def one_step(kind, x, grad, options):
    optimizer, (p,) = build(kind, [{"params": [x]}], options)
    p.grad = torch_optim().from_numpy(grad.copy())
    step_of(optimizer)
    # The probe takes the difference of two numbers of the size of x.
    return Bounded(values([p])[0] - x, np.abs(x) + np.abs(values([p])[0]))


def gradients_afterwards(kind, groups, options, steps, seed):
    optimizer, params = build(kind, groups, options)
    arrays, path, seen = given_arrays(groups), Path(params), []
    totals = [np.zeros_like(x) for x in arrays]
    for number in range(steps):
        totals = [
            np.asarray(total + gradient(seed, number, n, x))
            for n, (total, x) in enumerate(zip(totals, arrays, strict=True))
        ]
        for p, total in zip(params, totals, strict=True):
            p.grad = torch_optim().from_numpy(np.array(total))
        step_of(optimizer)
        seen.append(totals)
    take(optimizer, params, arrays, seed, [steps])
    return {"gradients": seen, "parameters": path.now(params, arrays, 1.0)}


def two_optimizers(kind, groups, options, seed):
    first, params = build(kind, groups, options)
    arrays, path = given_arrays(groups), Path(params)
    take(first, params, arrays, seed, range(2))
    second, again = build(
        kind, [{**g, "params": list(p["params"])} for g, p in zip(groups, as_arrays(first), strict=True)], options
    )
    take(second, again, arrays, seed, range(3))
    third, others = build(kind, groups, options)
    other_path = Path(others)
    take(third, others, arrays, seed + 1, range(3))
    return {
        "parameters": path.now(again, arrays, 1.0),
        "others": other_path.now(others, arrays, 1.0),
        "state of others": state_of(third, OPTIONS[kind])["state"],
    }


def as_arrays(optimizer):
    return [{"params": values(g["params"])} for g in optimizer.param_groups]


def state_after(kind, groups, options, steps, seed, missing=()):
    optimizer, params = build(kind, groups, options)
    path = Path(params)
    take(optimizer, params, given_arrays(groups), seed, range(steps), missing)
    return {
        "state": state_of(optimizer, OPTIONS[kind]),
        "parameters": path.now(params, given_arrays(groups), 1.0),
    }


def saved_by_pytorch(kind, groups, options, steps, seed, missing=()):
    """PyTorch's own state_dict, as arrays of the given dtype, and the parameters."""
    optimizer, params = build(kind, groups, options)
    arrays = given_arrays(groups)
    take(optimizer, params, arrays, seed, range(steps), missing)
    saved = optimizer.state_dict()
    state = {
        number: {name: v.numpy().copy() if name == "step" else v.numpy().astype(arrays[number].dtype)
                 for name, v in entry.items()}
        for number, entry in saved["state"].items()
    }  # fmt: skip
    return {
        "saved": {"state": state, "param_groups": [dict(g) for g in saved["param_groups"]]},
        "parameters": [x.astype(a.dtype) for x, a in zip(values(params), arrays, strict=True)],
    }


def went_on(kind, groups, options, saved, steps, seed, missing, dirty):
    """Here `options` are those that the state was saved with, as PyTorch's optimizer has them."""
    torch = torch_optim()
    optimizer, params = build(kind, groups, {})
    optimizer.load_state_dict({
        "state": {n: {name: torch.from_numpy(np.array(v)) for name, v in entry.items()}
                  for n, entry in saved["state"].items()},
        "param_groups": saved["param_groups"],
    })  # fmt: skip
    path, arrays = Path(params), given_arrays(groups)
    take(optimizer, params, arrays, seed, range(*steps), missing)
    return path.now(params, arrays, 1.0)


def snapshot(kind, groups, options, seed):
    optimizer, params = build(kind, groups, options)
    arrays, path = given_arrays(groups), Path(params)
    take(optimizer, params, arrays, seed, range(1))
    then = state_of(optimizer, OPTIONS[kind])
    optimizer.param_groups[0]["lr"] *= 0.5
    take(optimizer, params, arrays, seed, [1, 2])
    return {"then": then, "later": then, "parameters": path.now(params, arrays, 1.0)}


def state_bytes(kind, groups, options, steps, seed, missing=()):
    """Bytes of the arrays of PyTorch's state, in the dtype that was given; step counts left out."""
    optimizer, params = build(kind, groups, options)
    arrays = given_arrays(groups)
    take(optimizer, params, arrays, seed, range(steps), missing)
    entries = optimizer.state_dict()["state"].items()
    after = sum(v.numel() * arrays[n].itemsize for n, entry in entries for name, v in entry.items() if name != "step")
    return {"before": 0, "after": after}


def own_optimizer(groups, lr, seed):
    """Sign descent, written out."""
    results, counts = [], []
    number = 0
    for group in groups:
        for x in group["params"]:
            value, total, count = np.array(x), np.zeros(x.shape), 0
            for when in range(4):
                if (when, number) != (0, 0):
                    total, count = total + gradient(seed, when, number, x), count + 1
                    value = value - group.get("lr", lr) * group.get("scale", 2.0) * np.sign(total)
            results.append(np.asarray(value, x.dtype))
            counts.append(count)
            number += 1
    nbytes = sum(x.nbytes for x in results)
    scaled = [Bounded(x, 1 + 8 * abs(lr)) for x in results]
    return {"parameters": scaled, "resumed": scaled, "counts": counts, "state_bytes": nbytes}


def train(kind, state, x, target, options, decay, steps, frozen, tied):
    torch = torch_optim()
    named = {name: torch.from_numpy(np.array(v)) for name, v in state.items() if not (tied and name == "2.weight")}
    for name, p in named.items():
        p.requires_grad_(name not in frozen)
    groups = [
        {"params": [p for name, p in named.items() if "weight" in name], "weight_decay": decay},
        {"params": [p for name, p in named.items() if "bias" in name]},
    ]
    optimizer = getattr(torch.optim, kind)(groups, **options)
    first, second, losses = named["0.weight"], named["0.weight" if tied else "2.weight"], []
    for _ in range(steps):
        for p in named.values():
            p.grad = None
        hidden = (torch.from_numpy(np.array(x)) @ first.T + named["0.bias"]).tanh()
        loss = torch.nn.functional.cross_entropy(
            hidden @ second.T + named["2.bias"], torch.from_numpy(np.array(target))
        )
        loss.backward()
        step_of(optimizer)
        losses.append(loss.item())
    got = {**named, "2.weight": second}
    return {"losses": losses, "parameters": {n: Bounded(p.detach().numpy(), 1.0) for n, p in sorted(got.items())}}


# --------------------------------------------------------------------- reflect

ARRAYS = {"SGD": 0, "RMSprop": 1, "Adam": 2, "AdamW": 2}


def arrays_kept(kind, momentum, centered):
    """How many arrays of the parameters' size the state has."""
    return ARRAYS[kind] + (kind in ("SGD", "RMSprop") and momentum > 0) + (kind == "RMSprop" and centered)


def largest_model(memory, kind, itemsize, momentum, centered):
    return memory // (itemsize * (2 + arrays_kept(kind, momentum, centered)))


def descent(curvatures, lr, steps):
    """The largest |x| after each step in a bowl."""
    return [max(abs(1 - lr * a) ** t for a in curvatures) for t in range(steps + 1)]


# ----------------------------------------------------------------------- speed


def numpy_steps(kind, shape, count):
    """A step of the optimizer as one writes it in plain NumPy, for `count` parameters: the yardstick."""
    rng = np.random.default_rng(0)
    params, grads, first, second = (
        [rng.standard_normal(shape).astype(np.float32) ** 2 for _ in range(count)] for _ in range(4)
    )
    steps = [0]

    def momentum():
        for n in range(count):
            first[n] = 0.9 * first[n] + grads[n]
            params[n] -= 1e-4 * first[n]

    def adam():
        steps[0] += 1
        for n in range(count):
            first[n] = 0.9 * first[n] + 0.1 * grads[n]
            second[n] = 0.999 * second[n] + 0.001 * grads[n] ** 2
            mean, squares = first[n] / (1 - 0.9 ** steps[0]), second[n] / (1 - 0.999 ** steps[0])
            params[n] -= 1e-4 * mean / (np.sqrt(squares) + 1e-8)

    return {"SGD": momentum, "Adam": adam}[kind]


def first_values(kind, x, seed, lr):
    """After the first step: SGD goes lr · gradient, Adam lr in each direction."""
    grad = gradient(seed, 0, 0, x)
    return x - np.float32(lr) * (grad if kind == "SGD" else grad / (np.abs(grad) + np.float32(1e-8)))


def log_ratio(slowest, tolerance):
    """How many steps it takes, as a real number."""
    return math.log(tolerance) / math.log(slowest)


def size_of(shape):
    """How many elements there are."""
    return math.prod(shape)
