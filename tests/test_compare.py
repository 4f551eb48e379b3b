"""The comparison: order of complaints, exact kinds, tolerances by kind of operation."""

import numpy as np
import pytest

from grading.manifest import curriculum
from grading.outcomes import Wrong
from grading.run import Settings, grade
from grading.trees import Mix, solutions
from spec.kit.compare import CANARY, AnyOf, Bounded, assert_close, describe

F = np.float32


def wrong(got, want, kind="composed"):
    with pytest.raises(Wrong) as caught:
        assert_close(got, want, kind)
    return f"{caught.value.expected} | {caught.value.got}"


def test_kind_comes_first():
    assert "an array" in wrong([1.0, 2.0], np.array([1.0, 2.0]))
    assert "an int" in wrong(np.int64(3), 3)
    assert "a float" in wrong(1, 1.0)
    assert "a bool" in wrong(1, True)
    assert "None" in wrong(np.zeros(2), None)


def test_then_dtype_then_shape_then_values():
    assert wrong(np.zeros(3), np.ones(2, F)) == "dtype float32 | dtype float64"
    assert "shape (2,)" in wrong(np.zeros(3), np.ones(2))
    assert "1 of 2 differ, first at [1]" in wrong(np.array([1.0, 3.0]), np.array([1.0, 2.0]))


@pytest.mark.parametrize("got", [np.array([np.nan, 1.0]), np.array([np.inf, 1.0]), np.array([1.0, 1.0])])
def test_not_a_number_is_wrong_where_a_number_is_expected_and_the_reverse(got):
    assert_close(got, got)
    with pytest.raises(Wrong):
        assert_close(got, np.array([2.0, 1.0]))
    with pytest.raises(Wrong):
        assert_close(np.array([2.0, 1.0]), got)


def test_infinities_have_a_sign():
    with pytest.raises(Wrong):
        assert_close(np.array([np.inf]), np.array([-np.inf]))


def test_a_stretchable_shape_is_not_a_shape():
    with pytest.raises(Wrong):
        assert_close(np.zeros((1,)), np.zeros(()))
    with pytest.raises(Wrong):
        assert_close(np.zeros((0,)), np.zeros((3,)))


def test_elementwise_is_held_per_entry():
    want = np.array([1e-6, 1e6])
    assert_close(want * (1 + 1e-10), want, "elementwise")
    with pytest.raises(Wrong):
        assert_close(want + np.array([1e-8, 0]), want, "elementwise")
    assert_close(want + np.array([1e-8, 0]), want, "composed")


def test_a_sum_is_held_to_the_size_of_its_terms():
    assert_close(np.float64([1e-8]), Bounded(np.float64([0.0]), np.float64([1e3])), "reduction")
    with pytest.raises(Wrong):
        assert_close(np.float64([1e-5]), Bounded(np.float64([0.0]), np.float64([1e3])), "reduction")


def test_exact_is_exact():
    with pytest.raises(Wrong):
        assert_close(np.array([1 + 1e-15]), np.array([1.0]), "exact")


def test_any_of_several_answers():
    assert_close(2, AnyOf((1, 2)))
    assert "1 |" in wrong(3, AnyOf((1, 2)))


def test_nested_values_are_named():
    assert wrong({"grad of a": np.zeros(2)}, {"grad of a": np.zeros(3)}).startswith("grad of a: shape (3,)")
    assert wrong([1, (2, 3)], [1, (2, 4)]).startswith("[1][1]: 4")
    assert "keys" in wrong({"a": 1}, {"b": 1})


def test_arguments_are_described_with_dtype_shape_and_small_values():
    assert describe(np.ones((1, 2), F)) == "float32 (1, 2) [[1. 1.]]"
    assert describe(np.ones((3, 2)).T) == "float64 (2, 3) strided [[1. 1. 1.] [1. 1. 1.]]"
    assert describe((slice(1, None), None, ...)) == "(1:, None, ...)"


def test_numpy_scalars_are_held_as_what_they_are():
    assert_close(np.float64(1.0), np.float64(1.0 + 1e-12))
    assert_close(np.int8(3), np.int8(3))
    for got, want in (
        (1.0, np.float64(1.0)),
        (np.float64(1.0), 1.0),
        (np.float32(1), np.float64(1)),
        (np.int8(3), np.int8(4)),
    ):
        with pytest.raises(Wrong):
            assert_close(got, want)


def test_what_differs_in_the_last_digit_only_is_shown_to_the_last_digit():
    with pytest.raises(Wrong) as told:
        assert_close(np.array([np.nextafter(0.1, 1.0)]), np.array([0.1]), "exact")
    assert told.value.expected != told.value.got
    assert "0.1" in told.value.expected
    assert "0.10000000000000002" in told.value.got


def test_a_canary_spoils_every_number_and_nothing_else():
    wants = [
        np.arange(3),
        np.array([0.5, -1.0]),
        np.array([True]),
        3,
        0.0,
        [np.ones(2), {"a": 1.0}],
        Bounded(np.ones(2), 1.0),
    ]
    for want in wants:
        told = want.want if isinstance(want, Bounded) else want
        assert_close(told, want)
        with CANARY, pytest.raises(Wrong):
            assert_close(told, want)
        assert CANARY.spoilt
    for want in ["text", None, np.array([]), np.array([np.nan]), float("inf")]:
        with CANARY:
            assert_close(want, want)
        assert not CANARY.spoilt


def test_a_judge_that_accepts_anything_is_found_out(monkeypatch):
    monkeypatch.setattr("spec.kit.compare._arrays", lambda *given: None)
    report = grade([curriculum().kata("activations")], Settings(Mix(solutions()), "quick", jobs=1), curriculum())
    assert len(report.faults()) == 1
    assert "tampered" in report.faults()[0].cause.got
