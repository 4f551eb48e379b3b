"""Trains both networks, holds the clock while one of them goes through the loops, and works out for itself what came of it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spec.kit import data
from spec.kit.laws import require
from spec.kit.playing import CLOSE, Network, Panel, Picture, Progress, Verdict, array_of, cross_entropy

from . import colours, probes

NEEDED = 0.95
FILTERS, HIDDEN = 8, 64
BATCH, RATE, EPOCHS = 50, 1e-2, 40
TURNS = 3
FEW = 20
"""Images on which the loops are held against the weights."""
STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


class Convolutions(Network):
    """What the judge knows of a network of one convolution, ReLU, pooling and one Linear layer."""

    def read(self, reply: Any) -> None:
        side, filters, classes = self.widths
        shapes = [((filters, 1, 3, 3), (filters,)), ((classes, filters * (side // 2) ** 2), (classes,))]
        self.weights = [
            (array_of(reply, f"weight {n}", weight), array_of(reply, f"bias {n}", bias))
            for n, (weight, bias) in enumerate(shapes)
        ]

    def maps(self, images: np.ndarray) -> np.ndarray:
        """What the filters see, after ReLU: (n, filters, side, side), in float64."""
        filters, bias = self.weights[0]
        padded = np.pad(images.astype(np.float64), ((0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
        seen = np.einsum("nhwij,fij->nfhw", windows, filters[:, 0].astype(np.float64), optimize=True)
        return np.maximum(seen + bias[:, None, None], 0)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        maps = self.maps(x)
        n, filters, side, _ = maps.shape
        pooled = maps.reshape(n, filters, side // 2, 2, side // 2, 2).max((3, 5)).reshape(n, -1)
        weight, bias = self.weights[1]
        return pooled @ weight.T.astype(np.float64) + bias


class Layers(Network):
    """What the judge knows of two Linear layers, of images."""

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return super().outputs(x.reshape(len(x), -1))


def play(
    ask: Any,
    seed: int,
    show: Callable[[Progress], None],
    data_dir: Path | None = None,
    explicit: bool = False,
    replay: bool = False,
) -> Verdict:
    """One epoch through the loops, the others over columns (none, if `explicit`); then the same for Linear layers. With
    `replay`, the kernels of a later kata do the same work beside those of this one."""
    digits = data.load("tinydigits")
    rng = np.random.default_rng([1998, seed])
    images, labels = digits["train_images"], digits["train_labels"]
    side = images.shape[1]
    networks: dict[str, Network] = {
        "cnn": Convolutions((side, FILTERS, 10)),
        "mlp": Layers((side * side, HIDDEN, 10), lambda x: np.maximum(x, 0)),
    }
    curves: dict[str, list[float]] = {}
    slow: list[float] = []
    quick: list[float] = []
    for number, (name, network) in enumerate(networks.items()):
        settings = FILTERS, HIDDEN, BATCH, RATE, EPOCHS
        network.read(ask(probes.start, name, images, labels, *settings, int(rng.integers(2**31))))
        curves[name] = [cross_entropy(network.outputs(_scaled(images)), labels)]
        ask(probes.use_kernel, "conv2d_explicit")
        for epoch in range(EPOCHS):
            looping = name == "cnn" and (epoch == 0 or explicit)
            if name == "cnn" and epoch == 1 and not explicit:
                ask(probes.use_kernel, "conv2d_im2col")
            note = f"{name}, through loops" if looping else name
            show(Progress(number * EPOCHS + epoch, 2 * EPOCHS, curves[name][-1], note))
            began = time.monotonic()
            network.read(ask(probes.learn, name))
            if name == "cnn":
                (slow if looping else quick).append(time.monotonic() - began)
            if looping:
                network.reported(_scaled(images[:FEW]), ask(probes.read, name, images[:FEW]))
            curves[name].append(cross_entropy(network.outputs(_scaled(images)), labels))
    show(Progress(2 * EPOCHS, 2 * EPOCHS, curves["cnn"][-1], "reads"))
    photos = colours.play(ask, rng, data_dir, lambda share, note: show(Progress(round(1000 * share), 1000, None, note)))
    right, first = _examined(ask, rng, networks, digits["test_images"], digits["test_labels"])
    off = max(photos.get("off", 0.0), *(network.off for network in networks.values()))
    story = [_told(slow, quick), *(_replayed(ask, slow, rng) if replay else []), *_moved(right), ""]
    if off > CLOSE:
        story.append("What a network says is not what follows from its weights: look at m03 and m09.")
    measured = {
        "right": right["cnn"]["as they are"],
        "moved: ahead of Linear layers by": right["cnn"]["moved"] - right["mlp"]["moved"],
        "outputs off by": off,
    }
    needed: dict[str, float | str] = {
        "right": f"at least {NEEDED}",
        "moved: ahead of Linear layers by": "more than 0",
        "outputs off by": f"at most {CLOSE:g}",
    }
    won = measured["right"] >= NEEDED and measured["moved: ahead of Linear layers by"] > 0 and off <= CLOSE
    if photos:
        measured["CIFAR-10"], needed["CIFAR-10"] = photos["right"], f"at least {colours.NEEDED}"
        won = won and photos["right"] >= colours.NEEDED
    return Verdict(
        won=won,
        measured=dict(measured),
        needed=needed,
        curve=curves["cnn"],
        story=story,
        pictures=_pictures(networks["cnn"], first),
    )


def _scaled(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32) / np.float32(images.max())


def _examined(
    ask: Any, rng: np.random.Generator, networks: dict[str, Network], images: np.ndarray, answers: np.ndarray
) -> tuple[dict[str, dict[str, float]], np.ndarray]:
    """The share that each network reads right of the images as they are and moved, in an order of the judge's own; and
    one of the images."""
    order = rng.permutation(len(images))
    images, answers = images[order], answers[order]
    views = {"as they are": images, **{way: _shifted(images, step) for way, step in STEPS.items()}}
    right: dict[str, dict[str, float]] = {}
    for name, network in networks.items():
        right[name] = {}
        for view, seen in views.items():
            said = network.reported(_scaled(seen), ask(probes.read, name, seen)).argmax(1)
            right[name][view] = float((said == answers).mean())
        right[name]["moved"] = float(np.mean([right[name][way] for way in STEPS]))
    return right, images[0]


def _shifted(images: np.ndarray, step: tuple[int, int]) -> np.ndarray:
    """The images moved by one pixel; what comes in at the edge is dark."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    height, width = images.shape[1:]
    return padded[:, 1 - step[0] : 1 - step[0] + height, 1 - step[1] : 1 - step[1] + width]


def _told(slow: list[float], quick: list[float]) -> str:
    """What the clock said."""
    loops = float(np.median(slow))
    if not quick:
        return f"{EPOCHS} epochs through the loops, {loops:.3g} s each: {sum(slow) / 60:.2g} minutes. You were patient."
    each = float(np.median(quick))
    return (
        f"One epoch through your loops took {loops:.3g} s; all {EPOCHS} would take {loops * EPOCHS / 60:.2g} minutes. "
        f"Over columns an epoch takes {each:.2g} s: {loops / each:.0f} times less, for the same numbers."
    )


def _replayed(ask: Any, slow: list[float], rng: np.random.Generator) -> list[str]:
    """Before and after: an epoch, and a batch of the size of CIFAR-10, by each of the kernels, in turns."""
    x = rng.standard_normal((128, 3, 32, 32)).astype(np.float32)
    w = rng.standard_normal((32, 3, 5, 5)).astype(np.float32)
    kernels = ("columns", "fast")
    epochs: dict[str, list[float]] = {name: [] for name in kernels}
    batches: dict[str, list[float]] = {name: [] for name in kernels}
    most: dict[str, float] = {}
    sums: dict[str, float] = {}
    for _ in range(TURNS):
        for name in kernels:
            for what, seconds in ((("an epoch",), epochs[name]), (("a batch", x, w), batches[name])):
                begin = ask.cpu_seconds()
                answer = ask(probes.with_kernels, name, *what)
                seconds.append(ask.cpu_seconds() - begin)
            sums[name] = float(answer["sum"])
            most[name] = ask(probes.with_kernels, name, "most bytes", x, w)["bytes"] / 1e6
    require(
        abs(sums["fast"] - sums["columns"]) <= 1e-2 * max(1.0, abs(sums["columns"])),
        f"the same result from both kernels, with the sum {sums['columns']:.6g}", f"{sums['fast']:.6g}",
    )  # fmt: skip
    loops = float(np.median(slow))
    columns, fast = (min(epochs[name]) for name in kernels)
    before, after = (min(batches[name]) for name in kernels)
    return [
        f"Before and after: an epoch took {loops:.3g} s through loops, {columns:.2g} s over columns; with your fast kernels "
        f"{fast:.2g} s.",
        f"128 images of 3 × 32 × 32, 32 filters of 5 × 5, there and back: {before:.2g} s and {most['columns']:.0f} MB over "
        f"columns, {after:.2g} s and {most['fast']:.0f} MB with the fast ones.",
    ]


def _moved(right: dict[str, dict[str, float]]) -> list[str]:
    """A small table: who reads how much, and from where."""
    views = ["as they are", *STEPS, "moved"]
    head = "of 400 new images".ljust(20) + "".join(view.rjust(13) for view in views)
    rows = {"cnn": "convolutions", "mlp": "Linear layers"}
    return [
        head,
        *(
            title.ljust(20) + "".join(f"{right[name][view]:.1%}".rjust(13) for view in views)
            for name, title in rows.items()
        ),
    ]


def _pictures(network: Network, image: np.ndarray) -> list[Picture]:
    """The filters, and what they see of one digit."""
    assert isinstance(network, Convolutions)
    filters = network.weights[0][0][:, 0]
    maps = network.maps(_scaled(image[None]))[0]
    return [
        Picture("The eight filters (blue: negative, red: positive)", [Panel(f"{n}", f) for n, f in enumerate(filters)]),
        Picture(
            "A digit, and what each filter sees of it",
            [Panel("digit", image), *(Panel(f"{n}", m) for n, m in enumerate(maps))],
        ),
    ]
