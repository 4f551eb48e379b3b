"""Parameters, and the Module that keeps track of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..m01_tensor import Tensor

Rng = np.random.Generator | int | None
"""Where random numbers come from: a Generator (which moves on), a seed (always the same numbers), or None (never
the same numbers). NumPy's global state is never used."""


class Parameter(Tensor):
    """A Tensor that a Module is to learn. Given: its type is all that sets it apart.

    Assigned to an attribute of a Module, it is found by `parameters()`. What is computed from it is a plain
    Tensor, so a result kept in an attribute is not mistaken for something to learn. Like any Tensor it copies
    the data it is made from: to share one, assign the same Parameter twice.

    >>> weight = Parameter([1.0, 2.0])
    >>> weight * 2
    Tensor([2. 4.])
    """

    def __repr__(self) -> str:
        return f"Parameter({super().__repr__()})"


class Module:
    """The base of every layer and model: it finds what is assigned to its attributes.

    Subclasses call `super().__init__()` first, assign Parameters and other Modules to attributes, and define
    `forward`. Then `parameters()`, `state_dict()`, `train()` and the rest work for the whole tree of modules.

    An attribute is *registered* when it holds a Parameter or a Module, or when it was named by
    `register_buffer`. Names join with dots along the path: `encoder.0.weight`. Everything is listed in the order
    of registration, a module's own before its children's. A Parameter or Module that is reachable by
    several paths is listed once, under the first, even if modules contain each other.

    `copy.deepcopy(module)` is an independent copy.

    Attributes:
        training: True after construction and `train()`, False after `eval()`.

    >>> class Scale(Module):
    ...     def __init__(self, size):
    ...         super().__init__()
    ...         self.factor = Parameter(np.full(size, 2.0))
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> scale = Scale(3)
    >>> scale(Tensor([1.0, 2.0, 3.0]))
    Tensor([2. 4. 6.], dtype=float64)
    >>> [(name, p.shape) for name, p in scale.named_parameters()]
    [('factor', (3,))]

    Source: torch.nn.Module.
    """

    training: bool

    def __init__(self) -> None:
        """A module in training mode, with nothing registered."""
        raise NotImplementedError("m03: Module.__init__")

    # --------------------------------------------------------- registration

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, and register it if it is a Parameter or a Module.

        Any attribute can be read back as the object that was assigned. A new Parameter or Module under a
        registered name takes the place of the old one. What an attribute used to hold is no longer listed.

        Raises:
            TypeError: `name` holds a Parameter and `value` is neither a Parameter nor None (the likely
                mistake is `layer.weight = layer.weight * 0.5`, which would leave nothing to learn), or `name`
                is a buffer and `value` is neither a Tensor nor None; the message names the attribute.
                None takes it off the lists.
            AttributeError: a Parameter or Module is assigned before `super().__init__()` was called, in
                an implementation that needs the call; the message names `__init__`.
        """
        raise NotImplementedError("m03: Module.__setattr__")

    def __delattr__(self, name: str) -> None:
        """Delete an attribute; if it was registered, it no longer is. AttributeError if there is none."""
        raise NotImplementedError("m03: Module.__delattr__")

    def register_buffer(self, name: str, tensor: Tensor) -> None:
        """Make `tensor` the attribute `name`: state that is saved and loaded, but not learnt.

        Raises:
            TypeError: `tensor` is not a Tensor.

        >>> module = Module()
        >>> module.register_buffer("steps", Tensor(0))
        >>> list(module.state_dict()), list(module.parameters())
        (['steps'], [])
        """
        raise NotImplementedError("m03: Module.register_buffer")

    # --------------------------------------------------------------- lists

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) for each Module that is an attribute of this one, each module once."""
        raise NotImplementedError("m03: Module.named_children")

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """(path, module) for this module and all below it: itself first, then child by child, depth first.

        Each module comes once, and is visited once, however many paths lead to it.

        Args:
            prefix: this module's own path; paths below are joined to it by a dot unless it is empty.

        Cost: proportional to the number of modules and of attributes that hold them.
        """
        raise NotImplementedError("m03: Module.named_modules")

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """(path, parameter) for every Parameter of this module and of all below it, each Parameter once.

        Args:
            prefix: as in `named_modules`.

        >>> net = Module()
        >>> net.a, net.inner = Parameter([1.0]), Module()
        >>> net.inner.b, net.inner.also_a = Parameter([2.0]), net.a
        >>> [name for name, _ in net.named_parameters()]
        ['a', 'inner.b']
        """
        raise NotImplementedError("m03: Module.named_parameters")

    # Given: the same without names.

    def children(self) -> Iterator[Module]:
        """The modules of `named_children`."""
        return (module for _, module in self.named_children())

    def modules(self) -> Iterator[Module]:
        """The modules of `named_modules`."""
        return (module for _, module in self.named_modules())

    def parameters(self) -> Iterator[Parameter]:
        """The Parameters of `named_parameters`."""
        return (parameter for _, parameter in self.named_parameters())

    # ------------------------------------------------------------ behaviour

    def train(self, mode: bool = True) -> Module:
        """Set `training` to `mode` here and in every module below. Returns the module itself."""
        raise NotImplementedError("m03: Module.train")

    def eval(self) -> Module:
        """`train(False)`. Given."""
        return self.train(False)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """What `forward` returns for these arguments: `layer(x)` is how a module is used."""
        raise NotImplementedError("m03: Module.__call__")

    def forward(self, *args: Any, **named: Any) -> Any:
        """What the module computes; every subclass defines its own. Given."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward")

    def to(self, dtype: Any) -> Module:
        """Convert every Parameter and buffer of floats, here and below, to the float dtype `dtype`.

        The Parameters stay the same objects, shared ones stay shared, and buffers of integers or booleans stay as
        they are. Returns the module itself.

        >>> module = Module()
        >>> module.weight = Parameter([0.5])
        >>> module.to("float64").weight.dtype
        dtype('float64')
        """
        raise NotImplementedError("m03: Module.to")

    # ---------------------------------------------------------------- state

    def named_state(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """(path, tensor) for all that is saved: every Parameter and buffer here and below, the Tensors themselves.

        A module's own Parameters come first, then its own buffers, then its children. Unlike in
        `named_parameters`, a Tensor that has several paths comes under each of them (as in PyTorch), so that a saved
        state fits any model of the same layout.

        Args:
            prefix: as in `named_modules`.
        """
        raise NotImplementedError("m03: Module.named_state")

    def state_dict(self) -> dict[str, np.ndarray]:
        """A snapshot of `named_state`, in its order: {path: array}.

        Returns:
            Copies: neither the model nor the snapshot sees later changes to the other.

        >>> module = Module()
        >>> module.weight = Parameter([1.0, 2.0])
        >>> module.state_dict()
        {'weight': array([1., 2.], dtype=float32)}
        """
        raise NotImplementedError("m03: Module.state_dict")

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> tuple[list[str], list[str]]:
        """Copy the arrays of `state` into the Parameters and buffers of the same path.

        They are written in place: Parameters stay the same objects, and whoever shares their memory sees the new
        values. Dtypes stay, values are converted. Afterwards the model shares no memory with `state`. It is all
        or nothing: if anything is wrong, nothing changes.

        Args:
            state: {path: array or Tensor}, from `state_dict()` or from PyTorch
                (`{name: t.numpy() for name, t in model.state_dict().items()}`).
            strict: with False, paths that only one side has are left alone.
        Returns:
            The paths that `state` lacks, and the paths that the model lacks.
        Raises:
            KeyError: strict, and a path is on one side only; the message names every such path.
            ValueError: an array has another shape than its Parameter or buffer, even one that would
                broadcast; the message names the path and both shapes.
        """
        raise NotImplementedError("m03: Module.load_state_dict")

    # ---------------------------------------------------------------- print

    def extra_repr(self) -> str:
        """What stands between the brackets when the module is printed. Subclasses may define it. Given."""
        return ""

    def __repr__(self) -> str:
        """The module and the modules in it, one a line, as PyTorch prints them. Given."""
        lines = [f"({name}): {_shown(part)}" for name, part in self._printed()]
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        inner = "\n".join(lines).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {inner}\n)"

    def _printed(self) -> Iterator[tuple[str, Any]]:
        return self.named_children()


def _shown(part: Any) -> str:
    return repr(part) if isinstance(part, Module) else getattr(part, "__name__", type(part).__name__)
