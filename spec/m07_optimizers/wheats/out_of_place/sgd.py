"""An honest alternative: every step computes new arrays, in float64, and copies the result over the parameter."""

from __future__ import annotations

from ..m01_tensor import Tensor
from ..m06_autograd import no_grad
from .optimizer import Optimizer, require_at_least_zero, rounded, wide


class SGD(Optimizer):
    """Gradient descent with momentum."""

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        super().__init__(
            params, lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov
        )

    def check(self, options):
        super().check(options)
        require_at_least_zero(options, "momentum", "weight_decay")
        if options["nesterov"] and not (options["momentum"] > 0 and options["dampening"] == 0):
            raise ValueError(f"nesterov with momentum {options['momentum']} and dampening {options['dampening']}")

    def update(self, parameter: Tensor, grad, state, group):
        x, g = wide(parameter.data), wide(grad)
        g = g + group["weight_decay"] * x
        if group["momentum"] != 0:
            last = state.get("momentum_buffer")
            v = g if last is None else group["momentum"] * wide(last) + (1 - group["dampening"]) * g
            state["momentum_buffer"] = rounded(v, parameter)
            v = wide(state["momentum_buffer"])
            g = g + group["momentum"] * v if group["nesterov"] else v
        with no_grad():
            parameter.copy_(x - group["lr"] * g)
