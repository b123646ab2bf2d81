"""The linear regions of a ReLU net, exactly: found layer by layer, not by sampling points.

A net is a list of layers, each a matrix (inputs, outputs) and a bias (outputs,), with a ReLU after every layer but
the last. In a region where no unit switches on or off, the net is one affine function. The pre-activations of the next
layer are also affine there, and divide the region along the straight lines where they are 0.

Source: G. Montúfar, R. Pascanu, K. Cho, Y. Bengio, "On the number of linear regions of deep neural networks" (2014).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Layer = tuple[np.ndarray, np.ndarray]
_NOTHING = 1e-9  # for a quantity of order 1: how far round-off can take it from 0


def apply(layers: Sequence[Layer], X: np.ndarray) -> np.ndarray:
    """The outputs of a net: points X (N, D) give (N, K)."""
    for weights, biases in layers[:-1]:
        X = np.maximum(X @ weights + biases, 0)
    weights, biases = layers[-1]
    return X @ weights + biases


def numbers(layers: Sequence[Layer]) -> int:
    """The number of weights and biases of a net."""
    return sum(weights.size + biases.size for weights, biases in layers)


def joints(layers: Sequence[Layer], low: float = 0.0, high: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The breakpoints of a net with one input and one output, between two ends.

    Args:
        layers: the net.
        low: where to begin.
        high: where to end.

    Returns:
        the ends and, between them, every point where the slope changes, ascending (K + 1,), and the output there (K +
        1,): K straight segments join them.
    """
    x = np.array([low, high])
    for depth in range(1, len(layers)):
        z = apply(layers[:depth], x[:, None])  # straight between neighbours in x
        left, right = z[:-1], z[1:]
        cut = (left * right < 0) & (np.abs(left) > _NOTHING) & (np.abs(right) > _NOTHING)
        piece, unit = np.nonzero(cut)
        share = left[piece, unit] / (left[piece, unit] - right[piece, unit])
        x = np.sort(np.concatenate([x, x[piece] + share * np.diff(x)[piece]]))
        x = x[np.concatenate([[True], np.diff(x) > _NOTHING * (high - low)])]
    y = apply(layers, x[:, None])[:, 0]
    slopes = np.diff(y) / np.diff(x)
    bends = np.abs(np.diff(slopes)) > 1e-6 * (1 + np.abs(slopes).max())
    kept = np.concatenate([[True], bends, [True]])
    return x[kept], y[kept]


def cells(layers: Sequence[Layer], low: float = 0.0, high: float = 1.0) -> list[np.ndarray]:
    """The regions of a square within which no hidden unit of a net with two inputs switches on or off.

    Args:
        layers: the net.
        low: where the square begins along both inputs.
        high: where it ends.

    Returns:
        convex polygons, each given by its corners in order, (C, 2); together they make up the square.
    """
    square = np.array([(low, low), (high, low), (high, high), (low, high)], dtype=float)
    polygons, smallest = [square], 1e-12 * (high - low) ** 2  # slivers that round-off cuts off
    for depth in range(1, len(layers)):
        polygons = [
            part
            for polygon in polygons
            for part in _cut(polygon, apply(layers[:depth], polygon))
            if area(part) > smallest
        ]
    return polygons


def area(polygon: np.ndarray) -> float:
    """The area of a polygon, given by its corners in order, (C, 2)."""
    x, y = polygon.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _cut(polygon: np.ndarray, z: np.ndarray) -> list[np.ndarray]:
    """The parts of a convex polygon (C, 2) between the lines on which units are 0; z (C, H) is affine on it."""
    crossing = (z.max(axis=0) > _NOTHING) & (z.min(axis=0) < -_NOTHING)
    parts = [np.column_stack([polygon, z[:, crossing]])]  # affine values can be computed for new corners too
    for unit in range(2, parts[0].shape[1]):
        parts = [half for part in parts for half in _halves(part, part[:, unit])]
    return [part[:, :2] for part in parts]


def _halves(corners: np.ndarray, z: np.ndarray) -> list[np.ndarray]:
    """A convex polygon, its corners (C, ...), cut where z (C,) is 0: one part or two."""
    if z.min() >= -_NOTHING or z.max() <= _NOTHING:
        return [corners]
    after, z_after = np.roll(corners, -1, axis=0), np.roll(z, -1)
    above, below = [], []
    for here, there, height, next_height in zip(corners, after, z, z_after, strict=True):
        if height >= -_NOTHING:
            above.append(here)
        if height <= _NOTHING:
            below.append(here)
        if min(height, next_height) < -_NOTHING and max(height, next_height) > _NOTHING:
            middle = here + (there - here) * (height / (height - next_height))
            above.append(middle), below.append(middle)
    return [np.array(above), np.array(below)]
