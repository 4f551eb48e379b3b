"""PyTorch for oracles, imported on first use."""

from typing import Any

import numpy as np


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
