"""What the laws of m10 draw: texts out of pieces and a seed, special tokens, and texts that hold them."""

import random

from spec.kit.strategies import Picked, one_of, whole

PIECES = {
    "two letters": ["a", "b", "aa", " ", "ab"],
    "three letters": ["a", "b", "c", "abc", " ", "cab "],
    "words": ["low ", "lower ", "lowest ", "new ", "newest ", "wide ", "widest", "the ", "The ", "\n"],
    "one letter": ["a", "aaa", "aaaa", " "],
    "scripts": [*"é語ß²٣\u2028", "日本語 ", "привет ", "שלום", "🙂", "🙂‍↕️", "e\u0301", "नमस्ते", "😀😀"],
    "signs": ["_", "__init__", "'s", "'ll ", "'", "''", "...", "!?", "a_b", "(x)", "I've", "x'x", "<|end|>", "\\", "ſ"],
    "white space": [" ", "  ", "\n", "\n\n  ", "\t", "a", " b", "\r\n", "\x00", "\u00a0", "\u3000", "7 "],
    "numbers": ["1", "12", " 3", "3.14", "1e-9", "1_000", "0x1F", ",", " "],
}
"""What texts are made of, by kind."""

ALL = [piece for pieces in PIECES.values() for piece in pieces]


def glued(pieces, count, seed) -> str:
    """`count` of the pieces in an order of this seed; seed 0 takes them as they stand."""
    if not pieces:
        return ""
    if seed == 0:
        return "".join(pieces[place % len(pieces)] for place in range(count))
    rng = random.Random(seed)
    weights = [1 / (1 + place) for place in range(len(pieces))] if seed % 2 else None
    return "".join(rng.choices(pieces, weights, k=count))


def texts(most: int = 30, kinds=(*PIECES, "all")):
    """Texts of at most so many pieces; of one kind, or of all kinds together."""

    def text(draw):
        kind = draw(one_of(*kinds))
        count = draw(whole(0, most))
        return glued(ALL if kind == "all" else PIECES[kind], count, draw(whole(0, 2**16)))

    return Picked(text)


SPECIALS = one_of(
    ("<|end|>",),
    ("<a>", "<a>b"),
    ("<a>b", "<a>", "a>b<"),
    (".*", "|", "[X]", "^"),
    ("\né語",),
    (" low", "lower", "<|end|><|end|>", "<|end|>"),
    ("aa", "a"),
    (),
)
"""Special tokens: some begin alike, some mean something to `re`, some are words like others."""


def with_specials(special, most: int = 14):
    """A text in which special tokens, and parts of them, stand between other pieces."""

    def text(draw):
        count = draw(whole(0, most))
        parts = [piece for one in special for piece in (one, one, one[:-1], one[1:])]
        kind = draw(one_of("words", "three letters", "signs", "all"))
        pieces = (ALL if kind == "all" else PIECES[kind])[:12]
        return glued([piece for piece in parts + pieces if piece], count, draw(whole(0, 2**16)))

    return Picked(text)


def zipf_text(words: int, length: int, seed: int) -> str:
    """`length` letters and spaces: invented words, the n-th of them 1/n times as often as the first."""
    rng = random.Random(seed)
    letters = "etaoinshrdlcumwfgypbvkjxqz"
    weights = [1 / (1 + place) for place in range(26)]
    known = ["".join(rng.choices(letters, weights, k=rng.randint(2, 10))) for _ in range(words)]
    drawn = rng.choices(known, [1 / (1 + rank) for rank in range(words)], k=length // 4)
    return " ".join(drawn)[:length]
