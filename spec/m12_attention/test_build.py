"""Build: attention over numbers and in two matrix products, and masks."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task
from spec.kit.strategies import fill

from . import draws, oracles, probes
from .draws import zeros

KERNELS = [
    pytest.param("attention_explicit", marks=task(1)),
    pytest.param("scaled_dot_product_attention", marks=task(3)),
]

CALL = ("q", "k", "v", "mask", "is_causal", "as_array")
"""What attention is called with, of a drawn case."""


def misfits():
    """Queries, keys, values and a mask that do not go together, what the error names, and whether the values are to blame."""
    q, k, v = zeros(2, 5, 4), zeros(2, 3, 4), zeros(2, 3, 4)
    return [
        ((q, zeros(2, 3, 5), v, None), [(2, 5, 4), (2, 3, 5)], False),
        ((q, zeros(2, 3, 1), v, None), [(2, 5, 4), (2, 3, 1)], False),
        ((q, k, zeros(2, 1, 4), None), [(2, 3, 4), (2, 1, 4)], True),
        ((q, zeros(3, 3, 4), v, None), [(2, 5, 4), (3, 3, 4)], False),
        ((zeros(4), k[0], v[0], None), [(4,)], False),
        ((q, k, v, np.ones((3, 5), bool)), [(3, 5), (2, 5, 3)], False),
        ((q[0], k[0], v[0], np.ones((2, 5, 3), bool)), [(2, 5, 3), (5, 3)], False),
    ]


def refuses_misfits(ask, kernel):
    for parts, naming, _ in misfits():
        refuses(ask, ValueError, probes.attention, kernel, *parts, False, False, naming=naming)
    q, k, v = zeros(2, 5, 4), zeros(2, 3, 4), zeros(2, 3, 4)
    refuses(ask, TypeError, probes.attention, kernel, q, k, v, np.ones((5, 3), "int64"), False, False, naming=["int64"])


def sides(case):
    """The four shapes of a drawn case."""
    return [None if case[name] is None else case[name].shape for name in ("q", "k", "v", "mask")]


# -------------------------------------------------------- 1. shapes and loops


@task(1)
@points(2)
@given(case=draws.attentions())
def test_shape_of_attention(ask, case):
    """There is an answer for each query, as long as a value; leading axes broadcast."""
    agree(ask, probes.attention_shape, *sides(case), kind="exact")


@task(1)
@points(3)
def test_shapes_that_do_not_fit_are_refused(ask):
    """Queries, keys, values and masks that do not go together are a ValueError that names their shapes."""
    for q, k, v, mask, naming in draws.MISFITS.values():
        refuses(ask, ValueError, probes.attention_shape, q, k, v, mask, naming=naming)


@task(1)
@points(5)
@given(case=draws.attentions())
def test_loops_give_pytorchs_attention(ask, case):
    """Over loops, each query's answer is PyTorch's, with any mask, and 0 for a query that sees nothing."""
    agree(ask, probes.attention, "attention_explicit", *(case[name] for name in CALL))


@task(1)
@points(2)
def test_loops_refuse_what_does_not_fit(ask):
    """Shapes that do not go together are a ValueError, and no result by broadcasting; a mask of integers is a TypeError."""
    refuses_misfits(ask, "attention_explicit")


# ------------------------------------------------------------------ 2. hiding


@task(2)
@points(2)
@given(queries=st.integers(0, 6), keys=st.sampled_from([None, 1, 0, 2, 3, 5, 8]))
def test_nobody_looks_ahead(ask, queries, keys):
    """In the causal mask query i sees the keys 0 to i, however many queries and keys there are."""
    sizes = (queries,) if keys is None else (queries, keys)
    agree(ask, probes.causal_mask, *sizes, kind="exact")


@task(2)
@points(3)
@given(case=draws.two_masks())
def test_two_masks_make_one(ask, case):
    """What either of two masks hides is hidden, floats are added, and None adds nothing, in any order."""
    agree(ask, probes.combine_masks, *case.values(), kind="elementwise")


@task(2)
@points(2)
@given(case=draws.two_masks(kinds=("bool", "floats", "-inf"), first=("floats", "-inf")), seed=seeds())
def test_masks_keep_their_gradients(ask, case, seed):
    """Where nothing is hidden, the gradient of one mask made of two goes to those of floats."""
    pair = case["mask"], case["other"]
    one = oracles.combine_masks(*pair, False)
    # What is hidden has no gradient to pass on, as after a softmax.
    grad = np.where(np.isfinite(one), fill(one.shape, seed, one.dtype.name, "normal"), 0.0).astype(one.dtype)
    agree(ask, probes.combine_masks_gradients, *pair, grad)


@task(2)
@points(5)
@given(case=draws.scored())
def test_what_is_hidden_gets_nothing(ask, case):
    """What is seen shares 1 as softmax has it, what is hidden gets 0, and a row in which all is hidden is 0."""
    agree(ask, probes.masked_softmax, *case.values())


@task(2)
@points(6)
@given(case=draws.scored(masks=draws.OF_ONE_DTYPE), seed=seeds())
def test_nothing_flows_through_what_is_hidden(ask, case, seed):
    """Scores and masks of floats have softmax's gradient: 0 for what is hidden, and in rows in which all is."""
    grad = fill(case["scores"].shape, seed, case["scores"].dtype.name, "normal")
    agree(ask, probes.masked_softmax_gradients, case["scores"], case["mask"], grad)


@task(2)
@points(4)
@given(
    size=st.sampled_from([1e4, 1e30, 1e6]), hidden=st.sampled_from([3e38, -3e38]),
    dtype=st.sampled_from(["float32", "float64"]), seed=seeds(),
)  # fmt: skip
def test_hidden_scores_may_be_huge(ask, size, hidden, dtype, seed):
    """Huge scores are no problem, seen or hidden: a hidden one does not even count for the largest."""
    keep = np.array([[True, True, False], [False, True, True], [False, False, False], [True, True, True]])
    scores = np.where(keep, np.random.default_rng(seed).integers(-3, 4, (4, 3)) * size, hidden).astype(dtype)
    agree(ask, probes.masked_softmax, scores, keep, False)


@task(2)
@points(2)
def test_masks_that_do_not_fit_are_refused(ask):
    """A mask that does not broadcast to the scores is a ValueError, one of integers a TypeError."""
    for mask, naming in [
        (np.ones((3, 2), bool), [(3, 2), (2, 3)]),
        (np.zeros((2, 2, 3)), [(2, 2, 3), (2, 3)]),
        (np.ones(2, bool), [(2,), (2, 3)]),
    ]:
        refuses(ask, ValueError, probes.masked_softmax, zeros(2, 3), mask, False, naming=naming)
    for dtype in ("int64", "int32"):
        mask = np.ones((2, 3), dtype)
        refuses(ask, TypeError, probes.masked_softmax, zeros(2, 3), mask, False, naming=[dtype])
        refuses(ask, TypeError, probes.combine_masks, np.ones((2, 3), bool), mask, False, naming=[dtype])


# ---------------------------------------------------- 3. two matrix products


@task(3)
@points(3)
@given(case=draws.attentions())
def test_weights_add_up_to_one(ask, case):
    """A query's weights are PyTorch's: they add up to 1, or are 0 where all is hidden."""
    q, k, mask, causal = (case[name] for name in ("q", "k", "mask", "is_causal"))
    if mask is not None and mask.ndim > max(q.ndim, k.ndim):
        mask = None  # leading axes that only the values have
    got = agree(ask, probes.attention_weights, q, k, mask, causal)
    sums = got.sum(axis=-1, dtype=np.float64)
    require(bool(((abs(sums - 1) < 1e-5) | (sums == 0)).all()), "rows that add up to 1, or to 0", str(sums.ravel()[:8]))


@task(3)
@points(1)
def test_weights_refuse_what_does_not_fit(ask):
    """There are no weights for shapes that do not go together: a ValueError; a mask of integers is a TypeError."""
    for (q, k, _, mask), naming, values in misfits():
        if not values:
            refuses(ask, ValueError, probes.attention_weights, q, k, mask, False, naming=naming)
    mask = np.ones((5, 3), "int64")
    for is_causal in (False, True):
        refuses(ask, TypeError, probes.attention_weights, zeros(5, 4), zeros(3, 4), mask, is_causal, naming=["int64"])


@task(3)
@points(4)
@given(case=draws.attentions())
def test_attention_is_pytorchs(ask, case):
    """Each query's answer is PyTorch's, with any mask, and 0 for a query that sees nothing."""
    agree(ask, probes.attention, "scaled_dot_product_attention", *(case[name] for name in CALL))


@task(3)
@points(1)
def test_attention_refuses_what_does_not_fit(ask):
    """Shapes that do not go together are a ValueError, and no result by broadcasting; a mask of integers is a TypeError."""
    refuses_misfits(ask, "scaled_dot_product_attention")


@task(3)
@points(6)
@given(
    needed=st.sampled_from([["q", "k", "v", "mask"], ["v"], ["q"], ["k"], ["mask"], ["q", "k", "v"], ["q", "v"]]),
    case=draws.attentions(masks=draws.OF_ONE_DTYPE),
)
def test_attention_is_differentiable(ask, case, needed):
    """Queries, keys, values and a mask of floats get PyTorch's gradients, and those that need none get none; a second
    backward pass adds the same again."""
    floats = case["mask"] is not None and case["mask"].dtype.kind == "f"
    needed = [name for name in needed if name != "mask" or floats] or ["q"]
    parts = (case[name] for name in ("q", "k", "v", "mask", "is_causal", "grad"))
    agree(ask, probes.attention_gradients, *parts, needed)


@task(3)
@points(1)
@given(case=draws.attentions(dtypes=("float64",), empty=False), seed=seeds())
def test_loops_and_products_agree(ask, case, seed):
    """Over loops and over products, attention is the same: mask, causality and all."""
    case = [case[name] for name in CALL]
    loops, products = (
        ask(probes.attention, name, *case) for name in ("attention_explicit", "scaled_dot_product_attention")
    )
    assert_close(products, loops, "composed")


@task(3)
@points(2)
@given(n=st.integers(1, 4), m=st.integers(2, 5), floats=st.booleans(), seed=seeds())
def test_keys_have_no_order(ask, n, m, floats, seed):
    """Keys, values and mask in another order give the same answers; queries in another order give theirs in that order."""
    rng = np.random.default_rng(seed)
    q, k, v = draws.normal((2, n, 3), seed), draws.normal((2, m, 3), seed + 1), draws.normal((2, m, 2), seed + 2)
    mask = draws.mask_of("-inf" if floats else "bool", (n, m), seed, "float64", 0.7)
    keys, queries = rng.permutation(m), rng.permutation(n)
    name = "scaled_dot_product_attention"
    plain = ask(probes.attention, name, q, k, v, mask, False, False)
    mixed = ask(probes.attention, name, q[:, queries], k[:, keys], v[:, keys], mask[queries][:, keys], False, False)
    assert_close(mixed, plain[:, queries], "composed")


@task(3)
@points(3)
@given(n=st.integers(2, 6), cut=st.integers(1, 5), huge=st.booleans(), seed=seeds())
def test_the_past_does_not_depend_on_the_future(ask, n, cut, huge, seed):
    """With is_causal, later tokens change no earlier answer and none of its gradients, and get no gradient from it."""
    cut = min(cut, n - 1)
    q, k, v, grad = (draws.normal((2, n, 3), seed + more) for more in range(4))
    grad[:, cut:] = 0.0
    later = [x.copy() for x in (q, k, v)]
    for more, x in enumerate(later):
        x[:, cut:] = draws.normal((2, n - cut, 3), seed + 5 + more) * (1e3 if huge else 1.0)
    needed = ["q", "k", "v"]
    before = ask(probes.attention_gradients, q, k, v, None, True, grad, needed)
    after = ask(probes.attention_gradients, *later, None, True, grad, needed)
    for name in before:
        assert_close(after[name][:, :cut], before[name][:, :cut], "composed", name)
        if name != "value":
            assert_close(after[name][:, cut:], np.zeros((2, n - cut, 3)), "exact", f"{name}, of later tokens")


@points(2)
@pytest.mark.parametrize("kernel", KERNELS)
@share(2)
@given(size=st.sampled_from([10, 300, 1000]), dtype=st.sampled_from(["float32", "float64"]), seed=seeds())
def test_large_logits_choose_one_key(ask, kernel, size, dtype, seed):
    """Scores of many thousands are no problem: the key with the largest gets all, and equal ones share."""
    # With 16 features everything is exact in float32: √d is 4, and all scores are multiples of 1/4.
    rng = np.random.default_rng(seed)
    q, k = (rng.integers(-size, size + 1, (1, rows, 16)).astype(dtype) for rows in (3, 4))
    k[:, 3] = k[:, 0]
    v = draws.normal((1, 4, 2), seed, dtype)
    agree(ask, probes.attention, kernel, q, k, v, None, False, False)
