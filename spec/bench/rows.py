"""The rows: ours on one side, PyTorch on one thread on the other, the same numbers in both.

A row is (name, kata, ours, theirs, times): `ours(ask)` gives seconds in the framework of that kata, `theirs()` gives what PyTorch
is to do, or None where it has nothing of the kind. `times` scales ours up to the whole work, where all of it would take
minutes: explicit kernels are measured on a part.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from spec.kit import seconds_per_call
from spec.kit.strategies import fill

from . import probes

MACS = 240_844_800
"""Multiply-accumulates of 128 images of 3 × 32 × 32 and 32 filters of 5 × 5."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    kata: str
    ours: Callable[[Any], float]
    theirs: Callable[[], Callable[[], Any]] | None = None
    times: float = 1.0
    note: str = ""


def normal(*shape: int, seed: int = 1) -> np.ndarray:
    return fill(shape, seed, "float32", "normal")


def torch() -> Any:
    """PyTorch on one thread. Not to be asked for inside of what is timed: setting the number of threads costs it its caches."""
    import torch

    torch.set_num_threads(1)
    return torch


# ----------------------------------------------------------------- convolution


def batch() -> tuple[np.ndarray, np.ndarray]:
    return normal(128, 3, 32, 32), normal(32, 3, 5, 5, seed=2)


def convolution(kernel: str, ask: Any) -> float:
    from ..m09_convolutions import probes as m09

    x, w = batch()
    if kernel == "conv2d_explicit":  # 153,600 multiply-accumulates of them
        x, w = x[:1, :, :20, :20].copy(), w[:8].copy()
    return seconds_per_call(ask, m09.conv2d_again, kernel, x, w, {}, rounds=3)


def torch_convolution() -> Callable[[], Any]:
    conv2d = torch().nn.functional.conv2d
    x, w = (torch().from_numpy(array) for array in batch())
    return lambda: conv2d(x, w)


# -------------------------------------------------------------------- products


def product(kernel: str, ask: Any) -> float:
    from ..m01_tensor import gauges as m01
    from ..m17_acceleration import gauges as m17

    if kernel == "matmul_explicit":  # a sixteenth of a sixteenth of the rows and columns
        return seconds_per_call(ask, m01.multiply_explicit, normal(32, 512), normal(512, 32), rounds=2)
    if kernel == "matmul_blocked":
        return seconds_per_call(ask, m17.product_again, normal(512, 512), normal(512, 512, seed=2), 128, rounds=3)
    return seconds_per_call(ask, m01.multiply, normal(512, 512), normal(512, 512, seed=2), rounds=3)


def torch_product() -> Callable[[], Any]:
    a, b = (torch().from_numpy(normal(512, 512, seed=seed)) for seed in (1, 2))
    return lambda: a @ b


# ------------------------------------------------------------------- attention


def attention(kernel: str, ask: Any) -> float:
    from ..m12_attention import probes as m12

    shape = (1, 1, 64, 32) if kernel == "attention_explicit" else (4, 8, 256, 32)
    q, k, v = (normal(*shape, seed=seed) for seed in (1, 2, 3))
    return seconds_per_call(ask, m12.attention_again, kernel, q, k, v, rounds=3)


def torch_attention() -> Callable[[], Any]:
    attend = torch().nn.functional.scaled_dot_product_attention
    q, k, v = (torch().from_numpy(normal(4, 8, 256, 32, seed=seed)) for seed in (1, 2, 3))
    return lambda: attend(q, k, v)


# ----------------------------------------------------------------------- steps


def mlp() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = {"0.weight": (128, 784), "0.bias": (128,), "2.weight": (10, 128), "2.bias": (10,)}
    state = {name: (rng.standard_normal(shape) / 28).astype(np.float32) for name, shape in shapes.items()}
    return state, rng.standard_normal((64, 784)).astype(np.float32), rng.integers(0, 10, 64)


def mlp_step(ask: Any) -> float:
    from ..m06_autograd import probes as m06

    ask(m06.training_start, *mlp())
    return seconds_per_call(ask, m06.training_steps, rounds=3)


def torch_mlp_step() -> Callable[[], Any]:
    from ..m06_autograd import oracles as m06

    return m06.training_step(*mlp())[0]


def cnn() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    targets = np.random.default_rng(0).integers(0, 10, 50)
    return normal(50, 1, 8, 8), normal(8, 1, 3, 3), normal(10, 128), targets


def cnn_step(kernel: str, ask: Any) -> float:
    return seconds_per_call(ask, probes.cnn_step, *cnn(), kernel, rounds=3)


def torch_cnn_step() -> Callable[[], Any]:
    nn, no_grad = torch().nn, torch().no_grad
    x, w, v, targets = (torch().from_numpy(array) for array in cnn())
    model = nn.Sequential(
        nn.Conv2d(1, len(w), 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(*v.shape[::-1])
    )
    parameters = list(model.parameters())

    def step() -> None:
        for parameter in parameters:
            parameter.grad = None
        nn.functional.cross_entropy(model(x), targets).backward()
        with no_grad():
            for parameter in parameters:
                parameter.sub_(parameter.grad, alpha=0.0)

    return step


GPT = {"vocab_size": 96, "dim": 64, "num_layers": 4, "num_heads": 4, "context": 64}


def gpt_texts() -> tuple[np.ndarray, np.ndarray]:
    ids, targets = np.random.default_rng(0).integers(0, GPT["vocab_size"], (2, 8, 64))
    return ids, targets


def gpt_step(ask: Any) -> float:
    from ..m13_transformers import probes as m13

    return seconds_per_call(ask, m13.step_again, GPT, *gpt_texts(), rounds=3)


def torch_gpt_step() -> Callable[[], Any]:
    from ..m13_transformers import oracles as m13

    return m13.one_thread_step(GPT, *gpt_texts())


# ------------------------------------------------------------------------ more

WRITER = {"vocab_size": 64, "dim": 128, "num_layers": 2, "num_heads": 4, "context": 513}
TOKENS = 512


def generation(cached: bool, ask: Any) -> float:
    """Seconds of a text of 512 tokens after one; without a cache, from passes over every 64th length."""
    from ..m18_memoization import probes as m18

    if cached:
        return seconds_per_call(ask, m18.write_again, WRITER, True, 1, TOKENS, rounds=1, deadline=60.0)
    lengths = range(32, TOKENS, 64)  # the middles of eight equal parts
    return sum(64 * seconds_per_call(ask, m18.write_again, WRITER, False, n, 1, rounds=1) for n in lengths)


def addition(grad: bool, ask: Any) -> float:
    from ..m06_autograd import probes as m06

    a, b, pulled = (normal(8, 8, seed=seed) for seed in (1, 2, 3))
    if grad:
        return seconds_per_call(ask, m06.addition, a, b, pulled, rounds=3)
    return seconds_per_call(ask, probes.plain_addition, a, b, rounds=3)


def torch_addition(grad: bool) -> Callable[[], Any]:
    from ..m06_autograd import oracles as m06

    a, b, pulled = (normal(8, 8, seed=seed) for seed in (1, 2, 3))
    if grad:
        return m06.addition(a, b, pulled)
    x, y = torch().from_numpy(a), torch().from_numpy(b)
    return lambda: x + y


def linear_in_bytes(ask: Any) -> float:
    return seconds_per_call(ask, probes.quantized_linear, normal(512, 512), normal(64, 512, seed=2), rounds=3)


def torch_linear() -> Callable[[], Any]:
    linear = torch().nn.functional.linear
    w, x = torch().from_numpy(normal(512, 512)), torch().from_numpy(normal(64, 512, seed=2))
    return lambda: linear(x, w)


def pairs(ask: Any) -> float:
    from ..m10_tokenization import draws
    from ..m10_tokenization import probes as m10

    ask(m10.keep, draws.zipf_text(7000, 1_000_000, 5))
    return seconds_per_call(ask, m10.merges_of_kept, 456, rounds=1, deadline=60.0)


def rows() -> list[Row]:
    """The table, in the order in which it is shown."""
    explicit, partial, share = "measured on a part, scaled up", functools.partial, MACS / 153_600
    return [
        Row(
            "conv2d_explicit",
            "convolutions",
            partial(convolution, "conv2d_explicit"),
            torch_convolution,
            share,
            explicit,
        ),
        Row("conv2d_im2col", "convolutions", partial(convolution, "conv2d_im2col"), torch_convolution),
        Row("conv2d_fast", "acceleration", partial(convolution, "conv2d_fast"), torch_convolution),
        Row("matmul_explicit", "tensor", partial(product, "matmul_explicit"), torch_product, 256, explicit),
        Row("matmul_blocked", "acceleration", partial(product, "matmul_blocked"), torch_product),
        Row("@", "tensor", partial(product, "at"), torch_product),
        Row(
            "attention_explicit",
            "attention",
            partial(attention, "attention_explicit"),
            torch_attention,
            32 * 16,
            explicit,
        ),
        Row("attention", "attention", partial(attention, "scaled_dot_product_attention"), torch_attention),
        Row("attention_streamed", "acceleration", partial(attention, "attention_streamed"), torch_attention),
        Row("MLP step", "autograd", mlp_step, torch_mlp_step),
        Row("CNN step", "convolutions", partial(cnn_step, "conv2d_im2col"), torch_cnn_step),
        Row("CNN step, fast", "acceleration", partial(cnn_step, "conv2d_fast"), torch_cnn_step),
        Row("GPT step", "transformers", gpt_step, torch_gpt_step),
        Row("8x8 addition", "autograd", partial(addition, False), partial(torch_addition, False)),
        Row("8x8 addition, backward", "autograd", partial(addition, True), partial(torch_addition, True)),
        Row("linear in 8 bits", "quantization", linear_in_bytes, torch_linear, note="beside float32"),
        Row("512 tokens, no cache", "memoization", partial(generation, False), note="from every 64th length"),
        Row("512 tokens, cached", "memoization", partial(generation, True)),
        Row("BPE, 200 merges of 1 MB", "tokenization", pairs),
    ]
