"""An honest alternative: every step computes new arrays, in float64, by the formulas as they are printed in the papers."""

from __future__ import annotations

import numpy as np

from ..m06_autograd import no_grad
from .optimizer import Optimizer, require_at_least_zero, rounded, wide


class RMSprop(Optimizer):
    """Divided by the root of mean squares."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False):
        super().__init__(
            params, lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered
        )

    def check(self, options):
        super().check(options)
        require_at_least_zero(options, "alpha", "eps", "weight_decay", "momentum")

    def update(self, parameter, grad, state, group):
        if not state:
            state["step"] = np.zeros((), np.float32)
            state["square_avg"] = np.zeros(parameter.shape, parameter.dtype)
            if group["momentum"] > 0:
                state["momentum_buffer"] = np.zeros(parameter.shape, parameter.dtype)
            if group["centered"]:
                state["grad_avg"] = np.zeros(parameter.shape, parameter.dtype)
        state["step"] = state["step"] + 1
        x, alpha = wide(parameter.data), group["alpha"]
        g = wide(grad) + group["weight_decay"] * x
        s = alpha * wide(state["square_avg"]) + (1 - alpha) * g**2
        state["square_avg"] = rounded(s, parameter)
        if group["centered"]:
            m = alpha * wide(state["grad_avg"]) + (1 - alpha) * g
            state["grad_avg"] = rounded(m, parameter)
            s = s - m**2
        d = g / (np.sqrt(s) + group["eps"])
        if group["momentum"] > 0:
            d = group["momentum"] * wide(state["momentum_buffer"]) + d
            state["momentum_buffer"] = rounded(d, parameter)
        with no_grad():
            parameter.copy_(x - group["lr"] * d)


class AdamW(Optimizer):
    """Adam whose decay is a step of its own."""

    decoupled = True

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def check(self, options):
        super().check(options)
        require_at_least_zero(options, "eps", "weight_decay")
        for beta in options["betas"]:
            if beta < 0 or beta >= 1:
                raise ValueError(f"a beta of {beta}")

    def update(self, parameter, grad, state, group):
        if not state:
            zeros = np.zeros(parameter.shape, parameter.dtype)
            state.update(step=np.zeros((), np.float32), exp_avg=zeros, exp_avg_sq=zeros.copy())
        state["step"] = state["step"] + 1
        t, (beta1, beta2) = float(state["step"]), group["betas"]
        x, g = wide(parameter.data), wide(grad)
        if self.decoupled:
            x = x - group["lr"] * group["weight_decay"] * x
        else:
            g = g + group["weight_decay"] * x
        m = beta1 * wide(state["exp_avg"]) + (1 - beta1) * g
        v = beta2 * wide(state["exp_avg_sq"]) + (1 - beta2) * g * g
        state["exp_avg"], state["exp_avg_sq"] = rounded(m, parameter), rounded(v, parameter)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        with no_grad():
            parameter.copy_(x - group["lr"] * m_hat / (np.sqrt(v_hat) + group["eps"]))


class Adam(AdamW):
    """Adam whose decay is part of the gradient."""

    decoupled = False

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
