"""Use: tokenizers and documents, streams, figures and files together."""

from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, require, task

from . import probes
from .draws import SPECIALS, texts
from .test_build import CORPORA, MERGES, size


@task(5)
@points(4)
@given(merges=MERGES, end=st.sampled_from(["<|end|>", "\n", "a"]), corpus=st.lists(texts(10), min_size=1, max_size=4))
def test_documents_with_an_end_token_stay_apart(ask, merges, end, corpus):
    """Documents joined by a special token have the ids of each of them, one after the other: none leaks into the next."""
    corpus = [text.replace(end, "") for text in corpus]
    got = ask(probes.documents, corpus, size(merges, [end]), end)
    assert_close(got["in one go"], got["one by one"], "exact")


@task(4)
@points(3)
@given(merges=MERGES, corpus=CORPORA, text=texts())
def test_a_text_can_be_shown_token_by_token(ask, merges, corpus, text):
    """The bytes of one token after another, put together by a UTF-8 decoder, are the text, even where characters are cut."""
    shown = ask(probes.token_by_token, corpus, size(merges), text)
    assert_close(shown, text, "exact")


@task(3)
@points(3)
@given(first=st.integers(0, 8), more=st.integers(1, 8), corpus=CORPORA)
def test_a_small_vocabulary_is_the_beginning_of_a_large_one(ask, first, more, corpus):
    """With a larger vocabulary the first merges are the same, and as each merge happens somewhere, the texts are shorter."""
    got = ask(probes.growing, corpus, [size(first), size(first + more)])
    small, large = got["merges"]
    assert_close(large[: len(small)], small, "exact", "the first merges")
    fewer = got["tokens"][0] - got["tokens"][1]
    extra = len(large) - len(small)
    require(fewer >= extra, f"at least {extra} tokens fewer, one for each merge", f"{fewer} fewer")


@task(6)
@points(2)
@given(special=SPECIALS, merges=MERGES, first=CORPORA, second=CORPORA)
def test_a_loaded_tokenizer_can_be_trained(ask, special, merges, first, second):
    """A tokenizer from a file, trained on other texts, is as a new one trained on them."""
    got = ask(probes.loaded_and_retrained, first, second, size(merges, special), special)
    assert_close(got["loaded"], got["new"], "exact")


@task(8)
@points(3)
@given(special=SPECIALS, merges=MERGES, corpus=CORPORA, text=texts())
def test_figures_of_a_learnt_vocabulary(ask, special, merges, corpus, text):
    """token_stats counts ids, characters, bytes, tokens, different tokens, and bytes for each token."""
    agree(ask, probes.stats, corpus, size(merges, special), special, text)


@task(8)
@points(2)
@given(unknown=st.sampled_from(["?", "é"]), train_on=texts(), text=texts())
def test_figures_of_characters(ask, unknown, train_on, text):
    """token_stats serves any tokenizer: here one of characters."""
    agree(ask, probes.char_stats, train_on, unknown, text)
