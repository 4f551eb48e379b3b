"""Two thin matrices in the place of a wide one."""

from __future__ import annotations

import copy

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Linear, Module, Parameter


def low_rank(weight: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Two matrices whose product is as near to `weight` as any product of that rank can be.

    Near means: the sum of the squared differences is as small as possible.

    Args:
        weight: (out, in), floats. It stays as it is.
        rank: from 1 to the smaller of out and in.
    Returns:
        left (out, rank) and right (rank, in), in weight's dtype. How the sizes are shared out between the two is left open; only
        left @ right counts.
    Raises:
        ValueError: weight does not have two axes (its shape is named), or there is no such rank (it and the shape are named).

    >>> left, right = low_rank(np.array([[3.0, 0.0, 0.0], [0.0, 2.0, 0.0]]), 1)
    >>> np.abs((left @ right).round(6))
    array([[3., 0., 0.],
           [0., 0., 0.]])

    Source: Eckart and Young 1936. np.linalg.svd is there to be used.
    """
    # BEGIN SOLUTION
    if weight.ndim != 2:
        raise ValueError(f"a weight of shape {weight.shape} is no matrix")
    if not 1 <= rank <= min(weight.shape):
        raise ValueError(f"a matrix of shape {weight.shape} has no approximation of rank {rank}")
    u, sizes, vt = np.linalg.svd(weight, full_matrices=False)
    roots = np.sqrt(sizes[:rank])  # to both sides alike, so that neither learns much faster than the other
    return u[:, :rank] * roots, roots[:, None] * vt[:rank]
    # END SOLUTION


def rank_for(weight: np.ndarray, energy: float) -> int:
    """The smallest rank whose best approximation keeps at least `energy` of a matrix.

    An approximation keeps 1 - ‖weight - approximation‖² / ‖weight‖² of it, where ‖·‖² is the sum of all squares.

    Args:
        weight: (out, in), floats, neither axis empty. For a matrix of zeros any energy has rank 1.
        energy: above 0, up to 1. Whether rounding errors reach it or miss it is left open.
    Returns:
        An int from 1 to the smaller of out and in.
    Raises:
        ValueError: energy is not above 0 and up to 1 (it is named), or weight does not have two axes (its shape is named).

    >>> weight = np.diag([4.0, 2.0, 1.0])
    >>> rank_for(weight, 0.75), rank_for(weight, 0.9), rank_for(weight, 0.99)
    (1, 2, 3)
    """
    # BEGIN SOLUTION
    if weight.ndim != 2:
        raise ValueError(f"a weight of shape {weight.shape} is no matrix")
    if not 0.0 < energy <= 1.0:
        raise ValueError(f"energy is above 0 and up to 1, not {energy}")
    squares = np.linalg.svd(weight.astype(np.float64), compute_uv=False) ** 2
    kept = np.cumsum(squares)
    reached = np.flatnonzero(kept >= energy * kept[-1])
    return int(reached[0]) + 1
    # END SOLUTION


class LowRankLinear(Module):
    """A Linear whose weight is left @ right, which is never formed: y = (x @ rightᵀ) @ leftᵀ + bias.

    Args:
        left: (out, rank), right: (rank, in), bias: (out,) or None; arrays of one float dtype, copied.

    Attributes:
        left, right: Parameters, registered in this order, in the dtype that was given.
        bias: Parameter or None.

    Raises:
        ValueError: left and right do not fit, or the bias does not fit left; the two shapes are named.

    >>> layer = LowRankLinear.from_linear(Linear(6, 5, rng=0), 2)
    >>> layer
    LowRankLinear(in_features=6, out_features=5, rank=2, bias=True)
    >>> layer(Tensor(np.ones((3, 6), "float32"))).shape
    (3, 5)

    Cost: two products with thin matrices. The wide one is never there, not even for a moment.
    """

    def __init__(self, left: np.ndarray, right: np.ndarray, bias: np.ndarray | None = None) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[0]:
            raise ValueError(f"left of shape {left.shape} does not fit right of shape {right.shape}")
        if bias is not None and bias.shape != left.shape[:1]:
            raise ValueError(f"a bias of shape {bias.shape} does not fit left of shape {left.shape}")
        self.left, self.right = Parameter(left), Parameter(right)
        self.bias = None if bias is None else Parameter(bias)
        # END SOLUTION

    @classmethod
    def from_linear(cls, linear: Linear, rank: int) -> LowRankLinear:
        """The layer of that rank which is nearest to a Linear, with its bias. It shares no memory with it.

        Args:
            linear: with a mask or without: its weight is as it is read. It stays as it is.
        Raises:
            ValueError: as `low_rank`.
        """
        # BEGIN SOLUTION
        left, right = low_rank(linear.weight.data, rank)
        return cls(left, right, None if linear.bias is None else linear.bias.data)
        # END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output, of Tensor operations on x, right, left and bias, each of which gets its gradient.

        Args:
            x: (…, in), with any number of leading axes, none included.
        Returns:
            (…, out).
        Raises:
            ValueError: x's last axis is not `in` long; the message names x's shape.
        """
        # BEGIN SOLUTION
        if x.shape[-1:] != self.right.shape[1:]:
            raise ValueError(f"LowRankLinear takes (…, {self.right.shape[1]}), not a Tensor of shape {x.shape}")
        y = (x @ self.right.T) @ self.left.T
        return y if self.bias is None else y + self.bias
        # END SOLUTION

    def extra_repr(self) -> str:
        outputs, rank = self.left.shape
        return f"in_features={self.right.shape[1]}, out_features={outputs}, rank={rank}, bias={self.bias is not None}"


def factorize(model: Module, energy: float) -> Module:
    """A copy of a model with a LowRankLinear for each Linear, wherever that makes fewer numbers.

    Args:
        model: any Module with Linears (with masks or without) in it, however deep, or a Linear itself. It stays as it is. A
            layer that stands in several places is replaced in all of them by the same new one.
        energy: as in `rank_for`: each Linear has the smallest rank that keeps it. Where left and right would not
            hold fewer numbers than the weight, the Linear stays.
    Returns:
        A new model, in the mode of the old one (each new layer in the mode of the one before it), sharing no memory with it.
    Raises:
        ValueError: as `rank_for`, wherever there is a Linear with numbers to ask for.

    >>> from ..m03_layers import Sequential
    >>> wide = Linear(20, 30, rng=0)
    >>> _ = wide.weight.copy_(np.outer(np.arange(1.0, 31.0), np.arange(1.0, 21.0)))
    >>> factorize(Sequential(wide, abs, Linear(30, 2, rng=1)), 0.999)
    Sequential(
      (0): LowRankLinear(in_features=20, out_features=30, rank=1, bias=True)
      (1): abs
      (2): Linear(in_features=30, out_features=2, bias=True)
    )
    """
    # BEGIN SOLUTION
    model = copy.deepcopy(model)
    made: dict[int, tuple[Linear, Module]] = {}

    def instead(module: Module) -> Module:
        if not isinstance(module, Linear):
            return module
        if id(module) not in made:
            weight, new = module.weight.data, module
            if weight.size:
                rank = rank_for(weight, energy)
                if rank * sum(weight.shape) < weight.size:
                    new = LowRankLinear.from_linear(module, rank).train(module.training)
            made[id(module)] = module, new  # the old one is kept, so that no other gets its id
        return made[id(module)][1]

    for parent in list(model.modules()):
        if not isinstance(parent, Linear):
            # named_children tells of each module once: one with two names comes up again when the first is replaced.
            while left := [(name, child) for name, child in parent.named_children() if instead(child) is not child]:
                for name, child in left:
                    setattr(parent, name, instead(child))
    return instead(model)
    # END SOLUTION
