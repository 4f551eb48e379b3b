"""How much memory a call needs at its worst moment."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any


def peak_memory(fn: Callable[..., Any], *args: Any) -> int:
    """The most bytes that fn(*args) holds at any one moment, beyond what was held before.

    What fn gives back counts, what it has freed by then does not; arguments were there before. Bytes are those
    that Python and NumPy ask for, as the module tracemalloc sees them: contents of arrays, and some bytes for each object.

    If tracemalloc is tracing already, it goes on afterwards, and peaks that it saw before do not count. If not, it is stopped
    again, also if fn raises (the exception goes on to the caller).

    >>> import numpy as np
    >>> 8_000_000 <= peak_memory(np.zeros, 1_000_000) < 8_010_000
    True

    Source: the tracemalloc module, which NumPy reports its arrays to.
    """
    # BEGIN SOLUTION
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        result = fn(*args)
        peak = tracemalloc.get_traced_memory()[1]
        del result  # it had to be there until now
        return peak - before
    finally:
        if not tracing:
            tracemalloc.stop()
    # END SOLUTION
