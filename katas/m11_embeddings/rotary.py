"""Where in a sequence a vector stands, as a rotation: what two of them have in common then depends on their distance alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module
from ..m06_autograd import Function
from .positions import check_sequence, position_angles


def rotate_pairs(x: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Turn each pair of neighbours (x[…, 2i], x[…, 2i + 1]), as a point in the plane, by angles[…, i], anticlockwise.

    Args:
        x: (…, n, dim), floats.
        angles: (n, dim / 2), float64.
    Returns:
        A new array of x's shape and dtype.

    >>> rotate_pairs(np.array([[1.0, 0.0, 0.0, 2.0]]), np.array([[np.pi / 2, np.pi]])).round(6) + 0.0
    array([[ 0.,  1.,  0., -2.]])

    Cost: four multiplications and two additions for each pair.
    """
    raise NotImplementedError("m11: rotate_pairs")


class Rotation(Function):
    """`rotate_pairs`, with its gradient."""

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, angles: np.ndarray) -> np.ndarray:
        """The rotated pairs."""
        raise NotImplementedError("m11: Rotation.forward")

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[np.ndarray, None]:
        """The gradient of x. No array as large as x has been kept for it."""
        raise NotImplementedError("m11: Rotation.backward")


class RotaryEmbedding(Module):
    """Rotates every pair of neighbours by its position's angle: RoPE. There is nothing to learn.

    The vector at place t is at position offset + t. Its pair i, (x[2i], x[2i + 1]), is turned by
    (offset + t) · base^(-2i / dim): pairs are neighbours, as in the paper. (Other programs pair x[i] with x[i + dim / 2]. That
    is the same for vectors whose numbers are put into another order.)

    Lengths stay as they are. The dot product of two rotated vectors depends on the vectors and on how far apart they stand.

    Args:
        dim: length of the vectors, even.
        base: how much slower the last pair turns than the first, about.

    Attributes:
        dim, base: as given. No Parameters. There is no longest sequence.

    Raises:
        ValueError: dim is not even, or not positive; it is named.

    >>> RotaryEmbedding(dim=2)(Tensor([[1.0, 0.0], [1.0, 0.0]]))
    Tensor([[1.         0.        ]
            [0.5403023  0.84147096]])

    Source: Su et al. 2021 (RoFormer), arXiv 2104.09864.
    """

    def __init__(self, dim: int, base: float = 10000.0) -> None:
        """See the class."""
        raise NotImplementedError("m11: RotaryEmbedding.__init__")

    def forward(self, x: Tensor, offset: int = 0) -> Tensor:
        """x, rotated.

        Args:
            x: (…, n, dim), floats.
            offset: the position of the first vector.
        Returns:
            A new Tensor of x's shape and dtype, as accurate at position 100,000 as at 0.
        Raises:
            ValueError: as `check_sequence`.
        """
        raise NotImplementedError("m11: RotaryEmbedding.forward")

    def extra_repr(self) -> str:
        return f"dim={self.dim}, base={self.base:g}"
