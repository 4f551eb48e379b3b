"""An honest alternative: everything in place, with `out=`, in arrays to work in that are kept from step to step."""

from __future__ import annotations

import numpy as np

from .optimizer import Optimizer, require_at_least_zero


class _Working(Optimizer):
    """Has one array to work in, as large as the largest parameter of each dtype."""

    def _borrowed(self, like, place):
        scratch = self.__dict__.setdefault("_scratch", {})
        key = like.dtype, place
        if key not in scratch or scratch[key].size < like.size:
            scratch[key] = np.empty(like.size, like.dtype)
        return scratch[key][: like.size].reshape(like.shape)

    def _decayed(self, parameter, grad, group):
        if not group["weight_decay"]:
            return grad
        work = np.multiply(parameter.data, group["weight_decay"], out=self._borrowed(grad, 0), casting="same_kind")
        return np.add(work, grad, out=work)

    def _mean(self, mean, value, keep):
        """mean += (1 - keep) · (value - mean), as `lerp` does it."""
        work = np.subtract(value, mean, out=self._borrowed(mean, 1))
        np.multiply(work, 1 - keep, out=work, casting="same_kind")
        np.add(mean, work, out=mean)

    def _mean_of_squares(self, mean, value, keep):
        work = np.multiply(value, value, out=self._borrowed(mean, 1))
        np.multiply(work, 1 - keep, out=work, casting="same_kind")
        np.multiply(mean, keep, out=mean, casting="same_kind")
        np.add(mean, work, out=mean)


class RMSprop(_Working):
    """Divided by the root of mean squares."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
        super().__init__(
            params, lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered
        )

    def check(self, options):
        super().check(options)
        require_at_least_zero(options, "alpha", "eps", "weight_decay", "momentum")

    def update(self, parameter, grad, state, group):
        if "square_avg" not in state:
            state["step"], state["square_avg"] = 0.0, np.zeros_like(grad)
        state["step"] += 1.0
        grad = self._decayed(parameter, grad, group)
        self._mean_of_squares(state["square_avg"], grad, group["alpha"])
        root = self._borrowed(grad, 2)
        root[...] = state["square_avg"]
        if group["centered"]:
            mean = state.setdefault("grad_avg", np.zeros(grad.shape, grad.dtype))
            self._mean(mean, grad, group["alpha"])
            root -= mean * mean
        np.sqrt(root, out=root)
        np.add(root, group["eps"], out=root, casting="same_kind")
        np.divide(grad, root, out=root)
        if group["momentum"]:
            buffer = state.setdefault("momentum_buffer", np.zeros(grad.shape, grad.dtype))
            np.multiply(buffer, group["momentum"], out=buffer, casting="same_kind")
            np.add(buffer, root, out=buffer)
            root[...] = buffer
        np.multiply(root, -group["lr"], out=root, casting="same_kind")
        parameter.add_(root)


class Adam(_Working):
    """Two running means."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def check(self, options):
        super().check(options)
        require_at_least_zero(options, "eps", "weight_decay")
        bad = [beta for beta in options["betas"] if not 0.0 <= beta < 1.0]
        if bad:
            raise ValueError(f"betas {bad} are not in [0, 1)")

    def update(self, parameter, grad, state, group):
        self.adapt(parameter, self._decayed(parameter, grad, group), state, group)

    def adapt(self, parameter, grad, state, group):
        if "exp_avg" not in state:
            state["step"], state["exp_avg"], state["exp_avg_sq"] = 0.0, np.zeros_like(grad), np.zeros_like(grad)
        state["step"] += 1.0
        first, second = (float(beta) for beta in group["betas"])
        self._mean(state["exp_avg"], grad, first)
        self._mean_of_squares(state["exp_avg_sq"], grad, second)
        root = np.sqrt(state["exp_avg_sq"], out=self._borrowed(grad, 2))
        # θ - lr / c₁ · m / (√v / √c₂ + eps) = θ - lr · √c₂ / c₁ · m / (√v + √c₂ · eps)
        correction = (1.0 - second ** state["step"]) ** 0.5
        np.add(root, correction * float(group["eps"]), out=root)
        np.divide(state["exp_avg"], root, out=root)
        np.multiply(root, -float(group["lr"]) * correction / (1.0 - first ** state["step"]), out=root)
        parameter.add_(root)


class AdamW(Adam):
    """Adam without decay, after the decay."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay)

    def update(self, parameter, grad, state, group):
        if group["weight_decay"]:
            parameter.add_(parameter.data * np.asarray(-group["lr"] * group["weight_decay"], parameter.dtype))
        self.adapt(parameter, grad, state, group)
