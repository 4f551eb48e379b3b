"""Draws weights and data, holds the clock, takes apart what comes back, and believes nothing that it can work out."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spec.kit import data, require, seconds_per_call
from spec.kit.playing import CLOSE, Network, Panel, Picture, Progress, Verdict, array_of, cross_entropy
from spec.m20_capstone.books import wrong_places

from . import probes
from .texts import SETTINGS, drawn_state, surprise

FILTERS, HIDDEN, AMOUNT = 8, 64, 0.25
BATCH, RATE, EPOCHS = 50, 5e-3, 20
KEPT_BACK, FEW, TIMED = 200, 20, 200
"""Labelled images for the pipeline; images for the loops; images while the clock runs, as many as the pipeline has."""
FASTER, SMALLER, LOST, LATENCY = 10.0, 4.0, 2.0, 0.1
LEARNT = 0.93
PROMPT, NEW = 448, 64
ROUGH = 0.03
"""How far scores of 8 bits may lie from those that the judge works out: rounding may decide otherwise here and there."""
SLACK = 1e-6
"""By how much a token that was written may be less probable than the most probable one: logits, in float64."""
HONEST = 8.0
"""How many times the speedup that the judge measures may be claimed, or the other way round: clocks and neighbours."""
BOAST = 1000.0
SCHEMA = Path(__file__).parents[2] / "m20_capstone" / "submission.schema.json"


@dataclass
class Bars:
    """What was measured, what was needed, and where to look for what was not reached."""

    measured: dict[str, float | str] = field(default_factory=dict)
    needed: dict[str, float | str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def hold(self, name: str, value: float | str, needed: str, met: bool, look_at: str) -> None:
        self.measured[name], self.needed[name] = value, needed
        if not met:
            shown = f"{value:.3g}" if isinstance(value, float) else value
            self.missed.append(f"{name}: {shown}, and {needed} is needed: look at {look_at}.")


class Digits(Network):
    """What the judge knows of the network: one convolution, ReLU, pooling, two Linear layers with ReLU between them."""

    def read(self, reply: Any) -> None:
        side, filters, hidden, classes = self.widths
        features = filters * (side // 2) ** 2
        shapes = [((filters, 1, 3, 3), (filters,)), ((hidden, features), (hidden,)), ((classes, hidden), (classes,))]
        self.weights = [
            (array_of(reply, f"weight {n}", weight), array_of(reply, f"bias {n}", bias))
            for n, (weight, bias) in enumerate(shapes)
        ]

    def outputs(self, x: np.ndarray) -> np.ndarray:
        y = features_of(x, *self.weights[0])
        (weight, bias), (last, offset) = self.weights[1:]
        y = np.maximum(y @ weight.T.astype(np.float64) + bias, 0)
        return y @ last.T.astype(np.float64) + offset


def features_of(images: np.ndarray, filters: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """What the convolution, ReLU and pooling make of images, in float64: (n, features)."""
    padded = np.pad(images.astype(np.float64), ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    seen = np.einsum("nhwij,fij->nfhw", windows, filters[:, 0].astype(np.float64), optimize=True)
    n, count, side, _ = seen.shape
    seen = np.maximum(seen + bias[:, None, None], 0)
    return seen.reshape(n, count, side // 2, 2, side // 2, 2).max((3, 5)).reshape(n, -1)


class Small:
    """What the judge knows of the optimised network: the arrays that came back."""

    def __init__(self, layers: Any) -> None:
        fits = isinstance(layers, list) and all(isinstance(layer, dict) and "kind" in layer for layer in layers)
        require(fits, "a list of layers with their arrays", repr(layers)[:80])
        self.layers = layers
        arrays = [value for layer in layers for value in layer.values() if not isinstance(value, str)]
        require(all(isinstance(a, np.ndarray) for a in arrays), "layers of arrays", "something else")
        self.nbytes = sum(a.nbytes for a in arrays)
        require(
            bool(layers) and layers[0]["kind"] == "Conv2d",
            "a convolution first",
            repr([layer["kind"] for layer in layers]),
        )

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """What follows from the arrays, in float64."""
        y = features_of(x, self.layers[0]["weight"], self.layers[0]["bias"])
        for n, layer in enumerate(self.layers[1:]):
            y = np.maximum(y, 0) if n else y
            weight, fits = layer["weight"], y.shape[1] == layer["weight"].shape[-1]
            require(fits, f"a layer for {y.shape[1]} inputs", f"one of shape {weight.shape}")
            if weight.dtype == np.int8:
                scale, zero = float(layer["input_scale"]), int(layer["input_zero_point"])
                y = (np.clip(np.rint(y / scale) + zero, -128, 127) - zero) * scale
                weight = weight.astype(np.float64) * np.reshape(layer["weight_scale"], (-1, 1)).astype(np.float64)
            y = y @ weight.T.astype(np.float64) + layer["bias"]
        return y


def play(ask: Any, seed: int, show: Callable[[Progress], None], data_dir: Path | None = None) -> Verdict:
    """Learn, optimise, and measure again; write, with and without a cache; read the submission; ask the board."""
    rng, bars = np.random.default_rng([2018, seed]), Bars()
    story: list[str] = []
    curve, pictures = _digits(ask, rng, show, bars, story)
    if not bars.missed:
        show(Progress(EPOCHS + 1, EPOCHS + 3, None, "a GPT, without a cache and with one"))
        _gpt(ask, rng, bars, story)
    if not bars.missed:
        show(Progress(EPOCHS + 2, EPOCHS + 3, None, "submission.json"))
        _submission(ask, bars, story)
    return Verdict(not bars.missed, bars.measured, bars.needed, curve, [*story, *bars.missed], pictures)


def _digits(
    ask: Any, rng: np.random.Generator, show: Callable[[Progress], None], bars: Bars, story: list[str]
) -> tuple[list[float], list[Picture]]:
    """The network: learnt, optimised, taken apart, timed."""
    digits = data.load("tinydigits")
    order = rng.permutation(len(digits["train_images"]))
    images, labels = digits["train_images"][order], digits["train_labels"][order]
    held, answers, images, labels = images[:KEPT_BACK], labels[:KEPT_BACK], images[KEPT_BACK:], labels[KEPT_BACK:]
    network = Digits((images.shape[1], FILTERS, HIDDEN, 10))
    network.read(ask(probes.start, images, labels, FILTERS, HIDDEN, BATCH, RATE, EPOCHS, int(rng.integers(2**31))))
    curve = [cross_entropy(network.outputs(_scaled(images)), labels)]
    for epoch in range(EPOCHS):
        show(Progress(epoch, EPOCHS + 3, curve[-1], "digits"))
        network.read(ask(probes.learn))
        curve.append(cross_entropy(network.outputs(_scaled(images)), labels))

    slow = ask(probes.bottleneck, images[:FEW])
    story.append(
        f"Through loops, half of the time goes into {' and '.join(slow['kinds'])}: without it, the whole would be "
        f"{slow['bound']:.3g} times faster."
    )
    bars.hold("the bottleneck", ", ".join(slow["kinds"]), "Conv2d", slow["kinds"] == ["Conv2d"], "m14 and m20, task 1")
    show(Progress(EPOCHS, EPOCHS + 3, curve[-1], "optimises"))
    batches = [images[at : at + 50] for at in range(0, 200, 50)]
    reply = ask(probes.optimise, held, answers, batches, AMOUNT)
    before = [array.copy() for pair in network.weights for array in pair]
    network.read(reply["weights"])
    same = all(np.array_equal(a, b) for a, b in zip(before, (x for pair in network.weights for x in pair), strict=True))
    bars.hold("the model that was given", "as before" if same else "changed", "as before", same, "m20, tasks 2 and 3")
    small = Small(reply["layers"])
    floats = sum(array.nbytes for array in before)
    ratio = floats / max(1, small.nbytes)
    bars.hold("times smaller", ratio, f"at least {SMALLER:g}", ratio >= SMALLER, "m15, m16 and m20, task 3")

    order = rng.permutation(len(digits["test_images"]))
    test, right = digits["test_images"][order], digits["test_labels"][order]
    said = {name: array_of(ask(probes.read, name, test[:FEW] if name == "loops" else test), "outputs",
                           (FEW if name == "loops" else len(test), 10)) for name in ("loops", "optimised")}  # fmt: skip
    network.reported(_scaled(test[:FEW]), {"outputs": said["loops"]})
    bars.hold("outputs through loops off by", network.off, f"at most {CLOSE:g}", network.off <= CLOSE, "m09 and m17")
    follows = small.outputs(_scaled(test))
    rough = float(np.abs(said["optimised"] - follows).max() / max(1.0, np.abs(follows).max()))
    bars.hold("optimised outputs off by", rough, f"at most {ROUGH:g}", rough <= ROUGH, "m15, m16 and m17")
    whole = float((network.outputs(_scaled(test)).argmax(1) == right).mean())
    after = float((said["optimised"].argmax(1) == right).mean())
    lost = 100 * (whole - after)
    bars.hold("digits read before", whole, f"at least {LEARNT:g}", whole >= LEARNT, "m08 and m09")
    bars.hold("points lost", lost, f"less than {LOST:g}", lost < LOST, "m15 and m16")
    _times(ask, bars, network, small, test)
    story += _told(reply["log"], floats, small.nbytes, whole, after)
    claimed = [row[3] for row in reply["log"] if row[1]][-1]
    bars.hold("bytes claimed", claimed, f"{small.nbytes}", claimed == small.nbytes, "m15 and m20, task 1")
    filters = network.weights[0][0][:, 0]
    return curve, [Picture("The eight filters", [Panel(f"{n}", one) for n, one in enumerate(filters)])]


def _times(ask: Any, bars: Bars, network: Digits, small: Small, test: np.ndarray) -> None:
    """The clock: loops against what became of them, on the same images; and one image alone."""
    test = test[:TIMED]
    seconds = {
        name: seconds_per_call(ask, probes.read_again, name, test, rounds=2 if name == "loops" else 5)
        for name in ("loops", "optimised")
    }
    for name in seconds:
        got = ask(probes.read_again, name, test, 1)
        x = _scaled(test)
        x[0, 0, 0] = np.float32(got["first"])
        want = (network if name == "loops" else small).outputs(x)
        off = float(np.abs(array_of(got, "outputs", want.shape) - want).max() / max(1.0, np.abs(want).max()))
        require(
            off <= (CLOSE if name == "loops" else ROUGH),
            f"the answers of {name} while the clock runs",
            f"{off:.3g} off",
        )
    speedup = seconds["loops"] / seconds["optimised"]
    bars.hold("times faster than loops", speedup, f"at least {FASTER:g}", speedup >= FASTER, "m17 and m20, task 3")
    one = seconds_per_call(ask, probes.read_again, "optimised", test[:1], rounds=3)
    bars.hold("seconds for one image", one, f"less than {LATENCY:g}", one < LATENCY, "m15 and m17")


def _gpt(ask: Any, rng: np.random.Generator, bars: Bars, story: list[str]) -> None:
    """A text of 512 tokens, whose end is written with everything read again, and with the cache."""
    state = drawn_state(rng)
    ask(probes.start_gpt, SETTINGS, state)
    prompt = rng.integers(0, SETTINGS["vocab_size"], PROMPT)
    ask(probes.write, True, prompt[:8], 2)
    seconds, texts = {}, {}
    for fast in (False, True):
        took = []
        for _ in range(3 if fast else 1):
            begin = ask.cpu_seconds()
            texts[fast] = ask(probes.write, fast, prompt, NEW)
            took.append(ask.cpu_seconds() - begin)
            if fast and took[-1] > seconds[False] / 2:
                break  # it will not be ten times faster
        seconds[fast] = max(min(took), 1e-6)
    for fast, text in texts.items():
        fits = isinstance(text, np.ndarray) and text.shape == (PROMPT + NEW,) and text.dtype.kind == "i"
        fits = (
            fits and bool((text[:PROMPT] == prompt).all()) and text.min() >= 0 and text.max() < SETTINGS["vocab_size"]
        )
        require(fits, f"the prompt and {NEW} tokens more", repr(text)[:80])
        name = "with the cache" if fast else "without"
        worst = surprise(state, text, PROMPT)
        bars.hold(f"tokens {name}: worst", worst, f"at most {SLACK:g}", worst <= SLACK, "m13" if not fast else "m18")
    equal = float((texts[False] == texts[True]).mean())
    bars.hold("the same text", equal, "at least 1", equal == 1.0, "m18 and m20, task 4")
    speedup = seconds[False] / seconds[True]
    bars.hold("times faster with a cache", speedup, f"at least {FASTER:g}", speedup >= FASTER, "m18 and m20, task 4")
    story.append(
        f"Up to token {PROMPT + NEW}, your GPT writes {NEW / seconds[False]:.3g} tokens a second when it reads everything again, "
        f"and {NEW / seconds[True]:.3g} with the cache: {speedup:.0f} times as many, and the same ones."
    )


def _submission(ask: Any, bars: Bars, story: list[str]) -> None:
    """The file as somebody else reads it; the board; and what is no benchmark."""
    reply = ask(probes.submit, "ada")
    try:
        found = json.loads(str(reply["text"]))
    except ValueError:
        found = None
    wrong = wrong_places(found, json.loads(SCHEMA.read_text(encoding="utf-8")))
    if not wrong:
        wrong = _inconsistent(found, bars)
    bars.hold("submission.json", ", ".join(wrong[:3]) or "holds", "holds", not wrong, "m19 and m20, tasks 5 and 6")
    bars.hold("read again", "the same" if json.loads(reply["read"]) == found else "another", "the same",
              json.loads(reply["read"]) == found, "m20, task 6")  # fmt: skip
    board = ask(probes.boards, BOAST)
    came = ", ".join(str(board[name]) for name in ("honest", "boast", "holes"))
    bars.hold("the board", came, "taken, refused, refused", came == "taken, refused, refused", "m20, task 7")
    named = {str(text).partition(": ")[0] for text in board["complaints"]}
    missing = {"submission.optimised.nbytes", "submission.score"} - named
    bars.hold("holes not named", len(missing), "0", not missing, "m20, task 6")
    if not wrong:
        bars.measured["speedup claimed"] = float(found["gains"]["speedup"])
        bars.needed["speedup claimed"] = f"within {HONEST:g} times of the judge's"
    lines = board["standings"]
    alone = len(lines) == 1 and lines[0][:2] == [1, "ada"]
    require(alone, "one line on the board, of ada", repr(lines)[:80])
    refused = ask.attempt(probes.no_runs)
    zero = refused.error is not None and "ValueError" in refused.error.classes
    bars.hold("a benchmark of no runs", "refused" if zero else "taken", "refused", zero, "m19")
    story.append(
        f"The board measured again, and has ada with a score of {lines[0][2]:.3g}. One who boasted is not on it."
    )


def _inconsistent(found: dict[str, Any], bars: Bars) -> list[str]:
    """Which numbers of a submission do not follow from each other, or from what the judge measured."""
    before, after, gains = found["baseline"], found["optimised"], found["gains"]
    right = {
        "speedup": before["seconds"] / after["seconds"],
        "smaller": before["nbytes"] / after["nbytes"],
        "kept": after["accuracy"] / before["accuracy"],
        "points_lost": 100 * (before["accuracy"] - after["accuracy"]),
    }
    wrong = [f"gains.{name}" for name, value in right.items() if abs(gains[name] - value) > 1e-5 * max(1.0, abs(value))]
    score = (right["speedup"] * right["smaller"] * right["kept"]) ** (1 / 3)
    wrong += ["score"] if abs(found["score"] - score) > 1e-5 * max(1.0, score) else []
    seen = {name: float(bars.measured[name]) for name in ("times faster than loops", "times smaller")}
    wrong += ["smaller than it is"] if abs(right["smaller"] - seen["times smaller"]) > 1e-6 else []
    apart = right["speedup"] / seen["times faster than loops"]
    wrong += ["another speed than was measured"] if not 1 / HONEST <= apart <= HONEST else []
    return wrong


def _scaled(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32) / np.float32(16)


def _told(log: list[list], floats: int, nbytes: int, whole: float, after: float) -> list[str]:
    """A small table of the steps, and what came of them."""
    lines = ["step".ljust(12) + "kept".rjust(6) + "accuracy".rjust(10) + "bytes".rjust(9)]
    lines += [f"{step:12}{'yes' if kept else 'no':>6}{accuracy:10.1%}{size:9,}" for step, kept, accuracy, size in log]
    last = f"{floats:,} bytes became {nbytes:,}. Of 400 new digits it reads {whole:.1%} before, and {after:.1%} afterwards."
    return [*lines, last]
