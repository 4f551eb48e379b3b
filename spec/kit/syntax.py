"""Reads the learner's source: is a kernel that should be explicit really loops over single elements?"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grading.outcomes import Wrong

WHOLE_ARRAY = {
    "dot", "matmul", "einsum", "tensordot", "inner", "outer", "vdot", "sum", "multiply", "add", "prod", "mean",
    "vectorize", "apply_along_axis", "convolve", "correlate", "sliding_window_view", "as_strided", "kron", "fsum",
    "sumprod",
}  # fmt: skip
"""Names whose call does array arithmetic in one go."""

PRODUCTS = {
    "dot", "matmul", "einsum", "tensordot", "inner", "outer", "vdot", "kron", "convolve", "correlate", "multi_dot",
    "imatmul", "__matmul__", "__rmatmul__", "__imatmul__", "getattr", "attrgetter", "methodcaller", "eval", "exec",
}  # fmt: skip
"""Those that have no place in an explicit kernel at all, inside its loops or outside; nor have names looked up by text."""


@dataclass
class LoopReport:
    """How deep the loops of a function nest, and what in it works on whole arrays."""

    depth: int
    whole_array: list[str] = field(default_factory=list)
    found: bool = True


def loop_report(sources: dict[str, str], function: str) -> LoopReport:
    """The loops of `function`, helpers in the same files included.

    for statements, comprehension clauses, the factors of itertools.product and the arguments of np.ndindex count one
    level each. A call of another function of these files adds that function's own depth where it stands.
    """
    functions: dict[str, tuple[str, ast.FunctionDef]] = {}
    others: dict[str, str] = {}
    for file, text in sources.items():
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # a file that does not parse is reported as broken by the loader
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                functions.setdefault(node.name, (file, node))
            others.update(_other_names(node))
    if function not in functions:
        return LoopReport(0, found=False)
    file, kernel = functions[function]
    reader = _Reader(functions, others)
    try:
        depth = reader.depth(kernel.body, (function,), file, False)
    except RecursionError:
        return LoopReport(0, [f"an expression too deep to read ({file})"])
    return LoopReport(depth, reader.whole_array)


def explicit_loops(ask: Any, function: str, depth: int) -> None:
    """`function` of the learner's is at least `depth` nested loops, and nothing in them works on many numbers at once."""
    report = loop_report(ask.sources(), function)
    if report.depth < depth:
        raise Wrong(f"{depth} nested loops in {function}", f"{report.depth}")
    if report.whole_array:
        wanted = f"loops over single numbers in {function}: no slice, and no call that works on many at once"
        raise Wrong(wanted, ", ".join(report.whole_array))


class _Reader:
    """Walks a function; `stack` are the functions it is in, `inside` says whether a loop is around it."""

    def __init__(self, functions: dict[str, tuple[str, ast.FunctionDef]], others: dict[str, str]) -> None:
        self.functions, self.others = functions, others
        self.whole_array: list[str] = []

    def depth(self, nodes: Sequence[ast.AST], stack: tuple[str, ...], file: str, inside: bool) -> int:
        return max((self._node(node, stack, file, inside) for node in nodes), default=0)

    def _node(self, node: ast.AST, stack: tuple[str, ...], file: str, inside: bool) -> int:
        if isinstance(node, ast.For):
            body = self.depth([*node.body, *node.orelse], stack, file, True)
            return max(_levels(node.iter) + body, self._node(node.iter, stack, file, inside))
        if isinstance(node, ast.While):
            return 1 + self.depth(node.body, stack, file, True)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            levels = sum(_levels(clause.iter) for clause in node.generators)
            return levels + self.depth(parts, stack, file, True)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            self.whole_array.append(f"@ ({file}:{node.lineno})")
        if inside and isinstance(node, ast.Subscript) and _slices(node.slice) and not _of_shape(node.value):
            self.whole_array.append(f"a slice ({file}:{node.lineno})")
        inner = 0
        if isinstance(node, ast.Call):
            name = _name(node.func)
            for _ in range(10):  # a name for a name for …
                name = self.others.get(name, name) if isinstance(node.func, ast.Name) else name
            argument = node.args[0] if node.args else None
            over_generator = isinstance(argument, ast.GeneratorExp | ast.ListComp) and isinstance(node.func, ast.Name)
            own = isinstance(node.func, ast.Name) and node.func.id in self.functions
            if not over_generator and not own and (name in PRODUCTS or (inside and name in WHOLE_ARRAY)):
                self.whole_array.append(f"{name} ({file}:{node.lineno})")
            elif name in self.functions and name not in stack:
                where, function = self.functions[name]
                inner = self.depth(function.body, (*stack, name), where, inside)
        return max(inner, self.depth(list(ast.iter_child_nodes(node)), stack, file, inside))


def _name(node: ast.AST) -> str:
    """What a call calls, as far as its text tells: the last part of `np.linalg.norm`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _other_names(node: ast.AST) -> dict[str, str]:
    """Names that stand for others: `product = np.matmul`, `from numpy import dot as f`."""
    if isinstance(node, ast.ImportFrom):
        return {alias.asname: alias.name for alias in node.names if alias.asname}
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and isinstance(
        node.value, ast.Name | ast.Attribute
    ):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {target.id: _name(node.value) for target in targets if isinstance(target, ast.Name)}
    return {}


def _of_shape(value: ast.AST) -> bool:
    """`a.shape[:2]` is a slice of numbers, not of an array."""
    return isinstance(value, ast.Attribute) and value.attr in ("shape", "strides")


def _slices(index: ast.AST) -> bool:
    if isinstance(index, ast.Tuple):
        return any(_slices(part) for part in index.elts)
    return isinstance(index, ast.Slice)


def _levels(iterable: ast.expr) -> int:
    """How many nested loops one `for` over `iterable` stands for."""
    if isinstance(iterable, ast.Call) and _name(iterable.func) in ("product", "ndindex"):
        for keyword in iterable.keywords:
            if (
                keyword.arg == "repeat"
                and isinstance(keyword.value, ast.Constant)
                and isinstance(keyword.value.value, int)
            ):
                return keyword.value.value * max(1, len(iterable.args))
        return max(1, len(iterable.args))
    return 1
