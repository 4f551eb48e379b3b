"""Reflect: your formulas, held against layers that are made, columns that are measured, and gradients that are counted."""

from hypothesis import strategies as st

from spec.kit import assert_close, given, points, task
from spec.kit.strategies import fill

from . import oracles, probes


@task(7)
@points(5)
@given(
    n=st.integers(1, 4), outputs=st.integers(1, 3), kernel=st.integers(1, 4), stride=st.integers(1, 3),
    padding=st.integers(0, 2), groups=st.integers(1, 3), depth=st.integers(1, 2), more=st.integers(0, 4),
)  # fmt: skip
def test_multiply_accumulates_of_a_convolution(ask, n, outputs, kernel, stride, padding, groups, depth, more):
    """conv2d_macs says how often the innermost loop goes round."""
    sizes = n, groups * depth, kernel + more, groups * outputs, kernel, stride, padding, groups
    assert_close(ask(probes.formula, "conv2d_macs", *sizes), oracles.conv2d_macs(*sizes), "exact")


@task(7)
@points(2)
def test_the_batch_of_the_lesson(ask):
    """128 images of CIFAR-10 through 32 filters of 5 × 5: 240,844,800 multiply-accumulates, 30,105,600 bytes of columns."""
    assert_close(ask(probes.formula, "conv2d_macs", 128, 3, 32, 32, 5), 240_844_800, "exact", "conv2d_macs")
    assert_close(ask(probes.formula, "im2col_bytes", 128, 3, 32, 5), 30_105_600, "exact", "im2col_bytes")


@task(7)
@points(4)
@given(
    depth=st.integers(1, 4), outputs=st.integers(1, 4), kernel=st.integers(1, 5), groups=st.integers(1, 3),
    bias=st.booleans(),
)  # fmt: skip
def test_numbers_that_a_convolution_learns(ask, depth, outputs, kernel, groups, bias):
    """conv2d_parameters says how many numbers a Conv2d has; the layer has as many."""
    count = groups * outputs * (depth * kernel * kernel + bias)
    got = ask(probes.conv2d_parameters, groups * depth, groups * outputs, kernel, groups, bias)
    assert_close(got, {"formula": count, "counted": count}, "exact")


@task(7)
@points(3)
@given(channels=st.integers(1, 4), size=st.integers(1, 8), outputs=st.integers(1, 9))
def test_numbers_that_a_dense_layer_would_learn(ask, channels, size, outputs):
    """dense_parameters says how many numbers a Linear has that sees the whole image; the layer has as many."""
    count = (channels * size**2 + 1) * outputs
    assert_close(ask(probes.dense_parameters, channels, size, outputs), {"formula": count, "counted": count}, "exact")


@task(7)
@points(4)
@given(
    n=st.integers(1, 3), channels=st.integers(1, 3), kernel=st.integers(1, 4), stride=st.integers(1, 3),
    padding=st.integers(0, 2), more=st.integers(0, 4), dtype=st.sampled_from(["float32", "float64"]),
)  # fmt: skip
def test_bytes_of_columns(ask, n, channels, kernel, stride, padding, more, dtype):
    """im2col_bytes says how large the columns are; yours are as large."""
    size = kernel + more
    places = oracles.conv2d_output_size(size, kernel, {"stride": stride, "padding": padding})
    count = n * channels * kernel**2 * places**2 * (4 if dtype == "float32" else 8)
    got = ask(probes.im2col_bytes, fill((n, channels, size, size), 1, dtype, "normal"), kernel, stride, padding)
    assert_close(got, {"formula": count, "measured": count}, "exact")


@task(7)
@points(6)
@given(layers=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=3))
def test_how_far_a_result_sees(ask, layers):
    """receptive_field says how many pixels a result depends on; as many get a gradient from it."""
    # A stride that is larger than the kernel leaves gaps, in which no gradient arrives.
    layers = [(max(kernel, stride), stride) for kernel, stride in layers]
    field = oracles.receptive_field(layers)
    assert_close(ask(probes.receptive_field, layers, 5 * field), {"formula": field, "measured": field}, "exact")


@task(7)
@points(4)
@given(momentum=st.sampled_from([0.1, 0.5, 0.01, 1.0]), batches=st.integers(0, 6))
def test_how_much_a_running_average_knows(ask, momentum, batches):
    """running_share says how much of a running average comes from batches; in your BatchNorm2d it is as much."""
    share = 1.0 - (1.0 - momentum) ** batches
    assert_close(ask(probes.running_share, momentum, batches), {"formula": share, "measured": share})
