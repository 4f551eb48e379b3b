"""The right answers for tasks 6 and 7, and what their laws draw: schemas, faults, days at the board."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit.strategies import Picked, one_of, whole

from . import oracles

NAN, INF = float("nan"), float("inf")

# ---------------------------------------------------------------- JSON Schema

KINDS = ("object", "array", "string", "number", "integer", "boolean", "null")


def types_of(value: Any) -> list[str]:
    if value is None or isinstance(value, bool):
        return ["null" if value is None else "boolean"]
    if isinstance(value, int | float):
        if not math.isfinite(value):
            return []
        return ["number", "integer"] if value == int(value) else ["number"]
    return [{dict: "object", list: "array", str: "string"}[type(value)]]


def wrong_places(data: Any, schema: dict, path: str = "submission") -> list[str]:
    """Where data does not fit, sorted."""
    kinds = schema.get("type", KINDS)
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "type" in schema and not set(types_of(data)) & set(kinds):
        return [path]
    allowed = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if allowed is not None and not any(types_of(data) == types_of(value) and data == value for value in allowed):
        return [path]
    if "number" in types_of(data):
        low, above, high = (schema.get(word, default) for word, default in (
            ("minimum", -INF), ("exclusiveMinimum", -INF), ("maximum", INF)))  # fmt: skip
        if data < low or data <= above or data > high:
            return [path]
    if isinstance(data, str) and not schema.get("minLength", 0) <= len(data) <= schema.get("maxLength", 10**9):
        return [path]
    found = []
    if isinstance(data, list):
        if len(data) > schema.get("maxItems", 10**9):
            return [path]
        for place, item in enumerate(data):
            found += wrong_places(item, schema.get("items", {}), f"{path}[{place}]")
    if isinstance(data, dict):
        properties = schema.get("properties", {})
        found += [f"{path}.{name}" for name in schema.get("required", []) if name not in data]
        if not schema.get("additionalProperties", True):
            found += [f"{path}.{name}" for name in data if name not in properties]
        for name in set(data) & set(properties):
            found += wrong_places(data[name], properties[name], f"{path}.{name}")
    return sorted(found)


VALUES = [
    0, 1, -1, 3.0, 2.5, True, False, None, "", "a", "hello there", [], [1, "a"], {}, {"a": 1}, NAN, INF, -INF, 10**30, 1.0, -0.0,
    [[1], [2.5, True]], {"a": {"b": None}},
]  # fmt: skip
"""What JSON may hold, and what it may not."""

SCHEMAS = [
    {"type": "integer", "minimum": 0, "maximum": 5},
    {"type": "number", "exclusiveMinimum": 0},
    {"type": ["integer", "null"], "minimum": 1},
    {"type": "string", "minLength": 1, "maxLength": 5},
    {"const": 1}, {"const": "a"}, {"enum": [True, "a", None]}, {"enum": [0, 2.5]}, {"const": False},
    {"type": "array", "items": {"type": "number", "minimum": 1}, "maxItems": 2},
    {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": ["integer", "object"]}}, "additionalProperties": False},
    {"required": ["b", "a"], "title": "anything", "additionalProperties": True},
    {"minimum": 1, "minLength": 2}, {}, {"type": "boolean"}, {"type": "null"}, {"maximum": 2},
]  # fmt: skip


def documents() -> Any:
    """A dict: data and a schema, nested, in which several things may be wrong at once."""

    def pick(draw: Callable) -> dict[str, Any]:
        names = [draw(one_of("a", "b", "c")) for _ in range(3)]
        data = {name: VALUES[draw(whole(0, len(VALUES) - 1))] for name in names}
        data["list"] = [VALUES[draw(whole(0, len(VALUES) - 1))] for _ in range(draw(one_of(2, 0, 1, 3)))]
        schema = {
            "type": "object",
            "required": [draw(one_of("a", "list", "d"))],
            "properties": {
                "a": SCHEMAS[draw(whole(0, len(SCHEMAS) - 1))],
                "b": SCHEMAS[draw(whole(0, len(SCHEMAS) - 1))],
                "list": {"type": "array", "items": SCHEMAS[draw(whole(0, len(SCHEMAS) - 1))], "maxItems": 3},
            },
        }
        closed = draw(one_of(None, False, True))
        if closed is not None:
            schema["additionalProperties"] = closed
        return {"data": data, "schema": schema}

    return Picked(pick)


# -------------------------------------------------------------------- faults

ONE_FAULT = [
    *([[[name], "drop", None]] for name in ("schema", "author", "task", "steps", "gains", "score", "environment")),
    [[["baseline", "seconds"], "drop", None]], [[["optimised", "nbytes"], "drop", None]], [[["gains", "kept"], "drop", None]],
    [[["schema"], "set", "kata-submission/2"]], [[["author"], "set", ""]], [[["author"], "set", "a" * 81]],
    [[["task"], "set", "mlp"]],
    [[["steps", 0], "set", 3]], [[["more"], "set", 1]], [[["baseline", "more"], "set", 1]],
    [[["baseline", "accuracy"], "set", 0]], [[["optimised", "accuracy"], "set", 1.01]], [[["optimised", "accuracy"], "set", -0.1]],
    [[["optimised", "accuracy"], "set", True]], [[["baseline", "nbytes"], "set", 0]], [[["baseline", "nbytes"], "set", 1000.5]],
    [[["optimised", "seconds"], "set", 0.0]], [[["optimised", "seconds"], "set", -1.0]], [[["optimised", "seconds"], "set", NAN]],
    [[["optimised", "seconds"], "set", "0.1"]], [[["baseline", "p95"], "set", INF]], [[["score"], "set", NAN]],
    [[["score"], "set", None]], [[["gains", "speedup"], "set", 0]], [[["gains", "points_lost"], "set", 101]],
    [[["environment", "cpus"], "set", 0]], [[["environment", "python"], "set", 3]], [[["environment"], "set", []]],
    # what fits the schema, and does not fit itself
    [[["score"], "times", 1.01]], [[["gains", "speedup"], "times", 1.001]], [[["gains", "smaller"], "times", 0.99]],
    [[["gains", "kept"], "times", 1.0001]], [[["gains", "points_lost"], "times", -1]], [[["gains", "points_lost"], "set", 0]],
    [[["baseline", "p95"], "set", 0.125]], [[["optimised", "p95"], "set", 0.06]], [[["score"], "set", True]],
]  # fmt: skip
"""Faults of which each spoils one place of a good submission, and that alone."""

NO_FAULT = [
    [], [[["environment", "cpus"], "set", None]], [[["environment", "more"], "set", "fine"]], [[["steps"], "set", []]],
    [[["score"], "times", 1 + 1e-8]], [[["gains", "speedup"], "times", 1 - 1e-8]], [[["baseline", "p95"], "set", 0.25]],
    [[["baseline", "nbytes"], "set", 4000.0]],
]  # fmt: skip
"""Changes that leave a submission valid."""


def path_of(fault: list) -> str:
    path = "submission"
    for part in fault[0]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path


# --------------------------------------------------------------------- board


def broken_claims(before: list, after: list, again: list, tolerance: float) -> list[str]:
    """Which claims a second measurement does not bear out, sorted."""
    found = []
    if again[0][3] / again[1][3] < (1 - tolerance) * before[3] / after[3]:
        found.append("submission.gains.speedup")
    for which, claimed, now in (("baseline", before, again[0]), ("optimised", after, again[1])):
        if claimed[2] != now[2]:
            found.append(f"submission.{which}.nbytes")
        if abs(claimed[1] - now[1]) > 0.005:
            found.append(f"submission.{which}.accuracy")
    return sorted(found)


def claims() -> Any:
    """A dict: what is claimed, what is measured again, and the tolerance; nothing lies close to a bound."""

    def pick(draw: Callable) -> dict[str, Any]:
        seed, tolerance = draw(whole(0, 9999)), draw(one_of(None, 0.1, 0.5, 0.0))
        speed = draw(one_of("same", "a little slower", "slower", "far slower", "faster", "other machine"))
        memory, accuracy = (
            draw(one_of("same", "one byte less", "baseline")),
            draw(one_of("same", "close", "less", "more", "baseline")),
        )
        rng = np.random.default_rng(seed)
        most = 0.25 if tolerance is None else tolerance
        before = ["a", 0.75, int(rng.integers(2000, 9000)), float(rng.integers(50, 90)) / 64, 2.0]
        after = ["b", 0.5, int(rng.integers(10, 900)), float(rng.integers(1, 9)) / 64, 2.0]
        factor = {
            "same": 1.0, "a little slower": 1 - 0.9 * most, "slower": 1 - 1.1 * most - 0.001, "far slower": 0.01, "faster": 3.0,
            "other machine": 1.0,
        }[speed]  # fmt: skip
        again = [["c", *before[1:]], ["d", after[1], after[2], after[3] / max(factor, 1e-3), 2.0]]
        if speed == "other machine":
            again[0][3], again[1][3] = 8 * again[0][3], 8 * again[1][3]
        again[1][2] -= memory == "one byte less"
        again[0][2] += memory == "baseline"
        again[1][1] += {"close": 0.004, "less": -0.006, "more": 0.02}.get(accuracy, 0.0)
        again[0][1] += 0.01 if accuracy == "baseline" else 0.0
        return {"before": before, "after": after, "again": again, "tolerance": [] if tolerance is None else [tolerance]}

    return Picked(pick)


def entry(author: str, task: str = "cnn", power: int = 0) -> dict[str, Any]:
    """An entry for a board that holds what it claims: half the memory, and 2**power as fast."""
    before = ["slow", 0.75, 4096, 8.0, 99.0]
    after = ["fast", 0.75, 2048, 8.0 / 2.0**power, 99.0]
    return {
        "author": author, "task": task, "before": before, "after": after, "again": [list(before), list(after)], "faults": [],
    }  # fmt: skip


def days() -> Any:
    """A list of entries for a board: few authors, tied scores, better and worse ones, claims that do not hold, faults."""

    def pick(draw: Callable) -> list[dict]:
        entries = []
        for _ in range(draw(one_of(5, 1, 2, 8, 3))):
            author, task = draw(one_of("ada", "bob", "cyd", "dan")), draw(one_of("cnn", "cnn", "gpt"))
            kind = draw(one_of("good", "boasts", "fault", "other machine", "good", "raises"))
            new = entry(author, task, draw(whole(0, 3)))
            if kind == "other machine":  # half as fast all of it, and a little faster than claimed
                new["again"][0][3], new["again"][1][3] = 16.0, 2 * new["after"][3] * 0.75
            if kind == "boasts":
                new["again"][1][3] *= 4
            if kind == "fault":
                new["faults"] = [[["score"], "times", 2.0]]
            if kind == "raises":
                new["again"] = None
            entries.append(new)
        return entries

    return Picked(pick)


def board(entries: list[dict], reopen: bool, tolerance: list[float]) -> dict[str, Any]:
    """What comes of each entry, by the rules."""
    held: list[dict] = []
    steps, most = [], tolerance[0] if tolerance else 0.25
    for entry in entries:
        came: Any = True
        if entry["faults"]:
            came = "refused"
        elif entry["again"] is None:
            came = "the error went on"
        elif broken_claims(entry["before"], entry["after"], entry["again"], most):
            came = "refused"
        else:
            gains = oracles.gains(*entry["again"])
            new = {
                "author": entry["author"], "task": entry["task"], "score": oracles.score(*entry["again"])["score"], "gains": gains,
            }  # fmt: skip
            own = [one for one in held if (one["author"], one["task"]) == (new["author"], new["task"])]
            if own and own[0]["score"] >= new["score"] - 1e-9:
                came = False
            else:
                held = [one for one in held if one not in own] + [new]
        lines = {}
        for task in ("cnn", "gpt"):
            mine = sorted((one for one in held if one["task"] == task), key=lambda one: -round(one["score"], 9))
            lines[task] = [
                [1 + sum(other["score"] > one["score"] + 1e-9 for other in mine), one["author"], one["score"],
                 *(one["gains"][name] for name in ("speedup", "smaller", "points_lost"))]
                for one in mine
            ]  # fmt: skip
        steps.append({"came": came, "measured again": 0 if entry["faults"] else 1, "standings": lines})
    added = any(step["came"] is True for step in steps)
    return {"steps": steps, "files": ["board.json"] if reopen and added else []}
