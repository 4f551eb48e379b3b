"""Reflect: your formulas, held against layers that are made and errors that are measured."""

import itertools

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, seeds, share, task

from . import probes


@task(8)
@points(3)
@given(inputs=st.integers(1, 40), outputs=st.integers(1, 9), per_channel=st.booleans())
def test_bytes_of_weights_and_scales(ask, inputs, outputs, per_channel):
    """weight_bytes says how many bytes a layer's weight and scales take; yours take as many."""
    count = sum(1 for _ in range(inputs) for _ in range(outputs)) + 4 * (outputs if per_channel else 1)
    got = ask(probes.weight_bytes, inputs, outputs, per_channel)
    assert_close(got, {"formula": count, "measured": count}, "exact")


@task(8)
@points(3)
@share(2)
@given(sizes=st.sampled_from([(64, 32, 10), (784, 128, 10), (5, 3), (3, 8, 8, 2)]), per_channel=st.booleans())
def test_how_much_smaller_a_model_is(ask, sizes, per_channel):
    """times_smaller says how many times smaller a model is in 8 bits; yours is as many times smaller."""
    floats = small = 0
    for inputs, outputs in itertools.pairwise(sizes):
        floats += 4 * outputs * inputs + 4 * outputs
        small += outputs * inputs + 4 * outputs + 4 * (outputs if per_channel else 1) + 4 + 4
    wanted = {"formula": floats / small, "floats": floats, "8 bits": small}
    assert_close(ask(probes.times_smaller, sizes, per_channel), wanted)


@task(8)
@points(3)
@share(2)
@given(low=st.sampled_from([-1.0, 0.0, -5.0, -0.01]), high=st.sampled_from([1.0, 3.0, 0.5]), seed=seeds())
def test_how_far_floats_move(ask, low, high, seed):
    """worst_error bounds the error of every float in range, and some come near to it; rounding_noise is how far errors scatter."""
    x = np.random.default_rng(seed).uniform(low, high, 4000)
    got = ask(probes.errors, x, low, high)
    assert_close(got["worst"], (high - low) / 510)
    most, scatter = float(np.abs(got["errors"]).max()), float(got["errors"].std())
    worst, noise = got["worst"], got["noise"]
    require(0.99 * worst <= most <= 1.001 * worst, f"about {most:.4g}, the largest of 4000 errors", f"{worst:.4g}")
    require(0.95 * noise <= scatter <= 1.05 * noise, f"about {scatter:.4g}, as 4000 errors scatter", f"{noise:.4g}")


@task(8)
@points(2)
@given(
    low=st.sampled_from([-1.0, 0.0, -8.0]), high=st.sampled_from([1.0, 3.0, 0.5]), bits=st.integers(1, 16),
    part=st.sampled_from([1.02, 1.4, 1.9]),
)  # fmt: skip
def test_bits_that_are_needed(ask, low, high, bits, part):
    """bits_needed is the fewest bits for an error: with one bit less, by your worst_error, it is larger."""
    error = (high - low) / (2**bits - 1) / 2 * (part if bits > 1 else 1.02)
    wanted = next(b for b in range(1, 20) if (high - low) / (2**b - 1) / 2 <= error)
    assert_close(ask(probes.formula, "worst_error", low, high, bits), (high - low) / (2**bits - 1) / 2)
    assert_close(ask(probes.formula, "bits_needed", low, high, error), wanted, "exact")


@task(8)
@points(2)
@given(terms=st.integers(1, 200_000), more=st.integers(0, 16383))
def test_sums_that_are_exact_for_sure(ask, terms, more):
    """longest_exact_sum is how many products of the largest size fit; one more, and they might not."""
    largest = terms * (-128) * (-128) + more
    assert_close(ask(probes.formula, "longest_exact_sum", largest), terms, "exact")


@task(8)
@points(1)
@pytest.mark.parametrize("percentile", [100.0, 99.0, 90.0, 62.5])
def test_what_a_percentile_cuts_off(ask, percentile):
    """share_cut_off is the share of floats beyond a percentile's range; by your calibrate, as many are."""
    x = np.random.default_rng(7).standard_normal(4001)
    got = ask(probes.share_cut_off, x, percentile)
    share = (100.0 - percentile) / 50.0
    assert_close(got["formula"], share)
    require(abs(got["measured"] - share) <= 0.002, f"{share:.2%} of 4001 floats beyond", f"{got['measured']:.2%}")
