"""The wire: exact kinds go through unchanged, everything else is refused, damaged bytes are one clear error."""

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.worker.wire import Malformed, NotPlain, pack, unpack

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
    | st.just(...) | st.builds(slice, st.none() | st.integers(-9, 9), st.none() | st.integers(-9, 9))
)  # fmt: skip
PLAIN = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=10,
)


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return a == b


@given(PLAIN)
@settings(max_examples=200, deadline=None)
def test_plain_data_survives_with_its_exact_kinds(value):
    assert same(unpack(pack(value)), value)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int8", "uint8", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4), (1, 1)])
def test_arrays_survive_bit_for_bit(dtype, shape):
    x = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    y = unpack(pack(x))
    assert type(y) is np.ndarray
    assert (y.dtype, y.shape) == (x.dtype, x.shape)
    assert y.tobytes() == x.tobytes()
    assert y.flags.writeable


def test_special_values_survive():
    x = np.array([np.nan, np.inf, -np.inf, -0.0])
    assert unpack(pack(x)).tobytes() == x.tobytes()


LAYOUTS = {
    "transposed": lambda a: a.T, "permuted": lambda a: a.transpose(1, 0, 2), "flipped": lambda a: a[::-1],
    "both flipped": lambda a: a[::-1, ::-1], "gapped": lambda a: a[..., ::2], "fortran": np.asfortranarray,
    "stretched": lambda a: np.broadcast_to(a[:1], (5, *a.shape[1:])),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_strided_array_arrives_strided(name):
    x = LAYOUTS[name](np.arange(24.0).reshape(2, 3, 4))
    y = unpack(pack(x))
    assert np.array_equal(x, y)
    if name != "stretched":
        assert y.flags.c_contiguous == x.flags.c_contiguous
    assert pack(y) == pack(unpack(pack(y)))


class Sneaky(np.ndarray):
    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, 1j, np.array([1j]), np.array(["a"]), np.array([None]), np.zeros(2).view(Sneaky), type("I", (int,), {})(3),
     type("L", (list,), {})(), {(1, 2): 3}, np.ma.zeros(3), range(3), np.zeros((1,) * 20)],
)  # fmt: skip
def test_everything_else_is_refused(value):
    with pytest.raises(NotPlain):
        pack({"answer": [value]})


def test_the_refusal_says_where():
    with pytest.raises(NotPlain, match=r"the result\['a'\]\[1\] is a builtins.set"):
        pack({"a": [1, {2}]})


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_damaged_bytes_are_malformed_or_plain(data):
    try:
        unpack(data)
    except Malformed:
        pass


@pytest.mark.parametrize(
    "row",
    [["<f8", [2**40, 0], [0, 1], [], False, b""], ["<f8", [-1], [0], [], False, b""], ["<f8", [3], [0], [], False, b"12"],
     ["|O", [1], [0], [], False, b"12345678"], ["<f8", [1], [5], [], False, b"12345678"], ["<f8", [1], [0], [7], False, b"12345678"],
     ["<f8", [1] * 40, list(range(40)), [], False, b"12345678"], ["<M8[s]", [1], [0], [], False, b"12345678"], [1, 2]],
)  # fmt: skip
def test_impossible_arrays_are_malformed(row):
    inner = pack(row)
    with pytest.raises(Malformed):
        y = unpack(msgpack.packb(msgpack.ExtType(1, inner)))
        assert y.size == 0, "an empty array of an odd shape is harmless"
        raise Malformed


def test_deep_nesting_is_malformed_not_a_crash():
    with pytest.raises(Malformed):
        unpack(b"\x91" * 100_000)
