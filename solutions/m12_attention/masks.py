"""Which shapes go together, and which query may look at which key."""

from __future__ import annotations

import numpy as np

from ..m01_tensor import Tensor, where
from ..m02_activations import softmax

Mask = Tensor | np.ndarray | None
"""A Tensor or an array, of bool or of floats; None hides nothing."""


def attention_shape(
    q_shape: tuple[int, ...],
    k_shape: tuple[int, ...],
    v_shape: tuple[int, ...],
    mask_shape: tuple[int, ...] | None = None,
) -> tuple[int, ...]:
    """The shape of what attention gives back, or an error that says what does not fit.

    n queries look at m keys. Queries and keys have d features each; a value has e features, and there is one for each key.

    Args:
        q_shape: (…, n, d).
        k_shape: (…, m, d).
        v_shape: (…, m, e). The leading axes of all three (none is fine) broadcast with each other.
        mask_shape: what broadcasts to (…, n, m), where … is what the leading axes of queries and keys broadcast to; or None.
    Returns:
        (…, n, e), where … is what all leading axes broadcast to.
    Raises:
        ValueError: in this order: one of the first three has fewer than two axes (its shape is named); queries and keys
            differ in d, or have none (both shapes are named); there is not one value for each key (both shapes); the leading
            axes of queries and keys do not broadcast (both shapes), or those of the values do not with them (the shape of the
            values); the mask does not broadcast to (…, n, m) (its shape and that one).

    >>> attention_shape((8, 5, 4), (8, 7, 4), (8, 7, 3), (5, 7))
    (8, 5, 3)
    """
    # BEGIN SOLUTION
    q_shape, k_shape, v_shape = tuple(q_shape), tuple(k_shape), tuple(v_shape)
    for name, shape in (("queries", q_shape), ("keys", k_shape), ("values", v_shape)):
        if len(shape) < 2:
            raise ValueError(f"{name} need two axes or more, not shape {shape}")
    if q_shape[-1] != k_shape[-1] or not q_shape[-1]:
        raise ValueError(f"queries of shape {q_shape} and keys of shape {k_shape} do not have the same features")
    if k_shape[-2] != v_shape[-2]:
        raise ValueError(f"keys of shape {k_shape} and values of shape {v_shape}: one value for each key is needed")
    lead = _broadcast(q_shape[:-2], k_shape[:-2])
    if lead is None:
        raise ValueError(f"queries of shape {q_shape} and keys of shape {k_shape} do not broadcast")
    scores = (*lead, q_shape[-2], k_shape[-2])
    whole = _broadcast(lead, v_shape[:-2])
    if whole is None:
        raise ValueError(f"scores of shape {scores} and values of shape {v_shape} do not broadcast")
    if mask_shape is not None:
        check_mask(tuple(mask_shape), scores)
    return (*whole, q_shape[-2], v_shape[-1])
    # END SOLUTION


def _broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """What the shapes broadcast to, or None if they do not. Given."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


def check_mask(mask_shape: tuple[int, ...], scores_shape: tuple[int, ...]) -> None:
    """ValueError, with both shapes, unless a mask broadcasts to the scores and leaves their shape as it is. Given."""
    if _broadcast(mask_shape, scores_shape) != tuple(scores_shape):
        raise ValueError(f"a mask of shape {mask_shape} does not broadcast to scores of shape {scores_shape}")


def causal_mask(queries: int, keys: int | None = None) -> Tensor:
    """Who may look at whom if nobody looks ahead: query i at the keys 0 to i.

    Args:
        queries, keys: how many there are; as many keys as queries if not given. With another number of keys, too, query 0
            sees key 0 alone.
    Returns:
        A Tensor of bool, (queries, keys): True where query i may look at key j.

    >>> causal_mask(3).data.astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]])
    """
    # BEGIN SOLUTION
    keys = queries if keys is None else keys
    return Tensor(np.arange(keys) <= np.arange(queries)[:, None])
    # END SOLUTION


def combine_masks(mask: Mask, other: Mask) -> Tensor | None:
    """One mask for two: what either hides is hidden, and what is of floats is added to the scores.

    Args:
        mask, other: of bool (True is seen) or of floats, in any order; their shapes broadcast. None hides nothing.
    Returns:
        None if both are None; the other one, as a Tensor, if one is. Else a Tensor of the shape that they broadcast to: two of
        bool make one of bool, two of floats their sum, and one of each the one of floats, with -inf where the other hides. A
        mask of floats that needs a gradient gets it from all that is not hidden. Neither is written into.
    Raises:
        TypeError: a mask is neither of bool nor of floats; its dtype is named.

    >>> combine_masks(causal_mask(2), np.array([[True, False]])).data
    array([[ True, False],
           [ True, False]])
    >>> combine_masks(causal_mask(2), Tensor([[0.5, 1.5]]))
    Tensor([[ 0.5 -inf]
            [ 0.5  1.5]])
    """
    # BEGIN SOLUTION
    if mask is None or other is None:
        only = other if mask is None else mask
        return None if only is None else as_mask(only)
    mask, other = as_mask(mask), as_mask(other)
    if mask.dtype != np.bool_ and other.dtype != np.bool_:
        return mask + other
    floats, keep = (other, mask) if mask.dtype == np.bool_ else (mask, other)
    if floats.dtype == np.bool_:
        return Tensor(floats.data & keep.data)
    return where(keep, floats, -np.inf)
    # END SOLUTION


def masked_softmax(scores: Tensor, mask: Mask = None) -> Tensor:
    """Softmax along the last axis over what is not hidden; what is hidden gets 0.

    Args:
        scores: (…, n, m), floats of any size. A score of -inf is hidden, whatever the mask says.
        mask: what broadcasts to (…, n, m). Of bool: True is seen, False is hidden. Of floats: it is converted to the dtype
            of the scores and added to them, so that -inf hides; if it needs a gradient, it gets one.
    Returns:
        A new Tensor like scores. A row of it adds up to 1, or is all 0 if all in it is hidden (or if m is 0); then no
        gradient flows through that row, and there is no nan anywhere.
    Raises:
        ValueError: the mask does not broadcast to the scores; both shapes are named.
        TypeError: the mask is neither of bool nor of floats; its dtype is named.

    >>> masked_softmax(Tensor([[1.0, 1.0, 9.0], [7.0, 8.0, 9.0]]), np.array([[True, True, False], [False, False, False]]))
    Tensor([[0.5 0.5 0. ]
            [0.  0.  0. ]])

    Cost: as softmax, and a sweep or two.
    """
    # BEGIN SOLUTION
    if mask is not None:
        mask = as_mask(mask)
        check_mask(mask.shape, scores.shape)
        scores = where(mask, scores, -np.inf) if mask.dtype == np.bool_ else scores + mask.astype(scores.dtype)
    seen = (scores.data != -np.inf).any(axis=-1, keepdims=True)
    if seen.all():
        return softmax(scores, axis=-1)
    # A row of -inf alone would be -inf - -inf = nan, and nan · 0 is nan on the way back: it may not reach softmax.
    return where(seen, softmax(where(seen, scores, 0.0), axis=-1), 0.0)
    # END SOLUTION


def as_mask(mask: Tensor | np.ndarray) -> Tensor:
    """A mask as a Tensor (itself, if it is one), or TypeError, with its dtype, unless it is of bool or floats. Given."""
    mask = mask if isinstance(mask, Tensor) else Tensor(mask)
    if mask.dtype.kind not in "bf":
        raise TypeError(f"a mask is of bool or of floats, not of {mask.dtype}")
    return mask
