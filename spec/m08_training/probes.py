"""How the laws of m08 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.StepLR`, `tt.clip_grad_norm_`, … A probe gets NumPy arrays, numbers and lists, and
returns such.
"""

import itertools
import json
import tracemalloc

import numpy as np

from ..kit.probing import Calls

# ------------------------------------------------------------------ 1. and 2. schedules


def rates_of(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


def optimizer_with(tt, lrs):
    """An optimizer whose groups have these learning rates."""
    return tt.SGD([{"params": [tt.Parameter([0.0])], "lr": lr} for lr in lrs], lr=1.0)


def scheduler_of(tt, optimizer, schedule):
    """A scheduler out of rows [name, settings]; what comes after a warm-up stands in the row behind it."""
    scheduler = None
    for name, settings in reversed(schedule):
        after = {"after": scheduler} if scheduler is not None else {}
        scheduler = getattr(tt, name)(optimizer, **settings, **after)
    return scheduler


def rates(tt, lrs, schedule, steps):
    """The learning rates of every group when the schedule is made, and after each step."""
    optimizer = optimizer_with(tt, lrs)
    scheduler = scheduler_of(tt, optimizer, schedule)
    found, told = [rates_of(optimizer)], [scheduler.get_last_lr()]
    for _ in range(steps):
        scheduler.step()
        found.append(rates_of(optimizer))
        told.append(scheduler.get_last_lr())
    return {"in the groups": found, "get_last_lr": told}


def own_rates(tt, lrs, warmup, factors):
    """A schedule of one's own, alone or after a warm-up: `lr_at` is all that it defines."""

    class Table(tt.Scheduler):
        def lr_at(self, step, base_lr):
            return base_lr * factors[step]

    optimizer = optimizer_with(tt, lrs)
    scheduler = Table(optimizer)
    if warmup:
        scheduler = tt.LinearWarmup(optimizer, after=scheduler, **warmup)
    found = [rates_of(optimizer)]
    for _ in range(len(factors) - 1):
        scheduler.step()
        found.append(rates_of(optimizer))
    return found


def rates_resumed(tt, lrs, schedule, before, steps, others):
    """The rates of a schedule that goes on from a saved state, with an optimizer that began with other rates."""
    first = scheduler_of(tt, optimizer_with(tt, lrs), schedule)
    for _ in range(before):
        first.step()
    state = first.state_dict()
    text = json.dumps(state)
    first.step()
    optimizer = optimizer_with(tt, others)
    scheduler = scheduler_of(tt, optimizer, schedule)
    scheduler.load_state_dict(json.loads(text))
    found = [rates_of(optimizer)]
    for _ in range(steps):
        scheduler.step()
        found.append(rates_of(optimizer))
    return {"rates": found, "the state has changed": json.dumps(state) != text}


def load_rates_of_other_groups(tt, saved, lrs):
    """A state for as many groups as `saved` has, loaded where there are as many as in `lrs`."""
    state = tt.StepLR(optimizer_with(tt, saved), 2).state_dict()
    tt.StepLR(optimizer_with(tt, lrs), 2).load_state_dict(state)


def warmup_before_anothers(tt):
    """A warm-up followed by a schedule of another optimizer."""
    after = tt.StepLR(optimizer_with(tt, [1.0]), 2)
    return rates_of(tt.LinearWarmup(optimizer_with(tt, [1.0]), 2, after=after).optimizer)


# ------------------------------------------------------------------------ 3. clipping


def tensors_with(tt, grads):
    """Tensors that have these gradients; None for one that has none."""
    tensors = []
    for grad in grads:
        tensor = tt.Tensor(np.zeros((2,)) if grad is None else np.zeros_like(grad), requires_grad=True)
        if grad is not None:
            (tensor * 1).backward(grad)
        tensors.append(tensor)
    return tensors


def clipped(tt, tensors, clip):
    """What `clip` returns, the gradients afterwards, and the arrays that the gradients were in."""
    arrays = [tensor.grad for tensor in tensors]
    norm = clip()
    return {"norm": norm, "grads": [tensor.grad for tensor in tensors], "the arrays that were there": arrays}


def clip_norm(tt, grads, max_norm, norm_type, form):
    """clip_grad_norm_ of a list of Tensors, a generator, or a single one."""
    tensors = tensors_with(tt, grads)
    given = {"list": tensors, "generator": (tensor for tensor in tensors), "one": tensors[0]}[form]
    return clipped(tt, tensors, lambda: tt.clip_grad_norm_(given, max_norm, norm_type))


def clip_norm_of_finite(tt, grads, max_norm, session):
    """clip_grad_norm_ that refuses what is not finite; `left_of_gradients` looks at them afterwards."""
    session["tensors"] = tensors_with(tt, grads)
    return tt.clip_grad_norm_(session["tensors"], max_norm, error_if_nonfinite=True)


def left_of_gradients(tt, session):
    return [tensor.grad for tensor in session["tensors"]]


def clip_value(tt, grads, value, form):
    tensors = tensors_with(tt, grads)
    given = {"list": tensors, "generator": (tensor for tensor in tensors), "one": tensors[0]}[form]
    return clipped(tt, tensors, lambda: tt.clip_grad_value_(given, value))


# ---------------------------------------------------- 5. accuracy, stopping early


def accuracy(tt, output, target):
    return tt.accuracy(tt.Tensor(output), tt.Tensor(target))


def stops(tt, values, settings, split):
    """What EarlyStopping says to each value; another one takes over after `split` of them."""
    stopping = tt.EarlyStopping(**settings)
    said = []
    for place, value in enumerate(values):
        if place == split:
            state = json.loads(json.dumps(stopping.state_dict()))
            stopping = tt.EarlyStopping(**settings)
            stopping.load_state_dict(state)
        said.append(stopping.step(value))
    return {"said": said, "best": stopping.best, "bad": stopping.bad}


def epochs_until_stopped(tt, state, losses, validated, patience):
    """How many epochs are trained when the losses of the epochs are these, on validation or in training."""
    model = tt.Linear(state["0.weight"].shape[1], 1, rng=0).to("float64")
    name = "validation" if validated else "training"
    coming = {name: iter(losses), "training" if validated else "validation": itertools.repeat(7.0)}

    class Loader:
        def __init__(self, values):
            self.values = values

        def __iter__(self):
            inputs = np.zeros((2, state["0.weight"].shape[1]))
            yield tt.Tensor(inputs), tt.Tensor(np.full((2, 1), next(self.values)))

    called = []
    trainer = tt.Trainer(
        model,
        tt.SGD(model.parameters(), lr=0.1),
        lambda output, target: (output * 0).sum() + target.mean(),
        stopping=tt.EarlyStopping(patience=patience),
        callback=lambda trainer, entry: called.append(entry["epoch"]),
    )
    trainer.fit(Loader(coming["training"]), len(losses), Loader(coming["validation"]) if validated else None)
    return {"epochs": trainer.epochs, "entries": len(trainer.history), "calls of the callback": called}


# --------------------------------------------------------------------- 6. memory


def step_peak(tt, rows, width, pieces):
    """The bytes that a step takes at its peak, beyond what was there before it, on one batch cut into pieces."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((rows, 8)).astype("float32"), rng.integers(0, 3, rows)
    model = tt.Sequential(tt.Linear(8, width, rng=0), tt.Tanh(), tt.Tanh(), tt.Tanh(), tt.Linear(width, 3, rng=0))
    trainer = tt.Trainer(model, tt.SGD(model.parameters(), lr=0.1), tt.cross_entropy)
    parts = zip(np.split(x, pieces), np.split(y, pieces), strict=True)
    batches = [(tt.Tensor(inputs), tt.Tensor(targets)) for inputs, targets in parts]
    trainer.train_step(batches)
    tracemalloc.start()
    try:
        begin = tracemalloc.get_traced_memory()[0]
        trainer.train_step(batches)
        return tracemalloc.get_traced_memory()[1] - begin
    finally:
        tracemalloc.stop()


# --------------------------------------------------------------------------- reflect


def training_bytes(tt, inputs, outputs, name, settings, per_parameter):
    """The formula, and the bytes that there are after a step with this optimizer."""
    model = tt.Linear(inputs, outputs, rng=0)
    optimizer = getattr(tt, name)(model.parameters(), lr=0.1, **settings)
    model(tt.Tensor(np.ones((2, inputs), "float32"))).sum().backward()
    optimizer.step()
    parameters = list(model.parameters())
    found = sum(parameter.data.nbytes + parameter.grad.nbytes for parameter in parameters) + optimizer.state_bytes()
    count = sum(parameter.size for parameter in parameters)
    return {"formula": tt.reflect.training_bytes(count, per_parameter, 4), "measured": found}


def pieces_that_fit(tt, batch, bytes_per_row, fixed_bytes, budget):
    return tt.reflect.pieces_that_fit(batch, bytes_per_row, fixed_bytes, budget)


def optimizer_steps(tt, state, samples, batch_size, accumulate, epochs):
    """The formula, and how often the optimizer really makes a step."""
    model = tt.Linear(state["0.weight"].shape[1], len(state["2.bias"]), rng=0).to("float64")
    optimizer = tt.SGD(model.parameters(), lr=0.1)
    optimizer.step = Calls(optimizer.step)
    x = np.ones((samples, state["0.weight"].shape[1]))
    dataset = tt.TensorDataset(tt.Tensor(x), tt.Tensor(np.zeros((samples, len(state["2.bias"])))))
    trainer = tt.Trainer(model, optimizer, tt.mse_loss, accumulate=accumulate)
    trainer.fit(tt.DataLoader(dataset, batch_size), epochs)
    return {
        "formula": tt.reflect.optimizer_steps(samples, batch_size, accumulate, epochs),
        "steps made": optimizer.step.count,
    }


def checkpoint_interval(tt, save_seconds, seconds_between_failures):
    return tt.reflect.checkpoint_interval(save_seconds, seconds_between_failures)


# ----------------------------------------------------------------------------- speed


def small_model(tt):
    model = tt.Sequential(tt.Linear(16, 32, rng=0), tt.Tanh(), tt.Linear(32, 4, rng=1))
    rng = np.random.default_rng(0)
    batch = tt.Tensor(rng.standard_normal((8, 16)).astype("float32")), tt.Tensor(rng.integers(0, 4, 8))
    return model, tt.SGD(model.parameters(), lr=0.01), batch


def epochs_by_trainer(tt, batches, repeat):
    """Epochs of so many batches by a Trainer; the number of entries in its history."""
    model, optimizer, batch = small_model(tt)
    return len(tt.Trainer(model, optimizer, tt.cross_entropy).fit([batch] * batches, repeat))


def epochs_by_hand(tt, batches, repeat):
    """The same as a bare loop."""
    model, optimizer, batch = small_model(tt)
    for _ in range(repeat):
        for inputs, targets in [batch] * batches:
            optimizer.zero_grad()
            loss = tt.cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
            loss.item()
    return repeat


def clip_again(tt, grad, repeat):
    """The norm of a gradient, so many times."""
    (tensor,) = tensors_with(tt, [grad])
    for _ in range(repeat):
        norm = tt.clip_grad_norm_([tensor], 1e6)
    return norm
