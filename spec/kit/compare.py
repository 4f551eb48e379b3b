"""The one comparison of an answer with what was expected, and the one table of tolerances.

Order: kind, dtype, shape, finiteness, values. A difference in an earlier one is reported before a later
one is looked at, so that a learner reads "float64 for float32" and not a list of numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from grading.outcomes import Wrong

TOLERANCES: dict[str, dict[str, float]] = {
    #            exact  one rounding or two   sums, products       several operations in a row
    "float64": {"exact": 0.0, "elementwise": 1e-9, "reduction": 1e-9, "composed": 1e-9},
    "float32": {"exact": 0.0, "elementwise": 1.3e-6, "reduction": 1.3e-6, "composed": 1e-5},
    "float16": {"exact": 0.0, "elementwise": 1e-3, "reduction": 1e-3, "composed": 5e-3},
}
"""|got − want| ≤ tolerance · scale, by dtype and kind of operation. The scale of an entry is

elementwise: its own magnitude (an absolute floor of the dtype's smallest normal number);
reduction:   Σ|terms|, which the oracle gives as `Bounded`, else the largest magnitude in the result;
composed:    the largest magnitude in the result.

float32's are those of torch.testing.assert_close, wider where several operations add up.
A test of the repository holds the reference to a quarter of each.
"""

USED: dict[tuple[str, str], float] = {}
"""Largest share of each bound used since the process started, for the test of the tolerances themselves."""


class Canary:
    """While it sings, whatever is expected is wrong: what is accepted then would be accepted whatever it was."""

    def __init__(self) -> None:
        self.sings = False
        self.spoilt = 0
        """How many comparisons expected something wrong."""

    def __enter__(self) -> "Canary":
        self.sings, self.spoilt = True, 0
        return self

    def __exit__(self, *error: Any) -> None:
        self.sings = False

    def spoil(self, want: Any) -> Any:
        """`want`, but for every number in it, of the same dtype and shape."""
        if isinstance(want, np.ndarray) and want.dtype.kind in "iufb" and want.size:
            finite = bool(np.isfinite(want).any())
            self.spoilt += finite
            with np.errstate(over="ignore"):
                other = ~want if want.dtype.kind == "b" else want * 2 + 1
            return np.asarray(other, want.dtype) if finite else want  # of no axes, too
        if type(want) in (int, float) and np.isfinite(want):
            self.spoilt += 1
            return want * 2 + 1
        return want


CANARY = Canary()


@dataclass(frozen=True)
class Bounded:
    """An expected value with the scale of its rounding error: Σ|terms| for a sum or a product of matrices."""

    want: Any
    scale: Any


@dataclass(frozen=True)
class AnyOf:
    """Several answers are right; the first is the one shown."""

    wants: tuple[Any, ...]


def plain(value: Any) -> Any:
    """`value` with torch tensors as arrays."""
    if type(value).__module__.split(".")[0] == "torch":
        return value.detach().cpu().numpy()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(plain(item) for item in value)
    if isinstance(value, Bounded):
        return Bounded(plain(value.want), plain(value.scale))
    return value


def assert_close(got: Any, want: Any, kind: str = "composed", name: str = "") -> None:
    """Raise `Wrong` unless `got` is `want` in kind, dtype, shape, finiteness and values.

    Args:
        got: plain data from a probe.
        want: plain data from an oracle, of the exact type, dtype and shape expected;
            may hold `Bounded` and `AnyOf` anywhere.
        kind: row of the tolerance table: exact, elementwise, reduction, composed.
        name: what the value is called in the message.
    """
    want = plain(want)
    if CANARY.sings:
        want = CANARY.spoil(want)
    if isinstance(want, AnyOf):
        for candidate in want.wants[1:]:
            try:
                return assert_close(got, candidate, kind, name)
            except Wrong:  # the verdict is the first candidate's
                pass
        return assert_close(got, want.wants[0], kind, name)
    scale = None
    if isinstance(want, Bounded):
        want, scale = CANARY.spoil(want.want) if CANARY.sings else want.want, want.scale
    if isinstance(want, dict):
        _same_kind(got, want, dict, name)
        if list(got) != list(want):
            raise Wrong(f"{_of(name)}keys {list(want)}", f"{_of(name)}keys {list(got)}")
        for key in want:
            assert_close(got[key], want[key], kind, f"{name}.{key}" if name else str(key))
    elif isinstance(want, list | tuple):
        _same_kind(got, want, type(want), name)
        if len(got) != len(want):
            raise Wrong(f"{_of(name)}{_counted(want)}", f"{_of(name)}{_counted(got)}", got, want)
        for position, (mine, theirs) in enumerate(zip(got, want, strict=True)):
            assert_close(mine, theirs, kind, f"{name}[{position}]")
    elif isinstance(want, np.ndarray):
        _same_kind(got, want, np.ndarray, name)
        _arrays(got, want, scale, kind, name)
    elif isinstance(want, np.generic):  # before float: np.float64 is one
        _same_kind(got, want, type(want), name)
        _arrays(np.asarray(got), np.asarray(want), scale, kind, name)
    elif isinstance(want, float):
        _same_kind(got, want, float, name)
        _arrays(np.float64(got), np.float64(want), scale, kind, name)
    else:
        _same_kind(got, want, type(want), name)
        if got != want:
            raise Wrong(_of(name) + show(want), _of(name) + show(got), got, want)


def _of(name: str) -> str:
    return f"{name}: " if name else ""


def _counted(values: Any) -> str:
    """How many values there are, and which, if they are few and short."""
    few = len(values) <= 8 and all(isinstance(value, str | int | float | None) for value in values)
    return f"{len(values)} value{'' if len(values) == 1 else 's'}" + (
        f": {show(values)}" if few and len(values) else ""
    )


def _same_kind(got: Any, want: Any, kind: type, name: str) -> None:
    if type(got) is not kind:
        raise Wrong(f"{_of(name)}{_kind(want)} {show(want)}", f"{_of(name)}{_kind(got)} {show(got)}", got, want)


def _kind(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, np.ndarray):
        return "an array,"
    return {"int": "an int,", "bool": "a bool,", "float": "a float,", "str": "text,"}.get(
        type(value).__name__, f"a {type(value).__name__},"
    )


def _arrays(got: Any, want: Any, scale: Any, kind: str, name: str) -> None:
    if got.dtype != want.dtype:
        raise Wrong(f"{_of(name)}dtype {want.dtype}", f"{_of(name)}dtype {got.dtype}", got, want)
    if got.shape != want.shape:
        raise Wrong(
            f"{_of(name)}shape {want.shape}  {show(want, brief=True)}", f"{_of(name)}shape {got.shape}", got, want
        )
    if got.size == 0:
        return
    if got.dtype.kind not in "fc":
        unequal = np.asarray(got != want)
        if unequal.any():
            raise _difference(got, want, unequal, name)
        return
    special = ~np.isfinite(want)
    wrong = np.where(special | ~np.isfinite(got), ~((got == want) | (np.isnan(got) & np.isnan(want))), False)
    if wrong.any():
        raise _difference(got, want, wrong, name)
    mine, right = np.asarray(got[~special], np.float64), np.asarray(want[~special], np.float64)
    if mine.size == 0:
        return
    tolerance = TOLERANCES[got.dtype.name][kind]
    size = np.abs(right)
    if kind != "elementwise":
        if scale is None:
            bound = size.max()
        else:
            bound = np.broadcast_to(np.asarray(scale, np.float64), want.shape)[~special]
        size = np.maximum(size, bound)
    error = np.abs(mine - right)
    allowed = tolerance * size + (np.finfo(got.dtype).tiny if kind != "exact" else 0.0)
    if kind != "exact":
        share = float((error / allowed).max())
        key = (got.dtype.name, kind)
        if share <= 1.0:
            USED[key] = max(USED.get(key, 0.0), share)
    if (error > allowed).any():
        wrong = np.zeros(want.shape, bool)
        wrong[~special] = error > allowed
        raise _difference(got, want, wrong, name)


def _difference(got: Any, want: Any, wrong: np.ndarray, name: str) -> Wrong:
    count, place, where = int(wrong.sum()), "", ""
    mine, right = got, want
    if want.ndim:
        worst = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = "" if want.size == 1 else f"  ({count} of {want.size} differ, first at {list(worst)})"
        if want.size > 24:
            mine, right, place = got[worst], want[worst], f" at {list(worst)}"
    expected, yours = show(right), show(mine)
    if expected == yours:  # they differ beyond the digits that are shown
        expected, yours = show(right, digits=17), show(mine, digits=17)
    return Wrong(f"{_of(name)}{expected}{place}", f"{_of(name)}{yours}{place}{where}", got, want)


def show(value: Any, brief: bool = False, digits: int = 8) -> str:
    """`value` in at most a line or so, for a failure."""
    if isinstance(value, np.ndarray | np.generic):
        if value.size > 24:
            return f"{value.dtype} {value.shape}"
        text = np.array2string(np.asarray(value), precision=digits, separator=" ", threshold=30, max_line_width=90)
        text = " ".join(text.split())
        return text if brief or len(text) < 300 else text[:300] + " …"
    text = repr(value)
    return text if len(text) < 300 else text[:300] + " …"


def _in_brief(value: Any) -> str:
    """What stands in a dict: small arrays of bool and integers with their values, others as dtype and shape alone."""
    if isinstance(value, np.ndarray) and (value.dtype.kind == "f" or value.size > 24):
        return f"{value.dtype} {value.shape}"
    return describe(value)


def describe(value: Any) -> str:
    """`value` as an argument of the call that failed: dtype and shape for arrays, and the values of small ones."""
    if isinstance(value, np.ndarray):
        values = f" {show(value, brief=True)}" if 0 < value.size <= 12 else ""
        layout = "" if value.flags.c_contiguous else " strided"
        return f"{value.dtype} {value.shape}{layout}{values}"
    if isinstance(value, list | tuple):
        inner = ", ".join(describe(item) for item in value)
        text = f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
        return text if len(text) < 400 else text[:400] + " …"
    if isinstance(value, dict) and any(isinstance(item, np.ndarray) for item in value.values()):
        return "{" + ", ".join(f"{key!r}: {_in_brief(item)}" for key, item in value.items()) + "}"
    if isinstance(value, np.generic):
        return f"np.{value.dtype}({value})"
    if isinstance(value, slice):
        bounds = ["" if v is None else str(v) for v in (value.start, value.stop, value.step)]
        return ":".join(bounds if bounds[2] else bounds[:2])
    if value is Ellipsis:
        return "..."
    return show(value)
