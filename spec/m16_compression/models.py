"""More of how the laws of m16 call your framework: factors, sparse matrices, teachers, formulas, whole pipelines."""

import copy
import io
import itertools
import tracemalloc

import numpy as np

from ..kit.probing import changing

# ------------------------------------------------------------------- helpers


def layer_of(tt, weight, bias=None):
    """A Linear with this weight and bias (or None), in their dtype."""
    layer = tt.Linear(weight.shape[1], weight.shape[0], bias is not None, rng=0).to(weight.dtype.name)
    layer.load_state_dict({"weight": weight} if bias is None else {"weight": weight, "bias": bias})
    return layer


# ------------------------------------------------------------------- factors


def low_rank(tt, weight, rank):
    left, right = tt.low_rank(weight, rank)
    return {"left": left, "right": right}


def rank_for(tt, weight, energy):
    return tt.rank_for(weight, energy)


def low_rank_linear(tt, left, right, bias, x, grad):
    """The layer's answer, and every gradient."""
    given = [None if array is None else array.copy() for array in (left, right, bias)]
    layer, t = tt.LowRankLinear(*given), tt.Tensor(x, requires_grad=True)
    for array in given:
        if array is not None:
            array[...] = 7.0  # they were copied
    y = layer(t)
    y.backward(grad)
    gradients = {name: p.grad for name, p in layer.named_parameters()}
    return {"y": y.data, "x": t.grad, **gradients}


def low_rank_refused(tt, left, right, bias, x):
    return tt.LowRankLinear(left, right, bias)(tt.Tensor(x)).data


def from_linear(tt, weight, bias, mask, rank):
    """What a LowRankLinear holds of a Linear (with a mask, if there is one), and whether memory is shared."""
    linear = layer_of(tt, weight, bias)
    if mask is not None:
        tt.attach_mask(linear, "weight", mask)
    layer = tt.LowRankLinear.from_linear(linear, rank)
    mine = [t.data for _, t in linear.named_state()]
    return {
        "state": layer.state_dict(),
        "shared": any(np.shares_memory(t.data, array) for _, t in layer.named_state() for array in mine),
        "learnt": [p.requires_grad for p in layer.parameters()],
    }


def factorized(tt, weights, energy):
    """A model of nested layers, one of them in two places and one with a mask, and the copy with thin matrices."""

    class Inner(tt.Module):
        def __init__(self):
            super().__init__()
            self.near = layer_of(tt, weights["shared"])
            self.far, self.masked = self.near, layer_of(tt, weights["plain"], weights["bias"])

        def forward(self, x):
            return self.far(self.near(x)) + self.masked(x)

    model = tt.Sequential(Inner(), tt.relu, layer_of(tt, weights["last"])).eval()
    model[0].masked.train()
    tt.attach_mask(model[0].masked, "weight", weights["mask"])
    before = [(path, id(m)) for path, m in model.named_modules()]
    thin = tt.factorize(model, energy)
    mine = [t.data for _, t in model.named_state()]
    inner = thin[0]
    parts = {"near": inner.near, "masked": inner.masked, "last": thin[2]}
    thin_ones = {name for name, part in parts.items() if isinstance(part, tt.LowRankLinear)}
    found = {name: str(part.left.shape) if name in thin_ones else None for name, part in parts.items()}
    return {
        "shape of left": found,
        "the layer in two places is one": inner.near is inner.far,
        "products": {name: part.left.data @ part.right.data for name, part in parts.items() if found[name]},
        "model as it was": before == [(path, id(m)) for path, m in model.named_modules()],
        "shared": any(np.shares_memory(t.data, array) for _, t in thin.named_state() for array in mine),
        "modes": {
            "model": thin.training,
            "inner": inner.training,
            **{n: parts[n].training for n in ("near", "masked")},
        },
    }


def factorized_alone(tt, weight, energy):
    return type(tt.factorize(layer_of(tt, weight), energy)).__name__


# -------------------------------------------------------------------- sparse


def from_dense(tt, dense):
    sparse = tt.SparseMatrix.from_dense(dense)
    return {
        "values": sparse.values, "columns": sparse.columns, "starts": sparse.starts, "shape": tuple(sparse.shape),
        "nbytes": sparse.nbytes, "shared": np.shares_memory(sparse.values, dense),
    }  # fmt: skip


def to_dense(tt, values, columns, starts, shape):
    return tt.SparseMatrix(values, columns, starts, shape).to_dense()


def apply(tt, values, columns, starts, shape, x):
    return tt.SparseMatrix(values, columns, starts, shape).apply(x)


def sparse_linear(tt, weight, bias, mask, x):
    """What a SparseLinear says and saves of a Linear with a mask; what it holds when the Linear changes."""
    linear, t = layer_of(tt, weight, bias), tt.Tensor(x, requires_grad=True)
    tt.attach_mask(linear, "weight", mask)
    layer = tt.SparseLinear(linear)
    linear.weight_orig.mul_(3.0)
    y = layer(t)
    state = layer.state_dict()
    layer.values.mul_(2.0)
    return {
        "y": y.data,
        "state": state,
        "learnt": len(list(layer.parameters())),
        "requires_grad": y.requires_grad,
        "doubled": layer(t).data,
        "bytes": tt.stored_bytes(layer),
    }


# -------------------------------------------------------------- distillation


def soft_targets(tt, logits, T):
    return tt.soft_targets(tt.Tensor(logits), T).data


def soft_gradient(tt, logits, T, grad):
    t = tt.Tensor(logits, requires_grad=True)
    tt.soft_targets(t, T).backward(grad)
    return t.grad


def distillation_loss(tt, student, teacher, targets, T, alpha, as_tensor=True):
    """The loss, and the gradients of student and teacher."""
    s = tt.Tensor(student, requires_grad=True)
    t = tt.Tensor(teacher, requires_grad=True) if as_tensor else teacher
    loss = tt.distillation_loss(s, t, targets, T, alpha)
    loss.backward()
    return {"loss": loss.data, "student": s.grad, "teacher": t.grad if as_tensor else None}


def plain_distillation_loss(tt, student, teacher, targets):
    """With T and alpha as they are by default."""
    return tt.distillation_loss(tt.Tensor(student), tt.Tensor(teacher), targets).data


def distilled(tt, student, teacher, batches, T, alpha, lr):
    """A student after an epoch with a teacher: a Linear after a dropout each, in modes of their own."""
    recorded = []

    class Teacher(tt.Sequential):
        def forward(self, x):
            y = super().forward(x)
            recorded.append(y.requires_grad)
            return y

    layer = layer_of(tt, student["weight"], student["bias"])
    student = tt.Sequential(tt.Dropout(0.5, rng=0), layer)
    teacher = Teacher(tt.Dropout(0.5, rng=0), layer_of(tt, teacher["weight"], teacher["bias"]))
    student[0].eval()
    teacher[1].eval()
    before = teacher.state_dict()
    layer.weight.grad = np.ones_like(layer.weight.data)  # an old gradient, to be forgotten
    given = ((tt.Tensor(x), tt.Tensor(y)) for x, y in batches)
    loss = tt.distill(student, teacher, given, tt.SGD(list(student.parameters()), lr=lr), T, alpha)
    after = teacher.state_dict()
    return {
        "modes": {
            f"{who}{what}": module.training
            for who, model in (("teacher", teacher), ("student", student))
            for what, module in (("", model), ("'s dropout", model[0]), ("'s layer", model[1]))
        },
        "loss": loss,
        "weight": layer.weight.data,
        "bias": layer.bias.data,
        "teacher changed": any(not np.array_equal(before[key], after[key]) for key in before),
        "teacher's gradients": [p.grad for p in teacher.parameters()],
        "recorded answers of the teacher": sum(recorded),
    }


# ------------------------------------------------------------------------- use


def digits(tt, images, labels, tests, seed):
    """Learn to read digits with 128 hidden units; keep 12 of them; let the small model learn from the large one."""
    rng = np.random.default_rng(seed)

    def batches():
        order = rng.permutation(len(images))
        for rows in np.split(order, range(50, len(order), 50)):
            yield tt.Tensor(images[rows]), tt.Tensor(labels[rows])

    large = tt.Sequential(tt.Linear(64, 128, rng=rng), tt.ReLU(), tt.Linear(128, 10, rng=rng))
    optimizer = tt.Adam(list(large.parameters()), lr=1e-2)
    for _ in range(8):
        for x, y in batches():
            optimizer.zero_grad()
            tt.cross_entropy(large(x), y).backward()
            optimizer.step()
    pruned = copy.deepcopy(large)
    tt.prune_ln_structured(pruned[0], "weight", 128 - 12)
    small = tt.shrink_model(pruned)
    found = {"pruned": small(tt.Tensor(tests)).data.argmax(axis=1)}
    optimizer = tt.Adam(list(small.parameters()), lr=2e-2)
    scheduler = tt.CosineAnnealingLR(optimizer, T_max=20)
    for _ in range(20):
        tt.distill(small, large, batches(), optimizer, T=2.0, alpha=0.7)
        scheduler.step()
    return {
        **found,
        "large": large(tt.Tensor(tests)).data.argmax(axis=1),
        "small": small(tt.Tensor(tests)).data.argmax(axis=1),
        "bytes": [tt.stored_bytes(large), tt.stored_bytes(small)],
        "arrays": [sum(t.data.nbytes for _, t in model.named_state()) for model in (large, small)],
    }


def loaded_into_masks(tt, weight, bias, state, x):
    """A Linear with a mask that loads a pruned layer's state; what it then says."""
    layer = layer_of(tt, weight, bias)
    tt.attach_mask(layer, "weight", np.ones(weight.shape, bool))
    layer.load_state_dict(state)
    return {"y": layer(tt.Tensor(x)).data, "sparsity": tt.model_sparsity(layer)}


def trainer_keeps_zeros(tt, images, labels, amount):
    """A model pruned globally, trained on by a Trainer, copied, saved and loaded: which weights are 0 at each stage."""
    rng = np.random.default_rng(0)
    model = tt.Sequential(tt.Linear(images.shape[1], 8, rng=rng), tt.ReLU(), tt.Linear(8, 10, rng=rng))
    places = [(model[0], "weight"), (model[2], "weight")]
    tt.global_unstructured(places, amount)
    zeros = [np.concatenate([layer.weight.data.reshape(-1) == 0 for layer, _ in places])]
    before = model[0].weight.data.copy()
    optimizer = tt.AdamW(list(model.parameters()), lr=1e-2, weight_decay=0.1)
    loader = tt.DataLoader(tt.TensorDataset(images, labels), batch_size=20, shuffle=True, rng=0)
    tt.Trainer(model, optimizer, tt.cross_entropy).fit(loader, epochs=2)
    zeros.append(np.concatenate([layer.weight.data.reshape(-1) == 0 for layer, _ in places]))
    file, twin = io.BytesIO(), copy.deepcopy(model)
    np.savez(file, **model.state_dict())
    file.seek(0)
    with np.load(file) as arrays:
        for p in twin.parameters():
            p.zero_()
        twin.load_state_dict(dict(arrays))
    zeros.append(np.concatenate([twin[place].weight.data.reshape(-1) == 0 for place in (0, 2)]))
    return {"zeros": zeros, "moved": bool((model[0].weight.data != before).any())}


# --------------------------------------------------------------------- reflect


def formula(tt, name, *args, **named):
    return getattr(tt.reflect, name)(*args, **named)


def rounds_of_pruning(tt, weight, amount, rounds):
    """By formula, and by pruning a Linear again and again."""
    layer, measured = layer_of(tt, weight), []
    for _ in range(rounds):
        tt.prune_l1_unstructured(layer, "weight", amount)
        measured.append(tt.sparsity(layer.weight))
    return {"formula": [tt.reflect.sparsity_after(amount, n + 1) for n in range(rounds)], "measured": measured}


def csr_bytes(tt, dense):
    nonzero = int(np.count_nonzero(dense))
    sparse = tt.SparseMatrix.from_dense(dense)
    return {
        "formula": tt.reflect.csr_bytes(*dense.shape, nonzero, dense.itemsize),
        "measured": sparse.values.nbytes + sparse.columns.nbytes + sparse.starts.nbytes,
    }


def numbers_left(tt, sizes, keep):
    """By formula, and by taking units away from a model."""
    items = []
    for inputs, outputs in itertools.pairwise(sizes):
        items += [tt.Linear(inputs, outputs, rng=len(items)), tt.relu]
    model = tt.Sequential(*items[:-1])
    for place in range(0, len(model) - 1, 2):
        tt.prune_ln_structured(model[place], "weight", 1.0 - keep)
    small = tt.shrink_model(model)
    return {
        "formula": [tt.reflect.dense_numbers(sizes), tt.reflect.dense_numbers(sizes, keep)],
        "measured": [sum(p.size for p in small.parameters())],
    }


def useful_rank(tt, inputs, outputs):
    """By formula; and the numbers that left and right hold at this rank and the next."""
    rank = tt.reflect.largest_useful_rank(inputs, outputs)
    found = []
    for r in (rank, rank + 1):
        layer = tt.LowRankLinear(np.zeros((outputs, r)), np.zeros((r, inputs)))
        found.append(sum(p.size for p in layer.parameters()))
    return {"formula": rank, "numbers": found}


def low_rank_error(tt, weight, singular_values, rank):
    left, right = tt.low_rank(weight, rank)
    return {
        "formula": tt.reflect.low_rank_error(singular_values, rank),
        "measured": float(np.sqrt(((weight - left @ right) ** 2).sum())),
    }


def hot_gradient(tt, student, teacher, T):
    """By formula for each logit, and by a backward pass at a high temperature."""
    t = tt.Tensor(student[None], requires_grad=True)
    tt.distillation_loss(t, tt.Tensor(teacher[None]), np.array([0]), T, 1.0).backward()
    pairs = zip(student, teacher, strict=True)
    return {
        "formula": [float(tt.reflect.hot_gradient(float(s), float(p), len(student))) for s, p in pairs],
        "measured": t.grad[0],
    }


# ----------------------------------------------------------------------- speed


def mask_again(tt, weights, amount, repeat, session):
    """magnitude_mask `repeat` times, with a number that differs each time; how many stay."""
    if "weights" not in session:
        session["weights"] = weights.copy()
    for _ in range(repeat):
        session["weights"][0] = session["more"] = session.get("more", 0) + 1
        mask = tt.magnitude_mask(session["weights"], amount)
    return int(mask.sum())


def apply_again(tt, values, columns, starts, shape, x, repeat, session):
    """A sparse product `repeat` times, with a number in x that differs each time; the first numbers of the last."""
    if "x" not in session:
        session["x"] = x.copy()
        session["sparse"] = tt.SparseMatrix(values, columns, starts, shape)
    for _ in range(repeat):
        session["x"].flat[0] = session["more"] = session.get("more", 0) + 1
        y = session["sparse"].apply(session["x"])
    return y.reshape(-1)[:3].copy()


def apply_peak(tt, values, columns, starts, shape, x):
    """The most bytes that a sparse product has at any moment."""
    sparse = tt.SparseMatrix(values, columns, starts, shape)
    sparse.apply(x)
    tracemalloc.start()
    sparse.apply(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def thin_again(tt, left, right, x, repeat, session):
    """A LowRankLinear's answer `repeat` times, for inputs that differ each time; the first numbers of the last."""
    if "layer" not in session:
        session["layer"], session["x"] = tt.LowRankLinear(left, right).eval(), tt.Tensor(x)
    for _ in changing(session["x"], repeat, session):
        y = session["layer"](session["x"])
    return y.data.reshape(-1)[:3].copy()
