"""What a submission looks like: a JSON Schema. Given, all of it.

>>> SUBMISSION_SCHEMA["properties"]["task"]
{'enum': ['cnn', 'gpt']}
"""

from __future__ import annotations

from typing import Any

FORMAT = "kata-submission/1"
"""What a submission says it is."""


def _fields(**properties: Any) -> dict[str, Any]:
    """An object that has these fields and no others."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


_SECONDS = {"type": "number", "minimum": 1e-9, "maximum": 1e9}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 80}


def _measured(least: float) -> dict[str, Any]:
    return _fields(
        name=_TEXT,
        accuracy={"type": "number", "minimum": least, "maximum": 1},
        nbytes={"type": "integer", "minimum": 1, "maximum": 2**50},
        seconds=_SECONDS,
        p95=_SECONDS,
    )


SUBMISSION_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A submission to the leaderboard of the katas",
    **_fields(
        schema={"const": FORMAT},
        author=_TEXT,
        task={"enum": ["cnn", "gpt"]},
        steps={"type": "array", "items": _TEXT, "maxItems": 20},
        baseline=_measured(1e-6),
        optimised=_measured(0),
        gains=_fields(
            speedup={"type": "number", "exclusiveMinimum": 0},
            smaller={"type": "number", "exclusiveMinimum": 0},
            kept={"type": "number", "minimum": 0},
            points_lost={"type": "number", "minimum": -100, "maximum": 100},
        ),
        score={"type": "number", "minimum": 0},
        environment={
            "type": "object",
            "required": ["python", "numpy", "system", "machine", "cpus"],
            "properties": {
                "python": _TEXT,
                "numpy": _TEXT,
                "system": {"type": "string"},
                "machine": {"type": "string"},
                "cpus": {"type": ["integer", "null"], "minimum": 1},
            },
        },
    ),
}
"""The words of JSON Schema that are used in it are all that `schema_errors` has to know."""
