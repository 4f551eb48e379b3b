"""Checkpoints: the whole state of a training in one file, that nothing can leave half-written."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..m03_layers import Module

# ------------------------------------------------------------ what there is to save


def state_of(part: Any) -> Any:
    """All that `part` needs to go on elsewhere exactly as it would here, as plain data.

    What a part is decides what its state is:

    - a Module: its `state_dict()`, and the state of every numpy.random.Generator that is an attribute of it or of a
      module below it, such as the `rng` of each Dropout.
    - anything else that has `state_dict`: an optimizer, a Scheduler, an EarlyStopping, a Trainer.
    - a numpy.random.Generator: `bit_generator.state`.
    - anything else whose attribute `rng` is a Generator: the state of that. So it is with a DataLoader.
    - all else is taken as plain data itself.

    >>> state_of([1, 2.5]), sorted(state_of(np.random.default_rng(0)))
    ([1, 2.5], ['bit_generator', 'has_uint32', 'state', 'uinteger'])
    """
    raise NotImplementedError("m08: state_of")


def generators_of(model: Module) -> dict[str, np.random.Generator]:
    """Every Generator that is an attribute of `model` or of a module below it, by its path ("1.rng").

    >>> from ..m03_layers import Dropout, Sequential
    >>> list(generators_of(Sequential(Dropout(0.5), Dropout(0.1))))
    ['0.rng', '1.rng']
    """
    raise NotImplementedError("m08: generators_of")


def put_back(part: Any, state: Any) -> None:
    """Give `part` a state that `state_of` took, of itself or of another one like it.

    Raises:
        ValueError, KeyError, TypeError, …: the state does not fit; the part may then be changed half-way.
    """
    raise NotImplementedError("m08: put_back")


# ------------------------------------------------------------------------ the file


def encoded(value: Any, arrays: list[np.ndarray], where: str) -> Any:
    """`value` in words of JSON, from which `decoded` makes an equal one; its arrays are appended to `arrays`.

    Raises:
        TypeError: something in it is no plain data; the message says where, and names its type.
    """
    raise NotImplementedError("m08: encoded")


def decoded(node: Any, arrays: list[np.ndarray]) -> Any:
    """The value that `encoded` turned into `node`."""
    raise NotImplementedError("m08: decoded")


def save_checkpoint(path: str | os.PathLike, **parts: Any) -> None:
    """Write the state of every part into one file, by the name under which it is given.

        save_checkpoint("run.npz", trainer=trainer, loader=loader, note="third try")

    The file is exactly `path`, and a .npz file whatever its name ends in: any program may open it with
    np.load(path, allow_pickle=False), and finds each array of the states as an entry of its own dtype and shape. How
    the rest is kept is up to you, but nothing is pickled.

    Whenever the program may be killed, in the middle of this too, there is a whole checkpoint at `path`: the one from
    before, or the new one. (If there was none before: none, or the new one.) Other files may be left beside it then, and
    disturb neither loading nor the next save; a save that comes to its end leaves none. If saving fails, the error is
    raised, and the one from before is still there.

    Args:
        path: in a folder that exists. A file that is there is replaced.
        parts: see `state_of`. Plain data is: None, bool, int of any size, float (inf and NaN too), str, NumPy arrays
            and numbers of kind bool, integer or float, and lists, tuples and dicts of these. A dict's keys are str or
            int.
    Raises:
        TypeError: something in a state is no plain data (a Tensor, a function, …); its type is named.

    Source: torch.save, without pickle; Pillai et al. 2014, All file systems are not created equal.
    """
    raise NotImplementedError("m08: save_checkpoint")


def read_checkpoint(path: str | os.PathLike) -> dict[str, Any]:
    """The states in the file, by name: equal to what was saved, in type, dtype, shape and order, and all of it new.

    Reading executes nothing, whatever the file holds.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no checkpoint, or one that is cut off or damaged; the file is named.
    """
    raise NotImplementedError("m08: read_checkpoint")


def load_checkpoint(path: str | os.PathLike, **parts: Any) -> dict[str, Any]:
    """Put the states in the file back into the parts of the same names.

        note = load_checkpoint("run.npz", trainer=trainer, loader=loader)["note"]

    It is all or nothing: whatever is wrong, with the file or with any part, every part is afterwards as it was before.

    Args:
        parts: things of the same kinds as those saved, see `state_of`, but no plain data.
    Returns:
        What the file holds under other names, as plain data. Without parts that is everything, to be looked at.
    Raises:
        FileNotFoundError: there is no such file.
        TypeError: one of the parts is plain data; its type is named.
        ValueError: the file is no checkpoint, is damaged, lacks one of the parts, or a state in it does not fit its
            part. The message names the file, and the part if there is one to blame.

    >>> import tempfile
    >>> once, again = np.random.default_rng(1), np.random.default_rng(2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/run.npz", rng=once, epoch=3, best=(0.25, np.arange(3)))
    ...     rest = load_checkpoint(f"{folder}/run.npz", rng=again)
    >>> rest
    {'epoch': 3, 'best': (0.25, array([0, 1, 2]))}
    >>> once.random() == again.random()
    True
    """
    raise NotImplementedError("m08: load_checkpoint")
