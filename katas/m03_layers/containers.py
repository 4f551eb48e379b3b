"""Modules that hold others by number: Sequential and ModuleList."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..m01_tensor import Tensor
from .module import Module


class Numbered(Module):
    """What Sequential and ModuleList have in common: items that are the attributes "0", "1", "2", …

    The attributes are the only place where items are kept. So `setattr(model, "0", layer)` and `model[0] = layer`
    are the same thing, and whoever replaces a layer by its name (as tools that rewrite models do) replaces
    it for good.
    """

    def __init__(self, items: Iterable[Any] = ()) -> None:
        """Hold the items in order, numbered from 0."""
        raise NotImplementedError("m03: Numbered.__init__")

    def _checked(self, item: Any) -> Any:
        """The item, or TypeError if it does not belong here. Given; each subclass has its own."""
        return item

    def append(self, item: Any) -> Numbered:
        """Put one more item at the end; returns the container.

        Raises:
            TypeError: the item is of a kind that this container does not hold; its type is named.
        """
        raise NotImplementedError("m03: Numbered.append")

    def __len__(self) -> int:
        """How many items there are."""
        raise NotImplementedError("m03: Numbered.__len__")

    def __iter__(self) -> Iterator[Any]:
        """The items in order."""
        raise NotImplementedError("m03: Numbered.__iter__")

    def __getitem__(self, index: int | slice) -> Any:
        """The item at `index`, negative ones counted from the end; for a slice, a container of the same kind
        that holds the same items, numbered from 0.

        Raises:
            IndexError: there is no such item; the index is named.
        """
        raise NotImplementedError("m03: Numbered.__getitem__")

    def __setitem__(self, index: int, item: Any) -> None:
        """Replace the item at `index`.

        Raises:
            IndexError: there is no such item; the index is named.
            TypeError: as in `append`.
        """
        raise NotImplementedError("m03: Numbered.__setitem__")

    def _name(self, index: int) -> str:
        """The attribute that holds the item at `index`."""
        raise NotImplementedError("m03: Numbered._name")

    def _printed(self) -> Iterator[tuple[str, Any]]:
        return ((str(position), item) for position, item in enumerate(self))


class Sequential(Numbered):
    """Runs its items one after another, each on what the one before returned.

    Items are Modules or any other callables, such as `relu` or `Softmax(axis=-1)`. Both are numbered; only
    Modules have something to register. So the keys of `state_dict` are PyTorch's, `0.weight` and `2.weight`
    with an activation between the two. Without items it returns what it is given.

    >>> from . import Linear
    >>> net = Sequential(Linear(4, 3), abs, Linear(3, 2))
    >>> list(net.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    >>> net
    Sequential(
      (0): Linear(in_features=4, out_features=3, bias=True)
      (1): abs
      (2): Linear(in_features=3, out_features=2, bias=True)
    )

    Raises:
        TypeError: an item is not callable, or is a class: `Sequential(Linear(4, 3), ReLU)` forgot to make a ReLU.

    Source: torch.nn.Sequential, which takes Modules only.
    """

    def __init__(self, *items: Callable[[Tensor], Tensor]) -> None:
        super().__init__(items)

    def _checked(self, item: Any) -> Any:
        if isinstance(item, type):
            raise TypeError(f"{item.__name__} is a class: write {item.__name__}(…) to put one into a Sequential")
        if not callable(item):
            raise TypeError(f"a Sequential holds callables, not a {type(item).__name__}")
        return item

    def forward(self, x: Any) -> Any:
        """The last item's result."""
        raise NotImplementedError("m03: Sequential.forward")


class ModuleList(Numbered):
    """Modules in a list: the way to hold several, since a plain Python list hides them from `parameters()`.

    It has no `forward` of its own: the module that holds it decides how its items are used.

    >>> from . import Linear
    >>> blocks = ModuleList(Linear(2, 2) for _ in range(3))
    >>> len(blocks), len(list(blocks.parameters()))
    (3, 6)

    Raises:
        TypeError: an item is not a Module; its type is named.

    Source: torch.nn.ModuleList.
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__(modules)

    def _checked(self, item: Any) -> Any:
        if not isinstance(item, Module):
            raise TypeError(f"a ModuleList holds Modules, not a {type(item).__name__}")
        return item
