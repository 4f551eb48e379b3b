"""The right answers for gradients of operations: PyTorch in float64, and the places that elements come from."""

import operator

import numpy as np

from spec.kit.compare import AnyOf, Bounded
from spec.kit.oracle import leaf, narrow, native, pull, wide

from .oracles_walking import BINARY, _torch, answers, elementwise, larger, leaves_of, linear_back, summed_to
from .walking import upstream

# ------------------------------------------------- 4. element by element


def binary(op, a, b, forms, seed):
    return elementwise(larger if op == "maximum" else BINARY[op], [a, b], forms, seed)


def clip(x, low, high, forms, seed):
    torch = _torch()

    def compute(x, low, high):
        if any(isinstance(bound, torch.Tensor) for bound in (low, high)):
            low, high = (b if b is None or isinstance(b, torch.Tensor) else torch.as_tensor(b) for b in (low, high))
        return torch.clamp(x, low, high)

    return elementwise(compute, [x, low, high], forms, seed)


def clip_by_name(x, high, seed):
    return elementwise(lambda x, high: _torch().clamp(x, max=high), [x, high], ["leaf", "leaf"], seed)


def where(condition, a, b, forms, by_name, seed):
    condition = native(condition)
    torch = _torch()
    shape = np.broadcast_shapes(condition.shape, np.shape(a), np.shape(b))
    wanted = [np.broadcast_to(v, shape) if isinstance(v, np.ndarray) else v for v in (a, b)]
    got = elementwise(lambda a, b: torch.where(condition, a, b), wanted, forms, seed)
    return {name: _summed(want, name, {"a": a, "b": b}) for name, want in got.items()}


def _summed(want, name, operands):
    """A gradient of the stretched operand, summed down to the operand itself."""
    if not isinstance(want, Bounded):
        return want
    shape = operands[name.removeprefix("grad of ")[0]].shape
    dtype = want.want.dtype
    return Bounded(narrow(summed_to(want.want.astype(float), shape), dtype), summed_to(want.scale, shape))


# ------------------------------------------------- 5. sums and matrix products


def reduce(name, x, options, seed):
    axis = options.get("axis")
    axes = tuple(range(x.ndim)) if axis is None else axis
    named = {"dim": axes, "keepdim": options.get("keepdims", False)}
    if name == "var":
        named["correction"] = options.get("correction", 1)
        return _var(x, named, seed)
    method = "amax" if name == "max" else name
    if not x.ndim:
        return linear_back(lambda t: t * 1.0, [x], ["leaf"], seed)
    want = linear_back(lambda t: getattr(t, method)(**named), [x], ["leaf"], seed)
    if name != "max":
        return want
    return {
        key: value if key == "value" else AnyOf((value, _one_winner(x, named, seed, key)))
        for key, value in want.items()
    }


def _one_winner(x, named, seed, key):
    """The gradient of max where the first of several equal elements takes all."""
    axes = tuple(axis % x.ndim for axis in np.atleast_1d(named["dim"]))
    kept = tuple(axis for axis in range(x.ndim) if axis not in axes)
    rows = x.transpose(*kept, *axes).reshape(*[x.shape[axis] for axis in kept], -1)
    grad = np.zeros(rows.shape)
    result_shape = x.max(axes, keepdims=named["keepdim"]).shape
    given = upstream(result_shape, seed, x.dtype).reshape(rows.shape[:-1])
    np.put_along_axis(grad, rows.argmax(-1)[..., None], given[..., None].astype(float), -1)
    grad = grad.reshape([x.shape[axis] for axis in (*kept, *axes)]).transpose(np.argsort((*kept, *axes)))
    return narrow(grad * (2 if "second" in key else 1), x.dtype)


def _var(x, named, seed):
    t = leaf(x)
    y = t.var(**named)
    grad = upstream(tuple(y.shape), seed, x.dtype)
    pull(y, wide(grad))
    # 2 (x - mean) / (n - correction): a difference of numbers of the size of x.
    count = x.size // max(y.numel(), 1)
    size = 2 * np.abs(grad).max(initial=0) * np.abs(x).max(initial=0) / (count - named["correction"])
    value = Bounded(narrow(y, x.dtype), np.full(tuple(y.shape), np.abs(x).max(initial=0) ** 2.0))
    return answers(value, [(t.grad.numpy(), np.full(x.shape, float(size)), x.dtype)], "a")


def matmul(how, a, b, forms, seed):
    return linear_back(operator.matmul, [a, b], forms, seed, absolute=True)


# ------------------------------------------------- 6. shapes, indices, joins

MOVES = {
    "reshape": lambda x, shape: x.reshape(shape),
    "reshape to a tuple": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, axes: x.swapaxes(*axes),
    "permute": lambda x, axes: x.transpose(axes),
    "permute by a tuple": lambda x, axes: x.transpose(axes),
    "T": lambda x, _: x.T,
    "flatten": lambda x, axes: native(x).flatten(*axes).numpy(),
    "squeeze": lambda x, axes: native(x).squeeze(*axes).numpy(),
    "unsqueeze": lambda x, axis: np.expand_dims(x, axis),
    "expand": lambda x, shape: native(x).expand(shape).numpy(),
    "index": lambda x, index: np.asarray(x[index]),
}


def scattered(x, places, seed):
    """The answers for an operation that only moves elements; `places` says from where in x each one comes."""
    value = x.reshape(-1)[places.reshape(-1)].reshape(places.shape)
    grad = upstream(places.shape, seed, x.dtype).astype(float).reshape(-1)
    total, size = np.zeros(x.size), np.zeros(x.size)
    np.add.at(total, places.reshape(-1), grad)
    np.add.at(size, places.reshape(-1), np.abs(grad))
    return value, total.reshape(x.shape), size.reshape(x.shape)


def numbered(x):
    """An array like x that holds each element's place."""
    return np.arange(x.size).reshape(x.shape)


def moved(moves, x, seed):
    places = numbered(x)
    for move, how in moves:
        places = MOVES[move](places, how)
    value, total, size = scattered(x, places, seed)
    return answers(value, [(total, size, x.dtype)], "a")


def indexed(x, index, form, seed):
    return moved([["index", index]], x, seed)


def joined(join, parts, axis, forms, seed):
    function = {"cat": np.concatenate, "stack": np.stack}[join]
    starts = np.cumsum([0, *(x.size for x in parts)])
    places = function([numbered(x) + start for x, start in zip(parts, starts, strict=False)], axis)
    everything = np.concatenate([x.reshape(-1) for x in parts])
    value, total, size = scattered(everything, places, seed)
    grads = []
    for place, _ in leaves_of(forms):
        part = slice(starts[place], starts[place + 1])
        x = parts[place]
        grads.append((total[part].reshape(x.shape), size[part].reshape(x.shape), x.dtype))
    return answers(value, grads, [name for _, name in leaves_of(forms)])


def joined_with_itself(join, x, seed):
    places = {"cat": np.concatenate, "stack": np.stack}[join]([numbered(x)] * 3)
    value, total, size = scattered(x, places, seed)
    return answers(value, [(total, size, x.dtype)], "a")


def converted(x, dtype, seed):
    grad = upstream(x.shape, seed, dtype)
    rounding = 1.0 if dtype == "float64" else 100.0  # float32 on the way: its rounding, seen in float64
    scale = np.abs(grad.astype(float)) * rounding
    return answers(x.astype(dtype), [(grad.astype(float), scale, x.dtype)], "a")
