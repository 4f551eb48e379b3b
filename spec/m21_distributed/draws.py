"""What laws of m21 draw: things that happen on a network, arrays of many workers, weights and batches."""

import numpy as np
from hypothesis import strategies as st

from spec.kit.strategies import Picked, fill, one_of, seeds

HOPS = {"workers": 3, "latency": 1.0, "seconds_per_byte": 0.125}
ONE, TWO, LONG = np.arange(1.0, 2.0), np.arange(2.0), np.arange(8.0)

SCENES = {
    "one message, also an empty one": [
        [("send", 0, 1, TWO), ("receive", 1, 0)],
        [("send", 0, 1, np.zeros(0)), ("receive", 1, 0)],
        [("send", 0, 1, LONG), ("compute", 0, 1.0), ("receive", 1, 0)],
        [("compute", 0, 5.0), ("send", 0, 1, TWO), ("receive", 1, 0)],
    ],
    "messages that share a line": [
        [("send", 0, 1, LONG), ("send", 0, 2, LONG), ("receive", 1, 0), ("receive", 2, 0)],
        [("send", 0, 2, LONG), ("send", 1, 2, LONG), ("receive", 2, 0), ("receive", 2, 1)],
        [("send", 0, 2, LONG), ("send", 1, 2, ONE), ("receive", 2, 1), ("receive", 2, 0)],
        [
            ("send", 0, 1, LONG), ("send", 2, 1, TWO), ("send", 0, 1, ONE),
            ("receive", 1, 0), ("receive", 1, 2), ("receive", 1, 0),
        ],
    ],
    "lines that work at the same time": [
        [("send", 0, 1, LONG), ("send", 1, 0, LONG), ("receive", 0, 1), ("receive", 1, 0)],
        [("send", 0, 1, LONG), ("compute", 1, 4.0), ("receive", 1, 0)],
        [("send", 0, 1, TWO), ("compute", 1, 50.0), ("receive", 1, 0)],
        [("send", 0, 1, LONG), ("compute", 0, 99.0), ("send", 0, 1, TWO), ("receive", 1, 0), ("receive", 1, 0)],
        [("send", 0, 1, LONG), ("receive", 1, 0), ("send", 1, 2, LONG), ("receive", 2, 1)],
    ],
    "messages that are lost": [
        [("send", 0, 1, LONG), ("send", 0, 2, LONG), ("lose", 2), ("send", 0, 1, TWO), ("receive", 1, 0)],
    ],
}  # fmt: skip
"""What happens, of HOPS, and why it is asked."""


def stories():
    """Settings, and what happens: computing, sending, receiving in any order in which nothing is received before it was sent."""

    def story(draw):
        workers = draw(one_of(3, 2, 4))
        settings = {
            "workers": workers, "latency": draw(one_of(1.0, 0.5, 0.0, 3.0)), "seconds_per_byte": draw(one_of(0.125, 0.0, 1.0)),
        }  # fmt: skip
        rng = np.random.default_rng(draw(seeds()))
        ops, sent = [], []
        for _ in range(draw(one_of(8, 12, 20, 4))):
            kind = int(rng.integers(0, 5))
            if kind == 0:
                ops.append(("compute", int(rng.integers(workers)), float(rng.integers(0, 9))))
            elif kind > 2 and sent:
                source, target = sent.pop(int(rng.integers(len(sent))))
                ops.append(("receive", target, source))
            else:
                source, target = (int(w) for w in rng.permutation(workers)[:2])
                shape = [(), (1,), (2, 3), (5,), (0,)][rng.integers(5)]
                array = fill(
                    shape, int(rng.integers(1, 999)), ["float64", "float32", "int64"][rng.integers(3)], "normal"
                )
                ops.append(("send", source, target, array))
                sent.append((source, target))
        return {"settings": settings, "ops": ops}

    return Picked(story)


GROUPS = [
    (3, None),
    (2, None),
    (4, (2, 0, 3)),
    (5, None),
    (1, None),
    (4, (3, 1)),
    (3, (2,)),
    (4, None),
    (5, (4, 3, 2, 1, 0)),
]
"""Workers of the network, and those who take part."""
SHAPES = [(7,), (4,), (2, 3), (1,), (), (12,), (0,), (3, 1, 5), (2,)]
"""Shapes of what each worker has; many are not cut evenly, and some have fewer numbers than there are workers."""


def bringing(groups=GROUPS, shapes=SHAPES, dtypes=("float64", "float32", "int64"), palette="ties"):
    """Workers, group, and arrays that they bring, of small whole numbers: their sums are exact in any order."""

    def brought(draw):
        workers, group = draw(one_of(*groups))
        shape, dtype, seed = draw(one_of(*shapes)), draw(one_of(*dtypes)), draw(seeds())
        size = workers if group is None else len(group)
        arrays = [fill(shape, 1 + seed + 31 * i, dtype, palette) for i in range(size)]
        if draw(one_of("as they are", "strided")) == "strided":
            arrays = [np.asfortranarray(array) if array.ndim else array for array in arrays]
        return {"workers": workers, "group": group, "arrays": arrays}

    return Picked(brought)


def weights(seed, inputs=3, hidden=4, outputs=3, dtype="float64"):
    rng = np.random.default_rng(seed)
    shapes = {"0.weight": (hidden, inputs), "0.bias": (hidden,), "2.weight": (outputs, hidden), "2.bias": (outputs,)}
    return {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}


def batches_of(seed, rows, loss, inputs=3, outputs=3, dtype="float64"):
    """One batch for each number of rows."""
    rng = np.random.default_rng(seed + 1)
    found = []
    for n in rows:
        x = rng.standard_normal((n, inputs)).astype(dtype)
        y = rng.integers(0, outputs, n) if loss == "cross_entropy" else rng.standard_normal((n, outputs)).astype(dtype)
        found.append((x, y))
    return found


OPTIMIZERS = [
    ["SGD", {"lr": 0.1}],
    ["Adam", {"lr": 0.05}],
    ["SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}],
    ["AdamW", {"lr": 0.05, "weight_decay": 0.2}],
    ["RMSprop", {"lr": 0.02}],
]
ROWS = [(8, 8, 8), (7, 5, 10), (5, 1, 6), (12, 4, 3), (2, 9, 11)]
"""Rows of batches that follow each other."""
LOSSES = st.sampled_from(["cross_entropy", "mse_loss"])
