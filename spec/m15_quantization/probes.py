"""How the laws of m15 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.quantize`, `tt.QuantizedLinear`, … A `plan` is a model as a list: ["linear", 3, 4, True] (with bias),
"relu", "tanh", "dropout", and lists for a Sequential within.
"""

import io
import itertools

import numpy as np

from ..kit.probing import changing

# ------------------------------------------------------------------- helpers


def built(tt, plan, state=None, dtype="float32"):
    """A Sequential out of a plan, with a state if there is one."""
    model = tt.Sequential(*[_part(tt, part) for part in plan]).to(dtype)
    if state is not None:
        model.load_state_dict(state)
    return model


def _part(tt, part):
    if isinstance(part, list):
        return tt.Linear(*part[1:], rng=0) if part[0] == "linear" else tt.Sequential(*[_part(tt, p) for p in part])
    return {"relu": tt.ReLU(), "tanh": tt.Tanh(), "dropout": tt.Dropout(0.5, rng=0)}[part]


def linear_of(tt, weight, bias):
    """A Linear with this weight and bias (or None)."""
    layer = tt.Linear(weight.shape[1], weight.shape[0], bias is not None, rng=0).to(weight.dtype.name)
    layer.load_state_dict({"weight": weight} if bias is None else {"weight": weight, "bias": bias})
    return layer


def layer_of(tt, weight, bias, low, high, per_channel=True):
    return tt.QuantizedLinear(linear_of(tt, weight, bias), low, high, per_channel)


def ordered(state):
    return dict(sorted(state.items()))


def held_bytes(root):
    """Bytes of all arrays that can be reached from an object, each block of memory once; 8 for an item of a list."""
    seen, total, things = set(), 0, [root]
    while things:
        thing = things.pop()
        if isinstance(thing, np.ndarray):
            while isinstance(thing.base, np.ndarray):
                thing = thing.base
        if id(thing) in seen or isinstance(thing, type | str | bytes | int | float):
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            total += thing.nbytes
        elif isinstance(thing, dict):
            things += list(thing.values())
        elif isinstance(thing, list | tuple | set):
            total += 8 * len(thing) if len(thing) > 16 else 0
            things += list(thing)
        elif hasattr(thing, "__closure__"):
            things += [cell.cell_contents for cell in thing.__closure__ or ()]
        else:
            things += list(getattr(thing, "__dict__", {}).values())
    return total


# -------------------------------------------------------------- products, layers


def int8_matmul(tt, a, b):
    return tt.int8_matmul(a, b)


def kept(tt, weight, bias, low, high, per_channel):
    """What a QuantizedLinear keeps of a Linear."""
    return ordered(layer_of(tt, weight, bias, low, high, per_channel).state_dict())


def accumulate(tt, weight, low, high, per_channel, q):
    """The sums of a layer; its weight and its zero point as they were kept."""
    layer = layer_of(tt, weight, None, low, high, per_channel)
    return {
        "sums": layer.accumulate(q),
        "weight": layer.weight.data,
        "zero_point": layer.input_zero_point.data,
    }


def refused_sums(tt, weight, q):
    return layer_of(tt, weight, None, -1.0, 1.0).accumulate(q)


def forward(tt, weight, bias, low, high, per_channel, x):
    return layer_of(tt, weight, bias, low, high, per_channel)(tt.Tensor(x)).data


def beside_float(tt, weight, bias, low, high, per_channel, x):
    """The result in floats and in 8 bits, and the scales of the layer."""
    layer = layer_of(tt, weight, bias, low, high, per_channel)
    return {
        "floats": linear_of(tt, weight, bias)(tt.Tensor(x)).data,
        "8 bits": layer(tt.Tensor(x)).data,
        "weight_scale": layer.weight_scale.data,
        "input_scale": layer.input_scale.data,
    }


def row_by_row(tt, weight, bias, low, high, x):
    """All rows at once, and each by itself."""
    layer = layer_of(tt, weight, bias, low, high)
    return {
        "at once": layer(tt.Tensor(x)).data,
        "alone": np.stack([layer(tt.Tensor(row)).data for row in x]),
    }


def only_infers(tt, weight, bias, x):
    """What there is to learn in the layer, whether its result needs a gradient, and whether the Linear's memory is its own."""
    linear = linear_of(tt, weight, bias)
    layer = tt.QuantizedLinear(linear, -1.0, 1.0)
    result = layer(tt.Tensor(x, requires_grad=True))
    before = {name: array.copy() for name, array in layer.state_dict().items()}
    for p in linear.parameters():
        p.data[...] = 7.0
    return {
        "parameters": len(list(layer.parameters())),
        "requires_grad": result.requires_grad,
        "changed": [name for name, array in layer.state_dict().items() if not np.array_equal(array, before[name])],
    }


def taken_over(tt, mine, others, x):
    """A layer that takes over the state of another, after it was used: its answer, and that of the other."""
    layer, other = layer_of(tt, *mine), layer_of(tt, *others)
    t = tt.Tensor(x)
    layer(t)
    layer.load_state_dict(other.state_dict())
    return {"layer": layer(t).data, "other": other(t).data}


def layer_bytes(tt, weight, bias, per_channel):
    layer = layer_of(tt, weight, bias, -1.0, 1.0, per_channel)
    layer(tt.Tensor(np.ones((2, weight.shape[1]), "float32")))  # and what it keeps from then on
    return {
        "weight": layer.weight.data.nbytes + layer.weight_scale.data.nbytes,
        "held": held_bytes(layer),
        "floats": weight.nbytes + (0 if bias is None else bias.nbytes),
    }


# ----------------------------------------------------------------------- models


def model_bytes(tt, plan, dtype):
    return tt.model_bytes(built(tt, plan, dtype=dtype))


def tied_bytes(tt, n):
    """Bytes of a module with one Parameter under two names, in two places, and a buffer of integers."""
    model = tt.Sequential(tt.Linear(n, n), tt.Linear(n, n))
    model[1].weight = model[0].weight
    model.register_buffer("steps", tt.Tensor(np.arange(n)))
    return tt.model_bytes(model)


def replaced(tt, root):
    """What stands where in a model with one Flatten in four places, after each Flatten was replaced; how often one was made."""

    class Special(tt.Flatten):
        pass

    class Pair(tt.Module):
        def __init__(self, first, second, third):
            super().__init__()
            self.first, self.second, self.third = first, second, third

    shared, special = tt.Flatten(), Special()
    inner = Pair(shared, shared, tt.Linear(2, 2, rng=0))
    model = Pair(inner, tt.ModuleList([shared, special]), tt.Flatten())
    made = []

    def make(old):
        made.append(old)
        return tt.Sequential(old, tt.Dropout())

    result = tt.replace_modules(shared if root else model, tt.Flatten, make)
    if root:
        return {"made": len(made), "new": type(result).__name__, "holds": result[0] is shared}
    return {
        "same model": result is model,
        "made": len(made),
        "classes": [type(m).__name__ for m in (inner.first, inner.second, inner.third, model.third, *model.second)],
        "one for all names": inner.first is inner.second and inner.first is model.second[0],
        "holds": inner.first[0] is shared,
        "subclass stays": model.second[1] is special,
    }


def replaced_within(tt):
    """What is in a model with a Box in a Box, after each Box was replaced."""

    class Box(tt.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

    inside, made = Box(tt.Flatten()), []
    holder = tt.Sequential(inside)
    outside = Box(holder)
    model = tt.Sequential(tt.Dropout(), outside)

    def make(old):
        made.append(old)
        return tt.Sequential(old)

    tt.replace_modules(model, Box, make)
    left_alone = outside.inner is holder and holder[0] is inside
    return {"made": len(made), "outside": type(model[1]).__name__, "left alone": left_alone}


def quantized(tt, plan, state, batches, percentile, per_channel):
    """The state of a model in 8 bits."""
    model = built(tt, plan, state)
    given = (tt.Tensor(batch) for batch in batches)
    return ordered(tt.quantize_model(model, given, percentile=percentile, per_channel=per_channel).state_dict())


def answers(tt, plan, state, batches, x):
    """A model's answers: the float ones, those in 8 bits, and the float ones again."""
    model = built(tt, plan, state).eval()
    before = model(tt.Tensor(x)).data
    small = tt.quantize_model(model, [tt.Tensor(batch) for batch in batches])
    return {"before": before, "8 bits": small(tt.Tensor(x)).data, "after": model(tt.Tensor(x)).data}


def what_happens_to_the_model(tt, plan, state, batch):
    """Modes before and after, and what of the model's state, its layers and its generator is not as it was."""
    model = built(tt, plan, state)
    before = [(path, m.training, id(m)) for path, m in model.named_modules()]
    small = tt.quantize_model(model, [tt.Tensor(batch)])
    mine = [t.data for _, t in model.named_state()]
    return {
        "as it was": before == [(path, m.training, id(m)) for path, m in model.named_modules()],
        "state": ordered(model.state_dict()),
        "gradients": [p.grad for p in model.parameters()],
        "mode of the new": [m.training for m in small.modules()].count(True),
        "memory shared": any(np.shares_memory(t.data, x) for _, t in small.named_state() for x in mine),
        "classes": [type(m).__name__ for m in small],
    }


def one_layer_in_two_places(tt, weight, batch):
    """A layer under two names, used on x and on x + 10: the one that takes its place, and whether it is one."""

    class Twice(tt.Module):
        def __init__(self):
            super().__init__()
            self.near = self.far = linear_of(tt, weight, None)

        def forward(self, x):
            return self.near(x) + self.far(x + 10.0)

    small = tt.quantize_model(Twice(), [tt.Tensor(batch)])
    return {"one": small.near is small.far, **ordered(small.near.state_dict())}


def linear_alone(tt, weight, batches):
    small = tt.quantize_model(linear_of(tt, weight, None), [tt.Tensor(batch) for batch in batches])
    return {"class": type(small).__name__, "training": small.training, **ordered(small.state_dict())}


def never_reached(tt, used, batch):
    """A model with a layer that its forward leaves out."""

    class Forgetful(tt.Module):
        def __init__(self):
            super().__init__()
            self.body = tt.Sequential(tt.Linear(3, 3, rng=0), tt.ReLU())
            self.spare = tt.Sequential(tt.ReLU(), tt.Linear(3, 2, rng=0))

        def forward(self, x):
            return self.spare(self.body(x)) if used else self.body(x)

    small = tt.quantize_model(Forgetful(), [tt.Tensor(batch)])
    return type(small.spare[1]).__name__


def whole_model_bytes(tt, plan, batch):
    """Bytes of a model of float32 and in 8 bits: by model_bytes, and by counting every array that can be reached."""
    model = built(tt, plan)
    small = tt.quantize_model(model, [tt.Tensor(batch)])
    return {"floats": tt.model_bytes(model), "8 bits": tt.model_bytes(small), "held": held_bytes(small)}


# ------------------------------------------------------------------------- use


def digits(tt, images, labels, tests, hidden, epochs, batch_size, seed):
    """Learn to read digits, then read others: with floats, and in 8 bits. The bytes of both."""
    rng = np.random.default_rng(seed)
    model = tt.Sequential(tt.Linear(images.shape[1], hidden, rng=rng), tt.ReLU(), tt.Linear(hidden, 10, rng=rng))
    optimizer = tt.Adam(list(model.parameters()), lr=1e-2)
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            optimizer.zero_grad()
            tt.cross_entropy(model(tt.Tensor(images[rows])), tt.Tensor(labels[rows])).backward()
            optimizer.step()
    found = {"floats": model(tt.Tensor(tests)).data.argmax(axis=1)}
    for name, per_channel in (("per channel", True), ("per tensor", False)):
        small = tt.quantize_model(model, [tt.Tensor(images[:100])], per_channel=per_channel)
        found[name] = small(tt.Tensor(tests)).data.argmax(axis=1)
    return {**found, "bytes": [sum(p.data.nbytes for p in model.parameters()), held_bytes(small)]}


def trained_through_the_staircase(tt, state, x, target, scales, zero_point):
    """A network whose inputs and weights pass fake_quantize: its loss, its logits, the gradient of every Parameter."""
    w1, b1, w2 = (tt.Tensor(state[name], requires_grad=True) for name in ("w1", "b1", "w2"))
    rows, none = scales["w1"], np.zeros(len(scales["w1"]), "int32")
    hidden = tt.fake_quantize(tt.Tensor(x), scales["x"], zero_point) @ tt.fake_quantize(w1, rows, none, 0).T
    logits = tt.relu(hidden + b1) @ tt.fake_quantize(w2, scales["w2"], 0).T
    loss = tt.cross_entropy(logits, tt.Tensor(target))
    loss.backward()
    return {"loss": loss.data, "logits": logits.data, "w1": w1.grad, "b1": b1.grad, "w2": w2.grad}


def through_a_file(tt, plan, state, batch, x):
    """A model in 8 bits, its state written as .npz and read into a model that was made from other weights."""
    given = [tt.Tensor(batch)]
    small = tt.quantize_model(built(tt, plan, state), given)
    file = io.BytesIO()
    np.savez(file, **small.state_dict())
    file.seek(0)
    other = tt.quantize_model(built(tt, plan), given)
    with np.load(file) as arrays:
        other.load_state_dict(dict(arrays))
    return {"saved": small(tt.Tensor(x)).data, "loaded": other(tt.Tensor(x)).data, "bytes": len(file.getvalue())}


# --------------------------------------------------------------------- reflect


def formula(tt, name, *args, **named):
    return getattr(tt.reflect, name)(*args, **named)


def times_smaller(tt, sizes, per_channel):
    """By formula, and the bytes that a model really holds, in floats and in 8 bits."""
    plan = [["linear", inputs, outputs, True] for inputs, outputs in itertools.pairwise(sizes)]
    model = built(tt, plan)
    small = tt.quantize_model(model, [tt.Tensor(np.ones((2, sizes[0]), "float32"))], per_channel=per_channel)
    floats = sum(p.data.nbytes for p in model.parameters())
    return {"formula": tt.reflect.times_smaller(sizes, per_channel), "floats": floats, "8 bits": tt.model_bytes(small)}


def weight_bytes(tt, inputs, outputs, per_channel):
    layer = tt.QuantizedLinear(tt.Linear(inputs, outputs, rng=0), -1.0, 1.0, per_channel)
    return {
        "formula": tt.reflect.weight_bytes(inputs, outputs, per_channel),
        "measured": layer.weight.data.nbytes + layer.weight_scale.data.nbytes,
    }


def errors(tt, x, low, high):
    """The errors that x has after there and back, and what the formulas say of them."""
    scale, zero_point = tt.choose_qparams(low, high)
    return {
        "worst": tt.reflect.worst_error(low, high),
        "noise": tt.reflect.rounding_noise(float(scale)),
        "errors": tt.dequantize(tt.quantize(x, scale, zero_point), scale, zero_point, dtype="float64") - x,
    }


def share_cut_off(tt, x, percentile):
    low, high = tt.calibrate(x, percentile=percentile)
    return {"formula": tt.reflect.share_cut_off(percentile), "measured": float(((x < low) | (x > high)).mean())}


# ----------------------------------------------------------------------- speed


def matmul_again(tt, a, b, repeat, session):
    """A product `repeat` times, with a number in it that differs each time; the first row of the last result."""
    if "a" not in session:
        session["a"] = a.copy()
    for _ in range(repeat):
        session["a"][0, 0] = session["more"] = (session.get("more", 0) + 1) % 100
        y = tt.int8_matmul(session["a"], b)
    return y[:1].copy()


def quantize_again(tt, x, scale, zero_point, axis, repeat, session):
    """quantize `repeat` times, with a number in x that differs each time; the first row of the last result."""
    if "x" not in session:
        session["x"] = x.copy()
    for _ in range(repeat):
        session["x"][0, 0] = session["more"] = (session.get("more", 0) + 1) % 100
        q = tt.quantize(session["x"], scale, zero_point, axis)
    return q[:1].copy()


def sized_again(tt, weight, x, repeat):
    """A layer's answer `repeat` times, for inputs that differ each time; the first row of the last one."""
    layer, t = layer_of(tt, weight, None, -1.0, 1.0), tt.Tensor(x)
    for _ in changing(t, repeat, {}):
        y = layer(t)
    return y.data[:1].copy()
