"""The embedded data sets, for judges. They never reach a submission but by what a judge sends it."""

import gzip
import hashlib
import io
import tomllib
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from grading.manifest import ROOT, UsageError

FOLDER = ROOT / "datasets"
"""Each set is a folder here: NAME/NAME.npz (or NAME.tsv), checksum.toml, CARD.md and make.py."""


def names(folder: Path = FOLDER) -> list[str]:
    """The sets that there are."""
    return sorted(path.parent.name for path in folder.glob("*/checksum.toml"))


def load(name: str, folder: Path = FOLDER) -> dict[str, np.ndarray]:
    """The arrays of a set: train_images, train_labels, test_images and test_labels, all uint8, new in each call.

    Raises UsageError, in one line that says what to do, where the file is missing or is not the one that was published.
    """
    content = _content(name, "npz", folder)
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


class Talk(NamedTuple):
    """A question of TinyTalks and its answer: see datasets/tinytalks/CARD.md."""

    level: int
    split: str
    """train, val or test."""
    fact: str
    question: str
    answer: str


def talks(folder: Path = FOLDER) -> list[Talk]:
    """TinyTalks, in the order of its file. Raises UsageError as `load` does."""
    _, *lines = _content("tinytalks", "tsv", folder).decode("ascii").splitlines()
    return [Talk(int(level), *rest) for level, *rest in (line.split("\t") for line in lines)]


def _content(name: str, suffix: str, folder: Path) -> bytes:
    """The file of a set, once it is the one that was published."""
    if name not in names(folder):
        raise UsageError(f"there is no data set {name!r}; there are {', '.join(names(folder)) or 'none'}")
    path = folder / name / f"{name}.{suffix}"
    mend = f"`git restore {shown(path)}` brings it back"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be read ({error.strerror}); {mend}") from None
    if hashlib.sha256(content).hexdigest() != checksums(name, folder)["file"]:
        raise UsageError(
            f"{shown(path)} is damaged ({len(content):,} bytes, with another SHA-256 than its own); {mend}"
        )
    return content


def checksums(name: str, folder: Path = FOLDER) -> dict[str, str]:
    """SHA-256 of a set's file, and of what its arrays hold, if it holds arrays."""
    path = folder / name / "checksum.toml"
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return {"file": str(found["file"])} | {key: str(value) for key, value in found.items()}
    except (OSError, ValueError, KeyError):
        raise UsageError(f"{shown(path)} is damaged; `git restore {shown(path)}` brings it back") from None


def shown(path: Path) -> str:
    """The path as people type it in the repository."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


MNIST = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
"""The original files of MNIST, with or without `.gz`."""


def whole_mnist(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of the original MNIST files in `folder`: 60,000 and 10,000 images. Raises UsageError."""
    return {key: _idx(folder, name) for key, name in MNIST.items()}


CIFAR10 = {
    "train": tuple(f"data_batch_{n}.bin" for n in range(1, 6)),
    "test": ("test_batch.bin",),
}
"""The binary files of CIFAR-10: rows of a label and 3 · 32 · 32 pixels, colour by colour."""


def whole_cifar10(folder: Path) -> dict[str, np.ndarray] | None:
    """The arrays of CIFAR-10's binary files in `folder`: 50,000 and 10,000 images (n, 3, 32, 32). None if it holds none of them.

    Raises UsageError where one of them is missing or cut short."""
    names = [name for several in CIFAR10.values() for name in several]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing == names:
        return None
    if missing:
        raise UsageError(f"{folder} holds no {', '.join(missing)}; CIFAR-10 (binary version) has {', '.join(names)}")
    found = {}
    for part, several in CIFAR10.items():
        rows = np.concatenate([_cifar(folder / name) for name in several])
        found[f"{part}_images"], found[f"{part}_labels"] = rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0]
    return found


def _cifar(path: Path) -> np.ndarray:
    """A binary file of CIFAR-10: (n, 3073)."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    if not content.size or content.size % 3073 or content[::3073].max() > 9:
        raise UsageError(f"{path} is no binary file of CIFAR-10, or is cut short; download it again")
    return content.reshape(-1, 3073)


def _idx(folder: Path, name: str) -> np.ndarray:
    """An IDX file of bytes: 0, 0, 8, number of axes; each axis as four bytes, the largest first; the values."""
    path = next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)
    if path is None:
        raise UsageError(f"{folder} holds no {name} (or {name}.gz); --data-dir wants the four IDX files of MNIST")
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    shape = np.frombuffer(content[4 : 4 + 4 * content[3]], ">u4") if len(content) > 4 else np.zeros(0, int)
    start = 4 + 4 * len(shape)
    if content[:3] != b"\0\0\x08" or len(shape) != content[3] or len(content) - start != int(np.prod(shape)):
        raise UsageError(f"{path} is no IDX file of bytes, or is cut short; download it again")
    return np.frombuffer(content, np.uint8, offset=start).reshape([int(side) for side in shape])
