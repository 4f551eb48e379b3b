"""How the laws of m18 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.memoize`, `tt.KVCache`, `tt.generate_cached`, … `settings` are the arguments of a cache or a GPT,
`how` are those of a cache for a GPT (`capacity`, `window`), or of generate. `steps` are done one after another.
"""

import tracemalloc

import numpy as np

from ..kit.probing import changing

# ------------------------------------------------------------- kept answers


def asked(tt, calls, capacity):
    """A memoized function is called with each of `calls` (positions, names). It answers with the number of times that it was
    asked: so an answer says from when it is."""
    count = []

    def function(*args, **kwargs):
        count.append(args)
        return len(count)

    memo = tt.memoize(function, capacity)
    answers, kept = [], []
    for args, kwargs in calls:
        answers.append(memo(*args, **kwargs))
        kept.append(len(memo))
    return {"answers": answers, "hits": memo.hits, "misses": memo.misses, "kept": kept}


def same_key(tt, one, other):
    """Whether two calls (positions, names) have one key."""
    keys = [tt.call_key(*args, **kwargs) for args, kwargs in (one, other)]
    return len(set(keys)) == 1


def key_of_what_was(tt, x):
    """Whether the key of a list with an array in it is the same after both were changed."""
    x = x.copy()
    given = [x, 1]
    before = tt.call_key(given)
    x += 1
    return before == tt.call_key(given), before == tt.call_key([x - 1, 1])


def keyed_tensor(tt, x, inside):
    t = tt.Tensor(x)
    tt.call_key([1, {"a": t}] if inside else t)


def keyed_set(tt):
    tt.memoize(len)({1, 2})


def fibonacci(tt, n, capacity):
    """A function that calls its own memo; and how often it ran."""
    runs = []

    def function(k):
        runs.append(k)
        return k if k < 2 else memo(k - 1) + memo(k - 2)

    memo = tt.memoize(function, capacity)
    return {"value": memo(n), "runs": len(runs), "misses": memo.misses, "kept": len(memo)}


def memo_of(tt, capacity):
    tt.Memo(len, capacity)


def after_errors(tt, capacity, calls):
    """A function that fails for negative numbers, called and cleared: what came back, what it was asked, the counts."""
    seen = []

    def function(x):
        seen.append(x)
        if x < 0:
            raise ArithmeticError(x)
        return [x]

    memo, found = tt.memoize(function, capacity), []
    for x in calls:
        if x is None:
            memo.clear()
        else:
            try:
                found.append(memo(x)[0])
            except ArithmeticError:
                found.append("error")
    one = memo(7) is memo(7)
    try:
        memo({7})
    except TypeError:
        found.append("no key")
    return {"found": found, "asked": seen, "hits": memo.hits, "misses": memo.misses, "kept": len(memo), "one": one}


# --------------------------------------------------------------------- cache


def state_of(cache):
    return {"length": cache.length, "room": cache.room, "nbytes": cache.nbytes}


def tokens(settings, c, start, dtype="float64"):
    """Keys and values of c tokens: start, start + 0.1, start + 0.2, … and the opposites of these."""
    shape = settings["batch"], settings["heads"], c, settings["head_dim"]
    keys = (start + np.arange(np.prod(shape)).reshape(shape) / 10).astype(dtype)
    return keys, -keys


def one_step(cache, settings, step):
    """("append", layer, c, start) and perhaps a dtype: c tokens as `tokens` has them; ("append arrays", layer, keys, values);
    ("rollback", n); ("reset",). What came back, and how the cache stands."""
    name, *args = step
    if name == "append":
        args = [args[0], *tokens(settings, *args[1:])]
    back = getattr(cache, name.partition(" ")[0])(*args)
    return {"back": [] if back is None else [array.copy() for array in back], **state_of(cache)}


def kept(tt, steps, settings, session):
    """A KVCache, and steps with it."""
    cache, _ = session["made"] = tt.KVCache(**settings), settings
    return [one_step(cache, settings, step) for step in steps]


def step(tt, step, after, session):
    """One more step with the cache of `kept`. `after` says what it has been through."""
    return one_step(*session["made"], step)


def traits(tt, settings):
    cache = tt.KVCache(**settings)
    names = ("layers", "batch", "heads", "capacity", "head_dim", "window")
    return {**{name: getattr(cache, name) for name in names}, "dtype": str(cache.dtype), **state_of(cache)}


def places(tt, sizes, settings):
    """Where in memory the first token of every layer lies after each append, whether what was given back earlier
    still holds, and whether a write into what was given in changes what is kept."""
    cache = tt.KVCache(**settings)
    addresses, copies, views = [], [], []
    for turn, c in enumerate(sizes):
        keys, values = tokens(settings, c, 10 * turn)
        row = []
        for layer in range(settings["layers"]):
            given = keys + layer, values - layer
            back = cache.append(layer, *given)
            views += back
            copies += [array.copy() for array in back]
            for array in given:
                array[:] = -99.0
            row.append([array.__array_interface__["data"][0] for array in back])
        addresses.append(row)
    held = all(np.array_equal(view, copy) for view, copy in zip(views, copies, strict=True))
    return {"stays": all(row == addresses[0] for row in addresses), "held": held}


def memory(tt, times, settings):
    """nbytes of a cache; bytes that were taken to make it; the most that were taken while tokens came one at a time."""
    keys, _ = tokens(settings, 1, 0)
    first = tt.KVCache(**{**settings, "capacity": 2, "window": None})  # what is imported or kept at first use
    first.append(0, keys, keys)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    cache = tt.KVCache(**settings)
    made, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _ in range(times):
        for layer in range(settings["layers"]):
            cache.append(layer, keys, keys)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"nbytes": cache.nbytes, "made": made - before, "filled": peak - made}


# ----------------------------------------------------------------- attention


def mask(tt, queries, keys, window):
    return tt.cached_mask(queries, keys, window).data


def attended(tt, window, q, keys, values):
    return tt.cached_attention(tt.Tensor(q), keys, values, window).data


# ----------------------------------------------------------------------- GPT


def gpt(tt, settings, state=None, dtype="float64", others=False):
    """A GPT in this dtype; `others`: with other norms and networks in its blocks, and an attention without biases."""
    model = tt.GPT(**settings, rng=3)
    if others:
        for block in model.blocks:
            block.norm1, block.norm2 = tt.RMSNorm(settings["dim"]), tt.RMSNorm(settings["dim"])
            block.feed_forward = tt.SwiGLU(settings["dim"], 5, rng=4)
            block.attention = tt.MultiHeadAttention(settings["dim"], settings["num_heads"], bias=False, rng=5)
        model.norm = tt.RMSNorm(settings["dim"])
    model.to(dtype)
    if state is not None:
        model.load_state_dict(state)
    else:
        for parameter in model.parameters():
            if len(parameter.shape) == 2:
                parameter.data[:] *= 20  # so that tokens matter to each other
    return model


def in_form(tt, ids, form):
    return {"array": lambda: ids, "list": ids.tolist, "Tensor": lambda: tt.Tensor(ids)}[form]()


def story(tt, how, steps, form, settings, state, session):
    """Steps with a GPT and one cache: ("read", ids), ("rollback", n) or ("reset",): logits of what is read, and the length."""
    model = session["model"] = gpt(tt, settings, state)
    cache = session["cache"] = tt.cache_for(model, **how)
    found = []
    for name, *args in steps:
        if name == "read":
            found.append(tt.forward_cached(model, in_form(tt, args[0], form), cache).data)
        else:
            getattr(cache, name)(*args)
        found.append(cache.length)
    return found


def read_more(tt, ids, after, session):
    """The model and the cache of `story` read on. `after` says what they have read, and refused."""
    return tt.forward_cached(session["model"], ids, session["cache"]).data


def read_with(tt, cache_settings, ids, settings):
    """Read with a cache of any sizes."""
    return tt.forward_cached(gpt(tt, settings), ids, tt.KVCache(**cache_settings)).data


def attention_pieces(tt, sizes, heads, bias, x):
    """A MultiHeadAttention on all tokens at once, causally, and in pieces with layer 1 of a cache; whether that was recorded."""
    batch, n, dim = x.shape
    attention = tt.MultiHeadAttention(dim, heads, bias=bias, rng=2).to("float64")
    attention.in_proj_weight.data[:] *= 2
    if bias:
        attention.in_proj_bias.data[:] = np.linspace(-1, 1, 3 * dim)
    cache = tt.KVCache(2, batch, heads, n, dim // heads, "float64")
    pieces = np.split(x, np.cumsum(sizes)[:-1], axis=1)
    found = [tt.attend_cached(attention, tt.Tensor(piece), cache, 1) for piece in pieces]
    recorded = any(piece.requires_grad for piece in found)
    whole = attention(tt.Tensor(x), is_causal=True).data
    return {"whole": whole, "pieces": np.concatenate([piece.data for piece in found], axis=1), "recorded": recorded}


def contents(tt, how, pieces, settings, state):
    """What every layer's cache holds once the pieces are read: a further token of zeros brings it to light."""
    model = gpt(tt, settings, state)
    cache = tt.cache_for(model, **how)
    for ids in pieces:
        tt.forward_cached(model, ids, cache)
    zeros = np.zeros((cache.batch, cache.heads, 1, cache.head_dim))
    return [[array[:, :, :-1].copy() for array in cache.append(i, zeros, zeros)] for i in range(cache.layers)]


def broken_off(tt, how, pieces, settings, state):
    """A pass that ends with an error in block 0, whose layer is then ahead; a step back of 0; and what is read thereafter."""

    class Fails(tt.Module):
        def forward(self, x):
            raise ArithmeticError

    model = gpt(tt, settings, state)
    cache, block = tt.cache_for(model, **how), model.blocks[0]
    tt.forward_cached(model, pieces[0], cache)
    whole, block.feed_forward = block.feed_forward, Fails()
    for ids in pieces[1:]:
        try:
            tt.forward_cached(model, ids, cache)
        except ArithmeticError:
            cache.rollback(0)
    block.feed_forward = whole
    return [tt.forward_cached(model, ids, cache).data for ids in pieces[1:]]


def side_by_side(tt, texts, settings, state):
    """Two texts, read token by token in turns by one model with a cache each."""
    model = gpt(tt, settings, state)
    caches, found = [tt.cache_for(model) for _ in texts], [[] for _ in texts]
    for turn in range(len(texts[0])):
        for text, cache, rows in zip(texts, caches, found, strict=True):
            rows.append(tt.forward_cached(model, text[turn : turn + 1], cache).data)
    return [np.concatenate(rows) for rows in found]


def whole_and_pieces(tt, cuts, others, dtype, ids, settings):
    """Logits of a text read at once by the model as it is, and read in pieces with a cache."""
    model = gpt(tt, settings, dtype=dtype, others=others)
    cache = tt.cache_for(model, batch=len(ids))
    pieces = [tt.forward_cached(model, piece, cache).data for piece in np.split(ids, cuts, axis=1)]
    return {"whole": model(ids).data, "pieces": np.concatenate(pieces, axis=1)}


def quiet(tt, training, ids, settings):
    """With dropout and gradients on: what is noted, what is dropped, which modes are left."""
    model = gpt(tt, {**settings, "dropout": 0.5}).train(training)
    model.norm.train(not training)
    caches = [tt.cache_for(model) for _ in range(2)]
    one, other = (tt.forward_cached(model, ids, cache) for cache in caches)
    after = tt.forward_cached(model, ids[:1], caches[0])
    modes = [model.training, model.norm.training]
    return {
        "needs a gradient": one.requires_grad or after.requires_grad,
        "twice the same": np.array_equal(one.data, other.data),
        "in eval mode": np.allclose(one.data, model.eval()(ids).data),
        "modes": modes,
        "recorded afterwards": bool(model(ids).requires_grad),
    }


def modes_afterwards(tt, training, bad, ids, n, settings):
    """With dropout in blocks, and within a block's network: modes of a model and one of its modules after a text was written, or
    could not be (a bad id in the prompt); the text, and that of `generate`."""
    model = gpt(tt, {**settings, "dropout": 0.5})
    model.blocks[0].feed_forward = tt.Sequential(model.blocks[0].feed_forward, tt.Dropout(0.5))
    model.train(training)
    model.norm.train(not training)
    text = tt.generate_cached(model, ids, n, rng=1)
    try:
        if bad:
            tt.generate_cached(model, [settings["vocab_size"]], n)
    except IndexError:
        pass
    modes = [model.training, model.norm.training]
    return {"modes": modes, "text": text, "text of generate": tt.generate(model.eval(), ids, n, rng=1)}


def watched(tt, model):
    """Puts a module that counts in the place of each norm, network and head of a model; where the counts will stand."""
    counts = {}

    class Watched(tt.Module):
        def __init__(self, name, inner):
            super().__init__()
            self.name, self.inner = name, inner

        def forward(self, x, **named):
            counts.setdefault(self.name, []).append(int(np.prod(x.shape[:-1])))
            return self.inner(x, **named)

    for i, block in enumerate(model.blocks):
        for name in ("norm1", "norm2", "feed_forward"):
            setattr(block, name, Watched(f"{name} of block {i}", getattr(block, name)))
    model.norm, model.head = Watched("norm", model.norm), Watched("head", model.head)
    return counts


def rows_of_pieces(tt, how, pieces, settings):
    """How many rows went through each part of a model, in each of its passes."""
    model = gpt(tt, settings)
    counts = watched(tt, model)
    cache = tt.cache_for(model, **how)
    for ids in pieces:
        tt.forward_cached(model, ids, cache)
    return counts


def rows_of_text(tt, n, cached, prompt, settings):
    """How many rows went through each part of a model, all passes together, while it wrote a text."""
    model = gpt(tt, settings)
    counts = watched(tt, model)
    (tt.generate_cached if cached else tt.generate)(model, prompt, n, temperature=0)
    return {name: sum(rows) for name, rows in counts.items()}


# ---------------------------------------------------------------------- text


def written(tt, n, how, capacity_and_window, form, prompt, settings, state):
    """The text that a model writes with a cache, with a window or without."""
    model = gpt(tt, settings, state)
    named = dict(how)
    if capacity_and_window is not None:
        capacity, window = capacity_and_window
        named["cache"] = tt.cache_for(model, np.atleast_2d(prompt).shape[0], capacity, window)
    return tt.generate_cached(model, in_form(tt, prompt, form), n, **named)


def both_ways(tt, n, how, prompt, settings, state):
    """The same text with a cache and without; and the next number of a generator that both were given."""
    model = gpt(tt, settings, state)
    found = {}
    for name in ("generate_cached", "generate"):
        rng = np.random.default_rng(how["rng"])
        text = getattr(tt, name)(model, prompt, n, **{**how, "rng": rng})
        found[name], found[f"after {name}"] = text, float(rng.random())
    return found


def kept_by_text(tt, n, stop, capacity, prompt, settings, state):
    """A text with a given cache, and what the cache says afterwards; then it goes on from where it stopped."""
    model = gpt(tt, settings, state)
    cache = tt.cache_for(model, capacity=capacity)
    first = tt.generate_cached(model, prompt, n, temperature=0, stop=stop, cache=cache)
    length, nbytes = cache.length, cache.nbytes
    second = tt.generate_cached(model, first[-1:], n, temperature=0, cache=cache)
    return {"first": first, "length": length, "nbytes": nbytes, "on": second, "length at last": cache.length}


def write_with(tt, n, how, prompt, settings, session):
    """A text with a cache of `how`, which stays."""
    model = gpt(tt, settings)
    session["model"], session["cache"] = model, tt.cache_for(model, **how)
    return tt.generate_cached(model, prompt, n, temperature=0, cache=session["cache"])


def write_on(tt, prompt, n, after, session):
    """The text of `write_with` goes on: what comes after its prompt. `after` says what has been written."""
    return tt.generate_cached(session["model"], prompt, n, temperature=0, cache=session["cache"])


def plain_text(tt, prompt, n, how, settings):
    return tt.generate_cached(gpt(tt, settings), prompt, n, **how)


def length_now(tt, after, session):
    """Length of the cache of `write_with`; `after` says what has been written, or refused."""
    return session["cache"].length


# ------------------------------------------------------------------- batches


def answered(tt, n, max_batch, prompts, settings, state):
    """Prompts that arrive together, written in batches; each text, and each written alone."""
    model = gpt(tt, settings, state)
    made = tt.BatchScheduler(max_batch, 0.0, lambda b: 1.0)
    batches = tt.serve_all(made, [tt.Request(i, 0.0) for i in range(len(prompts))])
    texts = {}
    for batch in batches:
        rows = tt.generate_cached(model, prompts[list(batch.ids)], n, temperature=0)
        texts |= dict(zip(batch.ids, rows, strict=True))
    alone = [tt.generate_cached(model, prompt, n, temperature=0) for prompt in prompts]
    return {"together": [texts[i] for i in range(len(prompts))], "alone": alone, "batches": len(batches)}


# ------------------------------------------------------------ reflect, speed


def formula(tt, name, *args):
    return getattr(tt.reflect, name)(*args)


def scanned(tt, distinct, rounds, capacity):
    """Hits by formula, and of a memo that is really asked."""
    memo = tt.memoize(lambda x: x, capacity)
    for _ in range(rounds):
        for x in range(distinct):
            memo(x)
    return {"formula": tt.reflect.scan_hits(distinct, rounds, capacity), "measured": memo.hits}


def write_again(tt, settings, cached, t, n, repeat, session):
    """n tokens after a prompt of t, `repeat` times, of another model each time; the last text's end."""
    model = session.setdefault("model", tt.GPT(**settings, rng=0))
    for _ in changing(model.norm.bias, repeat, session):
        prompt = np.full(t, repeat % settings["vocab_size"])
        text = (tt.generate_cached if cached else tt.generate)(model, prompt, n, temperature=0)
    return text[-1:]


def step_again(tt, settings, past, repeat, session):
    """One token after `past` ones, `repeat` times, another one each time; its logits."""
    if past not in session:
        model = session.setdefault("model", tt.GPT(**settings, rng=0))
        session[past] = tt.cache_for(model)
        tt.forward_cached(model, np.arange(past) % settings["vocab_size"], session[past])
    model, cache = session["model"], session[past]
    for turn in range(repeat):
        logits = tt.forward_cached(model, [turn % settings["vocab_size"]], cache).data
        cache.rollback(1)
    return logits
