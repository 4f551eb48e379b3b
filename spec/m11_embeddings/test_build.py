"""Build: rows of tables there and back, and positions that are added or turned."""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import Bounded, agree, assert_close, given, points, refuses, require, seeds, share, task
from spec.kit.strategies import fill

from . import draws, probes


def zeros(*shape):
    return np.zeros(shape, "float32")


# ------------------------------------------------------------ 1. rows


@task(1)
@points(2)
@given(case=draws.tables(), form=st.sampled_from(["array", "list", "Tensor"]))
def test_ids_come_in_any_form(ask, case, form):
    """Ids in an array, a list or a Tensor, of any whole dtype and shape, are the same row numbers, in int64."""
    assume(form != "list" or case["ids"].size)  # an empty list holds floats, as far as NumPy knows
    agree(ask, probes.row_numbers, case["ids"], len(case["weight"]), form, kind="exact")


@task(1)
@points(4)
@given(case=draws.tables())
def test_rows_are_those_of_the_table(ask, case):
    """Every place of the ids gets its row, as it is: one id or many, none, the same twice, the padding, too."""
    agree(ask, probes.embedding, case["ids"], case["weight"], case["padding_idx"], kind="exact")


STRAYS = {
    "too large": (np.array([0, 5]), 5),
    "far too large": (np.array([1, 10**12]), 10**12),
    "negative": (np.array([0, -1]), -1),
    "deep inside": (np.array([[0, 4], [3, -3]]), -3),
    "alone": (np.array(7), 7),
    "unsigned": (np.array([2**64 - 1, 0], "uint64"), 2**64 - 1),
    "small integers": (np.array([4, -2], "int8"), -2),
}
"""Ids for a table of five rows, and the one that the error names."""


@task(1)
@points(4)
def test_ids_that_are_not_there_are_refused(ask):
    """An id below 0, or not below the number of rows, is an IndexError that names it and the number of rows."""
    for ids, stray in STRAYS.values():
        refuses(ask, IndexError, probes.refused_lookup, ids, (5, 2), None, naming=[stray, 5])
        refuses(ask, IndexError, probes.row_numbers, ids, 5, "array", naming=[stray, 5])
    refuses(ask, IndexError, probes.refused_lookup, np.array([0]), (0, 2), None, naming=[0])


@task(1)
@points(2)
def test_what_is_no_id_is_refused(ask):
    """Floats and booleans are no ids, even where they are whole: a TypeError that names the dtype. A table has two axes."""
    for ids in (np.array([0.0, 1.0]), np.array([1.0], "float32"), np.array([True, False]), np.array(True)):
        refuses(ask, TypeError, probes.refused_lookup, ids, (5, 2), None, naming=[ids.dtype])
    for shape in ((5,), (5, 2, 2)):
        refuses(ask, ValueError, probes.refused_lookup, np.array([0]), shape, None, naming=[shape])


@task(1)
@points(2)
@pytest.mark.parametrize("through", ["embedding", pytest.param("Embedding", marks=task(3))])
def test_rows_share_no_memory_with_the_table(ask, through):
    """Who writes into the rows that were read does not write into the table."""
    weight = fill((4, 3), 1, "float64", "normal")
    for ids in (np.array([0, 1, 2, 3]), np.array([2]), np.array(2), np.array([[1, 2]])):
        got = ask(probes.result_written, ids, weight, through)
        assert_close(got, weight, "exact", "the table")


# ------------------------------------------------------------ 2. back


@task(2)
@points(4)
@given(case=draws.tables())
def test_gradients_are_added_into_rows(ask, case):
    """scatter_rows adds every gradient to the row it belongs to, however often that was read; padding stays 0."""
    ids, rows, padding = case["ids"].astype("int64"), len(case["weight"]), case["padding_idx"]
    padding = None if padding is None else padding % rows
    agree(ask, probes.scatter_rows, case["grad"], ids, rows, padding, kind="reduction")


@task(2)
@points(6)
@given(case=draws.tables())
def test_gradient_of_a_table_is_pytorchs(ask, case):
    """The gradient of the table is PyTorch's, for any ids and padding, and a second backward pass adds to it."""
    arguments = case["ids"], case["weight"], case["padding_idx"], case["grad"]
    agree(ask, probes.embedding_gradient, *arguments, kind="reduction")


@task(2)
@points(4)
@given(case=draws.tables(padding=False))
def test_a_lookup_is_a_product_with_one_hot_rows(ask, case):
    """Reading rows is the product of one-hot rows with the table: the same values, the same gradient."""
    assume(case["ids"].ndim)  # a single row times a table has another order of axes in some products
    both = ask(probes.one_hot_product, case["ids"], case["weight"], case["grad"])
    assert_close(both["lookup"]["value"], both["product"]["value"], "composed", "value")
    want = Bounded(both["product"]["grad of weight"], abs(case["grad"]).sum())
    assert_close(both["lookup"]["grad of weight"], want, "reduction", "grad of weight")


@task(2)
@points(1)
@pytest.mark.parametrize("what", ["ids", "ids in a Tensor", "table"])
def test_what_changes_after_the_lookup_does_not_matter(ask, what):
    """Gradients go to the rows that were read, even if ids or table are changed before they come."""
    ids, weight = np.array([[3, 1], [1, 2]]), fill((4, 2), 1, "float64", "normal")
    grad = fill((2, 2, 2), 2, "float64", "normal")
    agree(ask, probes.changed_before_backward, ids, weight, grad, what, kind="reduction")


@task(2)
@points(2)
@given(case=draws.tables(padding=False), seed=seeds())
def test_lookups_remember_their_ids_by_themselves(ask, case, seed):
    """Two lookups whose results wait for their way back together do not mix up their ids or tables."""
    second = fill(case["grad"].shape, seed, case["grad"].dtype.name, "normal")
    ids = case["ids"].astype("int64")
    agree(ask, probes.two_at_once, ids, case["weight"], [case["grad"], second], kind="reduction")


@task(2)
def test_only_tables_that_learn_are_followed(ask):
    """What is read from a plain table, or under no_grad, needs no gradient."""
    got = ask(probes.without_gradient, np.array([1, 0]), fill((2, 2), 1, "float32", "normal"))
    assert_close(got, [False, True, False], "exact", "plain, learning, no_grad")


# ----------------------------------------------------------- 3. a layer


@task(3)
@points(6)
@given(case=draws.tables(), form=st.sampled_from(["array", "list", "Tensor"]))
def test_embedding_is_pytorchs(ask, case, form):
    """An Embedding with a PyTorch layer's state has its values and gradient: padding is read, and learns nothing."""
    assume(form != "list" or case["ids"].size)
    rows, dim = case["weight"].shape
    settings = {"num_embeddings": rows, "embedding_dim": dim, "padding_idx": case["padding_idx"]}
    state = {"weight": np.ascontiguousarray(case["weight"])}
    agree(ask, probes.embedding_layer, settings, state, case["ids"], case["grad"], form, kind="reduction")


def looks_normal(array, std):
    """2048 normal numbers: bounds of five standard deviations of each figure."""
    mean, spread = float(array.mean()) / std, float(array.std()) / std
    beyond = float((abs(array) > 2 * std).mean())
    require(
        abs(mean) < 0.11 and abs(spread - 1) < 0.08 and 0.02 < beyond < 0.07,
        f"mean 0, standard deviation {std:g}, and 4.6 % beyond two of them",
        f"mean {mean * std:.3g}, standard deviation {spread * std:.3g}, {100 * beyond:.1f} %",
    )


NORMALS = {
    "Embedding": ({"num_embeddings": 64, "embedding_dim": 32}, (64, 32), 1.0),
    "LearnedPositionalEmbedding": ({"max_len": 32, "dim": 64}, (32, 64), 0.02),
}


@points(2)
@pytest.mark.parametrize(
    "name", [pytest.param("Embedding", marks=task(3)), pytest.param("LearnedPositionalEmbedding", marks=task(5))]
)
@share(2)
@given(seed=st.integers(0, 100))
def test_first_values_are_normal(ask, name, seed):
    """A table starts with normal numbers of the stated size, in float32, the same for the same seed."""
    settings, shape, std = NORMALS[name]
    first, again, other = (ask(probes.first_values, name, settings, s) for s in (seed, seed, seed + 1))
    kinds = {key: (str(array.dtype), array.shape) for key, array in first.items()}
    assert_close(kinds, {"weight": ("float32", shape)}, "exact")
    assert_close(again, first, "exact", "the same seed")
    require(not np.array_equal(first["weight"], other["weight"]), "other numbers for another seed", "the same")
    looks_normal(first["weight"].astype("float64"), std)
    one, two = ask(probes.generator_moves_on, name, settings, seed)
    require(not np.array_equal(one, two), "two layers of one generator to differ", "the same numbers twice")


@task(3)
@points(2)
@given(rows=st.integers(2, 6), place=st.integers(-6, 5), seed=st.integers(0, 100))
def test_padding_starts_as_zeros(ask, rows, place, seed):
    """The row of padding_idx, and no other, starts as zeros; counted from the end it is kept as counted from the front."""
    place = max(-rows, min(place, rows - 1))
    settings = {"num_embeddings": rows, "embedding_dim": 4, "padding_idx": place}
    weight = draws.shaped(ask(probes.first_values, "Embedding", settings, seed)["weight"], (rows, 4), "float32")
    empty = [row for row in range(rows) if not weight[row].any()]
    assert_close(empty, [place % rows], "exact", "rows of zeros")
    assert_close(ask(probes.padding_of, settings), place % rows, "exact", "padding_idx")


@task(3)
@points(2)
def test_padding_outside_of_the_table_is_refused(ask):
    """A padding_idx that is not in the table is an IndexError that names it and the number of rows."""
    ids = np.array([0])
    for place in (4, -5, 100):
        settings = {"num_embeddings": 4, "embedding_dim": 2, "padding_idx": place}
        refuses(ask, IndexError, probes.refused, "Embedding", settings, ids, {}, naming=[place, 4])
        refuses(ask, IndexError, probes.refused_lookup, ids, (4, 2), place, naming=[place, 4])


# -------------------------------------------------------------- 4. waves


POSITIONS = st.lists(st.integers(0, 500), min_size=0, max_size=4)


@task(4)
@points(3)
@given(positions=POSITIONS, dim=st.sampled_from([2, 4, 6, 10]), base=st.sampled_from([None, 10000.0, 100.0, 500000.0]))
def test_angles_grow_with_the_position(ask, positions, dim, base):
    """Hand i has turned by position · base^(-2i / dim), in float64."""
    agree(ask, probes.position_angles, np.array(positions, "int64"), dim, base, kind="elementwise")


@task(4)
@points(2)
@given(positions=POSITIONS, dim=st.sampled_from([2, 4, 6, 10]), far=st.sampled_from([0, 5_000, 20_000]))
def test_sinusoids_alternate(ask, positions, dim, far):
    """Sine and cosine of each angle stand side by side, in float64, also far out."""
    agree(ask, probes.sinusoids, np.array(positions, "int64") + far, dim)


@task(4)
@points(2)
@given(places=st.lists(st.integers(0, 200), min_size=2, max_size=2), shift=st.integers(1, 300))
def test_how_alike_two_positions_are_depends_on_their_distance(ask, places, shift):
    """The dot product of the waves of two positions stays the same if both move on."""
    here, there = (
        draws.shaped(ask(probes.sinusoids, np.array(places) + by, 8), (2, 8), "float64") for by in (0, shift)
    )
    assert_close(np.array([there[0] @ there[1]]), np.array([here[0] @ here[1]]) + 0.0, "composed", "dot product")
    assert_close((here * here).sum(-1), np.full(2, 4.0), "composed", "squared length")


ODD = [("position_angles", 3), ("position_angles", 0), ("position_angles", -2), ("sinusoids", 5)]


@task(4)
@points(2)
def test_an_odd_dim_is_refused(ask):
    """A dim that is odd, or not positive, is a ValueError that names it."""
    for name, dim in ODD:
        arguments = (np.array([0, 1]), dim, None) if name == "position_angles" else (np.array([0, 1]), dim)
        refuses(ask, ValueError, getattr(probes, name), *arguments, naming=[dim])
    settings = {"dim": 3, "max_len": 4}
    refuses(ask, ValueError, probes.refused, "SinusoidalPositionalEncoding", settings, zeros(2, 3), {}, naming=[3])


LAYERS = {
    "SinusoidalPositionalEncoding": {"dim": 4, "max_len": 9},
    "LearnedPositionalEmbedding": {"dim": 4, "max_len": 9},
    "RotaryEmbedding": {"dim": 4},
}
EACH = [
    pytest.param("SinusoidalPositionalEncoding", marks=task(4)),
    pytest.param("LearnedPositionalEmbedding", marks=task(5)),
    pytest.param("RotaryEmbedding", marks=task(6)),
]


@points(5)
@pytest.mark.parametrize("name", EACH)
@share(2)
@given(case=draws.sequences(), more=st.integers(0, 3), seed=seeds())
def test_positions_of_a_sequence(ask, name, case, more, seed):
    """Every vector of a sequence gets its own position, from the offset on, in any dtype; gradients are right."""
    x, offset = case["x"], case["offset"]
    n, dim = x.shape[-2:]
    room = max(1, offset + n + more)
    settings = {"dim": dim} if name == "RotaryEmbedding" else {"dim": dim, "max_len": room}
    state = {}
    if name == "LearnedPositionalEmbedding":
        state = {"weight": fill((room, dim), seed, x.dtype.name, "normal")}
    agree(ask, probes.positional, name, settings, state, x, offset, case["grad"], kind="reduction")


@points(1)
@pytest.mark.parametrize("name", EACH)
@share(2)
@given(case=draws.sequences(dtypes=("float32",)), first=st.integers(0, 5))
def test_a_sequence_in_two_pieces_is_the_same(ask, name, case, first):
    """A sequence cut in two, the second piece given the offset where it was cut, is what it is in one."""
    x, offset = case["x"], case["offset"]
    n, dim = x.shape[-2:]
    first = min(first, n)
    settings = {"dim": dim} if name == "RotaryEmbedding" else {"dim": dim, "max_len": max(1, offset + n)}
    if name == "LearnedPositionalEmbedding":
        settings["rng"] = 3
    whole, left, right = (
        draws.shaped(ask(probes.applied, name, settings, part, start), part.shape, "float32")
        for part, start in [(x, offset), (x[..., :first, :], offset), (x[..., first:, :], offset + first)]
    )
    assert_close(np.concatenate([left, right], axis=-2), whole, "composed", "two pieces")


@pytest.mark.parametrize("name", EACH)
def test_a_layer_of_positions_writes_nowhere(ask, name):
    """Who writes into the result changes neither the sequence nor what the layer does next."""
    settings = {**LAYERS[name], "rng": 1} if name == "LearnedPositionalEmbedding" else LAYERS[name]
    for shape in ((3, 4), (2, 1, 4)):
        x = fill(shape, 1, "float32", "normal")
        got = ask(probes.result_aliases, name, settings, x)
        assert_close(got, {"x": x, "unchanged": True}, "exact")


@points(1)
@pytest.mark.parametrize("name", EACH)
def test_what_a_layer_of_positions_learns(ask, name):
    """Waves and rotations have nothing to learn; learnt positions have one table."""
    want = [("weight", (9, 4))] if name == "LearnedPositionalEmbedding" else []
    assert_close(ask(probes.parameters_of, name, LAYERS[name]), want, "exact")


@points(2)
@pytest.mark.parametrize("name", EACH)
def test_sequences_that_do_not_fit_are_refused(ask, name):
    """Another last axis, a missing one, a negative offset, and positions beyond the last are a ValueError that names them."""
    for shape in ((3, 5), (2, 3, 2), (4,), (3, 1)):
        refuses(ask, ValueError, probes.refused, name, LAYERS[name], zeros(*shape), {}, naming=[shape, 4])
    refuses(ask, ValueError, probes.refused, name, LAYERS[name], zeros(3, 4), {"offset": -1}, naming=[-1])
    if name != "RotaryEmbedding":
        for n, offset in ((10, 0), (3, 7), (1, 9)):
            x, named = zeros(2, n, 4), {"offset": offset}
            refuses(ask, ValueError, probes.refused, name, LAYERS[name], x, named, naming=[n, offset, 9])
        draws.shaped(
            ask(probes.applied, name, LAYERS[name], zeros(2, 9, 4), 0), (2, 9, 4), "float32", "all nine positions"
        )


# ---------------------------------------------------------- 6. rotations


@task(6)
@points(3)
@given(case=draws.sequences(), seed=seeds())
def test_pairs_are_rotated(ask, case, seed):
    """Neighbours are turned as points in the plane: as complex numbers times e^(i · angle)."""
    x = case["x"]
    angles = fill((x.shape[-2], x.shape[-1] // 2), seed, "float64", "normal")
    agree(ask, probes.rotate_pairs, x, angles)


@task(6)
@points(2)
@given(case=draws.sequences(dtypes=("float64",)))
def test_rotation_keeps_lengths(ask, case):
    """Every pair is as long as before, and so is every vector; position 0 is not turned at all."""
    x = case["x"]
    y = ask(probes.applied, "RotaryEmbedding", {"dim": x.shape[-1]}, x, case["offset"])
    draws.shaped(y, x.shape, "float64")
    before, after = ((z[..., 0::2] ** 2 + z[..., 1::2] ** 2) for z in (x, y))
    assert_close(after, before, "composed", "squared length of each pair")
    first = ask(probes.applied, "RotaryEmbedding", {"dim": x.shape[-1]}, x[..., :1, :], 0)
    assert_close(first, np.ascontiguousarray(x[..., :1, :]), "exact", "position 0")


@task(6)
@points(3)
@given(
    dim=st.sampled_from([4, 2, 8]), apart=st.integers(-6, 6), start=st.integers(6, 20), shift=st.integers(1, 500),
    base=st.sampled_from([10000.0, 10.0]), seed=seeds(),
)  # fmt: skip
def test_only_the_distance_counts(ask, dim, apart, start, shift, base, seed):
    """The dot product of two rotated vectors depends on how far apart they stand, not on where."""
    q, k = fill((2, 1, dim), seed, "float64", "normal")
    dots = []
    for by in (0, shift):
        left, right = (
            draws.shaped(
                ask(probes.applied, "RotaryEmbedding", {"dim": dim, "base": base}, x, at + by), (1, dim), "float64"
            )
            for x, at in ((q, start), (k, start + apart))
        )
        dots.append(left[0] @ right[0])
    size = float(np.linalg.norm(q) * np.linalg.norm(k))
    require(
        abs(dots[0] - dots[1]) <= 1e-9 * size,
        f"⟨q, k⟩ = {dots[0]:.12g} at positions {start} and {start + apart}",
        f"{dots[1]:.12g} when both move on by {shift}",
    )


@task(6)
@points(2)
@given(offset=st.sampled_from([0, 1000, 30_000, 100_000]), seed=seeds(), base=st.sampled_from([None, 500000.0]))
def test_far_positions_are_as_accurate_as_near_ones(ask, offset, seed, base):
    """In float32 a rotation at position 100,000 is as accurate as one at 0."""
    x = fill((3, 8), seed, "float32", "normal")
    settings = {"dim": 8} if base is None else {"dim": 8, "base": base}
    agree(ask, probes.applied, "RotaryEmbedding", settings, x, offset)


@task(6)
@points(2)
@given(case=draws.sequences(dtypes=("float64",)), seed=seeds())
def test_rotations_remember_their_angles_by_themselves(ask, case, seed):
    """Two rotated sequences at different positions, waiting for their way back together, do not mix up their angles."""
    x = case["x"]
    grads = [fill(x.shape, seed + i, "float64", "normal") for i in range(2)]
    agree(ask, probes.applied_twice, "RotaryEmbedding", {"dim": x.shape[-1]}, x, grads)


@task(6)
def test_rotation_refuses_an_odd_dim(ask):
    """A RotaryEmbedding of odd dim is a ValueError that names it, as soon as it is made."""
    for dim in (3, 0):
        refuses(ask, ValueError, probes.parameters_of, "RotaryEmbedding", {"dim": dim}, naming=[dim])
