"""Another way: few NumPy calls, and everything else composed of operations that are already there."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import compute, operands, unwrap, wrap


class Elementwise:
    """Subtraction is addition of the negative, division a product with the reciprocal, and so on."""

    def __add__(self, other: Any) -> Any:
        return compute(np.add, *operands(self, other))

    __radd__ = __add__

    def __neg__(self) -> Any:
        if self.data.dtype == np.bool_:
            raise TypeError("booleans have no negative")
        return compute(np.multiply, self.data, self.data.dtype.type(-1))

    def __sub__(self, other: Any) -> Any:
        a, b = operands(self, other)
        return wrap(a) + -wrap(b)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        return compute(np.multiply, *operands(self, other))

    __rmul__ = __mul__

    def _reciprocal(self) -> Any:
        return compute(np.reciprocal, *operands(self, floating=True))

    def __truediv__(self, other: Any) -> Any:
        a, b = operands(self, other, floating=True)
        return wrap(a) * wrap(b)._reciprocal()

    def __rtruediv__(self, other: Any) -> Any:
        a, b = operands(other, self, floating=True)
        return wrap(b)._reciprocal() * wrap(a)

    def __pow__(self, other: Any) -> Any:
        return compute(np.power, *operands(self, other))

    def __rpow__(self, other: Any) -> Any:
        a, b = operands(other, self)
        return wrap(a) ** wrap(b)

    def __gt__(self, other: Any) -> Any:
        return compute(np.greater, *operands(self, other))

    def __lt__(self, other: Any) -> Any:
        return compute(np.less, *operands(self, other))

    def __ge__(self, other: Any) -> Any:
        return compute(np.logical_or, (self > other).data, self.eq(other).data)

    def __le__(self, other: Any) -> Any:
        return compute(np.logical_or, (self < other).data, self.eq(other).data)

    def eq(self, other: Any) -> Any:
        return compute(np.equal, *operands(self, other))

    def exp(self) -> Any:
        return compute(np.exp, *operands(self, floating=True))

    def log(self) -> Any:
        return compute(np.log, *operands(self, floating=True))

    def sqrt(self) -> Any:
        return compute(np.sqrt, *operands(self, floating=True))

    def tanh(self) -> Any:
        return compute(np.tanh, *operands(self, floating=True))

    def abs(self) -> Any:
        return self.maximum(-self)

    def clip(self, low: Any = None, high: Any = None) -> Any:
        result = wrap(self.data.copy())
        if low is not None:
            result = result.where(result < low, low, result)
        if high is not None:
            result = result.where(result > high, high, result)
        return result

    def maximum(self, other: Any) -> Any:
        a, b = operands(self, other)
        return Elementwise.where((a >= b) | (a != a), a, b)

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        mask, (a, b) = np.asarray(unwrap(condition)), operands(a, b)
        if mask.dtype.kind != "b":
            raise TypeError(f"the condition is of {mask.dtype}, not of bool")
        mask, a, b = np.broadcast_arrays(mask, a, b)
        result = np.empty(mask.shape, a.dtype)
        result[mask] = a[mask]
        result[~mask] = b[~mask]
        return wrap(result)
