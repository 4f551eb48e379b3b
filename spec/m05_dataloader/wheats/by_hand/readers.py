"""Readers: the files in which MNIST and CIFAR-10 come, as arrays."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

IDX_DTYPES = {
    0x08: np.dtype("uint8"),
    0x09: np.dtype("int8"),
    0x0B: np.dtype("int16"),
    0x0C: np.dtype("int32"),
    0x0D: np.dtype("float32"),
    0x0E: np.dtype("float64"),
}
"""The third byte of an IDX file → the dtype of its elements."""

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""The meaning of CIFAR-10's labels 0 to 9."""


def load_idx(path: str | Path) -> np.ndarray:
    """The array in an IDX file, the format of MNIST (train-images-idx3-ubyte and its kin).

    An IDX file is, from its first byte on:

    - 0, 0, a byte that tells the dtype (see IDX_DTYPES), a byte that tells the number of axes;
    - the length of each axis, as a 4-byte unsigned integer;
    - the elements, in C order.

    All numbers of more than one byte are big-endian: the largest part comes first.

    Args:
        path: where the file is. If its name ends in .gz, what has this format is inside the gzip compression.
    Returns:
        A new, writable array of the dtype that the file tells, in the byte order of this machine.
    Raises:
        ValueError: the file does not start with 0, 0, or its third byte tells no dtype (the bytes found are named,
            as decimal numbers); it ends within its header (how many bytes it has is named); it has fewer or more
            bytes of elements than its axes ask for (both numbers are named); a .gz is damaged, or no gzip file. All
            but the last count what is inside the compression.
        FileNotFoundError: there is no such file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "labels-idx1-ubyte"
    ...     size = path.write_bytes(bytes([0, 0, 0x08, 1,  0, 0, 0, 3,  7, 2, 1]))
    ...     load_idx(path)
    array([7, 2, 1], dtype=uint8)

    Cost: the file's bytes are held twice while it is read.
    Source: the description of the format at the end of the MNIST page of LeCun, Cortes and Burges.
    """
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
    """The images and labels in files of CIFAR-10's binary version (data_batch_1.bin and its kin).

    Such a file is nothing but rows of 3073 bytes: a label from 0 to 9, then the 32 × 32 red values of an image, then
    the green ones, then the blue ones, each line by line from the top left.

    Args:
        paths: one file or more, joined in this order.
    Returns:
        (images, labels): uint8 of shape (n, 3, 32, 32) and uint8 of shape (n,); new, writable arrays.
    Raises:
        ValueError: a file is empty or not a whole number of rows (its size and 3073 are named), or has a label
            above 9 (which is named).
        FileNotFoundError: there is no such file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "data_batch_1.bin"
    ...     size = path.write_bytes(bytes([3]) + bytes(range(256)) * 12)
    ...     images, labels = load_cifar10(path)
    >>> images.shape, images[0, 0, 1, :3], CIFAR10_CLASSES[labels[0]]
    ((1, 3, 32, 32), array([32, 33, 34], dtype=uint8), 'cat')

    Source: the CIFAR-10 page of Krizhevsky, "binary version".
    """
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
