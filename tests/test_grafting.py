"""Grafting: definitions take the place of those of the same name, and nothing else changes."""

import ast
import sys
import tomllib

import pytest

from grading.grafting import graft
from grading.manifest import ROOT, curriculum

from .conftest import run as command

STOCK = """\
import math

LIMIT = 3


class Box:
    \"\"\"A box.\"\"\"

    size = 1

    @property
    def wide(self):
        return 1

    @wide.setter
    def wide(self, value):
        self.size = value

    def area(self):
        return LIMIT * helper()


def helper():
    return 1
"""


def run(text):
    names = {}
    exec(compile(text, "grafted", "exec"), names)
    return names


def test_a_method_is_replaced_and_its_class_keeps_the_others():
    names = run(graft(STOCK, "class Box:\n    def area(self):\n        return -LIMIT\n"))
    box = names["Box"]()
    box.wide = 5
    assert (box.area(), box.wide, box.size) == (-3, 1, 5)


def test_a_part_of_a_property_is_told_from_the_other():
    scion = "class Box:\n    @wide.setter\n    def wide(self, value):\n        self.size = 2 * value\n"
    names = run(graft(STOCK, scion))
    box = names["Box"]()
    box.wide = 5
    assert (box.wide, box.size) == (1, 10)


def test_new_names_stand_before_what_needs_them():
    scion = "import os\n\nclass Base:\n    kind = os.sep\n\nclass Box(Base):\n    def new(self):\n        return 7\n\ndef last():\n    return 8\n"
    names = run(graft(STOCK, scion))
    assert isinstance(names["Box"](), names["Base"])
    assert (names["Box"]().new(), names["Box"]().area(), names["last"]()) == (7, 3, 8)


def test_an_assignment_and_a_function_are_replaced():
    names = run(graft(STOCK, "LIMIT = 10\n\ndef helper():\n    return 4\n"))
    assert names["Box"]().area() == 40


PARTS = sorted(ROOT.glob("spec/*/wheats/*/*.part.py"))


@pytest.mark.parametrize("path", PARTS, ids=lambda p: f"{p.parts[-4]}-{p.parts[-2]}-{p.name}")
def test_every_part_fits_its_solution(path):
    stock = ROOT / "solutions" / path.parts[-4] / path.name.replace(".part.py", ".py")
    grown = ast.dump(ast.parse(graft(stock.read_text(encoding="utf-8"), path.read_text(encoding="utf-8"))))
    assert grown != ast.dump(ast.parse(stock.read_text(encoding="utf-8")))


def test_strength_says_what_it_found():
    """A chaff is caught at its first failing law, however many laws there are, and the table is printed."""
    ran = command(
        sys.executable, "-m", "grading.strength", "tensor", "--profile", "quick", "--only", first_chaff("tensor")
    )
    assert ran.status == 0, ran.text
    assert "chaffs caught: 1 of 1" in ran.out


def first_chaff(name):
    with open(curriculum().kata(name).spec / "chaffs.toml", "rb") as file:
        return tomllib.load(file)["chaff"][0]["id"]
