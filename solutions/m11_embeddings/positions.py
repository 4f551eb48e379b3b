"""Where in a sequence a vector stands, added to it: as waves that are computed, or as rows that are learnt."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module, Parameter

Rng = np.random.Generator | int | None


def position_angles(positions: Any, dim: int, base: float = 10000.0) -> np.ndarray:
    """How far each of dim / 2 clock hands has turned at each position: position · base^(-2i / dim) for hand i.

    Hand 0 turns by 1 (in radians) from one position to the next; each later hand is slower, by the same factor, and the
    last one turns by little more than 1 / base.

    Args:
        positions: (n,), numbers.
        dim: twice the number of hands.
        base: larger than 0.
    Returns:
        float64 (n, dim / 2). In float32 an angle of 100,000 would be off by up to 0.004.
    Raises:
        ValueError: dim is not even, or not positive; it is named.

    >>> position_angles([0, 1, 2], dim=4)
    array([[0.  , 0.  ],
           [1.  , 0.01],
           [2.  , 0.02]])
    """
    # BEGIN SOLUTION
    if dim <= 0 or dim % 2:
        raise ValueError(f"dim must be a positive even number, since its numbers come in pairs; not {dim}")
    speeds = float(base) ** (-np.arange(0, dim, 2) / dim)
    return np.asarray(positions, "float64")[:, None] * speeds
    # END SOLUTION


def sinusoids(positions: Any, dim: int) -> np.ndarray:
    """The sine and the cosine of each angle, side by side: sin₀, cos₀, sin₁, cos₁, …

    Args, errors: as `position_angles`, with its usual base.
    Returns:
        float64 (n, dim).

    >>> sinusoids([0, 1], dim=4).round(4)
    array([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 1.    ]])
    """
    # BEGIN SOLUTION
    turned = position_angles(positions, dim)
    return np.stack([np.sin(turned), np.cos(turned)], axis=-1).reshape(len(turned), dim)
    # END SOLUTION


def check_sequence(x: Tensor, dim: int, offset: int, max_len: int | None = None) -> int:
    """How long the sequences in x are, if all is well.

    Args:
        x: (…, n, dim).
        dim: what its last axis has to be.
        offset: the position of the first vector; 0 unless x continues something.
        max_len: how many positions there are; None if there is no end.
    Returns:
        n.
    Raises:
        ValueError: x has fewer than two axes or another last one (x's shape and dim are named); offset is negative (it is
            named); or offset + n is more than max_len (n, offset and max_len are named).

    >>> check_sequence(Tensor([[1.0, 2.0], [3.0, 4.0]]), dim=2, offset=6, max_len=8)
    2
    """
    # BEGIN SOLUTION
    if x.ndim < 2 or x.shape[-1] != dim:
        raise ValueError(f"sequences have shape (…, n, {dim}), not {x.shape}")
    n = x.shape[-2]
    if offset < 0:
        raise ValueError(f"offset is the position of the first vector, 0 or more, not {offset}")
    if max_len is not None and offset + n > max_len:
        raise ValueError(f"{n} vectors from position {offset} on do not fit into max_len = {max_len} positions")
    return n
    # END SOLUTION


class SinusoidalPositionalEncoding(Module):
    """Adds `sinusoids` to sequences: to the vector at place t those of position offset + t. There is nothing to learn.

    Args:
        dim: length of the vectors, even.
        max_len: how many positions there are.

    Attributes:
        dim, max_len: as given. No Parameters.

    Raises:
        ValueError: dim is not even, or not positive; it is named.

    >>> SinusoidalPositionalEncoding(dim=2, max_len=8)(Tensor([[10.0, 20.0], [30.0, 40.0]]))
    Tensor([[10.       21.      ]
            [30.84147  40.540302]])

    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.5.
    """

    def __init__(self, dim: int, max_len: int) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        self.dim, self.max_len = dim, max_len
        self._table = sinusoids(np.arange(max_len), dim)
        # END SOLUTION

    def forward(self, x: Tensor, offset: int = 0) -> Tensor:
        """x plus the waves of its positions.

        Args:
            x: (…, n, dim).
            offset: the position of the first vector.
        Returns:
            A new Tensor of x's shape and dtype; each sum is as accurate as that dtype allows. All of its gradient goes to x.
        Raises:
            ValueError: as `check_sequence`.
        """
        # BEGIN SOLUTION
        n = check_sequence(x, self.dim, offset, self.max_len)
        return x + Tensor(self._table[offset : offset + n], dtype=x.dtype)
        # END SOLUTION

    def extra_repr(self) -> str:
        return f"dim={self.dim}, max_len={self.max_len}"


class LearnedPositionalEmbedding(Module):
    """Adds a learnt vector for each position: to the vector at place t row offset + t of its table.

    Args:
        max_len: how many positions there are: rows of the table.
        dim: length of the vectors.
        rng: a numpy.random.Generator, a seed, or None.

    Attributes:
        weight: Parameter (max_len, dim), float32. First values are normal, with mean 0 and standard deviation 0.02: small
            beside the vectors they are added to.
        max_len, dim: as given.

    >>> layer = LearnedPositionalEmbedding(max_len=8, dim=3, rng=0)
    >>> layer(Tensor(np.zeros((2, 5, 3), "float32")), offset=3).shape
    (2, 5, 3)

    Source: Radford et al. 2019 (GPT-2), where it is `wpe`.
    """

    def __init__(self, max_len: int, dim: int, rng: Rng = None) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        self.max_len, self.dim = max_len, dim
        self.weight = Parameter(np.random.default_rng(rng).normal(0.0, 0.02, (max_len, dim)), dtype="float32")
        # END SOLUTION

    def forward(self, x: Tensor, offset: int = 0) -> Tensor:
        """x plus the rows of its positions, made of Tensor operations on x and weight.

        Args:
            x: (…, n, dim).
            offset: the position of the first vector.
        Returns:
            A new Tensor of x's shape. A row's gradient is the sum over all sequences in x; rows not used get 0.
        Raises:
            ValueError: as `check_sequence`.
        """
        # BEGIN SOLUTION
        n = check_sequence(x, self.dim, offset, self.max_len)
        return x + self.weight[offset : offset + n]
        # END SOLUTION

    def extra_repr(self) -> str:
        return f"max_len={self.max_len}, dim={self.dim}"
