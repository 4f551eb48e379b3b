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
    raise NotImplementedError("m20: is_type")


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
    raise NotImplementedError("m20: schema_errors")


def _about_itself(data: Any, schema: dict[str, Any]) -> str:
    """What is wrong with a value, what is inside of it left aside; "" if nothing is. One way; yours may be another."""
    raise NotImplementedError("m20: _about_itself")


def _same(a: Any, b: Any) -> bool:
    """Whether two values are equal in JSON, where True is not 1. One way; yours may be another."""
    raise NotImplementedError("m20: _same")


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
    raise NotImplementedError("m20: validate_submission")


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
    raise NotImplementedError("m20: make_submission")


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
    raise NotImplementedError("m20: write_json")


def write_submission(path: str | os.PathLike, data: dict[str, Any]) -> None:
    """Write a submission to a file, as `write_json` does, once it is valid.

    Raises:
        ValueError: it is not; the message has all complaints, and nothing was written.
    """
    raise NotImplementedError("m20: write_submission")


def read_submission(path: str | os.PathLike) -> dict[str, Any]:
    """The submission in a file, equal to what was written.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no JSON in UTF-8 (cut off, damaged, too deep) or no valid submission; the file is named, and all
            complaints are.
    """
    raise NotImplementedError("m20: read_submission")
