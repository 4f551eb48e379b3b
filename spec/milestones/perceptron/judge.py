"""Draws the data, lets the perceptron learn, and works out for itself what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spec.kit import require
from spec.kit.playing import Progress, Verdict, array_of

from . import probes

POINTS = 200
MARGIN, TEST_MARGIN = 0.05, 0.25
"""Distance from the line. Test points keep a larger one, and so ask for no more than the examples tell."""
LESSON = 20
"""Examples between two looks at how it does."""
LESSONS = {"line": 800, "AND": 40, "OR": 40, "XOR": 10}
"""At most so many. For the line 25 are usual; none of 10,000 simulated runs needed half of what there is."""
STARTS = 20
"""First layers that are tried at most, until one is wrong about a tenth of the examples."""
PATIENCE = 2 * POINTS // LESSON
"""Lessons without any change of the weights before it is given up: twice through all points."""
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
TABLES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}
CLOSE = 1e-3
"""How far reported numbers may lie from the judge's, relative to the largest of them, or to 1."""


@dataclass
class Task:
    """Examples, and how far what the learner's code reports of them lies from what the judge works out."""

    name: str
    points: np.ndarray
    answers: np.ndarray
    losses: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    weight: np.ndarray = field(default_factory=lambda: np.zeros((1, 2)))
    bias: np.ndarray = field(default_factory=lambda: np.zeros(1))
    off: dict[str, float] = field(default_factory=lambda: {"layer": 0.0, "sigmoid": 0.0, "loss": 0.0})

    def read(self, reply: dict[str, Any]) -> None:
        """How the learner's code says it does, held against what follows from the weights and the answers."""
        self.weight = array_of(reply, "weight", (1, self.points.shape[1]))
        self.bias = array_of(reply, "bias", (1,))
        logits, _ = self.outputs(self.points, reply)
        # max(z, 0) − z · y + log(1 + e^−|z|)
        loss = float(np.mean(np.maximum(logits, 0) - logits * self.answers + np.log1p(np.exp(-np.abs(logits)))))
        require(type(reply.get("loss")) is float, "a loss as a float", repr(reply.get("loss"))[:80])
        self._note("loss", np.float64(reply["loss"]), np.float64(loss))
        self.losses.append(loss)
        fired = self.points.astype(np.float64) @ self.weight.T + self.bias > 0
        self.wrong.append(int((fired != (self.answers > 0.5)).sum()))

    def outputs(self, points: np.ndarray, reply: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Logits and probabilities, once they are held against weight · x + bias and the sigmoid of that."""
        logits = array_of(reply, "logits", (len(points), 1)).astype(np.float64)
        self._note("layer", logits, points.astype(np.float64) @ self.weight.T + self.bias)
        probabilities = array_of(reply, "probabilities", (len(points), 1))
        self._note("sigmoid", probabilities, 1.0 / (1.0 + np.exp(-np.clip(logits, -700, 700))))
        return logits, probabilities

    def right(self, points: np.ndarray, answers: np.ndarray, reply: dict[str, Any]) -> float:
        """Share of the points about which the learner's sigmoid is right."""
        _, probabilities = self.outputs(points, reply)
        return float(((probabilities > 0.5) == (answers > 0.5)).mean())

    @property
    def honest(self) -> bool:
        """Whether all that was reported is what the judge works out."""
        return all(gap <= CLOSE for gap in self.off.values())

    def _note(self, what: str, got: np.ndarray, want: np.ndarray) -> None:
        gap = float(np.abs(got - want).max() / max(1.0, float(np.abs(want).max())))
        self.off[what] = max(self.off[what], gap if np.isfinite(gap) else np.inf)


def play(ask: Any, seed: int, show: Callable[[Progress], None], data_dir: Path | None = None) -> Verdict:
    """Learn a line, AND and OR by Rosenblatt's rule, and try XOR."""
    rng = np.random.default_rng([1958, seed])
    angle = rng.uniform(0.0, 2.0 * np.pi)
    normal, offset = np.array([np.cos(angle), np.sin(angle)]), rng.uniform(-0.3, 0.3)
    points, new_points = (_points(rng, normal, offset, margin) for margin in (MARGIN, TEST_MARGIN))
    answers, new_answers = (((p @ normal + offset) > 0).astype(np.float32)[:, None] for p in (points, new_points))

    line = Task("line", points, answers)
    seen = _learn(ask, line, rng, show)
    right = line.right(new_points, new_answers, ask(probes.predict, line.name, new_points))
    (w0, w1), b = line.weight[0], line.bias[0]
    story = [
        f"A neuron with two inputs sees {POINTS} points, one at a time, and is told where it is wrong.",
        f"Before, it is right about {POINTS - line.wrong[0]} of them, after {seen} examples "
        f"about {POINTS - line.wrong[-1]}. Its line is then {w0:.2f} x {w1:+.2f} y {b:+.2f} = 0.",
        f"Of {POINTS} new points it is right about {right * POINTS:.0f} (they are o and ., and it fires where it is grey):",
        "",
        *_picture(new_points, new_answers, line),
        "",
    ]
    tasks, gates = [line], {}
    for name in ("AND", "OR", "XOR"):
        task = Task(name, CORNERS, np.array(TABLES[name], np.float32)[:, None])
        seen = _learn(ask, task, rng, lambda progress: None)
        if name == "XOR":
            story.append(f"XOR: never more than {4 - min(task.wrong)} of 4. No line separates these corners.")
            story.append("Later: what a second layer can do.")
        else:
            gates[name] = task.right(CORNERS, task.answers, ask(probes.predict, name, CORNERS))
            story.append(f"{name}: {gates[name] * 4:.0f} of 4 after {seen} examples.")
        tasks.append(task)

    off = {what: max(task.off[what] for task in tasks) for what in line.off}
    kata = {"layer": "m03", "sigmoid": "m02", "loss": "m04"}
    story += [
        f"What your {what} says is not what the judge gets: look at {kata[what]}." for what in off if off[what] > CLOSE
    ]
    shares = {"new points on the right side": right, **gates}
    won = all(share == 1.0 for share in shares.values()) and all(task.honest for task in tasks)
    return Verdict(
        won=won,
        measured={**shares, **{f"{what} off by": gap for what, gap in off.items()}},
        needed={**dict.fromkeys(shares, 1.0), **{f"{what} off by": f"at most {CLOSE:g}" for what in off}},
        curve=line.losses,
        story=story,
    )


def _points(rng: np.random.Generator, normal: np.ndarray, offset: float, margin: float) -> np.ndarray:
    """Points of the square from −1 to 1, at least `margin` away from the line normal · x + offset = 0."""
    drawn = rng.uniform(-1.0, 1.0, (20 * POINTS, 2)).astype(np.float32)
    return drawn[np.abs(drawn @ normal + offset) >= margin][:POINTS]


def _learn(ask: Any, task: Task, rng: np.random.Generator, show: Callable[[Progress], None]) -> int:
    """Lessons until no mistake is left, at most so many; how many examples were looked at."""
    size, most, looks, unchanged = len(task.points), LESSONS[task.name], 0, 0
    for _ in range(STARTS):
        task.losses, task.wrong = [], []
        task.read(ask(probes.start, task.name, task.points, task.answers, int(rng.integers(2**31))))
        if task.wrong[0] * 10 >= size:
            break  # there is something to learn
    show(Progress(0, most, task.losses[0], f"{task.wrong[0]} of {size} wrong"))
    order = np.zeros(0, np.int64)
    for step in range(1, most + 1):
        if task.wrong[-1] == 0 or not task.honest or unchanged == PATIENCE:
            break
        while len(order) < LESSON:
            order = np.concatenate([order, rng.permutation(size)])
        before = task.weight, task.bias
        task.read(ask(probes.learn, task.name, order[:LESSON]))
        same = np.array_equal(before[0], task.weight) and np.array_equal(before[1], task.bias)
        unchanged = unchanged + 1 if same else 0
        order, looks = order[LESSON:], looks + LESSON
        show(Progress(step, most, task.losses[-1], f"{task.wrong[-1]} of {size} wrong"))
    return looks


def _picture(points: np.ndarray, answers: np.ndarray, task: Task, width: int = 41, height: int = 15) -> list[str]:
    """The square from above: o and . are points of the two kinds, ░ the side on which the neuron fires."""
    columns, rows = np.linspace(-1, 1, width), np.linspace(1, -1, height)
    grid = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
    fires = (grid @ task.weight.T + task.bias > 0).reshape(height, width)
    drawn = [["░" if fire else " " for fire in row] for row in fires]
    for (x, y), answer in zip(points, answers[:, 0], strict=True):
        row, column = round((1 - float(y)) / 2 * (height - 1)), round((float(x) + 1) / 2 * (width - 1))
        drawn[row][column] = "o" if answer else "."
    frame = "+" + "-" * width + "+"
    return [frame, *("|" + "".join(row) + "|" for row in drawn), frame]
