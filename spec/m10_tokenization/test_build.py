"""Build: characters, words and pairs, learning merges, any text and back, special tokens, vocabulary files."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, task
from spec.kit.compare import show
from spec.kit.strategies import depends

from . import draws, oracles, probes
from .draws import PIECES, SPECIALS, glued, texts, with_specials

MERGES = st.integers(0, 20)
CORPORA = st.lists(texts(25), min_size=1, max_size=3)
PLACES = st.lists(st.integers(0, 2**16), max_size=8)


def size(merges: int, special=()) -> int:
    """A vocabulary with room for so many merges."""
    return 256 + len(special) + merges


# ---------------------------------------------------------------------- 1. characters


@task(1)
@points(3)
@given(first=texts(), seed=st.integers(0, 2**16), count=st.integers(0, 20))
def test_characters_become_their_places_in_order(ask, first, seed, count):
    """Each character becomes its place among the sorted characters of the training text, and ids become text again."""
    agree(ask, probes.characters, first, None, glued(sorted(set(first)), count, seed))


@task(1)
@points(2)
@given(unknown=st.sampled_from(["?", "a", "\ufffd", "🙂", " "]), first=texts(), other=texts())
def test_unknown_characters_become_the_stand_in(ask, unknown, first, other):
    """With a stand-in, that is always in the vocabulary, once; every character that was not learnt gets its id."""
    agree(ask, probes.characters, first, unknown, other)


@task(1)
@points(1)
@given(unknown=st.sampled_from([None, "?"]), first=texts(8), second=texts(8))
def test_characters_of_an_earlier_training_are_forgotten(ask, unknown, first, second):
    """After a second training only the characters of the second text are known."""
    agree(ask, probes.characters_retrained, first, second, unknown)


@task(1)
@points(1)
@given(first=texts(), missing=st.sampled_from(["Z", "7", "é", "ॐ", "~"]))
def test_characters_that_were_not_learnt_are_refused(ask, first, missing):
    """Without a stand-in, a character that is not known is a ValueError that names it."""
    refuses(ask, ValueError, probes.characters, first.replace(missing, ""), None, first + missing, naming=[missing])


@task(1)
@points(2)
@given(first=texts(10), beyond=st.sampled_from([0, 1, 1000]), negative=st.booleans())
def test_ids_that_no_character_has_are_refused(ask, first, beyond, negative):
    """An id below 0, or beyond the last character, is an IndexError that names it."""
    wrong = -1 - beyond if negative else len(set(first)) + beyond
    refuses(ask, IndexError, probes.char_decode, first, [*range(len(set(first))), wrong], naming=[wrong])


@task(1)
@points(1)
@given(unknown=st.sampled_from(["", "ab", "<unk>"]))
def test_a_stand_in_is_a_single_character(ask, unknown):
    """A stand-in that is no single character is a ValueError that names it."""
    refuses(ask, ValueError, probes.characters, "abc", unknown, "abc", naming=[unknown])


# ---------------------------------------------------------------- 2. words and pairs


@task(2)
@points(2)
@given(text=st.one_of(texts(), st.text()))
def test_texts_are_cut_into_words(ask, text):
    """The words are the matches of the pattern, spaces and all; nothing of the text is lost."""
    got = agree(ask, probes.words, text)
    require("".join(got) == text, f"words that make {show(text)} together", show("".join(got)))


ID_LISTS = st.lists(st.integers(0, 3), max_size=9)


@task(2)
@points(3)
@given(rows=st.lists(st.tuples(ID_LISTS, st.integers(1, 9)), max_size=4))
def test_pairs_are_counted_where_they_stand(ask, rows):
    """Every two ids side by side count as often as their word occurs, overlapping ones too, and none across words."""
    agree(ask, probes.pairs, rows)


@task(2)
@points(3)
@given(left=st.integers(0, 2), right=st.integers(0, 2), new_id=st.sampled_from([9, 256, 0, 1]), ids=ID_LISTS)
def test_pairs_are_merged_from_left_to_right(ask, left, right, new_id, ids):
    """Every pair becomes the new id, from left to right, each id in one pair only; the given list stays as it was."""
    agree(ask, probes.merge, ids, (left, right), new_id)


# ----------------------------------------------------------------- 3. learning merges


@task(3)
@points(6)
@given(merges=MERGES, corpus=CORPORA)
def test_merges_are_those_of_counting_all_again(ask, merges, corpus):
    """Merges, tokens and ids are those of a slow oracle that goes over the whole text for every merge."""
    agree(ask, probes.train, corpus, size(merges), ())


TIES = {
    "all different": [chr(code) for code in range(ord("a"), ord("z"))],
    "beyond ASCII": ["é", "z", "語", "a", "ß", "~"],
    "short and long tokens": ["ab", "abb", "b", "bb", "ba", "a"],
    "with spaces": [" b", "b ", "ab ", " a"],
}


@task(3)
@points(3)
@given(
    kind=st.sampled_from(list(TIES)), merges=st.integers(1, 12), count=st.integers(2, 16), seed=st.integers(0, 2**16)
)
def test_of_pairs_as_frequent_the_greatest_is_merged(ask, kind, merges, count, seed):
    """Where several pairs are the most frequent, it is the one with the greatest bytes: the left token's, then the right's."""
    agree(ask, probes.train, [glued(TIES[kind], count, seed)], size(merges), ())


@task(3)
@points(2)
@given(few=texts(6), more=st.integers(0, 300))
def test_training_ends_when_no_pairs_are_left(ask, few, more):
    """Of a short text, or of none, every word becomes one token, and the vocabulary is smaller than it could be."""
    agree(ask, probes.train, [few], size(100 + more), ())


@task(3)
@points(2)
@given(merges=MERGES, corpus=st.lists(texts(6, ("two letters", "one letter", "words")), min_size=2, max_size=6))
def test_no_pair_reaches_from_one_text_into_the_next(ask, merges, corpus):
    """Several texts, in a list or coming one by one, are learnt from together, but nothing is merged across their ends."""
    agree(ask, probes.train, corpus, size(merges), ())
    agree(ask, probes.train_from_iterator, corpus, size(merges, ["<|end|>"]), ["<|end|>"])


@task(3)
@points(2)
@given(special=SPECIALS, merges=MERGES, first=CORPORA, second=CORPORA)
def test_an_earlier_training_is_forgotten(ask, special, merges, first, second):
    """Trained again on other texts, a tokenizer is as a new one trained on these; its neighbours stay as they were."""
    agree(ask, probes.retrain, first, second, size(merges, special), special)


@task(3)
@points(1)
@given(special=SPECIALS, missing=st.sampled_from([1, 2, 100, 256]))
def test_vocabularies_without_room_for_the_bytes_are_refused(ask, special, missing):
    """A size below that of the bytes and the special tokens together is a ValueError that names it."""
    wrong = 256 + len(special) - missing
    refuses(ask, ValueError, probes.train, ["some text"], wrong, special, naming=[wrong])


# --------------------------------------------------------------- 4. any text and back


@task(4)
@points(4)
@given(merges=MERGES, find=st.booleans(), corpus=CORPORA, text=st.one_of(texts(), st.text()))
def test_any_text_comes_back(ask, merges, find, corpus, text):
    """Encoded and decoded again, any text in any script is the same, whatever the tokenizer was trained on."""
    got = ask(probes.round_trip, corpus, size(merges, ["<|end|>"]), ["<|end|>"], text, find)
    assert_close(got, {"text": text, "bytes": text.encode()}, "exact")


@task(4)
@points(2)
@given(text=st.one_of(texts(), st.text()))
def test_an_untrained_tokenizer_knows_the_bytes(ask, text):
    """Before training, the ids of a text are its bytes in UTF-8."""
    got = ask(probes.untrained_round_trip, text)
    assert_close(got, {"ids": list(text.encode()), "text": text}, "exact")


ALIKE = depends(lambda draw, drawn: draw(texts(20, tuple(kind for kind in PIECES if kind == drawn["kind"]))))
"""A text of the kind that was drawn before."""


@task(4)
@points(5)
@given(kind=st.sampled_from(list(PIECES)), merges=st.integers(0, 30), first=ALIKE, second=ALIKE, text=ALIKE)
def test_merges_are_done_in_the_order_they_were_learnt(ask, kind, merges, first, second, text):
    """A text becomes the ids that doing every merge, in order, over all its words makes of it; the list is nobody else's."""
    agree(ask, probes.encode, [first, second], size(merges), (), text, True)


@task(4)
@points(3)
@given(special=SPECIALS, merges=MERGES, as_array=st.booleans(), corpus=CORPORA, places=PLACES)
def test_any_ids_have_their_bytes(ask, special, merges, as_array, corpus, places):
    """Any ids give the bytes of their tokens; as text, U+FFFD stands where these are no UTF-8."""
    agree(ask, probes.decode, corpus, size(merges, special), special, places, as_array)


@task(4)
@points(3)
@given(
    beyond=st.sampled_from([0, 1, 1000]), negative=st.booleans(), as_bytes=st.booleans(), special=SPECIALS, text=texts()
)
def test_ids_out_of_range_are_refused(ask, beyond, negative, as_bytes, special, text):
    """An id below 0, or beyond the last token, is an IndexError that names it."""
    there = oracles.train([text], size(4, special), special)["vocab_size"]
    wrong = -1 - beyond if negative else there + beyond
    ids = [there - 1, wrong]
    refuses(ask, IndexError, probes.decode_just_these, [text], size(4, special), special, ids, as_bytes, naming=[wrong])


@task(4)
@points(1)
@given(as_bytes=st.booleans(), wrong=st.sampled_from([1.0, "a", None, 97.5]))
def test_ids_that_are_no_integers_are_refused(ask, as_bytes, wrong):
    """An id that is a float, or text, or None, is a TypeError."""
    refuses(ask, TypeError, probes.decode_just_these, ["abc"], 256, (), [97, wrong], as_bytes)


@task(4)
@points(1)
@given(half=st.sampled_from([0xD800, 0xDFFF, 0xDC00]), before=st.sampled_from([[], [97, 32]]))
def test_half_a_surrogate_pair_is_refused(ask, half, before):
    """What UTF-8 cannot express is a ValueError: no question mark takes its place."""
    refuses(ask, ValueError, probes.encode_code_points, [*before, half])


# ----------------------------------------------------------------- 5. special tokens

SPECIAL_TEXT = depends(lambda draw, drawn: draw(with_specials(drawn["special"])))


@task(5)
@points(5)
@given(special=SPECIALS, merges=MERGES, text=SPECIAL_TEXT, other=SPECIAL_TEXT)
def test_special_tokens_never_come_apart(ask, special, merges, text, other):
    """Special tokens in a text are one id each, the longest where several begin, and all around them is encoded as ever."""
    agree(ask, probes.encode, [other], size(merges, special), special, text, True)


@task(5)
@points(3)
@given(special=SPECIALS, merges=MERGES, text=SPECIAL_TEXT, other=SPECIAL_TEXT)
def test_nothing_is_learnt_from_special_tokens(ask, special, merges, text, other):
    """In training texts, special tokens are not counted, and no pair reaches across them."""
    agree(ask, probes.train, [text, other], size(merges, special), special)


@task(5)
@points(3)
@given(special=SPECIALS, merges=MERGES, text=SPECIAL_TEXT, other=SPECIAL_TEXT)
def test_a_strangers_text_holds_no_special_tokens(ask, special, merges, text, other):
    """With special=False, the text of a special token is text like any other, and comes back as such."""
    got = agree(ask, probes.encode, [other], size(merges, special), special, text, False)
    learnt = oracles.train([other], size(merges, special), special)["vocab_size"] - len(special)
    require(all(i < learnt for i in got["ids"]), f"ids below {learnt}", show(got["ids"]))
    come_back = ask(probes.round_trip, [other], size(merges, special), special, text, False)
    assert_close(come_back, {"text": text, "bytes": text.encode()}, "exact")


@task(5)
@points(1)
@given(special=SPECIALS, merges=MERGES, text=SPECIAL_TEXT)
def test_a_list_of_special_tokens_stays_the_callers(ask, special, merges, text):
    """What becomes of the list of special tokens after a tokenizer was made is nothing to that tokenizer."""
    agree(ask, probes.train_with_a_list_that_changes, text, size(merges, special), special)


@task(5)
@points(1)
@given(special=st.sampled_from([["<a>", "<b>", "<a>"], ["x", "x"]]), text=texts(4))
def test_special_tokens_that_are_there_twice_are_refused(ask, special, text):
    """The same special token twice is a ValueError that names it."""
    refuses(ask, ValueError, probes.train, [text], 300, special, naming=[special[-1]])


@task(5)
@points(1)
@given(special=st.sampled_from([[""], ["<a>", ""]]), text=texts(4))
def test_empty_special_tokens_are_refused(ask, special, text):
    """A special token without any text is a ValueError: it would be everywhere."""
    refuses(ask, ValueError, probes.train, [text], 300, special)


# ------------------------------------------------------------------ 6. vocabulary files

NAMES = st.sampled_from(["vocab", "bpe.json", "a b.vocab", "wörter.txt"])


@task(6)
@points(4)
@given(special=SPECIALS, name=NAMES, merges=MERGES, corpus=CORPORA, text=SPECIAL_TEXT)
def test_a_saved_vocabulary_comes_back(ask, special, name, merges, corpus, text):
    """Saved under exactly the given name, over an older file, and loaded: the same merges, tokens, special tokens and ids."""
    agree(ask, probes.saved_and_loaded, corpus, size(merges, special), special, text, name)


@task(6)
@points(4)
@given(
    how=st.sampled_from(["anywhere", "near the end", "at a line"]),
    merges=st.sampled_from([0, 1, 5, 12]),
    special=SPECIALS,
    where=st.integers(0, 2**16),
    text=texts(),
)
def test_a_file_cut_short_is_refused(ask, how, merges, special, where, text):
    """A vocabulary file of which the end is missing, by a byte, by a line or by more, is a ValueError that names it."""
    refuses(
        ask, ValueError, probes.load_cut_short, [text], size(merges, special), special, where, how, naming=["cut.vocab"]
    )


OTHER_FILES = {
    "empty": b"",
    "zeros": bytes(64),
    "text": "Once upon a time …\n".encode(),
    "a list": b"[]",
    "an object": b"{}",
    "a number": b"7",
    "null": b"null",
    "text in JSON": b'"merges"',
    "another vocabulary": b'{"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}',
    "no UTF-8": b"\xff\xfe\x80 merges",
    "merges as text": b"#version: 0.2\nl o\nlo w\n",
}


@task(6)
@points(2)
@given(kind=st.sampled_from(list(OTHER_FILES)), name=NAMES)
def test_files_of_other_kinds_are_refused(ask, kind, name):
    """A file that holds something else is a ValueError that names it."""
    refuses(ask, ValueError, probes.load_content, OTHER_FILES[kind], name, naming=[name])


@task(6)
@points(1)
@given(name=NAMES)
def test_a_missing_file_is_missing(ask, name):
    """Where there is no file, that is a FileNotFoundError."""
    refuses(ask, FileNotFoundError, probes.load_content, None, name)


# ------------------------------------------------------------- 7. what changed, and no more


@task(7)
@points(4)
@given(seed=st.integers(0, 2**16), words=st.sampled_from([150, 20, 400]), repeated=st.booleans())
def test_many_merges_are_those_of_counting_all_again(ask, seed, words, repeated):
    """On more than a thousand characters, a hundred merges are still those of counting everything again each time."""
    text = draws.zipf_text(words, 1500, seed)
    if repeated:  # runs of one letter, in which pairs overlap
        text = text.replace("a", "aaa").replace("n", "t")
    want = oracles.as_ids(oracles.fast_merges(text, 100))
    got = np.array(ask(probes.train, [text], size(100), ())["merges"]).reshape(-1, 2)
    assert_close(got, np.array(want).reshape(-1, 2), "exact", "merges")
