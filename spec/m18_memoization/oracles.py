"""The right answers, in NumPy and float64: a GPT with a band of seen tokens, lists in the place of caches, a clock that ticks."""

import math
from collections.abc import Hashable
from typing import Any

import numpy as np

from .probes import tokens

# ------------------------------------------------------------- kept answers


def asked(calls, capacity):
    """Searches a list; the answers that were asked for last stand at its end. Arguments are told apart by how they are written."""
    kept, answers, counts, hits, asked_for = [], [], [], 0, 0
    for call in calls:
        name = spelled(call)
        at = next((i for i, (key, _) in enumerate(kept) if key == name), None)
        if at is None:
            asked_for += 1
            entry = (name, asked_for)
        else:
            hits += 1
            entry = kept.pop(at)
        kept.append(entry)
        kept = kept if capacity is None else kept[-capacity:]
        answers.append(entry[1])
        counts.append(len(kept))
    return {"answers": answers, "hits": hits, "misses": asked_for, "kept": counts}


def spelled(value: Any) -> Hashable:
    """What tells arguments apart, as text."""
    if isinstance(value, np.ndarray):
        return f"array {value.dtype} {value.shape} {value.tolist()}"
    if isinstance(value, dict):
        return "dict " + " ".join(sorted(f"{name!r}: {spelled(item)};" for name, item in value.items()))
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} {[spelled(item) for item in value]}"
    return f"{type(value).__name__} {value!r}"


# --------------------------------------------------------------------- cache


def kept(steps, settings):
    """A list of tokens for each layer; nothing is ever thrown away but by rollback."""
    shape = settings["batch"], settings["heads"], 0, settings["head_dim"]
    dtype, window = settings.get("dtype", "float32"), settings.get("window")
    layers = [[np.zeros(shape, dtype)] * 2 for _ in range(settings["layers"])]
    found = []

    def seen_by_next(length):
        return length if window is None else min(length, window - 1)

    for name, *args in steps:
        back, length = [], min(layer[0].shape[2] for layer in layers)
        if name == "append":
            layer, *more = args
            more = tokens(settings, *more)
            before = seen_by_next(layers[layer][0].shape[2])
            c = more[0].shape[2]
            layers[layer] = [np.concatenate([a, b.astype(dtype)], 2) for a, b in zip(layers[layer], more, strict=True)]
            back = [a[:, :, a.shape[2] - before - c :] for a in layers[layer]]
        else:
            left = length - args[0] if name == "rollback" else 0
            layers = [[a[:, :, :left] for a in layer] for layer in layers]
        length = min(layer[0].shape[2] for layer in layers)
        one = math.prod(settings[key] for key in ("layers", "batch", "heads", "capacity", "head_dim"))
        room = settings["capacity"] - seen_by_next(length)
        found.append({"back": back, "length": length, "room": room, "nbytes": 2 * one * np.dtype(dtype).itemsize})
    return found


# ----------------------------------------------------------------- attention


def mask(queries, keys, window):
    seen = np.zeros((queries, keys), bool)
    for i in range(queries):
        place = keys - queries + i
        for j in range(place + 1):
            seen[i, j] = window is None or place - j < window
    return seen


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def attended(window, q, keys, values):
    scores = q @ np.swapaxes(keys, -1, -2) / math.sqrt(q.shape[-1])
    scores = np.where(mask(q.shape[-2], keys.shape[-2], window), scores, -np.inf)
    return softmax(scores) @ values


# ----------------------------------------------------------------------- GPT


def normed(x, w, name):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]


def read(settings, w, ids, window=None):
    """Logits of a GPT for whole texts ids (batch, n), each token seeing the window's; and keys and values of each block."""
    w = {name: np.asarray(array, "float64") for name, array in w.items()}
    batch, n = ids.shape
    heads = settings["num_heads"]
    x = w["token_embedding.weight"][ids] + w["position_embedding.weight"][:n]
    kept = []
    for layer in range(settings["num_layers"]):
        b = f"blocks.{layer}"
        y = normed(x, w, f"{b}.norm1") @ w[f"{b}.attention.in_proj_weight"].T + w[f"{b}.attention.in_proj_bias"]
        q, k, v = (part.reshape(batch, n, heads, -1).swapaxes(1, 2) for part in np.split(y, 3, axis=-1))
        kept.append([k, v])
        seen = attended(window, q, k, v).swapaxes(1, 2).reshape(x.shape)
        x = x + seen @ w[f"{b}.attention.out_proj.weight"].T + w[f"{b}.attention.out_proj.bias"]
        y = normed(x, w, f"{b}.norm2") @ w[f"{b}.feed_forward.up.weight"].T + w[f"{b}.feed_forward.up.bias"]
        y = 0.5 * y * (1 + np.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y**3)))
        x = x + y @ w[f"{b}.feed_forward.down.weight"].T + w[f"{b}.feed_forward.down.bias"]
    return normed(x, w, "norm") @ w["head.weight"].T, kept


def story(how, steps, form, settings, state):
    batch = how.get("batch", 1)
    text, found = np.zeros((batch, 0), np.int64), []
    for name, *args in steps:
        if name == "read":
            ids = args[0]
            text = np.concatenate([text, ids.reshape(batch, -1)], axis=1)
            new = read(settings, state, text, how.get("window"))[0][:, -ids.shape[-1] :]
            found.append(new.reshape(*ids.shape, -1))
        else:
            text = text[:, : text.shape[1] - args[0] if name == "rollback" else 0]
        found.append(text.shape[1])
    return found


def contents(how, pieces, settings, state):
    text = np.concatenate([np.atleast_2d(ids) for ids in pieces], axis=1)
    _, kept = read(settings, state, text, how.get("window"))
    window = how.get("window")
    first = 0 if window is None else max(0, kept[0][0].shape[2] - window + 1)
    return [[array[:, :, first:] for array in pair] for pair in kept]


def greedy(settings, state, prompt, n, window=None):
    """The likeliest token, again and again; and by how much it was the likeliest, at least."""
    ids, lead = np.atleast_2d(prompt), math.inf
    for _ in range(n):
        rows = read(settings, state, ids, window)[0][:, -1]
        best = np.sort(rows, axis=-1)
        lead = min(lead, float((best[:, -1] - best[:, -2]).min()))
        ids = np.concatenate([ids, rows.argmax(-1)[:, None]], axis=1)
    return ids.reshape(*np.shape(prompt)[:-1], -1), lead


# ------------------------------------------------------------------- batches

TICK = 0.25
"""All times that are drawn are whole numbers of ticks."""


def served(max_batch, max_wait, table, requests):
    """Tick by tick: who is there, who is hopeless, is it time, who fits."""
    coming = sorted(enumerate(requests), key=lambda entry: (entry[1][1], entry[0]))
    coming = [request for _, request in coming]
    queue, batches, late, busy_until, now = [], [], [], 0.0, 0.0
    while coming or queue:
        if now >= busy_until:
            while coming and coming[0][1] <= now:
                queue.append(coming.pop(0))
            late += [request[0] for request in queue if now + table[0] > request[2]]
            queue = [request for request in queue if now + table[0] <= request[2]]
            front = queue[:max_batch]
            if front and (
                len(front) == max_batch
                or now - front[0][1] >= max_wait
                or any(now + table[len(front) - 1] >= request[2] for request in front)
            ):
                fits = [b for b in range(1, len(front) + 1) if all(now + table[b - 1] <= r[2] for r in front[:b])]
                batch, queue = queue[: max(fits)], queue[max(fits) :]
                busy_until = now + table[len(batch) - 1]
                batches.append((now, busy_until, tuple(request[0] for request in batch)))
                continue
        now += TICK
    return {"batches": batches, "late": late, "waiting": 0}


def latency(batches, requests, percent):
    arrivals = {request[0]: request[1] for request in requests}
    waits = sorted(finish - arrivals[name] for _, finish, names in batches for name in names)
    place = (len(waits) - 1) * percent / 100
    low = math.floor(place)
    return waits[low] + (place - low) * (waits[min(low + 1, len(waits) - 1)] - waits[low])


# ------------------------------------------------------------------- reflect


def pass_multiply_adds(vocab_size, dim, num_layers, new, past=0):
    """Product by product, each (rows, inner) @ (inner, columns)."""
    m = past + new
    products = [
        (new, dim, 3 * dim),
        (new, dim, m),
        (new, m, dim),
        (new, dim, dim),
        (new, dim, 4 * dim),
        (new, 4 * dim, dim),
    ]
    return num_layers * sum(a * b * c for a, b, c in products) + new * dim * vocab_size
