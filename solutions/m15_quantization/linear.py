"""A linear layer that is kept, and multiplied, in 8 bits."""

from __future__ import annotations

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Linear, Module
from .affine import choose_qparams, quantize
from .calibration import calibrate


def int8_matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b for numbers of 8 bits, exactly.

    A product of two of them needs 16 bits, and a sum of k products more. No sum is rounded, and none wraps around, as long
    as it fits into 32 bits.

    Args:
        a: int8, (…, k), with any number of leading axes, none included.
        b: int8, (k, m). k and m may be 0: a sum of nothing is 0.
    Returns:
        int32, (…, m).
    Raises:
        TypeError: a or b is not of int8; its dtype is named.
        ValueError: b does not have two axes, or the two k differ; the message names both shapes.

    >>> int8_matmul(np.array([[100, 100]], dtype="int8"), np.array([[100], [100]], dtype="int8"))
    array([[20000]], dtype=int32)

    Cost: 2·k·m operations for each row of a. Machines made for it do them several times faster than in floats; NumPy has no
    fast product of int8, so that bytes are what is saved here, and not seconds.
    """
    # BEGIN SOLUTION
    for array in (a, b):
        if array.dtype != np.int8:
            raise TypeError(f"int8_matmul takes int8, not {array.dtype}")
    if a.ndim < 1 or b.ndim != 2 or a.shape[-1] != b.shape[0]:
        raise ValueError(f"shapes {a.shape} and {b.shape} do not go together: (…, k) and (k, m) do")
    # Whole numbers below 2⁵³ are exact in float64, and its matrix product is many times faster than that of integers.
    return (a.astype(np.float64) @ b.astype(np.float64)).astype(np.int32)
    # END SOLUTION


class QuantizedLinear(Module):
    """What a trained Linear becomes in 8 bits: y = (x as 8 bits) @ (weight as 8 bits)ᵀ, scaled back, plus bias.

    It only infers: nothing in it is a Parameter, and its result has no gradient. It shares no memory with the Linear.

    Args:
        linear: the layer to take weight and bias from; it stays as it is.
        low, high: the range of the layer's inputs. Inputs beyond it are cut off.
        per_channel: with True each output has a scale of its own for its row of the weight, with False all share one.

    Attributes, all of them buffers, and all that it keeps of its Linear:
        weight: Tensor of int8 (out, in), symmetric: its zero point is 0. Each row covers exactly its own range (or, with
            per_channel=False, that of all).
        weight_scale: Tensor of float32, (out,) or ().
        bias: Tensor (out,), in the dtype of linear.bias; without one, bias is None and no buffer.
        input_scale: Tensor of float32, (); input_zero_point: Tensor of int32, (): what `choose_qparams` makes of low and high.

    >>> linear = Linear(4, 2, rng=0)
    >>> layer = QuantizedLinear(linear, -1.0, 1.0)
    >>> layer
    QuantizedLinear(in_features=4, out_features=2, bias=True, per_channel=True)
    >>> x = Tensor([[0.5, -0.25, 1.0, 0.0]])
    >>> bool(np.abs(layer(x).data - linear(x).data).max() < 0.01)
    True

    Source: Jacob et al. 2018, arXiv 1712.05877, section 2.
    """

    def __init__(self, linear: Linear, low: float, high: float, per_channel: bool = True) -> None:
        """See the class."""
        # BEGIN SOLUTION
        super().__init__()
        weight, axis = linear.weight.data, 0 if per_channel else None
        scale, zero_point = choose_qparams(*calibrate(weight, axis), symmetric=True)
        input_scale, input_zero_point = choose_qparams(low, high)
        self.register_buffer("weight", Tensor(quantize(weight, scale, zero_point, axis)))
        self.register_buffer("weight_scale", Tensor(scale))
        if linear.bias is None:
            self.bias = None
        else:
            self.register_buffer("bias", Tensor(linear.bias.data))
        self.register_buffer("input_scale", Tensor(input_scale))
        self.register_buffer("input_zero_point", Tensor(input_zero_point))
        # END SOLUTION

    def accumulate(self, q: np.ndarray) -> np.ndarray:
        """The sums over the inputs, Σ (q - input_zero_point) · weight, as exact whole numbers.

        Args:
            q: int8 (…, in), inputs in 8 bits.
        Returns:
            int32 (…, out).
        Raises:
            TypeError: q is not of int8; its dtype is named.
            ValueError: q's last axis is not `in` long; the message names q's shape and `in`.
        """
        # BEGIN SOLUTION
        inputs = self.weight.shape[1]
        if q.shape[-1:] != (inputs,):
            raise ValueError(f"QuantizedLinear takes (…, {inputs}), not an array of shape {q.shape}")
        # q - zero point needs 9 bits. Multiplied out, it does not have to be formed.
        offset = self.input_zero_point.data * self.weight.data.sum(axis=1, dtype=np.int32)
        return int8_matmul(q, self.weight.data.T) - offset
        # END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output.

        Args:
            x: floats (…, in), with any number of leading axes, none included.
        Returns:
            (…, out), in x's dtype, whatever that of the bias is (computed in x's dtype or a wider one), without a gradient.
            Each row depends on that row of x alone.
        Raises:
            ValueError: x's last axis is not `in` long; the message names x's shape and `in`. As `quantize`.

        Cost: that of `int8_matmul`. Nothing is kept from call to call: no second form of the weight.
        """
        # BEGIN SOLUTION
        q = quantize(x.data, self.input_scale.data, self.input_zero_point.data)
        y = self.accumulate(q) * (self.input_scale.data * self.weight_scale.data.astype(np.float64))
        y = y if self.bias is None else y + self.bias.data
        return Tensor(y, x.dtype)
        # END SOLUTION

    def extra_repr(self) -> str:
        outputs, inputs = self.weight.shape
        sizes = f"in_features={inputs}, out_features={outputs}, bias={self.bias is not None}"
        return f"{sizes}, per_channel={self.weight_scale.ndim == 1}"
