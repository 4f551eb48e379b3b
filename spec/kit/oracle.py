"""PyTorch for oracles, imported on first use."""

import functools
import inspect
from typing import Any

import numpy as np


@functools.cache
def torch_optim() -> Any:
    """`torch`, on one thread, with optimizers that leave its compiler alone: they import that for two seconds, only to tell
    it to stay out. With another version than the pinned one this may do nothing, and they are slow again."""
    import torch

    torch.set_num_threads(1)
    for method in ("add_param_group", "zero_grad", "state_dict", "load_state_dict"):
        plain = inspect.unwrap(getattr(torch.optim.Optimizer, method))
        plain.__dynamo_disable = plain
    return torch


def step_of(optimizer: Any) -> None:
    """`optimizer.step()` of PyTorch, past its compiler; its scheduler is told that it happened."""
    with torch_optim().no_grad():
        inspect.unwrap(type(optimizer).step)(optimizer)
    optimizer._opt_called = True


def pull(result: Any, grad: Any) -> None:
    """`result.backward(grad)`. PyTorch's own check of the two shapes imports a computer algebra system: half a second."""
    if result.shape != grad.shape:
        raise ValueError(f"a gradient of shape {tuple(grad.shape)} for a result of shape {tuple(result.shape)}")
    (result * grad).sum().backward()


def wide(x: Any) -> Any:
    """`x` as a float64 torch tensor (integers and booleans keep their kind)."""
    import torch

    array = np.ascontiguousarray(x)
    tensor = torch.from_numpy(array.reshape(np.shape(x)).copy())
    return tensor.double() if tensor.is_floating_point() else tensor


def leaf(x: Any) -> Any:
    """`x` as a float64 torch tensor that collects a gradient."""
    return wide(x).double().requires_grad_()


def native(x: Any) -> Any:
    """`x` as a torch tensor of its own dtype, for questions about dtypes."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(x).reshape(np.shape(x)).copy())


def narrow(result: Any, dtype: Any) -> np.ndarray:
    """A torch result, or an array, as an array of `dtype`: what is expected of a framework that was given `dtype`."""
    array = result.detach().numpy() if hasattr(result, "detach") else np.asarray(result)
    with np.errstate(over="ignore"):
        return array.astype(dtype)
