"""Learning rates that change from step to step, as a plan made beforehand."""

from __future__ import annotations

import math
from typing import Any


class Scheduler:
    """The base of every schedule: it sets the learning rates of an optimizer, step after step.

    A subclass says in `lr_at` what the rate is after so many steps; counting, setting, saving and loading are the same
    for all. Like every schedule that is made, it sets the rates for step 0 at once. After that

        optimizer.step()
        scheduler.step()

    in this order: the first `optimizer.step()` uses the rate for step 0, the second the rate for step 1.

    Args:
        optimizer: anything with `param_groups`, a list of dicts that each have their learning rate under "lr".

    Attributes:
        optimizer: as given.
        base_lrs: the rates that the groups had when the schedule was made, one for each group.
        steps: how often `step` has been called.

    >>> from types import SimpleNamespace
    >>> class Halving(Scheduler):
    ...     def lr_at(self, step, base_lr):
    ...         return base_lr / 2**step
    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.8}, {"lr": 0.1}])
    >>> halving = Halving(optimizer)
    >>> halving.step()
    >>> halving.get_last_lr(), optimizer.param_groups[0]["lr"]
    ([0.4, 0.05], 0.4)

    Source: torch.optim.lr_scheduler.
    """

    def __init__(self, optimizer: Any) -> None:
        """Notes the groups' rates, and sets those for step 0."""
        raise NotImplementedError("m08: Scheduler.__init__")

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate after `step` calls of `step()`, for a group that began with `base_lr`. Every schedule defines it. Given.

        It depends on nothing but its arguments and the settings of the schedule.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no lr_at")

    def set_rates(self) -> None:
        """Give every group of the optimizer its rate for the present step, as a Python float."""
        raise NotImplementedError("m08: Scheduler.set_rates")

    def step(self) -> None:
        """One step further: the groups get their next rates."""
        raise NotImplementedError("m08: Scheduler.step")

    def get_last_lr(self) -> list[float]:
        """The rates that it set last, one for each group."""
        raise NotImplementedError("m08: Scheduler.get_last_lr")

    def state_dict(self) -> dict[str, Any]:
        """What a new schedule with the same settings needs to go on from here: plain numbers and lists, a copy."""
        raise NotImplementedError("m08: Scheduler.state_dict")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where `state_dict` was taken; the groups get their rates for that step at once.

        Raises:
            ValueError: the state is of an optimizer with another number of groups (both numbers are named). Nothing
                has changed then.
        """
        raise NotImplementedError("m08: Scheduler.load_state_dict")


class StepLR(Scheduler):
    """Every `step_size` steps the rate is multiplied by `gamma`.

    Raises:
        ValueError: `step_size` is less than 1; it is named.

    >>> from types import SimpleNamespace
    >>> schedule = StepLR(SimpleNamespace(param_groups=[{"lr": 1.0}]), step_size=2, gamma=0.5)
    >>> [schedule.lr_at(step, 1.0) for step in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]

    Source: torch.optim.lr_scheduler.StepLR.
    """

    def __init__(self, optimizer: Any, step_size: int, gamma: float = 0.1) -> None:
        """See the class."""
        raise NotImplementedError("m08: StepLR.__init__")

    def lr_at(self, step: int, base_lr: float) -> float:
        """See the class."""
        raise NotImplementedError("m08: StepLR.lr_at")


class CosineAnnealingLR(Scheduler):
    """The rate falls from its first value to `eta_min` in `T_max` steps, along half a period of a cosine.

    It begins and ends gently, and is half-way down after half of the steps. After step T_max it rises again as the
    cosine does, and is back at its first value after 2·T_max steps, as in PyTorch.

    Args:
        optimizer: as for Scheduler.
        T_max: steps from the top to the bottom.
        eta_min: the lowest rate.
    Raises:
        ValueError: `T_max` is less than 1; it is named.

    >>> from types import SimpleNamespace
    >>> schedule = CosineAnnealingLR(SimpleNamespace(param_groups=[{"lr": 1.0}]), T_max=4)
    >>> [round(schedule.lr_at(step, 1.0), 3) for step in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]

    Source: torch.optim.lr_scheduler.CosineAnnealingLR; Loshchilov and Hutter 2017.
    """

    def __init__(self, optimizer: Any, T_max: int, eta_min: float = 0.0) -> None:
        """See the class."""
        raise NotImplementedError("m08: CosineAnnealingLR.__init__")

    def lr_at(self, step: int, base_lr: float) -> float:
        """See the class."""
        raise NotImplementedError("m08: CosineAnnealingLR.lr_at")


class LinearWarmup(Scheduler):
    """The rate rises in a straight line from `start_factor` times its first value to that value, in `steps` steps.

    What comes then is up to `after`, another schedule of the same optimizer, made just before: from step `warmup_steps`
    on, its own steps begin to count, from 0. Without one the rate stays. Only the warm-up is stepped, not `after`;
    saving and loading the warm-up is enough for both.

        cosine = CosineAnnealingLR(optimizer, T_max=900)
        schedule = LinearWarmup(optimizer, 100, after=cosine)   # 100 steps up, 900 down

    The rates to rise to are those that the groups had before `after` was made.

    Args:
        optimizer: as for Scheduler.
        warmup_steps: steps until the full rate.
        after: the schedule that follows, any Scheduler, or None.
        start_factor: where the line begins, above 0 and at most 1.
    Raises:
        ValueError: `warmup_steps` is less than 1, or `start_factor` is not above 0 and at most 1 (it is named), or
            `after` belongs to another optimizer.

    >>> from types import SimpleNamespace
    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 1.0}])
    >>> schedule = LinearWarmup(optimizer, 3, after=StepLR(optimizer, step_size=1, gamma=0.5), start_factor=0.25)
    >>> [schedule.lr_at(step, 1.0) for step in range(6)]
    [0.25, 0.5, 0.75, 1.0, 0.5, 0.25]

    Source: torch.optim.lr_scheduler.LinearLR and SequentialLR; Goyal et al. 2017.
    """

    def __init__(
        self, optimizer: Any, warmup_steps: int, after: Scheduler | None = None, start_factor: float = 1 / 3
    ) -> None:
        """See the class."""
        raise NotImplementedError("m08: LinearWarmup.__init__")

    def lr_at(self, step: int, base_lr: float) -> float:
        """See the class."""
        raise NotImplementedError("m08: LinearWarmup.lr_at")
