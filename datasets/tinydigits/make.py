"""Draws TinyDigits. From the repository's root, where scikit-learn is installed (nothing else here needs it):

python -m datasets.tinydigits.make
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from datasets.drawing import save, stratified

SEED = 1998


def main() -> None:
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    rng = np.random.default_rng(SEED)
    test = stratified(labels, 400, rng)
    rest = np.setdiff1d(np.arange(labels.size), test)
    train = rest[stratified(labels[rest], 1_000, rng)]
    arrays = {}
    for part, chosen in (("train", train), ("test", test)):
        arrays[f"{part}_images"], arrays[f"{part}_labels"] = images[chosen], labels[chosen]
    save(Path(__file__).parent, arrays)


if __name__ == "__main__":
    main()
