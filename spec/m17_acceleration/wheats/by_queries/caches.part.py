"""A plain dict keeps the order in which its keys came."""

from __future__ import annotations

from collections.abc import Iterable


class CacheSimulator:
    def __init__(self, lines: int, line_words: int = 1) -> None:
        if lines < 1 or line_words < 1:
            raise ValueError(f"a cache of lines={lines}, line_words={line_words}")
        self.lines, self.line_words, self.count, self.held = lines, line_words, [0, 0], {}

    @property
    def hits(self) -> int:
        return self.count[True]

    @property
    def misses(self) -> int:
        return self.count[False]

    @property
    def words_moved(self) -> int:
        return self.misses * self.line_words

    def read(self, address: int) -> bool:
        if address < 0:
            raise IndexError(address)
        line = address // self.line_words
        hit = self.held.pop(line, False)
        self.held[line] = True
        if len(self.held) > self.lines:
            del self.held[next(iter(self.held))]
        self.count[hit] += 1
        return hit

    def run(self, addresses: Iterable[int]) -> int:
        return sum(not self.read(int(address)) for address in addresses)
