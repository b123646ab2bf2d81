"""Linear separability, decided exactly by a linear program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog


@dataclass(frozen=True)
class Line:
    """The boundary w·x + b = 0, with class 1 where w·x + b > 0.

    Attributes:
        w: (D,), each entry between -1 and 1.
        b: the offset.
        margin: how far w·x + b stays from 0 at every point, on the right side.
    """

    w: np.ndarray
    b: float
    margin: float


def separating_line(X: np.ndarray, y: np.ndarray) -> Line | None:
    """The line (in D dimensions, the hyperplane) that separates two classes with the largest margin.

    Finds the largest m ≤ 1 with w·x + b ≥ m on class 1, ≤ -m on class 0 and every |w_d| ≤ 1. Since w = 0 and
    b = 0 allow m = 0, there is always a best m; the classes are linearly separable if and only if it is positive.

    Args:
        X: points, (N, D).
        y: labels 0 or 1, (N,).

    Returns:
        the line, or None if no line separates the classes.
    """
    N, D = X.shape
    side = np.where(y == 1, 1.0, -1.0)[:, None]
    room = np.column_stack([-side * X, -side, np.ones(N)])  # m - side·(w·x + b) ≤ 0
    bounds = [(-1, 1)] * D + [(None, None), (0, 1)]
    w_b_m = linprog([0] * (D + 1) + [-1], A_ub=room, b_ub=np.zeros(N), bounds=bounds).x
    margin = float(w_b_m[-1])
    return Line(w_b_m[:D], float(w_b_m[D]), margin) if margin > 1e-9 else None


@dataclass(frozen=True)
class Crossing:
    """A point in the convex hulls of both classes, which proves that no line separates them.

    Attributes:
        point: (D,).
        shares: (N,), none negative; within each class they sum to 1, and the shares of either class, times its
            points, give `point`. At most D + 2 of them are not 0.
    """

    point: np.ndarray
    shares: np.ndarray


def common_point(X: np.ndarray, y: np.ndarray) -> Crossing | None:
    """A point that the convex hulls of two classes share: the proof that no line separates them.

    If w·x + b were positive on class 1 and negative on class 0, it would be positive at every convex combination of
    points of class 1 and negative at every one of class 0: impossible for a point that is both. Exactly one of
    `separating_line` and `common_point` finds what it looks for.

    Args:
        X: points, (N, D).
        y: labels 0 or 1, (N,).

    Returns:
        the point and its shares in either class, or None if the hulls do not meet.

    Source: J. Radon, "Mengen konvexer Körper, die einen gemeinsamen Punkt enthalten", Math. Ann. 83 (1921); the
    linear program is the dual of `separating_line`'s.
    """
    one = y == 1
    if one.all() or not one.any():
        return None
    same_point = np.where(one, 1.0, -1.0) * X.T  # both combinations are one point: (D, N)
    all_shares = np.array([one, ~one], dtype=float)  # each sums to 1: (2, N)
    equal, to = np.vstack([same_point, all_shares]), np.r_[np.zeros(X.shape[1]), 1, 1]
    # The simplex method stops at a corner, where no more shares than equations differ from 0.
    found = linprog(np.zeros(len(X)), A_eq=equal, b_eq=to, method="highs-ds")
    if found.status != 0:
        return None
    return Crossing(found.x[one] @ X[one], found.x)
