"""Byte-level byte-pair encoding: a vocabulary that is learnt, and that no text is outside of."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from .characters import checked
from .pairs import cut_at, merge_pair, pair_counts, split_words

FORMAT = "kata bpe 1"


class BPETokenizer:
    """Text as UTF-8 bytes, of which those that often stand side by side have been merged into tokens.

    Ids 0 to 255 are the single bytes. The first merge that was learnt makes id 256, the next 257, and so on; after
    them come the special tokens, in the order given. Before training there are no merges.

    Attributes:
        merges: the pairs of ids that were merged, in the order in which they were learnt: merges[i] makes id 256 + i.
        special_tokens: texts that are one token each, and never come apart.
        tokens: the bytes of every token; id i means tokens[i]. A special token's are its text in UTF-8.

    >>> tokenizer = BPETokenizer(["<|end|>"])
    >>> tokenizer.train("low low lowest", vocab_size=260)
    >>> tokenizer.tokens[256:]
    [b'ow', b'low', b' low', b'<|end|>']
    >>> tokenizer.encode("slow low<|end|>")
    [115, 257, 258, 259]
    """

    merges: list[tuple[int, int]]
    special_tokens: list[str]
    tokens: list[bytes]

    def __init__(self, special_tokens: Sequence[str] = ()) -> None:
        """
        Raises:
            ValueError: a special token is empty, or there twice; it is named.
        """
        raise NotImplementedError("m10: BPETokenizer.__init__")

    @property
    def vocab_size(self) -> int:
        """How many ids there are: bytes, merges, special tokens."""
        raise NotImplementedError("m10: BPETokenizer.vocab_size")

    @property
    def special_ids(self) -> dict[str, int]:
        """The id of each special token, in the order in which they were given."""
        raise NotImplementedError("m10: BPETokenizer.special_ids")

    def _learn(self, merges: list[tuple[int, int]]) -> None:
        """Make `merges` those of this tokenizer, and `tokens` what follows from them."""
        raise NotImplementedError("m10: BPETokenizer._learn")

    # ------------------------------------------------------------------- training

    def train(self, text: str | Iterable[str], vocab_size: int) -> None:
        """Learn merges from one text or from several, and forget those of an earlier training.

        Texts are cut at special tokens, which are not counted, and then into words (`split_words`). Then, again and again,
        the pair that stands side by side most often, within words (`pair_counts`), becomes a new token wherever it
        stands (`merge_pair`). Of pairs with the same count it is the greatest, compared by their bytes: (bytes of the left
        token, bytes of the right one).

        Args:
            text: a text, or an iterable of texts. No pair reaches from one text into the next.
            vocab_size: how many ids there shall be, special tokens included. There are fewer if no pairs are left.
        Raises:
            ValueError: `vocab_size` is too small for the bytes and the special tokens; it is named.

        Cost: one pass over the text; after that a merge should cost no more than the words that hold its pair, and a look
        at each different pair. Merges of a megabyte take about a millisecond each then, the first and the thousandth, where
        counting all over again takes a second.

        Source: Sennrich, Haddow and Birch 2016, Neural machine translation of rare words with subword units.
        """
        raise NotImplementedError("m10: BPETokenizer.train")

    # --------------------------------------------------------- text to ids and back

    def encode(self, text: str, special: bool = True) -> list[int]:
        """The ids of `text`, as a new list.

        In each word (`split_words`) the merge that was learnt first, of those that are possible, is done wherever it
        is possible; then the next, until none is left.

        Args:
            text: any text, in any script.
            special: whether special tokens are found in `text`: from left to right, of several that begin at the same
                character the longest. If not, they are read like all else, and the ids hold no special token: what
                to do with a text that a stranger wrote.
        Raises:
            ValueError: `text` holds half of a surrogate pair, which no UTF-8 can express.

        >>> BPETokenizer().encode("né")
        [110, 195, 169]
        """
        raise NotImplementedError("m10: BPETokenizer.encode")

    def _merged(self, ids: list[int]) -> list[int]:
        """The bytes of one word, merged as far as they can be."""
        raise NotImplementedError("m10: BPETokenizer._merged")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of these ids (Python's integers, or NumPy's), whatever they spell.

        Raises:
            IndexError: an id below 0, or of `vocab_size` or above; it is named.
            TypeError: an id that is no integer.
        """
        raise NotImplementedError("m10: BPETokenizer.decode_bytes")

    def decode(self, ids: Iterable[int]) -> str:
        """The text of these ids; where their bytes are no UTF-8, it holds U+FFFD, as bytes.decode(errors="replace") does.

        Raises: as `decode_bytes`.

        >>> BPETokenizer().decode([110, 195, 169]), BPETokenizer().decode([110, 195])
        ('né', 'n\ufffd')
        """
        raise NotImplementedError("m10: BPETokenizer.decode")

    # ---------------------------------------------------------------------- files

    def save(self, path: str | os.PathLike) -> None:
        """Write all that `load` needs into the file `path`, under exactly that name. How it is written is up to you."""
        raise NotImplementedError("m10: BPETokenizer.save")

    @classmethod
    def load(cls, path: str | os.PathLike) -> BPETokenizer:
        """A new tokenizer, with the vocabulary that another one saved.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file holds no vocabulary, or only a part of one; the file is named.
        """
        raise NotImplementedError("m10: BPETokenizer.load")


def learn_merges(words: list[tuple[list[int], int]], wanted: int) -> list[tuple[int, int]]:
    """The merges that `words`, rows (ids, count), teach: `wanted` of them, or as many as there are.

    >>> learn_merges([([97, 97, 97], 1), ([97, 98], 2)], 9)
    [(97, 98), (97, 97), (257, 97)]
    """
    raise NotImplementedError("m10: learn_merges")
