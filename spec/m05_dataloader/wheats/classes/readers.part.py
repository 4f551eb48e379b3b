"""Readers: the files in which MNIST and CIFAR-10 come, as arrays."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np

"""The third byte of an IDX file → the dtype of its elements."""

"""The meaning of CIFAR-10's labels 0 to 9."""


def load_idx(path: str | Path) -> np.ndarray:
    name = str(path)
    with open(name, "rb") as file:
        data = file.read()
    if name.endswith(".gz"):
        try:
            with gzip.open(name) as file:
                data = file.read()
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{name}: {error}") from error
    if len(data) < 4:
        raise ValueError(f"only {len(data)} bytes")
    if data[0] or data[1] or data[2] not in IDX_DTYPES:
        raise ValueError(f"starts with {data[0]}, {data[1]}, {data[2]}")
    axes = data[3]
    if len(data) < 4 * (axes + 1):
        raise ValueError(f"only {len(data)} bytes")
    shape = [int.from_bytes(data[4 * axis + 4 : 4 * axis + 8], "big") for axis in range(axes)]
    dtype = IDX_DTYPES[data[2]]
    rest = data[4 * axes + 4 :]
    size = dtype.itemsize
    for side in shape:
        size *= side
    if size != len(rest):
        raise ValueError(f"{len(rest)} bytes of elements, {size} expected")
    array = np.array(np.frombuffer(rest, dtype)).reshape(shape)
    return array.byteswap(inplace=True) if np.little_endian else array


def load_cifar10(*paths: str | Path) -> tuple[np.ndarray, np.ndarray]:
    images, labels = [], []
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        count, left = divmod(len(data), 3073)
        if left or not count:
            raise ValueError(f"{len(data)} bytes, rows have 3073")
        for row in range(count):
            labels.append(data[3073 * row])
            if labels[-1] > 9:
                raise ValueError(f"label {labels[-1]}")
            images.append(np.frombuffer(data, np.uint8, 3072, 3073 * row + 1).reshape(3, 32, 32))
    return np.stack(images), np.array(labels, np.uint8)
