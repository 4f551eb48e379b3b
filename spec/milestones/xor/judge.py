"""Draws points around four corners, lets both networks learn, and works out for itself what came of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spec.kit.playing import CLOSE, Network, Progress, Verdict

from . import probes

CORNERS = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], np.float32)
AROUND = 50
"""Points around each corner, in either set."""
REACH, TEST_REACH = 0.6, 0.5
"""How far from its corner a point may lie, along each axis. Test points keep closer: they ask for no more than was shown."""
HIDDEN = 8
ROUNDS, EPOCHS = 20, 3
"""Looks at how it does, and epochs between two of them. Four are usual for two layers."""


def play(ask: Any, seed: int, show: Callable[[Progress], None], data_dir: Path | None = None) -> Verdict:
    """Train a single layer and two layers on the same points."""
    rng = np.random.default_rng([1969, seed])
    (points, answers), (new_points, new_answers) = _points(rng, REACH), _points(rng, TEST_REACH)
    networks = {"one layer": Network((2, 1), np.tanh), "two layers": Network((2, HIDDEN, 1), np.tanh)}
    right, curve = {}, []
    for name, network in networks.items():
        hidden = network.widths[1] if len(network.widths) > 2 else 0
        reply = ask(probes.start, name, points, answers, hidden, int(rng.integers(2**31)))
        losses = [_loss(network, points, answers, reply)]
        show(Progress(0, ROUNDS, losses[-1], name))
        for step in range(1, ROUNDS + 1):
            losses.append(_loss(network, points, answers, ask(probes.learn, name, EPOCHS)))
            show(Progress(step, ROUNDS, losses[-1], name))
            if losses[-1] < 0.003:
                break
        said = network.reported(new_points, ask(probes.predict, name, new_points))
        right[name] = float(((said > 0) == (new_answers > 0.5)).mean())
        curve = losses
    off = max(network.off for network in networks.values())
    story = [
        f"{len(points)} points around four corners; those whose coordinates differ in sign say yes.",
        f"One layer is right about {right['one layer']:.1%} of {len(new_points)} new points: no line does better than 75 %.",
        f"Two layers, with {HIDDEN} hidden numbers between them, about {right['two layers']:.1%}. Where they say yes is grey:",
        "",
        *_picture(new_points, new_answers, networks["two layers"]),
        "",
    ]
    if off > CLOSE:
        story.append("What a network says is not what follows from its weights: look at m02 and m03.")
    won = right["two layers"] == 1.0 and right["one layer"] <= 0.75 and off <= CLOSE
    return Verdict(
        won=won,
        measured={**right, "outputs off by": off},
        needed={"one layer": "at most 0.75", "two layers": 1.0, "outputs off by": f"at most {CLOSE:g}"},
        curve=curve,
        story=story,
    )


def _points(rng: np.random.Generator, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """As many points around each corner, in any order, and their answers."""
    points = np.repeat(CORNERS, AROUND, 0) + rng.uniform(-reach, reach, (4 * AROUND, 2)).astype(np.float32)
    points = points[rng.permutation(len(points))]
    return points, (points[:, :1] * points[:, 1:] < 0).astype(np.float32)


def _loss(network: Network, points: np.ndarray, answers: np.ndarray, reply: Any) -> float:
    """The loss that follows from the weights: max(z, 0) − z · y + log(1 + e^−|z|)."""
    network.read(reply)
    network.reported(points, reply)
    z = network.outputs(points)
    return float(np.mean(np.maximum(z, 0) - z * answers + np.log1p(np.exp(-np.abs(z)))))


def _picture(points: np.ndarray, answers: np.ndarray, network: Network, width: int = 41, height: int = 15) -> list[str]:
    """The plane from above: o and . are points of the two kinds, ░ where the network says yes."""
    edge = 1 + REACH
    columns, rows = np.linspace(-edge, edge, width), np.linspace(edge, -edge, height)
    grid = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
    drawn = [["░" if yes else " " for yes in row] for row in (network.outputs(grid) > 0).reshape(height, width)]
    for (x, y), answer in zip(points, answers[:, 0], strict=True):
        row, column = (
            round((edge - float(y)) / (2 * edge) * (height - 1)),
            round((float(x) + edge) / (2 * edge) * (width - 1)),
        )
        drawn[row][column] = "o" if answer else "."
    frame = "+" + "-" * width + "+"
    return [frame, *("|" + "".join(row) + "|" for row in drawn), frame]
