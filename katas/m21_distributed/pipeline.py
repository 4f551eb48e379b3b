"""A model that is cut into stages, one worker for each: who does what when, and how long do the others wait?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Work = tuple[str, int]
"""("forward", microbatch) or ("backward", microbatch)."""


class Slot(NamedTuple):
    """What a stage does from `start` to `end`: `kind` is "forward" or "backward". Given."""

    stage: int
    kind: str
    microbatch: int
    start: float
    end: float


def gpipe_order(stage: int, stages: int, microbatches: int) -> list[Work]:
    """What a stage does, in order: all microbatches forward, then all of them backward, the last one first.

    Every stage does the same.

    >>> gpipe_order(stage=0, stages=2, microbatches=2)
    [('forward', 0), ('forward', 1), ('backward', 1), ('backward', 0)]

    Source: Huang et al. 2019, GPipe.
    """
    raise NotImplementedError("m21: gpipe_order")


def one_f_one_b_order(stage: int, stages: int, microbatches: int) -> list[Work]:
    """What a stage does, in order, if what is kept for backward shall be little: one forward, one backward.

    First as many forwards as there are stages behind this one (or all, if there are fewer microbatches). Then a
    forward and a backward in turn, until there are no more forwards; then the backwards that are left. Both go
    through the microbatches from the first to the last.

    >>> one_f_one_b_order(stage=0, stages=2, microbatches=3)
    [('forward', 0), ('forward', 1), ('backward', 0), ('forward', 2), ('backward', 1), ('backward', 2)]

    Source: Narayanan et al. 2021, Memory-Efficient Pipeline-Parallel DNN Training (PipeDream-Flush).
    """
    raise NotImplementedError("m21: one_f_one_b_order")


def play_pipeline(
    orders: Sequence[Sequence[Work]], forward: Sequence[float], backward: Sequence[float], hop: float = 0.0
) -> list[Slot]:
    """When everything happens, if each stage does its work in its order, one thing at a time, and each as soon as it can.

    A forward needs that of the same microbatch on the stage before, `hop` seconds ago or more: so long is the result
    on its way. A backward needs the backward on the stage after, `hop` ago or more, and the forward on its own stage.

    Args:
        orders: for each stage what it does, each thing once.
        forward, backward: for each stage how long one microbatch takes it.
    Returns:
        A Slot for each thing, sorted by start, those that start together by stage. The first start is 0.
    Raises:
        RuntimeError: everybody waits for somebody else. The message names a stage, and the microbatch that it cannot begin.

    Cost: proportional to the number of things, but for the sorting.

    >>> orders = [gpipe_order(stage, 2, 1) for stage in range(2)]
    >>> for slot in play_pipeline(orders, forward=[1.0, 1.0], backward=[2.0, 2.0]):
    ...     print(*slot)
    0 forward 0 0.0 1.0
    1 forward 0 1.0 2.0
    1 backward 0 2.0 4.0
    0 backward 0 4.0 6.0
    """
    raise NotImplementedError("m21: play_pipeline")


def idle_share(slots: Sequence[Slot]) -> float:
    """The bubble: which share of the time of all stages together, from 0 to the last end, nobody works in.

    Stages are 0 to the largest number in `slots`; the last end is above 0. Slots may come in any order.

    >>> idle_share([Slot(0, "forward", 0, 0.0, 1.0), Slot(1, "forward", 0, 1.0, 4.0)])
    0.5
    """
    raise NotImplementedError("m21: idle_share")


def most_held(slots: Sequence[Slot]) -> list[int]:
    """For each stage: the most microbatches at any moment that it has to keep something of.

    That is from the start of a microbatch's forward to the end of its backward. What ends when another begins makes
    room for it. Stages are 0 to the largest number in `slots`, which may come in any order.

    >>> orders = [one_f_one_b_order(stage, 3, 6) for stage in range(3)]
    >>> most_held(play_pipeline(orders, [1.0] * 3, [2.0] * 3))
    [3, 2, 1]
    """
    raise NotImplementedError("m21: most_held")
