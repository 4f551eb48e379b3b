"""The laws of earlier katas, to be held again."""

import functools
import importlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis

PROFILE = hypothesis.settings.default.max_examples
EXAMPLES = 2 if PROFILE <= 20 else 4
"""How many examples of each law are drawn: they were drawn in earnest before."""

STRIDE = 3 if PROFILE <= 20 else 1
"""In the quick profile every third law is held."""

BEFORE_AUTOGRAD = {"test_tensor_is_an_array_and_no_more"}
"""Laws that say what a Tensor is not, before this kata."""


def laws_of(kata: str) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """(name, law) for the laws of the Build and Use parts of `kata`, with each of their parameters; call law(ask)."""
    return itertools.islice(every_law_of(kata), 0, None, STRIDE)


def every_law_of(kata: str) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """All of them."""
    folder = Path(__file__).parents[1] / kata
    for path in (*sorted(folder.glob("test_build*.py")), *sorted(folder.glob("test_use*.py"))):
        module = importlib.import_module(f"spec.{kata}.{path.stem}")
        for name, law in vars(module).items():
            if name.startswith("test_") and name not in BEFORE_AUTOGRAD and law.__module__ == module.__name__:
                for parameters in parameters_of(law):
                    yield name, functools.partial(few_examples(law), **parameters)


def few_examples(law: Callable) -> Callable:
    """The law itself, or, if it draws, the same law with few examples."""
    drawn = getattr(law, "drawn", None)
    return law if drawn is None else lambda ask, **fixed: drawn.run(ask, fixed, EXAMPLES)


def parameters_of(law: Callable) -> Iterator[dict[str, Any]]:
    """What pytest would call a parametrised law with."""
    marks = [mark for mark in getattr(law, "pytestmark", []) if mark.name == "parametrize"]
    for rows in itertools.product(*(mark.args[1] for mark in marks)):
        found: dict[str, Any] = {}
        for mark, row in zip(marks, rows, strict=True):
            names = mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0]
            values = getattr(row, "values", row) if not callable(getattr(row, "values", None)) else row
            values = values if len(names) > 1 or hasattr(row, "marks") else (values,)
            found |= dict(zip([name.strip() for name in names], values, strict=True))
        yield found
