"""The same questions answered without the framework: by PyTorch's schedulers, optimizers and a plain loop."""

import itertools
import json
import math

import numpy as np

from ..kit import Bounded
from ..kit.oracle import step_of, torch_optim, wide

# ------------------------------------------------------------------------ schedules


def torch_scheduler(optimizer, schedule):
    """PyTorch's scheduler for rows [name, settings]."""
    kinds = torch_optim().optim.lr_scheduler
    (name, settings), *rest = schedule
    if [name for name, _ in schedule].count("LinearWarmup") > 1:
        return Formula(optimizer, schedule)
    if name != "LinearWarmup":
        return getattr(kinds, name)(optimizer, **settings)
    steps = settings["warmup_steps"]
    linear = kinds.LinearLR(optimizer, settings.get("start_factor", 1 / 3), total_iters=steps)
    return (
        kinds.SequentialLR(optimizer, [linear, torch_scheduler(optimizer, rest)], milestones=[steps])
        if rest
        else linear
    )


def lr_at(schedule, step, base):
    """The rate as a formula."""
    (name, s), *rest = schedule
    if name == "StepLR":
        return base * s.get("gamma", 0.1) ** (step // s["step_size"])
    if name == "CosineAnnealingLR":
        low = s.get("eta_min", 0.0)
        return low + (base - low) * (1 + math.cos(math.pi * step / s["T_max"])) / 2
    if step < s["warmup_steps"]:
        start = s.get("start_factor", 1 / 3)
        return base * (start + (1 - start) * step / s["warmup_steps"])
    return lr_at(rest, step - s["warmup_steps"], base) if rest else base


class Formula:
    """A schedule by `lr_at`: two warm-ups in a row, for which PyTorch has no scheduler."""

    def __init__(self, optimizer, schedule):
        self.optimizer, self.schedule, self.steps = optimizer, schedule, -1
        self.base_lrs = [group["lr"] for group in optimizer.param_groups]
        self.step()

    def step(self):
        self.steps += 1
        for group, base in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = lr_at(self.schedule, self.steps, base)


def bounded(rates, lrs):
    """Rates that may be off by a rounding error of the first one: near the bottom of a cosine there is nothing left."""
    return [[Bounded(float(lr), base) for lr, base in zip(row, lrs, strict=True)] for row in rates]


def rates(lrs, schedule, steps):
    torch = torch_optim()
    optimizer = torch.optim.SGD([{"params": [torch.zeros(1)], "lr": lr} for lr in lrs], lr=1.0)
    scheduler = torch_scheduler(optimizer, schedule)
    found = [[group["lr"] for group in optimizer.param_groups]]
    for _ in range(steps):
        optimizer._opt_called = True
        scheduler.step()
        found.append([group["lr"] for group in optimizer.param_groups])
    found = bounded(found, lrs)
    return {"in the groups": found, "get_last_lr": found}


def own_rates(lrs, warmup, factors):
    found = []
    for step in range(len(factors)):
        rise = warmup["warmup_steps"] if warmup else 0
        if step < rise:
            factor = warmup["start_factor"] + (1 - warmup["start_factor"]) * step / rise
        else:
            factor = factors[step - rise]
        found.append([lr * factor for lr in lrs])
    return found


def rates_resumed(lrs, schedule, before, steps, others):
    found = [[lr_at(schedule, step, lr) for lr in lrs] for step in range(before, before + steps + 1)]
    return {"rates": bounded(found, lrs), "the state has changed": False}


# ------------------------------------------------------------------------- clipping


def torch_gradients(grads):
    import torch

    tensors = []
    for grad in grads:
        tensors.append(torch.zeros(2 if grad is None else grad.shape, dtype=torch.float64))
        if grad is not None:
            tensors[-1].grad = wide(grad)
    return tensors


def _clipped(grads, clip, dtype):
    tensors = torch_gradients(grads)
    norm = clip(tensors)
    found = [None if tensor.grad is None else tensor.grad.numpy().astype(dtype) for tensor in tensors]
    return {"norm": norm, "grads": found, "the arrays that were there": found}


def clip_norm(grads, max_norm, norm_type, form):
    import torch

    dtype = next((grad.dtype for grad in grads if grad is not None), "float64")

    def clip(tensors):
        norm = torch.nn.utils.clip_grad_norm_(tensors, max_norm, norm_type).item()
        # A norm of float32 gradients may be summed up in float32.
        return Bounded(norm, norm * (1e4 if dtype == np.float32 else 1))

    return _clipped(grads, clip, dtype)


def clip_value(grads, value, form):
    import torch

    dtype = next((grad.dtype for grad in grads if grad is not None), "float64")
    some = any(grad is not None for grad in grads)  # PyTorch 2.13 fails where there is none

    def clip(tensors):
        return torch.nn.utils.clip_grad_value_(tensors, value) if some else None

    return _clipped(grads, clip, dtype)


# ------------------------------------------------------------------------- the loop


class Twin:
    """The same network in PyTorch, with its optimizer and schedule, and the loop written out."""

    def __init__(self, state, plan):
        torch = torch_optim()
        nn = torch.nn
        hidden, inputs = state["0.weight"].shape
        self.model = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, len(state["2.bias"])))
        self.model.double().load_state_dict({name: wide(array) for name, array in state.items()})
        name, settings = plan["optimizer"]
        self.optimizer = getattr(torch.optim, name)(self.model.parameters(), **settings)
        self.scheduler = torch_scheduler(self.optimizer, plan["scheduler"]) if plan.get("scheduler") else None
        self.loss = getattr(nn.functional, plan["loss"])
        self.plan, self.history = plan, []

    def step(self, x, y):
        """One step on one big batch; its loss before."""
        torch = torch_optim()
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        if self.plan.get("max_norm") is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.plan["max_norm"])
        step_of(self.optimizer)
        return loss.item()

    def epoch(self, x, y, sizes, validation=None):
        """One epoch; steps on as many batches as the plan accumulates."""
        by_step = self.plan.get("schedule", "epoch") == "step"
        entry = {"epoch": len(self.history) + 1, "lr": float(self.optimizer.param_groups[0]["lr"])}
        ends = np.cumsum([0, *sizes]).tolist()
        cuts = [*ends[: -1 : self.plan.get("accumulate", 1)], ends[-1]]
        total = 0.0
        for begin, end in itertools.pairwise(cuts):
            total += self.step(wide(x[begin:end]), wide(y[begin:end])) * (end - begin)
            if self.scheduler and by_step:
                self.scheduler.step()
        if self.scheduler and not by_step:
            self.scheduler.step()
        entry["loss"] = total / len(x)
        if validation:
            entry |= {f"val_{name}": value for name, value in self.evaluate(*validation).items()}
        self.history.append(dict(sorted(entry.items())))

    def evaluate(self, x, y):
        output = self.model(wide(x))
        found = {"loss": self.loss(output, wide(y)).item()}
        if self.plan.get("metrics"):
            found["accuracy"] = (output.argmax(1) == wide(y)).double().mean().item()
        return dict(sorted(found.items()))

    def weights(self):
        return {name: parameter.detach().numpy().copy() for name, parameter in self.model.named_parameters()}


def scaled(entry):
    """An entry of a history whose numbers may be off by rounding errors of numbers of size 1."""
    return {
        name: Bounded(value, max(1.0, abs(value))) if name != "epoch" else value for name, value in entry.items()
    }  # fmt: skip


def sized(weights):
    """Weights that may be off by rounding errors of numbers of size 1."""
    return {name: Bounded(array, np.maximum(1.0, np.abs(array))) for name, array in weights.items()}


def fit(state, x, y, sizes, epochs, plan, validation=None):
    twin = Twin(state, plan)
    for _ in range(epochs):
        twin.epoch(x, y, sizes, validation)
    return {"weights": sized(twin.weights()), "history": [scaled(entry) for entry in twin.history]}


def fit_in_parts(state, x, y, sizes, parts, plan):
    done = np.cumsum(parts).tolist()
    found = fit(state, x, y, sizes, sum(parts), plan)
    return found | {
        "entries returned": done,
        "epochs": done[-1],
        "times that the loader was gone through": done[-1],
    }


def step(state, x, y, sizes, plan, stale):
    twin = Twin(state, plan)
    loss = twin.step(wide(x), wide(y))
    rates = [float(group["lr"]) for group in twin.optimizer.param_groups]
    return {"loss": Bounded(loss, max(1.0, loss)), "weights": sized(twin.weights()), "rates": rates}


def stale_fit(state, x, y, sizes, plan):
    return {"weights": fit(state, x, y, sizes, 1, plan)["weights"]}


def modes_in_fit(state, x, y, sizes, epochs, plan, in_eval):
    training, validation = [{"training": on, "needs a gradient": on} for on in (True, False)]
    return [*[training] * len(sizes), validation] * epochs


def seen_by_callback(state, x, y, sizes, epochs, plan, validation):
    twin, found = Twin(state, plan), []
    for epoch in range(1, epochs + 1):
        twin.epoch(x, y, sizes, validation)
        entry = scaled(twin.history[-1])
        seen = {"entry": entry, "last of the history": entry, "entries": epoch, "epochs": epoch}
        rates = [Bounded(float(group["lr"]), 1.0) for group in twin.optimizer.param_groups]
        found.append(seen | {"rates": rates, "weights": sized(twin.weights())})
    return found


# ------------------------------------------------------- evaluate, predict, stop early


def accuracy(output, target):
    return float(np.mean(output.argmax(1) == target))


def evaluate(state, x, y, sizes, plan):
    return scaled(Twin(state, plan).evaluate(x, y))


def predict(state, x, y, sizes, plan, form):
    output = Twin(state, plan).model(wide(x)).detach().numpy()
    return {"output": Bounded(output, np.maximum(1.0, np.abs(output))), "needs a gradient": False}


def modes_around(state, x, y, sizes, plan, method, modes, failing):
    count = 13  # modules in the model, containers included
    before = list(itertools.islice(itertools.cycle(modes), count))
    return {
        "modes before": before,
        "modes after": before,
        "error": "ValueError" if failing else "",
        "gradients are on again": True,
        "ran": [[False, False]] * (2 * len(sizes)),
    }


def stops(values, settings, split):
    """By the definition, looking back at all values each time."""
    sign = 1 if settings.get("mode", "min") == "min" else -1
    best, bad, said = math.inf, 0, []
    for value in values:
        better = sign * value < best - settings.get("min_delta", 0.0)
        best, bad = (sign * value, 0) if better else (best, bad + 1)
        said.append(bad >= settings.get("patience", 3))
    return {"said": said, "best": float(sign * best), "bad": bad}


def epochs_until_stopped(state, losses, validated, patience):
    said = stops(losses, {"patience": patience}, None)["said"]
    epochs = said.index(True) + 1 if True in said else len(losses)
    return {"epochs": epochs, "entries": epochs, "calls of the callback": list(range(1, epochs + 1))}


# ------------------------------------------------------------------------ checkpoints


def saved_and_loaded(value, name, as_text):
    return {"files": [name], "parts": ["first", "value"], "value": value, "again": value}


def overwritten(values):
    return {"loaded": values, "files": ["run.npz"]}


def loaded_is_new(value):
    return {"first": value, "second": value}


def after_a_failed_save(old, kind):
    return {"error": "TypeError", "loaded": old}


# ------------------------------------------------------------------------------- use


def learn(state, x, y, epochs, plan):
    return {"accuracy": 1.0, "classes": y}


# ---------------------------------------------------------------------------- reflect


def training_bytes(inputs, outputs, name, settings, per_parameter):
    """Parameters, gradients, and so many numbers more for each parameter, of 4 bytes."""
    count = 4 * (2 + per_parameter) * (inputs + 1) * outputs
    return {"formula": count, "measured": count}


def pieces_that_fit(batch, bytes_per_row, fixed_bytes, budget):
    """By trying."""
    for pieces in range(1, batch + 1):
        largest = max(len(piece) for piece in np.array_split(np.arange(batch), pieces))
        if fixed_bytes + largest * bytes_per_row <= budget:
            return pieces
    return None


def optimizer_steps(state, samples, batch_size, accumulate, epochs):
    """By counting."""
    steps = sum(len(range(0, len(range(0, samples, batch_size)), accumulate)) for _ in range(epochs))
    return {"formula": steps, "steps made": steps}


# ------------------------------------------------------------------------------ speed


def norm_by_element(grad):
    total = 0.0
    for row in range(grad.shape[0]):
        for column in range(grad.shape[1]):
            total += float(grad[row, column]) ** 2
    return math.sqrt(total)


def text_and_back(array):
    """An array as JSON, and again as an array: what a checkpoint in text costs."""
    return np.array(json.loads(json.dumps(array.tolist())), array.dtype)
