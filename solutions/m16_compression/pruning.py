"""Masks that stay: a layer that reads its weight through a mask, whatever an optimizer does to it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module, Parameter
from .masks import channel_mask, magnitude_mask


def masked_names(module: Module) -> tuple[str, ...]:
    """The attributes of a module that are read through a mask. Given."""
    return getattr(type(module), "_read_through_masks", ())


def read_through_masks(module: Module, names: Iterable[str]) -> None:
    """From now on, reading `module.NAME` gives module.NAME_orig * module.NAME_mask, for these names and no others. Given.

    The product is computed anew whenever it is read, as a Tensor operation, so that gradients flow through it. Python looks up
    such a *property* in the class, so that the module gets a class of its own, derived from the one that it had. Before, there
    must be no attribute NAME in the module itself.

    >>> module = Module()
    >>> module.scale_orig, module.scale_mask = Parameter([2.0, 3.0]), Tensor([1.0, 0.0])
    >>> read_through_masks(module, ["scale"])
    >>> module.scale
    Tensor([2. 0.])
    """
    plain = type(module)
    while "_read_through_masks" in vars(plain):
        plain = plain.__bases__[0]

    def product(name: str) -> property:
        return property(lambda self: getattr(self, f"{name}_orig") * getattr(self, f"{name}_mask"))

    names = tuple(names)
    properties = {name: product(name) for name in names}
    module.__class__ = (
        type(plain.__name__, (plain,), {**properties, "_read_through_masks": names, "__doc__": plain.__doc__})
        if names
        else plain
    )


def attach_mask(module: Module, name: str, mask: np.ndarray) -> None:
    """Read the Parameter module.NAME through a mask, in place, as PyTorch does.

    Afterwards the module has the Parameter NAME_orig, which is the very Parameter that NAME was (an optimizer that has it goes
    on with it), and the buffer NAME_mask, of the Parameter's dtype, 1 where a weight stays and 0 where it is gone. NAME itself is
    no longer registered, but can be read: `read_through_masks`. Under a name that has a mask already, the new one takes
    its place. The module can be copied, but not pickled: save its state_dict.

    Args:
        module: changed in place.
        name: of one of its own Parameters, such as "weight": isinstance(getattr(module, name), Parameter) tells. Or one that has a
            mask already.
        mask: bool (or 0 and 1), of the Parameter's shape. It is copied.
    Raises:
        AttributeError: the module has nothing of that name; it is named.
        TypeError: what it has is no Parameter (a bias that is None, say); the name is named.
        ValueError: mask and Parameter differ in shape; both are named. Whatever is raised, the module stays as it was.

    >>> from ..m03_layers import Linear
    >>> layer = Linear(2, 2, rng=0)
    >>> attach_mask(layer, "weight", np.array([[True, False], [False, True]]))
    >>> list(layer.state_dict()), layer.weight.data.round(2)
    (['bias', 'weight_orig', 'weight_mask'], array([[ 0.19, -0.  ],
           [-0.  , -0.68]], dtype=float32))

    Source: torch.nn.utils.prune.custom_from_mask.
    """
    # BEGIN SOLUTION
    masked = name in masked_names(module)
    parameter = getattr(module, f"{name}_orig" if masked else name)
    if not isinstance(parameter, Parameter):
        raise TypeError(f"{name} is a {type(parameter).__name__}, and only a Parameter can have a mask")
    if np.shape(mask) != parameter.shape:
        raise ValueError(f"a mask of shape {np.shape(mask)} does not fit {name} of shape {parameter.shape}")
    if not masked:
        delattr(module, name)
        setattr(module, f"{name}_orig", parameter)
        read_through_masks(module, (*masked_names(module), name))
    module.register_buffer(f"{name}_mask", Tensor(mask, dtype=parameter.dtype))
    # END SOLUTION


def weight_and_mask(module: Module, name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """The array of module.NAME as it is read, and its mask as an array of bool, or None where there is none.

    Raises:
        AttributeError, TypeError: as `attach_mask`.
    """
    # BEGIN SOLUTION
    tensor = getattr(module, name)
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} is a {type(tensor).__name__}, and not a Parameter")
    mask = getattr(module, f"{name}_mask").data != 0 if name in masked_names(module) else None
    return tensor.data, mask
    # END SOLUTION


def prune_l1_unstructured(module: Module, name: str, amount: float | int) -> None:
    """Mask those numbers of module.NAME that are nearest to 0, in place: `amount` of those that have no mask yet.

    Args:
        module, name: as in `attach_mask`.
        amount: as in `prune_count`.
    Raises:
        As `attach_mask` and `prune_count`; the module then stays as it was.

    Source: torch.nn.utils.prune.l1_unstructured.
    """
    # BEGIN SOLUTION
    weight, mask = weight_and_mask(module, name)
    attach_mask(module, name, magnitude_mask(weight, amount, mask))
    # END SOLUTION


def prune_ln_structured(module: Module, name: str, amount: float | int, n: float = 2, axis: int = 0) -> None:
    """Mask those channels of module.NAME whose norm is smallest, in place: `amount` of those that are left.

    Args:
        module, name: as in `attach_mask`.
        amount, n, axis: as in `channel_mask`.
    Raises:
        As `attach_mask` and `channel_mask`; the module then stays as it was.

    Source: torch.nn.utils.prune.ln_structured, which calls the axis dim.
    """
    # BEGIN SOLUTION
    weight, mask = weight_and_mask(module, name)
    attach_mask(module, name, channel_mask(weight, amount, n, axis, mask))
    # END SOLUTION


def global_unstructured(places: Iterable[tuple[Module, str]], amount: float | int) -> None:
    """Mask the numbers nearest to 0 of several Parameters taken together, in place: `amount` of all that have no mask yet.

    So a Parameter of small numbers may lose all of them, and one of large numbers none. Every place has a mask afterwards, also
    one that lost nothing.

    Args:
        places: (module, name) of each Parameter, as in `attach_mask`. Each comes once.
        amount: as in `prune_count`, of the numbers in all places together.
    Raises:
        ValueError: there are no places; and as `prune_count`. TypeError, AttributeError: as `attach_mask`. Whatever is
            raised, the modules stay as they were.

    Source: torch.nn.utils.prune.global_unstructured.
    """
    # BEGIN SOLUTION
    places = list(places)
    if not places:
        raise ValueError("there is nothing to prune: places is empty")
    weights, masks = [], []
    for module, name in places:
        weight, mask = weight_and_mask(module, name)
        weights.append(weight)
        masks.append(np.ones(weight.shape, bool) if mask is None else mask)
    everything = np.concatenate([weight.reshape(-1) for weight in weights])
    kept = magnitude_mask(everything, amount, np.concatenate([mask.reshape(-1) for mask in masks]))
    ends = np.cumsum([weight.size for weight in weights])
    for (module, name), weight, part in zip(places, weights, np.split(kept, ends[:-1]), strict=True):
        attach_mask(module, name, part.reshape(weight.shape))
    # END SOLUTION


def remove_mask(module: Module, name: str) -> None:
    """Make a mask final, in place: module.NAME is a Parameter again, which holds 0 where the mask had 0.

    It is the same Parameter object that it was before it had a mask. NAME_orig and NAME_mask are gone; masks of other names stay.

    Raises:
        ValueError: NAME has no mask; it is named.

    Source: torch.nn.utils.prune.remove.
    """
    # BEGIN SOLUTION
    if name not in masked_names(module):
        raise ValueError(f"{name} has no mask")
    parameter = getattr(module, f"{name}_orig")
    parameter.copy_(getattr(module, name).data)
    delattr(module, f"{name}_orig")
    delattr(module, f"{name}_mask")
    read_through_masks(module, [other for other in masked_names(module) if other != name])
    setattr(module, name, parameter)
    # END SOLUTION


def model_sparsity(model: Module) -> float:
    """The share of 0 among all numbers that a model has learnt, weights and biases, as they are read: through masks.

    Args:
        model: any Module. A Parameter that has several names counts once. Without Parameters it is 0.0.

    >>> from ..m03_layers import Linear
    >>> layer = Linear(3, 2, rng=0)
    >>> prune_l1_unstructured(layer, "weight", 4)
    >>> model_sparsity(layer)
    0.5
    """
    # BEGIN SOLUTION
    state = dict(model.named_state())
    zeros = total = 0
    for path, parameter in model.named_parameters():
        numbers = parameter.data
        if path.endswith("_orig") and (mask := state.get(path.removesuffix("_orig") + "_mask")) is not None:
            numbers = numbers * mask.data
        zeros, total = zeros + int((numbers == 0).sum()), total + numbers.size
    return zeros / total if total else 0.0
    # END SOLUTION
