"""How laws use autograd: plain data in, plain data out.

`tt` is your framework, with autograd switched on. A probe that is `@fresh` gets a framework of its own in which it is
still off, changes something, and switches it on itself.
"""

import copy
import functools
import gc
import inspect
import itertools
import operator
import threading
import tracemalloc
import weakref

import numpy as np

from ..kit.probing import fresh

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


# How each differentiable operation is called, on a matrix of positive numbers.
SAMPLES = {
    "__add__": lambda tt, x: x + 1.5,
    "__radd__": lambda tt, x: 1.5 + x,
    "__sub__": lambda tt, x: x - 1.5,
    "__rsub__": lambda tt, x: 1.5 - x,
    "__mul__": lambda tt, x: x * 1.5,
    "__rmul__": lambda tt, x: 1.5 * x,
    "__truediv__": lambda tt, x: x / 1.5,
    "__rtruediv__": lambda tt, x: 1.5 / x,
    "__pow__": lambda tt, x: x**1.5,
    "__rpow__": lambda tt, x: 1.5**x,
    "__neg__": lambda tt, x: -x,
    "exp": lambda tt, x: x.exp(),
    "log": lambda tt, x: x.log(),
    "sqrt": lambda tt, x: x.sqrt(),
    "tanh": lambda tt, x: x.tanh(),
    "abs": lambda tt, x: x.abs(),
    "clip": lambda tt, x: x.clip(0.5, high=2.5),
    "maximum": lambda tt, x: x.maximum(other=1.25),
    "where": lambda tt, x: tt.where(x > 1, x, 1.25),
    "sum": lambda tt, x: x.sum(axis=0),
    "mean": lambda tt, x: x.mean(1, keepdims=True),
    "max": lambda tt, x: x.max(axis=-1),
    "var": lambda tt, x: x.var(0, correction=0),
    "matmul": lambda tt, x: x.matmul(x),
    "__matmul__": lambda tt, x: x @ x,
    "__rmatmul__": lambda tt, x: np.array([[1.5, 2.0]], x.dtype) @ x,
    "matmul_explicit": lambda tt, x: x.matmul_explicit(x),
    "reshape": lambda tt, x: x.reshape(-1),
    "transpose": lambda tt, x: x.transpose(0, 1),
    "permute": lambda tt, x: x.permute((1, 0)),
    "flatten": lambda tt, x: x.flatten(start_axis=0),
    "squeeze": lambda tt, x: x.squeeze(),
    "unsqueeze": lambda tt, x: x.unsqueeze(axis=1),
    "expand": lambda tt, x: x.expand(2, -1, -1),
    "__getitem__": lambda tt, x: x[1:],
    "cat": lambda tt, x: tt.cat([x, x], axis=1),
    "stack": lambda tt, x: tt.stack(tensors=[x, x], axis=1),
    "astype": lambda tt, x: x.astype("float64"),
}
"""Names of DIFFERENTIABLE → one call of each."""

FUNCTIONS = {
    "relu": lambda tt, x: tt.relu(x),
    "leaky_relu": lambda tt, x: tt.leaky_relu(x),
    "sigmoid": lambda tt, x: tt.sigmoid(x),
    "tanh": lambda tt, x: tt.tanh(x),
    "gelu": lambda tt, x: tt.gelu(x),
    "silu": lambda tt, x: tt.silu(x),
    "softmax": lambda tt, x: tt.softmax(x, 0),
    "log_softmax": lambda tt, x: tt.log_softmax(x, 1),
    "Linear": lambda tt, x: tt.Linear(x.shape[1], 3, rng=0)(x.astype("float32")),
    "Flatten": lambda tt, x: tt.Flatten(0)(x),
    "Dropout": lambda tt, x: tt.Dropout(0.5, rng=0)(x),
    "mse_loss": lambda tt, x: tt.mse_loss(x, np.ones(x.shape)),
    "l1_loss": lambda tt, x: tt.l1_loss(x, np.full(x.shape, 9.0)),
    "cross_entropy": lambda tt, x: tt.cross_entropy(x, np.arange(len(x)), label_smoothing=0.1),
    "nll_loss": lambda tt, x: tt.nll_loss(x, np.arange(len(x))),
    "binary_cross_entropy_with_logits": lambda tt, x: tt.binary_cross_entropy_with_logits(x, np.ones(x.shape)),
}
"""Functions and layers of katas 2 to 4 → one call of each, on a square matrix."""


def sample(tt, name, x, seed):
    """One operation, there and back."""
    return there_and_back(tt, functools.partial(SAMPLES[name], tt), [x], ["leaf"], seed)


def plain_function(method):
    return method.__func__ if isinstance(method, staticmethod) else method


def replace(tt, name, change):
    """Put change(your method) in the place of your method of Tensor called `name`; autograd is still off."""
    method = inspect.getattr_static(tt.Tensor, name)
    changed = functools.wraps(plain_function(method))(change(plain_function(method)))
    setattr(tt.Tensor, name, staticmethod(changed) if isinstance(method, staticmethod) else changed)


def alter(tt, name, delta):
    """From now on the operation `name` is off by `delta`."""

    def change(method):
        def altered(*args, **named):
            result = method(*args, **named)
            if isinstance(result, tt.Tensor):  # not NotImplemented
                result.data = np.asarray(result.data + np.asarray(delta, result.dtype))
            return result

        return altered

    replace(tt, name, change)


@fresh
def altered(tt, name, delta, x, seed):
    """An operation that you wrote is altered, and then autograd is switched on."""
    right = SAMPLES[name](tt, tt.Tensor(x)).data.copy()
    alter(tt, name, delta)
    before = SAMPLES[name](tt, tt.Tensor(x)).data
    tt.enable_autograd()
    after = there_and_back(tt, functools.partial(SAMPLES[name], tt), [x], ["leaf"], seed)
    return {"shift": before - right, "off": before, "on": after["value"], "grad": after["grad of a"]}


@fresh
def altered_below(tt, name, function, delta, x):
    """A function of katas 2 to 4, above an altered operation, before and after autograd is switched on."""
    alter(tt, name, delta)
    compute = FUNCTIONS[function]
    off = compute(tt, tt.Tensor(x)).data
    tt.enable_autograd()
    t = tt.Tensor(x, requires_grad=True)
    on = compute(tt, t)
    on.backward(np.ones(on.shape))
    return {"off": off, "on": on.data, "shape of the gradient": t.grad.shape}


@fresh
def wrapped(tt, names, x):
    """Switched on twice: is each operation a wrapper around yours, and the same one as after the first time?"""
    yours = {name: plain_function(inspect.getattr_static(tt.Tensor, name)) for name in names}
    tt.enable_autograd()
    once = {name: inspect.getattr_static(tt.Tensor, name) for name in dir(tt.Tensor)}
    tt.enable_autograd()
    twice = {name: inspect.getattr_static(tt.Tensor, name) for name in dir(tt.Tensor)}
    t = tt.Tensor(x, requires_grad=True)
    t.exp().backward(np.ones_like(x))
    return {
        "not wrapped around yours": [n for n in names if plain_function(once[n]).__wrapped__ is not yours[n]],
        "other objects after the second time": [n for n in names if once[n] is not twice[n]],
        "all names the same": list(once) == list(twice),
        "grad": t.grad,
    }


@fresh
def made_before(tt, x, w):
    """Tensors and Parameters that are older than autograd."""
    old, view, weight = tt.Tensor(x), tt.Tensor(x).T, tt.Parameter(w)
    absent = [name for name in ("backward", "detach", "zero_grad") if hasattr(old, name)]
    tt.enable_autograd()
    flags = [bool(t.requires_grad) for t in (old, view, -(view.T), weight)]
    fresh_start = [t.grad is None for t in (old, view, weight)]
    weight.exp().backward(x)
    old.requires_grad = True
    (-old).backward(w)
    grads = {"grad of weight": weight.grad, "grad of old": old.grad}
    return {"there before": absent, "flags": flags, "grad is None": fresh_start, **grads}


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


@fresh
def composed_method(tt, x, seed):
    """tanh, written with other operations of Tensor; var and mean, with sum: before autograd is switched on."""

    def tanh(method):
        return lambda self: 1.0 - 2.0 / ((self * 2.0).exp() + 1.0)

    def mean(method):
        def average(self, axis=None, keepdims=False):
            return self.sum(axis, keepdims) * (1.0 / self.shape[axis])

        return average

    replace(tt, "tanh", tanh)
    replace(tt, "mean", mean)
    tt.enable_autograd()
    return there_and_back(tt, lambda a: a.tanh().mean(axis=0), [x], ["leaf"], seed)


@fresh
def operand_given_back(tt, x, seed):
    """reshape and abs give the Tensor itself back where nothing changes: before autograd is switched on."""

    def lazy(method):
        return lambda self, *args: self

    replace(tt, "reshape", lazy)
    replace(tt, "abs", lazy)
    tt.enable_autograd()
    t = tt.Tensor(x, requires_grad=True)
    grad = upstream(x.shape, seed)
    (t.reshape(t.shape) * t.abs()).backward(grad)
    first = gradient(t)
    (-t).backward(grad)  # t is a leaf still, not part of a graph that is freed by now
    return [first, gradient(t)]


# ------------------------------------------------- 4. element by element


def binary(tt, op, a, b, forms, seed):
    """a op b, where each operand is a leaf, a constant Tensor, or a plain array or number."""
    compute = tt.maximum if op == "maximum" else BINARY[op]
    return there_and_back(tt, compute, [a, b], forms, seed)


def clip(tt, x, low, high, forms, seed):
    return there_and_back(tt, lambda x, low, high: x.clip(low, high), [x, low, high], forms, seed)


def clip_by_name(tt, x, high, seed):
    """Only the upper bound, by its name."""
    return there_and_back(tt, lambda x, high: x.clip(high=high), [x, high], ["leaf", "leaf"], seed)


def where(tt, condition, a, b, forms, by_name, seed):
    condition = tt.Tensor(condition)

    def compute(a, b):
        return tt.Tensor.where(condition, b=b, a=a) if by_name else tt.where(condition, a, b)

    return there_and_back(tt, compute, [a, b], forms, seed)


# ------------------------------------------------- 5. sums and matrix products


def reduce(tt, name, x, options, seed):
    return there_and_back(tt, lambda t: getattr(t, name)(**options), [x], ["leaf"], seed)


MATMULS = {
    "@": operator.matmul,
    "matmul": lambda a, b: a.matmul(other=b),
    "matmul_explicit": lambda a, b: a.matmul_explicit(b),
}


def matmul(tt, how, a, b, forms, seed):
    return there_and_back(tt, MATMULS[how], [a, b], forms, seed)


# ------------------------------------------------- 6. shapes, indices, joins

MOVES = {
    "reshape": lambda t, shape: t.reshape(*shape),
    "reshape to a tuple": lambda t, shape: t.reshape(shape),
    "transpose": lambda t, axes: t.transpose(axis1=axes[1], axis0=axes[0]),
    "permute": lambda t, axes: t.permute(*axes),
    "permute by a tuple": lambda t, axes: t.permute(axes),
    "T": lambda t, _: t.T,
    "flatten": lambda t, axes: t.flatten(*axes),
    "squeeze": lambda t, axes: t.squeeze(*axes),
    "unsqueeze": lambda t, axis: t.unsqueeze(axis),
    "expand": lambda t, shape: t.expand(*shape),
    "index": lambda t, index: t[index],
}


def moved(tt, moves, x, seed):
    """Moves [name, how], one after another: ["reshape", (2, -1)] is t.reshape(2, -1)."""

    def compute(t):
        for move, how in moves:
            t = MOVES[move](t, how)
        return t

    return there_and_back(tt, compute, [x], ["leaf"], seed)


def indexed(tt, x, index, form, seed):
    """t[index], where arrays of positions and masks come as arrays, lists, or Tensors."""

    def convert(part):
        if not isinstance(part, np.ndarray):
            return part
        return tt.Tensor(part) if form == "tensor" else part.tolist() if form == "list" and part.size else part

    index = tuple(map(convert, index)) if isinstance(index, tuple) else convert(index)
    return there_and_back(tt, lambda t: t[index], [x], ["leaf"], seed)


def joined(tt, join, parts, axis, forms, seed):
    """cat or stack of leaves and constants."""

    def compute(*tensors):
        return getattr(tt, join)(list(tensors), axis)

    return there_and_back(tt, compute, parts, forms, seed)


def joined_with_itself(tt, join, x, seed):
    """cat or stack of one Tensor, three times, in a tuple and along the first axis."""
    return there_and_back(tt, lambda t: getattr(tt.Tensor, join)((t, t, t)), [x], ["leaf"], seed)


def converted(tt, x, dtype, seed):
    return there_and_back(tt, lambda t: t.astype(dtype), [x], ["leaf"], seed)


# ------------------------------------------------- 7. forgetting


def without_recording(tt, x):
    """requires_grad of results inside and outside of no_grad, nested, left by an exception, and as a decorator."""
    t = tt.Tensor(x, requires_grad=True)
    seen = {}

    def look(name):
        seen[name] = bool((t * 2).requires_grad)

    look("before")
    with tt.no_grad():
        look("inside")
        with tt.no_grad():
            look("inside of both")
        look("after the inner one")
        made_inside = tt.Tensor(x, requires_grad=True)
    look("after")
    try:
        with tt.no_grad():
            raise KeyError("a mistake")
    except KeyError:
        look("after an exception")
    with tt.no_grad():
        try:
            with tt.no_grad():
                raise KeyError("a mistake")
        except KeyError:
            look("after an exception in the inner one")
    tt.no_grad()(look)("decorated")
    look("after the decorated one")
    try:
        t.sum(axis=99)  # an operation that fails must not leave recording off
    except IndexError:
        look("after an operation that failed")
    y = t * t
    with tt.no_grad():
        y.backward(np.ones_like(x))
    return {**seen, "a leaf made inside": bool(made_inside.requires_grad), "grad, by backward inside": t.grad}


def in_another_thread(tt, x):
    """While another thread is inside no_grad, and after it ended there, this one records."""
    inside, leave = threading.Event(), threading.Event()
    found = {}

    def other():
        with tt.no_grad():
            inside.set()
            leave.wait(3)
            found["in the other thread"] = bool((tt.Tensor(x, requires_grad=True) * 2).requires_grad)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(3)
    t = tt.Tensor(x, requires_grad=True)
    result = t * t
    found["here, meanwhile"] = bool(result.requires_grad)
    leave.set()
    thread.join(3)
    result.backward(np.ones_like(x))
    return {**found, "grad": t.grad}


def detached(tt, x, seed):
    """A product whose second factor is detached."""
    t = tt.Tensor(x, requires_grad=True)
    y = t * 3.0
    constant = y.detach()
    (y * constant).backward(upstream(x.shape, seed, x.dtype))
    return {
        "requires_grad": bool(constant.requires_grad),
        "is the Tensor itself": constant is y,
        "shares memory": bool(np.shares_memory(constant.data, y.data)),
        "the Tensor still needs a gradient": bool(y.requires_grad),
        "grad": t.grad,
    }


def backward_again(tt, x, retain):
    """backward as often as `retain` has entries, with retain_graph each time; gradients and, at the end, the error."""
    t = tt.Tensor(x, requires_grad=True)
    y = (t * t).exp().sum()
    grads = []
    for keep in retain:
        try:
            y.backward(retain_graph=keep)
        except RuntimeError as error:
            grads.append("RuntimeError" if str(error) else "a RuntimeError without a message")
        grads.append(gradient(t))
    return grads


def again(tt, x):
    """A second backward through the same graph."""
    t = tt.Tensor(x, requires_grad=True)
    y = (t * t).exp().sum()
    y.backward()
    y.backward()
    return t.grad


def left_alive(tt, x, run):
    """Which results on the way are still alive after a backward pass whose result is kept; or after all is dropped."""
    t = tt.Tensor(x, requires_grad=True)
    first = t.exp()
    second = first * first
    total = second.sum()
    watched = {
        "exp": weakref.ref(first), "its array": weakref.ref(first.data), "product": weakref.ref(second),
        "array of the product": weakref.ref(second.data),
    }  # fmt: skip
    del first, second
    if run:
        total.backward()
    else:
        del total
    gc.collect()
    return {"alive": [name for name, ref in watched.items() if ref() is not None], "grad": gradient(t)}


def traced(work, collect=False):
    """What work() returns, the bytes that are still there afterwards, and the most there were at a time."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        result = work()
        _, peak = tracemalloc.get_traced_memory()
        if collect:
            gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return result, after - before, peak - before


def bytes_after_backward(tt, size, length, passes):
    """Bytes that are still there after backward passes through a chain, while all the results are kept."""
    t = tt.Tensor(np.linspace(-1, 1, size), requires_grad=True)

    def work():
        kept = []
        for _ in range(passes):
            y = t
            for _ in range(length):
                y = y.tanh()
            kept.append(y.sum())
            kept[-1].backward()
        return kept

    kept, left, _ = traced(work, collect=True)
    return {"left": left, "one array": t.data.nbytes, "results": len(kept), "grad": t.grad[:3]}


# y from x and w, something changed in place, and y.sum().backward().
CHANGES = {
    "x * x, x.add_": (lambda tt, x, w: x * x, lambda tt, x, w, y: x.add_(1.0)),
    "x * w, w.mul_": (lambda tt, x, w: x * w, lambda tt, x, w, y: w.mul_(2.0)),
    "x * w, w.copy_": (lambda tt, x, w: x * w, lambda tt, x, w, y: w.copy_(x.detach())),
    "x * w, w.zero_": (lambda tt, x, w: x * w, lambda tt, x, w, y: w.zero_()),
    "x * w, w[0] = 5": (lambda tt, x, w: x * w, lambda tt, x, w, y: w.__setitem__(0, 5.0)),
    "x * w, w[1:].add_": (lambda tt, x, w: x * w, lambda tt, x, w, y: w[1:].add_(1.0)),
    "x * w, w.unsqueeze(0).T[0].zero_": (lambda tt, x, w: x * w, lambda tt, x, w, y: w.unsqueeze(0).T[0].zero_()),
    "x * w.T, w.add_": (lambda tt, x, w: x * w.T, lambda tt, x, w, y: w.add_(1.0)),
    "x * w, w.detach().add_": (lambda tt, x, w: x * w, lambda tt, x, w, y: w.detach().add_(1.0)),
    "x @ w, w.add_": (lambda tt, x, w: x @ w, lambda tt, x, w, y: w.add_(1.0)),
    "checkpoint(x * w), x.add_": (
        lambda tt, x, w: tt.checkpoint(lambda t: t * t, x),
        lambda tt, x, w, y: x.add_(1.0),
    ),
    # Whether the value is needed depends on how the rule is written: the right gradient, or an error.
    "x / w, w.add_": (lambda tt, x, w: x / w, lambda tt, x, w, y: w.add_(1.0)),
    "w / x, x.add_": (lambda tt, x, w: w / x, lambda tt, x, w, y: x.add_(1.0)),
    "x ** 3, x.mul_": (lambda tt, x, w: x**3, lambda tt, x, w, y: x.mul_(2.0)),
    "x.log(), x.add_": (lambda tt, x, w: x.log(), lambda tt, x, w, y: x.add_(1.0)),
    "x.exp(), x.add_": (lambda tt, x, w: x.exp(), lambda tt, x, w, y: x.add_(1.0)),
    "x.tanh(), x.zero_": (lambda tt, x, w: x.tanh(), lambda tt, x, w, y: x.zero_()),
    "x + w, w.add_": (lambda tt, x, w: x + w, lambda tt, x, w, y: w.add_(1.0)),
    "x.sum(), x.add_": (lambda tt, x, w: x.sum(axis=0), lambda tt, x, w, y: x.add_(1.0)),
    # A change that a gradient would have to go through: the right gradient, or an error.
    "y.mul_": (lambda tt, x, w: x * 3.0, lambda tt, x, w, y: y.mul_(2.0)),
    "y.add_(x)": (lambda tt, x, w: x * 3.0, lambda tt, x, w, y: y.add_(x)),
    "y[0] = 0": (lambda tt, x, w: x * 3.0, lambda tt, x, w, y: y.__setitem__(0, 0.0)),
    "y[0].zero_": (lambda tt, x, w: x * 3.0, lambda tt, x, w, y: y[0].zero_()),
    "y.zero_": (lambda tt, x, w: x.tanh(), lambda tt, x, w, y: y.zero_()),
}


HARMLESS = {
    "a + 1.5": lambda tt, a: a + 1.5,
    "1.5 - a": lambda tt, a: 1.5 - a,
    "-a": lambda tt, a: -a,
    "a.sum(0)": lambda tt, a: a.sum(0),
    "a.mean()": lambda tt, a: a.mean(),
    "a.reshape(-1)": lambda tt, a: a.reshape(-1),
    "a.transpose(0, 1)": lambda tt, a: a.transpose(0, 1),
    "cat([a, a])": lambda tt, a: tt.cat([a, a]),
    "stack": lambda tt, a: tt.stack([a, a]),
}
"""Operations whose rules keep no array."""


def harmless_change(tt, name, x):
    """The gradient of an operand that was changed in place after it was used."""
    a = tt.Tensor(x, requires_grad=True)
    y = HARMLESS[name](tt, a)
    a.mul_(3.0)
    y.backward(np.arange(1.0, y.size + 1).reshape(y.shape).astype(x.dtype))
    return a.grad


def checkpoint_walked_without_recording(tt, x, weight):
    """Gradients of a checkpoint whose backward pass is made inside no_grad."""
    a, w = tt.Tensor(x, requires_grad=True), tt.Tensor(weight, requires_grad=True)
    y = tt.checkpoint(lambda t: (t * w).tanh() * w, a)
    with tt.no_grad():
        y.backward(np.ones_like(x))
    return {"grad of a": a.grad, "grad of w": w.grad}


def changed_before_backward(tt, case, x, w):
    """y of x (which needs a gradient) and w (which does not), a change in place, and then the backward pass."""
    compute, change = CHANGES[case]
    x, w = tt.Tensor(x, requires_grad=True), tt.Tensor(w)
    y = compute(tt, x, w)
    change(tt, x, w, y)
    y.sum().backward()
    return x.grad


def constant_from_a_leaf(tt, how, x):
    """A constant that a leaf is written into, and then squared."""
    x, c = tt.Tensor(x, requires_grad=True), tt.Tensor(np.ones_like(x))
    if how == "add_":
        c.add_(x)
    elif how == "copy_":
        c.copy_(x)
    elif how == "mul_":
        c.mul_(x)
    else:
        c[...] = x
    y = (c * c).sum() + x.sum()
    y.backward()
    return x.grad


def after_a_refused_pass(tt, x, w):
    """Gradients after a backward pass that had to be refused, because w was changed."""
    x, w = tt.Tensor(x, requires_grad=True), tt.Tensor(w, requires_grad=True)
    y = (w * w).sum() + (x * 2.0).sum()
    with tt.no_grad():
        w.add_(1.0)
    try:
        y.backward()
    except RuntimeError:
        return [gradient(x), gradient(w)]
    return "no error"


def harmless_changes(tt, x, w, seed):
    """Changes in place before a value is used, after the backward pass, and of other memory."""
    x, w, other = tt.Tensor(x, requires_grad=True), tt.Parameter(w), tt.Tensor(w)
    grads = []
    other.mul_(3.0)
    with tt.no_grad():
        w.mul_(2.0)
    for step in range(3):
        y = x * w + other
        grad = upstream(y.shape, seed + step)
        tt.Tensor(w).zero_()  # a copy, not w
        scratch = tt.zeros(*y.shape, dtype="float64")
        scratch[...] = 1.0
        y.backward(grad)
        grads += [gradient(x), gradient(w)]
        with tt.no_grad():
            w.add_(w.grad * -0.5)
        x.zero_grad()
        w.zero_grad()
    return [*grads, w.data]


# ------------------------------------------------- 8. own operations


def functions(tt):
    """Functions as people write them, right ones and wrong ones."""

    class Scale(tt.Function):
        """x * factor, where the factor is a number."""

        @staticmethod
        def forward(ctx, x, factor):
            ctx.factor = factor
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            grad *= ctx.factor  # its own copy: nobody else sees this
            return grad, None

    class Cube(tt.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * x * x

    class Outer(tt.Function):
        """Two operands, and gradients in the shape of the result: they are summed down to the operands'."""

        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, grad):
            a, b = ctx.saved_tensors
            return (grad * b if ctx.needs_input_grad[0] else None, grad * a if ctx.needs_input_grad[1] else None)

    return {"Scale": Scale, "Cube": Cube, "Outer": Outer}


def own_function(tt, name, values, forms, seed):
    """A Function between ordinary operations; an addition hands its own gradient to the Function and to another."""
    apply = functions(tt)[name].apply

    def compute(*operands):
        doubled = [t * 2.0 if form == "leaf" else t for t, form in zip(operands, forms, strict=True)]
        return apply(*doubled) + doubled[forms.index("leaf")]

    return there_and_back(tt, compute, values, forms, seed)


def own_function_on_constants(tt, x):
    """A Function where no argument needs a gradient, or where nothing is recorded."""
    cube = functions(tt)["Cube"].apply
    y = cube(tt.Tensor(x))
    t = tt.Tensor(x, requires_grad=True)
    with tt.no_grad():
        z = cube(t)
    both = cube(t) + y
    both.backward(np.ones_like(x))
    flags = [isinstance(y, tt.Tensor), bool(y.requires_grad), bool(z.requires_grad), bool(both.requires_grad)]
    return {"flags": flags, "value": y.data, "grad": t.grad}


def wrong_function(tt, how, x):
    """A Function whose backward does not fit its forward."""

    class Sum(tt.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, grad):
            return {
                "one for two": grad,
                "three for two": (grad, grad, grad),
                "another shape": (grad, np.ones((5, 7))),
            }[how]

    a, b = tt.Tensor(x, requires_grad=True), tt.Tensor(x, requires_grad=True)
    Sum.apply(a, b).backward(np.ones_like(x))
    return [a.grad, b.grad]


CHECKED = {
    "tanh": lambda tt, a, b: a.tanh(),
    "product": lambda tt, a, b: a * b,
    "matrix product": lambda tt, a, b: a @ b,
    "softmax": lambda tt, a, b: tt.softmax(a, 1) * b,
    "loss": lambda tt, a, b: tt.mse_loss(a * a * b, np.ones(b.shape)),
}


def checked(tt, name, a, b, needs):
    """gradcheck of a right function, and what is left of its inputs."""
    a = tt.Tensor(a, requires_grad=needs[0])
    b = tt.Tensor(b, requires_grad=needs[1])
    kept = a.data.copy(), b.data.copy()
    verdict = tt.gradcheck(lambda x, y: CHECKED[name](tt, x, y), (a, b))
    return {
        "verdict": verdict,
        "inputs unchanged": [np.array_equal(t.data, before) for t, before in zip((a, b), kept, strict=True)],
        "grads": [a.grad, b.grad],
    }


def checked_alone(tt, x):
    """gradcheck takes one Tensor, too."""
    return tt.gradcheck(lambda t: t * t, tt.Tensor(x, requires_grad=True))


MISTAKES = {
    "a factor": lambda ctx, grad: (grad * ctx.b * 1.01, grad * ctx.a),
    "the other operand's": lambda ctx, grad: (grad * ctx.a, grad * ctx.b),
    "upstream ignored": lambda ctx, grad: (ctx.b * np.ones_like(grad), ctx.a * np.ones_like(grad)),
    "one element": lambda ctx, grad: (
        grad * ctx.b,
        grad * np.where(np.arange(grad.size).reshape(grad.shape), ctx.a, 0),
    ),
    "no gradient": lambda ctx, grad: (grad * ctx.b, None),
    "sign": lambda ctx, grad: (grad * ctx.b, -grad * ctx.a),
    "not a number": lambda ctx, grad: (grad * ctx.b, grad * np.nan),
}


def check_mistake(tt, mistake, a, b, raise_exception):
    """gradcheck of a * b with a wrong backward."""

    class Product(tt.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.a, ctx.b = a, b
            return a * b

        @staticmethod
        def backward(ctx, grad):
            return MISTAKES[mistake](ctx, grad)

    a, b = tt.Tensor(a, requires_grad=True), tt.Tensor(b, requires_grad=True)
    return tt.gradcheck(Product.apply, (a, b), raise_exception=raise_exception)


def check_unfit(tt, x, needed):
    """gradcheck of inputs on which it says nothing."""
    return tt.gradcheck(lambda t: t * t, tt.Tensor(x, requires_grad=needed))


def segments(tt, weights, checkpointed):
    """A model of tanh(x @ w), one segment for each weight, with or without checkpoints."""

    def model(x):
        for w in weights:
            if checkpointed:
                x = tt.checkpoint(lambda t, w=w: (t @ w).tanh() * t, x)
            else:
                x = (x @ w).tanh() * x
        return x

    return model


def checkpointed(tt, x, weights, needs, seed):
    """Values and gradients with checkpoints and without; how often the segments ran."""
    answers = {}
    for name, on in (("without", False), ("with", True)):
        t = tt.Tensor(x, requires_grad=needs)
        parameters = [tt.Parameter(w) for w in weights]
        y = segments(tt, parameters, on)(t) * 2.0
        y.backward(upstream(y.shape, seed))
        answers[name] = {"value": y.data, "grad of x": gradient(t), "grads": [gradient(p) for p in parameters]}
    return answers


def checkpoint_of_constants(tt, x):
    """checkpoint where nothing needs a gradient, or nothing is recorded, and of more than one argument."""
    t = tt.Tensor(x, requires_grad=True)
    constant = tt.checkpoint(lambda a, factor: a * factor, tt.Tensor(x), 3.0)
    with tt.no_grad():
        unrecorded = tt.checkpoint(lambda a: a * 3.0, t)
    two = tt.checkpoint(lambda a, b, factor: a * b * factor, t, constant, 2.0)
    two.backward(np.ones_like(x))
    flags = [bool(y.requires_grad) for y in (constant, unrecorded, two)]
    return {"flags": flags, "values": [constant.data, unrecorded.data, two.data], "grad": t.grad}


def layers_in_segments(tt, t, layers, segment, calls=None):
    """A chain of tanh layers, in checkpoints of `segment` layers (none with 0)."""

    def layer(y):
        if calls is not None:
            calls.append(1)
        return y.tanh()

    def run(count, y):
        for _ in range(count):
            y = layer(y)
        return y

    if not segment:
        return run(layers, t)
    for start in range(0, layers, segment):
        t = tt.checkpoint(functools.partial(run, min(segment, layers - start)), t)
    return t


def peak_of_checkpoints(tt, size, layers, segment):
    """Most bytes at a time in a forward and a backward pass through a chain; calls of a layer; the gradient."""
    t = tt.Tensor(np.linspace(-1, 1, size), requires_grad=True)
    calls = []
    _, _, peak = traced(lambda: layers_in_segments(tt, t, layers, segment, calls).sum().backward())
    return {"peak": peak, "one array": t.data.nbytes, "calls": len(calls), "grad": t.grad}


# ------------------------------------------------------------------------ use


def through_function(tt, name, x, settings, seed):
    """An activation, there and back."""
    return there_and_back(tt, lambda t: getattr(tt, name)(t, **settings), [x], ["leaf"], seed)


def through_loss(tt, name, x, target, options, seed):
    """A loss, there and back."""
    options = {key: tt.Tensor(v) if isinstance(v, np.ndarray) else v for key, v in options.items()}
    return there_and_back(tt, lambda t: getattr(tt, name)(t, target, **options), [x], ["leaf"], seed)


def through_layers(tt, x, weight, bias, p, seed):
    """Flatten, Linear, LeakyReLU, Dropout in a Sequential: gradients of the input and of the Parameters; the mask."""
    linear, dropout = tt.Linear(weight.shape[1], weight.shape[0], bias is not None, rng=0), tt.Dropout(p, rng=1)
    model = tt.Sequential(tt.Flatten(), linear, tt.LeakyReLU(0.1), dropout).to("float64")
    model.load_state_dict({"1.weight": weight} | ({} if bias is None else {"1.bias": bias}))
    state = copy.deepcopy(dropout.rng.bit_generator.state)
    ones = dropout(tt.ones(len(x), len(weight), dtype="float64")).data
    dropout.rng.bit_generator.state = state
    t = tt.Tensor(x, requires_grad=True)
    y = model(t)
    y.backward(upstream(y.shape, seed))
    return {"mask": ones, "value": y.data, "grad of x": t.grad, "grads": [p.grad for p in model.parameters()]}


def mlp(tt, state):
    """The two-layer network whose state this is."""
    hidden, width = state["0.weight"].shape
    model = tt.Sequential(tt.Linear(width, hidden, rng=0), tt.GELU(), tt.Linear(hidden, len(state["2.bias"]), rng=0))
    model.load_state_dict(state)
    return model


def train(tt, state, x, target, steps, rate, frozen):
    """Losses and Parameters of a network under plain gradient descent; those named in `frozen` need no gradient."""
    model = mlp(tt, state)
    for name, p in model.named_parameters():
        p.requires_grad = name not in frozen
    losses = []
    for _ in range(steps):
        loss = tt.cross_entropy(model(tt.Tensor(x)), tt.Tensor(target))
        losses.append(loss.item())
        loss.backward()
        for p in model.parameters():
            if p.grad is not None:
                with tt.no_grad():
                    p.add_(p.grad * -rate)
                p.zero_grad()
    return {"losses": losses, "parameters": {name: p.data for name, p in model.named_parameters()}}


def parameters_ask_for_gradients(tt):
    """Parameters, results of them, and Tensors read from a state."""
    layer = tt.Linear(2, 3, rng=0)
    frozen = tt.Parameter([1.0], requires_grad=False)
    twin = copy.deepcopy(layer)
    y = layer(tt.ones(1, 2)).sum()
    y.backward()
    return {
        "Parameters": [bool(p.requires_grad) for p in layer.parameters()],
        "Parameter(…, requires_grad=False)": bool(frozen.requires_grad),
        "result": [bool(y.requires_grad), isinstance(y, tt.Parameter)],
        "grads": [p.grad for p in layer.parameters()],
        "grads of a deep copy made before": [p.grad is None for p in twin.parameters()],
    }


def rows(tt, x, seed):
    """Rows by iteration, each weighed otherwise, summed: `for row in t`."""

    def compute(t):
        total = 0.0
        for position, row in enumerate(t):
            total = total + row * (position + 1.0)
        return total

    return there_and_back(tt, compute, [x], ["leaf"], seed)


# -------------------------------------------------------------------- reflect


def formula(tt, name, *args):
    """What a formula of reflect.py says."""
    return getattr(tt.reflect, name)(*args)


LINKS = {
    "square": lambda y: y * y,
    "triple": lambda y: 3.0 * y,
    "exp": lambda y: y.exp(),
    "tanh": lambda y: y.tanh(),
    "shift": lambda y: y + 2.0,
    "invert": lambda y: 1.0 / y,
}


def chain_derivative(tt, x, links):
    """The formula, and the gradient that your own backward pass finds."""
    t = tt.Tensor(np.array(x), requires_grad=True)
    y = t
    for link in links:
        y = LINKS[link](y)
    y.backward()
    return {"formula": float(tt.reflect.chain_derivative(x, list(links))), "your backward": float(t.grad)}


def paths(tt, fans):
    """The formula, and the gradient of sums of sums, which counts the paths."""
    t = tt.Tensor(np.array(1.0), requires_grad=True)
    y = t
    for fan in fans:
        y = sum([y] * (fan - 1), start=y)
    y.backward()
    return {"formula": tt.reflect.paths(list(fans)), "your backward": float(t.grad)}


def bytes_of_a_graph(tt, batch, widths):
    """The bytes that a graph keeps alive, its input included."""
    layers = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [tt.Linear(inputs, outputs, rng=0), tt.Tanh()]
    model = tt.Sequential(*layers)
    x = tt.Tensor(np.random.default_rng(0).standard_normal((batch, widths[0])).astype("float32"))
    model(x)  # what is made once is made now
    result, kept, _ = traced(lambda: model(x))
    result.backward(np.ones(result.shape))
    return {"measured": kept + x.data.nbytes, "grads": [p.grad is not None for p in model.parameters()]}


def training_bytes(tt, widths, extras):
    """The formula, and the bytes of a model's Parameters, of their gradients, and of extra arrays like them."""
    model = tt.Sequential(*[tt.Linear(a, b, rng=0) for a, b in itertools.pairwise(widths)])
    model(tt.ones(1, widths[0])).sum().backward()
    arrays = [array for p in model.parameters() for array in (p.data, p.grad, *[np.zeros_like(p.data)] * extras)]
    count = sum(p.size for p in model.parameters())
    return {"formula": tt.reflect.training_bytes(count, 4, extras), "measured": sum(a.nbytes for a in arrays)}


def checkpointed_calls(tt, layers, segment):
    """The formula, and how often a layer really ran."""
    calls = []
    t = tt.Tensor(np.ones(3), requires_grad=True)
    layers_in_segments(tt, t, layers, segment, calls).sum().backward()
    return {"formula": tt.reflect.checkpointed_calls(layers, segment), "counted": len(calls)}


def checkpointed_bytes(tt, layers, segment, size):
    """The formula, and the peak that is measured."""
    found = peak_of_checkpoints(tt, size, layers, segment)
    formula = tt.reflect.checkpointed_bytes(layers, segment, found["one array"])
    return {"formula": formula, "measured": found["peak"], "one array": found["one array"]}


# ---------------------------------------------------------------------- speed


def training_start(tt, state, x, target, session):
    """A network 784-128-10, or the like, and its loss."""
    hidden, inputs = state["0.weight"].shape
    model = tt.Sequential(tt.Linear(inputs, hidden, rng=0), tt.ReLU(), tt.Linear(hidden, len(state["2.bias"]), rng=0))
    model.load_state_dict(state)
    session.update(model=model, x=tt.Tensor(x), target=tt.Tensor(target))
    return tt.cross_entropy(model(session["x"]), session["target"]).item()


def training_steps(tt, repeat, session):
    """Forward, backward and a step of gradient descent, again and again."""
    model, x, target = session["model"], session["x"], session["target"]
    parameters = list(model.parameters())
    for _ in range(repeat):
        for p in parameters:
            p.zero_grad()
        loss = tt.cross_entropy(model(x), target)
        loss.backward()
        for p in parameters:
            p.data -= 0.01 * p.grad
    return loss.item()


def addition(tt, a, b, grad, repeat):
    """a + b, and its backward pass."""
    a, b = tt.Tensor(a, requires_grad=True), tt.Tensor(b, requires_grad=True)
    for _ in range(repeat):
        a.zero_grad()
        b.zero_grad()
        (a + b).backward(grad)
    return a.grad


def product(tt, a, b, grad, needs, repeat):
    """The backward pass of a @ b, without its forward."""
    a, b = tt.Tensor(a, requires_grad=needs[0]), tt.Tensor(b, requires_grad=needs[1])
    y = a @ b
    for _ in range(repeat):
        a.zero_grad()
        b.zero_grad()
        y.backward(grad, retain_graph=True)
    return (a if needs[0] else b).grad[:2, :2]


def chain_of(tt, length, repeat):
    """A chain of additions that is used twice at each step, forward and backward."""
    t = tt.Tensor(np.ones(2), requires_grad=True)
    for _ in range(repeat):
        t.zero_grad()
        y = t
        for _ in range(length):
            y = y * 0.5 + y * 0.5
        y.backward(np.ones(2))
    return t.grad
