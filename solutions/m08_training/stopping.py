"""When to stop."""

from __future__ import annotations

import math
from typing import Any


class EarlyStopping:
    """Says when a loss has not improved for a while.

    A value is an improvement if it lies below the best so far by more than `min_delta`, as the first finite value
    always does. Only an improvement becomes the best so far. NaN never is one.

    Args:
        patience: so many values in a row without improvement, and it is time to stop.
        min_delta: what is not worth the electricity.
        mode: "min", or "max" for something that should rise, such as an accuracy: "below" is then "above".

    Attributes:
        best: the best value so far; inf ("max": -inf) before the first.
        bad: values in a row without improvement.

    Raises:
        ValueError: `patience` is less than 1 (it is named), or `mode` is neither "min" nor "max" (it is named).

    >>> stopping = EarlyStopping(patience=2)
    >>> [stopping.step(loss) for loss in (3.0, 2.0, 2.5, 2.0, 1.0)]
    [False, False, False, True, False]

    Source: Prechelt 1998, Early stopping, but when?
    """

    def __init__(self, patience: int = 3, min_delta: float = 0.0, mode: str = "min") -> None:
        """See the class."""
        # BEGIN SOLUTION
        if patience < 1:
            raise ValueError(f"patience must be at least 1, not {patience}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode is 'min' or 'max', not {mode!r}")
        self.patience, self.min_delta, self.mode = patience, min_delta, mode
        self.best = math.inf if mode == "min" else -math.inf
        self.bad = 0
        # END SOLUTION

    def step(self, value: float) -> bool:
        """Take in the next value; returns True if it is time to stop.

        It may go on after a True: whether to stop is the caller's decision.
        """
        # BEGIN SOLUTION
        gain = self.best - value if self.mode == "min" else value - self.best
        if gain > self.min_delta:
            self.best, self.bad = float(value), 0
        else:
            self.bad += 1
        return self.bad >= self.patience
        # END SOLUTION

    def state_dict(self) -> dict[str, Any]:
        """What another EarlyStopping with the same settings needs to go on from here."""
        # BEGIN SOLUTION
        return {"best": self.best, "bad": self.bad}
        # END SOLUTION

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where `state_dict` was taken."""
        # BEGIN SOLUTION
        self.best, self.bad = state["best"], state["bad"]
        # END SOLUTION
