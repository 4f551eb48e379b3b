"""Use: whole networks, with either kernel, against PyTorch's; and a task that a shared window solves."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, seeds, share, task
from spec.kit.strategies import fill

from . import draws, probes


def conv(inputs, outputs, kernel_size, **settings):
    return ["Conv2d", {"in_channels": inputs, "out_channels": outputs, "kernel_size": kernel_size, **settings}]


NETWORKS = {
    "LeNet, in small": [
        conv(2, 3, 3, padding=1), ["ReLU", {}], ["MaxPool2d", {"kernel_size": 2}],
        conv(3, 4, 2), ["Tanh", {}], ["AvgPool2d", {"kernel_size": 2, "stride": 1}], ["Flatten", {}],
        ["Linear", {"in_features": 4, "out_features": 3}],
    ],
    "with batch normalisation": [
        conv(2, 4, 3, stride=2, padding=1, bias=False), ["BatchNorm2d", {"num_features": 4}], ["ReLU", {}],
        conv(4, 4, 3, padding=1, groups=2, bias=False), ["BatchNorm2d", {"num_features": 4}], ["ReLU", {}],
        conv(4, 3, 1), ["GlobalAvgPool", {}],
    ],
}  # fmt: skip
"""Plans for images of (2, 6, 6) and three classes."""


@task(4)
@points(5)
@pytest.mark.parametrize("plan", NETWORKS)
@share(2)
@given(
    kernel=st.sampled_from(["conv2d_im2col", "conv2d_explicit"]),
    training=st.sampled_from([True, False]),
    seed=seeds(),
)
def test_networks_are_pytorchs(ask, plan, seed, kernel, training):
    """Loss, logits, every gradient and the state afterwards of a small network are PyTorch's, with either kernel."""
    rows = NETWORKS[plan]
    x, target = fill((3, 2, 6, 6), seed, "float64", "normal"), np.array([2, 0, 1])
    agree(ask, probes.network, kernel, rows, draws.weights(rows, seed + 1), x, target, training)


@task(4)
@points(6)
@share(3)
@given(plan=st.sampled_from(sorted(NETWORKS)), seed=seeds(), lr=st.sampled_from([0.1, 0.5]))
def test_both_kernels_train_the_same_network(ask, plan, seed, lr):
    """Three steps of training lead to the same weights and running averages with either kernel, and to PyTorch's."""
    rows = NETWORKS[plan]
    x, target = fill((3, 2, 6, 6), seed + 1, "float64", "normal"), np.array([0, 2, 1])
    for kernel in ("conv2d_explicit", "conv2d_im2col"):
        agree(ask, probes.trained, kernel, rows, draws.weights(rows, seed + 1), x, target, lr, 3)


def bars(places, side=10):
    """Images with one bar each, three pixels long, upright or lying, at the given places; and which it is."""
    images, labels = [], []
    for row, column in places:
        for label in (0, 1):
            image = np.zeros((1, side, side), "float32")
            image[0, row : row + (3 if label else 1), column : column + (1 if label else 3)] = 1.0
            images.append(image)
            labels.append(label)
    return np.stack(images), np.array(labels)


@task(5)
@points(7)
def test_what_is_learnt_in_one_corner_is_known_everywhere(ask):
    """Trained on bars in one corner of the image, a network of one convolution and a global mean knows them in all others."""
    plan = [conv(1, 4, 3), ["ReLU", {}], ["GlobalAvgPool", {}], ["Linear", {"in_features": 4, "out_features": 2}]]
    x, y = bars([(2, 2)])
    elsewhere, labels = bars([(i, j) for i in range(2, 6) for j in range(2, 6)])
    seen = [[x, y], [elsewhere, labels]]
    got = ask(probes.learn, plan, draws.weights(plan, 1, "float32"), x, y, seen, 0.05, 150, deadline=30)
    assert_close(got, [1.0, 1.0], "exact", "accuracy in the corner, and everywhere")


@task(6)
@points(6)
@share(3)
@given(seed=seeds(), sizes=st.sampled_from([[2, 2], [3, 1], [1, 3]]))
def test_eval_mode_looks_at_each_image_by_itself(ask, seed, sizes):
    """In eval mode an image's logits are the same alone and among others; gradients and state agree with PyTorch's."""
    rows = NETWORKS["with batch normalisation"]
    state, x = draws.weights(rows, seed + 1), fill((4, 2, 6, 6), seed + 2, "float64", "normal")
    target = np.array([0, 1, 2, 0])
    whole = agree(ask, probes.network, "conv2d_im2col", rows, state, x, target, False)["logits"]
    first, second = (
        ask(probes.network, "conv2d_im2col", rows, state, x[part], target[part], False)["logits"]
        for part in (slice(sizes[0]), slice(sizes[0], None))
    )
    assert_close(np.concatenate([first, second]), whole, "composed", "logits of two parts")
