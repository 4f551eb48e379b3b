"""How laws use, measure and time a framework with gradients: plain data in, plain data out.

`tt` is your framework, with autograd switched on. What the laws of Build ask is in `walking.py`, `switching.py`, `operations.py`,
`forgetting.py` and `own.py`.
"""

import copy
import itertools

import numpy as np

from .forgetting import traced
from .own import layers_in_segments, peak_of_checkpoints
from .walking import there_and_back, upstream

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
