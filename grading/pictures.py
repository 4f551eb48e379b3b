"""What is better looked at than read, as one image file for each milestone. Needs the extra `plots` (matplotlib)."""

import importlib.util
import io
from pathlib import Path
from typing import Any

import numpy as np

from .report import MilestoneResult, write_atomically

WIDTH = 9
"""Panels beside each other, at most."""
NAMES = 32
"""Rows or columns that are named, at most: more could not be read."""


def can_draw() -> bool:
    """Whether matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


def draw(result: MilestoneResult, path: Path) -> None:
    """The loss curve of a played milestone and the heat maps below it, written to `path` as PNG."""
    from matplotlib.figure import Figure

    rows = [1.6, *(1.3 * -(-len(picture.panels) // WIDTH) + 0.35 for picture in result.pictures)]
    figure = Figure(figsize=(10, 1.25 * sum(rows)), dpi=110, layout="constrained")
    parts = figure.subfigures(len(rows), 1, height_ratios=rows, squeeze=False)[:, 0]
    _curve(parts[0], result)
    for part, picture in zip(parts[1:], result.pictures, strict=True):
        part.suptitle(picture.title, fontsize=10, parse_math=False)
        count = len(picture.panels)
        places = part.subplots(-(-count // WIDTH), min(count, WIDTH), squeeze=False).flat
        for place in places:
            place.set_axis_off()
        for place, panel in zip(part.axes, picture.panels, strict=False):
            _heat(place, panel)
    content = io.BytesIO()
    figure.savefig(content, format="png")
    write_atomically(path, content.getvalue())


def _curve(part: Any, result: MilestoneResult) -> None:
    axes = part.subplots()
    axes.plot(result.curve, color="#2060a0")
    axes.set_title(f"{result.year}: {result.title} ({result.status})", fontsize=10)
    axes.set_ylabel("loss")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)


def _heat(axes: Any, panel: Any) -> None:
    """A matrix: grey where all of it is of one sign, else blue below zero and red above."""
    values = np.asarray(panel.values, float)
    axes.set_axis_on()
    if values.min() < 0 < values.max():
        reach = np.abs(values).max()
        axes.imshow(values, cmap="RdBu_r", vmin=-reach, vmax=reach)
    else:
        axes.imshow(values, cmap="Greys")
    axes.set_title(panel.title, fontsize=8, parse_math=False)
    for axis, names in ((axes.xaxis, panel.columns), (axes.yaxis, panel.rows)):
        shown = names if len(names) <= NAMES else ()
        axis.set_ticks(
            range(len(shown)), labels=[repr(n)[1:-1] if n.strip() else "·" for n in shown], fontsize=6, parse_math=False
        )
