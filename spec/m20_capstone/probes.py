"""How the laws of m20 call your framework, tasks 1 to 4 and 8: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.measure`, `tt.run_pipeline`, … Time is told by a `Clock` that only moves when somebody spends time, so
that what a measurement should say is known exactly.
"""

import itertools

import numpy as np

from ..kit.probing import Clock

# ------------------------------------------------------------------- helpers


def linear(tt, weight, bias=None):
    """A Linear with these weights, in their dtype."""
    layer = tt.Linear(weight.shape[1], weight.shape[0], bias is not None, rng=0)
    layer.weight = tt.Parameter(weight)
    if bias is not None:
        layer.bias = tt.Parameter(bias)
    return layer


def state_of(model):
    """Copies of all arrays that a model saves, and the modes of its modules."""
    return {name: np.array(t.data) for name, t in model.named_state()}, [m.training for m in model.modules()]


def same_state(model, before):
    arrays, modes = state_of(model)
    return (
        list(arrays) == list(before[0])
        and all(np.array_equal(arrays[k], v) for k, v in before[0].items())
        and modes == before[1]
    )


def apart(model, other):
    """Whether no array of one model shares memory with one of the other."""
    mine, theirs = ([t.data for _, t in m.named_state()] for m in (model, other))
    return not any(np.shares_memory(a, b) for a in mine for b in theirs)


def measured_of(found):
    return {
        "name": found.name,
        "accuracy": float(found.accuracy),
        "nbytes": int(found.nbytes),
        "seconds": float(found.seconds),
        "p95": float(found.p95),
    }


def log_of(log):
    return [{"step": entry.step, "kept": bool(entry.kept), **measured_of(entry.measured)} for entry in log]


# -------------------------------------------------------------- 1. measuring


def timed_model(tt, weight, costs, seen, clock, boom=None):
    """A Linear with a Dropout in front, whose calls take the seconds of `costs`, one after the other; call `boom` raises."""

    class Timed(tt.Module):
        def __init__(self):
            super().__init__()
            self.drop, self.linear = tt.Dropout(0.5, rng=0), linear(tt, weight)

        def forward(self, x):
            clock.spend(costs[len(seen)])
            out = self.linear(self.drop(x))
            seen.append([self.training or self.drop.training, bool(out.requires_grad)])
            if len(seen) - 1 == boom:
                raise ArithmeticError("boom")
            return out

    return Timed()


def measure(tt, weight, x, y, costs, settings, modes):
    """What measure says of a model, how it was called, and what is left of its modes."""
    clock, seen = Clock(), []
    model = timed_model(tt, weight, costs, seen, clock)
    model.training, model.drop.training, model.linear.training = modes
    found = tt.measure_model("it", model, tt.Tensor(x), tt.Tensor(y), clock=clock, **settings)
    plain = [type(getattr(found, name)).__name__ for name in ("accuracy", "nbytes", "seconds", "p95")]
    return {
        **measured_of(found),
        "calls": len(seen),
        "in training mode": sum(training for training, _ in seen),
        "recorded": sum(recorded for _, recorded in seen),
        "modes": [model.training, model.drop.training, model.linear.training],
        "types": plain,
        "a Measured": isinstance(found, tt.Measured),
    }


def measure_fails(tt, modes, boom):
    """A model whose call number `boom` raises: which error comes out, and the modes afterwards."""
    clock, seen = Clock(), []
    model = timed_model(tt, np.ones((2, 3), np.float32), [1.0] * 20, seen, clock, boom)
    model.training, model.drop.training, model.linear.training = modes
    error = ""
    try:
        tt.measure_model("it", model, tt.Tensor(np.ones((4, 3), np.float32)), tt.Tensor(np.zeros(4, int)), clock=clock)
    except ArithmeticError as raised:
        error = str(raised)
    return {"error": error, "modes": [model.training, model.drop.training, model.linear.training]}


def measure_refused(tt, examples, answers, settings):
    model, x = tt.Linear(3, 2, rng=0), tt.Tensor(np.ones((examples, 3), np.float32))
    return measured_of(tt.measure_model("it", model, x, tt.Tensor(np.zeros(answers, int)), **settings))


def bottleneck(tt, seconds, share):
    """The bottleneck of a profile whose rows have these own_seconds; their `seconds` would tell another story."""
    rows = tuple(
        tt.LayerRow(f"layer{n}", "Linear", 1, (1, 1), 0, 0, 0, 100.0 - n, own) for n, own in enumerate(seconds)
    )
    found = tt.find_bottleneck(tt.Profile(rows, 1.0, 0.0), *([] if share is None else [share]))
    return {"names": list(found.names), "share": float(found.share), "bound": float(found.bound)}


# ------------------------------------------------------------------ 2. steps


def switches(tt):
    """What `use_kernels` turns: which kernels everybody computes with now."""
    return tt.Conv2d.kernel, tt.MultiHeadAttention.forward


def with_kernels(tt, name, outer, fails, calls):
    """Which kernels a model computes with inside a WithKernels, and everybody else before, between and afterwards."""
    home = switches(tt)

    def under(kernels):
        with tt.use_kernels(kernels):
            return switches(tt)

    known = {kernels: under(kernels) for kernels in ("explicit", "columns", "fast")}
    seen = []

    class Looks(tt.Module):
        def forward(self, x, y):
            seen.append([kernels for kernels, there in known.items() if there == switches(tt)])
            if fails:
                raise ArithmeticError("boom")
            return x + y

    inner, errors, answers = Looks(), 0, []
    with tt.use_kernels(outer):
        model = tt.WithKernels(inner, name)
        held = [switches(tt) == known[outer]]
        for _ in range(calls):
            try:
                answers.append(model(tt.Tensor([1.0]), tt.Tensor([2.0])).data)
            except ArithmeticError:
                errors += 1
            held.append(switches(tt) == known[outer])
    return {
        "inside": seen,
        "others as before": held,
        "errors": errors,
        "answers": answers,
        "holds the very model": model.model is inner and len(list(model.modules())) == 2,
        "in the end": switches(tt) == home,
    }


def no_such_kernels(tt, name):
    """A WithKernels of a name that nobody knows: refused when it is made, and nothing is switched."""
    home = switches(tt)
    try:
        tt.WithKernels(tt.Linear(1, 1), name)
    finally:
        if switches(tt) != home:
            raise AssertionError("the kernels of all others are switched")


def layers_of(tt, plan):
    """The items of a Sequential: pairs of weight and bias become Linears, names what they say."""
    named = {
        "relu": lambda: tt.ReLU(), "tanh": lambda: tt.Tanh(), "abs": lambda: abs, "flatten": lambda: tt.Flatten(),
        "dropout": lambda: tt.Dropout(0.5, rng=0), "conv": lambda: tt.Conv2d(1, 2, 3, padding=1, rng=3),
    }  # fmt: skip
    return tt.Sequential(*(named[item]() if isinstance(item, str) else linear(tt, *item) for item in plan))


def prune_units(tt, plan, amount, training):
    """What is left of each Linear, and whether the model that was given is as before."""
    model = layers_of(tt, plan).train(training)
    before = state_of(model)
    small = tt.prune_units(model, amount)
    layers = [item for item in small if isinstance(item, tt.Linear)]
    return {
        "linears": [[np.array(layer.weight.data), None if layer.bias is None else np.array(layer.bias.data)] for layer in layers],
        "kinds": [type(item).__name__ for item in small],
        "modes": sorted({m.training for m in small.modules()}),
        "masks": sum(name.endswith(("_mask", "_orig")) for name, _ in small.named_state()),
        "model as before": same_state(model, before),
        "memory of its own": small is not model and apart(model, small),
    }  # fmt: skip


def prune_units_refused(tt, what, amount):
    model = {"linear": lambda: tt.Linear(2, 2), "sequential": lambda: tt.Sequential(tt.Linear(2, 2), tt.Linear(2, 2))}
    return repr(tt.prune_units(model[what](), amount))


# --------------------------------------------------------------- 3. pipeline


def digits(model):
    return float(model.linear.weight.data[0, 0])


def run_pipeline(tt, steps, accuracies, settings):
    """A model whose one weight writes down what was done to it: step k makes w into 10·w + k, in place or in a new model.

    steps are names with how they work; the judge has an accuracy for each name, and writes the weight down as bytes.
    """

    class Diary(tt.Module):
        def __init__(self, w):
            super().__init__()
            self.linear = linear(tt, np.array([[w]]))

    def step(number, how):
        def change(model):
            w = 10.0 * digits(model) + number
            if how == "in place":
                model.linear.weight.data[0, 0] = w
                return model
            if how == "spoils":
                model.linear.weight.data[0, 0] = -1.0
            return Diary(w)

        return change

    asked, model = [], Diary(7.0)

    def judge(name, candidate):
        asked.append(name)
        return tt.Measured(name, accuracies[name], int(digits(candidate)), 1.0, 1.0)

    plan = ((name, step(number, how)) for number, (name, how) in enumerate(steps, 1))
    done, log = tt.run_pipeline(model, plan, judge, **settings)
    return {
        "done": digits(done),
        "log": log_of(log),
        "asked": asked,
        "model as before": digits(model) == 7.0,
        "memory of its own": done is not model and apart(model, done),
        "a tuple": isinstance(log, tuple),
    }


def pipeline_refused(tt, what, settings):
    gives = {"None": None, "list": [1], "str": "model"}
    judge = lambda name, model: tt.Measured(name, 1.0, 1, 1.0, 1.0)  # noqa: E731
    return str(tt.run_pipeline(tt.Linear(1, 1), [("forgetful", lambda model: gives[what])], judge, **settings))


def optimise_cnn(tt, plan, batches, x, y, settings, outer):
    """The log of optimise_cnn, what the model says in the end, and what earlier katas make of the same steps."""
    model = layers_of(tt, plan)
    before, tensors = state_of(model), [tt.Tensor(batch) for batch in batches]
    with tt.use_kernels(outer):
        home = switches(tt)
        done, log = tt.optimise_cnn(
            model, (b for b in tensors), tt.Tensor(x), tt.Tensor(y), clock=Clock(0.5), **settings
        )
        held = switches(tt) == home
        with tt.no_grad():
            outputs = np.array(done(tt.Tensor(x)).data)
        held = held and switches(tt) == home
    untouched, own = same_state(model, before), apart(model, done)
    kept = [entry.step for entry in log if entry.kept]
    wanted = model
    with tt.use_kernels("fast" if "kernels" in kept else "explicit"), tt.no_grad():
        if "prune" in kept:
            wanted = tt.prune_units(wanted, settings.get("amount", 0.5))
        if "quantise" in kept:
            wanted = tt.quantize_model(wanted, tensors)
        expected = np.array(wanted.eval()(tt.Tensor(x)).data)
    return {
        "log": log_of(log),
        "outputs": outputs,
        "expected": expected,
        "nbytes": int(tt.model_bytes(done)),
        "in training mode": sum(module.training for module in done.modules()),
        "model as before": untouched,
        "memory of its own": own,
        "kernels of others as before": held,
    }


def optimise_refused(tt, steps):
    model, x = tt.Sequential(tt.Linear(2, 2, rng=0)), tt.Tensor(np.eye(2, dtype=np.float32))
    return str(tt.optimise_cnn(model, [x], x, tt.Tensor(np.arange(2)), steps=steps))


def kernels_inside(tt, steps):
    """With which kernels optimise_cnn calls a model whose layer looks, for each entry of its log and in the end."""
    known = {}
    for name in ("explicit", "columns", "fast"):
        with tt.use_kernels(name):
            known[name] = switches(tt)
    seen = set()

    def looks(x):
        seen.update(name for name, there in known.items() if there == switches(tt))
        return x

    model, x = tt.Sequential(looks, tt.Linear(2, 2, rng=0)), tt.Tensor(np.eye(2, dtype=np.float32))
    done, _ = tt.optimise_cnn(model, [x], x, tt.Tensor(np.arange(2)), steps=steps, clock=Clock(1.0))
    during = sorted(seen)
    seen.clear()
    done(x)
    return {"during": during, "afterwards": sorted(seen)}


# -------------------------------------------------------------------- 4. GPT


def gpt(tt, settings, state):
    model = tt.GPT(**settings, rng=3).to("float64")
    model.load_state_dict(state)
    return model


def read_rows(tt, model):
    """From now on, how many tokens the model's table of tokens is asked for, call by call."""
    rows, table = [], model.token_embedding

    class Counting(tt.Module):
        def __init__(self):
            super().__init__()
            self.table = table

        @property
        def weight(self):
            return table.weight

        def forward(self, ids):
            rows.append(int(np.size(getattr(ids, "data", ids))))
            return self.table(ids)

    model.token_embedding = Counting()
    return rows


def fast_gpt(tt, settings, state, prompt, n, sampling, quantised):
    """What a FastGPT writes, what `generate` writes with the same model, and how many tokens were read."""
    model = gpt(tt, settings, state)
    before = state_of(model)
    fast = tt.FastGPT(model, [tt.Tensor(np.atleast_2d(prompt)[:, : settings["context"]])] if quantised else None)
    wanted = np.array(tt.generate(fast.model, prompt, n, **sampling))
    modes = sum(module.training for module in fast.model.modules())
    rows = read_rows(tt, fast.model)
    text = fast.generate(prompt, n, **sampling)
    return {
        "text": np.array(text),
        "wanted": wanted,
        "read": sum(rows),
        "in training mode": modes,
        "linears": sum(type(module) is tt.Linear for module in fast.model.modules()),
        "in 8 bits": sum(isinstance(module, tt.QuantizedLinear) for module in fast.model.modules()),
        "model as before": same_state(model, before),
        "memory of its own": apart(model, fast.model),
    }


def fast_gpt_refused(tt, settings, state, prompt, n, sampling):
    return tt.FastGPT(gpt(tt, settings, state)).generate(prompt, n, **sampling)


def measure_writing(tt, prompt, texts, wanted, n, costs, settings):
    """A writer that gives one text after the other, each after the seconds of `costs`."""
    clock, asked = Clock(), []

    def write(ids, count):
        clock.spend(costs[len(asked)])
        asked.append([np.array(ids).tolist(), int(count)])
        return texts[min(len(asked), len(texts)) - 1].copy()

    found = tt.measure_writing("it", write, prompt, n, 77, wanted, clock=clock, **settings)
    return {**measured_of(found), "calls": len(asked), "asked": all(one == [prompt.tolist(), n] for one in asked)}


def optimise_gpt(tt, settings, state, prompt, n, quantised, runs):
    model = gpt(tt, settings, state).train()
    before = state_of(model)
    batches = [tt.Tensor(prompt[None])] if quantised else None
    fast, was, now = tt.optimise_gpt(model, prompt, n, batches, runs=runs, clock=Clock(1.0))
    texts = [np.array(tt.generate(one, prompt, n, temperature=0))[-n:] for one in (model, fast.model)]
    return {
        "before": measured_of(was),
        "after": measured_of(now),
        "bytes": [int(tt.model_bytes(one)) for one in (model, fast.model)],
        "agree": float((texts[0] == texts[1]).mean()),
        "a FastGPT": isinstance(fast, tt.FastGPT),
        "model as before": same_state(model, before),
    }


# ------------------------------------------------------------------- reflect


def formula(tt, name, *numbers):
    return getattr(tt.reflect, name)(*numbers)


def together(tt, before, amount):
    """The formula for a network of these widths, and the bytes of one that was really pruned and quantised."""
    layers = [tt.Linear(a, b, rng=0) for a, b in itertools.pairwise(before)]
    model = tt.Sequential(*layers)
    small = tt.prune_units(model, amount)
    after = [before[0], *(layer.weight.shape[0] for layer in small)]
    x = tt.Tensor(np.random.default_rng(0).standard_normal((4, before[0])).astype(np.float32))
    tiny = tt.quantize_model(small, [x])
    ratio = tt.model_bytes(model) / tt.model_bytes(tiny)
    return {
        "formula": float(tt.reflect.times_smaller_together(list(before), after)),
        "measured": float(ratio),
        "widths": after,
    }


def writing(tt, settings, state, prompt, n, fixed, each):
    """The formula, and a clock that passes as the formula says, for writing without and with a cache."""
    found = {}
    for cached in (False, True):
        model = tt.FastGPT(gpt(tt, settings, state)).model
        rows = read_rows(tt, model)
        (tt.generate_cached if cached else tt.generate)(model, prompt, n, temperature=0)
        found["cached" if cached else "plain"] = {
            "formula": float(tt.reflect.writing_seconds(len(prompt), n, fixed, each, cached)),
            "measured": float(sum(fixed + each * row for row in rows)),
        }
    return found


def energy(tt, flops, nbytes, joules_per_flop, joules_per_byte):
    found = tt.energy_estimate(flops, nbytes, joules_per_flop, joules_per_byte)
    formula = tt.reflect.memory_energy_share(flops, nbytes, joules_per_flop, joules_per_byte)
    return {"formula": float(formula), "memory": float(found["memory"]), "total": float(found["total"])}
