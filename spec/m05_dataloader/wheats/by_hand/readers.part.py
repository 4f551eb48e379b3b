"""Readers: the files in which MNIST and CIFAR-10 come, as arrays."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

"""The third byte of an IDX file → the dtype of its elements."""

"""The meaning of CIFAR-10's labels 0 to 9."""


def load_idx(path: str | Path) -> np.ndarray:
    if str(path).endswith(".gz"):
        try:
            with gzip.open(path, "rb") as file:
                content = file.read()
        except FileNotFoundError:
            raise
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path} cannot be unpacked: {error}") from error
    else:
        with open(path, "rb") as file:
            content = file.read()
    if any(content[:2]):
        raise ValueError(f"magic number {content[0]} {content[1]}")
    if len(content) < 4:
        raise ValueError(f"{len(content)} bytes are no header")
    if content[2] not in IDX_DTYPES:
        raise ValueError(f"type {content[2]}")
    try:
        shape = struct.unpack(">" + "I" * content[3], content[4 : 4 + 4 * content[3]])
    except struct.error:
        raise ValueError(f"{len(content)} bytes end in the header") from None
    dtype = np.dtype(IDX_DTYPES[content[2]])
    found = len(content) - 4 - 4 * content[3]
    if found != math.prod((*shape, dtype.itemsize)):
        raise ValueError(f"{found} bytes for {math.prod((*shape, dtype.itemsize))}")
    array = np.empty(shape, dtype)
    array[...] = np.ndarray(shape, dtype.newbyteorder(">"), content, 4 + 4 * content[3])
    return array


def load_cifar10(*paths: str | Path) -> tuple[np.ndarray, np.ndarray]:
    tables = []
    for path in paths:
        table = np.fromfile(path, np.uint8)
        if not len(table) or len(table) % 3073 != 0:
            raise ValueError(f"{len(table)} is no multiple of 3073")
        table.shape = -1, 3073
        if (table[:, 0] >= 10).any():
            raise ValueError(f"labels {sorted(set(table[:, 0].tolist()))}")
        tables.append(table)
    whole = np.vstack(tables)
    return np.ascontiguousarray(whole[:, 1:]).reshape(len(whole), 3, 32, 32), np.array(whole[:, 0])
