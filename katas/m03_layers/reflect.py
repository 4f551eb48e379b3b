"""What layers cost, as formulas on plain numbers: to be known before anything runs.

An MLP of `widths` (784, 128, 10) is Linear(784, 128), ReLU, Linear(128, 10): a ReLU after each Linear but the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


def mlp_parameters(widths: Sequence[int], bias: bool = True) -> int:
    """How many numbers an MLP of `widths` learns.

    >>> mlp_parameters((784, 128, 10))
    101770
    """
    raise NotImplementedError("m03: mlp_parameters")


def parameter_bytes(widths: Sequence[int], dtype: str = "float32") -> int:
    """Bytes that the weights and biases of an MLP of `widths` take.

    >>> parameter_bytes((784, 128, 10))
    407080
    """
    raise NotImplementedError("m03: parameter_bytes")


def activation_bytes(widths: Sequence[int], batch: int, dtype: str = "float32") -> int:
    """Bytes of the outputs of all layers, Linear and ReLU, of an MLP of `widths` for `batch` rows; x is not counted.

    >>> activation_bytes((784, 128, 10), 64)
    68096
    """
    raise NotImplementedError("m03: activation_bytes")


def largest_batch(widths: Sequence[int], memory: int, dtype: str = "float32") -> int:
    """The most rows for which an MLP's parameters and all layers' outputs fit into `memory` bytes; 0 if not even one.

    >>> largest_batch((784, 128, 10), 1_000_000)
    557
    """
    raise NotImplementedError("m03: largest_batch")


def linear_flops(batch: int, in_features: int, out_features: int, bias: bool = True) -> int:
    """Multiplications and additions in `linear_explicit`, for sums that start from 0 and add the bias at the end.

    >>> linear_flops(1, 3, 1)
    7
    """
    raise NotImplementedError("m03: linear_flops")


def signal_std(depth: int, fan_in: int, weight_std: float) -> float:
    """Standard deviation of what comes out of `depth` Linear layers, one after another without biases or activations.

    The input has mean 0 and standard deviation 1, every layer has fan_in inputs and as many outputs, and weights are
    drawn independently with mean 0 and `weight_std`. Neither the signal nor the weights know of each other,
    so variances of products multiply and variances of sums add.

    >>> signal_std(10, 100, 0.2)
    1024.0
    """
    raise NotImplementedError("m03: signal_std")


def dropout_std(p: float) -> float:
    """Standard deviation of what Dropout(p) makes of the number 1 in training, p < 1: the noise it adds.

    >>> dropout_std(0.5)
    1.0
    """
    raise NotImplementedError("m03: dropout_std")
