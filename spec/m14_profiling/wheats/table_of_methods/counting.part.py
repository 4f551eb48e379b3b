"""Counts by how deep in counted methods a call is, and by shapes alone."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np


def count_parameters(model: Module) -> int:
    return int(sum(np.prod(p.shape, dtype=int) for _, p in model.named_parameters()))


def product_flops(a_shape: Shape, b_shape: Shape) -> int:
    out = np.matmul(np.empty(a_shape, bool), np.empty(b_shape, bool)).shape
    return 2 * math.prod(out) * a_shape[-1]


class FlopCounter:
    def __init__(self) -> None:
        self.counts = {"matmul": 0, "conv2d": 0}
        self._depth = 0

    @property
    def total(self) -> int:
        return self.counts["matmul"] + self.counts["conv2d"]

    def _swap(self, owner: type, name: str, make: Any) -> None:
        old = vars(owner).get(name, self)
        setattr(owner, name, make(getattr(owner, name)))
        self._undo.callback(
            delattr if old is self else setattr, *((owner, name) if old is self else (owner, name, old))
        )

    @contextlib.contextmanager
    def _one_deeper(self) -> Any:
        self._depth += 1
        try:
            yield self._depth == 1
        finally:
            self._depth -= 1

    def __enter__(self) -> FlopCounter:
        self._undo = contextlib.ExitStack()

        def product(turned: bool) -> Any:
            def make(old: Any) -> Any:
                def new(x: Tensor, y: Any) -> Tensor:
                    with self._one_deeper() as outermost:
                        out = old(x, y)
                    if outermost:
                        shapes = tuple(x.shape), tuple(np.shape(getattr(y, "data", y)))
                        self.counts["matmul"] += product_flops(*(shapes[::-1] if turned else shapes))
                    return out

                return new

            return make

        def convolution(old: Any) -> Any:
            def new(layer: Conv2d, x: Tensor) -> Tensor:
                with self._one_deeper() as outermost:
                    out = old(layer, x)
                if outermost:
                    self.counts["conv2d"] += conv2d_flops(layer.weight.shape, out.shape)
                return out

            return new

        for name in ("matmul", "matmul_explicit", "__matmul__", "__rmatmul__"):
            self._swap(Tensor, name, product(name == "__rmatmul__"))
        self._swap(Conv2d, "forward", convolution)
        return self

    def __exit__(self, *error: Any) -> None:
        self._undo.close()
