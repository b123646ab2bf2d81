"""Regression with small nets, one hidden layer of tanh units, by the Levenberg-Marquardt method.

With a few dozen weights, one can afford a method that takes far fewer steps than gradient descent: Levenberg-Marquardt
solves a linear system for all weights at each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .progress import progress


@dataclass(frozen=True)
class Shallow:
    """R nets of H tanh units side by side, each from D numbers to one.

    Attributes:
        hidden: weights of the hidden units, their biases as the last row: (R, D + 1, H).
        output: weights of the output, with its bias last: (R, H + 1).
    """

    hidden: np.ndarray
    output: np.ndarray

    def answer(self, X: np.ndarray) -> np.ndarray:
        """The output of each net at points X (N, D): (R, N)."""
        h = np.tanh(_with_one(X) @ self.hidden)
        return np.einsum("rnh,rh->rn", h, self.output[:, :-1]) + self.output[:, -1:]

    def losses(self, X: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The mean squared error of each net, (R,), at points X (N, D) with values y, (N,) or (R, N)."""
        return ((self.answer(X) - y) ** 2).mean(axis=1)

    def slopes(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The output of each net, (R, N), and its derivatives with respect to its P weights, (R, N, P)."""
        ones = _with_one(X)
        h = np.tanh(ones @ self.hidden)
        through = (1 - h**2) * self.output[:, None, :-1]
        by_hidden = (ones[:, :, None] * through[:, :, None, :]).reshape(*h.shape[:2], -1)
        by_output = _with_one(h)
        return (by_output @ self.output[..., None])[..., 0], np.concatenate([by_hidden, by_output], axis=2)


def _with_one(X: np.ndarray) -> np.ndarray:
    """The points with a 1 appended, for the bias."""
    return np.concatenate([X, np.ones((*X.shape[:-1], 1))], axis=-1)


def start(inputs: int, units: int, seeds: Sequence[int], spread: float = 1.0) -> Shallow:
    """Randomly initialised nets; equal seeds give equal nets.

    Args:
        inputs: the dimension of a point, D.
        units: in the hidden layer, H.
        seeds: one for each net.
        spread: standard deviation of the hidden weights and biases; that of the output's is 1.
    """
    drawn = [np.random.default_rng(seed).standard_normal((inputs + 2) * units + 1) for seed in seeds]
    hidden, output = np.split(np.array(drawn), [(inputs + 1) * units], axis=1)
    return Shallow(spread * hidden.reshape(len(drawn), inputs + 1, units), output)


def levenberg_marquardt(
    nets: Shallow, X: np.ndarray, y: np.ndarray, steps: int = 200, title: str | None = "fitting"
) -> Shallow:
    """Fits nets to values by least squares, with a progress bar; no net's error ever rises.

    Each step solves (JᵀJ + μ diag JᵀJ) d = Jᵀr, with r the errors and J their derivatives with respect to the weights.
    If a step raises the error, it is undone and μ grows, towards short steps of gradient descent. After a step that
    lowers the error, μ shrinks, towards Gauss-Newton steps.

    Args:
        nets: the initial nets; see `start`.
        X: points, (N, D).
        y: values, (N,), or (R, N) with separate values for each net.
        steps: how many.
        title: beside the progress bar; None for no bar.

    Returns:
        the fitted nets.

    Source: D. Marquardt, "An algorithm for least-squares estimation of nonlinear parameters" (1963).
    """
    damping = np.full(len(nets.output), 0.1)
    said, J = nets.slopes(X)
    for _ in progress(range(steps), title):
        squares = J.transpose(0, 2, 1) @ J
        downhill = J.transpose(0, 2, 1) @ (said - y)[..., None]
        size = np.einsum("rpp->rp", squares)
        added = damping[:, None] * (size + 1e-9 * size.max(axis=1, keepdims=True))  # never singular
        step = np.linalg.solve(squares + added[..., None] * np.eye(size.shape[1]), downhill)[..., 0]
        tried = _moved(nets, step)
        better = tried.losses(X, y) < ((said - y) ** 2).mean(axis=1)
        nets = _moved(nets, np.where(better[:, None], step, 0.0))
        damping = np.where(better, damping / 3, damping * 4).clip(1e-14, 1e8)
        said, J = nets.slopes(X)
    return nets


def _moved(nets: Shallow, step: np.ndarray) -> Shallow:
    """The nets minus a step (R, P)."""
    hidden, output = np.split(step, [nets.hidden[0].size], axis=1)
    return Shallow(nets.hidden - hidden.reshape(nets.hidden.shape), nets.output - output)
