"""The embedded data sets, for judges. They never reach a submission but by what a judge sends it."""

import hashlib
import io
import tomllib
from pathlib import Path

import numpy as np

from grading.manifest import ROOT, UsageError

FOLDER = ROOT / "datasets"
"""Each set is a folder here: NAME/NAME.npz, checksum.toml, CARD.md and make.py."""


def names(folder: Path = FOLDER) -> list[str]:
    """The sets that there are."""
    return sorted(path.parent.name for path in folder.glob("*/checksum.toml"))


def load(name: str, folder: Path = FOLDER) -> dict[str, np.ndarray]:
    """The arrays of a set: train_images, train_labels, test_images and test_labels, all uint8, new in each call.

    Raises UsageError, in one line that says what to do, where the file is missing or is not the one that was published.
    """
    if name not in names(folder):
        raise UsageError(f"there is no data set {name!r}; there are {', '.join(names(folder)) or 'none'}")
    path = folder / name / f"{name}.npz"
    mend = f"`git restore {shown(path)}` brings it back"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be read ({error.strerror}); {mend}") from None
    if hashlib.sha256(content).hexdigest() != checksums(name, folder)["file"]:
        raise UsageError(
            f"{shown(path)} is damaged ({len(content):,} bytes, with another SHA-256 than its own); {mend}"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


def checksums(name: str, folder: Path = FOLDER) -> dict[str, str]:
    """SHA-256 of a set's file, and of what its arrays hold."""
    path = folder / name / "checksum.toml"
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return {key: str(found[key]) for key in ("file", "arrays")}
    except (OSError, ValueError, KeyError):
        raise UsageError(f"{shown(path)} is damaged; `git restore {shown(path)}` brings it back") from None


def shown(path: Path) -> str:
    """The path as people type it in the repository."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
