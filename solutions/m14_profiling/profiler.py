"""Where a model's time, memory traffic and operations go: a table, layer by layer."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module
from .counting import FlopCounter, count_parameters

Clock = Callable[[], float]


@dataclass(frozen=True)
class LayerRow:
    """One module of a profiled model. Given.

    Attributes:
        name: its path, as in `named_modules`; the model itself has the empty one.
        kind: name of its class.
        calls: how often it was called.
        output_shape: shape of what it gave back the last time; None if that is no Tensor, or it was never called.
        parameters: `count_parameters` of it, all modules inside it included.
        flops: operations of all its calls, as a FlopCounter counts them, all modules inside it included.
        bytes: what all its calls have to move, if each reads its arguments and Parameters once and writes its result.
        seconds: of all its calls, all modules inside it included.
        own_seconds: the same without the time of modules that it calls.
    """

    name: str
    kind: str
    calls: int
    output_shape: tuple[int, ...] | None
    parameters: int
    flops: int
    bytes: int
    seconds: float
    own_seconds: float


@dataclass(frozen=True)
class Profile:
    """What `profile` found. Given; `print` shows it as a table.

    Attributes:
        rows: a LayerRow for each module, in the order of `named_modules`.
        plain_seconds: how long the model took without anybody watching.
        overhead: how many seconds watching added. One run against one run: less than 0 where the machine was busier in the first.
    """

    rows: tuple[LayerRow, ...]
    plain_seconds: float
    overhead: float

    def __str__(self) -> str:
        wide, kinds = (max(len(getattr(row, name)) for row in self.rows) for name in ("name", "kind"))
        wide = max(wide, 7)
        head = f"{'name':{wide}} {'kind':{kinds}} {'calls':>5} {'output':>18} {'parameters':>12} {'FLOPs':>15} {'bytes':>13}"
        head += f" {'ms':>9} {'own ms':>9}"
        lines = [
            f"{row.name or '(model)':{wide}} {row.kind:{kinds}} {row.calls:>5} {row.output_shape!s:>18} {row.parameters:>12,} "
            f"{row.flops:>15,} {row.bytes:>13,} {1e3 * row.seconds:>9.3f} {1e3 * row.own_seconds:>9.3f}"
            for row in self.rows
        ]
        last = f"{1e3 * self.plain_seconds:.3f} ms without watching, which added {1e3 * self.overhead:.3f} ms"
        return "\n".join([head, *lines, last])


def nbytes_of(value: Any) -> int:
    """Bytes of a Tensor or an array, or of all that a list, a tuple or a dict holds; 0 for anything else. Given."""
    if isinstance(value, Tensor | np.ndarray):
        return value.size * value.dtype.itemsize
    if isinstance(value, dict):
        return sum(nbytes_of(item) for item in value.values())
    return sum(nbytes_of(item) for item in value) if isinstance(value, list | tuple) else 0


def profile(model: Module, *args: Any, clock: Clock = time.perf_counter) -> Profile:
    """Run model(*args), and see what every module of it does.

    The model runs three times, in the mode that it is in: once to warm up, not measured; once with the clock read only before and
    after, for `plain_seconds`; once watched, for all rows.

    Args:
        model: a Module. Modules are those of `named_modules`; what is not registered counts for whoever calls it.
        args: what the model is called with.
        clock: tells the time in seconds.
    Returns:
        A Profile. For each row:

        - A module that is called several times adds up its calls; one that has several paths is listed under the first.
          Modules that never run (a ModuleList, say) have 0 calls, operations, bytes and seconds, and their Parameters.
        - `seconds` is from the call of a module to its return; `own_seconds` leaves out what the modules called by it took. So all
          `own_seconds` add up to the model's `seconds`: nothing is counted twice.
        - `bytes` of one call are those of its arguments (positional and named), of all its Parameters, modules inside included
          (each Parameter once, whether it is used or not), and of its result, as `nbytes_of` has them. Buffers do not count.

        `overhead` is the model's `seconds` minus `plain_seconds`.

    A module calls others as `layer(x)`; a call of `layer.forward(x)` need not be seen. No module calls itself, nor one that
    called it. Afterwards, also if the model raises, it and all classes are as they were before: nobody watches any more. An
    exception goes on to the caller.

    >>> from ..m03_layers import Linear, Sequential
    >>> found = profile(Sequential(Linear(4, 3), Linear(3, 2)), Tensor([[1.0, 2.0, 3.0, 4.0]]))
    >>> [(row.name, row.kind, row.output_shape, row.parameters, row.flops, row.bytes) for row in found.rows]
    [('', 'Sequential', (1, 2), 23, 36, 116), ('0', 'Linear', (1, 3), 15, 24, 88), ('1', 'Linear', (1, 2), 8, 12, 52)]

    Source: the self and cumulative times of Graham, Kessler and McKusick 1982, gprof; torch.profiler.
    """
    # BEGIN SOLUTION
    model(*args)
    begin = clock()
    model(*args)
    plain_seconds = clock() - begin
    modules = list(model.named_modules())
    watch = _Watch((module for _, module in modules), clock)
    with watch:
        model(*args)
    rows = tuple(watch.row(name, module) for name, module in modules)
    return Profile(rows, plain_seconds, rows[0].seconds - plain_seconds)
    # END SOLUTION


class _Tally:
    """What has been seen of one module. Given, but need not be used."""

    def __init__(self) -> None:
        self.calls, self.flops, self.bytes, self.seconds, self.inner_seconds = 0, 0, 0, 0.0, 0.0
        self.output_shape: tuple[int, ...] | None = None


class _Watch:
    """Notes every call of the modules while its `with` block runs. One way to do it; yours may be another.

    Args:
        modules: those that are watched.
        clock: tells the time in seconds.
    """

    def __init__(self, modules: Iterable[Module], clock: Clock) -> None:
        """See the class."""
        # BEGIN SOLUTION
        self._clock, self._counter = clock, FlopCounter()
        self._tallies = {id(module): _Tally() for module in modules}
        self._stack: list[_Tally] = []
        # END SOLUTION

    def __enter__(self) -> _Watch:
        """Begin to watch. Returns the watch itself."""
        # BEGIN SOLUTION
        call = self._call = Module.__call__

        @functools.wraps(call)
        def watched(module: Module, *args: Any, **named: Any) -> Any:
            tally = self._tallies.get(id(module))
            if tally is None:
                return call(module, *args, **named)
            self._stack.append(tally)
            flops, begin = self._counter.total, self._clock()
            try:
                out = call(module, *args, **named)
            finally:
                seconds = self._clock() - begin
                self._stack.pop()
            if self._stack:
                self._stack[-1].inner_seconds += seconds
            tally.calls += 1
            tally.seconds += seconds
            tally.flops += self._counter.total - flops
            tally.bytes += nbytes_of(args) + nbytes_of(named) + nbytes_of(out)
            tally.output_shape = out.shape if isinstance(out, Tensor) else None
            return out

        self._counter.__enter__()
        Module.__call__ = watched  # type: ignore[method-assign]
        return self
        # END SOLUTION

    def __exit__(self, *error: Any) -> None:
        """Stop watching, and put everything back."""
        # BEGIN SOLUTION
        Module.__call__ = self._call  # type: ignore[method-assign]
        self._counter.__exit__(*error)
        # END SOLUTION

    def row(self, name: str, module: Module) -> LayerRow:
        """What was seen of `module`."""
        # BEGIN SOLUTION
        tally = self._tallies[id(module)]
        read = nbytes_of(list(module.parameters()))
        return LayerRow(
            name,
            type(module).__name__,
            tally.calls,
            tally.output_shape,
            count_parameters(module),
            tally.flops,
            tally.bytes + tally.calls * read,
            tally.seconds,
            tally.seconds - tally.inner_seconds,
        )
        # END SOLUTION
