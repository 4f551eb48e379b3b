"""Reflect: your formulas, held against characters, vocabularies and tables that are really made."""

from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, task
from spec.kit.strategies import one_of

from . import probes
from .draws import texts

EDGES = [0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF, ord("a"), ord("é"), ord("語")]
DTYPES = one_of("float32", "float64", "float16")


@task(8)
@points(2)
@given(code_point=st.one_of(st.sampled_from(EDGES), st.characters(exclude_categories=("Cs",)).map(ord)))
def test_bytes_of_a_character(ask, code_point):
    """utf8_bytes says how many bytes any character takes."""
    agree(ask, probes.utf8_bytes, code_point)


@task(8)
@points(2)
@given(lengths=st.lists(st.integers(1, 8), min_size=0, max_size=6))
def test_merges_until_nothing_is_left(ask, lengths):
    """most_merges says after how many merges a training on words without common bytes has nothing left to do."""
    got = ask(probes.most_merges, lengths)
    assert_close(got["formula"], got["measured"], "exact")


@task(8)
@points(2)
@given(merges=st.integers(0, 9))
def test_the_longest_token(ask, merges):
    """longest_token says how long a token can become, and on a text of one letter it does."""
    got = ask(probes.longest_token, merges)
    assert_close(got["formula"], got["measured"], "exact")


@task(8)
@points(2)
@given(vocab_size=st.integers(1, 400), dim=st.integers(1, 20), dtype=DTYPES)
def test_bytes_of_a_table(ask, vocab_size, dim, dtype):
    """table_bytes is what an array with a row for every token takes."""
    agree(ask, probes.table_bytes, vocab_size, dim, dtype)


@task(8)
@points(2)
@given(tokens=st.integers(0, 60), dim=st.integers(1, 20), dtype=DTYPES)
def test_bytes_of_a_sequence(ask, tokens, dim, dtype):
    """sequence_bytes is what an array of rows and one of all pairs take together."""
    agree(ask, probes.sequence_bytes, tokens, dim, dtype)


@task(8)
@points(3)
@given(merges=st.integers(0, 40), text=texts(30))
def test_pairs_that_a_larger_vocabulary_saves(ask, merges, text):
    """pairs_saved, out of measured bytes per token, is the ratio of the pairs that are counted before and after."""
    got = ask(probes.pairs_saved, text + "abab", 256 + merges)
    assert_close(got["formula"], got["measured"])


@task(8)
@points(3)
@given(
    dtype=DTYPES,
    dim=st.integers(1, 12),
    vocab_size=st.integers(1, 300),
    bytes_per_token=st.integers(1, 5),
    tokens=st.integers(1, 40),
    off=st.sampled_from([0, -1, 1, 5]),
)
def test_the_longest_text_that_fits(ask, dtype, dim, vocab_size, bytes_per_token, tokens, off):
    """longest_text is the most whole tokens of which table and sequence fit, found by trying; one byte less is too few."""
    itemsize = {"float16": 2, "float32": 4, "float64": 8}[dtype]
    spare = max(0, tokens * (tokens + dim) * itemsize + off)
    agree(ask, probes.longest_text, spare, vocab_size, dim, bytes_per_token, dtype)
