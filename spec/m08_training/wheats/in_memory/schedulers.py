"""Wheat: rates are kept in a list, and the schedules count in other ways."""

import math


class Scheduler:
    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.base_lrs = tuple(group["lr"] for group in optimizer.param_groups)
        self.steps = -1
        self.step()

    def lr_at(self, step, base_lr):
        raise NotImplementedError

    def step(self):
        self.steps += 1
        self._last = []
        for number, group in enumerate(self.optimizer.param_groups):
            group["lr"] = float(self.lr_at(self.steps, self.base_lrs[number]))
            self._last.append(group["lr"])

    def get_last_lr(self):
        return self._last[:]

    def state_dict(self):
        return {"at": self.steps, "from": list(self.base_lrs)}

    def load_state_dict(self, state):
        if len(state["from"]) != len(self._last):
            raise ValueError(f"{len(state['from'])} groups saved, {len(self._last)} here")
        self.base_lrs = tuple(state["from"])
        self.steps = state["at"] - 1
        self.step()


class StepLR(Scheduler):
    def __init__(self, optimizer, step_size, gamma=0.1):
        if not step_size > 0:
            raise ValueError(f"step_size={step_size}")
        self.step_size, self.gamma = step_size, gamma
        Scheduler.__init__(self, optimizer)

    def lr_at(self, step, base_lr):
        for _ in range(self.step_size, step + 1, self.step_size):
            base_lr = base_lr * self.gamma
        return base_lr


class CosineAnnealingLR(Scheduler):
    def __init__(self, optimizer, T_max, eta_min=0.0):
        if not T_max > 0:
            raise ValueError(f"T_max={T_max}")
        self.T_max, self.eta_min = T_max, eta_min
        Scheduler.__init__(self, optimizer)

    def lr_at(self, step, base_lr):
        down = math.sin(math.pi / 2 * step / self.T_max) ** 2
        return base_lr * (1 - down) + self.eta_min * down


class LinearWarmup(Scheduler):
    def __init__(self, optimizer, warmup_steps, after=None, start_factor=1 / 3):
        if not (warmup_steps > 0 and 0 < start_factor <= 1):
            raise ValueError(f"warmup_steps={warmup_steps}, start_factor={start_factor}")
        if after and after.optimizer is not optimizer:
            raise ValueError("two optimizers")
        self.warmup_steps, self.after, self.start_factor = warmup_steps, after, start_factor
        if after:
            for group, lr in zip(optimizer.param_groups, after.base_lrs, strict=True):
                group["lr"] = lr
        Scheduler.__init__(self, optimizer)

    def lr_at(self, step, base_lr):
        left = self.warmup_steps - step
        if left > 0:
            return base_lr - base_lr * (1 - self.start_factor) * left / self.warmup_steps
        return self.after.lr_at(-left, base_lr) if self.after else base_lr
