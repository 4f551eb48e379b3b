"""A file with some of its definitions replaced: how wheats say only what they do otherwise."""

import ast
from dataclasses import dataclass, field

Node = ast.stmt


def graft(text: str, scion: str) -> str:
    """`text` with the definitions of `scion` in place of its own of the same names.

    A class of both is merged method by method; its header is the scion's. What `text` has no name for is put before the next
    definition that it has one for. Imports are added; docstrings of the scion's modules and merged classes are left out.

    >>> print(graft("def f():\\n    return 1\\n\\nrest = 0\\n", "def h():\\n    return 2\\n\\ndef f():\\n    return h()\\n"))
    def h():
        return 2
    <BLANKLINE>
    def f():
        return h()
    <BLANKLINE>
    rest = 0
    <BLANKLINE>
    """
    stock = ast.parse(text)
    work = _Work(text.splitlines(True), scion.splitlines(True))
    work.merge(stock.body, ast.parse(scion).body, len(work.lines))
    known = {ast.dump(node) for node in stock.body}
    imports = [node for node in ast.parse(scion).body if _is_import(node) and ast.dump(node) not in known]
    if imports:
        head = [node for node in stock.body if _is_import(node)] or stock.body[:1]
        work.replace(head[-1].end_lineno or 0, head[-1].end_lineno or 0, "".join(map(work.source, imports)))
    return work.done()


@dataclass
class _Work:
    """The lines of both, and what is to replace which lines of the first: from one line up to, not including, another."""

    lines: list[str]
    scion: list[str]
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def merge(self, own: list[Node], other: list[Node], end: int) -> None:
        """Replace what `own` defines by what `other` does; what is left goes behind line `end`."""
        places = {_name(node): node for node in own if _name(node)}
        waiting = ""
        for node in other:
            if not _name(node):
                continue
            mine = places.get(_name(node))
            if mine is None:
                waiting += self.source(node) + "\n"
            elif isinstance(mine, ast.ClassDef) and isinstance(node, ast.ClassDef):
                header = "".join(self.scion[_start(node) : _start(node.body[0])])
                self.replace(_start(mine), _start(mine.body[0]), waiting + header)
                self.merge(mine.body, node.body, mine.end_lineno or 0)
                waiting = ""
            else:
                self.replace(_start(mine), mine.end_lineno or 0, waiting + self.source(node))
                waiting = ""
        if waiting:
            self.replace(end, end, "\n" + waiting)

    def replace(self, start: int, end: int, text: str) -> None:
        self.edits.append((start, end, text))

    def source(self, node: Node) -> str:
        return "".join(self.scion[_start(node) : node.end_lineno])

    def done(self) -> str:
        lines = list(self.lines)
        for start, end, text in sorted(self.edits, reverse=True):
            lines[start:end] = [text]
        return "".join(lines)


def _start(node: Node) -> int:
    """The index of its first line, decorators included."""
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1


def _name(node: Node) -> str:
    """What it defines, told apart by decorators (the parts of a property have one name); "" for what defines nothing."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return " ".join([node.name, *(ast.unparse(d) for d in node.decorator_list)])
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return ast.unparse(targets[0]) if targets else ""


def _is_import(node: Node) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)
