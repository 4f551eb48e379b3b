"""The right answers for what is forgotten, and for changes in place: closed forms."""

import numpy as np

from spec.kit.compare import Bounded

from .oracles_walking import summed_to
from .walking import upstream

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
