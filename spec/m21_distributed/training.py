"""How laws of m21 train with your framework: many workers, plain data in and out."""

import numpy as np

from .wire import Wire, some_shared, summed


def model_of(tt, state, seed):
    """Two layers: with these weights for seed 0, with others for other seeds."""
    (hidden, inputs), outputs = state["0.weight"].shape, len(state["2.bias"])
    layers = tt.Linear(inputs, hidden, rng=seed), tt.Tanh(), tt.Linear(hidden, outputs, rng=seed + 100)
    model = tt.Sequential(*layers).to(state["0.weight"].dtype.name)
    if seed == 0:
        model.load_state_dict(state)
    return model


def with_spare(tt, model):
    """A model around another one, with a parameter first that could be trained, and that nothing uses."""

    class WithSpare(tt.Module):
        def __init__(self):
            super().__init__()
            self.spare = tt.Parameter(np.arange(1.0, 14.0))
            self.body = model

        def forward(self, x):
            return self.body(x)

    return WithSpare()


def pair(tt, batch):
    return tuple(tt.Tensor(part) for part in batch)


def trainer_of(tt, state, how, network, reduce=None):
    """A DataParallel whose worker 0 has the weights; all others begin with some of their own."""
    name, settings = how["optimizer"]
    models = [model_of(tt, state, worker) for worker in range(network.workers)]
    if how.get("frozen"):
        for model in models:
            model[0].weight.requires_grad = False
    if how.get("unused"):
        models = [with_spare(tt, model) for model in models]
    optimizers = [getattr(tt, name)(model.parameters(), **settings) for model in models]
    more = {key: how[key] for key in ("bucket_bytes", "seconds_per_row") if key in how}
    if reduce is not None:
        more["reduce"] = reduce
    return tt.DataParallel(network, models, optimizers, getattr(tt, how["loss"]), **more)


def weights(models, group):
    """The weights of the first of the group, and whether all others have the same bits, in memory of their own."""
    arrays = [[parameter.data for parameter in models[worker].parameters()] for worker in group]
    same = all(np.array_equal(mine, first) for row in arrays for mine, first in zip(row, arrays[0], strict=True))
    shared = some_shared([array for row in arrays for array in row])
    return {"weights": models[group[0]].state_dict(), "same for all": same, "some share memory": shared}


def trained(tt, state, batches, how):
    """Steps of a DataParallel whose sums are the judge's: losses and weights. Before each, some are lost; in each, some absent."""
    wire = Wire(how["workers"])
    trainer = trainer_of(tt, state, how, wire, lambda network, arrays, group=None: summed(arrays))
    absents = how.get("absent", [()] * len(batches))
    losses = []
    for batch, absent, lost in zip(batches, absents, how.get("lost", [()] * len(batches)), strict=True):
        for worker in lost:
            trainer.lose(worker)
        losses.append(float(trainer.step(pair(tt, batch), absent)))
    return {"losses": losses, **weights(trainer.models, trainer.group)}


def left_out(tt, state, batches, how):
    """Numbers in each array that is summed up; and of the parameter without a gradient what it is, and its gradient, on each
    worker."""
    wire, sizes = Wire(how["workers"]), []

    def reduce(network, arrays, group=None):
        sizes.append(arrays[0].size)
        return summed(arrays)

    trainer = trainer_of(tt, state, how, wire, reduce)
    for batch in batches:
        trainer.step(pair(tt, batch))
    left = [model.spare if how.get("unused") else model[0].weight for model in trainer.models]
    return {"sizes": sizes, "weights": [p.data.copy() for p in left], "gradients": [p.grad for p in left]}


def known_to_the_network(tt, state, batches, how, lost):
    """A step; the network itself is told that one is lost, and then the trainer; and the other steps."""
    network = tt.SimulatedNetwork(how["workers"]) if how.get("own network") else Wire(how["workers"])
    trainer = trainer_of(tt, state, how, network, lambda network, arrays, group=None: summed(arrays))
    losses = [float(trainer.step(pair(tt, batches[0])))]
    network.lose(lost)
    trainer.lose(lost)
    losses += [float(trainer.step(pair(tt, batch))) for batch in batches[1:]]
    return {"alive": list(network.alive), "losses": losses, **weights(trainer.models, trainer.group)}


def last_one(tt, state, workers):
    """All workers are lost, one after the other, but for the last, which must not be: who is left, in the network and in the
    group."""
    wire = Wire(workers)
    how = {"optimizer": ["SGD", {"lr": 0.1}], "loss": "mse_loss"}
    trainer = trainer_of(tt, state, how, wire)
    for worker in range(workers - 1):
        trainer.lose(worker)
    try:
        trainer.lose(workers - 1)
        error = "none"
    except ValueError:
        error = "ValueError"
    return {"error": error, "alive": list(wire.alive), "group": list(trainer.group)}


def after_refusal(tt, state, batch, how, wrong, absent):
    """A step; another one, which is refused: whether anything of parameters, gradients, clocks or messages is new."""
    wire = Wire(how["workers"])
    trainer = trainer_of(tt, state, how, wire, lambda network, arrays, group=None: summed(arrays))
    trainer.step(pair(tt, batch))

    def everything():
        parameters = [parameter for model in trainer.models for parameter in model.parameters()]
        return [
            *(parameter.data.copy() for parameter in parameters),
            *(np.zeros(0) if parameter.grad is None else parameter.grad.copy() for parameter in parameters),
            np.array(wire.computed), np.array(len(wire.rows)),
        ]  # fmt: skip

    before = everything()
    try:
        trainer.step(pair(tt, wrong), absent)
        error = "none"
    except ValueError:
        error = "ValueError"
    same = all(np.array_equal(now, then) for now, then in zip(everything(), before, strict=True))
    return {"error": error, "nothing has changed": same}


def weighed(tt, state, batches, how, factors):
    """Steps of a DataParallel whose sums count each worker's array so many times: weights."""

    def reduce(network, arrays, group=None):
        return summed([array * factor for array, factor in zip(arrays, factors, strict=True)])

    trainer = trainer_of(tt, state, how, Wire(how["workers"]), reduce)
    for batch in batches:
        trainer.step(pair(tt, batch))
    return weights(trainer.models, trainer.group)


def sums_asked_for(tt, state, batches, how):
    """For each step: shapes and dtypes of what is summed up, by whom; and the bytes that go over the wire beside."""
    wire, asked = Wire(how["workers"]), []

    def reduce(network, arrays, group=None):
        kinds = {(array.shape, array.dtype.name) for array in arrays}
        asked.append({"arrays": sorted(kinds), "group": list(range(network.workers) if group is None else group)})
        return summed(arrays)

    trainer = trainer_of(tt, state, how, wire, reduce)
    first = wire.traffic()
    wire.begin()
    for batch in batches:
        trainer.step(pair(tt, batch))
    return {"asked": asked, "bytes of the first weights": first["bytes"], "bytes beside": wire.traffic()["bytes"]}


def computed(tt, state, batch, how, absent):
    """Seconds that each worker's clock has gone on by when the first sum begins, and when the step is over."""
    wire, begun = Wire(how["workers"]), []

    def reduce(network, arrays, group=None):
        begun.append([float(seconds) for seconds in wire.computed])
        return summed(arrays)

    trainer = trainer_of(tt, state, how, wire, reduce)
    trainer.step(pair(tt, batch), absent)
    return {"before the sums": begun[0], "after the step": [float(seconds) for seconds in wire.computed]}


def shards(tt, batch, parts):
    found = []
    for part in range(parts):
        found.append([tensor.data.copy() for tensor in tt.shard(tuple(tt.Tensor(x) for x in batch), part, parts)])
    return found


def one_shard(tt, batch, part, parts):
    return [tensor.data for tensor in tt.shard(tuple(tt.Tensor(x) for x in batch), part, parts)]


def buckets(tt, sizes, limit):
    return [list(bucket) for bucket in tt.make_buckets(sizes, limit)]


def wait_for(tt, seconds, count):
    elapsed, late = tt.wait_for(seconds, count)
    return {"seconds": float(elapsed), "late": [int(worker) for worker in late]}


def refused(tt, state, batch, how, absent):
    """A step that is refused. `how` may ask for a wrong number of models or optimizers."""
    workers = how["workers"]
    models = [model_of(tt, state, worker) for worker in range(how.get("models", workers))]
    optimizers = [tt.SGD(model.parameters(), lr=0.1) for model in models][: how.get("optimizers", workers)]
    trainer = tt.DataParallel(Wire(workers), models, optimizers, tt.mse_loss)
    for worker in how.get("lost", []):
        trainer.lose(worker)
    trainer.step(pair(tt, batch), absent)


def broken(tt, state, batches, how, breaks_at, lost):
    """One step; a second one, which breaks off at message number `breaks_at`; then a worker is lost, and the second step is
    taken again, and a third one."""
    own = how.get("own network")
    network = breaking(tt, how["workers"]) if own else Wire(how["workers"])
    trainer = trainer_of(tt, state, how, network, getattr(tt, how["reduce"]))
    losses = [float(trainer.step(pair(tt, batches[0])))]
    before = [model.state_dict() for model in trainer.models]
    kept = [optimizer.state_dict()["state"] for optimizer in trainer.optimizers]
    network.number, network.breaks_at = 0, breaks_at
    try:
        trainer.step(pair(tt, batches[1]))
        error = "none"
    except ConnectionError:
        error = "ConnectionError"
    moved = [
        worker
        for worker, model in enumerate(trainer.models)
        if any(not np.array_equal(model.state_dict()[name], array) for name, array in before[worker].items())
    ]
    changed = [
        worker
        for worker, optimizer in enumerate(trainer.optimizers)
        if any(
            not np.array_equal(values[name], kept[worker][number][name])
            for number, values in optimizer.state_dict()["state"].items()
            for name in values
        )
    ]
    network.breaks_at = None
    trainer.lose(lost)
    if lost in network.alive:
        return {"alive": list(network.alive)}
    losses += [float(trainer.step(pair(tt, batch))) for batch in batches[1:]]
    found = {"alive": list(network.alive), "error": error, "moved": moved, "with another state": changed}
    return {**found, "group": list(trainer.group), "losses": losses, **weights(trainer.models, trainer.group)}


def breaking(tt, workers):
    """Your network, which breaks off at one message."""

    class Breaking(tt.SimulatedNetwork):
        number, breaks_at = 0, None

        def send(self, source, target, array):
            self.number += 1
            if self.number - 1 == self.breaks_at:
                raise ConnectionError("a worker is lost on the way")
            super().send(source, target, array)

    return Breaking(workers)


def trained_on_own(tt, state, batches, how):
    """Steps on your network with one of your all-reduces: losses, weights, and what the network counted after the start."""
    network = tt.SimulatedNetwork(how["workers"], how.get("latency", 0.0), how.get("seconds_per_byte", 0.0))
    trainer = trainer_of(tt, state, how, network, getattr(tt, how["reduce"]))
    messages, size, begun = list(network.messages), list(network.bytes), list(network.clocks)
    losses = [float(trainer.step(pair(tt, batch))) for batch in batches]
    return {
        "losses": losses,
        **weights(trainer.models, trainer.group),
        "messages": [now - then for now, then in zip(network.messages, messages, strict=True)],
        "bytes": [now - then for now, then in zip(network.bytes, size, strict=True)],
        "seconds": float(max(network.clocks) - max(begun)),
    }


# ------------------------------------------------------------- 6. a part for each


def sharded_of(tt, state, how, network, parts):
    """A ShardedDataParallel; `parts` collects the shapes of what the optimizers get."""
    name, settings = how["optimizer"]

    def make_optimizer(params):
        params = list(params)
        parts.append([(parameter.shape, parameter.dtype.name) for parameter in params])
        return getattr(tt, name)(params, **settings)

    models = [model_of(tt, state, worker) for worker in range(how.get("models", network.workers))]
    if how.get("unused"):
        models = [with_spare(tt, model) for model in models]
    return tt.ShardedDataParallel(network, models, make_optimizer, getattr(tt, how["loss"]))


def sharded(tt, state, batches, how):
    """Steps of a ShardedDataParallel: losses, weights, what optimizers hold, and what went over the wire."""
    wire, parts = Wire(how["workers"]), []
    trainer = sharded_of(tt, state, how, wire, parts)
    wire.begin()
    losses = []
    for number, batch in enumerate(batches):
        for optimizer in trainer.optimizers:
            optimizer.param_groups[0]["lr"] *= how.get("decay", 1.0) if number else 1.0
        losses.append(float(trainer.step(pair(tt, batch))))
    found = {"parts": parts, "state": [optimizer.state_bytes() for optimizer in trainer.optimizers]}
    return {"losses": losses, **weights(trainer.models, range(wire.workers)), **found, **wire.traffic()}


def sharded_unused(tt, state, batches, how):
    """Steps of a ShardedDataParallel of models with a parameter that nothing uses: that one on each worker, and the others."""
    trainer = sharded_of(tt, state, how, Wire(how["workers"]), [])
    for batch in batches:
        trainer.step(pair(tt, batch))
    spares = [model.spare.data.copy() for model in trainer.models]
    return {"unused": spares, **weights([model.body for model in trainer.models], range(how["workers"]))}


def sharded_changed(tt, state, batch, how, change):
    """One step of a ShardedDataParallel; `change` is done to one message of it. All weights of each worker."""
    wire = Wire(how["workers"])
    trainer = sharded_of(tt, state, how, wire, [])
    wire.begin()
    wire.change = change
    trainer.step(pair(tt, batch))
    return [np.concatenate([p.data.reshape(-1) for p in model.parameters()]) for model in trainer.models]


def model_bytes(tt, state, workers):
    """The bytes that the worker with the most keeps after a step with Adam: weights, gradients, and its optimizer's state."""
    numbers = sum(array.size for array in state.values())
    how = {"workers": workers, "optimizer": ["Adam", {"lr": 0.1}], "loss": "mse_loss"}
    trainer = sharded_of(tt, state, how, Wire(workers), [])
    inputs, outputs = state["0.weight"].shape[1], len(state["2.bias"])
    trainer.step(pair(tt, (np.ones((workers, inputs)), np.ones((workers, outputs)))))
    most = max(optimizer.state_bytes() for optimizer in trainer.optimizers)
    itemsize = state["2.bias"].dtype.itemsize
    return {
        "formula": tt.reflect.sharded_bytes(numbers, workers, 2, itemsize),
        "measured": 2 * numbers * itemsize + most,
    }


# ------------------------------------------------------------------------- together


def gone_on(tt, state, batches, how, others):
    """Half of the batches with some workers; then the last one's model and optimizer are all that is left, and as many `others`
    go on with copies of them."""
    first = trainer_of(tt, state, how, tt.SimulatedNetwork(how["workers"]))
    half = len(batches) // 2
    losses = [first.step(pair(tt, batch)) for batch in batches[:half]]
    model, optimizer = first.models[-1].state_dict(), first.optimizers[-1].state_dict()
    second = trainer_of(tt, model, how, tt.SimulatedNetwork(others))
    for other in second.optimizers:
        other.load_state_dict(optimizer)
    losses += [second.step(pair(tt, batch)) for batch in batches[half:]]
    return {"losses": losses, **weights(second.models, second.group)}


def sharded_on_own(tt, state, batches, how):
    """A ShardedDataParallel on your network, and a DataParallel on another one: weights, and what was sent in all."""
    found = {}
    for name in ("in parts", "as a whole"):
        network = tt.SimulatedNetwork(how["workers"], 1.0, 0.5)
        trainer = (
            trainer_of(tt, state, how, network) if name == "as a whole" else sharded_of(tt, state, how, network, [])
        )
        begun = sum(network.bytes)
        for batch in batches:
            trainer.step(pair(tt, batch))
        group = range(how["workers"])
        found[name] = {**weights(trainer.models, group), "bytes": sum(network.bytes) - begun}
    return found


def sharded_alone_on_own(tt, state, batches, how):
    """A ShardedDataParallel on your network: weights."""
    trainer = sharded_of(tt, state, how, tt.SimulatedNetwork(how["workers"]), [])
    for batch in batches:
        trainer.step(pair(tt, batch))
    return weights(trainer.models, range(how["workers"]))


def speedup(tt, state, batch, how):
    """The formula, and how many times faster your workers on your network are than one of them."""
    seconds = []
    for workers in (1, how["workers"]):
        network = tt.SimulatedNetwork(workers, how["latency"], how["seconds_per_byte"])
        trainer = trainer_of(tt, state, how, network)
        begun = max(network.clocks)
        for worker in range(workers):
            network.compute(worker, begun - network.clocks[worker])
        trainer.step(pair(tt, batch))
        seconds.append(max(network.clocks) - begun)
    size = sum(array.nbytes for array in state.values())
    settings = (how["workers"], len(batch[0]), how["seconds_per_row"], size, how["latency"], how["seconds_per_byte"])
    return {"formula": float(tt.reflect.speedup(*settings)), "simulated": float(seconds[0] / seconds[1])}
