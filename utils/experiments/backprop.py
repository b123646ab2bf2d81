"""Experiments of lecture 04: handwritten digits by nets of many widths, and by other classifiers for comparison."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import optim

from .. import data, nets, training
from ..sweeps import sweep

WIDTHS = (2, 5, 10, 20, 40, 60, 80, 100, 120)
SPLITS = range(5)


@sweep(settings=[dict(layers=layers, units=units) for layers in (1, 2) for units in WIDTHS], seeds=SPLITS)
def digits_by_width(layers: int, units: int, seeds: Sequence[int], steps: int = 1000) -> dict[str, np.ndarray]:
    """The share of new digits that a net gets right, by its number of hidden layers and units.

    Args:
        layers: hidden layers, all of the same size.
        units: in each, ReLU.
        seeds: of the split into training and test data, a net for each.
        steps: of Adam at rate 0.01, each on all training digits.

    Returns:
        seen and new: the shares of training and of test digits that are right, (seeds,).
    """
    X_train, y_train, X_test, y_test = (np.stack(parts) for parts in zip(*map(split, seeds), strict=True))
    many = nets.mlps(len(seeds), [X_train.shape[-1], *[units] * layers, 10], "relu")
    title = f"{layers} × {units} units"
    history = training.train_many(many, X_train, y_train, steps, optim.Adam, steps, title, lr=0.01)
    return {"seen": history.accuracies[-1], "new": nets.accuracy(many, X_test, y_test)}


@sweep(settings=[dict(machine="SVM"), dict(machine="kNN")], seeds=SPLITS)
def digits_by_rivals(machine: str, seeds: Sequence[int]) -> dict[str, np.ndarray]:
    """The same for a support vector machine with RBF kernel, and for the three nearest neighbours.

    Args:
        machine: "SVM" or "kNN".
        seeds: of the split.

    Returns:
        new: the share of test digits that are right, (seeds,).
    """
    from sklearn.neighbors import KNeighborsClassifier  # imported here: the lecture only reads stored results
    from sklearn.svm import SVC

    shares = []
    for X_train, y_train, X_test, y_test in map(split, seeds):
        rival = SVC(C=10) if machine == "SVM" else KNeighborsClassifier(3)
        shares.append(rival.fit(X_train, y_train).score(X_test, y_test))
    return {"new": np.array(shares)}


def split(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training digits with labels, test digits with labels."""
    return data.digits(seed=seed)
