"""Zeros that take no bytes: only what is there, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Linear, Module


@dataclass
class SparseMatrix:
    """A matrix as its numbers that are not 0, row after row (compressed sparse rows).

    Attributes:
        values: (nonzero,), the numbers in their dtype, row by row, from left to right in each row.
        columns: (nonzero,), the column of each: int16 for a matrix of up to 32,768 columns, else int32.
        starts: (rows + 1,), int32: the numbers of row r are those from starts[r] up to (not including) starts[r + 1].
        shape: (rows, columns) of the whole matrix.

    >>> sparse = SparseMatrix.from_dense(np.array([[0.0, 5.0, 0.0], [0.0, 0.0, 0.0], [7.0, 0.0, 8.0]]))
    >>> sparse.values, sparse.columns, sparse.starts
    (array([5., 7., 8.]), array([1, 0, 2], dtype=int16), array([0, 1, 1, 3], dtype=int32))

    Source: scipy.sparse.csr_array.
    """

    values: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    shape: tuple[int, int]

    @classmethod
    def from_dense(cls, dense: np.ndarray) -> SparseMatrix:
        """What is not 0 in a matrix (rows, columns); either may be 0, and -0.0 is 0. The matrix stays as it is.

        Raises:
            ValueError: it does not have two axes; its shape is named.
        """
        # BEGIN SOLUTION
        if dense.ndim != 2:
            raise ValueError(f"an array of shape {dense.shape} is no matrix")
        rows, columns = np.nonzero(dense)
        starts = np.zeros(dense.shape[0] + 1, np.int32)
        np.cumsum(np.bincount(rows, minlength=dense.shape[0]), out=starts[1:])
        width = np.int16 if dense.shape[1] <= 2**15 else np.int32
        return cls(dense[rows, columns], columns.astype(width), starts, dense.shape)
        # END SOLUTION

    def to_dense(self) -> np.ndarray:
        """The whole matrix: a new array in the dtype of the values."""
        # BEGIN SOLUTION
        dense = np.zeros(self.shape, self.values.dtype)
        dense[np.repeat(np.arange(self.shape[0]), np.diff(self.starts)), self.columns] = self.values
        return dense
        # END SOLUTION

    @property
    def nbytes(self) -> int:
        """Bytes of the three arrays."""
        # BEGIN SOLUTION
        return self.values.nbytes + self.columns.nbytes + self.starts.nbytes
        # END SOLUTION

    def apply(self, x: np.ndarray) -> np.ndarray:
        """x @ denseᵀ, without the matrix ever being dense.

        Args:
            x: (…, columns) of the dtype of the values, with any number of leading axes, none included. It may be empty.
        Returns:
            (…, rows), of that dtype. A row without numbers gives 0.
        Raises:
            ValueError: x's last axis is not as long as a row; the message names both shapes.

        >>> sparse = SparseMatrix.from_dense(np.array([[0.0, 5.0], [0.0, 0.0], [7.0, 8.0]]))
        >>> sparse.apply(np.array([1.0, 10.0]))
        array([50.,  0., 87.])

        Cost: one multiplication and one addition for each number that is there, for each row of x; all at once, without a
        Python loop over numbers, and with room for as many products.
        """
        # BEGIN SOLUTION
        if x.shape[-1:] != self.shape[1:]:
            raise ValueError(f"x of shape {x.shape} does not fit a matrix of shape {self.shape}")
        y = np.zeros((*x.shape[:-1], self.shape[0]), x.dtype)
        # reduceat gives a number, not 0, for a row without any: leave those rows out.
        filled = np.flatnonzero(np.diff(self.starts))
        if filled.size:
            y[..., filled] = np.add.reduceat(x[..., self.columns] * self.values, self.starts[filled], axis=-1)
        return y
        # END SOLUTION


class SparseLinear(Module):
    """A trained Linear that keeps only what is not 0 in its weight. It can be used and saved, but not trained.

    Args:
        linear: with a mask or without: its weight is as it is read. It stays as it is, and shares no memory with the new layer.

    Attributes:
        values, columns, starts: the weight as a SparseMatrix holds it, as buffers, registered in this order.
        bias: a buffer, in the Linear's dtype, registered last; or None.
        shape: of the weight, (out, in).

    >>> from ..m01_tensor import Tensor
    >>> from .pruning import prune_l1_unstructured
    >>> linear = Linear(64, 10, rng=0)
    >>> prune_l1_unstructured(linear, "weight", 0.9)
    >>> SparseLinear(linear)
    SparseLinear(in_features=64, out_features=10, nonzero=64, bias=True)
    """

    def __init__(self, linear: Linear) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        sparse = SparseMatrix.from_dense(linear.weight.data)
        self.shape = sparse.shape
        for name in ("values", "columns", "starts"):
            self.register_buffer(name, Tensor(getattr(sparse, name)))
        self.bias: Tensor | None = None
        if linear.bias is not None:
            self.register_buffer("bias", Tensor(linear.bias.data))
        # END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """What the Linear gives, from the buffers as they are now. Nothing is recorded for a gradient.

        Args:
            x: (…, in), with any number of leading axes, none included; of the dtype of the weight.
        Returns:
            (…, out), of that dtype.
        Raises:
            ValueError: x's last axis is not `in` long; the message names x's shape.
        """
        # BEGIN SOLUTION
        y = SparseMatrix(self.values.data, self.columns.data, self.starts.data, self.shape).apply(x.data)
        return Tensor(y if self.bias is None else y + self.bias.data)
        # END SOLUTION

    def extra_repr(self) -> str:
        outputs, inputs = self.shape
        nonzero = self.values.size
        return f"in_features={inputs}, out_features={outputs}, nonzero={nonzero}, bias={self.bias is not None}"
