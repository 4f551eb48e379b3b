"""submission.json: what was measured, in a form that nobody has to take on trust."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..m19_benchmarking import environment_record
from .measuring import Measured
from .schema import FORMAT, SUBMISSION_SCHEMA
from .scoring import gains_of, normalised_score


def is_type(value: Any, kind: str) -> bool:
    """Whether a value of Python is of a type of JSON.

    Args:
        value: anything.
        kind: "object" (a dict), "array" (a list), "string", "number", "integer", "boolean" or "null".
            True and False are booleans and nothing else. nan and the infinite ones are not of any type: JSON does not have them. A
            float without a fraction, as 3.0, is an integer, too; every integer is a number.

    >>> [kind for kind in ("object", "array", "string", "number", "integer", "boolean", "null") if is_type(3.0, kind)]
    ['number', 'integer']
    """
    # BEGIN SOLUTION
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int):
        return kind in ("integer", "number")
    if isinstance(value, float):
        return math.isfinite(value) and (kind == "number" or (kind == "integer" and value.is_integer()))
    known = {"object": dict, "array": list, "string": str, "null": type(None)}
    return kind in known and isinstance(value, known[kind])
    # END SOLUTION


def schema_errors(data: Any, schema: dict[str, Any], path: str = "submission") -> list[str]:
    """What about some data does not fit a JSON Schema: one complaint for each place that is wrong.

    The words that may stand in a schema, at any depth:

        type                a name, or a list of names of which one has to fit: `is_type`
        const, enum         the value, or a list of values of which one it has to be; only the same type of JSON is equal
        minimum, maximum, exclusiveMinimum     of a number
        minLength, maxLength                   of a string
        items, maxItems                        the schema of each item of an array; how many there may be
        required                               names that an object has to have
        properties                             a schema for each name; what the object does not have is not looked at
        additionalProperties                   if False, there may be no names but those in properties

    Others (such as "title") say nothing. A word that is not about the value's type says nothing either: minLength about a number.

    Args:
        data: anything that json.loads gives, nan included; whatever it is, nothing is raised.
        schema: as above.
        path: what the data is called.
    Returns:
        Complaints of the form "PATH: what is wrong", in any order; none if all is well. PATH is where: "submission",
        "submission.gains.speedup", "submission.steps[1]". A name that is missing, or one too many, is complained about
        under its own path. Of each place there is one complaint at most: where the type is wrong, nothing else is. A
        complaint about a number, a string, or None has the value in it, as `repr` has it (a long one may be cut).

    >>> schema = {"type": "object", "required": ["n", "who"], "properties": {"n": {"type": "integer", "minimum": 1}}}
    >>> for complaint in schema_errors({"n": 0}, schema): print(complaint)
    submission.who: missing
    submission.n: 0 is less than 1

    Source: JSON Schema, draft 2020-12. (There, nan is a number; here it is not.)
    """
    # BEGIN SOLUTION
    complaint = _about_itself(data, schema)
    if complaint:
        return [f"{path}: {complaint}"]
    complaints = []
    if isinstance(data, dict):
        properties = schema.get("properties", {})
        complaints += [f"{path}.{name}: missing" for name in schema.get("required", ()) if name not in data]
        if schema.get("additionalProperties") is False:
            complaints += [f"{path}.{name}: not known" for name in data if name not in properties]
        for name, inner in properties.items():
            if name in data:
                complaints += schema_errors(data[name], inner, f"{path}.{name}")
    if isinstance(data, list) and "items" in schema:
        for place, item in enumerate(data):
            complaints += schema_errors(item, schema["items"], f"{path}[{place}]")
    return complaints
    # END SOLUTION


def _about_itself(data: Any, schema: dict[str, Any]) -> str:
    """What is wrong with a value, what is inside of it left aside; "" if nothing is. One way; yours may be another."""
    # BEGIN SOLUTION
    shown = repr(data) if isinstance(data, int | float | str | None) else f"what is there, a {type(data).__name__},"
    shown = shown if len(shown) <= 100 else f"{shown[:100]}…"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_type(data, kind) for kind in kinds):
        return f"{shown} is not of type {' or '.join(kinds)}"
    allowed = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if allowed is not None and not any(_same(data, value) for value in allowed):
        return f"{shown} is not {' or '.join(map(repr, allowed))}"
    if is_type(data, "number"):
        if "minimum" in schema and data < schema["minimum"]:
            return f"{shown} is less than {schema['minimum']}"
        if "exclusiveMinimum" in schema and data <= schema["exclusiveMinimum"]:
            return f"{shown} is not greater than {schema['exclusiveMinimum']}"
        if "maximum" in schema and data > schema["maximum"]:
            return f"{shown} is more than {schema['maximum']}"
    if isinstance(data, str) and not schema.get("minLength", 0) <= len(data) <= schema.get("maxLength", len(data)):
        return f"{shown} has {len(data)} characters"
    if isinstance(data, list) and len(data) > schema.get("maxItems", len(data)):
        return f"{len(data)} items are more than {schema['maxItems']}"
    return ""
    # END SOLUTION


def _same(a: Any, b: Any) -> bool:
    """Whether two values are equal in JSON, where True is not 1. One way; yours may be another."""
    # BEGIN SOLUTION
    return isinstance(a, bool) == isinstance(b, bool) and a == b
    # END SOLUTION


def validate_submission(data: Any) -> list[str]:
    """What is wrong with a submission: nothing, or complaints as `schema_errors` makes them.

    First it has to fit SUBMISSION_SCHEMA. Only if it does, its numbers have to fit each other:

        submission.baseline.p95, submission.optimised.p95      not less than `seconds` beside it, the median of the same samples
        submission.gains.speedup, .smaller, .kept, .points_lost     as `gains_of` has it for baseline and optimised
        submission.score                                       as `normalised_score` has it

    each to six digits: |claimed - right| ≤ 1e-6 · max(1, |right|), so that nobody is refused for rounding.

    Args:
        data: anything that json.loads gives; whatever it is, nothing is raised, and it stays as it is.

    >>> validate_submission(["nonsense"])
    ['submission: what is there, a list, is not of type object']
    """
    # BEGIN SOLUTION
    complaints = schema_errors(data, SUBMISSION_SCHEMA)
    if complaints:
        return complaints
    models = [Measured(**data[which]) for which in ("baseline", "optimised")]
    for which, found in zip(("baseline", "optimised"), models, strict=True):
        if not found.p95 >= found.seconds - 1e-6 * max(1.0, found.seconds):
            complaints.append(f"submission.{which}.p95: {found.p95} is less than the median, {found.seconds}")
    right = {f"gains.{name}": value for name, value in dataclasses.asdict(gains_of(*models)).items()}
    right["score"] = normalised_score(*models)
    claimed = {**{f"gains.{name}": value for name, value in data["gains"].items()}, "score": data["score"]}
    for name, value in right.items():
        if not abs(claimed[name] - value) <= 1e-6 * max(1.0, abs(value)):
            complaints.append(f"submission.{name}: {claimed[name]} is claimed, and {value} follows")
    return complaints
    # END SOLUTION


def make_submission(
    author: str, task: str, baseline: Measured, optimised: Measured, steps: Sequence[str] = ()
) -> dict[str, Any]:
    """A submission as plain data: a new dict with the fields of SUBMISSION_SCHEMA, in their order.

    Args:
        author, task, steps: as they are; steps become a list.
        baseline, optimised: become dicts of their attributes, with plain Python numbers; gains and score follow from them, and the
            environment is that of this moment, `environment_record`.
    Raises:
        ValueError: what comes out is not valid; the message has all complaints. As `gains_of`.

    >>> made = make_submission("ada", "cnn", Measured("slow", 0.5, 4000, 6.0, 7.0), Measured("fast", 0.25, 1000, 1.5, 2.0))
    >>> list(made)
    ['schema', 'author', 'task', 'steps', 'baseline', 'optimised', 'gains', 'score', 'environment']
    >>> made["score"], validate_submission(made)
    (2.0, [])
    """
    # BEGIN SOLUTION
    plain = [
        Measured(str(m.name), float(m.accuracy), int(m.nbytes), float(m.seconds), float(m.p95))
        for m in (baseline, optimised)
    ]
    made = {
        "schema": FORMAT,
        "author": author,
        "task": task,
        "steps": list(steps),
        "baseline": dataclasses.asdict(plain[0]),
        "optimised": dataclasses.asdict(plain[1]),
        "gains": dataclasses.asdict(gains_of(*plain)),
        "score": normalised_score(*plain),
        "environment": environment_record(),
    }
    return _valid(made, "this")
    # END SOLUTION


def _valid(data: Any, what: str) -> Any:
    """`data`, or a ValueError with all complaints about it. Given."""
    complaints = validate_submission(data)
    if complaints:
        raise ValueError(f"{what} is no valid submission: {'; '.join(complaints)}")
    return data


def write_json(path: str | os.PathLike, data: Any) -> None:
    """Write data as JSON to a file, which is there as a whole or not at all.

    Whenever the program may be killed, in the middle of this too, there is a whole file at `path`: the one from before, or the
    new one. A file left beside it by a kill disturbs nothing; if this comes to its end, or raises, it leaves none beside it.

    Args:
        path: in a folder that exists. A file that is there is replaced.
        data: what json.dumps takes, without nan and the infinite ones.
    Raises:
        TypeError, ValueError: data is not of that kind; nothing was written then.
        OSError: as open; the file from before is still there.
    """
    # BEGIN SOLUTION
    text = json.dumps(data, indent=2, allow_nan=False)
    partial = Path(f"{os.fspath(path)}.partial")  # in the same folder: only there is a rename one step
    try:
        with open(partial, "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    # END SOLUTION


def write_submission(path: str | os.PathLike, data: dict[str, Any]) -> None:
    """Write a submission to a file, as `write_json` does, once it is valid.

    Raises:
        ValueError: it is not; the message has all complaints, and nothing was written.
    """
    # BEGIN SOLUTION
    write_json(path, _valid(data, "this"))
    # END SOLUTION


def read_submission(path: str | os.PathLike) -> dict[str, Any]:
    """The submission in a file, equal to what was written.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no JSON in UTF-8 (cut off, damaged, too deep) or no valid submission; the file is named, and all
            complaints are.
    """
    # BEGIN SOLUTION
    content = Path(path).read_bytes()
    try:
        data = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{os.fspath(path)} is no JSON: {error}") from error
    return _valid(data, os.fspath(path))
    # END SOLUTION
