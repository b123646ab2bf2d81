"""What is wrong with the words of a live picture: of its figure, measured as matplotlib draws them, and of its line.

In a kernel with a lecture, `of_all_pictures()` looks at every picture; see tests/browser/test_lab.py.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

SLACK = 2.0  # pixels: letters do not fill their boxes


def faults(figure: Figure, legends: bool = True) -> list[str]:
    """What is wrong with the words of a figure as it was drawn last: cut ones, ones over others, a legend over a curve.

    Args:
        figure: on a canvas of Agg, laid out.
        legends: whether to look for curves beneath legends.

    Returns:
        a sentence for each.
    """
    renderer = figure.canvas.get_renderer()
    told = []
    boxes: list[tuple[str, Bbox]] = []
    for text, within in words_of(figure):
        box = text.get_window_extent(renderer)
        boxes.append((text.get_text(), box))
        if not holds(within, box):
            told.append(f"{text.get_text()!r} is cut")
    for (one, here), (other, there) in combinations(boxes, 2):
        common = Bbox.intersection(here, there)
        if common is not None and min(common.size) > SLACK:
            told.append(f"{one!r} and {other!r} lie over each other")
    for ax in drawn(figure) if legends else ():
        for legend in (child for child in ax.get_children() if isinstance(child, Legend)):
            box = legend.get_window_extent(renderer).padded(-SLACK)
            told += [f"the legend lies over {name!r}" for name, points in curves_of(ax) if any_within(box, points)]
    return told


def holds(within: Bbox, box: Bbox) -> bool:
    """Whether a box lies within another, but for a few pixels."""
    return bool((box.min >= within.min - SLACK).all() and (box.max <= within.max + SLACK).all())


def drawn(figure: Figure) -> list[Axes]:
    """The axes that are seen."""
    return [ax for ax in figure.axes if ax.get_visible()]


def words_of(figure: Figure) -> Iterator[tuple[Text, Bbox]]:
    """Each text that is seen, and the box that it may not leave."""
    page = figure.bbox
    yield from ((text, page) for text in figure.texts if is_seen(text))
    for ax in drawn(figure):
        for text in ax.texts:
            if is_seen(text) and (not text.get_clip_on() or ax.bbox.overlaps(text.get_window_extent())):
                yield text, ax.bbox if text.get_clip_on() else page
        if ax.axison:
            for axis in (ax.xaxis, ax.yaxis):
                yield from ((text, page) for text in (axis.label, *ticks_of(axis)) if is_seen(text))
        for text in (ax.title, *(it for legend in ax.findobj(Legend) for it in legend.get_texts())):
            if is_seen(text):
                yield text, page


def is_seen(text: Text) -> bool:
    return bool(text.get_visible() and text.get_text().strip() and (text.get_alpha() is None or text.get_alpha() > 0))


def ticks_of(axis: Axis) -> list[Text]:
    """The numbers at an axis, those that lie within its limits."""
    shown = axis.get_transform().transform
    low, high = sorted(shown(np.asarray(axis.get_view_interval(), dtype=float)))
    reach = 1e-6 * (high - low)
    return [
        label
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if low - reach <= shown(np.array([tick.get_loc()], dtype=float))[0] <= high + reach
    ]


def any_within(box: Bbox, points: np.ndarray) -> bool:
    """Whether any of some points (N, 2) lies in a box."""
    return bool(((points > box.min) & (points < box.max)).all(axis=1).any())


def is_a_level(line: Line2D) -> bool:
    """Whether a line only marks a height or a place, across the axes: it may pass beneath a legend."""
    return len(line.get_xdata()) == 2 and 0 in np.ptp(line.get_xydata(), axis=0)


def curves_of(ax: Axes) -> Iterator[tuple[str, np.ndarray]]:
    """The lines and marks that are seen on axes: their names, and pixels on them as far as the axes go, (N, 2)."""
    for line in ax.lines:
        if not line.get_visible() or not len(line.get_xdata()) or is_a_level(line):
            continue
        points = line.get_transform().transform(line.get_xydata())
        if line.get_linestyle() not in ("None", "") and len(points) > 1:
            share = np.linspace(0, 1, 20)[:, None, None]
            points = (points[:-1] + share * (points[1:] - points[:-1])).reshape(-1, 2)
        points = points[np.isfinite(points).all(axis=1)]
        yield str(line.get_label()), points[[ax.bbox.contains(*point) for point in points]]


PLURALS = (
    "digits|epochs|examples|folds|layers|lines|nets|networks|parameters|pieces|points|rounds|seeds|sets|steps|units|words"
)
UNGRAMMATICAL = re.compile(rf"(?<![\w.,−·^/-])(?:1 (?:{PLURALS})|a (?:8|11|18|8\d))\b")


def slips(line: str) -> list[str]:
    """Where the line beneath a picture has a plural after 1, or the wrong article before a number."""
    return [f"{match.group()!r} in {line!r}" for match in UNGRAMMATICAL.finditer(line)]


def faults_of(picture: object) -> Mapping[str, list[str]]:
    """The faults of a live picture at rest, at both ends of each of its controls, and where its presets lead; and the
    slips of its line for every value of each. What is wrong at several settings is told once. Legends have to leave
    room for the curves at rest: a run that diverges goes everywhere.

    Args:
        picture: as `live.picture` gives it.

    Returns:
        for each setting with a fault, its faults.
    """
    rest, told, seen = picture._values(), {}, set()
    settings = {"at rest": ({}, True)}
    for name, control in picture.controls.items():
        options = getattr(control, "options", ())
        ends = (0, len(options) - 1)
        settings |= {f"{name} = {text}": ({name: value}, i in ends) for i, (text, value) in enumerate(options)}
    settings |= {text: (dict(preset), True) for text, preset in picture.presets.items()}
    for setting, (values, is_measured) in settings.items():
        found = slips(picture._move(**rest | values))
        if is_measured:
            picture._painter.paint()
            found += faults(picture._painter.figure, legends=not values)
        if new := [fault for fault in found if fault not in seen]:
            told[setting] = new
            seen |= set(new)
    picture._move(**rest)
    picture._painter.paint()
    return told


def of_all_pictures() -> dict[str, Mapping[str, list[str]]]:
    """The faults of every live picture of this process, by what its line says at rest."""
    from utils import live

    pictures = [it for it in gc.get_objects() if type(it) is live.Picture]
    return {picture.caption: told for picture in pictures if (told := faults_of(picture))}
