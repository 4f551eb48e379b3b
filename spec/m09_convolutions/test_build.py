"""Build: convolutions there and back, by loops and by columns; layers, pooling, batch normalisation."""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task
from spec.kit.strategies import fill

from . import draws, probes

KERNELS = ["conv2d_explicit", "conv2d_im2col"]
TASK_OF = [pytest.param("conv2d_explicit", marks=task(2)), pytest.param("conv2d_im2col", marks=task(4))]


def zeros(*shape):
    return np.zeros(shape, "float32")


# ---------------------------------------------------------------- 1. there


@task(1)
@points(2)
@given(
    kernel=st.integers(1, 4),
    stride=st.integers(1, 4),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
    more=st.integers(0, 6),
)
def test_output_size_counts_the_places(ask, kernel, stride, padding, dilation, more):
    """The output size is at how many places a window fits, counted one by one."""
    size = max(1, dilation * (kernel - 1) + 1 - 2 * padding) + more
    how = {"stride": stride, "padding": padding, "dilation": dilation}
    agree(ask, probes.conv2d_output_size, size, kernel, how, kind="exact")


TOO_LARGE = {
    "kernel larger than the image": (4, 5, {}, [5, 4]),
    "dilated beyond the padding": (3, 3, {"dilation": 4, "padding": 2}, [9, 7]),
    "no kernel": (5, 0, {}, ["kernel", 0]),
    "no stride": (5, 3, {"stride": 0}, ["stride", 0]),
    "negative stride": (5, 3, {"stride": -2}, ["stride", -2]),
    "negative padding": (5, 3, {"padding": -1}, ["padding", -1]),
    "no dilation": (5, 3, {"dilation": 0}, ["dilation", 0]),
}
"""Size, kernel, settings, and what the error names."""


@task(1)
@points(3)
def test_windows_that_do_not_fit_are_refused(ask):
    """A window that does not fit into the padded axis, and a setting that makes no sense, is a ValueError that names it."""
    for size, kernel, how, naming in TOO_LARGE.values():
        refuses(ask, ValueError, probes.conv2d_output_size, size, kernel, how, naming=naming)


@task(1)
@points(2)
@given(case=draws.convolutions())
def test_shape_of_a_convolution(ask, case):
    """The shape of a result is PyTorch's, for any stride, padding, dilation and groups, square or not."""
    b_shape = None if case["b"] is None else case["b"].shape
    agree(ask, probes.conv2d_shape, case["x"].shape, case["w"].shape, b_shape, case["how"], kind="exact")


MISFITS = {
    "three axes": ((2, 5, 5), (1, 2, 3, 3), None, {}, [(2, 5, 5)]),
    "weight of three axes": ((1, 2, 5, 5), (1, 2, 3), None, {}, [(1, 2, 3)]),
    "other channels": ((1, 3, 5, 5), (4, 2, 3, 3), None, {}, [(1, 3, 5, 5), (4, 2, 3, 3)]),
    "groups forgotten": ((1, 4, 5, 5), (4, 4, 3, 3), None, {"groups": 2}, [(1, 4, 5, 5), (4, 4, 3, 3)]),
    "groups and channels": ((1, 3, 5, 5), (4, 1, 3, 3), None, {"groups": 2}, ["groups", 2, 3]),
    "groups and results": ((1, 4, 5, 5), (3, 2, 3, 3), None, {"groups": 2}, ["groups", 2, 3]),
    "no groups": ((1, 4, 5, 5), (2, 4, 3, 3), None, {"groups": 0}, ["groups", 0]),
    "bias too short": ((1, 2, 5, 5), (4, 2, 3, 3), (3,), {}, [(3,)]),
    "bias that would broadcast": ((1, 2, 5, 5), (4, 2, 3, 3), (1,), {}, [(1,)]),
    "kernel too wide": ((1, 2, 5, 3), (4, 2, 3, 4), None, {}, [4, 3]),
    "kernel too high": ((1, 2, 2, 9), (4, 2, 3, 3), None, {}, [3, 2]),
    "no stride": ((1, 2, 5, 5), (4, 2, 3, 3), None, {"stride": (1, 0)}, ["stride", 0]),
}
"""Shapes of x, w and b, settings, and what the error names."""


@task(1)
@points(3)
def test_shapes_that_do_not_fit_are_refused(ask):
    """Shapes, groups and settings that do not go together are a ValueError that names them."""
    for x_shape, w_shape, b_shape, how, naming in MISFITS.values():
        refuses(ask, ValueError, probes.conv2d_shape, x_shape, w_shape, b_shape, how, naming=naming)


@task(1)
@points(8)
@given(case=draws.convolutions())
def test_seven_loops_have_pytorchs_values(ask, case):
    """The explicit kernel has PyTorch's values, for any stride, padding, dilation and groups, with a bias or without."""
    agree(ask, probes.conv2d_explicit_forward, case["x"], case["w"], case["b"], case["how"], kind="reduction")


# ------------------------------------------------------------ 2. and back


@task(2)
@points(7)
@given(case=draws.convolutions())
def test_seven_loops_lead_back(ask, case):
    """The explicit gradients of images, weights and bias are PyTorch's, dtype included."""
    agree(ask, probes.conv2d_explicit_backward, case["grad"], case["x"], case["w"], case["how"], kind="reduction")


@points(5)
@pytest.mark.parametrize("kernel", TASK_OF)
@share(2)
@given(
    needed=st.sampled_from([["x", "w", "b"], ["w", "b"], ["x"], ["w"], ["b"], ["x", "w"]]), case=draws.convolutions()
)
def test_a_convolution_is_differentiable(ask, kernel, needed, case):
    """Each operand that needs a gradient gets PyTorch's, the others get none; a second backward pass adds the same again."""
    needed = [name for name in needed if name != "b" or case["b"] is not None]
    assume(needed)
    parts = case["x"], case["w"], case["b"], case["grad"], case["how"]
    agree(ask, probes.conv2d_gradients, kernel, *parts, needed, kind="reduction")


@points(2)
@pytest.mark.parametrize("kernel", TASK_OF)
def test_a_kernel_refuses_what_does_not_fit(ask, kernel):
    """Images, weights, bias and groups that do not go together are a ValueError, and no result by broadcasting."""
    x = zeros(2, 4, 5, 5)
    for w, b, how, naming in [
        (zeros(4, 1, 3, 3), zeros(4), {}, [(2, 4, 5, 5), (4, 1, 3, 3)]),
        (zeros(3, 2, 3, 3), zeros(3), {"groups": 2}, ["groups", 2, 3]),
        (zeros(4, 4, 3, 3), zeros(1), {}, [(1,)]),
        (zeros(4, 4, 3, 6), None, {}, [6, 5]),
    ]:
        refuses(ask, ValueError, probes.conv2d, kernel, x, w, b, how, naming=naming)


@points(2)
@pytest.mark.parametrize("kernel", TASK_OF)
@share(2)
@given(down=st.integers(0, 3), across=st.integers(0, 3), dilation=st.sampled_from([1, 2]), seed=seeds())
def test_a_shifted_image_gives_a_shifted_result(ask, kernel, down, across, dilation, seed):
    """What is moved in the image is moved by as much in the result, and is otherwise the same."""
    assume(down or across)
    patch, w = fill((1, 2, 3, 3), seed, "float64", "normal"), fill((2, 2, 2, 3), seed + 1, "float64", "normal")
    images = np.zeros((2, 2, 10, 11))
    images[0, :, 2:5, 4:7] = patch[0]
    images[1, :, 2 + down : 5 + down, 4 + across : 7 + across] = patch[0]
    y = ask(probes.conv2d, kernel, images, w, None, {"dilation": dilation, "padding": (2, 3)})
    assert_close(y[1], np.roll(y[0], (down, across), axis=(1, 2)), "composed")


# ------------------------------------------------------------- 3. Conv2d


LAYER = {"in_channels": 2, "out_channels": 4, "kernel_size": 3}
SETTINGS = {
    "plain": LAYER,
    "no bias": {**LAYER, "bias": False},
    "stride and padding": {**LAYER, "stride": 2, "padding": 1},
    "not square": {**LAYER, "kernel_size": (1, 3), "stride": (2, 1), "padding": (0, 2), "dilation": (3, 1)},
    "groups": {**LAYER, "groups": 2},
    "one group a channel": {"in_channels": 3, "out_channels": 6, "kernel_size": 2, "groups": 3, "dilation": 2},
}
"""Settings of a Conv2d, as PyTorch's."""


@task(3)
@points(1)
@pytest.mark.parametrize("row", SETTINGS)
@share(len(SETTINGS))
@given(kernel=st.sampled_from(["conv2d_explicit", None]), seed=seeds(), dtype=st.sampled_from(["float64", "float32"]))
def test_conv2d_is_pytorchs(ask, row, seed, kernel, dtype):
    """A Conv2d with a PyTorch layer's state has its result and all its gradients."""
    settings = SETTINGS[row]
    state = draws.weights([["Conv2d", settings]], seed, dtype)
    state = {key.partition(".")[2]: array for key, array in state.items()}
    x = fill((2, settings["in_channels"], 6, 5), seed + 1, dtype, "normal")
    w = state["weight"]
    how = {name: settings.get(name, default) for name, default in (("stride", 1), ("padding", 0), ("dilation", 1))}
    pairs = [np.broadcast_to(value, 2).tolist() for value in how.values()]
    places = [
        (side + 2 * padding - dilation * (reach - 1) - 1) // stride + 1
        for side, reach, stride, padding, dilation in zip((6, 5), w.shape[2:], *pairs, strict=True)
    ]
    grad = fill((2, len(w), *places), seed + 2, dtype, "normal")
    agree(ask, probes.layer, "Conv2d", settings, state, x, grad, True, kernel)


@task(3)
@points(3)
@given(
    seed=st.integers(0, 100),
    row=st.sampled_from([{}, {"groups": 4}, {"kernel_size": (1, 5)}, {"in_channels": 12, "kernel_size": 2}]),
)
def test_first_values_of_a_conv2d(ask, seed, row):
    """Weight and bias start uniform between -1/√fan_in and 1/√fan_in, the same for the same seed."""
    settings = {"in_channels": 8, "out_channels": 64, "kernel_size": 3, **row}
    depth, sides = settings["in_channels"] // settings.get("groups", 1), settings["kernel_size"]
    shape = (64, depth, *(sides if isinstance(sides, tuple) else (sides, sides)))
    bound = 1 / np.sqrt(np.prod(shape[1:]))
    first, again, other = (ask(probes.first_values, settings, s) for s in (seed, seed, seed + 1))
    assert_close(list(first), ["weight", "bias"], "exact", "names")
    assert_close({name: (str(array.dtype), array.shape) for name, array in first.items()},
                 {"weight": ("float32", shape), "bias": ("float32", (64,))}, "exact")  # fmt: skip
    assert_close(again, first, "exact", "the same seed")
    require(not np.array_equal(first["weight"], other["weight"]), "other numbers for another seed", "the same")
    for name, array in first.items():
        low, high, middle = float(array.min()), float(array.max()), float(abs(array).mean()) / bound
        wanted = f"{name} between -{bound:.4g} and {bound:.4g}, on both sides, half of that on average"
        spread = 1.6 / np.sqrt(array.size)  # more than five standard deviations of the mean
        fair = max(-low, high) <= 1.0001 * bound and min(-low, high) > 0.5 * bound and abs(middle - 0.5) < spread
        require(fair, wanted, f"{low:.4g} to {high:.4g}, {middle:.2f} of the bound on average")


@task(3)
@given(seed=st.integers(0, 100))
def test_a_generator_moves_on_from_layer_to_layer(ask, seed):
    """Two layers made with one generator start with different weights."""
    first, second = ask(probes.generator_moves_on, seed)
    require(not np.array_equal(first, second), "two different weights", "the same twice")


@task(3)
@points(3)
def test_kernels_are_exchanged_under_layers_that_exist(ask):
    """A kernel put on the class serves layers made before it; one put on a layer serves that one alone."""
    got = ask(probes.kernels_exchanged, fill((1, 2, 4, 4), 1, "float32", "normal"), LAYER)
    assert_close(got, [0, 2, 3, 3], "exact", "calls")


@task(3)
@points(1)
@pytest.mark.parametrize("row", ["plain", "stride and padding", "not square", "groups"])
def test_a_kernel_is_given_the_settings_of_its_layer(ask, row):
    """A kernel is called with the layer's own weight, and its stride, padding, dilation and groups."""
    settings = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **SETTINGS[row]}
    want = {name: np.broadcast_to(settings[name], 2).tolist() for name in ("stride", "padding", "dilation")}
    got = ask(probes.kernel_is_given, fill((1, 2, 7, 7), 1, "float32", "normal"), SETTINGS[row])
    assert_close(got, {**want, "groups": settings["groups"], "the layer's own": True}, "exact")


@task(3)
def test_conv2d_refuses_groups_that_do_not_divide(ask):
    """Groups that do not divide the channels of the input and of the result are a ValueError that names them."""
    x = zeros(1, 2, 5, 5)
    for row in ({"groups": 2, "in_channels": 3}, {"groups": 2, "out_channels": 3}, {"groups": 0}):
        refuses(ask, ValueError, probes.refused_layer, "Conv2d", {**LAYER, **row}, x, naming=["groups", row["groups"]])


# ------------------------------------------------------------- 4. im2col


@task(4)
@points(4)
@given(case=draws.windows())
def test_columns_are_windows(ask, case):
    """Columns are PyTorch's: a window each, channel by channel, in the order of the places."""
    agree(ask, probes.im2col, case["x"], case["kernel_size"], case["how"], kind="exact")


@task(4)
@points(4)
@given(case=draws.windows())
def test_columns_are_added_up_on_the_way_back(ask, case):
    """col2im adds every number where im2col would have read it; padding is cut off, what no window sees is 0."""
    agree(ask, probes.col2im, case["columns"], case["x"].shape, case["kernel_size"], case["how"])


@task(4)
@points(2)
@given(case=draws.windows())
def test_col2im_is_the_adjoint_of_im2col(ask, case):
    """Columns of x, times c, added up, are x times col2im of c: the one way is the other's transpose."""
    x, c = case["x"].astype("float64"), case["columns"].astype("float64")
    there = ask(probes.im2col, x, case["kernel_size"], case["how"])
    back = ask(probes.col2im, c, x.shape, case["kernel_size"], case["how"])
    assert_close(there.shape, c.shape, "exact", "shape of the columns")
    assert_close(back.shape, x.shape, "exact", "shape of the images")
    scale = float((abs(there) * abs(c)).sum()) + 1.0
    require(
        abs(float((there * c).sum() - (x * back).sum())) <= 1e-9 * scale,
        f"⟨im2col(x), c⟩ = {(there * c).sum():.12g}", f"⟨x, col2im(c)⟩ = {(x * back).sum():.12g}",
    )  # fmt: skip


@task(4)
def test_columns_share_no_memory_with_the_images(ask):
    """Who writes into the columns does not write into the images."""
    x = fill((1, 2, 4, 4), 3, "float64", "normal")
    for kernel_size in (1, 2, (4, 4)):
        agree(ask, probes.im2col_overwritten, x, kernel_size, {}, kind="exact")


@task(4)
@points(6)
@given(case=draws.convolutions())
def test_one_product_has_pytorchs_values(ask, case):
    """Over columns, a convolution has PyTorch's values, for any stride, padding, dilation and groups."""
    agree(ask, probes.conv2d, "conv2d_im2col", case["x"], case["w"], case["b"], case["how"], kind="reduction")


# ------------------------------------------------------------ 5. pooling


@task(5)
@points(4)
@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
@given(case=draws.pools(("plain", "normal", "mixed")))
def test_pooling_is_pytorchs(ask, name, case):
    """A pooling layer has PyTorch's values and gradient: windows that overlap or leave gaps, padding, an empty batch."""
    agree(ask, probes.layer, name, case["settings"], {}, case["x"], case["grad"], True, None)


@task(5)
@points(4)
@given(case=draws.pools(("ties",), empty=False))
def test_the_first_of_equals_gets_the_gradient(ask, case):
    """Where several numbers of a window are largest, the first of them, row by row, gets all of the gradient."""
    agree(ask, probes.layer, "MaxPool2d", case["settings"], {}, case["x"], case["grad"], True, None)


@task(5)
@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
@share(2)
@given(seed=seeds())
def test_pooling_remembers_each_call_by_itself(ask, name, seed):
    """Two results of one layer that wait for their backward pass do not disturb each other."""
    x, g = fill((1, 2, 4, 4), seed, "float64", "normal"), fill((2, 1, 2, 2, 2), seed + 1, "float64", "normal")
    agree(ask, probes.layer_twice, name, {"kernel_size": 2}, x, [g[0], g[1]])


@task(5)
@points(2)
@given(
    shape=st.sampled_from([(2, 3, 2, 4), (1, 1, 1, 1), (3, 2, 5, 1), (0, 2, 3, 3)]),
    dtype=st.sampled_from(["float64", "float32"]),
    seed=seeds(),
)
def test_a_global_mean_for_each_channel(ask, shape, dtype, seed):
    """The global mean is one number for each channel of each image, whatever the image's size, with its gradient."""
    x, grad = fill(shape, seed, dtype, "normal"), fill(shape[:2], seed + 1, dtype, "normal")
    agree(ask, probes.layer, "GlobalAvgPool", {}, {}, x, grad, True, None)


NO_POOLS = [
    ("MaxPool2d", {"kernel_size": 4}, (1, 1, 3, 5), [4, 3]),
    ("AvgPool2d", {"kernel_size": (2, 6)}, (1, 1, 3, 5), [6, 5]),
    ("MaxPool2d", {"kernel_size": 3, "padding": 2}, (1, 1, 5, 5), ["padding", 2]),
    ("AvgPool2d", {"kernel_size": 2, "padding": (0, 2)}, (1, 1, 5, 5), ["padding", 2]),
    ("MaxPool2d", {"kernel_size": 2}, (1, 4, 4), [(1, 4, 4)]),
    ("AvgPool2d", {"kernel_size": 2, "stride": 0}, (1, 1, 4, 4), ["stride", 0]),
    ("GlobalAvgPool", {}, (3, 4, 4), [(3, 4, 4)]),
]
"""A layer, its settings, the shape of the images, and what the error names."""


@task(5)
@points(3)
def test_pooling_refuses_what_does_not_fit(ask):
    """A window larger than the image, too much padding, and images without four axes are a ValueError that names them."""
    for name, settings, shape, naming in NO_POOLS:
        refuses(ask, ValueError, probes.refused_layer, name, settings, zeros(*shape), naming=naming)


# ------------------------------------------------- 6. batch normalisation


@task(6)
@points(7)
@given(case=draws.batches())
def test_batch_normalisation_is_pytorchs(ask, case):
    """In training, result, gradients and running averages are PyTorch's: the variance of the batch divides by the count,
    the running one by one less."""
    agree(ask, probes.layer, "BatchNorm2d", case["settings"], case["state"], case["x"], case["grad"], True, None)


@task(6)
@points(4)
@given(case=draws.batches(("float64", "float32")))
def test_in_eval_mode_the_running_averages_count(ask, case):
    """In eval mode the running averages take the batch's place, and nothing about the layer changes."""
    agree(ask, probes.layer, "BatchNorm2d", case["settings"], case["state"], case["x"], case["grad"], False, None)


@task(6)
@points(3)
@given(
    modes=st.lists(st.booleans(), min_size=2, max_size=5),
    momentum=st.sampled_from([0.1, 0.4]),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=seeds(),
)
def test_running_averages_follow_from_batch_to_batch(ask, modes, momentum, dtype, seed):
    """From mean 0, variance 1 and no batches, the running averages follow the batches of training, and only those."""
    rng = np.random.default_rng(seed)
    steps = [[mode, (rng.standard_normal((2, 2, 2, 3)) + 1).astype(dtype)] for mode in modes]
    agree(ask, probes.normalised, {"num_features": 2, "momentum": momentum}, dtype, steps)


@task(6)
def test_running_averages_have_no_history(ask):
    """What the running averages were computed from is not kept: after training they need no gradient."""
    got = ask(probes.history_of_buffers, fill((2, 3, 2, 2), 1, "float32", "normal"))
    assert_close(got, dict.fromkeys(("running_mean", "running_var", "num_batches_tracked"), False), "exact")


@task(6)
@points(2)
@given(seed=seeds(), scale=st.sampled_from([10.0, 0.5]), shift=st.sampled_from([100.0, -3.0]))
def test_scale_and_shift_of_a_channel_do_not_matter(ask, seed, scale, shift):
    """Multiplying a channel and adding to it changes nothing in training: what comes out has mean 0 and variance 1."""
    x = np.random.default_rng(seed).standard_normal((3, 2, 4, 4))
    moved = x * np.array([scale, 1.0])[:, None, None] + np.array([shift, 0.0])[:, None, None]
    settings = {"num_features": 2, "eps": 1e-12}
    first, second = (ask(probes.normalised, settings, "float64", [[True, t]])[0]["value"] for t in (x, moved))
    assert_close(first.shape, x.shape, "exact", "shape")
    distance = float(abs(first - second).max())
    require(distance < 1e-6, "the same numbers for a channel scaled and shifted", f"up to {distance:.3g} apart")
    mean, var = float(abs(first.mean((0, 2, 3))).max()), first.var((0, 2, 3)).tolist()
    require(mean < 1e-6, "mean 0 in each channel", f"{mean:.3g}")
    require(all(abs(v - 1) < 1e-6 for v in var), "variance 1 in each channel", str(var))


@task(6)
def test_batch_normalisation_refuses_what_does_not_fit(ask):
    """Other channels, other axes, and a single number for each channel in training are a ValueError that names the shape.

    Two numbers for each are enough, and one is in eval mode."""
    for shape, naming in [((2, 3, 4, 4), [(2, 3, 4, 4), 2]), ((2, 2, 4), [(2, 2, 4)]), ((1, 2, 1, 1), [(1, 2, 1, 1)])]:
        refuses(ask, ValueError, probes.refused_layer, "BatchNorm2d", {"num_features": 2}, zeros(*shape), naming=naming)
    state = draws.plain_state(2)
    for shape, training in (((1, 2, 1, 2), True), ((2, 2, 1, 1), True), ((1, 2, 1, 1), False)):
        x, grad = (fill(shape, seed, "float64", "normal") for seed in (1, 2))
        agree(ask, probes.layer, "BatchNorm2d", {"num_features": 2}, state, x, grad, training, None)
