"""Room for the keys and values of a text: made once, filled as the text grows."""

from __future__ import annotations

from typing import Any

import numpy as np


class KVCache:
    """Keys and values of the tokens that a model has read, for each of its layers.

    All of its memory is taken at once, when it is made. Each layer's part is filled on its own, by `append`.

    Without a window every token is kept, and `capacity` is how many there can be. With one, a token sees the `window` last ones
    only, itself included, so older ones may go: there is no end to how many tokens can be appended, some at a time.

    Args:
        layers, batch, heads, capacity, head_dim: sizes, 1 or more each.
        dtype: of what is kept: "float32", "float64" or "float16".
        window: None, or from 1 to capacity.

    Attributes:
        layers, batch, heads, capacity, head_dim, window: as given.
        dtype: a numpy.dtype.

    Raises:
        ValueError: a size is less than 1 (it is named), or the window is not from 1 to capacity (both are named).

    >>> cache = KVCache(layers=1, batch=1, heads=1, capacity=4, head_dim=2)
    >>> keys, values = cache.append(0, np.ones((1, 1, 3, 2)), np.zeros((1, 1, 3, 2)))
    >>> keys, values = cache.append(0, np.full((1, 1, 1, 2), 5.0), np.zeros((1, 1, 1, 2)))
    >>> keys[0, 0], cache.length, cache.nbytes
    (array([[1., 1.],
           [1., 1.],
           [1., 1.],
           [5., 5.]], dtype=float32), 4, 64)

    Cost: bytes, `cache_bytes`, which is yours to work out in task 8.
    Source: Shazeer 2019, arXiv 1911.02150 (what is kept, and what it costs); Beltagy et al. 2020, arXiv 2004.05150 (windows).
    """

    def __init__(
        self,
        layers: int,
        batch: int,
        heads: int,
        capacity: int,
        head_dim: int,
        dtype: Any = "float32",
        window: int | None = None,
    ) -> None:
        """See the class. Task 2; what has to do with the window may wait for task 6."""
        raise NotImplementedError("m18: KVCache.__init__")

    @property
    def length(self) -> int:
        """How many tokens have been read: appended to *every* layer, also those that have left the window since."""
        raise NotImplementedError("m18: KVCache.length")

    @property
    def room(self) -> int:
        """How many tokens a layer may be given at once, after the `length` ones that all layers have.

        Without a window: capacity - length. With one: what no new token sees can go. The first of them sees the last
        window - 1 tokens, or all if there are fewer; beside these there is room for the rest of capacity.
        A layer that is k tokens ahead of `length` may be given room - k: what the way back to `length` needs has to stay.
        """
        raise NotImplementedError("m18: KVCache.room")

    @property
    def nbytes(self) -> int:
        """Bytes of the memory for keys and values together: filled or not, from beginning to end the same."""
        raise NotImplementedError("m18: KVCache.nbytes")

    def append(self, layer: int, keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Keep the keys and values of c more tokens of a layer, and give back those that these tokens may look at.

        Args:
            layer: from 0 to layers - 1.
            keys, values: (batch, heads, c, head_dim), c 1 or more: in any dtype of floats, converted to the cache's.
        Returns:
            keys, values: (batch, heads, m, head_dim), oldest first, the new ones last. Without a window, all m that the layer
            has: *views* of the cache's memory, in which a token stays where it was put. With a window, views or copies of the new
            ones, and before them of those that the first of them sees: the last window - 1, or all if there are fewer.
            They are for reading.
        Raises:
            IndexError: there is no such layer (-1 is none, too); it and the number of layers are named.
            ValueError: a shape is not as above (it is named), or there is no room for c tokens (c and capacity are named).
                The cache is as before.

        Cost: no memory that stays. For a moment, with c = 1, less than a tenth of `nbytes`; with a window, less than `nbytes`.
        """
        raise NotImplementedError("m18: KVCache.append")

    def rollback(self, n: int) -> None:
        """Forget the n last tokens, in every layer, as if they had never come. What is kept is `length` - n tokens afterwards.

        Layers that are ahead of `length` (a pass through the model broke off halfway) go back to the same place as all others;
        so rollback(0) mends that, with a window, too.

        Raises:
            ValueError: n is not from 0 to `length` (both are named). With a window also if n is not 0 and `length` is above the
                window (both are named): what has left it would have to come back.
        """
        raise NotImplementedError("m18: KVCache.rollback")

    def reset(self) -> None:
        """Forget all tokens, with a window, too; the memory stays, for the next text."""
        raise NotImplementedError("m18: KVCache.reset")
