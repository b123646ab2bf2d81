"""AdaBoost with straight lines, one round at a time, and the best single line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Boosted:
    """A vote of lines: class 1 where Σ vote·sign(w·x + b) > 0.

    Attributes:
        w: (rounds, 2), of length 1.
        b: (rounds,).
        votes: how much each line counts, (rounds,).
        errors: the weighted share of points that each line got wrong when it was chosen, (rounds,).
    """

    w: np.ndarray
    b: np.ndarray
    votes: np.ndarray
    errors: np.ndarray

    def after(self, rounds: int) -> Boosted:
        """The vote of only the first lines."""
        return Boosted(self.w[:rounds], self.b[:rounds], self.votes[:rounds], self.errors[:rounds])

    def score(self, X: np.ndarray) -> np.ndarray:
        """The outcome of the vote on points X (N, 2), as a share of all votes: (N,), from -1 to 1."""
        above = self.w @ X.T + self.b[:, None] > 0  # (rounds, N)
        return 2 * (self.votes @ above) / self.votes.sum() - 1


def best_line(
    X: np.ndarray, y: np.ndarray, weights: np.ndarray, directions: int = 60
) -> tuple[np.ndarray, float, float]:
    """The line with the smallest weighted error: for each direction, every way to divide the points is tried.

    Args:
        X: points, (N, 2).
        y: labels 0 or 1, (N,).
        weights: how much each point counts, (N,), summing to 1.
        directions: number of evenly spread normals; 2 allows only vertical and horizontal lines.

    Returns:
        w (2,) and b of the line, with class 1 where w·x + b > 0, and the total weight that it gets wrong.
    """
    angles = np.pi * np.arange(directions) / directions
    normals = np.column_stack([np.cos(angles), np.sin(angles)])
    along = X @ normals.T
    order = np.argsort(along, axis=0)
    places = np.take_along_axis(along, order, axis=0)
    ends = np.full((1, directions), np.inf)
    room = np.diff(np.vstack([-ends, places, ends]), axis=0) > 1e-9  # no cut passes between points at the same height
    gain = (np.where(y == 1, 1.0, -1.0) * weights)[order]
    # A cut before the i-th point, with class 1 above it, misclassifies the ones below and the zeros above.
    wrong = weights[y == 0].sum() + np.vstack([np.zeros(directions), gain.cumsum(axis=0)])
    wrong = np.where(room, [wrong, 1 - wrong], np.inf)  # and the same cuts with class 1 below
    flip, i, k = np.unravel_index(wrong.argmin(), wrong.shape)
    below, above = np.concatenate([[places[0, k] - 2], places[:, k], [places[-1, k] + 2]])[i : i + 2]
    side = -1.0 if flip else 1.0
    return side * normals[k], -side * (below + above) / 2, float(wrong[flip, i, k])


def adaboost(X: np.ndarray, y: np.ndarray, rounds: int = 100, directions: int = 60) -> Boosted:
    """AdaBoost: each line is the best one for the points that the lines before it got wrong.

    Args:
        X: points, (N, 2).
        y: labels 0 or 1, (N,).
        rounds: how many lines; fewer are returned if a line gets everything right, or half of the weight wrong.
        directions: the choice of lines, as in `best_line`.

    Returns:
        the lines and their votes.

    Source: Y. Freund and R. Schapire, "A decision-theoretic generalization of on-line learning" (1997).
    """
    w, b, errors = (np.array(column) for column in zip(*_rounds(X, y, rounds, directions), strict=True))
    return Boosted(w, b, np.log((1 - errors) / errors) / 2, errors)


def _rounds(X: np.ndarray, y: np.ndarray, rounds: int, directions: int) -> Iterator[tuple[np.ndarray, float, float]]:
    weights, side = np.full(len(X), 1 / len(X)), np.where(y == 1, 1.0, -1.0)
    for _ in range(rounds):
        w, b, error = best_line(X, y, weights, directions)
        error = max(error, 1e-9)  # a line without an error would get all the votes
        yield w, b, error
        if error == 1e-9 or error > 0.5 - 1e-9:
            return
        right = side * (X @ w + b) > 0
        weights = np.where(right, weights / (1 - error), weights / error) / 2
