"""How the laws of m14 call your framework where time and memory are real: a machine's clock, arrays that are made, and speed."""

import tracemalloc
from operator import index

import numpy as np

# -------------------------------------------------------------------- 2. time


def timed_at_all(tt):
    """By a real clock, and with what time_fn does of its own accord."""
    found = tt.time_fn(sum, range(1000))
    return {"samples": len(found.samples), "positive": bool(min(found.samples) > 0.0)}


# ------------------------------------------------------------------ 3. memory


def allocates(sizes, keep):
    """Makes arrays of so many bytes, one after the other; holds them all, or only one at a time."""
    held = []
    for size in sizes:
        if not keep:
            held.clear()
        held.append(np.empty(size, np.uint8))
    return held


def peak_memory(tt, sizes, keep):
    return index(tt.peak_memory(allocates, sizes, keep))


def peak_of_the_result(tt, size):
    return index(tt.peak_memory(np.empty, size, np.uint8))


def peaks_while_tracing(tt, before, held, sizes):
    """Peaks where somebody traces already: a peak long past, and memory that is held all along."""
    was = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        allocates([before], False)
        mine = allocates([held], True)
        peaks = [index(tt.peak_memory(allocates, [size], True)) for size in sizes]
        del mine
        return {"peaks": peaks, "tracing": tracemalloc.is_tracing()}
    finally:
        if not was:
            tracemalloc.stop()


# -------------------------------------------------------------------- 9. speed


def deep(tt, depth, session):
    """A row of small Linears, made once for each depth."""
    key = f"deep {depth}"
    if key not in session:
        session[key] = tt.Sequential(*[tt.Linear(4, 4, rng=0) for _ in range(depth)])
    return session[key], tt.ones(2, 4)


def plain_again(tt, depth, repeat, session):
    model, x = deep(tt, depth, session)
    for _ in range(repeat):
        model(x)


def counted_again(tt, depth, repeat, session):
    model, x = deep(tt, depth, session)
    for _ in range(repeat):
        flops = tt.count_flops(model, x)
    return flops


def profiled_again(tt, depth, repeat, session):
    model, x = deep(tt, depth, session)
    for _ in range(repeat):
        found = tt.profile(model, x)
    return [row.flops for row in found.rows]


def stopwatch_again(tt, number, repeat):
    for _ in range(repeat):
        found = tt.time_fn(len, (), warmup=0, repeat=1, number=number)
    return len(found.samples)
