"""Formulas about memory and speed, on plain numbers: work them out, then see them held against caches and products that run."""

from __future__ import annotations

import math


def lines_touched(count: int, stride: int, line_words: int) -> int:
    """Lines that a walk over `count` words touches, if each word is `stride` words after the one before.

    The first word is the first one of its line. Count, stride and line_words are 1 or more.

    >>> lines_touched(64, stride=1, line_words=16), lines_touched(64, stride=3, line_words=16)
    (4, 12)
    """
    raise NotImplementedError("m17: lines_touched")


def useful_share(stride: int, line_words: int) -> float:
    """Which share of the words that such a walk fetches is used, if it is long, and if stride and line_words are powers of two.

    >>> useful_share(1, 16), useful_share(4, 16)
    (1.0, 0.25)
    """
    raise NotImplementedError("m17: useful_share")


def naive_traffic(m: int, n: int, k: int) -> int:
    """Words that `matmul_trace(m, n, k)` makes a cache fetch whose lines are single words.

    The cache is small and the matrices are not: a row of A, a column of B and a few words more find room, B as a whole does not.

    >>> naive_traffic(100, 100, 100)
    1020000
    """
    raise NotImplementedError("m17: naive_traffic")


def blocked_traffic(m: int, n: int, k: int, block: int) -> int:
    """Words that `matmul_trace(m, n, k, block)` makes a cache fetch whose lines are single words.

    Five tiles of block × block find room in the cache, but no whole rows or columns of tiles of A and B, as m, n and k are several
    blocks long. They may leave a smaller piece at the end.

    >>> blocked_traffic(100, 100, 100, block=10)
    210000
    """
    raise NotImplementedError("m17: blocked_traffic")


def largest_block(cache_bytes: int, itemsize: int = 4, tiles: int = 3) -> int:
    """The longest edge with which so many square tiles fit into a cache.

    >>> largest_block(32 * 1024), largest_block(2**20)
    (52, 295)
    """
    raise NotImplementedError("m17: largest_block")


def block_intensity(block: int, itemsize: int = 4) -> float:
    """Operations for each byte that is fetched, when two full tiles of block × block are multiplied.

    A multiplication and an addition are two operations. Both tiles are fetched; the tile of the result is there already.

    >>> block_intensity(1), block_intensity(64)
    (0.25, 16.0)
    """
    raise NotImplementedError("m17: block_intensity")


def ridge_block(flops_per_second: float, bytes_per_second: float, itemsize: int = 4) -> int:
    """The shortest edge with which fetching tiles takes no longer than multiplying them: below it, memory is the limit.

    That is where `block_intensity` meets the ridge of the machine's roofline. 1 at least.

    >>> ridge_block(100e9, 10e9)
    40
    """
    raise NotImplementedError("m17: ridge_block")


def im2col_blowup(size: int, kernel: int, stride: int = 1, padding: int = 0) -> float:
    """How many times larger the columns of a square image are than the image. The kernel is square, too.

    >>> im2col_blowup(32, kernel=5)
    19.140625
    """
    raise NotImplementedError("m17: im2col_blowup")


def chain_bytes(elements: int, operations: int, itemsize: int = 4, fused: bool = False) -> int:
    """Bytes that go to and from memory in a chain of operations on each element of an array.

    Each operation needs the result of the one before and nothing else, and nothing of it is in the cache any more. Fused, the
    chain is one loop in which what lies between stays in registers. One operation at least.

    >>> chain_bytes(1000, 10), chain_bytes(1000, 10, fused=True)
    (80000, 8000)
    """
    raise NotImplementedError("m17: chain_bytes")


def streamed_share(m: int, block: int) -> float:
    """Which share of the memory of all scores the scores of one block take, if n queries look at m keys, `block` at a time.

    >>> streamed_share(8192, block=128), streamed_share(100, block=128)
    (0.015625, 1.0)
    """
    raise NotImplementedError("m17: streamed_share")
