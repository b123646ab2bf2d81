"""One training loop: mini-batches, stochastic gradient descent, and a history of losses, accuracies and parameters."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from . import ensembles
from .nets import one_thread
from .progress import progress


@dataclass(frozen=True)
class History:
    """The history of one training run, with one entry for each stored epoch; the first is the net before training.

    Attributes:
        epochs: the number of epochs completed.
        losses: mean cross-entropy over all training points, in nats.
        accuracies: share of the training points classified correctly.
        states: the net's parameters, for `net.load_state_dict`.
    """

    epochs: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    states: list[dict[str, torch.Tensor]] = field(default_factory=list)


@dataclass(frozen=True)
class Histories:
    """The history of training R nets side by side, with one entry for each of K stored steps.

    Attributes:
        steps: the number of steps completed; the first entry, 0, is the nets before training.
        losses: (K, R), mean cross-entropy over the training points, in nats.
        accuracies: (K, R), share of the training points classified correctly.
        states: the parameters of all nets, K times; `state` picks those of one.
    """

    steps: list[int]
    losses: np.ndarray
    accuracies: np.ndarray
    states: list[dict[str, torch.Tensor]]

    def state(self, k: int, run: int) -> dict[str, torch.Tensor]:
        """The parameters of one net at the k-th entry, for `load_state_dict` of a net made by `nets.mlp`."""
        return {name: values[run] for name, values in self.states[k].items()}


@one_thread()
def train(
    net: nn.Module,
    X: np.ndarray,
    y: np.ndarray,
    epochs: int = 100,
    learning_rate: float = 0.1,
    momentum: float = 0.0,
    batch_size: int = 32,
    weight_decay: float = 0.0,
    keep_every: int = 1,
    seed: int = 0,
    title: str = "training",
) -> History:
    """Trains a classifier in place by gradient descent on its cross-entropy, under a progress bar.

    Args:
        net: from (N, D) to logits (N, K), in float64.
        X: points, (N, D).
        y: labels 0 … K - 1, (N,).
        epochs: passes over the data.
        learning_rate: the factor for the gradient, averaged over the batch.
        momentum: the factor for the last step before it is added to the next.
        batch_size: points for each step; the last batch of an epoch may be smaller.
        weight_decay: λ of the penalty λ/2·‖w‖² on weights; biases are not penalised.
        keep_every: the number of epochs between two entries of the history.
        seed: of the order in which points are visited.
        title: beside the progress bar.

    Returns:
        the history, from before the first epoch to after the last.
    """
    points, labels = torch.as_tensor(X, dtype=torch.float64), torch.as_tensor(y)
    random, loss = torch.Generator().manual_seed(seed), nn.CrossEntropyLoss()
    weights = [p for p in net.parameters() if p.ndim > 1]
    biases = [p for p in net.parameters() if p.ndim == 1]
    groups = [{"params": weights, "weight_decay": weight_decay}, {"params": biases}]
    optimizer = torch.optim.SGD(groups, lr=learning_rate, momentum=momentum)
    history = History()
    _keep(history, 0, net, points, labels)
    for epoch in progress(range(1, epochs + 1), title, unit="epoch"):
        for batch in torch.randperm(len(points), generator=random).split(batch_size):
            optimizer.zero_grad()
            loss(net(points[batch]), labels[batch]).backward()
            optimizer.step()
        if epoch % keep_every == 0 or epoch == epochs:
            _keep(history, epoch, net, points, labels)
    return history


@torch.no_grad()
def _keep(history: History, epoch: int, net: nn.Module, points: torch.Tensor, labels: torch.Tensor) -> None:
    logits = net(points)
    history.epochs.append(epoch)
    history.losses.append(nn.functional.cross_entropy(logits, labels).item())
    history.accuracies.append((logits.argmax(dim=1) == labels).double().mean().item())
    history.states.append(copy.deepcopy(net.state_dict()))


def train_many(
    nets: nn.Module,
    X: np.ndarray,
    y: np.ndarray,
    steps: int = 500,
    rule: Callable[..., torch.optim.Optimizer] = torch.optim.SGD,
    keep_every: int = 10,
    title: str = "training",
    **settings: float,
) -> Histories:
    """Trains nets side by side in place, each step on all points, under a progress bar.

    Args:
        nets: from `nets.mlps`, with logits (R, N, K).
        X: points, (N, D) for all nets or (R, N, D) with separate points for each.
        y: labels 0 … K - 1, (N,) or (R, N).
        steps: how many.
        rule: the optimizer from `torch.optim`. It must treat each number independently, as SGD and Adam do, so that no
            net depends on another.
        keep_every: the number of steps between two entries of the histories; it divides `steps`.
        title: beside the progress bar.
        **settings: for the rule, such as lr and momentum.

    Returns:
        the histories; the last entry is the current state of the nets.

    Raises:
        ValueError: if `keep_every` does not divide `steps`.
    """
    if steps % keep_every:
        raise ValueError(f"{steps} steps, kept every {keep_every}: the last would not be kept")
    points, labels = torch.as_tensor(X, dtype=torch.float64), torch.as_tensor(y)

    def keep() -> tuple[np.ndarray, np.ndarray, dict[str, torch.Tensor]]:
        logits = nets(points)
        loss, right = ensembles.cross_entropy(logits, labels), ensembles.accuracy(logits, labels)
        return loss.numpy(), right.numpy(), copy.deepcopy(nets.state_dict())

    optimizer = rule(nets.parameters(), **settings)
    kept = ensembles.fit(
        nets, points, labels, lambda logits, y: ensembles.cross_entropy(logits, y).sum(), optimizer, steps, keep,
        keep_every, title=title,
    )  # fmt: skip
    losses, accuracies, states = zip(*kept, strict=True)
    return Histories(list(range(0, steps + 1, keep_every)), np.array(losses), np.array(accuracies), list(states))
