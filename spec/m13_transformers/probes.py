"""How the laws of m13 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.LayerNorm`, `tt.GPT`, `tt.generate`, … `settings` are the arguments of a layer or a model.
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


def built(tt, name, settings, state=None, dtype="float64"):
    """A module in this dtype, with a state if there is one."""
    module = getattr(tt, name)(**settings).to(dtype)
    if state is not None:
        module.load_state_dict(state)
    return module


def gpt(tt, settings, state, dtype="float64"):
    return built(tt, "GPT", settings, state, dtype)


def scripted_model(tt, table, context):
    """A Module that answers from a table: after token t the logits are table[t]. It notes what it is shown, and whether that
    is recorded for gradients, or happens in training mode."""

    class Scripted(tt.Module):
        def __init__(self):
            super().__init__()
            self.context, self.shown, self.recorded, self.trained = context, [], [], []

        def forward(self, ids):
            ids = np.asarray(ids.data if isinstance(ids, tt.Tensor) else ids)
            self.shown.append(ids.copy())
            self.recorded.append(bool((tt.Tensor(np.zeros(1), requires_grad=True) * 2.0).requires_grad))
            self.trained.append(self.training)
            return tt.Tensor(table[ids])

    return Scripted()


# --------------------------------------------------------------- normalisation


def norm(tt, name, x, weight, bias, grad, eps):
    """A LayerNorm or RMSNorm with these values: what it gives, all gradients, and x afterwards. Without a bias it is made
    without one."""
    settings = {"dim": x.shape[-1], "eps": eps}
    if name == "LayerNorm" and bias is None:
        settings["bias"] = False
    state = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    layer = built(tt, name, settings, state, x.dtype.name)
    t = tt.Tensor(x, requires_grad=True)
    named = dict(layer.named_parameters())
    found = with_gradients(layer(t), grad, {"x": t, **{key: named[key] for key in state}})
    return {**found, "x": t.data.copy()}


def norms_twice(tt, name, xs, grads):
    """The gradients of two inputs of one layer, whose results wait for their way back together."""
    layer = built(tt, name, {"dim": xs[0].shape[-1]})
    leaves = [tt.Tensor(x, requires_grad=True) for x in xs]
    results = [layer(t) for t in leaves]
    for result, grad in zip(results, grads, strict=True):
        result.backward(grad)
    return [t.grad for t in leaves]


def applied(tt, name, settings, x):
    """What a new layer makes of x."""
    return getattr(tt, name)(**settings)(tt.Tensor(x)).data


def state_of(tt, name, settings):
    return getattr(tt, name)(**settings).state_dict()


def generator_moves_on(tt, name, settings, seed):
    """The matrices of two modules that are made with one generator."""
    rng = np.random.default_rng(seed)
    return [getattr(tt, name)(**settings, rng=rng).state_dict() for _ in range(2)]


# ---------------------------------------------------------------------- blocks


def module(tt, name, settings, state, x, grad):
    """A module with this state: what it gives, and all gradients."""
    made = built(tt, name, settings, state)
    t = tt.Tensor(x, requires_grad=True)
    return with_gradients(made(t), grad, {"x": t, **dict(sorted(made.named_parameters()))})


def rotary_attention(tt, dim, num_heads):
    """Attention as Llama's, out of your own parts: queries and keys are rotated, nothing has a bias."""

    class RotaryAttention(tt.Module):
        def __init__(self):
            super().__init__()
            for name in ("q", "k", "v", "o"):
                setattr(self, name, tt.Linear(dim, dim, bias=False))
            self.rope = tt.RotaryEmbedding(dim // num_heads)

        def forward(self, query, key=None, value=None, attn_mask=None, key_padding_mask=None, is_causal=False, **_):
            *lead, n, _ = query.shape
            q, k, v = (
                layer(query).reshape(*lead, n, num_heads, dim // num_heads).transpose(-3, -2)
                for layer in (self.q, self.k, self.v)
            )
            mask = None if attn_mask is None else ~np.asarray(getattr(attn_mask, "data", attn_mask))
            seen = tt.scaled_dot_product_attention(self.rope(q), self.rope(k), v, mask=mask, is_causal=is_causal)
            return self.o(seen.transpose(-3, -2).reshape(*lead, n, dim))

    return RotaryAttention()


def block(tt, settings, parts, state, x, grad, hidden_tokens, is_causal):
    """A block with this state. `parts`: kinds of norm and feed-forward network, its width, and perhaps a kind of attention;
    other kinds are put in after the block was made. Causal without padding is what it is by default."""
    norm, network, hidden, *attention = parts
    made = tt.TransformerBlock(**settings, hidden=hidden)
    if attention:
        made.attention = rotary_attention(tt, **settings)
    if norm != "LayerNorm":
        made.norm1, made.norm2 = getattr(tt, norm)(settings["dim"]), getattr(tt, norm)(settings["dim"])
    if network != "FeedForward":
        made.feed_forward = getattr(tt, network)(settings["dim"], hidden)
    made.to("float64").load_state_dict(state)
    t = tt.Tensor(x, requires_grad=True)
    named = {} if is_causal else {"is_causal": False}
    if hidden_tokens is not None:
        named["key_padding_mask"] = hidden_tokens
    return with_gradients(made(t, **named), grad, {"x": t, **dict(sorted(made.named_parameters()))})


def dropped(tt, name, settings, state, x, training):
    """What a module with dropout makes of x (ids, for a GPT), in one mode, twice."""
    made = built(tt, name, settings, state).train(training)
    given = x if name == "GPT" else tt.Tensor(x)
    return [made(given).data.copy() for _ in range(2)]


def made(tt, name, settings):
    """Make a module; the number of its parameters."""
    return sum(p.size for p in getattr(tt, name)(**settings).parameters())


# ------------------------------------------------------------------------- GPT


def logits(tt, settings, state, ids, form="array", dtype="float64"):
    given = {"array": lambda: ids, "list": ids.tolist, "Tensor": lambda: tt.Tensor(ids)}[form]()
    return gpt(tt, settings, state, dtype)(given).data


def gpt_gradients(tt, settings, state, ids, targets):
    """Cross-entropy of a GPT, its logits, and the gradient of every Parameter."""
    model = gpt(tt, settings, state)
    result = model(ids)
    loss = tt.cross_entropy(result.reshape(-1, settings["vocab_size"]), tt.Tensor(targets.reshape(-1)))
    return {"logits": result.data, **with_gradients(loss, None, dict(sorted(model.named_parameters())))}


def loss_at_first(tt, settings, ids, targets):
    """Cross-entropy of a GPT that has learnt nothing."""
    result = tt.GPT(**settings)(ids)
    return tt.cross_entropy(result.reshape(-1, settings["vocab_size"]), tt.Tensor(targets.reshape(-1))).item()


def tied(tt, settings):
    """Whether head and table are one Parameter, how often it is listed, and how often it is saved."""
    model = tt.GPT(**settings)
    names = [name for name, p in model.named_parameters() if p is model.head.weight]
    both = ("token_embedding.weight", "head.weight")
    return {
        "one": model.head.weight is model.token_embedding.weight,
        "listed": len(names),
        "saved": [name for name in both if name in model.state_dict()],
    }


def loaded(tt, settings, state, ids):
    """Logits of a second GPT that is given the state of the first; and whether it is still tied."""
    first, second = gpt(tt, settings, state), gpt(tt, settings, None)
    second.load_state_dict(first.state_dict())
    return {
        "same": bool(np.array_equal(first(ids).data, second(ids).data)),
        "tied": second.head.weight is second.token_embedding.weight,
    }


def refused_ids(tt, settings, ids):
    return tt.GPT(**settings)(ids).data


# ------------------------------------------------------------------ generation


def next_probabilities(tt, logits, temperature, top_k, top_p):
    return tt.next_probabilities(logits, temperature, top_k, top_p)


def generated(tt, settings, state, prompt, n, how, form="array"):
    """A GPT goes on with a prompt, in training mode; `how` are the further arguments of generate."""
    model = gpt(tt, settings, state)
    given = {"array": lambda: prompt, "list": prompt.tolist, "Tensor": lambda: tt.Tensor(prompt)}[form]()
    return model.generate(given, n, **how)


def scripted(tt, table, context, prompt, n, how):
    """What generate makes of a scripted model: the ids, and all that the model was shown."""
    model = scripted_model(tt, table, context)
    ids = tt.generate(model, prompt, n, **how)
    quiet = {"recorded": any(model.recorded), "in training mode": any(model.trained), "afterwards": model.training}
    return {"ids": ids, "shown": model.shown, **quiet}


def nothing_added(tt, prompt):
    """What generate makes of a prompt to which nothing is added, and the prompt, after the former was written over."""
    mine = prompt.copy()
    ids = tt.generate(scripted_model(tt, np.eye(8), 4), mine, 0)
    answer = ids.copy()
    ids[...] = 7
    return {"ids": answer, "the prompt afterwards": mine}


def drawn(tt, table, prompt, n, how, times, seed):
    """What comes after a prompt, many times, with one generator that moves on."""
    model, rng = scripted_model(tt, table, 8), np.random.default_rng(seed)
    return np.stack([tt.generate(model, prompt, n, **how, rng=rng) for _ in range(times)])


def modes_afterwards(tt, settings, prompt, n):
    """The modes of a GPT's modules before and after generate: some of them in training mode, some not."""
    model = tt.GPT(**settings)
    model.blocks[0].eval()
    modes = [[module.training for module in model.modules()]]
    try:
        tt.generate(model, prompt, n)
        ended = "well"
    except IndexError:
        ended = "with an IndexError"
    modes.append([module.training for module in model.modules()])
    grads = [p.grad is None for p in model.parameters()]
    return {
        "ended": ended,
        "same": modes[0] == modes[1],
        "some of each": len(set(modes[0])) == 2,
        "no grad": all(grads),
    }


# ----------------------------------------------------------------------- GPT-2


def gpt2_names(tt, state):
    return {name: np.asarray(array).shape for name, array in tt.gpt2_state(state).items()}


def gpt2_logits(tt, state, num_heads, ids):
    """Logits of a GPT with a GPT-2's weights, in float64."""
    model = tt.from_gpt2_state(state, num_heads).to("float64")
    model.load_state_dict(tt.gpt2_state(state))  # once more: the model was made in float32
    return model(ids).data


def gpt2_model(tt, state, num_heads, ids):
    """What is made of a GPT-2's state, and whether it is alone in its memory."""
    mine = {name: array.copy() for name, array in state.items()}
    model = tt.from_gpt2_state(mine, num_heads)
    before = model(ids).data.copy()
    for array in mine.values():
        array[...] = 0.0
    names = ("vocab_size", "dim", "num_layers", "num_heads", "context")
    return {
        **{name: getattr(model, name) for name in names},
        "tied": model.head.weight is model.token_embedding.weight,
        "dtype": str(before.dtype),
        "in training mode": all(module.training for module in model.modules()),
        "alone": bool(np.array_equal(model(ids).data, before)),
    }


# ------------------------------------------------------------------------- use


def trained(tt, settings, state, ids, targets, lr, steps):
    """The state of a GPT after some steps of SGD."""
    model = gpt(tt, settings, state)
    optimizer = tt.SGD(model.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        result = model(ids).reshape(-1, settings["vocab_size"])
        tt.cross_entropy(result, tt.Tensor(targets.reshape(-1))).backward()
        optimizer.step()
    return model.state_dict()


def learns_by_heart(tt, text, settings, lr, steps, prompt):
    """A GPT on characters: its last loss, and how it goes on with a prompt without chance."""
    tokenizer = tt.CharTokenizer()
    tokenizer.train(text)
    ids = np.array(tokenizer.encode(text))
    model = tt.GPT(vocab_size=tokenizer.vocab_size, **settings)
    optimizer = tt.AdamW(model.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = tt.cross_entropy(model(ids[:-1]), tt.Tensor(ids[1:]))
        loss.backward()
        tt.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    begun = tokenizer.encode(prompt)
    told = model.generate(begun, len(text) - len(prompt), temperature=0)
    return {"loss": loss.item(), "text": tokenizer.decode(told.tolist())}


# --------------------------------------------------------------------- reflect


def formula(tt, name, *args, **named):
    return getattr(tt.reflect, name)(*args, **named)


def counted(tt, settings):
    """Numbers that a GPT learns, by formula and by counting; the same for its blocks; and bytes of the weights."""
    model = tt.GPT(**settings)
    arguments = (settings["vocab_size"], settings["dim"], settings["num_layers"], settings["context"])
    return {
        "gpt_parameters": tt.reflect.gpt_parameters(*arguments, settings.get("tie_weights", True)),
        "counted": sum(p.size for p in model.parameters()),
        "block_parameters": tt.reflect.block_parameters(settings["dim"]),
        "counted in a block": sum(p.size for p in model.blocks[0].parameters()),
        "weight_bytes": tt.reflect.weight_bytes(sum(p.size for p in model.parameters())),
        "measured": sum(p.data.nbytes for p in model.parameters()),
    }


def trained_bytes(tt, settings, ids, targets):
    """By formula, and of weights, gradients and Adam's state after a step."""
    model = tt.GPT(**settings)
    optimizer = tt.Adam(model.parameters())
    result = model(ids).reshape(-1, settings["vocab_size"])
    tt.cross_entropy(result, tt.Tensor(targets.reshape(-1))).backward()
    optimizer.step()
    parameters = list(model.parameters())
    return {
        "adam_bytes": tt.reflect.adam_bytes(sum(p.size for p in parameters)),
        "measured": sum(p.data.nbytes + (0 if p.grad is None else p.grad.nbytes) for p in parameters)
        + optimizer.state_bytes(),
    }


def tokens_read(tt, prompt, n, context):
    """By formula, and counted in what generate shows a model."""
    model = scripted_model(tt, np.eye(4), context)
    tt.generate(model, np.zeros(prompt, "int64"), n, temperature=0)
    return {"formula": tt.reflect.tokens_read(prompt, n, context), "counted": sum(ids.size for ids in model.shown)}


# ----------------------------------------------------------------------- speed


def normalised_again(tt, name, x, grad, repeat, session):
    """A norm there and back, `repeat` times; the first row of the gradient of x."""
    if "x" not in session:
        session["layer"], session["x"] = getattr(tt, name)(x.shape[-1]), tt.Tensor(x, requires_grad=True)
    t = session["x"]
    for _ in changing(t, repeat, session):
        t.grad = None
        session["layer"](t).backward(grad)
    return t.grad[0].copy()


def step_again(tt, settings, ids, targets, repeat, session):
    """A step of a GPT there and back, `repeat` times, one weight another each time; the gradient of the last bias."""
    if "model" not in session:
        session["model"] = tt.GPT(**settings, rng=0)
    model = session["model"]
    for _ in changing(model.norm.bias, repeat, session):
        for p in model.parameters():
            p.grad = None
        result = model(ids).reshape(-1, settings["vocab_size"])
        tt.cross_entropy(result, tt.Tensor(targets.reshape(-1))).backward()
    return copied(model.norm.bias)
