"""What a kata's file may import. Advice for honest people: the wall is the process around it.

A forbidden import becomes an ImportError *where it stands*: inside a function it costs the laws of that function,
at the top of the file it costs the file.
"""

import ast
import warnings
from dataclasses import dataclass

COMMON = frozenset(
    [
        "abc",
        "array",
        "bisect",
        "builtins",
        "collections",
        "contextlib",
        "contextvars",
        "copy",
        "dataclasses",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "__future__",
        "heapq",
        "itertools",
        "json",
        "keyword",
        "logging",
        "math",
        "numbers",
        "numpy",
        "operator",
        "pdb",
        "queue",
        "random",
        "re",
        "statistics",
        "string",
        "textwrap",
        "threading",
        "time",
        "traceback",
        "types",
        "typing",
        "unicodedata",
        "warnings",
    ]
)
"""Top-level modules that every kata may import; `allow` in the manifest adds to them."""


NAMES = frozenset(["__import__", "eval", "exec", "compile", "globals", "__builtins__", "__loader__", "__spec__"])
ATTRIBUTES = frozenset(
    [
        "__import__", "_getframe", "_current_frames", "f_back", "f_globals", "f_locals", "f_builtins", "gi_frame", "tb_frame",
        "__subclasses__", "__globals__", "__builtins__", "__loader__", "__spec__", "meta_path", "ctypeslib", "f2py",
    ]
)  # fmt: skip
"""What a kata has no use for, and with which code looks out of its module. Flagged, and run all the same."""

FLAGS = 50
"""Flags that are kept of a file: enough for whoever looks at it."""


@dataclass(frozen=True)
class Flag:
    """Something a person should look at."""

    file: str
    line: int
    what: str


def parse(source: bytes, file: str) -> ast.Module:
    """The syntax tree of a learner's file. Raises SyntaxError, whatever is wrong with the text.

    The text is UTF-8, whatever its first lines say: what runs is what a reader sees.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote the text on the terminal
            return ast.parse(source.decode("utf-8-sig"), file)
    except SyntaxError:
        raise
    except UnicodeDecodeError as error:
        raise SyntaxError(f"the file is not in UTF-8: {error.reason} at byte {error.start}", (file, 1, 0, "")) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(f"the file cannot be read as Python: {error}", (file, 1, 0, "")) from None


def guard(tree: ast.Module, file: str, kata: str, allow: frozenset[str], katas: frozenset[str]) -> list[Flag]:
    """Replace forbidden imports in `tree` by `raise ImportError(…)`; returns those, and what else is worth a look.

    Raises SyntaxError where the tree is too deep to be walked.

    Args:
        kata: the number and name of the kata the file belongs to, such as "m02_activations".
        allow: modules allowed beyond COMMON.
        katas: folders of the katas that this one may import (itself included).
    """
    guardian = _Guard(file, kata, COMMON | allow, katas)
    try:
        guardian.visit(tree)
        ast.fix_missing_locations(tree)
    except RecursionError:
        raise SyntaxError("the file nests far too deep: a very long sum or chain?", (file, 1, 0, "")) from None
    return guardian.flags


class _Guard(ast.NodeTransformer):
    def __init__(self, file: str, kata: str, modules: frozenset[str], katas: frozenset[str]) -> None:
        self.file, self.kata, self.modules, self.katas = file, kata, modules, katas
        self.short = kata.split("_")[0]
        self.flags: list[Flag] = []

    def visit_Import(self, node: ast.Import) -> ast.stmt:
        for alias in node.names:
            if alias.name.split(".")[0] not in self.modules:
                return self._refuse(node, alias.name)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        module = node.module or ""
        if node.level == 0:
            if module.split(".")[0] not in self.modules:
                return self._refuse(node, module)
        elif node.level == 2:
            folder = module.split(".")[0]
            if folder and folder not in self.katas:
                return self._refuse(node, f"..{module}")
        elif node.level > 2:
            return self._refuse(node, "." * node.level + module)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if node.attr in ATTRIBUTES:
            self._flag(node, f"use of {node.attr}")
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in NAMES:
            self._flag(node, f"use of {node.id}")
        return node

    def _flag(self, node: ast.stmt | ast.expr, what: str) -> None:
        if len(self.flags) < FLAGS:
            self.flags.append(Flag(self.file, node.lineno, what))

    def _refuse(self, node: ast.stmt, name: str) -> ast.stmt:
        top = name.split(".")[0]
        if name.startswith(".."):
            why = f"{self.short} does not stand on {name.lstrip('.') or name}; it may import only the katas it needs"
        elif top in ("katas", "solutions"):
            why = f"write `from ..{'.'.join(name.split('.')[1:]) or 'mNN_name'} import …` instead of `from {name} import …`"
        else:
            why = f"a kata is written with NumPy and the standard library; importing {top} is not allowed"
        self._flag(node, f"import of {name[:100]}")
        call = ast.Call(ast.Name("ImportError", ast.Load()), [ast.Constant(f"{self.short}: {why}")], [])
        return ast.copy_location(ast.Raise(call, None), node)
