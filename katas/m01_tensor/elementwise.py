"""Operations that work on each element by itself: arithmetic, comparisons, functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .dtypes import compute, operands, unwrap, wrap

if TYPE_CHECKING:
    from .tensor import Tensor


class Elementwise:
    """The part of Tensor that treats every element alike.

    Two operands are broadcast against each other as in NumPy: shapes are lined up at the right, and an
    axis of length 1 (or a missing one) is stretched to the other's length, without a copy. Shapes that
    do not fit are a ValueError that names both. The dtype is that of `result_dtype`. The other operand
    may be a Tensor, a NumPy array or a Python number; anything else is a TypeError.

    Every result is a new Tensor with memory of its own, and a plain Tensor even if an operand is of a
    subclass; no operand changes.
    """

    # ------------------------------------------------------------ arithmetic

    def __add__(self, other: Any) -> Tensor:
        """self + other, element by element, broadcast.

        >>> from . import Tensor
        >>> Tensor([[1.0], [2.0]]) + Tensor([10.0, 20.0])
        Tensor([[11. 21.]
                [12. 22.]])
        """
        raise NotImplementedError("m01: Elementwise.__add__")

    def __sub__(self, other: Any) -> Tensor:
        """self - other, element by element, broadcast. Booleans are a TypeError, as in NumPy."""
        raise NotImplementedError("m01: Elementwise.__sub__")

    def __mul__(self, other: Any) -> Tensor:
        """self * other, element by element, broadcast; the matrix product is `@`."""
        raise NotImplementedError("m01: Elementwise.__mul__")

    def __truediv__(self, other: Any) -> Tensor:
        """self / other, element by element, broadcast; integers and booleans give float32.

        >>> from . import Tensor
        >>> Tensor([1, 2, 3]) / 2
        Tensor([0.5 1.  1.5])
        """
        raise NotImplementedError("m01: Elementwise.__truediv__")

    def __pow__(self, other: Any) -> Tensor:
        """self ** other, element by element, broadcast.

        A negative power of integers is a ValueError, as in NumPy: it would not be an integer.

        >>> from . import Tensor
        >>> Tensor([1.0, 2.0, 3.0]) ** 2
        Tensor([1. 4. 9.])
        """
        raise NotImplementedError("m01: Elementwise.__pow__")

    def __neg__(self) -> Tensor:
        """-self. Booleans are a TypeError, as in NumPy."""
        raise NotImplementedError("m01: Elementwise.__neg__")

    # Python calls these when the left operand does not know what to do with a Tensor: 2.0 - t is
    # t.__rsub__(2.0). The order of the operands is all that they add. Given.

    def __radd__(self, other: Any) -> Tensor:
        return compute(np.add, *operands(other, self))

    def __rsub__(self, other: Any) -> Tensor:
        return compute(np.subtract, *operands(other, self))

    def __rmul__(self, other: Any) -> Tensor:
        return compute(np.multiply, *operands(other, self))

    def __rtruediv__(self, other: Any) -> Tensor:
        return compute(np.divide, *operands(other, self, floating=True))

    def __rpow__(self, other: Any) -> Tensor:
        return compute(np.power, *operands(other, self))

    # ----------------------------------------------------------- comparisons

    # Given. All of them return a Tensor of bool; broadcasting and dtypes are as in arithmetic.

    def __gt__(self, other: Any) -> Tensor:
        return compute(np.greater, *operands(self, other))

    def __ge__(self, other: Any) -> Tensor:
        return compute(np.greater_equal, *operands(self, other))

    def __lt__(self, other: Any) -> Tensor:
        return compute(np.less, *operands(self, other))

    def __le__(self, other: Any) -> Tensor:
        return compute(np.less_equal, *operands(self, other))

    def eq(self, other: Any) -> Tensor:
        """Where self equals other: a Tensor of bool, broadcast.

        It is not called `__eq__`, because Python's == is also what `in`, sets and dictionary keys are
        made of. A Tensor equals itself and no other Tensor there, so that it can be a key.
        """
        return compute(np.equal, *operands(self, other))

    # ------------------------------------------------------------- functions

    def exp(self) -> Tensor:
        """e to the power of each element; integers and booleans give float32.

        >>> from . import Tensor
        >>> Tensor([0, 1]).exp()
        Tensor([1.       2.718282])
        """
        raise NotImplementedError("m01: Elementwise.exp")

    def log(self) -> Tensor:
        """Natural logarithm of each element: -inf at 0, nan below; integers and booleans give float32."""
        raise NotImplementedError("m01: Elementwise.log")

    def sqrt(self) -> Tensor:
        """Square root of each element: nan below 0; integers and booleans give float32."""
        raise NotImplementedError("m01: Elementwise.sqrt")

    def tanh(self) -> Tensor:
        """Hyperbolic tangent of each element, ±1 for large ones; integers and booleans give float32."""
        raise NotImplementedError("m01: Elementwise.tanh")

    def abs(self) -> Tensor:
        """Absolute value of each element; the dtype stays."""
        raise NotImplementedError("m01: Elementwise.abs")

    def clip(self, low: Any = None, high: Any = None) -> Tensor:
        """Each element, but at least `low` and at most `high`.

        Args:
            low, high: numbers or Tensors that broadcast with self; None leaves that side open.
                Where low > high, the result is high. nan stays nan.
        Returns:
            A new Tensor of self's broadcast shape; its dtype is the common one of self and the bounds.

        >>> from . import Tensor
        >>> Tensor([-2.0, 0.5, 2.0]).clip(-1, 1), Tensor([1, 5]).clip(high=3)
        (Tensor([-1.   0.5  1. ]), Tensor([1 3]))
        """
        raise NotImplementedError("m01: Elementwise.clip")

    def maximum(self, other: Any) -> Tensor:
        """The larger of self and other, element by element, broadcast; nan where either is nan.

        `Tensor.maximum(a, b)` and `a.maximum(b)` are the same call, so a number may come first too.

        >>> from . import Tensor
        >>> Tensor.maximum(0.0, Tensor([-1.0, 2.0]))
        Tensor([0. 2.])
        """
        raise NotImplementedError("m01: Elementwise.maximum")

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Tensor:
        """`a` where `condition` holds and `b` where it does not; all three are broadcast.

        Args:
            condition: Tensor or array of bool.
            a, b: Tensors, arrays or numbers; the result has their common dtype.
        Raises:
            TypeError: condition is not of bool, the dtype is named.

        >>> from . import Tensor
        >>> x = Tensor([-1.0, 2.0])
        >>> Tensor.where(x > 0, x, 0)
        Tensor([0. 2.])
        """
        raise NotImplementedError("m01: Elementwise.where")
