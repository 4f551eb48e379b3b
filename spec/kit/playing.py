"""What a milestone's `judge.py` speaks in: progress while it runs, and a verdict at its end.

A judge offers `play(ask, seed, show, data_dir=None)`: it draws the data, asks its probes, calls `show(Progress)` now and then, and
gives back a Verdict. `data_dir` is a folder with larger data, if the player gave one. A judge that can do all of it with
explicit kernels takes `explicit=False` as well, and one that shows before and after takes `replay=False`: then the framework holds
the later kata that the manifest names for it.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .laws import require

CLOSE = 1e-3
"""How far reported numbers may lie from what the judge works out, relative to the largest of them, or to 1."""


@dataclass(frozen=True)
class Progress:
    """One step of a training run: the judge's own loss, and what to say about it."""

    step: int
    steps: int
    loss: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """A matrix to be drawn as a heat map, with what its rows and columns are, if they have names."""

    title: str
    values: np.ndarray
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """Heat maps side by side."""

    title: str
    panels: list[Panel]


@dataclass(frozen=True)
class Verdict:
    """How a milestone ended. `measured` and `needed` have the same keys; `story` is what it shows, line by line, and
    `pictures` what is better looked at: they are drawn into one file, with the curve above them."""

    won: bool
    measured: dict[str, float | str]
    needed: dict[str, float | str]
    curve: list[float] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


def array_of(reply: Any, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """reply[name], once it is an array of finite floats of that shape; else the milestone is lost, and says why."""
    value = reply.get(name) if isinstance(reply, dict) else None
    got = f"shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)[:80]
    require(isinstance(value, np.ndarray) and value.shape == shape, f"{name} of shape {shape}", got)
    assert isinstance(value, np.ndarray)
    require(value.dtype.kind == "f" and bool(np.isfinite(value).all()), f"{name} of finite floats", str(value.dtype))
    return value


def cross_entropy(scores: np.ndarray, labels: np.ndarray) -> float:
    """The mean loss of scores (n, classes), in float64."""
    scores = scores - scores.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(scores).sum(1)) - scores[np.arange(len(labels)), labels]))


@dataclass
class Network:
    """What the judge knows of a network of Linear layers with an activation between them: its weights, read anew each time."""

    widths: tuple[int, ...]
    activation: Any = None
    weights: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    off: float = 0.0
    """How far its reported outputs lay from those that follow from its weights, at worst."""

    def read(self, reply: Any) -> None:
        """The weights in a reply: `weight 0`, `bias 0`, `weight 1`, …"""
        pairs = zip(self.widths[:-1], self.widths[1:], strict=True)
        self.weights = [
            (array_of(reply, f"weight {n}", (outputs, inputs)), array_of(reply, f"bias {n}", (outputs,)))
            for n, (inputs, outputs) in enumerate(pairs)
        ]

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """What follows from the weights, in float64."""
        for n, (weight, bias) in enumerate(self.weights):
            x = (self.activation(x) if n else x.astype(np.float64)) @ weight.T.astype(np.float64) + bias
        return x

    def reported(self, x: np.ndarray, reply: Any) -> np.ndarray:
        """The outputs in a reply, held against those that follow from the weights."""
        got = array_of(reply, "outputs", (len(x), self.widths[-1])).astype(np.float64)
        want = self.outputs(x)
        gap = float(np.abs(got - want).max() / max(1.0, float(np.abs(want).max())))
        self.off = max(self.off, gap if np.isfinite(gap) else np.inf)
        return got
