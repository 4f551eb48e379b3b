"""Use: the layers of m09 and m12, their networks and their questions again, with the fast kernels underneath."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task, witnessed
from spec.kit.strategies import fill

from ..m09_convolutions import draws as of_m09
from ..m09_convolutions import probes as m09
from ..m09_convolutions.test_use import NETWORKS
from ..m12_attention import draws as of_m12
from ..m12_attention import probes as m12
from . import oracles, probes

LAYER = ("settings", "state", "inputs", "which", "how", "grad", "as_array")


def zeros(*shape):
    return np.zeros(shape)


def switch(ask, name):
    """From here on, the layers of this law compute with these kernels."""
    assert_close(ask(probes.switched, name), oracles.KERNELS[name], "exact", f"kernels after use_kernels({name!r})")


@task(2)
@points(3)
@share(2)
@given(
    how=st.sampled_from([(None, False), (2, False), (4, False), (None, True), (3, True)]),
    size=st.integers(6, 8), lines=st.sampled_from([8, 12, 4]), line_words=st.sampled_from([1, 2, 4]),
)  # fmt: skip
def test_your_cache_watches_your_product(ask, how, size, lines, line_words):
    """What your trace makes your cache fetch is what it is: by rows or by columns, in tiles or not."""
    block, transposed = how
    agree(ask, probes.traffic, size, size + 1, size - 1, block, transposed, lines, line_words, kind="exact")


@task(5)
@points(2)
@share(2)
@given(
    lead=st.sampled_from([(2,), (), (2, 3), (0,)]), inputs=st.integers(1, 4), outputs=st.integers(1, 4), seed=seeds()
)
def test_fused_is_a_linear_and_its_gelu(ask, lead, inputs, outputs, seed):
    """linear_gelu with the weights of your Linear gives what your gelu makes of its result."""
    shapes = (*lead, inputs), (outputs, inputs), (outputs,)
    x, w, b = (fill(shape, seed + more, "float64", "normal") for more, shape in enumerate(shapes, 1))
    got = ask(probes.fused_and_composed, x, w, b)
    assert_close(got["fused"], got["composed"], "composed")


OPERANDS = {
    "conv2d_fast": ([(3, 2, 5, 5), (4, 2, 2, 2), (4,)], (3, 4, 4, 4)),
    "linear_gelu": ([(3, 4), (2, 4), (2,)], (3, 2)),
    "attention_streamed": ([(2, 3, 4), (2, 5, 4), (2, 5, 2)], (2, 3, 2)),
}
"""Shapes of what each kernel takes, and of its result."""


@points(1)
@pytest.mark.parametrize(
    "kernel",
    [
        pytest.param("conv2d_fast", marks=task(4)),
        pytest.param("linear_gelu", marks=task(5)),
        pytest.param("attention_streamed", marks=task(6)),
    ],
)
@share(3)
@given(dtype=st.sampled_from(["float64", "float32"]), seed=seeds())
def test_what_is_given_stays_as_it_is(ask, kernel, dtype, seed):
    """What a kernel is given is the same when it has been there and back: nothing was written into it."""
    shapes, result = OPERANDS[kernel]
    operands = [fill(shape, seed + more, dtype, "normal") for more, shape in enumerate(shapes, 1)]
    grad = fill(result, seed, dtype, "normal")
    assert_close(ask(probes.operands_afterwards, kernel, operands, grad), [*operands, grad], "exact", "operands")


@task(7)
@points(3)
@given(case=of_m09.convolutions())
def test_layers_convolve_with_the_fast_kernel(ask, case):
    """With fast kernels, a Conv2d of any settings has PyTorch's result and gradients."""
    switch(ask, "fast")
    x, w, b = case["x"], case["w"], case["b"]
    channels = {"in_channels": x.shape[1], "out_channels": w.shape[0], "kernel_size": w.shape[2:]}
    state = {"weight": w} if b is None else {"weight": w, "bias": b}
    settings = {**channels, "bias": b is not None, **case["how"]}
    agree(ask, m09.layer, "Conv2d", settings, state, x, case["grad"], True, None, kind="reduction")


@task(7)
@points(4)
@given(case=of_m12.layers(masked=True))
def test_layers_look_around_with_the_fast_kernel(ask, case):
    """With fast kernels, a MultiHeadAttention with any masks has PyTorch's result and gradients."""
    switch(ask, "fast")
    agree(ask, m12.multi_head, *(case[name] for name in LAYER))


@task(7)
@points(2)
@pytest.mark.parametrize("plan", NETWORKS)
@share(2)
@given(kernels=st.sampled_from(["fast", "columns", "explicit"]), training=st.booleans(), seed=seeds())
def test_networks_stay_pytorchs(ask, plan, kernels, training, seed):
    """Loss, logits, every gradient and the state of a network of convolutions are PyTorch's, with all three kinds of kernels."""
    switch(ask, kernels)
    rows = NETWORKS[plan]
    x, target = fill((3, 2, 6, 6), seed, "float64", "normal"), np.array([2, 0, 1])
    agree(ask, m09.network, None, rows, of_m09.weights(rows, seed + 1), x, target, training)


@task(7)
@points(3)
@share(2)
@given(
    kernels=st.sampled_from(["fast", "columns", "explicit"]),
    padded=st.booleans(),
    heads=st.sampled_from([2, 1]),
    seed=seeds(),
)
def test_networks_that_look_around_stay_pytorchs(ask, kernels, padded, heads, seed):
    """Loss, logits and every gradient of a network with attention in its middle are PyTorch's, with all three kinds of kernels."""
    switch(ask, kernels)
    sizes = 3, 2 * heads, heads, 3
    x, target = of_m12.normal((3, 4, 3), seed), np.array([2, 0, 1])
    padding = np.arange(4) >= np.array([[4], [2], [3]]) if padded else None
    agree(ask, m12.network, sizes, of_m12.model_state(sizes, seed), x, padding, target)


@task(7)
@points(2)
def test_layers_answer_other_questions_as_before(ask):
    """With fast kernels, weights can still be asked for, and what does not fit is refused, as before."""
    settings, state = {"embed_dim": 4, "num_heads": 2}, of_m12.layer_state(4, True, 1)
    x = of_m12.normal((2, 3, 4), 1)
    want = ask(m12.looked_at, settings, state, [x], (0,), {"is_causal": True}, False)
    switch(ask, "fast")
    got = ask(m12.looked_at, settings, state, [x], (0,), {"is_causal": True}, False)
    assert_close(got, want, "composed", "out and weights")
    for inputs, naming in [((zeros(2, 3, 5),), [(2, 3, 5), 4]), ((x, zeros(3, 3, 4)), [(2, 3, 4), (3, 3, 4)])]:
        refuses(ask, ValueError, m12.refused_layer, settings, inputs, {}, naming=naming)
    refuses(ask, ValueError, m12.refused_layer, settings, (x,), {"attn_mask": zeros(3, 4)}, naming=[(3, 4)])


@task(7)
@points(2)
@share(2)
@given(seed=seeds(), padding=st.sampled_from([0, 1]))
def test_the_way_back_does_not_need_the_block(ask, seed, padding):
    """What was computed with fast kernels is led back when their block is over; a layer with a kernel of its own keeps it."""
    settings = {"in_channels": 2, "out_channels": 3, "kernel_size": 2, "padding": padding}
    state = {
        "weight": fill((3, 2, 2, 2), seed + 1, "float64", "normal"),
        "bias": fill((3,), seed + 2, "float64", "normal"),
    }
    x, grad = (
        fill(shape, seed + 3, "float64", "normal") for shape in ((2, 2, 4, 4), (2, 3, 3 + 2 * padding, 3 + 2 * padding))
    )
    agree(ask, probes.led_back_outside, settings, state, x, grad)
    assert_close(ask(probes.layers_of_their_own, x, {**settings, "rng": 0}), [1, 2], "exact", "calls")


@witnessed
@task(7)
@points(3)
def test_layers_never_hold_all_scores(ask):
    """With fast kernels, a layer with 1500 tokens takes less memory than their scores alone would, there and back."""
    scores = 4 * 1500**2
    got = ask(probes.layer_bytes, 8, 1, fill((1, 1500, 8), 1, "float32", "normal"), "fast")
    require(got < scores, f"less than {scores:,} bytes, which the scores would take", f"{got:,}")
