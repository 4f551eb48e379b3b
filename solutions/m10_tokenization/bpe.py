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
        # BEGIN SOLUTION
        self.special_tokens = list(special_tokens)
        for place, special in enumerate(self.special_tokens):
            if not special or special in self.special_tokens[:place]:
                raise ValueError(f"special tokens must be different from each other and from '': {special!r}")
        self._learn([])
        # END SOLUTION

    @property
    def vocab_size(self) -> int:
        """How many ids there are: bytes, merges, special tokens."""
        # BEGIN SOLUTION
        return len(self.tokens)
        # END SOLUTION

    @property
    def special_ids(self) -> dict[str, int]:
        """The id of each special token, in the order in which they were given."""
        # BEGIN SOLUTION
        first = 256 + len(self.merges)
        return {special: first + place for place, special in enumerate(self.special_tokens)}
        # END SOLUTION

    def _learn(self, merges: list[tuple[int, int]]) -> None:
        """Make `merges` those of this tokenizer, and `tokens` what follows from them."""
        # BEGIN SOLUTION
        self.merges = merges
        self.tokens = [bytes([value]) for value in range(256)]
        for left, right in merges:
            self.tokens.append(self.tokens[left] + self.tokens[right])
        self.tokens += [special.encode() for special in self.special_tokens]
        self._made = {pair: 256 + place for place, pair in enumerate(merges)}
        # END SOLUTION

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
        # BEGIN SOLUTION
        wanted = vocab_size - 256 - len(self.special_tokens)
        if wanted < 0:
            raise ValueError(
                f"vocab_size {vocab_size} is below {256 + len(self.special_tokens)}, which are always there"
            )
        occurrences: Counter[str] = Counter()
        for one in [text] if isinstance(text, str) else text:
            for piece, special in cut_at(one, self.special_tokens):
                if not special:
                    occurrences.update(split_words(piece))
        self._learn(learn_merges([(list(word.encode()), count) for word, count in occurrences.items()], wanted))
        # END SOLUTION

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
        # BEGIN SOLUTION
        ids: list[int] = []
        known: dict[str, list[int]] = {}
        special_ids = self.special_ids
        for piece, is_special in cut_at(text, self.special_tokens if special else ()):
            if is_special:
                ids.append(special_ids[piece])
                continue
            for word in split_words(piece):
                if word not in known:
                    known[word] = self._merged(list(word.encode()))
                ids += known[word]
        return ids
        # END SOLUTION

    def _merged(self, ids: list[int]) -> list[int]:
        """The bytes of one word, merged as far as they can be."""
        # BEGIN SOLUTION
        while len(ids) > 1:
            made = min(self._made.get(pair, len(self.tokens)) for pair in pairwise(ids))
            if made == len(self.tokens):
                break
            ids = merge_pair(ids, self.merges[made - 256], made)
        return ids
        # END SOLUTION

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of these ids (Python's integers, or NumPy's), whatever they spell.

        Raises:
            IndexError: an id below 0, or of `vocab_size` or above; it is named.
            TypeError: an id that is no integer.
        """
        # BEGIN SOLUTION
        return b"".join([self.tokens[place] for place in checked(ids, self.vocab_size)])
        # END SOLUTION

    def decode(self, ids: Iterable[int]) -> str:
        """The text of these ids; where their bytes are no UTF-8, it holds U+FFFD, as bytes.decode(errors="replace") does.

        Raises: as `decode_bytes`.

        >>> BPETokenizer().decode([110, 195, 169]), BPETokenizer().decode([110, 195])
        ('né', 'n\ufffd')
        """
        # BEGIN SOLUTION
        return self.decode_bytes(ids).decode(errors="replace")
        # END SOLUTION

    # ---------------------------------------------------------------------- files

    def save(self, path: str | os.PathLike) -> None:
        """Write all that `load` needs into the file `path`, under exactly that name. How it is written is up to you."""
        # BEGIN SOLUTION
        content = {"format": FORMAT, "special_tokens": self.special_tokens, "merges": self.merges}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)
        # END SOLUTION

    @classmethod
    def load(cls, path: str | os.PathLike) -> BPETokenizer:
        """A new tokenizer, with the vocabulary that another one saved.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file holds no vocabulary, or only a part of one; the file is named.
        """
        # BEGIN SOLUTION
        with open(path, "rb") as file:
            content = file.read()
        try:
            found = json.loads(content)
            if found["format"] != FORMAT:
                raise ValueError(f"its format is {found['format']!r}")
            tokenizer = cls(found["special_tokens"])
            tokenizer._learn([(left, right) for left, right in found["merges"]])
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise ValueError(f"{os.fspath(path)} holds no vocabulary, or is damaged: {error}") from error
        return tokenizer
        # END SOLUTION


def learn_merges(words: list[tuple[list[int], int]], wanted: int) -> list[tuple[int, int]]:
    """The merges that `words`, rows (ids, count), teach: `wanted` of them, or as many as there are.

    >>> learn_merges([([97, 97, 97], 1), ([97, 98], 2)], 9)
    [(97, 98), (97, 97), (257, 97)]
    """
    # BEGIN SOLUTION
    spelled = [ids for ids, _ in words]
    tokens = [bytes([value]) for value in range(256)]
    counts = pair_counts(words)
    holders: defaultdict[tuple[int, int], set[int]] = defaultdict(set)  # may name a word that holds the pair no more
    for place, ids in enumerate(spelled):
        for pair in pairwise(ids):
            holders[pair].add(place)
    merges: list[tuple[int, int]] = []
    while counts and len(merges) < wanted:
        most = max(counts.values())
        best = max(
            (pair for pair, count in counts.items() if count == most),
            key=lambda pair: (tokens[pair[0]], tokens[pair[1]]),
        )
        for place in holders.pop(best):
            before, count = spelled[place], words[place][1]
            after = merge_pair(before, best, len(tokens))
            for pair in pairwise(before):
                counts[pair] -= count
            for pair in pairwise(after):
                counts[pair] = counts.get(pair, 0) + count
                holders[pair].add(place)
            for pair in pairwise(before):
                if counts.get(pair) == 0:
                    del counts[pair]
            spelled[place] = after
        merges.append(best)
        tokens.append(tokens[best[0]] + tokens[best[1]])
    return merges
    # END SOLUTION
