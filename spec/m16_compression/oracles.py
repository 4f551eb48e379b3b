"""The right answers, by PyTorch and by definition."""

import numpy as np

from spec.kit import assert_close, require
from spec.kit.compare import Bounded
from spec.kit.oracle import leaf, narrow, wide

# --------------------------------------------------------------------- masks


def sparsity(x, as_tensor):
    return float(sum(1 for number in x.reshape(-1).tolist() if number == 0) / x.size) if x.size else 0.0


def prune_count(amount, n):
    return int(amount) if isinstance(amount, int | np.integer) else int(np.rint(amount * n))


def require_smallest(got, sizes, count, before, slack=0.0, what="weights"):
    """Of the places that `before` has, just `count` are gone, and none of them is larger than one that stays."""
    require(not (got & ~before).any(), "what was gone before stays gone", "some of it is back")
    gone = before & ~got
    assert_close(int(gone.sum()), count, "exact", f"how many {what} go")
    if gone.any() and got.any():
        largest, smallest = float(sizes[gone].max()), float(sizes[got].min())
        which = "weights nearest to 0" if what == "weights" else "channels with the smallest norms"
        wanted = f"{which} go: none above {smallest:.6g}, which stays"
        require(largest <= smallest * (1 + slack), wanted, f"{largest:.6g} goes")


def require_mask(got, weights, amount, mask):
    before = np.ones(weights.shape, bool) if mask is None else mask
    assert_close({"dtype": str(got.dtype), "shape": got.shape}, {"dtype": "bool", "shape": weights.shape}, "exact")
    require_smallest(got, np.abs(weights), prune_count(amount, int(before.sum())), before)


def channel_norms(weights, n, axis):
    """Σ |w|ⁿ over all other axes, and its root, in float64."""
    moved = np.moveaxis(weights.astype("float64"), axis, 0)
    sizes = np.abs(moved).reshape(weights.shape[axis], int(np.prod(moved.shape[1:])))
    if n == np.inf:
        return np.array([max(row, default=0.0) for row in sizes.tolist()])
    return np.array([sum(size**n for size in row) ** (1 / n) for row in sizes.tolist()])


def require_channels(got, weights, amount, n, axis, mask):
    """Whole channels are gone, the smallest ones, and nothing else."""
    before = np.ones(weights.shape, bool) if mask is None else mask
    assert_close({"dtype": str(got.dtype), "shape": got.shape}, {"dtype": "bool", "shape": weights.shape}, "exact")
    left, was = (np.moveaxis(m, axis, 0) for m in (got, before))
    others = tuple(range(1, weights.ndim))
    there, stays = was.any(axis=others), left.any(axis=others)
    norms = channel_norms(np.where(before, weights, 0), n, axis)
    require_smallest(stays, norms, prune_count(amount, int(there.sum())), there, 1e-9, "channels")
    assert_close(left, was & np.expand_dims(stays, others), "exact", "what stays of the channels that stay")


# ------------------------------------------------------------------- pruning


def torch_linear(weight, bias):
    import torch

    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias is not None).double()
    with torch.no_grad():
        layer.weight.copy_(wide(weight))
        if bias is not None:
            layer.bias.copy_(wide(bias))
    return layer


def state_of(layer, dtype):
    return {name: narrow(value, dtype) for name, value in sorted(layer.state_dict().items())}


def masked_gradients(weight, bias, mask, x, grad):
    from torch.nn.utils import prune

    layer, t = torch_linear(weight, bias), leaf(x)
    prune.custom_from_mask(layer, "weight", wide(mask.astype("float64")))
    y = layer(t)
    y.backward(wide(grad))
    found = {"y": y, "weight_orig": layer.weight_orig.grad, "bias": layer.bias.grad, "x": t.grad}
    return {name: narrow(value, weight.dtype) for name, value in found.items()}


def pruned_twice(weight, bias, name, how, amounts):
    from torch.nn.utils import prune

    layer = torch_linear(weight, bias)
    for amount in amounts:
        if how is None:
            prune.l1_unstructured(layer, name, amount)
        else:
            prune.ln_structured(layer, name, amount, *how)
    return state_of(layer, weight.dtype)


def trained_through_masks(state, algorithm, x, target, amounts, steps):
    """PyTorch's optimizers and pruning, one after the other."""
    from torch.nn.utils import prune

    from spec.kit.oracle import step_of, torch_optim

    torch = torch_optim()
    layer = torch_linear(state["weight"], state["bias"])
    optimizer = getattr(torch.optim, algorithm["name"])(layer.parameters(), **algorithm["options"])
    found = []
    for step in range(steps):
        if step in (1, steps // 2):
            layer(wide(x))  # PyTorch's layer.weight is that of the last call, before the optimizer's last step
            prune.l1_unstructured(layer, "weight", amounts[step > 1])
        for p in layer.parameters():
            p.grad = None
        torch.nn.functional.mse_loss(layer(wide(x)), wide(target)).backward()
        step_of(optimizer)
        masked = getattr(layer, "weight_mask", None)
        weight = layer.weight if masked is None else layer.weight_orig * masked
        found.append({"weight": narrow(weight, "float64").copy(), "bias": narrow(layer.bias, "float64").copy()})
    return found


def global_unstructured(layers, before, amounts):
    from torch.nn.utils import prune

    made = [torch_linear(weight, bias) for weight, bias in layers]
    if before is not None:
        prune.l1_unstructured(made[0], "weight", before)
    places = [(layer, "weight") for layer in made] + [(made[0], "bias")]
    for amount in amounts:
        prune.global_unstructured(places, prune.L1Unstructured, amount=amount)
    return [state_of(layer, layers[0][0].dtype) for layer in made]


# ----------------------------------------------------------------- shrinking


def left_of(plan, masks):
    """The shapes of what is left of a plan, by hand: who is dead, from left to right."""
    places = [place for place, part in enumerate(plan) if isinstance(part, list)]
    there = np.ones(plan[places[0]][1], bool)
    shapes = {}
    for number, place in enumerate(places):
        alive = (masks[str(place)] & there[None, :]).any(axis=1)
        if number == len(places) - 1:
            alive[:] = True
        elif not alive.any():
            alive[0] = True
        shapes[place] = (int(alive.sum()), int(there.sum()))
        there = alive
    return shapes


def said(bias, between):
    """What units say that hear nothing."""
    steps = {
        "relu": lambda x: np.maximum(x, 0.0),
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "plus one": lambda x: x * 0.5 + 1.0,
        "tanh": np.tanh,
    }
    for name in between:
        bias = steps[name](bias)
    return bias


# ------------------------------------------------------------------- factors


def tail(weight, rank):
    """The error of the best approximation of that rank: Eckart and Young."""
    sizes = np.linalg.svd(weight.astype("float64"), compute_uv=False)
    return float(np.sqrt((sizes[rank:] ** 2).sum()))


def low_rank_linear(left, right, bias, x, grad):
    t, a, b = leaf(x), leaf(left), leaf(right)
    y = t @ (a @ b).T
    leaves = {"left": a, "right": b}
    if bias is not None:
        leaves["bias"] = leaf(bias)
        y = y + leaves["bias"]
    y.backward(wide(grad))
    found = {"y": y, "x": t.grad, **{name: value.grad for name, value in leaves.items()}}
    return {name: narrow(value, x.dtype) for name, value in found.items()}


# -------------------------------------------------------------------- sparse


def compressed(dense):
    """values, columns, starts of a matrix, number by number."""
    values, columns, starts = [], [], [0]
    for row in range(dense.shape[0]):
        for column in range(dense.shape[1]):
            if dense[row, column] != 0:
                values.append(dense[row, column])
                columns.append(column)
        starts.append(len(values))
    width = "int16" if dense.shape[1] <= 32768 else "int32"
    return [np.array(values, dense.dtype), np.array(columns, width), np.array(starts, "int32")]


def product(x, dense):
    """x @ denseᵀ with the sums that it is held to."""
    wide_x, matrix = x.astype("float64"), dense.astype("float64")
    return Bounded((wide_x @ matrix.T).astype(x.dtype), np.abs(wide_x) @ np.abs(matrix).T)


# -------------------------------------------------------------- distillation


def soft_targets(logits, T):
    return narrow((wide(logits) / T).softmax(-1), logits.dtype)


def soft_gradient(logits, T, grad):
    t = leaf(logits)
    (t / T).softmax(-1).backward(wide(grad))
    return narrow(t.grad, logits.dtype)


def loss_of(student, teacher, targets, T, alpha):
    import torch.nn.functional as F

    soft = F.kl_div(
        F.log_softmax(student / T, -1), F.log_softmax(teacher / T, -1), log_target=True, reduction="batchmean"
    )
    return alpha * T * T * soft + (1 - alpha) * F.cross_entropy(student, wide(targets))


def distillation_loss(student, teacher, targets, T, alpha, as_tensor=True):
    s = leaf(student)
    loss = loss_of(s, wide(teacher).double(), targets, T, alpha)
    loss.backward()
    found = {"loss": narrow(loss, student.dtype), "student": narrow(s.grad, student.dtype)}
    return {**found, "teacher": None}


def distilled(student, teacher, batches, T, alpha, lr):
    """A student after an epoch of gradient descent, the mean of its losses, a teacher that stays what it was, and all modes."""
    (weight, bias), (w, b) = ([wide(state[name]) for name in ("weight", "bias")] for state in (student, teacher))
    losses = []
    for x, y in batches:
        weight, bias = (t.detach().requires_grad_() for t in (weight, bias))
        x = wide(x)
        loss = loss_of(x @ weight.T + bias, x @ w.T + b, y, T, alpha)
        loss.backward()
        losses.append(loss.item())
        weight, bias = weight - lr * weight.grad, bias - lr * bias.grad
    return {
        "modes": {
            "teacher": True,
            "teacher's dropout": True,
            "teacher's layer": False,
            "student": True,
            "student's dropout": False,
            "student's layer": True,
        },
        "loss": float(np.mean(losses)),
        "weight": narrow(weight, "float64"),
        "bias": narrow(bias, "float64"),
        "teacher changed": False,
        "teacher's gradients": [None, None],
        "recorded answers of the teacher": 0,
    }


# ----------------------------------------------------------------------- speed


def apply_loops(values, columns, starts, x):
    """A sparse product in loops over single numbers."""
    y = np.zeros((len(x), len(starts) - 1), x.dtype)
    for i in range(len(x)):
        for row in range(len(starts) - 1):
            total = 0.0
            for place in range(starts[row], starts[row + 1]):
                total += x[i, columns[place]] * values[place]
            y[i, row] = total
    return y
