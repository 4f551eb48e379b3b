"""The right answers: PyTorch's functions and modules in float64, and sums over loops."""

import math

import numpy as np

from spec.kit import Bounded
from spec.kit.oracle import leaf, narrow, wide

# ------------------------------------------------------------ shapes and masks


def attention_shape(q_shape, k_shape, v_shape, mask_shape):
    q, k, v = (np.zeros(shape) for shape in (q_shape, k_shape, v_shape))
    return tuple((q @ np.swapaxes(k, -1, -2) @ v).shape)


def causal_mask(queries, keys=None):
    """Asks for each pair."""
    keys = queries if keys is None else keys
    pairs = [[j <= i for j in range(keys)] for i in range(queries)]
    return np.array(pairs, bool).reshape(queries, keys)


def combine_masks(mask, other, as_array):
    """Of bool: and. Of floats: the sum, where a mask of bool is 0 or -inf."""
    masks = [m for m in (mask, other) if m is not None]
    if len(masks) < 2:
        return masks[0] if masks else None
    if mask.dtype == other.dtype == bool:
        return mask & other
    dtype = np.result_type(*(m.dtype for m in masks if m.dtype != bool))
    first, second = (np.where(m, 0.0, -np.inf).astype(dtype) if m.dtype == bool else m for m in masks)
    return first + second


def combine_masks_gradients(mask, other, grad):
    found = {"value": combine_masks(mask, other, False)}
    for name, m in (("mask", mask), ("other", other)):
        if m.dtype != bool:
            found[f"grad of {name}"] = Bounded(_summed(grad, m.shape), _summed(abs(grad), m.shape))
    return found


def _probabilities(scores, mask):
    """exp(score) over their sum, in NumPy, row by row; 0 where all is hidden."""
    scores = scores.astype(np.float64)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    out = np.zeros(scores.shape)
    for row in np.ndindex(scores.shape[:-1]):
        seen = scores[row] > -np.inf
        if seen.any():
            grown = np.exp(scores[row][seen] - scores[row][seen].max())
            out[row][seen] = grown / grown.sum()
    return out


def _carried(scores, mask):
    """How far the rounding of scores that a mask of floats is added to goes: as far as they are large."""
    added = mask is not None and mask.dtype != bool
    return 1.0 + (abs(np.where(np.isfinite(scores), scores, 0.0)).max(initial=0.0) if added else 0.0)


def masked_softmax(scores, mask, as_array):
    return Bounded(narrow(_probabilities(scores, mask), scores.dtype), _carried(scores, mask))


def masked_softmax_gradients(scores, mask, grad):
    """The rule for softmax, p · (g - Σ p · g), which is 0 where p is."""
    p, g = _probabilities(scores, mask), grad.astype(np.float64)
    back = p * (g - (p * g).sum(-1, keepdims=True))
    size = _carried(scores, mask) * (p * (abs(g) + (p * abs(g)).sum(-1, keepdims=True)))
    found = {
        "value": masked_softmax(scores, mask, False),
        "grad of scores": Bounded(narrow(back, scores.dtype), size),
    }
    if mask is not None and mask.dtype != bool:
        summed = [_summed(part, mask.shape) for part in (back, size)]
        found["grad of mask"] = Bounded(narrow(summed[0], mask.dtype), summed[1])
    return found


def _summed(x, shape):
    """The entries of x added up over what `shape` was stretched along."""
    x = x.sum(axis=tuple(range(x.ndim - len(shape))))
    stretched = tuple(axis for axis, side in enumerate(shape) if side == 1 and x.shape[axis] != 1)
    return x.sum(axis=stretched, keepdims=True) if stretched else x


# ------------------------------------------------------------------- attention


def _rule(q, k, mask, is_causal):
    """One mask for PyTorch out of two, or None."""
    causal = causal_mask(q.shape[-2], k.shape[-2])
    if mask is None:
        return causal if is_causal else None
    if mask.dtype == bool:
        return mask & causal if is_causal else mask
    return np.where(causal, mask, -np.inf) if is_causal else mask


def _attend(q, k, v, rule):
    """PyTorch's function. It takes leading axes that are alike."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    lead = torch.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    q, k, v = (t.expand(*lead, *t.shape[-2:]) for t in (q, k, v))
    if 0 in (*lead, q.shape[-2], k.shape[-2]):  # nothing to look at: the sum of nothing
        return (q @ k.transpose(-2, -1)) @ v
    if rule is not None:
        rule = rule.expand(*lead, *rule.shape[-2:])
    return scaled_dot_product_attention(q, k, v, rule)


def _sizes(q, k, v, mask, is_causal, grad=None):
    """What the rounding errors of value and gradients are relative to: the sums of the absolute values of their terms, times
    how far the scores' own rounding goes. With it, the gradients' shares of each operand."""
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    root = math.sqrt(q.shape[-1])
    p = _probabilities(q @ np.swapaxes(k, -1, -2) / root, _rule(q, k, mask, is_causal))
    scores = abs(q) @ abs(np.swapaxes(k, -1, -2)) / root
    carried = 1.0 + scores.max(initial=0.0)
    sizes = {"value": carried * (p @ abs(v))}
    if grad is not None:
        upstream = abs(grad.astype(np.float64))
        each = upstream @ abs(np.swapaxes(v, -1, -2))
        scored = p * (each + (p * each).sum(-1, keepdims=True))
        sizes["q"] = carried * _summed(scored @ abs(k), q.shape) / root
        sizes["k"] = carried * _summed(np.swapaxes(scored, -1, -2) @ abs(q), k.shape) / root
        sizes["v"] = carried * _summed(np.swapaxes(p, -1, -2) @ upstream, v.shape)
        if mask is not None:
            sizes["mask"] = carried * _summed(scored, mask.shape)
    return sizes


def attention(kernel, q, k, v, mask, is_causal, as_array):
    rule = _rule(q, k, mask, is_causal)
    value = _attend(wide(q), wide(k), wide(v), None if rule is None else wide(rule))
    return Bounded(narrow(value, q.dtype), _sizes(q, k, v, mask, is_causal)["value"])


def attention_weights(q, k, mask, is_causal):
    return Bounded(
        narrow(attention("", q, k, np.eye(k.shape[-2]), mask, is_causal, False).want, q.dtype),
        1.0 + (abs(q).astype(float) @ abs(np.swapaxes(k, -1, -2))).max(initial=0.0),
    )


def attention_gradients(q, k, v, mask, is_causal, grad, needed):
    """As the probe, backward runs twice."""
    import torch

    leaves = {name: leaf(x) for name, x in (("q", q), ("k", k), ("v", v))}
    rule = given = None if mask is None else wide(mask) if mask.dtype == bool else leaf(mask)
    if is_causal:
        causal = torch.from_numpy(causal_mask(q.shape[-2], k.shape[-2]))
        rule = causal if rule is None else rule & causal if mask.dtype == bool else torch.where(causal, rule, -np.inf)
    value = _attend(leaves["q"], leaves["k"], leaves["v"], rule)
    value.backward(wide(grad))
    sizes = _sizes(q, k, v, mask, is_causal, grad)
    found = {"value": Bounded(narrow(value, q.dtype), sizes["value"])}
    leaves.update({} if mask is None else {"mask": given})
    for name, t in leaves.items():
        if name not in needed:
            found[f"grad of {name}"] = None
        else:
            dtype = (mask if name == "mask" else q).dtype
            # What nothing looked at has no gradient in PyTorch, and a gradient of 0 here.
            gradient = np.zeros(t.shape) if t.grad is None else 2 * t.grad
            found[f"grad of {name}"] = Bounded(narrow(gradient, dtype), 2 * sizes[name])
    return found


# ----------------------------------------------------------------------- heads


def split_heads(x, num_heads):
    depth = x.shape[-1] // num_heads
    return np.stack([x[..., head * depth : (head + 1) * depth] for head in range(num_heads)], axis=-3)


def merge_heads(x):
    return np.concatenate([x[..., head, :, :] for head in range(x.shape[-3])], axis=-1)


def there_and_back(x, num_heads, grad):
    return {"value": x, "grad of x": grad}


def layer(settings, state):
    """PyTorch's layer, batch first, in float64, with a state."""
    from torch import nn

    made = nn.MultiheadAttention(**settings, batch_first=True).double()
    made.load_state_dict({name: wide(array) for name, array in state.items()})
    return made


def _called(made, inputs, which, how, need_weights=False):
    """The layer on query, key and value as `which` has them.

    What looks ahead is hidden by the mask: PyTorch takes is_causal for a hint.
    """
    which = {1: which * 3, 2: (*which, *which[1:]), 3: which}[len(which)]
    query, key, value = (inputs[i] for i in which)
    masks = {name: mask for name, mask in how.items() if "mask" in name}
    if how.get("is_causal"):
        ahead = ~causal_mask(query.shape[-2], key.shape[-2])
        mask = masks.get("attn_mask")
        masks["attn_mask"] = (
            ahead if mask is None else mask | ahead if mask.dtype == bool else np.where(ahead, -np.inf, mask)
        )
    # A warning says that it prefers two masks of one dtype: so floats for all.
    masks = {
        name: np.where(mask, -np.inf, 0.0) if mask.dtype == bool else mask.astype(np.float64)
        for name, mask in masks.items()
    }
    masks = {name: wide(mask) for name, mask in masks.items()}
    return made(query, key, value, **masks, need_weights=need_weights, average_attn_weights=False)


def multi_head(settings, state, inputs, which, how, grad, as_array):
    """Answers and gradients may cancel, down to 0 where there is one key: their errors are relative to what they are made of,
    numbers of about 1, and to the largest of all gradients."""
    made, dtype = layer(settings, state), inputs[0].dtype
    leaves = [leaf(x) for x in inputs]
    value = _called(made, leaves, which, how)[0]
    value.backward(wide(grad))
    named = {**{f"input {i}": t for i, t in enumerate(leaves)}, **dict(made.named_parameters())}
    gradients = {name: np.zeros(t.shape) if t.grad is None else t.grad.numpy() for name, t in named.items()}
    largest = max(1.0, *(float(abs(gradient).max(initial=0.0)) for gradient in gradients.values()))
    found = {f"grad of {name}": Bounded(narrow(gradient, dtype), largest) for name, gradient in gradients.items()}
    return {"value": Bounded(narrow(value, dtype), 1.0), **found}


def looked_at(settings, state, inputs, which, how, averaged):
    """PyTorch's weights of a token that sees nothing are nan: here they are 0."""
    made, dtype = layer(settings, state), inputs[0].dtype
    tensors = [wide(x) for x in inputs]
    out = _called(made, tensors, which, how)[0]
    weights = _called(made, tensors, which, how, True)[1].nan_to_num(0.0)  # of each head
    weights = weights if averaged is False else weights.mean(-3)
    return {"out": Bounded(narrow(out, dtype), 1.0), "weights": Bounded(narrow(weights, dtype), 1.0)}


def pulled_by_looks(settings, state, x, grad, averaged):
    """Gradients may cancel here, too."""
    made, t = layer(settings, state), leaf(x)
    weights = made(t, t, t, need_weights=True, average_attn_weights=averaged)[1]
    weights.backward(wide(grad))
    found = {"value": narrow(weights, x.dtype)}
    gradients = {"grad of x": t.grad, "grad of in_proj_weight": made.in_proj_weight.grad}
    largest = max(1e-3, *(float(abs(gradient).max()) for gradient in gradients.values()))
    return {**found, **{name: Bounded(narrow(gradient, x.dtype), largest) for name, gradient in gradients.items()}}


def mask_gradients(settings, state, x, masks, is_causal, grad):
    import torch

    made, t = layer(settings, state), wide(x)
    leaves = {name: leaf(mask) for name, mask in masks.items()}
    given = dict(leaves)
    if is_causal:
        seen = torch.from_numpy(causal_mask(x.shape[-2]))
        given["attn_mask"] = torch.where(seen, given["attn_mask"], -np.inf)
    value = made(t, t, t, **given, need_weights=False)[0]
    value.backward(wide(grad))
    found = {"value": Bounded(narrow(value, x.dtype), 1.0)}
    gradients = {f"grad of {name}": Bounded(narrow(t.grad, x.dtype), 1.0) for name, t in leaves.items()}
    return {**found, **gradients}


# ------------------------------------------------------------------------- use


def model(sizes, state):
    """The model of the probes, of PyTorch's layers."""
    import torch
    from torch import nn

    features, embed_dim, num_heads, classes = sizes

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.read = nn.Linear(features, embed_dim)
            self.look = nn.MultiheadAttention(embed_dim, num_heads, batch_first=True)
            self.vote = nn.Linear(embed_dim, classes)

        def forward(self, x, padding):
            x = torch.tanh(self.read(x))
            x = x + self.look(x, x, x, key_padding_mask=padding, need_weights=False)[0]
            return self.vote(x[:, 0])

    made = Reader().double()
    made.load_state_dict({name: wide(array) for name, array in state.items()})
    return made


def network(sizes, state, x, padding, target):
    import torch

    made = model(sizes, state)
    logits = made(wide(x), None if padding is None else wide(padding))
    loss = torch.nn.functional.cross_entropy(logits, wide(target))
    loss.backward()
    gradients = {f"grad of {name}": narrow(p.grad, x.dtype) for name, p in made.named_parameters()}
    return {"logits": narrow(logits, x.dtype), "value": narrow(loss, x.dtype), **gradients}


def used_again(kernel, q, k, v, mask):
    answers = [attention(kernel, q, k, v, mask, is_causal, False) for is_causal in (True, False)]
    return {"answers": answers, "operands": [q, k, v, mask]}


def layer_used_again(settings, state, x, masks):
    made = layer(settings, state)
    answers = [_called(made, [wide(x)], (0,), {**masks, "is_causal": is_causal})[0] for is_causal in (True, False)]
    kept = {"tokens": x, "masks": list(masks.values())}
    return {"answers": [Bounded(narrow(answer, x.dtype), 1.0) for answer in answers], **kept}


def recomputed(settings, state, x, grad):
    found = multi_head(settings, state, [x], (0,), {}, grad, False)
    return {name.replace("input 0", "x"): value for name, value in found.items()}


# --------------------------------------------------------------------- reflect


def multiply_adds(batch, heads, n, m, head_dim):
    """Counts the passes of the loops of both products, two operations each."""
    count = 0
    for _ in range(batch * heads):
        for _ in range(n):
            for _ in range(m):
                count += 2 * head_dim  # of the score
                count += 2 * head_dim  # of the answer
    return count


# ----------------------------------------------------------------------- speed


def attention_loops(q, k, v, queries):
    """The first `queries` answers of one head, over elements."""
    (_, d), (m, e) = q.shape, v.shape
    out = np.zeros((queries, e), q.dtype)
    for i in range(queries):
        scores = []
        for j in range(m):
            total = 0.0
            for f in range(d):
                total += float(q[i, f]) * float(k[j, f])
            scores.append(total / math.sqrt(d))
        peak = max(scores)
        weights = [math.exp(score - peak) for score in scores]
        whole = sum(weights)
        for f in range(e):
            total = 0.0
            for j in range(m):
                total += weights[j] / whole * float(v[j, f])
            out[i, f] = total
    return out


def empty_loop(passes):
    for _ in range(passes):
        pass
