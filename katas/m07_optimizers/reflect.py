"""Predict, then measure: what optimizers keep, how far they go, and when they arrive. Functions of plain numbers.

Nothing here makes a Tensor or an optimizer. Each formula is held against what your own optimizers then do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def state_bytes(
    optimizer: str, parameters: int, itemsize: int = 4, momentum: float = 0.0, centered: bool = False
) -> int:
    """Bytes of the arrays that an optimizer keeps from step to step, once every parameter has had a gradient.

    Args:
        optimizer: "SGD", "RMSprop", "Adam" or "AdamW".
        parameters: how many numbers the model learns.
        itemsize: bytes per number.
        momentum: of SGD and RMSprop; centered: of RMSprop. The others have neither.

    >>> state_bytes("SGD", 1000)
    0
    """
    raise NotImplementedError("m07: state_bytes")


def largest_model(memory: int, optimizer: str, itemsize: int = 4, momentum: float = 0.0, centered: bool = False) -> int:
    """How many numbers a model can learn at most, if `memory` bytes hold them, their gradients and the state.

    Args:
        memory: bytes there are. What the graph keeps is not counted.
        optimizer, itemsize, momentum, centered: as in `state_bytes`.

    >>> largest_model(8_000_000, "SGD")   # numbers and gradients, 4 bytes each
    1000000
    """
    raise NotImplementedError("m07: largest_model")


def effective_lr(lr: float, momentum: float = 0.0, dampening: float = 0.0) -> float:
    """How far a step of SGD goes for each unit of a gradient that has been the same for very long.

    Args:
        momentum: below 1.

    >>> effective_lr(0.1)
    0.1
    """
    raise NotImplementedError("m07: effective_lr")


def first_step(optimizer: str, gradient: float, lr: float, eps: float = 1e-8, alpha: float = 0.99) -> float:
    """By how much the very first step changes a number: negative where it becomes smaller.

    Args:
        optimizer: "SGD", "RMSprop" or "Adam"; SGD and RMSprop without momentum, all without decay, Adam with any betas.
        gradient: the number's.
        eps: of RMSprop and Adam; alpha: of RMSprop.

    >>> first_step("SGD", 3.0, lr=0.5)
    -1.5
    """
    raise NotImplementedError("m07: first_step")


def decayed(weight: float, lr: float, weight_decay: float, steps: int) -> float:
    """What is left of a weight after so many steps of AdamW in which its gradient was 0.

    >>> decayed(8.0, lr=0.5, weight_decay=1.0, steps=2)
    2.0
    """
    raise NotImplementedError("m07: decayed")


def largest_lr(curvatures: Sequence[float]) -> float:
    """The learning rate below which plain gradient descent finds the bottom of a bowl, and above which it flies out.

    The bowl is f(x) = ½ Σ aᵢ xᵢ², where the aᵢ, all positive, are the curvatures. The gradient with respect to xᵢ is aᵢ xᵢ.
    """
    raise NotImplementedError("m07: largest_lr")


def steps_to_converge(curvatures: Sequence[float], lr: float, tolerance: float) -> int | None:
    """After how many steps of plain gradient descent all xᵢ are at most `tolerance` away from 0.

    Args:
        curvatures: of the bowl in `largest_lr`. Every xᵢ starts at 1.
        tolerance: between 0 and 1, neither included.
    Returns:
        The least such number of steps; None if it never happens.

    >>> steps_to_converge([1.0], lr=0.5, tolerance=0.2)   # 1, 0.5, 0.25, 0.125
    3
    """
    raise NotImplementedError("m07: steps_to_converge")
