"""Reads the learner's source: is a kernel that should be explicit really loops over single elements?"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

WHOLE_ARRAY = {
    "dot", "matmul", "einsum", "tensordot", "inner", "outer", "vdot", "sum", "multiply", "add", "prod", "mean",
    "vectorize", "apply_along_axis", "convolve", "correlate", "sliding_window_view", "as_strided", "kron", "fsum",
    "sumprod",
}  # fmt: skip
"""Names whose call does array arithmetic in one go."""


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
    functions: dict[str, ast.FunctionDef] = {}
    classes: set[str] = set()
    for text in sources.values():
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # a file that does not parse is reported as broken by the loader
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                functions.setdefault(node.name, node)
            elif isinstance(node, ast.ClassDef):
                classes.add(node.name)
    if function not in functions:
        return LoopReport(0, found=False)
    reader = _Reader(functions, classes)
    depth = reader.depth(functions[function].body, (function,))
    return LoopReport(depth, reader.whole_array)


class _Reader:
    def __init__(self, functions: dict[str, ast.FunctionDef], classes: set[str]) -> None:
        self.functions, self.classes = functions, classes
        self.whole_array: list[str] = []

    def _own(self, function: ast.expr) -> bool:
        """Whether a called name can be the learner's: array.reshape is NumPy's, though Tensor has a reshape too."""
        if isinstance(function, ast.Attribute):
            owner = function.value
            return isinstance(owner, ast.Name) and owner.id in {"self", "cls", *self.classes}
        return isinstance(function, ast.Name)

    def depth(self, nodes: Sequence[ast.AST], stack: tuple[str, ...]) -> int:
        return max((self._node(node, stack) for node in nodes), default=0)

    def _node(self, node: ast.AST, stack: tuple[str, ...]) -> int:
        if isinstance(node, ast.For):
            inside = self.depth([*node.body, *node.orelse], stack)
            return max(_levels(node.iter) + inside, self._node(node.iter, stack))
        if isinstance(node, ast.While):
            return 1 + self.depth(node.body, stack)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
            body = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            levels = sum(_levels(clause.iter) for clause in node.generators)
            return levels + self.depth(list(body), stack)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            self.whole_array.append(f"@ (line {node.lineno})")
        if isinstance(node, ast.Subscript) and _slices(node.slice) and not isinstance(node.ctx, ast.Store):
            self.whole_array.append(f"a slice (line {node.lineno})")
        inner = 0
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            argument = node.args[0] if node.args else None
            over_generator = isinstance(argument, ast.GeneratorExp | ast.ListComp) and isinstance(node.func, ast.Name)
            own = name in self.functions and isinstance(node.func, ast.Name)
            if name in WHOLE_ARRAY and not over_generator and not own:
                self.whole_array.append(f"{name} (line {node.lineno})")
            elif name in self.functions and name not in stack and self._own(node.func):
                inner = self.depth(self.functions[name].body, (*stack, name))
        return max(inner, self.depth(list(ast.iter_child_nodes(node)), stack))


def _slices(index: ast.AST) -> bool:
    if isinstance(index, ast.Tuple):
        return any(_slices(part) for part in index.elts)
    return isinstance(index, ast.Slice)


def _levels(iterable: ast.expr) -> int:
    """How many nested loops one `for` over `iterable` stands for."""
    if isinstance(iterable, ast.Call):
        name = iterable.func.attr if isinstance(iterable.func, ast.Attribute) else getattr(iterable.func, "id", "")
        if name in ("product", "ndindex"):
            for keyword in iterable.keywords:
                if (
                    keyword.arg == "repeat"
                    and isinstance(keyword.value, ast.Constant)
                    and isinstance(keyword.value.value, int)
                ):
                    return keyword.value.value * max(1, len(iterable.args))
            return max(1, len(iterable.args))
    return 1
