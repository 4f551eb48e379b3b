"""How the laws of m08 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.Trainer`, `tt.save_checkpoint`, … A probe gets NumPy arrays, numbers and lists, and returns
such. What is trained is described by a `plan`, a dict; see `trainer_of`.
"""

import contextlib
import copy
import io
import itertools
import json
import os
import pathlib
import pickle
import sys
import tempfile
import tracemalloc
import zipfile

import numpy as np

from ..kit.probing import Calls

# ------------------------------------------------------------------- helpers


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


def noise(tt, seed):
    """A module that adds noise in training, less with each call: it has a Generator, and a buffer that counts."""

    class Noise(tt.Module):
        def __init__(self):
            super().__init__()
            self.source = np.random.default_rng(seed)
            self.register_buffer("calls", tt.Tensor(0.0))

        def forward(self, x):
            if not self.training:
                return x
            self.calls.data[...] += 1
            return x + tt.Tensor(self.source.standard_normal(x.shape) / (10 * self.calls.item()), dtype=x.dtype)

    return Noise()


def network(tt, state, p=0.0, seeds=(1, 2)):
    """A network with two layers and tanh, and dropout between them if p is not 0, with the weights of `state`."""
    hidden, inputs = state["0.weight"].shape
    middle = tt.Tanh()
    if p:
        dropouts = tt.Dropout(p, rng=seeds[0]), tt.Sequential(tt.Dropout(p / 2, rng=seeds[1]))
        middle = tt.Sequential(middle, *dropouts, noise(tt, seeds[0]))
    model = tt.Sequential(tt.Linear(inputs, hidden, rng=0), middle, tt.Linear(hidden, len(state["2.bias"]), rng=0))
    model.to(state["0.weight"].dtype.name)
    model.load_state_dict(state, strict=False)
    return model


def batches_of(tt, x, y, sizes):
    """Batches of these sizes, as tuples of Tensors."""
    ends = np.cumsum([0, *sizes]).tolist()
    return [(tt.Tensor(x[begin:end]), tt.Tensor(y[begin:end])) for begin, end in itertools.pairwise(ends)]


def held_out(tt, validation):
    """All rows but one in the first batch, and that one in the second."""
    x, y = validation
    return batches_of(tt, x, y, [len(x) - 1, 1])


def trainer_of(tt, model, plan, **more):
    """A Trainer as the plan says: its loss, optimizer, schedule and other settings."""
    name, settings = plan["optimizer"]
    optimizer = getattr(tt, name)(model.parameters(), **settings)
    schedule = plan.get("scheduler")
    scheduler = scheduler_of(tt, optimizer, schedule) if schedule else None
    settings = {key: plan[key] for key in ("schedule", "accumulate", "max_norm") if key in plan}
    if plan.get("metrics"):
        settings["metrics"] = {"accuracy": tt.accuracy}
    if plan.get("patience"):
        settings["stopping"] = tt.EarlyStopping(plan["patience"], plan.get("min_delta", 0.0))
    return tt.Trainer(model, optimizer, getattr(tt, plan["loss"]), scheduler, **settings, **more)


def weights(model):
    return {name: parameter.data for name, parameter in model.named_parameters()}


def in_order(history):
    """The entries of a history with their keys in alphabetical order."""
    return [dict(sorted(entry.items())) for entry in history]


# ------------------------------------------------------------------ 1. and 2. schedules


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


# ------------------------------------------------------------------------- 4. the loop


def fit(tt, state, x, y, sizes, epochs, plan, validation=None):
    """The weights and the history after so many epochs of batches of these sizes."""
    model = network(tt, state)
    trainer = trainer_of(tt, model, plan)
    history = trainer.fit(batches_of(tt, x, y, sizes), epochs, held_out(tt, validation) if validation else None)
    return {"weights": weights(model), "history": in_order(history)}


def fit_in_parts(tt, state, x, y, sizes, parts, plan):
    """Several calls of fit in a row, on a loader that can be gone through once an epoch only."""
    model = network(tt, state)
    trainer = trainer_of(tt, model, plan)
    batches = batches_of(tt, x, y, sizes)

    class Loader:
        epochs = 0

        def __iter__(self):
            self.epochs += 1
            return iter(batches)

    loader = Loader()
    returned = [len(trainer.fit(loader, epochs)) for epochs in parts]
    return {
        "weights": weights(model),
        "history": in_order(trainer.history),
        "entries returned": returned,
        "epochs": trainer.epochs,
        "times that the loader was gone through": loader.epochs,
    }


def step(tt, state, x, y, sizes, plan, stale):
    """One train_step on batches of these sizes, with or without gradients that were there before."""
    model = network(tt, state)
    trainer = trainer_of(tt, model, plan)
    batches = batches_of(tt, x, y, sizes)
    if stale:
        trainer.loss_fn(model(batches[0][0]) * 3, batches[0][1]).backward()
    loss = trainer.train_step(batches)
    return {"loss": loss, "weights": weights(model), "rates": rates_of(trainer.optimizer)}


def stale_fit(tt, state, x, y, sizes, plan):
    """One epoch of a model that has gradients already."""
    model = network(tt, state)
    trainer = trainer_of(tt, model, plan)
    batches = batches_of(tt, x, y, sizes)
    trainer.loss_fn(model(batches[0][0]) * 3, batches[0][1]).backward()
    trainer.fit(batches, 1)
    return {"weights": weights(model)}


class Spies:
    """Modules that pass everything on and note in which mode they were, and whether the result will need a gradient."""

    def __init__(self, tt):
        self.notes = notes = []

        class Spy(tt.Module):
            def forward(self, x):
                notes.append([self.training, x.requires_grad])
                return x

        self.kind = Spy


def modes_in_fit(tt, state, x, y, sizes, epochs, plan, in_eval):
    """In which modes the model runs through fit, in every batch of training and of validation."""
    spies = Spies(tt)
    model = tt.Sequential(network(tt, state), spies.kind())
    if in_eval:
        model.eval()
    trainer = trainer_of(tt, model, plan, callback=lambda trainer, entry: trainer.model.eval() if in_eval else None)
    trainer.fit(batches_of(tt, x, y, sizes), epochs, batches_of(tt, x, y, [len(x)]))
    return [{"training": training, "needs a gradient": needs} for training, needs in spies.notes]


def fit_nothing(tt, state, plan, method):
    """fit, evaluate or predict with a loader that has no batches."""
    trainer = trainer_of(tt, network(tt, state), plan)
    found = getattr(trainer, method)([], *([1] if method == "fit" else []))
    return in_order(found) if method == "fit" else str(found)


def fit_to_nan(tt, state, x, y, sizes, plan, bad, value):
    """fit for two epochs, where one target of batch `bad` is not finite."""
    batches = batches_of(tt, x, y, sizes)
    batches[bad][1].data.flat[0] = value
    trainer_of(tt, network(tt, state), plan).fit(batches, 2)


def weights_at_nan(tt, state, x, y, sizes, plan, bad, value):
    """Weights after such a fit was stopped, and those after the batches before."""
    batches = batches_of(tt, x, y, sizes)
    before = network(tt, state)
    if bad:
        trainer_of(tt, before, plan).fit(batches[:bad], 1)
    batches[bad][1].data.flat[0] = value
    stopped = network(tt, state)
    try:
        trainer_of(tt, stopped, plan).fit(batches, 2)
    except FloatingPointError:
        pass
    return {"stopped": dict(weights(stopped)), "before": dict(weights(before))}


def bad_trainer(tt, state, plan):
    return trainer_of(tt, network(tt, state), plan).epochs


def seen_by_callback(tt, state, x, y, sizes, epochs, plan, validation):
    """What a callback finds when it is called."""
    found = []

    def note(trainer, entry):
        last = trainer.history[-1] if trainer.history else {}
        seen = {"entry": dict(sorted(entry.items())), "last of the history": dict(sorted(last.items()))}
        seen |= {"entries": len(trainer.history), "epochs": trainer.epochs, "rates": rates_of(trainer.optimizer)}
        found.append(seen | {"weights": {name: array.copy() for name, array in weights(trainer.model).items()}})

    trainer = trainer_of(tt, network(tt, state), plan, callback=note)
    trainer.fit(batches_of(tt, x, y, sizes), epochs, held_out(tt, validation))
    return found


# ---------------------------------------------------- 5. evaluate, predict, stop early


def accuracy(tt, output, target):
    return tt.accuracy(tt.Tensor(output), tt.Tensor(target))


def evaluate(tt, state, x, y, sizes, plan):
    """The losses and metrics of a model with dropout, which must not matter."""
    trainer = trainer_of(tt, network(tt, state, 0.5), plan)
    return dict(sorted(trainer.evaluate(batches_of(tt, x, y, sizes)).items()))


def predict(tt, state, x, y, sizes, plan, form):
    """The outputs of a model with dropout, for batches with targets or without."""
    trainer = trainer_of(tt, network(tt, state, 0.5), plan)
    batches = batches_of(tt, x, y, sizes)
    output = trainer.predict(batches if form == "pairs" else [inputs for inputs, _ in batches])
    return {"output": output.data, "needs a gradient": output.requires_grad}


def modes_around(tt, state, x, y, sizes, plan, method, modes, failing):
    """In which mode each module is after evaluate or predict; and in which it ran."""
    spies = Spies(tt)
    parts = [network(tt, state, 0.5), spies.kind(), tt.Sequential(spies.kind(), tt.Dropout(0.5))]
    model = tt.Sequential(*parts)
    modules = list(model.modules())
    for module, training in zip(modules, itertools.cycle(modes), strict=False):
        module.training = training
    before = [module.training for module in modules]
    trainer = trainer_of(tt, model, plan)
    batches = batches_of(tt, x, y, sizes)
    if failing:
        wrong = tt.Tensor(np.zeros((2, x.shape[1] + 1), x.dtype))
        batches.append((wrong, wrong))
    error = ""
    try:
        getattr(trainer, method)(batches)
    except ValueError as raised:
        error = type(raised).__name__
    after = [module.training for module in modules]
    probe = model(tt.Tensor(x[:1])).requires_grad
    return {
        "modes before": before, "modes after": after, "error": error, "gradients are on again": probe,
        "ran": spies.notes[:-2],
    }  # fmt: skip


def look_and_go_on(tt, state, x, y, sizes, plan, looks):
    """Training with dropout, with or without a look at the model between a backward pass and the rest."""
    model = network(tt, state, 0.5)
    trainer = trainer_of(tt, model, plan)
    batches = batches_of(tt, x, y, sizes)
    trainer.fit(batches, 1)
    trainer.loss_fn(model(batches[0][0]), batches[0][1]).backward()
    if looks:
        trainer.evaluate(batches)
        trainer.predict(batches)
    grads = {name: parameter.grad.copy() for name, parameter in model.named_parameters()}
    trainer.fit(batches, 2)
    return {"gradients": grads, "weights": weights(model), "history": in_order(trainer.history)}


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
    model = network(tt, state)
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
    batches = batches_of(tt, x, y, [rows // pieces] * pieces)
    trainer.train_step(batches)
    tracemalloc.start()
    try:
        begin = tracemalloc.get_traced_memory()[0]
        trainer.train_step(batches)
        return tracemalloc.get_traced_memory()[1] - begin
    finally:
        tracemalloc.stop()


# ----------------------------------------------------------------- 7. and 8. checkpoints


@contextlib.contextmanager
def folder():
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        yield pathlib.Path(name)


def saved_and_loaded(tt, value, name, as_text):
    """A value through a file of this name; what else is in the folder; and what comes back the second time."""
    with folder() as place:
        path = str(place / name) if as_text else place / name
        tt.save_checkpoint(path, first=1, value=value)
        files = sorted(os.listdir(place))
        found = tt.load_checkpoint(path)
        again = tt.load_checkpoint(path)
    return {"files": files, "parts": list(found), "value": found["value"], "again": again["value"]}


def overwritten(tt, values):
    """What is loaded when each value was saved over the one before; and what else is there then."""
    with folder() as place:
        found = []
        for value in values:
            tt.save_checkpoint(place / "run.npz", value=value)
            found.append(tt.load_checkpoint(place / "run.npz")["value"])
        return {"loaded": found, "files": sorted(os.listdir(place))}


def arrays_in_file(tt, value):
    """The arrays that NumPy finds in the file without unpickling anything, sorted by what they hold."""
    with folder() as place:
        tt.save_checkpoint(place / "run.npz", value=value)
        with np.load(place / "run.npz", allow_pickle=False) as entries:
            found = [entries[name] for name in entries.files]
    return [array for array in found if array.dtype.kind in "biuf"]


def loaded_is_new(tt, value):
    """An array that is loaded, changed, and loaded again; and the array that was saved, changed after it was saved."""
    with folder() as place:
        mine = value.copy()
        tt.save_checkpoint(place / "run.npz", value=mine)
        mine[...] = 0
        first = tt.load_checkpoint(place / "run.npz")["value"]
        kept = first.copy()
        first[...] = 1
        return {"first": kept, "second": tt.load_checkpoint(place / "run.npz")["value"]}


def unsaveable(tt, kind, deep):
    """Something that is no plain data, alone or deep inside a state."""
    things = {
        "Tensor": lambda: tt.Tensor([1.0]), "function": lambda: len, "set": lambda: {1}, "bytes": lambda: b"1",
        "object array": lambda: np.array([None]), "key": lambda: {1.5: 2}, "class": lambda: dict, "complex": lambda: 1j,
    }  # fmt: skip
    return {"weights": np.arange(3.0), "more": [1, {"deep": things[kind]()}]} if deep else things[kind]()


def save_unsaveable(tt, kind, deep):
    with folder() as place:
        tt.save_checkpoint(place / "run.npz", value=unsaveable(tt, kind, deep))
        return repr(tt.load_checkpoint(place / "run.npz"))


def what_loads(tt, path):
    """The value in a checkpoint, or what became of it."""
    try:
        return tt.load_checkpoint(path)["value"]
    except FileNotFoundError:
        return "nothing is there"
    except ValueError:
        return "refused"


def after_a_failed_save(tt, old, kind):
    """What is loaded when saving over a checkpoint was refused."""
    with folder() as place:
        path = place / "run.npz"
        tt.save_checkpoint(path, value=old)
        error = ""
        try:
            tt.save_checkpoint(path, big=np.arange(3000.0), value=unsaveable(tt, kind, True))
        except TypeError as raised:
            error = type(raised).__name__
        return {"error": error, "loaded": what_loads(tt, path)}


def after_a_full_disk(tt, old, new, nth):
    """What is loaded when the nth attempt to write, or rename, while saving over a checkpoint finds the disk full."""
    count = 0

    def watch(frame, event, function):
        nonlocal count
        if event == "c_call" and function.__name__ in ("write", "writelines", "tofile", "replace", "rename"):
            count += 1
            if count == nth:
                raise OSError(28, "No space left on device")

    with folder() as place:
        path = place / "run.npz"
        tt.save_checkpoint(path, value=old)
        error, before = False, sys.getprofile()
        sys.setprofile(watch)
        try:
            tt.save_checkpoint(path, value=new)
        except OSError:
            error = True
        finally:
            sys.setprofile(before if callable(before) else None)
        loaded = what_loads(tt, path)
        tt.save_checkpoint(path, value=new)
        return {"error": error, "loaded": loaded, "saved again": what_loads(tt, path)}


def moments_of_a_save(tt, old, new):
    """What is on the disk at every moment of a save, as a kill -9 would leave it: [{file: bytes}, …].

    Whenever a function of C begins or ends, the folder is looked at; a moment that is like the one before is left out.
    """
    moments, last = [], None
    with folder() as place:
        if old is not None:
            tt.save_checkpoint(place / "run.npz", value=old)

        def look(frame=None, event="c_call", function=None):
            nonlocal last
            if event not in ("c_call", "c_return"):
                return
            with os.scandir(place) as entries:
                seen = sorted((e.name, (s := e.stat()).st_ino, s.st_size, s.st_mtime_ns) for e in entries)
            if seen != last:
                last = seen
                moments.append({name: (place / name).read_bytes() for name, *_ in seen})

        look()
        before = sys.getprofile()
        sys.setprofile(look)
        try:
            tt.save_checkpoint(place / "run.npz", value=new)
        finally:
            sys.setprofile(before if callable(before) else None)
        look()
    return moments


def killed_while_saving(tt, old, new):
    """For every moment at which a save may be killed: what is loaded then, and what after the next save."""
    found = []
    for moment in moments_of_a_save(tt, old, new):
        with folder() as place:
            for name, content in moment.items():
                (place / name).write_bytes(content)
            loaded = what_loads(tt, place / "run.npz")
            tt.save_checkpoint(place / "run.npz", value="the next one")
            found.append([loaded, what_loads(tt, place / "run.npz")])
    return found


def damaged(tt, value, how, places):
    """What is loaded from a checkpoint that is cut off, or has one byte changed, at each of these places (0 to 1)."""
    found = []
    with folder() as place:
        tt.save_checkpoint(place / "run.npz", value=value)
        whole = (place / "run.npz").read_bytes()
        for at, mask in places:
            at = int(at * len(whole))
            wrong = bytes([whole[at] ^ mask])
            content = {"cut off": whole[:at], "changed": whole[:at] + wrong + whole[at + 1 :]}[how]
            (place / "run.npz").write_bytes(content)
            found.append(what_loads(tt, place / "run.npz"))
    return found


def zipped(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def foreign(kind, trap=None):
    """The bytes of a file that is no checkpoint; `trap` is pickled into some kinds."""
    return {
        "empty": lambda: b"",
        "text": lambda: b"value: 1.0\n",
        "JSON": lambda: b'{"value": 1.0}',
        "npy": lambda: npy(np.arange(3.0)),
        "npz of another program": lambda: zipped({"value.npy": npy(np.arange(3.0))}),
        "npz of nothing": lambda: zipped({}),
        "zip": lambda: zipped({"value": b"1.0"}),
        "pickle": lambda: pickle.dumps({"value": trap}),
        "pickle in npy": lambda: npy(np.array([trap], object)),
        "pickle in npz": lambda: zipped({"value.npy": npy(np.array([trap], object))}),
    }[kind]()


def load_foreign(tt, kind, name):
    """load_checkpoint of a file that is no checkpoint, or is not there."""
    with folder() as place:
        if kind != "missing":
            (place / name).write_bytes(foreign(kind))
        return tt.load_checkpoint(place / name)


def sprung(tt, kind):
    """Whether loading a file that somebody has put a pickle into runs what the pickle says."""
    with folder() as place:
        mark = place / "it ran"

        class Trap:
            def __reduce__(self):
                return os.mkdir, (str(mark),)

        path = place / "run.npz"
        files = []
        if kind == "our own entries":
            tt.save_checkpoint(path, value=[np.arange(3.0), "text"])
            with zipfile.ZipFile(path) as archive:
                own = {name: archive.read(name) for name in archive.namelist()}
            files += [zipped(own | {name: npy(np.array([Trap()], object))}) for name in own]
            files += [zipped(dict.fromkeys(own, npy(np.array([Trap()], object))))]
        else:
            files.append(foreign(kind, Trap()))
        found = []
        for content in files:
            path.write_bytes(content)
            found.append([what_loads(tt, path), mark.exists()])
        return found


# ------------------------------------------------------------------------- resuming


def run_of(tt, state, x, y, plan, seed, **more):
    """A trainer with dropout and a shuffled loader; the seed decides what they draw."""
    model = network(tt, state, 0.4, (seed, seed + 1))
    loader = tt.DataLoader(tt.TensorDataset(tt.Tensor(x), tt.Tensor(y)), plan["batch_size"], shuffle=True, rng=seed + 2)
    return trainer_of(tt, model, plan, **more), loader


def outcome(trainer):
    return {"weights": weights(trainer.model), "history": in_order(trainer.history), "epochs": trainer.epochs}


def resumed(tt, state, other, x, y, plan, before, after):
    """Training without a break; the same with a checkpoint on the way; and another one that goes on from there."""
    held_out = batches_of(tt, x, y, [len(x)])
    straight, loader = run_of(tt, state, x, y, plan, 5)
    straight.fit(loader, before + after, held_out)
    first, first_loader = run_of(tt, state, x, y, plan, 5)
    first.fit(first_loader, before, held_out)
    second, second_loader = run_of(tt, other, x, y, plan, 50)
    with folder() as place:
        tt.save_checkpoint(place / "run.npz", trainer=first, loader=first_loader)
        rest = tt.load_checkpoint(place / "run.npz", trainer=second, loader=second_loader)
    first.fit(first_loader, after, held_out)
    second.fit(second_loader, after, held_out)
    return {
        "straight on": outcome(straight), "after it was saved": outcome(first), "resumed": outcome(second),
        "other parts": list(rest),
    }  # fmt: skip


def resumed_by_hand(tt, state, other, x, y, plan, before, after):
    """The same without fit: model, optimizer, scheduler, loader and a Generator are saved one by one."""

    def run(state, seed):
        trainer, loader = run_of(tt, state, x, y, plan, seed)
        noise = np.random.default_rng(seed)
        parts = {"model": trainer.model, "optimizer": trainer.optimizer, "scheduler": trainer.scheduler}
        return parts | {"loader": loader, "noise": noise}

    def train(parts, epochs):
        for _ in range(epochs):
            for inputs, targets in parts["loader"]:
                inputs = inputs + tt.Tensor(parts["noise"].standard_normal(inputs.shape) * 0.1, dtype=inputs.dtype)
                parts["optimizer"].zero_grad()
                getattr(tt, plan["loss"])(parts["model"](inputs), targets).backward()
                parts["optimizer"].step()
            parts["scheduler"].step()
        return {"weights": weights(parts["model"]), "rates": rates_of(parts["optimizer"])}

    straight = train(run(state, 5), before + after)
    first, second = run(state, 5), run(other, 50)
    train(first, before)
    with folder() as place:
        tt.save_checkpoint(place / "run", **first, epoch=before)
        epoch = tt.load_checkpoint(place / "run", **second)
    return {"straight on": straight, "resumed": train(second, after), "the rest": epoch}


def resumed_from_each_epoch(tt, state, other, x, y, plan, epochs):
    """A callback saves every epoch; from each of them but one that was told to stop another trainer goes on to the end."""
    with folder() as place:

        def save(trainer, entry):
            tt.save_checkpoint(place / f"{entry['epoch']}.npz", trainer=trainer, loader=loader)

        trainer, loader = run_of(tt, state, x, y, plan, 5, callback=save)
        trainer.fit(loader, epochs, batches_of(tt, x, y, [len(x)]))
        found = []
        for epoch in range(1, trainer.epochs + (trainer.epochs == epochs)):
            another, its_loader = run_of(tt, other, x, y, plan, 50)
            tt.load_checkpoint(place / f"{epoch}.npz", trainer=another, loader=its_loader)
            another.fit(its_loader, epochs - epoch, batches_of(tt, x, y, [len(x)]))
            found.append(outcome(another))
    return {"straight on": outcome(trainer), "resumed": found}


def load_misfit(tt, state, other, x, y, plan, kind, session):
    """A checkpoint that does not fit is loaded into a trainer; `go_on` then trains on, in spite of it."""
    session["trainer"], session["loader"] = run_of(tt, state, x, y, plan, 5)
    session["trainer"].fit(session["loader"], 1)
    saved, its_loader = run_of(tt, other if kind == "another model" else state, x, y, plan, 7)
    saved.fit(its_loader, 2)
    mine, parts = {"trainer": session["trainer"], "loader": session["loader"]}, {"trainer": saved, "loader": its_loader}
    if kind == "another optimizer":
        name, settings = plan["optimizer"]
        optimizer = getattr(tt, name)(saved.model[0].parameters(), **settings)
        parts["trainer"] = tt.Trainer(
            saved.model, optimizer, saved.loss_fn, scheduler_of(tt, optimizer, plan["scheduler"])
        )
    elif kind == "no scheduler":
        parts["trainer"] = trainer_of(tt, saved.model, {**plan, "scheduler": None})
    elif kind == "no loader":
        del parts["loader"]
    elif kind == "another kind of part":
        parts["loader"] = [1, 2]
    elif kind == "another kind of generator":
        parts["loader"] = np.random.Generator(np.random.MT19937(1))
    elif kind == "plain data":
        mine["loader"] = 3
    with folder() as place:
        tt.save_checkpoint(place / "mine.npz", **parts)
        return list(tt.load_checkpoint(place / "mine.npz", **mine))


def go_on(tt, session):
    session["trainer"].fit(session["loader"], 2)
    return outcome(session["trainer"])


def never_loaded(tt, state, x, y, plan):
    """The training that `load_misfit` and `go_on` do, without a load."""
    trainer, loader = run_of(tt, state, x, y, plan, 5)
    trainer.fit(loader, 1)
    trainer.fit(loader, 2)
    return outcome(trainer)


def rewound(tt, state, x, y, plan, before, after):
    """A trainer that goes on from a state in memory, twice; the state is taken once, and so is the loader's."""
    trainer, loader = run_of(tt, state, x, y, plan, 5)
    trainer.fit(loader, before)
    state, draws = trainer.state_dict(), loader.rng.bit_generator.state
    found = []
    for _ in range(3):
        trainer.fit(loader, after)
        found.append(copy.deepcopy(outcome(trainer)))
        trainer.load_state_dict(state)
        loader.rng.bit_generator.state = draws
    return found


# ----------------------------------------------------------------------------- use


def fit_loaded_ahead(tt, state, x, y, plan, epochs, depth):
    """Training from a shuffled loader, and from the same one loaded ahead by a thread."""
    plain, loader = run_of(tt, state, x, y, plan, 5)
    plain.fit(loader, epochs)
    ahead, same = run_of(tt, state, x, y, plan, 5)

    class Ahead:
        def __iter__(self):
            return tt.prefetch(same, depth)

    ahead.fit(Ahead(), epochs)
    return {"when asked for": outcome(plain), "ahead": outcome(ahead)}


def learn(tt, state, x, y, epochs, plan):
    """The loss of the last epoch, the accuracy, and what is predicted, after training."""
    model = network(tt, state)
    trainer = trainer_of(tt, model, plan)
    batches = batches_of(tt, x, y, [len(x)])
    trainer.fit(batches, epochs)
    return {"accuracy": trainer.evaluate(batches)["accuracy"], "classes": trainer.predict(batches).data.argmax(axis=1)}


def frozen(tt, state, x, y, sizes, plan):
    """One epoch of a model whose first layer is frozen: its weights before and after."""
    model = network(tt, state)
    model[0].weight.requires_grad = model[0].bias.requires_grad = False
    trainer_of(tt, model, plan).fit(batches_of(tt, x, y, sizes), 1)
    return {"weights": weights(model)}


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
    model = network(tt, state)
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


def checkpoint_bytes(tt, inputs, outputs, name, settings, per_parameter):
    """The formula, the bytes of the arrays in a file with a model and its optimizer, and those of the file."""
    model = tt.Linear(inputs, outputs, rng=0)
    optimizer = getattr(tt, name)(model.parameters(), lr=0.1, **settings)
    model(tt.Tensor(np.ones((2, inputs), "float32"))).sum().backward()
    optimizer.step()
    with folder() as place:
        tt.save_checkpoint(place / "run.npz", model=model, optimizer=optimizer)
        size = (place / "run.npz").stat().st_size
        with np.load(place / "run.npz", allow_pickle=False) as entries:
            found = [entries[name] for name in entries.files]
    count = sum(parameter.size for parameter in model.parameters())
    return {
        "formula": tt.reflect.checkpoint_bytes(count, per_parameter, 4),
        "arrays": sum(array.nbytes for array in found if array.dtype.kind == "f"),
        "file": size,
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


def save_and_load_again(tt, array, repeat):
    """An array into a file and back, so many times."""
    with folder() as place:
        for _ in range(repeat):
            tt.save_checkpoint(place / "run.npz", value=array)
            found = tt.load_checkpoint(place / "run.npz")["value"]
    return found
