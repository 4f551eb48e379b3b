"""The markers in a solution: what stands between them is what the learner writes."""

import ast
import functools
import re

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
LEFT = re.compile(r'\s*raise NotImplementedError\("m\d\d: ')
"""What a stub says where the learner writes."""


def stub_of(source: str, short: str, file: str = "") -> str:
    """The stub of a solution's text. Raises ValueError where the markers do not pair, or stand outside a function.

    >>> print(stub_of('def f(x):\\n    # BEGIN SOLUTION\\n    return 2 * x\\n    # END SOLUTION\\n', "m01"), end="")
    def f(x):
        raise NotImplementedError("m01: f")
    """
    lines = source.splitlines()
    names = _functions(source)
    out: list[str] = []
    begin = 0
    for number, line in enumerate(lines, 1):
        mark = line.strip()
        if mark == BEGIN:
            if begin:
                raise ValueError(f"{file}:{number}: {BEGIN} inside the block of line {begin}")
            begin = number
            name = names(number)
            if name is None:
                raise ValueError(f"{file}:{number}: {BEGIN} stands outside of any function")
            indent = line[: len(line) - len(line.lstrip())]
            out.append(f'{indent}raise NotImplementedError("{short}: {name}")')
        elif mark == END:
            if not begin:
                raise ValueError(f"{file}:{number}: {END} without {BEGIN}")
            begin = 0
        elif not begin:
            out.append(line)
    if begin:
        raise ValueError(f"{file}:{begin}: {BEGIN} without {END}")
    text = "\n".join(out) + "\n"
    ast.parse(text)  # a block that was more than a function's body would leave a broken file
    return text


def _functions(source: str) -> "functools.partial[str | None]":
    spans: list[tuple[int, int, str]] = []

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = f"{prefix}{child.name}"
                if isinstance(child, ast.FunctionDef):
                    spans.append((child.lineno, child.end_lineno or child.lineno, name))
                walk(child, f"{name}.")
            else:
                walk(child, prefix)

    walk(ast.parse(source), "")
    return functools.partial(_innermost, spans)


def _innermost(spans: list[tuple[int, int, str]], line: int) -> str | None:
    # A marker on the last lines of a body is a comment, which no node covers: allow two lines beyond the end.
    inside = [(last - first, name) for first, last, name in spans if first <= line <= last + 2]
    return min(inside)[1] if inside else None


def given_functions(stub: str) -> frozenset[str]:
    """The names of the functions that a stub gives: none of their name is left to the learner.

    >>> given_functions('def f(x):\\n    raise NotImplementedError("m01: f")\\n\\ndef g(x):\\n    return x\\n')
    frozenset({'g'})
    """
    innermost = _functions(stub)
    left = {innermost(number) for number, line in enumerate(stub.splitlines(), 1) if LEFT.match(line)}
    names = {node.name for node in ast.walk(ast.parse(stub)) if isinstance(node, ast.FunctionDef)}
    return frozenset(names - {name.rpartition(".")[2] for name in left if name})
