"""The reader of explicit kernels: what counts as a loop, and what as arithmetic on whole arrays."""

import pytest

from spec.kit import loop_report

CASES = {
    "three for statements": ("for i in a:\n  for j in b:\n    for k in c:\n      s += x[i, k] * y[k, j]", 3, False),
    "comprehensions": ("return [[sum(x[i][k] * y[k][j] for k in c) for j in b] for i in a]", 3, False),
    "one comprehension, three clauses": ("return [x[i, j, k] for i in a for j in b for k in c]", 3, False),
    "product": ("for i, j in product(range(n), range(m)):\n  for k in c:\n    s += 1", 3, False),
    "product repeat": ("for i in itertools.product(range(n), repeat=3):\n  s += 1", 3, False),
    "ndindex": ("for i, j, k in np.ndindex(n, m, k):\n  s += 1", 3, False),
    "while": ("while i < n:\n  for j in b:\n    s += 1", 2, False),
    "a row at a time": ("for i in a:\n  for j in b:\n    for k in c:\n      s += np.dot(x[i], y[j])", 3, True),
    "slices": ("for i in a:\n  for j in b:\n    out[i, j] = sum(x[i, :])", 2, True),
    "a matrix product": ("for i in a:\n  out[i] = x[i] @ y", 1, True),
    "slices outside the loops": ("n, m = x.shape[:2]\nfirst = x[:2]\nfor i in a:\n  for j in b:\n    s += 1", 2, False),
    "a product outside the loops": ("y = np.dot(x, y)\nfor i in a:\n  for j in b:\n    s += 1", 2, True),
    "side by side is not nested": ("for i in a: pass\nfor j in b: pass", 1, False),
}


@pytest.mark.parametrize("name", CASES)
def test_depth_and_whole_arrays(name):
    body, depth, whole = CASES[name]
    text = "def kernel(x, y):\n" + "\n".join("    " + line for line in body.splitlines()) + "\n"
    report = loop_report({"a.py": text}, "kernel")
    assert (report.depth, bool(report.whole_array)) == (depth, whole), report


def test_helpers_count_where_they_are_called():
    text = "def dot(r, c):\n  s = 0\n  for k in r: s += k\n  return s\n\ndef kernel(x):\n  for i in x:\n    for j in x:\n      dot(i, j)\n"
    assert loop_report({"a.py": text}, "kernel").depth == 3


def test_recursion_ends():
    assert loop_report({"a.py": "def kernel(x):\n  for i in x:\n    kernel(i)\n"}, "kernel").depth == 1


def test_a_function_that_is_not_there():
    assert not loop_report({"a.py": "x = 1\n", "b.py": "def ("}, "kernel").found


@pytest.mark.parametrize(
    "aliased",
    [
        "import numpy as np\nf = np.matmul\n",
        "from numpy import matmul as f\n",
        "g = Tensor.__matmul__\nf = g\n\nclass Tensor:\n  def __matmul__(self, x):\n    return x\n",
        "f: object = numpy.einsum\n",
    ],
)
def test_another_name_hides_nothing(aliased):
    text = f"{aliased}\ndef kernel(x, y):\n  z = f(x, y)\n  for i in x:\n    for j in y:\n      pass\n  return z\n"
    assert loop_report({"a.py": text}, "kernel").whole_array, text
    local = "def kernel(x, y):\n  h = x.dot\n  for i in x:\n    h(y)\n"
    assert loop_report({"a.py": local}, "kernel").whole_array


def test_another_name_of_a_helper_is_a_helper():
    text = "def inner_sum(r):\n  for k in r: pass\n\nrow = inner_sum\n\ndef kernel(x):\n  for i in x:\n    row(i)\n"
    report = loop_report({"a.py": text}, "kernel")
    assert (report.depth, report.whole_array) == (2, [])
