"""The same questions answered slowly, with bytes in place of ids, and by counting everything again for every merge."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np

PATTERN = re.compile(r"'(?:[sdmt]|ll|ve|re)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")

BYTES = [bytes([value]) for value in range(256)]

# ---------------------------------------------------------------------- characters


def char_tokens(text, unknown):
    return sorted(set(text) | ({unknown} if unknown else set()))


def characters(text, unknown, other):
    tokens = char_tokens(text, unknown)
    ids = [tokens.index(character if character in tokens else unknown) for character in other]
    return {"tokens": tokens, "vocab_size": len(tokens), "ids": ids, "text": "".join(tokens[i] for i in ids)}


def characters_retrained(first, second, unknown):
    return characters(second, unknown, second)


# ---------------------------------------------------------------- words and pairs


def words(text):
    return [found.group() for found in PATTERN.finditer(text)]


def pairs(rows):
    counts = Counter()
    for ids, count in rows:
        for place in range(len(ids) - 1):
            counts[ids[place], ids[place + 1]] += count
    return sorted([*pair, count] for pair, count in counts.items())


def merge(ids, pair, new_id):
    return {"merged": joined_up(ids, *pair, new_id), "a new list": True}


def joined_up(parts, left, right, made):
    """`parts` with `made` for every `left` that is followed by `right`, from left to right."""
    done, open_left = [], False
    for part in parts:
        if open_left and part == right:
            done[-1], open_left = made, False
        else:
            done.append(part)
            open_left = part == left  # what was just made cannot be taken again
    return done


# ------------------------------------------------------------------------ training


def cut(text, special):
    """Pieces (text, whether it is special): character by character, the longest special token at each."""
    pieces, plain, place = [], "", 0
    while place < len(text):
        found = max((one for one in special if text.startswith(one, place)), key=len, default="")
        if found:
            pieces += [(plain, False)] * bool(plain) + [(found, True)]
            plain, place = "", place + len(found)
        else:
            plain, place = plain + text[place], place + 1
    return pieces + [(plain, False)] * bool(plain)


def spelled(texts, special):
    """Every word of the texts, as its list of single bytes, special tokens left out."""
    plain = [piece for text in texts for piece, is_special in cut(text, special) if not is_special]
    return [[bytes([value]) for value in word.encode()] for piece in plain for word in words(piece)]


def slow_merges(parts, wanted):
    """The pairs of bytes that are merged, in order. No two tokens have the same bytes, so bytes do for ids."""
    merges = []
    while len(merges) < wanted:
        counts = Counter()
        for part in parts:
            for place in range(len(part) - 1):
                counts[part[place], part[place + 1]] += 1
        if not counts:
            break
        left, right = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append((left, right))
        parts = [joined_up(part, left, right, left + right) if len(part) > 1 else part for part in parts]
    return merges


def vocabulary(texts, vocab_size, special):
    """The merges as bytes, and all tokens."""
    merges = slow_merges(spelled(texts, special), vocab_size - 256 - len(special))
    return merges, [*BYTES, *(left + right for left, right in merges), *(one.encode() for one in special)]


def train(texts, vocab_size, special):
    merges, tokens = vocabulary(texts, vocab_size, special)
    return {
        "merges": [[tokens.index(left), tokens.index(right)] for left, right in merges],
        "tokens from 256 on": tokens[256:],
        "single bytes": tokens[:256] == BYTES,
        "vocab_size": len(tokens),
        "special_ids": {one: 256 + len(merges) + place for place, one in enumerate(special)},
    }


def train_from_iterator(texts, vocab_size, special):
    return train(texts, vocab_size, special)


def train_with_a_list_that_changes(text, vocab_size, special):
    return train([text], vocab_size, special)


def retrain(first, second, vocab_size, special):
    merges, tokens = vocabulary(second, vocab_size, special)
    return {**train(second, vocab_size, special), "ids": encoded("".join(second), merges, special, tokens)}


def fast_merges(text, wanted):
    """As `slow_merges`, but every different word is counted once: for texts of some thousand words."""
    rows = [[[bytes([value]) for value in word.encode()], count] for word, count in Counter(words(text)).items()]
    return recounted(rows, wanted)


def recounted(rows, wanted):
    """Merges of rows [word, count]; all words are gone through again for every merge."""
    merges, rows = [], [list(row) for row in rows]
    for _ in range(wanted):
        counts = Counter()
        for part, count in rows:
            for pair in pairwise(part):
                counts[pair] += count
        if not counts:
            break
        left, right = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append((left, right))
        for row in rows:
            if left in row[0] and right in row[0]:
                row[0] = joined_up(row[0], left, right, left + right)
    return merges


def as_ids(merges):
    """Merges of bytes, as merges of ids."""
    place = {token: i for i, token in enumerate([*BYTES, *(left + right for left, right in merges)])}
    return [[place[left], place[right]] for left, right in merges]


# --------------------------------------------------------------- encoding, decoding


def encoded(text, merges, special, tokens):
    """Every merge that was learnt, in order, over every word."""
    ids = []
    for piece, is_special in cut(text, special):
        if is_special:
            ids.append(256 + len(merges) + special.index(piece))
            continue
        for word in words(piece):
            part = [bytes([value]) for value in word.encode()]
            for left, right in merges:
                part = joined_up(part, left, right, left + right)
            ids += [tokens.index(token) for token in part]  # the first: a special token may have the same bytes
    return ids


def encode(texts, vocab_size, special, text, find):
    merges, tokens = vocabulary(texts, vocab_size, special)
    ids = encoded(text, merges, special if find else (), tokens)
    return {"ids": ids, "once more": ids}


def decode(texts, vocab_size, special, places, as_array):
    _, tokens = vocabulary(texts, vocab_size, special)
    found = b"".join(tokens[place % len(tokens)] for place in places)
    return {"bytes": found, "text": found.decode(errors="replace")}


# ---------------------------------------------------------------- files and figures


def saved_and_loaded(texts, vocab_size, special, text, name):
    merges, tokens = vocabulary(texts, vocab_size, special)
    return {
        "files": [name],
        "loaded": train(texts, vocab_size, special),
        "ids": encoded(text, merges, special, tokens),
    }


def stats(texts, vocab_size, special, text):
    merges, tokens = vocabulary(texts, vocab_size, special)
    ids = encoded(text, merges, special, tokens)
    return figures(len(tokens), text, ids)


def char_stats(train_on, unknown, text):
    answer = characters(train_on, unknown, text)
    return figures(answer["vocab_size"], text, answer["ids"])


def figures(vocab_size, text, ids):
    size = len(text.encode())
    return {
        "vocab_size": vocab_size,
        "characters": len(text),
        "bytes": size,
        "tokens": len(ids),
        "used": len(set(ids)),
        "bytes_per_token": size / len(ids) if ids else 0.0,
    }


def utf8_bytes(code_point):
    return len(chr(code_point).encode())


def table_bytes(vocab_size, dim, dtype):
    return np.zeros((vocab_size, dim), dtype).nbytes


def sequence_bytes(tokens, dim, dtype):
    return np.zeros((tokens, dim), dtype).nbytes + np.zeros((tokens, tokens), dtype).nbytes


def longest_text(spare, vocab_size, dim, bytes_per_token, dtype):
    """`spare`: bytes of the budget beyond the table."""
    tokens = 0
    while sequence_bytes(tokens + 1, dim, dtype) <= spare:
        tokens += 1
    return tokens * bytes_per_token
