"""The most frequent pair from a heap; encoding by ranks of bytes, one merge at a time; a file of lines that counts itself."""

from __future__ import annotations

import heapq
import os
from collections import Counter
from itertools import pairwise

from .pairs import cut_at, split_words


class Backwards:
    """A pair of bytes for which greater is less."""

    def __init__(self, pair):
        self.pair = pair

    def __lt__(self, other):
        return self.pair > other.pair


class BPETokenizer:
    def __init__(self, special_tokens=()):
        names = tuple(special_tokens)
        if "" in names or len(set(names)) < len(names):
            raise ValueError(f"empty or repeated special tokens in {names}")
        self.special_tokens = names
        self.merges = []

    @property
    def tokens(self):
        tokens = [bytes([value]) for value in range(256)]
        for left, right in self.merges:
            tokens.append(tokens[left] + tokens[right])
        return (*tokens, *(special.encode("utf-8") for special in self.special_tokens))

    @property
    def vocab_size(self):
        return 256 + len(self.merges) + len(self.special_tokens)

    @property
    def special_ids(self):
        return {name: self.vocab_size - len(self.special_tokens) + i for i, name in enumerate(self.special_tokens)}

    def train(self, text, vocab_size):
        room = vocab_size - len(self.special_tokens) - 256
        if room < 0:
            raise ValueError(f"no room for the bytes in a vocabulary of {vocab_size}")
        counted = Counter()
        for document in (text,) if isinstance(text, str) else text:
            for piece, special in cut_at(document, self.special_tokens):
                counted.update(() if special else split_words(piece))
        self.merges = self._learn([[*word.encode("utf-8")] for word in counted], [*counted.values()], room)

    def _learn(self, words, times, room):
        tokens = {value: bytes([value]) for value in range(256)}
        counts, users = Counter(), {}
        for place, word in enumerate(words):
            for pair in pairwise(word):
                counts[pair] += times[place]
                users.setdefault(pair, []).append(place)

        def entry(pair):
            return -counts[pair], Backwards((tokens[pair[0]], tokens[pair[1]])), pair

        heap, merges = [entry(pair) for pair in counts], []
        heapq.heapify(heap)
        while heap and len(merges) < room:
            count, _, pair = heapq.heappop(heap)
            if count == 0 or -count != counts[pair]:
                continue  # out of date: there is another entry for it
            new = 256 + len(merges)
            merges.append(list(pair))
            tokens[new] = tokens[pair[0]] + tokens[pair[1]]
            changed = set()
            for place in dict.fromkeys(users.pop(pair)):
                old = words[place]
                for gone in pairwise(old):
                    counts[gone] -= times[place]
                    changed.add(gone)
                done, at = [], 0
                while at < len(old):
                    hit = tuple(old[at : at + 2]) == pair
                    done.append(new if hit else old[at])
                    at += 2 if hit else 1
                words[place] = done
                for come in pairwise(done):
                    counts[come] += times[place]
                    changed.add(come)
                    users.setdefault(come, []).append(place)
            for other in changed:
                if counts[other] > 0:
                    heapq.heappush(heap, entry(other))
        return merges

    def encode(self, text, special=True):
        tokens = self.tokens
        learnt = len(tokens) - len(self.special_tokens)
        ranks = {token: place for place, token in enumerate(tokens[:learnt])}
        ids = []
        for piece, is_special in cut_at(text, self.special_tokens if special else ()):
            if is_special:
                ids.append(self.special_ids[piece])
                continue
            for word in split_words(piece):
                parts = [bytes([value]) for value in word.encode("utf-8")]
                while True:
                    pairs = [a + b for a, b in pairwise(parts)]
                    best = min(range(len(pairs)), key=lambda i: ranks.get(pairs[i], learnt), default=None)
                    if best is None or pairs[best] not in ranks:
                        break
                    parts[best : best + 2] = [pairs[best]]
                ids.extend(ranks[part] for part in parts)
        return ids

    def decode_bytes(self, ids):
        tokens, found = self.tokens, bytearray()
        for i in ids:
            if isinstance(i, float) or not hasattr(i, "__index__"):
                raise TypeError(f"{i!r} is no id")
            if i < 0 or i >= len(tokens):
                raise IndexError(f"id {i} is out of range for {len(tokens)} tokens")
            found += tokens[i]
        return bytes(found)

    def decode(self, ids):
        return str(self.decode_bytes(ids), "utf-8", "replace")

    def save(self, path):
        lines = [special.encode("utf-8").hex() for special in self.special_tokens]
        lines += [f"{left} {right}" for left, right in self.merges]
        with open(path, "w", encoding="ascii", newline="\n") as file:
            print("lines", len(self.special_tokens), len(self.merges), *lines, "end", sep="\n", file=file)

    @classmethod
    def load(cls, path):
        with open(path, "rb") as file:
            lines = file.read().decode("latin-1").splitlines()
        if len(lines) < 4 or lines[0] != "lines" or lines[-1] != "end":
            raise ValueError(f"{os.fspath(path)}: not a whole vocabulary")
        specials, merges = int(lines[1]), int(lines[2])
        if len(lines) != 4 + specials + merges:
            raise ValueError(f"{os.fspath(path)}: lines are missing")
        tokenizer = cls([bytes.fromhex(line).decode("utf-8") for line in lines[3 : 3 + specials]])
        tokenizer.merges = [list(map(int, line.split())) for line in lines[3 + specials : -1]]
        return tokenizer
