"""The definition, written out: seven loops there, seven loops back."""

from __future__ import annotations

import itertools

import numpy as np

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


def conv2d_explicit_backward(
    grad: np.ndarray,
    x: np.ndarray,
    w: np.ndarray,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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
