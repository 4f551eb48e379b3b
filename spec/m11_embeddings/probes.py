"""How the laws of m11 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.embedding`, `tt.RotaryEmbedding`, … `ids` are arrays of whole numbers.
"""

import numpy as np

from ..kit.probing import changing

# ------------------------------------------------------------------- helpers


def copied(t):
    return None if t.grad is None else t.grad.copy()


def with_gradients(result, grad, named):
    """The result, and what its backward pass leaves in the Tensors of `named`."""
    result.backward(grad)
    return {"value": result.data.copy(), **{f"grad of {name}": copied(t) for name, t in named.items()}}


def built(tt, plan, state=None, dtype="float64"):
    """A Sequential out of rows [class, settings], with a state if there is one."""
    model = tt.Sequential(*[getattr(tt, name)(**settings) for name, settings in plan]).to(dtype)
    if state is not None:
        model.load_state_dict(state)
    return model


# ---------------------------------------------------------------------- lookup


def row_numbers(tt, ids, rows, form):
    """The ids as an array, given in one of three forms."""
    given = {"array": lambda: ids, "list": ids.tolist, "Tensor": lambda: tt.Tensor(ids)}[form]()
    return tt.row_numbers(given, rows)


def row_numbers_then_written(tt, ids, rows):
    """What row_numbers gave, after somebody wrote into the ids."""
    mine = ids.copy()
    found = tt.row_numbers(mine, rows)
    mine[...] = 0
    return found


def scatter_rows(tt, grad, ids, rows, padding_idx):
    return tt.scatter_rows(grad, ids, rows, padding_idx)


def embedding(tt, ids, weight, padding_idx):
    return tt.embedding(ids, tt.Tensor(weight), padding_idx).data


def embedding_gradient(tt, ids, weight, padding_idx, grad):
    """The rows, and the gradient of the table. Backward runs twice, so the gradient is there twice."""
    table = tt.Tensor(weight, requires_grad=True)
    result = tt.embedding(ids, table, padding_idx)
    result.backward(grad, retain_graph=True)
    return with_gradients(result, grad, {"weight": table})


def one_hot_product(tt, ids, weight, grad):
    """What embedding gives, and what the product of one-hot rows with the table gives; each with its gradient."""
    rows = np.eye(len(weight), dtype=weight.dtype)[ids.astype("int64")]
    tables = [tt.Tensor(weight, requires_grad=True) for _ in range(2)]
    results = [tt.embedding(ids, tables[0]), tt.Tensor(rows) @ tables[1]]
    both = [with_gradients(result, grad, {"weight": table}) for result, table in zip(results, tables, strict=True)]
    return {"lookup": both[0], "product": both[1]}


def result_written(tt, ids, weight, through):
    """The table, after somebody wrote into the rows that were read."""
    if through == "Embedding":
        layer = tt.Embedding(*weight.shape).to(weight.dtype.name)
        layer.load_state_dict({"weight": weight})
        table, rows = layer.weight, layer(ids)
    else:
        table = tt.Tensor(weight)
        rows = tt.embedding(ids, table)
    rows.data[...] = 99.0
    return table.data.copy()


def changed_before_backward(tt, ids, weight, grad, what):
    """The gradient of the table where ids or the table have changed between the two passes."""
    mine, table = ids.copy(), tt.Tensor(weight, requires_grad=True)
    given = tt.Tensor(mine) if what == "ids in a Tensor" else mine
    result = tt.embedding(given, table)
    if what == "table":
        with tt.no_grad():
            table.mul_(3.0)
    elif what == "ids":
        mine[...] = 0
    else:
        given.zero_()
    result.backward(grad)
    return table.grad


def two_at_once(tt, ids, weight, grads):
    """Gradients of two tables, read one after the other, that go back one after the other."""
    tables = [tt.Tensor(weight, requires_grad=True), tt.Tensor(np.concatenate([weight, weight]), requires_grad=True)]
    results = [tt.embedding(ids, tables[0]), tt.embedding(ids + len(weight), tables[1])]
    for result, grad in zip(results, grads, strict=True):
        result.backward(grad)
    return [table.grad for table in tables]


def without_gradient(tt, ids, weight):
    """Whether the result needs a gradient: of a plain table, of one that learns, and of that one under no_grad."""
    plain, learning = tt.Tensor(weight), tt.Tensor(weight, requires_grad=True)
    seen = [tt.embedding(ids, plain).requires_grad, tt.embedding(ids, learning).requires_grad]
    with tt.no_grad():
        seen.append(tt.embedding(ids, learning).requires_grad)
    return [bool(needs) for needs in seen]


# ---------------------------------------------------------------------- layers


def embedding_layer(tt, settings, state, ids, grad, form="array"):
    """An Embedding with this state: what it gives, and the gradient of its table."""
    layer = tt.Embedding(**settings).to(state["weight"].dtype.name)
    layer.load_state_dict(state)
    given = {"array": lambda: ids, "list": ids.tolist, "Tensor": lambda: tt.Tensor(ids)}[form]()
    return with_gradients(layer(given), grad, {"weight": layer.weight})


def padding_of(tt, settings):
    return tt.Embedding(**settings).padding_idx


def first_values(tt, name, settings, seed):
    module = getattr(tt, name)(**settings, rng=seed)
    return {key: array.copy() for key, array in module.state_dict().items()}


def generator_moves_on(tt, name, settings, seed):
    rng = np.random.default_rng(seed)
    return [getattr(tt, name)(**settings, rng=rng).weight.data.copy() for _ in range(2)]


def parameters_of(tt, name, settings):
    return [(key, p.shape) for key, p in getattr(tt, name)(**settings).named_parameters()]


def positional(tt, name, settings, state, x, offset, grad):
    """A layer of positions with this state: what it makes of x, and all gradients. Offset 0 is left to its default."""
    layer = getattr(tt, name)(**settings).to(x.dtype.name)
    layer.load_state_dict(state, strict=False)
    t = tt.Tensor(x, requires_grad=True)
    result = layer(t, offset=offset) if offset else layer(t)
    return with_gradients(result, grad, {"x": t, **dict(layer.named_parameters())})


def applied(tt, name, settings, x, offset):
    """What a layer of positions makes of x."""
    return getattr(tt, name)(**settings)(tt.Tensor(x), offset=offset).data


def applied_twice(tt, name, settings, x, grads):
    """The gradients of two sequences, the second one later and reversed, whose results wait for their way back together."""
    layer = getattr(tt, name)(**settings).to(x.dtype.name)
    leaves = [tt.Tensor(x, requires_grad=True), tt.Tensor(x[..., ::-1, :].copy(), requires_grad=True)]
    results = [layer(leaves[0]), layer(leaves[1], offset=3)]
    for result, grad in zip(results, grads, strict=True):
        result.backward(grad)
    return [t.grad for t in leaves]


def result_aliases(tt, name, settings, x):
    """The sequence, after somebody wrote into what a layer made of it; and what the layer makes of it then."""
    layer = getattr(tt, name)(**settings)
    t = tt.Tensor(x)
    first = layer(t).data.copy()
    layer(t).data[...] = 99.0
    return {"x": t.data.copy(), "unchanged": bool(np.array_equal(layer(t).data, first))}


def refused(tt, name, settings, data, named):
    """Make a layer and call it."""
    return getattr(tt, name)(**settings)(data if name == "Embedding" else tt.Tensor(data), **named).data


def refused_lookup(tt, ids, shape, padding_idx):
    return tt.embedding(ids, tt.Tensor(np.zeros(shape)), padding_idx).data


# ------------------------------------------------------------------- positions


def position_angles(tt, positions, dim, base):
    return tt.position_angles(positions, dim) if base is None else tt.position_angles(positions, dim, base)


def sinusoids(tt, positions, dim):
    return tt.sinusoids(positions, dim)


def rotate_pairs(tt, x, angles):
    return tt.rotate_pairs(x, angles)


# ------------------------------------------------------------------------- use


def network(tt, plan, state, ids, target):
    """Cross-entropy of a network on ids, its logits, and the gradient of every Parameter."""
    model = built(tt, plan, state)
    logits = model(ids)
    loss = tt.cross_entropy(logits, tt.Tensor(target))
    return {"logits": logits.data, **with_gradients(loss, None, dict(model.named_parameters()))}


def tied(tt, ids, weight, target, padding_idx):
    """A table that is read at the front and multiplied with at the end."""
    table = tt.Tensor(weight, requires_grad=True)
    loss = tt.cross_entropy(tt.embedding(ids, table, padding_idx).tanh() @ table.T, tt.Tensor(target))
    return with_gradients(loss, None, {"table": table})


def trained(tt, plan, state, ids, target, lr, steps):
    """The state of a network after some steps downhill."""
    model = built(tt, plan, state)
    for _ in range(steps):
        tt.cross_entropy(model(ids), tt.Tensor(target)).backward()
        for p in model.parameters():
            p.data -= lr * p.grad
            p.zero_grad()
    return model.state_dict()


def bag(tt, weight, ids, name, settings):
    """The mean over a sentence's vectors, bent; with the positions of a layer added before, if one is named."""
    vectors = tt.embedding(ids, tt.Tensor(weight))
    if name:
        vectors = getattr(tt, name)(**settings)(vectors)
    return vectors.tanh().mean(-2).data


def scores(tt, q, k, offset, grad):
    """Dot products of all rotated rows of q with all rotated rows of k, and their gradients."""
    rope = tt.RotaryEmbedding(q.shape[-1])
    left, right = tt.Tensor(q, requires_grad=True), tt.Tensor(k, requires_grad=True)
    product = rope(left, offset) @ rope(right, offset).transpose(-1, -2)
    return with_gradients(product, grad, {"q": left, "k": right})


# --------------------------------------------------------------------- reflect


def formula(tt, name, *args, **named):
    return getattr(tt.reflect, name)(*args, **named)


def table_sizes(tt, rows, dim, ids):
    """Bytes by formula, and of a table and of its gradient after a step that read some of its rows."""
    layer = tt.Embedding(rows, dim)
    layer(ids).sum().backward()
    return {
        "table_bytes": tt.reflect.table_bytes(rows, dim),
        "measured": layer.weight.data.nbytes,
        "step_bytes": tt.reflect.step_bytes(rows, dim, 0),
        "both measured": layer.weight.data.nbytes + layer.weight.grad.nbytes,
    }


def touched_rows(tt, rows, batches):
    """How many rows have a gradient other than 0 after each batch."""
    layer = tt.Embedding(rows, 1)
    counts = []
    for ids in batches:
        layer.weight.zero_grad()
        layer(ids).sum().backward()
        counts.append(int(np.count_nonzero(layer.weight.grad)))
    return counts


def wavelength(tt, pair, dim, base):
    """By formula; and the angle of that pair there."""
    length = tt.reflect.wavelength(pair, dim, base)
    return {"formula": length, "angle": float(tt.position_angles([length], dim, base)[0, pair])}


# ----------------------------------------------------------------------- speed


def lookup_again(tt, weight, ids, grad, repeat, session):
    """Rows of a table, `repeat` times; with `grad` there and back. One number that has changed each time."""
    if "table" not in session:
        session["table"] = tt.Tensor(weight, requires_grad=grad is not None)
    table = session["table"]
    for _ in changing(table, repeat, session):
        result = tt.embedding(ids, table)
        if grad is not None:
            table.grad = None
            result.backward(grad)
    return (result.data if grad is None else table.grad)[:1].copy()


def rotated_again(tt, x, repeat, session):
    """A rotated sequence, `repeat` times."""
    if "rope" not in session:
        session["rope"], session["x"] = tt.RotaryEmbedding(x.shape[-1]), tt.Tensor(x)
    for _ in changing(session["x"], repeat, session):
        result = session["rope"](session["x"])
    return result.data[..., :1].copy()
