"""How laws use operations that have gradients: element by element, sums and products, shapes, indices and joins."""

import operator

import numpy as np

from .walking import BINARY, there_and_back

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
