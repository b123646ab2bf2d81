"""Is it convex? A search for the chord above which a curve rises most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Chord:
    """A straight line between two points of a curve, above which the curve rises: the proof that it is not convex.

    Attributes:
        a: where the chord begins.
        b: where it ends.
        t: the position in between, as the share of a: t·a + (1 - t)·b.
        gap: how far the curve is above the chord there.
    """

    a: float
    b: float
    t: float
    gap: float

    @property
    def at(self) -> float:
        """The position at which the curve is that far above."""
        return self.t * self.a + (1 - self.t) * self.b


def lower_hull(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The corners of the largest convex curve that lies nowhere above a curve, like a string pulled tight below it.

    Args:
        x: (N,), ascending.
        y: (N,), finite.

    Returns:
        their indices, ascending; the first and the last point are among them.

    Source: A. M. Andrew, "Another efficient algorithm for convex hulls in two dimensions" (1979).
    """
    xs, ys = x.tolist(), y.tolist()
    hull = [0]
    for i in range(1, len(xs)):
        while len(hull) > 1:
            a, b = hull[-2:]
            if (ys[b] - ys[a]) * (xs[i] - xs[a]) < (ys[i] - ys[a]) * (xs[b] - xs[a]):
                break  # b lies below the line from a to here
            hull.pop()
        hull.append(i)
    return np.array(hull)


def worst_chord(x: np.ndarray, y: np.ndarray, tolerance: float = 1e-9) -> Chord | None:
    """The chord above which a curve rises most, among all chords between its points.

    No chord between two points of the curve lies below the curve's lower hull, and the edges of the hull are such
    chords: so the largest gap to the hull is the largest gap of all. If there is none, nothing is proved: there may be
        a violation between the points, or beyond them.

    Args:
        x: (N,), ascending.
        y: (N,), finite.
        tolerance: a gap up to this share of the curve's height is round-off.

    Returns:
        the chord, or None if there is no violation.
    """
    hull = lower_hull(x, y)
    gaps = y - np.interp(x, x[hull], y[hull])
    worst = int(gaps.argmax())
    if gaps[worst] <= tolerance * max(np.ptp(y), np.abs(y).max()):
        return None
    after = int(np.searchsorted(hull, worst))
    a, b = x[hull[after - 1]], x[hull[after]]
    return Chord(float(a), float(b), float((b - x[worst]) / (b - a)), float(gaps[worst]))


def minima(y: np.ndarray) -> np.ndarray:
    """Which points of a curve y (N,) lie lower than both their neighbours: indices, (M,)."""
    return 1 + np.flatnonzero((y[1:-1] < y[:-2]) & (y[1:-1] < y[2:]))
