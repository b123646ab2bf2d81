"""What the lectures draw: planes with points, decision regions, bent grids, activations.

`panels` makes the axes. Every other function puts something on one of them and returns a function that
changes what it put there, so that a picture can follow a slider:

    plane, = panels("x")
    regions, marks = decision_regions(plane), points(plane)

    def move(w1, w2):
        regions(lambda X: X @ [w1, w2] > 0)
        marks(X, y)

Class 0 is a blue circle, class 1 an orange square, class 2 a green triangle, class 3 a pink diamond: colours
that colour-blind readers tell apart (M. Okabe and K. Ito, 2008), and shapes for who sees no colour at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.transforms import offset_copy

from .linear import separating_line

if TYPE_CHECKING:
    import torch

BLUE, ORANGE, GREEN, PINK, INK, GREY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#222222", "#8A8A8A"
COLOURS, SHAPES = (BLUE, ORANGE, GREEN, PINK), ("o", "s", "^", "D")
SHADES = LinearSegmentedColormap.from_list("blue to orange", ["#9CC7E4", "#FFFFFF", "#F6D38F"])


def panels(*names: str, titles: Sequence[str] = (), low: float = -0.5, high: float = 1.5) -> list[Axes]:
    """Square planes side by side, one for each name.

    Args:
        names: of the vector shown in each: "x" gives the axes x₁ and x₂.
        titles: what stands above each.
        low: where both axes begin.
        high: where both axes end.

    Returns:
        as many axes as names, of one new figure.
    """
    return [plane(ax, name, low, high) for ax, name in zip(charts(len(names), titles), names, strict=True)]


def charts(count: int = 1, titles: Sequence[str] = ()) -> list[Axes]:
    """Empty axes side by side, of one new figure."""
    width, height = {1: (4.8, 4.4), 2: (8.4, 4.2)}.get(count, (9.6, 3.5))
    figure = Figure(figsize=(width, height), dpi=130, layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(1, count)))
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title, fontsize=12)
    return axes


def plane(ax: Axes, name: str, low: float, high: float) -> Axes:
    """Makes a square plane of empty axes, for the vector of that name, and hands them back."""
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal", xlabel=f"{name}₁", ylabel=f"{name}₂")
    ax.locator_params(nbins=5)
    return ax


def decision_regions(ax: Axes, hard: bool = False, resolution: int = 80) -> Callable[[Callable], None]:
    """Shades the plane by what a classifier says at each place, with a line where it changes its mind.

    Args:
        ax: keeps its limits.
        hard: shade each side evenly; by default the shade follows the probability σ(score), in steps of 1/10.
        resolution: how many places are asked along each side.

    Returns:
        show(score): takes a function from points (N, 2) to scores (N,), positive for class 1.
    """
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    x1, x2 = np.meshgrid(np.linspace(left, right, resolution), np.linspace(bottom, top, resolution))
    places = np.column_stack([x1.ravel(), x2.ravel()])
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
    """What contourpy found at one level, as one path; an empty one where it found nothing."""
    return Path(np.empty((0, 2))) if points[0] is None else Path(points[0], codes[0])


def points(ax: Axes, names: Sequence[str] = (), size: float = 11) -> Callable[..., None]:
    """Labelled points, a colour and a shape for each class, and a cross over each one that is got wrong.

    Args:
        ax: on which.
        names: written beside the first points, pushed outward as the corners 00, 01, 10, 11 of a square are.
        size: of a marker, in points.

    Returns:
        mark(X, y, answers=None): X (N, 2), labels y (N,) in 0 … 3 and, to have the wrong ones crossed out,
        answers (N,).
    """
    marks = [
        ax.plot([], [], shape, color=colour, ms=size, mec=INK, zorder=4)[0]
        for shape, colour in zip(SHAPES, COLOURS, strict=True)
    ]
    crosses = ax.plot([], [], "x", color=INK, ms=1.9 * size, mew=2.5, zorder=5)[0]
    texts = [
        ax.text(0, 0, name, transform=offset_copy(ax.transData, ax.figure, 17 * dx, 17 * dy, "points"),
                ha="center", va="center", color=INK, zorder=6)
        for name, dx, dy in zip(names, (-1, -1, 1, 1), (-1, 1, -1, 1), strict=False)
    ]  # fmt: skip

    def mark(X: np.ndarray, y: np.ndarray, answers: np.ndarray | None = None) -> None:
        for label, artist in enumerate(marks):
            artist.set_data(*X[y == label].T)
        if answers is not None:
            crosses.set_data(*X[answers != y].T)
        for text, place in zip(texts, X, strict=False):
            text.set_position(place)

    return mark


def straight_line(ax: Axes, colour: str = INK, style: str = "-") -> Callable[[Sequence[float], float], None]:
    """A line across the axes.

    Returns:
        lay(w, b): puts it where w·x + b = 0, for w of two numbers; where w is 0 there is no line.
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
    """A net of straight lines to be bent: it shows what a map does to the plane.

    Args:
        ax: on which.
        low: where the net begins along both coordinates.
        high: where it ends.
        lines: how many each way.

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
    """Labelled points on a net, to be mapped elsewhere, and the line that separates them there, if one does.

    Args:
        ax: on which.
        X: points, (N, 2).
        y: labels 0 or 1, (N,).
        low: where the net begins along both coordinates.
        high: where it ends.

    Returns:
        send(f): takes a function from points (N, 2) to points (N, 2), returns whether a line separates them.
    """
    bend, mark, lay = grid(ax, low, high), points(ax, size=6), straight_line(ax)

    def send(f: Callable[[np.ndarray], np.ndarray]) -> bool:
        line = separating_line(f(X), y)
        bend(f)
        mark(f(X), y)
        lay(*(line.w, line.b) if line else ((0, 0), 0))
        return line is not None

    return send


def curves(
    ax: Axes, x: np.ndarray, ys: dict[str, np.ndarray], x_label: str, y_label: str
) -> Callable[[float, float], None]:
    """Curves over a common x, told apart by colour and dashes, and a dot that runs on them.

    Args:
        ax: on which; it gets a legend.
        x: (N,).
        ys: what each of up to four curves is called, and its values (N,).
        x_label: what x is.
        y_label: what the curves are of.

    Returns:
        run(x, y): puts the dot there.
    """
    for (name, y), colour, style in zip(ys.items(), COLOURS, ("-", "--", "-.", ":"), strict=False):
        ax.plot(x, y, style, color=colour, lw=2.2, label=name)
    ax.set(xlabel=x_label, ylabel=y_label, box_aspect=1)
    ax.legend()
    dot = ax.plot([], [], "o", color=INK, ms=9, zorder=6)[0]  # above the legend, which then may rest
    return lambda x, y: dot.set_data([x], [y])


def activation(
    ax: Axes, function: Callable[[torch.Tensor], torch.Tensor], low: float = -4, high: float = 4
) -> None:
    """An activation and, dashed, its derivative as autograd finds it.

    Args:
        ax: on which; it gets a legend and the function's name as its title.
        function: from a tensor (N,) to a tensor (N,), each number by itself: `torch.tanh`.
        low: where the inputs begin.
        high: where they end.
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
