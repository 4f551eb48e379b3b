"""Activations: what makes a stack of layers more than one big layer.

Each is composed of Tensor operations that make new Tensors (`+`, `exp`, `where`, `sum`, …: those in m01's `DIFFERENTIABLE`).
The numbers of the input reach the result through such operations and by no other way: not through `.data` or `.numpy()`
and back, and not by writing in place. Comparisons may choose between them.

What holds for all of them:

- `x` is a Tensor of floats: float32 or float64, of any shape, empty and 0-d included. Other dtypes are not specified.
- The result is a new Tensor of the same shape and dtype, in memory of its own. `x` does not change.
- For |x| up to 10,000 the result is finite, and so is the result of every operation on the way to it: nothing
  overflows and is then put right.
"""

import math

from ..m01_tensor import Tensor

# ------------------------------------------------------------------ with a corner


def relu(x: Tensor) -> Tensor:
    """Rectified linear unit: x where x is positive, 0 elsewhere. Exact.

    Args:
        x: floats of any shape.
    Returns:
        A new Tensor like x.

    >>> relu(Tensor([-2.0, 0.0, 3.0]))
    Tensor([0. 0. 3.])

    Cost: nothing is computed, so it costs what moving the numbers through memory costs.
    Source: torch.nn.functional.relu; Nair and Hinton (2010).
    """
    raise NotImplementedError("m02: relu")


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """x where x is positive, `negative_slope` · x elsewhere.

    Args:
        x: floats of any shape.
        negative_slope: any number; it may be negative, 0, or larger than 1.
    Returns:
        A new Tensor like x.

    >>> leaky_relu(Tensor([-2.0, 0.0, 3.0]), negative_slope=0.5)
    Tensor([-1.  0.  3.])

    Cost: as relu, and one multiplication per element.
    Source: torch.nn.functional.leaky_relu; Maas, Hannun and Ng (2013).
    """
    raise NotImplementedError("m02: leaky_relu")


# ------------------------------------------------------------------ smooth


def sigmoid(x: Tensor) -> Tensor:
    """Logistic function: 1 / (1 + e^-x), between 0 and 1.

    It has no corner anywhere, and no step that you compose it of may have one at x = 0, where most networks start.

    Args:
        x: floats of any shape.
    Returns:
        A new Tensor like x; each entry is accurate to rounding errors of 1. (Where the true value is
        far smaller, as e^-50 is, both that value and 0 are right.)

    >>> sigmoid(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([0.  0.5 1. ])

    Cost: one exponential per element, or one tanh.
    Source: torch.sigmoid.
    """
    raise NotImplementedError("m02: sigmoid")


def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent: (e^x - e^-x) / (e^x + e^-x), between -1 and 1.

    Args:
        x: floats of any shape.
    Returns:
        A new Tensor like x. Each entry is accurate to its own rounding error, however small: tanh(1e-6) is 1e-6.

    >>> tanh(Tensor([-1000.0, 0.0, 0.000001]))
    Tensor([-1.e+00  0.e+00  1.e-06])

    Cost: one tanh per element.
    Source: torch.tanh.
    """
    raise NotImplementedError("m02: tanh")


def silu(x: Tensor) -> Tensor:
    """Sigmoid linear unit, also called swish: x · sigmoid(x).

    Args:
        x: floats of any shape.
    Returns:
        A new Tensor like x; each entry is accurate to rounding errors of its x.

    >>> silu(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([  -0.    0. 1000.])

    Cost: as sigmoid, and one multiplication per element.
    Source: torch.nn.functional.silu; Elfwing, Uchibe and Doya (2018).
    """
    raise NotImplementedError("m02: silu")


def gelu(x: Tensor) -> Tensor:
    """Gaussian error linear unit in its tanh form: ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))).

    It follows x · Φ(x), where Φ(x) is the probability that a standard normal number is below x, to about 0.0005.

    Args:
        x: floats of any shape.
    Returns:
        A new Tensor like x; each entry is accurate to rounding errors of its x.

    >>> gelu(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([  -0.    0. 1000.])

    Cost: one tanh and about eight multiplications and additions per element.
    Source: torch.nn.functional.gelu(x, approximate="tanh"); Hendrycks and Gimpel (2016).
    """
    raise NotImplementedError("m02: gelu")


# ------------------------------------------------------------------ along an axis


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Numbers into probabilities: e^x divided by the sum of e^x along `axis`.

    Every number along `axis` may be huge, and one row may be far from the next. A logit of -inf (beside
    finite ones) gets the probability 0.

    Args:
        x: floats, at least one axis. An empty Tensor gives an empty one, along any of its axes.
        axis: along which the result adds up to 1; negative ones count from the end.
    Returns:
        A new Tensor like x.
    Raises:
        IndexError: x has no such axis; the message names it.

    >>> softmax(Tensor([[0.0, 0.0], [1000.0, 0.0]]))
    Tensor([[0.5 0.5]
            [1.  0. ]])

    Cost: one exponential per element, and two sweeps along `axis`.
    Source: torch.softmax; Bridle (1990).
    """
    raise NotImplementedError("m02: softmax")


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Logarithm of softmax, accurate where softmax itself is 0, and for huge logits as for small ones.

    Args:
        x: floats, at least one axis. An empty Tensor gives an empty one, along any of its axes.
        axis: along which e^result adds up to 1; negative ones count from the end.
    Returns:
        A new Tensor like x: nothing in it is above 0. Adding the same number to all logits of a row changes
        nothing but rounding errors of that addition.
    Raises:
        IndexError: x has no such axis; the message names it.

    >>> log_softmax(Tensor([[0.0, 0.0], [1000.0, 0.0]]))
    Tensor([[-6.931472e-01 -6.931472e-01]
            [ 0.000000e+00 -1.000000e+03]])

    Cost: as softmax; one logarithm per row.
    Source: torch.log_softmax.
    """
    raise NotImplementedError("m02: log_softmax")


# ------------------------------------------------------------------ as objects


class _Activation:
    """Given: how an activation shows itself, `Softmax(axis=0)`, with the settings that it keeps as attributes."""

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


class ReLU(_Activation):
    """`relu` as an object that can stand in a list of layers.

    >>> ReLU()(Tensor([-1.0, 2.0]))
    Tensor([0. 2.])
    """

    def __call__(self, x: Tensor) -> Tensor:
        """relu(x)."""
        raise NotImplementedError("m02: ReLU.__call__")


class LeakyReLU(_Activation):
    """`leaky_relu` as an object.

    >>> LeakyReLU(0.5), LeakyReLU(0.5)(Tensor([-2.0, 2.0]))
    (LeakyReLU(negative_slope=0.5), Tensor([-1.  2.]))
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        """Keep `negative_slope` as an attribute."""
        raise NotImplementedError("m02: LeakyReLU.__init__")

    def __call__(self, x: Tensor) -> Tensor:
        """leaky_relu(x) with the slope that the object has now."""
        raise NotImplementedError("m02: LeakyReLU.__call__")


class Sigmoid(_Activation):
    """`sigmoid` as an object."""

    def __call__(self, x: Tensor) -> Tensor:
        """sigmoid(x)."""
        raise NotImplementedError("m02: Sigmoid.__call__")


class Tanh(_Activation):
    """`tanh` as an object."""

    def __call__(self, x: Tensor) -> Tensor:
        """tanh(x)."""
        raise NotImplementedError("m02: Tanh.__call__")


class SiLU(_Activation):
    """`silu` as an object."""

    def __call__(self, x: Tensor) -> Tensor:
        """silu(x)."""
        raise NotImplementedError("m02: SiLU.__call__")


class GELU(_Activation):
    """`gelu` (tanh form) as an object."""

    def __call__(self, x: Tensor) -> Tensor:
        """gelu(x)."""
        raise NotImplementedError("m02: GELU.__call__")


class Softmax(_Activation):
    """`softmax` as an object.

    >>> Softmax(axis=0), Softmax(axis=0)(Tensor([[1.0, 5.0]]))
    (Softmax(axis=0), Tensor([[1. 1.]]))
    """

    def __init__(self, axis: int = -1) -> None:
        """Keep `axis` as an attribute."""
        raise NotImplementedError("m02: Softmax.__init__")

    def __call__(self, x: Tensor) -> Tensor:
        """softmax(x) along the axis that the object has now."""
        raise NotImplementedError("m02: Softmax.__call__")


class LogSoftmax(_Activation):
    """`log_softmax` as an object."""

    def __init__(self, axis: int = -1) -> None:
        """Keep `axis` as an attribute."""
        raise NotImplementedError("m02: LogSoftmax.__init__")

    def __call__(self, x: Tensor) -> Tensor:
        """log_softmax(x) along the axis that the object has now."""
        raise NotImplementedError("m02: LogSoftmax.__call__")
