"""The right answers: a cache as a list, a pool as a list, PyTorch's gelu; convolutions and attention as m09 and m12 have them."""

import math

import numpy as np

from spec.kit import Bounded
from spec.kit.oracle import leaf, narrow, pull, wide

from ..m09_convolutions import oracles as m09
from ..m12_attention import oracles as m12

# ------------------------------------------------------------------ 1. caches


def hits_of(lines, line_words, addresses):
    """A list of lines, the one used last at its end."""
    held, said = [], []
    for address in addresses:
        line = address // line_words
        said.append(line in held)
        if line in held:
            held.remove(line)
        held = [*held, line][-lines:]
    return said


def reads(lines, line_words, addresses):
    said = hits_of(lines, line_words, addresses)
    misses = said.count(False)
    counts = {"hits": said.count(True), "misses": misses, "words": misses * line_words}
    return {"said": said, **counts, "sizes": [lines, line_words]}


def runs(lines, line_words, parts):
    said = hits_of(lines, line_words, [address for part in parts for address in part])
    ends = np.cumsum([len(part) for part in parts]).tolist()
    misses = said.count(False)
    each = [said[end - len(part) : end].count(False) for part, end in zip(parts, ends, strict=True)]
    return {"runs": each, "hits": said.count(True), "misses": misses, "words": misses * line_words}


# ------------------------------------------------------------------- 2. tiles


def matmul_trace(m, n, k, block, transposed):
    """Sorts all touches by the pieces that they are in."""
    block = block or max(m, n, k)
    touches = []
    for i in range(m):
        for j in range(n):
            for p in range(k):
                order = i // block, j // block, p // block, i, j, 0, p
                b = m * k + (j * k + p if transposed else p * n + j)
                touches += [((*order, 0), i * k + p), ((*order, 1), b)]
            for piece in range(-(-k // block)):
                touches.append(((i // block, j // block, piece, i, j, 1, 0, 0), m * k + k * n + i * n + j))
    return np.array([address for _, address in sorted(touches)], np.int64)


def matmul_blocked(a, b, block):
    dtype = (a[:0, :0] @ b[:0, :0]).dtype
    if dtype.kind == "i":
        return a @ b
    wider, size = a.astype(np.float64) @ b.astype(np.float64), abs(a).astype(np.float64) @ abs(b).astype(np.float64)
    return Bounded(narrow(wider, dtype), size)


def by_tiles(a, b, block, factor):
    (m, k), n = a.shape, b.shape[1]
    rows, inner, columns = ([min(block, side - at) for at in range(0, side, block)] for side in (m, k, n))
    tiles = sorted([r, p, p, c] for r in rows for p in inner for c in columns)
    value = matmul_blocked(a, b, block)
    return {"value": Bounded(factor * value.want, factor * value.scale), "tiles": tiles}


def traffic(m, n, k, block, transposed, lines, line_words):
    return reads(lines, line_words, matmul_trace(m, n, k, block, transposed).tolist())["words"]


# ------------------------------------------------------------------ 3. buffers


def lent(cap_bytes, steps):
    """Idle buffers in the order in which they came; each is known by the number of the `take` that it was made for."""
    idle, live, seen = [], [], []
    hits = misses = taken = 0
    for step in steps:
        told = {}
        if step[0] == "take":
            nbytes = math.prod(step[1]) * np.dtype(step[2]).itemsize
            fitting = [entry for entry in idle if entry[0] == nbytes]
            # Which takes lay in the same memory before: those of this buffer. Without bytes there is no memory.
            before = fitting[-1][1] if fitting else []
            if fitting:
                idle.remove(fitting[-1])
            hits, misses = hits + bool(fitting), misses + (not fitting)
            told = {
                "shape": tuple(step[1]),
                "dtype": step[2],
                "fit": True,
                "again": before[-1:] if nbytes else [],
            }
            live.append((nbytes, [*before, taken]))
            taken += 1
        elif step[0] == "give":
            idle.append(live.pop(step[1] % len(live)))
            while cap_bytes is not None and sum(nbytes for nbytes, _ in idle) > cap_bytes:
                idle.pop(0)
        else:
            idle.clear()
        counts = {"hits": hits, "misses": misses}
        sizes = {name: sum(nbytes for nbytes, _ in part) for name, part in (("live_bytes", live), ("idle_bytes", idle))}
        seen.append({**told, **counts, **sizes, "live ones intact": True})
    return seen


def borrowed(shape, dtype, fails):
    nbytes = math.prod(shape) * np.dtype(dtype).itemsize
    told = {"shape": shape, "dtype": dtype, "within": nbytes}
    return {**told, "raised": "Broken" if fails else "nothing", "after": 0, "idle": nbytes}


# -------------------------------------------------------------- 4. convolution


def convolved_twice(images, w, grads, how):
    found = []
    for x, grad in zip(images, grads, strict=True):
        grad_x, grad_w, _ = m09.conv2d_explicit_backward(grad, x, w, how)
        value = m09.conv2d_explicit_forward(x, w, None, how)
        found.append({"value": value, "grad of x": grad_x, "grad of w": grad_w})
    return found


# -------------------------------------------------------------------- 5. fused


def _gelu_of(x, w, b):
    from torch.nn.functional import gelu

    z = x @ w.T
    return gelu(z if b is None else z + b, approximate="tanh")


def _terms(x, w, b):
    """The sums of the absolute terms of the product."""
    size = abs(x.astype(np.float64)) @ abs(w.astype(np.float64)).T
    return size if b is None else size + abs(b.astype(np.float64))


def linear_gelu(x, w, b):
    value = _gelu_of(wide(x), wide(w), None if b is None else wide(b))
    return Bounded(narrow(value, x.dtype), _terms(x, w, b))


def linear_gelu_gradients(x, w, b, grad, needed):
    """A rounding error of a sum of products bends gelu's slope, by as much at most."""
    named = {name: leaf(a) for name, a in (("x", x), ("w", w), ("b", b)) if a is not None}
    pull(_gelu_of(named["x"], named["w"], named.get("b")), wide(grad))
    slope = abs(grad.astype(np.float64)) * (1.2 + _terms(x, w, b))
    flat, rows = slope.reshape(-1, w.shape[0]), abs(x.astype(np.float64)).reshape(-1, w.shape[1])
    sizes = {"x": slope @ abs(w.astype(np.float64)), "w": flat.T @ rows, "b": flat.sum(0)}
    found = {"value": linear_gelu(x, w, b)}
    for name, t in named.items():
        found[f"grad of {name}"] = Bounded(narrow(2 * t.grad, x.dtype), 2 * sizes[name]) if name in needed else None
    return found


# ---------------------------------------------------------------- 6. attention


def attention_by_blocks(q, k, v, mask, is_causal, as_array, block):
    return m12.attention("", q, k, v, mask, is_causal, False)


def attention_gradients(q, k, v, mask, is_causal, block, grad, needed):
    return m12.attention_gradients(q, k, v, mask, is_causal, grad, needed)


# ------------------------------------------------------------------ 7. kernels

KERNELS = {
    "explicit": ["conv2d_explicit", "before"],
    "columns": ["conv2d_im2col", "before"],
    "fast": ["conv2d_fast", "streamed_forward"],
}


def switches(first, plan, leaves):
    now, seen = [first, "before"], []

    def nested(names, now):
        if not names:
            return now
        inner = KERNELS[names[0].removeprefix("!")]
        seen.append(inner)
        at_the_end = nested(names[1:], inner)
        if names[0].startswith("!"):
            return at_the_end
        seen.append(at_the_end)
        if leaves != "error":
            seen.append(now)
        return now

    last = nested(plan, now)
    return {"seen": seen, "raised": "Broken" if leaves == "error" else "nothing", "afterwards": last}


def led_back_outside(settings, state, x, grad):
    found = m09.layer("Conv2d", settings, state, x, grad, True, None)
    return {name: array for name, array in found.items() if "afterwards" not in name}


# ----------------------------------------------------------------------- speed


def gelu_in_passes(x, w, b):
    """As it is written down: one array after the other."""
    z = x @ w.T + b
    return 0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * (z * z * z))))
