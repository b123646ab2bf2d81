"""Surfaces in space, seen from the side, fast enough to follow a slider."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba

from .plots import BLUE, GREY, INK, ORANGE, points

Height = Callable[[np.ndarray], np.ndarray]  # takes points (N, 2) on the ground, returns heights (N,)
_RISE = np.radians(28)  # height of the viewpoint above the ground
_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


def sheet(ax: Axes, height: Height, names: Sequence[str] = (), resolution: int = 14) -> Callable[..., None]:
    """A surface over the unit square and a plane that cuts it; the axes then contain nothing else.

    The part of the surface below the plane is tinted as class 1, the part above it as class 0.

    Args:
        ax: the axes to draw on.
        height: of the surface, from 0 to 1.
        names: of the points, as in `plots.points`.
        resolution: the number of patches along each side of the surface.

    Returns:
        show(turn, cut, X, y, height=height): the rotation of the view in degrees, the height of the plane, points X (N,
        2) with labels y (N,), which lie on the surface, and optionally another surface.
    """
    ax.set(xlim=(-1, 1), ylim=(-0.65, 1.45), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    places, fine = _net(np.linspace(0, 1, resolution + 1)), np.linspace(0, 1, 61)
    fine_places = _net(fine)
    at = np.arange(len(places)).reshape(resolution + 1, -1)
    patches = places[np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=-1).reshape(-1, 4)]

    faces = ax.add_collection(PolyCollection([], linewidths=0.5, zorder=1))
    frame = ax.add_collection(LineCollection([], colors=GREY, linewidths=1, zorder=2))
    seam = ax.add_collection(LineCollection([], colors=INK, linewidths=2.5, zorder=3))
    mark = points(ax, names)
    labels = [ax.text(0, 0, name, ha="center", va="center", color=INK) for name in ("x₁", "x₂", "x₃")]

    def show(turn: float, cut: Height, X: np.ndarray, y: np.ndarray, height: Height = height) -> None:
        def at_corners(surface: Height) -> np.ndarray:
            return surface(patches.reshape(-1, 2)).reshape(-1, 4)

        pieces, under, far = _split(turn, patches, at_corners(height), np.clip(at_corners(cut), -0.35, 1.35))
        ground, sheets, planes = pieces[..., :2], pieces[..., 2], pieces[..., 3]
        inside = np.abs(cut(ground.mean(axis=1)) - 0.5) < 0.85
        upper = np.concatenate([~under, under[inside]])  # over the other surface, so painted after it
        order = np.lexsort([upper, np.concatenate([far, far[inside]])])  # distant patches are painted first
        surfaces = [(ground, sheets), (ground[inside], planes[inside])]
        flat = [_seen(turn, g.reshape(-1, 2), h.ravel())[:, :2].reshape(-1, 5, 2) for g, h in surfaces]
        side = np.where(under[:, None], to_rgba(ORANGE, 0.6), to_rgba(BLUE, 0.6))
        colours = np.concatenate([side, np.tile(to_rgba(GREY, 0.4), (inside.sum(), 1))])
        faces.set_verts(np.concatenate(flat)[order])
        faces.set_facecolor(colours[order])
        faces.set_edgecolor(colours[order])

        over = (height(fine_places) - cut(fine_places)).reshape(len(fine), -1)
        lines = contour_generator(fine, fine, over).lines(0.0)
        seam.set_segments([_seen(turn, line, height(line))[:, :2] for line in lines])
        square = _seen(turn, _SQUARE[[0, 1, 2, 3, 0]], np.zeros(5))[:, :2]
        pole = _seen(turn, np.array([[1, 1], [1, 1]]), np.array([0, 1]))[:, :2]
        frame.set_segments([square, pole])
        mark(_seen(turn, X, height(X))[:, :2], y)
        beside = np.array([[0.5, -0.16], [-0.16, 0.5], [1, 1]])
        for label, place in zip(labels, _seen(turn, beside, np.array([0, 0, 1.22])), strict=True):
            label.set_position(place[:2])

    return show


def _split(
    turn: float, patches: np.ndarray, sheet: np.ndarray, plane: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Patches of the ground, cut where two surfaces meet, so that over each piece one is above the other.

    Args:
        turn: the view, in degrees.
        patches: corners on the ground, (P, 4, 2).
        sheet: the height of one surface at each corner, (P, 4).
        plane: the height of the other.

    Returns:
        the pieces with five corners each, some of them repeated: position and both heights, (Q, 5, 4); whether the
        surface is the lower one there, (Q,); and the order in which to paint them, (Q,).
    """
    corners = np.dstack([patches, sheet, plane])
    over = sheet - plane
    crossed = (over.min(axis=1) < 0) & (over.max(axis=1) > 0)
    whole = corners[~crossed][:, [0, 1, 2, 3, 3]]
    pieces, under = [*whole], [*(over[~crossed].sum(axis=1) < 0)]
    patch = [*np.flatnonzero(~crossed)]
    for i in np.flatnonzero(crossed):
        halves: tuple[list, list] = ([], [])
        following, over_there = np.roll(corners[i], -1, axis=0), np.roll(over[i], -1)
        for here, there, a, b in zip(corners[i], following, over[i], over_there, strict=True):
            halves[int(a < 0)].append(here)
            if (a < 0) != (b < 0):
                between = here + (there - here) * a / (a - b)
                halves[0].append(between)
                halves[1].append(between)
        for is_under, half in enumerate(halves):
            pieces.append(np.array(half + half[-1:] * 5)[:5])
            under.append(bool(is_under))
            patch.append(i)
    pieces, centres = np.array(pieces), patches.mean(axis=1)
    nearness = -_seen(turn, centres, np.zeros(len(centres)))[:, 1]
    within = -_seen(turn, pieces[..., :2].mean(axis=1), np.zeros(len(pieces)))[:, 1]
    return pieces, np.array(under), np.round(nearness[patch], 6) + 1e-4 * within


def ridges(ax: Axes, low: float, high: float) -> Callable[[np.ndarray], None]:
    """A surface as rows of hills, one behind the other, the near ones hiding the far; the axes contain nothing else.

    Args:
        ax: the axes to draw on.
        low: the height that is drawn at the bottom.
        high: the height that is drawn a third of the picture above it.

    Returns:
        show(heights): (rows, columns), the farthest row first.
    """
    ax.set(xlim=(0, 1), ylim=(-0.02, 1.0), xticks=[], yticks=[], box_aspect=1)
    ax.spines[:].set_visible(False)
    hills = ax.add_collection(PolyCollection([], facecolors="white", edgecolors=BLUE, linewidths=0.7, zorder=1))

    def show(heights: np.ndarray) -> None:
        rows, columns = heights.shape
        near = np.linspace(0, 1, rows)[:, None]
        foot, half = 0.7 * (1 - near) ** 1.2, 0.35 + 0.15 * near  # distant rows look smaller
        x = 0.5 + half * np.linspace(-1, 1, columns)
        top = foot + half / 0.5 * (heights - low) / (high - low) / 3
        ends = np.concatenate([x[:, -1:], x[:, :1]], axis=1), np.broadcast_to(foot, (rows, 2))
        outline = np.concatenate([np.stack([x, top], axis=-1), np.stack(ends, axis=-1)], axis=1)
        hills.set_verts(outline)

    return show


def _net(along: np.ndarray) -> np.ndarray:
    """The points (n², 2) of a square grid with these coordinates (n,) in both directions."""
    return np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)


def _seen(turn: float, places: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """The position in the picture of points (N, 2) on the ground at heights (N,), and their nearness: (N, 3)."""
    angle = np.radians(turn)
    across, away = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    x, far = (places - 0.5) @ across, (places - 0.5) @ away
    up = far * np.sin(_RISE) + heights * np.cos(_RISE)
    return np.column_stack([x, up, heights * np.sin(_RISE) - far * np.cos(_RISE)])
