"""Predict, then measure: what gradients cost, as functions of plain numbers.

Nothing here makes a Tensor. Each formula is held against what is then counted or measured on real ones.
"""

from __future__ import annotations

import itertools
import math


def chain_derivative(x: float, links: list[str]) -> float:
    """dz/dx of a chain of functions, at x.

    Args:
        x: where the chain starts.
        links: what is done, one after another: "square" y², "triple" 3y, "exp" e^y, "tanh", "shift" y + 2,
            "invert" 1/y. An empty chain is z = x.
    Returns:
        The derivative of the end of the chain with respect to its start.

    >>> chain_derivative(2.0, ["square", "triple"])   # z = 3x², dz/dx = 6x
    12.0
    """
    raise NotImplementedError("m06: chain_derivative")


def paths(fans: list[int]) -> int:
    """How many ways lead from z back to x, where x is used fans[0] times to compute y, y is used fans[1] times, …

    Each step of the computation is a sum: y = x + x + x uses x three times. A gradient that walked every way by itself
    would make as many walks.

    >>> paths([3, 2])
    6
    """
    raise NotImplementedError("m06: paths")


def backward_flops(n: int, k: int, m: int, wrt_left: bool = True, wrt_right: bool = True) -> int:
    """Floating-point operations of the backward pass of (n, k) @ (k, m): those of the matrix products that it makes.

    Args:
        wrt_left, wrt_right: whether the left and the right operand need a gradient.

    A product of (a, b) and (b, c) takes 2·a·b·c.
    """
    raise NotImplementedError("m06: backward_flops")


def training_flops(batch: int, widths: list[int]) -> int:
    """Floating-point operations of the matrix products of one training step, forward and backward, of an MLP.

    Args:
        batch: rows of the input. The input needs no gradient, all weights do.
        widths: of the input, of each hidden layer, and of the output.

    >>> training_flops(1, [10, 5])   # forward 100; backward 100, for the weight alone
    200
    """
    raise NotImplementedError("m06: training_flops")


def kept_bytes(batch: int, widths: list[int], itemsize: int = 4) -> int:
    """Bytes that a graph must keep between forward and backward: an MLP in which tanh follows every Linear.

    Count the arrays that the backward pass looks at, each once, and the input with them. Weights are not counted: they
    are there anyway. Backward needs the result of a tanh but not what went in, and no value for the bias.

    Args:
        batch: rows of the input.
        widths: of the input and of each layer's output.
        itemsize: bytes per number.
    """
    raise NotImplementedError("m06: kept_bytes")


def training_bytes(parameters: int, itemsize: int = 4, extras: int = 0) -> int:
    """Bytes of a model's parameters in training: themselves, their gradients, and `extras` more numbers for each.

    Args:
        parameters: how many numbers the model learns.
        itemsize: bytes per number.
        extras: numbers kept beside each parameter by whatever changes it, such as a running mean of its gradient.
    """
    raise NotImplementedError("m06: training_bytes")


def checkpointed_calls(layers: int, segment: int) -> int:
    """How often a layer's forward runs in one training step, counted over all layers, with checkpoints.

    The model is a chain of `layers` layers, cut into segments of `segment` layers (the last may be shorter). Each
    segment goes through `checkpoint`. With segment 0 there are no checkpoints.
    """
    raise NotImplementedError("m06: checkpointed_calls")


def checkpointed_bytes(layers: int, segment: int, activation: int) -> int:
    """Bytes of activations at the worst moment of a training step, in a chain with checkpoints.

    As in `checkpointed_calls`, where `segment` divides `layers`. Every layer makes one array of `activation` bytes, which
    its backward needs. Between forward and backward the result of every segment stays. At the worst moment one segment
    has been computed a second time, and an array for each of its layers is there beside them. Neither the input nor
    gradients are counted. Without checkpoints (segment 0), everything stays.

    >>> checkpointed_bytes(100, 0, 1), checkpointed_bytes(100, 10, 1)
    (100, 20)
    """
    raise NotImplementedError("m06: checkpointed_bytes")


def best_segment(layers: int) -> int:
    """The segment that divides `layers` and makes `checkpointed_bytes` smallest; the shortest, if there are several.

    >>> best_segment(100)
    10
    """
    raise NotImplementedError("m06: best_segment")
