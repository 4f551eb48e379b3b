"""Build: scores, submissions, their files, and the board."""

import itertools

import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task

from . import books, draws, oracles, records

# ---------------------------------------------------------------- 5. scoring


@task(5)
@points(3)
@given(pair=draws.rivals())
def test_gains_are_ratios(ask, pair):
    """Times faster, times smaller, share of the accuracy, points lost: baseline against optimised, not the other way round."""
    agree(ask, records.gains, *pair)


@task(5)
@points(4)
@given(pair=draws.rivals())
def test_a_score_is_a_geometric_mean(ask, pair):
    """The cube root of speedup · smaller · kept: 1 for the baseline itself, 0 for a model that gets nothing right."""
    agree(ask, records.score, *pair)


@task(5)
@points(1)
@pytest.mark.parametrize("what", ["gains", "score"])
def test_nothing_to_compare_with_is_refused(ask, what):
    """Seconds or bytes that are not above 0, and a baseline that gets nothing right, are ValueErrors that name the number."""
    good = ["good", 0.5, 100, 1.0, 1.0]
    for place, value in ((3, 0.0), (3, -1.5), (2, 0), (2, -7), (3, draws.NAN)):
        bad = [*good[:place], value, *good[place + 1 :]]
        refuses(ask, ValueError, getattr(records, what), bad, good, naming=[value])
        refuses(ask, ValueError, getattr(records, what), good, bad, naming=[value])
    refuses(ask, ValueError, getattr(records, what), [good[0], 0.0, *good[2:]], good, naming=[0.0])
    refuses(ask, ValueError, getattr(records, what), good, [good[0], -0.25, *good[2:]], naming=[-0.25])


@task(5)
@points(2)
@given(
    speedup=st.sampled_from([10.0, 9.99, 30.0]), smaller=st.sampled_from([4.0, 3.9, 7.0]),
    lost=st.sampled_from([2.0, 1.99, -1.0, 5.0]),
    bars=st.sampled_from([{}, {"speedup": 20.0}, {"points_lost": 6.0, "smaller": 7.0}]),
)  # fmt: skip
def test_every_target_has_its_bar(ask, speedup, smaller, lost, bars):
    """At least as fast, at least as small, and less lost: what is missed is named in this order, whatever else was reached."""
    agree(ask, records.missed_targets, [speedup, smaller, 1.0, lost], bars, kind="exact")


@task(5)
@points(3)
@given(count=st.sampled_from([4, 0, 1, 2, 8]), seed=seeds())
def test_the_front_stays(ask, count, seed):
    """What no other candidate beats in accuracy, bytes and seconds stays, in its order, twins too; the list is left alone."""
    agree(ask, records.front_of, draws.rows(count, seed), kind="exact")


# ------------------------------------------------------------- 6. submissions


@task(6)
@points(2)
def test_types_are_those_of_json(ask):
    """True is no number, 3.0 is an integer, nan and infinity are nothing; the rest is what JSON calls it."""
    for value in books.VALUES:
        assert_close(ask(records.types_of, value), books.types_of(value), "exact", f"types of {value!r}")


@task(6)
@points(6)
@given(document=books.documents(), path=st.sampled_from([None, "entry"]))
def test_a_schema_finds_every_place_that_is_wrong(ask, document, path):
    """Types, constants, bounds, lengths, items, names missing or too many, at any depth: one complaint for each place."""
    want = books.wrong_places(*document.values(), *([] if path is None else [path]))
    assert_close(ask(records.schema_errors, *document.values(), path), want, "exact", "places")


@task(6)
@points(2)
def test_complaints_show_what_is_there(ask):
    """Each value against each schema; a complaint about a number, a string or None has it."""
    for data, rules in itertools.product(books.VALUES, books.SCHEMAS):
        texts, want = ask(records.schema_texts, data, rules), books.wrong_places(data, rules)
        assert_close(sorted(text.partition(": ")[0] for text in texts), want, "exact", "places")
        if want == ["submission"] and not isinstance(data, list | dict):
            require(repr(data) in texts[0], f"a complaint with {data!r}", texts[0])


@task(6)
@points(5)
def test_one_fault_is_one_complaint(ask):
    """A field that is missing, impossible, unknown, or does not follow from the others is complained about, and nothing else is."""
    for faults in books.ONE_FAULT:
        want = {"places": [books.path_of(faults[0])], "as it was": True}
        assert_close(ask(records.validate, faults), want, "exact")


@task(6)
@points(2)
def test_what_is_valid_passes(ask):
    """Rounding in the ninth digit, an unknown number of processors, and more about the environment are no faults."""
    for faults in books.NO_FAULT:
        assert_close(ask(records.validate, faults), {"places": [], "as it was": True}, "exact")
    for data in books.VALUES:
        require(ask(records.validate_anything, data) != [], f"complaints about {data!r}", "none")
    require(ask(records.validate_anything, []) == ["submission"], "a complaint about submission", "another")


@task(6)
@points(4)
@given(
    pair=draws.rivals(),
    narrow=st.booleans(),
    task_=st.sampled_from(["cnn", "gpt"]),
    steps=st.sampled_from([[], ["a", "b"]]),
)
def test_a_submission_is_made(ask, pair, narrow, task_, steps):
    """All fields, in order, of plain numbers that follow from each other; it survives JSON, is valid, and is new each time."""
    rows = [[name, max(accuracy, 0.001) if name == "a" else accuracy, *rest] for name, accuracy, *rest in pair]
    rows = [[*row[:4], max(row[3], row[4])] for row in rows]
    got = ask(records.made, "ada", task_, *rows, steps, narrow)
    names = ["name", "accuracy", "nbytes", "seconds", "p95"]
    data = {
        "schema": "kata-submission/1", "author": "ada", "task": task_, "steps": steps,
        "baseline": dict(zip(names, rows[0], strict=True)), "optimised": dict(zip(names, rows[1], strict=True)),
        "gains": oracles.gains(*rows), "score": oracles.score(*rows)["score"],
    }  # fmt: skip
    want = {
        "fields": [*data, "environment"], "data": data, "environment": True, "by way of JSON": True, "complaints": [],
        "another one is new": True,
    }  # fmt: skip
    assert_close(got, want)


@task(6)
@points(1)
def test_an_impossible_submission_is_not_made(ask):
    """Authors without a name, tasks that do not exist, and impossible numbers are ValueErrors that name them."""
    good = ["a", 0.5, 100, 1.0, 1.0]
    refuses(ask, ValueError, records.make_refused, "", "cnn", good, good, naming=["author"])
    refuses(ask, ValueError, records.make_refused, "ada", "mlp", good, good, naming=["mlp"])
    for place, value in ((1, 1.5), (3, 1e12), (4, 0.5), (4, draws.NAN)):
        bad = [*good[:place], value, *good[place + 1 :]]
        refuses(ask, ValueError, records.make_refused, "ada", "cnn", good, bad, naming=["optimised", value])


@task(6)
@points(2)
@given(name=st.sampled_from(["submission.json", "s", "a b.txt"]), as_text=st.booleans(), twice=st.booleans())
def test_files_keep_submissions(ask, name, as_text, twice):
    """What is written is read, any program can read it, an old file is replaced, and nothing else is left."""
    want = {"same": True, "plain JSON": True, "files": [name]}
    assert_close(ask(records.written, name, as_text, twice), want, "exact")


@task(6)
@points(3)
def test_damaged_files_are_refused(ask):
    """No JSON, half of it, nan in it, brackets without end, or a fault: ValueErrors with the file's name; no file stays that."""
    contents = [b"", b"{", b"\xff\xfe\x00", b"[]", b"{}", "half", "nan", "deep", "good", None]
    want = [*["refused"] * 8, "ada", "nothing is there"]
    assert_close(ask(records.read_content, contents), want, "exact", "what is read")
    got = ask(records.write_invalid, [[["score"], "times", 2.0], [["gains", "kept"], "set", 0.5]])
    for path in ("submission.score", "submission.gains.kept"):
        require(path in got["error"], f"a ValueError that names {path}", got["error"] or "no error")
    assert_close([got["read"], got["files"]], ["old", ["submission.json"]], "exact", "what is there afterwards")


@task(6)
@points(4)
@share(3)
@given(again=st.booleans())
def test_no_kill_leaves_half_a_file(ask, again):
    """At every moment of writing there is the old file (or none) or the new one; what a kill leaves disturbs no later write."""
    want = {"seen": sorted({"old" if again else "nothing is there", "new", "then new"}), "left": ["s.json"]}
    assert_close(ask(records.killed_while_writing, again), want, "exact")
    got = ask(records.full_disk, 1)
    assert_close(got, {"error": True, "read": "old", "files": 1}, "exact", "on a full disk")


# ------------------------------------------------------------------ 7. board


@task(7)
@points(5)
@given(claim=books.claims())
def test_claims_are_held_against_a_second_measurement(ask, claim):
    """Too slow a second time, other bytes, another accuracy: each is complained about; faster and another machine are welcome."""
    tolerance = claim["tolerance"][0] if claim["tolerance"] else 0.25
    want = books.broken_claims(claim["before"], claim["after"], claim["again"], tolerance)
    assert_close(ask(records.irreproducible, *claim.values()), want, "exact", "places")


@task(7)
@points(2)
def test_equal_scores_stand_as_they_came(ask):
    """Of equal scores the earlier stands first, whatever its author is called; both have the better rank."""
    for authors in (["dan", "ada", "cyd", "bob"], ["ada", "dan", "bob"]):
        entries = [books.entry(author, power=1) for author in authors]
        entries[2:2] = [books.entry("eve", power=2), books.entry("eve", "gpt", power=1)]
        assert_close(ask(records.board, entries, False, []), books.board(entries, False, []))


@task(7)
@points(6)
@given(entries=books.days(), reopen=st.booleans(), tolerance=st.sampled_from([[], [0.5], [0.1]]))
def test_a_day_at_the_board(ask, entries, reopen, tolerance):
    """Invalid and boastful entries are refused, each author keeps the best, ties share a rank; what counts was measured again."""
    assert_close(ask(records.board, entries, reopen, tolerance), books.board(entries, reopen, tolerance))


@task(7)
@points(2)
def test_a_board_that_cannot_be_written_is_as_before(ask):
    """Where the file cannot be written, the error goes on and nothing has changed; later the same entry is welcome."""
    got = ask(records.board_cannot_be_written)
    assert_close(got, {"error": True, "standings then": 0, "later": True}, "exact")


@task(7)
@points(2)
def test_a_kill_leaves_a_whole_board(ask):
    """At every moment of adding an entry, the file holds the board from before or the one after."""
    assert_close(ask(records.board_killed), {"seen": [1, 2], "left": ["b.json"]}, "exact")


@task(7)
@points(2)
def test_damaged_boards_are_refused(ask):
    """A file that is no board is a ValueError that names it; so is a tolerance that is not from 0 to 1."""
    for content in ("half", "empty", "list", "text", "deep"):
        refuses(ask, ValueError, records.board_from, content, naming=["board.json"])
    for tolerance in (-0.1, 1.5, draws.NAN):
        refuses(ask, ValueError, records.tolerance_refused, tolerance, naming=[tolerance])
