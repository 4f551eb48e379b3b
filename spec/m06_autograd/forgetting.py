"""How laws look at what is not recorded, what stays alive, and what was changed in place."""

import gc
import threading
import tracemalloc
import weakref

import numpy as np

from .walking import gradient, upstream

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
