"""More of how the laws of m08 call your framework: the loop, looking at a model, and runs that are resumed.

What is trained is described by a `plan`, a dict; see `trainer_of`.
"""

import copy
import itertools
import pathlib
import tempfile

import numpy as np

# ------------------------------------------------------------------- helpers


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


def trainer_of(tt, model, plan, parameters=None, **more):
    """A Trainer as the plan says: its loss, optimizer (of all parameters, or of these), schedule and other settings."""
    name, settings = plan["optimizer"]
    optimizer = getattr(tt, name)(model.parameters() if parameters is None else parameters, **settings)
    scheduler = None
    for kind, how in reversed(plan.get("scheduler") or []):  # what comes after a warm-up stands in the row behind it
        scheduler = getattr(tt, kind)(optimizer, **how, **({} if scheduler is None else {"after": scheduler}))
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
    return {"loss": loss, "weights": weights(model), "rates": [group["lr"] for group in trainer.optimizer.param_groups]}


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
        rates = [group["lr"] for group in trainer.optimizer.param_groups]
        seen |= {"entries": len(trainer.history), "epochs": trainer.epochs, "rates": rates}
        found.append(seen | {"weights": {name: array.copy() for name, array in weights(trainer.model).items()}})

    trainer = trainer_of(tt, network(tt, state), plan, callback=note)
    trainer.fit(batches_of(tt, x, y, sizes), epochs, held_out(tt, validation))
    return found


# ---------------------------------------------------- 5. evaluate, predict


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
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
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
        return {"weights": weights(parts["model"]), "rates": [group["lr"] for group in parts["optimizer"].param_groups]}

    straight = train(run(state, 5), before + after)
    first, second = run(state, 5), run(other, 50)
    train(first, before)
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        tt.save_checkpoint(place / "run", **first, epoch=before)
        epoch = tt.load_checkpoint(place / "run", **second)
    return {"straight on": straight, "resumed": train(second, after), "the rest": epoch}


def resumed_from_each_epoch(tt, state, other, x, y, plan, epochs):
    """A callback saves every epoch; from each of them but one that was told to stop another trainer goes on to the end."""
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)

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
        parts["trainer"] = trainer_of(tt, saved.model, plan, saved.model[0].parameters())
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
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
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
