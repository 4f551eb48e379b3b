"""The switch: from here on, Tensors know where they come from."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..m01_tensor import DIFFERENTIABLE, Tensor
from ..m03_layers import Parameter
from . import elementwise, reductions, shape
from .graph import backward, detach, recorded, zero_grad
from .recording import in_place
from .rules import RULES

IN_PLACE = ("copy_", "add_", "mul_", "zero_", "__setitem__")
RULE_FILES = (elementwise, reductions, shape)  # importing them has filled RULES


def constructor(method: Callable) -> Callable:
    """`method`, the constructor of Tensor, as one that also takes `requires_grad`.

    Tensor(data, dtype, requires_grad) first does what `method` does with (self, data, dtype). True or False then
    becomes the Tensor's own `requires_grad`; with None it is left to its class (False for a Tensor, True for a
    Parameter).

    Raises:
        RuntimeError: requires_grad is True and the data is not of floats; the dtype is named.
    """

    @functools.wraps(method)
    def __init__(self: Tensor, data: Any, dtype: Any = None, requires_grad: bool | None = None) -> None:
        raise NotImplementedError("m06: constructor.__init__")

    return __init__


def enable_autograd() -> None:
    """Switch automatic differentiation on: give Tensor its gradients, once and for all. Given.

    Every operation in DIFFERENTIABLE becomes a recorded one, wrapped around your own method, which still does the
    computing: `Tensor.exp.__wrapped__` is what you wrote in kata 1. Tensors that exist already find the new
    attributes on their class. A second call changes nothing.

    Afterwards a Tensor has

    - `requires_grad`: whether it needs a gradient. Tensor(data, requires_grad=True) and Parameters do; results do if
      an operand does. It may be set on leaves, `weight.requires_grad = False` freezes a Parameter.
    - `grad`: None, or a NumPy array that `backward` has added to.
    - `backward`, `detach`, `zero_grad`: see graph.py.
    - `made_by`: the Node of the operation that computed it; None for a leaf.

    >>> enable_autograd(); enable_autograd()
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> x.exp().requires_grad, Tensor.exp.__wrapped__.__name__
    (True, 'exp')
    """
    if "backward" in vars(Tensor):
        return
    Tensor.grad, Tensor.requires_grad, Tensor.made_by = None, False, None
    Parameter.requires_grad = True
    Tensor.backward, Tensor.detach, Tensor.zero_grad = backward, detach, zero_grad
    Tensor.__init__ = constructor(Tensor.__init__)
    for name in DIFFERENTIABLE:
        _wrap(name, functools.partial(recorded, rule=RULES[name]))
    for name in IN_PLACE:
        _wrap(name, in_place)


def _wrap(name: str, wrapper: Callable[[Callable], Callable]) -> None:
    """Put a wrapper around the method of Tensor called `name`, wherever among its base classes it stands."""
    found = next(vars(kind)[name] for kind in Tensor.__mro__ if name in vars(kind))
    if isinstance(found, staticmethod):
        setattr(Tensor, name, staticmethod(wrapper(found.__func__)))
    else:
        setattr(Tensor, name, wrapper(found))
