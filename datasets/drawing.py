"""How the embedded data sets are drawn and written down: stratified, seeded, with checksums. Used by each make.py."""

import hashlib
from pathlib import Path

import numpy as np


def stratified(labels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` positions in `labels`, at random within each class, with every class as frequent as in `labels`.

    Each class gets the whole positions in its share; those left over go to the classes with the largest fractions.
    The positions come in increasing order.

    >>> stratified(np.array([0, 1, 0, 0, 1, 0]), 3, np.random.default_rng(0)).size
    3
    """
    classes, sizes = np.unique(labels, return_counts=True)
    shares = count * sizes / labels.size
    quotas = np.floor(shares).astype(int)
    quotas[np.argsort(quotas - shares, kind="stable")[: count - quotas.sum()]] += 1
    chosen = [
        rng.choice(np.flatnonzero(labels == label), quota, replace=False)
        for label, quota in zip(classes, quotas, strict=True)
    ]
    return np.sort(np.concatenate(chosen))


def digest(arrays: dict[str, np.ndarray]) -> str:
    """SHA-256 of what the arrays hold, whatever file they come from: names, dtypes, shapes and elements."""
    hasher = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        hasher.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()


def save(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write the arrays to folder/NAME.npz, and the checksums of both to folder/checksum.toml."""
    path = folder / f"{folder.name}.npz"
    np.savez_compressed(path, **arrays)
    file = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "checksum.toml").write_text(
        f"# SHA-256 of the file, and of what its arrays hold (see datasets/drawing.py); written by make.py.\n"
        f'file = "{file}"\narrays = "{digest(arrays)}"\n'
    )
    print(f"{path.name}: {path.stat().st_size:,} bytes; arrays {digest(arrays)}")
    for name, array in arrays.items():
        counts = f", of each class {np.bincount(array).tolist()}" if array.ndim == 1 else ""
        print(f"  {name}: {array.dtype} {array.shape}{counts}")
