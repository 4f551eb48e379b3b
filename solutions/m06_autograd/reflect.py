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
    # BEGIN SOLUTION
    y, slope = x, 1.0
    for link in links:
        step, rate = {
            "square": (y * y, 2 * y),
            "triple": (3 * y, 3.0),
            "exp": (math.exp(y), math.exp(y)),
            "tanh": (math.tanh(y), 1 - math.tanh(y) ** 2),
            "shift": (y + 2, 1.0),
            "invert": (1 / y if y else math.inf, -1 / (y * y) if y else -math.inf),
        }[link]
        y, slope = step, slope * rate
    return slope
    # END SOLUTION


def paths(fans: list[int]) -> int:
    """How many ways lead from z back to x, where x is used fans[0] times to compute y, y is used fans[1] times, …

    Each step of the computation is a sum: y = x + x + x uses x three times. A gradient that walked every way by itself
    would make as many walks.

    >>> paths([3, 2])
    6
    """
    # BEGIN SOLUTION
    return math.prod(fans)
    # END SOLUTION


def backward_flops(n: int, k: int, m: int, wrt_left: bool = True, wrt_right: bool = True) -> int:
    """Floating-point operations of the backward pass of (n, k) @ (k, m): those of the matrix products that it makes.

    Args:
        wrt_left, wrt_right: whether the left and the right operand need a gradient.

    A product of (a, b) and (b, c) takes 2·a·b·c.
    """
    # BEGIN SOLUTION
    return 2 * n * k * m * (wrt_left + wrt_right)
    # END SOLUTION


def training_flops(batch: int, widths: list[int]) -> int:
    """Floating-point operations of the matrix products of one training step, forward and backward, of an MLP.

    Args:
        batch: rows of the input. The input needs no gradient, all weights do.
        widths: of the input, of each hidden layer, and of the output.

    >>> training_flops(1, [10, 5])   # forward 100; backward 100, for the weight alone
    200
    """
    # BEGIN SOLUTION
    return sum(
        2 * batch * inputs * outputs + backward_flops(batch, inputs, outputs, wrt_left=layer > 0)
        for layer, (inputs, outputs) in enumerate(itertools.pairwise(widths))
    )
    # END SOLUTION


def kept_bytes(batch: int, widths: list[int], itemsize: int = 4) -> int:
    """Bytes that a graph must keep between forward and backward: an MLP in which tanh follows every Linear.

    Count the arrays that the backward pass looks at, each once, and the input with them. Weights are not counted: they
    are there anyway. Backward needs the result of a tanh but not what went in, and no value for the bias.

    Args:
        batch: rows of the input.
        widths: of the input and of each layer's output.
        itemsize: bytes per number.
    """
    # BEGIN SOLUTION
    return batch * sum(widths) * itemsize
    # END SOLUTION


def training_bytes(parameters: int, itemsize: int = 4, extras: int = 0) -> int:
    """Bytes of a model's parameters in training: themselves, their gradients, and `extras` more numbers for each.

    Args:
        parameters: how many numbers the model learns.
        itemsize: bytes per number.
        extras: numbers kept beside each parameter by whatever changes it, such as a running mean of its gradient.
    """
    # BEGIN SOLUTION
    return parameters * itemsize * (2 + extras)
    # END SOLUTION


def checkpointed_calls(layers: int, segment: int) -> int:
    """How often a layer's forward runs in one training step, counted over all layers, with checkpoints.

    The model is a chain of `layers` layers, cut into segments of `segment` layers (the last may be shorter). Each
    segment goes through `checkpoint`. With segment 0 there are no checkpoints.
    """
    # BEGIN SOLUTION
    return 2 * layers if segment else layers
    # END SOLUTION


def checkpointed_bytes(layers: int, segment: int, activation: int) -> int:
    """Bytes of activations at the worst moment of a training step, in a chain with checkpoints.

    As in `checkpointed_calls`, where `segment` divides `layers`. Every layer makes one array of `activation` bytes, which
    its backward needs. Between forward and backward the result of every segment stays. At the worst moment one segment
    has been computed a second time, and an array for each of its layers is there beside them. Neither the input nor
    gradients are counted. Without checkpoints (segment 0), everything stays.

    >>> checkpointed_bytes(100, 0, 1), checkpointed_bytes(100, 10, 1)
    (100, 20)
    """
    # BEGIN SOLUTION
    return (layers // segment + segment if segment else layers) * activation
    # END SOLUTION


def best_segment(layers: int) -> int:
    """The segment that divides `layers` and makes `checkpointed_bytes` smallest; the shortest, if there are several.

    >>> best_segment(100)
    10
    """
    # BEGIN SOLUTION
    divisors = [segment for segment in range(1, layers + 1) if layers % segment == 0]
    return min(divisors, key=lambda segment: checkpointed_bytes(layers, segment, 1))
    # END SOLUTION
