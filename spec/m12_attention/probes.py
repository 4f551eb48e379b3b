"""How the laws of m12 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.scaled_dot_product_attention`, `tt.MultiHeadAttention`, … `how` is a dict of what a layer is
called with beside its inputs: attn_mask, key_padding_mask, is_causal.
"""

import numpy as np

from ..kit.probing import changing

# ------------------------------------------------------------------- helpers


def mask_for(tt, mask, as_array):
    """A mask as the array that it is, or as a Tensor; None stays None."""
    return mask if mask is None or as_array else tt.Tensor(mask)


def copied(t):
    return None if t.grad is None else t.grad.copy()


def with_gradients(result, grad, named):
    """The result, and what its backward pass leaves in the Tensors of `named`."""
    result.backward(grad)
    return {"value": result.data, **{f"grad of {name}": copied(t) for name, t in named.items()}}


def built(tt, settings, state=None, dtype="float64"):
    """A MultiHeadAttention, with a state if there is one."""
    module = tt.MultiHeadAttention(**settings).to(dtype)
    if state is not None:
        module.load_state_dict(state)
    return module


# ------------------------------------------------------------ shapes and masks


def attention_shape(tt, q_shape, k_shape, v_shape, mask_shape):
    return tt.attention_shape(q_shape, k_shape, v_shape, mask_shape)


def causal_mask(tt, *sizes):
    return tt.causal_mask(*sizes).data


def combine_masks(tt, mask, other, as_array):
    one = tt.combine_masks(mask_for(tt, mask, as_array), mask_for(tt, other, as_array))
    return None if one is None else one.data


def combine_masks_gradients(tt, mask, other, grad):
    """One mask for two, and the gradient of each that is of floats."""
    masks = {"mask": mask, "other": other}
    given = {name: tt.Tensor(x, requires_grad=x.dtype.kind == "f") for name, x in masks.items()}
    floats = {name: t for name, t in given.items() if masks[name].dtype.kind == "f"}
    return with_gradients(tt.combine_masks(given["mask"], given["other"]), grad, floats)


def masked_softmax(tt, scores, mask, as_array):
    return tt.masked_softmax(tt.Tensor(scores), mask_for(tt, mask, as_array)).data


def masked_softmax_gradients(tt, scores, mask, grad):
    """The result, the gradient of the scores, and that of a mask of floats."""
    named = {"scores": tt.Tensor(scores, requires_grad=True)}
    if mask is not None:
        floats = mask.dtype.kind == "f"
        rule = tt.Tensor(mask, requires_grad=floats)
        named.update({"mask": rule} if floats else {})
    return with_gradients(tt.masked_softmax(named["scores"], None if mask is None else rule), grad, named)


# ------------------------------------------------------------------- attention


def attention(tt, kernel, q, k, v, mask, is_causal, as_array):
    q, k, v = (tt.Tensor(x) for x in (q, k, v))
    return getattr(tt, kernel)(q, k, v, mask_for(tt, mask, as_array), is_causal).data


def attention_weights(tt, q, k, mask, is_causal):
    return tt.attention_weights(tt.Tensor(q), tt.Tensor(k), mask_for(tt, mask, False), is_causal).data


def attention_gradients(tt, q, k, v, mask, is_causal, grad, needed):
    """The result, and the gradients; only what is named in `needed` needs one. Backward runs twice, so each is there twice."""
    arrays = {"q": q, "k": k, "v": v, "mask": mask}
    named = {name: tt.Tensor(x, requires_grad=name in needed) for name, x in arrays.items() if x is not None}
    result = tt.scaled_dot_product_attention(named["q"], named["k"], named["v"], named.get("mask"), is_causal)
    result.backward(grad, retain_graph=True)
    return with_gradients(result, grad, named)


# ----------------------------------------------------------------------- heads


def split_heads(tt, x, num_heads):
    return tt.split_heads(tt.Tensor(x), num_heads).data


def merge_heads(tt, x):
    return tt.merge_heads(tt.Tensor(x)).data


def there_and_back(tt, x, num_heads, grad):
    """split_heads, then merge_heads, with the gradient of x."""
    t = tt.Tensor(x, requires_grad=True)
    return with_gradients(tt.merge_heads(tt.split_heads(t, num_heads)), grad, {"x": t})


def multi_head(tt, settings, state, inputs, query_key_value, how, grad, as_array):
    """A layer with this state: its result, the gradients of inputs and Parameters. query_key_value says which of the
    inputs is the query, which the key and the value, if they are given: in (0, 1, 1) one Tensor is both of these."""
    module = built(tt, settings, state, inputs[0].dtype.name)
    leaves = [tt.Tensor(x, requires_grad=True) for x in inputs]
    how = {name: mask_for(tt, value, as_array) if "mask" in name else value for name, value in how.items()}
    named = {**{f"input {i}": t for i, t in enumerate(leaves)}, **dict(module.named_parameters())}
    return with_gradients(module(*[leaves[i] for i in query_key_value], **how), grad, named)


def looked_at(tt, settings, state, inputs, query_key_value, how, averaged):
    """What a layer gives back when it is asked for its weights, too."""
    module = built(tt, settings, state, inputs[0].dtype.name)
    how = {name: mask_for(tt, value, False) if "mask" in name else value for name, value in how.items()}
    how.update({} if averaged is None else {"average_attn_weights": averaged})
    tensors = [tt.Tensor(x) for x in inputs]
    out, weights = module(*[tensors[i] for i in query_key_value], need_weights=True, **how)
    return {"out": out.data, "weights": weights.data}


def pulled_by_looks(tt, settings, state, x, grad, averaged):
    """The weights that a layer gives back, and what a gradient of theirs leaves in x and in in_proj_weight."""
    module = built(tt, settings, state, x.dtype.name)
    t = tt.Tensor(x, requires_grad=True)
    weights = module(t, need_weights=True, average_attn_weights=averaged)[1]
    return with_gradients(weights, grad, {"x": t, "in_proj_weight": module.in_proj_weight})


def mask_gradients(tt, settings, state, x, masks, is_causal, grad):
    """A layer's result with masks of floats that need a gradient, and these gradients."""
    module = built(tt, settings, state, x.dtype.name)
    given = {name: tt.Tensor(mask, requires_grad=True) for name, mask in masks.items()}
    return with_gradients(module(tt.Tensor(x), is_causal=is_causal, **given), grad, given)


def refused_layer(tt, settings, inputs, how):
    return built(tt, settings)(*[tt.Tensor(x) for x in inputs], **how).data


def first_values(tt, settings, seed):
    module = tt.MultiHeadAttention(**settings, rng=seed)
    return {name: p.data.copy() for name, p in module.named_parameters()}


def generator_moves_on(tt, settings, seed):
    """in_proj_weight and out_proj.weight of two layers, one after the other from one generator."""
    rng = np.random.default_rng(seed)
    layers = [tt.MultiHeadAttention(**settings, rng=rng) for _ in range(2)]
    return [[layer.in_proj_weight.data.copy(), layer.out_proj.weight.data.copy()] for layer in layers]


def attributes(tt, settings):
    module = tt.MultiHeadAttention(**settings)
    return {name: getattr(module, name) for name in ("embed_dim", "num_heads", "head_dim")} | {
        "in_proj_bias": None if module.in_proj_bias is None else module.in_proj_bias.shape
    }


# ------------------------------------------------------------------------- use


def head_by_head(tt, settings, state, x):
    """A layer's result, and what attention_explicit makes of each head's features, put together by hand."""
    module = built(tt, settings, state, x.dtype.name)
    e, d = module.embed_dim, module.head_dim
    projected = x @ state["in_proj_weight"].T + state["in_proj_bias"]
    heads = []
    for head in range(module.num_heads):
        q, k, v = (tt.Tensor(projected[..., e * part + d * head :][..., :d]) for part in range(3))
        heads.append(tt.attention_explicit(q, k, v).data)
    by_hand = np.concatenate(heads, axis=-1) @ state["out_proj.weight"].T + state["out_proj.bias"]
    return {"layer": module(tt.Tensor(x)).data, "by hand": by_hand}


def model(tt, sizes, state, dtype):
    """Read a token, look around, add, and vote: Linear, MultiHeadAttention on top of what is there, Linear."""

    class Reader(tt.Module):
        def __init__(self, features, embed_dim, num_heads, classes):
            super().__init__()
            self.read = tt.Linear(features, embed_dim)
            self.look = tt.MultiHeadAttention(embed_dim, num_heads)
            self.vote = tt.Linear(embed_dim, classes)

        def forward(self, x, padding=None):
            x = self.read(x).tanh()
            x = x + self.look(x, key_padding_mask=padding)
            return self.vote(x[:, 0])

    made = Reader(*sizes).to(dtype)
    made.load_state_dict(state)
    return made


def network(tt, sizes, state, x, padding, target):
    """Cross-entropy of such a model, its logits, and the gradient of every Parameter."""
    made = model(tt, sizes, state, x.dtype.name)
    logits = made(tt.Tensor(x), padding)
    loss = tt.cross_entropy(logits, tt.Tensor(target))
    return {"logits": logits.data, **with_gradients(loss, None, dict(made.named_parameters()))}


def learn(tt, sizes, state, x, target, tests, lr, steps):
    """Accuracy on other tokens after some steps of gradient descent, and how much token 0 looks at each of them."""
    made = model(tt, sizes, state, x.dtype.name)
    for _ in range(steps):
        for p in made.parameters():
            p.grad = None
        tt.cross_entropy(made(tt.Tensor(x)), tt.Tensor(target)).backward()
        for p in made.parameters():
            p.data -= lr * p.grad
    tokens = made.read(tt.Tensor(tests)).tanh()
    return {
        "votes": made(tt.Tensor(tests)).data.argmax(axis=1),
        "looks": made.look(tokens, need_weights=True)[1].data[:, 0],
    }


def used_again(tt, kernel, q, k, v, mask):
    """The same Tensors twice, first causal and then not: both answers, and what the Tensors hold afterwards."""
    given = [None if x is None else tt.Tensor(x) for x in (q, k, v, mask)]
    answers = [getattr(tt, kernel)(*given, is_causal).data.copy() for is_causal in (True, False)]
    return {"answers": answers, "operands": [None if t is None else t.data for t in given]}


def layer_used_again(tt, settings, state, x, masks):
    """A layer, called twice with the same Tensors, first causal and then not: answers, and what the Tensors hold afterwards."""
    module, t = built(tt, settings, state, x.dtype.name), tt.Tensor(x)
    given = {name: tt.Tensor(mask) for name, mask in masks.items()}
    answers = [module(t, is_causal=is_causal, **given).data.copy() for is_causal in (True, False)]
    return {"answers": answers, "tokens": t.data, "masks": [mask.data for mask in given.values()]}


def recomputed(tt, settings, state, x, grad):
    """Gradients of a layer whose attention is computed a second time on the way back."""
    module = built(tt, settings, state, x.dtype.name)
    t = tt.Tensor(x, requires_grad=True)
    named = {"x": t, **dict(module.named_parameters())}
    return with_gradients(tt.checkpoint(module, t), grad, named)


def believed(tt, q, k, v, mask, is_causal):
    """What gradcheck says of scaled_dot_product_attention."""
    q, k, v = (tt.Tensor(x, requires_grad=True) for x in (q, k, v))
    return tt.gradcheck(tt.scaled_dot_product_attention, (q, k, v, mask, is_causal))


# --------------------------------------------------------------------- reflect


def formula(tt, name, *args, **named):
    return getattr(tt.reflect, name)(*args, **named)


def score_bytes(tt, q, k):
    batch, heads, n, _ = q.shape
    return {
        "formula": tt.reflect.score_bytes(batch, heads, n, k.shape[2], q.itemsize),
        "measured": tt.attention_weights(tt.Tensor(q), tt.Tensor(k)).data.nbytes,
    }


def doubled(tt, q, k):
    """Bytes of the weights for half of the tokens and for all, by formula and measured: how many times as many."""
    found = {}
    half = q.shape[2] // 2
    for n in (half, 2 * half):
        made = tt.attention_weights(tt.Tensor(q[:, :, :n]), tt.Tensor(k[:, :, :n])).data.nbytes
        found[n] = tt.reflect.score_bytes(*q.shape[:2], n, n, q.itemsize), made
    return {
        "formula": found[2 * half][0] / found[half][0],
        "measured": found[2 * half][1] / found[half][1],
    }


def attention_parameters(tt, embed_dim, num_heads, bias):
    module = tt.MultiHeadAttention(embed_dim, num_heads, bias)
    return {
        "formula": tt.reflect.attention_parameters(embed_dim, bias),
        "counted": sum(p.size for p in module.parameters()),
    }


def causal_share(tt, n):
    weights = tt.attention_weights(tt.Tensor(np.ones((n, 1))), tt.Tensor(np.ones((n, 1))), is_causal=True)
    return {"formula": tt.reflect.causal_share(n), "measured": int(np.count_nonzero(weights.data)) / n**2}


# ----------------------------------------------------------------------- speed


def attention_again(tt, kernel, q, k, v, repeat, session):
    """Attention `repeat` times, on queries that differ each time; the first rows of the last result."""
    if kernel not in session:
        session[kernel] = [tt.Tensor(x) for x in (q, k, v)]
    queries, keys, values = session[kernel]
    for _ in changing(queries, repeat, session):
        y = getattr(tt, kernel)(queries, keys, values)
    return y.data[..., :1, :].copy()


def sized_again(tt, kernel, q, k, v, repeat):
    """As attention_again, for sizes that change from call to call."""
    return attention_again(tt, kernel, q, k, v, repeat, {})


def gradients_again(tt, q, k, v, grad, repeat, session):
    """There and back, `repeat` times; the gradient of the first values."""
    if "q" not in session:
        session["q"] = [tt.Tensor(x, requires_grad=True) for x in (q, k, v)]
    for _ in changing(session["q"][0], repeat, session):
        for t in session["q"]:
            t.grad = None
        tt.scaled_dot_product_attention(*session["q"]).backward(grad)
    return session["q"][2].grad[..., :1, :].copy()


def layer_again(tt, settings, x, repeat, session):
    """A layer's result `repeat` times, on tokens that differ each time; its first token of the last one."""
    if "x" not in session:
        session["x"], session["layer"] = tt.Tensor(x), tt.MultiHeadAttention(**settings, rng=0)
    with tt.no_grad():
        for _ in changing(session["x"], repeat, session):
            y = session["layer"](session["x"])
    return y.data[:, 0].copy()
