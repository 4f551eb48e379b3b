"""Clipping: no single step may go too far."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ..m01_tensor import Tensor


def gradients_of(parameters: Tensor | Iterable[Tensor]) -> list[np.ndarray]:
    """The gradient arrays of one Tensor, or of all in an iterable, that have one. Given."""
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [tensor.grad for tensor in tensors if tensor.grad is not None]


@np.errstate(invalid="ignore")  # inf times 0 is NaN, as it should be
def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Scale all gradients by one factor, so that the norm of them all together is at most `max_norm`.

    The norm is that of one long vector with the entries of all gradients. If it is n, every gradient is multiplied by
    max_norm / (n + 1e-6), or by 1 where that is larger: the direction of the step stays, and gradients that are short
    enough stay as they are, to the bit.

    Args:
        parameters: a Tensor or an iterable of them (a generator too); those with `grad` None are passed over.
        max_norm: the longest that is allowed.
        norm_type: p of the p-norm (Σ|g|^p)^(1/p), above 0; `math.inf` for the largest |g|.
        error_if_nonfinite: refuse a norm that is infinite or NaN.
    Returns:
        The norm before the change; 0.0 if there is no gradient.
    Raises:
        RuntimeError: `error_if_nonfinite`, and the norm is infinite or NaN. No gradient has changed then. Without
            it such a norm is used like any other.

    The arrays in `grad` are changed in place, and keep their dtype.

    >>> from types import SimpleNamespace
    >>> weight = SimpleNamespace(grad=np.array([3.0, 4.0]))
    >>> norm = clip_grad_norm_([weight], 1.0)
    >>> norm, weight.grad.round(3)
    (5.0, array([0.6, 0.8]))

    Cost: two passes over the gradients.
    Source: torch.nn.utils.clip_grad_norm_; Pascanu et al. 2013.
    """
    # BEGIN SOLUTION
    grads = gradients_of(parameters)
    # The norm of the norms: no long vector is made. In float64, where the square of a float32 does not overflow.
    norms = [float(np.linalg.norm(grad.ravel().astype(np.float64), norm_type)) for grad in grads if grad.size]
    norm = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError(f"the norm of the gradients is {norm}")
    factor = max_norm / (norm + 1e-6)
    if not factor >= 1.0:  # NaN too: it must show
        for grad in grads:
            grad *= factor
    return norm
    # END SOLUTION


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Move every entry of every gradient into the range from -clip_value to clip_value, in place.

    Unlike `clip_grad_norm_` it may change the direction of the step. Gradients that are None are passed over; NaN
    stays NaN.

    >>> from types import SimpleNamespace
    >>> weight = SimpleNamespace(grad=np.array([3.0, -0.5, -4.0]))
    >>> clip_grad_value_([weight], 1.0)
    >>> weight.grad
    array([ 1. , -0.5, -1. ])

    Source: torch.nn.utils.clip_grad_value_.
    """
    # BEGIN SOLUTION
    for grad in gradients_of(parameters):
        np.clip(grad, -clip_value, clip_value, out=grad)
    # END SOLUTION
