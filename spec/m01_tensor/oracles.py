"""The right answers: the questions of `probes.py`, put to PyTorch, to NumPy in float64, or to a closed form."""

import itertools
import operator
import warnings

import numpy as np

from spec.kit.compare import AnyOf, Bounded
from spec.kit.oracle import narrow, native, wide

# ------------------------------------------------------------------- helpers


def as_torch(value, cast):
    """`value` for PyTorch: arrays by `cast`, Python numbers as they are."""
    return cast(value) if isinstance(value, np.ndarray) else value


def in_pytorchs_dtype(function, *values):
    """function(*values) in PyTorch: the dtype as it promotes, floats computed in float64 and rounded once."""
    result = function(*(as_torch(value, native) for value in values))
    if result.is_floating_point():
        dtype = result.numpy().dtype
        return narrow(function(*(as_torch(value, wide) for value in values)), dtype)
    return result.numpy()


def floating(x):
    """`x` in the dtype that functions of it have: its own if that is a float, else float32."""
    return x.dtype if x.dtype.kind == "f" else np.dtype("float32")


def axes_for_torch(x, axis):
    return tuple(range(x.ndim)) if axis is None else axis


# -------------------------------------------------------------- 1. the tensor


def tensor(data, dtype=None):
    import torch

    if dtype is not None:
        array = np.asarray(data).astype(dtype)
    elif isinstance(data, np.ndarray):
        array = data
    else:
        array = torch.tensor(data).numpy()
    return {"data": array, "shape": array.shape, "ndim": array.ndim, "size": array.size, "dtype": array.dtype.name}


def length(x):
    return x.shape[0]


def tensor_of_a_changed_array(x):
    return {"of an array": x, "of a Tensor": x, "with its own dtype": x}


def numpy_is_the_tensors_memory(x, y):
    return {
        "numpy() after a change of the Tensor": y,
        "the Tensor after a change of numpy()": np.full(x.shape, 77, x.dtype),
    }


def item(x):
    return x.item()


def astype(x, dtype):
    return {"data": x.astype(dtype), "shares memory": False, "the Tensor itself": x}


def memory_footprint(shape, dtype):
    return np.zeros(shape, dtype).nbytes


def memory_footprint_of_a_stretched_row(row, times):
    return times * row.nbytes


def tensor_without(x, names):
    return {"data": x, "has": []}


def created(name, args, named):
    import torch

    dtype = {"dtype": getattr(torch, named["dtype"])} if "dtype" in named else {}
    return getattr(torch, name)(*args, **dtype).numpy()


def drawn(shape, seed):
    generator = np.random.default_rng(seed)
    first, second = (generator.standard_normal(shape).astype("float32") for _ in range(2))
    return {"seed": first, "generator": first, "generator again": second, "seed again": first}


# -------------------------------------------------------------- 2. arithmetic

ARITHMETIC = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "pow": operator.pow,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
}


def arithmetic(op, a, b, forms=("tensor", "tensor")):
    return in_pytorchs_dtype(ARITHMETIC[op], a, b)


def negative(x):
    return np.asarray(-x)


def kinds_of_results(x):
    names = ["t + t", "2 - t", "-t", "t.exp()", "t.sum()", "t @ t", "t.reshape(-1)", "t[0]", "cat([t, t])", "t.astype"]
    return dict.fromkeys(names, "Tensor")


def result_and_operand(call, x):
    """What `call` does with memory is known from its name."""
    return {"the same object": False, "shares memory": call in SHARING, "operand afterwards": x}


SHARING = {
    "t.reshape(t.shape)", "t.transpose(0, 0)", "t.permute(0, …)", "t.flatten(0, 0)", "t.squeeze()", "t.squeeze(0)",
    "t.unsqueeze(0)", "t.expand(t.shape)", "t[...]", "t[:]",
}  # fmt: skip


# ---------------------------------------------------- 3. element by element


def function(name, x):
    return in_pytorchs_dtype(lambda t: getattr(t, name)(), x)


def clip(x, low, high):
    return in_pytorchs_dtype(lambda t: t.clamp(low, high), x)


def clip_between(x, low, high):
    return in_pytorchs_dtype(lambda t, low, high: t.clamp(low, high), x, low, high)


def clip_above(x, low):
    return clip(x, low, None)


def clip_below(x, high):
    return clip(x, None, high)


def maximum(a, b, forms):
    import torch

    def larger(a, b):
        # torch.maximum takes no Python numbers; a number that is first wrapped promotes the same way by torch.where.
        dtype = torch.result_type(a, b)
        return torch.maximum(torch.as_tensor(a).to(dtype), torch.as_tensor(b).to(dtype))

    larger_of = in_pytorchs_dtype(larger, a, b)
    return {"Tensor.maximum(a, b)": larger_of, "maximum(a, b)": larger_of}


def where(condition, a, b, forms=("tensor", "tensor", "tensor")):
    import torch

    return in_pytorchs_dtype(lambda a, b: torch.where(native(condition), a, b), a, b)


# -------------------------------------------------------------- 4. reductions


def reduce(name, x, axis, keepdims):
    axes = axes_for_torch(x, axis)
    if name == "max":
        return native(x).amax(axes, keepdim=keepdims).numpy()
    if name == "var":
        return var(x, axis, keepdims, 1)
    if x.dtype.kind == "f":
        dtype = x.dtype
    else:
        dtype = np.dtype("int64") if name == "sum" else np.dtype("float32")
    terms = wide(x) if name == "sum" and dtype.kind == "i" else wide(x).double()
    result = getattr(terms, name)(axes, keepdim=keepdims) if x.ndim else getattr(terms, name)()
    scale = getattr(terms.abs() if terms.is_floating_point() else terms.double().abs(), name)
    return Bounded(narrow(result, dtype), scale(axes, keepdim=keepdims).numpy() if x.ndim else scale().numpy())


def reduce_all(name, x):
    return reduce(name, x, None, False)


def var(x, axis, keepdims, correction):
    values = wide(x).double()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns where n - correction is 0
        result = values.var(axes_for_torch(x, axis), correction=correction, keepdim=keepdims)
    if not x.size:
        return narrow(result, floating(x))
    # Σ(x - mean)² is computed from rounded means: an error of (ε·x)² is everybody's, one of ε·x² is the short cut's.
    return Bounded(
        narrow(result, floating(x)), result.abs().nan_to_num(0, 0, 0).numpy() + 1e-8 * np.max(np.abs(x)) ** 2.0
    )


# ------------------------------------------------------------ 5. shape, views


def moved(move, x, how):
    import torch

    t = native(x)
    moves = {
        "reshape": lambda: t.reshape(how),
        "reshape to a tuple": lambda: t.reshape(how),
        "transpose": lambda: t.transpose(*how),
        "permute": lambda: t.permute(how),
        "permute by a tuple": lambda: t.permute(how),
        "T": lambda: t.permute(tuple(reversed(range(t.ndim)))),
        "flatten": lambda: t.flatten(*how),
        "squeeze": lambda: t.squeeze(*how),
        "unsqueeze": lambda: t.unsqueeze(*how),
        "expand": lambda: t.expand(how),
        "expand to a tuple": lambda: t.expand(how),
        "index": lambda: torch.from_numpy(np.asarray(x[how])),
    }
    return moves[move]().contiguous().numpy()


def moved_twice(x, axes, move, how):
    return moved(move, np.transpose(x, axes), how)


def moved_then_changed(move, x, how, y):
    return moved(move, y, how)


def index(x, index, form):
    """NumPy and PyTorch put the axis of picked positions elsewhere if a slice stands between it and an integer."""
    import torch

    def convert(part):
        return torch.from_numpy(part.copy()) if isinstance(part, np.ndarray) else part

    as_torch_index = tuple(map(convert, index)) if isinstance(index, tuple) else convert(index)
    return AnyOf((np.asarray(x[index]), native(x)[as_torch_index].numpy()))


def is_contiguous(x, axes, step):
    t = native(x)
    views = {"as made": t, "permuted": t.permute(axes), "every step-th row": t[::step]}
    return {name: view.is_contiguous() for name, view in views.items()}


def rows_in_a_loop(x):
    return [np.asarray(row) for row in x]


def truth(x):
    return bool(x)


# ------------------------------------------------- 6. joining, writing in place


def cat(tensors, axis):
    import torch

    return torch.cat([native(x) for x in tensors], axis).numpy()


def stack(tensors, axis):
    import torch

    return torch.stack([native(x) for x in tensors], axis).numpy()


def cat_by_default(tensors):
    return cat(tensors, 0)


def stack_by_default(tensors):
    return stack(tensors, 0)


def assign(x, index, value, form):
    result = x.copy()
    result[index] = value
    return result


def assign_at_tensor(x, index, value):
    return assign(x, index, value, "number")


def changed(op, x, other):
    """What x is after the change: the result of PyTorch's own method of that name."""
    t = wide(x) if x.dtype.kind == "f" else native(x)
    if op == "zero_":
        return narrow(t.zero_(), x.dtype)
    return narrow(getattr(t, op)(as_torch(np.asarray(other), wide)), x.dtype)


def in_place(op, x, other, form):
    return {
        "data": changed(op, x, other),
        "gives back the Tensor itself": True,
        "in the same memory": True,
        "the other": other,
    }


def in_place_on_a_view(op, x, axes, other):
    result = x.copy()
    view = np.transpose(result, axes)[1:]
    view[...] = changed(op, view, other)
    return {"the Tensor": result, "the view": view}


def copy_along_itself(x):
    return np.concatenate([x[:1], x[:-1]]) if len(x) else x


def after_a_refused_change(op, x, other):
    return x


# ------------------------------------------------------------ 7. matrix products


def matmul(a, b, forms=("tensor", "tensor")):
    return product(a, b, a.dtype)


def matmul_method(a, b):
    return product(a, b, a.dtype)


def matmul_explicit(a, b):
    return product(a, b, a.dtype)


def product(a, b, dtype):
    result = wide(a) @ wide(b)
    if dtype.kind != "f":
        return narrow(result, dtype)
    return Bounded(narrow(result, dtype), (wide(a).abs() @ wide(b).abs()).numpy())


# ------------------------------------------------------------------------ use


def standardized_rows(x, eps):
    t = wide(x)
    deviation = (t.var(-1, keepdim=True, correction=0) + eps).sqrt()
    result = (t - t.mean(-1, keepdim=True)) / deviation
    return Bounded(narrow(result, x.dtype), (t.abs() / deviation).numpy())


def pairwise_distances(a, b):
    import torch

    return narrow(torch.cdist(wide(a), wide(b), compute_mode="donot_use_mm_for_euclid_dist"), a.dtype)


def squared_distances_by_matmul(a, b):
    scale = (a.astype(float) ** 2).sum(1)[:, None] + (b.astype(float) ** 2).sum(1)
    want = ((a[:, None].astype(float) - b) ** 2).sum(-1)
    return Bounded(want.astype(a.dtype), 2 * scale)


def shares_of_each_row(x):
    shares = wide(x).softmax(-1)
    return {"shares": narrow(shares, x.dtype), "sums": np.ones(x.shape[:-1], x.dtype)}


def moving_average(x, width):
    windows = wide(x).unfold(-1, width, 1)
    return Bounded(narrow(windows.mean(-1), x.dtype), windows.abs().mean(-1).numpy())


def one_hot(labels, classes):
    import torch

    return narrow(torch.nn.functional.one_hot(native(labels), classes), "float32")


def write_through_views(x, axes, row, value):
    first = x.copy()
    last = np.transpose(first, axes)
    last[row] *= value
    last[..., 0] = value
    return {"first": first, "last": last}


def power_iteration(matrix, steps):
    vector = np.ones(len(matrix))
    for _ in range(steps):
        vector = matrix @ vector
        vector /= np.sqrt(vector @ vector)
    return float(vector @ matrix @ vector)


def batches_joined_again(x, sizes):
    return x


# -------------------------------------------------------------------- reflect


def tensor_bytes(shape, dtype):
    """Measured: the bytes of an array that is really made."""
    return np.zeros(shape, dtype).nbytes


def matmul_flops(n, k, m):
    """Counted: the operations of three loops that are really run."""
    multiplications = additions = 0
    for _ in itertools.product(range(n), range(m)):
        for _ in range(k):
            multiplications += 1
            additions += 1
    return multiplications + additions


def matmul_bytes(n, k, m, dtype):
    a, b = np.zeros((n, k), dtype), np.zeros((k, m), dtype)
    return a.nbytes + b.nbytes + (a @ b).nbytes


def pairwise_bytes(n, m, d, dtype):
    difference = np.zeros((n, 1, d), dtype) - np.zeros((1, m, d), dtype)
    squares = difference * difference
    return max(difference.nbytes, squares.nbytes, squares.sum(-1).nbytes)


def strides_of(shape, itemsize):
    return np.zeros(shape, f"V{itemsize}").strides


def flatten_copies(shape, axes):
    x = np.zeros(shape, "int8")
    return not np.shares_memory(x, np.transpose(x, axes).reshape(-1))


def after_class_change(own, before, after, name):
    kind = type("Observed", (), dict(before))
    thing = kind()
    vars(thing).update(own)
    for key in before:
        delattr(kind, key)
    for key, value in after.items():
        setattr(kind, key, value)
    found = getattr(thing, name, None)
    return {"formula": found, "experiment": found}
