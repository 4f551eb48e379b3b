"""A vocabulary that is a text, and a stand-in that is looked for at the end."""

from __future__ import annotations

import numpy as np


class CharTokenizer:
    def __init__(self, unknown=None):
        if unknown is not None and not (isinstance(unknown, str) and len(unknown) == 1):
            raise ValueError(f"{unknown!r} is no single character")
        self.unknown = unknown
        self.train("")

    def train(self, text):
        self.tokens = sorted(set(text + (self.unknown or "")))

    @property
    def vocab_size(self):
        return len(self.tokens)

    def encode(self, text):
        places = dict(zip(self.tokens, range(self.vocab_size), strict=True))
        missing = sorted(set(text) - set(places))
        if missing and self.unknown is None:
            raise ValueError(f"not in the vocabulary: {' '.join(missing)}")
        for character in missing:
            places[character] = places[self.unknown]
        return list(map(places.__getitem__, text))

    def decode(self, ids):
        return "".join(map(self.tokens.__getitem__, checked(ids, self.vocab_size)))


def checked(ids, vocab_size):
    places = []
    for place in ids:
        if not isinstance(place, int | np.integer):
            raise TypeError(f"an id must be an integer, not {type(place).__name__}")
        if place < 0 or place >= vocab_size:
            raise IndexError(f"id {place} out of range [0, {vocab_size})")
        places.append(int(place))
    return places
