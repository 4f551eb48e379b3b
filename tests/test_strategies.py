"""The kit's strategies: what they must offer, how they shrink, and that a law's arguments come in the order they are named."""

from collections import Counter

import hypothesis
import numpy as np
import pytest
from hypothesis import find, settings
from hypothesis import strategies as st

from spec import kit
from spec.kit.strategies import Picked, fill, lay_out, one_of
from tests.conftest import QuietAsk

MANY = settings(max_examples=400, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))


def drawn(**strategies):
    """400 examples of what a law with these strategies is given."""
    names = list(strategies)
    scope = {"seen": []}
    exec(f"def law(ask, {', '.join(names)}): seen.append(({', '.join(names)},))", scope)
    kit.given(**strategies)(scope["law"]).drawn.run(QuietAsk(), {}, 400)
    return scope["seen"]


def test_arrays_give_every_kind_of_shape_its_share():
    shapes = Counter()
    for (x,) in drawn(x=kit.arrays(dims=(0, 3))):
        shapes["0-d"] += x.ndim == 0
        shapes["empty"] += x.size == 0
        shapes["size 1 axis"] += 1 in x.shape
        shapes["strided"] += not x.flags.c_contiguous
        shapes["ties"] += x.size > len(np.unique(x))
    assert all(count > 10 for count in shapes.values()), shapes


def test_axes_are_of_the_array_and_on_both_sides():
    axes = drawn(x=kit.arrays(dims=(1, 4)), axis=kit.axes_of("x", several=True, none=True))
    kinds = Counter(type(axis).__name__ for _, axis in axes)
    assert set(kinds) == {"int", "tuple", "NoneType"}
    assert min(kinds.values()) > 20
    for x, axis in axes:
        x.sum(axis)
    assert {np.sign(a) for _, a in axes if isinstance(a, int)} == {-1, 0, 1}


def test_axes_need_an_array_that_has_one():
    with pytest.raises(TypeError, match="needs an array with an axis"):
        drawn(x=kit.arrays(dims=(0, 0)), axis=kit.axes_of("x"))


def test_broadcastable_arrays_broadcast_in_every_way():
    pairs = drawn(x=kit.arrays(dims=(0, 3)), y=kit.broadcastable_with("x"))
    ways = Counter()
    for x, y in pairs:
        shape = np.broadcast_shapes(x.shape, y.shape)
        ways["same"] += x.shape == y.shape
        ways["y stretched"] += y.shape != shape
        ways["x stretched"] += x.shape != shape
        ways["fewer axes"] += y.ndim < x.ndim
    assert all(count > 10 for count in ways.values()), ways


def test_reshapes_fit():
    for x, shape in drawn(x=kit.arrays(dims=(0, 4)), shape=kit.reshapes_of("x")):
        assert x.reshape(shape).size == x.size


def test_permutations_are_permutations():
    for x, order in drawn(x=kit.arrays(dims=(0, 4)), order=kit.permutations_of("x")):
        assert x.transpose(order).ndim == x.ndim


def test_indices_index():
    kinds = Counter()
    for x, index in drawn(x=kit.arrays(dims=(1, 3)), index=kit.indices_of("x")):
        x[index]
        parts = index if isinstance(index, tuple) else (index,)
        kinds.update({type(part).__name__ for part in parts})
    assert {"int", "slice", "ndarray", "NoneType", "ellipsis"} <= set(kinds)


def test_matmul_pairs_multiply():
    kinds = Counter()
    for ((a, b),) in drawn(pair=kit.matmul_pairs()):
        np.matmul(a, b)
        kinds[(min(a.ndim, 3), min(b.ndim, 3))] += 1
    assert len(kinds) == 9


def test_seed_zero_is_plain_and_small_shapes_are_found_first():
    x = find(kit.arrays(dims=(1, 3)).build({}), lambda x: x.size > 1, settings=MANY)
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("layout", ["C", "F", "flipped", "gapped"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_a_layout_changes_no_value(layout, shape):
    x = fill(shape, 3, "float32", "normal")
    y = lay_out(x, layout)
    assert np.array_equal(x, y)
    assert y.dtype == x.dtype


@pytest.mark.parametrize("dtype", ["float32", "int32", "int64", "bool", "uint8"])
@pytest.mark.parametrize("palette", ["plain", "normal", "ties", "mixed", "large", "tiny", "positive"])
def test_every_palette_fills_every_dtype(dtype, palette):
    for seed in (0, 1):
        x = fill((3, 4), seed, dtype, palette)
        assert x.shape == (3, 4)
        assert x.dtype == dtype
        assert np.isfinite(x).all()


def test_a_law_that_forgets_an_argument_is_refused():
    with pytest.raises(TypeError, match="takes no such argument"):
        kit.given(x=st.just(1))(lambda ask: None)


def test_picked_draws():
    assert find(Picked(lambda draw: draw(st.integers(0, 9))), lambda n: n > 3) == 4


def test_options_that_are_equal_but_of_another_type_stay_apart():
    """The strategies of equal options are made once: whichever law came first decided whether it drew 0 or False."""
    assert [type(option) for option in one_of(0, 1).elements] == [int, int]
    assert [type(option) for option in one_of(False, True).elements] == [bool, bool]
    assert [type(option) for option in one_of(0.0, 1.0).elements] == [float, float]
    assert one_of(0, 1) is one_of(0, 1)
