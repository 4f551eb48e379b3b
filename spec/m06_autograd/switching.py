"""How laws alter what you wrote, and switch autograd on above it.

A probe that is `@fresh` gets a framework of its own in which autograd is still off, changes something, and switches it on itself.
"""

import functools
import inspect

import numpy as np

from ..kit.probing import fresh
from .walking import gradient, there_and_back, upstream

# ------------------------------------------------- 2. record, and walk back

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
