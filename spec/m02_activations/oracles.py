"""The same questions to PyTorch, in float64; the closed forms and measurements that formulas are held against."""

import functools
import math

import numpy as np

from spec.kit.compare import Bounded
from spec.kit.oracle import narrow, wide


@functools.cache
def _torch():
    """PyTorch, on one thread: for arrays as small as these, waking others takes longer than the work."""
    import torch

    torch.set_num_threads(1)
    return torch


def _wide(name: str, x, settings: dict):
    """The activation of x in float64, as a torch tensor."""
    torch = _torch()
    functional = torch.nn.functional
    settings = {{"axis": "dim"}.get(key, key): value for key, value in settings.items()}
    if name in ("softmax", "log_softmax"):
        return getattr(functional, name)(wide(x), **{"dim": -1, **settings})
    if name == "gelu":
        return functional.gelu(wide(x), approximate="tanh")
    return getattr(torch if name in ("sigmoid", "tanh") else functional, name)(wide(x), **settings)


def _scale(name: str, x, want):
    """What an entry's rounding errors are measured against; the docstrings of the functions say the same."""
    if name in ("sigmoid", "softmax"):
        return np.ones(want.shape)
    if name == "log_softmax":
        return np.maximum(1.0, np.abs(want))
    if name == "tanh":
        return np.abs(want)
    return np.abs(np.asarray(x, np.float64))


def activation(name: str, x, settings: dict):
    want = _wide(name, x, settings).numpy()
    return Bounded(narrow(want, x.dtype), _scale(name, x, want))


def along_axis(name: str, x, axis: int):
    return activation(name, x, {"axis": axis})


def on_a_view(name: str, x, order: tuple, settings: dict):
    return activation(name, np.transpose(x, order)[..., ::2], settings)


def called_twice(name: str, x, again, settings: dict):
    return {
        "x after the call": x,
        "result shares memory with x": False,
        "first result": activation(name, x, settings),
        "result for the new values in x": activation(name, again, settings),
    }


FUNCTION = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "SiLU": "silu",
    "GELU": "gelu",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
}


def as_object(name: str, settings: dict, x, other):
    function = FUNCTION[name]
    return {
        "of x": activation(function, x, settings),
        "of other": activation(function, other, settings),
        "settings": settings,
    }


def set_later(name: str, settings: dict, later: dict, x):
    return activation(FUNCTION[name], x, later)


def network(activation: str, x, weight1, bias1, weight2, bias2):
    torch = _torch()
    x, weight1, bias1, weight2, bias2 = map(wide, (x, weight1, bias1, weight2, bias2))
    layer = torch.nn.GELU("tanh") if activation == "GELU" else getattr(torch.nn, activation)()
    logits = layer(x @ weight1 + bias1) @ weight2 + bias2
    return {"probabilities": logits.softmax(-1), "log-probabilities": logits.log_softmax(1)}


def on_the_way(name: str, x, settings: dict):
    return {"result": activation(name, x, settings), "operations that gave inf or nan": [], "made of x": True}


def push(name: str, x, direction, settings: dict):
    size = 1e-5
    forward, back = (_wide(name, x + amount * direction, settings).numpy() for amount in (size, -size))
    movement = (forward - back) / (2 * size)
    room = 1 if x.dtype == "float64" else 500  # half a percent is enough to tell a way that is cut
    return Bounded(np.asarray(movement, np.float32), room * np.maximum(1.0, np.abs(movement)))


# ------------------------------------------------------------------ measurements


def _turning_point(dtype: str, happens, low: float, high: float) -> float:
    """The number between low and high, to the last digit of `dtype`, where `happens` begins to hold."""
    kind = np.dtype(dtype).type
    with np.errstate(all="ignore"):
        while True:
            middle = kind(low + (high - low) / 2)
            if middle in (kind(low), kind(high)):
                return float(high)
            low, high = (low, float(middle)) if happens(middle) else (float(middle), high)


def exp_overflow(dtype: str) -> float:
    """Where NumPy's exp of this dtype becomes inf."""
    return _turning_point(dtype, lambda x: np.isinf(np.exp(x)), 1.0, 1000.0)


def exp_underflow(dtype: str) -> tuple[float, float]:
    """e^-g is the smallest positive number, and half of it, at these two gaps."""
    smallest = float(np.finfo(dtype).smallest_subnormal)
    return -math.log(smallest), math.log(2) - math.log(smallest)


def lost_gap(dtype: str) -> float:
    """Where NumPy's 1 + e^-g of this dtype becomes 1."""
    one = np.dtype(dtype).type(1)
    return _turning_point(dtype, lambda gap: one + np.exp(-gap) == one, 1.0, 100.0)


OPERATIONS = {
    "exp": lambda y, x: np.exp(y),
    "negate": lambda y, x: -y,
    "halve": lambda y, x: y * 0.5,
    "add one": lambda y, x: 1 + y,
    "tanh": lambda y, x: np.tanh(y),
    "multiply 2": lambda y, x: y * x,
    "add 2": lambda y, x: y + x,
    "subtract 2": lambda y, x: x - y,
}
"""Links of a chain: y goes on, x is the start of the chain. Those with a 2 in their name have two Tensor operands."""


def chain_bytes(operations: list, x) -> int:
    """Runs the chain on arrays and adds up the bytes of what goes in and comes out."""
    moved, y = 0, x
    for name in operations:
        result = OPERATIONS[name](y, x)
        moved += y.nbytes + result.nbytes + (x.nbytes if "2" in name else 0)
        y = np.tanh(result)  # keeps the numbers small; not a link
    return moved


def softmax_bytes(x, axis: int) -> int:
    """Runs softmax on arrays and adds up the bytes of all results."""
    peak = x.max(axis, keepdims=True)
    shifted = x - peak
    weights = np.exp(shifted)
    total = weights.sum(axis, keepdims=True)
    return sum(array.nbytes for array in (peak, shifted, weights, total, weights / total))


# ------------------------------------------------------------------ yardsticks


def sigmoid_loop(x) -> np.ndarray:
    """One element after another: the judge's yardstick."""
    result = np.empty_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            result[i, j] = 1.0 / (1.0 + math.exp(-x[i, j]))
    return result


def gelu_loop(x) -> np.ndarray:
    """One element after another: the judge's yardstick."""
    result, c = np.empty_like(x), math.sqrt(2 / math.pi)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            v = x[i, j]
            result[i, j] = 0.5 * v * (1.0 + math.tanh(c * (v + 0.044715 * v * v * v)))
    return result


def softmax_loop(x) -> np.ndarray:
    """One element after another, with the row's maximum taken off: the judge's yardstick."""
    result = np.empty_like(x)
    for i in range(x.shape[0]):
        peak = x[i, 0]
        for j in range(x.shape[1]):
            peak = max(peak, x[i, j])
        total = 0.0
        for j in range(x.shape[1]):
            result[i, j] = math.exp(x[i, j] - peak)
            total += result[i, j]
        for j in range(x.shape[1]):
            result[i, j] /= total
    return result
