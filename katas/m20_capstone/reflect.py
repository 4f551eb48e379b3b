"""Formulas about a whole pipeline, on plain numbers: work them out, then see them held against what is measured and counted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence


def pipeline_speedup(shares: Sequence[float], speedups: Sequence[float]) -> float:
    """How many times faster the whole becomes if several parts of it become faster, each by its own factor.

    Args:
        shares: of the time as it is now, one for each part; together 1 at most. What is left stays as slow as it is.
        speedups: of these parts, greater than 0; may be math.inf.
    Returns:
        math.inf where no time is left.

    >>> pipeline_speedup([0.5, 0.25], [4.0, 2.0])
    2.0
    """
    raise NotImplementedError("m20: pipeline_speedup")


def pays_first(shares: Sequence[float], speedups: Sequence[float]) -> int:
    """Which part to mend first, if there is time for one: the position of the one that saves most; of equal ones, the first.

    Args:
        shares, speedups: as in `pipeline_speedup`; one part at least.

    >>> pays_first([0.25, 0.5, 0.25], [10.0, 2.0, 3.0])
    1
    """
    raise NotImplementedError("m20: pays_first")


def times_smaller_together(before: Sequence[int], after: Sequence[int]) -> float:
    """How many times smaller a network of Linears becomes if units go and the rest is kept in 8 bits.

    Args:
        before, after: widths of the network, from inputs to outputs: [64, 128, 10] are two Linears. As many in both.
    Returns:
        Bytes of float32 weights and biases before, divided by the bytes of QuantizedLinears with a scale for each output, with
        all of their buffers, afterwards.

    >>> round(times_smaller_together([100, 100], [100, 100]), 3)
    3.738
    """
    raise NotImplementedError("m20: times_smaller_together")


def writing_seconds(prompt: int, n: int, fixed: float, each: float, cached: bool) -> float:
    """How long a text takes to write, if a call of the model takes `fixed` seconds and `each` more for each token it reads.

    Args:
        prompt: tokens that are there, 1 or more; n: tokens to write, 0 or more. All of it fits the context.
        cached: whether each token is read once, or everything is read again for each new token.

    >>> writing_seconds(3, 2, fixed=1.0, each=10.0, cached=False), writing_seconds(3, 2, fixed=1.0, each=10.0, cached=True)
    (72.0, 42.0)
    """
    raise NotImplementedError("m20: writing_seconds")


def speedup_wanted(score: float, smaller: float, kept: float) -> float:
    """How many times faster a model has to become for a `normalised_score`, if it is `smaller` times smaller and keeps `kept`.

    Args:
        all greater than 0.

    >>> speedup_wanted(2.0, smaller=4.0, kept=0.5)
    4.0
    """
    raise NotImplementedError("m20: speedup_wanted")


def accuracy_noise(accuracy: float, n: int) -> float:
    """How far an accuracy measured with n examples scatters: its standard deviation, in points.

    Args:
        accuracy: the chance that one example is answered rightly, from 0 to 1; every example for itself.
        n: 1 or more.

    >>> accuracy_noise(0.5, 100)
    5.0
    """
    raise NotImplementedError("m20: accuracy_noise")


def memory_energy_share(flops: float, nbytes: float, joules_per_flop: float, joules_per_byte: float) -> float:
    """Which share of the energy goes into moving bytes: what smaller weights can save at most.

    Args:
        flops: operations; nbytes: bytes to and from main memory; not both 0.
        joules_per_flop, joules_per_byte: energy of one of them.

    >>> memory_energy_share(4.0, 1.0, joules_per_flop=1.0, joules_per_byte=12.0)
    0.75
    """
    raise NotImplementedError("m20: memory_energy_share")
