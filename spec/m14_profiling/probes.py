"""How the laws of m14 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.time_fn`, `tt.profile`, … Time is told by a `Clock` that only moves when somebody spends time, so
that what a measurement should say is known exactly.
"""

import gc
import tracemalloc
from operator import index

import numpy as np

from ..kit.probing import Clock

# ------------------------------------------------------------------- helpers


class Broken(Exception):
    """What a law's own function raises."""


def raised_by(act):
    """The name of what act() raises, or "nothing"."""
    try:
        act()
    except Broken as error:
        return type(error).__name__
    return "nothing"


def whole(counts):
    """Counts by kind, of whatever type of whole number."""
    return {kind: index(count) for kind, count in counts.items()}


def classes(tt):
    return [tt.Tensor, tt.Parameter, tt.Module, tt.Linear, tt.Conv2d, tt.Sequential]


def changes(before, owners):
    """Names of the attributes that came or went, and of the functions that are not what they were."""
    found = []
    for (_, old), now in zip(before, owners, strict=True):
        new = vars(now)
        found += sorted(old.keys() ^ new.keys())
        found += [name for name in old.keys() & new.keys() if callable(new[name]) and new[name] is not old[name]]
    return found


def kept(owners):
    """What all attributes of some objects are."""
    return [(owner, dict(vars(owner))) for owner in owners]


# ------------------------------------------------------------------ 1, 2. time


def timing(tt, samples):
    found = tt.Timing(tuple(samples))
    return {"median": float(found.median), "spread": float(found.spread)}


def timed(tt, costs, settings, tick):
    """time_fn of a function whose calls take the seconds of `costs`, one after the other."""
    clock, calls = Clock(tick), []

    def work(a, b):
        clock.spend(costs[len(calls)])
        calls.append((a, b))

    found = tt.time_fn(work, 1, "b", clock=clock, **settings)
    return {
        "samples": [float(sample) for sample in found.samples],
        "calls": len(calls),
        "arguments": sorted({str(call) for call in calls}),
        "median": float(found.median),
        "spread": float(found.spread),
    }


def collector(tt, enabled, fails):
    """Whether the garbage collector is on: during calls that are measured, and afterwards."""
    was, seen = gc.isenabled(), []

    def work():
        seen.append(gc.isenabled())
        if len(seen) == fails:
            raise Broken

    (gc.enable if enabled else gc.disable)()
    try:
        error = raised_by(lambda: tt.time_fn(work, warmup=0, repeat=3, number=2))
        return {"during": any(seen), "calls": len(seen), "afterwards": gc.isenabled(), "raised": error}
    finally:
        (gc.enable if was else gc.disable)()


def refused_timing(tt, settings):
    return tt.time_fn(len, "abc", **settings).median


def coarse_clock(tt, call, step, error):
    """So many calls as your formula says, timed with a coarse clock."""
    number, clock = tt.reflect.calls_needed(call, step, error), Clock(step=step)
    found = tt.time_fn(lambda: clock.spend(call), warmup=1, repeat=20, number=number, clock=clock)
    return {"number": number, "samples": list(found.samples)}


# -------------------------------------------------------------------- 3. memory


def tracing_afterwards(tt, tracing, fails):
    """Whether tracemalloc traces after peak_memory, and what went on to the caller."""
    was = tracemalloc.is_tracing()

    def work():
        if fails:
            raise Broken

    (tracemalloc.start if tracing else tracemalloc.stop)()
    try:
        error = raised_by(lambda: tt.peak_memory(work))
        return {"tracing": tracemalloc.is_tracing(), "raised": error}
    finally:
        (tracemalloc.start if was else tracemalloc.stop)()


# ------------------------------------------------------------------ 4. on paper


def built(tt, plan, log=None):
    """The model of a plan: ["linear", in, out, bias], ["conv", settings], ["norm", dim], ["attention", dim, heads],
    ["relu"], ["flatten"], ["row", plans], ["twice", plan]. Every model that a plan names counts its calls in `log`."""
    kind, *rest = plan
    if kind == "linear":
        return tt.Linear(*rest, rng=0)
    if kind == "conv":
        settings = dict(rest[0])
        kernel = settings.pop("kernel")
        # A subclass that leaves forward to Conv2d counts like one.
        layer = (type("Own", (tt.Conv2d,), {}) if kernel == "products" else tt.Conv2d)(**settings, rng=0)
        layer.kernel = by_products(tt) if kernel == "products" else getattr(tt, kernel)
        return layer
    if kind == "norm":
        return tt.LayerNorm(*rest)
    if kind == "attention":
        return tt.MultiHeadAttention(*rest, rng=0)
    if kind == "twice":
        layer = built(tt, rest[0])
        return tt.Sequential(layer, layer)
    if kind == "row":
        return tt.Sequential(*[built(tt, part) for part in rest[0]])
    return {"relu": tt.relu, "flatten": tt.Flatten()}[kind]


def by_products(tt):
    """A kernel for Conv2d (1x1, stride 1) that is made of products of Tensors."""

    def kernel(x, weight, bias, stride, padding, dilation, groups):
        n, c, h, w = x.shape
        y = weight.reshape(weight.shape[0], c) @ x.reshape(n, c, h * w)
        y = y if bias is None else y + bias.reshape(-1, 1)
        return y.reshape(n, weight.shape[0], h, w)

    return kernel


def parameters_of_plan(tt, plan):
    return index(tt.count_parameters(built(tt, plan)))


# -------------------------------------------------------------- 5. what runs

WAYS = {
    "@": lambda tt, a, b: tt.Tensor(a) @ tt.Tensor(b),
    "matmul": lambda tt, a, b: tt.Tensor(a).matmul(tt.Tensor(b)),
    "matmul_explicit": lambda tt, a, b: tt.Tensor(a).matmul_explicit(tt.Tensor(b)),
    "array @": lambda tt, a, b: a @ tt.Tensor(b),
    "@ array": lambda tt, a, b: tt.Tensor(a) @ b,
}


def product_counted(tt, way, a, b):
    """The product, and what a counter says."""
    with tt.FlopCounter() as counter:
        out = WAYS[way](tt, a, b)
    return {"value": out.data, "counts": whole(counter.counts), "total": index(counter.total)}


def plan_counted(tt, plan, x):
    with tt.FlopCounter() as counter:
        built(tt, plan)(tt.Tensor(x))
    return whole(counter.counts)


def rest_counted(tt, x):
    """What a product counts, with all that counts nothing around it."""
    with tt.FlopCounter() as counter:
        t = tt.Tensor(x, requires_grad=True)
        y = tt.gelu(t + 1.0) * t - tt.softmax(t, -1).sum()
        y = tt.LayerNorm(x.shape[-1])(y) @ tt.ones(x.shape[-1], 3)
        y = tt.MaxPool2d(1)(y.reshape(1, 1, *y.shape)).reshape(*y.shape)
        forward = counter.total
        tt.cross_entropy(y, np.zeros(len(x), "int64")).backward()
        tt.Embedding(4, 2, rng=0)(np.array([0, 3]))
    return {"forward": forward, "with backward": counter.total}


def stages(tt, a, b):
    """Two counters, one inside the other, and the outer one used again; in between nobody counts."""
    a, b = tt.Tensor(a), tt.Tensor(b)
    outer, inner = tt.FlopCounter(), tt.FlopCounter()
    seen = [outer.total]
    with outer as entered:
        a @ b
        with inner:
            a.matmul(b)
        a @ b
        seen.append(inner.total)
    a @ b
    seen.append(outer.total)
    with outer:
        seen.append(outer.total)
        a @ b
        seen.append(outer.total)
    return {"seen": seen, "inner": inner.total, "itself": entered is outer}


def counting_fails(tt, a, b, where):
    """A product that cannot be, or an exception, in a `with` block: what is counted, what goes on, and what is left behind."""
    left, right, layer = tt.Tensor(a), tt.Tensor(b), tt.Conv2d(2, 2, 1, rng=0)
    before, counter = kept(classes(tt)), tt.FlopCounter()

    def act():
        with counter:
            left @ right
            try:
                left @ left if where == "product" else layer(tt.zeros(1, 3, 2, 2))
            except ValueError:
                left @ right
            raise Broken

    error = raised_by(act)
    left @ right
    return {"total": counter.total, "raised": error, "left behind": changes(before, classes(tt))}


def gradients_while_counting(tt, plan, x, counting):
    """Value and gradients of a model, counted or not."""
    model, t = built(tt, plan).to("float64"), tt.Tensor(x, requires_grad=True)
    counter = tt.FlopCounter()
    if counting:
        with counter:
            y = model(t)
            y.sum().backward()
    else:
        y = model(t)
        y.sum().backward()
    grads = {name: p.grad for name, p in model.named_parameters()}
    return {"value": y.data, "grad of x": t.grad, **grads, "counted": counter.total > 0}


def count_flops(tt, plan, x):
    return index(tt.count_flops(built(tt, plan), tt.Tensor(x)))


def count_flops_of_function(tt, a, b, times):
    """Any function of several arguments; and how often it ran."""
    calls = []

    def work(left, right, n):
        calls.append(n)
        for _ in range(n):
            left @ right
        return n

    flops = tt.count_flops(work, tt.Tensor(a), tt.Tensor(b), times)
    return {"flops": index(flops), "calls": len(calls)}


def count_flops_fails(tt, a, b):
    before = kept(classes(tt))
    left, right = tt.Tensor(a), tt.Tensor(b)

    def work():
        left @ right
        raise Broken

    error = raised_by(lambda: tt.count_flops(work))
    again = tt.count_flops(lambda: left @ right)
    return {"raised": error, "left behind": changes(before, classes(tt)), "again": again}


# ------------------------------------------------------------------ 6. a table


def tree(tt, nodes, clock):
    """A model whose parts take known time. nodes[i] is a dict: `before` and `after` its parts, `cold` the first time only;
    `parts` and `hidden` are numbers of later nodes, which it calls in turn; the hidden ones are not registered."""

    class Work(tt.Module):
        def __init__(self, node):
            super().__init__()
            self.node, self.ran, self.rest = node, False, []

        def forward(self, x):
            clock.spend(self.node["before"] + (0.0 if self.ran else self.node["cold"]))
            self.ran = True
            for part in self.called:
                x = part(x)
            clock.spend(self.node["after"])
            return x

    works = [Work(node) for node in nodes]
    for work, node in zip(works, nodes, strict=True):
        for place, number in enumerate(node["parts"]):
            setattr(work, f"part{place}", works[number])
        work.called = tuple(works[number] for number in (*node["parts"], *node["hidden"]))
    return works[0]


def times_of_tree(tt, nodes):
    """What `profile` finds in such a model, with a clock that costs nothing."""
    clock = Clock()
    found = tt.profile(tree(tt, nodes, clock), tt.Tensor([1.0]), clock=clock)
    rows = [
        {"name": row.name, "calls": row.calls, "seconds": float(row.seconds), "own_seconds": float(row.own_seconds)}
        for row in found.rows
    ]
    return {"rows": rows, "plain_seconds": float(found.plain_seconds), "overhead": float(found.overhead)}


def price_of_watching(tt, nodes, tick):
    """The same with a clock that takes `tick` seconds to read."""
    clock = Clock(tick)
    found = tt.profile(tree(tt, nodes, clock), tt.Tensor([1.0]), clock=clock)
    return {
        "plain": float(found.plain_seconds),
        "watched": float(found.rows[0].seconds),
        "overhead": float(found.overhead),
    }


def table(tt, plan, x):
    """The rows of a model but for their times."""
    found = tt.profile(built(tt, plan), tt.Tensor(x))
    return [
        {
            "name": row.name, "kind": row.kind, "calls": row.calls,
            "output_shape": None if row.output_shape is None else tuple(row.output_shape),
            "parameters": index(row.parameters), "flops": index(row.flops), "bytes": index(row.bytes),
        }
        for row in found.rows
    ]  # fmt: skip


def odd_table(tt, dtype, many, x):
    """Rows of a model with a part that is never called, one that gives back a pair, and one with a named argument."""

    class Pair(tt.Module):
        def forward(self, x, more=None):
            return [x, (x, "text")] if more is None else {"sum": x + more, "number": 3}

    class Whole(tt.Module):
        def __init__(self):
            super().__init__()
            self.pair = Pair()
            self.never = tt.ModuleList([tt.Linear(2, many)])

        def forward(self, x, ids):
            self.pair(x)
            return self.pair(x, more=x)["sum"] if many % 2 else ids

    found = tt.profile(Whole().to(dtype), tt.Tensor(x), np.arange(many))
    return [[row.name, row.calls, row.output_shape, index(row.parameters), index(row.bytes)] for row in found.rows]


def profile_leaves_nothing(tt, plan, x, fails):
    """What is not as it was before a model was profiled. Something in it raises the `fails`-th time that it runs there."""
    runs = []

    def fail(y):
        runs.append(1)
        if fails and len(runs) == 1 + fails:
            raise Broken
        return y

    model = tt.Sequential(built(tt, plan), fail)
    model(tt.Tensor(x))  # whatever it sets up the first time
    owners = [*classes(tt), *model.modules()]
    before, clock = kept(owners), Clock(1.0)
    error = raised_by(lambda: tt.profile(model, tt.Tensor(x), clock=clock))
    told, ran = clock.now, len(runs) - 1
    model(tt.Tensor(x))
    return {
        "raised": error,
        "runs": ran,
        "left behind": changes(before, owners),
        "clock read afterwards": clock.now - told,
        "calls the next time": tt.profile(model, tt.Tensor(x)).rows[0].calls,
    }


def text_model(tt, sizes, ids):
    """Rows of a GPT: name, kind, calls and operations; and what is counted without a table."""
    model = tt.GPT(**sizes, rng=0)
    rows = tt.profile(model, ids).rows
    return {
        "flops": {row.name: row.flops for row in rows},
        "parameters": rows[0].parameters,
        "counted": tt.count_flops(model, ids),
    }


def trained(tt, plan, x, steps, watched):
    """Weights after some steps; in between, the model is profiled, counted and timed, or left alone."""
    model, t = built(tt, plan).to("float64"), tt.Tensor(x)
    optimizer = tt.SGD(model.parameters(), lr=0.01)
    clock, seen = Clock(1.0), 0
    for _ in range(steps):
        if watched:
            seen += tt.profile(model, t, clock=clock).rows[0].flops + tt.count_flops(model, t)
            tt.time_fn(model, t, warmup=0, repeat=1, clock=clock)
            tt.peak_memory(model, t)
        optimizer.zero_grad()
        y = model(t)
        (y * y).mean().backward()
        optimizer.step()
    return {"weights": [p.data for p in model.parameters()], "seen": seen}
