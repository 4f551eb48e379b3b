"""Optimizers that find a step size for every single number: RMSprop, Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from .optimizer import Optimizer, require_at_least_zero


def running_mean(state: dict[str, Any], name: str, value: np.ndarray, keep: float) -> np.ndarray:
    """The running mean in state[name], after one more value: mean ← keep · mean + (1 - keep) · value.

    Args:
        state: where it is kept, as an array of the shape and dtype of `value`. If it is not there yet, it was 0.
        keep: share of the old mean that stays, from 0 to 1.
    Returns:
        state[name], which shares no memory with `value`.

    >>> state = {}
    >>> for value in (8.0, 0.0):
    ...     print(running_mean(state, "mean", np.array([value]), 0.75))
    [2.]
    [1.5]
    """
    # BEGIN SOLUTION
    if name not in state:
        state[name] = np.zeros_like(value)
    state[name] *= keep
    state[name] += (1.0 - keep) * value
    return state[name]
    # END SOLUTION


class RMSprop(Optimizer):
    """Divides each gradient by the root of a running mean of its squares.

    For a parameter θ with gradient g, in each step, element by element:

        g ← g + weight_decay · θ
        s ← alpha · s + (1 - alpha) · g²             s is 0 at first
        r = √s + eps
        θ ← θ - lr · g / r

    With `centered`, a running mean of the gradients themselves is kept as well, m ← alpha · m + (1 - alpha) · g, and
    r = √(s - m²) + eps. With momentum, b ← momentum · b + g / r, where b is 0 at first, and θ ← θ - lr · b.

    Args:
        params, lr: as in `Optimizer`.
        alpha: how much of s stays from step to step.
        eps: keeps the divisor away from 0.
        weight_decay: as in SGD.
        momentum, centered: see above.
    Raises:
        ValueError: lr, alpha, eps, weight_decay or momentum is negative.

    State: "step", how many steps the parameter has taken; "square_avg", s; with momentum "momentum_buffer", b; with
    centered "grad_avg", m. Arrays have the parameter's shape and dtype.

    Source: torch.optim.RMSprop. Hinton 2012, lecture 6e of "Neural Networks for Machine Learning"; Graves 2013 (centered).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        """See the class. Given."""
        super().__init__(
            params, lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """ValueError, with name and value, if an option makes no sense; see the class."""
        # BEGIN SOLUTION
        super().check(options)
        require_at_least_zero(options, "alpha", "eps", "weight_decay", "momentum")
        # END SOLUTION

    def update(self, parameter: Tensor, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any]) -> None:
        """See the class, and `Optimizer.update`."""
        # BEGIN SOLUTION
        lr, alpha, eps, decay, momentum = (
            float(group[name]) for name in ("lr", "alpha", "eps", "weight_decay", "momentum")
        )
        state["step"] = state.get("step", 0) + 1
        if decay:
            grad = grad + decay * parameter.data
        squares = running_mean(state, "square_avg", grad * grad, alpha)
        if group["centered"]:
            mean = running_mean(state, "grad_avg", grad, alpha)
            squares = squares - mean * mean
        change = grad / (np.sqrt(squares) + eps)
        if momentum:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = np.zeros_like(change)
            state["momentum_buffer"] *= momentum
            state["momentum_buffer"] += change
            change = state["momentum_buffer"]
        parameter.add_(-lr * change)
        # END SOLUTION


class Adam(Optimizer):
    """Running means of gradients and of their squares, both corrected for having started at 0.

    For a parameter θ with gradient g, in its t-th step (t counts from 1, for each parameter by itself):

        g ← g + weight_decay · θ
        m ← β₁ · m + (1 - β₁) · g                    m and v are 0 at first
        v ← β₂ · v + (1 - β₂) · g²
        θ ← θ - lr · m̂ / (√v̂ + eps)                 where m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ)

    Args:
        params, lr: as in `Optimizer`.
        betas: β₁ and β₂, from 0 up to but not including 1.
        eps: keeps the divisor away from 0.
        weight_decay: as in SGD: part of the gradient, and divided with it.
    Raises:
        ValueError: lr, eps or weight_decay is negative, or a beta is below 0, or 1 or above.

    State: "step", t; "exp_avg", m; "exp_avg_sq", v. Arrays have the parameter's shape and dtype.

    Source: torch.optim.Adam. Kingma and Ba 2015, algorithm 1.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        """See the class. Given."""
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def check(self, options: Mapping[str, Any]) -> None:
        """ValueError, with name and value, if an option makes no sense; see the class."""
        # BEGIN SOLUTION
        super().check(options)
        require_at_least_zero(options, "eps", "weight_decay")
        for beta in options["betas"]:
            if not 0 <= beta < 1:
                raise ValueError(f"betas must be 0 or more and below 1, not {beta}")
        # END SOLUTION

    def update(self, parameter: Tensor, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any]) -> None:
        """See the class, and `Optimizer.update`."""
        # BEGIN SOLUTION
        decay = float(group["weight_decay"])
        self._adapt(parameter, grad + decay * parameter.data if decay else grad, state, group)
        # END SOLUTION

    def _adapt(self, parameter: Tensor, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any]) -> None:
        """The last three lines of the algorithm, which Adam and AdamW share."""
        # BEGIN SOLUTION
        lr, eps = float(group["lr"]), float(group["eps"])
        keep_mean, keep_squares = map(float, group["betas"])
        step = state["step"] = state.get("step", 0) + 1
        mean = running_mean(state, "exp_avg", grad, keep_mean)
        squares = running_mean(state, "exp_avg_sq", grad * grad, keep_squares)
        # The corrections are numbers. Applied to numbers, and not to arrays, they cost nothing.
        divisor = np.sqrt(squares)
        divisor /= math.sqrt(1.0 - keep_squares**step)
        divisor += eps
        change = mean / divisor
        change *= -lr / (1.0 - keep_mean**step)
        parameter.add_(change)
        # END SOLUTION


class AdamW(Adam):
    """Adam with the decay taken out of the gradient: weights shrink by themselves, all at the same rate.

    In each step, θ ← θ - lr · weight_decay · θ; then what Adam does, without its first line. Everything else is as in Adam,
    but for the default of weight_decay, which is 0.01.

    Source: torch.optim.AdamW. Loshchilov and Hutter 2019, "Decoupled weight decay regularization".
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        """See the class. Given."""
        super().__init__(params, lr, betas, eps, weight_decay)

    def update(self, parameter: Tensor, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any]) -> None:
        """See the class, and `Optimizer.update`."""
        # BEGIN SOLUTION
        parameter.mul_(1.0 - float(group["lr"]) * float(group["weight_decay"]))
        self._adapt(parameter, grad, state, group)
        # END SOLUTION
