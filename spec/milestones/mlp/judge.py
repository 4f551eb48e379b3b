"""Sends the images and the labels to learn from, keeps the labels of the test, and works out for itself what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spec.kit import data
from spec.kit.playing import CLOSE, Network, Progress, Verdict, cross_entropy

from . import probes

NEEDED = 0.95
SAMPLE = 1000
"""Images to learn from on which the judge works out the loss, after each epoch."""
SHADES = " .:-=+*#%@"


@dataclass(frozen=True)
class Course:
    """How one data set is learnt."""

    name: str
    hidden: int
    batch: int
    rate: float
    epochs: int


COURSES = (Course("tinydigits", 64, 20, 5e-3, 25), Course("mnist", 128, 64, 2e-3, 8))


def play(ask: Any, seed: int, show: Callable[[Progress], None], data_dir: Path | None = None) -> Verdict:
    """Learn to read TinyDigits, then MNIST."""
    steps, done = sum(course.epochs for course in COURSES), 0
    right, story, curve, off = {}, [], [], 0.0
    for number, course in enumerate(COURSES):
        whole = course.name == "mnist" and data_dir is not None
        digits = data.whole_mnist(data_dir) if whole and data_dir else data.load(course.name)
        rng = np.random.default_rng([1986, seed, number])
        images, labels = digits["train_images"], digits["train_labels"]
        test, answers = digits["test_images"], digits["test_labels"]
        network = Network((images[0].size, course.hidden, 10), lambda x: np.maximum(x, 0))
        some = rng.choice(len(images), min(SAMPLE, len(images)), replace=False)
        settings = course.hidden, course.batch, course.rate, course.epochs
        network.read(ask(probes.start, course.name, images, labels, *settings, int(rng.integers(2**31))))
        sample = _rows(images[some], images.max())
        losses = [cross_entropy(network.outputs(sample), labels[some])]
        show(Progress(done, steps, losses[-1], course.name))
        for _ in range(course.epochs):
            network.read(ask(probes.learn, course.name))
            losses.append(cross_entropy(network.outputs(sample), labels[some]))
            done += 1
            show(Progress(done, steps, losses[-1], course.name))
        # In an order of the judge's own: a place in the set says nothing about the digit.
        order = rng.permutation(len(test))
        test, answers = test[order], answers[order]
        said = network.reported(_rows(test, test.max()), ask(probes.read, course.name, test)).argmax(1)
        right[course.name] = float((said == answers).mean())
        off = max(off, network.off)
        curve = losses
        story += [
            f"{course.name}: {len(images):,} images, {course.epochs} epochs. "
            f"Of {len(test):,} new images {right[course.name]:.1%} are read right.",
            *_misread(test, answers, said),
            "",
        ]
    if off > CLOSE:
        story.append("What the network says is not what follows from its weights: look at m02 and m03.")
    return Verdict(
        won=all(share >= NEEDED for share in right.values()) and off <= CLOSE,
        measured={**right, "outputs off by": off},
        needed={**dict.fromkeys(right, f"at least {NEEDED}"), "outputs off by": f"at most {CLOSE:g}"},
        curve=curve,
        story=story,
    )


def _rows(images: np.ndarray, brightest: Any) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(brightest)


def _misread(images: np.ndarray, answers: np.ndarray, said: np.ndarray, count: int = 4) -> list[str]:
    """The first few that were misread, side by side, drawn with letters; half of the rows, as letters are tall."""
    wrong = np.flatnonzero(said != answers)[:count]
    if not len(wrong):
        return []
    side = images.shape[1]
    wide = 2 if side < 16 else 1
    levels = (images[wrong].astype(int) * (len(SHADES) - 1) // max(int(images.max()), 1))[:, :: 1 if wide == 2 else 2]
    titles = [f"{answers[n]}, read as {said[n]}".ljust(side * wide) for n in wrong]
    rows = ["   ".join("".join(SHADES[v] * wide for v in row) for row in lines) for lines in zip(*levels, strict=True)]
    return ["   ".join(titles).rstrip(), *(row.rstrip() for row in rows if row.strip())]
