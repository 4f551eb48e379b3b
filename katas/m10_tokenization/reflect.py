"""Formulas about vocabularies, on plain numbers: work them out, then see them held against real texts and tables."""

from __future__ import annotations


def utf8_bytes(code_point: int) -> int:
    """How many bytes UTF-8 takes for the character chr(code_point).

    UTF-8 has 7 bits of the code point in a character of one byte, 11 in two bytes, 16 in three, 21 in four.

    >>> utf8_bytes(ord("a")), utf8_bytes(ord("é")), utf8_bytes(ord("語"))
    (1, 2, 3)
    """
    raise NotImplementedError("m10: utf8_bytes")


def most_merges(word_bytes: list[int]) -> int:
    """After how many merges no pair is left at the latest, if no two words have any bytes in common.

    Args:
        word_bytes: the length in bytes of each different word, each at least 1; no byte occurs twice in a word.

    >>> most_merges([3, 5])
    6
    """
    raise NotImplementedError("m10: most_merges")


def longest_token(merges: int) -> int:
    """Bytes of the longest token that this many merges can make.

    >>> longest_token(0), longest_token(3)
    (1, 8)
    """
    raise NotImplementedError("m10: longest_token")


def table_bytes(vocab_size: int, dim: int, itemsize: int = 4) -> int:
    """Bytes of a table with a row of `dim` numbers for every token: the input of a language model.

    >>> table_bytes(50_257, 768)
    154389504
    """
    raise NotImplementedError("m10: table_bytes")


def sequence_bytes(tokens: int, dim: int, itemsize: int = 4) -> int:
    """Bytes of what a text of so many tokens needs in a model that looks at all pairs of them.

    There is a row of `dim` numbers for every token, and one number for every token seen from every token, itself included.

    >>> sequence_bytes(1024, 768)
    7340032
    """
    raise NotImplementedError("m10: sequence_bytes")


def pairs_saved(bytes_per_token: float, bytes_per_token_after: float) -> float:
    """By what factor there are fewer pairs of tokens (each with each) in a text, after a larger vocabulary was learnt.

    >>> pairs_saved(1.0, 4.0)
    16.0
    """
    raise NotImplementedError("m10: pairs_saved")


def longest_text(budget: int, vocab_size: int, dim: int, bytes_per_token: int, itemsize: int = 4) -> int:
    """Bytes of the longest text whose table and sequence fit together into `budget` bytes, in whole tokens.

    Args:
        budget: enough for the table (`table_bytes`) at least.
        bytes_per_token: of the text, with this vocabulary.

    >>> longest_text(budget=1_000_000, vocab_size=256, dim=64, bytes_per_token=1)
    452
    >>> longest_text(budget=1_000_000, vocab_size=1000, dim=64, bytes_per_token=3)
    1200
    """
    raise NotImplementedError("m10: longest_text")
