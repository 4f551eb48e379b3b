"""The right answers for walks back through graphs: PyTorch in float64, and closed forms."""

import functools
import math
import operator

import numpy as np

from spec.kit.compare import Bounded
from spec.kit.oracle import leaf, narrow, native, pull, wide

from .walking import combine, upstream

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
