"""Failure signatures: each is recognised, and none is seen where it is not."""

import tomllib

import numpy as np
import pytest

from grading.manifest import ROOT
from grading.outcomes import Raised, Timeout, Wrong
from grading.signatures import match

RNG = np.random.default_rng(0)
WANT = RNG.standard_normal((3, 4))


def wrong(got, want=WANT):
    return Wrong("", "", np.asarray(got), np.asarray(want))


CASES = {
    "array-for-tensor": (Raised("AttributeError: 'numpy.ndarray' object has no attribute 'exp'", ()), {}),
    "arguments-changed": (Wrong("", "it changed x"), {}),
    "no-gradient": (Wrong("grad of a: an array, [1.]", "grad of a: None", None, np.ones(1)), {}),
    "second-backward": (Wrong("grad of a after a second backward: 2", "…: 1", np.ones(1), 2 * np.ones(1)), {}),
    "recursion": (Raised("RecursionError: maximum recursion depth exceeded", ()), {}),
    "dtype-creep": (wrong(WANT, WANT.astype(np.float32)), {"pair": [WANT.astype(np.float32)]}),
    "dtype-lost": (wrong(np.float32([np.inf, 1]), np.array([1e40, 1.0])), {"x": np.float32([1e20, 1.0])}),
    "nan-at-large-input": (wrong(np.full(3, np.nan), np.zeros(3)), {"x": np.array([1e4, 0.0, 1.0])}),
    "transposed": (wrong(WANT.T), {}),
    "lost-axis": (wrong(np.zeros(3), np.zeros((3, 1))), {}),
    "wrapped-around": (wrong(np.int32([16, -112, 7]), np.int32([10000, 400, 7])), {}),
    "constant-factor": (wrong(2.5 * WANT), {}),
    "constant-shift": (wrong(WANT + 3), {}),
    "precision": (wrong(WANT.astype(np.float32).astype(np.float64)), {}),
    "slow-loops": (Timeout("no answer after 5 s"), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_signature_is_recognised(name):
    error, arguments = CASES[name]
    found, text = match(error, arguments)
    assert found == name
    assert text
    assert "{" not in text


def test_every_signature_has_a_case():
    with open(ROOT / "spec" / "signatures.toml", "rb") as file:
        assert {row["id"] for row in tomllib.load(file)["signature"]} == set(CASES)


@pytest.mark.parametrize(
    "error",
    [wrong(RNG.standard_normal((3, 4))), wrong(WANT[:2]), Wrong("2", "3"), wrong(np.array(["a"])), wrong(np.zeros(0), np.zeros(0)),
     Raised("ValueError: no", ()), wrong(np.full((3, 4), np.nan)), wrong(np.zeros((3, 4))),
     wrong(np.array([0.5, -0.5]), np.array([2.5, -2.5])), wrong(np.array([0.5, 0.5]), np.array([2.5, 2.5])),
     wrong(np.int32([1, 2, 3]), np.int32([257, 2, 4])), wrong(np.int32([512, 0]), np.int32([1024, 256])), wrong(np.int32([3]), np.int32([3])),
     wrong(WANT, WANT.astype(np.float32)), wrong(np.zeros(3), np.zeros((3, 1), np.float32))],
)  # fmt: skip
def test_what_shows_none_is_given_none(error):
    assert match(error, {"x": np.ones(3)}) == ("", "")


@pytest.mark.parametrize(("bits", "got"), [(8, [16, 64]), (16, [10000, -25536])])
def test_the_bits_that_were_too_few_are_named(bits, got):
    want = np.int32([10000, 40000])
    assert f"made in {bits} bits" in match(wrong(np.int32(got), want), {})[1]


def test_the_factor_is_named():
    assert "2.5 times" in match(wrong(2.5 * WANT), {})[1]
