"""The drawings of the lectures: planes with points, decision regions, bent grids, activations.

`panels` creates the axes. Every other function adds something to one of them and returns a function that changes it, so
that a picture can follow a slider:

    plane, = panels("x")
    regions, marks = decision_regions(plane), points(plane)

    def move(w1, w2):
        regions(lambda X: X @ [w1, w2] > 0)
        marks(X, y)

Class 0 is a blue circle, class 1 an orange square, class 2 a green triangle, class 3 a pink diamond: colours that
colour-blind readers can tell apart (M. Okabe and K. Ito, 2008), and shapes for readers who see no colour at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from contourpy import contour_generator
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D, BboxBase, IdentityTransform, Transform, offset_copy

if TYPE_CHECKING:
    import torch

BLUE, ORANGE, GREEN, PINK, INK, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#222222", "#8A8A8A"
COLOURS, SHAPES = (BLUE, ORANGE, GREEN, PINK), ("o", "s", "^", "D")
TINT = "tint"  # the gid of an image of pale colours on white, which become dark colours in the dark theme
SHADES = LinearSegmentedColormap.from_list("blue to orange", ["#9CC7E4", "#FFFFFF", "#F6BE98"])


def with_minus(text: str) -> str:
    """A text with a true minus before each negative number and negative exponent, instead of a hyphen."""
    return re.sub(r"(?<![\w)\]₀-₉])-(?=\.?\d|inf)|(?<=\de)-(?=\d)", "−", text)


def panels(*names: str, titles: Sequence[str] = (), low: float = -0.5, high: float = 1.5) -> list[Axes]:
    """Square planes side by side, one for each name.

    Args:
        names: of the vector shown in each: "x" gives the axes x₁ and x₂.
        titles: the text above each.
        low: the start of both axes.
        high: the end of both axes.

    Returns:
        one axes per name, in one new figure.
    """
    return [plane(ax, name, low, high) for ax, name in zip(charts(len(names), titles), names, strict=True)]


def charts(count: int = 1, titles: Sequence[str] = (), size: tuple[float, float] | None = None) -> list[Axes]:
    """Empty axes in one new figure: up to three side by side, four in a square.

    Args:
        count: how many.
        titles: the text above each.
        size: width and height of the figure in inches; by default right for this many squares.

    Returns:
        the axes, row after row.
    """
    usual = {1: (4.8, 4.4), 2: (8.4, 4.2), 3: (9.6, 3.5), 4: (8.4, 6.4)}
    figure = Figure(figsize=size or usual[count], dpi=130, layout="constrained")
    rows = 2 if count == 4 else 1
    axes = list(np.ravel(figure.subplots(rows, count // rows)))
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title, fontsize=12)
    return axes


def plane(ax: Axes, name: str, low: float, high: float) -> Axes:
    """Turns empty axes into a square plane for the vector of that name, and returns them."""
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal", xlabel=f"{name}₁", ylabel=f"{name}₂")
    ax.locator_params(nbins=5)
    return ax


def places_of(ax: Axes, resolution: int = 80) -> np.ndarray:
    """A uniform grid of points over the axes' current limits, (resolution², 2), the lowest row first."""
    x1, x2 = (np.linspace(*limits, resolution) for limits in (ax.get_xlim(), ax.get_ylim()))
    return np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)


def decision_regions(ax: Axes, hard: bool = False, resolution: int = 80) -> Callable[[Callable], None]:
    """Shades the plane by the output of a classifier at each point, with a line at the decision boundary.

    Args:
        ax: keeps its limits.
        hard: shade each side uniformly; by default the shade follows the probability σ(score), in steps of 1/10.
        resolution: how many points are evaluated along each side.

    Returns:
        show(score): takes a function from points (N, 2) to scores (N,), positive for class 1.
    """
    places = places_of(ax, resolution)
    x1, x2 = places.T.reshape(2, resolution, resolution)
    steps = np.array([0.5] if hard else np.arange(0.1, 0.95, 0.1))
    levels = np.log(steps / (1 - steps))  # the scores at which σ takes these steps
    ax.set_facecolor(SHADES(0.0))
    shades = PathCollection([], facecolors=SHADES(np.linspace(0, 1, len(steps) + 1))[1:])
    ax.add_collection(shades).set_zorder(0)
    boundary = ax.add_collection(LineCollection([], colors=INK, linewidths=2, zorder=2))

    def show(score: Callable[[np.ndarray], np.ndarray]) -> None:
        z = np.asarray(score(places), dtype=float).reshape(x1.shape)
        contours = contour_generator(x1, x2, z, fill_type="ChunkCombinedCode")
        shades.set_paths([_path(*contours.filled(level, np.inf)) for level in levels])
        boundary.set_segments(contours.lines(0.0))

    return show


def _path(points: list[np.ndarray | None], codes: list[np.ndarray | None]) -> Path:
    """The contour that contourpy found at one level, as one path; an empty one if it found nothing."""
    return Path(np.empty((0, 2))) if points[0] is None else Path(points[0], codes[0])


def points(ax: Axes, names: Sequence[str] = (), size: float = 11) -> Callable[..., None]:
    """Labelled points, a colour and a shape for each class, and a cross over each misclassified one.

    Args:
        ax: the axes to draw on.
        names: written beside the first points, on the outside as for the corners 00, 01, 10, 11 of a square.
        size: of a marker, in points.

    Returns:
        mark(X, y, answers=None): X (N, 2), labels y (N,) in 0 … 3 and, to cross out the wrong ones, answers (N,).
    """
    marks = [
        ax.plot([], [], shape, color=colour, ms=size, mec=INK, zorder=4)[0]
        for shape, colour in zip(SHAPES, COLOURS, strict=True)
    ]
    crosses = ax.plot([], [], "x", color=INK, ms=1.9 * size, mew=min(2.5, size / 4), zorder=5)[0]
    labels = [
        _word(ax, name, offset_copy(ax.transData, ax.figure, 17 * dx, 17 * dy, "points"))
        for name, dx, dy in zip(names, (-1, -1, 1, 1), (-1, 1, -1, 1), strict=False)
    ]

    def mark(X: np.ndarray, y: np.ndarray, answers: np.ndarray | None = None) -> None:
        for label, artist in enumerate(marks):
            artist.set_data(*X[y == label].T)
        if answers is not None:
            crosses.set_data(*X[answers != y].T)
        for word, place in zip(labels, X, strict=False):
            word.set_data(*place[:, None])

    return mark


def _word(ax: Axes, text: str, transform: Transform, size: float = 10) -> Line2D:
    """A word that is cheap to move: drawing a marker in its shape takes an eighth of the time that a text takes."""
    shape = TextPath((0, 0), text, size=size)
    shape = shape.transformed(Affine2D().translate(*-shape.get_extents().get_points().mean(axis=0)))
    extent = 2 * np.abs(shape.vertices).max()  # the unit of a marker's size
    word = Line2D(
        [], [], marker=shape, ms=extent, mew=0, color=INK, zorder=6, transform=transform, clip_on=False, gid=text
    )
    ax.add_artist(word)
    return word


def straight_line(ax: Axes, colour: str = INK, style: str = "-") -> Callable[[Sequence[float], float], None]:
    """A line across the axes.

    Returns:
        lay(w, b): draws it where w·x + b = 0, for w of two numbers; if w is 0, there is no line.
    """
    line = ax.plot([], [], style, color=colour, lw=2, zorder=3, scalex=False, scaley=False)[0]

    def lay(w: Sequence[float], b: float) -> None:
        w = np.asarray(w, dtype=float)
        length = np.hypot(*w)
        if length == 0:
            line.set_data([], [])
            return
        foot, along = -b * w / length**2, np.array([-w[1], w[0]]) / length
        line.set_data(*np.array([foot - 1e3 * along, foot + 1e3 * along]).T)

    return lay


def grid(ax: Axes, low: float, high: float, lines: int = 13) -> Callable[[Callable], None]:
    """A grid of straight lines to be bent, which shows what a map does to the plane.

    Args:
        ax: the axes to draw on.
        low: where the grid begins along both coordinates.
        high: where it ends.
        lines: how many in each direction.

    Returns:
        bend(f): takes a function from points (N, 2) to points (N, 2).
    """
    fixed, along = np.linspace(low, high, lines), np.linspace(low, high, 61)
    across = np.stack(np.broadcast_arrays(along, fixed[:, None]), axis=-1)
    net = np.concatenate([across, across[..., ::-1]])
    mesh = ax.add_collection(LineCollection(net, colors=GREY, linewidths=0.8, zorder=1))

    def bend(f: Callable[[np.ndarray], np.ndarray]) -> None:
        mesh.set_segments(f(net.reshape(-1, 2)).reshape(net.shape))

    return bend


def warped(ax: Axes, X: np.ndarray, y: np.ndarray, low: float = -1, high: float = 1) -> Callable[..., bool]:
    """Labelled points on a grid, to be mapped elsewhere, and the line that separates them there, if there is one.

    Args:
        ax: the axes to draw on.
        X: points, (N, 2).
        y: labels 0 or 1, (N,).
        low: where the grid begins along both coordinates.
        high: where it ends.

    Returns:
        send(f): takes a function from points (N, 2) to points (N, 2), returns whether a line separates them.
    """
    from .linear import separating_line  # imported here, since many lectures need no scipy

    bend, mark, lay = grid(ax, low, high), points(ax, size=6), straight_line(ax)

    def send(f: Callable[[np.ndarray], np.ndarray]) -> bool:
        line = separating_line(f(X), y)
        bend(f)
        mark(f(X), y)
        lay(*(line.w, line.b) if line else ((0, 0), 0))
        return line is not None

    return send


def segment(ax: Axes, start: Sequence[float], end: Sequence[float], colour: str = INK) -> Callable[[float], np.ndarray]:
    """A line segment between two points, and a ring that slides along it.

    Returns:
        slide(share): puts the ring at share·start + (1 - share)·end, and returns that point (2,).
    """
    ends = np.array([start, end], dtype=float)
    ax.plot(*ends.T, color=colour, lw=4, zorder=3)
    ring = ax.plot([], [], "o", ms=17, mew=3.5, mfc="none", mec=INK, zorder=5)[0]

    def slide(share: float) -> np.ndarray:
        place = np.array([share, 1 - share]) @ ends
        ring.set_data(*place[:, None])
        return place

    return slide


def curves(
    ax: Axes,
    x: np.ndarray,
    ys: dict[str, np.ndarray],
    x_label: str,
    y_label: str,
    spread: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
) -> Callable[[float, float], None]:
    """Curves over a common x, distinguished by colour and dashes, and a dot that moves along them.

    Args:
        ax: the axes to draw on; they get a legend.
        x: (N,).
        ys: the name of each of up to four curves, and its values (N,).
        x_label: what x is.
        y_label: what the curves show.
        spread: the lower (N,) and upper ends (N,) of a curve's error bars, by its name.

    Returns:
        run(x, y): puts the dot there.
    """
    for (name, y), colour, style in zip(ys.items(), COLOURS, ("-", "--", "-.", ":"), strict=False):
        ax.plot(x, y, style, color=colour, lw=2.2, label=name)
        if spread:
            low, high = spread[name]
            ax.vlines(x, low, high, colors=colour, lw=2.2)
            ax.plot([x, x], [low, high], "_", color=colour, ms=9, mew=2.2)
    ax.set(xlabel=x_label, ylabel=y_label, box_aspect=1)
    ax.legend()
    dot = ax.plot([], [], "o", color=INK, ms=9, zorder=6)[0]  # above the legend, which then does not have to be redrawn
    return lambda x, y: dot.set_data([x], [y])


def stems(ax: Axes) -> Callable[..., None]:
    """Vertical dotted lines.

    Returns:
        show(x, low, high): at each x (N,), from low (N,) to high (N,).
    """
    lines = ax.add_collection(LineCollection([], colors=INK, linewidths=2, linestyles=":", zorder=2))

    def show(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        lines.set_segments(np.stack([np.column_stack([x, low]), np.column_stack([x, high])], axis=1))

    return show


def bundle(ax: Axes, x: np.ndarray, x_label: str, y_label: str, low: float, high: float) -> Callable[..., None]:
    """Many thin curves over a common x, one of them highlighted, with a dot that moves along it.

    If there are more than 120 curves, only every second, third, … is drawn thin: more would show nothing new.

    Args:
        ax: the axes to draw on.
        x: (N,).
        x_label: what x is.
        y_label: what the curves show.
        low: where the vertical axis begins.
        high: where it ends.

    Returns:
        show(ys, picked, i): ys (N, R), one column for each curve, which one to highlight, and the position of its dot.
    """
    ax.set(xlim=(x[0], x[-1]), ylim=(low, high), xlabel=x_label, ylabel=y_label, box_aspect=1)
    thin = ax.add_collection(LineCollection([], colors=GREY, linewidths=0.8, alpha=0.75, zorder=1))
    thick = ax.plot([], [], color=ORANGE, lw=3, zorder=3)[0]
    dot = ax.plot([], [], "o", color=INK, ms=9, zorder=4)[0]

    def show(ys: np.ndarray, picked: int, i: int) -> None:
        some = ys.T[:: 1 + ys.shape[1] // 120]
        thin.set_segments(np.stack(np.broadcast_arrays(x, some), axis=-1))
        thick.set_data(x, ys[:, picked])
        dot.set_data([x[i]], [ys[i, picked]])

    return show


def timeline(ax: Axes, events: Mapping[int, str]) -> Callable[[int], None]:
    """A timeline with the name of each event, and a pointer; the axes then contain nothing else.

    Args:
        ax: the axes to draw on, preferably wide.
        events: what happened, by year, in order.

    Returns:
        go(year): moves the pointer there; later events are paler, but still easy to read.
    """
    years = list(events)
    margin = 0.12 * (years[-1] - years[0])
    ax.set(xlim=(years[0] - margin, years[-1] + margin), ylim=(-1, 1), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.axhline(0, color=GREY, lw=2, zorder=1)
    marks = []
    for i, (year, name) in enumerate(events.items()):
        up = 1 if i % 2 == 0 else -1
        text = ax.text(year, 0.42 * up, f"{year}\n{name}", ha="center", va="bottom" if up > 0 else "top", zorder=3)
        marks.append((year, text, ax.plot([year, year], [0, 0.36 * up], "o-", color=BLUE, markevery=2, ms=9)[0]))
    pointer = ax.plot([], [], "D", color=ORANGE, mec=INK, ms=12, zorder=4)[0]

    def go(now: int) -> None:
        pointer.set_data([now], [0])
        for year, *artists in marks:
            for artist in artists:
                artist.set_alpha(1.0 if year <= now else 0.62)

    return go


def activation(ax: Axes, function: Callable[[torch.Tensor], torch.Tensor], low: float = -4, high: float = 4) -> None:
    """An activation function and, dashed, its derivative computed by autograd.

    Args:
        ax: the axes to draw on; they get a legend and the function's name as its title.
        function: from a tensor (N,) to a tensor (N,), applied element by element: `torch.tanh`.
        low: the lowest input.
        high: the highest input.
    """
    import torch

    z = torch.linspace(low, high, 401, requires_grad=True)
    a = function(z)
    (slope,) = torch.autograd.grad(a.sum(), z)
    z, a = z.detach(), a.detach()
    ax.axhline(0, color=GREY, lw=0.8)
    ax.plot(z, a, color=BLUE, lw=2.5, label="a(z)")
    ax.plot(z, slope, "--", color=ORANGE, lw=2.5, label="a′(z)")
    ax.set(xlabel="z", title=getattr(function, "__name__", type(function).__name__))
    ax.legend()


def _as_bytes(picture: np.ndarray) -> np.ndarray:
    """Red, green and blue from 0 to 1, (..., 3), as bytes with opacity, (..., 4), which are drawn in half the time."""
    opaque = np.full((*picture.shape[:-1], 1), 255, np.uint8)
    return np.concatenate([(255 * picture).astype(np.uint8), opaque], axis=-1)


def _image_over(ax: Axes, resolution: int) -> AxesImage:
    """An image whose pixels are centred on `places_of(ax, resolution)`; the limits stay the same."""
    limits = ax.get_xlim(), ax.get_ylim()
    around = [(high - low) / (resolution - 1) / 2 for low, high in limits]
    extent = [end for (low, high), half in zip(limits, around, strict=True) for end in (low - half, high + half)]
    how = dict(origin="lower", extent=extent, aspect=ax.get_aspect(), interpolation="nearest", zorder=0)
    image = ax.imshow(np.zeros((resolution, resolution, 4), np.uint8), **how)
    ax.set(xlim=limits[0], ylim=limits[1])
    return image


def class_regions(ax: Axes, hard: bool = False, resolution: int = 80) -> Callable[[Callable], None]:
    """Tints the plane by the shares of up to four classes, with lines where the class with the largest share changes.

    Args:
        ax: keeps its limits.
        hard: the largest one wins; the values then need not be shares.
        resolution: how many points are evaluated along each side.

    Returns:
        show(shares): takes a function from points (N, 2) to shares (N, K), each row summing to 1.
    """
    places = places_of(ax, resolution)
    x1, x2 = places.T.reshape(2, resolution, resolution)
    tints = 1 - 0.5 * (1 - np.array([to_rgb(colour) for colour in COLOURS]))  # half way to white
    image = _image_over(ax, resolution)
    image.set_gid(TINT)
    borders = ax.add_collection(LineCollection([], colors=INK, linewidths=2, zorder=2))

    def show(shares: Callable[[np.ndarray], np.ndarray]) -> None:
        p = np.asarray(shares(places), dtype=float)
        tint = tints[p.argmax(axis=1)] if hard else p @ tints[: p.shape[1]]
        image.set_data(_as_bytes(tint).reshape(resolution, resolution, 4))
        lead = [(p[:, [k]] - np.delete(p, k, axis=1)).min(axis=1) for k in range(p.shape[1])]
        fields = [contour_generator(x1, x2, field.reshape(x1.shape)) for field in lead]
        borders.set_segments([line for field in fields for line in field.lines(0.0)])

    return show


def bars(ax: Axes, names: Sequence[str], low: float, high: float, series: Sequence[str] = ("",)) -> Callable[..., None]:
    """Bars with their values written on them.

    Args:
        ax: the axes to draw on; they get a legend if there are several series.
        names: the text below each bar, or each group of bars.
        low: where the axis begins.
        high: where it ends.
        series: the names of the bars in a group, up to four.

    Returns:
        show(*values): for each series, as many values as names; a bar that is too long ends at the edge of the axes.
    """
    places, width = np.arange(len(names)), 0.8 / len(series)
    shift = width * (np.arange(len(series)) - (len(series) - 1) / 2)
    boxes = [
        ax.bar(places + dx, 0 * places, width, color=colour, edgecolor=INK, hatch=hatch, label=name)
        for dx, colour, hatch, name in zip(shift, COLOURS, ("", "//", "..", "xx"), series, strict=False)
    ]
    texts = [[ax.text(x, 0, "", ha="center", zorder=5) for x in places + dx] for dx in shift]
    digits = 1 if high - low > 20 else 2
    ax.axhline(0, color=INK, lw=0.8)
    ax.set(xticks=places, xticklabels=names, ylim=(low, high), box_aspect=1)
    if len(series) > 1:
        ax.legend(loc="upper left").set_zorder(0)  # below everything that moves, and so not redrawn

    def show(*values: Sequence[float]) -> None:
        for heights, group, labels in zip(values, boxes, texts, strict=True):
            for height, box, label in zip(heights, group, labels, strict=True):
                box.set_height(height)
                label.set_text(f"{height:.{digits}f}")
                inside = np.clip(height, low, high)
                label.set_y(inside + (0.015 if height >= 0 else -0.015) * (high - low))
                label.set_verticalalignment("bottom" if height >= 0 else "top")

    return show


def table(
    ax: Axes, rows: int, columns: int, signs: Mapping[tuple[float, float], str] | None = None
) -> Callable[[np.ndarray, np.ndarray], None]:
    """Numbers in cells, some of them highlighted; the axes then contain nothing else.

    Args:
        ax: the axes to draw on; their coordinates become the column and, downward, the row.
        rows: how many rows there are.
        columns: how many columns.
        signs: further text, by row and column.

    Returns:
        show(values, lit): values (rows, columns), NaN where there is no cell, and which to highlight, bool.
    """
    top = min([0, *(row for row, _ in signs or {})]) - 0.5
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, top), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    square = np.array([(-0.45, -0.45), (0.45, -0.45), (0.45, 0.45), (-0.45, 0.45)])
    centres = np.array([(column, row) for row in range(rows) for column in range(columns)])
    cells = ax.add_collection(PolyCollection(centres[:, None] + square, edgecolors=GREY, zorder=1))
    texts = [ax.text(*centre, "", ha="center", va="center", zorder=2) for centre in centres]
    for (row, column), sign in (signs or {}).items():
        ax.text(column, row, sign, ha="center", va="center", fontsize=18, zorder=0)

    def show(values: np.ndarray, lit: np.ndarray) -> None:
        there = ~np.isnan(values.ravel())
        cells.set_facecolor(np.where(lit.ravel()[:, None], to_rgba("#F6BE98"), to_rgba("#FFFFFF")))
        cells.set_alpha(there.astype(float))
        for text, value, shown in zip(texts, values.ravel(), there, strict=True):
            text.set_text(f"{value:g}".replace("-", "−") if shown else "")

    return show


def surface(ax: Axes, resolution: int = 80, scale: tuple[float, float] | None = None) -> Callable[[np.ndarray], None]:
    """A height over the plane as shades, from dark at the lowest to light at the highest.

    Args:
        ax: keeps its limits.
        resolution: how many points there are along each side.
        scale: the heights at the dark and at the light end, to compare pictures; see `colour_bar`. By default each
            picture's own lowest and highest.

    Returns:
        show(heights): at `places_of(ax, resolution)`, (resolution²,).
    """
    image = _image_over(ax, resolution)

    def show(heights: np.ndarray) -> None:
        low, high = scale or (heights.min(), heights.max())
        share = ((heights - low) / ((high - low) or 1)).clip(0, 1)
        image.set_data(colormaps["cividis"](share.reshape(resolution, resolution), bytes=True))

    return show


def colour_bar(axes: Axes | Sequence[Axes], low: float, high: float, label: str, ticks: Mapping[float, str]) -> None:
    """Adds a colour bar for the shades of `surface`, beside the axes that share a scale.

    Args:
        axes: one, or several in one figure.
        low: the height at the dark end.
        high: the height at the light end.
        label: what the heights are, in a word or two, written above the bar.
        ticks: labels by height.
    """
    figure = np.ravel(axes)[0].figure
    bar = figure.colorbar(ScalarMappable(Normalize(low, high), "cividis"), ax=axes, shrink=0.85)
    bar.ax.set_title(label, fontsize=9)
    bar.set_ticks(list(ticks), labels=list(ticks.values()))


def trail(ax: Axes, colour: str = INK) -> Callable[[np.ndarray], None]:
    """A path with a dot at each step and a large one where it ends, edged in white to stand out anywhere.

    Returns:
        lay(path): through points (N, 2).
    """
    edge = [withStroke(linewidth=4, foreground="white")]
    line = ax.plot([], [], ".-", color=colour, lw=1.5, ms=5, zorder=5, path_effects=edge)[0]
    end = ax.plot([], [], "o", color=ORANGE, mec=INK, ms=11, zorder=6)[0]

    def lay(path: np.ndarray) -> None:
        line.set_data(*path.T)
        end.set_data(*path[-1:].T)

    return lay


def probe(ax: Axes) -> Callable[[float, float], None]:
    """A white cross, edged in black.

    Returns:
        put(x1, x2): moves it there.
    """
    cross = ax.plot([], [], "P", color="white", mec=INK, ms=13, zorder=7)[0]
    return lambda x1, x2: cross.set_data([x1], [x2])


def photo(ax: Axes, height: int, width: int) -> Callable[[np.ndarray], None]:
    """A picture without axes.

    Returns:
        show(picture): red, green and blue from 0 to 1, (height, width, 3).
    """
    ax.set(xticks=[], yticks=[])
    image = ax.imshow(np.zeros((height, width, 4), np.uint8), interpolation="nearest")
    return lambda picture: image.set_data(_as_bytes(picture))


def shares(
    ax: Axes, count: int, top: float, colours: np.ndarray | None = None, icons: np.ndarray | None = None
) -> Callable[[np.ndarray], None]:
    """Many narrow bars without numbers.

    Args:
        ax: the axes to draw on.
        count: how many.
        top: the end of the axis; a larger share is cut off there.
        colours: of each bar, red, green and blue from 0 to 1, (count, 3).
        icons: a small grey picture to show below each, (count, size, size).

    Returns:
        show(shares): (count,).
    """
    colours = np.tile(to_rgb(BLUE), (count, 1)) if colours is None else colours
    bars = ax.add_collection(PolyCollection([], facecolors=colours, edgecolors=GREY, linewidths=0.5))
    foot = 0.0 if icons is None else -top / 5
    for i, icon in enumerate([] if icons is None else icons):
        brightest = np.abs(icons).max() / 2
        ax.imshow(
            icon,
            cmap="gray",
            vmin=-brightest,
            vmax=brightest,
            extent=(i - 0.45, i + 0.45, 0.9 * foot, 0.1 * foot),
            aspect="auto",
        )
    ax.set(xlim=(-1, count), ylim=(foot, top), xticks=[])
    ax.locator_params(axis="y", nbins=4)
    left = np.arange(count) - 0.45

    def show(values: np.ndarray) -> None:
        low, right = np.zeros(count), left + 0.9
        corners = np.stack([left, low, right, low, right, values, left, values], axis=-1)
        bars.set_verts(corners.reshape(count, 4, 2))

    return show


def edges(ax: Axes, rows: int, columns: int) -> Callable[[np.ndarray], None]:
    """A stroke along the strongest edge in each cell of a picture, longer for a stronger edge.

    Returns:
        show(hog): (rows, columns, directions + 1), as `features.hog` makes it.
    """
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal", xticks=[], yticks=[])
    strokes = ax.add_collection(LineCollection([], colors=INK, linewidths=0.9))
    centres = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 1, 2)

    def show(hog: np.ndarray) -> None:
        channels = hog[..., :-1].reshape(rows * columns, -1)
        across = np.pi * channels.argmax(axis=1) / channels.shape[1]  # the direction in which the grey changes
        along = np.column_stack([-np.sin(across), np.cos(across)])
        length = 0.8 * np.sqrt(channels.max(axis=1, keepdims=True) / 0.1).clip(0, 1)
        reach = (along * length)[:, None]
        strokes.set_segments(np.concatenate([centres - reach, centres + reach], axis=1))

    return show


def hulls(ax: Axes) -> Callable[[np.ndarray, np.ndarray], None]:
    """The convex hull of each of two classes, like a rubber band around its points.

    Returns:
        show(X, y): X (N, 2) and labels 0 or 1, (N,).
    """
    bands = [
        ax.fill([], [], facecolor=(*to_rgb(colour), 0.25), edgecolor=colour, lw=2, ls=style, zorder=1)[0]
        for colour, style in zip((BLUE, ORANGE), ("-", "--"), strict=True)
    ]

    def show(X: np.ndarray, y: np.ndarray) -> None:
        for label, band in enumerate(bands):
            band.set_xy(_hull(X[y == label]))

    return show


def _hull(X: np.ndarray) -> np.ndarray:
    """The corners of the convex hull of points (N, 2), in order; for points on one line, its two ends."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        return X[ConvexHull(X).vertices]
    except (QhullError, ValueError):  # fewer than three points, or all on a line
        return X[np.lexsort(X.T)][[0, -1]] if len(X) else np.empty((0, 2))


def spokes(ax: Axes) -> Callable[[np.ndarray, np.ndarray], None]:
    """A star, and lines from it to some points, which get a ring.

    Returns:
        show(hub, ends): hub (2,) and ends (N, 2); with no ends, there is no star.
    """
    lines = ax.add_collection(LineCollection([], colors=INK, linewidths=1.5, linestyles=":", zorder=3))
    rings = ax.plot([], [], "o", mfc="none", mec=INK, ms=19, mew=1.5, zorder=6)[0]
    star = ax.plot([], [], "*", color="white", mec=INK, ms=15, zorder=7)[0]

    def show(hub: np.ndarray, ends: np.ndarray) -> None:
        lines.set_segments([[hub, end] for end in ends])
        rings.set_data(*ends.T)
        star.set_data(*np.array([hub] * min(1, len(ends))).reshape(-1, 2).T)

    return show


def words(ax: Axes, names: Sequence[str], kinds: Sequence[int]) -> Callable[..., None]:
    """A map of words: a mark for each, in its kind's colour and shape, with the words beside them, without overlaps.

    A word is placed above its mark; words in a dense group are placed in a column beside it.

    Args:
        ax: the axes to draw on; they keep their limits.
        names: the words.
        kinds: the kind of each, 0 … 3, or -1 for a small grey dot.

    Returns:
        put(places, lit=(), named=None): points (N, 2); the words whose indices are in `lit` get a ring, and only those
        in `named` are written, by default all.
    """
    kinds, scale = np.asarray(kinds), ax.figure.dpi / 72
    looks = [(-1, ".", GREY), *((kind, shape, COLOURS[kind]) for kind, shape in enumerate(SHAPES))]
    marks = [(kind, ax.plot([], [], shape, color=colour, mec=INK, ms=7, zorder=4)[0]) for kind, shape, colour in looks]
    rings = ax.plot([], [], "o", mfc="none", mec=INK, ms=13, mew=1.8, zorder=3)[0]
    shapes = [TextPath((0, 0), name, size=8) for name in names]
    widths = np.array([shape.get_extents().width for shape in shapes])
    shapes = [shape.transformed(Affine2D().translate(-w / 2, 0)) for shape, w in zip(shapes, widths, strict=True)]
    dark = [(*(0.65 * np.array(to_rgb(COLOURS[kind]))), 1.0) if kind >= 0 else to_rgba(INK) for kind in kinds]
    texts = PathCollection(shapes, facecolors=dark, linewidths=0, zorder=6)  # one artist: faster than many texts
    texts.set_transform(Affine2D().scale(scale))
    texts.set_offset_transform(IdentityTransform())
    ax.add_collection(texts, autolim=False)

    def put(places: np.ndarray, lit: Sequence[int] = (), named: Sequence[int] | None = None) -> None:
        for kind, mark in marks:
            mark.set_data(*places[kinds == kind].T)
        rings.set_data(*places[list(lit)].T)
        written = np.isin(np.arange(len(names)), range(len(names)) if named is None else list(named))
        seen = ax.transData.transform(places)
        offsets = _word_places(seen, (widths + 3) * scale, 10 * scale, ax.bbox, written)
        texts.set_offsets(np.where(written[:, None], offsets, -1e6))  # the others far outside

    return put


def _word_places(
    marks: np.ndarray, widths: np.ndarray, height: float, box: BboxBase, written: np.ndarray
) -> np.ndarray:
    """Where to centre the words of marks (N, 2) so that those `written` (N,) do not overlap; all in pixels."""
    words = marks + [0, 0.6 * height]
    near = np.linalg.norm(marks[:, None] - marks, axis=-1) < 1.5 * height
    joined = near
    while (wider := joined @ joined).sum() > joined.sum():
        joined = wider
    first = joined.argmax(axis=1)  # for the words that are connected through near ones
    crowds = sorted((np.flatnonzero(first == word) for word in np.unique(first)), key=len, reverse=True)
    settled: list[int] = []
    for crowd in crowds:
        if len(crowd) <= 3:
            break
        left_to_right = crowd[marks[crowd, 0].argsort()]
        left_to_right = left_to_right[written[left_to_right]]
        if len(left_to_right) == 0:
            continue
        halves = [left_to_right] if len(left_to_right) <= 20 else np.array_split(left_to_right, 2)
        for half, sides in zip(halves, [(1, -1)] if len(halves) == 1 else [(-1,), (1,)], strict=True):
            members = half[marks[half, 1].argsort()]
            low = np.clip(marks[crowd, 1].mean() - height * len(half) / 2, box.y0, box.y1 - height * len(half))
            y = low + height * (np.arange(len(half)) + 0.2)
            columns = []
            for side in sides:
                edge = side * (side * marks[crowd, 0]).max() + side * 0.7 * height
                column = np.column_stack([edge + side * widths[members] / 2, y])
                far_end = edge + side * widths[members].max()
                away = np.abs(np.vstack([marks, words[settled]])[:, None] - column)
                reach = np.append(np.zeros(len(marks)), widths[settled])[:, None] + widths[members]
                hidden = ((away[..., 0] < reach / 2) & (away[..., 1] < height)).sum()
                columns.append((not box.x0 < far_end < box.x1, hidden, column))
            words[members] = min(columns, key=lambda it: it[:2])[2]
            settled.extend(members)
    return _apart(words, widths, height, settled, written)


def _apart(
    places: np.ndarray, widths: np.ndarray, height: float, settled: Sequence[int], written: np.ndarray
) -> np.ndarray:
    """Labels centred at points (N, 2); the written ones, except the settled, are moved up until none covers another."""
    moved, done = places.copy(), list(settled)
    for i in places[:, 1].argsort():
        if i in settled or not written[i]:
            continue
        beside = [j for j in done if abs(moved[j, 0] - moved[i, 0]) < (widths[i] + widths[j]) / 2]
        for j in sorted(beside, key=lambda j: moved[j, 1]):
            if abs(moved[j, 1] - moved[i, 1]) < height:
                moved[i, 1] = moved[j, 1] + height
        done.append(i)
    return moved
