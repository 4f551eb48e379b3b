"""Draws words, reads TinyTalks, lets GPTs learn from them, and works out for itself what came of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spec.kit import data, require
from spec.kit.playing import CLOSE, Panel, Picture, Progress, Verdict, array_of, cross_entropy

from . import probes

LETTERS, LENGTH = 26, 9
WORDS, NEW_WORDS = 2000, 200
SHOWN, SHOWN_FACT = "attention", "smaller"
"""The word and the talk whose attention is drawn."""
VOCAB = 768
NOTHING = -100
"""The target where nothing is asked."""
WORD_COURSE = {"dim": 32, "layers": 1, "heads": 1, "rate": 1e-2, "decay": 0.01, "batch": 64, "epochs": 4}
TALK_COURSE = {"dim": 64, "layers": 2, "heads": 4, "rate": 2e-3, "decay": 0.1, "batch": 32, "epochs": 40}
SAMPLE = 32
"""Rows on which the judge works out the loss, after each epoch."""
TOGETHER = 50
"""Questions in one call."""
BACKWARDS, BACKWARDS_WITHOUT = 0.95, 0.05
OTHERWISE = 0.01
"""Two scores may be so close that float32 decides between them."""
SPREAD = 0.5
"""Entropy of where a place looks, relative to looking the same at all that it can see."""
LEARNT, PARAPHRASES, TIMES = 0.9, 0.5, 3
MOVED = 1e-4
"""How much a score may move when a later token changes, relative to the largest: what float32 leaves open."""
SHADES = " .:-=+*#%@"


@dataclass
class Bars:
    """What was measured, what was needed, and where to look for what was not reached."""

    measured: dict[str, float | str] = field(default_factory=dict)
    needed: dict[str, float | str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def least(self, name: str, value: float, bound: float, look_at: str) -> None:
        self._set(name, value, f"at least {bound:.4g}", value >= bound, look_at)

    def most(self, name: str, value: float, bound: float, look_at: str) -> None:
        self._set(name, value, f"at most {bound:.4g}", value <= bound, look_at)

    def _set(self, name: str, value: float, needed: str, met: bool, look_at: str) -> None:
        self.measured[name], self.needed[name] = value, needed
        if not met:
            self.missed.append(f"{name}: {value:.3g}, and {needed} is needed: look at {look_at}.")


@dataclass
class Lesson:
    """Rows of tokens, and what is to be said after each of them; `vocab` is how many different tokens there are."""

    tokens: np.ndarray
    targets: np.ndarray
    vocab: int

    def some(self, rows: np.ndarray | slice) -> "Lesson":
        return Lesson(self.tokens[rows], self.targets[rows], self.vocab)


@dataclass
class Run:
    """The GPTs of one game, and what is held against all of them."""

    ask: Any
    show: Callable[[Progress], None]
    rng: np.random.Generator
    epochs: int = 0
    loss_off: float = 0.0
    """How far a reported loss lay from the one that follows from the scores, at worst."""
    moved: float = 0.0
    """How much a score moved when a later token changed, at worst."""

    @property
    def fair(self) -> bool:
        """Whether losses are what follows from the scores, and no GPT looked ahead."""
        return self.moved <= MOVED and self.loss_off <= CLOSE

    def learn(self, name: str, lesson: Lesson, course: dict[str, Any], attends: bool) -> list[float]:
        """Train a GPT, and see that it does not look ahead. Returns its loss, before and after every epoch."""
        seed = int(self.rng.integers(2**31))
        self.ask(probes.start, name, lesson.tokens, lesson.targets, lesson.vocab, course, attends, seed)
        some = lesson.some(np.sort(self.rng.choice(len(lesson.tokens), SAMPLE, replace=False)))
        losses = [self._loss(name, some)]
        for _ in range(course["epochs"]):
            self.ask(probes.learn, name, 1)
            losses.append(self._loss(name, some))
            self.epochs += 1
            self.show(Progress(self.epochs, 2 * (WORD_COURSE["epochs"] + TALK_COURSE["epochs"]), losses[-1], name))
        self._look_ahead(name, some)
        return losses

    def scores(self, name: str, lesson: Lesson) -> tuple[np.ndarray, float]:
        """What a GPT says at every place, and the loss that it reports."""
        reply = self.ask(probes.scores, name, lesson.tokens, lesson.targets)
        logits = array_of(reply, "logits", (*lesson.tokens.shape, lesson.vocab)).astype(np.float64)
        require(type(reply["loss"]) is float, "a loss as a float", repr(reply["loss"])[:80])
        return logits, reply["loss"]

    def _loss(self, name: str, lesson: Lesson) -> float:
        """The cross-entropy that follows from the scores; what is reported is held against it."""
        logits, reported = self.scores(name, lesson)
        asked = lesson.targets != NOTHING
        loss = cross_entropy(logits[asked], lesson.targets[asked])
        gap = abs(reported - loss) / max(1.0, abs(loss))
        self.loss_off = max(self.loss_off, gap if np.isfinite(gap) else np.inf)
        return loss

    def _look_ahead(self, name: str, lesson: Lesson) -> None:
        """Change every token from some place on: nothing that is said before that place may move."""
        n = lesson.tokens.shape[1]
        place = int(self.rng.integers(1, n))
        other = lesson.tokens.copy()
        other[:, place:] += self.rng.integers(1, lesson.vocab, (len(other), n - place))
        before, _ = self.scores(name, lesson)
        after, _ = self.scores(name, Lesson(other % lesson.vocab, lesson.targets, lesson.vocab))
        gap = np.abs(before - after)[:, :place].max() / max(1.0, np.abs(before).max())
        self.moved = max(self.moved, float(gap))


def play(ask: Any, seed: int, show: Callable[[Progress], None], data_dir: Path | None = None) -> Verdict:
    """Turn words round, with attention and without; then answer questions, with attention and without.

    That a GPT goes by the context, and by where in it something stands, needs no probe of its own: every letter that it
    says about a word drawn at random is another place of that word.
    """
    run, bars = Run(ask, show, np.random.default_rng([2017, seed])), Bars()
    story: list[str] = []
    pictures: list[Picture] = []
    curve = _words(run, bars, story, pictures)
    if not bars.missed and run.fair:
        curve = _talks(run, bars, story, pictures)
    bars.most("later tokens move earlier scores by", run.moved, MOVED, "m12: who may look at whom")
    bars.most("loss off by", run.loss_off, CLOSE, "m04")
    return Verdict(not bars.missed, bars.measured, bars.needed, curve, [*story, *bars.missed], pictures)


# ----------------------------------------------------------------------- words


def _words(run: Run, bars: Bars, story: list[str], pictures: list[Picture]) -> list[float]:
    """Words said backwards: a word, a mark, its letters from the last to the first. Returns the loss curve."""
    rows = _backwards(run.rng.integers(0, LETTERS, (WORDS + NEW_WORDS, LENGTH)))
    targets = rows[:, 1:].copy()
    targets[:, :LENGTH] = NOTHING
    lesson, new = Lesson(rows[:, :-1], targets, LETTERS + 1), rows[WORDS:]
    wanted = new[:, LENGTH + 1 :]

    def say(name: str) -> tuple[float, float]:
        """The share of new words that are right, and of letters that are not what the scores say."""
        said = run.ask(probes.go_on, name, new[:, : LENGTH + 1], LENGTH)
        fits = isinstance(said, np.ndarray) and said.shape == wanted.shape and said.dtype.kind == "i"
        require(fits and 0 <= said.min() <= said.max() <= LETTERS, f"letters of shape {wanted.shape}", repr(said)[:80])
        heard = np.concatenate([new[:, : LENGTH + 1], said[:, :-1]], 1)
        best = run.scores(name, Lesson(heard, targets[WORDS:], LETTERS + 1))[0][:, LENGTH:].argmax(-1)
        return float((said == wanted).all(1).mean()), float((said != best).mean())

    curve = run.learn("words", lesson.some(slice(WORDS)), WORD_COURSE, True)
    share, otherwise = say("words")
    fell = curve[-1] < 0.9 * curve[0]
    look_at = "m11, m12 and m13" if fell else "m06 to m08, then m11 to m13, for the loss does not fall"
    bars.least("words backwards", share, BACKWARDS, look_at)
    bars.most("letters said that the scores do not say", otherwise, OTHERWISE, "m13: generate")
    bars.most("attention spread over", _spread(run, lesson.tokens[WORDS:]), SPREAD, "m12" if fell else look_at)
    story += [
        f"Words of {LENGTH} letters, {WORDS:,} of them to learn from, {WORD_COURSE['epochs']} epochs. "
        f"Of {NEW_WORDS} new ones {share:.1%} are said backwards without a mistake.",
        *_diagonal(run, pictures),
    ]
    if bars.missed or not run.fair:
        return curve
    run.learn("words without attention", lesson.some(slice(WORDS)), WORD_COURSE, False)
    share, _ = say("words without attention")
    bars.most(
        "words backwards without attention", share, BACKWARDS_WITHOUT, "m13: is attention looked up at every call?"
    )
    story += [f"The same GPT without attention: {share:.1%}.", ""]
    return curve


def _backwards(words: np.ndarray) -> np.ndarray:
    return np.concatenate([words, np.full((len(words), 1), LETTERS), words[:, ::-1]], 1)


def _looks(run: Run, name: str, tokens: np.ndarray, course: dict[str, Any]) -> list[np.ndarray]:
    """Where every place looks, in each layer: (rows, heads, n, n)."""
    reply = run.ask(probes.attention, name, tokens)
    layers, heads, n = course["layers"], course["heads"], tokens.shape[1]
    require(isinstance(reply, list) and len(reply) == layers, f"the weights of {layers} attentions", repr(reply)[:80])
    looks = [array_of({"weights": one}, "weights", (len(tokens), heads, n, n)).astype(np.float64) for one in reply]
    for weights in looks:
        off = float(np.abs(weights.sum(-1) - 1).max())
        require(
            off < CLOSE and weights.min() > -CLOSE, "weights that are not negative and add up to 1", f"off by {off:.2g}"
        )
    return looks


def _spread(run: Run, tokens: np.ndarray) -> float:
    """The entropy of the weights at the places that answer, relative to equal weights on all that they can see."""
    weights = _looks(run, "words", tokens, WORD_COURSE)[0].mean(1)[:, LENGTH:]
    entropy = -(weights * np.log(np.maximum(weights, 1e-30))).sum(-1)
    return float((entropy / np.log(np.arange(LENGTH, 2 * LENGTH) + 1)).mean())


def _diagonal(run: Run, pictures: list[Picture]) -> list[str]:
    """Where it looks while it says one word backwards, as text and as a picture."""
    word = np.array([[ord(letter) - ord("a") for letter in SHOWN]])
    tokens = _backwards(word)[:, :-1]
    looked = _looks(run, "words", tokens, WORD_COURSE)[0][0].mean(0)[LENGTH:]
    said, seen = tuple(SHOWN[::-1]), (*SHOWN, ">", *SHOWN[:0:-1])
    title = f"{SHOWN!r} backwards: where it looks (columns) while it says a letter (rows)"
    pictures.append(Picture(title, [Panel("", looked, said, seen)]))
    levels = np.clip(looked * len(SHADES), 0, len(SHADES) - 1).astype(int)
    lines = [
        f"  {letter}  {' '.join(SHADES[v] for v in row)}".rstrip() for letter, row in zip(said, levels, strict=True)
    ]
    return [f"{title}:", "", f"     {' '.join(seen)}", *lines, ""]


# ----------------------------------------------------------------------- talks


def _talks(run: Run, bars: Bars, story: list[str], pictures: list[Picture]) -> list[float]:
    """TinyTalks: what was learnt, and what was kept apart. Returns the loss curve."""
    talks = data.talks()
    known = [talk for talk in talks if talk.split == "train"]
    new = [talk for talk in talks if talk.split == "test"]
    # In an order of the judge's own: a place in the file says nothing about the answer.
    known, new = ([some[place] for place in run.rng.permutation(len(some))] for some in (known, new))
    lesson, pieces = _numbered(run, known)
    longest = int((lesson.targets != NOTHING).sum(1).max())

    def right(name: str, some: list[data.Talk]) -> tuple[list[str], list[bool]]:
        said: list[str] = []
        for first in range(0, len(some), TOGETHER):
            questions = [talk.question for talk in some[first : first + TOGETHER]]
            reply = run.ask(probes.answer, name, questions, longest)
            fits = isinstance(reply, list) and len(reply) == len(questions)
            require(fits, f"{len(questions)} answers", repr(reply)[:80])
            said += [str(words) for words in reply]
        return said, [words == talk.answer for words, talk in zip(said, some, strict=True)]

    curve = run.learn("talks", lesson, TALK_COURSE, True)
    learnt = float(np.mean(right("talks", known)[1]))
    said, good = right("talks", new)
    share = float(np.mean(good))
    bars.least("answers learnt", learnt, LEARNT, "m10 and m13")
    bars.least("paraphrases", share, PARAPHRASES, "m10 and m13")
    asked = Counter(talk.level for talk in new)
    answered = Counter(talk.level for talk, fits in zip(new, good, strict=True) if fits)
    story += [
        f"TinyTalks: {len(known)} questions with their answers, {len(pieces)} tokens, {TALK_COURSE['epochs']} epochs. "
        f"It knows {learnt:.1%} of the answers, and gives {share:.1%} of them when it is asked in other words:",
        "  " + ", ".join(f"{answered[level]} of {asked[level]} at level {level}" for level in sorted(asked)),
        "",
        *_examples(new, said, good),
        "",
    ]
    pictures.append(_heads(run, known, lesson, pieces))
    if bars.missed or not run.fair:
        return curve
    flat = run.learn("talks without attention", lesson, TALK_COURSE, False)
    without = float(np.mean(right("talks without attention", new)[1]))
    bars.most("paraphrases without attention", without, share / TIMES, "m13: is attention looked up at every call?")
    story.append(
        f"Without attention {without:.1%} are right: all that it knows of a question is its length. "
        f"Its loss stays at {flat[-1]:.2f}; with attention it is {curve[-1]:.2f}."
    )
    return curve


def _numbered(run: Run, known: list[data.Talk]) -> tuple[Lesson, list[bytes]]:
    """The pairs as numbers, once these spell what they stand for; and what each number stands for."""
    questions, answers = [talk.question for talk in known], [talk.answer for talk in known]
    reply = run.ask(probes.tokenize, questions, answers, VOCAB)
    pieces, rows, texts = reply["pieces"], reply["rows"], reply["texts"]
    require(1 < len(pieces) <= VOCAB, f"at most {VOCAB} tokens", len(pieces))
    require(len(rows) == len(texts) == len(known), f"{len(known)} rows of tokens, and their texts", len(rows))
    width = max(len(row) for row in rows) - 1
    tokens, targets = np.zeros((len(rows), width), np.int64), np.full((len(rows), width), NOTHING, np.int64)
    for place, (row, text, talk) in enumerate(zip(rows, texts, known, strict=True)):
        parts = f"{talk.question}{probes.ANSWER}", f" {talk.answer}{probes.END}"
        spelt = [pieces[token] if type(token) is int and 0 <= token < len(pieces) else b"?" for token in row]
        require(b"".join(spelt) == "".join(parts).encode(), repr("".join(parts)), repr(b"".join(spelt))[:100])
        require(text == "".join(parts), f"{''.join(parts)!r}, decoded", repr(text)[:100])
        ends = np.cumsum([len(piece) for piece in spelt])
        begin = int(np.searchsorted(ends, len(parts[0])))  # the place of the mark: after it the answer is asked for
        require(ends[begin] == len(parts[0]), f"a token that ends with {probes.ANSWER}", repr(spelt))
        tokens[place, : len(row) - 1] = row[:-1]
        targets[place, begin : len(row) - 1] = row[begin + 1 :]
    return Lesson(tokens, targets, len(pieces)), pieces


def _heads(run: Run, known: list[data.Talk], lesson: Lesson, pieces: list[bytes]) -> Picture:
    """Where it looks in each layer, all heads together, while it reads a question and answers it."""
    place = next(place for place, talk in enumerate(known) if talk.fact == SHOWN_FACT)
    length = int(np.flatnonzero(lesson.targets[place] != NOTHING)[-1]) + 1
    looks = _looks(run, "talks", lesson.tokens[place : place + 1, :length], TALK_COURSE)
    names = tuple(pieces[token].decode(errors="replace") for token in lesson.tokens[place, :length])
    title = (
        "where each token of a question and its answer (rows) looks (columns, in the same order), all heads together"
    )
    panels = [Panel(f"layer {n}", weights[0].mean(0), names) for n, weights in enumerate(looks, start=1)]
    return Picture(title, panels)


def _examples(talks: list[data.Talk], said: list[str], right: list[bool]) -> list[str]:
    """A right answer of every level, and the first three that are wrong."""
    rows = list(zip(talks, said, right, strict=True))
    good = {talk.level: f"  {talk.question}  {words}" for talk, words, fits in reversed(rows) if fits}
    bad = [f"  {talk.question}  {words[:40]}  (no: {talk.answer})" for talk, words, fits in rows if not fits]
    return [good[level] for level in sorted(good)] + bad[:3]
