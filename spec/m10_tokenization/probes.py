"""How the laws of m10 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.BPETokenizer`, `tt.split_words`, … A probe gets texts, numbers and lists, and returns such.
"""

import codecs
import itertools
import os
import pathlib
import tempfile

import numpy as np

# ---------------------------------------------------------------------- characters


def char_tokenizer(tt, text, unknown):
    tokenizer = tt.CharTokenizer() if unknown is None else tt.CharTokenizer(unknown=unknown)
    tokenizer.train(text)
    return tokenizer


def described(tokenizer, other):
    ids = tokenizer.encode(other)
    return {
        "tokens": list(tokenizer.tokens),
        "vocab_size": tokenizer.vocab_size,
        "ids": ids,
        "text": tokenizer.decode(np.array(ids, np.int64)),  # NumPy's integers are as good as Python's
    }


def characters(tt, text, unknown, other):
    return described(char_tokenizer(tt, text, unknown), other)


def characters_retrained(tt, first, second, unknown):
    tokenizer = char_tokenizer(tt, first, unknown)
    tokenizer.encode(first)
    tokenizer.train(second)
    return described(tokenizer, second)


def char_decode(tt, text, ids):
    return char_tokenizer(tt, text, None).decode(ids)


# ---------------------------------------------------------------- words and pairs


def words(tt, text):
    return tt.split_words(text)


def pairs(tt, rows):
    return sorted([*pair, count] for pair, count in tt.pair_counts(rows).items() if count)


def merge(tt, ids, pair, new_id):
    merged = tt.merge_pair(ids, pair, new_id)
    return {"merged": merged, "a new list": merged is not ids}


# ------------------------------------------------------------------------ training


def trained(tt, texts, vocab_size, special):
    """A tokenizer that was trained on these texts. A single text is given as it is."""
    tokenizer = tt.BPETokenizer(list(special)) if special else tt.BPETokenizer()
    tokenizer.train(texts[0] if len(texts) == 1 else texts, vocab_size)
    return tokenizer


def vocabulary(tokenizer):
    return {
        "merges": [[int(left), int(right)] for left, right in tokenizer.merges],
        "tokens from 256 on": list(tokenizer.tokens[256:]),
        "single bytes": list(tokenizer.tokens[:256]) == [bytes([value]) for value in range(256)],
        "vocab_size": tokenizer.vocab_size,
        "special_ids": dict(tokenizer.special_ids),
    }


def train(tt, texts, vocab_size, special):
    return vocabulary(trained(tt, texts, vocab_size, special))


def train_from_iterator(tt, texts, vocab_size, special):
    tokenizer = tt.BPETokenizer(special)
    tokenizer.train((text for text in texts), vocab_size)
    return vocabulary(tokenizer)


def train_with_a_list_that_changes(tt, text, vocab_size, special):
    """The list of special tokens is the caller's, who may go on to use it."""
    names = list(special)
    tokenizer = tt.BPETokenizer(names)
    names[:] = ["other", *reversed(names)]
    tokenizer.train(text, vocab_size)
    return vocabulary(tokenizer)


def retrain(tt, first, second, vocab_size, special):
    tokenizer = trained(tt, first, vocab_size, special)
    other = trained(tt, first, vocab_size, special)
    tokenizer.encode("".join(first))
    tokenizer.train(second, vocab_size)
    other.train(first, vocab_size)  # another tokenizer's training is its own affair
    return {**vocabulary(tokenizer), "ids": tokenizer.encode("".join(second))}


# --------------------------------------------------------------- encoding, decoding


def encode(tt, texts, vocab_size, special, text, find):
    """The ids, and those of a second call, after the first list has been written into."""
    tokenizer = trained(tt, texts, vocab_size, special)
    ids = tokenizer.encode(text) if find else tokenizer.encode(text, special=False)
    answer = list(ids) if isinstance(ids, list) else ids
    ids.append(-1)
    ids[:] = [-1] * len(ids)
    return {"ids": answer, "once more": tokenizer.encode(text, special=find)}


def round_trip(tt, texts, vocab_size, special, text, find):
    tokenizer = trained(tt, texts, vocab_size, special)
    ids = tokenizer.encode(text, special=find)
    return {"text": tokenizer.decode(ids), "bytes": tokenizer.decode_bytes(ids)}


def untrained_round_trip(tt, text):
    tokenizer = tt.BPETokenizer()
    ids = tokenizer.encode(text)
    return {"ids": ids, "text": tokenizer.decode(ids)}


def encode_code_points(tt, code_points):
    """Half of a surrogate pair is a character for Python, but no text: so it comes as a number."""
    return tt.BPETokenizer().encode("".join(map(chr, code_points)))


def decode(tt, texts, vocab_size, special, places, as_array):
    """`places` are taken around, modulo the size of the vocabulary."""
    tokenizer = trained(tt, texts, vocab_size, special)
    ids = [place % tokenizer.vocab_size for place in places]
    ids = np.array(ids, np.int64) if as_array else ids
    return {"bytes": tokenizer.decode_bytes(ids), "text": tokenizer.decode(ids)}


def decode_just_these(tt, texts, vocab_size, special, ids, as_bytes):
    tokenizer = trained(tt, texts, vocab_size, special)
    return tokenizer.decode_bytes(ids) if as_bytes else tokenizer.decode(ids)


def token_by_token(tt, texts, vocab_size, text):
    """What a program shows that prints every token as it comes."""
    tokenizer = trained(tt, texts, vocab_size, [])
    decoder = codecs.getincrementaldecoder("utf-8")()
    shown = [decoder.decode(tokenizer.decode_bytes([place])) for place in tokenizer.encode(text)]
    return "".join(shown) + decoder.decode(b"", final=True)


def documents(tt, texts, vocab_size, end):
    """The ids of many documents, each closed by `end`: in one go, and one after the other."""
    tokenizer = trained(tt, [end.join(texts)], vocab_size, [end])
    one_by_one = [place for text in texts for place in (*tokenizer.encode(text), tokenizer.special_ids[end])]
    return {"in one go": tokenizer.encode("".join(text + end for text in texts)), "one by one": one_by_one}


def growing(tt, texts, sizes):
    """For every vocabulary size: the merges, and how many tokens the texts become."""
    tokenizers = [trained(tt, texts, size, []) for size in sizes]
    return {
        "merges": [vocabulary(tokenizer)["merges"] for tokenizer in tokenizers],
        "tokens": [sum(len(tokenizer.encode(text)) for text in texts) for tokenizer in tokenizers],
    }


# --------------------------------------------------------------------------- files


def saved_and_loaded(tt, texts, vocab_size, special, text, name):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        trained(tt, ["something else", "before"], 258, []).save(path)
        trained(tt, texts, vocab_size, special).save(path)
        files = os.listdir(folder)
        tokenizer = tt.BPETokenizer.load(pathlib.Path(path))
    return {"files": files, "loaded": vocabulary(tokenizer), "ids": tokenizer.encode(text)}


def load_cut_short(tt, texts, vocab_size, special, where, how):
    """Load a file of which the end is missing: from some byte, a few bytes before the end, or the end of a line on."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "cut.vocab")
        trained(tt, texts, vocab_size, special).save(path)
        with open(path, "rb") as file:
            content = file.read().rstrip()
        ends = [place + 1 for place, value in enumerate(content) if value == 10]
        if how == "at a line" and ends:
            length = ends[where % len(ends)]
        elif how == "near the end":
            length = max(0, len(content) - 1 - where % 8)
        else:
            length = where % max(1, len(content))
        with open(path, "wb") as file:
            file.write(content[:length])
        return vocabulary(tt.BPETokenizer.load(path))


def load_content(tt, content, name):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        return vocabulary(tt.BPETokenizer.load(path))


def loaded_and_retrained(tt, first, second, vocab_size, special):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.vocab")
        trained(tt, first, vocab_size, special).save(path)
        tokenizer = tt.BPETokenizer.load(path)
    tokenizer.train(second, vocab_size)
    return {"loaded": vocabulary(tokenizer), "new": vocabulary(trained(tt, second, vocab_size, special))}


# ----------------------------------------------------------------------- figures


def stats(tt, texts, vocab_size, special, text):
    return tt.token_stats(trained(tt, texts, vocab_size, special), text)


def char_stats(tt, train_on, unknown, text):
    return tt.token_stats(char_tokenizer(tt, train_on, unknown), text)


def utf8_bytes(tt, code_point):
    return tt.reflect.utf8_bytes(code_point)


def most_merges(tt, lengths):
    """The formula, and the merges of a training on such words: no two have a byte in common, none is there twice."""
    letters = iter("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    texts = ["".join(itertools.islice(letters, length)) for length in lengths]
    formula = tt.reflect.most_merges(lengths)
    return {"formula": formula, "measured": len(trained(tt, [*texts, ""], 1000, []).merges)}


def longest_token(tt, merges):
    formula = tt.reflect.longest_token(merges)
    tokens = trained(tt, ["a" * 2**merges], 256 + merges, []).tokens
    return {"formula": formula, "measured": max(len(token) for token in tokens)}


def table_bytes(tt, vocab_size, dim, dtype):
    return tt.reflect.table_bytes(vocab_size, dim, np.dtype(dtype).itemsize)


def sequence_bytes(tt, tokens, dim, dtype):
    return tt.reflect.sequence_bytes(tokens, dim, np.dtype(dtype).itemsize)


def pairs_saved(tt, text, vocab_size):
    """The formula, and the pairs that are counted before and after a training."""
    before, after = tt.BPETokenizer(), trained(tt, [text], vocab_size, [])
    density = [tt.token_stats(tokenizer, text)["bytes_per_token"] for tokenizer in (before, after)]
    counted = [len(tokenizer.encode(text)) ** 2 for tokenizer in (before, after)]
    return {"formula": float(tt.reflect.pairs_saved(*density)), "measured": counted[0] / counted[1]}


def longest_text(tt, spare, vocab_size, dim, bytes_per_token, dtype):
    itemsize = np.dtype(dtype).itemsize
    return tt.reflect.longest_text(vocab_size * dim * itemsize + spare, vocab_size, dim, bytes_per_token, itemsize)


# ---------------------------------------------------------------- speed: every call on another text


def keep(tt, text, session):
    """Keep a long text for the calls that come."""
    session["text"], session["count"] = text, itertools.count()


def merges_of_kept(tt, vocab_size, repeat, session):
    for _ in range(repeat):
        tokenizer = tt.BPETokenizer()
        tokenizer.train(f"{session['text']} {next(session['count'])}", vocab_size)
    return [[int(left), int(right)] for left, right in tokenizer.merges]


def keep_trained(tt, text, vocab_size, session):
    session["tokenizer"], session["count"] = trained(tt, [text], vocab_size, []), itertools.count()
    session["words"] = text.split()


def there_and_back(tt, count, repeat, session):
    """Encode and decode a text of `count` words that are all different."""
    words = session["words"]
    for _ in range(repeat):
        start = next(session["count"])
        text = " ".join(f"{words[place % len(words)]}{start + place}" for place in range(count))
        same = session["tokenizer"].decode(session["tokenizer"].encode(text)) == text
    return same
