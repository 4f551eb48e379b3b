"""What the laws of this kata draw: convolutions that fit, pools, batches."""

from collections.abc import Callable
from typing import Any

import numpy as np

from spec.kit import seeds
from spec.kit.strategies import Picked, fill, lay_out, one_of, whole


def _axis(draw: Callable, dilations: tuple[int, ...]) -> dict[str, int]:
    """One axis: sizes and settings with which a window fits at one place at least."""
    kernel, stride = draw(one_of(2, 3, 1)), draw(one_of(1, 2, 3))
    padding, dilation = draw(one_of(0, 1, 0, 2)), draw(one_of(*dilations))
    span = dilation * (kernel - 1) + 1
    size = max(1, span - 2 * padding) + draw(one_of(1, 0, 2))
    return {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation, "size": size}


def convolutions(
    dtypes: tuple[str, ...] = ("float64", "float32"), empty: bool = True, groups: tuple = (1, 2, 3)
) -> Any:
    """A dict with x, w, b (or None), grad and how: a convolution that fits, square or not."""

    def pick(draw: Callable) -> dict[str, Any]:
        down = _axis(draw, (1, 2))
        square = draw(one_of(False, False, True))
        across = {**down, "size": down["size"] + 1} if square else _axis(draw, (1, 2))
        cut = draw(one_of(*groups))
        depth, each, bias = draw(one_of(2, 1)), draw(one_of(2, 1)), draw(one_of(True, True, False))
        n = draw(one_of(1, 2, 0) if empty else one_of(1, 2)) if cut < 3 else 1
        dtype, palette = draw(one_of(*dtypes)), draw(one_of("plain", "normal", "mixed"))
        seed, layout = draw(seeds()), draw(one_of("C", "F", "gapped"))
        how: dict[str, Any] = {"groups": cut}
        for name in ("stride", "padding", "dilation"):
            how[name] = down[name] if square else (down[name], across[name])
        x = lay_out(fill((n, cut * depth, down["size"], across["size"]), seed, dtype, palette), layout)
        w = lay_out(
            fill((cut * each, depth, down["kernel"], across["kernel"]), seed and seed + 1, dtype, palette), layout
        )
        b = fill((cut * each,), seed and seed + 2, dtype, palette) if bias else None
        places = [
            (axis["size"] + 2 * axis["padding"] - axis["dilation"] * (axis["kernel"] - 1) - 1) // axis["stride"] + 1
            for axis in (down, across)
        ]
        grad = fill((n, cut * each, *places), seed + 3, dtype, "normal")
        return {"x": x, "w": w, "b": b, "grad": grad, "how": how}

    return Picked(pick)


def windows() -> Any:
    """A dict with x, columns, kernel_size and how, for im2col and the way back."""

    def pick(draw: Callable) -> dict[str, Any]:
        case = draw(convolutions(groups=(1,), empty=False))
        x, how = case["x"], {key: value for key, value in case["how"].items() if key != "groups"}
        kernel = case["w"].shape[2:]
        rows = x.shape[1] * kernel[0] * kernel[1]
        places = case["grad"].shape[2] * case["grad"].shape[3]
        columns = fill((x.shape[0], rows, places), draw(seeds()), x.dtype.name, "normal")
        return {"x": x, "columns": columns, "kernel_size": kernel, "how": how}

    return Picked(pick)


def pools(palettes: tuple[str, ...], empty: bool = True) -> Any:
    """A dict with settings, x and grad, for a pooling layer."""

    def pick(draw: Callable) -> dict[str, Any]:
        kernel = [draw(one_of(2, 3, 1)), draw(one_of(2, 1, 3))]
        stride = [draw(one_of(2, 1, 3)), draw(one_of(1, 2, 3))]
        padding = [draw(whole(0, side // 2)) for side in kernel]
        given, single = draw(one_of(True, True, False)), draw(one_of(False, False, True))
        if single:
            kernel, stride, padding = [kernel[0]] * 2, [stride[0]] * 2, [padding[0]] * 2
        sizes = [side + draw(one_of(2, 0, 1, 4)) for side in kernel]
        settings: dict[str, Any] = {"kernel_size": kernel[0] if single else tuple(kernel)}
        if given:
            settings["stride"] = stride[0] if single else tuple(stride)
        else:
            stride = kernel
        settings["padding"] = padding[0] if single else tuple(padding)
        dtype, seed = draw(one_of("float64", "float32")), draw(seeds())
        shape = (draw(one_of(2, 1, 0, 1) if empty else one_of(2, 1)), draw(one_of(2, 1)))
        x = fill((*shape, *sizes), seed, dtype, draw(one_of(*palettes)))
        if draw(one_of(False, True)):
            x = (-abs(x)).astype(dtype)  # where padding would win, if it counted as 0
        places = [(sizes[a] + 2 * padding[a] - kernel[a]) // stride[a] + 1 for a in (0, 1)]
        return {"settings": settings, "x": x, "grad": fill((*shape, *places), seed + 1, dtype, "normal")}

    return Picked(pick)


def batches(dtypes: tuple[str, ...] = ("float64",)) -> Any:
    """A dict with settings, state, x and grad, for a BatchNorm2d."""

    def pick(draw: Callable) -> dict[str, Any]:
        n, channels = draw(one_of(2, 3, 1)), draw(one_of(2, 3, 1))
        height, width = draw(one_of(2, 1, 3)), draw(one_of(3, 2))
        settings = {"num_features": channels}
        if draw(one_of(True, True, False)):
            settings |= {"eps": draw(one_of(1e-5, 0.5, 1e-3)), "momentum": draw(one_of(0.1, 0.7, 1.0))}
        dtype, rng = draw(one_of(*dtypes)), np.random.default_rng(draw(seeds()))
        normal = rng.standard_normal
        state = {
            "weight": normal(channels),
            "bias": normal(channels),
            "running_mean": normal(channels),
            "running_var": rng.uniform(0.5, 2.0, channels),
        }
        state = {key: array.astype(dtype) for key, array in state.items()}
        state["num_batches_tracked"] = np.array(int(rng.integers(9)), "int64")
        x = 2 * normal((n, channels, height, width)) + normal((channels, 1, 1))
        return {"settings": settings, "state": state, "x": x.astype(dtype), "grad": normal(x.shape).astype(dtype)}

    return Picked(pick)


def plain_state(channels: int) -> dict[str, np.ndarray]:
    """The first state of a BatchNorm2d."""
    ones, zeros = np.ones(channels), np.zeros(channels)
    state = {"weight": ones, "bias": zeros, "running_mean": zeros, "running_var": ones}
    return {**state, "num_batches_tracked": np.array(0, "int64")}


def weights(plan: list, seed: int, dtype: str = "float64") -> dict[str, np.ndarray]:
    """A state for a plan of layers [class, settings], of random numbers."""
    rng = np.random.default_rng(seed)
    state: dict[str, np.ndarray] = {}
    for number, (name, settings) in enumerate(plan):
        if name == "Conv2d":
            kernel = np.broadcast_to(settings["kernel_size"], 2).tolist()
            depth = settings["in_channels"] // settings.get("groups", 1)
            shapes = {"weight": (settings["out_channels"], depth, *kernel), "bias": (settings["out_channels"],)}
            if not settings.get("bias", True):
                del shapes["bias"]
        elif name == "Linear":
            shapes = {
                "weight": (settings["out_features"], settings["in_features"]),
                "bias": (settings["out_features"],),
            }
        elif name == "BatchNorm2d":
            shapes = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (settings["num_features"],))
        else:
            continue
        for key, shape in shapes.items():
            scale = 1.0 / np.sqrt(max(1, np.prod(shape[1:])))
            array = rng.uniform(0.5, 1.5, shape) if name == "BatchNorm2d" else scale * rng.standard_normal(shape)
            state[f"{number}.{key}"] = array.astype(dtype)
        if name == "BatchNorm2d":
            state[f"{number}.num_batches_tracked"] = np.array(3, "int64")
    return state
