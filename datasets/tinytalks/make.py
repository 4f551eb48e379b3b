"""Checks TinyTalks, and writes down its checksum. From the repository's root:

    python -m datasets.tinytalks.make

tinytalks.tsv is the source itself, written by hand: change it there, then run this. What it prints stands in CARD.md.
"""

import hashlib
import itertools
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
SPLITS = ("train", "val", "test")
LEVELS = {
    1: "greetings and names",
    2: "colours, sounds, things around us",
    3: "places, numbers, people",
    4: "words and small sums",
    5: "short reasoning: comparing, ordering, counting",
}
LONGEST = {"question": 72, "answer": 24}
"""In characters."""
PLAIN = re.compile(r"[a-z0-9?.,:'-]+( [a-z0-9?.,:'-]+)*")
"""Lower-case ASCII, words one space apart."""
FACT = re.compile(r"[a-z]+(-[a-z]+)*")


class Row(NamedTuple):
    """A line of the file, as text."""

    level: str
    split: str
    fact: str
    question: str
    answer: str


def read(text: str) -> list[Row]:
    """The lines below the head. Raises ValueError where the file is no such table."""
    head, *lines = text.split("\n")
    if head != "\t".join(Row._fields) or lines[-1:] != [""]:
        raise ValueError(f"the first line must name {', '.join(Row._fields)}, and the last one must end")
    for number, line in enumerate(lines[:-1], start=2):
        if line.count("\t") != len(Row._fields) - 1:
            raise ValueError(f"line {number} has {line.count(chr(9)) + 1} columns, not {len(Row._fields)}")
    return [Row(*line.split("\t")) for line in lines[:-1]]


def words(question: str) -> tuple[str, ...]:
    """A question without its punctuation: two with the same words in the same order are one."""
    return tuple(re.findall(r"[a-z0-9]+", question))


def faults(table: list[Row]) -> list[str]:
    """Every breach of the rules that CARD.md states."""
    found = []
    first: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(table, start=2):
        text = {"question": row.question, "answer": row.answer}
        wrong = [f"{name} is not plain lower-case text" for name in text if not PLAIN.fullmatch(text[name])]
        wrong += [f"{name} is longer than {LONGEST[name]}" for name in text if len(text[name]) > LONGEST[name]]
        if row.level not in map(str, LEVELS) or row.split not in SPLITS or not FACT.fullmatch(row.fact):
            wrong.append(f"unknown level, split or name of a fact: {row.level}, {row.split}, {row.fact}")
        if first.setdefault(words(row.question), number) != number:
            wrong.append(f"the question is that of line {first[words(row.question)]}")
        found += [f"line {number}: {what}" for what in wrong]
    seen: set[str] = set()
    for fact, lines in itertools.groupby(table, lambda row: row.fact):
        group = list(lines)
        splits = [row.split for row in group]
        if fact in seen:
            found.append(f"{fact} is in two places")
        if len({(row.level, row.answer) for row in group}) > 1:
            found.append(f"{fact} has several answers or levels")
        if splits.count("train") < 2 or splits[-1] == "train":
            found.append(f"{fact} needs two questions to learn from, and one kept apart")
        if splits != sorted(splits, key=SPLITS.index):
            found.append(f"{fact} is not in the order {', '.join(SPLITS)}")
        seen.add(fact)
    return found


def main() -> None:
    path = FOLDER / "tinytalks.tsv"
    content = path.read_bytes()
    try:
        table = read(content.decode("ascii"))
    except ValueError as error:
        raise SystemExit(f"{path.name}: {error}") from None
    if found := faults(table):
        raise SystemExit("\n".join(f"{path.name}: {what}" for what in found))
    checksum = hashlib.sha256(content).hexdigest()
    (FOLDER / "checksum.toml").write_text(f'# SHA-256 of the file; written by make.py.\nfile = "{checksum}"\n')
    print(f"{path.name}: {len(content):,} bytes, {len(table)} pairs about {len({row.fact for row in table})} facts")
    counts = Counter((row.level, row.split) for row in table)
    for level, title in LEVELS.items():
        row_counts = [counts[str(level), split] for split in SPLITS]
        facts = len({row.fact for row in table if row.level == str(level)})
        print(f"| {level} | {title} | {facts} | {' | '.join(map(str, row_counts))} |")
    print(f"| | all | {len({row.fact for row in table})} | {' | '.join(str(_of(table, split)) for split in SPLITS)} |")


def _of(table: list[Row], split: str) -> int:
    return sum(row.split == split for row in table)


if __name__ == "__main__":
    main()
