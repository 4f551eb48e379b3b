"""Another way: strides by hand, and one operation in terms of the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .dtypes import operands, result_dtype, unwrap, wrap


def as_shape(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else tuple(sizes)


def at(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise IndexError(f"axis {axis} is not one of {ndim}")
    return axis % ndim


class Shape:
    def reshape(self, *shape: Any) -> Any:
        sizes, total = list(as_shape(shape)), self.data.size
        if sizes.count(-1) > 1:
            raise ValueError(f"only one -1 can be worked out: {tuple(sizes)}")
        if -1 in sizes:
            known = math.prod(size for size in sizes if size != -1)
            if known == 0 or total % known:
                raise ValueError(f"{total} elements do not fit into {tuple(sizes)}")
            sizes[sizes.index(-1)] = total // known
        if math.prod(sizes) != total:
            raise ValueError(f"{total} elements do not fit into {tuple(sizes)}")
        return wrap(np.reshape(self.data, sizes))

    def permute(self, *axes: Any) -> Any:
        order = [at(axis, self.data.ndim) for axis in as_shape(axes)]
        if sorted(order) != list(range(self.data.ndim)):
            raise ValueError(f"{as_shape(axes)} is no order of {self.data.ndim} axes")
        strides = [self.data.strides[axis] for axis in order]
        shape = [self.data.shape[axis] for axis in order]
        return wrap(np.lib.stride_tricks.as_strided(self.data, shape, strides))

    def transpose(self, axis0: int, axis1: int) -> Any:
        order = list(range(self.data.ndim))
        i, j = at(axis0, len(order)), at(axis1, len(order))
        order[i], order[j] = order[j], order[i]
        return self.permute(order)

    @property
    def T(self) -> Any:
        return self.permute(list(range(self.data.ndim))[::-1])

    def flatten(self, start_axis: int = 0, end_axis: int = -1) -> Any:
        shape = list(self.data.shape) or [1]
        start, end = at(start_axis, len(shape)), at(end_axis, len(shape))
        if start > end:
            raise ValueError(f"axis {start_axis} comes after axis {end_axis}")
        shape[start : end + 1] = [math.prod(shape[start : end + 1])]
        return self.reshape(shape)

    def squeeze(self, axis: Any = None) -> Any:
        ndim = self.data.ndim
        axes = range(ndim) if axis is None else [at(a, ndim) for a in (axis if isinstance(axis, tuple) else (axis,))]
        return self.reshape([size for a, size in enumerate(self.data.shape) if size != 1 or a not in axes])

    def unsqueeze(self, axis: int) -> Any:
        return wrap(self.data[(slice(None),) * at(axis, self.data.ndim + 1) + (None,)])

    def expand(self, *shape: Any) -> Any:
        own, wanted = self.data.shape, list(as_shape(shape))
        error = ValueError(f"{own} cannot be expanded to {tuple(wanted)}")
        added = len(wanted) - len(own)
        if added < 0:
            raise error
        strides = [0] * len(wanted)
        for i, size in enumerate(own, added):
            wanted[i] = size if wanted[i] == -1 else wanted[i]
            if wanted[i] == size:
                strides[i] = self.data.strides[i - added]
            elif size != 1:
                raise error
        if min(wanted, default=0) < 0:
            raise error
        return wrap(np.lib.stride_tricks.as_strided(self.data, wanted, strides))

    def __getitem__(self, index: Any) -> Any:
        parts = tuple(map(unwrap, index)) if isinstance(index, tuple) else (unwrap(index),)
        if not any(part is Ellipsis for part in parts):
            parts = (*parts, Ellipsis)  # with ... even a single element is an array
        return wrap(self.data[parts])

    def __setitem__(self, index: Any, value: Any) -> None:
        index = tuple(map(unwrap, index)) if isinstance(index, tuple) else unwrap(index)
        self.data[index] = np.asarray(unwrap(value)).astype(self.data.dtype)

    def is_contiguous(self) -> bool:
        expected = self.data.itemsize
        for size, stride in zip(reversed(self.data.shape), reversed(self.data.strides), strict=True):
            if size != 1 and stride != expected and self.data.size:
                return False
            expected *= size
        return True

    @staticmethod
    def cat(tensors: Sequence[Any], axis: int = 0) -> Any:
        if not tensors:
            raise ValueError("nothing to join")
        arrays = operands(*tensors)
        where = at(axis, arrays[0].ndim) if arrays[0].ndim else -1
        rests = {(x.ndim, *x.shape[:where], *x.shape[where + 1 :]) for x in arrays}
        if where < 0 or len(rests) > 1:
            raise ValueError(f"cannot join shapes {[x.shape for x in arrays]} along axis {axis}")
        shape = list(arrays[0].shape)
        shape[where] = sum(x.shape[where] for x in arrays)
        out, start = np.empty(shape, result_dtype(*tensors)), 0
        for x in arrays:
            out[(slice(None),) * where + (slice(start, start + x.shape[where]),)] = x
            start += x.shape[where]
        return wrap(out)

    @staticmethod
    def stack(tensors: Sequence[Any], axis: int = 0) -> Any:
        return Shape.cat([wrap(unwrap(t)).unsqueeze(axis) for t in tensors], axis)
