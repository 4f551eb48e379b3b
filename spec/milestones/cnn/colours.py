"""CIFAR-10, if the player has its files: photographs of ten kinds of things, in colours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spec.kit import data
from spec.kit.playing import Network, array_of, cross_entropy

from . import probes

NEEDED = 0.65
FILTERS = (32, 64)
BATCH, RATE, EPOCHS = 64, 1.5e-3, 3
CHUNK = 2500
"""Images in one call: a call should last some seconds, and no more than a minute."""
SAMPLE = 200
"""Images on which the judge works out what follows from the weights."""


class Colours(Network):
    """What the judge knows of two convolutions, each with ReLU, and a Linear layer.

    The first goes in steps of two pixels; what the second gives is pooled.
    """

    def read(self, reply: Any) -> None:
        first, second = FILTERS
        shapes = [((first, 3, 5, 5), (first,)), ((second, first, 3, 3), (second,)), ((10, second * 64), (10,))]
        self.weights = [
            (array_of(reply, f"weight {n}", weight), array_of(reply, f"bias {n}", bias))
            for n, (weight, bias) in enumerate(shapes)
        ]

    def outputs(self, x: np.ndarray) -> np.ndarray:
        y = (x.astype(np.float64) - 120) / 64
        for (weight, bias), step in zip(self.weights[:2], (2, 1), strict=True):
            edge = weight.shape[2] // 2
            padded = np.pad(y, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
            windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], (2, 3))[:, :, ::step, ::step]
            y = np.einsum("nchwij,fcij->nfhw", windows, weight.astype(np.float64), optimize=True)
            y = np.maximum(y + bias[:, None, None], 0)
        n, filters, side, _ = y.shape
        y = y.reshape(n, filters, side // 2, 2, side // 2, 2).max((3, 5))
        weight, bias = self.weights[2]
        return y.reshape(len(y), -1) @ weight.T.astype(np.float64) + bias


def play(ask: Any, rng: np.random.Generator, folder: Path | None, show: Callable[[float, str], None]) -> dict[str, Any]:
    """Learn, and read the test images; {} if there are no files.

    Args:
        show: called with the share that is done, and the loss.
    Returns:
        right: the share of test images that are read right. off: as Network.off.
    """
    images = data.whole_cifar10(folder) if folder else None
    if images is None:
        return {}
    ask(probes.use_kernel, "conv2d_im2col")
    network, count = Colours((3 * 32 * 32, 10)), len(images["train_images"])
    chunks = -(-count // CHUNK)
    network.read(ask(probes.start_colours, list(FILTERS), BATCH, RATE, EPOCHS * chunks, int(rng.integers(2**31))))
    some = rng.choice(count, SAMPLE, replace=False)
    for epoch in range(EPOCHS):
        order = rng.permutation(count)
        for chunk in range(chunks):
            loss = cross_entropy(network.outputs(images["train_images"][some]), images["train_labels"][some])
            show((epoch * chunks + chunk) / (EPOCHS * chunks), f"colours, loss {loss:.3g}")
            mine = order[chunk * CHUNK : (chunk + 1) * CHUNK]
            seed = int(rng.integers(2**31))
            network.read(ask(probes.learn_colours, images["train_images"][mine], images["train_labels"][mine], seed))
    order = rng.permutation(len(images["test_images"]))
    test, answers, right = images["test_images"][order], images["test_labels"][order], 0
    for at in range(0, len(test), CHUNK):
        reply = ask(probes.read_colours, test[at : at + CHUNK])
        scores = array_of(reply, "outputs", (len(test[at : at + CHUNK]), 10))
        network.reported(test[at : at + SAMPLE // 4], {"outputs": scores[: SAMPLE // 4]})
        right += int((scores.argmax(1) == answers[at : at + CHUNK]).sum())
    return {"right": right / len(test), "off": network.off}
