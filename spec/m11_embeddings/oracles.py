"""The right answers: PyTorch's functions and modules in float64, complex numbers for rotations, loops for sums."""

import math

import numpy as np

from spec.kit import Bounded
from spec.kit.oracle import leaf, narrow, wide

# ---------------------------------------------------------------------- lookup


def row_numbers(ids, rows, form):
    return ids.astype("int64")


def row_numbers_then_written(ids, rows):
    return ids.astype("int64")


def scatter_rows(grad, ids, rows, padding_idx):
    """Row by row, with the sums of absolute values as scale."""
    want, scale = np.zeros((2, rows, grad.shape[-1]))
    for place in np.ndindex(ids.shape):
        if ids[place] != padding_idx:
            want[ids[place]] += grad[place]
            scale[ids[place]] += abs(grad[place])
    return Bounded(want.astype(grad.dtype), scale)


def embedding(ids, weight, padding_idx):
    return np.array(weight[ids.astype("int64")])


def embedding_gradient(ids, weight, padding_idx, grad, times=2):
    from torch.nn.functional import embedding

    def gradient(grad):
        table = leaf(weight)
        embedding(wide(ids.astype("int64")), table, padding_idx).backward(wide(grad))
        return times * table.grad

    return {
        "value": np.array(weight[ids.astype("int64")]),
        "grad of weight": Bounded(narrow(gradient(grad), weight.dtype), gradient(abs(grad))),
    }


def changed_before_backward(ids, weight, grad, what):
    return embedding_gradient(ids, weight, None, grad, 1)["grad of weight"]


def two_at_once(ids, weight, grads):
    first, second = (scatter_rows(grad, ids, len(weight), None) for grad in grads)
    nothing = np.zeros_like(weight)
    return [
        first,
        Bounded(np.concatenate([nothing, second.want]), np.concatenate([nothing, second.scale])),
    ]


# ---------------------------------------------------------------------- layers


def embedding_layer(settings, state, ids, grad, form="array"):
    import torch

    def gradients(grad):
        layer = torch.nn.Embedding(**settings).double()
        layer.load_state_dict({key: wide(array) for key, array in state.items()})
        result = layer(wide(ids.astype("int64")))
        result.backward(wide(grad))
        return result, layer.weight.grad

    (value, gradient), (_, scale) = gradients(grad), gradients(abs(grad))
    dtype = state["weight"].dtype
    return {"value": narrow(value, dtype), "grad of weight": Bounded(narrow(gradient, dtype), scale)}


def positional(name, settings, state, x, offset, grad):
    """A position's row is added, or its rotation applied as a complex number."""
    n, dim = x.shape[-2:]
    positions = np.arange(offset, offset + n)
    wide_x = x.astype("float64")
    if name == "RotaryEmbedding":
        turns = position_angles(positions, dim, settings.get("base"))
        return {
            "value": rotated(wide_x, turns).astype(x.dtype),
            "grad of x": rotated(grad.astype("float64"), -turns).astype(x.dtype),
        }
    if name == "SinusoidalPositionalEncoding":
        rows = sinusoids(positions, dim)
        found = {}
    else:
        rows = state["weight"][offset : offset + n].astype("float64")
        gradient = np.zeros((2, *state["weight"].shape))
        for sign, part in enumerate((grad, abs(grad))):
            gradient[sign, offset : offset + n] = part.astype("float64").sum(axis=tuple(range(x.ndim - 2)))
        found = {"grad of weight": Bounded(gradient[0].astype(x.dtype), gradient[1])}
    value = Bounded((wide_x + rows).astype(x.dtype), abs(wide_x) + abs(rows))
    return {"value": value, "grad of x": grad, **found}


def applied(name, settings, x, offset):
    return positional(name, settings, {}, x, offset, x)["value"]


def applied_twice(name, settings, x, grads):
    return [
        positional(name, settings, {}, t, offset, grad)["grad of x"]
        for t, offset, grad in zip((x, x[..., ::-1, :]), (0, 3), grads, strict=True)
    ]


# ------------------------------------------------------------------- positions


def position_angles(positions, dim, base=None):
    """One number at a time."""
    base = 10000.0 if base is None else base
    return np.array(
        [[position / base ** (2 * i / dim) for i in range(dim // 2)] for position in np.asarray(positions, "float64")]
    ).reshape(len(positions), dim // 2)


def sinusoids(positions, dim):
    rows = [[wave(angle) for angle in row for wave in (math.sin, math.cos)] for row in position_angles(positions, dim)]
    return np.array(rows).reshape(len(positions), dim)


def rotated(x, angles):
    """Pairs as complex numbers, times e^(i · angle)."""
    z = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angles)
    return np.stack([z.real, z.imag], axis=-1).reshape(x.shape)


def rotate_pairs(x, angles):
    return rotated(x.astype("float64"), angles).astype(x.dtype)


# ------------------------------------------------------------------------- use


def model(plan, state):
    from torch import nn

    made = nn.Sequential(*[getattr(nn, name)(**settings) for name, settings in plan]).double()
    made.load_state_dict({key: wide(array) for key, array in state.items()})
    return made


def network(plan, state, ids, target):
    import torch

    made = model(plan, state)
    logits = made(wide(ids))
    loss = torch.nn.functional.cross_entropy(logits, wide(target))
    loss.backward()
    gradients = {f"grad of {key}": narrow(p.grad, "float64") for key, p in made.named_parameters()}
    return {"logits": logits, "value": loss, **gradients}


def tied(ids, weight, target, padding_idx):
    import torch
    from torch.nn.functional import cross_entropy, embedding

    table = leaf(weight)
    rows = torch.tanh(embedding(wide(ids), table, padding_idx))
    loss = cross_entropy(rows @ table.T, wide(target))
    loss.backward()
    return {"value": loss, "grad of table": table.grad}


def trained(plan, state, ids, target, lr, steps):
    import torch

    made = model(plan, state)
    for _ in range(steps):
        made.zero_grad()
        torch.nn.functional.cross_entropy(made(wide(ids)), wide(target)).backward()
        with torch.no_grad():
            for p in made.parameters():
                p -= lr * p.grad
    return {key: narrow(t, "float64") for key, t in made.state_dict().items()}


def scores(q, k, offset, grad):
    import torch

    left, right = leaf(q), leaf(k)

    def turned(x):
        n, dim = x.shape[-2:]
        angles = wide(position_angles(range(offset, offset + n), dim))
        z = torch.view_as_complex(x.unflatten(-1, (dim // 2, 2))) * torch.polar(torch.ones_like(angles), angles)
        return torch.view_as_real(z).flatten(-2)

    product = turned(left) @ turned(right).transpose(-1, -2)
    product.backward(wide(grad))
    return {"value": product, "grad of q": left.grad, "grad of k": right.grad}


# --------------------------------------------------------------------- reflect


def expected_rows(rows, ids):
    """The chance of having touched k rows, id by id."""
    chance = [1.0] + [0.0] * rows
    for _ in range(ids):
        chance = [chance[k] * k / rows + (chance[k - 1] * (rows - k + 1) / rows if k else 0.0) for k in range(rows + 1)]
    return sum(k * p for k, p in enumerate(chance))


# ----------------------------------------------------------------------- speed


def scatter_loops(grad, ids, rows):
    """The judge's own loops over the elements of arrays."""
    table = np.zeros((rows, grad.shape[-1]), grad.dtype)
    for place in range(len(ids)):
        for column in range(grad.shape[-1]):
            table[ids[place], column] += grad[place, column]
    return table


def rotate_loops(x):
    """The judge's own loops over the pairs of a sequence."""
    n, dim = x.shape
    y = np.zeros_like(x)
    for position in range(n):
        for i in range(0, dim, 2):
            angle = position * 10000.0 ** (-i / dim)
            cos, sin = math.cos(angle), math.sin(angle)
            y[position, i] = x[position, i] * cos - x[position, i + 1] * sin
            y[position, i + 1] = x[position, i] * sin + x[position, i + 1] * cos
    return y
