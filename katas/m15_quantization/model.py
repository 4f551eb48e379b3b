"""A whole model in 8 bits: watch what its layers are given, then exchange them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..m01_tensor import Tensor
from ..m03_layers import Linear, Module
from .calibration import Observer
from .linear import QuantizedLinear


def model_bytes(model: Module) -> int:
    """Bytes of everything that a model saves: its Parameters and buffers, each Tensor once, however many paths it has.

    >>> model_bytes(Linear(64, 10))
    2600
    """
    raise NotImplementedError("m15: model_bytes")


def replace_modules(model: Module, kind: type[Module], make: Callable[[Any], Module]) -> Module:
    """Put make(module) in the place of each module of `model` whose class is `kind`, in place.

    Args:
        model: changed in place, unless it is of `kind` itself.
        kind: the class, exactly: modules of a subclass may compute something else, and stay.
        make: called once for each such module; one that has several names or paths is replaced under all of them by the same
            new one. What is made may hold the module that it replaces, which then stays in there. What is inside a replaced
            module is left alone.
    Returns:
        The model; or make(model) if it is of `kind` itself.

    >>> from ..m03_layers import Flatten, Sequential
    >>> replace_modules(Sequential(Flatten(), Linear(4, 2)), Flatten, lambda old: Linear(3, 4))
    Sequential(
      (0): Linear(in_features=3, out_features=4, bias=True)
      (1): Linear(in_features=4, out_features=2, bias=True)
    )
    """
    raise NotImplementedError("m15: replace_modules")


class Watched(Module):
    """A layer with an Observer of its inputs in front. Given."""

    def __init__(self, layer: Module, percentile: float) -> None:
        super().__init__()
        self.layer, self.observer = layer, Observer(percentile)

    def forward(self, x: Tensor) -> Tensor:
        self.observer.observe(x.data)
        return self.layer(x)


def quantize_model(
    model: Module, batches: Iterable[Tensor], percentile: float = 100.0, per_channel: bool = True
) -> Module:
    """A copy of a trained model with every Linear as a QuantizedLinear.

    The range of a layer's inputs is what reaches it while the copy, in evaluation mode, is run on each of `batches`. A layer
    that is used in several places stays one layer, whose range holds what it is given in all of them.

    Args:
        model: stays as it is: its weights, its buffers, its mode, its layers. It may be a Linear itself.
        batches: inputs like those that will come; each is given to the model as it is. A generator will do.
        percentile: as in `calibrate`, for each input of each layer.
        per_channel: as in QuantizedLinear.
    Returns:
        A new model in evaluation mode that shares no memory with `model`. Layers of any other class are copied.
    Raises:
        ValueError: a Linear was given nothing on the way, so that it has no range; the message names its path (of a Linear by
            itself, which has none, its class).

    >>> from ..m03_layers import Sequential
    >>> net = Sequential(Linear(3, 4, rng=0), abs, Linear(4, 2, rng=1))
    >>> quantize_model(net, [Tensor([[1.0, -1.0, 0.5]])])
    Sequential(
      (0): QuantizedLinear(in_features=3, out_features=4, bias=True, per_channel=True)
      (1): abs
      (2): QuantizedLinear(in_features=4, out_features=2, bias=True, per_channel=True)
    )
    """
    raise NotImplementedError("m15: quantize_model")
