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


def one_step(cache, step):
    """("append", layer, keys, values), ("rollback", n) or ("reset",): what came back, and how the cache stands."""
    name, *args = step
    back = getattr(cache, name)(*args)
    return {"back": [] if back is None else [array.copy() for array in back], **state_of(cache)}


def kept(tt, settings, steps, session):
    """A KVCache, and steps with it."""
    session["cache"] = tt.KVCache(**settings)
    return [one_step(session["cache"], step) for step in steps]


def step(tt, step, session):
    """One more step with the cache of `kept`."""
    return one_step(session["cache"], step)


def traits(tt, settings):
    cache = tt.KVCache(**settings)
    names = ("layers", "batch", "heads", "capacity", "head_dim", "window")
    return {**{name: getattr(cache, name) for name in names}, "dtype": str(cache.dtype), **state_of(cache)}


def places(tt, settings, chunks):
    """Where in memory the first token of every layer lies after each append, whether what was given back earlier
    still holds, and whether a write into what was given in changes what is kept."""
    cache = tt.KVCache(**settings)
    addresses, copies, views = [], [], []
    for keys, values in chunks:
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


def memory(tt, settings, keys, times):
    """nbytes of a cache; bytes that were taken to make it; the most that were taken while tokens came one at a time."""
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


def attended(tt, q, keys, values, window):
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
    return model


def in_form(tt, ids, form):
    return {"array": lambda: ids, "list": ids.tolist, "Tensor": lambda: tt.Tensor(ids)}[form]()


def story(tt, settings, state, how, steps, form, session, dtype="float64"):
    """Steps with a GPT and one cache: ("read", ids), ("rollback", n) or ("reset",): logits of what is read, and the length."""
    model = session["model"] = gpt(tt, settings, state, dtype)
    cache = session["cache"] = tt.cache_for(model, **how)
    found = []
    for name, *args in steps:
        if name == "read":
            found.append(tt.forward_cached(model, in_form(tt, args[0], form), cache).data)
        else:
            getattr(cache, name)(*args)
        found.append(cache.length)
    return found


def read_more(tt, ids, session):
    """The model and the cache of `story` read on."""
    return tt.forward_cached(session["model"], ids, session["cache"]).data


def read_with(tt, settings, cache_settings, ids):
    """Read with a cache of any sizes."""
    return tt.forward_cached(gpt(tt, settings), ids, tt.KVCache(**cache_settings)).data


def attention_pieces(tt, heads, x, sizes, bias):
    """A MultiHeadAttention on all tokens at once, causally, and in pieces with layer 1 of a cache."""
    batch, n, dim = x.shape
    attention = tt.MultiHeadAttention(dim, heads, bias=bias, rng=2).to("float64")
    if bias:
        attention.in_proj_bias.data[:] = np.linspace(-1, 1, 3 * dim)
    cache = tt.KVCache(2, batch, heads, n, dim // heads, "float64")
    pieces = np.split(x, np.cumsum(sizes)[:-1], axis=1)
    with tt.no_grad():
        found = [tt.attend_cached(attention, tt.Tensor(piece), cache, 1).data for piece in pieces]
        whole = attention(tt.Tensor(x), is_causal=True).data
    return {"whole": whole, "pieces": np.concatenate(found, axis=1)}


def contents(tt, settings, state, how, pieces):
    """What every layer's cache holds once the pieces are read: a further token of zeros brings it to light."""
    model = gpt(tt, settings, state)
    cache = tt.cache_for(model, **how)
    for ids in pieces:
        tt.forward_cached(model, ids, cache)
    zeros = np.zeros((cache.batch, cache.heads, 1, cache.head_dim))
    return [[array[:, :, :-1].copy() for array in cache.append(i, zeros, zeros)] for i in range(cache.layers)]


def side_by_side(tt, settings, state, texts):
    """Two texts, read token by token in turns by one model with a cache each."""
    model = gpt(tt, settings, state)
    caches, found = [tt.cache_for(model) for _ in texts], [[] for _ in texts]
    for turn in range(len(texts[0])):
        for text, cache, rows in zip(texts, caches, found, strict=True):
            rows.append(tt.forward_cached(model, text[turn : turn + 1], cache).data)
    return [np.concatenate(rows) for rows in found]


def whole_and_pieces(tt, settings, ids, cuts, others, dtype):
    """Logits of a text read at once by the model as it is, and read in pieces with a cache."""
    model = gpt(tt, settings, dtype=dtype, others=others)
    cache = tt.cache_for(model, batch=len(ids))
    pieces = [tt.forward_cached(model, piece, cache).data for piece in np.split(ids, cuts, axis=1)]
    return {"whole": model(ids).data, "pieces": np.concatenate(pieces, axis=1)}


def quiet(tt, settings, ids, training):
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


def modes_afterwards(tt, settings, ids, training, bad):
    """Modes of a model and one of its modules after a text was written, or could not be (a bad id in the prompt)."""
    model = gpt(tt, {**settings, "dropout": 0.5}).train(training)
    model.norm.train(not training)
    tokens = []
    try:
        tokens = [tt.generate_cached(model, ids, 2, rng=1).tolist() for _ in range(2)]
        if bad:
            tt.generate_cached(model, [settings["vocab_size"]], 2)
    except IndexError:
        tokens.append("refused")
    return {"modes": [model.training, model.norm.training], "tokens": tokens}


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


def rows_of_pieces(tt, settings, how, pieces):
    """How many rows went through each part of a model, in each of its passes."""
    model = gpt(tt, settings)
    counts = watched(tt, model)
    cache = tt.cache_for(model, **how)
    for ids in pieces:
        tt.forward_cached(model, ids, cache)
    return counts


def rows_of_text(tt, settings, prompt, n, cached):
    """How many rows went through each part of a model, all passes together, while it wrote a text."""
    model = gpt(tt, settings)
    counts = watched(tt, model)
    (tt.generate_cached if cached else tt.generate)(model, prompt, n, temperature=0)
    return {name: sum(rows) for name, rows in counts.items()}


# ---------------------------------------------------------------------- text


def written(tt, settings, state, prompt, n, how, window, form="array"):
    """The text that a model writes with a cache, with a window or without."""
    model = gpt(tt, settings, state)
    named = dict(how)
    if window is not None:
        capacity, window = window
        named["cache"] = tt.cache_for(model, np.atleast_2d(prompt).shape[0], capacity, window)
    return tt.generate_cached(model, in_form(tt, prompt, form), n, **named)


def both_ways(tt, settings, state, prompt, n, how):
    """The same text with a cache and without; and the next number of a generator that both were given."""
    model = gpt(tt, settings, state)
    found = {}
    for name in ("generate_cached", "generate"):
        rng = np.random.default_rng(how["rng"])
        text = getattr(tt, name)(model, prompt, n, **{**how, "rng": rng})
        found[name], found[f"after {name}"] = text, float(rng.random())
    return found


def kept_by_text(tt, settings, state, prompt, n, capacity):
    """A text with a given cache, and what the cache says afterwards; then it goes on from where it stopped."""
    model = gpt(tt, settings, state)
    cache = tt.cache_for(model, capacity=capacity)
    first = tt.generate_cached(model, prompt, n, temperature=0, cache=cache)
    length, nbytes = cache.length, cache.nbytes
    second = tt.generate_cached(model, first[-1:], n, temperature=0, cache=cache)
    return {"first": first, "length": length, "nbytes": nbytes, "on": second, "length at last": cache.length}


def write_with(tt, settings, prompt, n, how, session):
    """A text with a cache of `how`, which stays."""
    model = gpt(tt, settings)
    session["model"], session["cache"] = model, tt.cache_for(model, **how)
    return tt.generate_cached(model, prompt, n, temperature=0, cache=session["cache"])


def write_on(tt, prompt, n, session):
    """The text of `write_with` goes on: what comes after its prompt."""
    return tt.generate_cached(session["model"], prompt, n, temperature=0, cache=session["cache"])


def plain_text(tt, settings, prompt, n, how):
    return tt.generate_cached(gpt(tt, settings), prompt, n, **how)


def length_now(tt, session):
    return session["cache"].length


# ------------------------------------------------------------------- batches


def scheduler(tt, max_batch, max_wait, table):
    """A BatchScheduler for which a batch of b takes table[b - 1] seconds."""
    return tt.BatchScheduler(max_batch, max_wait, lambda b: table[b - 1])


def told(tt, max_batch, max_wait, table, steps):
    """("submit", id, arrival, deadline), ("leaves_at",) or ("take", now), one after another, and what is answered."""
    made, answers = scheduler(tt, max_batch, max_wait, table), []
    for name, *args in steps:
        if name == "submit":
            made.submit(tt.Request(*args))
            answers.append(made.waiting)
        elif name == "take":
            answers.append(tuple(made.take(*args)))
        else:
            answers.append(float(made.leaves_at()))
    return answers, list(made.late), [made.max_batch, float(made.max_wait), made.seconds(1)]


def served(tt, max_batch, max_wait, table, requests):
    """A day of requests (id, arrival, deadline): the batches (start, finish, ids), who was turned away, who still waits."""
    made = scheduler(tt, max_batch, max_wait, table)
    batches = tt.serve_all(made, [tt.Request(*request) for request in requests])
    found = [(float(b.start), float(b.finish), tuple(b.ids)) for b in batches]
    return {"batches": found, "late": list(made.late), "waiting": made.waiting}


def latency(tt, batches, requests, percent):
    return float(tt.served_latency([tt.ServedBatch(*b) for b in batches], [tt.Request(*r) for r in requests], percent))


def answered(tt, settings, state, prompts, n, max_batch):
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
