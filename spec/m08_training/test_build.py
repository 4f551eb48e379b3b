"""Build: schedules, clipping, the loop, judging, and accumulation."""

import math

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task, witnessed

from . import draws, probes, training
from .draws import OPTIMIZERS, asked, plan

# ------------------------------------------------------------------ 1. learning rates


@task(1)
@points(2)
@given(
    lrs=draws.GROUP_RATES,
    step_size=st.integers(1, 4),
    gamma=st.sampled_from([0.5, 0.1, 0.9]),
    steps=st.integers(0, 12),
)
def test_step_lr_falls_as_pytorchs(ask, lrs, step_size, gamma, steps):
    """Every group's rate, when StepLR is made and after each step, is PyTorch's, as a Python float."""
    schedule = [["StepLR", {"step_size": step_size, "gamma": gamma}]]
    agree(ask, probes.rates, lrs, schedule, steps, kind="reduction")


@task(1)
@points(2)
@given(
    lrs=draws.GROUP_RATES,
    T_max=st.integers(1, 9),
    eta_min=st.sampled_from([0.0, 0.01, 0.2]),
    steps=st.integers(0, 20),
)
def test_cosine_annealing_falls_as_pytorchs(ask, lrs, T_max, eta_min, steps):
    """Every group's rate, when CosineAnnealingLR is made and after each step, also beyond T_max, is PyTorch's."""
    schedule = [["CosineAnnealingLR", {"T_max": T_max, "eta_min": eta_min}]]
    agree(ask, probes.rates, lrs, schedule, steps, kind="reduction")


@task(1)
@points(3)
@given(lrs=draws.GROUP_RATES, schedule=draws.WARMUPS, steps=st.integers(0, 14))
def test_a_warm_up_rises_and_hands_over(ask, lrs, schedule, steps):
    """A warm-up rises in a straight line to the first rate; what comes after it starts there, at its own step 0."""
    agree(ask, probes.rates, lrs, schedule, steps, kind="reduction")


@task(1)
@points(1)
@given(
    lrs=draws.GROUP_RATES,
    factors=st.lists(st.sampled_from([1.0, 0.5, 3.0, 0.0]), min_size=1, max_size=6),
    warmup=st.sampled_from([None, {"warmup_steps": 2, "start_factor": 0.25}]),
)
def test_a_schedule_is_any_class_with_an_lr_at(ask, lrs, factors, warmup):
    """A subclass of Scheduler that defines lr_at, and nothing else, is a schedule; it may follow a warm-up, too."""
    agree(ask, probes.own_rates, lrs, warmup, factors)


@task(1)
@points(2)
@given(
    lrs=draws.GROUP_RATES,
    schedule=draws.SCHEDULES,
    before=st.integers(0, 8),
    steps=st.integers(0, 5),
    other=st.sampled_from([0.3, 7.0]),
)
def test_a_schedule_goes_on_from_its_saved_state(ask, lrs, schedule, before, steps, other):
    """A new schedule with a saved state gives the rates that the old one would have given, whatever it began with."""
    agree(ask, probes.rates_resumed, lrs, schedule, before, steps, [other] * len(lrs), kind="reduction")


NO_SCHEDULES = {
    "step_size": ["StepLR", {"step_size": 0}],
    "T_max": ["CosineAnnealingLR", {"T_max": 0}],
    "warmup_steps": ["LinearWarmup", {"warmup_steps": 0}],
    "start_factor": ["LinearWarmup", {"warmup_steps": 3, "start_factor": 0}],
    "a start_factor above 1": ["LinearWarmup", {"warmup_steps": 3, "start_factor": 2}],
}


@task(1)
@points(1)
@given(wrong=st.sampled_from(list(NO_SCHEDULES)), negative=st.booleans())
def test_schedules_refuse_settings_that_make_no_sense(ask, wrong, negative):
    """Fewer steps than 1, or a warm-up that starts at 0, below, or above the full rate, are a ValueError that names it."""
    name, settings = NO_SCHEDULES[wrong]
    key, value = list(settings.items())[-1]
    value = -1 if negative else value
    refuses(ask, ValueError, probes.rates, [0.1], [[name, {**settings, key: value}]], 2, naming=[value])


@task(1)
@points(1)
@given(saved=draws.GROUP_RATES, lrs=draws.GROUP_RATES)
def test_schedules_stay_with_their_optimizer(ask, saved, lrs):
    """A state for another number of groups, and a warm-up before a schedule of another optimizer, are ValueErrors."""
    if len(saved) != len(lrs):
        refuses(ask, ValueError, probes.load_rates_of_other_groups, saved, lrs, naming=[len(saved), len(lrs)])
    refuses(ask, ValueError, probes.warmup_before_anothers)


# ------------------------------------------------------------------------- 2. clipping

FORMS = st.sampled_from(["list", "generator", "one"])


@task(2)
@points(3)
@given(
    grads=draws.gradients(),
    max_norm=st.sampled_from([1.0, 0.01, 50.0]),
    norm_type=st.sampled_from([2.0, math.inf, 1.0, 3.0]),
    form=FORMS,
)
def test_the_norm_of_all_gradients_together_is_clipped(ask, grads, max_norm, norm_type, form):
    """All gradients are scaled by one factor, in place, as PyTorch does it; the norm from before is returned."""
    grads = [
        grad for grad in grads if norm_type < math.inf or grad is None or grad.size
    ]  # PyTorch has no largest of none
    grads = grads[:1] if form == "one" else grads
    agree(ask, probes.clip_norm, grads or [None], max_norm, norm_type, form)


@task(2)
@points(1)
@given(grads=draws.gradients())
def test_short_gradients_stay_as_they_are(ask, grads):
    """Gradients whose norm is below max_norm do not change in a single bit."""
    got = ask(probes.clip_norm, grads, 1e5, 2.0, "list")
    assert_close(got["grads"], grads, "exact")


@task(2)
@points(1)
@given(
    seed=seeds(), bad=st.sampled_from([math.nan, math.inf, -math.inf]), max_norm=st.sampled_from([1.0, 100.0, math.inf])
)
def test_gradients_that_are_not_finite_are_refused_on_demand(ask, seed, bad, max_norm):
    """With error_if_nonfinite, a norm of inf or NaN is a RuntimeError, and no gradient has changed."""
    grads = [np.random.default_rng(seed).standard_normal(3) * 10, np.array([bad, 1.0])]
    refuses(ask, RuntimeError, probes.clip_norm_of_finite, grads, max_norm)
    assert_close(ask(probes.left_of_gradients), grads, "exact")


@task(2)
@points(1)
@given(seed=seeds(), bad=st.sampled_from([math.nan, math.inf, -math.inf]))
def test_gradients_that_are_not_finite_show(ask, seed, bad):
    """Otherwise inf and NaN do to the gradients what they do in PyTorch: nothing hides them."""
    grads = [np.random.default_rng(seed).standard_normal(3), np.array([bad, 1.0])]
    agree(ask, probes.clip_norm, grads, 1.0, 2.0, "list")


@task(2)
@points(1)
@given(grads=draws.gradients(), value=st.sampled_from([0.5, 0.01, 3.0]), form=FORMS)
def test_values_are_clipped(ask, grads, value, form):
    """clip_grad_value_ moves every entry into the range, in place, as PyTorch does, and returns nothing."""
    grads = grads[:1] if form == "one" else grads
    agree(ask, probes.clip_value, grads, value, form)


# ------------------------------------------------------------------------- 3. the loop


def held_out(case: dict, rows: int = 3) -> list:
    """Other data for the same task."""
    return list(draws.data(len(case["x"]) + 77, rows, case["loss"]))


@task(3)
@points(4)
@share(2)
@given(optimizer=st.sampled_from(list(OPTIMIZERS)), epochs=st.integers(0, 3), validated=st.booleans(), case=draws.TASKS)
def test_training_is_pytorchs(ask, case, optimizer, epochs, validated):
    """After some epochs weights and history are those of a plain loop in PyTorch on the same batches."""
    how = plan(optimizer, loss=case["loss"], metrics=case["loss"] == "cross_entropy")
    agree(ask, training.fit, *asked(case), epochs, how, held_out(case) if validated else None, kind="reduction")


@task(3)
@points(3)
@share(2)
@given(
    scheduler=draws.SCHEDULES,
    schedule=st.sampled_from(["epoch", "step"]),
    epochs=st.integers(1, 3),
    case=draws.TASKS,
)
def test_rates_change_between_steps_and_epochs(ask, case, scheduler, schedule, epochs):
    """The scheduler is stepped after each epoch, or after each step of the optimizer: the first one has the first rate."""
    how = plan(loss=case["loss"], scheduler=scheduler, schedule=schedule)
    agree(ask, training.fit, *asked(case), epochs, how, kind="reduction")


@task(3)
@points(2)
@share(2)
@given(
    max_norm=st.sampled_from([0.1, 0.5, 0.0, 10.0]),
    optimizer=st.sampled_from(["SGD", "SGD with momentum"]),
    case=draws.TASKS,
)
def test_gradients_are_clipped_before_each_step(ask, case, max_norm, optimizer):
    """With max_norm, the gradient of every step is clipped before the optimizer uses it, as in PyTorch."""
    agree(ask, training.fit, *asked(case), 2, plan(optimizer, loss=case["loss"], max_norm=max_norm), kind="reduction")


@task(3)
@points(1)
@share(3)
@given(case=draws.TASKS)
def test_gradients_from_before_have_no_part(ask, case):
    """Gradients that somebody left in the parameters do not go into the first step."""
    agree(ask, training.stale_fit, *asked(case), plan(loss=case["loss"]), kind="reduction")


@task(3)
@points(2)
@share(3)
@given(epochs=st.integers(1, 3), in_eval=st.booleans(), case=draws.TASKS)
def test_training_is_in_training_mode_and_validation_is_not(ask, case, epochs, in_eval):
    """Every epoch trains in training mode with gradients, whatever the mode was, and is validated in eval mode without."""
    agree(ask, training.modes_in_fit, *asked(case), epochs, plan(loss=case["loss"]), in_eval, kind="exact")


@task(3)
@points(1)
@share(3)
@given(parts=st.lists(st.integers(0, 2), min_size=2, max_size=3), case=draws.TASKS)
def test_fit_goes_on_where_the_last_one_ended(ask, case, parts):
    """Two epochs and then one are three epochs, numbered through, each through the loader once; all are in the history."""
    how = plan("SGD with momentum", loss=case["loss"])
    agree(ask, training.fit_in_parts, *asked(case), parts, how, kind="reduction")


@task(3)
@points(2)
@share(3)
@given(
    epochs=st.integers(1, 3), scheduler=draws.SCHEDULES, schedule=st.sampled_from(["epoch", "step"]), case=draws.TASKS
)
def test_the_callback_sees_the_whole_epoch(ask, case, epochs, scheduler, schedule):
    """When the callback is called, the epoch is over: trained, validated, in the history, with the next epoch's rates."""
    how = plan(loss=case["loss"], scheduler=scheduler, schedule=schedule)
    agree(ask, training.seen_by_callback, *asked(case), epochs, how, held_out(case), kind="reduction")


@task(3)
@points(2)
@given(bad=st.integers(0, 2), value=st.sampled_from([math.nan, math.inf]), seed=seeds())
def test_a_loss_that_is_no_number_stops_the_training(ask, bad, value, seed):
    """Where the loss is NaN or infinite, fit stops with a FloatingPointError that names the step, before that step is made."""
    x, y = draws.data(seed, 6, "mse_loss")
    asked = draws.weights(seed), x, y, [2, 1, 3], plan(loss="mse_loss"), bad, value
    refuses(ask, FloatingPointError, training.fit_to_nan, *asked, naming=[1, bad + 1])
    found = ask(training.weights_at_nan, *asked)
    assert_close(found["stopped"], found["before"], "exact", "weights")


@task(3)
@points(1)
@given(wrong=st.sampled_from(["accumulate", "schedule", "fit", "evaluate", "predict"]), seed=seeds())
def test_training_on_nothing_is_refused(ask, wrong, seed):
    """A loader without batches, an accumulate below 1 and a schedule that there is not are ValueErrors."""
    how, state = plan(loss="mse_loss"), draws.weights(seed)
    if wrong in ("accumulate", "schedule"):
        value = 0 if wrong == "accumulate" else "batch"
        refuses(ask, ValueError, training.bad_trainer, state, {**how, wrong: value}, naming=[value])
    else:
        refuses(ask, ValueError, training.fit_nothing, state, how, wrong)


# ------------------------------------------------ 4. judging, and knowing when to stop


@task(4)
@points(1)
@given(seed=seeds(), rows=st.integers(1, 6), classes=st.integers(1, 4), dtype=st.sampled_from(["int64", "uint8"]))
def test_accuracy_is_the_share_of_right_answers(ask, seed, rows, classes, dtype):
    """accuracy is the share of rows whose largest entry is at the place of the target, as a Python float."""
    rng = np.random.default_rng(seed)
    agree(ask, probes.accuracy, rng.standard_normal((rows, classes)), rng.integers(0, classes, rows).astype(dtype))


@task(4)
@points(2)
@share(2)
@given(case=draws.TASKS)
def test_every_row_counts_the_same(ask, case):
    """evaluate gives the mean over all rows, in whatever batches they come, in eval mode, as Python floats."""
    how = plan(loss=case["loss"], metrics=case["loss"] == "cross_entropy")
    agree(ask, training.evaluate, *asked(case), how, kind="reduction")


@task(4)
@points(2)
@share(2)
@given(form=st.sampled_from(["pairs", "inputs"]), case=draws.TASKS)
def test_predictions_come_in_order(ask, case, form):
    """predict gives the outputs for all rows, in order, in eval mode, and they need no gradient."""
    agree(ask, training.predict, *asked(case), plan(loss=case["loss"]), form, kind="reduction")


@task(4)
@points(2)
@share(2)
@given(
    method=st.sampled_from(["evaluate", "predict"]),
    modes=st.lists(st.booleans(), min_size=1, max_size=5),
    failing=st.booleans(),
    case=draws.TASKS,
)
def test_every_module_is_back_in_its_mode(ask, case, method, modes, failing):
    """evaluate and predict run all modules in eval mode; afterwards each is in its own, even if an error came up."""
    agree(ask, training.modes_around, *asked(case), plan(loss=case["loss"]), method, modes, failing, kind="exact")


@task(4)
@points(2)
@share(3)
@given(optimizer=st.sampled_from(["SGD", "SGD with momentum", "Adam"]), case=draws.TASKS)
def test_looking_changes_nothing(ask, case, optimizer):
    """With evaluate and predict in between, gradients, dropout, weights and history are what they are without."""
    how = plan(optimizer, loss=case["loss"])
    without = ask(training.look_and_go_on, *asked(case), how, False)
    assert_close(ask(training.look_and_go_on, *asked(case), how, True), without, "exact")


LOSSES = st.lists(st.sampled_from([1.0, 0.5, 0.75, 2.0, 0.25, math.nan, math.inf]), min_size=1, max_size=9)


@task(4)
@points(2)
@given(
    values=LOSSES,
    settings=st.fixed_dictionaries(
        {},
        optional={
            "patience": st.integers(1, 3),
            "min_delta": st.sampled_from([0.0, 0.25, 0.375]),
            "mode": st.sampled_from(["min", "max"]),
        },
    ),
    split=st.integers(0, 8),
)
def test_early_stopping_waits_for_an_improvement(ask, values, settings, split):
    """It says stop after `patience` values in a row that are not better than the best; its state can be handed over."""
    if settings.get("mode") == "max":
        values = [value if value < math.inf else 0.125 for value in values]
    agree(ask, probes.stops, values, settings, split, kind="exact")


@task(4)
@points(1)
@given(patience=st.integers(-1, 0), mode=st.sampled_from(["lowest", "Max"]))
def test_early_stopping_refuses_what_makes_no_sense(ask, patience, mode):
    """A patience below 1, and a mode that there is not, are ValueErrors that name it."""
    refuses(ask, ValueError, probes.stops, [1.0], {"patience": patience}, 5, naming=[patience])
    refuses(ask, ValueError, probes.stops, [1.0], {"patience": 1, "mode": mode}, 5, naming=[mode])


@task(4)
@points(2)
@given(losses=LOSSES, validated=st.booleans(), patience=st.integers(1, 3), seed=seeds())
def test_training_stops_early(ask, losses, validated, patience, seed):
    """fit ends with the epoch at which `stopping` says so: by the validation loss, or the training loss without one."""
    losses = [loss if loss < math.inf else 3.0 for loss in losses]
    state = draws.weights(seed, outputs=1)
    agree(ask, probes.epochs_until_stopped, state, losses, validated, patience, kind="exact")


# ------------------------------------------------------- 5. big batches in small pieces


@task(5)
@points(3)
@share(2)
@given(optimizer=st.sampled_from(list(OPTIMIZERS)), stale=st.booleans(), case=draws.TASKS)
def test_a_step_on_many_batches_is_that_on_a_big_one(ask, case, optimizer, stale):
    """train_step makes the step that PyTorch makes on one batch of all rows, even if the batches differ in size."""
    agree(ask, training.step, *asked(case), plan(optimizer, loss=case["loss"]), stale, kind="reduction")


@task(5)
@points(3)
@share(2)
@given(accumulate=st.integers(2, 4), optimizer=st.sampled_from(["SGD with momentum", "Adam"]), case=draws.TASKS)
def test_accumulation_takes_every_batch(ask, case, accumulate, optimizer):
    """fit makes a step for every `accumulate` batches, and one for those left over, with the gradient of all their rows."""
    how = plan(optimizer, loss=case["loss"], accumulate=accumulate)
    agree(ask, training.fit, *asked(case), 2, how, held_out(case), kind="reduction")


@task(5)
@points(2)
@share(2)
@given(
    accumulate=st.integers(2, 3),
    schedule=st.sampled_from(["epoch", "step"]),
    max_norm=st.sampled_from([0.1, None, 0.5]),
    scheduler=draws.SCHEDULES,
    case=draws.TASKS,
)
def test_rates_and_clipping_go_by_the_step(ask, case, accumulate, schedule, max_norm, scheduler):
    """Where batches are accumulated, the schedule is stepped and the gradient clipped once a step, not once a batch."""
    how = plan(loss=case["loss"], accumulate=accumulate, scheduler=scheduler, schedule=schedule, max_norm=max_norm)
    agree(ask, training.fit, *asked(case), 2, how, kind="reduction")


@task(5)
@points(2)
@witnessed
@share(3)
@given(width=st.sampled_from([96, 64]), rows=st.sampled_from([256, 384]))
def test_pieces_take_less_memory_than_the_whole(ask, width, rows):
    """A step on 8 pieces of a batch takes less than half of the memory, at its peak, that the whole batch takes."""
    whole, pieces = (ask(probes.step_peak, rows, width, count) for count in (1, 8))
    require(pieces < whole / 2, f"less than {whole / 2:,.0f} bytes at the peak, in 8 pieces", f"{pieces:,} bytes")
