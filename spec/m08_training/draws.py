"""What the laws of m08 draw: weights, data, batch sizes, optimizers and schedules."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from spec.kit import seeds
from spec.kit.compare import AnyOf
from spec.kit.strategies import Picked, one_of, whole

RATES = one_of(0.1, 0.5, 0.02, 1.0)

OPTIMIZERS = {
    "SGD": ["SGD", {"lr": 0.1}],
    "SGD with momentum": ["SGD", {"lr": 0.05, "momentum": 0.9}],
    "Adam": ["Adam", {"lr": 0.02, "eps": 1e-3}],
    "AdamW": ["AdamW", {"lr": 0.02, "eps": 1e-3, "weight_decay": 0.1}],
    "RMSprop": ["RMSprop", {"lr": 0.02, "eps": 1e-3}],
}
"""Name and settings of each. With an eps of this size a gradient of nearly 0 does not blow up rounding errors."""


def weights(seed: int, inputs: int = 3, hidden: int = 4, outputs: int = 2, dtype: str = "float64") -> dict:
    """First values of a network with two layers."""
    rng = np.random.default_rng(seed + 1)
    shapes = {"0.weight": (hidden, inputs), "0.bias": (hidden,), "2.weight": (outputs, hidden), "2.bias": (outputs,)}
    return {name: (0.7 * rng.standard_normal(shape)).astype(dtype) for name, shape in shapes.items()}


def data(seed: int, rows: int, loss: str, inputs: int = 3, outputs: int = 2, dtype: str = "float64") -> tuple:
    """Inputs and targets for a loss."""
    rng = np.random.default_rng(seed + 2)
    x = rng.standard_normal((rows, inputs)).astype(dtype)
    if loss == "cross_entropy":
        return x, rng.integers(0, outputs, rows)
    return x, rng.standard_normal((rows, outputs)).astype(dtype)


def _task(draw):
    seed, loss = draw(whole(0, 2**16)), draw(one_of("mse_loss", "cross_entropy"))
    sizes = [draw(one_of(2, 1, 3)) for _ in range(draw(whole(2, 5)))]
    x, y = data(seed, sum(sizes), loss)
    return {"state": weights(seed), "x": x, "y": y, "sizes": sizes, "loss": loss}


TASKS = Picked(_task)
"""Weights, data, the sizes of its batches, and a loss."""


DEFAULTS = {"gamma": [{"gamma": 0.5}, {}, {"gamma": 0.9}], "eta_min": [{"eta_min": 0.01}, {}]}
"""Settings that may be left to their default."""


def _schedule(draw, warmup=False):
    after = draw(one_of("StepLR", "CosineAnnealingLR", None))
    rows = []
    if warmup or after is None or draw(whole(0, 1)):
        rows.append(["LinearWarmup", {"warmup_steps": draw(whole(1, 4))}])
        if start := draw(one_of(0.25, None, 0.1, 1.0)):  # else the default
            rows[0][1]["start_factor"] = start
        if draw(whole(0, 3)) == 3:
            rows.append(["LinearWarmup", {"warmup_steps": draw(whole(1, 3)), "start_factor": 0.5}])
    if after == "StepLR":
        gamma = DEFAULTS["gamma"][draw(whole(0, 2))]
        rows.append(["StepLR", {"step_size": draw(whole(1, 3)), **gamma}])
    elif after:
        eta_min = DEFAULTS["eta_min"][draw(whole(0, 1))]
        rows.append(["CosineAnnealingLR", {"T_max": draw(whole(1, 8)), **eta_min}])
    return rows


SCHEDULES = Picked(_schedule)
"""A schedule as rows [name, settings]: alone, or after one or two warm-ups."""

WARMUPS = Picked(lambda draw: _schedule(draw, warmup=True))
"""Those with a warm-up."""

GROUP_RATES = st.lists(RATES, min_size=1, max_size=3)


def gradients():
    """A list of gradients of various shapes and one dtype; some Tensors have none."""

    def grads(draw):
        dtype, scale = draw(one_of("float64", "float32")), draw(one_of(1.0, 1e-3, 100.0, 0.0))
        rng = np.random.default_rng(draw(whole(0, 2**16)))
        shapes = [draw(one_of((3,), (2, 3), (), (1, 2, 2), (0, 2), None)) for _ in range(draw(whole(1, 4)))]
        return [s if s is None else np.asarray(scale * rng.standard_normal(s), dtype) for s in shapes]

    return Picked(grads)


def _value(draw, depth=0):
    """Plain data of every kind; dicts among them that look like somebody's own encoding."""
    kind = draw(whole(0, 5 if depth < 3 else 2))
    if kind == 0:
        return LEAVES[draw(whole(0, len(LEAVES) - 1))]
    if kind in (1, 2):
        dtype = draw(one_of("float32", "float64", "int64", "uint8", "bool", ">i4", "float16"))
        shape = draw(one_of((2,), (), (2, 3), (0, 2), (1,)))
        x = np.random.default_rng(draw(whole(0, 99))).integers(0, 2, shape)
        array = np.asarray(x).astype(dtype)
        if kind == 2 and array.ndim == 0 and dtype != "float64":  # a NumPy float64 is a float as well
            return array[()]
        return array if kind == 1 else array.T
    items = [_value(draw, depth + 1) for _ in range(draw(whole(0, 3)))]
    if kind == 3:
        return items
    if kind == 4:
        return tuple(items)
    keys = draw(st.permutations(["a", 0, -1, "0", "array", "tuple", "dict", "__array__", "", "ß", "weights"]))
    return dict(zip(keys, items, strict=False))


LEAVES = [
    None, True, False, 0, -7, 2**80, 0.1, -0.0, float("inf"), float("nan"), 1e-320, "", "é\n", "array", "NaN", "0",
    np.float32(0.1), np.int64(3), np.bool_(True),
]  # fmt: skip
VALUES = Picked(_value)
"""Anything that a checkpoint can hold."""


def arrays_in(value) -> list:
    """The arrays in plain data."""
    if isinstance(value, np.ndarray):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [array for item in items for array in arrays_in(item)]


def plan(optimizer: str = "SGD", **settings) -> dict:
    """What a probe is to train with."""
    return {"optimizer": OPTIMIZERS[optimizer], **settings}


def asked(case: dict) -> tuple:
    """The arguments that say what to train on."""
    return case["state"], case["x"], case["y"], case["sizes"]


@st.composite
def runs(draw):
    """Weights to start from, others to be replaced, data, and a plan with all that has a state."""
    seed = draw(seeds())
    loss = draw(st.sampled_from(["cross_entropy", "mse_loss"]))
    dtype = draw(st.sampled_from(["float32", "float64"]))
    x, y = data(seed, draw(st.integers(3, 6)), loss, dtype=dtype)
    how = plan(
        draw(st.sampled_from(list(OPTIMIZERS))),
        loss=loss,
        scheduler=draw(SCHEDULES),
        schedule=draw(st.sampled_from(["epoch", "step"])),
        batch_size=draw(st.integers(1, 3)),
        accumulate=draw(st.integers(1, 2)),
        metrics=loss == "cross_entropy",
    )
    return weights(seed, dtype=dtype), weights(seed + 9, dtype=dtype), x, y, how


def either(*wants: Any) -> AnyOf:
    """Any of these is right."""
    return AnyOf(wants)
