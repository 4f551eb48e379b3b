"""Iterators and dicts where the reference has Counter and pairwise; special tokens found by looking, not by `re`."""

from __future__ import annotations

import re

SPLIT_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+"


def split_words(text):
    return [match[0] for match in re.compile(SPLIT_PATTERN).finditer(text)]


def cut_at(text, special_tokens):
    pieces, begin = [], 0
    while begin < len(text):
        hits = [(text.find(one, begin), -len(one), one) for one in special_tokens]
        hits = [hit for hit in hits if hit[0] >= 0]
        if not hits:
            return [*pieces, (text[begin:], False)]
        at, _, one = min(hits)
        if at > begin:
            pieces.append((text[begin:at], False))
        pieces.append((one, True))
        begin = at + len(one)
    return pieces


def pair_counts(words):
    counts = {}
    for ids, count in words:
        for place in range(1, len(ids)):
            pair = ids[place - 1], ids[place]
            counts[pair] = counts.get(pair, 0) + count
    return counts


def merge_pair(ids, pair, new_id):
    merged, coming = [], iter(ids)
    for now in coming:
        while now == pair[0]:
            following = next(coming, None)
            if following == pair[1]:
                now = new_id
                break
            merged.append(now)
            now = following
        if now is None:
            break
        merged.append(now)
    return merged
