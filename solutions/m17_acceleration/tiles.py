"""A matrix product tile by tile, and the trail that it leaves in memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def matmul_trace(m: int, n: int, k: int, block: int | None = None, transposed: bool = False) -> np.ndarray:
    """The words that a product C = A @ B of an (m, k) and a (k, n) matrix touches, one after the other.

    A lies at the addresses 0 to m · k - 1, row by row. B lies behind it, row by row too, or, if `transposed`, column by
    column; C behind B, row by row.

    Without `block`, the order is that of three loops: for each row i, for each column j, for each p in 0, …, k - 1 the word of
    A[i, p] and then that of B[p, j]; after the loop over p, the word of C[i, j].

    With `block`, the three ranges are cut into pieces of `block` (the last one may be shorter), and the three loops run inside
    three loops over pieces: for each piece of rows, for each piece of columns, for each piece of the p's. So C[i, j] is touched
    once for each piece of the p's.

    Args:
        m, n, k: sizes, 1 or more.
        block: edge of the tiles, 1 or more; None for one tile that is as large as everything.
        transposed: B lies column by column.
    Returns:
        int64 array of addresses, as many as there are touches: 2 · m · n · k for A and B, and m · n for each piece of the p's.

    >>> matmul_trace(1, 2, 2)    # A: words 0, 1.  B: words 2 to 5.  C: words 6, 7.
    array([0, 2, 1, 4, 6, 0, 3, 1, 5, 7])
    >>> matmul_trace(1, 2, 2, transposed=True)
    array([0, 2, 1, 3, 6, 0, 4, 1, 5, 7])

    Source: Lam, Rothberg and Wolf 1991, The Cache Performance and Optimizations of Blocked Algorithms.
    """
    # BEGIN SOLUTION
    block = block or max(m, n, k)
    of_b, of_c = m * k, m * k + k * n
    trace = []
    for rows in pieces(m, block):
        for columns in pieces(n, block):
            for inner in pieces(k, block):
                for i in range(m)[rows]:
                    for j in range(n)[columns]:
                        for p in range(k)[inner]:
                            trace.append(i * k + p)
                            trace.append(of_b + (j * k + p if transposed else p * n + j))
                        trace.append(of_c + i * n + j)
    return np.array(trace, np.int64)
    # END SOLUTION


def matmul_blocked(
    a: np.ndarray,
    b: np.ndarray,
    block: int = 128,
    product: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.matmul,
) -> np.ndarray:
    """a @ b, tile by tile: loops over tiles outside, products of two small matrices inside.

    Each of the three axes (rows of a, columns of b, and the one in between) is cut into pieces of `block`; the last one may be
    shorter. For every piece of each, `product` is called once, with a tile of a and the tile of b that goes with it, and
    what it returns is added to a tile of the result. Nothing else multiplies.

    Args:
        a: (m, k). Any size may be 0, and the memory need not be contiguous.
        b: (k, n).
        block: the longest edge of a tile.
        product: what multiplies two tiles; it returns a new array.
    Returns:
        (m, n), a new array, of the dtype that NumPy gives a @ b.
    Raises:
        ValueError: a or b does not have two axes, or they do not go together (both shapes are named); block is less than 1 (it
            is named).

    >>> matmul_blocked(np.arange(6.0).reshape(2, 3), np.ones((3, 1)), block=2)
    array([[ 3.],
           [12.]])

    Cost: 2 · m · n · k operations, as ever. What changes is how often a word has to be fetched: see task 8.
    Source: Goto and van de Geijn 2008, Anatomy of High-Performance Matrix Multiplication.
    """
    # BEGIN SOLUTION
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0]:
        raise ValueError(f"a product takes (m, k) and (k, n), not {a.shape} and {b.shape}")
    if block < 1:
        raise ValueError(f"block must be 1 or more, not {block}")
    out = np.zeros((a.shape[0], b.shape[1]), np.result_type(a, b))
    for rows in pieces(a.shape[0], block):
        for columns in pieces(b.shape[1], block):
            tile = out[rows, columns]
            for inner in pieces(a.shape[1], block):
                tile += product(a[rows, inner], b[inner, columns])
    return out
    # END SOLUTION


def pieces(size: int, block: int) -> list[slice]:
    """range(size) in pieces of `block`, as slices; the last one may be shorter. Given.

    >>> pieces(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return [slice(start, min(start + block, size)) for start in range(0, size, block)]
