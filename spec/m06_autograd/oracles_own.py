"""The right answers for own operations and checkpoints: PyTorch in float64, and closed forms."""

import operator

import numpy as np

from spec.kit.oracle import leaf, pull, wide

from .oracles_walking import _torch, elementwise
from .walking import upstream

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


def checkpoint_walked_without_recording(x, weight):
    torch = _torch()
    a, w = (torch.from_numpy(v.astype(np.float64)).requires_grad_() for v in (x, weight))
    pull((a * w).tanh() * w, torch.ones_like(a))
    return {"grad of a": a.grad.numpy().astype(x.dtype), "grad of w": w.grad.numpy().astype(x.dtype)}


def checkpoint_of_constants(x):
    once = np.asarray(3 * x)
    return {"flags": [False, False, True], "values": [once, once, np.asarray(6 * x * x)], "grad": np.asarray(6 * x)}
