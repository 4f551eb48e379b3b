"""Stochastic gradient descent: downhill, and with momentum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from .optimizer import Optimizer, require_at_least_zero


class SGD(Optimizer):
    """Gradient descent, with momentum if it is asked for.

    For a parameter θ with gradient g, in each step:

        g ← g + weight_decay · θ
        v ← g                                        in the first step of this parameter
        v ← momentum · v + (1 - dampening) · g       in all later ones
        θ ← θ - lr · v,    or with nesterov    θ ← θ - lr · (g + momentum · v)

    Without momentum there is no v: θ ← θ - lr · g.

    Args:
        params, lr: as in `Optimizer`.
        momentum: share of the last step's v that lives on in the next.
        dampening: share of the gradient that is held back from v.
        weight_decay: adds to each gradient as the loss weight_decay/2 · ‖θ‖² would.
        nesterov: look ahead, to where momentum is about to carry θ.
    Raises:
        ValueError: lr, momentum or weight_decay is negative; or nesterov without momentum, or with dampening.

    State: "momentum_buffer", v, an array of the parameter's shape and dtype; without momentum, nothing.

    >>> from ..m06_autograd import enable_autograd; enable_autograd()
    >>> x = Tensor([3.0], requires_grad=True)
    >>> optimizer = SGD([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step(); x.detach()
    Tensor([2.4])

    Source: torch.optim.SGD. Polyak 1964 (momentum); Nesterov 1983, in the form of Sutskever et al. 2013.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        """See the class. Given."""
        super().__init__(
            params, lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """ValueError, with name and value, if an option makes no sense; see the class."""
        # BEGIN SOLUTION
        super().check(options)
        require_at_least_zero(options, "momentum", "weight_decay")
        momentum, dampening = options["momentum"], options["dampening"]
        if options["nesterov"] and (momentum == 0 or dampening != 0):
            raise ValueError(
                f"nesterov needs momentum and no dampening, not momentum={momentum}, dampening={dampening}"
            )
        # END SOLUTION

    def update(self, parameter: Tensor, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any]) -> None:
        """See the class, and `Optimizer.update`."""
        # BEGIN SOLUTION
        # float(…): a np.float64 among the options would make float64 of float32.
        lr, momentum, decay = float(group["lr"]), float(group["momentum"]), float(group["weight_decay"])
        if decay:
            grad = grad + decay * parameter.data
        if momentum:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = np.array(grad)
            else:
                state["momentum_buffer"] *= momentum
                state["momentum_buffer"] += (1.0 - float(group["dampening"])) * grad
            velocity = state["momentum_buffer"]
            grad = grad + momentum * velocity if group["nesterov"] else velocity
        parameter.add_(-lr * grad)
        # END SOLUTION
