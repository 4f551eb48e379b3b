"""How the laws of Reflect and Speed call your framework: formulas beside what they say, and work that is timed."""

from operator import index

import numpy as np

from ..kit.probing import changing

# --------------------------------------------------------------------- reflect


def formula(tt, name, *args, **named):
    return getattr(tt.reflect, name)(*args, **named)


def walk(tt, count, stride, line_words):
    """Lines that a walk makes your cache fetch, and what the formula says."""
    return {
        "formula": tt.reflect.lines_touched(count, stride, line_words),
        "measured": index(tt.CacheSimulator(4, line_words).run(range(0, count * stride, stride))),
    }


def share_used(tt, count, stride, line_words):
    cache = tt.CacheSimulator(4, line_words)
    cache.run(range(0, count * stride, stride))
    return {"formula": tt.reflect.useful_share(stride, line_words), "measured": count / cache.words_moved}


def product_traffic(tt, m, n, k, block, lines):
    """Words that a product makes your cache fetch, and what the formula says."""
    sizes = (m, n, k) if block is None else (m, n, k, block)
    name = "naive_traffic" if block is None else "blocked_traffic"
    cache = tt.CacheSimulator(lines)
    cache.run(tt.matmul_trace(m, n, k, block))
    return {"formula": formula(tt, name, *sizes), "measured": index(cache.words_moved)}


def intensity(tt, size, block, dtype):
    """Operations for each byte of the tiles that your product is handed, and what the formula says."""
    flops = moved = 0

    def product(x, y):
        nonlocal flops, moved
        flops += 2 * x.shape[0] * x.shape[1] * y.shape[1]
        moved += x.nbytes + y.nbytes
        return x @ y

    a = np.ones((size, size), dtype)
    tt.matmul_blocked(a, a, block, product)
    return {"formula": tt.reflect.block_intensity(block, a.itemsize), "measured": flops / moved}


def blowup(tt, x, kernel, stride, padding):
    return {
        "formula": tt.reflect.im2col_blowup(x.shape[2], kernel, stride, padding),
        "measured": tt.im2col(x, kernel, stride, padding).nbytes / x.nbytes,
    }


# ----------------------------------------------------------------------- speed


def cache_again(tt, lines, addresses, repeat):
    """A large cache reads the same words, `repeat` times."""
    cache = tt.CacheSimulator(lines)
    for _ in range(repeat):
        cache.run(addresses)
    return cache.misses


def product_again(tt, a, b, block, repeat, session):
    """A product in tiles, `repeat` times, of a matrix that differs each time; a row of the last result."""
    count = session.get("count", 0)
    a = a.copy()
    for _ in range(repeat):
        count += 1
        a.flat[0] = count
        c = tt.matmul_blocked(a, b, block)
    session["count"] = count
    return c[0].copy()


def attention_gradients_again(tt, q, k, v, grad, repeat, session):
    """There and back, `repeat` times; the gradient of the first values."""
    if "q" not in session:
        session["q"] = [tt.Tensor(x, requires_grad=True) for x in (q, k, v)]
    for _ in changing(session["q"][0], repeat, session):
        for t in session["q"]:
            t.grad = None
        tt.attention_streamed(*session["q"]).backward(grad)
    return session["q"][2].grad[..., :1, :].copy()


def linear_gelu_again(tt, x, w, b, repeat, session):
    """`repeat` times, on inputs that differ each time; the first row of the last result."""
    if "x" not in session:
        session["x"] = [tt.Tensor(a) for a in (x, w, b)]
    for _ in changing(session["x"][0], repeat, session):
        y = tt.linear_gelu(*session["x"])
    return y.data[:1].copy()


def convolution_gradients_again(tt, x, w, grad, repeat, session):
    """There and back, `repeat` times; the gradient of one filter."""
    if "x" not in session:
        session["x"], session["w"] = tt.Tensor(x, requires_grad=True), tt.Tensor(w, requires_grad=True)
    for _ in changing(session["x"], repeat, session):
        session["x"].grad = session["w"].grad = None
        tt.conv2d_fast(session["x"], session["w"]).backward(grad)
    return session["w"].grad[0].copy()
