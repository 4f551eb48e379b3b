"""Build: models that shrink, thin and sparse matrices, lessons from a teacher."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, arrays, assert_close, dtypes, given, points, refuses, require, seeds, share, task

from . import draws, models, oracles, probes
from .draws import of

# ------------------------------------------------------------ 4. smaller for real


@task(4)
@points(2)
@given(n=st.integers(1, 9))
def test_bytes_of_a_model(ask, n):
    """stored_bytes counts every Parameter and buffer, one that has two names once, and masks on top."""
    plain = 4 * (n * n + 2 * n) + 8 * (n * n + n) + 8 * n
    assert_close(ask(probes.stored_bytes, n), [plain, plain + 8 * n * n], "exact")


@task(4)
@points(1)
@given(weight=draws.sparse())
def test_units_without_inputs_are_dead(ask, weight):
    """A unit is dead if all its weights are 0, and also if there are none."""
    wanted = np.array([all(number == 0 for number in row) for row in weight.tolist()], bool)
    assert_close(ask(probes.dead_units, weight), wanted, "exact")


@task(4)
@points(4)
@given(
    biases=st.sampled_from([(True, True), (True, False), (False, True), (False, False)]),
    between=st.sampled_from([["relu"], ["sigmoid"], [], ["plus one", "tanh"]]),
    masked=st.booleans(),
    deaf=st.booleans(),
    seed=seeds(),
)
def test_what_dead_units_say_moves_into_the_bias(ask, biases, between, masked, deaf, seed):
    """Without its dead units, a pair of layers has smaller arrays and says the same: what they said is in the second bias.

    A second layer without a bias gets one if what it hears of them is not 0.
    """
    dead, rng = np.array([False, True, False, True, False]), np.random.default_rng(seed)
    first, second, x = draws.normal((5, 4), seed), draws.normal((3, 5), seed + 1), draws.normal((2, 4), seed + 2)
    b1, b2 = draws.normal((5,), seed + 3) if biases[0] else None, draws.normal((3,), seed + 4) if biases[1] else None
    mask = (rng.random((5, 4)) < 0.7) & ~dead[:, None] if masked else None
    if deaf:
        second[:, dead] = 0.0
    if mask is None:
        first[dead] = 0.0
    got = ask(probes.cut_units, (first, b1), between, (second, b2), dead, mask, x)
    kept = first if mask is None else first * mask
    small, last = got["states"]
    wanted = {"weight": kept[~dead]} | ({} if b1 is None else {"bias": b1[~dead]})
    assert_close(small, wanted, "exact", "first layer")
    assert_close(last["weight"], second[:, ~dead], "exact", "second weight")
    heard = second[:, dead] @ oracles.said(np.zeros(5) if b1 is None else b1, between)[dead]
    if b2 is not None or heard.any():
        assert_close(last["bias"], heard if b2 is None else b2 + heard, name="second bias")
    else:
        assert_close(list(last), ["weight"], "exact", "second layer")
    assert_close(got["after"], got["before"], name="what they say")
    assert_close([got["shared"], all(got["learnt"])], [False, True], "exact", "memory shared, learns")


@task(4)
@points(5)
@given(case=draws.shrinkables())
def test_models_shrink_and_say_the_same(ask, case):
    """Every hidden layer loses its dead units, and those that are dead without them; in evaluation mode nothing else changes."""
    got = ask(probes.shrunk, *of(case, "plan", "dead", "masks", "state", "x"))
    shapes = {f"{place}.weight": str(shape) for place, shape in oracles.left_of(case["plan"], case["masks"]).items()}
    found = {path: shape for path, shape in got["shapes"].items() if not path.endswith("bias")}
    assert_close(list(found), list(shapes), "exact", "Parameters and buffers, but for biases")
    assert_close(found, shapes, "exact", "shape")
    assert_close(got["smaller"], got["model"], name="what it says")


@task(4)
@points(2)
@share(2)
@given(case=draws.shrinkables(), training=st.booleans())
def test_the_model_that_shrinks_stays_as_it_is(ask, case, training):
    """The model keeps its masks, numbers and modes; all of the smaller one is in the mode of the model, and shares no memory."""
    got = ask(probes.shrunk, *of(case, "plan", "dead", "masks", "state", "x"), training)
    wanted = {"unchanged": True, "modes unchanged": True, "shared": False, "dtypes": ["float64"]}
    assert_close({key: got[key] for key in wanted}, wanted, "exact")
    assert_close(got["modes"], dict.fromkeys(got["modes"], training), "exact", "training")


@task(4)
@points(2)
def test_units_before_something_learnt_stay(ask):
    """Where something with Parameters stands between two Linears, no unit goes; a model that is no Sequential is a TypeError."""
    plan = [["linear", 4, 3, True], "scale", ["linear", 3, 3, True], "relu", ["linear", 3, 2, True]]
    masks = {"0": np.zeros((3, 4), bool), "2": np.ones((3, 3), bool), "4": np.ones((2, 3), bool)}
    masks["0"][1:] = True
    state = draws.state_of(plan, 3) | {"1.factor": np.array([2.0])}
    got = ask(probes.shrunk, plan, {"0": [0], "2": [2]}, masks, state, draws.normal((2, 4), 5))
    shapes = {"0.weight": "(3, 4)", "1.factor": "(1,)", "2.weight": "(2, 3)", "4.weight": "(2, 2)"}
    found = {path: shape for path, shape in got["shapes"].items() if not path.endswith("bias")}
    assert_close(list(found), list(shapes), "exact", "Parameters and buffers, but for biases")
    assert_close(found, shapes, "exact", "shape")
    assert_close(got["smaller"], got["model"], name="what it says")
    refuses(ask, TypeError, probes.shrink_linear, np.ones((2, 3)), naming=["Linear"])


# ------------------------------------------------------------ 5. two thin matrices


@task(5)
@points(4)
@given(case=draws.matrices())
def test_no_product_of_that_rank_is_nearer(ask, case):
    """The error of left @ right is the smallest that there is: the root of the sum of the squared singular values left out."""
    weight, rank = case
    got, (rows, columns) = ask(models.low_rank, weight, rank), weight.shape
    for name, shape in (("left", (rows, rank)), ("right", (rank, columns))):
        assert_close([str(got[name].dtype), got[name].shape], [str(weight.dtype), shape], "exact", name)
    product = got["left"].astype("float64") @ got["right"].astype("float64")
    error, best = float(np.sqrt(((weight - product) ** 2).sum())), oracles.tail(weight, rank)
    room = (1e-9 if weight.dtype == "float64" else 1e-4) * float(np.sqrt((weight.astype("float64") ** 2).sum()))
    require(abs(error - best) <= room, f"an error of {best:.9g}, the smallest there is", f"{error:.9g}")


@task(5)
@points(3)
@given(case=draws.spectra())
def test_ranks_keep_what_is_asked(ask, case):
    """rank_for is the smallest rank that keeps at least that share of the squared singular values; 1 for zeros.

    All of a matrix of full rank takes that rank, and no more.
    """
    weight, energy, rank = case
    assert_close(ask(models.rank_for, weight, energy), rank, "exact")


@task(5)
@points(2)
def test_ranks_that_are_none_are_refused(ask):
    """Rank 0, one above the smaller side, an array that is no matrix, energies of 0 and above 1: ValueErrors that name them."""
    x = np.ones((2, 3))
    for rank in (0, -1, 3):
        refuses(ask, ValueError, models.low_rank, x, rank, naming=[rank, (2, 3)])
    refuses(ask, ValueError, models.low_rank, np.zeros((0, 3)), 1, naming=[(0, 3)])
    refuses(ask, ValueError, models.low_rank, np.ones((2, 3, 4)), 1, naming=[(2, 3, 4)])
    refuses(ask, ValueError, models.rank_for, np.ones(3), 0.5, naming=[(3,)])
    for energy in (0.0, 1.5, -0.5):
        refuses(ask, ValueError, models.rank_for, x, energy, naming=[energy])


@task(5)
@points(3)
@given(
    lead=st.sampled_from([(3,), (), (2, 3), (0,)]), rank=st.sampled_from([2, 1]), bias=st.booleans(),
    dtype=dtypes("float64", "float32"), seed=seeds(),
)  # fmt: skip
def test_thin_layers_and_their_gradients(ask, lead, rank, bias, dtype, seed):
    """A LowRankLinear gives (x @ rightᵀ) @ leftᵀ + bias for any leading axes, and every gradient is PyTorch's.

    The arrays that it was made of are copied: they change before it is called.
    """
    left, right, b = (draws.normal(s, seed + i, dtype) for i, s in enumerate([(4, rank), (rank, 3), (4,)]))
    x, grad = draws.normal((*lead, 3), seed + 5, dtype), draws.normal((*lead, 4), seed + 6, dtype)
    agree(ask, models.low_rank_linear, left, right, b if bias else None, x, grad)


@task(5)
@points(1)
def test_factors_that_do_not_fit_are_refused(ask):
    """left and right of two ranks, a bias of another length and a misshapen x are ValueErrors that name the shapes."""
    left, right, x = np.ones((4, 2)), np.ones((2, 3)), np.ones((5, 3))
    refuses(ask, ValueError, models.low_rank_refused, left, np.ones((1, 3)), None, x, naming=[(4, 2), (1, 3)])
    refuses(ask, ValueError, models.low_rank_refused, left, right, np.ones(3), x, naming=[(3,), (4, 2)])
    refuses(ask, ValueError, models.low_rank_refused, left, right, None, np.ones((5, 2)), naming=[(5, 2)])


# ------------------------------------------------------------ 6. only what is there


@task(6)
@points(3)
@given(dense=draws.sparse())
def test_what_is_there_and_where(ask, dense):
    """values, columns and starts hold what is not 0, row by row, in small integers; nbytes is what the three take."""
    values, columns, starts = oracles.compressed(dense)
    wanted = {
        "values": values, "columns": columns, "starts": starts, "shape": dense.shape,
        "nbytes": values.nbytes + columns.nbytes + starts.nbytes, "shared": False,
    }  # fmt: skip
    assert_close(ask(models.from_dense, dense), wanted, "exact")


@task(6)
@points(1)
def test_columns_far_out_have_room(ask):
    """Up to 32,768 columns are counted in int16, more in int32; an array that is no matrix is a ValueError."""
    for width, dtype in [(32768, "int16"), (32769, "int32")]:
        dense = np.zeros((2, width), "float32")
        dense[1, -1] = 5.0
        got = ask(models.from_dense, dense)["columns"]
        assert_close(got, np.array([width - 1], dtype), "exact", f"columns of {width}")
    refuses(ask, ValueError, models.from_dense, np.ones(3), naming=[(3,)])


@task(6)
@points(2)
@given(dense=draws.sparse())
def test_sparse_matrices_come_back_dense(ask, dense):
    """to_dense puts every number into its place, and 0 into all others, rows and columns without numbers included."""
    assert_close(ask(models.to_dense, *oracles.compressed(dense), dense.shape), dense + 0.0, "exact")


@task(6)
@points(4)
@given(dense=draws.sparse(), lead=st.sampled_from([(3,), (), (2, 3), (1,), (0,)]), seed=seeds())
def test_sparse_products(ask, dense, lead, seed):
    """apply is x @ denseᵀ for any leading axes, also where rows, the first or the last, hold nothing at all."""
    x = draws.normal((*lead, dense.shape[1]), seed, dense.dtype.name)
    got = ask(models.apply, *oracles.compressed(dense), dense.shape, x)
    assert_close(got, oracles.product(x, dense), "reduction")


@task(6)
@points(1)
def test_sparse_products_that_do_not_fit_are_refused(ask):
    """An x whose last axis is not as long as a row is a ValueError that names both shapes, even if it is longer."""
    sparse = oracles.compressed(np.eye(3, 4))
    for shape in [(2, 3), (2, 5), (5,)]:
        refuses(ask, ValueError, models.apply, *sparse, (3, 4), np.ones(shape), naming=[shape, (3, 4)])
    mask = np.ones((3, 4), bool)
    refuses(ask, ValueError, models.sparse_linear, np.eye(3, 4), None, mask, np.ones((2, 5)), naming=[(2, 5)])


# ------------------------------------------------------------ 7. a teacher


@task(7)
@points(2)
@share(2)
@given(x=arrays(dims=(1, 3), empty=False), T=st.sampled_from([2.0, 1, 0.5, 20.0]), seed=seeds())
def test_temperature_softens(ask, x, T, seed):
    """soft_targets is softmax(logits / T) along the last axis, with PyTorch's gradient."""
    x = np.clip(x, -50, 50)
    agree(ask, models.soft_targets, x, T)
    agree(ask, models.soft_gradient, x, T, draws.normal(x.shape, seed))


@task(7)
@points(5)
@given(case=draws.lessons(), as_tensor=st.sampled_from([True, False]))
def test_what_a_student_pays(ask, case, as_tensor):
    """Loss and gradient are those of Hinton's formula, with T², in the student's dtype; the teacher, Tensor or array, gets none."""
    args = of(case, "student", "teacher", "targets", "T", "alpha")
    got = ask(models.distillation_loss, *args, as_tensor)
    dtype, want = case["student"].dtype, oracles.distillation_loss(*args, as_tensor)
    assert_close(got["teacher"], None, "exact", "gradient of the teacher")
    # Where student and teacher nearly agree, what is left is a difference of larger numbers.
    size = float(case["alpha"] * case["T"] * (np.abs(case["student"]).max() + np.abs(case["teacher"]).max()))
    size += float(np.abs(case["student"]).max()) + 1.0
    assert_close(got["loss"], oracles.Bounded(want["loss"], np.full((), size)), "composed", "loss")
    bound = np.full(want["student"].shape, case["alpha"] * case["T"] + 1.0)
    assert_close(got["student"], oracles.Bounded(want["student"], bound), "composed", f"gradient of {dtype}")


@task(7)
@points(2)
def test_a_student_may_be_sure_and_wrong(ask):
    """With logits of ±10,000 loss and gradient are finite and right; a student that agrees with its teacher pays nothing for it."""
    student, teacher = np.array([[1e4, -1e4, 0.0]]), np.array([[-1e4, 1e4, 5.0]])
    for dtype in ("float64", "float32"):
        args = student.astype(dtype), teacher.astype(dtype), np.array([1]), 4.0, 0.5
        agree(ask, models.distillation_loss, *args, True)
    got = ask(models.distillation_loss, teacher, teacher, np.array([0]), 3.0, 1.0, True)
    most = max(abs(float(got["loss"])), float(np.abs(got["student"]).max()))
    require(most <= 1e-9, "no loss and no gradient", f"{most:.3g}")


@task(7)
@points(1)
def test_temperature_and_alpha_have_defaults(ask):
    """By default T is 2 and alpha a half."""
    x, y, targets = draws.normal((3, 4), 1), draws.normal((3, 4), 2), np.array([0, 3, 1])
    got = ask(models.plain_distillation_loss, x, y, targets)
    assert_close(got, oracles.distillation_loss(x, y, targets, 2.0, 0.5)["loss"])


@task(7)
@points(1)
def test_bad_lessons_are_refused(ask):
    """A T of 0 or below, an alpha outside of 0 to 1 and logits of two shapes are ValueErrors that name them."""
    x, targets = np.ones((2, 3)), np.array([0, 1])
    refuses(ask, ValueError, models.soft_targets, x, 0.0, naming=[0.0])
    for T, alpha, named in [(0.0, 0.5, 0.0), (-2.0, 0.5, -2.0), (2.0, 1.5, 1.5), (2.0, -0.5, -0.5)]:
        refuses(ask, ValueError, models.distillation_loss, x, x, targets, T, alpha, naming=[named])
    refuses(ask, ValueError, models.distillation_loss, x, np.ones((1, 3)), targets, 2.0, 0.5, naming=[(2, 3), (1, 3)])
