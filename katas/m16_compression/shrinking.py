"""From zeros to fewer numbers: units that are gone leave both layers that they stood between."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Linear, Module, Parameter, Sequential
from ..m06_autograd import no_grad


def stored_bytes(model: Module) -> int:
    """Bytes of everything that a model saves: its Parameters and buffers, each Tensor once, however many paths it has.

    A mask saves nothing yet: it comes on top.

    >>> stored_bytes(Linear(64, 10))
    2600
    """
    raise NotImplementedError("m16: stored_bytes")


def linear_of(weight: np.ndarray, bias: np.ndarray | None) -> Linear:
    """A Linear with this weight (out, in) and this bias (out,) or None, copied, in their dtype. Given."""
    outputs, inputs = weight.shape
    layer = Linear(inputs, outputs, bias is not None, rng=0)
    layer.weight = Parameter(weight)
    if bias is not None:
        layer.bias = Parameter(bias)
    return layer


def _without_masks(item: Any) -> Any:
    """A copy of an item of a Sequential; of a Linear, a plain one with its weights as they are read. Given."""
    if isinstance(item, Linear):
        return linear_of(item.weight.data, None if item.bias is None else item.bias.data)
    return copy.deepcopy(item)


def dead_units(weight: np.ndarray) -> np.ndarray:
    """Which outputs of a Linear take nothing from any of its inputs.

    Args:
        weight: (out, in). Without inputs, all outputs are dead.
    Returns:
        bool, (out,).

    >>> dead_units(np.array([[0.0, 1.0], [0.0, 0.0]]))
    array([False,  True])
    """
    raise NotImplementedError("m16: dead_units")


def cut_units(
    first: Linear, between: Callable[[Tensor], Tensor], second: Linear, dead: np.ndarray
) -> tuple[Linear, Linear]:
    """Two smaller Linears that do what `first`, `between` and `second` do one after the other, without the dead units.

    A dead unit is not silent, and the second layer hears it. But it says the same for every input.

    Args:
        first, second: Linears, with masks or without: their weights are as they are read. They stay as they are.
        between: works on every number by itself, as an activation does.
        dead: bool, (outputs of first,): the units that go. At least one stays.
    Returns:
        New Linears without masks, in the dtype of the old ones, sharing no memory with them. The first has a bias if `first` has
        one; the second has one if `second` has one, or if anything but 0 is what it hears of the dead units.

    >>> first, second = linear_of(np.array([[1.0], [0.0]]), np.array([0.0, 3.0])), linear_of(np.array([[5.0, 7.0]]), None)
    >>> small = cut_units(first, lambda x: x * 2.0, second, np.array([False, True]))
    >>> small[0].weight.data, small[1].weight.data, small[1].bias.data
    (array([[1.]]), array([[5.]]), array([42.]))
    """
    raise NotImplementedError("m16: cut_units")


def shrink_model(model: Sequential) -> Sequential:
    """A smaller model that says the same, in evaluation mode: without the dead units of its hidden layers.

    From left to right, each Linear gives up its dead units (`cut_units`, with the next Linear). A unit all of whose inputs were
    removed is dead, too. If all units of a layer are dead, the first one stays. The outputs of the last Linear stay, all of them.

    Args:
        model: a Sequential of Linears (with masks or without) and of whatever works on every number by itself: activations,
            Dropout. It stays as it is. Where something stands between two Linears that has Parameters or buffers of its own,
            the units before it stay.
    Returns:
        A new Sequential with as many items, all of it in the mode that `model` is in, sharing no memory with it. The Linears that
        are its items have no masks.
    Raises:
        TypeError: model is no Sequential; its type is named.

    >>> from ..m02_activations import relu
    >>> from .pruning import prune_ln_structured
    >>> net = Sequential(Linear(64, 128, rng=0), relu, Linear(128, 10, rng=1))
    >>> prune_ln_structured(net[0], "weight", 0.75)
    >>> shrink_model(net)
    Sequential(
      (0): Linear(in_features=64, out_features=32, bias=True)
      (1): relu
      (2): Linear(in_features=32, out_features=10, bias=True)
    )
    """
    raise NotImplementedError("m16: shrink_model")
