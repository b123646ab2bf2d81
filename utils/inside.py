"""What the layers of a narrow tanh net do to the plane, layer by layer.

A net is a list of layers, each a matrix (inputs, outputs) and a bias (outputs,), with tanh after every layer but the
last, whose one output is positive for class 1. The hidden layers all have the same width, 2 or 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product

import numpy as np

from .ensembles import Ensemble
from .regions import Layer


def layers_of(nets: Ensemble, seed: int) -> list[Layer]:
    """The layers of one net of an ensemble, by its index, in double precision."""
    return [
        (weights[seed].detach().double().numpy(), biases[seed, 0].detach().double().numpy())
        for weights, biases in zip(nets.weights, nets.biases, strict=True)
    ]


def untwisted(layers: Sequence[Layer]) -> list[Layer]:
    """The same function, with hidden units permuted and signs flipped so that each layer moves points little.

    tanh is odd, so a unit's sign may be flipped if the layer before and the layer after it both flip it. In two
    dimensions no layer's matrix then has a negative eigenvalue: on the straight path from a point to its image, the
    plane never collapses onto a line.
    """
    turned, undo = [], np.eye(2)
    for weights, biases in layers[:-1]:
        weights = undo.T @ weights
        turn = max(_turns(weights.shape[1]), key=lambda turn: _closeness(weights @ turn))
        turned.append((weights @ turn, biases @ turn))
        undo = turn
    weights, biases = layers[-1]
    return [*turned, (undo.T @ weights, biases)]


def _turns(width: int) -> list[np.ndarray]:
    """All ways to permute units and flip their signs: matrices (width, width) with one 1 or -1 in each row."""
    return [
        np.eye(width)[list(order)] * signs
        for order in permutations(range(width))
        for signs in product([1.0, -1.0], repeat=width)
    ]


def _closeness(weights: np.ndarray) -> tuple[bool, float]:
    """Whether a matrix preserves the plane's orientation, and then how close to the identity it is."""
    mirrors = weights.shape == (2, 2) and np.linalg.det(weights) <= 0
    return not mirrors, float(np.trace(weights))


def carry(layers: Sequence[Layer], X: np.ndarray, position: float) -> np.ndarray:
    """The positions of points after this many hidden layers.

    Args:
        layers: the net.
        X: points, (N, 2).
        position: from 0 to the number of hidden layers. Between k and k + ½ the points move in a straight line to
            their weighted sums in the next layer, and between k + ½ and k + 1 each coordinate moves to its tanh.

    Returns:
        (N, width); at position 0, the third coordinate of a net of width 3 is 0.
    """
    width, done = len(layers[0][1]), int(position)
    h = np.hstack([X, np.zeros((len(X), width - 2))])
    for weights, biases in layers[:done]:
        h = np.tanh(h[:, : len(weights)] @ weights + biases)
    share = 2 * (position - done)
    if share == 0:
        return h
    weights, biases = layers[done]
    z = h[:, : len(weights)] @ weights + biases
    return (1 - share) * h + share * z if share < 1 else (2 - share) * z + (share - 1) * np.tanh(z)


def views(layers: Sequence[Layer], X: np.ndarray) -> list[np.ndarray]:
    """The directions from which to view the points after each hidden layer, changing little between layers.

    Args:
        layers: the net.
        X: points, (N, 2).

    Returns:
        for each position 0, 1, … a matrix (width, 2) with orthonormal columns: the two directions that are drawn. In
        two dimensions nothing is rotated. In three, it is the plane of greatest spread; after the last layer, a plane
        that contains the gradient of the output.
    """
    width, count = len(layers[0][1]), len(layers) - 1
    found = [np.eye(width)[:, :2]]
    for position in range(1, count + 1):
        if width == 2:
            found.append(np.eye(2))
            continue
        h, before = carry(layers, X, position), carry(layers, X, position - 1) @ found[-1]
        if position == count:
            first = layers[-1][0] / np.linalg.norm(layers[-1][0])
            rest = (h - h.mean(axis=0)) @ (np.eye(width) - first @ first.T)
            plane = np.hstack([first, np.linalg.svd(rest)[2][:1].T])
        else:
            plane = np.linalg.svd(h - h.mean(axis=0))[2][:2].T
        left, _, right = np.linalg.svd((h @ plane).T @ before)  # gives the rotation to their previous places
        found.append(plane @ left @ right)
    return found


def seen(layers: Sequence[Layer], planes: Sequence[np.ndarray], X: np.ndarray, position: float) -> np.ndarray:
    """Where `views` draws points X (N, 2) at a position, (N, 2); between two layers the view turns uniformly."""
    done = min(int(position), len(planes) - 2)
    share = position - done
    return carry(layers, X, position) @ ((1 - share) * planes[done] + share * planes[done + 1])


def winding(curve: np.ndarray, centre: np.ndarray) -> int:
    """The winding number of a closed curve (N, 2), its first point repeated at the end, around a point (2,)."""
    x, y = (curve - centre).T
    turns = np.unwrap(np.arctan2(y, x))
    return round(float(turns[-1] - turns[0]) / (2 * np.pi))
