"""Moving curves, dots and grey pictures on fixed axes, for drawing a sweep over a parameter.

`wall` creates the axes. Every other function adds something to one of them and returns a function that changes it, like
those of `plots`. What does not change is not redrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from .plots import BLUE, COLOURS, GREY, INK, ORANGE, SHADES, SHAPES

DASHES = ("-", "--", "-.", ":")


def wall(rows: int, columns: int, titles: Sequence[str] = (), width: float = 9.6, height: float = 4.8) -> list[Axes]:
    """Empty axes in rows and columns of one new figure; its width and height are in inches.

    Returns:
        rows × columns axes, row after row.
    """
    figure = Figure(figsize=(width, height), dpi=130, layout="constrained")
    axes = list(np.ravel(figure.subplots(rows, columns)))
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title, fontsize=11)
    return axes


def frame(
    ax: Axes, x: tuple[float, float], y: tuple[float, float], x_label: str = "", y_label: str = "", log: bool = False,
    log_x: bool = False,
) -> Axes:  # fmt: skip
    """Makes axes square, with fixed limits, and returns them.

    Args:
        ax: the axes.
        x: their first and last x.
        y: their first and last y.
        x_label: what x is.
        y_label: what y is.
        log: a logarithmic y.
        log_x: a logarithmic x.
    """
    ax.set(xscale="log" if log_x else "linear", yscale="log" if log else "linear", box_aspect=1)
    ax.set(xlim=x, ylim=y, xlabel=x_label, ylabel=y_label)
    if log:
        ax.yaxis.set_major_locator(LogLocator(numticks=7))
        ax.minorticks_off()
    else:
        ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        ax.axhline(0, color=GREY, lw=0.8, zorder=1)
    if log_x:
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_locator(NullLocator())
    return ax


def curves(ax: Axes, *names: str, legend: str = "best") -> Callable[..., None]:
    """Up to four curves, distinguished by colour and dashes.

    Args:
        ax: the axes to draw on; they keep their limits, see `frame`.
        *names: the name of each; a curve with a non-empty name appears in the legend.
        legend: the position of the legend, as in matplotlib.

    Returns:
        show(x, *ys): x (N,), and for each curve its values (N,), or None to hide it.
    """
    lines = [
        ax.plot([], [], style, color=colour, lw=2.3, label=name, zorder=3)[0]
        for name, colour, style in zip(names, COLOURS, DASHES, strict=False)
    ]
    if any(names):
        ax.legend(loc=legend, fontsize=9).set_zorder(2.9)  # below the curves, and so not redrawn

    def show(x: np.ndarray, *ys: np.ndarray | None) -> None:
        for line, y in zip(lines, ys, strict=True):
            xy = np.empty((0, 2)) if y is None else np.column_stack([x, y])
            if not np.array_equal(line.get_xydata(), xy, equal_nan=True):
                line.set_data(*xy.T)

    return show


def dots(ax: Axes, count: int = 1, size: float = 9) -> Callable[..., None]:
    """One dot for each of up to four curves, in that curve's colour and with its own shape.

    Returns:
        put(x, *ys): places them at x, a number; with arrays (N,), N dots for each curve.
    """
    marks = [
        ax.plot([], [], shape, color=colour, mec=INK, ms=size, zorder=6)[0]
        for shape, colour in zip(SHAPES[:count], COLOURS, strict=False)
    ]

    def put(x: float | np.ndarray, *ys: float | np.ndarray) -> None:
        for mark, y in zip(marks, ys, strict=True):
            mark.set_data(np.atleast_1d(x), np.atleast_1d(y))

    return put


def swarm(ax: Axes, *names: str) -> Callable[..., None]:
    """A column of dots for each of up to four names, to show the spread of results.

    Args:
        ax: the axes to draw on; their x becomes the names, see `frame` for their y.
        *names: below the columns.

    Returns:
        show(*values): the heights of each column's dots, (S,); non-finite ones are left out.
    """
    ax.set(xlim=(-0.5, len(names) - 0.5), xticks=range(len(names)), xticklabels=names)
    columns = [
        ax.plot([], [], shape, color=colour, mec=INK, ms=9, alpha=0.8, zorder=4)[0]
        for shape, colour, _ in zip(SHAPES, COLOURS, names, strict=False)
    ]

    def show(*values: np.ndarray) -> None:
        for place, (column, heights) in enumerate(zip(columns, values, strict=True)):
            column.set_data(
                place + np.linspace(-0.2, 0.2, len(heights)), np.where(np.isfinite(heights), heights, np.nan)
            )

    return show


def chord(ax: Axes, colour: str = ORANGE) -> Callable[..., None]:
    """A straight dashed line between two squares, and a vertical line from it to a curve.

    Returns:
        lay(ends, place): between the two points of ends (2, 2), and at place (3,), which is x, the curve's height and
        the chord's; with None for either, that part is hidden.
    """
    line = ax.plot([], [], "s--", color=colour, mec=INK, lw=2.3, ms=8, zorder=4)[0]
    gap = ax.plot([], [], "o-", color=INK, lw=2.5, ms=6, zorder=5)[0]

    def lay(ends: np.ndarray | None, place: np.ndarray | None = None) -> None:
        line.set_data(*(np.empty((2, 0)) if ends is None else np.transpose(ends)))
        gap.set_data(*(([], []) if place is None else ([place[0], place[0]], place[1:])))

    return lay


def rescale(ax: Axes, y: np.ndarray, room: float = 0.08) -> None:
    """Makes the vertical axis cover the values y and a little more; it does not change if it already fits."""
    reach = room * (np.ptp(y) or 1.0)
    limits = float(np.min(y) - reach), float(np.max(y) + reach)
    if limits != ax.get_ylim():
        ax.set_ylim(limits)


def decades(ax: Axes, *values: np.ndarray, step: int = 10) -> None:
    """Makes a logarithmic vertical axis reach as far above and below 1 as values need, in powers of 10**step; values
    that are 0 or not finite are left out."""
    every = np.concatenate([np.ravel(value) for value in values])
    every = every[np.isfinite(every) & (every > 0)]
    power = step * max(1, int(np.ceil((np.abs(np.log10(every)).max(initial=0) + 0.5) / step)))
    if ax.get_ylim() != (limits := (10.0**-power, 10.0**power)):
        ax.set_ylim(limits)


def violins(ax: Axes, low: float, high: float) -> Callable[[np.ndarray], None]:
    """Vertical histograms side by side, one at each integer from 1; all are scaled to the same maximum width.

    Args:
        ax: the axes to draw on; they keep their limits.
        low: the start of the first bin.
        high: the end of the last bin.

    Returns:
        show(counts): the number of values in each bin, (columns, bins).
    """
    shapes = ax.add_collection(PolyCollection([], facecolors=BLUE, edgecolors="none", zorder=3), autolim=False)

    def show(counts: np.ndarray) -> None:
        y = np.repeat(np.linspace(low, high, counts.shape[1] + 1), 2)[1:-1]
        widths = 0.45 * np.repeat(counts / np.maximum(counts.max(axis=1, keepdims=True), 1e-9), 2, axis=1)
        columns = 1 + np.arange(len(counts))[:, None]
        x = np.concatenate([columns + widths, (columns - widths)[:, ::-1]], axis=1)
        shapes.set_verts([np.column_stack([line, np.concatenate([y, y[::-1]])]) for line in x])

    return show


def level(ax: Axes) -> Callable[[float], None]:
    """A horizontal dotted line.

    Returns:
        put(y): moves it there.
    """
    line = ax.axhline(np.nan, color=INK, lw=1.5, ls=":", zorder=2)
    return lambda y: line.set_ydata([y, y])


def tangent(ax: Axes, reach: float = 1.0) -> Callable[[float, float, float], None]:
    """A short straight line that shows a slope.

    Returns:
        lay(x, y, slope): through (x, y), extending by `reach` to either side of x.
    """
    line = ax.plot([], [], color=INK, lw=1.5, zorder=5)[0]
    along = np.array([-reach, reach])
    return lambda x, y, slope: line.set_data(x + along, y + slope * along)


def upright(ax: Axes) -> Callable[[float], None]:
    """A vertical dotted line.

    Returns:
        put(x): moves it there.
    """
    line = ax.axvline(np.nan, color=INK, lw=1.5, ls=":", zorder=2)
    return lambda x: line.set_xdata([x, x])


def creases(ax: Axes) -> Callable[[np.ndarray, np.ndarray, np.ndarray], None]:
    """The lines w·x + b = 0 of many units, the marked ones dashed and in another colour.

    Returns:
        lay(W, b, marked): W (2, H), b (H,), marked bool (H,).
    """
    lines = ax.add_collection(LineCollection([], linewidths=1.6, zorder=3))

    def lay(W: np.ndarray, b: np.ndarray, marked: np.ndarray) -> None:
        W, b = W.astype(float), b.astype(float)
        foot = -b * W / (W**2).sum(axis=0)
        along = 1e3 * np.stack([-W[1], W[0]]) / np.hypot(*W)
        lines.set_segments(np.stack([(foot - along).T, (foot + along).T], axis=1))
        lines.set_color([ORANGE if mark else BLUE for mark in marked])
        lines.set_linestyle(["--" if mark else "-" for mark in marked])

    return lay


def racers(ax: Axes, *names: str, legend: str = "best") -> Callable[..., None]:
    """Up to four paths over the plane, distinguished by colour, dashes and the shape at the end of each.

    Args:
        ax: the axes to draw on; they keep their limits.
        *names: the name of each in the legend.
        legend: the position of the legend, as in matplotlib.

    Returns:
        run(*paths): the points of each, (N, 2).
    """
    runners = []
    for name, colour, style, shape in zip(names, COLOURS, DASHES, SHAPES, strict=False):
        look = dict(color=colour, mec="white", zorder=5)
        under = ax.plot([], [], "-", color="white", lw=4.5, zorder=4)[0]
        path = ax.plot([], [], style, lw=2.3, marker=shape, ms=12, markevery=[-1], label=name, **look)[0]
        runners.append((under, path))
    ax.legend(loc=legend, fontsize=9).set_zorder(3)  # below the paths, and so not redrawn either

    def run(*paths: np.ndarray) -> None:
        for lines, path in zip(runners, paths, strict=True):
            for line in lines:
                line.set_data(*path.T)

    return run


def mosaic(ax: Axes) -> Callable[..., None]:
    """Polygons that tile the axes, from blue at the lowest value to orange at the highest.

    Args:
        ax: the axes to draw on; they keep their limits.

    Returns:
        lay(polygons, values=None): polygons, each (C, 2), and a number for each, (P,); without values, they have no
        tint.
    """
    tiles = ax.add_collection(PolyCollection([], edgecolors=INK, linewidths=0.5, zorder=1), autolim=False)

    def lay(polygons: Sequence[np.ndarray], values: np.ndarray | None = None) -> None:
        tiles.set_verts(polygons)
        if values is None:
            tiles.set_facecolor("none")
        else:
            tiles.set_facecolor(SHADES((values - values.min()) / (np.ptp(values) or 1)))

    return lay


def greys(ax: Axes, low: float, high: float) -> Callable[[np.ndarray], None]:
    """A grey picture without axes, black at `low` and white at `high`.

    Returns:
        show(picture): (height, width), the top row first.
    """
    ax.set_axis_off()
    image = ax.imshow(np.zeros((1, 1, 4), np.uint8), interpolation="nearest")

    def show(picture: np.ndarray) -> None:
        height, width = picture.shape
        grey = (255 * np.clip((picture - low) / (high - low), 0, 1)).astype(np.uint8)
        if (height, width) != image.get_array().shape[:2]:  # the layout of the axes is recomputed, which is slow
            image.set_extent((-0.5, width - 0.5, height - 0.5, -0.5))
        image.set_data(np.stack([grey, grey, grey, np.full_like(grey, 255)], axis=-1))  # drawn in half the time

    return show


def signed(ax: Axes) -> Callable[[np.ndarray], None]:
    """A picture of signed numbers without axes: blue at −1, white at 0, orange at 1.

    Returns:
        show(picture): (height, width), the top row first; values beyond −1 and 1 are shown as −1 and 1.
    """
    ax.set_axis_off()
    image = ax.imshow(np.zeros((1, 1, 4), np.uint8), interpolation="nearest")
    ax.add_patch(Rectangle((0, 0), 1, 1, transform=ax.transAxes, fill=False, edgecolor=GREY, zorder=3))
    shades = LinearSegmentedColormap.from_list("blue, white, orange", [BLUE, "white", ORANGE])

    def show(picture: np.ndarray) -> None:
        height, width = picture.shape
        if (height, width) != image.get_array().shape[:2]:
            image.set_extent((-0.5, width - 0.5, height - 0.5, -0.5))
        image.set_data(shades((np.clip(picture, -1, 1) + 1) / 2, bytes=True))

    return show


def stems(ax: Axes) -> Callable[[np.ndarray], None]:
    """Vertical bars from 0, one at each integer from 0.

    Returns:
        show(heights): (N,).
    """
    bars = ax.add_collection(LineCollection([], colors=BLUE, linewidths=9, zorder=3), autolim=False)
    return lambda heights: bars.set_segments([[(k, 0), (k, height)] for k, height in enumerate(heights)])


def ways(ax: Axes, colour: str = "white", tail: float = 10.0) -> Callable[[np.ndarray], None]:
    """Many paths at once: thin lines, with a small dot at the start of each and a large one at its current end.

    Args:
        ax: the axes to draw on.
        colour: of the lines.
        tail: the visible length of each path, back from its end, in units of the axes: paths that jump back and forth
            would cover everything else.

    Returns:
        lay(paths): through points (T, N, 2), N paths of T points.
    """
    lines = ax.add_collection(LineCollection([], colors=colour, linewidths=0.9, alpha=0.8, zorder=3))
    starts = ax.plot([], [], ".", color=colour, ms=5, zorder=4)[0]
    ends = ax.plot([], [], "o", color=ORANGE, mec=INK, ms=8, zorder=5)[0]

    def lay(paths: np.ndarray) -> None:
        lengths = np.linalg.norm(np.diff(paths, axis=0), axis=2)
        to_the_end = np.vstack([lengths[::-1].cumsum(axis=0)[::-1], np.zeros(paths.shape[1])])
        lines.set_segments(np.swapaxes(np.where(to_the_end[..., None] < tail, paths, np.nan), 0, 1))
        starts.set_data(*paths[0].T)
        ends.set_data(*paths[-1].T)

    return lay


def links(ax: Axes) -> Callable[[np.ndarray], None]:
    """Straight grey lines, each from one point to another.

    Returns:
        lay(pairs): the two ends of each, (N, 2, 2).
    """
    lines = ax.add_collection(LineCollection([], colors=GREY, linewidths=2, zorder=2))
    return lambda pairs: lines.set_segments(pairs)
