"""Build: what the losses are."""

import numpy as np
import pytest
from hypothesis import strategies as st

from ..kit import Bounded, agree, assert_close, dtypes, given, points, refuses, require, scalars, seeds, task
from ..kit.strategies import fill
from . import probes
from .cases import SMALL, along_classes, by_class, by_element, of_any_loss, without_classes
from .oracles import class_axis

BY_CLASS = ("nll_loss", "cross_entropy")
TASK = {"mse_loss": 1, "l1_loss": 1, "nll_loss": 2, "cross_entropy": 3, "binary_cross_entropy_with_logits": 6}


def each_of(*losses):
    """A law for each of these losses, which belongs to the task that asks for it."""
    return pytest.mark.parametrize("loss", [pytest.param(loss, marks=task(TASK[loss]), id=loss) for loss in losses])


def target_of(loss, batch):
    """The target in `batch` that suits `loss`."""
    return batch["classes" if loss in BY_CLASS else "values"]


# ------------------------------------------------------------ what all share


@points(2)
@each_of("mse_loss", "l1_loss")
@given(case=by_element())
def test_errors_are_pytorchs(ask, loss, case):
    """Squared and absolute error have PyTorch's values, for any shape and reduction; the mean of nothing is NaN."""
    agree(ask, getattr(probes, loss), *case)


@each_of("mse_loss", "cross_entropy", "binary_cross_entropy_with_logits")
@given(batch=of_any_loss())
def test_sum_and_mean_come_from_the_single_losses(ask, loss, batch):
    """The sum is that of the losses that "none" gives, and the mean is the sum divided by how many they are."""
    x, target = batch["scores"], target_of(loss, batch)
    each, total, mean = (ask(getattr(probes, loss), x, target, {"reduction": how}) for how in ("none", "sum", "mean"))
    scale, count = np.abs(each).sum(dtype=np.float64) + 1.0, max(each.size, 1)
    assert_close(total, Bounded(np.asarray(each.sum(dtype=np.float64), x.dtype), scale), name="sum")
    assert_close(mean, Bounded(np.asarray(total / count, x.dtype), scale / count), name="mean")


@each_of(*TASK)
@given(batch=of_any_loss(), reduction=st.sampled_from(["none", "mean"]))
def test_a_loss_depends_on_its_arguments_alone(ask, loss, batch, reduction):
    """Asked again, or with the target as an array, a loss is the same; and input and target stay as they were."""
    x, target = batch["scores"], target_of(loss, batch)
    got = ask(probes.asked_again, loss, x, target, {"reduction": reduction})
    first = got["first"]
    assert_close(
        got, {"first": first, "second": first, "target as an array": first, "input": x, "target": target}, "exact"
    )


@each_of(*TASK)
@given(reduction=st.sampled_from(["avg", "batchmean", "SUM"]))
def test_an_unknown_reduction_is_refused(ask, loss, reduction):
    """A reduction that does not exist is a ValueError that names it."""
    x = np.ones((2, 3))
    target = np.array([0, 2]) if loss in BY_CLASS else x
    refuses(ask, ValueError, getattr(probes, loss), x, target, {"reduction": reduction}, naming=[reduction])


MISFITS = [((3, 1), (3,)), ((3,), (3, 1)), ((2, 3), (1, 3)), ((4, 1), (4, 4)), ((2,), ()), ((2, 3), (3, 2))]


@each_of("mse_loss", "l1_loss", "binary_cross_entropy_with_logits")
@given(shapes=st.sampled_from(MISFITS))
def test_shapes_that_only_broadcast_are_refused(ask, loss, shapes):
    """A target of another shape is a ValueError that names both, even if they would broadcast, as (N, 1) and (N,)."""
    refuses(ask, ValueError, getattr(probes, loss), np.ones(shapes[0]), np.ones(shapes[1]), {}, naming=shapes)


# --------------------------------------------------- the right class: nll_loss


@task(2)
@points(4)
@given(case=by_class())
def test_nll_is_pytorchs(ask, case):
    """Negative log-likelihood has PyTorch's values for one position, a batch, and images with the classes on axis 1."""
    agree(ask, probes.nll_loss, *case)


@points(2)
@each_of(*BY_CLASS)
@given(case=by_class("ignore_index", palettes=("normal",)), where=seeds(), off=st.sampled_from([0, 1, 5, -1, -2, -100]))
def test_a_class_that_is_not_there_is_refused(ask, loss, case, where, off):
    """A target that is no class and not ignore_index is an IndexError that names it and how many classes there are."""
    scores, target, options = case
    classes = scores.shape[class_axis(scores.shape)]
    wrong = classes + off if off >= 0 else off
    if wrong == options["ignore_index"] or not target.size:
        wrong, options, scores, target = 3, {}, np.ones((2, 3)), np.zeros(2)
        classes = 3
    target = target.astype(np.int64)
    target.flat[where % target.size] = wrong
    refuses(ask, IndexError, getattr(probes, loss), scores, target, options, naming=[wrong, classes])


@task(2)
@given(dtype=dtypes("float32", "float64"))
def test_class_indices_are_integers(ask, dtype):
    """Floats are no class indices: nll_loss has a TypeError that names their dtype."""
    refuses(ask, TypeError, probes.nll_loss, np.ones((2, 3)), np.array([0, 1], dtype), {}, naming=[dtype])


@each_of(*BY_CLASS)
@given(seed=seeds(), dtype=dtypes("uint8", "int8"))
def test_small_integers_do_for_a_large_batch(ask, loss, seed, dtype):
    """The dtype of class indices has to hold the classes, not the elements: uint8 does for 60 rows of 10 classes."""
    target = np.random.default_rng(seed).integers(0, 10, 60).astype(dtype)
    scores = fill((60, 10), seed + 1, "float32", "normal")
    agree(ask, getattr(probes, loss), scores, target, {"reduction": "none"})


UNFIT = [((2, 3), (3,)), ((2, 3), (2, 3)), ((2, 3), (2, 1)), ((2, 3), ()), ((3,), (3,)), ((2, 3, 4), (2, 3))]


@each_of(*BY_CLASS)
@given(shapes=st.sampled_from(UNFIT))
def test_class_indices_that_do_not_fit_are_refused(ask, loss, shapes):
    """Indices whose shape is not that of the scores without the class axis are a ValueError that names both shapes."""
    scores, target = np.ones(shapes[0]), np.zeros(shapes[1], np.int64)
    refuses(ask, ValueError, getattr(probes, loss), scores, target, {}, naming=shapes)


# ------------------------------------------------------------- cross-entropy


@task(3)
@points(4)
@given(case=by_class())
def test_cross_entropy_is_pytorchs(ask, case):
    """Cross-entropy with class indices has PyTorch's values and dtype for one position, a batch, and images."""
    agree(ask, probes.cross_entropy, *case)


@task(3)
@points(2)
@given(seed=seeds(), dtype=dtypes(), reduction=st.sampled_from(["none", "mean"]))
def test_cross_entropy_survives_large_logits(ask, seed, dtype, reduction):
    """Logits of ±10,000 give finite losses, and the right ones: no overflow, and no logarithm of 0."""
    rng = np.random.default_rng(seed)
    logits = rng.choice([-1e4, -9999.0, 0.0, 5e3, 9998.0, 1e4], (4, 3)).astype(dtype)
    agree(ask, probes.cross_entropy, logits, rng.integers(0, 3, 4), {"reduction": reduction})


@task(3)
@given(case=by_class(palettes=SMALL), shift=scalars(-50.0, 50.0))
def test_cross_entropy_sees_differences_only(ask, case, shift):
    """Adding the same number to all logits changes nothing."""
    logits, target, _ = case
    plain, shifted = (
        ask(probes.cross_entropy, x.astype(logits.dtype), target, {"reduction": "none"})
        for x in (logits, logits + shift)
    )
    assert_close(shifted, Bounded(plain, 1.0 + abs(shift) + 2.0 * np.abs(logits).max(initial=0.0)))


@task(3)
@given(case=by_class(palettes=("normal", "large")))
def test_a_better_answer_costs_less(ask, case):
    """Raising the right logit does not raise the loss, and no loss is below 0."""
    logits, target, _ = case
    axis = class_axis(logits.shape)
    right = np.expand_dims(target, axis) == along_classes(np.arange(logits.shape[axis]), logits.shape)
    better = logits + right.astype(logits.dtype)
    before, after = (ask(probes.cross_entropy, x, target, {"reduction": "none"}) for x in (logits, better))
    slack = {"float32": 1e-5, "float64": 1e-9}[logits.dtype.name] * (1.0 + np.abs(logits).max(initial=0.0))
    require(bool((after >= -slack).all()), "no loss below 0", f"{after.min(initial=0.0)}")
    worse = after > before + slack
    require(not worse.any(), "a loss that does not grow", f"it grew from {before[worse][:1]} to {after[worse][:1]}")


@task(3)
@given(batch=of_any_loss(), seed=seeds())
def test_the_order_of_the_batch_does_not_matter(ask, batch, seed):
    """Shuffling rows and targets together shuffles the single losses and leaves the mean alone."""
    x, target, probe = batch["scores"], batch["classes"], probes.cross_entropy
    order = np.random.default_rng(seed).permutation(len(x))
    for reduction, pick in (("none", order), ("mean", ...)):
        plain = ask(probe, x, target, {"reduction": reduction})
        shuffled = ask(probe, x[order], target[order], {"reduction": reduction})
        assert_close(shuffled, Bounded(plain[pick], np.abs(plain).max() + 1.0), name=reduction)


@task(3)
@points(2)
@given(case=by_class(palettes=("normal", "ties")), seed=seeds())
def test_a_class_can_be_ruled_out(ask, case, seed):
    """A logit of −inf rules its class out: with another right answer the loss is finite, and PyTorch's."""
    logits, target, options = case
    axis = class_axis(logits.shape)
    wrong = np.expand_dims(target, axis) != along_classes(np.arange(logits.shape[axis]), logits.shape)
    out = wrong & (np.random.default_rng(seed).random(logits.shape) < 0.5)
    agree(ask, probes.cross_entropy, np.where(out, -np.inf, logits).astype(logits.dtype), target, options)


# ------------------------------------- what does not count, and what counts more


@task(4)
@points(3)
@pytest.mark.parametrize("loss", BY_CLASS)
@given(case=by_class("ignore_index", palettes=SMALL))
def test_ignored_positions_do_not_count(ask, loss, case):
    """Positions of ignore_index cost 0, and the mean divides by the number of the others."""
    agree(ask, getattr(probes, loss), *case)


@task(4)
@given(
    loss=st.sampled_from(BY_CLASS),
    case=by_class("ignore_index", palettes=("normal",)),
    junk=st.sampled_from([1e4, -1e4, -np.inf]),
)
def test_the_scores_of_ignored_positions_have_no_say(ask, loss, case, junk):
    """Whatever the scores of an ignored position are, large or −inf for one class, the loss stays the same."""
    scores, target, options = case
    axis = class_axis(scores.shape)
    changed = np.moveaxis(scores.copy(), axis, -1)
    changed[target == options["ignore_index"], 0] = junk
    got = ask(getattr(probes, loss), np.moveaxis(changed, -1, axis), target, options)
    assert_close(got, ask(getattr(probes, loss), scores, target, options))


@task(4)
@pytest.mark.parametrize("loss", BY_CLASS)
@given(
    dtype=dtypes(),
    shape=st.sampled_from([(2, 3), (3,), (2, 3, 2), (0, 3)]),
    reduction=st.sampled_from(["mean", "sum", "none"]),
)
def test_a_mean_of_nothing_is_nan(ask, loss, dtype, shape, reduction):
    """Where all positions are ignored or weigh nothing, or there are none, the mean is NaN as in PyTorch; the sum is 0."""
    weight = np.arange(shape[class_axis(shape)], dtype=dtype)  # class 0 weighs nothing
    for target, options in ((-100, {}), (0, {"weight": weight})):
        positions = np.full(without_classes(shape), target)
        agree(ask, getattr(probes, loss), np.ones(shape, dtype), positions, {"reduction": reduction, **options})


@task(4)
@points(2)
@pytest.mark.parametrize("loss", BY_CLASS)
@given(case=by_class("weight", "ignore_index", palettes=SMALL))
def test_classes_weigh_what_they_are_given(ask, loss, case):
    """With weights each position counts by its class: in the sum, and in what the mean divides by."""
    agree(ask, getattr(probes, loss), *case)


@task(4)
@given(
    loss=st.sampled_from(BY_CLASS),
    shapes=st.sampled_from([((2, 3), (2,)), ((2, 3), (1,)), ((2, 3), ()), ((2, 3), (2, 3)), ((2, 3, 2), (2,))]),
)
def test_weights_that_do_not_fit_are_refused(ask, loss, shapes):
    """Weights that are not one for each class are a ValueError that names both shapes, even if they would broadcast."""
    scores, target = np.ones(shapes[0]), np.zeros(without_classes(shapes[0]), np.int64)
    refuses(ask, ValueError, getattr(probes, loss), scores, target, {"weight": np.ones(shapes[1])}, naming=shapes)


# --------------------------------------------------------------- soft targets


@task(5)
@points(3)
@given(case=by_class(soft=True))
def test_class_probabilities_are_pytorchs(ask, case):
    """Cross-entropy with class probabilities has PyTorch's values; its mean divides by the number of positions."""
    agree(ask, probes.cross_entropy, *case)


@task(5)
@given(case=by_class())
def test_certainty_is_a_class_index(ask, case):
    """Probability 1 for one class says the same as its index."""
    logits, target, options = case
    axis = class_axis(logits.shape)
    certain = np.moveaxis(np.eye(logits.shape[axis], dtype=logits.dtype)[target], -1, axis)
    index = ask(probes.cross_entropy, logits, target, options)
    scale = (1.0 + 2.0 * np.abs(logits).max(initial=0.0)) * max(target.size, 1)
    assert_close(ask(probes.cross_entropy, logits, certain, options), Bounded(index, scale))


@task(5)
@given(case=by_class(soft=True, palettes=("normal", "large")))
def test_the_truth_is_the_cheapest_answer(ask, case):
    """No logits cost less than those that give the target's own probabilities."""
    logits, target, _ = case
    truth = np.log(np.maximum(target, 1e-30)).astype(logits.dtype)
    least, loss = (ask(probes.cross_entropy, x, target, {"reduction": "none"}) for x in (truth, logits))
    slack = {"float32": 1e-4, "float64": 1e-9}[logits.dtype.name] * (1.0 + 2.0 * np.abs(logits).max(initial=0.0))
    cheaper = loss < least - slack
    require(not cheaper.any(), f"at least {least[cheaper][:1]}", f"{loss[cheaper][:1]}")


@task(5)
@points(3)
@given(case=by_class("label_smoothing", "ignore_index", palettes=SMALL))
def test_label_smoothing_is_pytorchs(ask, case):
    """Label smoothing moves its share to all C classes evenly, the right one included; ignored positions stay out."""
    agree(ask, probes.cross_entropy, *case)


@task(5)
@points(2)
@given(case=by_class("label_smoothing", "weight", palettes=SMALL, soft=True))
def test_probabilities_can_be_smoothed_and_weighted(ask, case):
    """Class probabilities take label smoothing and weights; weights do not change what their mean divides by."""
    agree(ask, probes.cross_entropy, *case)


@task(5)
@given(case=by_class("label_smoothing", "weight", "ignore_index", palettes=SMALL))
def test_smoothing_weights_and_ignoring_go_together(ask, case):
    """All options at once: each class's share weighs what the class does, the mean divides by the targets' weights."""
    agree(ask, probes.cross_entropy, *case)


@task(5)
@given(smoothing=st.sampled_from([-0.1, 1.5, 2.0]))
def test_smoothing_is_a_share(ask, smoothing):
    """Label smoothing below 0 or above 1 is a ValueError that names it."""
    options = {"label_smoothing": smoothing}
    refuses(ask, ValueError, probes.cross_entropy, np.ones((2, 3)), np.array([0, 1]), options, naming=[smoothing])


@task(5)
@given(shapes=st.sampled_from([((2, 3), (2,)), ((2, 3), (3,)), ((2, 3), (1, 3)), ((3,), (1, 3)), ((2, 3, 4), (2, 3))]))
def test_probabilities_that_do_not_fit_are_refused(ask, shapes):
    """Floats as a target must have the shape of the logits: anything else is a ValueError that names both."""
    refuses(ask, ValueError, probes.cross_entropy, np.ones(shapes[0]), np.ones(shapes[1]), {}, naming=shapes)


# ------------------------------------------------------------------ yes or no


@task(6)
@points(4)
@given(case=by_element(answers=True))
def test_binary_cross_entropy_is_pytorchs(ask, case):
    """Binary cross-entropy has PyTorch's values for answers of 0, of 1 and between, floats or integers."""
    agree(ask, probes.binary_cross_entropy_with_logits, *case)


@task(6)
@points(2)
@given(seed=seeds(), dtype=dtypes(), reduction=st.sampled_from(["none", "mean"]))
def test_binary_cross_entropy_survives_large_logits(ask, seed, dtype, reduction):
    """Logits of ±10,000 give finite losses, and the right ones: 0 for a right answer, |z| for a wrong one."""
    rng = np.random.default_rng(seed)
    logits = rng.choice([-1e4, -100.0, 0.0, 90.0, 1e4], (3, 4)).astype(dtype)
    answers = rng.integers(0, 2, (3, 4)).astype(dtype)
    agree(ask, probes.binary_cross_entropy_with_logits, logits, answers, {"reduction": reduction})


@task(6)
@given(case=by_element(answers=True))
def test_yes_and_no_are_alike(ask, case):
    """Asking the opposite question, −z for 1 − y, costs the same."""
    logits, target, _ = case
    probe, options = probes.binary_cross_entropy_with_logits, {"reduction": "none"}
    plain = ask(probe, logits, target, options)
    opposite = ask(probe, -logits, np.asarray(1 - target, target.dtype), options)
    assert_close(opposite, Bounded(plain, 1.0 + np.abs(logits).max(initial=0.0)))


@task(6)
@points(2)
@given(case=by_element(answers=True), seed=seeds(), which=st.integers(0, 3))
def test_pos_weight_weighs_yes(ask, case, seed, which):
    """pos_weight multiplies what a yes costs and nothing else: one for each question, row or answer, or one for all."""
    logits, target, options = case
    shape = (logits.shape[-1:], (), logits.shape[:1] + (1,) * (logits.ndim - 1), logits.shape)[which]
    weight = np.asarray(np.random.default_rng(seed).uniform(0.2, 4.0, shape), logits.dtype)
    agree(ask, probes.binary_cross_entropy_with_logits, logits, target, {**options, "pos_weight": weight})


@task(6)
@given(
    loss=st.sampled_from([*BY_CLASS, "binary_cross_entropy_with_logits"]),
    batch=of_any_loss(),
    seed=seeds(),
)
def test_weights_may_be_arrays(ask, loss, batch, seed):
    """A NumPy array does as a weight or a pos_weight, as it does for a target."""
    x = batch["scores"]
    weight = np.random.default_rng(seed).uniform(0.5, 2.0, x.shape[1]).astype(x.dtype)
    options = {"weight" if loss in BY_CLASS else "pos_weight": weight}
    agree(ask, probes.with_arrays, loss, x, target_of(loss, batch), options)


# ----------------------------------------------------------------- as modules

MODULES = {
    "MSELoss": [],
    "L1Loss": [],
    "NLLLoss": ["weight", "ignore_index"],
    "CrossEntropyLoss": ["weight", "ignore_index", "label_smoothing"],
    "BCEWithLogitsLoss": ["pos_weight"],
}


@task(7)
@pytest.mark.parametrize("kind", MODULES)
@given(batch=of_any_loss(), reduction=st.sampled_from(["sum", "mean", "none"]), seed=seeds(), arrays=st.booleans())
def test_a_loss_module_is_its_function(ask, kind, batch, reduction, seed, arrays):
    """A loss as a Module keeps every option it was made with, Tensor or array, and gives what the function gives."""
    x = batch["scores"]
    values = {
        "weight": np.random.default_rng(seed).uniform(0.5, 2.0, x.shape[1]).astype(x.dtype),
        "pos_weight": np.array(3.0, x.dtype),
        "ignore_index": int(batch["classes"][0]),
        "label_smoothing": 0.25,
    }
    options = {"reduction": reduction, **{name: values[name] for name in MODULES[kind]}}
    target = batch["classes" if kind in ("NLLLoss", "CrossEntropyLoss") else "values"]
    agree(ask, probes.module_with_arrays if arrays else probes.module, kind, x, target, options)


@task(7)
@pytest.mark.parametrize("kind", ["NLLLoss", "CrossEntropyLoss", "BCEWithLogitsLoss"])
@given(batch=of_any_loss(), seed=seeds())
def test_a_loss_module_has_weights_of_its_own(ask, kind, batch, seed):
    """A weight is copied when the module is made, and is the one that counts: after another is loaded, that one."""
    x, rng = batch["scores"], np.random.default_rng(seed)
    weight, later = (rng.uniform(0.5, 2.0, x.shape[1]).astype(x.dtype) for _ in range(2))
    target = batch["values" if kind == "BCEWithLogitsLoss" else "classes"]
    agree(ask, probes.module_with_changing_weight, kind, x, target, weight, later)


@task(7)
@points(2)
def test_a_loss_module_has_nothing_to_train(ask):
    """A loss is a Module with a training mode, without parameters; its weights are a buffer, named as in PyTorch."""
    for kind, names in MODULES.items():
        weights = {name: np.array([1.0, 2.0]) for name in names if "weight" in name}
        for options in ({}, weights):
            want = {"is a Module": True, "parameters": 0, "state": options, "training": [True, False]}
            assert_close(ask(probes.parts_of_module, kind, options), want, "exact", name=kind)
