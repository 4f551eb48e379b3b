"""A ring for each layer, with tokens before heads in memory: token number p lies in slot p modulo capacity, and never moves."""


class KVCache:
    def __init__(self, layers, batch, heads, capacity, head_dim, dtype="float32", window=None):
        if min(layers, batch, heads, capacity, head_dim) < 1:
            raise ValueError(
                f"sizes are 1 or more, not {(layers, batch, heads, capacity, head_dim)}: "
                + " ".join(str(size) for size in (layers, batch, heads, capacity, head_dim))
            )
        if window is not None and (window < 1 or window > capacity):
            raise ValueError(f"window {window} with capacity {capacity}")
        self.layers, self.batch, self.heads, self.capacity, self.head_dim = layers, batch, heads, capacity, head_dim
        self.dtype, self.window = np.dtype(dtype), window
        self._stores = [np.empty((2, batch, capacity, heads, head_dim), self.dtype) for _ in range(layers)]
        self._counts = np.zeros(layers, int)

    @property
    def length(self):
        return int(self._counts.min())

    @property
    def room(self):
        return self.capacity - self._before(self.length)

    @property
    def nbytes(self):
        return sum(store.nbytes for store in self._stores)

    def _before(self, count):
        return count if self.window is None else min(count, self.window - 1)

    def append(self, layer, keys, values):
        if layer < 0 or layer >= self.layers:
            raise IndexError(f"{layer} is not among the {self.layers} layers")
        for array in (keys, values):
            if (*array.shape[:-2], *array.shape[-1:]) != (self.batch, self.heads, self.head_dim) or not array.shape[-2]:
                raise ValueError(f"shape {array.shape}")
        if keys.shape != values.shape:
            raise ValueError(f"{keys.shape} and {values.shape}")
        count, new = int(self._counts[layer]), keys.shape[2]
        before = self._before(count)
        if before + new > self.capacity:
            raise ValueError(f"{new} tokens beside {before}, capacity {self.capacity}")
        store = self._stores[layer]
        slots = np.arange(count, count + new) % self.capacity
        store[0][:, slots] = keys.swapaxes(1, 2)
        store[1][:, slots] = values.swapaxes(1, 2)
        self._counts[layer] += new
        if self.window is None:
            found = store[:, :, : count + new]
        else:
            found = store[:, :, np.arange(count - before, count + new) % self.capacity]
        return found[0].swapaxes(1, 2), found[1].swapaxes(1, 2)

    def rollback(self, n):
        if n < 0 or n > self.length:
            raise ValueError(f"{n} of {self.length}")
        if self.window is not None and n and self.length > self.window:
            raise ValueError(f"{self.length} tokens, window {self.window}")
        self._counts[:] = self.length - n

    def reset(self):
        self._counts[:] = 0
