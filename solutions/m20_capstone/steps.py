"""Steps: what can be done to a model, each of them giving a new one and leaving the old one alone."""

from __future__ import annotations

import copy
from typing import Any

from ..m03_layers import Linear, Module, Sequential
from ..m16_compression import prune_count, prune_ln_structured, shrink_model
from ..m17_acceleration import use_kernels


class WithKernels(Module):
    """A model that computes with kernels of its own choice, whatever all others compute with.

    Args:
        model: the Module that does the work; it is kept, not copied.
        kernels: a name that `use_kernels` knows.

    Attributes:
        model, kernels: as given.

    Raises:
        ValueError: there are no kernels of this name, as `use_kernels`; when it is made, not at the first call.

    When it is made, and after every call, also one that ends in an error, the kernels of everybody else are what they were.

    >>> from ..m01_tensor import Tensor
    >>> from ..m09_convolutions import Conv2d
    >>> before = Conv2d.kernel
    >>> fast = WithKernels(Conv2d(1, 2, 3, rng=0), "fast")
    >>> fast(Tensor([[[[0.0] * 4] * 4]])).shape, Conv2d.kernel is before
    ((1, 2, 2, 2), True)
    """

    def __init__(self, model: Module, kernels: str) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        with use_kernels(kernels):
            pass
        self.model, self.kernels = model, kernels
        # END SOLUTION

    def forward(self, *args: Any) -> Any:
        """What the model says, computed with these kernels."""
        # BEGIN SOLUTION
        with use_kernels(self.kernels):
            return self.model(*args)
        # END SOLUTION

    def extra_repr(self) -> str:
        return f"kernels={self.kernels!r}"


def prune_units(model: Sequential, amount: float) -> Sequential:
    """A smaller model: every Linear that feeds another one loses `amount` of its units, and what is left is really smaller.

    Args:
        model: a Sequential. From its first Linear on it holds what `shrink_model` takes: Linears, and what works on every number
            by itself. Before that, anything may stand. It stays as it is.
        amount: share of the units of each Linear but the last, from 0 up to (not including) 1; how many that is, `prune_count`
            says, but one unit stays in any case. Those go whose row in the weight has the smallest 2-norm.
    Returns:
        A new Sequential with as many items, all of it in the mode that `model` is in, sharing no memory with it. What stands
        before the first Linear is copied; a Sequential without Linears is copied as a whole.
    Raises:
        TypeError: model is no Sequential; its type is named.
        ValueError: amount is not from 0 up to 1; it is named.

    >>> net = Sequential(abs, Linear(4, 8, rng=0), abs, Linear(8, 2, rng=1))
    >>> prune_units(net, 0.75)
    Sequential(
      (0): abs
      (1): Linear(in_features=4, out_features=2, bias=True)
      (2): abs
      (3): Linear(in_features=2, out_features=2, bias=True)
    )
    """
    # BEGIN SOLUTION
    if not isinstance(model, Sequential):
        raise TypeError(f"prune_units takes a Sequential, not a {type(model).__name__}")
    if not 0 <= amount < 1:
        raise ValueError(f"amount is a share from 0 up to (not including) 1, not {amount}")
    items = list(copy.deepcopy(model))
    linears = [place for place, item in enumerate(items) if isinstance(item, Linear)]
    for place in linears[:-1]:
        units = items[place].weight.shape[0]
        prune_ln_structured(items[place], "weight", max(0, min(prune_count(float(amount), units), units - 1)))
    first = linears[0] if linears else len(items)
    head = shrink_model(Sequential(*items[first:]))
    return Sequential(*items[:first], *head).train(model.training)
    # END SOLUTION
