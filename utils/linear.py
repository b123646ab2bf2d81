"""Can a line do it? Decided exactly, by a linear program."""

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
    """The line (in D dimensions, the hyperplane) that keeps two classes apart with most room between them.

    Finds the largest m ≤ 1 with w·x + b ≥ m on class 1, ≤ -m on class 0 and every |w_d| ≤ 1. Since w = 0 and
    b = 0 allow m = 0, there is always a best m; the classes are linearly separable just where it is positive.

    Args:
        X: points, (N, D).
        y: labels 0 or 1, (N,).

    Returns:
        the line, or None where no line separates the classes.
    """
    N, D = X.shape
    side = np.where(y == 1, 1.0, -1.0)[:, None]
    room = np.column_stack([-side * X, -side, np.ones(N)])  # m - side·(w·x + b) ≤ 0
    bounds = [(-1, 1)] * D + [(None, None), (0, 1)]
    w_b_m = linprog([0] * (D + 1) + [-1], A_ub=room, b_ub=np.zeros(N), bounds=bounds).x
    margin = float(w_b_m[-1])
    return Line(w_b_m[:D], float(w_b_m[D]), margin) if margin > 1e-9 else None
