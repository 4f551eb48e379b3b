"""Build: a cache, tiles, buffers; a convolution, a layer with its activation and attention that move less; one switch."""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, given, points, refuses, require, seeds, share, task, witnessed
from spec.kit.strategies import fill

from ..m09_convolutions import draws as of_m09
from ..m09_convolutions import probes as m09
from ..m12_attention import draws as of_m12
from . import draws, oracles, probes


def zeros(*shape):
    return np.zeros(shape)


# ------------------------------------------------------------------ 1. caches


@task(1)
@points(6)
@given(case=draws.walks())
def test_a_cache_holds_the_lines_used_last(ask, case):
    """Each read is a hit if its line is among the last few different ones that were read, else a miss."""
    agree(ask, probes.reads, *(case[name] for name in ("lines", "line_words", "addresses")), kind="exact")


@task(1)
@points(2)
@share(2)
@given(case=draws.walks(), cut=st.integers(0, 12), as_array=st.booleans())
def test_runs_count_their_own_misses(ask, case, cut, as_array):
    """A run says how many of its own reads were misses; the cache keeps what it holds, and its counts, from run to run."""
    parts = [case["addresses"][:cut], case["addresses"][cut:]]
    parts = [np.array(part, np.int64) for part in parts] if as_array else parts
    agree(ask, probes.runs, case["lines"], case["line_words"], parts, kind="exact")


@task(1)
@points(2)
@share(2)
@given(case=draws.walks(), more=st.integers(1, 4))
def test_a_larger_cache_never_misses_more(ask, case, more):
    """A cache with more lines has at most as many misses, whatever is read: what was used last is in both."""
    small, large = (
        ask(probes.reads, lines, case["line_words"], case["addresses"])["misses"]
        for lines in (case["lines"], case["lines"] + more)
    )
    require(large <= small, f"at most {small} misses with {more} lines more", f"{large}")


@task(1)
@points(2)
def test_a_cache_refuses_what_makes_no_sense(ask):
    """No lines and no words are a ValueError, a negative address is an IndexError, and it does not count."""
    refuses(ask, ValueError, probes.refused_cache, 0, 4, naming=["lines", 0])
    refuses(ask, ValueError, probes.refused_cache, 4, -2, naming=["line_words", -2])
    refuses(ask, IndexError, probes.refused_read, -3, naming=[-3])
    assert_close(ask(probes.reads_beside_refused_ones, [0, -1, 0, -1, 5]), [1, 2], "exact", "hits and misses")


# ------------------------------------------------------------------- 2. tiles


@task(2)
@points(5)
@given(
    m=st.integers(1, 4), n=st.integers(1, 4), k=st.integers(1, 5), block=st.sampled_from([None, 2, 3, 1, 4]),
    transposed=st.booleans(),
)  # fmt: skip
def test_a_product_leaves_a_trail(ask, m, n, k, block, transposed):
    """The trace has the word of each A, each B and each C in the order of the loops, in tiles or not, B by rows or by columns."""
    agree(ask, probes.matmul_trace, m, n, k, block, transposed, kind="exact")


@task(2)
@points(4)
@given(case=draws.products())
def test_tiles_make_the_whole_product(ask, case):
    """Tile by tile the product is what it is as a whole, also where the block does not divide a side, and for sides of 0."""
    agree(ask, probes.matmul_blocked, case["a"], case["b"], case["block"], kind="reduction")


@task(2)
@points(4)
@given(case=draws.products(), factor=st.sampled_from([2.0, -0.5]))
def test_every_tile_is_multiplied_once(ask, case, factor):
    """The product that is handed in is called once for every tile of a and the tile of b that goes with it, none of them larger
    than the block; nothing else multiplies: one that gives twice as much makes twice the result."""
    a, b = (x.astype(np.float64) for x in (case["a"], case["b"]))
    agree(ask, probes.by_tiles, a, b, case["block"], factor, kind="reduction")


@task(2)
@points(2)
def test_a_product_refuses_what_does_not_fit(ask):
    """Matrices that do not go together, anything that is no matrix, and a block below 1 are a ValueError that names them."""
    for a, b in [((2, 3), (2, 3)), ((2, 3), (3,)), ((1, 2, 3), (3, 2)), ((2, 1), (3, 2)), ((2, 3), (1, 2))]:
        refuses(ask, ValueError, probes.refused_product, a, b, 2, naming=[a, b])
    for block in (0, -3):
        refuses(ask, ValueError, probes.refused_product, (2, 3), (3, 2), block, naming=[block])


# ------------------------------------------------------------------ 3. buffers


@task(3)
@points(9)
@given(case=draws.pools())
def test_a_pool_lends_each_buffer_to_one_at_a_time(ask, case):
    """A buffer that was given back is lent again for as many bytes, whatever shape and dtype: of several the last one given back.
    Live ones share no memory; hits, misses and bytes are counted; over cap_bytes, the one that was idle longest goes."""
    agree(ask, probes.lent, case["cap_bytes"], case["steps"], kind="exact")


@task(3)
@points(2)
@given(
    shape=st.sampled_from([(2, 3), (), (0,), (4,)]), dtype=st.sampled_from(["float32", "int64"]), fails=st.booleans()
)
def test_what_is_borrowed_comes_back(ask, shape, dtype, fails):
    """At the end of a block the buffer is given back, also when the block ends in an error, which goes on."""
    agree(ask, probes.borrowed, shape, dtype, fails, kind="exact")


@task(3)
@points(3)
def test_a_pool_takes_back_its_own_live_buffers_only(ask):
    """A buffer twice, an array from elsewhere, a slice, and another pool's buffer are a ValueError, and nothing is counted."""
    shapes = {"twice": (5, 3), "foreign": (5, 3), "slice": (4, 3), "other pool": (5, 3)}
    for how, shape in shapes.items():
        refuses(ask, ValueError, probes.given_wrongly, how, naming=[shape])
    assert_close(ask(probes.counts_after_wrong_gift), [60, 0], "exact", "live and idle bytes")
    refuses(ask, ValueError, probes.refused_pool, -8, naming=[-8])


# -------------------------------------------------------------- 4. convolution

CONVOLUTION = ("x", "w", "b", "how")


@task(4)
@points(6)
@given(case=of_m09.convolutions())
def test_the_fast_convolution_is_pytorchs(ask, case):
    """For every stride, padding, dilation and number of groups, square or not, the fast convolution is PyTorch's."""
    agree(ask, m09.conv2d, "conv2d_fast", *(case[name] for name in CONVOLUTION), kind="reduction")


@task(4)
@points(8)
@given(
    needed=st.sampled_from([["x", "w", "b"], ["w", "b"], ["x"], ["w"], ["b"], ["x", "w"]]),
    case=of_m09.convolutions(),
)
def test_the_fast_convolution_is_differentiable(ask, needed, case):
    """Each operand that needs a gradient gets PyTorch's, the others get none; a second backward pass adds the same again."""
    needed = [name for name in needed if name != "b" or case["b"] is not None]
    assume(needed)
    parts = case["x"], case["w"], case["b"], case["grad"], case["how"]
    agree(ask, m09.conv2d_gradients, "conv2d_fast", *parts, needed, kind="reduction")


@task(4)
@points(3)
@share(3)
@given(
    shape=st.sampled_from([(2, 2, 4, 5), (1, 2, 6, 6), (3, 2, 3, 3)]), padding=st.sampled_from([0, 1]), seed=seeds(),
    dtype=st.sampled_from(["float64", "float32"]),
)  # fmt: skip
def test_two_convolutions_can_wait_for_their_way_back(ask, shape, padding, seed, dtype):
    """What a convolution gave and what it needs on the way back outlives the next one, which uses the same buffers."""
    images = [fill(shape, seed + more, dtype, "normal") for more in (1, 2)]
    w = fill((3, 2, 2, 2), seed + 3, dtype, "normal")
    places = [side + 2 * padding - 1 for side in shape[2:]]
    grads = [fill((shape[0], 3, *places), seed + more, dtype, "normal") for more in (4, 5)]
    agree(ask, probes.convolved_twice, images, w, grads, {"padding": padding}, kind="reduction")


def many(padding):
    """A batch whose columns are dozens of times larger, and the shape of its result."""
    x, w = fill((47, 3, 24, 24), 1, "float32", "normal"), fill((8, 3, 5, 5), 2, "float32", "normal")
    return x, w, (47, 8, 20 + 2 * padding, 20 + 2 * padding)


@task(4)
@points(3)
@pytest.mark.parametrize("padding", [0, 2], ids=["unpadded", "padded"])
def test_a_batch_goes_by_in_a_few_images_at_a_time(ask, padding):
    """A batch of many images has the result and the gradients that its images have together, in float32."""
    x, w, shape = many(padding)
    grad = fill(shape, 3, "float32", "normal")
    agree(ask, m09.conv2d_gradients, "conv2d_fast", x, w, w[:, 0, 0, 0].copy(), grad, {"padding": padding},
          ["x", "w", "b"], kind="reduction")  # fmt: skip


@witnessed
@task(4)
@points(2)
@pytest.mark.parametrize("back", [False, True], ids=["there", "there and back"])
def test_the_columns_of_a_batch_are_never_there_together(ask, back):
    """Beside results and gradients, a convolution of many images takes less than half of what all their columns would."""
    for padding in (0, 2):
        x, w, shape = many(padding)
        columns, result = 4 * 47 * 75 * shape[2] * shape[3], 4 * int(np.prod(shape))
        beside = 3 * result + 3 * x.nbytes if back else result
        most = columns // 2 + beside
        agree(ask, m09.conv2d, "conv2d_fast", x[:2].copy(), w, None, {"padding": padding}, kind="reduction")
        got = ask(probes.convolution_bytes, x, w, padding, back)
        told = (
            f"{most:,} bytes at most: half of all columns, {columns // 2:,}, and {beside:,} for results and gradients"
        )
        require(got <= most, told, f"{got:,}")


@witnessed
@task(4)
@points(2)
def test_buffers_of_a_convolution_are_used_again(ask):
    """The second call, there and back, makes no new buffers: it finds those of the first in the workspace; none stays live. What
    else it makes, copies included, is less than one image's columns."""
    x, w, shape = many(0)
    got = ask(probes.pooled_convolutions, x[:6], w, fill((6, *shape[1:]), 3, "float32", "normal"), 3)
    first = {"made": True, "used again": got["workspace"][0]["used again"], "live": 0}
    later = {"made": False, "used again": True, "live": 0}
    assert_close(got["workspace"], [first, later, later], "exact", "calls")
    result, column = 4 * 6 * 8 * 20 * 20, 4 * 75 * 20 * 20
    told = f"less than the columns of one image ({column:,} bytes) beside the result, in the second call"
    require(got["bytes"][1] - result < column, told, f"{got['bytes'][1] - result:,}")


@task(4)
@points(2)
def test_the_fast_convolution_refuses_what_does_not_fit(ask):
    """Images, weights, bias and groups that do not go together are a ValueError, and no result by broadcasting."""
    x = zeros(2, 4, 5, 5)
    for w, b, how, naming in [
        (zeros(4, 1, 3, 3), zeros(4), {}, [(2, 4, 5, 5), (4, 1, 3, 3)]),
        (zeros(3, 2, 3, 3), zeros(3), {"groups": 2}, ["groups", 2, 3]),
        (zeros(4, 4, 3, 3), zeros(1), {}, [(1,)]),
        (zeros(4, 4, 3, 6), None, {}, [6, 5]),
    ]:
        refuses(ask, ValueError, m09.conv2d, "conv2d_fast", x, w, b, how, naming=naming)


# -------------------------------------------------------------------- 5. fused


@task(5)
@points(4)
@given(case=draws.gelus())
def test_the_fused_layer_is_pytorchs(ask, case):
    """linear_gelu is PyTorch's linear followed by its gelu in the tanh form, for any leading axes, with a bias or without."""
    agree(ask, probes.linear_gelu, case["x"], case["w"], case["b"])


@task(5)
@points(6)
@given(needed=st.sampled_from([["x", "w", "b"], ["w", "b"], ["x"], ["w"], ["b"]]), case=draws.gelus())
def test_the_fused_layer_is_differentiable(ask, needed, case):
    """Each operand that needs a gradient gets PyTorch's, the others get none; a second backward pass adds the same again."""
    needed = [name for name in needed if name != "b" or case["b"] is not None]
    assume(needed)
    agree(ask, probes.linear_gelu_gradients, case["x"], case["w"], case["b"], case["grad"], needed)


@task(5)
@points(2)
@share(3)
@given(seed=seeds(), size=st.sampled_from([30.0, 1e4, 6.0]), dtype=st.sampled_from(["float32", "float64"]))
def test_the_fused_layer_survives_large_sums(ask, seed, size, dtype):
    """For sums of up to 1e4 of either sign, value and gradients are PyTorch's, without nan."""
    x = (size * np.array([[1.0, -1.0], [-0.5, 0.5], [0.25, 0.0]])).astype(dtype)
    w, b = np.array([[1.0, 0.0], [0.0, -1.0], [0.5, -0.5]], dtype), np.array([0.0, 0.0, 1.0], dtype)
    agree(ask, probes.linear_gelu_gradients, x, w, b, fill((3, 3), seed + 1, dtype, "normal"), ["x", "w", "b"])


@witnessed
@task(5)
@points(3)
def test_the_fused_layer_keeps_little(ask):
    """On the way there at most five arrays of the result's size are there at once, the result included; three at most are kept."""
    x, w, b = (fill(shape, 1, "float32", "normal") for shape in ((512, 8), (512, 8), (512,)))
    agree(ask, probes.linear_gelu, x, w, b)
    got = ask(probes.fused_bytes, x, w, b)
    require(got["peak"] <= 5.3, "five arrays of the result's size at most", f"{got['peak']:.1f}")
    require(got["kept"] <= 3.3, "three of them kept at most, the result included", f"{got['kept']:.1f}")


@task(5)
@points(2)
def test_the_fused_layer_refuses_what_does_not_fit(ask):
    """Inputs, weight and bias that do not go together are a ValueError that names their shapes."""
    for x, w, b, naming in [
        ((2, 3), (4, 2), None, [(2, 3), (4, 2)]),
        ((2, 1), (4, 3), (4,), [(2, 1), (4, 3)]),
        ((2, 3), (3,), None, [(2, 3), (3,)]),
        ((), (4, 3), None, [(), (4, 3)]),
        ((2, 3), (4, 3), (1,), [(1,)]),
        ((2, 3), (4, 3), (2, 4), [(2, 4)]),
    ]:
        b = None if b is None else zeros(*b)
        refuses(ask, ValueError, probes.linear_gelu, zeros(*x), zeros(*w), b, naming=naming)


# ---------------------------------------------------------------- 6. attention

ATTENTION = ("q", "k", "v", "mask", "is_causal")
BLOCKS = st.sampled_from([2, 1, 3, 128])


@task(6)
@points(6)
@given(case=of_m12.attentions(), block=BLOCKS)
def test_streamed_attention_is_pytorchs(ask, case, block):
    """With any mask, causal or not, for blocks of any size, each query's answer is PyTorch's, and 0 if it sees nothing."""
    agree(ask, probes.attention_by_blocks, *(case[name] for name in (*ATTENTION, "as_array")), block)


@task(6)
@points(8)
@given(
    needed=st.sampled_from([["q", "k", "v"], ["q"], ["k"], ["v"], ["q", "k", "v", "mask"], ["mask"]]),
    block=BLOCKS,
    case=of_m12.attentions(masks=of_m12.OF_ONE_DTYPE),
)
def test_streamed_attention_is_differentiable(ask, needed, block, case):
    """Queries, keys, values and masks of floats get PyTorch's gradients, those that need none get none; a second backward pass
    adds the same again."""
    floats = case["mask"] is not None and case["mask"].dtype.kind == "f"
    needed = [name for name in needed if name != "mask" or floats]
    assume(needed)
    agree(ask, probes.attention_gradients, *(case[name] for name in ATTENTION), block, case["grad"], needed)


@task(6)
@points(3)
@share(2)
@given(
    size=st.sampled_from([60.0, 1e3]), rising=st.sampled_from([True, False]), block=st.sampled_from([1, 2, 3]),
    dtype=st.sampled_from(["float32", "float64"]), seed=seeds(),
)  # fmt: skip
def test_scores_may_rise_or_fall_from_block_to_block(ask, size, rising, block, dtype, seed):
    """Where scores of one block are far above those of the others, the first or the last, value and gradients stay right."""
    keys = np.linspace(-1.0, 1.0, 6).reshape(6, 1) * size
    k = np.ascontiguousarray(keys if rising else keys[::-1]).astype(dtype)
    q, v, grad = (fill(shape, seed + 1, dtype, "normal") for shape in ((3, 1), (6, 2), (3, 2)))
    agree(ask, probes.attention_gradients, q, k, v, None, False, block, grad, ["q", "k", "v"])


@witnessed
@task(6)
@points(3)
@pytest.mark.parametrize("is_causal", [False, True], ids=["all", "causal"])
def test_the_scores_are_never_there_together(ask, is_causal):
    """There and back, 2048 tokens take less than a quarter of the memory of their scores."""
    q, k, v = (fill((2048, 8), seed, "float32", "normal") for seed in (1, 2, 3))
    agree(ask, probes.attention_by_blocks, q[:5].copy(), k[:9].copy(), v[:9].copy(), None, is_causal, False, 4)
    got = ask(probes.attention_bytes, q, k, v, is_causal, 64)
    require(got <= 2048**2, f"{2048**2:,} bytes at most; the scores are {4 * 2048**2:,}", f"{got:,}")


@task(6)
@points(2)
def test_streamed_attention_refuses_what_does_not_fit(ask):
    """Shapes that do not go together are a ValueError that names them, so is a block below 1; a mask of integers is a TypeError."""
    for *shapes, naming in of_m12.MISFITS.values():
        q, k, v, mask = (None if shape is None else zeros(*shape) for shape in shapes)
        refuses(ask, ValueError, probes.refused_attention, q, k, v, mask, 2, naming=naming)
    x = zeros(3, 2)
    refuses(ask, TypeError, probes.refused_attention, x, x, x, np.ones((3, 3), np.int64), 2, naming=["int64"])
    refuses(ask, ValueError, probes.refused_attention, x, x, x, None, 0, naming=[0])


# ------------------------------------------------------------------ 7. kernels


@task(7)
@points(4)
@given(
    first=st.sampled_from(["conv2d_im2col", "conv2d_explicit", "conv2d_fast"]),
    plan=st.lists(st.sampled_from(["fast", "columns", "!fast", "explicit", "!explicit"]), min_size=1, max_size=3),
    leaves=st.sampled_from(["plainly", "error"]),
)
def test_a_switch_holds_until_its_block_ends(ask, first, plan, leaves):
    """use_kernels puts the kernels of its name on both classes, at once; a block ends with what was there before it, nested or not,
    also after an error, which goes on."""
    agree(ask, probes.switches, first, plan, leaves, kind="exact")


@task(7)
@points(1)
@given(x=arrays(shape=(3, 4), dtype="float32"))
def test_the_first_switch_knows_the_plain_forward(ask, x):
    """Where nothing was ever switched before, weights can be asked for among the fast kernels, and are the plain ones."""
    weights = ask(probes.weights_before_and_after, x)
    assert_close(weights["fast"], weights["plain"], "exact", "weights")


@task(7)
@points(2)
def test_unknown_kernels_are_refused(ask):
    """A name that no kernels have is a ValueError with this name and the three that there are, and nothing changes."""
    for name in ("quick", "Fast", ""):
        refuses(ask, ValueError, probes.refused_kernels, name, naming=[name, "explicit", "columns", "fast"])
    assert_close(ask(probes.kernels_after_refusal, "quick"), oracles.KERNELS["columns"], "exact", "kernels")
