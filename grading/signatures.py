"""From a failure's signature to what the learner should look at: rows of spec/signatures.toml, predicates of spec.kit."""

import functools
import importlib
import tomllib
from pathlib import Path
from typing import Any

from .manifest import ROOT


@functools.cache
def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, "rb") as file:
        return tomllib.load(file)["signature"]


def match(error: BaseException, arguments: dict[str, Any]) -> tuple[str, str]:
    """The id of the first signature that `error` shows, and its text; ("", "") without one."""
    predicates = importlib.import_module("spec.kit.signatures")
    for row in _rows(ROOT / "spec" / "signatures.toml"):
        facts = getattr(predicates, row["when"])(error, arguments)
        if facts is not None:
            return row["id"], row["text"].format(**facts)
    return "", ""


def hint(error: BaseException, ask: Any) -> str:
    """What to look at, or "": a hint never costs the verdict."""
    arguments = ask.last.arguments() if ask.last is not None else {}
    try:
        return match(error, arguments)[1]
    except Exception:
        return ""
