"""A cache, small enough to watch: what is near, and what has to be fetched."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable


class CacheSimulator:
    """A cache that holds the last few lines of memory that were used, and counts what it has to fetch.

    Memory is numbered in words: 0, 1, 2, … It moves in lines of `line_words` words: words 0 to line_words - 1 are line 0, the
    next ones line 1. To read a word is a hit if its line is in the cache. If not, it is a miss: the whole line is fetched, and
    if there were `lines` of them already, the one whose last use is the longest ago makes room.

    Args:
        lines: how many lines it holds.
        line_words: words of a line.

    Attributes:
        lines, line_words: as given.
        hits, misses: reads of either kind so far.

    Raises:
        ValueError: lines or line_words is less than 1; the message says which, and its value.

    >>> cache = CacheSimulator(lines=2, line_words=4)
    >>> [cache.read(address) for address in (0, 3, 4, 1, 8, 5)]
    [False, True, False, True, False, False]
    >>> cache.hits, cache.misses, cache.words_moved
    (2, 4, 16)

    Cost: a read takes the same time whatever `lines` is.
    """

    def __init__(self, lines: int, line_words: int = 1) -> None:
        """See the class."""
        # BEGIN SOLUTION
        for name, value in (("lines", lines), ("line_words", line_words)):
            if value < 1:
                raise ValueError(f"{name} must be 1 or more, not {value}")
        self.lines, self.line_words = lines, line_words
        self.hits = self.misses = 0
        self._held: OrderedDict[int, None] = OrderedDict()  # line numbers, the one used last at the end
        # END SOLUTION

    def read(self, address: int) -> bool:
        """Read the word at `address`. Is it a hit?

        Raises:
            IndexError: the address is less than 0; it is named. Such a read counts as neither hit nor miss.
        """
        # BEGIN SOLUTION
        if address < 0:
            raise IndexError(f"there is no word at address {address}")
        line = int(address) // self.line_words
        if line in self._held:
            self._held.move_to_end(line)
            self.hits += 1
            return True
        self.misses += 1
        if len(self._held) == self.lines:
            self._held.popitem(last=False)
        self._held[line] = None
        return False
        # END SOLUTION

    def run(self, addresses: Iterable[int]) -> int:
        """Read one word after the other, from a list or an array of addresses. How many were misses, of these reads alone?"""
        # BEGIN SOLUTION
        before = self.misses
        for address in addresses:
            self.read(address)
        return self.misses - before
        # END SOLUTION

    @property
    def words_moved(self) -> int:
        """Words fetched so far, whole lines, wanted or not."""
        # BEGIN SOLUTION
        return self.misses * self.line_words
        # END SOLUTION
