"""The right answers: PyTorch's functions and modules in float64, and sums over loops."""

import itertools

import numpy as np

from spec.kit import Bounded
from spec.kit.oracle import leaf, narrow, pull, wide

# ------------------------------------------------------- sizes and convolutions


def conv2d_output_size(size, kernel, how):
    """Counts the places, one by one."""
    stride, padding, dilation = (
        how.get(name, default) for name, default in (("stride", 1), ("padding", 0), ("dilation", 1))
    )
    starts = range(-padding, size + padding, stride)
    return sum(start + dilation * (kernel - 1) < size + padding for start in starts)


def _conv2d(x, w, b, how):
    from torch.nn.functional import conv2d

    return conv2d(x, w, b, **how)


def conv2d_explicit_forward(x, w, b, how):
    parts = [None if part is None else wide(part) for part in (x, w, b)]
    sizes = [None if part is None else part.abs() for part in parts]
    return Bounded(narrow(_conv2d(*parts, how), x.dtype), _conv2d(*sizes, how))


def conv2d_shape(x_shape, w_shape, b_shape, how):
    return tuple(_conv2d(wide(np.zeros(x_shape)), wide(np.zeros(w_shape)), None, how).shape)


def conv2d(kernel, x, w, b, how):
    return conv2d_explicit_forward(x, w, b, how)


def _pulled(grad, x, w, how):
    """Gradients of x, w and a bias."""
    x, w, b = leaf(x), leaf(w), leaf(np.zeros(w.shape[0]))
    pull(_conv2d(x, w, b, how), wide(grad))
    return x.grad, w.grad, b.grad


def conv2d_explicit_backward(grad, x, w, how, times=1):
    """The scale of a gradient is what it is of absolute values: a sum of absolute products."""
    gradients, sizes = _pulled(grad, x, w, how), _pulled(abs(grad), abs(x), abs(w), how)
    dtypes = x.dtype, w.dtype, w.dtype
    return [
        Bounded(narrow(times * gradient, dtype), times * size)
        for gradient, size, dtype in zip(gradients, sizes, dtypes, strict=True)
    ]


def conv2d_gradients(kernel, x, w, b, grad, how, needed):
    found = {"value": conv2d_explicit_forward(x, w, b, how)}
    for name, array in zip("xwb", conv2d_explicit_backward(grad, x, w, how, 2), strict=True):
        if name != "b" or b is not None:
            found[f"grad of {name}"] = array if name in needed else None
    return found


def im2col(x, kernel_size, how):
    from torch.nn.functional import unfold

    return narrow(unfold(wide(x), kernel_size, **how), x.dtype)


def col2im(columns, shape, kernel_size, how):
    from torch.nn.functional import fold

    return narrow(fold(wide(columns), shape[2:], kernel_size, **how), columns.dtype)


def im2col_overwritten(x, kernel_size, how):
    return x


# ---------------------------------------------------------------------- layers


def module(name, settings):
    """PyTorch's module of that name."""
    from torch import nn

    if name == "GlobalAvgPool":
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    settings = {key: value for key, value in settings.items() if key != "rng"}
    return getattr(nn, name)(**settings)


def model(plan, state, training):
    """PyTorch's Sequential of a plan, in float64, with a state."""
    from torch import nn

    made = nn.Sequential(*[module(name, settings) for name, settings in plan]).double()
    if state is not None:
        made.load_state_dict({key: wide(array) for key, array in state.items()})
    return made.train(training)


def state_of(made, dtype):
    """Its state as arrays; what is not a float keeps its kind."""
    return {key: narrow(t, dtype if t.is_floating_point() else np.int64) for key, t in made.state_dict().items()}


def layer(name, settings, state, x, grad, training, kernel):
    made = module(name, settings).double().train(training)
    made.load_state_dict({key: wide(array) for key, array in state.items()})
    t = leaf(x)
    result = made(t)
    pull(result, wide(grad))
    found = {"value": narrow(result, x.dtype), "grad of x": narrow(t.grad, x.dtype)}
    found.update({f"grad of {key}": narrow(p.grad, x.dtype) for key, p in made.named_parameters()})
    if name == "BatchNorm2d":
        found = {
            key: Bounded(found[key], scale) for key, scale in batch_scales(made.eps, state, x, grad, training).items()
        }
    return {**found, **{f"{key} afterwards": array for key, array in state_of(made, x.dtype).items()}}


def batch_scales(eps, state, x, grad, training):
    """The sizes of the terms that a batch normalisation adds up: what is left of them may be far smaller."""
    axes = (0, 2, 3)
    var = np.var(x.astype(float), axes) if training else state["running_var"].astype(float)
    x, grad = np.abs(x.astype(float)), np.abs(grad.astype(float))
    mean = x.mean(axes) if training else np.abs(state["running_mean"].astype(float))
    weight, bias, mean, deviation = (
        np.abs(row).reshape(1, -1, 1, 1) for row in (state["weight"], state["bias"], mean, np.sqrt(var + eps))
    )
    normal = (x + mean) / deviation
    through = (grad.mean(axes, keepdims=True) + normal * (grad * normal).mean(axes, keepdims=True)) if training else 0
    return {
        "value": normal * weight + bias,
        "grad of x": weight / deviation * (grad + through),
        "grad of weight": (grad * normal).sum(axes),
        "grad of bias": grad.sum(axes),
    }


def layer_twice(name, settings, x, grads):
    return [
        layer(name, settings, {}, t, grad, True, None)["grad of x"]
        for t, grad in zip((x, x[..., ::-1]), grads, strict=True)
    ]


def normalised(settings, dtype, steps):
    made = module("BatchNorm2d", settings).double()
    seen = []
    for training, x in steps:
        made.train(training)
        seen.append({"value": narrow(made(wide(x)), dtype), **state_of(made, dtype)})
    return seen


# ------------------------------------------------------------------------- use


def network(kernel, plan, state, x, target, training):
    import torch

    made = model(plan, state, training)
    logits = made(wide(x))
    loss = torch.nn.functional.cross_entropy(logits, wide(target))
    loss.backward()
    return {
        "logits": narrow(logits, x.dtype),
        "value": narrow(loss, x.dtype),
        **{f"grad of {key}": narrow(p.grad, x.dtype) for key, p in made.named_parameters()},
        "state": state_of(made, x.dtype),
    }


def trained(kernel, plan, state, x, target, lr, steps):
    import torch

    made = model(plan, state, True)
    for _ in range(steps):
        made.zero_grad()
        torch.nn.functional.cross_entropy(made(wide(x)), wide(target)).backward()
        with torch.no_grad():
            for p in made.parameters():
                p -= lr * p.grad
    return state_of(made, x.dtype)


# --------------------------------------------------------------------- reflect


def conv2d_macs(n, channels, size, outputs, kernel, stride, padding, groups):
    """Goes round the loops of one image and counts."""
    starts = [at for at in range(-padding, size + padding, stride) if at + kernel <= size + padding]
    loops = range(outputs), starts, starts, range(channels // groups), range(kernel), range(kernel)
    return n * sum(1 for _ in itertools.product(*loops))


def receptive_field(layers):
    """Walks back from one number of the last result."""
    low = high = 0
    for kernel, stride in reversed(layers):
        low, high = low * stride, high * stride + kernel - 1
    return high - low + 1


# ----------------------------------------------------------------------- speed


def conv2d_loops(x, w, rows):
    """The judge's own loops over the elements of arrays, for some rows of the first result of the first image."""
    across = x.shape[3] - w.shape[3] + 1
    y = np.zeros((rows, across), x.dtype)
    for i in range(rows):
        for j in range(across):
            total = 0.0
            for c in range(w.shape[1]):
                for u in range(w.shape[2]):
                    for v in range(w.shape[3]):
                        total += x[0, c, i + u, j + v] * w[0, c, u, v]
            y[i, j] = total
    return y


def max_pool_loops(x, channels):
    """Windows of 2 × 2, for some channels of the first image."""
    height, width = x.shape[2] // 2, x.shape[3] // 2
    y = np.zeros((channels, height, width), x.dtype)
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                y[c, i, j] = max(x[0, c, 2 * i + u, 2 * j + v] for u in (0, 1) for v in (0, 1))
    return y


def empty_loop(passes):
    for _ in range(passes):
        pass


def one_thread_conv2d(x, w):
    """PyTorch's convolution on one thread, to be timed."""
    import torch

    torch.set_num_threads(1)
    x, w = torch.from_numpy(x), torch.from_numpy(w)
    return lambda: torch.nn.functional.conv2d(x, w)
