"""Draws the embedded part of MNIST. From the repository's root:

    python -m datasets.mnist.make FOLDER

FOLDER holds the four original files, unpacked (train-images-idx3-ubyte and its kin). See CARD.md for where they come from.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from datasets.drawing import save, stratified

ORIGINALS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of the files as published."""

SEED = 1998


def main(folder: Path) -> None:
    files = {}
    for name, published in ORIGINALS.items():
        content = (folder / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != published:
            raise SystemExit(f"{folder / name} is not the file that was published")
        files[name] = content
    rng = np.random.default_rng(SEED)
    arrays = {}
    for part, prefix, count in (("train", "train", 20_000), ("test", "t10k", 2_000)):
        images = np.frombuffer(files[f"{prefix}-images-idx3-ubyte"], np.uint8, offset=16).reshape(-1, 28, 28)
        labels = np.frombuffer(files[f"{prefix}-labels-idx1-ubyte"], np.uint8, offset=8)
        chosen = stratified(labels, count, rng)
        arrays[f"{part}_images"], arrays[f"{part}_labels"] = images[chosen], labels[chosen]
    save(Path(__file__).parent, arrays)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
