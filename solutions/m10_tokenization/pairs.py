"""What byte-pair encoding is made of: words, pairs that stand side by side, and merging one kind of pair."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

SPLIT_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+"
"""Where a text may be cut before anything is learnt: English endings, letters, digits, signs (each with one space before
them, if there is one), and white space. Every character belongs to exactly one match.

Source: the pattern of GPT-2 (Radford et al. 2019), written for Python's own `re`.
"""


def split_words(text: str) -> list[str]:
    """The words of `text`: all matches of SPLIT_PATTERN, one after the other. Joined, they are `text` again.

    >>> split_words("We're at 10 Downing St.  OK?")
    ['We', "'re", ' at', ' 10', ' Downing', ' St', '.', ' ', ' OK', '?']
    """
    # BEGIN SOLUTION
    return re.findall(SPLIT_PATTERN, text)
    # END SOLUTION


def cut_at(text: str, special_tokens: Sequence[str]) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it is one of `special_tokens`. Joined, they are `text` again; none is empty.

    From left to right, and where several special tokens begin at the same character, the longest is taken.

    >>> cut_at("one<|end|>two", ["<|end|>"])
    [('one', False), ('<|end|>', True), ('two', False)]
    """
    # BEGIN SOLUTION
    if not special_tokens:
        return [(text, False)] if text else []
    longest_first = sorted(special_tokens, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text)
    return [(part, place % 2 == 1) for place, part in enumerate(parts) if part]
    # END SOLUTION


def pair_counts(words: Iterable[tuple[Sequence[int], int]]) -> dict[tuple[int, int], int]:
    """How often each pair of ids stands side by side.

    Args:
        words: rows (ids, count): a word, and how often it occurs.
    Returns:
        A dict from each pair that there is to its number. Pairs may overlap: [7, 7, 7] holds (7, 7) twice.

    >>> pair_counts([([1, 2, 1, 2], 10), ([1, 2], 1)])
    {(1, 2): 21, (2, 1): 10}
    """
    # BEGIN SOLUTION
    counts: Counter[tuple[int, int]] = Counter()
    for ids, count in words:
        for pair in pairwise(ids):
            counts[pair] += count
    return dict(counts)
    # END SOLUTION


def merge_pair(ids: Sequence[int], pair: tuple[int, int], new_id: int) -> list[int]:
    """`ids` with `new_id` in place of every `pair`, from left to right, as a new list.

    An id goes into one pair only: [7, 7, 7] becomes [new_id, 7].

    >>> merge_pair([1, 2, 3, 1, 2], (1, 2), 9)
    [9, 3, 9]
    """
    # BEGIN SOLUTION
    merged, place = [], 0
    while place < len(ids):
        if place + 1 < len(ids) and ids[place] == pair[0] and ids[place + 1] == pair[1]:
            merged.append(new_id)
            place += 2
        else:
            merged.append(ids[place])
            place += 1
    return merged
    # END SOLUTION
