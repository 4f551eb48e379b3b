"""How the laws of m01 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.Tensor`, `tt.cat`, … A probe gets NumPy arrays and numbers, and returns such.
"""

import itertools
import operator
import tracemalloc

import numpy as np

# ------------------------------------------------------------------- helpers


def numbers(tt, result):
    """The array inside a result, which has to be a Tensor that holds one."""
    if not isinstance(result, tt.Tensor):
        raise TypeError(f"the result is not a Tensor but a {type(result).__name__}")
    if not isinstance(result.data, np.ndarray):
        raise TypeError(f"the result's data is not an array but a {type(result.data).__name__}")
    return result.data


def operand(tt, value, form):
    """`value` in the form that is asked for: as a Tensor, or as it is (an array or a Python number)."""
    return tt.Tensor(value) if form == "tensor" else value


# -------------------------------------------------------------- 1. the tensor


def tensor(tt, data, dtype=None):
    t = tt.Tensor(data) if dtype is None else tt.Tensor(data, dtype)
    return {"data": numbers(tt, t), "shape": t.shape, "ndim": t.ndim, "size": t.size, "dtype": np.dtype(t.dtype).name}


def length(tt, x):
    return len(tt.Tensor(x))


def tensor_of_a_changed_array(tt, x):
    """Tensors of an array, and of a Tensor, that are changed afterwards."""
    source = x.copy()
    first = tt.Tensor(source)
    second = tt.Tensor(first)
    third = tt.Tensor(first, first.dtype)
    source[...] = 77
    before = first.data.copy()
    first.data[...] = 88
    return {"of an array": before, "of a Tensor": second.data, "with its own dtype": third.data}


def numpy_is_the_tensors_memory(tt, x, y):
    t = tt.Tensor(x)
    out = t.numpy()
    t.data[...] = y
    seen = out.copy()
    out[...] = 77
    return {"numpy() after a change of the Tensor": seen, "the Tensor after a change of numpy()": t.data}


def item(tt, x):
    return tt.Tensor(x).item()


def astype(tt, x, dtype):
    t = tt.Tensor(x)
    other = t.astype(dtype)
    shares = np.shares_memory(other.data, t.data)
    return {"data": numbers(tt, other), "shares memory": shares, "the Tensor itself": t.data}


def memory_footprint(tt, shape, dtype):
    return tt.Tensor(np.zeros(shape, dtype)).memory_footprint()


def memory_footprint_of_a_stretched_row(tt, row, times):
    return tt.Tensor(row).expand(times, -1).memory_footprint()


def tensor_with_options(tt, x, options):
    return numbers(tt, tt.Tensor(x, **options))


def tensor_without(tt, x, names):
    """The numbers of a Tensor, and which of `names` it has."""
    t = tt.Tensor(x)
    return {"data": numbers(tt, t), "has": [name for name in names if name in dir(t)]}


def created(tt, name, args, named):
    return numbers(tt, getattr(tt, name)(*args, **named))


def drawn(tt, shape, seed):
    """Random numbers from a seed, from a generator, and from the seed again."""
    generator = np.random.default_rng(seed)
    draws = {
        "seed": tt.randn(*shape, rng=seed),
        "generator": tt.randn(shape, rng=generator),
        "generator again": tt.randn(shape, rng=generator),
        "seed again": tt.randn(*shape, rng=seed),
    }
    return {name: numbers(tt, t) for name, t in draws.items()}


# -------------------------------------------------------------- 2. arithmetic

ARITHMETIC = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "pow": operator.pow,
    "maximum": lambda a, b: a.maximum(b),
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "eq": lambda a, b: a.eq(b),
}


def arithmetic(tt, op, a, b, forms=("tensor", "tensor")):
    """a op b, each operand as a Tensor or as it is: an array, a Python number."""
    return numbers(tt, ARITHMETIC[op](operand(tt, a, forms[0]), operand(tt, b, forms[1])))


def negative(tt, x):
    return numbers(tt, -tt.Tensor(x))


def plus(tt, x, other):
    return numbers(tt, tt.Tensor(x) + other)


def peak_bytes_of_an_outer_sum(tt, column, row):
    """Bytes that column + row has NumPy allocate at most at a time, beside what was there before."""
    column, row = tt.Tensor(column), tt.Tensor(row)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    result = column + row
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"peak": peak - before, "result": numbers(tt, result).nbytes}


# ---------------------------------------------------- 3. element by element


def function(tt, name, x):
    """x.exp(), x.log(), … by name."""
    return numbers(tt, getattr(tt.Tensor(x), name)())


def clip(tt, x, low, high):
    return numbers(tt, tt.Tensor(x).clip(low, high))


def clip_between(tt, x, low, high):
    """Between the numbers of two Tensors."""
    return numbers(tt, tt.Tensor(x).clip(tt.Tensor(low), tt.Tensor(high)))


def clip_above(tt, x, low):
    return numbers(tt, tt.Tensor(x).clip(low))


def clip_below(tt, x, high):
    return numbers(tt, tt.Tensor(x).clip(high=high))


def maximum(tt, a, b, forms):
    """The same question to the method, to the static form and to the free function."""
    a, b = operand(tt, a, forms[0]), operand(tt, b, forms[1])
    return {
        "Tensor.maximum(a, b)": numbers(tt, tt.Tensor.maximum(a, b)),
        "maximum(a, b)": numbers(tt, tt.maximum(a, b)),
    }


def where(tt, condition, a, b, forms=("tensor", "tensor", "tensor")):
    condition, a, b = (operand(tt, value, form) for value, form in zip((condition, a, b), forms, strict=True))
    return numbers(tt, tt.where(condition, a, b))


# -------------------------------------------------------------- 4. reductions


def reduce(tt, name, x, axis, keepdims):
    """x.sum(axis, keepdims), x.mean(…), … by name."""
    return numbers(tt, getattr(tt.Tensor(x), name)(axis=axis, keepdims=keepdims))


def reduce_all(tt, name, x):
    return numbers(tt, getattr(tt.Tensor(x), name)())


def var(tt, x, axis, keepdims, correction):
    return numbers(tt, tt.Tensor(x).var(axis=axis, keepdims=keepdims, correction=correction))


# ------------------------------------------------------------ 5. shape, views

# The arguments of `moved` say which move: ("reshape", (2, -1)) is t.reshape(2, -1).
MOVES = {
    "reshape": lambda t, shape: t.reshape(*shape),
    "reshape to a tuple": lambda t, shape: t.reshape(shape),
    "transpose": lambda t, axes: t.transpose(*axes),
    "permute": lambda t, axes: t.permute(*axes),
    "permute by a tuple": lambda t, axes: t.permute(axes),
    "T": lambda t, _: t.T,
    "flatten": lambda t, axes: t.flatten(*axes),
    "squeeze": lambda t, axes: t.squeeze(*axes),
    "unsqueeze": lambda t, axes: t.unsqueeze(*axes),
    "expand": lambda t, shape: t.expand(*shape),
    "expand to a tuple": lambda t, shape: t.expand(shape),
    "index": lambda t, index: t[index],
}


def moved(tt, move, x, how):
    """One move, on a Tensor."""
    return numbers(tt, MOVES[move](tt.Tensor(x), how))


def moved_twice(tt, x, axes, move, how):
    """One move, on a Tensor that is itself a view: a permuted one."""
    return numbers(tt, MOVES[move](tt.Tensor(x).permute(*axes), how))


def moved_then_changed(tt, move, x, how, y):
    """What a result shows after the Tensor that it came from was overwritten with `y`."""
    t = tt.Tensor(x)
    view = MOVES[move](t, how)
    t.data[...] = y
    return numbers(tt, view)


def index(tt, x, index, form):
    """t[index], where arrays of positions and masks come as arrays, as lists, or as Tensors."""
    as_form = {"array": lambda part: part, "list": lambda part: part.tolist(), "tensor": tt.Tensor}[form]

    def convert(part):
        # A list of nothing would be a list of floats: only arrays and Tensors know that they hold no positions.
        return as_form(part) if isinstance(part, np.ndarray) and (part.size or form != "list") else part

    return numbers(tt, tt.Tensor(x)[tuple(map(convert, index)) if isinstance(index, tuple) else convert(index)])


def is_contiguous(tt, x, axes, step):
    """Of a Tensor, of the same with its axes in another order, and of every step-th row of it."""
    t = tt.Tensor(x)
    views = {"as made": t, "permuted": t.permute(*axes), "every step-th row": t[::step]}
    return {name: view.is_contiguous() for name, view in views.items()}


def rows_in_a_loop(tt, x):
    return [numbers(tt, row) for row in tt.Tensor(x)]


def truth(tt, x):
    return bool(tt.Tensor(x))


# ------------------------------------------------- 6. joining, writing in place


def cat(tt, tensors, axis):
    return numbers(tt, tt.cat([tt.Tensor(x) for x in tensors], axis))


def stack(tt, tensors, axis):
    return numbers(tt, tt.stack([tt.Tensor(x) for x in tensors], axis))


def cat_by_default(tt, tensors):
    """Without an axis, and by the static form, with a tuple."""
    return numbers(tt, tt.Tensor.cat(tuple(tt.Tensor(x) for x in tensors)))


def stack_by_default(tt, tensors):
    return numbers(tt, tt.Tensor.stack(tuple(tt.Tensor(x) for x in tensors)))


def assign(tt, x, index, value, form):
    """t[index] = value, with the value as it is or as a Tensor."""
    t = tt.Tensor(x)
    t[index] = operand(tt, value, form)
    return numbers(tt, t)


def assign_at_tensor(tt, x, index, value):
    """t[index] = value, where the index is a Tensor of positions or a mask."""
    t = tt.Tensor(x)
    t[tt.Tensor(index)] = value
    return numbers(tt, t)


IN_PLACE = {
    "copy_": lambda t, other: t.copy_(other),
    "add_": lambda t, other: t.add_(other),
    "mul_": lambda t, other: t.mul_(other),
    "zero_": lambda t, other: t.zero_(),
}


def in_place(tt, op, x, other, form):
    """t.add_(other), …: what t is afterwards, and whether that is what came back."""
    t = tt.Tensor(x)
    array = t.data
    other = operand(tt, other, form)
    result = IN_PLACE[op](t, other)
    return {
        "data": numbers(tt, t),
        "gives back the Tensor itself": result is t,
        "in the same memory": np.shares_memory(array, t.data) or t.size == 0,
        "the other": other.data if form == "tensor" else other,
    }


def in_place_on_a_view(tt, op, x, axes, other):
    """Change a view of a view in place; what the first Tensor is afterwards, and what the view is."""
    t = tt.Tensor(x)
    view = t.permute(*axes)[1:]
    IN_PLACE[op](view, other)
    return {"the Tensor": t.data, "the view": view.data}


def copy_along_itself(tt, x):
    """Move every element one further, within one piece of memory."""
    t = tt.Tensor(x)
    t[1:].copy_(t[:-1])
    return numbers(tt, t)


def after_a_refused_change(tt, op, x, other):
    """A change that has to be refused is tried; what the Tensor is afterwards."""
    t = tt.Tensor(x)
    try:
        IN_PLACE[op](t, other)
    except (TypeError, ValueError):
        return t.data
    raise AssertionError("no error")


# ------------------------------------------------------------ 7. matrix products


def matmul(tt, a, b, forms=("tensor", "tensor")):
    """a @ b."""
    return numbers(tt, operand(tt, a, forms[0]) @ operand(tt, b, forms[1]))


def matmul_method(tt, a, b):
    return numbers(tt, tt.Tensor(a).matmul(tt.Tensor(b)))


def matmul_explicit(tt, a, b):
    return numbers(tt, tt.Tensor(a).matmul_explicit(tt.Tensor(b)))


# ------------------------------------------------------------------------ use


def standardized_rows(tt, x, eps):
    """Every row with mean 0 and variance 1, as people write it by hand."""
    t = tt.Tensor(x)
    return numbers(
        tt, (t - t.mean(axis=-1, keepdims=True)) / (t.var(axis=-1, keepdims=True, correction=0) + eps).sqrt()
    )


def pairwise_distances(tt, a, b):
    """The distance of every row of a from every row of b, by broadcasting."""
    difference = tt.Tensor(a).unsqueeze(1) - tt.Tensor(b).unsqueeze(0)
    return numbers(tt, (difference**2).sum(axis=-1).sqrt())


def squared_distances_by_matmul(tt, a, b):
    """|a|² - 2ab + |b|²: the largest tensor on the way is the answer itself."""
    a, b = tt.Tensor(a), tt.Tensor(b)
    squares = (a * a).sum(axis=1, keepdims=True) - 2 * (a @ b.T) + (b * b).sum(axis=1)
    return numbers(tt, squares.clip(low=0))


def shares_of_each_row(tt, x):
    """Positive numbers that add up to 1 along the last axis, from any numbers."""
    t = tt.Tensor(x)
    weights = (t - t.max(axis=-1, keepdims=True)).exp()
    shares = weights / weights.sum(axis=-1, keepdims=True)
    return {"shares": numbers(tt, shares), "sums": numbers(tt, shares.sum(axis=-1))}


def moving_average(tt, x, width):
    """The mean of each window of `width` neighbours along the last axis, from shifted views."""
    t = tt.Tensor(x)
    last = t.shape[-1] - width + 1
    return numbers(tt, tt.stack([t[..., start : start + last] for start in range(width)], axis=0).mean(axis=0))


def one_hot(tt, labels, classes):
    """A row for each label, with a 1 where the label says."""
    return numbers(tt, tt.Tensor(labels).unsqueeze(-1).eq(tt.arange(classes)).astype("float32"))


def write_through_views(tt, x, axes, row, value):
    """Views of views share one memory: what is written through the last is seen in the first."""
    t = tt.Tensor(x)
    last = t.permute(*axes).unsqueeze(0)[0]
    last[row].mul_(value)
    last[..., 0] = value
    return {"first": numbers(tt, t), "last": numbers(tt, last)}


def power_iteration(tt, matrix, steps):
    """The largest eigenvalue of a symmetric matrix with positive entries, by multiplying again and again."""
    matrix = tt.Tensor(matrix)
    vector = tt.ones(matrix.shape[0], dtype=matrix.dtype)
    for _ in range(steps):
        vector = matrix @ vector
        vector = vector / (vector @ vector).sqrt()
    return (vector @ matrix @ vector).item()


def batches_joined_again(tt, x, sizes):
    """Slices of a tensor, along its first axis, joined by cat: the tensor again."""
    t = tt.Tensor(x)
    edges = np.cumsum([0, *sizes]).tolist()
    return numbers(tt, tt.cat([t[low:high] for low, high in itertools.pairwise(edges)]))
