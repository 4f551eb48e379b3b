"""An honest alternative: one winner of a maximum, products by einsum, axes moved to the end."""

from __future__ import annotations

import numpy as np

from .rules import RULES, rule


def axes_of(x, axis):
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    return tuple(sorted(a % x.ndim for a in axes))


def back(grad, x, axis):
    kept = [1 if a in axes_of(x, axis) else side for a, side in enumerate(x.shape)]
    return np.asarray(grad, np.float64).reshape(kept) * np.ones(x.shape)


@rule("sum")
def total(out, x, axis=None, keepdims=False):
    like = np.broadcast_to(np.zeros(()), x.shape)
    return (lambda grad: back(grad, like, axis),)


@rule("mean")
def mean(out, x, axis=None, keepdims=False):
    like = np.broadcast_to(np.zeros(()), x.shape)
    return (lambda grad: back(grad, like, axis) * (max(out.size, 1) / max(like.size, 1)),)


@rule("max")
def largest(out, x, axis=None, keepdims=False):
    def pull(grad):
        axes = axes_of(x, axis)
        kept = tuple(a for a in range(x.ndim) if a not in axes)
        order = (*kept, *axes)
        rows = x.transpose(order).reshape(*[x.shape[a] for a in kept], -1)
        result = np.zeros(rows.shape)
        np.put_along_axis(result, rows.argmax(-1)[..., None], grad.reshape(*rows.shape[:-1], 1), -1)
        return result.reshape([x.shape[a] for a in order]).transpose(np.argsort(order)) if order else result.reshape(())

    return (pull,)


@rule("var")
def var(out, x, axis=None, keepdims=False, correction=1):
    def pull(grad):
        count = x.size // max(out.size, 1)
        wide = x.astype(np.float64)
        mean = wide.sum(axis=axes_of(x, axis), keepdims=True) / max(count, 1)
        return 2.0 * back(grad, x, axis) * (wide - mean) / np.float64(max(0, count - correction))

    return (pull,)


def letters(x, other):
    """Subscripts of a product: batch axes line up at the right."""
    left = ["n", "k"] if x.ndim > 1 else ["k"]
    right = ["k", "m"] if other.ndim > 1 else ["k"]
    batch_left, batch_right = max(x.ndim - 2, 0), max(other.ndim - 2, 0)
    batch = "abcdef"[: max(batch_left, batch_right)]
    result = batch + "n" * (x.ndim > 1) + "m" * (other.ndim > 1)
    return (
        batch[len(batch) - batch_left :] + "".join(left),
        batch[len(batch) - batch_right :] + "".join(right),
        batch,
        result,
    )


def stretched(array, size, batch_shape):
    """`array` with its batch axes stretched, so that einsum need not broadcast."""
    core = array.shape[-size:]
    own = array.ndim - size
    if own <= 0:
        return array
    return np.broadcast_to(array, (*batch_shape[len(batch_shape) - own :], *core))


@rule("matmul", "__matmul__", "matmul_explicit")
def matmul(out, x, other):
    left, right, batch, result = letters(x, other)
    batch_shape = out.shape[: len(batch)]
    x_shape = (*batch_shape, *x.shape[-2:]) if x.ndim > 1 else x.shape
    other_shape = (*batch_shape, *other.shape[-2:]) if other.ndim > 1 else other.shape

    def wrt_x(grad):
        wanted = batch + left[-2:] if len(x_shape) > 1 else left
        return np.einsum(f"{result},{right}->{wanted}", grad, stretched(other, min(other.ndim, 2), batch_shape))

    def wrt_other(grad):
        wanted = batch + right[-2:] if len(other_shape) > 1 else right
        return np.einsum(f"{result},{left}->{wanted}", grad, stretched(x, min(x.ndim, 2), batch_shape))

    return wrt_x, wrt_other


@rule("__rmatmul__")
def rmatmul(out, x, other):
    wrt_other, wrt_x = matmul(out, np.asarray(other), x)
    return wrt_x, wrt_other


RULES.setdefault("sum", total)
