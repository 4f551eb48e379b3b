"""How laws call the activations: plain data in, plain data out.

A function is named, `getattr(tt, "relu")`, because most laws hold for several. `settings` are its other arguments:
`{"negative_slope": 0.5}`, `{"axis": 0}`, or `{}` for the defaults.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..kit.probing import changing


def activation(tt, name: str, x, settings: dict):
    return getattr(tt, name)(tt.Tensor(x), **settings).numpy()


def along_axis(tt, name: str, x, axis: int):
    return getattr(tt, name)(tt.Tensor(x), axis).numpy()


def shifted(tt, name: str, x, shift: float, axis: int):
    """The answer for x, and for x with `shift` added to all of it."""
    function = getattr(tt, name)
    return {"f(x)": function(tt.Tensor(x), axis).numpy(), "f(x + c)": function(tt.Tensor(x + shift), axis).numpy()}


def mirrored(tt, name: str, x):
    """The answers for x and for -x."""
    function = getattr(tt, name)
    return {"f(x)": function(tt.Tensor(x)).numpy(), "f(-x)": function(tt.Tensor(-x)).numpy()}


def called_twice(tt, name: str, x, again, settings: dict):
    """The input after a call, whether the result shares its memory, and the answer after the input got new values."""
    function, t = getattr(tt, name), tt.Tensor(x)
    result = function(t, **settings)
    shares = bool(np.shares_memory(result.numpy(), t.numpy()))
    left = t.numpy().copy()
    t.copy_(again)
    second = function(t, **settings)
    return {
        "x after the call": left,
        "result shares memory with x": shares,
        "first result": result.numpy(),
        "result for the new values in x": second.numpy(),
    }


def on_a_view(tt, name: str, x, order: tuple, settings: dict):
    """Of a Tensor whose axes are permuted, and of which every second entry of the last axis is taken."""
    t = tt.Tensor(x).permute(*order)[..., ::2]
    return getattr(tt, name)(t, **settings).numpy()


def as_object(tt, name: str, settings: dict, x, other):
    """An object called on two inputs, and the settings that it keeps."""
    layer = getattr(tt, name)(**settings)
    first, second = layer(tt.Tensor(x)), layer(tt.Tensor(other))
    return {
        "of x": first.numpy(),
        "of other": second.numpy(),
        "settings": {key: getattr(layer, key) for key in settings},
    }


def set_later(tt, name: str, settings: dict, later: dict, x):
    """What an object gives whose settings were changed after it was made, and after it was called."""
    layer = getattr(tt, name)(**settings)
    layer(tt.Tensor(x))
    for key, value in later.items():
        setattr(layer, key, value)
    return layer(tt.Tensor(x)).numpy()


def network(tt, activation: str, x, weight1, bias1, weight2, bias2):
    """A list of layers, called one after another."""
    hidden = getattr(tt, activation)()
    probabilities, log_probabilities = tt.Softmax(), tt.LogSoftmax(axis=1)
    w1, b1, w2, b2 = (tt.Tensor(array) for array in (weight1, bias1, weight2, bias2))
    y = tt.Tensor(x)
    for layer in [lambda t: t @ w1 + b1, hidden, lambda t: t @ w2 + b2]:
        y = layer(y)
    return {"probabilities": probabilities(y).numpy(), "log-probabilities": log_probabilities(y).numpy()}


# ------------------------------------------------------------ what happens on the way


class Watch:
    """While its `with` block lasts, `seen(name, method, args, named, result)` hears of every operation of Tensor.

    Operations that an operation makes for itself are not told: what counts is what the activation asked for.
    """

    def __init__(self, tt: Any, seen: Callable) -> None:
        self.tensor, self.seen, self.inside = tt.Tensor, seen, False
        self.names = [name for name in tt.DIFFERENTIABLE if hasattr(tt.Tensor, name)]
        self.before: dict[str, Any] = {}

    def __enter__(self) -> "Watch":
        for name in self.names:
            static = isinstance(inspect.getattr_static(self.tensor, name), staticmethod)
            told = self._told(name, getattr(self.tensor, name))
            self.before[name] = vars(self.tensor).get(name)
            setattr(self.tensor, name, staticmethod(told) if static else told)
        return self

    def __exit__(self, *what: Any) -> None:
        for name, method in self.before.items():
            if method is None:
                delattr(self.tensor, name)
            else:
                setattr(self.tensor, name, method)

    def _told(self, name: str, method: Callable) -> Callable:
        def operation(*args: Any, **named: Any) -> Any:
            if self.inside:
                return method(*args, **named)
            self.inside = True
            try:
                result = method(*args, **named)
                if isinstance(result, self.tensor):  # not NotImplemented
                    self.seen(name, method, args, named, result)
                return result
            finally:
                self.inside = False

        return operation


def among(value: Any, known: dict[int, Any]) -> bool:
    """Whether a Tensor, or one in a list of them, is known by its id."""
    if isinstance(value, list | tuple):
        return any(among(item, known) for item in value)
    return id(value) in known


def on_the_way(tt, name: str, x, settings: dict):
    """The result, the operations on the way to it whose own result was not finite, and whether they lead to it from x."""
    overflowed = []
    t = tt.Tensor(x)
    made_of_x = {id(t): t}  # kept alive, so that no id is used twice

    def seen(operation: str, method: Callable, args: tuple, named: dict, result: Any) -> None:
        if not np.isfinite(result.numpy()).all():
            overflowed.append(operation)
        if among((*args, *named.values()), made_of_x):
            made_of_x[id(result)] = result

    with Watch(tt, seen):
        result = getattr(tt, name)(t, **settings)
    return {
        "result": result.numpy(),
        "operations that gave inf or nan": overflowed,
        "made of x": among(result, made_of_x),
    }


def push(tt, name: str, x, direction, settings: dict):
    """How the result moves when x moves a little in `direction`, followed through each operation of Tensor.

    Every operation that has a moving operand is made three times: with what it was given, and with its operands
    moved forward and back a little. That tells how its result moves, and so on to the end. A number that leaves
    Tensor (by `.data`, by `.numpy()`) does not move any more. The answer is per unit of movement, in float32:
    differences of neighbouring values have no more digits.
    """
    size = 1e-5 if x.dtype == "float64" else 1e-3  # large enough to be seen among the dtype's rounding errors
    moving: dict[int, tuple] = {}  # id → (the Tensor, kept alive; how it moves)

    def moved(value: Any, amount: float) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(moved(item, amount) for item in value)
        if id(value) not in moving:
            return value
        return tt.Tensor(value.numpy() + amount * moving[id(value)][1])

    def seen(operation: str, method: Callable, args: tuple, named: dict, result: Any) -> None:
        if among((*args, *named.values()), moving):
            forward, back = (
                method(*moved(args, amount), **{key: moved(value, amount) for key, value in named.items()}).numpy()
                for amount in (size, -size)
            )
            moving[id(result)] = (result, (forward - back) / (2 * size))

    t = tt.Tensor(x)
    moving[id(t)] = (t, direction)
    with Watch(tt, seen):
        result = getattr(tt, name)(t, **settings)
    movement = moving[id(result)][1] if id(result) in moving else np.zeros(result.shape)
    return np.asarray(movement, np.float32)


# ------------------------------------------------------------ formulas, and time


def exp_overflow(tt, dtype: str):
    return float(tt.reflect.exp_overflow(dtype))


def exp_underflow(tt, dtype: str):
    return float(tt.reflect.exp_underflow(dtype))


def lost_gap(tt, dtype: str):
    return float(tt.reflect.lost_gap(dtype))


def chain_bytes(tt, operations: list, x):
    """`operations` are names in `oracles.OPERATIONS`; those with a 2 in their name have two Tensor operands."""
    two = sum("2" in name for name in operations)
    return tt.reflect.chain_bytes(x.size, x.itemsize, len(operations) - two, two)


def softmax_bytes(tt, x, axis: int):
    return tt.reflect.softmax_bytes(x.shape, axis, x.dtype.name)


def repeated(tt, name: str, x, repeat: int, session: dict):
    function, t = getattr(tt, name), tt.Tensor(x)
    for _ in changing(t, repeat, session):
        result = function(t)
    return result.numpy()
