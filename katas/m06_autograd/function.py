"""Operations of your own, memory for time, and a check that does not trust you."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from .graph import Node
from .recording import RECORDING, as_arrays, needs_gradient, no_grad, wrap


class Context:
    """What `forward` of a Function leaves for its `backward`. Given. It may also set attributes of its own.

    Attributes:
        saved_tensors: the arrays that `save_for_backward` was given.
        needs_input_grad: for each argument of `apply`, whether it needs a gradient (also inside no_grad).
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.saved_tensors: tuple[np.ndarray, ...] = ()
        self.needs_input_grad = needs_input_grad

    def save_for_backward(self, *arrays: np.ndarray) -> None:
        """Keep arrays for `backward`, which notices if they have been changed in place by then."""
        self.saved_tensors = arrays


class Function:
    """An operation of your own: derive, write `forward` and `backward` on NumPy arrays, call `apply` on Tensors.

    >>> from .autograd import enable_autograd; enable_autograd()
    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         x, = ctx.saved_tensors
    ...         return grad * 3 * x * x
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> Cube.apply(x).sum().backward()
    >>> x.grad
    array([ 3., 12.], dtype=float32)

    Source: torch.autograd.Function.
    """

    @staticmethod
    def forward(ctx: Context, *args: Any) -> np.ndarray:
        """The result, an array, from the arguments of `apply` with arrays for Tensors. Every Function has its own."""
        raise NotImplementedError("this Function defines no forward")

    @staticmethod
    def backward(ctx: Context, grad: np.ndarray) -> Any:
        """The gradient of each argument of `apply` (a tuple; alone if there is one), None where there is none."""
        raise NotImplementedError("this Function defines no backward")

    @classmethod
    def apply(cls, *args: Any) -> Tensor:
        """The result of `forward`, as a Tensor that knows how `backward` leads back to `args`.

        Args:
            args: Tensors, and whatever else forward takes.
        Raises:
            RuntimeError: (in the backward pass) `backward` does not return as many gradients as there are arguments.
            ValueError: (in the backward pass) a gradient's shape is not its argument's, nor one that the
                argument broadcasts to.

        `backward` may do as it likes with the gradient that it is given: it is a copy.
        """
        raise NotImplementedError("m06: Function.apply")


def checkpoint(fn: Callable[..., Tensor], *xs: Any) -> Tensor:
    """fn(*xs), without keeping what is computed on the way: the backward pass computes it a second time.

    The gradients are those of fn(*xs), for xs and for every leaf that fn uses besides (the weights of a layer). Between
    forward and backward, only xs and the result stay in memory.

    Args:
        fn: takes xs and returns one Tensor. It must compute the same again, so it must not draw random numbers, and
            what it uses besides xs must be leaves.
        xs: Tensors, and whatever else fn takes.

    >>> from .autograd import enable_autograd; enable_autograd()
    >>> x = Tensor([0.5], requires_grad=True)
    >>> checkpoint(lambda t: t.tanh().exp().tanh(), x).backward()
    >>> round(float(x.grad[0]), 4)
    0.1923

    Cost: fn once more.
    Source: torch.utils.checkpoint; Chen et al. 2016, arXiv 1604.06174.
    """
    raise NotImplementedError("m06: checkpoint")


def gradcheck(
    func: Callable[..., Tensor],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the gradients of `func` are what small steps say: (f(x + eps) − f(x − eps)) / (2 · eps).

    Args:
        func: takes `inputs` and returns one Tensor of any shape.
        inputs: a Tensor, or a tuple of arguments. Those that need a gradient are checked, at every element. Neither
            their values nor their `grad` change.
        eps: size of a step.
        atol, rtol: gradient and difference d may be apart by atol + rtol · |d|.
        raise_exception: with False, a wrong gradient gives False instead of an error.
    Returns:
        True if all gradients are right, for a gradient of the result that is not the same everywhere.
    Raises:
        RuntimeError: a gradient is wrong; the message names the position of the input, from 0.
        ValueError: no input needs a gradient, or one that does is not float64 (its dtype is named), where small steps
            say nothing.

    >>> from .autograd import enable_autograd; enable_autograd()
    >>> gradcheck(lambda x: x * x.detach(), Tensor([1.0], "float64", True), raise_exception=False)   # not x * x
    False

    Cost: two calls of func for each element.
    Source: torch.autograd.gradcheck.
    """
    raise NotImplementedError("m06: gradcheck")
