"""Reflect: your formulas, held against models that are made."""

import itertools

import numpy as np
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, seeds, share, task

from . import draws, models, oracles


@task(8)
@points(3)
@share(2)
@given(amount=st.sampled_from([0.5, 0.25, 0.75]), rounds=st.sampled_from([3, 2, 1]), seed=seeds())
def test_what_is_left_after_rounds(ask, amount, rounds, seed):
    """sparsity_after says how many zeros there are after pruning a share of what is left again and again; so many there are."""
    got = ask(models.rounds_of_pruning, draws.distinct((16, 16), seed), amount, rounds)
    wanted = [float(1 - (1 - amount) ** (n + 1)) for n in range(rounds)]
    assert_close(got, {"formula": wanted, "measured": wanted})


@task(8)
@points(4)
@share(2)
@given(dense=draws.sparse(((3, 4), (5, 70), (40, 9), (1, 40_000), (6, 1))))
def test_bytes_of_sparse_matrices(ask, dense):
    """csr_bytes is what the three arrays of a SparseMatrix take, of float32 or float64, with many columns or few."""
    count = sum(array.nbytes for array in oracles.compressed(dense)) if dense.size < 9999 else None
    if count is None:
        count = int(np.count_nonzero(dense)) * (dense.itemsize + 4) + 4 * (dense.shape[0] + 1)
    assert_close(ask(models.csr_bytes, dense), {"formula": count, "measured": count}, "exact")


@task(8)
@points(4)
@given(
    rows=st.sampled_from([128, 10, 1000]), columns=st.sampled_from([64, 300, 50_000]), itemsize=st.sampled_from([4, 8])
)
def test_where_sparse_and_dense_break_even(ask, rows, columns, itemsize):
    """break_even_density is where a SparseMatrix takes as many bytes as the dense array: dense · itemsize = all three arrays."""
    index = 2 if columns <= 32768 else 4
    dense = rows * columns * itemsize
    nonzero = (dense - 4 * (rows + 1)) / (itemsize + index)
    wanted = float(nonzero / (rows * columns))
    assert_close(ask(models.formula, "break_even_density", rows, columns, itemsize), wanted)
    got = ask(models.formula, "csr_bytes", rows, columns, int(nonzero), itemsize)
    require(dense - itemsize - index < got <= dense, f"nearly {dense:,} bytes there", f"{got:,}")


@task(8)
@points(4)
@share(2)
@given(
    sizes=st.sampled_from([(64, 128, 10), (5, 8, 8, 3), (3, 4, 2), (4, 16, 8, 4, 1)]),
    keep=st.sampled_from([0.25, 0.5, 1.0]),
)
def test_numbers_that_are_left(ask, sizes, keep):
    """dense_numbers counts what layers hold when hidden ones keep a share of their units; a model that shrinks holds as many."""

    def count(widths):
        return sum(b * a + b for a, b in itertools.pairwise(widths))

    left = count([sizes[0], *(int(size * keep) for size in sizes[1:-1]), sizes[-1]])
    assert_close(ask(models.numbers_left, sizes, keep), {"formula": [count(sizes), left], "measured": [left]}, "exact")


@task(8)
@points(3)
@given(inputs=st.integers(2, 40), outputs=st.integers(2, 40))
def test_ranks_that_are_worth_it(ask, inputs, outputs):
    """largest_useful_rank is the last at which left and right hold fewer numbers than the weight; one more, and they do not."""
    got = ask(models.useful_rank, inputs, outputs)
    rank = next(r for r in range(40) if (r + 1) * (inputs + outputs) >= inputs * outputs)
    assert_close(got["formula"], rank, "exact")
    assert_close(got["numbers"], [r * (inputs + outputs) for r in (rank, rank + 1)], "exact", "numbers held")


@task(8)
@points(3)
@share(2)
@given(case=draws.matrices())
def test_errors_are_known_beforehand(ask, case):
    """low_rank_error, from singular values alone, is the error that low_rank makes."""
    weight, rank = case
    weight = weight.astype("float64")
    sizes = [float(size) for size in np.linalg.svd(weight, compute_uv=False)]
    got, wanted = ask(models.low_rank_error, weight, sizes, rank), oracles.tail(weight, rank)
    room = 1e-9 * (sizes[0] or 1.0)
    for name in ("formula", "measured"):
        require(abs(got[name] - wanted) <= room, f"an error of {wanted:.9g}", f"{got[name]:.9g} ({name})")


@task(8)
@points(3)
@share(2)
@given(classes=st.integers(2, 12), seed=seeds())
def test_gradients_when_it_is_hot(ask, classes, seed):
    """hot_gradient is what the gradient of T² · KL comes to as T grows; at a T of 10,000 yours is nearly there."""
    student, teacher = (draws.normal((classes,), seed + i) * 3 for i in (0, 1))
    student, teacher = student - student.mean(), teacher - teacher.mean()
    got = ask(models.hot_gradient, student, teacher, 1e4)
    wanted = [float(gap / classes) for gap in student - teacher]
    assert_close(got["formula"], wanted)
    off = float(np.abs(got["measured"] - wanted).max())
    require(off <= 0.01 * max(map(abs, wanted)), f"about {wanted[0]:.4g}, …", f"off by up to {off:.2g}")
