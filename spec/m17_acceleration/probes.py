"""How the laws of m17 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.CacheSimulator`, `tt.conv2d_fast`, … Convolutions and attention are asked the same questions as in m09
and m12, by the probes of these katas, with the names of your new kernels.
"""

import contextlib
import gc
import tracemalloc
from operator import index

import numpy as np

from ..kit.probing import Calls

# ------------------------------------------------------------------- helpers


def copied(t):
    return None if t.grad is None else t.grad.copy()


def with_gradients(result, grad, named):
    """The result, and what its backward pass leaves in the Tensors of `named`."""
    result.backward(grad)
    return {"value": result.data, **{f"grad of {name}": copied(t) for name, t in named.items()}}


class Broken(Exception):
    """What a law's own block raises."""


def bytes_of(act):
    """Bytes beside those that were there: the most at once while act() runs, and those still held afterwards, with its result."""
    gc.collect()
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        result = act()
        gc.collect()
        now, peak = tracemalloc.get_traced_memory()
        return {"peak": peak - before, "kept": now - before}, result
    finally:
        if not tracing:
            tracemalloc.stop()


# ------------------------------------------------------------------ 1. caches


def reads(tt, lines, line_words, addresses):
    """What each read says, and the counts after all of them."""
    cache = tt.CacheSimulator(lines, line_words)
    said = [bool(cache.read(address)) for address in addresses]
    sizes = [cache.lines, cache.line_words]
    return {"said": said, "hits": cache.hits, "misses": cache.misses, "words": cache.words_moved, "sizes": sizes}


def runs(tt, lines, line_words, parts):
    """Misses of each run, one after the other on one cache, and the counts after all of them."""
    cache = tt.CacheSimulator(lines, line_words)
    return {
        "runs": [index(cache.run(part)) for part in parts],
        "hits": cache.hits,
        "misses": cache.misses,
        "words": cache.words_moved,
    }


def refused_cache(tt, lines, line_words):
    return tt.CacheSimulator(lines, line_words).misses


def refused_read(tt, address):
    return tt.CacheSimulator(2).read(address)


def reads_beside_refused_ones(tt, addresses):
    """Counts after some reads, of which those of negative addresses are refused."""
    cache = tt.CacheSimulator(2)
    for address in addresses:
        with contextlib.suppress(IndexError):
            cache.read(address)
    return [cache.hits, cache.misses]


# ------------------------------------------------------------------- 2. tiles


def matmul_trace(tt, m, n, k, block, transposed):
    return tt.matmul_trace(m, n, k, block, transposed)


def matmul_blocked(tt, a, b, block):
    return tt.matmul_blocked(a, b, block)


def by_tiles(tt, a, b, block, factor):
    """With a product that is `factor` times as large as it should be, and says which shapes it multiplied."""
    seen = []

    def product(x, y):
        seen.append([*x.shape, *y.shape])
        return factor * (x @ y)

    value = tt.matmul_blocked(a, b, block, product)
    return {"value": value, "tiles": sorted(seen)}


def refused_product(tt, a_shape, b_shape, block):
    return tt.matmul_blocked(np.ones(a_shape), np.ones(b_shape), block)


def traffic(tt, m, n, k, block, transposed, lines, line_words):
    """Words that your trace makes your cache fetch."""
    cache = tt.CacheSimulator(lines, line_words)
    cache.run(tt.matmul_trace(m, n, k, block, transposed))
    return index(cache.words_moved)


# ------------------------------------------------------------------ 3. buffers


def lent(tt, cap_bytes, steps):
    """A BufferPool's counts after each step, (take, shape, dtype), (give, which) or (clear,), and what each `take` gave: its kind,
    and which buffer before it lay in the same memory. Every buffer is filled with its own number; live ones must keep it."""
    pool = tt.BufferPool(cap_bytes)
    taken, live, seen = [], [], []
    for step in steps:
        told = {}
        if step[0] == "take":
            buffer = pool.take(step[1], step[2])
            where = buffer.__array_interface__["data"][0] if buffer.nbytes else None
            same = [i for i, (old, _) in enumerate(taken) if where is not None and old == where]
            fit = bool(buffer.flags.c_contiguous and buffer.flags.writeable and buffer.flags.aligned)
            told = {"shape": buffer.shape, "dtype": buffer.dtype.name, "fit": fit, "again": same[-1:]}
            buffer[...] = len(taken)
            live.append((len(taken), buffer))
            taken.append((where, buffer))  # kept, so that its memory cannot be anybody else's by chance
        elif step[0] == "give":
            pool.give(live.pop(step[1] % len(live))[1])
        else:
            pool.clear()
        counts = {name: index(getattr(pool, name)) for name in ("hits", "misses", "live_bytes", "idle_bytes")}
        intact = all(bool((buffer == number).all()) for number, buffer in live)
        seen.append({**told, **counts, "live ones intact": intact})
    return seen


def borrowed(tt, shape, dtype, fails):
    """live_bytes within a block and after it, idle_bytes after it, and what the block raised."""
    pool, raised = tt.BufferPool(), "nothing"
    try:
        with pool.borrow(shape, dtype) as buffer:
            told = {"shape": buffer.shape, "dtype": buffer.dtype.name, "within": index(pool.live_bytes)}
            if fails:
                raise Broken
    except Broken:
        raised = "Broken"
    return {**told, "raised": raised, "after": index(pool.live_bytes), "idle": index(pool.idle_bytes)}


def given_wrongly(tt, how):
    """Gives back what is not live: a buffer twice, an array of one's own, a slice of a buffer, another pool's buffer."""
    pool, other = tt.BufferPool(), tt.BufferPool()
    mine = pool.take((5, 3))
    if how == "twice":
        pool.give(mine)
    wrong = {"twice": mine, "foreign": np.ones((5, 3), "f4"), "slice": mine[:4], "other pool": other.take((5, 3))}[how]
    pool.give(wrong)
    return [pool.live_bytes, pool.idle_bytes]


def counts_after_wrong_gift(tt):
    pool = tt.BufferPool()
    pool.take((5, 3))
    with contextlib.suppress(ValueError):
        pool.give(np.ones((5, 3), "f4"))
    return [index(pool.live_bytes), index(pool.idle_bytes)]


def refused_pool(tt, cap_bytes):
    return tt.BufferPool(cap_bytes).hits


# -------------------------------------------------------------- 4. convolution


def convolved_twice(tt, images, w, grads, how):
    """Two convolutions, then both ways back, the first one's last: values and gradients of both."""
    leaves = [[tt.Tensor(x, requires_grad=True), tt.Tensor(w, requires_grad=True)] for x in images]
    results = [tt.conv2d_fast(x, weight, None, **how) for x, weight in leaves]
    for result, grad in reversed(list(zip(results, grads, strict=True))):
        result.backward(grad)
    return [
        {"value": y.data, "grad of x": x.grad, "grad of w": weight.grad}
        for y, (x, weight) in zip(results, leaves, strict=True)
    ]


def convolution_bytes(tt, x, w, padding, back):
    """Bytes at once, beside operands that are there already: on the way there, or (`back`) on the way back."""
    t, weight = tt.Tensor(x, requires_grad=True), tt.Tensor(w, requires_grad=True)
    tt.workspace().clear()
    if not back:
        return bytes_of(lambda: tt.conv2d_fast(t, weight, padding=padding))[0]["peak"]
    y = tt.conv2d_fast(t, weight, padding=padding)
    grad = np.ones_like(y.data)
    tt.workspace().clear()
    return bytes_of(lambda: y.backward(grad))[0]["peak"]


def pooled_convolutions(tt, x, w, grad, times):
    """The workspace after each of some convolutions, there and back: whether it made buffers, used old ones, and left any live;
    and the bytes at once on the way there, beside those that the workspace had before."""
    pool, seen, fresh = tt.workspace(), [], []
    pool.clear()
    for _ in range(times):
        hits, misses = pool.hits, pool.misses
        images, weight = tt.Tensor(x, requires_grad=True), tt.Tensor(w, requires_grad=True)
        found, y = bytes_of(lambda images=images, weight=weight: tt.conv2d_fast(images, weight))
        y.backward(grad)
        fresh.append(found["peak"])
        seen.append({"made": pool.misses > misses, "used again": pool.hits > hits, "live": index(pool.live_bytes)})
    return {"workspace": seen, "bytes": fresh}


# -------------------------------------------------------------------- 5. fused


def linear_gelu(tt, x, w, b):
    return tt.linear_gelu(tt.Tensor(x), tt.Tensor(w), None if b is None else tt.Tensor(b)).data


def linear_gelu_gradients(tt, x, w, b, grad, needed):
    """The result, and the gradients; only what is named in `needed` needs one. Backward runs twice, so each is there twice."""
    arrays = {"x": x, "w": w, "b": b}
    named = {name: tt.Tensor(a, requires_grad=name in needed) for name, a in arrays.items() if a is not None}
    result = tt.linear_gelu(named["x"], named["w"], named.get("b"))
    result.backward(grad, retain_graph=True)
    return with_gradients(result, grad, named)


def fused_and_composed(tt, x, w, b):
    """linear_gelu, and the same of a Linear with these weights and gelu."""
    layer = tt.Linear(w.shape[1], w.shape[0]).to(x.dtype.name)
    layer.load_state_dict({"weight": w, "bias": b})
    return {
        "fused": tt.linear_gelu(tt.Tensor(x), layer.weight, layer.bias).data,
        "composed": tt.gelu(layer(tt.Tensor(x))).data,
    }


def fused_bytes(tt, x, w, b):
    """In multiples of the result's bytes: what is there at once on the way there, and what is kept, the result included."""
    operands = [tt.Tensor(a, requires_grad=True) for a in (x, w, b)]
    found, result = bytes_of(lambda: tt.linear_gelu(*operands))
    return {name: count / result.data.nbytes for name, count in found.items()}


# ---------------------------------------------------------------- 6. attention


def attention_by_blocks(tt, q, k, v, mask, is_causal, as_array, block):
    mask = mask if mask is None or as_array else tt.Tensor(mask)
    return tt.attention_streamed(*[tt.Tensor(x) for x in (q, k, v)], mask, is_causal=is_causal, block=block).data


def attention_gradients(tt, q, k, v, mask, is_causal, block, grad, needed):
    """The result, and the gradients; only what is named in `needed` needs one. Backward runs twice, so each is there twice."""
    arrays = {"q": q, "k": k, "v": v, "mask": mask}
    named = {name: tt.Tensor(x, requires_grad=name in needed) for name, x in arrays.items() if x is not None}
    result = tt.attention_streamed(named["q"], named["k"], named["v"], named.get("mask"), is_causal, block)
    result.backward(grad, retain_graph=True)
    return with_gradients(result, grad, named)


def attention_bytes(tt, q, k, v, is_causal, block):
    """Bytes at once, there and back."""
    tensors = [tt.Tensor(x, requires_grad=True) for x in (q, k, v)]
    grad = np.ones((*q.shape[:-1], v.shape[-1]), q.dtype)
    return bytes_of(lambda: tt.attention_streamed(*tensors, is_causal=is_causal, block=block).backward(grad))[0]["peak"]


def refused_attention(tt, q, k, v, mask, block):
    return tt.attention_streamed(*[None if x is None else tt.Tensor(x) for x in (q, k, v, mask)], block=block).data


def operands_afterwards(tt, kernel, operands, grad):
    """What the Tensors that a kernel was given hold when it has been there and back, and what the upstream gradient does."""
    tensors, pulled = [tt.Tensor(x, requires_grad=True) for x in operands], grad.copy()
    getattr(tt, kernel)(*tensors).backward(pulled)
    return [*[t.data for t in tensors], pulled]


# ------------------------------------------------------------------ 7. kernels


def switched(tt, name):
    """From now on all layers of this framework compute with these kernels. Which do?"""
    plain = tt.plain_forward()
    tt.use_kernels(name)
    return names_of(tt, plain)


def names_of(tt, before):
    """Which kernel is on Conv2d and which forward on MultiHeadAttention, by name; `before` is what was there first."""
    conv, forward = tt.Conv2d.kernel, tt.MultiHeadAttention.forward
    known = {"conv2d_explicit": tt.conv2d_explicit, "conv2d_im2col": tt.conv2d_im2col, "conv2d_fast": tt.conv2d_fast}
    heads = {"streamed_forward": tt.streamed_forward, "before": before}
    return [
        next((name for name, kernel in known.items() if kernel is conv), "other"),
        next((name for name, one in heads.items() if one is forward), "other"),
    ]


def switches(tt, first, plan, leaves):
    """What is on the classes at each step of nested blocks: `plan` are their names, "!" before one is a call without `with`.
    `first` is what Conv2d has before; `leaves` says how the innermost block ends."""
    tt.Conv2d.kernel = getattr(tt, first)
    before, seen = tt.MultiHeadAttention.forward, []

    def nested(names):
        if not names:
            if leaves == "error":
                raise Broken
            return
        if names[0].startswith("!"):
            tt.use_kernels(names[0][1:])
            seen.append(names_of(tt, before))
            nested(names[1:])
            return
        with tt.use_kernels(names[0]):
            seen.append(names_of(tt, before))
            try:
                nested(names[1:])
            finally:
                seen.append(names_of(tt, before))
        seen.append(names_of(tt, before))

    try:
        nested(plan)
        raised = "nothing"
    except Broken:
        raised = "Broken"
    last = names_of(tt, before)
    tt.MultiHeadAttention.forward = before
    return {"seen": seen, "raised": raised, "afterwards": last}


def weights_before_and_after(tt, x):
    """The weights of attention, plain, and within the first switch that this framework sees."""
    layer = tt.MultiHeadAttention(4, 2, rng=0)
    plain = layer(tt.Tensor(x), need_weights=True)[1].numpy()
    with tt.use_kernels("fast"):
        fast = layer(tt.Tensor(x), need_weights=True)[1].numpy()
    return {"plain": plain, "fast": fast}


def refused_kernels(tt, name):
    before = tt.MultiHeadAttention.forward
    tt.use_kernels(name)
    return names_of(tt, before)


def kernels_after_refusal(tt, name):
    before = tt.MultiHeadAttention.forward
    with tt.use_kernels("columns"):
        with contextlib.suppress(ValueError):
            tt.use_kernels(name)
        return names_of(tt, before)


def layers_of_their_own(tt, x, settings):
    """How often a layer's own kernel is called, in and around a block with fast kernels."""
    calls = Calls(tt.conv2d_im2col)
    layer = tt.Conv2d(**settings)
    layer.kernel = lambda *args, **named: calls(*args, **named)
    counts = []
    for name in ("columns", "fast"):
        with tt.use_kernels(name):
            layer(tt.Tensor(x))
        counts.append(calls.count)
    return counts


def led_back_outside(tt, settings, state, x, grad):
    """A Conv2d's result within a block with fast kernels, and its gradients, led back when the block is over."""
    layer = tt.Conv2d(**settings).to(x.dtype.name)
    layer.load_state_dict(state)
    t = tt.Tensor(x, requires_grad=True)
    with tt.use_kernels("fast"):
        result = layer(t)
    return with_gradients(result, grad, {"x": t, **dict(layer.named_parameters())})


def layer_bytes(tt, embed_dim, heads, x, kernels):
    """Bytes at once in a causal MultiHeadAttention, there and back, with these kernels."""
    layer, t = tt.MultiHeadAttention(embed_dim, heads, rng=0), tt.Tensor(x, requires_grad=True)
    grad = np.ones(x.shape, x.dtype)
    with tt.use_kernels(kernels):
        return bytes_of(lambda: layer(t, is_causal=True).backward(grad))[0]["peak"]
