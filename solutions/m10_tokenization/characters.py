"""The simplest tokenizer: one number for every character that it has seen."""

from __future__ import annotations

import operator
from collections.abc import Iterable


class CharTokenizer:
    """Turns each character into the number that is its place among all known characters, in order of code points.

    Attributes:
        unknown: the character that stands for those which are not known, or None.
        tokens: the known characters, sorted; id i means tokens[i]. `unknown`, if there is one, is always among them, and
            before training there is nothing else.

    >>> tokenizer = CharTokenizer()
    >>> tokenizer.train("banana")
    >>> tokenizer.tokens, tokenizer.encode("nab")
    (['a', 'b', 'n'], [2, 0, 1])
    >>> tokenizer.decode([1, 0, 2])
    'ban'
    """

    unknown: str | None
    tokens: list[str]

    def __init__(self, unknown: str | None = None) -> None:
        """
        Args:
            unknown: None, or a single character.
        Raises:
            ValueError: `unknown` is not a single character; it is named.
        """
        # BEGIN SOLUTION
        if unknown is not None and len(unknown) != 1:
            raise ValueError(f"unknown must be a single character, not {unknown!r}")
        self.unknown = unknown
        self._know(set())
        # END SOLUTION

    @property
    def vocab_size(self) -> int:
        """How many ids there are."""
        # BEGIN SOLUTION
        return len(self.tokens)
        # END SOLUTION

    def train(self, text: str) -> None:
        """Learn the characters of `text`, and forget those of an earlier training."""
        # BEGIN SOLUTION
        self._know(set(text))
        # END SOLUTION

    def _know(self, characters: set[str]) -> None:
        """Make `characters` the known ones, with `unknown`."""
        # BEGIN SOLUTION
        self.tokens = sorted(characters | ({self.unknown} if self.unknown is not None else set()))
        self._ids = {character: place for place, character in enumerate(self.tokens)}
        # END SOLUTION

    def encode(self, text: str) -> list[int]:
        """The id of each character; a character that is not known gets the id of `unknown`.

        Raises:
            ValueError: a character is not known, and there is no `unknown`; the character is named.

        Cost: one look-up for each character.
        """
        # BEGIN SOLUTION
        if self.unknown is not None:
            stand_in = self._ids[self.unknown]
            return [self._ids.get(character, stand_in) for character in text]
        try:
            return [self._ids[character] for character in text]
        except KeyError as error:
            raise ValueError(f"{error.args[0]!r} was not in the text that this tokenizer was trained on") from None
        # END SOLUTION

    def decode(self, ids: Iterable[int]) -> str:
        """The text of these ids: Python's integers, or NumPy's.

        Raises:
            IndexError: an id below 0, or of `vocab_size` or above; it is named.
            TypeError: an id that is no integer.
        """
        # BEGIN SOLUTION
        return "".join(self.tokens[place] for place in checked(ids, self.vocab_size))
        # END SOLUTION


def checked(ids: Iterable[int], vocab_size: int) -> list[int]:
    """The ids as Python's integers.

    Raises:
        IndexError: an id below 0, or of `vocab_size` or above; it is named.
        TypeError: an id that is no integer.

    >>> checked([0, 2], 3)
    [0, 2]
    """
    # BEGIN SOLUTION
    places = [operator.index(place) for place in ids]
    for place in places:
        if not 0 <= place < vocab_size:  # a list would take -1 for its last item
            raise IndexError(f"there is no token {place}; ids go from 0 to {vocab_size - 1}")
    return places
    # END SOLUTION
