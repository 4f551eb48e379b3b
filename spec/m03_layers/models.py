"""How laws call whole models, and the formulas about them: plain data in, plain data out."""

import copy
import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

# ------------------------------------------------------------------------ models


def perceptron(tt, widths: tuple, activation: str, seed: int):
    """An MLP: an activation after each Linear but the last."""
    rng = np.random.default_rng(seed)
    items: list[Any] = []
    for n_in, n_out in itertools.pairwise(widths):
        items += [tt.Linear(n_in, n_out, rng=rng), getattr(tt, activation)()]
    return tt.Sequential(*items[:-1])


def pytorch_weights(tt, widths: tuple, activation: str, state: dict, x):
    """An MLP with the weights of a PyTorch model."""
    model = perceptron(tt, widths, activation, 0)
    model.load_state_dict(state)
    return model(tt.Tensor(x)).numpy()


def residual(tt, state: dict, x, depth: int):
    """A model of one's own: residual blocks in a ModuleList, one Linear used by all of them, tied to the last."""
    size = x.shape[-1]

    class Block(tt.Module):
        def __init__(self, mix) -> None:
            super().__init__()
            self.mix, self.up = mix, tt.Linear(size, size, rng=0)

        def forward(self, x):
            return x + self.mix(tt.tanh(self.up(x)))

    class Net(tt.Module):
        def __init__(self) -> None:
            super().__init__()
            mix = tt.Linear(size, size, bias=False, rng=0)
            self.blocks = tt.ModuleList(Block(mix) for _ in range(depth))
            self.last = tt.Linear(size, size, rng=0)
            self.last.weight = mix.weight

        def forward(self, x):
            for block in self.blocks:
                x = block(x)
            return self.last(x)

    net = Net()
    net.load_state_dict(state)
    return {
        "state": list(net.state_dict()),
        "parameters": [name for name, _ in net.named_parameters()],
        "result": net(tt.Tensor(x)).numpy(),
    }


def dropout_in_a_net(tt, x, p: float, modes: list):
    """Results of a net with dropout inside, called twice in each mode."""
    net = tt.Module()
    net.body = tt.Sequential(tt.Flatten(), tt.Sequential(tt.relu, tt.Dropout(p, rng=0)))
    seen = []
    for mode in modes:
        net.train(mode)
        seen.append([net.body(tt.Tensor(x)).numpy() for _ in range(2)])
    return seen


def copied(tt, widths: tuple, x):
    """A deep copy of a model, which is then changed."""
    model, t = perceptron(tt, widths, "Tanh", 3), tt.Tensor(x)
    twin = copy.deepcopy(model)
    before = model(t).numpy().copy()
    same = twin(t).numpy().copy()
    for parameter in twin.parameters():
        parameter.zero_()
    twin.eval()
    return {
        "of the model": before,
        "of the copy": same,
        "of the model after the copy changed": model(t).numpy(),
        "of the changed copy": twin(t).numpy(),
        "model in training": model.training and all(m.training for m in model.modules()),
    }


def signal(tt, name: str, activation: str, settings: dict, width: int, depth: int, seed: int):
    """Root mean square of what comes out of each of `depth` layers, weights from the initialiser `name`."""
    rng = np.random.default_rng(seed)
    x = tt.Tensor(rng.standard_normal((16, width)))
    sizes = []
    for _ in range(depth):
        layer = tt.Linear(width, width, bias=False, rng=rng)
        getattr(tt, name)(layer.weight, rng=rng, **settings)
        x = getattr(tt, activation)(layer(x))
        sizes.append(float(np.sqrt(np.mean(x.numpy() ** 2))))
    return sizes


# ------------------------------------------------------------------------ what a result is made from


class Ancestry:
    """While its `with` block lasts, notes of each result of a Tensor operation which named Tensors it was made from."""

    def __init__(self, tt, **sources: Any) -> None:
        self.tensor, self.names = tt.Tensor, tt.DIFFERENTIABLE
        self.before: dict[str, Any] = {}
        self.known = {id(source): (source, {name}) for name, source in sources.items()}

    def of(self, value: Any) -> set[str]:
        if isinstance(value, list | tuple):
            return set().union(*map(self.of, value))
        return self.known[id(value)][1] if id(value) in self.known else set()

    def __enter__(self) -> "Ancestry":
        for name in self.names:
            self.before[name] = vars(self.tensor).get(name)
            static = any(isinstance(vars(base).get(name), staticmethod) for base in self.tensor.__mro__)
            noted = self._noted(getattr(self.tensor, name))
            setattr(self.tensor, name, staticmethod(noted) if static else noted)
        return self

    def __exit__(self, *what: Any) -> None:
        for name, method in self.before.items():
            if method is None:
                delattr(self.tensor, name)
            else:
                setattr(self.tensor, name, method)

    def _noted(self, method: Callable) -> Callable:
        def operation(*args: Any, **named: Any) -> Any:
            result = method(*args, **named)
            if isinstance(result, self.tensor):
                made_from = self.of((*args, *named.values()))
                self.known[id(result)] = result, made_from | self.of(result)
            return result

        return operation


def made_from(tt, what: str, x):
    """The names of the Tensors from which the output was made by Tensor operations."""
    t = tt.Tensor(x)
    if what == "Linear":
        model = tt.Linear(x.shape[-1], 2, rng=0)
    elif what == "Flatten":
        model = tt.Flatten(0)
    elif what == "Sequential":
        model = tt.Sequential(tt.Linear(x.shape[-1], 3, rng=0), tt.tanh, tt.Dropout(0.5, rng=0), tt.Linear(3, 2, rng=0))
    else:
        model = tt.Dropout(0.5, rng=0)
    with Ancestry(tt, x=t, **dict(model.named_parameters())) as ancestry:
        return sorted(ancestry.of(model(t)))


# ------------------------------------------------------------------------ formulas


def formula(tt, name: str, args: tuple):
    """What a formula of reflect.py says."""
    return getattr(tt.reflect, name)(*args)


def parameter_formulas(tt, widths: tuple, bias: bool):
    """How many numbers an MLP holds: by the formula, and counted."""
    layers = [tt.Linear(n_in, n_out, bias=bias, rng=0) for n_in, n_out in itertools.pairwise(widths)]
    counted = sum(p.numpy().size for p in tt.ModuleList(layers).parameters())
    return {"formula": operator.index(tt.reflect.mlp_parameters(widths, bias)), "counted": counted}


def memory(tt, widths: tuple, batch: int, dtype: str) -> dict:
    """Bytes of the parameters of an MLP, and of the outputs of all its layers, as they are made."""
    model = perceptron(tt, widths, "ReLU", 0)
    for layer in model.modules():
        if isinstance(layer, tt.Linear):
            layer.weight = tt.Parameter(layer.weight.numpy().astype(dtype))
            layer.bias = tt.Parameter(layer.bias.numpy().astype(dtype))
    x = tt.Tensor(np.ones((batch, widths[0]), dtype))
    outputs = []
    for layer in model:
        x = layer(x)
        outputs.append(x.numpy().nbytes)
    return {"parameters": sum(p.numpy().nbytes for p in model.parameters()), "outputs": sum(outputs)}


def byte_formulas(tt, widths: tuple, batch: int, dtype: str):
    formulas = {
        "parameters": operator.index(tt.reflect.parameter_bytes(widths, dtype)),
        "outputs": operator.index(tt.reflect.activation_bytes(widths, batch, dtype)),
    }
    return {"formula": formulas, "measured": memory(tt, widths, batch, dtype)}


def largest_batch(tt, widths: tuple, budget: int, dtype: str):
    """The formula's batch, and the bytes that this many rows take, and one more."""
    batch = operator.index(tt.reflect.largest_batch(widths, budget, dtype))
    sizes = [sum(memory(tt, widths, rows, dtype).values()) for rows in (max(batch, 0), batch + 1)]
    return {"batch": batch, "bytes": sizes[0], "bytes with one row more": sizes[1]}


def linear_flops(tt, batch: int, in_features: int, out_features: int, bias: bool):
    return operator.index(tt.reflect.linear_flops(batch, in_features, out_features, bias))


def signal_formula(tt, depth: int, fan_in: int, weight_std: float, seed: int):
    """Standard deviation after `depth` layers: by the formula, and measured."""
    formula = float(tt.reflect.signal_std(depth, fan_in, weight_std))
    rng = np.random.default_rng(seed)
    x = tt.Tensor(rng.standard_normal((fan_in, fan_in)))
    for _ in range(depth):
        layer = tt.Linear(fan_in, fan_in, bias=False, rng=0)
        layer.weight = tt.Parameter(rng.standard_normal((fan_in, fan_in)) * weight_std)
        x = layer(x)
    return {"formula": formula, "measured": float(x.numpy().std())}


def noise_formula(tt, p: float, seed: int):
    """Standard deviation of dropped ones: by the formula, and measured."""
    formula = float(tt.reflect.dropout_std(p))
    return {"formula": formula, "measured": float(tt.Dropout(p, rng=seed)(tt.Tensor(np.ones(40_000))).numpy().std())}
