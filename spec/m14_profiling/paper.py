"""How the laws of m14 call your framework, on paper: counts, bounds and energy, and your formulas beside what is measured."""

from operator import index

import numpy as np

# ------------------------------------------------------------------ 4. on paper


def count_parameters(tt, shapes, shared):
    """Parameters of a model: its own, those of a module inside, one of them under two names, and a buffer."""
    model, inner = tt.Module(), tt.Module()
    for i, shape in enumerate(shapes):
        setattr((model, inner)[i % 2], f"p{i}", tt.Parameter(np.ones(shape, "float32")))
    model.inner = inner
    if shared:
        model.also = inner.also = next(iter(model.parameters()))
    inner.register_buffer("seen", tt.Tensor(np.ones(7)))
    return index(tt.count_parameters(model))


def product_flops(tt, a_shape, b_shape):
    return index(tt.product_flops(a_shape, b_shape))


def conv2d_flops(tt, weight_shape, out_shape):
    return index(tt.conv2d_flops(weight_shape, out_shape))


# ------------------------------------------------------------------ 7. at best


def arithmetic_intensity(tt, flops, nbytes):
    return float(tt.arithmetic_intensity(flops, nbytes))


def roofline(tt, intensity, peak_flops, bandwidth):
    return float(tt.roofline(intensity, peak_flops, bandwidth))


def amdahl(tt, fraction, speedup):
    return float(tt.amdahl(fraction, speedup))


def energy_estimate(tt, flops, nbytes, prices):
    return {name: float(joules) for name, joules in tt.energy_estimate(flops, nbytes, **prices).items()}


# --------------------------------------------------------- 8. predict, measure


def formula(tt, name, *sizes):
    return getattr(tt.reflect, name)(*sizes)


def macs_and_flops(tt, rows, n, m):
    """Half of what your counter counts, and your formula."""
    flops = tt.count_flops(tt.Linear(n, m, rng=0), tt.zeros(rows, n))
    return {"formula": tt.reflect.linear_macs(rows, n, m), "counted": flops / 2}


def bytes_of_linear(tt, rows, n, m, dtype):
    """Bytes in the row of your table, and your formula."""
    layer = tt.Linear(n, m, rng=0).to(dtype)
    found = tt.profile(layer, tt.Tensor(np.ones((rows, n), dtype)))
    return {
        "formula": tt.reflect.linear_bytes(rows, n, m, np.dtype(dtype).itemsize),
        "measured": found.rows[0].bytes,
    }


def intensity_of_square(tt, n, dtype):
    """Your formula, and the counted operations over the bytes of three arrays."""
    a = tt.Tensor(np.ones((n, n), dtype))
    moved = 2 * a.data.nbytes + (a @ a).data.nbytes
    flops = tt.count_flops(lambda: a @ a)
    return {
        "formula": float(tt.reflect.matmul_intensity(n, np.dtype(dtype).itemsize)),
        "measured": float(tt.arithmetic_intensity(flops, moved)),
    }


def sped_up(tt, fraction, wanted):
    """What your formula says, and what comes of it."""
    needed = float(tt.reflect.speedup_needed(fraction, wanted))
    return {"needed": needed, "whole": float(tt.amdahl(fraction, needed))}


def balanced(tt, joules_per_flop, joules_per_byte, nbytes):
    """The energy of so many bytes, and of so many operations for each as your formula says."""
    flops = tt.reflect.energy_balance(joules_per_flop, joules_per_byte) * nbytes
    found = tt.energy_estimate(flops, nbytes, joules_per_flop, joules_per_byte)
    return {name: float(found[name]) for name in ("compute", "memory")}
