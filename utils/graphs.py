"""Draws a computational graph: nodes with their contents, and arrows with what flows along them.

    ax, = charts()
    show = graph(ax, {"x": (0, 0), "y": (2, 0)}, [("x", "y")])
    show({"x": "value 1", "y": "value 2"}, marked=["y"], along=[("x", "y")])

A node is a box with round corners. A marked one is larger, with square corners, a thick edge and a tint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.patches import BoxStyle
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from .plots import BLUE, GREY, INK, ORANGE, with_minus

Arrow = tuple[str, str]
HEAD = 0.2  # length of an arrow's head, in units of the axes


def graph(
    ax: Axes, places: Mapping[str, tuple[float, float]], arrows: Sequence[Arrow], size: tuple[float, float] = (1.3, 1.0)
) -> Callable[..., None]:
    """Nodes and the arrows between them; the axes then contain nothing else.

    Args:
        ax: the axes; their limits become those of the graph, with equal units in both directions.
        places: the centre of each node, by its name.
        arrows: pairs of nodes, from and to.
        size: width and height of a node.

    Returns:
        show(lines, marked=(), along=(), backward=False, notes={}): the text below each node's name, which nodes are
        marked, which arrows are thick, whether those point backward (they are then dashed, and orange instead of blue),
        and the text on arrows.
    """
    centres = np.array(list(places.values()), dtype=float)
    low, high = centres.min(axis=0) - 0.7 * np.array(size), centres.max(axis=0) + 0.7 * np.array(size)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ends = {arrow: _between(places[arrow[0]], places[arrow[1]], size) for arrow in arrows}
    resting = _pointers(ax, GREY, 1.2, zorder=1)
    forward, back = _pointers(ax, BLUE, 3.5, zorder=2), _pointers(ax, ORANGE, 3.5, zorder=2, style=(0, (2.2, 1.2)))
    plain = ax.add_collection(PathCollection([], facecolors="white", edgecolors=GREY, zorder=3))
    striking = ax.add_collection(PathCollection([], facecolors="#F6BE98", edgecolors=INK, linewidths=3, zorder=3))
    boxes = {name: (_rounded(place, size), _square(place, size)) for name, place in places.items()}
    write = _texts(ax, list(places.values()), 10)
    note = _texts(ax, [line.mean(axis=0) for line in ends.values()], 9, halo=6)

    def show(
        lines: Mapping[str, str],
        marked: Sequence[str] = (),
        along: Sequence[Arrow] = (),
        backward: bool = False,
        notes: Mapping[Arrow, str] | None = None,
    ) -> None:
        plain.set_paths([box for name, (box, _) in boxes.items() if name not in marked])
        striking.set_paths([box for name, (_, box) in boxes.items() if name in marked])
        write(["\n".join([name, *filter(None, [lines.get(name)])]) for name in places])
        note([(notes or {}).get(arrow, "") for arrow in arrows])
        resting([line for arrow, line in ends.items() if arrow not in along])
        forward([] if backward else [ends[arrow] for arrow in along])
        back([ends[arrow][::-1] for arrow in along] if backward else [])

    return show


def _between(start: tuple[float, float], end: tuple[float, float], size: tuple[float, float]) -> np.ndarray:
    """The straight line between two boxes, (2, 2), with a small gap at both ends."""
    a, b = np.array(start, dtype=float), np.array(end, dtype=float)
    with np.errstate(divide="ignore"):
        inside = (np.array(size) / 2 / np.abs(b - a)).min()  # of the way, as far as the edge of a box
    step = (b - a) * (inside + 0.08 / np.hypot(*(b - a)))
    return np.array([a + step, b - step])


def _pointers(ax: Axes, colour: str, width: float, zorder: float, style: object = "-") -> Callable[[list], None]:
    """Arrows that can be replaced: point(ends), each (2, 2), start and end."""
    lines = ax.add_collection(LineCollection([], colors=colour, linewidths=width, linestyles=[style], zorder=zorder))
    heads = ax.add_collection(PolyCollection([], facecolors=colour, edgecolors=colour, zorder=zorder))

    def point(ends: list[np.ndarray]) -> None:
        tips = []
        for tail, tip in ends:
            along = HEAD * (tip - tail) / np.hypot(*(tip - tail))
            across = np.array([-along[1], along[0]]) / 2.2
            tips.append([tip, tip - along + across, tip - along - across])
        lines.set_segments([[tail, np.mean(head[1:], axis=0)] for (tail, _), head in zip(ends, tips, strict=True)])
        heads.set_verts(tips)

    return point


def _rounded(place: tuple[float, float], size: tuple[float, float]) -> Path:
    """A box with round corners, for an unmarked node."""
    (x, y), (width, height), r = place, size, 0.2
    box = BoxStyle.Round(pad=0, rounding_size=r)
    return box(x - width / 2, y - height / 2, width, height, 1)


def _square(place: tuple[float, float], size: tuple[float, float]) -> Path:
    """The same box, a little larger, with square corners."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (np.array(size) + 0.12) / 2
    return Path(np.array(place) + corners[[0, 1, 2, 3, 0]], closed=True)


def _texts(
    ax: Axes, places: Sequence[Sequence[float]], size: float, halo: float = 0
) -> Callable[[Sequence[str]], None]:
    """Centred texts of one or more lines: all of them one artist, as outlines of letters.

    Matplotlib's own texts would take ten times as long to draw.

    Args:
        ax: the axes to draw on.
        places: (N, 2).
        size: of the letters, in points.
        halo: width of a white edge around them, in points, for text that lies on a line.

    Returns:
        write(words): one text for each position.
    """
    looks = [dict(facecolors=INK, edgecolors="none", zorder=5)]
    if halo:
        looks.append(dict(facecolors="white", edgecolors="white", linewidths=halo, zorder=4))
    artists = [PathCollection([], offsets=places, offset_transform=ax.transData, **look) for look in looks]
    for artist in artists:
        artist.set_transform(Affine2D().scale(ax.figure.dpi / 72))
        ax.add_collection(artist, autolim=False)

    def write(words: Sequence[str]) -> None:
        for artist in artists:
            artist.set_paths([_lettering(with_minus(word), size) for word in words])
        artists[0].set_gid("|".join(words))

    return write


@lru_cache(2000)
def _lettering(text: str, size: float) -> Path:
    """The outline of a text whose middle is at 0, in points."""
    lines = [_line(line, size) for line in text.split("\n")]
    top = (len(lines) - 1) / 2 * 1.3 * size - 0.36 * size  # letters are placed on the baseline
    moved = [
        line.transformed(Affine2D().translate(0, top - 1.3 * size * i)) for i, line in enumerate(lines) if len(line)
    ]
    return Path.make_compound_path(*moved) if moved else Path(np.empty((0, 2)))


@lru_cache(2000)
def _line(text: str, size: float) -> Path:
    """The outline of one line of text, centred at 0."""
    letters, at = [], 0.0
    for char in text:
        shape, advance = _letter(char, size)
        if len(shape):
            letters.append(shape.transformed(Affine2D().translate(at, 0)))
        at += advance
    if not letters:
        return Path(np.empty((0, 2)))
    return Path.make_compound_path(*letters).transformed(Affine2D().translate(-at / 2, 0))


@lru_cache(500)
def _letter(char: str, size: float) -> tuple[Path, float]:
    """A letter's outline, and the distance to the next letter."""
    ends = [TextPath((0, 0), text, size=size).get_extents().x1 for text in (char + "|", "|")]
    shape = Path(np.empty((0, 2))) if char.isspace() else TextPath((0, 0), char, size=size)
    return shape, ends[0] - ends[1]
