"""Build: masks, pruned layers, whole channels."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, dtypes, given, points, refuses, seeds, share, task

from . import draws, oracles, probes
from .draws import of

# ------------------------------------------------------------ 1. the smallest go


@task(1)
@points(2)
@given(x=arrays(dims=(0, 3), dtype=dtypes("float32", "float64", "int64"), palettes=("ties", "mixed")), t=st.booleans())
def test_zeros_are_counted(ask, x, t):
    """sparsity is the share of zeros among all numbers, of an array or a Tensor, and 0.0 where there are none."""
    agree(ask, probes.sparsity, x, t, kind="exact")


@task(1)
@points(1)
def test_a_negative_zero_is_a_zero(ask):
    """-0.0 is a zero, and nan and the tiniest float are not."""
    x = np.array([-0.0, 0.0, 5e-324, np.nan])
    assert_close(ask(probes.sparsity, x, False), 0.5, "exact")


@task(1)
@points(2)
@given(
    share_of=st.sampled_from([0.5, 0.25, 1.0, 0.0, 0.125, 0.7, 0.31, 0.99]), count=st.booleans(), n=st.integers(0, 20)
)
def test_amounts_are_shares_or_counts(ask, share_of, count, n):
    """A float is a share, rounded to the nearest count, halves to the even one; a whole number is a count."""
    agree(ask, probes.prune_count, n // 2 if count else share_of, n, kind="exact")


@task(1)
@points(2)
def test_one_is_a_count_and_a_point_nought_a_share(ask):
    """1 (True, too) is one thing and 1.0 is all of them, whether the number is Python's or NumPy's; 0 and 0.0 are nothing."""
    for amount, count in [
        (1, 1),
        (True, 1),
        (1.0, 8),
        (np.int64(1), 1),
        (np.float64(1.0), 8),
        (np.float32(0.5), 4),
        (0, 0),
        (8, 8),
    ]:
        assert_close(ask(probes.prune_count, amount, 8), count, "exact", f"of 8, {amount!r}")
    for n, count in [(1, 0), (3, 2), (5, 2), (7, 4)]:
        assert_close(ask(probes.prune_count, 0.5, n), count, "exact", f"half of {n}")


@task(1)
@points(1)
def test_what_is_no_amount_is_refused(ask):
    """A share below 0 or above 1, nan, and a count below 0 or above n are ValueErrors; text and None are TypeErrors."""
    for amount, naming in [(-0.25, [-0.25]), (1.5, [1.5]), (float("nan"), ["nan"]), (-2, [-2]), (6, [6, 5])]:
        refuses(ask, ValueError, probes.prune_count, amount, 5, naming=naming)
    refuses(ask, TypeError, probes.prune_count, "half", 5, naming=["str"])
    refuses(ask, TypeError, probes.prune_count, None, 5)


@task(1)
@points(4)
@given(case=draws.prunings())
def test_the_weights_nearest_to_zero_go(ask, case):
    """As many go as the amount says, also where several are equally near to 0, and none goes that is larger than one that stays."""
    got = ask(probes.magnitude_mask, *of(case, "weights", "amount", "mask"))
    oracles.require_mask(got["mask"], *of(case, "weights", "amount", "mask"))


@task(1)
@points(4)
@given(case=draws.prunings(masks=True))
def test_what_is_gone_stays_gone(ask, case):
    """With a mask from before, the amount is of what it leaves; what is gone stays gone; the mask is a new one."""
    got = ask(probes.magnitude_mask, *of(case, "weights", "amount", "mask"))
    oracles.require_mask(got["mask"], *of(case, "weights", "amount", "mask"))
    assert_close(got["shared"], False, "exact", "memory shared with the mask from before")


@task(1)
@points(1)
def test_masks_of_another_shape_are_refused(ask):
    """A mask that has not the shape of the weights is a ValueError that names both, even if it would broadcast."""
    refuses(ask, ValueError, probes.magnitude_mask, np.ones((2, 3)), 0.5, np.ones(3, bool), naming=[(2, 3), (3,)])


# ------------------------------------------------------------ 2. masks that stay


@task(2)
@points(3)
@given(layer=draws.layers(), seed=seeds())
def test_a_layer_reads_through_its_mask(ask, layer, seed):
    """weight becomes weight_orig, the same Parameter, times weight_mask, a buffer, whenever it is read; a second mask replaces it.

    A mask on the bias leaves that of the weight alone.
    """
    weight, bias = layer
    masks = {"first": draws.mask_of(weight.shape, seed), "second": draws.mask_of(weight.shape, seed + 1, 0.6)}
    masks["bias"] = draws.mask_of(bias.shape, seed + 2)
    wanted = {
        "keys": ["bias", "weight_mask", "weight_orig"],
        "first": weight * masks["first"],
        "read anew": 2 * weight * masks["first"],
        "weight_orig is the Parameter that weight was": True,
        "learnt": ["bias_orig", "weight_orig"],
        "kept": ["bias_mask", "bias_orig", "weight_mask", "weight_orig"],
        "weight, after a second mask": 2 * weight * masks["second"],
        "bias": bias * masks["bias"],
        "weight_mask": masks["second"].astype(weight.dtype),
        "still a Linear": True,
    }
    assert_close(ask(probes.attached, weight, bias, masks), wanted, "exact")


@task(2)
@points(1)
@given(layer=draws.layers(), seed=seeds())
def test_masks_can_be_asked_for(ask, layer, seed):
    """weight_and_mask gives the array as it is read, and its mask as bool, or None where there is none."""
    weight, bias = layer
    mask = draws.mask_of(weight.shape, seed)
    wanted = {
        "weight without a mask": weight, "no mask": None, "weight with a mask": weight * mask, "its mask": mask,
        "bias beside it": bias, "no mask of the bias": None,
    }  # fmt: skip
    assert_close(ask(probes.weight_and_mask, weight, bias, mask), wanted, "exact")


@task(2)
@points(3)
@given(layer=draws.layers(), seed=seeds())
def test_gradients_stop_at_the_mask(ask, layer, seed):
    """Through a mask, the answer and every gradient are PyTorch's: a weight that is gone has the gradient 0."""
    weight, bias = layer
    x, mask = draws.normal((3, weight.shape[1]), seed, weight.dtype.name), draws.mask_of(weight.shape, seed)
    agree(
        ask, probes.masked_gradients, weight, bias, mask, x, draws.normal((3, len(bias)), seed + 1, weight.dtype.name)
    )


@task(2)
@points(2)
def test_what_cannot_have_a_mask_is_refused(ask):
    """No such name, no Parameter, another shape: an error that names it, and the layer stays as it was."""
    weight, mask = np.ones((2, 3)), np.ones((2, 3), bool)
    refuses(ask, AttributeError, probes.attach_refused, weight, None, "wait", mask, naming=["wait"])
    refuses(ask, TypeError, probes.attach_refused, weight, None, "bias", mask, naming=["bias"])
    refuses(ask, ValueError, probes.attach_refused, weight, None, "weight", np.ones(3, bool), naming=[(2, 3), (3,)])
    refuses(ask, ValueError, probes.prune_refused, weight, "weight", 7, None, naming=[7, 6])
    refuses(ask, TypeError, probes.prune_refused, weight, "bias", 0.5, None, naming=["bias"])


@task(2)
@points(3)
@share(2)
@given(layer=draws.layers(), name=st.sampled_from(["weight", "bias"]), a=st.sampled_from([0.5, 0.3, 1, 0.0, 1.0]))
def test_pruning_is_pytorchs_round_after_round(ask, layer, name, a):
    """After two rounds of prune_l1_unstructured, the layer's state is PyTorch's: the second amount is of what the first left."""
    agree(ask, probes.pruned_twice, *layer, name, None, [a, 0.5], kind="exact")


@task(2)
@points(4)
@share(2)
@given(
    amount=st.sampled_from([0.5, 5, 0.3, 0, 0.9, 1.0]),
    before=st.sampled_from([None, 0.5, 2]),
    rounds=st.sampled_from([1, 2]),
    seed=seeds(),
)
def test_one_threshold_for_all_layers(ask, amount, before, rounds, seed):
    """global_unstructured prunes as PyTorch does: the smallest of all weights together, of those that are left."""
    if isinstance(amount, int) and rounds == 2 and amount:
        amount = 3
    sizes = (1.0, 0.2, 3.0)
    shapes = ((3, 4), (2, 3), (2, 2))
    layers = [
        (draws.normal(shape, seed + i) * size, draws.normal(shape[:1], seed + i + 9) * size)
        for i, (shape, size) in enumerate(zip(shapes, sizes, strict=True))
    ]
    agree(ask, probes.global_unstructured, layers, before, [amount] * rounds, kind="exact")


@task(2)
@points(1)
def test_global_pruning_is_all_or_nothing(ask):
    """No places, a bad amount or a place without a Parameter are errors, and no layer has changed."""
    weight = np.arange(1.0, 7.0).reshape(2, 3)
    refuses(ask, ValueError, probes.global_refused, weight, [], 0.5)
    refuses(ask, ValueError, probes.global_refused, weight, ["weight"], 1.5, naming=[1.5])
    refuses(ask, TypeError, probes.global_refused, weight, ["weight", "bias"], 0.5, naming=["bias"])


@task(2)
@points(3)
@given(layer=draws.layers(), seed=seeds())
def test_masks_become_final(ask, layer, seed):
    """remove_mask leaves the same Parameter with zeros in it, which learns again; masks of other names stay until their turn."""
    weight, bias = layer
    masks = {"weight": draws.mask_of(weight.shape, seed), "bias": draws.mask_of(bias.shape, seed + 2)}
    x = draws.normal((3, weight.shape[1]), seed, weight.dtype.name)
    got = ask(probes.removed, weight, bias, masks, x)
    gradient = np.broadcast_to(x.astype("float64").sum(axis=0), weight.shape)
    wanted = {
        "one left": {
            "bias_mask": masks["bias"].astype(weight.dtype), "bias_orig": bias, "weight": weight * masks["weight"]
        },
        "none left": {"bias": bias * masks["bias"], "weight": weight * masks["weight"]},
        "weight is the Parameter that it was": True,
        "learnt": ["bias", "weight"],
        "class again": True,
        "gradient": gradient.astype(weight.dtype),
    }  # fmt: skip
    scale = np.broadcast_to(np.abs(x).sum(axis=0), weight.shape)
    assert_close(got.pop("gradient"), oracles.Bounded(wanted.pop("gradient"), scale), "reduction", "gradient")
    assert_close(got, wanted, "exact")


@task(2)
@points(1)
def test_a_mask_that_is_not_there_cannot_be_removed(ask):
    """remove_mask of a name without a mask is a ValueError that names it."""
    refuses(ask, ValueError, probes.remove_refused, np.ones((2, 3)), np.ones(2), naming=["bias"])


@task(2)
@points(2)
@given(seed=seeds())
def test_zeros_of_a_model_are_counted_through_masks(ask, seed):
    """model_sparsity counts weights and biases, as they are read, and a Parameter with two names once."""
    layers = [(draws.tied((3, 3), seed), draws.tied((3,), seed + 1)), (draws.tied((2, 3), seed + 2), np.ones(2))]
    masks = {"weight": draws.mask_of((2, 3), seed), "bias": np.array([True, False])}
    (w1, b1), (w2, b2) = layers
    found = []
    for last in ([w2, b2], [w2 * masks["weight"], b2 * masks["bias"]]):
        everything = np.concatenate([array.reshape(-1) for array in (w1, b1, *last, b1)])
        found.append(float(sum(1 for number in everything if number == 0) / everything.size))
    assert_close(ask(probes.model_sparsity, layers, masks), [*found, 0.0], "elementwise")


# ------------------------------------------------------------ 3. whole channels


@task(3)
@points(3)
@given(
    x=arrays(dims=(1, 4), dtype=dtypes("float64", "float32"), palettes=("normal", "mixed", "large")),
    n=st.sampled_from([2, 1, np.inf, 3, 0.5]),
    axis=st.sampled_from([0, -1]),
)
def test_norms_of_channels(ask, x, n, axis):
    """channel_norms is the n-norm over all other axes, for each place along the axis, 0 of nothing, in float64."""
    agree(ask, probes.channel_norms, x, n, axis)


@task(3)
@points(1)
def test_norms_do_not_overflow(ask):
    """Numbers of float32 whose squares have no place in float32 have a norm; inner axes are channels, too."""
    x = np.array([[3e25, 4e25], [3e-30, 4e-30]], "float32")
    agree(ask, probes.channel_norms, x, 2, 0, kind="elementwise")
    agree(ask, probes.channel_norms, np.arange(24.0).reshape(2, 3, 4), 2, 1, kind="elementwise")


@task(3)
@points(3)
@given(case=draws.channels())
def test_the_smallest_channels_go(ask, case):
    """Whole channels go, as many as the amount says of them, and none whose norm is larger than that of one that stays."""
    args = of(case, "weights", "amount", "n", "axis", "mask")
    oracles.require_channels(ask(probes.channel_mask, *args)["mask"], *args)


@task(3)
@points(3)
@given(case=draws.channels(masks=True))
def test_channels_that_are_gone_do_not_count(ask, case):
    """With a mask from before, norms and amounts are of what it leaves: an empty channel is none, single gaps stay."""
    args = of(case, "weights", "amount", "n", "axis", "mask")
    got = ask(probes.channel_mask, *args)
    oracles.require_channels(got["mask"], *args)
    assert_close(got["shared"], False, "exact", "memory shared with the mask from before")


@task(3)
@points(1)
def test_what_has_no_channels_is_refused(ask):
    """A single axis, an axis that is not there, an n of 0 and a mask of another shape are errors that name them."""
    x = np.ones((2, 3))
    refuses(ask, ValueError, probes.channel_mask, np.ones(3), 1, 2, 0, None, naming=[(3,)])
    refuses(ask, IndexError, probes.channel_mask, x, 1, 2, 2, None, naming=[2])
    refuses(ask, IndexError, probes.channel_norms, x, 2, -3, naming=[-3])
    refuses(ask, ValueError, probes.channel_norms, x, 0, 0, naming=[0])
    refuses(ask, ValueError, probes.channel_mask, x, 1, 2, 0, np.ones((3, 2), bool), naming=[(2, 3), (3, 2)])
    refuses(ask, ValueError, probes.prune_refused, x, "weight", 3, (2, 0), naming=[3, 2])


@task(3)
@points(3)
@share(2)
@given(
    n=st.sampled_from([2, 1, np.inf]),
    axis=st.sampled_from([0, 1, -1]),
    a=st.sampled_from([0.5, 1, 0.0, 2]),
    seed=seeds(),
)
def test_pruning_channels_is_pytorchs_round_after_round(ask, n, axis, a, seed):
    """After two rounds of prune_ln_structured, the layer's state is PyTorch's."""
    how, layer = (n, axis), (draws.normal((6, 5), seed), draws.normal((6,), seed + 1))
    agree(ask, probes.pruned_twice, *layer, "weight", how, [a, 2], kind="exact")
