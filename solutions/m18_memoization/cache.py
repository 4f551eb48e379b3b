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
        # BEGIN SOLUTION
        sizes = {"layers": layers, "batch": batch, "heads": heads, "capacity": capacity, "head_dim": head_dim}
        for name, size in sizes.items():
            if size < 1:
                raise ValueError(f"{name} is 1 or more, not {size}")
        if window is not None and not 1 <= window <= capacity:
            raise ValueError(f"a window is from 1 to the capacity, {capacity}, not {window}")
        self.layers, self.batch, self.heads, self.capacity, self.head_dim = layers, batch, heads, capacity, head_dim
        self.window, self.dtype = window, np.dtype(dtype)
        self._keys = np.zeros((layers, batch, heads, capacity, head_dim), self.dtype)
        self._values = np.zeros_like(self._keys)
        self._seen = [0] * layers  # tokens that a layer was given
        self._ends = [0] * layers  # its first free slot; the tokens before it are in order
        self._sight = capacity if window is None else window - 1  # the most older tokens that a new one sees
        # END SOLUTION

    @property
    def length(self) -> int:
        """How many tokens have been read: appended to *every* layer, also those that have left the window since."""
        # BEGIN SOLUTION
        return min(self._seen)
        # END SOLUTION

    @property
    def room(self) -> int:
        """How many tokens a layer may be given at once, after the `length` ones that all layers have.

        Without a window: capacity - length. With one: what no new token sees can go. The first of them sees the last
        window - 1 tokens, or all if there are fewer; beside these there is room for the rest of capacity.
        A layer that is k tokens ahead of `length` may be given room - k: what the way back to `length` needs has to stay.
        """
        # BEGIN SOLUTION
        return self.capacity - min(self.length, self._sight)
        # END SOLUTION

    @property
    def nbytes(self) -> int:
        """Bytes of the memory for keys and values together: filled or not, from beginning to end the same."""
        # BEGIN SOLUTION
        return self._keys.nbytes + self._values.nbytes
        # END SOLUTION

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
        # BEGIN SOLUTION
        if not 0 <= layer < self.layers:
            raise IndexError(f"layer {layer} of a cache with {self.layers} layers")
        for name, array in (("keys", keys), ("values", values)):
            c = array.shape[-2] if array.ndim == 4 else 0
            if c < 1 or array.shape != (self.batch, self.heads, c, self.head_dim):
                wanted = f"({self.batch}, {self.heads}, c, {self.head_dim})"
                raise ValueError(f"{name} are {wanted}, c 1 or more, not {array.shape}")
        if keys.shape != values.shape:
            raise ValueError(f"keys of shape {keys.shape} and values of shape {values.shape}")
        before, end = self._seen[layer], self._ends[layer]
        kept = min(self.length, self._sight) + before - self.length  # a layer that is ahead may have to go back
        if kept + c > self.capacity:
            raise ValueError(f"no room for {c} tokens beside {kept} in a cache with a capacity of {self.capacity}")
        if end + c > self.capacity:  # what has left the window makes room
            for store in (self._keys, self._values):
                store[layer, :, :, :kept] = store[layer, :, :, end - kept : end].copy()
            end = kept
        self._keys[layer, :, :, end : end + c] = keys
        self._values[layer, :, :, end : end + c] = values
        self._seen[layer] = before + c
        self._ends[layer] = end + c
        seen = slice(end - min(before, self._sight), end + c)
        return self._keys[layer, :, :, seen], self._values[layer, :, :, seen]
        # END SOLUTION

    def rollback(self, n: int) -> None:
        """Forget the n last tokens, in every layer, as if they had never come. What is kept is `length` - n tokens afterwards.

        Layers that are ahead of `length` (a pass through the model broke off halfway) go back to the same place as all others;
        so rollback(0) mends that, with a window, too.

        Raises:
            ValueError: n is not from 0 to `length` (both are named). With a window also if n is not 0 and `length` is above the
                window (both are named): what has left it would have to come back.
        """
        # BEGIN SOLUTION
        length = self.length
        if not 0 <= n <= length:
            raise ValueError(f"{n} tokens cannot be forgotten: there are {length}")
        if n and self.window is not None and length > self.window:
            raise ValueError(f"of {length} tokens some have left the window of {self.window}: there is no way back")
        for layer, seen in enumerate(self._seen):
            self._ends[layer] -= seen - (length - n)
            self._seen[layer] = length - n
        # END SOLUTION

    def reset(self) -> None:
        """Forget all tokens, with a window, too; the memory stays, for the next text."""
        # BEGIN SOLUTION
        self._seen = [0] * self.layers
        self._ends = [0] * self.layers
        # END SOLUTION
