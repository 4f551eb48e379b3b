"""The right answers: a twin made of PyTorch's layers, under our names, in float64; and loops for what is counted."""

import functools
import math

import numpy as np

from spec.kit import Bounded
from spec.kit.oracle import leaf, narrow, wide

# --------------------------------------------------------------- normalisation


def norm(name, x, weight, bias, grad, eps):
    """PyTorch's layer; the scale of x's gradient is that of the terms that cancel in it."""
    import torch
    from torch.nn import functional

    t, w = leaf(x), leaf(weight)
    b = leaf(np.zeros_like(weight) if bias is None else bias)
    if name == "LayerNorm":
        result = functional.layer_norm(t, w.shape, w, b, eps)
        root = torch.sqrt(((t - t.mean(-1, keepdim=True)) ** 2).mean(-1, keepdim=True) + eps)
    else:
        result = functional.rms_norm(t, w.shape, w, eps)
        root = torch.sqrt((t * t).mean(-1, keepdim=True) + eps)
    result.backward(wide(grad))
    size = (wide(grad) * w).abs().amax(-1, keepdim=True) / root
    size, reach = size.detach(), (t.abs().amax(-1, keepdim=True) / root).detach()
    scale = reach * abs(weight).max() + b.detach().abs().max()
    found = {
        "value": Bounded(narrow(result, x.dtype), scale),
        "grad of x": Bounded(narrow(t.grad, x.dtype), 4 * size * (1 + reach)),
        "grad of weight": Bounded(
            narrow(w.grad, x.dtype), abs(grad).sum() * float(reach.max() if x.size else 1) + 1e-30
        ),
    }
    if bias is not None:
        found["grad of bias"] = Bounded(narrow(b.grad, x.dtype), abs(grad).sum() + 1e-30)
    return {**found, "x": np.array(x)}


def norms_twice(name, xs, grads):
    ones = np.ones(xs[0].shape[-1])
    return [norm(name, x, ones, None, grad, 1e-5)["grad of x"] for x, grad in zip(xs, grads, strict=True)]


# ------------------------------------------------------------------------ twin


@functools.cache
def twins():
    """Classes made of PyTorch's layers, with our names for them."""
    import torch
    from torch import nn
    from torch.nn import functional

    class FeedForward(nn.Module):
        def __init__(self, dim, hidden, bias=True):
            super().__init__()
            self.up, self.down = nn.Linear(dim, hidden, bias), nn.Linear(hidden, dim, bias)

        def forward(self, x):
            return self.down(functional.gelu(self.up(x), approximate="tanh"))

    class SwiGLU(nn.Module):
        def __init__(self, dim, hidden):
            super().__init__()
            self.gate, self.up = nn.Linear(dim, hidden, False), nn.Linear(dim, hidden, False)
            self.down = nn.Linear(hidden, dim, False)

        def forward(self, x):
            return self.down(functional.silu(self.gate(x)) * self.up(x))

    class RotaryAttention(nn.Module):
        def __init__(self, dim, num_heads):
            super().__init__()
            self.heads, self.size = num_heads, dim // num_heads
            self.q, self.k, self.v, self.o = (nn.Linear(dim, dim, False) for _ in range(4))

        def forward(self, x, *others, key_padding_mask=None, attn_mask=None, need_weights=False):
            speeds = 10000.0 ** (-torch.arange(0, self.size, 2, dtype=x.dtype) / self.size)
            angles = torch.outer(torch.arange(x.shape[-2], dtype=x.dtype), speeds)
            turns = torch.polar(torch.ones_like(angles), angles)

            def split(layer):
                return layer(x).unflatten(-1, (self.heads, self.size)).transpose(-3, -2)

            def rotated(y):
                return torch.view_as_real(torch.view_as_complex(y.unflatten(-1, (-1, 2)).contiguous()) * turns).flatten(
                    -2
                )

            mask = None if attn_mask is None else ~attn_mask
            q, k, v = rotated(split(self.q)), rotated(split(self.k)), split(self.v)
            seen = functional.scaled_dot_product_attention(q, k, v, mask)
            return self.o(seen.transpose(-3, -2).flatten(-2)), None

    class Block(nn.Module):
        def __init__(self, dim, num_heads, hidden=None, norm="LayerNorm", network="FeedForward", rotary=False):
            super().__init__()
            kind = nn.LayerNorm if norm == "LayerNorm" else functools.partial(nn.RMSNorm, eps=1e-5)
            self.norm1 = kind(dim)
            self.attention = (
                RotaryAttention(dim, num_heads) if rotary else nn.MultiheadAttention(dim, num_heads, batch_first=True)
            )
            self.norm2 = kind(dim)
            self.feed_forward = {"FeedForward": FeedForward, "SwiGLU": SwiGLU}[network](dim, hidden or 4 * dim)

        def forward(self, x, key_padding_mask=None, is_causal=True):
            n = x.shape[-2]
            ahead = torch.ones(n, n, dtype=torch.bool).triu(1) if is_causal else None
            y = self.norm1(x)
            x = x + self.attention(y, y, y, key_padding_mask=key_padding_mask, attn_mask=ahead, need_weights=False)[0]
            return x + self.feed_forward(self.norm2(x))

    class GPT(nn.Module):
        def __init__(self, vocab_size, dim, num_layers, num_heads, context, tie_weights=True):
            super().__init__()
            self.token_embedding, self.position_embedding = nn.Embedding(vocab_size, dim), nn.Embedding(context, dim)
            self.blocks = nn.ModuleList([Block(dim, num_heads) for _ in range(num_layers)])
            self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, vocab_size, bias=False)
            if tie_weights:
                self.head.weight = self.token_embedding.weight

        def forward(self, ids):
            x = self.token_embedding(ids) + self.position_embedding.weight[: ids.shape[-1]]
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    return {"FeedForward": FeedForward, "SwiGLU": SwiGLU, "TransformerBlock": Block, "GPT": GPT}


def twin(name, settings, state):
    made = twins()[name](**settings).double()
    made.load_state_dict({key: wide(array) for key, array in state.items()})
    return made


def gradients_of(made):
    return {f"grad of {key}": narrow(p.grad, "float64") for key, p in sorted(made.named_parameters())}


def module(name, settings, state, x, grad):
    made = twin(name, settings, state)
    t = leaf(x)
    result = made(t)
    result.backward(wide(grad))
    return {"value": result, "grad of x": t.grad, **gradients_of(made)}


def block(settings, parts, state, x, grad, hidden_tokens, is_causal):
    norm, network, hidden, *attention = parts
    kinds = {"hidden": hidden, "norm": norm, "network": network, "rotary": bool(attention)}
    made = twin("TransformerBlock", {**settings, **kinds}, state)
    t = leaf(x)
    result = made(t, None if hidden_tokens is None else wide(hidden_tokens), is_causal)
    result.backward(wide(grad))
    return {"value": result, "grad of x": t.grad, **gradients_of(made)}


# ------------------------------------------------------------------------- GPT


def logits(settings, state, ids, form="array"):
    return narrow(twin("GPT", settings, state)(wide(ids)), "float64")


def gpt_gradients(settings, state, ids, targets):
    from torch.nn.functional import cross_entropy

    made = twin("GPT", settings, state)
    result = made(wide(ids))
    loss = cross_entropy(result.reshape(-1, settings["vocab_size"]), wide(targets).reshape(-1))
    loss.backward()
    return {"logits": result, "value": loss, **gradients_of(made)}


def trained(settings, state, ids, targets, lr, steps):
    import torch
    from torch.nn.functional import cross_entropy

    made = twin("GPT", settings, state)
    for _ in range(steps):
        made.zero_grad()
        cross_entropy(made(wide(ids)).reshape(-1, settings["vocab_size"]), wide(targets).reshape(-1)).backward()
        with torch.no_grad():
            for p in made.parameters():
                p -= lr * p.grad
    return {key: narrow(t, "float64") for key, t in made.state_dict().items()}


# ------------------------------------------------------------------ generation


def next_probabilities(logits, temperature, top_k, top_p):
    """Row by row: sort, cut off, add up until it is enough."""
    rows = np.asarray(logits, "float64").reshape(-1, np.shape(logits)[-1])
    result = np.zeros_like(rows)
    for row, chances in zip(rows, result, strict=True):
        order = sorted(range(len(row)), key=lambda token: (-row[token], token))
        if temperature == 0:
            chances[order[0]] = 1.0
            continue
        order = order[:top_k]
        weights = [math.exp(max(-745.0, (row[token] - row[order[0]]) / temperature)) for token in order]
        total, enough = sum(weights), 0.0
        kept = []
        for token, weight in zip(order, weights, strict=True):
            if top_p is not None and kept and enough >= top_p:
                break
            kept.append((token, weight / total))
            enough += weight / total
        whole = sum(chance for _, chance in kept)
        for token, chance in kept:
            chances[token] = chance / whole
    return result.reshape(np.shape(logits))


def margin(logits, temperature, top_k, top_p):
    """How near a sum of chances comes to top_p: on a knife's edge rounding decides."""
    if top_p in (None, 1.0) or temperature == 0:
        return 1.0
    chances = next_probabilities(logits, temperature, top_k, None)
    sums = np.cumsum(np.sort(chances, axis=-1)[..., ::-1], axis=-1)
    return float(abs(sums - top_p).min())


def greedy(settings, state, prompt, n, more=None):
    """The twin's likeliest token, again and again; and by how much it was the likeliest, at least."""
    made = twin("GPT", settings, state)
    ids, lead = np.asarray(prompt), math.inf
    for _ in range(n):
        rows = made(wide(ids[..., -settings["context"] :])).detach().numpy()[..., -1, :]
        best = np.sort(rows, axis=-1)
        lead = min(lead, float((best[..., -1] - best[..., -2]).min()))
        ids = np.concatenate([ids, rows.argmax(-1)[..., None]], axis=-1)
    return ids, lead


# ----------------------------------------------------------------------- GPT-2


def gpt2_logits(state, num_heads, ids):
    """GPT-2's forward pass, step by step, on its own state."""
    import torch
    from torch.nn.functional import gelu, layer_norm

    w = {name.removeprefix("transformer."): wide(array) for name, array in state.items()}
    dim, n = w["wte.weight"].shape[1], len(ids)
    x = w["wte.weight"][wide(ids)] + w["wpe.weight"][:n]

    def normed(x, name):
        return layer_norm(x, (dim,), w[f"{name}.weight"], w[f"{name}.bias"], 1e-5)

    def conv1d(x, name):
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    layer = 0
    while f"h.{layer}.ln_1.weight" in w:
        h = f"h.{layer}"
        q, k, v = (
            part.reshape(n, num_heads, dim // num_heads).transpose(0, 1)
            for part in conv1d(normed(x, f"{h}.ln_1"), f"{h}.attn.c_attn").split(dim, dim=-1)
        )
        scores = q @ k.transpose(-1, -2) / math.sqrt(dim // num_heads)
        scores = scores.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), -math.inf)
        seen = (torch.softmax(scores, -1) @ v).transpose(0, 1).reshape(n, dim)
        x = x + conv1d(seen, f"{h}.attn.c_proj")
        wider = gelu(conv1d(normed(x, f"{h}.ln_2"), f"{h}.mlp.c_fc"), approximate="tanh")
        x = x + conv1d(wider, f"{h}.mlp.c_proj")
        layer += 1
    head = w.get("lm_head.weight", w["wte.weight"])
    return narrow(normed(x, "ln_f") @ head.T, "float64")


# --------------------------------------------------------------------- reflect


def gpt_flops(vocab_size, dim, num_layers, n):
    """Product by product, each (rows, inner) @ (inner, columns)."""
    products = []
    for _ in range(num_layers):
        products += [(n, dim, 3 * dim), (n, dim, n), (n, n, dim), (n, dim, dim), (n, dim, 4 * dim), (n, 4 * dim, dim)]
    products.append((n, dim, vocab_size))
    return sum(2 * rows * inner * columns for rows, inner, columns in products)


# ----------------------------------------------------------------------- speed


def norm_loops(x):
    """The judge's own loops over the elements of an array."""
    y = np.zeros_like(x)
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(x.shape[1]):
            total += x[i, j]
        mean, squares = total / x.shape[1], 0.0
        for j in range(x.shape[1]):
            squares += (x[i, j] - mean) ** 2
        root = math.sqrt(squares / x.shape[1] + 1e-5)
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - mean) / root
    return y


def one_thread_step(settings, ids, targets):
    """A step of the twin in float32, there and back, on one thread, to be timed."""
    import torch
    from torch.nn.functional import cross_entropy

    torch.set_num_threads(1)
    made = twins()["GPT"](**settings)
    ids, targets = torch.from_numpy(ids), torch.from_numpy(targets).reshape(-1)

    def step():
        made.zero_grad()
        cross_entropy(made(ids).reshape(-1, settings["vocab_size"]), targets).backward()

    return step
