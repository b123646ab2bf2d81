"""Many nets of one shape, computed and trained at once.

With a small net, a processor spends its time on bookkeeping rather than on numbers. Fifty of them, stacked into one
tensor, take little longer than one: so a claim can be checked over seeds and learning rates instead of once.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from .nets import one_thread
from .progress import progress

Activation = Callable[[torch.Tensor], torch.Tensor]


class Ensemble(nn.Module):
    """R fully connected nets of the same widths that learn independently of each other, in float32.

    Attributes:
        weights: of each layer, (R, inputs, outputs).
        biases: of each layer, (R, 1, outputs).
        activation: after each hidden layer.
    """

    def __init__(self, widths: Sequence[int], activation: Activation, seeds: Sequence[int], gain: float | None = None):
        """
        Args:
            widths: inputs, hidden units of each layer, outputs.
            activation: from a tensor to a tensor of the same shape.
            seeds: one for each net; equal seeds give equal nets, whatever the activation.
            gain: weights start normal with standard deviation gain/√inputs, and biases at 0. By default both start
                uniform between ±1/√inputs, as in `torch.nn.Linear`.
        """
        super().__init__()
        self.activation = activation
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        random = [torch.Generator().manual_seed(seed) for seed in seeds]
        for inputs, outputs in zip(widths[:-1], widths[1:], strict=True):
            if gain is None:
                drawn = [2 * torch.rand(inputs + 1, outputs, generator=generator) - 1 for generator in random]
            else:
                drawn = [gain * torch.randn(inputs + 1, outputs, generator=generator) for generator in random]
            weights, biases = (torch.stack(drawn) / inputs**0.5).split([inputs, 1], dim=1)
            self.weights.append(weights.clone())
            self.biases.append(biases.clone() if gain is None else torch.zeros_like(biases))

    def hidden(self, X: torch.Tensor) -> torch.Tensor:
        """The activations of the last hidden layer of each net: points X (N, D), the same for all, give (R, N, H)."""
        h = X.expand(len(self.weights[0]), *X.shape)
        for weights, biases in list(zip(self.weights, self.biases, strict=True))[:-1]:
            h = self.activation(torch.baddbmm(biases, h, weights))
        return h

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """The outputs of each net: points X (N, D), the same for all, give (R, N, K)."""
        return torch.baddbmm(self.biases[-1], self.hidden(X), self.weights[-1])

    def copy(self) -> Ensemble:
        """A copy of the nets, which further training does not change."""
        return copy.deepcopy(self)

    @torch.no_grad()
    def answer(self, X: np.ndarray | torch.Tensor) -> np.ndarray:
        """The outputs of each net, as an array: points (N, D) give (R, N, K)."""
        with one_thread():
            return self(torch.as_tensor(X, dtype=torch.float32)).numpy()

    @torch.no_grad()
    def read_out(self, X: torch.Tensor, y: torch.Tensor, ridge: float = 1e-3) -> None:
        """Fits the last layer by least squares; the hidden units do not change.

        Args:
            X: points, (N, D).
            y: their targets, (N, K).
            ridge: the penalty on the squared weights, added to the squared errors summed over the points.
        """
        h = self.hidden(X)
        H = torch.cat([h, torch.ones(*h.shape[:2], 1)], dim=2).double()  # the 1 is for the bias
        squares = H.transpose(1, 2) @ H + ridge * torch.eye(H.shape[2], dtype=H.dtype)
        solved = torch.linalg.solve(squares, H.transpose(1, 2) @ y.to(H.dtype)).to(X.dtype)
        self.weights[-1].copy_(solved[:, :-1])
        self.biases[-1].copy_(solved[:, -1:])


class OneOutput(Ensemble):
    """Like `Ensemble`, for wide nets with one output: a weighted sum is twice as fast as a one-column product."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return (self.hidden(X) * self.weights[-1].mT).sum(dim=2, keepdim=True) + self.biases[-1]


class OwnPoints(OneOutput):
    """Like `OneOutput`, for nets that each have their own points, (N, R, D), and so learn several data sets at once."""

    def hidden(self, X: torch.Tensor) -> torch.Tensor:
        """The output of the last hidden layer of each net: points X (N, D) or (N, R, D) give (R, N, H)."""
        if X.dim() == 2:
            return super().hidden(X)
        h = X.transpose(0, 1)
        for weights, biases in list(zip(self.weights, self.biases, strict=True))[:-1]:
            h = self.activation(torch.baddbmm(biases, h, weights))
        return h

    def split(self, groups: int) -> list[Ensemble]:
        """A copy of the nets, divided into this many ensembles of equal size."""
        made: list[Ensemble] = [self.copy() for _ in range(groups)]
        for mine, *parts in zip(self.parameters(), *(nets.parameters() for nets in made), strict=True):
            for part, kept in zip(parts, mine.detach().chunk(groups), strict=True):
                part.data = kept.clone()
        return made


class Several(nn.Module):
    """Ensembles of several shapes as one: training them together takes less time than one after the other.

    Attributes:
        members: the ensembles.
        weights: of the first ensemble.
        biases: of the first ensemble.
    """

    def __init__(self, members: Sequence[Ensemble]):
        super().__init__()
        self.members = nn.ModuleList(members)
        self.weights, self.biases = members[0].weights, members[0].biases

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """The outputs of all nets, those of the first ensemble first: points X (N, D) give (R, N, K)."""
        return torch.cat([net(X) for net in self.members])


def cross_entropy(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mean cross-entropy of each net, (R,), in nats, for logits (R, N, K) and labels y (N,) or (R, N)."""
    labels = y.expand(logits.shape[:2])
    each = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    return each.reshape(len(logits), -1).mean(dim=1)


def accuracy(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The share that each net gets right, (R,), for logits (R, N, K) and labels y (N,) or (R, N)."""
    return (logits.argmax(dim=-1) == y).float().mean(dim=1)


@one_thread()
def fit(
    nets: nn.Module,
    X: torch.Tensor,
    y: torch.Tensor,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    steps: int,
    keep: Callable[[], Any],
    keep_every: int = 1,
    batch_size: int | None = None,
    seed: int = 0,
    title: str | None = "training",
) -> list[Any]:
    """Trains an ensemble in place, under a progress bar, and records something at regular intervals.

    The nets do not affect each other: with plain gradient descent and a learning rate of 1, the loss
    `(rates * cross_entropy(logits, y)).sum()` gives each net its own learning rate.

    Args:
        nets: from X (N, D) to (R, N, K).
        X: points, (N, D); without `batch_size`, anything that `nets` accepts.
        y: their targets, in the form that the loss takes, (N, ...).
        loss: of (nets(X), y), summed over the nets.
        optimizer: of the nets' parameters.
        steps: how many.
        keep: called before the first step and after every `keep_every` steps.
        keep_every: the number of steps between two calls.
        batch_size: points for each step, drawn afresh each time; by default all of them.
        seed: of the batches.
        title: beside the progress bar; None for no bar.

    Returns:
        what `keep` returned, each time.
    """
    random, kept = torch.Generator().manual_seed(seed), []
    with torch.no_grad():
        kept.append(keep())
    for step in progress(range(1, steps + 1), title):
        batch = torch.randint(len(X), (batch_size,), generator=random) if batch_size else slice(None)
        optimizer.zero_grad()
        loss(nets(X[batch]), y[batch]).backward()
        optimizer.step()
        if step % keep_every == 0:
            with torch.no_grad():
                kept.append(keep())
    return kept
