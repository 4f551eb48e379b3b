"""What the laws of this kata draw: ranges, floats on a line, layers and models."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit import seeds
from spec.kit.strategies import Picked, fill, lay_out, one_of

SCALES = (0.5, 0.125, 0.02, 0.75, 1.0, 3.0, 0.1, 1e-3)
ZERO_POINTS = (0, 3, -1, -128, 127, 37, -90)
HALVES = (0.5, 2.0, 0.125, 1.0)
"""Scales with which halves are exact."""

RANGES = {
    "both sides": lambda rng: (-rng.uniform(0.1, 9), rng.uniform(0.1, 9)),
    "above 0": lambda rng: sorted(rng.uniform(0.5, 5, 2)),
    "below 0": lambda rng: sorted(-rng.uniform(0.5, 5, 2)),
    "lopsided": lambda rng: (-rng.uniform(0.001, 0.1), rng.uniform(50, 900)),
    "from 0": lambda rng: (0.0, rng.uniform(0.1, 4)),
    "to 0": lambda rng: (-rng.uniform(0.1, 4), 0.0),
    "alike": lambda rng: (-1.0, 1.0),
}

NOTHING = {
    "zeros": (0.0, 0.0),
    "a constant": (2.5, 2.5),
    "a negative constant": (-3.0, -3.0),
    "tiny": (-1e-9, 2e-9),
    "tiny and above 0": (1e-12, 1e-12),
}
"""Ranges that hold a single number, or next to nothing."""


def of(case: dict[str, Any], *names: str) -> list[Any]:
    """What was drawn under these names."""
    return [case[name] for name in names]


def ranges(kinds: dict[str, Any] | None = None, empty: bool = True) -> Any:
    """A pair (low, high): Python floats, or arrays of as many ranges, also none."""
    table = RANGES if kinds is None else kinds

    def pick(draw: Callable) -> tuple[Any, Any]:
        first, count = draw(one_of(*table)), draw(one_of(None, 3, 1, None, *((0,) if empty else ())))
        dtype, rng = draw(one_of("float64", "float32")), np.random.default_rng(draw(seeds()))
        names = [first, *rng.choice(list(table), (count or 1) - 1 if count != 0 else 0)]
        pairs = [table[name] if isinstance(table[name], tuple) else table[name](rng) for name in names]
        if count is None:
            return float(pairs[0][0]), float(pairs[0][1])
        pairs = np.array(pairs[:count], dtype).reshape(count, 2)
        return pairs[:, 0].copy(), pairs[:, 1].copy()

    return Picked(pick)


def in_range() -> Any:
    """A dict with low and high (as `ranges`, one at least), symmetric, and x: floats from low to high, 0 first."""

    def pick(draw: Callable) -> dict[str, Any]:
        low, high = draw(ranges(empty=False))
        symmetric, dtype, seed = draw(one_of(False, True)), draw(one_of("float32", "float64")), draw(seeds())
        below, above = np.asarray(low, "float64"), np.asarray(high, "float64")
        shares = np.concatenate([np.random.default_rng(seed).random((9, *below.shape)), np.ones((1, *below.shape))])
        x = (below + shares * (above - below)).astype(dtype)
        x[0] = 0.0
        return {"low": low, "high": high, "symmetric": symmetric, "x": x}

    return Picked(pick)


SHAPES = ((3, 4), (5,), (2, 3, 2), (1, 3), (), (4, 1), (0,), (2, 0))


def on_lines(
    ties: bool = False, channels: bool = False, beyond: float = 0.0, dtypes: tuple[str, ...] = ("float64", "float32")
) -> Any:
    """A dict with x, scale, zero_point and axis. No float is near the middle of two places, unless with `ties`, where all are.

    Args:
        channels: whether there is an axis with a line for each of its places.
        beyond: which share lies far beyond the ends, up to infinity.
    """

    def pick(draw: Callable) -> dict[str, Any]:
        shape = draw(one_of(*[s for s in SHAPES if s or not channels]))
        dtype, layout = draw(one_of(*dtypes)), draw(one_of("C", "F", "flipped"))
        plain, reach = draw(one_of(True, False)), draw(one_of(20, 200))
        axis = draw(one_of(*range(len(shape)), -1)) if channels else None
        count = shape[axis] if axis is not None else 1
        rng = np.random.default_rng(draw(seeds()))
        table = HALVES if ties else SCALES
        scale = np.array([draw(one_of(*table)) if i < 2 else rng.choice(table) for i in range(count)], "float32")
        zero = np.array([draw(one_of(*ZERO_POINTS)) if i < 2 else rng.choice(ZERO_POINTS) for i in range(count)])
        along = [1] * len(shape)
        if axis is not None:
            along[axis] = count
        wide_scale = scale.astype("float64").reshape(along)
        # Whole numbers around the middle of the line, or around 0, with a part between two of them.
        whole = rng.integers(-reach, reach + 1, shape)
        part = np.full(shape, 0.5) if ties else rng.choice([0.0, 0.25, -0.25, 0.4, -0.4], shape)
        x = np.asarray((whole + part) * wide_scale)
        if beyond:
            ends = rng.choice([1e9, -1e9, 3e38, -3e38, np.inf, -np.inf, 300.0, -300.0], shape)
            x = np.where(rng.random(shape) < beyond, ends * wide_scale.max(initial=1.0), x)
            x = np.where(np.abs(x) > 3.2e38, np.copysign(np.inf, x), x)  # or it would overflow in float32
        x = lay_out(np.asarray(x, dtype), layout)
        if axis is not None:
            return {"x": x, "scale": scale, "zero_point": zero.astype("int32"), "axis": axis}
        if plain:
            return {"x": x, "scale": float(scale[0]), "zero_point": int(zero[0]), "axis": None}
        return {
            "x": x, "scale": scale.reshape(()), "zero_point": zero.astype("int32").reshape(()), "axis": None
        }  # fmt: skip

    return Picked(pick)


def normal(x: np.ndarray, seed: int) -> np.ndarray:
    """Normally distributed numbers of the shape and dtype of x, also for seed 0."""
    return fill(x.shape, seed + 1, x.dtype.name, "normal")


def bytes_of(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Numbers of 8 bits, both ends among them more often than by chance."""
    rng = np.random.default_rng(seed)
    q = rng.integers(-128, 128, shape)
    return np.where(rng.random(shape) < 0.2, rng.choice([-128, 127], shape), q).astype("int8")


def in_bytes(channels: bool) -> Any:
    """As on_lines, with q instead of x, and a dtype."""

    def pick(draw: Callable) -> dict[str, Any]:
        case = draw(on_lines(channels=channels))
        q = lay_out(bytes_of(case["x"].shape, draw(seeds())), draw(one_of("C", "F", "flipped")))
        return {**case, "q": q, "dtype": draw(one_of("float32", "float64"))}

    return Picked(pick)


def measured(dtypes: tuple[str, ...] = ("float64", "float32")) -> Any:
    """A dict with x, axis (or None) and percentile."""

    def pick(draw: Callable) -> dict[str, Any]:
        shape = draw(one_of((7, 3), (20,), (2, 3, 5), (1, 4), (4, 1), (), (30, 2)))
        axis = draw(one_of(None, *range(-len(shape), len(shape))))
        palette = draw(one_of("normal", "plain", "positive", "ties", "mixed", "large"))
        x = fill(shape, draw(seeds()), draw(one_of(*dtypes)), palette)
        x = lay_out(-x if draw(one_of(False, True)) else x, draw(one_of("C", "F", "flipped", "gapped")))
        return {"x": x, "axis": axis, "percentile": draw(one_of(99.0, 90.0, 75.0, 99.9, 62.5, 50.5))}

    return Picked(pick)


def batches() -> Any:
    """A dict with arrays of growing and shrinking ranges, an empty one among them, and a percentile."""

    def pick(draw: Callable) -> dict[str, Any]:
        count, percentile, shift = draw(one_of(3, 1, 2, 4)), draw(one_of(100.0, 90.0)), draw(one_of(0.0, 5.0, -5.0))
        dtype, rng = draw(one_of("float32", "float64")), np.random.default_rng(draw(seeds()))
        arrays = [(rng.standard_normal((3, 4)) * (i + 1) + shift).astype(dtype) for i in rng.permutation(count)]
        arrays.insert(1, np.zeros((0, 4), dtype))
        return {"batches": arrays, "percentile": percentile}

    return Picked(pick)


def products() -> Any:
    """A pair of int8 arrays that go together."""

    def pick(draw: Callable) -> tuple[np.ndarray, np.ndarray]:
        lead, k = draw(one_of((2,), (), (2, 3), (1,), (0,))), draw(one_of(3, 1, 8, 2, 0, 40))
        m, seed = draw(one_of(2, 3, 1, 0)), draw(seeds())
        layout = draw(one_of("C", "F", "flipped"))
        return lay_out(bytes_of((*lead, k), seed), layout), lay_out(bytes_of((k, m), seed + 1), layout)

    return Picked(pick)


def long_products() -> Any:
    """As `products`, of thousands of the largest numbers there are, of signs that are alike, opposite or drawn."""

    def pick(draw: Callable) -> tuple[np.ndarray, np.ndarray]:
        k, signs = draw(one_of(300, 1500, 5001)), draw(one_of("alike", "drawn", "opposite"))
        rng = np.random.default_rng(draw(seeds()))
        a = rng.choice([-128, -127, -127], (2, k)).astype("int8")
        if signs == "alike":
            return a, a[:1].T.copy()
        return a, rng.choice([127, 125] if signs == "opposite" else [127, 125, -127], (k, 1)).astype("int8")

    return Picked(pick)


def weights(shape: tuple[int, int], seed: int, dtype: str = "float32", size: float = 1.0) -> np.ndarray:
    """Normally distributed rows of very different magnitude; with a seed that 3 divides, the last one is all 0."""
    rng = np.random.default_rng(seed)
    w = rng.standard_normal(shape) * size * 4.0 ** rng.integers(-3, 4, (shape[0], 1))
    if seed % 3 == 0:
        w[-1] = 0.0
    return w.astype(dtype)


def layers() -> Any:
    """A dict with weight, bias (or None), low, high, per_channel and x, of any values."""

    def pick(draw: Callable) -> dict[str, Any]:
        inputs, outputs = draw(one_of(3, 1, 8, 5)), draw(one_of(2, 4, 1))
        lead, biased = draw(one_of((4,), (), (2, 3), (0,))), draw(one_of(True, True, False))
        dtype, per_channel, seed = draw(one_of("float32", "float64")), draw(one_of(True, False)), draw(seeds())
        low, high = draw(one_of((-1.0, 1.0), (0.0, 2.0), (-0.5, 3.0), (-2.0, 0.0), (1.0, 2.0), (0.0, 0.0)))
        rng = np.random.default_rng(seed + 1)
        x = rng.uniform(min(low, 0.0), max(high, 0.0), (*lead, inputs)).astype(dtype)
        return {
            "weight": weights((outputs, inputs), seed, dtype),
            "bias": rng.standard_normal(outputs).astype(dtype) if biased else None,
            "low": low,
            "high": high,
            "per_channel": per_channel,
            "x": x,
        }

    return Picked(pick)


def exact_layers(beyond: bool = False) -> Any:
    """As `layers`, of values with which every scale is a power of two and no float is near the middle of two places."""

    def pick(draw: Callable) -> dict[str, Any]:
        inputs, outputs = draw(one_of(3, 2, 8)), draw(one_of(2, 3, 1))
        lead, biased = draw(one_of((4,), (), (2, 3), (0,))), draw(one_of(True, False))
        dtype, per_channel, rng = draw(one_of("float32", "float64")), draw(one_of(True, False)), draw(seeds())
        of_x = draw(one_of(dtype, "float64", "float32"))
        zero, step = draw(one_of(-3, -128, 127, 40)), draw(one_of(0.25, 2.0**-6, 1.0))
        rng = np.random.default_rng(rng)
        size = 2.0 ** rng.integers(-5, 2, (outputs, 1) if per_channel else (1, 1))
        w = rng.integers(-126, 127, (outputs, inputs)) + rng.choice([0.0, 0.25, -0.25], (outputs, inputs))
        w[:, 0] = rng.choice([-127, 127], outputs)  # each row has a scale of its own, and it is exact
        places = rng.integers(-128, 128, (*lead, inputs)) + rng.choice([0.0, 0.25, -0.25], (*lead, inputs))
        if beyond:
            places = places * rng.choice([1, 5], places.shape)
        return {
            "weight": (w * size).astype(dtype),
            "bias": rng.integers(-8, 9, outputs).astype(dtype) if biased else None,
            "low": (-128 - zero) * step,
            "high": (127 - zero) * step,
            "per_channel": per_channel,
            "x": ((places - zero) * step).astype(of_x),
        }

    return Picked(pick)


PLANS = (
    [["linear", 3, 4, True], "relu", ["linear", 4, 2, True]],
    [["linear", 3, 2, False]],
    [[["linear", 3, 4, True], "tanh"], ["linear", 4, 3, False], "relu", [["linear", 3, 2, True]]],
    ["tanh", ["linear", 3, 5, True], "dropout", ["linear", 5, 2, True]],
)
"""Models: see the probes. A list without a name is a Sequential within."""


def state_of(plan: list[Any], seed: int, path: str = "") -> dict[str, np.ndarray]:
    """A state for the model of a plan."""
    state: dict[str, np.ndarray] = {}
    for number, part in enumerate(plan):
        name = f"{path}{number}"
        if isinstance(part, list) and part[0] == "linear":
            rng = np.random.default_rng([seed, len(state), len(path)])
            state[f"{name}.weight"] = rng.standard_normal((part[2], part[1])).astype("float32")
            if part[3]:
                state[f"{name}.bias"] = rng.standard_normal(part[2]).astype("float32")
        elif isinstance(part, list):
            state |= state_of(part, seed, f"{name}.")
    return state


def models() -> Any:
    """A dict with plan, state, batches, percentile and per_channel."""

    def pick(draw: Callable) -> dict[str, Any]:
        plan, count = draw(one_of(0, 2, 3, 1)), draw(one_of(2, 1, 3))
        percentile, per_channel, seed = draw(one_of(100.0, 90.0)), draw(one_of(True, False)), draw(seeds())
        rng = np.random.default_rng(seed)
        batches = [(rng.standard_normal((5, 3)) * 2 + 0.5).astype("float32") for _ in range(count)]
        return {
            "plan": PLANS[plan],
            "state": state_of(PLANS[plan], seed),
            "batches": batches,
            "percentile": percentile,
            "per_channel": per_channel,
        }

    return Picked(pick)
