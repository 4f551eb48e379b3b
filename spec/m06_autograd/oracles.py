"""The right answers: PyTorch in float64, closed forms, and counts."""

import functools
import itertools
import math
import operator

import numpy as np

from spec.kit.compare import AnyOf, Bounded
from spec.kit.oracle import leaf, narrow, native, pull, wide

from .probes import LINKS, combine, upstream

# ------------------------------------------------------------------- helpers


@functools.cache
def _torch():
    """PyTorch, on one thread: for arrays as small as these, waking others takes longer than the work."""
    import torch

    torch.set_num_threads(1)
    return torch


def cast(value, to):
    """`value` for PyTorch: arrays by `to`, numbers as they are."""
    return to(value) if isinstance(value, np.ndarray) else value


def dtype_of(compute, values):
    """The dtype that PyTorch gives the result."""
    return compute(*(cast(value, native) for value in values)).numpy().dtype


def answers(value, grads, names):
    """What `there_and_back` returns; grads: (gradient, Σ|terms|, dtype) of each leaf."""
    first, second = {}, {}
    for name, (grad, scale, dtype) in zip(names, grads, strict=True):
        first[f"grad of {name}"] = Bounded(narrow(grad, dtype), scale)
        second[f"grad of {name} after a second backward"] = Bounded(narrow(2 * grad, dtype), 2 * np.asarray(scale))
    return {"value": value, **first, **second}


def leaves_of(forms):
    return [(place, name) for place, (name, form) in enumerate(zip("abcdefgh", forms, strict=False)) if form == "leaf"]


def summed_to(grad, shape):
    """The sum over all copies that broadcasting `shape` to grad's shape has made."""
    added = grad.ndim - len(shape)
    axes = tuple(range(added)) + tuple(added + i for i, side in enumerate(shape) if side == 1)
    return grad.sum(axis=axes, keepdims=True).reshape(shape)


def elementwise(compute, values, forms, seed, slope=0.0):
    """Gradients of an operation on each element: of every copy by itself, and then summed, which gives Σ|terms| too.

    slope: what the derivative is at most, where its rounding errors are those of numbers of that size.
    """
    torch = _torch()
    shape = torch.broadcast_shapes(*(np.shape(value) for value in values))
    copies = [
        leaf(np.broadcast_to(v, shape)) if form == "leaf" else cast(v, wide)
        for v, form in zip(values, forms, strict=True)
    ]
    result = compute(*copies)
    dtype = dtype_of(compute, values)
    value = narrow(compute(*(cast(v, wide) for v in values)), dtype)
    grad = upstream(shape, seed, dtype)
    pull(result, wide(grad))
    grads = []
    for place, _ in leaves_of(forms):
        terms = copies[place].grad.numpy()
        own = values[place].shape
        size = np.abs(terms) + slope * np.abs(grad.astype(float))
        grads.append((summed_to(terms, own), summed_to(size, own), values[place].dtype))
    return answers(value, grads, [name for _, name in leaves_of(forms)])


def linear_back(compute, values, forms, seed, absolute=False):
    """Gradients of any operation; Σ|terms| are the gradients for |upstream| (and, with `absolute`, |operands|)."""
    dtype = dtype_of(compute, values)

    def run(change):
        operands = [
            leaf(change(v) if absolute else v) if form == "leaf" else cast(change(v) if absolute else v, wide)
            for v, form in zip(values, forms, strict=True)
        ]
        result = compute(*operands)
        pull(result, wide(change(upstream(tuple(result.shape), seed, dtype))))
        return result, [operands[place].grad.numpy() for place, _ in leaves_of(forms)]

    result, grads = run(np.asarray)
    _, scales = run(np.abs)
    size = compute(*(wide(np.abs(v)).double() if isinstance(v, np.ndarray) else v for v in values))
    dtypes = [values[place].dtype for place, _ in leaves_of(forms)]
    triples = list(zip(grads, [np.abs(scale) for scale in scales], dtypes, strict=True))
    value = narrow(result, dtype)
    if dtype.kind == "f":
        value = Bounded(value, np.maximum(size.numpy(), np.abs(value)))
    return answers(value, triples, [name for _, name in leaves_of(forms)])


# ----------------------------------------------------------- 1. unbroadcast


def unbroadcast(grad, shape):
    return Bounded(narrow(summed_to(grad, shape), grad.dtype), summed_to(np.abs(grad), shape))


# ------------------------------------------------- 2. record, and walk back


def unary(name, x, seed):
    # The derivative of tanh is 1 - tanh², a difference of numbers of size 1.
    return elementwise(lambda t: getattr(t, name)(), [x], ["leaf"], seed, slope=float(name == "tanh"))


def chain(names, x, seed):
    def compute(t):
        for name in names:
            t = getattr(t, name)()
        return t

    slope = 60.0 if "exp" in names else 1.0  # of numbers up to 4
    return elementwise(compute, [x], ["leaf"], seed, slope=slope)


def constructed(x):
    flags = {
        "leaf": True, "constant": False, "other": False, "-leaf": True, "exp": True, "-constant": False
    }  # fmt: skip
    before = {name: [flag, True] for name, flag in flags.items()}
    return {"requires_grad, grad is None": before, "after backward": {**before, "leaf": [True, False]}}


def default_seed(x):
    t = leaf(x)
    (-t.tanh()).sum().backward()
    return Bounded(narrow(t.grad, x.dtype), np.ones(x.shape))


def of_a_leaf(x, seed):
    return np.asarray(2 * upstream(x.shape, seed, x.dtype))


def backward_with(x, grad, form):
    return np.asarray(-np.asarray(grad), x.dtype)


def long_chain(x, length, dropped):
    return np.ones_like(x) * (-1) ** length


def wrapped(names, x):
    t = x.astype(float)
    return {
        "not wrapped around yours": [],
        "other objects after the second time": [],
        "all names the same": True,
        "grad": np.exp(t).astype(x.dtype),
    }


def made_before(x, w):
    return {
        "there before": [],
        "flags": [False, False, False, True],
        "grad is None": [True, True, True],
        "grad of weight": x * np.exp(w),
        "grad of old": -w,
    }


# ------------------------------------------------- 3. many paths, one gradient


def program(leaves, needs, steps, seed):
    inputs = [leaf(x) if needed else wide(x) for x, needed in zip(leaves, needs, strict=True)]
    tensors = list(inputs)
    for op, i, j in steps:
        a, b = tensors[i % len(tensors)], tensors[j % len(tensors)]
        tensors.append(combine(op, a, b))
    result = tensors[-1] + tensors[0]
    pull(result, wide(upstream(tuple(result.shape), seed)))
    grads = [None if t.grad is None else Bounded(t.grad.numpy(), 10 + t.grad.abs().numpy()) for t in inputs]
    return {
        "value": result.detach().numpy(),
        "grads": grads,
        "on the way": tensors[-1] is not inputs[0] or inputs[0].grad is None,
    }


def diamonds(x, kinds):
    slopes = {"twice": 2.0, "two ways": 2.0, "one longer": -1.75}
    return np.full_like(x, math.prod(slopes[kind] for kind in kinds))


BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "pow": operator.pow,
    "matmul": operator.matmul,
}


def larger(a, b):
    """torch.maximum, which takes no numbers."""
    torch = _torch()
    dtype = torch.result_type(a, b)
    return torch.maximum(torch.as_tensor(a).to(dtype), torch.as_tensor(b).to(dtype))


def with_itself(op, x, seed):
    compute = larger if op == "maximum" else BINARY[op]
    if op == "matmul":
        return linear_back(lambda t: t @ t, [x], ["leaf"], seed, absolute=True)
    got = elementwise(lambda t: compute(t, t), [x], ["leaf"], seed)
    grad = np.abs(upstream(x.shape, seed, x.dtype).astype(float))
    # What comes back is the difference of two terms of this size; for pow they are x · xˣ⁻¹ and ln x · xˣ.
    power = np.abs(x).astype(float) ** x
    terms = {
        "sub": 2 * grad,
        "truediv": 2 * grad / np.abs(x),
        "pow": grad * power * (1 + np.abs(np.log(np.abs(x)))),
    }.get(op)
    if terms is None:
        return got
    return {name: Bounded(want.want, 2 * terms) if isinstance(want, Bounded) else want for name, want in got.items()}


def accumulated(x, seeds):
    steps, total = [], np.zeros_like(x)
    for seed in seeds:
        total = np.asarray(total + 2 * x * upstream(x.shape, seed, x.dtype))
        steps.append(Bounded(total, np.abs(x) * 2000))
    return [*steps, None, np.asarray(-upstream(x.shape, seeds[0], x.dtype))]


def shared(kind, a, b, seed):
    torch = _torch()
    a, b, dtype = leaf(a), leaf(b), a.dtype
    result = {
        "a + b": lambda: a + b,
        "a - b": lambda: a - b,
        "a + a + b": lambda: a + a + b,
        "reshape": lambda: (a + b).reshape(-1),
        "transpose": lambda: a + b,
        "sum": lambda: (a.sum() + b.sum()).expand(2, 3),
        "choices": lambda: a + b,
        "a * b": lambda: a * b,
    }[kind]()
    grad = wide(upstream(tuple(result.shape), seed, dtype))
    grads = torch.autograd.grad((result * grad).sum(), (a, b), allow_unused=True)
    a_grad, b_grad = (None if g is None else narrow(g, dtype) for g in grads)
    return {
        "share memory": [],
        "grad of a, overwritten": Bounded(a_grad + np.asarray(77, dtype), 77 + np.abs(a_grad)),
        "grad of b, first": b_grad,
        "grad of b, second": None if b_grad is None else 2 * b_grad,
        "what backward was given": True,
    }


def mixed(op, a, b, forms, seed):
    return linear_back(BINARY[op], [a, b], forms, seed)


def composed_method(x, seed):
    return linear_back(lambda a: a.tanh().mean(0), [x], ["leaf"], seed) | _roomy(x, seed)


def _roomy(x, seed):
    """As the answers for tanh and mean, with the rounding errors of the formula (e^2x - 1) / (e^2x + 1)."""
    t = leaf(x)
    y = t.tanh().mean(0)
    pull(y, wide(upstream(tuple(y.shape), seed, x.dtype)))
    size = np.abs(upstream(tuple(y.shape), seed, x.dtype)).max()
    return answers(
        Bounded(narrow(y, x.dtype), np.ones(y.shape)), [(t.grad.numpy(), np.full(x.shape, size), x.dtype)], "a"
    )


def operand_given_back(x, seed):
    grad = upstream(x.shape, seed)
    return [2 * x * grad, Bounded((2 * x - 1) * grad, (2 * np.abs(x) + 1) * np.abs(grad))]


# ------------------------------------------------- 4. element by element


def binary(op, a, b, forms, seed):
    return elementwise(larger if op == "maximum" else BINARY[op], [a, b], forms, seed)


def clip(x, low, high, forms, seed):
    torch = _torch()

    def compute(x, low, high):
        if any(isinstance(bound, torch.Tensor) for bound in (low, high)):
            low, high = (b if b is None or isinstance(b, torch.Tensor) else torch.as_tensor(b) for b in (low, high))
        return torch.clamp(x, low, high)

    return elementwise(compute, [x, low, high], forms, seed)


def clip_by_name(x, high, seed):
    return elementwise(lambda x, high: _torch().clamp(x, max=high), [x, high], ["leaf", "leaf"], seed)


def where(condition, a, b, forms, by_name, seed):
    condition = native(condition)
    torch = _torch()
    shape = np.broadcast_shapes(condition.shape, np.shape(a), np.shape(b))
    wanted = [np.broadcast_to(v, shape) if isinstance(v, np.ndarray) else v for v in (a, b)]
    got = elementwise(lambda a, b: torch.where(condition, a, b), wanted, forms, seed)
    return {name: _summed(want, name, {"a": a, "b": b}) for name, want in got.items()}


def _summed(want, name, operands):
    """A gradient of the stretched operand, summed down to the operand itself."""
    if not isinstance(want, Bounded):
        return want
    shape = operands[name.removeprefix("grad of ")[0]].shape
    dtype = want.want.dtype
    return Bounded(narrow(summed_to(want.want.astype(float), shape), dtype), summed_to(want.scale, shape))


# ------------------------------------------------- 5. sums and matrix products


def reduce(name, x, options, seed):
    axis = options.get("axis")
    axes = tuple(range(x.ndim)) if axis is None else axis
    named = {"dim": axes, "keepdim": options.get("keepdims", False)}
    if name == "var":
        named["correction"] = options.get("correction", 1)
        return _var(x, named, seed)
    method = "amax" if name == "max" else name
    if not x.ndim:
        return linear_back(lambda t: t * 1.0, [x], ["leaf"], seed)
    want = linear_back(lambda t: getattr(t, method)(**named), [x], ["leaf"], seed)
    if name != "max":
        return want
    return {
        key: value if key == "value" else AnyOf((value, _one_winner(x, named, seed, key)))
        for key, value in want.items()
    }


def _one_winner(x, named, seed, key):
    """The gradient of max where the first of several equal elements takes all."""
    axes = tuple(axis % x.ndim for axis in np.atleast_1d(named["dim"]))
    kept = tuple(axis for axis in range(x.ndim) if axis not in axes)
    rows = x.transpose(*kept, *axes).reshape(*[x.shape[axis] for axis in kept], -1)
    grad = np.zeros(rows.shape)
    result_shape = x.max(axes, keepdims=named["keepdim"]).shape
    given = upstream(result_shape, seed, x.dtype).reshape(rows.shape[:-1])
    np.put_along_axis(grad, rows.argmax(-1)[..., None], given[..., None].astype(float), -1)
    grad = grad.reshape([x.shape[axis] for axis in (*kept, *axes)]).transpose(np.argsort((*kept, *axes)))
    return narrow(grad * (2 if "second" in key else 1), x.dtype)


def _var(x, named, seed):
    t = leaf(x)
    y = t.var(**named)
    grad = upstream(tuple(y.shape), seed, x.dtype)
    pull(y, wide(grad))
    # 2 (x - mean) / (n - correction): a difference of numbers of the size of x.
    count = x.size // max(y.numel(), 1)
    size = 2 * np.abs(grad).max(initial=0) * np.abs(x).max(initial=0) / (count - named["correction"])
    value = Bounded(narrow(y, x.dtype), np.full(tuple(y.shape), np.abs(x).max(initial=0) ** 2.0))
    return answers(value, [(t.grad.numpy(), np.full(x.shape, float(size)), x.dtype)], "a")


def matmul(how, a, b, forms, seed):
    return linear_back(operator.matmul, [a, b], forms, seed, absolute=True)


# ------------------------------------------------- 6. shapes, indices, joins

MOVES = {
    "reshape": lambda x, shape: x.reshape(shape),
    "reshape to a tuple": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, axes: x.swapaxes(*axes),
    "permute": lambda x, axes: x.transpose(axes),
    "permute by a tuple": lambda x, axes: x.transpose(axes),
    "T": lambda x, _: x.T,
    "flatten": lambda x, axes: native(x).flatten(*axes).numpy(),
    "squeeze": lambda x, axes: native(x).squeeze(*axes).numpy(),
    "unsqueeze": lambda x, axis: np.expand_dims(x, axis),
    "expand": lambda x, shape: native(x).expand(shape).numpy(),
    "index": lambda x, index: np.asarray(x[index]),
}


def scattered(x, places, seed):
    """The answers for an operation that only moves elements; `places` says from where in x each one comes."""
    value = x.reshape(-1)[places.reshape(-1)].reshape(places.shape)
    grad = upstream(places.shape, seed, x.dtype).astype(float).reshape(-1)
    total, size = np.zeros(x.size), np.zeros(x.size)
    np.add.at(total, places.reshape(-1), grad)
    np.add.at(size, places.reshape(-1), np.abs(grad))
    return value, total.reshape(x.shape), size.reshape(x.shape)


def numbered(x):
    """An array like x that holds each element's place."""
    return np.arange(x.size).reshape(x.shape)


def moved(moves, x, seed):
    places = numbered(x)
    for move, how in moves:
        places = MOVES[move](places, how)
    value, total, size = scattered(x, places, seed)
    return answers(value, [(total, size, x.dtype)], "a")


def indexed(x, index, form, seed):
    return moved([["index", index]], x, seed)


def joined(join, parts, axis, forms, seed):
    function = {"cat": np.concatenate, "stack": np.stack}[join]
    starts = np.cumsum([0, *(x.size for x in parts)])
    places = function([numbered(x) + start for x, start in zip(parts, starts, strict=False)], axis)
    everything = np.concatenate([x.reshape(-1) for x in parts])
    value, total, size = scattered(everything, places, seed)
    grads = []
    for place, _ in leaves_of(forms):
        part = slice(starts[place], starts[place + 1])
        x = parts[place]
        grads.append((total[part].reshape(x.shape), size[part].reshape(x.shape), x.dtype))
    return answers(value, grads, [name for _, name in leaves_of(forms)])


def joined_with_itself(join, x, seed):
    places = {"cat": np.concatenate, "stack": np.stack}[join]([numbered(x)] * 3)
    value, total, size = scattered(x, places, seed)
    return answers(value, [(total, size, x.dtype)], "a")


def converted(x, dtype, seed):
    grad = upstream(x.shape, seed, dtype)
    rounding = 1.0 if dtype == "float64" else 100.0  # float32 on the way: its rounding, seen in float64
    scale = np.abs(grad.astype(float)) * rounding
    return answers(x.astype(dtype), [(grad.astype(float), scale, x.dtype)], "a")


# ------------------------------------------------- 7. forgetting


def without_recording(x):
    return {
        "before": True,
        "inside": False,
        "inside of both": False,
        "after the inner one": False,
        "after": True,
        "after an exception": True,
        "after an exception in the inner one": False,
        "decorated": False,
        "after the decorated one": True,
        "after an operation that failed": True,
        "a leaf made inside": True,
        "grad, by backward inside": 2 * x,
    }


def in_another_thread(x):
    return {"here, meanwhile": True, "in the other thread": False, "grad": 2 * x}


def detached(x, seed):
    grad = 9 * x * upstream(x.shape, seed, x.dtype)
    return {
        "requires_grad": False,
        "is the Tensor itself": False,
        "shares memory": bool(x.size),
        "the Tensor still needs a gradient": True,
        "grad": grad,
    }


def backward_again(x, retain):
    once = np.asarray(2 * x * np.exp(x * x))
    steps, freed, count = [], False, 0
    for keep in retain:
        if freed:
            steps.append("RuntimeError")
        else:
            count += 1
            freed = not keep
        steps.append(Bounded(np.asarray(count * once), count * np.abs(once)))
    return steps


def left_alive(x, run):
    return {"alive": [], "grad": 2 * np.exp(2 * x) if run else None}


# The right gradient, for changes in place that may be allowed.
CHANGES = {
    "x / w, w.add_": lambda x, w: 1 / w,
    "w / x, x.add_": lambda x, w: -w / x**2,
    "x ** 3, x.mul_": lambda x, w: 3 * x**2,
    "x.log(), x.add_": lambda x, w: 1 / x,
    "x.exp(), x.add_": lambda x, w: np.exp(x),
    "x.tanh(), x.zero_": lambda x, w: 1 - np.tanh(x) ** 2,
    "x + w, w.add_": lambda x, w: np.ones_like(x),
    "x.sum(), x.add_": lambda x, w: np.ones_like(x),
    "y.mul_": lambda x, w: np.full_like(x, 6.0),
    "y.add_(x)": lambda x, w: np.full_like(x, 4.0),
    "y[0] = 0": lambda x, w: np.where(np.arange(len(x))[:, None] > 0, 3.0, 0.0) * np.ones_like(x),
    "y[0].zero_": lambda x, w: np.where(np.arange(len(x))[:, None] > 0, 3.0, 0.0) * np.ones_like(x),
    "y.zero_": lambda x, w: np.zeros_like(x),
}


def changed_before_backward(case, x, w):
    return CHANGES[case](x, w)


def constant_from_a_leaf(how, x):
    # (1 + x)² or x², and x.
    return 1 + 2 * (1 + x) if how == "add_" else 1 + 2 * x


def after_a_refused_pass(x, w):
    return [None, None]


def harmless_changes(x, w, seed):
    grads, w = [], 2 * w
    for step in range(3):
        grad = upstream((x + w).shape, seed + step)
        x_grad, w_grad = summed_to(grad * w, x.shape), summed_to(grad * x, w.shape)
        grads += [x_grad, w_grad]
        w = w - 0.5 * w_grad
    return [*grads, w]


# ------------------------------------------------- 8. own operations


def own_function(name, values, forms, seed):
    functions = {"Scale": operator.mul, "Cube": lambda x: x**3, "Outer": operator.mul}

    def compute(*operands):
        doubled = [t * 2.0 if form == "leaf" else t for t, form in zip(operands, forms, strict=True)]
        return functions[name](*doubled) + doubled[forms.index("leaf")]

    size = max([1.0, *(float(np.abs(value).max(initial=0.0)) for value in values)])
    return elementwise(compute, values, forms, seed, slope=24 * size * size)


def own_function_on_constants(x):
    return {"flags": [True, False, False, True], "value": np.asarray(x**3), "grad": np.asarray(3 * x * x)}


def checked(name, a, b, needs):
    return {"verdict": True, "inputs unchanged": [True, True], "grads": [None, None]}


def checked_alone(x):
    return True


def checkpointed(x, weights, needs, seed):
    t = leaf(x) if needs else wide(x)
    parameters = [leaf(w) for w in weights]
    y = t
    for w in parameters:
        y = (y @ w).tanh() * y
    y = y * 2.0
    pull(y, wide(upstream(tuple(y.shape), seed)))
    answer = {
        "value": y.detach().numpy(),
        "grad of x": t.grad,
        "grads": [p.grad.numpy() for p in parameters],
    }
    return {"without": answer, "with": answer}


def checkpoint_of_constants(x):
    once = np.asarray(3 * x)
    return {"flags": [False, False, True], "values": [once, once, np.asarray(6 * x * x)], "grad": np.asarray(6 * x)}


# ------------------------------------------------------------------------ use

FUNCTION_NAMES = {"axis": "dim"}


def through_function(name, x, settings, seed):
    functional = _torch().nn.functional
    settings = {FUNCTION_NAMES.get(key, key): value for key, value in settings.items()}
    if name == "gelu":
        settings["approximate"] = "tanh"
    function = getattr(_torch(), name) if name in ("sigmoid", "tanh") else getattr(functional, name)
    got = linear_back(lambda t: function(t, **settings), [x], ["leaf"], seed)
    value, size = got.pop("value").want, 1.0 + np.abs(x).max(initial=0.0)
    # Derivatives of activations are about 1 at most, and made of numbers of size 1 (gelu and silu: of size x).
    due = 4.0 * size * np.abs(upstream(value.shape, seed, x.dtype)).max(initial=0.0)
    grads = {name: Bounded(want.want, np.full(x.shape, due)) for name, want in got.items()}
    return {"value": Bounded(value, np.full(value.shape, size)), **grads}


def through_loss(name, x, target, options, seed):
    functional = _torch().nn.functional
    options = {key: cast(value, wide) for key, value in options.items()}
    wanted = cast(target, wide) if target.dtype.kind == "f" else native(target)
    t = leaf(x)
    y = getattr(functional, name)(t, wanted, **options)
    grad = upstream(tuple(y.shape), seed, x.dtype)
    pull(y, wide(grad))
    # Differences of probabilities, of numbers of the size of x, times weights.
    size = np.abs(grad).max(initial=0) * (4 + 4 * np.abs(x).max(initial=0))
    value = Bounded(narrow(y, x.dtype), np.full(tuple(y.shape), (1 + np.abs(x).max(initial=0)) ** 2 * max(x.size, 1)))
    return answers(value, [(t.grad.numpy(), np.full(x.shape, float(size)), x.dtype)], "a")


def train(state, x, target, steps, rate, frozen):
    torch = _torch()
    parameters = {name: leaf(array) for name, array in state.items()}
    for name in frozen:
        parameters[name].requires_grad_(False)
    losses = []
    for _ in range(steps):
        hidden = torch.nn.functional.gelu(wide(x) @ parameters["0.weight"].T + parameters["0.bias"], approximate="tanh")
        logits = hidden @ parameters["2.weight"].T + parameters["2.bias"]
        loss = torch.nn.functional.cross_entropy(logits, native(target))
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for p in parameters.values():
                if p.grad is not None:
                    p -= rate * p.grad
                    p.grad = None
    return {
        "losses": losses,
        "parameters": {name: narrow(p, "float32") for name, p in parameters.items()},
    }


def parameters_ask_for_gradients():
    return {
        "Parameters": [True, True],
        "Parameter(…, requires_grad=False)": False,
        "result": [True, False],
        "grads": [np.ones((3, 2), np.float32), np.ones(3, np.float32)],
        "grads of a deep copy made before": [True, True],
    }


def rows(x, seed):
    weights = 1.0 + np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1))
    grad = upstream(x.shape[1:], seed, x.dtype)
    value = Bounded(narrow((x * weights).sum(0), x.dtype), np.abs(x * weights).sum(0))
    return answers(value, [(weights * grad, np.abs(weights * grad), x.dtype)], "a")


# -------------------------------------------------------------------- reflect


def chain_derivative(x, links):
    torch = _torch()
    t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y = t
    for link in links:
        y = LINKS[link](y)
    y.backward()
    return {"formula": float(t.grad), "your backward": float(t.grad)}


def paths(fans):
    """Counted: every way is walked."""
    count = sum(1 for _ in itertools.product(*(range(fan) for fan in fans)))
    return {"formula": count, "your backward": float(count)}


def flops_of(*products):
    """Counted: the multiplications and additions of products (n, k) @ (k, m) that are really made, in loops."""
    count = 0
    for (n, k), (inner, m) in products:
        assert k == inner
        for _ in itertools.product(range(n), range(m), range(k)):
            count += 2
    return count


def backward_flops(n, k, m, wrt_left, wrt_right):
    made = [((n, m), (m, k))] * wrt_left + [((k, n), (n, m))] * wrt_right
    return flops_of(*made)


def training_flops(batch, widths):
    made = []
    for layer, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
        made += [((batch, inputs), (inputs, outputs)), ((inputs, batch), (batch, outputs))]
        made += [((batch, outputs), (outputs, inputs))] if layer else []
    return flops_of(*made)


def kept_bytes(batch, widths, itemsize):
    """Counted: the arrays that a network with tanh leaves for its backward pass."""
    kept, y = 0, np.zeros((batch, widths[0]), f"f{itemsize}")
    for width in widths[1:]:
        kept += y.nbytes  # for the gradient of the weight
        y = np.tanh(y @ np.zeros((y.shape[1], width), y.dtype))
    return kept + y.nbytes  # for the gradient of the last tanh


def training_bytes(widths, extras):
    arrays = [np.zeros(shape, "float32") for a, b in itertools.pairwise(widths) for shape in ((b, a), (b,))]
    total = sum(array.nbytes for array in arrays for _ in range(2 + extras))
    return {"formula": total, "measured": total}


def checkpointed_calls(layers, segment):
    count = 0
    for start in range(0, layers, segment or layers):
        run = min(segment or layers, layers - start)
        count += run if not segment else 2 * run
    return {"formula": count, "counted": count}


def kept_arrays(layers, segment):
    """Counted: the arrays that are there at once, over a forward and a backward pass with checkpoints."""
    if not segment:
        return layers
    results = most = 0
    for _ in range(0, layers, segment):
        results += 1
    for done in range(0, layers, segment):
        alive = results - done // segment + segment
        most = max(most, alive)
    return most


def best_segment(layers):
    costs = {s: kept_arrays(layers, s) for s in range(1, layers + 1) if layers % s == 0}
    return min(s for s, cost in costs.items() if cost == min(costs.values()))


# ---------------------------------------------------------------------- speed


def training_step(state, x, target):
    """A step of PyTorch, to be timed, and the loss before the first one."""
    torch = _torch()
    inputs, hidden, classes = x.shape[1], len(state["0.bias"]), len(state["2.bias"])
    model = torch.nn.Sequential(torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, classes))
    model.load_state_dict({name: native(array) for name, array in state.items()})
    x, target = native(x), native(target)
    parameters = list(model.parameters())

    def step():
        for p in parameters:
            p.grad = None
        loss = torch.nn.functional.cross_entropy(model(x), target)
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p -= 0.01 * p.grad
        return loss.item()

    return step, torch.nn.functional.cross_entropy(model(x), target).item()


def step_by_hand(state, x, target):
    """The same step, written out in NumPy for this one network: to be timed."""
    w1, b1, w2, b2 = (array.copy() for array in state.values())
    rows = np.arange(len(x))

    def step():
        hidden = x @ w1.T + b1
        active = np.maximum(hidden, 0)
        logits = active @ w2.T + b2
        weights = np.exp(logits - logits.max(1, keepdims=True))
        due = weights / weights.sum(1, keepdims=True)
        due[rows, target] -= 1
        due /= len(x)
        below = (due @ w2) * (hidden > 0)
        for parameter, gradient in ((w1, below.T @ x), (b1, below.sum(0)), (w2, due.T @ active), (b2, due.sum(0))):
            parameter -= 0.01 * gradient

    return step


def addition(a, b, grad):
    """PyTorch's addition and backward pass, to be timed."""
    a, b, grad = native(a).requires_grad_(), native(b).requires_grad_(), native(grad)

    engine = _torch().autograd.Variable._execution_engine

    def work():
        # What Tensor.backward calls, past a check that imports a computer algebra system: half a second.
        a.grad = b.grad = None
        engine.run_backward((a + b,), (grad,), False, False, (), allow_unreachable=True, accumulate_grad=True)

    return work


def chain_of(length, repeat):
    return np.ones(2)


def harmless_change(name, x):
    y = {"a.sum(0)": x.sum(0), "a.mean()": x.mean(), "a.reshape(-1)": x.reshape(-1), "a.transpose(0, 1)": x.T,
         "cat([a, a])": np.concatenate([x, x]), "stack": np.stack([x, x])}.get(name, x)  # fmt: skip
    w = np.arange(1.0, np.size(y) + 1).reshape(np.shape(y))
    grad = {
        "a + 1.5": lambda: w,
        "1.5 - a": lambda: -w,
        "-a": lambda: -w,
        "a.sum(0)": lambda: np.broadcast_to(w, x.shape),
        "a.mean()": lambda: np.full(x.shape, float(w) / x.size),
        "a.reshape(-1)": lambda: w.reshape(x.shape),
        "a.transpose(0, 1)": lambda: w.T,
        "cat([a, a])": lambda: w[: len(x)] + w[len(x) :],
        "stack": lambda: w.sum(0),
    }[name]()
    return np.ascontiguousarray(grad, x.dtype)


def checkpoint_walked_without_recording(x, weight):
    torch = _torch()
    a, w = (torch.from_numpy(v.astype(np.float64)).requires_grad_() for v in (x, weight))
    pull((a * w).tanh() * w, torch.ones_like(a))
    return {"grad of a": a.grad.numpy().astype(x.dtype), "grad of w": w.grad.numpy().astype(x.dtype)}
