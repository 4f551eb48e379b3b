"""Formulas about training, on plain numbers: work them out, then see them held against real steps and files."""

from __future__ import annotations

import math


def training_bytes(parameters: int, state_per_parameter: int, itemsize: int = 4) -> int:
    """Bytes of what a training keeps from step to step: the parameters, their gradients, the optimizer's state.

    Args:
        parameters: how many numbers the model learns.
        state_per_parameter: how many numbers the optimizer keeps for each: 0 for plain SGD, 1 with momentum,
            2 for Adam.
        itemsize: bytes of a number.

    >>> training_bytes(1_000_000, 2)
    16000000
    """
    raise NotImplementedError("m08: training_bytes")


def pieces_that_fit(batch: int, bytes_per_row: int, fixed_bytes: int, budget: int) -> int:
    """The smallest number of pieces into which to cut a batch, so that a step of it fits into memory.

    Pieces are taken through the model one after the other. They differ in size by one row at most, and the memory is
    what is always there plus what the largest piece keeps for its way back.

    Args:
        batch: rows of the batch.
        bytes_per_row: what one row keeps for its way back.
        fixed_bytes: what is always there: parameters, gradients, the optimizer's state.
        budget: bytes of memory; enough for a single row at least.

    >>> pieces_that_fit(batch=64, bytes_per_row=1000, fixed_bytes=50_000, budget=80_000)
    3
    """
    raise NotImplementedError("m08: pieces_that_fit")


def optimizer_steps(samples: int, batch_size: int, accumulate: int, epochs: int) -> int:
    """How many steps the optimizer takes: what a schedule that is stepped with it must be made for.

    The last batch of an epoch may be smaller, and the last step of an epoch may be on fewer batches.

    >>> optimizer_steps(samples=1000, batch_size=32, accumulate=4, epochs=10)
    80
    """
    raise NotImplementedError("m08: optimizer_steps")


def checkpoint_bytes(parameters: int, state_per_parameter: int, itemsize: int = 4) -> int:
    """Bytes of the arrays in a checkpoint of model and optimizer.

    >>> checkpoint_bytes(1_000_000, 2)
    12000000
    """
    raise NotImplementedError("m08: checkpoint_bytes")


def checkpoint_interval(save_seconds: float, seconds_between_failures: float) -> float:
    """Seconds of work between two checkpoints for which the least time is lost in the long run.

    Saving costs `save_seconds` each time. A failure, once in `seconds_between_failures` on average, costs the work since
    the last checkpoint: half an interval on average. Take failures to be much rarer than checkpoints, so that the time
    lost in each second of work is the sum of the two.

    >>> checkpoint_interval(save_seconds=10, seconds_between_failures=20 * 3600)
    1200.0

    Source: Young 1974, A first order approximation to the optimum checkpoint interval.
    """
    raise NotImplementedError("m08: checkpoint_interval")
