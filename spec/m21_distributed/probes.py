"""How the laws of m21 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.SimulatedNetwork`, `tt.all_reduce_ring`, `tt.DataParallel`, … Most laws bring a network of their own,
`Wire` in `wire.py` beside this file; those of tasks 1 and 8, and all in `test_use.py` and `test_speed.py`, take yours.
"""

import numpy as np

from .wire import Wire, some_shared

# ------------------------------------------------------------- 1. lines and clocks


def floats(numbers):
    return [float(number) for number in numbers]


def happened(tt, ops, settings):
    """What all clocks say at first, and after each of `ops`: (name of the method, arguments), numbered from 1. What was sent or
    received is changed at once."""
    network = tt.SimulatedNetwork(**settings)
    clocks, received = {"at first": floats(network.clocks)}, []
    for number, (name, *args) in enumerate(ops, 1):
        if name == "send":
            array = args[2].copy()
            network.send(args[0], args[1], array)
            array[...] = -99
        elif name == "receive":
            array = network.receive(*args)
            received.append(array.copy())
            array[...] = -77
        else:
            getattr(network, name)(*args)
        clocks[f"after op {number}, {name}"] = floats(network.clocks)
    counts = {name: [int(n) for n in getattr(network, name)] for name in ("messages", "bytes", "alive")}
    return {"clocks": clocks, "received": received, **counts}


def sent_text(tt):
    tt.SimulatedNetwork(2).send(0, 1, [1.0, 2.0])


# ----------------------------------------------------- 2. and 3. sums for everybody


def bounds(tt, length, parts):
    return [tuple(piece) for piece in tt.chunk_bounds(length, parts)]


def together(tt, name, arrays, workers, group=None, change=None):
    """One of the functions of `collectives.py`, over the judge's wire: its results, and what went over the wire."""
    wire = Wire(workers, change)
    given = arrays[0] if name == "broadcast_first" else arrays
    results = list(getattr(tt, name)(wire, given, group))
    shared = some_shared([*results, *(arrays[:1] if name == "broadcast_first" else arrays)])
    return {"results": results, "some share memory": shared, **wire.traffic()}


def together_results(tt, name, arrays, workers, group=None, change=None):
    return together(tt, name, arrays, workers, group, change)["results"]


def sent_by_refused(tt, name, arrays, workers, group):
    """Messages and bytes that went over the wire before the call was refused."""
    wire = Wire(workers)
    try:
        getattr(tt, name)(wire, arrays[0] if name == "broadcast_first" else arrays, group)
        error = "none"
    except ValueError:
        error = "ValueError"
    return {"error": error, "messages": len(wire.rows), "bytes": sum(nbytes for *_, nbytes in wire.rows)}


def together_again(tt, name, arrays, other):
    """The same network, first for other arrays and then for these: does anything stay behind?"""
    wire = Wire(len(arrays))
    getattr(tt, name)(wire, other, None)
    return list(getattr(tt, name)(wire, arrays, None))


def reduce_repeatedly(tt, name, arrays, repeat, session):
    """So many times, each time of other numbers."""
    if "arrays" not in session:
        session["arrays"], session["count"] = [array.copy() for array in arrays], 0
    mine = session["arrays"]
    for _ in range(repeat):
        session["count"] += 1
        mine[0].flat[0] = session["count"]
        total = getattr(tt, name)(tt.SimulatedNetwork(len(mine), 1.0, 1.0), mine)
    return float(total[-1].flat[0] - session["count"])


# ------------------------------------------------------------------ 7. a pipeline


def order(tt, name, stage, stages, microbatches):
    return [tuple(work) for work in getattr(tt, name)(stage, stages, microbatches)]


def pipeline(tt, orders, forward, backward, hop):
    return [tuple(slot) for slot in tt.play_pipeline(orders, forward, backward, hop)]


def about_slots(tt, name, slots):
    """idle_share or most_held of slots that are given as tuples."""
    found = getattr(tt, name)([tt.Slot(*slot) for slot in slots])
    return float(found) if name == "idle_share" else [int(held) for held in found]


def own_pipeline(tt, name, stages, microbatches, forward, backward):
    """The order, the clock and the two questions together: what a pipeline of equal stages comes to."""
    orders = [getattr(tt, name)(stage, stages, microbatches) for stage in range(stages)]
    slots = tt.play_pipeline(orders, [forward] * stages, [backward] * stages)
    end = float(max(slot.end for slot in slots))
    return {"end": end, "idle": float(tt.idle_share(slots)), "held": [int(held) for held in tt.most_held(slots)]}


def pipeline_repeatedly(tt, stages, microbatches, repeat):
    orders = [tt.one_f_one_b_order(stage, stages, microbatches) for stage in range(stages)]
    for _ in range(repeat):
        slots = tt.play_pipeline(orders, [1.0] * stages, [2.0] * stages)
    return float(max(slot.end for slot in slots))


# --------------------------------------------------------------------- 8. reflect


def formula(tt, name, *args):
    return getattr(tt.reflect, name)(*args)


def seconds(tt, name, *args):
    """A formula whose answer may be any kind of number."""
    return float(getattr(tt.reflect, name)(*args))


def reduce_seconds(tt, name, workers, numbers, latency, seconds_per_byte, others):
    """What a network's clocks say after an all-reduce of float32 numbers. At first `others`, seconds that everybody computes."""
    network = tt.SimulatedNetwork(workers, latency, seconds_per_byte)
    for worker in range(workers):
        network.compute(worker, others)
    arrays = [np.full(numbers, worker, "float32") for worker in range(workers)]
    if name == "tree":
        total = tree(network, arrays)
    else:
        total = getattr(tt, name)(network, arrays)
    return {"sum": float(total[-1][0]), "seconds": float(max(network.clocks)) - others}


def overlapped(tt, forward, backward, buckets, workers, size, latency, seconds_per_byte):
    """The formula; and clocks of a network on which your ring sums up each bucket as soon as it is ready."""
    network = tt.SimulatedNetwork(workers, latency, seconds_per_byte)
    for bucket in range(buckets):
        ready = forward + backward * (bucket + 1) / buckets
        for worker in range(workers):
            network.compute(worker, max(0.0, ready - network.clocks[worker]))
        tt.all_reduce_ring(network, [np.ones(size // buckets, "int8")] * workers)
    settings = forward, backward, buckets, workers, size, latency, seconds_per_byte
    return {"formula": float(tt.reflect.overlapped_seconds(*settings)), "simulated": float(max(network.clocks))}


def tree(network, arrays):
    """Everybody gets the sum: up a binary tree, and down again."""
    totals, width, steps = [array.copy() for array in arrays], 1, []
    while width < len(totals):
        steps.append([(worker + width, worker) for worker in range(0, len(totals), 2 * width)])
        width *= 2
    for pairs in steps:
        for source, target in pairs:
            network.send(source, target, totals[source])
        for source, target in pairs:
            totals[target] += network.receive(target, source)
    for pairs in reversed(steps):
        for target, source in pairs:
            network.send(source, target, totals[source])
        for target, source in pairs:
            totals[target] = network.receive(target, source)
    return totals
