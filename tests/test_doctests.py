"""The examples in the docstrings run: the solutions', the kit's and the grader's."""

import doctest
import importlib
import sys

import numpy as np
import pytest

from grading.manifest import curriculum

from .conftest import existing, run

OF_KATAS = {f"solutions.{kata.id}.{file.removesuffix('.py')}": kata for kata in existing() for file in kata.files}
MODULES = [*OF_KATAS, "grading.markers", "grading.grafting", "spec.kit.probing"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    module = importlib.import_module(name)
    if name in OF_KATAS:
        for kata in curriculum().closure(OF_KATAS[name])[:-1]:
            if kata.activate:
                getattr(importlib.import_module(f"solutions.{kata.id}"), kata.activate)()
    np.random.seed(0)
    with np.printoptions(legacy=False):
        failed, tried = doctest.testmod(
            module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS, extraglobs={"np": np}
        )
    assert failed == 0
    if name.startswith("solutions.") and not name.endswith("reflect"):
        assert tried, f"{name} shows no example"


def test_the_tour_of_the_readme_runs():
    """In a process of its own: it switches autograd on."""
    ran = run(sys.executable, "-m", "doctest", "README.md")
    assert ran.status == 0, ran.text
