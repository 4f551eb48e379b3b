"""How laws walk back through graphs: plain data in, plain data out.

`tt` is your framework, with autograd switched on. Most probes go `there_and_back`: a result, and gradients of its operands.
"""

import gc
import operator

import numpy as np

# ------------------------------------------------------------------- helpers


def upstream(shape, seed, dtype="float64"):
    """The gradient of what comes after a result of `shape`: 1, 2, 3, … for seed 0, else normal numbers."""
    size = int(np.prod(shape))
    flat = np.arange(1, size + 1) % 97 if seed == 0 else np.random.default_rng(seed).standard_normal(size)
    return flat.astype(dtype).reshape(shape)


def made(tt, value, form):
    """An operand: a "leaf" needs a gradient, a "constant" is a Tensor that needs none, a "plain" one stays as it is."""
    return value if form == "plain" else tt.Tensor(value, requires_grad=form == "leaf")


def gradient(t):
    """A copy of t.grad, as later passes may add to it."""
    return t.grad.copy() if isinstance(t.grad, np.ndarray) else t.grad


def there_and_back(tt, compute, values, forms, seed):
    """The result of `compute` on operands called a, b, c, …, and the gradients of the leaves among them.

    Backward runs twice over the same graph: what it adds the second time must be what it added the first time.
    """
    operands = [made(tt, value, form) for value, form in zip(values, forms, strict=True)]
    leaves = {name: t for name, t, form in zip("abcdefgh", operands, forms, strict=False) if form == "leaf"}
    result = compute(*operands)
    grad = upstream(result.shape, seed, result.dtype)
    result.backward(grad, retain_graph=True)
    first = {f"grad of {name}": gradient(t) for name, t in leaves.items()}
    result.backward(tt.Tensor(grad))
    second = {f"grad of {name} after a second backward": gradient(t) for name, t in leaves.items()}
    return {"value": result.data, **first, **second}


# ----------------------------------------------------------- 1. unbroadcast


def unbroadcast(tt, grad, shape):
    return tt.unbroadcast(grad, shape)


# ------------------------------------------------- 2. record, and walk back


def unary(tt, name, x, seed):
    """x.exp(), x.log(), …; "neg" is -x."""
    compute = operator.neg if name == "neg" else operator.methodcaller(name)
    return there_and_back(tt, compute, [x], ["leaf"], seed)


def chain(tt, names, x, seed):
    """One function after another: neg, exp, tanh, abs."""

    def compute(t):
        for name in names:
            t = -t if name == "neg" else getattr(t, name)()
        return t

    return there_and_back(tt, compute, [x], ["leaf"], seed)


def constructed(tt, x):
    """What leaves, constants and results say about themselves before a backward pass, and after it."""
    leaf, constant = tt.Tensor(x, requires_grad=True), tt.Tensor(x, requires_grad=False)
    other, on_the_way = tt.Tensor(x), -leaf
    result, unrelated = on_the_way.exp(), -constant
    tensors = {
        "leaf": leaf, "constant": constant, "other": other, "-leaf": on_the_way, "exp": result, "-constant": unrelated
    }  # fmt: skip
    before = {name: [bool(t.requires_grad), t.grad is None] for name, t in tensors.items()}
    result.backward(np.ones(x.shape, x.dtype))
    after = {name: [bool(t.requires_grad), t.grad is None] for name, t in tensors.items()}
    return {"requires_grad, grad is None": before, "after backward": after}


def leaf_of(tt, x, dtype):
    """The dtype of a leaf made of x, converted to `dtype`."""
    return tt.Tensor(x, dtype, requires_grad=True).dtype.name


def default_seed(tt, x):
    """backward() without a gradient, of a result with one element."""
    t = tt.Tensor(x, requires_grad=True)
    (-t.tanh()).backward()
    return t.grad


def of_a_leaf(tt, x, seed):
    """backward of a leaf itself: its gradient is the one that is given, in any form."""
    t = tt.Tensor(x, requires_grad=True)
    grad = upstream(x.shape, seed, x.dtype)
    t.backward(grad)
    t.backward(tt.Tensor(grad))
    return t.grad


def backward_with(tt, x, grad, form):
    """(-x).backward(grad)."""
    t = tt.Tensor(x, requires_grad=True)
    (-t).backward(tt.Tensor(grad) if form == "tensor" else grad)
    return t.grad


def backward_of_a_constant(tt, x, how):
    """backward where nothing needs a gradient."""
    t = tt.Tensor(x)
    if how == "under no_grad":
        with tt.no_grad():
            t = -tt.Tensor(x, requires_grad=True)
    elif how == "computed":
        t = -t
    elif how == "detached":
        t = (-tt.Tensor(x, requires_grad=True)).detach()
    elif how == "compared":
        t = tt.Tensor(x, requires_grad=True) > 0
    t.backward(np.ones(x.shape))
    return t.requires_grad


def long_chain(tt, x, length, dropped):
    """The gradient through `length` operations, and a chain of `dropped` ones that never gets a backward pass."""
    t = tt.Tensor(x, requires_grad=True)

    def chain_of(steps):
        y = t
        for _ in range(steps):
            y = -y
        return y

    gc.disable()  # it would look through everything again and again, and find nothing
    try:
        chain_of(dropped)
        chain_of(length).backward(np.ones_like(x))
    finally:
        gc.enable()
    return t.grad


# ------------------------------------------------- 3. many paths, one gradient


def combine(op, a, b):
    """The steps of `program`; all keep the shape (2, 2), and numbers small."""
    return {
        "mean": lambda: (a + b) * 0.5,
        "difference": lambda: a - b,
        "product": lambda: (a * b).tanh(),
        "negative": lambda: -a,
        "tanh": lambda: a.tanh(),
        "matrix product": lambda: (a @ b).tanh(),
        "transpose": lambda: a.T,
        "first row": lambda: a[0] + b,
    }[op]()


def program(tt, leaves, needs, steps, seed):
    """A drawn graph: each step is [operation, i, j] on two of the Tensors there are so far, leaves first."""
    tensors = [tt.Tensor(x, requires_grad=needed) for x, needed in zip(leaves, needs, strict=True)]
    inputs = list(tensors)
    for op, i, j in steps:
        tensors.append(combine(op, tensors[i % len(tensors)], tensors[j % len(tensors)]))
    result = tensors[-1] + tensors[0]
    result.backward(upstream(result.shape, seed))
    return {"value": result.data, "grads": [gradient(t) for t in inputs], "on the way": tensors[-1].grad is None}


def diamonds(tt, x, kinds):
    """y = y + y, or the like, once for each of `kinds`: as many paths as there are ways through all of them."""
    t = tt.Tensor(x, requires_grad=True)
    y = t
    for kind in kinds:
        if kind == "twice":
            y = y + y
        elif kind == "two ways":
            y = y * 0.5 + y * 1.5
        else:  # one way is longer than the other
            y = ((y + 1.0) * 2.0 - 2.0) * 0.25 - y * 2.25
    y.backward(np.ones_like(x))
    return t.grad


BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "pow": operator.pow,
    "maximum": lambda a, b: a.maximum(b),
    "matmul": operator.matmul,
}


def with_itself(tt, op, x, seed):
    """x + x, x * x, …: one Tensor is both operands."""
    return there_and_back(tt, lambda a: BINARY[op](a, a), [x], ["leaf"], seed)


def accumulated(tt, x, seeds):
    """Several graphs over one leaf, each with a gradient of its own; then zero_grad, and once more."""
    t = tt.Tensor(x, requires_grad=True)
    steps = []
    for seed in seeds:
        (t * t).backward(upstream(x.shape, seed, x.dtype))
        steps.append(gradient(t))
    t.zero_grad()
    steps.append(gradient(t))
    t.zero_grad()
    (-t).backward(upstream(x.shape, seeds[0], x.dtype))
    return [*steps, gradient(t)]


# Where a gradient is tempted to be somebody else's array.
ALIASES = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a + a + b": lambda a, b: a + a + b,
    "reshape": lambda a, b: a.reshape(-1) + b.flatten(),
    "transpose": lambda a, b: a.T.T + b[...],
    "sum": lambda a, b: (a.sum() + b.sum()).expand(2, 3),
    "choices": lambda a, b: a.clip(-99, 99) + b.astype(b.dtype),
    "a * b": lambda a, b: a * b,
}


def shared(tt, kind, a, b, seed):
    """Which arrays share memory with a gradient, and what the arrays are after a gradient is overwritten."""
    a, b = tt.Tensor(a, requires_grad=True), tt.Tensor(b, requires_grad=True)
    result = ALIASES[kind](a, b)
    grad = upstream(result.shape, seed, result.dtype)
    kept = grad.copy()
    result.backward(grad, retain_graph=True)
    arrays = {"a": a.data, "b": b.data, "the result": result.data, "what backward was given": grad}
    grads = {"grad of a": a.grad, "grad of b": b.grad}
    found = []
    for name, g in grads.items():
        others = arrays | {other: array for other, array in grads.items() if other != name}
        found += [f"{name} and {n}" for n, array in others.items() if array is not None and np.shares_memory(g, array)]
        if g is not None and not g.flags.writeable:
            found.append(f"{name} is read-only")
    first = gradient(b)
    a.grad[...] = 77
    result.backward(grad)
    return {
        "share memory": found,
        "grad of a, overwritten": gradient(a),
        "grad of b, first": first,
        "grad of b, second": gradient(b),
        "what backward was given": np.array_equal(grad, kept),
    }


def mixed(tt, op, a, b, forms, seed):
    """Operands of different dtypes: the dtypes of the result and of the gradients, and their values."""
    return there_and_back(tt, BINARY[op], [a, b], forms, seed)
