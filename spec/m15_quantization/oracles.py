"""The right answers: PyTorch's fake quantization, and float64."""

from typing import Any

import numpy as np

from grading.outcomes import Wrong
from spec.kit import Bounded, assert_close
from spec.kit.oracle import narrow, native, pull, wide

ENDS = -128, 127
SMALLEST = 2.0**-23

SLACK = 1e-3
"""How far from the middle of two places a float must be for only one of them to be right: scales are rounded to float32."""


def along(values, x, axis):
    """`values` in float64, broadcast with x."""
    values = np.asarray(values, "float64")
    if axis is None:
        return values
    return values.reshape([-1 if place == axis % x.ndim else 1 for place in range(x.ndim)])


def line(low, high, symmetric):
    """Scale and place of 0.0 in float64, before it is rounded."""
    low, high = (np.asarray(value, "float64") for value in (low, high))
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    if symmetric:
        return np.maximum(np.maximum(-low, high) / 127, SMALLEST), np.zeros(low.shape)
    scale = np.maximum((high - low) / 255, SMALLEST)
    return scale, np.clip(-128 - low / scale, *ENDS)


def require_nearest(got: Any, places: Any, dtype: str, name: str) -> None:
    """Whole numbers of `dtype`, each the one nearest to its place (either of two, in the middle), from -128 to 127."""
    places = np.clip(np.asarray(places, "float64"), *ENDS)
    nearest = np.rint(places).astype(dtype)
    wrong = not isinstance(got, np.ndarray) or got.dtype != nearest.dtype or got.shape != nearest.shape
    if wrong or (np.abs(got - places) > 0.5 + SLACK).any():
        assert_close(got, nearest, "exact", name)


# --------------------------------------------------------------- lines, places


def along_axis(values, shape, axis):
    values = np.asarray(values)
    if axis is None:
        return values
    return np.expand_dims(values, [place for place in range(len(shape)) if place != axis % len(shape)])


def places_of(x, scale, zero_point, axis):
    """Halves to even, then the zero point; still in floats."""
    with np.errstate(over="ignore"):
        return np.rint(np.asarray(x, "float64") / along(scale, x, axis)) + along(zero_point, x, axis)


def quantize(x, scale, zero_point, axis):
    return np.asarray(np.clip(places_of(x, scale, zero_point, axis), *ENDS).astype("int8"))


def dequantize(q, scale, zero_point, axis, dtype):
    return narrow((q - along(zero_point, q, axis)) * along(scale, q, axis), dtype)


# ------------------------------------------------------------------------ fake


def torch_fake(t, scale, zero_point, axis):
    """PyTorch's own. Products with scales are of float32, also in float64: exact where scales are powers of two."""
    import torch

    if not t.numel():  # PyTorch refuses an axis without a channel
        return t * 1
    if axis is None:
        return torch.fake_quantize_per_tensor_affine(t, float(scale), int(zero_point), *ENDS)
    return torch.fake_quantize_per_channel_affine(t, native(scale), native(zero_point), axis % t.ndim, *ENDS)


def fake_quantize(x, scale, zero_point, axis):
    if x.dtype == np.float64:  # PyTorch multiplies by the scale in float32
        return dequantize(quantize(x, scale, zero_point, axis), scale, zero_point, axis, x.dtype)
    return narrow(torch_fake(native(x), scale, zero_point, axis), x.dtype)


def fake_quantize_gradient(x, scale, zero_point, axis, grad):
    import torch

    t = native(x.astype("float32")).requires_grad_()
    pull(torch_fake(t, scale, zero_point, axis), torch.ones_like(t))
    once = grad * narrow(t.grad, x.dtype)  # PyTorch's 0 or 1
    return [np.asarray(once), np.asarray(2 * once)]


# ------------------------------------------------------------------ calibration


def calibrate(x, axis, percentile):
    """Sorts each row, and interpolates by hand."""
    rows = x.reshape(1, -1) if axis is None else np.moveaxis(x, axis, 0).reshape(x.shape[axis], -1)
    rows = np.sort(rows.astype("float64"), axis=1)
    found = []
    for share in (100.0 - percentile, percentile):
        at = share / 100.0 * (rows.shape[1] - 1)
        below, above = int(np.floor(at)), int(np.ceil(at))
        found.append(rows[:, below] + (at - below) * (rows[:, above] - rows[:, below]))
    low, high = (side.reshape(()) if axis is None else side for side in found)
    return {"low": narrow(low, x.dtype), "high": narrow(high, x.dtype)}


def calibrate_by_default(x):
    return calibrate(x, None, 100.0)


def no_range(shape, axis, dtype):
    """Of no floats: 0 to 0, for as many channels as there are."""
    zero = np.zeros(() if axis is None else shape[axis], dtype)
    return {"low": zero, "high": zero}


def observed(batches, percentile):
    found, low, high = [], np.inf, -np.inf
    for x in batches:
        if x.size:
            own = calibrate(x, None, percentile)
            low, high = min(low, float(own["low"])), max(high, float(own["high"]))
        found.append([low, high])
    return found


# -------------------------------------------------------------- products, layers


def int8_matmul(a, b):
    return (a.astype("int64") @ b.astype("int64")).astype("int32")


def forward(weight, bias, low, high, per_channel, x):
    """The layer on floats: fake quantization of both sides, by PyTorch, then a product in float64."""
    scale, zero = line(low, high, False)
    axis = 0 if per_channel else None
    largest = np.abs(weight).max(axis=1 if per_channel else None)
    of_weight, none = (largest / 127).astype("float32"), np.zeros(largest.shape, "int32")
    w = wide(fake_quantize(weight.astype("float32"), of_weight, none, axis)).T
    left = wide(fake_quantize(x.astype("float32"), scale, np.rint(zero), None))
    b = 0 if bias is None else wide(bias)
    terms = left.abs() @ w.abs() + (0 if bias is None else b.abs())
    return Bounded(narrow(left @ w + b, x.dtype), narrow(terms, "float64"))


def require_kept(
    got: dict[str, Any], weight: Any, bias: Any, low: Any, high: Any, per_channel: bool, name: str = ""
) -> None:
    """A layer's state is that of this Linear and this range of inputs."""
    wanted = ["input_scale", "input_zero_point", "weight", "weight_scale"] + ([] if bias is None else ["bias"])
    assert_close(sorted(got), sorted(wanted), "exact", f"buffers of {name}" if name else "buffers")
    rows = weight.astype("float64") if per_channel else weight.astype("float64").reshape(1, -1)
    scale = np.maximum(np.abs(rows).max(axis=1) / 127, SMALLEST)
    require_nearest(got["weight"], weight / scale[:, None], "int8", f"{name}weight")
    of_weight = np.asarray(scale if per_channel else scale[0], "float32")
    assert_close(got["weight_scale"], of_weight, "elementwise", f"{name}weight_scale")
    scale, zero = line(low, high, False)
    assert_close(got["input_scale"], np.asarray(scale, "float32"), "composed", f"{name}input_scale")
    require_nearest(got["input_zero_point"], zero, "int32", f"{name}input_zero_point")
    if bias is not None:
        assert_close(got["bias"], bias, "exact", f"{name}bias")


def require_near(got: dict[str, Any], weight: Any, bias: Any, x: Any) -> None:
    """A layer's answer is within what half a scale for each weight and for each input can make of the float one."""
    assert_close(got["8 bits"].shape, got["floats"].shape, "exact", "shape")
    w, x = np.abs(weight.astype("float64")), np.abs(x.astype("float64"))
    of_w, of_x = np.reshape(got["weight_scale"], (-1, 1)) * 0.5005, float(got["input_scale"]) * 0.5005
    # |Δ(x · w)| ≤ |x| · Δw + Δx · |w| + Δx · Δw, added up.
    allowed = x @ np.broadcast_to(of_w, w.shape).T + of_x * (w + of_w).sum(axis=1)
    allowed = allowed + 1e-5 * (x @ w.T + (0 if bias is None else np.abs(bias)))
    off = np.abs(got["8 bits"] - got["floats"])
    if not (off <= allowed).all():
        raise Wrong("as near as the scales allow", f"{(off / allowed).max(initial=0):.3g} times as far")


# ----------------------------------------------------------------------- models


def replaced(root):
    if root:
        return {"made": 1, "new": "Sequential", "holds": True}
    return {
        "same model": True,
        "made": 2,
        "classes": ["Sequential", "Sequential", "Linear", "Sequential", "Sequential", "Special"],
        "one for all names": True,
        "holds": True,
        "subclass stays": True,
    }


def replaced_within():
    return {"made": 1, "outside": "Sequential", "left alone": True}


def what_happens_to_the_model(plan, state, batch):
    names = {"relu": "ReLU", "tanh": "Tanh", "dropout": "Dropout"}
    return {
        "as it was": True,
        "state": dict(sorted(state.items())),
        "gradients": [None] * len(state),
        "mode of the new": 0,
        "memory shared": False,
        "classes": ["QuantizedLinear" if isinstance(part, list) else names[part] for part in plan],
    }


def whole(plan):
    """How many numbers the model of a plan has."""
    count = 0
    for part in plan:
        if isinstance(part, list):
            count += (part[1] + (1 if part[3] else 0)) * part[2] if part[0] == "linear" else whole(part)
    return count


def run(plan, state, x, ranges, percentile, path=""):
    """The answer of a plan's model in float64, without dropout; every Linear's inputs widen its entry in `ranges`."""
    for number, part in enumerate(plan):
        name = f"{path}{number}"
        if isinstance(part, list) and part[0] == "linear":
            own = calibrate(x, None, percentile)
            low, high = ranges.get(name, (np.inf, -np.inf))
            ranges[name] = min(low, float(own["low"])), max(high, float(own["high"]))
            x = x @ state[f"{name}.weight"].astype("float64").T
            x = x + state[f"{name}.bias"] if f"{name}.bias" in state else x
        elif isinstance(part, list):
            x = run(part, state, x, ranges, percentile, f"{name}.")
        else:
            x = {"relu": lambda v: np.maximum(v, 0), "tanh": np.tanh, "dropout": lambda v: v}[part](x)
    return x


def trained_through_the_staircase(state, x, target, scales, zero_point):
    import torch

    w1, b1, w2 = (native(state[name]).requires_grad_() for name in ("w1", "b1", "w2"))
    none = np.zeros(len(scales["w1"]), "int32")
    hidden = torch_fake(native(x), scales["x"], zero_point, None) @ torch_fake(w1, scales["w1"], none, 0).T
    logits = torch.relu(hidden + b1) @ torch_fake(w2, scales["w2"], 0, None).T
    loss = torch.nn.functional.cross_entropy(logits, native(target))
    loss.backward()
    return {
        "loss": narrow(loss, "float64"),
        "logits": narrow(logits, "float64"),
        **{name: narrow(t.grad, "float64") for name, t in (("w1", w1), ("b1", b1), ("w2", w2))},
    }


# ----------------------------------------------------------------------- speed


def matmul_loops(a, b):
    """A product over single numbers."""
    y = np.zeros((a.shape[0], b.shape[1]), "int32")
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            total = 0
            for k in range(a.shape[1]):
                total += int(a[i, k]) * int(b[k, j])
            y[i, j] = total
    return y


def quantize_loops(x, scale, zero_point):
    """quantize over single numbers, with a line for each column."""
    q = np.zeros(x.shape, "int8")
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            q[i, j] = min(127, max(-128, round(float(x[i, j]) / float(scale[j])) + int(zero_point[j])))
    return q
