"""What laws are written with. See CONTRIBUTING.md, "Writing a kata", for a guided example.

given        Hypothesis' given, with strategies that may name arguments drawn before them
arrays …     strategies for plain data: shapes, arrays, axes, indices
agree        ask the framework and the oracle of the same name, and compare
refuses      the call must raise the stated error, and name what was given
assert_close the one comparison, by the one tolerance table
points task witnessed    what a law is worth, where it belongs, what it relies on
"""

from .compare import TOLERANCES, Bounded, assert_close
from .drawing import share, thorough
from .laws import agree, points, refuses, require, task, witnessed
from .speed import at_least_times, at_most_times, grows_like, seconds_per_call
from .strategies import (
    arrays,
    axes_of,
    broadcastable_with,
    dtypes,
    given,
    indices_of,
    like,
    matmul_pairs,
    permutations_of,
    reshapes_of,
    scalars,
    seeds,
    shapes,
)
from .syntax import explicit_loops, loop_report

__all__ = [
    "TOLERANCES",
    "Bounded",
    "agree",
    "arrays",
    "assert_close",
    "at_least_times",
    "at_most_times",
    "axes_of",
    "broadcastable_with",
    "dtypes",
    "explicit_loops",
    "given",
    "grows_like",
    "indices_of",
    "like",
    "loop_report",
    "matmul_pairs",
    "permutations_of",
    "points",
    "refuses",
    "require",
    "reshapes_of",
    "scalars",
    "seconds_per_call",
    "seeds",
    "shapes",
    "share",
    "task",
    "thorough",
    "witnessed",
]
