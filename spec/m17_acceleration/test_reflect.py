"""Reflect: your formulas, held against your own cache, the tiles that you multiply, and arrays that are measured."""

from fractions import Fraction

from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, seeds, task
from spec.kit.strategies import fill

from . import gauges, oracles


@task(8)
@points(3)
@given(count=st.integers(1, 60), stride=st.integers(1, 20), line_words=st.sampled_from([1, 4, 8, 16, 6]))
def test_lines_of_a_walk(ask, count, stride, line_words):
    """lines_touched says how many lines a walk makes your cache fetch."""
    lines = len({at * stride // line_words for at in range(count)})
    assert_close(ask(gauges.walk, count, stride, line_words), {"formula": lines, "measured": lines}, "exact")


@task(8)
@points(2)
@given(stride=st.sampled_from([1, 2, 4, 8, 16, 32, 64]), line_words=st.sampled_from([1, 2, 4, 8, 16]))
def test_share_of_a_line_that_is_used(ask, stride, line_words):
    """useful_share says which share of what your cache fetches a long walk uses."""
    share = 1.0 / min(stride, line_words)
    assert_close(ask(gauges.share_used, 128, stride, line_words), {"formula": share, "measured": share})


@task(8)
@points(4)
@given(m=st.integers(2, 5), n=st.integers(6, 9), k=st.integers(3, 7))
def test_words_that_a_product_fetches(ask, m, n, k):
    """naive_traffic says how many words three loops make a small cache fetch."""
    count = oracles.reads(2 * k + 4, 1, oracles.matmul_trace(m, n, k, None, False).tolist())["words"]
    got = ask(gauges.product_traffic, m, n, k, None, 2 * k + 4)
    assert_close(got, {"formula": count, "measured": count}, "exact")


@task(8)
@points(5)
@given(
    block=st.sampled_from([2, 3, 1]),
    rows=st.integers(1, 2),
    columns=st.integers(1, 3),
    rest=st.tuples(*[st.integers(0, 1)] * 3),
)
def test_words_that_tiles_fetch(ask, block, rows, columns, rest):
    """blocked_traffic says how many words the same loops in tiles make it fetch, smaller pieces at the ends included."""
    m, n, k = (block * times + more for times, more in zip((rows, columns, 8), rest, strict=True))
    lines = 5 * block * block
    count = oracles.reads(lines, 1, oracles.matmul_trace(m, n, k, block, False).tolist())["words"]
    got = ask(gauges.product_traffic, m, n, k, block, lines)
    assert_close(got, {"formula": count, "measured": count}, "exact")


@task(8)
@points(2)
@given(
    edge=st.integers(1, 300), less=st.integers(0, 9), itemsize=st.sampled_from([4, 8]), tiles=st.sampled_from([3, 1, 5])
)
def test_tiles_that_fit(ask, edge, less, itemsize, tiles):
    """largest_block is the longest edge with which so many tiles still fit."""
    nbytes = max(tiles * itemsize, tiles * itemsize * edge * edge - less)
    got = ask(gauges.formula, "largest_block", nbytes, itemsize, tiles)
    fits = tiles * itemsize * got * got <= nbytes < tiles * itemsize * (got + 1) * (got + 1)
    require(type(got) is int and fits, f"the longest edge for {nbytes:,} bytes", repr(got))


@task(8)
@points(3)
@given(block=st.integers(1, 8), times=st.integers(1, 3), dtype=st.sampled_from(["float32", "float64"]))
def test_operations_for_each_byte(ask, block, times, dtype):
    """block_intensity says how many operations there are for each byte of the tiles that your product multiplies."""
    want = block / (4 if dtype == "float32" else 8)
    assert_close(ask(gauges.intensity, block * times, block, dtype), {"formula": want, "measured": want})


@task(8)
@points(2)
@given(flops=st.integers(1, 999), bandwidth=st.sampled_from([1, 4, 16, 64]), itemsize=st.sampled_from([4, 8]))
def test_edge_at_which_memory_keeps_up(ask, flops, bandwidth, itemsize):
    """ridge_block is the shortest edge with which memory is no longer the limit."""
    edge = 1
    while Fraction(edge, itemsize) * bandwidth < flops:
        edge += 1
    got = ask(gauges.formula, "ridge_block", float(flops * 2**28), float(bandwidth * 2**28), itemsize)
    assert_close(got, edge, "exact", "ridge_block")


@task(8)
@points(2)
@given(
    kernel=st.integers(1, 4), stride=st.integers(1, 3), padding=st.integers(0, 2), more=st.integers(0, 4), seed=seeds()
)
def test_how_much_larger_columns_are(ask, kernel, stride, padding, more, seed):
    """im2col_blowup says how many times larger than the image the columns are that your im2col makes."""
    size = kernel + more
    places = len(range(-padding, size + padding - kernel + 1, stride))
    want = places**2 * kernel**2 / size**2
    got = ask(gauges.blowup, fill((2, 3, size, size), seed, "float32", "normal"), kernel, stride, padding)
    assert_close(got, {"formula": want, "measured": want})


@task(8)
@points(2)
@given(
    elements=st.integers(1, 9999),
    operations=st.integers(1, 12),
    itemsize=st.sampled_from([4, 8, 2]),
    fused=st.booleans(),
)
def test_bytes_of_a_chain(ask, elements, operations, itemsize, fused):
    """chain_bytes says how many bytes a chain of operations reads and writes, one after the other or as one."""
    count = 0
    for number in range(operations):
        reads, writes = (number == 0, number == operations - 1) if fused else (True, True)
        count += (reads + writes) * elements * itemsize
    assert_close(ask(gauges.formula, "chain_bytes", elements, operations, itemsize, fused), count, "exact")


@task(8)
@points(1)
@given(m=st.integers(1, 500), block=st.integers(1, 300))
def test_share_of_the_scores_that_is_there(ask, m, block):
    """streamed_share says which share of all scores the largest block has."""
    want = max(len(range(start, min(start + block, m))) for start in range(0, m, block)) / m
    assert_close(ask(gauges.formula, "streamed_share", m, block), want, "composed", "streamed_share")
