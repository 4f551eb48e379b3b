"""How the laws of m16 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.magnitude_mask`, `tt.LowRankLinear`, …
A `plan` is a model as a list: ["linear", 3, 4, True] (with bias), "relu", "sigmoid", "tanh", "plus one" (x/2 + 1), "dropout",
"scale" (a Module with a Parameter), and lists for a Sequential within.
"""

import copy

import numpy as np

# ------------------------------------------------------------------- helpers


def built(tt, plan, state=None, dtype="float64"):
    """A Sequential out of a plan, with a state if there is one."""
    model = tt.Sequential(*[_part(tt, part) for part in plan]).to(dtype)
    if state is not None:
        model.load_state_dict(state)
    return model


def _part(tt, part):
    if isinstance(part, list):
        return tt.Linear(*part[1:], rng=0) if part[0] == "linear" else tt.Sequential(*[_part(tt, p) for p in part])
    if part == "scale":
        return scale_of(tt)
    return {
        "relu": tt.relu,
        "sigmoid": tt.sigmoid,
        "plus one": lambda x: x * 0.5 + 1.0,
        "tanh": tt.Tanh(),
        "dropout": tt.Dropout(0.5, rng=0),
    }[part]


def scale_of(tt):
    """A Module between layers that has learnt something."""

    class Scale(tt.Module):
        def __init__(self):
            super().__init__()
            self.factor = tt.Parameter(np.array([2.0]))

        def forward(self, x):
            return x * self.factor

    return Scale()


def layer_of(tt, weight, bias=None):
    """A Linear with this weight and bias (or None), in their dtype."""
    layer = tt.Linear(weight.shape[1], weight.shape[0], bias is not None, rng=0).to(weight.dtype.name)
    layer.load_state_dict({"weight": weight} if bias is None else {"weight": weight, "bias": bias})
    return layer


def ordered(state):
    return dict(sorted(state.items()))


def refused_and_left(module, work):
    """Whether `work` raised, and what of the module is not as it was. What it raised goes on."""
    before = module.state_dict()
    kind = type(module)
    try:
        work()
    except Exception as error:
        after = module.state_dict()
        same = list(after) == list(before) and all(np.array_equal(after[key], before[key]) for key in before)
        if not same or type(module) is not kind:
            raise RuntimeError(f"it raised, but had changed the module: its state is now {list(after)}") from error
        raise
    return "no error"


# --------------------------------------------------------------------- masks


def sparsity(tt, x, as_tensor):
    return tt.sparsity(tt.Tensor(x) if as_tensor else x)


def prune_count(tt, amount, n):
    return tt.prune_count(amount, n)


def magnitude_mask(tt, weights, amount, mask):
    """The mask that is left, and whether it shares memory with the one before."""
    left = tt.magnitude_mask(weights, amount) if mask is None else tt.magnitude_mask(weights, amount, mask)
    return {"mask": left, "shared": mask is not None and np.shares_memory(left, mask)}


def channel_norms(tt, weights, n, axis):
    return tt.channel_norms(weights, n, axis)


def channel_mask(tt, weights, amount, n, axis, mask):
    left = tt.channel_mask(weights, amount, n, axis, mask)
    return {"mask": left, "shared": mask is not None and np.shares_memory(left, mask)}


# ------------------------------------------------------------------- pruning


def attached(tt, weight, bias, masks):
    """A Linear with a mask on its weight, then another one, then one on its bias."""
    layer = layer_of(tt, weight, bias)
    mine = layer.weight
    first = masks["first"].copy()
    tt.attach_mask(layer, "weight", first)
    first[...] = False  # it was copied
    found = {"keys": sorted(layer.state_dict()), "first": layer.weight.data.copy()}
    layer.weight_orig.mul_(2.0)
    found["read anew"] = layer.weight.data.copy()
    tt.attach_mask(layer, "weight", masks["second"])
    tt.attach_mask(layer, "bias", masks["bias"])
    return {
        **found,
        "weight_orig is the Parameter that weight was": layer.weight_orig is mine,
        "learnt": sorted(name for name, _ in layer.named_parameters()),
        "kept": sorted(layer.state_dict()),
        "weight, after a second mask": layer.weight.data,
        "bias": layer.bias.data,
        "weight_mask": layer.weight_mask.data,
        "still a Linear": isinstance(layer, tt.Linear),
    }


def attach_refused(tt, weight, bias, name, mask):
    layer = layer_of(tt, weight, bias)
    return refused_and_left(layer, lambda: tt.attach_mask(layer, name, mask))


def weight_and_mask(tt, weight, bias, mask):
    """Of a Linear without masks, and of its weight and its bias once the weight has one."""
    layer = layer_of(tt, weight, bias)
    whole, none = tt.weight_and_mask(layer, "weight")
    tt.attach_mask(layer, "weight", mask)
    read, its = tt.weight_and_mask(layer, "weight")
    other, nothing = tt.weight_and_mask(layer, "bias")
    return {
        "weight without a mask": whole, "no mask": none, "weight with a mask": read, "its mask": its,
        "bias beside it": other, "no mask of the bias": nothing,
    }  # fmt: skip


def masked_gradients(tt, weight, bias, mask, x, grad):
    """The layer's answer through a mask, and every gradient."""
    layer, t = layer_of(tt, weight, bias), tt.Tensor(x, requires_grad=True)
    tt.attach_mask(layer, "weight", mask)
    y = layer(t)
    y.backward(grad)
    return {"y": y.data, "weight_orig": layer.weight_orig.grad, "bias": layer.bias.grad, "x": t.grad}


def pruned_twice(tt, weight, bias, name, how, amounts):
    """The state of a Linear after two rounds; `how` is None, or the n and the axis of channels."""
    layer = layer_of(tt, weight, bias)
    for amount in amounts:
        if how is None:
            tt.prune_l1_unstructured(layer, name, amount)
        else:
            tt.prune_ln_structured(layer, name, amount, *how)
    return ordered(layer.state_dict())


def prune_refused(tt, weight, name, amount, how):
    layer = layer_of(tt, weight)
    if how is None:
        return refused_and_left(layer, lambda: tt.prune_l1_unstructured(layer, name, amount))
    return refused_and_left(layer, lambda: tt.prune_ln_structured(layer, name, amount, *how))


def trained_through_masks(tt, state, algorithm, x, target, amounts, steps):
    """The weights and masks after every step of an optimizer that was there before the masks; pruned again half-way."""
    layer = layer_of(tt, state["weight"], state["bias"])
    optimizer = getattr(tt, algorithm["name"])(list(layer.parameters()), **algorithm["options"])
    found = []
    for step in range(steps):
        if step in (1, steps // 2):
            tt.prune_l1_unstructured(layer, "weight", amounts[step > 1])
        optimizer.zero_grad()
        tt.mse_loss(layer(tt.Tensor(x)), tt.Tensor(target)).backward()
        optimizer.step()
        found.append({"weight": layer.weight.data.copy(), "bias": layer.bias.data.copy()})
    return found


def global_unstructured(tt, layers, before, amounts):
    """The states of several Linears, of which the first was pruned by itself before; then all together, by weight and bias."""
    made = [layer_of(tt, weight, bias) for weight, bias in layers]
    if before is not None:
        tt.prune_l1_unstructured(made[0], "weight", before)
    places = [(layer, "weight") for layer in made] + [(made[0], "bias")]
    for amount in amounts:
        tt.global_unstructured((place for place in places), amount)
    return [ordered(layer.state_dict()) for layer in made]


def global_refused(tt, weight, names, amount):
    layer = layer_of(tt, weight)
    return refused_and_left(layer, lambda: tt.global_unstructured([(layer, name) for name in names], amount))


def removed(tt, weight, bias, masks, x):
    """A Linear whose masks were made final: first that of the weight, then that of the bias."""
    layer = layer_of(tt, weight, bias)
    mine, kind = layer.weight, type(layer)
    tt.attach_mask(layer, "weight", masks["weight"])
    tt.attach_mask(layer, "bias", masks["bias"])
    tt.remove_mask(layer, "weight")
    found = {"one left": ordered(layer.state_dict())}
    tt.remove_mask(layer, "bias")
    found |= {
        "none left": ordered(layer.state_dict()),
        "weight is the Parameter that it was": layer.weight is mine,
        "learnt": sorted(name for name, _ in layer.named_parameters()),
        "class again": type(layer) is kind,
    }
    layer(tt.Tensor(x)).sum().backward()
    return {**found, "gradient": layer.weight.grad}


def remove_refused(tt, weight, bias):
    layer = layer_of(tt, weight, bias)
    tt.attach_mask(layer, "weight", np.ones(weight.shape, bool))
    tt.remove_mask(layer, "bias")


def model_sparsity(tt, layers, masks):
    """By model_sparsity: of Linears in a Sequential, the last of which shares the first one's weight; one has masks."""
    model = tt.Sequential(*[layer_of(tt, weight, bias) for weight, bias in layers])
    model.append(copy.deepcopy(model[0]))
    model[len(layers)].weight = model[0].weight
    found = [tt.model_sparsity(model)]
    tt.attach_mask(model[1], "weight", masks["weight"])
    tt.attach_mask(model[1], "bias", masks["bias"])
    return [*found, tt.model_sparsity(model), tt.model_sparsity(tt.Sequential())]


# ----------------------------------------------------------------- shrinking


def stored_bytes(tt, n):
    """Of a model with a Parameter in two places and a buffer of integers; and once a weight in it has a mask."""
    model = tt.Sequential(tt.Linear(n, n), tt.Linear(n, n).to("float64"), tt.Linear(n, n))
    model[2].weight = model[0].weight
    model.register_buffer("steps", tt.Tensor(np.arange(n)))
    found = [tt.stored_bytes(model)]
    tt.attach_mask(model[1], "weight", np.ones((n, n), bool))
    return [*found, tt.stored_bytes(model)]


def dead_units(tt, weight):
    return tt.dead_units(weight)


def cut_units(tt, first, between, second, dead, masks, x):
    """What two layers and something between them say, before and after; the arrays of the smaller ones."""
    one, other = layer_of(tt, *first), layer_of(tt, *second)
    if masks is not None:
        tt.attach_mask(one, "weight", masks)
    gap = tt.Sequential(*[_part(tt, part) for part in between])
    smaller = tt.cut_units(one, gap, other, dead)
    mine = [t.data for layer in (one, other) for _, t in layer.named_state()]
    theirs = [t.data for layer in smaller for _, t in layer.named_state()]
    t = tt.Tensor(x)
    return {
        "before": other(gap(one(t))).data,
        "after": smaller[1](gap(smaller[0](t))).data,
        "states": [layer.state_dict() for layer in smaller],
        "shared": any(np.shares_memory(a, b) for a in mine for b in theirs),
        "learnt": [p.requires_grad for layer in smaller for p in layer.parameters()],
    }


def shrunk(tt, plan, dead, masks, state, x, training=True):
    """A model with masks under which units are dead (by place), and the smaller one: shapes, modes, answers, what happened to
    the first. `training` is the mode of the model; its first item is in the other one."""
    model = built(tt, plan, state).train(training)
    model[0].train(not training)
    for place, mask in masks.items():
        mask = mask.copy()
        mask[dead.get(place, [])] = False
        tt.attach_mask(model[int(place)], "weight", mask)
    before, modes = model.state_dict(), [m.training for m in model.modules()]
    small = tt.shrink_model(model)
    found = {"modes": {path or "model": m.training for path, m in small.named_modules()}}
    after = model.state_dict()
    t = tt.Tensor(x)
    mine = [tensor.data for _, tensor in model.named_state()]
    return {
        **found,
        "shapes": {path: str(tensor.shape) for path, tensor in small.named_state()},
        "unchanged": list(after) == list(before) and all(np.array_equal(after[key], before[key]) for key in before),
        "modes unchanged": modes == [m.training for m in model.modules()],
        "shared": any(np.shares_memory(s.data, array) for _, s in small.named_state() for array in mine),
        "dtypes": sorted({tensor.dtype.name for _, tensor in small.named_state()}),
        "model": model.eval()(t).data,
        "smaller": small.eval()(t).data,
    }


def shrink_linear(tt, weight):
    return repr(tt.shrink_model(layer_of(tt, weight)))
