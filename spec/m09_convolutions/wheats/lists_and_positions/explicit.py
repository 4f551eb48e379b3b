"""The definition, written out: seven loops there, seven loops back."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import Function
from .sizes import Pair, conv2d_shape, pair


def conv2d_explicit_forward(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """A convolution of arrays, written out: nested loops over single numbers.

    Each number of the result is a sum of products: of a window of x, in all channels of its group, with the weights
    of its result, entry by entry as they lie (nothing is mirrored), and the bias on top. What the window sees beyond
    the edge of the image counts as 0. No slices, no NumPy function on more than one number.

    Args:
        x: (n, c, height, width).
        w: (o, c / groups, kernel height, kernel width).
        b: (o,), or None.
        stride, padding, dilation, groups: as in `conv2d_shape`.
    Returns:
        (n, o, places down, places across), in the dtype of x.
    Raises:
        ValueError: as `conv2d_shape`.

    >>> image = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d_explicit_forward(image, np.array([[[[1.0, 0.0], [0.0, 10.0]]]]))
    array([[[[40., 51.],
             [73., 84.]]]])

    Cost: n · o · places · c / groups · kernel height · kernel width multiply-accumulates, one after another.
    """
    # BEGIN SOLUTION
    n, o, down, across = conv2d_shape(
        x.shape, w.shape, None if b is None else b.shape, stride, padding, dilation, groups
    )
    (sy, sx), (py, px), (dy, dx) = pair(stride), pair(padding), pair(dilation)
    (height, width), (depth, kh, kw) = x.shape[2:], w.shape[1:]
    each = o // groups
    pixels, weights = x.tolist(), w.tolist()
    biases = [0.0] * o if b is None else b.tolist()
    y = np.zeros((n, o, down, across), x.dtype)
    for image, group, member, i, j in itertools.product(
        range(n), range(groups), range(each), range(down), range(across)
    ):
        result = group * each + member
        total = 0.0
        for c, u, v in itertools.product(range(depth), range(kh), range(kw)):
            row, column = i * sy + u * dy - py, j * sx + v * dx - px
            if row < 0 or column < 0 or row >= height or column >= width:
                continue
            total += pixels[image][group * depth + c][row][column] * weights[result][c][u][v]
        y[image, result, i, j] = total + biases[result]
    return y
    # END SOLUTION


def conv2d_explicit_backward(
    grad: np.ndarray,
    x: np.ndarray,
    w: np.ndarray,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of x, w and the bias, written out: nested loops over single numbers.

    Args:
        grad: gradient of the result, (n, o, places down, places across).
        x, w, stride, padding, dilation, groups: what `conv2d_explicit_forward` was given.
    Returns:
        (gradient of x, of w, of the bias): shapes of x, of w and (o,), dtypes of x, of w and of w.

    >>> grads = conv2d_explicit_backward(np.array([[[[1.0]]]]), np.full((1, 1, 2, 2), 3.0), np.full((1, 1, 2, 2), 5.0))
    >>> [float(array.flat[0]) for array in grads]
    [5.0, 3.0, 1.0]

    Cost: twice the multiply-accumulates of the way there.
    """
    # BEGIN SOLUTION
    n, o, down, across = grad.shape
    (sy, sx), (py, px), (dy, dx) = pair(stride), pair(padding), pair(dilation)
    (height, width), (depth, kh, kw) = x.shape[2:], w.shape[1:]
    padded = np.pad(np.asarray(x, "float64"), ((0, 0), (0, 0), (py, py), (px, px)))
    grad_x, grad_w, grad_b = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(o)
    for image in range(n):
        for result in range(o):
            for i in range(down):
                for j in range(across):
                    grad_b[result] += grad[image, result, i, j]
    for image in range(n):
        for result in range(o):
            group = result * groups // o
            for c in range(depth):
                for u in range(kh):
                    for v in range(kw):
                        for i in range(down):
                            for j in range(across):
                                at = image, group * depth + c, i * sy + u * dy, j * sx + v * dx
                                grad_w[result, c, u, v] += padded[at] * grad[image, result, i, j]
                                grad_x[at] += w[result, c, u, v] * grad[image, result, i, j]
    grad_x = grad_x[:, :, py : py + height, px : px + width]
    return np.asarray(grad_x, x.dtype), np.asarray(grad_w, w.dtype), np.asarray(grad_b, w.dtype)
    # END SOLUTION


class ExplicitConv2d(Function):
    """`conv2d_explicit_forward` and `conv2d_explicit_backward` as one differentiable operation.

    Source: PyTorch's equivalent is torch.nn.functional.conv2d.
    """

    @staticmethod
    def forward(ctx: Any, x: np.ndarray, w: np.ndarray, b: np.ndarray | None, *settings: Any) -> np.ndarray:
        """The result; `settings` are stride, padding, dilation and groups."""
        # BEGIN SOLUTION
        ctx.save_for_backward(x, w)
        ctx.settings = settings
        return conv2d_explicit_forward(x, w, b, *settings)
        # END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad: np.ndarray) -> tuple[Any, ...]:
        """A gradient for each argument of `forward`, None for the settings and for a bias that is not there."""
        # BEGIN SOLUTION
        x, w = ctx.saved_tensors
        grad_x, grad_w, grad_b = conv2d_explicit_backward(grad, x, w, *ctx.settings)
        return grad_x, grad_w, grad_b, None, None, None, None
        # END SOLUTION


def conv2d_explicit(
    x: Tensor,
    w: Tensor,
    b: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """The convolution of Tensors, by the loops: `conv2d_explicit_forward` with gradients for x, w and b.

    Args, shapes and errors are those of `conv2d_explicit_forward`.

    >>> y = conv2d_explicit(Tensor(np.ones((2, 3, 5, 5))), Tensor(np.ones((4, 3, 3, 3))), padding=1)
    >>> y.shape, y.data.min(), y.data.max()
    ((2, 4, 5, 5), np.float64(12.0), np.float64(27.0))
    """
    # BEGIN SOLUTION
    return ExplicitConv2d.apply(x, w, b, stride, padding, dilation, groups)
    # END SOLUTION
