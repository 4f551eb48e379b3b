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
        raise NotImplementedError("m10: CharTokenizer.__init__")

    @property
    def vocab_size(self) -> int:
        """How many ids there are."""
        raise NotImplementedError("m10: CharTokenizer.vocab_size")

    def train(self, text: str) -> None:
        """Learn the characters of `text`, and forget those of an earlier training."""
        raise NotImplementedError("m10: CharTokenizer.train")

    def _know(self, characters: set[str]) -> None:
        """Make `characters` the known ones, with `unknown`."""
        raise NotImplementedError("m10: CharTokenizer._know")

    def encode(self, text: str) -> list[int]:
        """The id of each character; a character that is not known gets the id of `unknown`.

        Raises:
            ValueError: a character is not known, and there is no `unknown`; the character is named.

        Cost: one look-up for each character.
        """
        raise NotImplementedError("m10: CharTokenizer.encode")

    def decode(self, ids: Iterable[int]) -> str:
        """The text of these ids: Python's integers, or NumPy's.

        Raises:
            IndexError: an id below 0, or of `vocab_size` or above; it is named.
            TypeError: an id that is no integer.
        """
        raise NotImplementedError("m10: CharTokenizer.decode")


def checked(ids: Iterable[int], vocab_size: int) -> list[int]:
    """The ids as Python's integers.

    Raises:
        IndexError: an id below 0, or of `vocab_size` or above; it is named.
        TypeError: an id that is no integer.

    >>> checked([0, 2], 3)
    [0, 2]
    """
    raise NotImplementedError("m10: checked")
