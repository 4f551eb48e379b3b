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
    raise NotImplementedError("m14: peak_memory")
