"""What all optimizers have in common: groups of parameters, the walk over them, and a state that can be saved."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..m01_tensor import Tensor


def require_at_least_zero(options: Mapping[str, Any], *names: str) -> None:
    """ValueError, with name and value, for the first of the options that is negative. Given.

    >>> require_at_least_zero({"lr": 0.1, "eps": -1.0}, "lr", "eps")
    Traceback (most recent call last):
    ValueError: eps must be 0 or more, not -1.0
    """
    for name in names:
        if not options[name] >= 0:  # true of NaN as well
            raise ValueError(f"{name} must be 0 or more, not {options[name]}")


class Optimizer:
    """Changes Tensors by their gradients, step by step. Each algorithm is a subclass that defines `update`.

    Parameters come in *groups*. Those of a group share the options: the learning rate `lr`, and whatever else the
    algorithm knows. What it remembers of a parameter from step to step (its *state*) belongs to that very Tensor,
    wherever it stands, and exists from the first step on in which the Tensor has a gradient.

    Args:
        params: Tensors (`model.parameters()`, a list, any iterable), which make one group; or dictionaries, one for
            each group, as in `add_param_group`.
        lr: how far a step goes.
        options: the algorithm's other options, by name. Groups that do not say otherwise have these.

    Attributes:
        param_groups: a list of dictionaries. Each holds "params", a list of Tensors, and every option by name. Options
            may be changed at any time, and the next step goes by them: `optimizer.param_groups[0]["lr"] = 0.01`.

    >>> weight, bias = Tensor([1.0, 2.0]), Tensor([0.0])
    >>> optimizer = Optimizer([{"params": [weight], "lr": 0.5}, {"params": bias}], lr=0.1, weight_decay=0.0)
    >>> [(group["lr"], group["weight_decay"]) for group in optimizer.param_groups]
    [(0.5, 0.0), (0.1, 0.0)]

    Raises:
        ValueError: there are no params, or an option makes no sense; and what `add_param_group` raises.
        TypeError: params is a single Tensor instead of a list of them.

    Source: torch.optim.Optimizer.
    """

    param_groups: list[dict[str, Any]]

    def __init__(self, params: Iterable[Any], lr: float, **options: Any) -> None:
        """See the class."""
        # BEGIN SOLUTION
        if isinstance(params, Tensor | Mapping):
            raise TypeError(f"params is a list of Tensors or of dictionaries, not a single {type(params).__name__}")
        self.defaults = {"lr": lr, **options}
        self.check(self.defaults)
        self.param_groups = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        groups = list(params)
        if not groups:
            raise ValueError("an optimizer needs parameters, and params is empty")
        for group in groups if isinstance(groups[0], Mapping) else [{"params": groups}]:
            self.add_param_group(group)
        # END SOLUTION

    def check(self, options: Mapping[str, Any]) -> None:
        """ValueError, with name and value, if an option makes no sense: here, if lr is negative. Given.

        Subclasses extend it. The defaults and each group's options go through it.
        """
        require_at_least_zero(options, "lr")

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """One more group, also after steps have been taken.

        Args:
            group: "params": Tensors in any iterable, or a single Tensor; and the options in which the group differs from
                the optimizer's own. Other keys are kept in the group. The dictionary itself, and the
                list in it, stay as they are and are not held on to.
        Raises:
            TypeError: something in "params" is no Tensor; its type is named.
            ValueError: a Tensor comes twice, in this group or in two (its shape is named); a Tensor is no leaf, but was
                computed by a recorded operation (its `made_by` is not None, and it will never get a gradient); or an
                option makes no sense. The optimizer is then what it was before.
        """
        # BEGIN SOLUTION
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        seen = {id(known) for other in self.param_groups for known in other["params"]}
        for parameter in params:
            if not isinstance(parameter, Tensor):
                raise TypeError(f"an optimizer changes Tensors, and params holds a {type(parameter).__name__}")
            if parameter.made_by is not None:
                raise ValueError(f"a Tensor of shape {parameter.shape} was computed: only leaves get gradients")
            if id(parameter) in seen:
                raise ValueError(f"a parameter of shape {parameter.shape} comes twice")
            seen.add(id(parameter))
        complete = {**self.defaults, **group, "params": params}
        self.check(complete)
        self.param_groups.append(complete)
        # END SOLUTION

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: each `grad` is None. Otherwise the next backward pass adds to them."""
        # BEGIN SOLUTION
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
        # END SOLUTION

    # ------------------------------------------------------------------- steps

    def step(self) -> None:
        """Change every parameter that has a gradient, by one `update`.

        A parameter whose `grad` is None is passed over: neither it nor its state changes in any way. Gradients come
        back as they were. As everywhere in the framework, there is no warning if a number overflows.

        Cost: proportional to the number of elements. Beside parameters, gradients and state, memory for a few
        arrays of the size of one parameter at a time, and for nothing once the step is over.
        """
        # BEGIN SOLUTION
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        self.update(parameter, parameter.grad, self.state.setdefault(parameter, {}), group)
        # END SOLUTION

    def update(self, parameter: Tensor, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change one parameter by its gradient: what an algorithm *is*. Given; each subclass defines its own.

        The parameter stays the same Tensor with the same memory and dtype. It is changed through Tensor's own methods
        that end in _ (`add_`, `mul_`, `copy_`), so that autograd notices: backward through a graph that was
        recorded before the step is then a RuntimeError, and not a gradient that is silently wrong.

        Args:
            grad: array of the parameter's shape and dtype. It belongs to the parameter: neither changed nor kept.
            state: what this optimizer remembers of this parameter: {} in its first step. `step` keeps it.
            group: the options.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no update")

    # ------------------------------------------------------------------- state

    def state_bytes(self) -> int:
        """Bytes of all arrays in the state of all parameters. What counts steps is left out, in whatever form it is.

        >>> Optimizer([Tensor([1.0])], lr=0.1).state_bytes()
        0
        """
        # BEGIN SOLUTION
        return sum(
            array.nbytes
            for state in self.state.values()
            for name, array in state.items()
            if name != "step" and isinstance(array, np.ndarray)
        )
        # END SOLUTION

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on later, in PyTorch's layout, as plain dictionaries, lists, numbers and arrays.

        Returns:
            {"state": {number: {name: value}}, "param_groups": [{option: value, …, "params": [number, …]}, …]}.
            Parameters are numbered 0, 1, 2, … through all groups in order. Those without state may be left out of "state".
            Arrays are copies: neither the optimizer nor the dictionary sees later changes to the other.

        >>> Optimizer([Tensor([1.0]), Tensor([2.0])], lr=0.1).state_dict()
        {'state': {}, 'param_groups': [{'lr': 0.1, 'params': [0, 1]}]}

        Source: torch.optim.Optimizer.state_dict.
        """
        # BEGIN SOLUTION
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for parameter in group["params"]:
                numbers[id(parameter)] = len(numbers)
            options = {name: copy.deepcopy(value) for name, value in group.items() if name != "params"}
            groups.append({**options, "params": [numbers[id(parameter)] for parameter in group["params"]]})
        states = {numbers[id(parameter)]: copy.deepcopy(state) for parameter, state in self.state.items() if state}
        return {"state": states, "param_groups": groups}
        # END SOLUTION

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over state and options of another optimizer, from `state_dict()` or from PyTorch.

        What follows is then, bit for bit, what would have followed there. All earlier state is gone, also that of
        parameters that have none in `state_dict`. Every option in a saved group replaces the group's own. PyTorch writes
        some that nothing here looks at, such as `foreach`; they do no harm.

        Args:
            state_dict: as `state_dict()` returns it. Parameters go by their place: the first one in the first saved group,
                whatever its number, is the first one here. Arrays are copied and take the dtype of their
                parameter. "step" may be a number or an array with one element.
        Raises:
            ValueError: there are more or fewer groups, or a group has more or fewer parameters (both counts are
                named); an array has another shape than its parameter (both are named); or an option makes no sense.
                Nothing has changed then.

        Source: torch.optim.Optimizer.load_state_dict.
        """
        # BEGIN SOLUTION
        saved = state_dict["param_groups"]
        if len(saved) != len(self.param_groups):
            raise ValueError(f"the state has {len(saved)} groups of parameters, the optimizer {len(self.param_groups)}")
        groups, parameters = [], {}
        for mine, theirs in zip(self.param_groups, saved, strict=True):
            if len(mine["params"]) != len(theirs["params"]):
                raise ValueError(
                    f"a group has {len(theirs['params'])} parameters in the state, {len(mine['params'])} in the optimizer"
                )
            parameters.update(zip(theirs["params"], mine["params"], strict=True))
            groups.append({**mine, **copy.deepcopy(dict(theirs)), "params": mine["params"]})
            self.check(groups[-1])
        states = {
            parameters[number]: {name: _fitted(name, value, parameters[number]) for name, value in values.items()}
            for number, values in state_dict["state"].items()
        }
        for mine, group in zip(self.param_groups, groups, strict=True):
            mine.update(group)  # whoever holds on to a group of param_groups sees its new options
        self.state = states
        # END SOLUTION

    def __repr__(self) -> str:
        """The groups and their options, one option a line, as PyTorch prints them. Given."""
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def _fitted(name: str, value: Any, parameter: Tensor) -> Any:
    """A value out of a saved state, for this parameter."""
    # BEGIN SOLUTION
    if name == "step":
        return int(np.asarray(value).item())
    if not isinstance(value, np.ndarray):
        return copy.deepcopy(value)
    if value.shape != parameter.shape:
        raise ValueError(f"{name} has shape {value.shape}, and its parameter {parameter.shape}")
    return value.astype(parameter.dtype)
    # END SOLUTION
