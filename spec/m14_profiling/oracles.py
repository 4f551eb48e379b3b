"""The right answers: PyTorch's own counts of operations, models whose times are added up by hand, and closed forms."""

import itertools
import statistics

import numpy as np

from spec.kit import Bounded


def counted_by_torch(work):
    """What torch.utils.flop_counter counts while work() runs, by kind.

    FlopCounterMode itself imports a compiler for some seconds, for questions that have nothing to do with these models. This
    listens in the same way, and leaves counting to the same functions.
    """
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    counts = {"matmul": 0, "conv2d": 0}

    class Listen(TorchDispatchMode):
        @classmethod
        def _should_skip_dynamo(cls):  # telling the compiler to stay out would import it
            return False

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            out = function(*args, **(kwargs or {}))
            flops_of = flop_registry.get(function.overloadpacket)
            if flops_of is not None:
                kind = "conv2d" if function.overloadpacket is torch.ops.aten.convolution else "matmul"
                counts[kind] += flops_of(*args, **(kwargs or {}), out_val=out)
            return out

    with Listen():
        work()
    return counts


def built(plan):
    """The model of a plan, as in the probes, in PyTorch."""
    import torch

    nn = torch.nn

    class Attention(nn.Module):
        def __init__(self, dim, heads):
            super().__init__()
            self.layer = nn.MultiheadAttention(dim, heads, batch_first=True)

        def forward(self, x):
            return self.layer(x, x, x)[0]  # with its weights: then it is matrix products, one by one

    kind, *rest = plan
    if kind == "conv":
        return nn.Conv2d(**{name: value for name, value in rest[0].items() if name != "kernel"})
    if kind == "twice":
        layer = built(rest[0])
        return nn.Sequential(layer, layer)
    if kind == "row":
        return nn.Sequential(*[built(part) for part in rest[0]])
    return {
        "linear": nn.Linear,
        "norm": nn.LayerNorm,
        "attention": Attention,
        "relu": nn.ReLU,
        "flatten": nn.Flatten,
    }[kind](*rest)


def run(plan, x):
    """The counts of a plan's model, forward."""
    import torch

    model = built(plan)
    with torch.no_grad():
        model(torch.from_numpy(x[:0]))  # sets up what PyTorch sets up once
        return counted_by_torch(lambda: model(torch.from_numpy(x)))


# ------------------------------------------------------------------- 1, 2. time


def percentile(samples, share):
    """Along a straight line between the two samples next to it."""
    ordered = sorted(samples)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def timing(samples):
    scale = max(abs(sample) for sample in samples)
    spread = percentile(samples, 0.75) - percentile(samples, 0.25)
    return {"median": Bounded(float(statistics.median(samples)), scale), "spread": Bounded(float(spread), scale)}


def timed(costs, settings, tick):
    how = {"warmup": 1, "repeat": 5, "number": 1, **settings}
    left = list(costs)[how["warmup"] :]
    number = how["number"]
    samples = [(tick + sum(left[i * number : (i + 1) * number])) / number for i in range(how["repeat"])]
    return {
        "samples": samples,
        "calls": how["warmup"] + how["repeat"] * number,
        "arguments": ["(1, 'b')"],
        **timing(samples),
    }


# ------------------------------------------------------------------ 4, 5. counts


def count_parameters(shapes, shared):
    return sum(int(np.prod(shape)) for shape in shapes)


def parameters_of_plan(plan):
    return sum(p.numel() for p in built(plan).parameters())


def multiply_adds(a_shape, b_shape):
    """Two for each pair of numbers that meet in a product: what comes out where all of them are 1, added up, twice."""
    return 2 * int(np.sum(np.ones(a_shape) @ np.ones(b_shape)))


def product_flops(a_shape, b_shape):
    return multiply_adds(a_shape, b_shape)


def product_counted(way, a, b):
    flops = multiply_adds(a.shape, b.shape)
    want, scale = a @ b, abs(a) @ abs(b)
    return {"value": Bounded(np.asarray(want), scale), "counts": {"matmul": flops, "conv2d": 0}, "total": flops}


def plan_counted(plan, x):
    return run(plan, x)


def count_flops(plan, x):
    return sum(run(plan, x).values())


# ------------------------------------------------------------------- 6. a table


def reachable(nodes):
    """Numbers of the nodes that are registered, with their paths, depth first, each under its first path."""
    paths = {}

    def visit(number, path):
        if number in paths:
            return
        paths[number] = path
        seen = set()
        for place, part in enumerate(nodes[number]["parts"]):
            if part not in seen:
                seen.add(part)
                visit(part, f"{path}.part{place}" if path else f"part{place}")

    visit(0, "")
    return paths


def tree_times(nodes):
    """The seconds of each node, with and without the nodes inside; those that are not registered belong to their caller."""
    paths = reachable(nodes)
    calls, whole, own = (dict.fromkeys(paths, 0) for _ in range(3))

    def call(number, caller):
        """Seconds of one call."""
        node = nodes[number]
        owner = number if number in paths else caller
        own[owner] += node["before"] + node["after"]
        seconds = node["before"] + node["after"]
        seconds += sum(call(part, owner) for part in (*node["parts"], *node["hidden"]))
        if number in paths:
            calls[number] += 1
            whole[number] += seconds
        return seconds

    call(0, 0)
    return [
        {"name": paths[n], "calls": calls[n], "seconds": float(whole[n]), "own_seconds": float(own[n])} for n in paths
    ]


def times_of_tree(nodes):
    rows = tree_times(nodes)
    return {"rows": rows, "plain_seconds": rows[0]["seconds"], "overhead": 0.0}


def table(plan, x):
    """The rows of a plan's model, by forward hooks of PyTorch. Activations are no modules of ours, and left out."""
    import torch

    model, rows, begun = built(plan), {}, []
    so_far = {"flops": 0}

    def counts(module, inputs):
        begun.append(so_far["flops"])

    def note(name):
        def hook(module, inputs, out):
            row = rows[name]
            row["calls"] += 1
            row["output_shape"] = tuple(out.shape)
            row["flops"] += so_far["flops"] - begun.pop()
            numbers = inputs[0].numel() + out.numel() + row["parameters"]
            row["bytes"] += numbers * x.dtype.itemsize

        return hook

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.ReLU):
            continue
        kind, size = type(module).__name__, sum(p.numel() for p in module.parameters())
        rows[name] = {
            "name": name, "kind": kind, "calls": 0, "output_shape": None, "parameters": size, "flops": 0, "bytes": 0,
        }  # fmt: skip
        module.register_forward_pre_hook(counts)
        module.register_forward_hook(note(name))
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d):
            module.forward = counting(module.forward, so_far)
    with torch.no_grad():
        model(torch.from_numpy(x))
    return list(rows.values())


def counting(forward, so_far):
    """`forward`, which adds what PyTorch counts in it."""
    import functools

    @functools.wraps(forward)
    def counted(x):
        found = []
        so_far["flops"] += sum(counted_by_torch(lambda: found.append(forward(x))).values())
        return found[0]

    return counted


def odd_table(dtype, many, x):
    """The numbers of each row by hand: name, calls, output_shape, parameters, bytes."""
    size, ids = x.size * x.dtype.itemsize, many * 8
    parameters = 3 * many
    read = parameters * x.dtype.itemsize
    out = size if many % 2 else ids
    pair = (size + 2 * size) + ((2 * size + size) if many % 2 else 0)
    shape = tuple(x.shape) if many % 2 else None
    return [
        ["", 1, shape, parameters, size + ids + out + read],
        ["pair", 1 + many % 2, None, 0, pair],
        ["never", 0, None, parameters, 0],
        ["never.0", 0, None, parameters, 0],
    ]


def text_model(sizes, ids):
    """Products of a GPT by their shapes."""
    batch, n = ids.shape
    dim, layers, heads, vocab = (sizes[name] for name in ("dim", "num_layers", "num_heads", "vocab_size"))
    out_proj = 2 * batch * n * dim * dim
    attention = 4 * out_proj + 2 * 2 * batch * heads * n * n * (dim // heads)
    up = 2 * batch * n * dim * 4 * dim
    head = 2 * batch * n * dim * vocab
    inside = {
        "": 0, "norm1": 0, "attention": attention, "attention.out_proj": out_proj,
        "norm2": 0, "feed_forward": 2 * up, "feed_forward.up": up, "feed_forward.down": up,
    }  # fmt: skip
    inside[""] = attention + 2 * up
    return {"inside": inside, "head": head, "total": layers * inside[""] + head}


# ------------------------------------------------------------------ 7. at best


def arithmetic_intensity(flops, nbytes):
    return flops / nbytes


def roofline(intensity, peak_flops, bandwidth):
    """The operations of a second: so many that neither computing nor moving takes longer."""
    if intensity == 0:
        return 0.0
    return 1.0 / max(1.0 / peak_flops, 1.0 / (intensity * bandwidth))


def amdahl(fraction, speedup):
    """A part of a second becomes shorter."""
    afterwards = (1.0 - fraction) + (0.0 if speedup == float("inf") else fraction / speedup)
    return float("inf") if afterwards == 0 else 1.0 / afterwards


def energy_estimate(flops, nbytes, prices):
    compute = flops * prices.get("joules_per_flop", (0.9e-12 + 3.7e-12) / 2)
    memory = nbytes * prices.get("joules_per_byte", 640e-12 / 4)
    return {"compute": float(compute), "memory": float(memory), "total": float(compute + memory)}


# --------------------------------------------------------- 8. predict, measure


def training_flops(rows, widths):
    """What PyTorch counts through a network of Linears and back."""
    import torch

    model = torch.nn.Sequential(*[torch.nn.Linear(a, b) for a, b in itertools.pairwise(widths)])
    counts = counted_by_torch(lambda: model(torch.ones(rows, widths[0])).sum().backward())
    return sum(counts.values())


# -------------------------------------------------------------------- 9. speed


def calls_of_nothing(number):
    """So many calls of a function that does nothing much, and a clock at either end."""
    import time

    nothing = ()
    begin = time.perf_counter()
    for _ in range(number):
        len(nothing)
    return time.perf_counter() - begin
