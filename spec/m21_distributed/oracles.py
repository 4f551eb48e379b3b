"""The right answers: plain sums, PyTorch on whole batches, and schedules found by waiting until nothing moves any more."""

import numpy as np

from spec.kit.oracle import leaf, step_of, torch_optim, wide

# ---------------------------------------------------------------- 1. the network


def happened(ops, settings):
    """Lines as lists of busy times; a message begins after the last of them."""
    workers = settings["workers"]
    alpha, beta = settings.get("latency", 0.0), settings.get("seconds_per_byte", 0.0)
    now = np.zeros(workers)
    out, into = [[0.0] for _ in range(workers)], [[0.0] for _ in range(workers)]
    travelling, received = [], []
    messages, size, alive = [0] * workers, [0] * workers, list(range(workers))
    clocks = {"at first": [0.0] * workers}
    for number, (name, *args) in enumerate(ops, 1):
        if name == "compute":
            now[args[0]] += args[1]
        elif name == "lose":
            alive = [worker for worker in alive if worker != args[0]]
            travelling = []
        elif name == "send":
            source, target, array = args
            leaves = max(now[source], max(out[source]))
            out[source].append(leaves + alpha + beta * array.nbytes)
            travelling.append((source, target, leaves, np.ascontiguousarray(array).reshape(array.shape)))
            messages[source] += 1
            size[source] += array.nbytes
        else:
            worker, source = args
            place = next(i for i, message in enumerate(travelling) if message[:2] == (source, worker))
            *_, leaves, array = travelling.pop(place)
            there = max(leaves, max(into[worker])) + alpha + beta * array.nbytes
            into[worker].append(there)
            now[worker] = max(now[worker], there)
            received.append(array)
        clocks[f"after op {number}, {name}"] = [float(t) for t in now]
    return {"clocks": clocks, "received": received, "messages": messages, "bytes": size, "alive": alive}


# ------------------------------------------------------------- 2. and 3. sums for all


def bounds(length, parts):
    pieces = np.array_split(np.arange(length), parts)
    stops = np.cumsum([len(piece) for piece in pieces])
    return [(int(stop) - len(piece), int(stop)) for piece, stop in zip(pieces, stops, strict=True)]


def together_results(name, arrays, workers, group=None, change=None):
    """What each worker of the group has in the end."""
    size = len(arrays) if name != "broadcast_first" else len(range(workers) if group is None else group)
    if name == "broadcast_first":
        return [np.array(arrays[0])] * size
    if name == "all_gather":
        return [np.concatenate(arrays)] * size
    total = np.sum(np.stack(arrays).astype(arrays[0].dtype), axis=0, dtype=arrays[0].dtype)
    total = np.asarray(total, arrays[0].dtype).reshape(arrays[0].shape)
    if name == "reduce_scatter":
        return [piece.copy() for piece in np.array_split(total.reshape(-1), size)]
    return [total] * size


def together_again(name, arrays, other):
    return together_results(name, arrays, len(arrays))


def summed_by_element(arrays):
    """The sum of flat arrays, number by number: a yardstick."""
    total = []
    for numbers in zip(*(array.tolist() for array in arrays), strict=True):
        one = 0.0
        for number in numbers:
            one += number
        total.append(one)
    return total


# ------------------------------------------------------------------- 4. and 6. training


def counted_rows(rows, workers, absent):
    """The rows of those who are not absent: `workers` is the group, whose shards are theirs in order."""
    pieces = np.array_split(np.arange(rows), len(workers))
    return np.concatenate([piece for worker, piece in zip(workers, pieces, strict=True) if worker not in absent])


def trained(state, batches, how):
    """One model in PyTorch, on whole batches."""
    torch = torch_optim()
    leaves = {name: leaf(array) for name, array in state.items()}
    if how.get("frozen"):
        leaves["0.weight"].requires_grad_(False)
    name, settings = how["optimizer"]
    optimizer = getattr(torch.optim, name)(list(leaves.values()), **settings)
    absents = how.get("absent", [()] * len(batches))
    group, losses_of_workers = list(range(how["workers"])), how.get("lost", [()] * len(batches))
    losses = []
    for number, ((x, y), absent) in enumerate(zip(batches, absents, strict=True)):
        optimizer.param_groups[0]["lr"] *= how.get("decay", 1.0) if number else 1.0
        group = [worker for worker in group if worker not in losses_of_workers[number]]
        rows = counted_rows(len(x), group, absent)
        inputs, targets = wide(x[rows]), wide(y[rows])
        hidden = torch.tanh(inputs @ leaves["0.weight"].T + leaves["0.bias"])
        output = hidden @ leaves["2.weight"].T + leaves["2.bias"]
        loss = getattr(torch.nn.functional, how["loss"])(output, targets)
        for parameter in leaves.values():
            parameter.grad = None
        loss.backward()
        step_of(optimizer)
        losses.append(float(loss.detach()))
    weights = {name: parameter.detach().numpy() for name, parameter in leaves.items()}
    return {"losses": losses, "weights": weights, "same for all": True, "some share memory": False}


def weighed(state, batches, how, factors):
    """One model in PyTorch, by plain gradient descent on rows that count as often as their worker."""
    torch = torch_optim()
    leaves = {name: leaf(array) for name, array in state.items()}
    for x, y in batches:
        pieces = np.array_split(np.arange(len(x)), len(factors))
        often = wide(np.concatenate([np.full(len(p), f) for p, f in zip(pieces, factors, strict=True)]))
        hidden = torch.tanh(wide(x) @ leaves["0.weight"].T + leaves["0.bias"])
        output = hidden @ leaves["2.weight"].T + leaves["2.bias"]
        rows = getattr(torch.nn.functional, how["loss"])(output, wide(y), reduction="none").reshape(len(x), -1).mean(1)
        loss = (rows * often).sum() / len(x)
        grads = torch.autograd.grad(loss, list(leaves.values()))
        with torch.no_grad():
            for parameter, grad in zip(leaves.values(), grads, strict=True):
                parameter -= how["optimizer"][1]["lr"] * grad
    weights = {name: parameter.detach().numpy() for name, parameter in leaves.items()}
    return {"weights": weights, "same for all": True, "some share memory": False}


def shards(batch, parts):
    return [[np.array_split(x, parts)[part] for x in batch] for part in range(parts)]


def buckets(sizes, limit):
    """Cut where the sum since the last cut would be too much."""
    found, current = [], []
    for number in range(len(sizes) - 1, -1, -1):
        if current and sum(sizes[other] for other in current) + sizes[number] > limit:
            found.append(current)
            current = []
        current = [*current, number]
    return [*found, current] if current else found


def wait_for(seconds, count):
    ranks = [(value, worker) for worker, value in enumerate(seconds)]
    first = sorted(ranks)[:count]
    in_time = {worker for _, worker in first}
    return {"seconds": float(first[-1][0]), "late": [w for w in range(len(seconds)) if w not in in_time]}


# -------------------------------------------------------------------- 7. a pipeline


def order(name, stage, stages, microbatches):
    if name == "gpipe_order":
        return [("forward", m) for m in range(microbatches)] + [("backward", m) for m in range(microbatches)[::-1]]
    found, ahead, behind = [], 0, 0
    while behind < microbatches:  # forward as long as no more is held than stages from here to the end
        if ahead < microbatches and ahead - behind < stages - stage:
            found.append(("forward", ahead))
            ahead += 1
        else:
            found.append(("backward", behind))
            behind += 1
    return found


def one_by_one(stage, stages, microbatches):
    """Each microbatch forward and backward before the next one."""
    return [(kind, m) for m in range(microbatches) for kind in ("forward", "backward")]


def orders_of(name, stages, microbatches):
    if name == "one_by_one":
        return [one_by_one(stage, stages, microbatches) for stage in range(stages)]
    return [order(name, stage, stages, microbatches) for stage in range(stages)]


def pipeline(orders, forward, backward, hop):
    """Starts are pushed later until all that they wait for is over."""
    stages = len(orders)
    seconds = {"forward": forward, "backward": backward}
    start = {(s, *work): 0.0 for s, works in enumerate(orders) for work in works}
    moving = True
    while moving:
        moving = False
        for s, works in enumerate(orders):
            for place, (kind, m) in enumerate(works):
                before = [(s, *works[place - 1], 0.0)] if place else []
                if kind == "backward":
                    before.append((s, "forward", m, 0.0))
                near = s - 1 if kind == "forward" else s + 1
                if 0 <= near < stages:
                    before.append((near, kind, m, hop))
                soonest = max([start[b[:3]] + seconds[b[1]][b[0]] + b[3] for b in before], default=0.0)
                if soonest > start[s, kind, m]:
                    start[s, kind, m], moving = soonest, True
    slots = [(s, kind, m, t, t + seconds[kind][s]) for (s, kind, m), t in start.items()]
    return sorted(slots, key=lambda slot: (slot[3], slot[0]))


def about_slots(name, slots):
    stages = range(1 + max(slot[0] for slot in slots))
    end = max(slot[4] for slot in slots)
    if name == "idle_share":
        return sum(end - sum(slot[4] - slot[3] for slot in slots if slot[0] == s) for s in stages) / (len(stages) * end)
    found = []
    for s in stages:
        ends = {slot[2]: slot[4] for slot in slots if slot[0] == s and slot[1] == "backward"}
        spans = [(slot[3], ends[slot[2]]) for slot in slots if slot[0] == s and slot[1] == "forward"]
        found.append(max(sum(begin <= t < over for begin, over in spans) for t, _ in spans) if spans else 0)
    return found


# ----------------------------------------------------------------------- 8. reflect


def overlapped(forward, backward, buckets, way):
    """Bucket by bucket: ready, then sent when the line is free."""
    line = 0.0
    for number in range(1, buckets + 1):
        line = max(line, forward + backward * number / buckets) + way
    return line
