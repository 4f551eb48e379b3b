"""Use: activations are made of your Tensor operations, and work between them."""

import numpy as np
import pytest

from spec.kit import agree, arrays, axes_of, given, permutations_of, points, task

from . import probes
from .draws import steady, steady_like
from .test_build import ALONG, CORNERS, GATES, SQUASHING, TASK, each


@points(1)
@each(*CORNERS, *SQUASHING, *GATES)
@given(x=steady(), direction=steady_like("x"))
def test_a_small_push_arrives_at_the_result(ask, name, x, direction):
    """A small push on x, followed through your Tensor operations one by one, moves the result as it should."""
    agree(ask, probes.push, name, x, direction, {})


@points(1)
@each(*ALONG)
@given(x=steady(dims=(1, 3)), direction=steady_like("x"), axis=axes_of("x"))
def test_a_small_push_arrives_along_any_axis(ask, name, x, direction, axis):
    """A small push on x, followed through your Tensor operations one by one, moves the result as it should."""
    agree(ask, probes.push, name, x, direction, {"axis": axis})


@points(1)
@each("sigmoid", "gelu")
@given(direction=steady(dims=(0, 2)))
def test_there_is_no_corner_at_zero(ask, name, direction):
    """Also from x = 0, where most networks start, a small push arrives: no step on the way has a corner there."""
    agree(ask, probes.push, name, np.zeros(direction.shape), direction, {})


@task(5)
@points(2)
@given(x=arrays(dims=(2, 3), empty=False), order=permutations_of("x"))
def test_all_of_them_take_views(ask, x, order):
    """A transposed and sliced Tensor gives what a plain one with the same numbers gives."""
    for name in TASK:
        agree(ask, probes.on_a_view, name, x, order, {})


@task(6)
@points(2)
@pytest.mark.parametrize("activation", ["ReLU", "GELU"])
@given(
    x=arrays(shape=(4, 3), palettes=("plain", "normal")),
    weight1=arrays(shape=(3, 5), palettes=("normal", "mixed")),
    bias1=arrays(shape=(5,), palettes=("normal", "mixed")),
    weight2=arrays(shape=(5, 2), palettes=("normal", "mixed")),
    bias2=arrays(shape=(2,), palettes=("normal", "mixed")),
)
def test_a_network_of_two_layers_gives_pytorchs_answers(ask, activation, x, weight1, bias1, weight2, bias2):
    """Products, sums and activation objects in a list make a classifier with PyTorch's probabilities."""
    agree(ask, probes.network, activation, x, weight1, bias1, weight2, bias2)
