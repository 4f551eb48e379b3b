"""More of how the laws of m01 call your framework: formulas, and operations that are timed."""

from ..kit.probing import changing

# -------------------------------------------------------------------- reflect


def tensor_bytes(tt, shape, dtype):
    return tt.reflect.tensor_bytes(shape, dtype)


def matmul_flops(tt, n, k, m):
    return tt.reflect.matmul_flops(n, k, m)


def matmul_bytes(tt, n, k, m, dtype):
    return tt.reflect.matmul_bytes(n, k, m, dtype)


def pairwise_bytes(tt, n, m, d, dtype):
    return tt.reflect.pairwise_bytes(n, m, d, dtype)


def strides_of(tt, shape, itemsize):
    return tt.reflect.strides_of(shape, itemsize)


def flatten_copies(tt, shape, axes):
    return tt.reflect.flatten_copies(shape, axes)


def after_class_change(tt, own, before, after, name):
    """The formula's answer, and the experiment's, on a class derived from your own Tensor."""
    formula = tt.reflect.after_class_change(dict(own), dict(before), dict(after), name)
    kind = type("Observed", (tt.Tensor,), dict(before))
    t = kind([1.0, 2.0])
    for key, value in own.items():
        setattr(t, key, value)
    for key in before:
        delattr(kind, key)
    for key, value in after.items():
        setattr(kind, key, value)
    return {"formula": formula, "experiment": getattr(t, name, None)}


def formula(tt, name, args):
    """What a formula of reflect.py says."""
    return getattr(tt.reflect, name)(*args)


# ---------------------------------------------------------------------- speed


def multiply(tt, a, b, repeat, session):
    a, b = tt.Tensor(a), tt.Tensor(b)
    for _ in changing(a, repeat, session):
        product = a @ b
    return float(product.data[0, 0])


def multiply_explicit(tt, a, b, repeat, session):
    a, b = tt.Tensor(a), tt.Tensor(b)
    for _ in changing(a, repeat, session):
        product = a.matmul_explicit(b)
    return float(product.data[0, 0])


def elementwise_chain(tt, x, repeat, session):
    """Operations on every element, one after another, and a sum."""
    t = tt.Tensor(x)
    for _ in changing(t, repeat, session):
        total = ((t + t) * t - t / 2).tanh().exp().maximum(t).sum(axis=0)
    return float(total.data)


def views(tt, millions, repeat, session):
    """Views of a Tensor with so many million elements, which is made once."""
    if millions not in session:
        session[millions] = tt.ones(1000, 1000 * millions)
    t = session[millions]
    for _ in range(repeat):
        last = t.transpose(0, 1)[1:].permute(1, 0).unsqueeze(0).expand(10, -1, -1).squeeze()
        flat = t.reshape(-1).reshape(1000, -1).flatten()[1:]
    return [last.ndim, flat.ndim]
