"""What the laws of this kata draw: calls, steps with a cache, small GPTs and texts in pieces, days of requests."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit import seeds
from spec.kit.strategies import Picked, one_of, whole

from .oracles import TICK

# ------------------------------------------------------------- kept answers

ARGUMENTS = (
    (0, 1, 2, 3, 4),
    (1, 1.0, True, "1", np.float32(1.0)),
    (np.arange(6), np.arange(6.0), np.arange(6).reshape(2, 3), np.arange(6).reshape(2, 3)[::-1], [0, 1, 2, 3, 4, 5]),
    ([1, 2], (1, 2), (1, 2.0), {"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ([np.zeros(2)], [np.zeros(2), 1], (np.zeros(2), 1), {"a": [np.ones(2)]}, {"a": [np.zeros(2)]}),
)
"""Each row is asked in any order, again and again."""

SIX = np.arange(6)
DIFFERENT = [
    (SIX, SIX + 1), (SIX, SIX.astype("int32")), (SIX, SIX.reshape(2, 3)),
    (SIX.reshape(2, 3), SIX.reshape(3, 2)), (SIX, list(range(6))),
    (1, 1.0), (1, True), (0, False), (1, "1"), (1, np.float32(1)), ([1, 2], (1, 2)), ([1, 2], [2, 1]), ([1, [2]], [1, 2]),
    ([1, True], [1, 1]), ({"a": 1}, {"a": 2}), ({"a": 1}, {"b": 1}), ({"a": 1}, [("a", 1)]), ([SIX], [SIX + 1]), (None, 0),
    ({"a": {"b": SIX}}, {"a": {"b": SIX + 1}}), ("ab", b"ab"), (np.zeros(0), np.zeros((0, 2))),
]  # fmt: skip
"""Arguments that must not have one key."""

CALLS = [
    (((1, 2), {}), ((2, 1), {}), False), (((1,), {"a": 2}), ((1, 2), {}), False), (((1, 2), {}), (((1, 2),), {}), False),
    (((), {"a": 1, "b": 2}), ((), {"b": 2, "a": 1}), True), (((), {"a": 1, "b": 2}), ((), {"a": 2, "b": 1}), False),
    ((("a", 1), {}), ((), {"a": 1}), False), (((), {}), ((None,), {}), False), (((), {}), ((), {}), True),
    ((({"a": 1, "b": 2},), {}), (({"b": 2, "a": 1},), {}), True), ((({"a": 1},), {}), ((), {"a": 1}), False),
]  # fmt: skip
"""Two calls (positions, names), and whether they must have one key."""


def calls() -> Any:
    """A list of calls (positions, names) of few different arguments."""

    def pick(draw: Callable) -> list[tuple[tuple, dict]]:
        row, by_name, length, seed = (
            draw(one_of(0, 1, 2, 3, 4)),
            draw(one_of(False, True)),
            draw(whole(1, 40)),
            draw(seeds()),
        )
        found = []
        for place in np.random.default_rng(seed).integers(0, 5, length).tolist():
            x, y = ARGUMENTS[row][place], ARGUMENTS[row][0]
            found.append(((), {"x": x, "y": y} if place % 2 else {"y": y, "x": x}) if by_name else ((x, y), {}))
        return found

    return Picked(pick)


# --------------------------------------------------------------------- cache

SIZES = (
    {"layers": 1, "batch": 1, "heads": 1, "capacity": 4, "head_dim": 1},
    {"layers": 2, "batch": 2, "heads": 2, "capacity": 6, "head_dim": 3},
    {"layers": 3, "batch": 1, "heads": 2, "capacity": 5, "head_dim": 2},
    {"layers": 1, "batch": 3, "heads": 1, "capacity": 1, "head_dim": 4},
)


def appended(turn: int, c: int, *layers: int) -> list[tuple]:
    """Steps that append c tokens to some layers; their numbers tell turns and layers apart."""
    return [("append", layer, c, 100 * turn + 10 * layer) for layer in layers]


def caches(windows: bool) -> Any:
    """A dict of settings and steps: appends to all layers in some order, rollbacks and resets, as many as there is room for.

    A pass may break off: some layers are then ahead, by one append or two, until the next rollback or reset.
    """

    def pick(draw: Callable) -> dict[str, Any]:
        settings = dict(SIZES[draw(one_of(0, 1, 2, 3))])
        settings["dtype"] = draw(one_of("float64", "float32"))
        capacity, length, steps = settings["capacity"], 0, []
        window = settings["window"] = draw(whole(1, capacity)) if windows else None
        given = draw(one_of((), ("float32",)))
        rng = np.random.default_rng(draw(seeds()))
        for turn in range(draw(whole(1, 9))):
            room = capacity - (length if window is None else min(length, window - 1))
            back = length if window is None or length <= window else 0
            what = rng.integers(0, 10)
            if what < 2 and length:
                n = int(rng.integers(0, back + 1))
                steps.append(("rollback", n))
                length -= n
            elif what == 2:
                steps.append(("reset",))
                length = 0
            elif room:
                c = int(rng.integers(1, room + 1)) if rng.random() < 0.6 else 1
                order = rng.permutation(settings["layers"]).tolist()
                if what == 3 and len(order) > 1:
                    first = int(rng.integers(1, c + 1))
                    for layer in order[1:]:
                        steps += [(*step, *given) for step in appended(turn, first, layer)]
                        if first < c:
                            steps += [(*step, *given) for step in appended(turn + 10, c - first, layer)]
                    n = int(rng.integers(0, back + 1))
                    steps.append(("rollback", n))
                    length -= n
                else:
                    steps += [(*step, *given) for step in appended(turn, c, *order)]
                    length += c
        return {"settings": settings, "steps": steps or [("reset",)]}

    return Picked(pick)


# ----------------------------------------------------------------------- GPT

GPTS = (
    {"vocab_size": 7, "dim": 8, "num_layers": 2, "num_heads": 2, "context": 9},
    {"vocab_size": 5, "dim": 6, "num_layers": 1, "num_heads": 3, "context": 6},
    {"vocab_size": 6, "dim": 4, "num_layers": 3, "num_heads": 1, "context": 8, "tie_weights": False},
)


def gpt_shapes(settings: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a GPT's state, in order."""
    vocab, dim = settings["vocab_size"], settings["dim"]
    shapes: dict[str, tuple[int, ...]] = {
        "token_embedding.weight": (vocab, dim),
        "position_embedding.weight": (settings["context"], dim),
    }
    for layer in range(settings["num_layers"]):
        b = f"blocks.{layer}"
        shapes |= {f"{b}.norm1.weight": (dim,), f"{b}.norm1.bias": (dim,)}
        shapes |= {f"{b}.attention.in_proj_weight": (3 * dim, dim), f"{b}.attention.in_proj_bias": (3 * dim,)}
        shapes |= {f"{b}.attention.out_proj.weight": (dim, dim), f"{b}.attention.out_proj.bias": (dim,)}
        shapes |= {f"{b}.norm2.weight": (dim,), f"{b}.norm2.bias": (dim,)}
        shapes |= {f"{b}.feed_forward.up.weight": (4 * dim, dim), f"{b}.feed_forward.up.bias": (4 * dim,)}
        shapes |= {f"{b}.feed_forward.down.weight": (dim, 4 * dim), f"{b}.feed_forward.down.bias": (dim,)}
    return shapes | {"norm.weight": (dim,), "norm.bias": (dim,), "head.weight": (vocab, dim)}


def gpt_state(settings: dict[str, Any], seed: int, dtype: str = "float64") -> dict[str, np.ndarray]:
    """Weights of a size at which tokens matter to each other."""
    rng, state = np.random.default_rng(seed), {}
    for name, shape in gpt_shapes(settings).items():
        near = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        size = 0.2 if len(shape) == 1 else 1.5 / np.sqrt(shape[-1])
        state[name] = (near + size * rng.standard_normal(shape)).astype(dtype)
    if settings.get("tie_weights", True):
        state["head.weight"] = state["token_embedding.weight"]
    return state


def stories(windows: bool = False, batches: tuple = (None, 2, 1, 3)) -> Any:
    """A dict with a GPT's settings, the seed of its state, how its cache is made, and steps: texts in pieces, rollbacks, resets.

    A batch of None is a text with one axis.
    """

    def pick(draw: Callable) -> dict[str, Any]:
        settings, batch = GPTS[draw(one_of(0, 1, 2))], draw(one_of(*batches))
        context = settings["context"]
        how: dict[str, Any] = {"batch": batch or 1}
        capacity = draw(one_of(context, context + 2, 4)) if windows or draw(one_of(False, True)) else context
        if capacity != context:
            how["capacity"] = capacity
        window = draw(whole(1, min(4, capacity))) if windows else None
        if windows:
            how["window"] = window
        seed = draw(seeds())
        rng = np.random.default_rng(seed)
        steps, length = [], 0
        for _ in range(draw(whole(1, 6))):
            room = capacity - (length if window is None else min(length, window - 1))
            room = min(room, context - length)
            what = rng.integers(0, 8)
            if what == 0 and length and window is None:
                n = int(rng.integers(0, length + 1))
                steps.append(("rollback", n))
                length -= n
            elif what == 1 and length:
                steps.append(("reset",))
                length = 0
            elif room:
                c = int(rng.integers(1, room + 1)) if rng.random() < 0.6 else 1
                shape = (c,) if batch is None else (batch, c)
                steps.append(("read", rng.integers(0, settings["vocab_size"], shape)))
                length += c
        if not steps:
            steps.append(("read", rng.integers(0, settings["vocab_size"], (batch or 1, 1))))
        return {"settings": settings, "seed": seed, "how": how, "steps": steps}

    return Picked(pick)


def texts(batches: tuple = (None, 2, 1)) -> Any:
    """A dict with a GPT's settings, a seed, a prompt and how many tokens fit behind it."""

    def pick(draw: Callable) -> dict[str, Any]:
        settings, batch, seed = GPTS[draw(one_of(0, 1, 2))], draw(one_of(*batches)), draw(seeds())
        t = draw(whole(1, settings["context"]))
        n = draw(one_of(settings["context"] + 1 - t, 2, 1, 0, 4))  # the first: to the very end of the context
        n = min(n, settings["context"] + 1 - t)
        prompt = np.random.default_rng(seed).integers(0, settings["vocab_size"], (t,) if batch is None else (batch, t))
        return {"settings": settings, "seed": seed, "prompt": prompt, "n": n}

    return Picked(pick)


# ------------------------------------------------------------------- batches

TABLE = [2.0, 3.0, 4.0]
"""Seconds of a batch of 1, 2 and 3."""

LEAVING = [
    ([], np.inf, 50.0, ()),
    ([("a", 1.0)], 6.0, 5.75, ()),
    ([("a", 1.0)], 6.0, 6.0, ("a",)),
    ([("a", 1.0), ("b", 4.0)], 6.0, 6.0, ("a", "b")),  # counted from the first, not from the last
    ([("a", 1.0), ("b", 2.0), ("c", 3.0)], 3.0, 3.0, ("a", "b", "c")),
    ([("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 3.0)], 3.0, 4.0, ("a", "b", "c")),
    ([("a", 1.0, 5.0)], 3.0, 2.75, ()),
    ([("a", 1.0, 5.0)], 3.0, 3.0, ("a",)),  # done just in time
    ([("a", 1.0), ("b", 2.0, 5.5)], 2.5, 2.5, ("a", "b")),  # two take longer than one
    ([("a", 1.0, 9.0), ("b", 2.0, 6.0)], 3.0, 3.0, ("a", "b")),
    ([("a", 1.0), ("b", 1.0), ("c", 1.5), ("d", 1.5, 4.0)], 1.5, 1.5, ("a", "b", "c")),  # d is not in the front
]
"""Who waits (id, arrival, deadline) for a batch of 3 with a longest wait of 5; leaves_at(); and who leaves when."""

LATE = [
    (3, [("a", 0.0, 4.0)], 2.0, ("a",), []),
    (3, [("a", 0.0, 4.0)], 2.25, (), ["a"]),
    (3, [("a", 0.0, 4.0), ("b", 0.0)], 2.25, (), ["a"]),  # and b has time
    (3, [("a", 0.0), ("b", 1.0, 4.0), ("c", 1.0)], 1.5, ("a",), []),  # three, or two, would be too much for b
    (3, [("a", 0.0), ("b", 1.0, 4.5), ("c", 1.0)], 1.5, ("a", "b"), []),
    (2, [("a", 0.0), ("b", 1.0), ("c", 1.0, 3.0), ("d", 1.0, 3.5)], 1.25, ("a", "b"), ["c"]),
    (3, [("a", 0.0, 1.0), ("b", 0.0, 1.5), ("c", 0.0)], 6.0, ("c",), ["a", "b"]),
]
"""The largest batch; who waits; what leaves when; who is turned away."""


def days(deadlines: bool = True) -> Any:
    """A dict with max_batch, max_wait, the seconds of a batch of each size, and requests (id, arrival, deadline) in any order."""

    def pick(draw: Callable) -> dict[str, Any]:
        max_batch, max_wait = draw(one_of(2, 3, 1, 4)), TICK * draw(one_of(4, 0, 1, 10))
        fixed, each, count = draw(one_of(4, 1, 8)), draw(one_of(1, 0, 3)), draw(whole(1, 10))
        with_deadlines, pace = deadlines and draw(one_of(True, True, False)), draw(one_of(10, 30, 3, 80))
        rng = np.random.default_rng(draw(seeds()))
        requests = []
        for i in range(count):
            arrival = int(rng.integers(0, pace))
            spare = int(rng.integers(0, 24)) if with_deadlines and rng.random() < 0.7 else None
            deadline = np.inf if spare is None else TICK * (arrival + fixed + each - 2 + spare)
            requests.append((f"r{i}", TICK * arrival, float(deadline)))
        table = [TICK * (fixed + each * b) for b in range(1, max_batch + 1)]
        return {"max_batch": max_batch, "max_wait": max_wait, "table": table, "requests": requests}

    return Picked(pick)


def decimal_days() -> Any:
    """A dict with a `day` in tenths of a second, and the `groups` (start, finish, ids) in which its requests are served.

    A group is done before the next one comes; all of it is there for a tenth at least before its last moment, at which it
    leaves, unless it is full or has waited long enough before. So rounding decides about nobody, if times are compared as the
    scheduler says; many of its last moments are such that deadline - seconds + seconds is more than the deadline.
    """

    def pick(draw: Callable) -> dict[str, Any]:
        max_batch, max_wait = draw(one_of(3, 4, 2)), draw(one_of(80, 100, 9))
        fixed, each, count = draw(one_of(2, 11, 24, 5)), draw(one_of(1, 2, 7)), draw(whole(2, 5))
        rng = np.random.default_rng(draw(seeds()))
        requests, groups, now = [], [], 0
        for group in range(count):
            size = int(rng.integers(1, max_batch + group % 2))
            arrivals = now + int(rng.integers(0, 4)) + np.sort(rng.integers(0, 4, size))
            seconds = fixed + each * size
            moments = int(arrivals[-1]) + 1 + rng.permutation(60)
            rounded = [m for m in moments if (m + seconds) / 10 - seconds / 10 + seconds / 10 > (m + seconds) / 10]
            last = int((rounded or moments.tolist())[0])
            spare = rng.permutation([0, *rng.integers(0, 6, size - 1)])
            ids = tuple(f"{group}{letter}" for letter in "abcd"[:size])
            deadlines = (last + seconds + spare).tolist()
            requests += [(i, a / 10, d / 10) for i, a, d in zip(ids, arrivals.tolist(), deadlines, strict=True)]
            start = int(arrivals[-1]) if size == max_batch else min(last, int(arrivals[0]) + max_wait)
            groups.append((start / 10, (start + seconds) / 10, ids))
            now = start + seconds + 1
        table = [(fixed + each * b) / 10 for b in range(1, max_batch + 1)]
        day = {"max_batch": max_batch, "max_wait": max_wait / 10, "table": table, "requests": requests}
        return {"day": day, "groups": groups}

    return Picked(pick)
