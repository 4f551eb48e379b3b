"""A table with a row for every id: reading rows, and adding gradients back into them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module, Parameter
from ..m06_autograd import Function

Rng = np.random.Generator | int | None


def row_numbers(ids: Any, rows: int) -> np.ndarray:
    """`ids` as positions in a table of `rows` rows, each of them checked.

    Args:
        ids: whole numbers from 0 to rows - 1, of any shape: a Tensor, an array, a list or a single number.
        rows: how many rows there are.
    Returns:
        An int64 array of the same shape. It is a copy: who writes into `ids` later does not change it.
    Raises:
        TypeError: `ids` are floats or booleans; the dtype is named.
        IndexError: an id is negative, or not below `rows`; that id and `rows` are named.

    >>> row_numbers([[2, 0]], rows=3)
    array([[2, 0]])
    """
    raise NotImplementedError("m11: row_numbers")


def scatter_rows(grad: np.ndarray, ids: np.ndarray, rows: int, padding_idx: int | None = None) -> np.ndarray:
    """The gradient of a table, from the gradient of rows that were read from it.

    Args:
        grad: (*ids.shape, dim), a row for every place in `ids`.
        ids: int64, which row of the table each of them was read from.
        rows: how many rows the table has.
        padding_idx: the row that is due nothing, or None.
    Returns:
        A new array (rows, dim), dtype of `grad`. A row that was read several times gets the sum; one that was never read is 0.

    >>> scatter_rows(np.array([[1.0, 2.0], [10.0, 20.0]]), np.array([1, 1]), rows=3)
    array([[ 0.,  0.],
           [11., 22.],
           [ 0.,  0.]])

    Cost: rows · dim zeros, and one addition for each number of `grad`. A one-hot matrix product would take `rows` times as many.
    """
    raise NotImplementedError("m11: scatter_rows")


class Lookup(Function):
    """Rows of a table, with the gradient of the table. Its backward pass needs the ids, and no array of floats."""

    @staticmethod
    def forward(ctx: Any, weight: np.ndarray, ids: np.ndarray, padding_idx: int | None) -> np.ndarray:
        """The rows: (*ids.shape, dim), in memory of their own."""
        raise NotImplementedError("m11: Lookup.forward")

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[np.ndarray, None, None]:
        """The gradient of `weight`; ids and padding_idx have none."""
        raise NotImplementedError("m11: Lookup.backward")


def embedding(ids: Any, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """Row ids[…] of `weight` at every place of `ids`, with a gradient for `weight`.

    Args:
        ids: as in `row_numbers`. They may be changed once this returns: gradients go to the rows that were read.
        weight: (rows, dim).
        padding_idx: a row that gets no gradient, or None. Negative counts from the end. It is read like any other.
    Returns:
        (*ids.shape, dim), of weight's dtype, in memory of its own.
    Raises:
        TypeError, IndexError: as `row_numbers`.
        ValueError: `weight` does not have two axes (its shape is named).
        IndexError: there is no row padding_idx; it is named, and so is the number of rows.

    >>> table = Tensor([[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]])
    >>> embedding([2, 0, 2], table)
    Tensor([[2.  2.5]
            [0.  0.5]
            [2.  2.5]])

    Cost: the rows are copied; nothing is multiplied. Kept for the way back: the ids alone.
    Source: torch.nn.functional.embedding.
    """
    raise NotImplementedError("m11: embedding")


class Embedding(Module):
    """A vector to learn for every id from 0 to num_embeddings - 1.

    Args:
        num_embeddings, embedding_dim: rows of the table, and numbers in each.
        padding_idx: the id that stands for nothing, to fill up short sequences; its row starts as zeros and gets no
            gradient. Negative counts from the end. None if there is none.
        rng: a numpy.random.Generator, a seed, or None.

    Attributes:
        weight: Parameter (num_embeddings, embedding_dim), float32. First values are normal, with mean 0 and standard
            deviation 1.
        num_embeddings, embedding_dim: as given; padding_idx: None, or counted from the front.

    Raises:
        IndexError: there is no row padding_idx; it is named, and so is num_embeddings.

    >>> layer = Embedding(10, 3, padding_idx=0, rng=0)
    >>> layer([[4, 1, 0, 0], [9, 9, 2, 0]]).shape
    (2, 4, 3)
    >>> layer([0])
    Tensor([[0. 0. 0.]])

    Source: torch.nn.Embedding.
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, rng: Rng = None
    ) -> None:
        """See the class."""
        raise NotImplementedError("m11: Embedding.__init__")

    def forward(self, ids: Any) -> Tensor:
        """The vectors of `ids`: (*ids.shape, embedding_dim). Errors as `embedding`."""
        raise NotImplementedError("m11: Embedding.forward")

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
