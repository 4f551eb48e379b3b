"""Another way: every function of floats computed in float64 and rounded once."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .dtypes import compute, in_float64, operands, unwrap


def binary(function: Any, floating: bool = False) -> tuple[Any, Any]:
    """A method, and its reflected form."""

    def method(self: Any, other: Any) -> Any:
        return in_float64(function, *operands(self, other, floating=floating))

    def reflected(self: Any, other: Any) -> Any:
        return in_float64(function, *operands(other, self, floating=floating))

    return method, reflected


def comparison(function: Any) -> Any:
    return lambda self, other: compute(function, *operands(self, other))


def unary(function: Any, floating: bool = True) -> Any:
    return lambda self: in_float64(function, *operands(self, floating=floating))


class Elementwise:
    __add__, __radd__ = binary(np.add)
    __sub__, __rsub__ = binary(np.subtract)
    __mul__, __rmul__ = binary(np.multiply)
    __truediv__, __rtruediv__ = binary(np.true_divide, floating=True)
    __pow__, __rpow__ = binary(np.power)
    __gt__, __ge__ = comparison(operator.gt), comparison(operator.ge)
    __lt__, __le__ = comparison(operator.lt), comparison(operator.le)
    eq = comparison(operator.eq)
    exp, log, sqrt, tanh = unary(np.exp), unary(np.log), unary(np.sqrt), unary(np.tanh)
    __neg__, abs = unary(np.negative, floating=False), unary(np.abs, floating=False)
    maximum, _ = binary(np.maximum)

    def clip(self, low: Any = None, high: Any = None) -> Any:
        result = self + 0 if self.data.dtype.kind != "b" else compute(np.array, self.data)
        if low is not None:
            result = result.maximum(low)
        return -((-result).maximum(-high)) if high is not None else result

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        condition = np.asarray(unwrap(condition))
        if not np.issubdtype(condition.dtype, np.bool_):
            raise TypeError(f"where: the condition must be of bool; it is of {condition.dtype}")
        return compute(np.choose, condition.astype(np.intp), operands(b, a))
