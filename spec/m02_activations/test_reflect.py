"""Reflect: your formulas, held against what NumPy's numbers and arrays really do."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, arrays, axes_of, dtypes, given, points, require, task

from . import oracles, probes
from .oracles import OPERATIONS

FLOATS = dtypes("float16", "float32", "float64")


def measured(ask, probe, dtype: str) -> None:
    """The formula must meet the measurement, to a few of the last digits of `dtype` there."""
    got = ask(probe, dtype)
    want = getattr(oracles, probe.__name__)(dtype)
    room = 4 * float(np.spacing(np.dtype(dtype).type(want)))
    require(abs(got - want) <= room, f"{want!r}, give or take {room:.1g}", repr(got))


@task(7)
@points(3)
@given(dtype=FLOATS)
def test_exp_overflows_where_you_say(ask, dtype):
    """exp is finite up to the number you give, and inf beyond it, in each dtype."""
    measured(ask, probes.exp_overflow, dtype)


@task(7)
@points(3)
@given(dtype=FLOATS)
def test_exp_underflows_where_you_say(ask, dtype):
    """A logit that is lower by the gap you give has probability 0, in each dtype."""
    got = ask(probes.exp_underflow, dtype)
    low, high = oracles.exp_underflow(dtype)
    require(low - 0.01 <= got <= high + 0.01, f"a gap from {low:.2f} to {high:.2f}", repr(got))


@task(7)
@points(3)
@given(dtype=FLOATS)
def test_small_terms_are_lost_where_you_say(ask, dtype):
    """1 + e^-g is 1 from the gap you give, in each dtype."""
    measured(ask, probes.lost_gap, dtype)


@task(7)
@points(3)
@given(
    operations=st.lists(st.sampled_from(sorted(OPERATIONS)), max_size=8),
    x=arrays(dims=(0, 2), dtype=dtypes(), palettes=("tiny",), layouts=("C",)),
)
def test_chains_move_the_bytes_you_say(ask, operations, x):
    """A chain of operations reads and writes as many bytes as your formula says."""
    agree(ask, probes.chain_bytes, operations, x, kind="exact")


@task(7)
@points(3)
@given(x=arrays(dims=(1, 4), dtype=FLOATS, empty=False, palettes=("normal",)), axis=axes_of("x"))
def test_softmax_makes_the_bytes_you_say(ask, x, axis):
    """The five arrays of a softmax take as many bytes as your formula says, along any axis."""
    agree(ask, probes.softmax_bytes, x, axis, kind="exact")
